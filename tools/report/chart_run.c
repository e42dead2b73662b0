/* SPDX-License-Identifier: Apache-2.0 */
/* How a layer runs: what every core does and when, and what more cores are worth. */
#include "tools/report/report_charts.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { COLUMNS = 1640 }; /* half a point wide each */
static const double LEFT = 110, WIDTH = 820, TOP = 44, TRACK = 22, BAR = 16;

static const struct {
    const char *look, *words;
} doings[REPORT_DOINGS] = {
    [REPORT_COMPUTES] = {"b-tuned", "computes"},
    [REPORT_WAITS_DMA] = {"b-one", "waits for the DMA"},
    [REPORT_WAITS_OTHERS] = {"b-idle", "waits for other cores"},
    [REPORT_FETCHES] = {"b-fetch", "waits for instructions"},
    [REPORT_TRANSFERS] = {"b-single", "transfers"},
};

/* Cycles of a track's column by what was done in it. */
typedef struct column {
    float cycles[REPORT_DOINGS];
} column;

static void add_span(column *columns, const report_timeline *t, const report_span *s) {
    double wide = (double)t->cycles / (int)COLUMNS, from = (double)s->from, to = fmin((double)s->to, (double)t->cycles);
    for (uint32_t i = (uint32_t)(from / wide); i < COLUMNS && i * wide < to; ++i) {
        double low = fmax(from, i * wide), high = fmin(to, (i + 1) * wide);
        columns[i].cycles[s->doing] += (float)fmax(high - low, 0.0);
    }
}

static int most_of(const column *c) {
    int most = -1;
    for (int doing = 0; doing < REPORT_DOINGS; ++doing)
        if (c->cycles[doing] > (most < 0 ? 0.0f : c->cycles[most]))
            most = doing;
    return most;
}

/* Columns alike side by side are one box; all boxes of one look are one path. */
static void write_track(FILE *to, const column *columns, double y) {
    for (int doing = 0; doing < REPORT_DOINGS; ++doing) {
        int begun = -1, any = 0;
        for (int i = 0; i <= COLUMNS; ++i) {
            int here = i < COLUMNS && most_of(&columns[i]) == doing;
            if (here && begun < 0)
                begun = i;
            if (here || begun < 0)
                continue;
            if (!any++)
                fprintf(to, "<path class=\"%s\" d=\"", doings[doing].look);
            fprintf(to, "M%.1f %.1fh%.1fv%.0fh-%.1fz", LEFT + begun * WIDTH / (int)COLUMNS, y,
                    (i - begun) * WIDTH / (int)COLUMNS, BAR, (i - begun) * WIDTH / (int)COLUMNS);
            begun = -1;
        }
        if (any)
            fputs("\"/>\n", to);
    }
}

static void write_legend(FILE *to, const report_timeline *t) {
    int used[REPORT_DOINGS] = {0};
    double x = LEFT;
    for (uint32_t i = 0; i < t->spans; ++i)
        used[t->span[i].doing] = 1;
    for (int doing = 0; doing < REPORT_DOINGS; ++doing) {
        if (!used[doing])
            continue;
        svg_rect(to, doings[doing].look, x, 8, 14, 12);
        svg_text(to, "", x + 21, 18, doings[doing].words);
        x += 48 + 6.4 * (double)strlen(doings[doing].words);
    }
}

void report_chart_timeline(FILE *to, const report_timeline *t) {
    column *columns = t->cycles && t->tracks ? malloc(COLUMNS * sizeof *columns) : NULL;
    if (!columns)
        return;
    double bottom = TOP + t->tracks * TRACK;
    svg_begin(to, bottom + 46, t->title);
    write_legend(to, t);
    svg_axis x = {0.0, (double)t->cycles, LEFT, LEFT + WIDTH, 0};
    double step = svg_nice_step((double)t->cycles, 8.0);
    for (int i = 0; i * step <= (double)t->cycles; ++i) {
        svg_line(to, "grid", svg_at(&x, i * step), TOP - 6, svg_at(&x, i * step), bottom);
        svg_text(to, "m n soft", svg_at(&x, i * step), bottom + 18, words_count((uint64_t)(i * step + 0.5)).s);
    }
    svg_text(to, "m soft", LEFT + WIDTH / 2, bottom + 40, "cycles");
    for (uint32_t track = 0; track < t->tracks; ++track) {
        memset(columns, 0, COLUMNS * sizeof *columns);
        for (uint32_t i = 0; i < t->spans; ++i)
            if (t->span[i].track == track && t->span[i].from < t->span[i].to)
                add_span(columns, t, &t->span[i]);
        svg_text_short(to, "e", LEFT - 10, TOP + track * TRACK + 12, t->track[track], 14);
        write_track(to, columns, TOP + track * TRACK);
    }
    svg_end(to);
    free(columns);
}

static double speed_up(const report_scaling *s, uint32_t cores) {
    return s->cycles[0] && s->cycles[cores - 1] ? (double)s->cycles[0] / (double)s->cycles[cores - 1] : 0.0;
}

static void write_curve(FILE *to, const report_scaling *s, const svg_axis *x, const svg_axis *y, int first) {
    int begun = 0;
    svg_tip_begin(to, s->name);
    fprintf(to, "<path class=\"%s\" d=\"", first ? "mean" : "trail");
    for (uint32_t cores = 1; cores <= REPORT_CORES; ++cores)
        if (speed_up(s, cores) > 0.0)
            fprintf(to, "%c%.1f %.1f", begun++ ? 'L' : 'M', svg_at(x, cores), svg_at(y, speed_up(s, cores)));
    fputs("\"/>\n", to);
    for (uint32_t cores = 1; first && cores <= REPORT_CORES; ++cores)
        if (speed_up(s, cores) > 0.0)
            svg_mark(to, "m-tuned", SVG_DISC, svg_at(x, cores), svg_at(y, speed_up(s, cores)), 4.2);
    svg_tip_end(to);
}

/* Names at the curves' ends, pushed apart where they would stand on each other. */
static void write_names(FILE *to, const report_data *data, const svg_axis *x, const svg_axis *y) {
    uint32_t order[16], count = data->scalings < 16 ? data->scalings : 16;
    for (uint32_t i = 0; i < count; ++i) {
        uint32_t j = i;
        for (;
             j > 0 && speed_up(&data->scaling[order[j - 1]], REPORT_CORES) < speed_up(&data->scaling[i], REPORT_CORES);
             --j)
            order[j] = order[j - 1];
        order[j] = i;
    }
    double above = -1e9;
    for (uint32_t i = 0; i < count; ++i) {
        const report_scaling *s = &data->scaling[order[i]];
        double at = speed_up(s, REPORT_CORES);
        if (at <= 0.0)
            continue;
        double place = fmax(svg_at(y, at) + 4, above + 16);
        above = place;
        const char *look = order[i] == 0 ? "strong n" : "n";
        svg_text(to, look, svg_at(x, REPORT_CORES) + 14, place, words_of("%.2f\xC3\x97", at).s);
        svg_text_short(to, order[i] == 0 ? "strong" : "", svg_at(x, REPORT_CORES) + 62, place, s->name, 38);
    }
}

void report_chart_cores(FILE *to, const report_data *data) {
    static const double SIDE = 380, HERE = 70, UP = 20;
    if (!data->scalings)
        return;
    svg_axis x = {1.0, REPORT_CORES, HERE, HERE + SIDE * 1.35, 0}, y = {0.0, REPORT_CORES, UP + SIDE, UP, 0};
    svg_begin(to, UP + SIDE + 46, "Speed-up over one core by number of cores");
    for (int i = 0; i <= REPORT_CORES; ++i) {
        svg_line(to, "grid", x.at, svg_at(&y, i), x.end, svg_at(&y, i));
        svg_text(to, "e n soft", HERE - 10, svg_at(&y, i) + 4, words_of("%d", i).s);
        if (i)
            svg_text(to, "m n soft", svg_at(&x, i), UP + SIDE + 18, words_of("%d", i).s);
    }
    svg_text(to, "m soft", (x.at + x.end) / 2, UP + SIDE + 40, "cores");
    svg_text_up(to, "m soft", 26, UP + SIDE / 2, "times as fast as one core");
    svg_line(to, "roof dash", svg_at(&x, 1), svg_at(&y, 1), svg_at(&x, REPORT_CORES), svg_at(&y, REPORT_CORES));
    for (uint32_t i = data->scalings; i-- > 0;)
        write_curve(to, &data->scaling[i], &x, &y, i == 0);
    write_names(to, data, &x, &y);
    svg_end(to);
}
