/* SPDX-License-Identifier: Apache-2.0 */
/* What searching found. */
#include "tools/report/report_charts.h"
#include <math.h>
#include <stddef.h>

static const double LEFT = 70, RIGHT = 930, TOP = 40, BOTTOM = 330;

static uint64_t optimum(const report_trail *t) {
    return t->optimum ? t->optimum : t->best[t->count - 1];
}

/* Per cent above the optimum after `n` measurements. */
static double gap(const report_trail *t, uint32_t n) {
    uint32_t last = n < t->count ? n : t->count;
    return 100.0 * ((double)t->best[last - 1] / (double)optimum(t) - 1.0);
}

static double mean_gap(const report_data *data, uint32_t n) {
    double sum = 0.0;
    uint32_t count = 0;
    for (uint32_t i = 0; i < data->trails; ++i)
        if (data->trail[i].count) {
            sum += gap(&data->trail[i], n);
            ++count;
        }
    return count ? sum / count : 0.0;
}

/* A line of steps: what is best stays best until something better is found. */
static void write_trail(FILE *to, const char *look, const svg_axis *x, const svg_axis *y, const report_data *data,
                        const report_trail *t, uint32_t count) {
    double last = t ? gap(t, 1) : mean_gap(data, 1);
    fprintf(to, "<path class=\"%s\" d=\"M%.1f %.1f", look, svg_at(x, 1.0), svg_at(y, fmin(last, y->to)));
    for (uint32_t n = 2; n <= count; ++n) {
        double now = t ? gap(t, n) : mean_gap(data, n);
        if (fabs(now - last) < 0.001 && n < count)
            continue;
        fprintf(to, "H%.1fV%.1f", svg_at(x, n), svg_at(y, fmin(now, y->to)));
        last = now;
    }
    fputs("\"/>\n", to);
}

void report_chart_search(FILE *to, const report_data *data) {
    uint32_t most = 0, count = 0;
    double worst = 0.0;
    for (uint32_t i = 0; i < data->trails; ++i) {
        most = data->trail[i].count > most ? data->trail[i].count : most;
        count += data->trail[i].count > 0;
        if (data->trail[i].count)
            worst = fmax(worst, gap(&data->trail[i], 1));
    }
    if (most < 2)
        return;
    svg_axis x = {1.0, most, LEFT, RIGHT, 1}, y = svg_axis_to(fmax(worst, 1.0), BOTTOM, TOP, 6.0);
    svg_begin(to, BOTTOM + 46, "The best plan found so far against the number of measurements");
    for (uint32_t n = 1; n <= most; n *= 2) {
        svg_line(to, "grid", svg_at(&x, n), TOP, svg_at(&x, n), BOTTOM);
        svg_text(to, "m n soft", svg_at(&x, n), BOTTOM + 18, words_of("%u", n).s);
    }
    double step = svg_nice_step(y.to, 6.0);
    for (int i = 0; i * step <= y.to * 1.0001; ++i) {
        svg_line(to, "grid", LEFT, svg_at(&y, i * step), RIGHT, svg_at(&y, i * step));
        svg_text(to, "e n soft", LEFT - 8, svg_at(&y, i * step) + 4, words_of("%g", i * step).s);
    }
    svg_text(to, "m soft", (LEFT + RIGHT) / 2, BOTTOM + 40, "measurements of a problem");
    svg_text_up(to, "m soft", 22, (TOP + BOTTOM) / 2, "best so far, above the best known [%]");
    for (uint32_t i = 0; i < data->trails; ++i)
        if (data->trail[i].count) {
            svg_tip_begin(to, data->trail[i].name);
            write_trail(to, "trail", &x, &y, data, &data->trail[i], data->trail[i].count);
            svg_tip_end(to);
        }
    write_trail(to, "mean", &x, &y, data, NULL, most);
    svg_line(to, "mean", LEFT + 4, 14, LEFT + 30, 14);
    svg_text(to, "", LEFT + 38, 18, "mean of all problems");
    svg_line(to, "trail", LEFT + 190, 14, LEFT + 216, 14);
    svg_text(to, "", LEFT + 224, 18, words_of("one of %u problem%s", count, count == 1 ? "" : "s").s);
    svg_end(to);
}
