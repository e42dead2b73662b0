/* SPDX-License-Identifier: Apache-2.0 */
/* What a command is asked to look at in a simulated machine, and where that goes. */
#ifndef TL_CLI_SIM_VIEW_H
#define TL_CLI_SIM_VIEW_H

#include "tools/cli/error.h"
#include "tools/cli/file_stream.h"
#include "tools/cli/options.h"
#include "tools/cli/sim_print.h"

typedef struct sim_view {
    /* Asked for; NULL or 0: not. Of a path "" is the default place, "-" standard output. */
    const char *profile, *folded, *annotate, *timeline, *trace, *trace_cores, *trace_function;
    bool profile_cores, trace_memory, sanitize;
    uint64_t timeline_from, timeline_to, trace_from, trace_to;
    uint32_t timeline_events;
    /* While it runs. */
    const char *const *mark_names; /* of marks 1, 2, ...; may be NULL */
    uint32_t marks;
    sim_observer *observer;
    file_stream profile_file, folded_file, timeline_file, trace_file;
    uint32_t findings; /* of the sanitizer, when it has ended */
} sim_view;

/* For a command's table of options. */
#define SIM_VIEW_OPTIONS(v)                                                                                            \
    {"profile", CLI_MAYBE, &(v)->profile, "FILE", "where the cycles went, by function and with callees", 0, 0},        \
        {"profile-cores", CLI_FLAG, &(v)->profile_cores, NULL, "the same, and each core's part", 0, 0},                \
        {"folded", CLI_TEXT, &(v)->folded, "FILE", "cycles by stack of calls, for flame graphs", 0, 0},                \
        {"annotate", CLI_TEXT, &(v)->annotate, "FUNCTION", "its instructions with cycles and stalls", 0, 0},           \
        {"timeline", CLI_TEXT, &(v)->timeline, "FILE", "functions, sleep, transfers over time: Chrome trace", 0, 0},   \
        {"timeline-from", CLI_SIZE, &(v)->timeline_from, "CYCLE", "only from there", 0, SIM_VIEW_CYCLES},              \
        {"timeline-to", CLI_SIZE, &(v)->timeline_to, "CYCLE", "only up to there", 1, SIM_VIEW_CYCLES},                 \
        {"timeline-events", CLI_COUNT, &(v)->timeline_events, "N", "room for so many events (1000000)", 1, 100000000}, \
        {"trace", CLI_MAYBE, &(v)->trace, "FILE", "a line for every instruction", 0, 0},                               \
        {"trace-core", CLI_TEXT, &(v)->trace_cores, "N[,N]", "only of these cores, 0 to 7 or fc", 0, 0},               \
        {"trace-function", CLI_TEXT, &(v)->trace_function, "NAME", "only in this function", 0, 0},                     \
        {"trace-from", CLI_SIZE, &(v)->trace_from, "CYCLE", "only from there", 0, SIM_VIEW_CYCLES},                    \
        {"trace-to", CLI_SIZE, &(v)->trace_to, "CYCLE", "only up to there", 1, SIM_VIEW_CYCLES},                       \
        {"trace-memory", CLI_FLAG, &(v)->trace_memory, NULL, "only loads and stores", 0, 0}
/* Numbers that JSON readers keep exactly. */
#define SIM_VIEW_CYCLES 9007199254740992.0

/* What these tell: for a command's help. */
extern const char sim_view_help[];

/* Whether anything is asked for. */
bool sim_view_wanted(const sim_view *view);

/*
 * Begins to look at a machine with its program loaded. The cycles asked for count from here. What cannot be written, or
 * is not there to be looked at, is found now and not when all has been run.
 */
bool sim_view_begin(sim_view *view, sim *s, cli_error *error);

/*
 * Writes what was asked for: findings to standard error, text to `out`, or JSON into `json` (where not NULL), or to
 * files. What had no room is told on standard error. Then it ends.
 */
bool sim_view_end(sim_view *view, FILE *out, cJSON *json, cli_error *error);

/* Ends it without a word. */
void sim_view_drop(sim_view *view);

#endif
