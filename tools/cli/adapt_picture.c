/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/cli/adapt.h"
#include "tools/cli/picture.h"
#include "tools/cli/text.h"

static const double WIDTH = 960, HEIGHT = 560, LEFT = 70, GAP = 24, TOP = 180, BOTTOM = 84, RIGHT = 20, BAR = 22;

static double y_of(double accuracy) {
    return HEIGHT - BOTTOM - accuracy * (HEIGHT - BOTTOM - TOP);
}

/* The images of the first three classes that differ, as a sensor sees them. */
static void draw_samples(cairo_t *c, const dataset *set, double left) {
    static const double SIDE = 56;
    uint32_t shown = 0;
    for (uint32_t i = 0; i < set->count && shown < 3; ++i) {
        bool fresh = true;
        for (uint32_t j = 0; j < i; ++j)
            fresh = fresh && set->labels[j] != set->labels[i];
        if (!fresh)
            continue;
        cairo_surface_t *image = cairo_image_surface_create(CAIRO_FORMAT_RGB24, DATASET_SIDE, DATASET_SIDE);
        uint8_t *pixels = cairo_image_surface_get_data(image);
        const size_t stride = (size_t)cairo_image_surface_get_stride(image);
        for (size_t p = 0; pixels && p < DATASET_PIXELS; ++p) {
            uint8_t *to = pixels + p / DATASET_SIDE * stride + p % DATASET_SIDE * 4;
            to[0] = to[1] = to[2] = set->images[(size_t)i * DATASET_PIXELS + p];
        }
        cairo_surface_mark_dirty(image);
        cairo_save(c);
        cairo_translate(c, left + shown * (SIDE + 8), 112);
        cairo_scale(c, SIDE / (double)DATASET_SIDE, SIDE / (double)DATASET_SIDE);
        cairo_set_source_surface(c, image, 0, 0);
        cairo_pattern_set_filter(cairo_get_source(c), CAIRO_FILTER_NEAREST);
        cairo_paint(c);
        cairo_restore(c);
        cairo_surface_destroy(image);
        draw_use(c, DRAW_GRID);
        cairo_set_line_width(c, 1.0);
        cairo_rectangle(c, left + shown * (SIDE + 8), 112, SIDE, SIDE);
        cairo_stroke(c);
        ++shown;
    }
}

/* A bar from 0 on, and the deviation as a line with ends. */
static void draw_bar(cairo_t *c, double x, adapt_mean m, color k) {
    draw_use(c, k);
    cairo_rectangle(c, x, y_of(m.mean), BAR, y_of(0) - y_of(m.mean));
    cairo_fill(c);
    draw_use(c, DRAW_INK);
    cairo_set_line_width(c, 1.0);
    if (m.deviation > 0) {
        const double middle = x + BAR / 2, high = y_of(m.mean + m.deviation), low = y_of(m.mean - m.deviation);
        draw_line(c, middle, low, middle, high);
        draw_line(c, middle - 4, high, middle + 4, high);
        draw_line(c, middle - 4, low, middle + 4, low);
    }
    draw_text(c, x + BAR / 2, y_of(m.mean + m.deviation) - 5, AT_MIDDLE, 11, text_of("%.0f", 100 * m.mean).s);
}

static void draw_panel(cairo_t *c, const adapt *a, uint32_t of_sensor, double left, double width) {
    const double group = width / (ADAPT_CHOICES + 1);
    cairo_set_line_width(c, 1.0);
    for (int i = 0; i <= 5; ++i) {
        draw_use(c, i ? DRAW_GRID : DRAW_SOFT);
        draw_line(c, left, y_of(0.2 * i), left + width, y_of(0.2 * i));
        draw_use(c, DRAW_SOFT);
        if (of_sensor == 1)
            draw_text(c, left - 8, y_of(0.2 * i) + 4, AT_END, 12, text_of("%d", 20 * i).s);
    }
    for (uint32_t i = 0; i <= ADAPT_CHOICES; ++i) {
        const uint32_t choice = i ? i - 1 : 0;
        const double middle = left + group * (i + 0.5);
        draw_bar(c, middle - BAR - 1, adapt_accuracy(a, of_sensor, choice, i ? NEW_AFTER : NEW_BEFORE), DRAW_BLUE);
        draw_bar(c, middle + 1, adapt_accuracy(a, of_sensor, choice, i ? OLD_AFTER : OLD_BEFORE), DRAW_ORANGE);
        draw_use(c, i ? DRAW_INK : DRAW_SOFT);
        draw_text(c, middle, y_of(0) + 18, AT_MIDDLE, 12, i ? adapt_choices[choice] : "before");
    }
    draw_use(c, DRAW_INK);
    draw_bold(c, true);
    draw_text(c, left, 102, AT_START, 14, sensor_names[of_sensor]);
    draw_bold(c, false);
    draw_samples(c, &a->tests[of_sensor], left);
}

static bool page(cairo_t *c, const void *what, cli_error *error) {
    const adapt *a = what;
    const double width = (WIDTH - LEFT - RIGHT - (ADAPT_SENSORS - 1) * GAP) / (double)ADAPT_SENSORS;
    (void)error;
    draw_use(c, DRAW_INK);
    draw_bold(c, true);
    draw_text(c, LEFT, 36, AT_START, 21, "A CNN meets a changed sensor and adapts on the cluster");
    draw_bold(c, false);
    draw_use(c, DRAW_SOFT);
    draw_text(c, LEFT, 60, AT_START, 14, text_of("Fashion-MNIST, FP32, batch 1, SGD, %u steps", a->options.images).s);
    draw_text(c, WIDTH - RIGHT, 60, AT_END, 14,
              a->options.seeds > 1 ? text_of("mean and standard deviation of %u seeds", a->options.seeds).s : "");
    for (uint32_t i = 1; i < SENSORS; ++i)
        draw_panel(c, a, i, LEFT + (i - 1) * (width + GAP), width);
    draw_use(c, DRAW_BLUE);
    draw_text(c, LEFT, HEIGHT - 22, AT_START, 14, "right of the test images [%], changed sensor");
    draw_use(c, DRAW_ORANGE);
    draw_text(c, LEFT + 330, HEIGHT - 22, AT_START, 14, "the same, as the sensor saw them before");
    return true;
}

bool adapt_picture(const adapt *a, const char *path, cli_error *error) {
    return draw_picture(path, WIDTH, HEIGHT, page, a, error);
}
