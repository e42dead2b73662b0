/* SPDX-License-Identifier: Apache-2.0 */
/* A progress bar on stderr, drawn at most ten times a second, and not at all when that is no terminal. */
#ifndef TL_CLI_PROGRESS_H
#define TL_CLI_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>

typedef struct progress {
    const char *label;
    uint64_t total;
    double start, drawn; /* seconds */
    bool on, utf8;
} progress;

/* Seconds from some fixed point. */
double progress_clock(void);

void progress_begin(progress *p, const char *label, uint64_t total);
/* Whether it is time to draw: saves the caller from making up a note for nothing. */
bool progress_due(const progress *p);
/* `note` stands behind the bar; may be "". */
void progress_draw(progress *p, uint64_t done, const char *note);
/* Wipes the bar. */
void progress_end(progress *p);

#endif
