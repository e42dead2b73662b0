/* SPDX-License-Identifier: Apache-2.0 */
/* What pictures are drawn with: colours, text, lines, and a page that becomes a PNG or an SVG. */
#ifndef TL_CLI_PICTURE_H
#define TL_CLI_PICTURE_H

#include "tools/cli/error.h"
#include <cairo.h>
#include <stdio.h>

typedef struct color {
    double r, g, b;
} color;

#define DRAW_INK    ((color){0.13, 0.15, 0.18})
#define DRAW_SOFT   ((color){0.42, 0.45, 0.50})
#define DRAW_GRID   ((color){0.90, 0.91, 0.93})
#define DRAW_BLUE   ((color){0.11, 0.42, 0.76})
#define DRAW_ORANGE ((color){0.85, 0.40, 0.07})
#define DRAW_GREEN  ((color){0.10, 0.55, 0.35})

typedef enum anchor { AT_START, AT_MIDDLE, AT_END } anchor;

void draw_use(cairo_t *c, color k);
void draw_text(cairo_t *c, double x, double y, anchor where, double size, const char *s);
void draw_bold(cairo_t *c, bool on);
/* Horizontal or vertical, on half pixels, so that it is crisp. */
void draw_line(cairo_t *c, double x0, double y0, double x1, double y1);
/* 1, 2 or 5 times a power of ten: about `count` steps over the range. */
double draw_nice_step(double range, double count);

/* Paints a page, white before; false: `error` says why. */
typedef bool draw_page(cairo_t *c, const void *what, cli_error *error);
bool draw_is_svg(const char *path);
/* Makes a picture of a page: an SVG, or a PNG of twice the points. */
bool draw_to(FILE *to, bool svg, double width, double height, draw_page *page, const void *what, cli_error *error);
/* The same as a file: an SVG where the path ends in .svg, else a PNG. */
bool draw_picture(const char *path, double width, double height, draw_page *page, const void *what, cli_error *error);

#endif
