/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Every step of every layer, one below the other: the tuner's plan as a bar in a trough that ends at the bound, the
 * other plans as marks on it.
 */
#include "tools/report/report_charts.h"
#include <math.h>
#include <string.h>

static const double LEFT = 218, RIGHT = 690, ROW = 19, BAR = 10, GAP = 9, TOP = 62;
static const double CYCLES = 782, FASTER = 868, PART = 950;

/* What a chart shows of a step: its length of a bar for so many cycles. */
typedef struct measure {
    const report_data *data;
    svg_axis axis;
    int macs; /* MAC/clk; else the part of the bound's speed, in % */
} measure;

static int belongs(const measure *m, const report_step *s) {
    return (s->macs > 0) == (m->macs != 0);
}

static double value_of(const measure *m, const report_step *s, uint64_t cycles) {
    if (m->macs)
        return report_speed(s, cycles);
    return cycles ? 100.0 * (double)s->bound / (double)cycles : 0.0;
}

/* Whether any step of the chart was measured with such a plan. */
static int is_shown(const measure *m, report_by by) {
    for (uint32_t i = 0; i < m->data->steps; ++i)
        if (belongs(m, &m->data->step[i]) && m->data->step[i].cycles[by])
            return 1;
    return 0;
}

static void write_legend(FILE *to, const measure *m) {
    double x = LEFT, y = 14;
    svg_rect(to, "trough", x, y - 7, 26, BAR);
    svg_rect(to, "b-tuned", x, y - 7, 18, BAR);
    svg_line(to, "bound", x + 26, y - 9, x + 26, y + 5);
    svg_text(to, "", x + 34, y + 3, "tuned, up to the bound");
    x += 200;
    for (int by = 1; by < REPORT_BYS; ++by) {
        if (!is_shown(m, (report_by)by))
            continue;
        svg_mark(to, report_looks[by].mark, report_looks[by].shape, x, y - 2, 4.5);
        svg_text(to, "", x + 11, y + 3, report_by_names[by]);
        x += 36 + 6.6 * (double)strlen(report_by_names[by]);
    }
}

static void write_scale(FILE *to, const measure *m, double bottom) {
    double step = svg_nice_step(m->axis.to, 6.0);
    for (int i = 0; i * step <= m->axis.to * 1.0001; ++i) {
        double x = svg_at(&m->axis, i * step);
        svg_line(to, "grid", x, TOP - 8, x, bottom);
        svg_text(to, "m n soft", x, TOP - 14, words_of("%g", i * step).s);
        svg_text(to, "m n soft", x, bottom + 16, words_of("%g", i * step).s);
    }
    svg_text(to, "m soft", (LEFT + RIGHT) / 2, bottom + 34, m->macs ? "MAC/clk" : "% of the bound's speed");
    svg_text(to, "e soft", CYCLES, TOP - 14, "cycles");
    if (is_shown(m, REPORT_ONE_SIZE))
        svg_text(to, "e soft", FASTER, TOP - 14, "\xC3\x97 one-size");
    svg_text(to, "e soft", PART, TOP - 14, "of bound");
}

static void write_marks(FILE *to, const measure *m, const report_step *s, double y) {
    for (int by = REPORT_BYS - 1; by > REPORT_TUNED; --by)
        if (s->cycles[by] && value_of(m, s, s->cycles[by]) > 0.0)
            svg_mark(to, report_looks[by].mark, report_looks[by].shape, svg_at(&m->axis, value_of(m, s, s->cycles[by])),
                     y + BAR / 2, 4.2);
}

static void write_row(FILE *to, const measure *m, const report_step *s, double y) {
    uint64_t cycles = s->cycles[REPORT_TUNED];
    svg_tip_begin(to, words_of("%s %s", s->problem ? s->problem : "", s->pass ? s->pass : "").s);
    svg_text_short(to, "", 134, y + 9.5, s->pass, 14);
    double bound = s->bound ? value_of(m, s, s->bound) : 0.0;
    if (bound > 0.0) {
        svg_rect(to, "trough", LEFT, y, svg_at(&m->axis, bound) - LEFT, BAR);
        svg_line(to, "bound", svg_at(&m->axis, bound), y - 2, svg_at(&m->axis, bound), y + BAR + 2);
    }
    if (cycles) {
        svg_rect(to, "b-tuned", LEFT, y, svg_at(&m->axis, value_of(m, s, cycles)) - LEFT, BAR);
        svg_text(to, "e n", CYCLES, y + 9.5, words_count(cycles).s);
        if (s->cycles[REPORT_ONE_SIZE])
            svg_text(to, "e n", FASTER, y + 9.5,
                     words_of("%.2f", (double)s->cycles[REPORT_ONE_SIZE] / (double)cycles).s);
        if (s->bound)
            svg_text(to, "e n", PART, y + 9.5, words_of("%.0f %%", 100.0 * (double)s->bound / (double)cycles).s);
    }
    write_marks(to, m, s, y);
    svg_tip_end(to);
}

static int same_layer(const report_step *a, const report_step *b) {
    return a && a->layer && b->layer && strcmp(a->layer, b->layer) == 0 && report_times(a) == report_times(b);
}

static void write_steps(FILE *to, const report_data *data, int macs, const char *label) {
    measure m = {.data = data, .macs = macs};
    double most = 0.0, height = TOP;
    const report_step *last = NULL;
    for (uint32_t i = 0; i < data->steps; ++i) {
        const report_step *s = &data->step[i];
        if (!belongs(&m, s))
            continue;
        height += ROW + (last && !same_layer(last, s) ? GAP : 0.0);
        last = s;
        most = fmax(most, value_of(&m, s, s->bound));
        for (int by = 0; by < REPORT_BYS; ++by)
            most = fmax(most, value_of(&m, s, s->cycles[by]));
    }
    if (!last)
        return;
    m.axis = svg_axis_to(macs ? most : 100.0, LEFT, RIGHT, 6.0);
    svg_begin(to, height + 42, label);
    write_legend(to, &m);
    write_scale(to, &m, height);
    double y = TOP;
    last = NULL;
    for (uint32_t i = 0; i < data->steps; ++i) {
        const report_step *s = &data->step[i];
        if (!belongs(&m, s))
            continue;
        if (!same_layer(last, s)) {
            y += last ? GAP : 0.0;
            svg_words times = words_of(" \xC3\x97%u", report_times(s));
            svg_text_short(to, "e strong", 120, y + 9.5,
                           words_of("%.60s%s", s->layer ? s->layer : "", report_times(s) > 1 ? times.s : "").s, 18);
        }
        write_row(to, &m, s, y);
        y += ROW;
        last = s;
    }
    svg_end(to);
}

void report_chart_layers(FILE *to, const report_data *data) {
    write_steps(to, data, 1, "MAC/clk of every layer and pass");
}

void report_chart_others(FILE *to, const report_data *data) {
    write_steps(to, data, 0, "Steps without multiply-accumulates, as parts of their bounds");
}
