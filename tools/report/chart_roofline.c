/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/report/report_charts.h"
#include <math.h>

static const double LEFT = 70, RIGHT = 930, TOP = 40, BOTTOM = 400;

/* MAC for each byte of the direction that has more of them: they run at the same time. */
static double intensity(const report_step *s) {
    uint64_t bytes = s->in > s->out ? s->in : s->out;
    return bytes ? (double)s->macs / (double)bytes : 0.0;
}

static void write_log_scale(FILE *to, const svg_axis *axis, int across) {
    for (int power = -4; power < 10; ++power)
        for (int digit = 1; digit < 10; digit = digit == 1 ? 2 : digit == 2 ? 5 : 10) {
            double value = digit * pow(10.0, power);
            if (value < axis->from * 0.999 || value > axis->to * 1.001)
                continue;
            double at = svg_at(axis, value);
            if (across) {
                svg_line(to, "grid", at, TOP, at, BOTTOM);
                svg_text(to, "m n soft", at, BOTTOM + 18, words_of("%g", value).s);
            } else {
                svg_line(to, "grid", LEFT, at, RIGHT, at);
                svg_text(to, "e n soft", LEFT - 8, at + 4, words_of("%g", value).s);
            }
        }
}

static void write_roof(FILE *to, const svg_axis *x, const svg_axis *y, double width, double level, const char *look,
                       const char *words, double above) {
    double corner = fmax(level / width, x->from);
    if (level <= 0.0 || corner >= x->to)
        return;
    svg_line(to, look, svg_at(x, corner), svg_at(y, level), RIGHT, svg_at(y, level));
    svg_text(to, "e soft", RIGHT - 4, svg_at(y, level) + above, words);
}

static void write_points(FILE *to, const report_data *data, const svg_axis *x, const svg_axis *y) {
    for (uint32_t i = 0; i < data->steps; ++i) {
        const report_step *s = &data->step[i];
        if (intensity(s) <= 0.0 || !s->cycles[REPORT_TUNED])
            continue;
        double at = svg_at(x, intensity(s)), tuned = report_speed(s, s->cycles[REPORT_TUNED]);
        svg_tip_begin(to, words_of("%.28s %.20s: %.2f MAC/clk, %.1f MAC/byte", s->layer ? s->layer : "",
                                   s->pass ? s->pass : "", tuned, intensity(s))
                              .s);
        if (s->cycles[REPORT_ONE_SIZE]) {
            double other = report_speed(s, s->cycles[REPORT_ONE_SIZE]);
            svg_line(to, "link", at, svg_at(y, other), at, svg_at(y, tuned));
            svg_mark(to, "m-one", SVG_DIAMOND, at, svg_at(y, other), 3.6);
        }
        svg_mark(to, "m-tuned", SVG_DISC, at, svg_at(y, tuned), 4.6);
        svg_tip_end(to);
    }
}

void report_chart_roofline(FILE *to, const report_data *data) {
    double least_x = 0, most_x = 0, least_y = 0;
    int others = 0;
    for (uint32_t i = 0; i < data->steps; ++i) {
        const report_step *s = &data->step[i];
        double at = intensity(s), tuned = report_speed(s, s->cycles[REPORT_TUNED]);
        double other = report_speed(s, s->cycles[REPORT_ONE_SIZE]), low = other > 0.0 ? fmin(other, tuned) : tuned;
        if (at <= 0.0 || tuned <= 0.0)
            continue;
        least_x = least_x > 0.0 ? fmin(least_x, at) : at;
        least_y = least_y > 0.0 ? fmin(least_y, low) : low;
        most_x = fmax(most_x, at);
        others += other > 0.0;
    }
    if (most_x <= 0.0 || !data->dma_width || !data->fpus)
        return;
    double width = data->dma_width, fpus = data->fpus;
    svg_axis x = {fmin(least_x / 1.6, 0.2), fmax(most_x * 1.6, 4.0 * fpus / width), LEFT, RIGHT, 1};
    svg_axis y = {fmin(least_y / 1.5, x.from * width), fpus * 1.35, BOTTOM, TOP, 1};
    svg_begin(to, BOTTOM + 46, "Roofline: speed of every step by its multiply-accumulates for each byte");
    write_log_scale(to, &x, 1);
    write_log_scale(to, &y, 0);
    svg_text(to, "m soft", (LEFT + RIGHT) / 2, BOTTOM + 40,
             "multiply-accumulates for each byte through the DMA, in the busier direction [MAC/byte]");
    svg_text_up(to, "m soft", 22, (TOP + BOTTOM) / 2, "speed [MAC/clk]");
    double corner = fmin(fpus / width, x.to);
    svg_line(to, "roof", svg_at(&x, x.from), svg_at(&y, x.from * width), svg_at(&x, corner),
             svg_at(&y, corner * width));
    write_roof(to, &x, &y, width, fpus, "roof",
               words_of("%u floating-point unit%s: %u MAC/clk", data->fpus, data->fpus > 1 ? "s" : "", data->fpus).s,
               -7);
    if (data->kernel_peak > 0.0 && data->kernel_peak < 0.99 * fpus)
        write_roof(to, &x, &y, width, data->kernel_peak, "roof dash",
                   words_of("loads among the multiply-adds: %.2f MAC/clk", data->kernel_peak).s, -7);
    double slope_x = svg_at(&x, x.from * 1.25), slope_y = svg_at(&y, x.from * 1.25 * width);
    fprintf(to, "<g transform=\"translate(%.1f %.1f) rotate(%.1f)\">", slope_x, slope_y,
            atan2(svg_at(&y, x.from * 2.5 * width) - slope_y, svg_at(&x, x.from * 2.5) - slope_x) * 57.29577951);
    svg_text(to, "soft", 0, -7, words_of("DMA: %u bytes a cycle", data->dma_width).s);
    fputs("</g>\n", to);
    write_points(to, data, &x, &y);
    svg_mark(to, "m-tuned", SVG_DISC, LEFT + 10, 14, 4.6);
    svg_text(to, "", LEFT + 22, 18, "tuned");
    if (others) {
        svg_mark(to, "m-one", SVG_DIAMOND, LEFT + 90, 14, 3.8);
        svg_text(to, "", LEFT + 102, 18, "one-size-fits-all, the same step");
    }
    svg_end(to);
}
