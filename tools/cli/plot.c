/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/cli/plot.h"
#include "tools/cli/file.h"
#include "tools/cli/text.h"
#include <cairo-svg.h>
#include <cairo.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { PNG_SCALE = 2 };
static const double WIDTH = 960, HEIGHT = 720, LEFT = 84, RIGHT = 170, TOP = 92, BOTTOM = 64, GAP = 44;

typedef struct color {
    double r, g, b;
} color;

static const color INK = {0.13, 0.15, 0.18}, SOFT = {0.42, 0.45, 0.50}, GRID = {0.90, 0.91, 0.93};
static const color BLUE = {0.11, 0.42, 0.76}, ORANGE = {0.85, 0.40, 0.07}, GREEN = {0.10, 0.55, 0.35};

/* A panel: a box on the page and the ranges it shows. */
typedef struct panel {
    double left, top, width, height;
    double x_max, y_min, y_max;
} panel;

typedef enum anchor { AT_START, AT_MIDDLE, AT_END } anchor;

static void use(cairo_t *c, color k) {
    cairo_set_source_rgb(c, k.r, k.g, k.b);
}

static void write_text(cairo_t *c, double x, double y, anchor where, double size, const char *s) {
    cairo_text_extents_t extents;
    cairo_set_font_size(c, size);
    cairo_text_extents(c, s, &extents);
    cairo_move_to(c, x - (where == AT_END ? extents.x_advance : where == AT_MIDDLE ? extents.x_advance / 2 : 0), y);
    cairo_show_text(c, s);
}

static void bold(cairo_t *c, bool on) {
    cairo_select_font_face(c, "sans-serif", CAIRO_FONT_SLANT_NORMAL,
                           on ? CAIRO_FONT_WEIGHT_BOLD : CAIRO_FONT_WEIGHT_NORMAL);
}

static double x_of(const panel *p, double x) {
    return p->left + p->width * x / p->x_max;
}

static double y_of(const panel *p, double y) {
    return p->top + p->height * (p->y_max - y) / (p->y_max - p->y_min);
}

/* 1, 2 or 5 times a power of ten: about `count` steps over the range. */
static double nice_step(double range, double count) {
    double raw = range / count, power = pow(10.0, floor(log10(raw))), digit = raw / power;
    return power * (digit < 1.5 ? 1.0 : digit < 3.5 ? 2.0 : digit < 7.5 ? 5.0 : 10.0);
}

static void grid_line(cairo_t *c, double x0, double y0, double x1, double y1) {
    /* On half pixels, one wide: crisp. */
    cairo_move_to(c, floor(x0) + 0.5, floor(y0) + 0.5);
    cairo_line_to(c, floor(x1) + 0.5, floor(y1) + 0.5);
    cairo_stroke(c);
}

static void draw_axes(cairo_t *c, const panel *p, const char *y_title, const char *x_title, const char *y_format) {
    double right = p->left + p->width, bottom = p->top + p->height;
    double step = nice_step(p->y_max - p->y_min, 5.0);
    cairo_set_line_width(c, 1.0);
    int first = (int)ceil(p->y_min / step - 1e-9), last = (int)floor(p->y_max / step + 1e-9);
    for (int i = first; i <= last; ++i) {
        double y = i * step;
        char label[32];
        snprintf(label, sizeof label, y_format, y);
        use(c, GRID);
        grid_line(c, p->left, y_of(p, y), right, y_of(p, y));
        use(c, SOFT);
        write_text(c, p->left - 10, y_of(p, y) + 4.5, AT_END, 13, label);
    }
    step = fmax(nice_step(p->x_max, 6.0), 1.0);
    for (int i = 0; i <= (int)floor(p->x_max / step + 1e-9); ++i) {
        double x = i * step;
        use(c, GRID);
        grid_line(c, x_of(p, x), p->top, x_of(p, x), bottom);
        use(c, SOFT);
        if (x_title)
            write_text(c, x_of(p, x), bottom + 20, AT_MIDDLE, 13, text_count((uint64_t)x).s);
    }
    use(c, SOFT);
    grid_line(c, p->left, bottom, right, bottom);
    use(c, INK);
    if (x_title)
        write_text(c, p->left + p->width / 2, bottom + 46, AT_MIDDLE, 14, x_title);
    cairo_save(c);
    cairo_translate(c, 26, p->top + p->height / 2);
    cairo_rotate(c, -3.14159265358979323846 / 2);
    write_text(c, 0, 0, AT_MIDDLE, 14, y_title);
    cairo_restore(c);
}

/* From step `first` on: before, a running mean over a few values only jumps about. */
static void draw_curve(cairo_t *c, const panel *p, const double *y, uint32_t first, uint32_t n, color k) {
    cairo_save(c);
    cairo_rectangle(c, p->left, p->top - 1, p->width + 1, p->height + 2);
    cairo_clip(c);
    cairo_set_line_width(c, 2.0);
    cairo_set_line_join(c, CAIRO_LINE_JOIN_ROUND);
    use(c, k);
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
    use(c, k);
    cairo_set_line_width(c, 1.5);
    cairo_set_dash(c, dashed ? dashes : dots, 2, 0.0);
    grid_line(c, p->left, y_of(p, y), right, y_of(p, y));
    cairo_set_dash(c, NULL, 0, 0.0);
    write_text(c, right + 10, y_of(p, y) + (second ? -2 : 5), AT_START, 13, first);
    if (second) {
        bold(c, true);
        write_text(c, right + 10, y_of(p, y) + 15, AT_START, 15, second);
        bold(c, false);
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

    cairo_set_source_rgb(c, 1.0, 1.0, 1.0);
    cairo_paint(c);
    use(c, INK);
    bold(c, true);
    write_text(c, LEFT, 38, AT_START, 21, curve->title);
    bold(c, false);
    use(c, SOFT);
    write_text(c, LEFT, 62, AT_START, 14, curve->subtitle);

    text mean = text_of("mean of the last %u", curve->window);
    draw_axes(c, &upper, "accuracy [%]", NULL, "%.0f");
    draw_axes(c, &lower, "loss [nat]", "training images seen", lower.y_max < 1.0 ? "%.2f" : "%.1f");
    draw_level(c, &upper, 100.0 * curve->chance, SOFT, false, text_of("guessing %.0f %%", 100 * curve->chance).s, NULL);
    draw_curve(c, &upper, accuracy, first, curve->n, BLUE);
    draw_curve(c, &lower, loss, first, curve->n, ORANGE);
    draw_level(c, &upper, 100.0 * curve->accuracy_after, GREEN, true, "test, after",
               text_percent(curve->accuracy_after).s);

    double x = LEFT + width + 10, y = y_of(&upper, curve->accuracy_after > 0.6 ? 40.0 : 85.0);
    use(c, BLUE);
    write_text(c, x, y, AT_START, 13, "training accuracy,");
    write_text(c, x, y + 17, AT_START, 13, mean.s);
    use(c, ORANGE);
    write_text(c, x, lower.top + height / 2 - 4, AT_START, 13, "training loss,");
    write_text(c, x, lower.top + height / 2 + 13, AT_START, 13, mean.s);
}

/* Draws on the surface, which it destroys last: an SVG is written out then. */
static bool draw_on(cairo_surface_t *surface, const plot_curve *curve, cli_error *error) {
    double *loss = malloc(curve->n * sizeof *loss), *accuracy = malloc(curve->n * sizeof *accuracy);
    if (loss && accuracy) {
        for (uint32_t i = 0; i < curve->n; ++i) {
            loss[i] = (double)curve->loss[i];
            accuracy[i] = 100.0 * curve->correct[i];
        }
        running_mean(loss, curve->n, curve->window);
        running_mean(accuracy, curve->n, curve->window);
        cairo_t *c = cairo_create(surface);
        draw(c, curve, loss, accuracy);
        cairo_destroy(c);
    }
    bool fine = loss && accuracy;
    free(loss);
    free(accuracy);
    return fine ? true : cli_out_of_memory(error);
}

typedef struct sink {
    char *data;
    size_t size, room;
} sink;

static cairo_status_t pour(void *user, const unsigned char *data, unsigned bytes) {
    sink *s = user;
    if (s->size + bytes > s->room) {
        size_t room = 2 * s->room + bytes;
        char *more = realloc(s->data, room);
        if (!more)
            return CAIRO_STATUS_NO_MEMORY;
        s->data = more;
        s->room = room;
    }
    memcpy(s->data + s->size, data, bytes);
    s->size += bytes;
    return CAIRO_STATUS_SUCCESS;
}

/* Writes what was poured, if all went well. */
static bool save(sink *s, bool drawn, cairo_status_t status, const char *path, cli_error *error) {
    bool fine = drawn;
    if (fine && status != CAIRO_STATUS_SUCCESS)
        fine = cli_fail(error, CLI_OURS, "cannot draw %s: %s", path, cairo_status_to_string(status));
    fine = fine && file_replace(path, s->data, s->size, error);
    free(s->data);
    return fine;
}

bool plot_png(const plot_curve *curve, const char *path, cli_error *error) {
    sink out = {0};
    cairo_surface_t *surface =
        cairo_image_surface_create(CAIRO_FORMAT_RGB24, (int)WIDTH * PNG_SCALE, (int)HEIGHT * PNG_SCALE);
    cairo_surface_set_device_scale(surface, PNG_SCALE, PNG_SCALE);
    bool drawn = draw_on(surface, curve, error);
    cairo_status_t status = drawn ? cairo_surface_write_to_png_stream(surface, pour, &out) : CAIRO_STATUS_SUCCESS;
    cairo_surface_destroy(surface);
    return save(&out, drawn, status, path, error);
}

bool plot_svg(const plot_curve *curve, const char *path, cli_error *error) {
    sink out = {0};
    cairo_surface_t *surface = cairo_svg_surface_create_for_stream(pour, &out, WIDTH, HEIGHT);
    bool drawn = draw_on(surface, curve, error);
    cairo_surface_finish(surface);
    cairo_status_t status = cairo_surface_status(surface);
    cairo_surface_destroy(surface);
    return save(&out, drawn, status, path, error);
}
