/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/cli/bench.h"
#include "tools/cli/commands.h"
#include "tools/cli/file.h"
#include "tools/cli/machine_option.h"
#include "tools/cli/options.h"
#include "tools/sim/sim.h"
#include <limits.h>
#include <string.h>

typedef struct bench_options {
    const char *baseline, *fashion, *probe, *machine, *filter;
    bool accept, json;
} bench_options;

static bool run_all(const bench_options *o, const sim_machine *machine, bench_list *list, cli_error *error) {
    char fashion[PATH_MAX], probe[PATH_MAX];
    if ((!o->fashion && !file_locate("fashion.elf", fashion, sizeof fashion, error)) ||
        (!o->probe && !file_locate("probe.elf", probe, sizeof probe, error)))
        return false;
    return bench_probe(list, o->probe ? o->probe : probe, machine, error) &&
           bench_step(list, o->fashion ? o->fashion : fashion, machine, error);
}

/* Compares with the record, which was made `then`. */
static bool compare(const bench_options *o, const bench_list *list, const bench_made_with *with,
                    const bench_list *record, const bench_made_with *then, cli_error *error) {
    fflush(stdout);
    uint32_t changed = baseline_compare(stderr, record, list);
    if (!changed) {
        if (!o->json)
            printf("\nAll %u cases take the cycles on record in %s.\n", list->count, o->baseline);
        return true;
    }
    char why[500] = "";
    if (strcmp(then->compiler, with->compiler) != 0 || strcmp(then->machine, with->machine) != 0)
        snprintf(why, sizeof why, "; the record was made with %s for %s, this is %s for %s", then->compiler,
                 then->machine, with->compiler, with->machine);
    return cli_fail(error, CLI_INPUT, "%u case%s from %s (above); --accept puts the new cycles on record%s", changed,
                    changed > 1 ? "s differ" : " differs", o->baseline, why);
}

static bool accept(const bench_options *o, const bench_list *list, const bench_made_with *with, cli_error *error) {
    if (!baseline_write(o->baseline, list, with, error))
        return false;
    if (!o->json)
        printf("\n%u cases are now on record in %s.\n", list->count, o->baseline);
    return true;
}

static bool run(const bench_options *o, cli_error *error) {
    bench_list list = {.filter = o->filter}, record = {0};
    bench_made_with with = {.compiler = TL_CLUSTER_COMPILER}, then;
    sim_machine machine;
    uint32_t team = BENCH_TEAM;
    if (!machine_option(o->machine, &machine, error) || !machine_cores(&machine, &team, error))
        return false;
    snprintf(with.machine, sizeof with.machine, "%s", machine.name);
    bool comparing = o->baseline && !o->accept;
    bool fine = !comparing || baseline_read(o->baseline, &record, &then, error);
    fine = fine && run_all(o, &machine, &list, error);
    if (fine && !list.count)
        fine = cli_fail(error, CLI_INPUT, "no case's name holds '%s'", o->filter ? o->filter : "");
    if (fine && o->json)
        fine = bench_print_json(&list, &with, error);
    else if (fine)
        bench_print(&list);
    if (fine && o->accept)
        fine = accept(o, &list, &with, error);
    else if (fine && comparing)
        fine = compare(o, &list, &with, &record, &then, error);
    bench_free(&list);
    bench_free(&record);
    return fine;
}

int cmd_bench(int argc, char **argv) {
    bench_options o = {0};
    const cli_option options[] = {
        {"baseline", CLI_TEXT, &o.baseline, "FILE", "compare with the cycles on record: any difference is an error", 0,
         0},
        {"accept", CLI_FLAG, &o.accept, NULL, "put the cycles on record in the baseline's file instead", 0, 0},
        MACHINE_OPTION(&o.machine),
        {"filter", CLI_TEXT, &o.filter, "TEXT", "only the cases whose names hold this", 0, 0},
        {"json", CLI_FLAG, &o.json, NULL, "print the cases as JSON records", 0, 0},
        {"firmware", CLI_TEXT, &o.fashion, "FILE", "the demo's program for the cluster (built with this program)", 0,
         0},
        {"probe", CLI_TEXT, &o.probe, "FILE", "the probe, likewise", 0, 0},
    };
    const cli_command command = {
        .name = "bench",
        .usage = "[OPTION...]",
        .summary = "Counts the exact cycles of kernels, of layers, and of the demo's training step with each of its\n"
                   "parts, on the simulated cluster. They depend on nothing but the sources, the compiler and the\n"
                   "machine, so two runs agree to the cycle. 'bound' is how few cycles a case can take: the greatest\n"
                   "of its inner loops' instructions, its multiply-adds on shared FPUs, and its bytes through the DMA.",
        .options = options,
        .option_count = sizeof options / sizeof options[0],
        .examples = "  trainlib bench\n"
                    "  trainlib bench --baseline bench/cycles.baseline\n"
                    "  trainlib bench --baseline bench/cycles.baseline --accept\n"
                    "  trainlib bench --filter conv1x1\n"
                    "  trainlib bench --machine pulp-open --json\n",
    };
    cli_error error;
    int code;
    if (!cli_go(&command, argc, argv, NULL, &code))
        return code;
    if (o.accept && !o.baseline) {
        cli_fail(&error, CLI_USAGE, "--accept wants a file to write: --baseline FILE");
        return cli_report(&command, &error);
    }
    if (o.accept && o.filter) {
        cli_fail(&error, CLI_USAGE, "--accept puts all cases on record, --filter lets only some be run");
        return cli_report(&command, &error);
    }
    return run(&o, &error) ? cli_finish(&command) : cli_report(&command, &error);
}
