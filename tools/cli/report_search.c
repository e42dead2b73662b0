/* SPDX-License-Identifier: Apache-2.0 */
/* The order in which a wisdom file's plans were measured: it only grows, so it tells how the search went. */
#include "tools/cli/report_search.h"
#include "tools/plan/lines.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A record: "MACHINE CODE CYCLES | PROBLEM | PLAN"; what was given up or refused is a measurement without a result. */
typedef struct record {
    uint64_t machine, code, cycles;
    const char *problem;
    size_t bytes; /* of the problem's text */
} record;

static bool read_record(const char *line, record *r) {
    const char *first = strchr(line, ' '), *second = first ? strchr(first + 1, ' ') : NULL;
    const char *bar = second ? strstr(second + 1, " | ") : NULL, *end = bar ? strstr(bar + 3, " | ") : NULL;
    if (!end || !hash_read(line, (size_t)(first - line), &r->machine) ||
        !hash_read(first + 1, (size_t)(second - first - 1), &r->code))
        return false;
    if (!number_read(second + 1, (size_t)(bar - second - 1), UINT32_MAX, &r->cycles))
        r->cycles = 0;
    r->problem = bar + 3;
    r->bytes = (size_t)(end - r->problem);
    return true;
}

/* The book's trail of this problem; NULL: it is none of the model's. */
static report_trail *find_trail(report_book *book, const record *r) {
    for (uint32_t i = 0; i < book->data.trails; ++i) {
        const char *name = book->trail[i].name;
        if (strlen(name) == r->bytes && memcmp(name, r->problem, r->bytes) == 0)
            return &book->trail[i];
    }
    return NULL;
}

/* Every different problem once, in the model's order. */
static void begin_trails(report_book *book) {
    for (uint32_t i = 0; i < book->data.steps; ++i) {
        const char *name = book->problem[i];
        const record same = {.problem = name, .bytes = strlen(name)};
        if (!find_trail(book, &same))
            book->trail[book->data.trails++] = (report_trail){.name = name};
    }
}

static bool read_all(report_book *book, const plan_file *file, plan_lines *lines, bool count_only) {
    while (lines_next(lines)) {
        record r;
        if (!read_record(lines->line, &r) || r.machine != file->machine_hash || r.code != file->code_hash)
            continue;
        report_trail *t = find_trail(book, &r);
        if (!t)
            continue;
        if (count_only) {
            ++book->measured;
        } else if (t->count || r.cycles) {
            /* Trails lie behind one another only after they are counted: each has room for all records. */
            uint64_t *best = &book->best[(size_t)(t - book->trail) * book->measured];
            const uint64_t before = t->count ? best[t->count - 1] : UINT64_MAX;
            best[t->count++] = r.cycles && r.cycles < before ? r.cycles : before;
            t->best = best;
        }
    }
    return lines->error->text[0] == 0;
}

bool report_fill_search(report_book *book, const plan_file *file, const char *name, const char *text, size_t bytes,
                        cli_error *error) {
    plan_error why = {.text = ""};
    book->trail = calloc(book->data.steps + 1, sizeof *book->trail);
    if (!book->trail)
        return cli_out_of_memory(error);
    book->data.trail = book->trail;
    begin_trails(book);
    for (int pass = 0; pass < 2; ++pass) {
        plan_lines lines = {.file = name, .at = text, .end = text + bytes, .error = &why};
        if (!lines_next(&lines) || strcmp(lines.line, "trainlib-wisdom 1") != 0)
            return cli_fail(error, CLI_INPUT, "%s is no wisdom file", name);
        if (!read_all(book, file, &lines, pass == 0))
            return cli_fail(error, CLI_INPUT, "%s", why.text);
        if (pass == 0) {
            book->best = calloc((size_t)book->data.trails * book->measured + 1, sizeof *book->best);
            if (!book->best)
                return cli_out_of_memory(error);
        }
    }
    return true;
}
