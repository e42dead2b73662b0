/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/cli/sim_view.h"
#include "tools/cli/text.h"
#include "tools/cli/timeline_picture.h"
#include "tools/sim/sanitize.h"
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Programs that mark their parts store to this word. */
#define MARK_SYMBOL "tl_mark_word"

const char sim_view_help[] =
    "--profile: every cycle is one function's own (self), stalls and sleep too; total is with all that it\n"
    "called. MAC /cycle and instr /cycle are of its own cycles. A jump that leaves a return address is a call;\n"
    "a function reached by a tail call stands where the one before it stood. Code without symbols is parted\n"
    "at what is called, and named by its address.\n"
    "--annotate: part of the function's cycles, cycles of all cores, times carried out, address, instruction,\n"
    "and the two greatest causes of stalls with their cycles. * and colour mark hot lines; | stands beside\n"
    "the body of hardware loop 0, and to the right of that of loop 1.\n"
    "--timeline: for ui.perfetto.dev or chrome://tracing; 1 us there is 1 cycle. Where FILE ends in .svg or\n"
    ".png: a picture. Stores to the program's word tl_mark_word are shown as marks. Arrows lead from\n"
    "the core that came last to a barrier to those that it let go (in pictures: where there are up to 40).\n"
    "--trace: cycle, core, pc, function, instruction; then registers written, and the address of a load (<-),\n"
    "or value and address of a store (->).\n";

static bool wants_trace(const sim_view *v) {
    return v->trace || v->trace_cores || v->trace_function || v->trace_memory || v->trace_from || v->trace_to;
}

bool sim_view_wanted(const sim_view *v) {
    return v->profile || v->profile_cores || v->folded || v->annotate || v->timeline || v->timeline_from ||
           v->timeline_to || v->timeline_events || v->sanitize || wants_trace(v);
}

/* "0,3,fc" into bits. */
static bool read_cores(const char *list, uint32_t *mask, cli_error *error) {
    const char *at = list;
    *mask = 0;
    do {
        size_t length = strcspn(at, ",");
        if (length == 2 && strncmp(at, "fc", 2) == 0)
            *mask |= 1u << 8;
        else if (length == 1 && *at >= '0' && *at <= '7')
            *mask |= 1u << (*at - '0');
        else
            return cli_fail(error, CLI_USAGE, "--trace-core wants cores 0 to 7 or fc, parted by commas, not '%s'",
                            list);
        at += length;
    } while (*at++);
    return true;
}

static bool begin_file(file_stream *file, const char *path, cli_error *error) {
    return !path || !*path || file_stream_begin(file, path, error);
}

static bool begin_files(sim_view *v, cli_error *error) {
    return begin_file(&v->profile_file, v->profile, error) && begin_file(&v->folded_file, v->folded, error) &&
           begin_file(&v->timeline_file, v->timeline, error) && begin_file(&v->trace_file, v->trace, error);
}

static bool check_wishes(sim_view *v, cli_error *error) {
    if ((v->timeline_from || v->timeline_to || v->timeline_events) && !v->timeline)
        return cli_fail(error, CLI_USAGE, "--timeline-from, -to and -events are about the file of --timeline");
    return true;
}

static bool begin_observer(sim_view *v, sim *s, const sim_observe_settings *settings, cli_error *error) {
    v->observer = sim_observe(s, settings);
    if (!v->observer)
        return cli_fail(error, CLI_INPUT, "%s", sim_message(s));
    if (v->sanitize && !sim_sanitize_begin(v->observer))
        return cli_out_of_memory(error);
    sim_annotation *a = v->annotate ? sim_annotate(v->observer, v->annotate) : NULL;
    sim_annotation_free(a);
    return a || !v->annotate || cli_fail(error, CLI_INPUT, "the program has no function '%s'", v->annotate);
}

bool sim_view_begin(sim_view *v, sim *s, cli_error *error) {
    uint64_t now = sim_cycles(s);
    sim_observe_settings settings = {.profile = v->profile || v->profile_cores || v->folded || v->annotate,
                                     .timeline = v->timeline != NULL,
                                     .timeline_from = now + v->timeline_from,
                                     .timeline_to = v->timeline_to ? now + v->timeline_to : 0,
                                     .timeline_events = v->timeline_events,
                                     .mark_names = v->mark_names,
                                     .marks = v->marks,
                                     .trace_from = now + v->trace_from,
                                     .trace_to = v->trace_to ? now + v->trace_to : 0,
                                     .trace_function = v->trace_function,
                                     .trace_memory = v->trace_memory};
    uint32_t mark;
    if (!check_wishes(v, error) || (v->trace_cores && !read_cores(v->trace_cores, &settings.trace_cores, error)))
        return false;
    if (sim_symbol(s, MARK_SYMBOL, &mark, NULL) == SIM_OK)
        settings.mark = mark;
    if (begin_files(v, error)) {
        if (wants_trace(v))
            settings.trace = v->trace_file.to ? v->trace_file.to : stderr;
        if (begin_observer(v, s, &settings, error))
            return true;
    }
    sim_view_drop(v);
    return false;
}

static bool put_json(FILE *to, cJSON *json) {
    char *printed = cJSON_Print(json);
    bool fine = printed && fprintf(to, "%s\n", printed) >= 0;
    cJSON_free(printed);
    return fine;
}

/* A report's place: its file, or an entry of the JSON, or the text. */
static bool write_profile(sim_view *v, const sim_profile_report *report, FILE *out, cJSON *json, cli_error *error) {
    FILE *to = v->profile_file.to ? v->profile_file.to : out;
    if (!v->profile && !v->profile_cores)
        return true;
    cJSON *profile = json ? sim_profile_json(report) : NULL;
    if (!profile)
        sim_print_profile(to, report, v->profile_cores);
    else if (v->profile_file.to)
        put_json(to, profile);
    else
        cJSON_AddItemToObject(json, "profile", profile);
    if (!v->profile_file.to)
        return true;
    cJSON_Delete(profile);
    return file_stream_end(&v->profile_file, error);
}

static bool write_annotation(const sim_view *v, const sim_profile_report *report, FILE *out, cJSON *json,
                             cli_error *error) {
    if (!v->annotate)
        return true;
    sim_annotation *a = sim_annotate(v->observer, v->annotate);
    if (!a)
        return cli_fail(error, CLI_INPUT, "the program has no function '%s'", v->annotate);
    if (json) {
        cJSON_AddItemToObject(json, "annotation", sim_annotation_json(a));
    } else {
        if (v->profile && !*v->profile)
            fputc('\n', out);
        sim_print_annotation(out, a, report->cycles, isatty(fileno(out)) == 1);
    }
    sim_annotation_free(a);
    return true;
}

typedef int write_part(const sim_observer *observer, FILE *to);

static bool write_file(file_stream *file, write_part *write, const sim_observer *observer, cli_error *error) {
    if (!file->to)
        return true;
    write(observer, file->to);
    return file_stream_end(file, error);
}

static bool write_timeline(sim_view *v, cli_error *error) {
    if (!v->timeline || !timeline_is_picture(v->timeline))
        return write_file(&v->timeline_file, sim_timeline_write, v->observer, error);
    return timeline_picture(v->observer, v->timeline, v->timeline_file.to, error) &&
           file_stream_end(&v->timeline_file, error);
}

static void say_what_is_missing(const sim_view *v) {
    unsigned full = sim_observe_full(v->observer);
    if (full & SIM_FULL_TIMELINE)
        fprintf(stderr,
                "The timeline ends at cycle %s: it has no room for more events (--timeline-events, or a part of the "
                "run with --timeline-from and --timeline-to).\n",
                text_count(sim_timeline_end(v->observer)).s);
    if (full & SIM_FULL_CALLS)
        fprintf(stderr, "The profile has no room for more chains of calls: the rest is counted with their callers.\n");
}

bool sim_view_end(sim_view *v, FILE *out, cJSON *json, cli_error *error) {
    sim_profile_report *report = NULL;
    bool fine = true;
    if (v->sanitize)
        v->findings = sim_sanitize_print(v->observer, stderr, 0);
    say_what_is_missing(v);
    if (v->profile || v->profile_cores || v->annotate) {
        report = sim_profile_make(v->observer);
        fine = report || cli_out_of_memory(error);
    }
    fine = fine && write_profile(v, report, out, json, error) && write_annotation(v, report, out, json, error) &&
           write_file(&v->folded_file, sim_profile_folded, v->observer, error) && write_timeline(v, error);
    sim_profile_free(report);
    sim_observe_end(v->observer);
    v->observer = NULL;
    if (fine && v->trace_file.to)
        fine = file_stream_end(&v->trace_file, error);
    sim_view_drop(v);
    return fine;
}

void sim_view_drop(sim_view *v) {
    sim_observe_end(v->observer);
    v->observer = NULL;
    file_stream_drop(&v->profile_file);
    file_stream_drop(&v->folded_file);
    file_stream_drop(&v->timeline_file);
    file_stream_drop(&v->trace_file);
}
