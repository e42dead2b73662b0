/* SPDX-License-Identifier: Apache-2.0 */
/* The whole step: one bar a kind of plan. */
#include "tools/report/report_charts.h"
#include <math.h>

static const double LEFT = 150, RIGHT = 560, ROW = 34, BAR = 20, TOP = 10;

const report_look report_looks[REPORT_BYS] = {
    [REPORT_TUNED] = {"b-tuned", "m-tuned", SVG_DISC},        [REPORT_DEFAULT] = {"b-default", "m-default", SVG_SQUARE},
    [REPORT_SINGLE] = {"b-single", "m-single", SVG_TRIANGLE}, [REPORT_ONE_SIZE] = {"b-one", "m-one", SVG_DIAMOND},
    [REPORT_NAIVE] = {"b-naive", "m-naive", SVG_RING},
};

static void write_bar(FILE *to, const report_data *data, const report_total *total, const svg_axis *axis, report_by by,
                      double y) {
    uint64_t cycles = total->cycles[by];
    double ratio = (double)cycles / (double)total->cycles[REPORT_TUNED];
    svg_words missing = words_of("  \xC2\xB7  %u of %u steps as tuned", total->missing[by], total->count);
    svg_tip_begin(to, report_by_note(data, by));
    svg_text(to, by == REPORT_TUNED ? "e strong" : "e", LEFT - 12, y + 15, report_by_names[by]);
    double end = svg_at(axis, fmin((double)cycles, axis->to));
    svg_rect(to, report_looks[by].bar, LEFT, y, end - LEFT, BAR);
    if ((double)cycles > axis->to)
        fprintf(to, "<path class=\"torn\" d=\"M%.1f %.1fl8 %.1fM%.1f %.1fl8 %.1f\"/>\n", end - 34, y + BAR + 3,
                -BAR - 6, end - 26, y + BAR + 3, -BAR - 6);
    svg_text(to, by == REPORT_TUNED ? "n strong" : "n", end + 10, y + 15,
             words_of("%s cycles  \xC2\xB7  %.2f MAC/clk%s%s", words_short((double)cycles).s,
                      (double)total->macs / (double)cycles,
                      by == REPORT_TUNED ? "" : words_of("  \xC2\xB7  %.2f\xC3\x97", ratio).s,
                      total->missing[by] ? missing.s : "")
                 .s);
    svg_tip_end(to);
}

void report_chart_step(FILE *to, const report_data *data) {
    report_total total = report_totals(data);
    uint64_t most = total.bound, without_naive = 0;
    uint32_t rows = 0;
    for (int by = 0; by < REPORT_BYS; ++by) {
        most = total.cycles[by] > most ? total.cycles[by] : most;
        without_naive = by != REPORT_NAIVE ? most : without_naive;
        rows += total.cycles[by] > 0;
    }
    if (!total.cycles[REPORT_TUNED])
        return;
    /* The naive plan's bar is cut where it would make all the others look alike. */
    svg_axis axis = {0.0, fmin((double)most, 1.35 * (double)without_naive), LEFT, RIGHT, 0};
    svg_begin(to, TOP + rows * ROW + 34, "Cycles of the whole training step with each of the plans");
    double y = TOP;
    for (int by = 0; by < REPORT_BYS; ++by) {
        if (!total.cycles[by])
            continue;
        write_bar(to, data, &total, &axis, (report_by)by, y);
        y += ROW;
    }
    if (total.bound) {
        double x = svg_at(&axis, (double)total.bound);
        svg_line(to, "bound", x, TOP - 6, x, y - 6);
        svg_text(to, "soft", x, y + 12,
                 words_of("\xE2\x86\x91 bound: %s cycles, below which no plan of these kernels can go",
                          words_short((double)total.bound).s)
                     .s);
    }
    svg_end(to);
}
