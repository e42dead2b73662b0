/* SPDX-License-Identifier: Apache-2.0 */
/* A layer's tiles by kernels: the nearer to the best, the stronger the colour. */
#include "tools/report/report_charts.h"
#include <math.h>

static const double LEFT = 178, TOP = 88, HIGH = 26, RIGHT = 950;

static uint64_t best_of(const report_heat *heat) {
    uint64_t best = 0;
    for (uint32_t i = 0; i < heat->rows * heat->columns; ++i)
        if (heat->cycles[i] && (!best || heat->cycles[i] < best))
            best = heat->cycles[i];
    return best;
}

/* Slower by nothing: 1; by a factor of two or more: next to 0. */
static double strength(double slower) {
    return 0.06 + 0.94 * pow(fmax(1.0 - slower, 0.0), 2.2);
}

static void write_cell(FILE *to, const report_heat *heat, uint32_t row, uint32_t column, uint64_t best, double wide) {
    uint64_t cycles = heat->cycles[row * heat->columns + column];
    double x = LEFT + column * wide, y = TOP + row * HIGH;
    if (!cycles) {
        svg_text(to, "m soft", x + wide / 2, y + 17, "\xC2\xB7");
        return;
    }
    double slower = (double)cycles / (double)best - 1.0, strong = strength(slower);
    svg_tip_begin(
        to, words_of("%.30s with %.24s: %s cycles", heat->row[row], heat->column[column], words_count(cycles).s).s);
    fprintf(to, "<rect class=\"heat\" fill-opacity=\"%.3f\" x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\"/>\n",
            strong, x + 1, y + 1, wide - 2, HIGH - 2);
    if (cycles == best)
        svg_rect(to, "chosen", x + 1, y + 1, wide - 2, HIGH - 2);
    const char *look = strong > 0.5 ? "m n on" : "m n";
    if (cycles == best)
        svg_text(to, "m n on strong", x + wide / 2, y + 17, "best");
    else if (wide >= 34)
        svg_text(to, look, x + wide / 2, y + 17, words_of(slower < 0.0995 ? "+%.1f" : "+%.0f", 100.0 * slower).s);
    svg_tip_end(to);
}

void report_chart_heat(FILE *to, const report_heat *heat) {
    uint64_t best = heat->rows && heat->columns ? best_of(heat) : 0;
    if (!best)
        return;
    double wide = fmin((RIGHT - LEFT) / heat->columns, 92.0);
    svg_begin(to, TOP + heat->rows * HIGH + 34, heat->title);
    for (uint32_t j = 0; j < heat->columns; ++j) {
        fprintf(to, "<g transform=\"translate(%.1f %.1f) rotate(-38)\">", LEFT + (j + 0.42) * wide, TOP - 8);
        svg_text_short(to, "", 0, 0, heat->column[j], 20);
        fputs("</g>\n", to);
    }
    for (uint32_t i = 0; i < heat->rows; ++i) {
        svg_text_short(to, "e", LEFT - 10, TOP + i * HIGH + 17, heat->row[i], 26);
        for (uint32_t j = 0; j < heat->columns; ++j)
            write_cell(to, heat, i, j, best, wide);
    }
    svg_text(
        to, "soft", LEFT, TOP + heat->rows * HIGH + 22,
        words_of("numbers: %% more cycles than the best, %s; a dot: does not fit, or not measured", words_count(best).s)
            .s);
    svg_end(to);
}
