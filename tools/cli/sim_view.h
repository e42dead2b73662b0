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
    bool profile_cores, trace_memory;
    uint64_t timeline_from, timeline_to, trace_from, trace_to;
    uint32_t timeline_events;
    /* While it runs. */
    sim_observer *observer;
    file_stream trace_file;
} sim_view;

/* Whether anything is asked for. */
bool sim_view_wanted(const sim_view *view);

/* Begins to look at a machine with its program loaded. */
bool sim_view_begin(sim_view *view, sim *s, cli_error *error);

/*
 * Writes what was asked for: text to `out`, or JSON into `json` (where not NULL), or to files. What had no room is
 * told on standard error. Then it ends.
 */
bool sim_view_end(sim_view *view, sim *s, FILE *out, cJSON *json, cli_error *error);

/* Ends it without a word. */
void sim_view_drop(sim_view *view);

#endif
