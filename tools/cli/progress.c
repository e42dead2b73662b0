/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/cli/progress.h"
#include "tools/cli/text.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

enum { MOST_CELLS = 40, DEFAULT_WIDTH = 80 };

double progress_clock(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

static int terminal_width(void) {
    struct winsize size;
    if (ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0)
        return size.ws_col;
    return DEFAULT_WIDTH;
}

void progress_begin(progress *p, const char *label, uint64_t total) {
    const char *kind = getenv("TERM");
    *p = (progress){.label = label, .total = total, .start = progress_clock()};
    p->on = isatty(STDERR_FILENO) && !(kind && strcmp(kind, "dumb") == 0);
    p->utf8 = text_is_utf8();
}

bool progress_due(const progress *p) {
    return p->on && progress_clock() - p->drawn >= 0.1;
}

void progress_draw(progress *p, uint64_t done, const char *note) {
    if (!p->on)
        return;
    p->drawn = progress_clock();
    double fraction = p->total ? (double)done / (double)p->total : 1.0, passed = p->drawn - p->start;
    text eta = done > 0 && passed > 0.5 ? text_seconds(passed * (1.0 - fraction) / fraction) : text_of("-:--");
    char tail[120];
    int shown = snprintf(tail, sizeof tail, " %s/%s  %s%s%s left", text_count(done).s, text_count(p->total).s, note,
                         *note ? "  " : "", eta.s);
    int room = terminal_width() - 1 - (int)strlen(p->label) - shown - 3;
    int cells = room < 0 ? 0 : room > MOST_CELLS ? MOST_CELLS : room;
    int full = (int)(fraction * cells);
    char bar[4 * MOST_CELLS + 1] = "";
    for (int i = 0; i < cells; ++i)
        strcat(bar, i < full ? p->utf8 ? "\xe2\x96\x88" : "#" : p->utf8 ? "\xe2\x96\x91" : ".");
    fprintf(stderr, "\r%s %s%s\x1b[K", p->label, bar, room < 0 ? "" : tail);
    fflush(stderr);
}

void progress_end(progress *p) {
    if (p->on)
        fprintf(stderr, "\r\x1b[K");
}
