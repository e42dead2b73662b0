/* SPDX-License-Identifier: Apache-2.0 */
/* What the cost model had said before: its error, as predicted and measured cycles lie on one line to the eye. */
#include "tools/report/report_charts.h"
#include <math.h>

static const double LEFT = 70, RIGHT = 640, TOP = 16, BOTTOM = 330;

static int is_known(const report_step *s) {
    return s->predicted && s->cycles[REPORT_TUNED];
}

static double error_of(const report_step *s) {
    return 100.0 * ((double)s->predicted / (double)s->cycles[REPORT_TUNED] - 1.0);
}

static void write_scales(FILE *to, const svg_axis *x, const svg_axis *y) {
    double step = svg_nice_step(y->to - y->from, 8.0);
    for (int i = (int)ceil(y->from / step - 1e-9); i * step <= y->to * 1.0001; ++i) {
        double at = svg_at(y, i * step);
        svg_line(to, i ? "grid" : "roof", LEFT, at, RIGHT, at);
        svg_text(to, "e n soft", LEFT - 8, at + 4,
                 words_of("%s%g",
                          i < 0 ? "\xE2\x88\x92"
                          : i   ? "+"
                                : "",
                          fabs(i * step))
                     .s);
    }
    for (int power = 0; power < 12; ++power) {
        double value = pow(10.0, power);
        if (value < x->from || value > x->to)
            continue;
        svg_line(to, "grid", svg_at(x, value), TOP, svg_at(x, value), BOTTOM);
        svg_text(to, "m n soft", svg_at(x, value), BOTTOM + 18, words_count((uint64_t)value).s);
    }
    svg_text(to, "m soft", (LEFT + RIGHT) / 2, BOTTOM + 40, "measured [cycles]");
    svg_text_up(to, "m soft", 22, (TOP + BOTTOM) / 2, "predicted against measured [%]");
}

static void write_numbers(FILE *to, const report_fit *fit) {
    const svg_words numbers[3] = {words_percent(fit->mean), words_percent(fit->worst), words_more(fit->step)};
    static const char *const words[3] = {"mean error of a step's prediction", "greatest error",
                                         "the whole step, predicted against measured"};
    for (int i = 0; i < 3; ++i) {
        svg_text(to, "big", RIGHT + 40, TOP + 40 + i * 80, numbers[i].s);
        svg_text(to, "soft", RIGHT + 40, TOP + 62 + i * 80, words[i]);
    }
    svg_rect(to, "band", RIGHT + 40, BOTTOM - 36, 22, 12);
    svg_text(to, "soft", RIGHT + 70, BOTTOM - 26, "within 10 %");
}

void report_chart_predicted(FILE *to, const report_data *data) {
    report_fit fit = report_fits(data);
    double least = 0.0, most = 0.0;
    for (uint32_t i = 0; i < data->steps; ++i) {
        double cycles = (double)data->step[i].cycles[REPORT_TUNED];
        if (!is_known(&data->step[i]))
            continue;
        least = least > 0.0 ? fmin(least, cycles) : cycles;
        most = fmax(most, cycles);
    }
    if (fit.count < 2)
        return;
    double high = svg_axis_to(fmax(100.0 * fit.worst, 15.0), 0.0, 1.0, 4.0).to;
    svg_axis x = {least / 1.5, most * 1.5, LEFT, RIGHT, 1}, y = {-high, high, BOTTOM, TOP, 0};
    svg_begin(to, BOTTOM + 46, "Cycles that the cost model predicts against cycles measured");
    svg_rect(to, "band", LEFT, svg_at(&y, 10.0), RIGHT - LEFT, svg_at(&y, -10.0) - svg_at(&y, 10.0));
    write_scales(to, &x, &y);
    for (uint32_t i = 0; i < data->steps; ++i) {
        const report_step *s = &data->step[i];
        if (!is_known(s))
            continue;
        svg_tip_begin(to, words_of("%.28s %.20s: predicted %+.1f %%", s->layer ? s->layer : "", s->pass ? s->pass : "",
                                   error_of(s))
                              .s);
        svg_mark(to, "m-tuned", SVG_DISC, svg_at(&x, (double)s->cycles[REPORT_TUNED]), svg_at(&y, error_of(s)), 4.4);
        svg_tip_end(to);
    }
    write_numbers(to, &fit);
    svg_end(to);
}
