/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Pieces of SVG, written as they come. How they look is told by classes, which the page's style gives colours for light
 * and dark (report_style.c). Text is escaped; bytes that are no UTF-8, or no character that XML allows, become U+FFFD.
 */
#ifndef TL_REPORT_SVG_H
#define TL_REPORT_SVG_H

#include <stdint.h>
#include <stdio.h>

enum { SVG_WIDTH = 960 };

/* Text for elements and for attributes in double quotes. */
void xml_text(FILE *to, const char *s);
/* The same, of at most `most` characters, the last one an ellipsis where there were more. */
void xml_short(FILE *to, const char *s, uint32_t most);

/* A figure of SVG_WIDTH times `height`; `label` says in words what is to be seen. */
void svg_begin(FILE *to, double height, const char *label);
void svg_end(FILE *to);

/* A group that shows `tip` under the mouse. */
void svg_tip_begin(FILE *to, const char *tip);
void svg_tip_end(FILE *to);

void svg_text(FILE *to, const char *look, double x, double y, const char *s);
void svg_text_short(FILE *to, const char *look, double x, double y, const char *s, uint32_t most);
/* From the bottom up. */
void svg_text_up(FILE *to, const char *look, double x, double y, const char *s);
void svg_rect(FILE *to, const char *look, double x, double y, double width, double height);
void svg_line(FILE *to, const char *look, double x0, double y0, double x1, double y1);

/* A mark around a place; each kind of plan has a shape of its own, so that colours are not all there is. */
typedef enum svg_shape { SVG_DISC, SVG_RING, SVG_DIAMOND, SVG_TRIANGLE, SVG_SQUARE } svg_shape;
void svg_mark(FILE *to, const char *look, svg_shape shape, double x, double y, double radius);

/* A scale of an axis: value -> place. */
typedef struct svg_axis {
    double from, to; /* values */
    double at, end;  /* places */
    int log;
} svg_axis;

double svg_at(const svg_axis *axis, double value);
/* 1, 2 or 5 times a power of ten: about `count` steps over the range. */
double svg_nice_step(double range, double count);
/* An axis from 0 on, which ends at a whole step. */
svg_axis svg_axis_to(double most, double at, double end, double steps);

typedef struct svg_words {
    char s[96];
} svg_words;

__attribute__((format(printf, 1, 2))) svg_words words_of(const char *format, ...);
svg_words words_count(uint64_t n);    /* 12,345 */
svg_words words_short(double n);      /* 12.3 M */
svg_words words_percent(double part); /* 12.3 %, which is not broken */
svg_words words_more(double part);    /* +12.3 %, −12.3 % */

#endif
