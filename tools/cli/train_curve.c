/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/cli/file.h"
#include "tools/cli/picture.h"
#include "tools/cli/text.h"
#include "tools/cli/training.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const double WIDTH = 860, HEIGHT = 560, LEFT = 80, RIGHT = 150, TOP = 60, BOTTOM = 60, GAP = 40;

/* A curve is one number of every epoch. */
typedef double pick(const training *t, uint32_t epoch);

static double loss(const training *t, uint32_t i) {
    return t->epochs[i].loss;
}
static double validation(const training *t, uint32_t i) {
    return t->epochs[i].validation;
}
static double right(const training *t, uint32_t i) {
    return 100.0 * t->epochs[i].right / training_seen(t, i);
}
static double validation_right(const training *t, uint32_t i) {
    return 100.0 * t->epochs[i].validation_right / t->kept;
}

typedef struct panel {
    double top, height, most;
    const char *title, *format;
    const training *t;
} panel;

static double x_of(const training *t, uint32_t epoch) {
    return t->done > 1 ? LEFT + (WIDTH - LEFT - RIGHT) * epoch / (t->done - 1) : LEFT;
}

static double y_of(const panel *p, double y) {
    return p->top + p->height * (1 - y / p->most);
}

static void draw_panel(cairo_t *c, const panel *p) {
    const double step = draw_nice_step(p->most, 5);
    for (int i = 0; i * step <= p->most * (1 + 1e-9); ++i) {
        draw_use(c, DRAW_GRID);
        draw_line(c, LEFT, y_of(p, i * step), WIDTH - RIGHT, y_of(p, i * step));
        draw_use(c, DRAW_SOFT);
        draw_text(c, LEFT - 8, y_of(p, i * step) + 4, AT_END, 12, text_of(p->format, i * step).s);
    }
    draw_use(c, DRAW_INK);
    draw_text(c, LEFT, p->top - 10, AT_START, 13, p->title);
}

static void draw_curve(cairo_t *c, const panel *p, pick *of, color k, const char *name) {
    const training *t = p->t;
    draw_use(c, k);
    cairo_set_line_width(c, 2);
    for (uint32_t i = 0; i < t->done; ++i)
        cairo_line_to(c, x_of(t, i), y_of(p, of(t, i)));
    cairo_stroke(c);
    for (uint32_t i = 0; i < t->done && t->done <= 60; ++i) {
        cairo_arc(c, x_of(t, i), y_of(p, of(t, i)), 2.5, 0, 6.2832);
        cairo_fill(c);
    }
    const double last = of(t, t->done - 1);
    draw_text(c, WIDTH - RIGHT + 10, y_of(p, last) + 4, AT_START, 12,
              text_of(p->most > 50 ? "%s %.1f %%" : "%s %.4g", name, last).s);
}

static bool page(cairo_t *c, const void *what, cli_error *error) {
    const training *t = what;
    const bool classes = t->samples->classes > 0;
    const double height = classes ? (HEIGHT - TOP - BOTTOM - GAP) / 2 : HEIGHT - TOP - BOTTOM;
    panel lower = {TOP, height, 0, "loss", "%g", t}, upper = {TOP + height + GAP, height, 100, "right, %", "%.0f", t};
    (void)error;
    for (uint32_t i = 0; i < t->done; ++i)
        lower.most = fmax(lower.most, fmax(t->epochs[i].loss, t->kept ? t->epochs[i].validation : 0));
    lower.most = lower.most > 0 ? lower.most * 1.05 : 1;
    draw_panel(c, &lower);
    draw_curve(c, &lower, loss, DRAW_BLUE, "training");
    if (t->kept)
        draw_curve(c, &lower, validation, DRAW_ORANGE, "validation");
    if (classes) {
        draw_panel(c, &upper);
        draw_curve(c, &upper, right, DRAW_BLUE, "training");
        if (t->kept)
            draw_curve(c, &upper, validation_right, DRAW_ORANGE, "validation");
    }
    draw_use(c, DRAW_INK);
    draw_bold(c, true);
    draw_text(c, LEFT, 28, AT_START, 17, t->project->name);
    draw_bold(c, false);
    draw_use(c, DRAW_SOFT);
    const uint32_t step = (uint32_t)fmax(1, draw_nice_step(t->done, 8));
    for (uint32_t i = 0; i < t->done; i += step)
        draw_text(c, x_of(t, i), HEIGHT - BOTTOM + 20, AT_MIDDLE, 12, text_count(i + 1).s);
    draw_text(c, (LEFT + WIDTH - RIGHT) / 2, HEIGHT - 14, AT_MIDDLE, 13, "epoch");
    return true;
}

static bool write_csv(const training *t, const char *path, cli_error *error) {
    enum { LINE = 160 };
    char *lines = malloc((size_t)LINE * (t->done + 1));
    size_t used = 0;
    if (!lines)
        return cli_out_of_memory(error);
    used += (size_t)snprintf(lines, LINE, "epoch,rate,loss,right,validation_loss,validation_right\n");
    for (uint32_t i = 0; i < t->done; ++i) {
        const train_epoch *e = &t->epochs[i];
        used += (size_t)snprintf(lines + used, LINE, "%u,%.9g,%.9g,%.6g,", i + 1, (double)e->rate, e->loss,
                                 (double)e->right / training_seen(t, i));
        if (t->kept)
            used += (size_t)snprintf(lines + used, LINE, "%.9g,%.6g\n", e->validation,
                                     (double)e->validation_right / t->kept);
        else
            used += (size_t)snprintf(lines + used, LINE, ",\n");
    }
    const bool fine = file_replace(path, lines, used, error);
    free(lines);
    return fine;
}

bool training_curve(const training *t, const char *path, cli_error *error) {
    const size_t n = strlen(path);
    if (t->done == 0)
        return cli_fail(error, CLI_INPUT, "there is no epoch to draw a curve of");
    if (n > 4 && strcmp(path + n - 4, ".csv") == 0)
        return write_csv(t, path, error);
    return draw_picture(path, WIDTH, HEIGHT, page, t, error);
}
