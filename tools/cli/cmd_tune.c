/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/cli/commands.h"
#include "tools/cli/file.h"
#include "tools/cli/machine_option.h"
#include "tools/cli/options.h"
#include "tools/cli/tune_print.h"
#include "tools/cli/tuning.h"
#include "tools/tune/step_request.h"
#include <stdlib.h>
#include <string.h>

enum { MOST_BYTES = 1 << 30 };

typedef struct tune_command {
    const char *output, *machine, *shard;
    tuning tuning;
    bool json, merge, check;
    const char **files;
    int file_count;
} tune_command;

static bool input_error(cli_error *error, const plan_error *why) {
    return cli_fail(error, CLI_INPUT, "%s", why->text);
}

/* ---- merging ---- */

static bool merge_one(wisdom *w, const char *path, cli_error *error) {
    char *text;
    size_t bytes;
    bool torn = false;
    plan_error why;
    if (!file_read(path, MOST_BYTES, &text, &bytes, error))
        return false;
    const bool fine = wisdom_read(w, text, bytes, path, &torn, &why) || input_error(error, &why);
    free(text);
    if (fine && torn)
        fprintf(stderr, "trainlib tune: the last line of %s is torn and was left out\n", path);
    return fine;
}

static bool merge(const tune_command *o, cli_error *error) {
    wisdom *w = wisdom_create();
    bool fine = w || cli_out_of_memory(error);
    for (int i = 0; fine && i < o->file_count; ++i)
        fine = merge_one(w, o->files[i], error);
    const size_t bytes = fine ? wisdom_write(w, NULL, 0) : 0;
    char *text = bytes ? malloc(bytes + 1) : NULL;
    if (fine && (!text || wisdom_write(w, text, bytes + 1) != bytes))
        fine = cli_out_of_memory(error);
    fine = fine && file_replace(o->output, text, bytes, error);
    if (fine && !o->json)
        printf("%s holds what is known of %u plans.\n", o->output, wisdom_count(w));
    free(text);
    wisdom_destroy(w);
    return fine;
}

/* ---- tuning ---- */

static bool read_layers(const char *path, layer_list *layers, cli_error *error) {
    char *text;
    size_t bytes;
    plan_error why;
    if (!file_read(path, MOST_BYTES, &text, &bytes, error))
        return false;
    const bool fine = layers_read(text, bytes, path, layers, &why) || input_error(error, &why);
    free(text);
    return fine;
}

static bool tune(const tune_command *o, cli_error *error) {
    layer_list layers;
    sim_machine machine;
    tuning_result result;
    if (!read_layers(o->files[0], &layers, error))
        return false;
    bool fine =
        machine_option(o->machine, &machine, error) && tuning_run(&o->tuning, &layers, &machine, &result, error);
    layers_free(&layers);
    if (!fine)
        return false;
    fine = !o->output || tuning_write_plan(o->output, &result.plan, error);
    if (fine && o->json)
        fine = tune_print_json(&result.plan, &result.progress, error);
    else if (fine)
        tune_print(&result.plan, &result.progress, result.seconds);
    plan_file_free(&result.plan);
    return fine && (!result.stopped || tuning_was_stopped(error));
}

/* ---- checking ---- */

static bool check(const tune_command *o, cli_error *error) {
    char *text;
    size_t bytes;
    plan_file plan;
    plan_error why;
    sim_machine machine;
    engine *e = NULL;
    if (!file_read(o->files[0], MOST_BYTES, &text, &bytes, error))
        return false;
    const bool read = plan_file_read(text, bytes, o->files[0], step_l1_bytes(), &plan, &why);
    free(text);
    if (!read)
        return input_error(error, &why);
    const bool fine = machine_option(o->machine, &machine, error) && tuning_engine(&o->tuning, &machine, &e, error);
    if (fine) {
        const wisdom_place place = engine_place(e);
        if (place.machine != plan.machine_hash)
            fprintf(stderr, "trainlib tune: %s was made for another machine, '%s': its cycles are not those of '%s'\n",
                    o->files[0], plan.machine, machine.name);
        if (place.code != plan.code_hash)
            fprintf(stderr, "trainlib tune: %s is older than the library's code: its cycles may be stale\n",
                    o->files[0]);
        printf("%s: %u steps, all of which can run.\n", o->files[0], plan.count);
    }
    engine_destroy(e);
    plan_file_free(&plan);
    return fine;
}

/* ---- the command line ---- */

static bool read_shard(tune_command *o, cli_error *error) {
    char *end = NULL;
    unsigned long i, n;
    if (!o->shard)
        return true;
    i = strtoul(o->shard, &end, 10);
    n = *end == '/' ? strtoul(end + 1, &end, 10) : 0;
    if (*end || o->shard[0] < '0' || o->shard[0] > '9' || i < 1 || i > n || n > 100000)
        return cli_fail(error, CLI_USAGE, "--shard wants I/N with I from 1 to N, not '%s'", o->shard);
    o->tuning.shard = (uint32_t)i;
    o->tuning.shards = (uint32_t)n;
    return true;
}

static bool run(tune_command *o, cli_error *error) {
    if (!read_shard(o, error))
        return false;
    if (o->merge && (!o->output || o->file_count < 1))
        return cli_fail(error, CLI_USAGE, "--merge wants wisdom files and where to put them together: -o FILE");
    if (!o->merge && o->file_count != 1)
        return cli_fail(error, CLI_USAGE, "one file is wanted, not %d", o->file_count);
    return o->merge ? merge(o, error) : o->check ? check(o, error) : tune(o, error);
}

int cmd_tune(int argc, char **argv) {
    tune_command o = {.tuning = TUNING_DEFAULTS};
    const cli_option options[] = {
        {"output", CLI_TEXT, &o.output, "FILE", "where to put the plan, or the merged wisdom; also -o", 0, 0},
        MACHINE_OPTION(&o.machine),
        {"budget", CLI_REAL, &o.tuning.budget, "SECONDS", "stop after so long; the same command goes on from there", 0,
         1e9},
        {"effort", CLI_CHOICE, &o.tuning.effort, "estimate|measure|exhaustive", "how to choose (measure)", 0, 0},
        {"measurements", CLI_COUNT, &o.tuning.measurements, "N", "of a problem, at the most (128)", 1, 100000},
        {"wisdom", CLI_TEXT, &o.tuning.wisdom, "FILE", "what is known, and is kept (tune.wisdom)", 0, 0},
        {"shard", CLI_TEXT, &o.shard, "I/N", "tune only this part of the problems", 0, 0},
        {"merge", CLI_FLAG, &o.merge, NULL, "put wisdom files together", 0, 0},
        {"check", CLI_FLAG, &o.check, NULL, "say whether a plan can run here, and is up to date", 0, 0},
        {"threads", CLI_COUNT, &o.tuning.threads, "N", "simulated machines at a time (one a core)", 1, 256},
        {"json", CLI_FLAG, &o.json, NULL, "print the plan as JSON", 0, 0},
        {"probe", CLI_TEXT, &o.tuning.probe, "FILE", "the program that measures (built with this program)", 0, 0},
    };
    const cli_command command = {
        .name = "tune",
        .usage = "MODEL.layers -o MODEL.plan [OPTION...] | --merge FILE... -o FILE | --check PLAN",
        .summary = "Finds for every step of a model's training the kernel, tiles, order and buffers that take the\n"
                   "fewest cycles from L2 to L2 on the simulated cluster. Equal problems are tuned once; what has\n"
                   "been measured is kept in a wisdom file, so that a run can be stopped and resumed at any time.",
        .options = options,
        .option_count = sizeof options / sizeof options[0],
        .details = "The same input gives the same plan, whatever the threads, and wherever a run was cut off.\n",
        .examples = "  trainlib tune bench/models/resnet8.layers -o resnet8.plan\n"
                    "  trainlib tune resnet8.layers -o resnet8.plan --machine pulp-open --budget 60\n"
                    "  parallel trainlib tune resnet8.layers --shard {}/4 --wisdom {}.wisdom ::: 1 2 3 4\n"
                    "  trainlib tune --merge 1.wisdom 2.wisdom 3.wisdom 4.wisdom -o tune.wisdom\n"
                    "  trainlib tune --check resnet8.plan\n",
        .positionals = argc,
        .optional = argc,
    };
    cli_error error;
    char **words = malloc((size_t)(argc + 1) * sizeof *words);
    o.files = calloc((size_t)argc + 1, sizeof *o.files);
    int code;
    if (!words || !o.files) {
        cli_out_of_memory(&error);
        code = cli_report(&command, &error);
    } else {
        static char output[] = "--output";
        for (int i = 0; i <= argc; ++i)
            words[i] = i < argc && strcmp(argv[i], "-o") == 0 ? output : argv[i];
        const cli_parsed parsed = cli_parse(&command, argc, words, o.files, &error);
        while (o.file_count < argc && o.files[o.file_count])
            ++o.file_count;
        if (parsed == CLI_HELP)
            cli_help(stdout, &command);
        code = parsed == CLI_HELP || (parsed == CLI_GO && run(&o, &error)) ? cli_finish(&command)
                                                                           : cli_report(&command, &error);
    }
    free(words);
    free(o.files);
    return code;
}
