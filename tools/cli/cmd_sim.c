/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/cli/cmd_sim.h"
#include "tools/cli/machine_option.h"
#include "tools/cli/options.h"
#include "tools/cli/sim_print.h"
#include "tools/cli/sim_view.h"
#include "tools/cli/text.h"
#include "tools/sim/sim.h"
#include <stdlib.h>

typedef struct sim_request {
    const char *machine_name;
    const char *cores, *l1, *l2, *fpus, *fpu_latency; /* as given, or NULL: as the machine has it */
    bool no_icache, print_machine;
    sim_machine machine;
    char machine_text[256]; /* with what single options change */
    uint64_t max_cycles;
    bool stats, json;
    sim_view view;
} sim_request;

static const char details[] =
    "Reports go to standard error, JSON to standard output (what the program prints then goes to standard\n"
    "error). FILE may be - for standard output. Files appear at the end, in full or not at all.\n"
    "\n"
    "Counters of --stats, of each core and of the fabric controller (fc), since the program was loaded:\n"
    "  active cycles   from the core's start to the end\n"
    "  busy            active cycles that were no stall\n"
    "  instructions    carried out; per cycle: by active cycles\n"
    "  FP instr.       of those, on the floating-point unit\n"
    "  MACs            multiply-adds; a SIMD one counts its lanes\n"
    "Stalls, cycles in which a core did not begin an instruction:\n"
    "  load-use        the instruction behind a load needs its value\n"
    "  branch          taken branches and jumps\n"
    "  mul/div         multiplications and divisions beyond their first cycle\n"
    "  FPU             latency, divisions and roots, waiting for a shared unit\n"
    "  bank            another core had the bank of L1, or a misaligned access took a second one\n"
    "  L2              loads and stores beyond L1, peripherals too\n"
    "  icache          waiting for instructions\n"
    "  sleep           at barriers, for events, for the DMA (p.elw, wfi)\n"
    "DMA busy: cycles with a transfer under way. Bytes of L1 used: up to the highest one ever written.\n"
    "\n"
    "--sanitize: findings go to standard error; with any, the exit status is 1 where it would be 0.\n";

static void print_guest(void *user, uint32_t hart, const char *line, size_t bytes) {
    (void)hart;
    fwrite(line, 1, bytes, user);
}

/* The machine, and then what single options change in it. */
static bool set_machine(sim_request *r, cli_error *error) {
    const struct {
        const char *key, *value;
    } changes[] = {{"cores", r->cores},
                   {"l1", r->l1},
                   {"l2", r->l2},
                   {"fpus", r->fpus},
                   {"fpu_latency", r->fpu_latency},
                   {"icache", r->no_icache ? "off" : NULL}};
    char why[512];
    if (!machine_option(r->machine_name, &r->machine, error))
        return false;
    const sim_machine named = r->machine;
    for (size_t i = 0; i < sizeof changes / sizeof *changes; i++)
        if (changes[i].value &&
            sim_machine_set(&r->machine, changes[i].key, changes[i].value, why, sizeof why) != SIM_OK)
            return cli_fail(error, CLI_USAGE, "%s", why);
    sim_machine_describe(&r->machine, &named, r->machine_text, sizeof r->machine_text);
    return true;
}

static void print_machine(const sim_machine *machine) {
    char file[4096];
    sim_machine_write(machine, file, sizeof file);
    fputs(file, stdout);
}

static bool print_json(cJSON *json, cli_error *error) {
    char *printed = cJSON_Print(json);
    if (!printed)
        return cli_out_of_memory(error);
    printf("%s\n", printed);
    cJSON_free(printed);
    return true;
}

/* What stopped it, and the command's exit status. */
static int tell_end(const sim *s, sim_status status) {
    if (status == SIM_EXITED)
        return (int)(sim_exit_status(s) & 0xff);
    if (status == SIM_LIMIT)
        fprintf(stderr, "trainlib sim: stopped: the program had not ended after %s cycles\n",
                text_count(sim_cycles(s)).s);
    else
        fprintf(stderr, "trainlib sim: %s", sim_message(s));
    return CLI_INPUT;
}

static bool report(sim *s, sim_request *r, uint32_t exit_status, cli_error *error) {
    cJSON *json = NULL;
    sim_stats stats;
    sim_get_stats(s, &stats);
    if (r->json && !(json = sim_stats_json(&stats, r->machine_text, exit_status)))
        return cli_out_of_memory(error);
    if (r->stats)
        sim_print_stats(stderr, &stats, &r->machine, r->machine_text);
    if (r->stats && sim_view_wanted(&r->view))
        fputc('\n', stderr);
    bool fine = !r->view.observer || sim_view_end(&r->view, stderr, json, error);
    if (fine && json)
        fine = print_json(json, error);
    cJSON_Delete(json);
    return fine;
}

static bool run(sim *s, sim_request *r, const char *path, int *result, cli_error *error) {
    if (sim_load_file(s, path) != SIM_OK)
        return cli_fail(error, CLI_INPUT, "%s", sim_message(s));
    /* With --json standard output is for the numbers alone. */
    sim_set_output(s, print_guest, r->json ? stderr : stdout);
    if (sim_view_wanted(&r->view) && !sim_view_begin(&r->view, s, error))
        return false;
    sim_status status = sim_run(s, r->max_cycles);
    fflush(stdout);
    *result = tell_end(s, status);
    return report(s, r, status == SIM_EXITED ? sim_exit_status(s) : 1, error);
}

static int run_request(const cli_command *command, sim_request *r, const char *path) {
    cli_error error;
    int result = CLI_FINE;
    if (!set_machine(r, &error))
        return cli_report(command, &error);
    if (r->print_machine) {
        print_machine(&r->machine);
        return cli_finish(command);
    }
    if (!path) {
        cli_fail(&error, CLI_USAGE, "no program is given; usage: trainlib %s %s", command->name, command->usage);
        return cli_report(command, &error);
    }
    sim *s = sim_create(&r->machine);
    bool fine = s ? run(s, r, path, &result, &error) : cli_out_of_memory(&error);
    sim_view_drop(&r->view);
    sim_destroy(s);
    if (!fine)
        return cli_report(command, &error);
    int written = cli_finish(command);
    return written ? written : !result && r->view.findings ? CLI_INPUT : result;
}

int cmd_sim(int argc, char **argv) {
    sim_request r = {.max_cycles = INT64_MAX};
    sim_view *v = &r.view;
    const cli_option options[] = {
        {"stats", CLI_FLAG, &r.stats, NULL, "print the counters of all cores when it ends", 0, 0},
        {"json", CLI_FLAG, &r.json, NULL, "print them, and what else is asked for, as JSON", 0, 0},
        SIM_VIEW_OPTIONS(v),
        {"sanitize", CLI_FLAG, &v->sanitize, NULL, "find races, early reads of the DMA, bad stacks and loops", 0, 0},
        {"max-cycles", CLI_SIZE, &r.max_cycles, "N", "stop after N cycles, exit status 1", 1, SIM_VIEW_CYCLES},
        MACHINE_OPTION(&r.machine_name),
        {"print-machine", CLI_FLAG, &r.print_machine, NULL, "print the machine's file, and run nothing", 0, 0},
        {"cores", CLI_TEXT, &r.cores, "N", "cluster cores, 1 to 8", 0, 0},
        {"l1", CLI_TEXT, &r.l1, "BYTES", "L1, a power of two; K and M may follow the number", 0, 0},
        {"l2", CLI_TEXT, &r.l2, "BYTES", "shared part of L2", 0, 0},
        {"fpus", CLI_TEXT, &r.fpus, "N", "floating-point units that the cores share, or private: one a core", 0, 0},
        {"fpu-latency", CLI_TEXT, &r.fpu_latency, "N", "cycles until a result can be used, 1 to 3", 0, 0},
        {"no-icache", CLI_FLAG, &r.no_icache, NULL, "every fetch hits", 0, 0},
    };
    const cli_command command = {
        .name = "sim",
        .usage = "[OPTION...] program.elf",
        .summary = "Runs a program on the simulated 8-core cluster. What it prints goes to standard output; its exit\n"
                   "status is this command's. A fault of the program is reported on standard error, exit status 1.",
        .options = options,
        .option_count = sizeof options / sizeof options[0],
        .details = details,
        .more = sim_view_help,
        .examples = "  trainlib sim program.elf\n"
                    "  trainlib sim --stats --profile program.elf\n"
                    "  trainlib sim --annotate main program.elf\n"
                    "  trainlib sim --timeline out.json --timeline-from 10000 --timeline-to 20000 program.elf\n"
                    "  trainlib sim --trace=- --trace-core 0 --trace-function main program.elf | less\n"
                    "  trainlib sim --json --profile program.elf > profile.json\n"
                    "  trainlib sim --max-cycles 1000000 --cores 4 --l1 128K program.elf\n"
                    "  trainlib sim --sanitize program.elf\n"
                    "  trainlib sim --machine gap9-like --print-machine\n",
        .positionals = 1,
        .optional = 1,
    };
    const char *path = NULL;
    int code;
    if (!cli_go(&command, argc, argv, &path, &code))
        return code;
    return run_request(&command, &r, path);
}
