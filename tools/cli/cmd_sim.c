/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/cli/cmd_sim.h"
#include "tools/cli/options.h"
#include "tools/cli/sim_print.h"
#include "tools/cli/sim_view.h"
#include "tools/cli/text.h"
#include "tools/sim/sim.h"
#include <stdlib.h>

/* Numbers that JSON readers keep exactly. */
#define MOST_CYCLES 9007199254740992.0

typedef struct sim_request {
    sim_machine machine;
    uint64_t max_cycles, l1, l2;
    uint32_t fpus;
    bool stats, json, no_icache;
    sim_view view;
} sim_request;

static const char details[] =
    "Reports go to standard error, JSON to standard output (and then what the program prints to standard error);\n"
    "FILE may be - for standard output. Files appear when the program has ended, in full or not at all.\n"
    "\n"
    "Counters of --stats, of each core and of the fabric controller (fc), since the program was loaded:\n"
    "  active cycles   from the core's start to the end\n"
    "  busy            active cycles that were no stall\n"
    "  instructions    carried out; per cycle: by active cycles\n"
    "  FP instr.       of those, on the floating-point unit; MACs: multiply-adds, a SIMD one counts its lanes\n"
    "Stalls, cycles in which a core did not begin an instruction:\n"
    "  load-use        the instruction behind a load needs its value\n"
    "  branch          taken branches and jumps\n"
    "  mul/div         multiplications and divisions beyond their first cycle\n"
    "  FPU             latency, divisions and roots, waiting for a shared unit\n"
    "  bank            another core or the DMA had the bank of L1, or a misaligned access took a second one\n"
    "  L2              loads and stores beyond L1, peripherals too\n"
    "  icache          waiting for instructions\n"
    "  sleep           at barriers, for events, for the DMA (p.elw, wfi)\n"
    "\n"
    "--profile counts every cycle once, as a function's own (\"self\"): sleep and stalls too; \"total\" is with all "
    "that\n"
    "it called. Calls are told by jumps that leave a return address; a function that is reached by a tail call stands\n"
    "where its caller stood. Code without symbols is parted at what is called, and named by its address.\n"
    "--annotate marks hot lines with * (and colour on a terminal); | stands beside the body of hardware loop 0, or 1.\n"
    "--timeline is for chrome://tracing or ui.perfetto.dev; 1 us there is 1 cycle. Stores to the word tl_mark_word of\n"
    "the program are shown as marks.\n"
    "--trace: cycle, core, pc, function, instruction, then registers written, and the address of a load (<-) or the\n"
    "value and address of a store (->).\n";

static void print_guest(void *user, uint32_t hart, const char *line, size_t bytes) {
    (void)hart;
    fwrite(line, 1, bytes, user);
}

static bool set_machine(sim_request *r, cli_error *error) {
    r->machine.l1_bytes = (uint32_t)r->l1;
    r->machine.l2_bytes = (uint32_t)r->l2;
    r->machine.fpus = r->fpus && r->fpus < r->machine.cores ? r->fpus : r->machine.cores;
    if (r->no_icache)
        r->machine.icache = 0;
    if (r->l1 & (r->l1 - 1))
        return cli_fail(error, CLI_INPUT, "--l1 wants a power of two, not %s bytes", text_count(r->l1).s);
    if (r->l2 % 64)
        return cli_fail(error, CLI_INPUT, "--l2 wants a multiple of 64, not %s bytes", text_count(r->l2).s);
    return true;
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
    if (r->json && !(json = sim_stats_json(&stats, exit_status)))
        return cli_out_of_memory(error);
    if (r->stats)
        sim_print_stats(stderr, &stats, &r->machine);
    if (r->stats && sim_view_wanted(&r->view))
        fputc('\n', stderr);
    bool fine = !r->view.observer || sim_view_end(&r->view, s, stderr, json, error);
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
    sim *s = sim_create(&r->machine);
    bool fine = s ? run(s, r, path, &result, &error) : cli_out_of_memory(&error);
    sim_view_drop(&r->view);
    sim_destroy(s);
    if (!fine)
        return cli_report(command, &error);
    int written = cli_finish(command);
    return written ? written : result;
}

int cmd_sim(int argc, char **argv) {
    sim_request r = {.max_cycles = INT64_MAX};
    sim_machine_pulp8(&r.machine);
    sim_machine *m = &r.machine;
    sim_view *v = &r.view;
    r.l1 = m->l1_bytes;
    r.l2 = m->l2_bytes;
    const cli_option options[] = {
        {"stats", CLI_FLAG, &r.stats, NULL, "print the counters of all cores when it ends", 0, 0},
        {"json", CLI_FLAG, &r.json, NULL, "print them, and what else is asked for, as JSON", 0, 0},
        {"profile", CLI_MAYBE, &v->profile, "FILE", "where the cycles went, by function and with callees", 0, 0},
        {"profile-cores", CLI_FLAG, &v->profile_cores, NULL, "the same, and each core's part", 0, 0},
        {"folded", CLI_TEXT, &v->folded, "FILE", "cycles by stack of calls, for flame graphs", 0, 0},
        {"annotate", CLI_TEXT, &v->annotate, "FUNCTION", "its instructions with cycles and stalls", 0, 0},
        {"timeline", CLI_TEXT, &v->timeline, "FILE", "functions, sleep, transfers over time, as Chrome trace JSON", 0,
         0},
        {"timeline-from", CLI_SIZE, &v->timeline_from, "CYCLE", "only from there", 0, MOST_CYCLES},
        {"timeline-to", CLI_SIZE, &v->timeline_to, "CYCLE", "only up to there", 1, MOST_CYCLES},
        {"timeline-events", CLI_COUNT, &v->timeline_events, "N", "room for so many events (1000000)", 1, 100000000},
        {"trace", CLI_MAYBE, &v->trace, "FILE", "a line for every instruction", 0, 0},
        {"trace-core", CLI_TEXT, &v->trace_cores, "N[,N]", "only of these cores, 0 to 7 or fc", 0, 0},
        {"trace-function", CLI_TEXT, &v->trace_function, "NAME", "only in this function", 0, 0},
        {"trace-from", CLI_SIZE, &v->trace_from, "CYCLE", "only from there", 0, MOST_CYCLES},
        {"trace-to", CLI_SIZE, &v->trace_to, "CYCLE", "only up to there", 1, MOST_CYCLES},
        {"trace-memory", CLI_FLAG, &v->trace_memory, NULL, "only loads and stores", 0, 0},
        {"max-cycles", CLI_SIZE, &r.max_cycles, "N", "stop after N cycles, exit status 1", 1, MOST_CYCLES},
        {"cores", CLI_COUNT, &m->cores, "N", "cluster cores, 1 to 8 (8)", 1, 8},
        {"l1", CLI_SIZE, &r.l1, "BYTES", "L1, a power of two; K and M may follow (64K)", 4096, 1024 * 1024},
        {"l2", CLI_SIZE, &r.l2, "BYTES", "shared part of L2 (1984K)", 4096, 16 * 1024 * 1024},
        {"fpus", CLI_COUNT, &r.fpus, "N", "floating-point units; fewer than cores are shared (one a core)", 1, 8},
        {"fpu-latency", CLI_COUNT, &m->fpu_latency, "N", "cycles, 1 to 3 (1)", 1, 3},
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
        .examples = "  trainlib sim program.elf\n"
                    "  trainlib sim --stats --profile program.elf\n"
                    "  trainlib sim --annotate main program.elf\n"
                    "  trainlib sim --timeline out.json --timeline-from 10000 --timeline-to 20000 program.elf\n"
                    "  trainlib sim --trace=- --trace-core 0 --trace-function main program.elf | less\n"
                    "  trainlib sim --json --profile program.elf > profile.json\n"
                    "  trainlib sim --max-cycles 1000000 --cores 4 --l1 128K program.elf\n",
        .positionals = 1,
    };
    const char *path = NULL;
    cli_error error;
    switch (cli_parse(&command, argc, argv, &path, &error)) {
    case CLI_HELP:
        cli_help(stdout, &command);
        return cli_finish(&command);
    case CLI_BAD:
        return cli_report(&command, &error);
    case CLI_GO:
        break;
    }
    return run_request(&command, &r, path);
}
