/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/cli/file.h"
#include "tools/cli/sim_print.h"
#include "tools/cli/text.h"
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* A line with this part of the function's cycles is a hot one, and one with a third of it a warm one. */
#define HOT 0.10

typedef struct source {
    const char *path; /* NULL: none is open */
    char *text;
} source;

static double part(uint64_t a, uint64_t b) {
    return b ? (double)a / (double)b : 0.0;
}

/* The text of a line of a source file, if it is there to be read; as long as the next call. */
static const char *source_text(source *s, const char *path, uint32_t line, size_t *length) {
    cli_error ignored;
    size_t bytes;
    if (!s->path || strcmp(s->path, path) != 0) {
        free(s->text);
        s->text = NULL;
        s->path = path;
        if (!file_read(path, 16 << 20, &s->text, &bytes, &ignored))
            s->text = NULL;
    }
    const char *at = s->text;
    while (at && --line) {
        at = strchr(at, '\n');
        at = at ? at + 1 : NULL;
    }
    *length = at ? strcspn(at, "\r\n") : 0;
    return at;
}

static void print_source(FILE *to, source *s, const sim_annotated_line *l) {
    const char *name = strrchr(l->file, '/');
    size_t length;
    const char *line = source_text(s, l->file, l->line, &length);
    fprintf(to, "%34s %s:%" PRIu32, "", name ? name + 1 : l->file, l->line);
    if (line)
        fprintf(to, ":%.*s", (int)(length < 100 ? length : 100), line);
    fputc('\n', to);
}

/* The two greatest causes of stalls. */
static void print_causes(char *to, size_t bytes, const sim_profile_counts *c) {
    unsigned first = SIM_STALLS, second = SIM_STALLS;
    for (unsigned i = 0; i < SIM_STALLS; i++) {
        if (!c->stall[i])
            continue;
        if (first == SIM_STALLS || c->stall[i] > c->stall[first]) {
            second = first;
            first = i;
        } else if (second == SIM_STALLS || c->stall[i] > c->stall[second]) {
            second = i;
        }
    }
    to[0] = 0;
    if (first < SIM_STALLS)
        snprintf(to, bytes, "%s %" PRIu64, sim_stall_names[first], c->stall[first]);
    size_t used = strlen(to);
    if (second < SIM_STALLS)
        snprintf(to + used, bytes - used, ", %s %" PRIu64, sim_stall_names[second], c->stall[second]);
}

static void print_line(FILE *to, const sim_annotation *a, const sim_annotated_line *l, bool colour) {
    static const char *const marks[] = {"  ", "| ", " |", "||"};
    char causes[64];
    double share = part(l->counts.cycles, a->total.cycles);
    const char *on = !colour ? "" : share >= HOT ? "\033[1;31m" : share >= HOT / 3 ? "\033[33m" : "";
    print_causes(causes, sizeof causes, &l->counts);
    if (l->counts.instructions || l->counts.cycles)
        fprintf(to, "%s%c%5.1f%% %12" PRIu64 " %12" PRIu64, on, share >= HOT ? '*' : ' ', 100.0 * share,
                l->counts.cycles, l->counts.instructions);
    else
        fprintf(to, "%33s", ".");
    fprintf(to, "  %s %08" PRIx32 "  %-*s", marks[l->loops & 3], l->pc, *causes ? 31 : 0, l->text);
    fprintf(to, "%s%s\n", causes, *on ? "\033[0m" : "");
}

void sim_print_annotation(FILE *to, const sim_annotation *a, uint64_t total, bool colour) {
    source s = {NULL, NULL};
    const sim_annotated_line *last = NULL;
    fprintf(to, "%s: %s cycles of all cores (%s of the run), %s instructions\n", a->name, text_count(a->total.cycles).s,
            text_percent(part(a->total.cycles, total)).s, text_count(a->total.instructions).s);
    if (!a->sources)
        fprintf(to, "%s\n",
                sim_source_lines_known() ? "The program has no line numbers: compile it with -g."
                                         : "This trainlib was built without libdw: no source lines.");
    fprintf(to, "\n   part       cycles    times done     address   instruction                    stalls, cycles\n");
    for (uint32_t i = 0; i < a->lines; i++) {
        const sim_annotated_line *l = &a->line[i];
        if (l->file && (!last || !last->file || last->line != l->line || strcmp(last->file, l->file) != 0))
            print_source(to, &s, l);
        print_line(to, a, l, colour);
        last = l;
    }
    free(s.text);
}

cJSON *sim_annotation_json(const sim_annotation *a) {
    cJSON *all = cJSON_CreateObject();
    cJSON_AddStringToObject(all, "function", a->name);
    cJSON_AddNumberToObject(all, "cycles", (double)a->total.cycles);
    cJSON *lines = cJSON_AddArrayToObject(all, "lines");
    for (uint32_t i = 0; i < a->lines; i++) {
        const sim_annotated_line *l = &a->line[i];
        cJSON *line = cJSON_CreateObject();
        cJSON_AddNumberToObject(line, "pc", l->pc);
        cJSON_AddStringToObject(line, "instruction", l->text);
        cJSON_AddNumberToObject(line, "executions", (double)l->counts.instructions);
        cJSON_AddNumberToObject(line, "cycles", (double)l->counts.cycles);
        sim_add_stalls(line, l->counts.stall);
        cJSON_AddNumberToObject(line, "loops", l->loops);
        if (l->file) {
            cJSON_AddStringToObject(line, "file", l->file);
            cJSON_AddNumberToObject(line, "line", l->line);
        }
        cJSON_AddItemToArray(lines, line);
    }
    return all;
}
