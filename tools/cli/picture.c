/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/cli/picture.h"
#include "tools/cli/file_stream.h"
#include <cairo-svg.h>
#include <math.h>
#include <string.h>

enum { PNG_SCALE = 2 };

void draw_use(cairo_t *c, color k) {
    cairo_set_source_rgb(c, k.r, k.g, k.b);
}

void draw_text(cairo_t *c, double x, double y, anchor where, double size, const char *s) {
    cairo_text_extents_t extents;
    cairo_set_font_size(c, size);
    cairo_text_extents(c, s, &extents);
    cairo_move_to(c, x - (where == AT_END ? extents.x_advance : where == AT_MIDDLE ? extents.x_advance / 2 : 0), y);
    cairo_show_text(c, s);
}

void draw_bold(cairo_t *c, bool on) {
    cairo_select_font_face(c, "sans-serif", CAIRO_FONT_SLANT_NORMAL,
                           on ? CAIRO_FONT_WEIGHT_BOLD : CAIRO_FONT_WEIGHT_NORMAL);
}

void draw_line(cairo_t *c, double x0, double y0, double x1, double y1) {
    cairo_move_to(c, floor(x0) + 0.5, floor(y0) + 0.5);
    cairo_line_to(c, floor(x1) + 0.5, floor(y1) + 0.5);
    cairo_stroke(c);
}

double draw_nice_step(double range, double count) {
    double raw = range / count, power = pow(10.0, floor(log10(raw))), digit = raw / power;
    return power * (digit < 1.5 ? 1.0 : digit < 3.5 ? 2.0 : digit < 7.5 ? 5.0 : 10.0);
}

/* Draws on the surface. */
static bool paint(cairo_surface_t *surface, draw_page *page, const void *what, cli_error *error) {
    cairo_t *c = cairo_create(surface);
    cairo_set_source_rgb(c, 1.0, 1.0, 1.0);
    cairo_paint(c);
    draw_bold(c, false);
    bool fine = page(c, what, error);
    cairo_destroy(c);
    return fine;
}

static cairo_status_t pour(void *user, const unsigned char *data, unsigned bytes) {
    return fwrite(data, 1, bytes, user) == bytes ? CAIRO_STATUS_SUCCESS : CAIRO_STATUS_WRITE_ERROR;
}

bool draw_is_svg(const char *path) {
    const char *end = strrchr(path, '.');
    return end && strcmp(end, ".svg") == 0;
}

bool draw_to(FILE *to, bool svg, double width, double height, draw_page *page, const void *what, cli_error *error) {
    cairo_surface_t *surface =
        svg ? cairo_svg_surface_create_for_stream(pour, to, width, height)
            : cairo_image_surface_create(CAIRO_FORMAT_RGB24, (int)width * PNG_SCALE, (int)height * PNG_SCALE);
    if (!svg)
        cairo_surface_set_device_scale(surface, PNG_SCALE, PNG_SCALE);
    bool drawn = paint(surface, page, what, error);
    if (svg)
        cairo_surface_finish(surface);
    cairo_status_t status = cairo_surface_status(surface);
    if (!svg && drawn && status == CAIRO_STATUS_SUCCESS)
        status = cairo_surface_write_to_png_stream(surface, pour, to);
    cairo_surface_destroy(surface);
    /* What could not be written is found when the file is closed. */
    if (drawn && status != CAIRO_STATUS_SUCCESS && status != CAIRO_STATUS_WRITE_ERROR)
        return cli_fail(error, CLI_OURS, "cannot draw: %s", cairo_status_to_string(status));
    return drawn;
}

bool draw_picture(const char *path, double width, double height, draw_page *page, const void *what, cli_error *error) {
    file_stream file;
    if (!file_stream_begin(&file, path, error))
        return false;
    if (draw_to(file.to, draw_is_svg(path), width, height, page, what, error))
        return file_stream_end(&file, error);
    file_stream_drop(&file);
    return false;
}
