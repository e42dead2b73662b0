/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/cli/report_print.h"
#include "tools/cli/text.h"
#include "tools/report/report_sums.h"
#include <string.h>

enum { LAYER, PASS, CYCLES, SPEED, BOUND, MODEL, FIRST_OTHER, COLUMNS = FIRST_OTHER + REPORT_BYS - 1 };

/* Of names from files nothing that a terminal obeys. */
static text shown(const char *s, uint32_t most) {
    text t = {""};
    uint32_t n = 0;
    for (; s && s[n] && n < most; ++n)
        t.s[n] = s[n] >= ' ' && s[n] <= '~' ? s[n] : '?';
    if (s && s[n] && n >= 2)
        memcpy(t.s + n - 2, "..", 2);
    t.s[n] = '\0';
    return t;
}

static text times_text(double times) {
    return times <= 0.0 ? text_of("-") : text_of(times < 1000.0 ? "%.2fx" : "%.0fx", times);
}

static text ratio(uint64_t cycles, uint64_t by) {
    return times_text(cycles && by ? (double)cycles / (double)by : 0.0);
}

static void print_row(table *t, const report_step *s) {
    text cells[COLUMNS];
    uint64_t tuned = s->cycles[REPORT_TUNED];
    cells[LAYER] = shown(s->layer, 16);
    if (report_times(s) > 1)
        cells[LAYER] = text_of("%s *%u", shown(s->layer, 12).s, report_times(s));
    cells[PASS] = shown(s->pass, 8);
    cells[CYCLES] = tuned ? text_count(tuned) : text_of("-");
    cells[SPEED] = s->macs && tuned ? text_of("%.2f", report_speed(s, tuned)) : text_of("-");
    cells[BOUND] = s->bound && tuned ? text_of("%.0f %%", 100.0 * (double)s->bound / (double)tuned) : text_of("-");
    cells[MODEL] = s->predicted && tuned ? text_of("%+.1f %%", 100.0 * ((double)s->predicted / (double)tuned - 1.0))
                                         : text_of("-");
    for (int by = 1; by < REPORT_BYS; ++by)
        cells[FIRST_OTHER + by - 1] = ratio(s->cycles[by], tuned);
    table_row(t, cells);
}

static void print_steps(FILE *to, const report_data *data, const report_total *total) {
    table t;
    const text head[COLUMNS] = {{"layer"}, {"pass"},    {"cycles"}, {"MAC/clk"},  {"of bound"},
                                {"model"}, {"default"}, {"single"}, {"one-size"}, {"naive"}};
    table_begin(&t, COLUMNS, 2);
    table_row(&t, head);
    table_row(&t, NULL);
    for (uint32_t i = 0; i < data->steps; ++i)
        print_row(&t, &data->step[i]);
    report_step whole = {.layer = "whole step", .macs = total->macs, .bound = total->bound};
    memcpy(whole.cycles, total->cycles, sizeof whole.cycles);
    table_row(&t, NULL);
    print_row(&t, &whole);
    table_print(&t, to, "");
    table_end(&t);
}

static void print_ratios(FILE *to, const report_data *data) {
    enum { OTHER, BEST_AT, MEAN, BEST, LEAST, STEP, COUNT, RATIO_COLUMNS };
    table t;
    const text head[RATIO_COLUMNS] = {{"tuned over"}, {"best at"},    {"geom. mean"}, {"best"},
                                      {"least"},      {"whole step"}, {"measured"}};
    table_begin(&t, RATIO_COLUMNS, 2);
    table_row(&t, head);
    table_row(&t, NULL);
    for (int by = 1; by < REPORT_BYS; ++by) {
        report_ratio r = report_ratios(data, REPORT_TUNED, (report_by)by);
        if (!r.count)
            continue;
        const report_step *best = &data->step[r.at];
        const text cells[RATIO_COLUMNS] = {
            [OTHER] = text_of("%s", report_by_names[by]),
            [BEST_AT] = text_of("%s %s", shown(best->layer, 14).s, shown(best->pass, 8).s),
            [MEAN] = times_text(r.mean),
            [BEST] = times_text(r.best),
            [LEAST] = times_text(r.worst),
            [STEP] = times_text(r.step),
            [COUNT] = text_of("%u of %u", r.count, r.count + r.missing),
        };
        table_row(&t, cells);
    }
    if (t.rows > 2)
        table_print(&t, to, "");
    table_end(&t);
}

void report_print(FILE *to, const report_data *data) {
    report_total total = report_totals(data);
    report_fit fit = report_fits(data);
    fprintf(to, "%s on %s%s%s\n\n", shown(data->model, 30).s, shown(data->machine, 20).s, data->setting ? ": " : "",
            shown(data->setting, 44).s);
    print_steps(to, data, &total);
    fprintf(to, "\nmodel: predicted against measured cycles; default to naive: their cycles by the tuned plan's.\n"
                "A step that was not measured with a plan counts as tuned in the whole step.\n\n");
    print_ratios(to, data);
    if (fit.count)
        fprintf(to, "\ncost model: mean error %.1f %%, greatest %.1f %%, step %+.1f %%\n", 100.0 * fit.mean,
                100.0 * fit.worst, 100.0 * fit.step);
    if (data->measurements && data->problems)
        fprintf(to, "measurements: %s for %u problems\n", text_count(data->measurements).s, data->problems);
}
