/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/cli/commands.h"
#include "tools/cli/file.h"
#include "tools/cli/file_stream.h"
#include "tools/cli/machine_option.h"
#include "tools/cli/options.h"
#include "tools/cli/report_fill.h"
#include "tools/cli/report_print.h"
#include "tools/cli/report_search.h"
#include "tools/report/report_page.h"
#include "tools/tune/step_request.h"
#include <limits.h>
#include <stdlib.h>
#include <string.h>

enum { PLAN_BYTES = 16 << 20, WISDOM_BYTES = 1 << 30, WORDS = 64 };

typedef struct report_options {
    const char *out, *wisdom, *machine, *layer, *probe;
    uint32_t threads;
    bool quick;
} report_options;

static bool read_plan(const char *path, plan_file *file, cli_error *error) {
    char *text = NULL;
    size_t bytes = 0;
    plan_error why;
    if (!file_read(path, PLAN_BYTES, &text, &bytes, error))
        return false;
    const bool fine = plan_file_read(text, bytes, path, step_l1_bytes(), file, &why);
    free(text);
    return fine || cli_fail(error, CLI_INPUT, "%s", why.text);
}

/* The machine of the plan file, unless another one is named. */
static bool choose_machine(const report_options *o, const plan_file *file, sim_machine *machine, cli_error *error) {
    return machine_option(o->machine ? o->machine : file->machine, machine, error);
}

/* The search's trails, where a wisdom file is named. */
static bool fill_search(report_book *book, const plan_file *file, const char *path, cli_error *error) {
    char *text = NULL;
    size_t bytes = 0;
    if (!path)
        return true;
    const bool fine =
        file_read(path, WISDOM_BYTES, &text, &bytes, error) && report_fill_search(book, file, path, text, bytes, error);
    free(text);
    return fine;
}

/* Fills the book, prints it, and writes the page where one is wanted. */
static bool make(const report_options *o, const plan_file *file, const report_settings *settings, const char *made_by,
                 file_stream *page, cli_error *error) {
    report_book book;
    if (!report_fill(&book, file, settings, error))
        return false;
    book.data.made_by = made_by;
    book.data.made_with = TL_CLUSTER_COMPILER;
    bool fine = fill_search(&book, file, o->wisdom, error);
    if (fine && page->to) {
        report_page(page->to, &book.data);
        fine = file_stream_end(page, error);
    }
    /* A page on standard output leaves no room for the table. */
    if (fine && (!o->out || strcmp(o->out, "-") != 0)) {
        report_print(stdout, &book.data);
        if (o->out)
            printf("\nThe page is in %s.\n", o->out);
    }
    report_book_free(&book);
    return fine;
}

static bool run(const report_options *o, const plan_file *file, const char *made_by, cli_error *error) {
    char probe[PATH_MAX];
    report_settings settings = {
        .probe = o->probe ? o->probe : probe, .layer = o->layer, .threads = o->threads, .quick = o->quick};
    file_stream page = {.to = NULL};
    if (!choose_machine(o, file, &settings.machine, error) ||
        (!o->probe && !file_locate("probe.elf", probe, sizeof probe, error)))
        return false;
    /* Whether the page can be written is found before the measurements, not behind them. */
    if (o->out && !file_stream_begin(&page, o->out, error))
        return false;
    const bool fine = make(o, file, &settings, made_by, &page, error);
    file_stream_drop(&page);
    return fine;
}

static void join(char *text, size_t room, int argc, char **argv) {
    size_t used = (size_t)snprintf(text, room, "trainlib");
    for (int i = 0; i < argc && used < room; ++i)
        used += (size_t)snprintf(text + used, room - used, " %s", argv[i]);
}

int cmd_report(int argc, char **argv) {
    report_options o = {0};
    const cli_option options[] = {
        {"output", CLI_TEXT, &o.out, "FILE", "write the page, HTML with all figures in it; also -o", 0, 0},
        {"wisdom", CLI_TEXT, &o.wisdom, "FILE", "the tuner's wisdom file: shows how its search went", 0, 0},
        {"layer", CLI_TEXT, &o.layer, "NAME", "the layer to look at closely (the one with the longest step)", 0, 0},
        {"quick", CLI_FLAG, &o.quick, NULL, "no close look, and no teams of fewer cores", 0, 0},
        MACHINE_OPTION(&o.machine),
        {"threads", CLI_COUNT, &o.threads, "N", "threads of this computer (as many as it has processors)", 1, 64},
        {"probe", CLI_TEXT, &o.probe, "FILE", "program for the cluster (the one built with this program)", 0, 0},
    };
    const cli_command command = {
        .name = "report",
        .usage = "PLAN [OPTION...]",
        .summary =
            "Tells what a plan file of 'trainlib tune' is worth. Measures every step of the model with the tuner's\n"
            "plan and with those that it is compared with: the library's own plan, the best single plan for all\n"
            "steps, one-size-fits-all and naive code; prints a table of them and of their geometric means.",
        .options = options,
        .option_count = sizeof options / sizeof options[0],
        .examples = "  trainlib report resnet8.plan\n"
                    "  trainlib report resnet8.plan -o resnet8.html --wisdom tune.wisdom\n",
        .positionals = 1,
    };
    cli_error error;
    const char *path = NULL;
    char made_by[512], output[] = "--output", *words[WORDS];
    join(made_by, sizeof made_by, argc, argv);
    /* The parser knows long options only. */
    for (int i = 0; i < argc && i < WORDS; ++i)
        words[i] = strcmp(argv[i], "-o") == 0 ? output : argv[i];
    int code;
    if (!cli_go(&command, argc < WORDS ? argc : WORDS, words, &path, &code))
        return code;
    plan_file file;
    if (!read_plan(path, &file, &error))
        return cli_report(&command, &error);
    const bool fine = run(&o, &file, made_by, &error);
    plan_file_free(&file);
    return fine ? cli_finish(&command) : cli_report(&command, &error);
}
