/* SPDX-License-Identifier: Apache-2.0 */
/* A timeline as a picture: what each core does over time, transfers below, the program's marks above. */
#ifndef TL_CLI_TIMELINE_PICTURE_H
#define TL_CLI_TIMELINE_PICTURE_H

#include "tools/cli/error.h"
#include "tools/sim/observe_api.h"

/* Whether a path asks for a picture (.svg, .png) and not for the trace itself. */
bool timeline_is_picture(const char *path);

/* Draws what an observer recorded; `path` says in which format. */
bool timeline_picture(const sim_observer *observer, const char *path, FILE *to, cli_error *error);

#endif
