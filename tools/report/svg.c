/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/report/svg.h"
#include <math.h>
#include <stdarg.h>
#include <string.h>

/* Bytes of the character at s, 0 where there is none that XML allows. */
static uint32_t character(const unsigned char *s, uint32_t *code) {
    static const uint32_t least[5] = {0, 0, 0x80, 0x800, 0x10000};
    uint32_t n = s[0] < 0x80                   ? 1
                 : s[0] >= 0xF0 && s[0] < 0xF8 ? 4
                 : s[0] >= 0xE0 && s[0] < 0xF0 ? 3
                 : s[0] >= 0xC0 && s[0] < 0xE0 ? 2
                                               : 0;
    if (n == 0)
        return 0;
    uint32_t c = n == 1 ? s[0] : s[0] & (0x7Fu >> n);
    for (uint32_t i = 1; i < n; ++i) {
        if ((s[i] & 0xC0) != 0x80)
            return 0;
        c = c << 6 | (s[i] & 0x3Fu);
    }
    if (c < least[n] || c > 0x10FFFF || (c >= 0xD800 && c < 0xE000) || c == 0xFFFE || c == 0xFFFF ||
        (c < 0x20 && c != '\t') || (c >= 0x7F && c < 0xA0))
        return 0;
    *code = c;
    return n;
}

void xml_short(FILE *to, const char *text, uint32_t most) {
    const unsigned char *s = (const unsigned char *)(text ? text : "");
    for (uint32_t shown = 0; *s; ++shown) {
        uint32_t code = 0, n = character(s, &code), used = n ? n : 1;
        if (shown + 1 == most && s[used]) {
            fputs("\xE2\x80\xA6", to);
            return;
        }
        if (n == 0)
            fputs("\xEF\xBF\xBD", to);
        else if (code == '&')
            fputs("&amp;", to);
        else if (code == '<')
            fputs("&lt;", to);
        else if (code == '>')
            fputs("&gt;", to);
        else if (code == '"')
            fputs("&quot;", to);
        else if (code == '\'')
            fputs("&#39;", to);
        else if (code == '\t')
            fputc(' ', to);
        else
            fwrite(s, 1, n, to);
        s += used;
    }
}

void xml_text(FILE *to, const char *s) {
    xml_short(to, s, UINT32_MAX);
}

void svg_begin(FILE *to, double height, const char *label) {
    fprintf(to, "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %.0f\" role=\"img\" aria-label=\"",
            SVG_WIDTH, height);
    xml_text(to, label);
    fputs("\">\n", to);
}

void svg_end(FILE *to) {
    fputs("</svg>\n", to);
}

void svg_tip_begin(FILE *to, const char *tip) {
    fputs("<g class=\"tip\"><title>", to);
    xml_text(to, tip);
    fputs("</title>", to);
}

void svg_tip_end(FILE *to) {
    fputs("</g>\n", to);
}

void svg_text_short(FILE *to, const char *look, double x, double y, const char *s, uint32_t most) {
    fprintf(to, "<text class=\"%s\" x=\"%.1f\" y=\"%.1f\">", look, x, y);
    xml_short(to, s, most);
    fputs("</text>\n", to);
}

void svg_text(FILE *to, const char *look, double x, double y, const char *s) {
    svg_text_short(to, look, x, y, s, UINT32_MAX);
}

void svg_text_up(FILE *to, const char *look, double x, double y, const char *s) {
    fprintf(to, "<text class=\"%s\" transform=\"translate(%.1f %.1f) rotate(-90)\">", look, x, y);
    xml_text(to, s);
    fputs("</text>\n", to);
}

void svg_rect(FILE *to, const char *look, double x, double y, double width, double height) {
    fprintf(to, "<rect class=\"%s\" x=\"%.2f\" y=\"%.2f\" width=\"%.2f\" height=\"%.2f\"/>\n", look, x, y,
            fmax(width, 0.0), height);
}

void svg_line(FILE *to, const char *look, double x0, double y0, double x1, double y1) {
    fprintf(to, "<path class=\"%s\" d=\"M%.1f %.1fL%.1f %.1f\"/>\n", look, x0, y0, x1, y1);
}

void svg_mark(FILE *to, const char *look, svg_shape shape, double x, double y, double r) {
    switch (shape) {
    case SVG_DISC:
    case SVG_RING:
        fprintf(to, "<circle class=\"%s\" cx=\"%.1f\" cy=\"%.1f\" r=\"%.1f\"/>\n", look, x, y, r);
        break;
    case SVG_DIAMOND:
        fprintf(to, "<path class=\"%s\" d=\"M%.1f %.1fl%.1f %.1f %.1f %.1f %.1f %.1fz\"/>\n", look, x, y - r * 1.2,
                r * 1.2, r * 1.2, -r * 1.2, r * 1.2, -r * 1.2, -r * 1.2);
        break;
    case SVG_TRIANGLE:
        fprintf(to, "<path class=\"%s\" d=\"M%.1f %.1fl%.1f %.1fh%.1fz\"/>\n", look, x, y - r * 1.1, r * 1.15, r * 2.0,
                -r * 2.3);
        break;
    case SVG_SQUARE:
        svg_rect(to, look, x - r * 0.9, y - r * 0.9, r * 1.8, r * 1.8);
        break;
    }
}

double svg_at(const svg_axis *a, double value) {
    double part = a->log ? log(value / a->from) / log(a->to / a->from) : (value - a->from) / (a->to - a->from);
    return a->at + (a->end - a->at) * part;
}

double svg_nice_step(double range, double count) {
    double rough = range / count, power = pow(10.0, floor(log10(rough))), digit = rough / power;
    return power * (digit > 5.0 ? 10.0 : digit > 2.0 ? 5.0 : digit > 1.0 ? 2.0 : 1.0);
}

svg_axis svg_axis_to(double most, double at, double end, double steps) {
    double step = svg_nice_step(most > 0.0 ? most : 1.0, steps);
    return (svg_axis){0.0, step * fmax(ceil(most / step - 1e-9), 1.0), at, end, 0};
}

svg_words words_of(const char *format, ...) {
    svg_words w;
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(w.s, sizeof w.s, format, arguments);
    va_end(arguments);
    return w;
}

svg_words words_count(uint64_t n) {
    svg_words w;
    char digits[24];
    int length = snprintf(digits, sizeof digits, "%llu", (unsigned long long)n), used = 0;
    for (int i = 0; i < length; ++i) {
        if (i && (length - i) % 3 == 0)
            w.s[used++] = ',';
        w.s[used++] = digits[i];
    }
    w.s[used] = '\0';
    return w;
}

svg_words words_short(double n) {
    static const char *const units[] = {"", " k", " M", " G", " T"};
    uint32_t unit = 0;
    while (n >= 999.5 && unit < 4) {
        n /= 1000.0;
        ++unit;
    }
    return words_of(unit == 0 || n >= 99.95 ? "%.0f%s" : n >= 9.995 ? "%.1f%s" : "%.2f%s", n, units[unit]);
}

svg_words words_percent(double part) {
    return words_of("%.1f\xC2\xA0%%", 100.0 * part);
}

svg_words words_more(double part) {
    return words_of("%s%.1f\xC2\xA0%%", part < 0.0 ? "\xE2\x88\x92" : "+", 100.0 * fabs(part));
}
