/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/cli/plot.h"
#include "tools/cli/picture.h"
#include "tools/cli/text.h"
#include <math.h>
#include <stdlib.h>

static const double WIDTH = 960, HEIGHT = 720, LEFT = 84, RIGHT = 170, TOP = 92, BOTTOM = 64, GAP = 44;

/* A panel: a box on the page and the ranges it shows. */
typedef struct panel {
    double left, top, width, height;
    double x_max, y_min, y_max;
} panel;

static double x_of(const panel *p, double x) {
    return p->left + p->width * x / p->x_max;
}

static double y_of(const panel *p, double y) {
    return p->top + p->height * (p->y_max - y) / (p->y_max - p->y_min);
}

static void draw_axes(cairo_t *c, const panel *p, const char *y_title, const char *x_title, const char *y_format) {
    double right = p->left + p->width, bottom = p->top + p->height;
    double step = draw_nice_step(p->y_max - p->y_min, 5.0);
    cairo_set_line_width(c, 1.0);
    int first = (int)ceil(p->y_min / step - 1e-9), last = (int)floor(p->y_max / step + 1e-9);
    for (int i = first; i <= last; ++i) {
        double y = i * step;
        char label[32];
        snprintf(label, sizeof label, y_format, y);
        draw_use(c, DRAW_GRID);
        draw_line(c, p->left, y_of(p, y), right, y_of(p, y));
        draw_use(c, DRAW_SOFT);
        draw_text(c, p->left - 10, y_of(p, y) + 4.5, AT_END, 13, label);
    }
    step = fmax(draw_nice_step(p->x_max, 6.0), 1.0);
    for (int i = 0; i <= (int)floor(p->x_max / step + 1e-9); ++i) {
        double x = i * step;
        draw_use(c, DRAW_GRID);
        draw_line(c, x_of(p, x), p->top, x_of(p, x), bottom);
        draw_use(c, DRAW_SOFT);
        if (x_title)
            draw_text(c, x_of(p, x), bottom + 20, AT_MIDDLE, 13, text_count((uint64_t)x).s);
    }
    draw_use(c, DRAW_SOFT);
    draw_line(c, p->left, bottom, right, bottom);
    draw_use(c, DRAW_INK);
    if (x_title)
        draw_text(c, p->left + p->width / 2, bottom + 46, AT_MIDDLE, 14, x_title);
    cairo_save(c);
    cairo_translate(c, 26, p->top + p->height / 2);
    cairo_rotate(c, -3.14159265358979323846 / 2);
    draw_text(c, 0, 0, AT_MIDDLE, 14, y_title);
    cairo_restore(c);
}

/* From step `first` on: before, a running mean over a few values only jumps about. */
static void draw_curve(cairo_t *c, const panel *p, const double *y, uint32_t first, uint32_t n, color k) {
    cairo_save(c);
    cairo_rectangle(c, p->left, p->top - 1, p->width + 1, p->height + 2);
    cairo_clip(c);
    cairo_set_line_width(c, 2.0);
    cairo_set_line_join(c, CAIRO_LINE_JOIN_ROUND);
    draw_use(c, k);
    /* More points than pixels only make the SVG large. */
    uint32_t stride = n / 1200 + 1;
    for (uint32_t i = first; i < n; i += stride)
        cairo_line_to(c, x_of(p, i + 1.0), y_of(p, y[i]));
    cairo_line_to(c, x_of(p, n), y_of(p, y[n - 1]));
    cairo_stroke(c);
    cairo_restore(c);
}

static void draw_level(cairo_t *c, const panel *p, double y, color k, bool dashed, const char *first,
                       const char *second) {
    static const double dashes[2] = {6.0, 4.0}, dots[2] = {2.0, 3.0};
    double right = p->left + p->width;
    draw_use(c, k);
    cairo_set_line_width(c, 1.5);
    cairo_set_dash(c, dashed ? dashes : dots, 2, 0.0);
    draw_line(c, p->left, y_of(p, y), right, y_of(p, y));
    cairo_set_dash(c, NULL, 0, 0.0);
    draw_text(c, right + 10, y_of(p, y) + (second ? -2 : 5), AT_START, 13, first);
    if (second) {
        draw_bold(c, true);
        draw_text(c, right + 10, y_of(p, y) + 15, AT_START, 15, second);
        draw_bold(c, false);
    }
}

/* Running mean over the last `window` values; over fewer at the start. */
static void running_mean(double *y, uint32_t n, uint32_t window) {
    double *sum = y;
    for (uint32_t i = 1; i < n; ++i)
        sum[i] += sum[i - 1];
    for (uint32_t i = n; i-- > 0;)
        y[i] = i >= window ? (sum[i] - sum[i - window]) / window : sum[i] / (i + 1.0);
}

uint32_t plot_window(uint32_t steps) {
    uint32_t window = steps / 20;
    return window < 20 ? 20 : window > 300 ? 300 : window;
}

static void draw(cairo_t *c, const plot_curve *curve, double *loss, double *accuracy) {
    double height = (HEIGHT - TOP - BOTTOM - GAP) / 2.0, width = WIDTH - LEFT - RIGHT;
    panel upper = {LEFT, TOP, width, height, curve->n, 0.0, 100.0};
    panel lower = {LEFT, TOP + height + GAP, width, height, curve->n, 0.0, 0.0};
    uint32_t first = curve->window / 4;
    for (uint32_t i = first; i < curve->n; ++i)
        lower.y_max = fmax(lower.y_max, loss[i]);
    lower.y_max = lower.y_max > 0.0 ? lower.y_max * 1.08 : 1.0;

    draw_use(c, DRAW_INK);
    draw_bold(c, true);
    draw_text(c, LEFT, 38, AT_START, 21, curve->title);
    draw_bold(c, false);
    draw_use(c, DRAW_SOFT);
    draw_text(c, LEFT, 62, AT_START, 14, curve->subtitle);

    text mean = text_of("mean of the last %u", curve->window);
    draw_axes(c, &upper, "accuracy [%]", NULL, "%.0f");
    draw_axes(c, &lower, "loss [nat]", "training images seen", lower.y_max < 1.0 ? "%.2f" : "%.1f");
    draw_level(c, &upper, 100.0 * curve->chance, DRAW_SOFT, false, text_of("guessing %.0f %%", 100 * curve->chance).s,
               NULL);
    draw_curve(c, &upper, accuracy, first, curve->n, DRAW_BLUE);
    draw_curve(c, &lower, loss, first, curve->n, DRAW_ORANGE);
    draw_level(c, &upper, 100.0 * curve->accuracy_after, DRAW_GREEN, true, "test, after",
               text_percent(curve->accuracy_after).s);

    double x = LEFT + width + 10, y = y_of(&upper, curve->accuracy_after > 0.6 ? 40.0 : 85.0);
    draw_use(c, DRAW_BLUE);
    draw_text(c, x, y, AT_START, 13, "training accuracy,");
    draw_text(c, x, y + 17, AT_START, 13, mean.s);
    draw_use(c, DRAW_ORANGE);
    draw_text(c, x, lower.top + height / 2 - 4, AT_START, 13, "training loss,");
    draw_text(c, x, lower.top + height / 2 + 13, AT_START, 13, mean.s);
}

static bool page(cairo_t *c, const void *what, cli_error *error) {
    const plot_curve *curve = what;
    double *loss = malloc(curve->n * sizeof *loss), *accuracy = malloc(curve->n * sizeof *accuracy);
    bool fine = loss && accuracy;
    if (fine) {
        for (uint32_t i = 0; i < curve->n; ++i) {
            loss[i] = (double)curve->loss[i];
            accuracy[i] = 100.0 * curve->correct[i];
        }
        running_mean(loss, curve->n, curve->window);
        running_mean(accuracy, curve->n, curve->window);
        draw(c, curve, loss, accuracy);
    }
    free(loss);
    free(accuracy);
    return fine || cli_out_of_memory(error);
}

bool plot_picture(const plot_curve *curve, const char *path, cli_error *error) {
    return draw_picture(path, WIDTH, HEIGHT, page, curve, error);
}
