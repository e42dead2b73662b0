/* SPDX-License-Identifier: Apache-2.0 */
/* One step looked at closely: how it runs, and how it would run with other tiles and kernels. */
#include "src/kernel/mm.h"
#include "src/op/conv_tiles.h"
#include "tools/cli/report_fill.h"
#include "tools/cli/report_rival.h"
#include <stdio.h>
#include <string.h>

/* A kernel and the way in which the cores share its blocks. */
static uint32_t find_columns(report_book *book, rival *columns) {
    uint32_t n = 0;
    for (uint32_t k = 0; k < tl_mm_count + tl_mm_fixed_count; ++k)
        for (uint8_t by = 0; by < 2 && n < REPORT_HEAT_COLUMNS; ++by) {
            const char *name = tl_mm_numbered(k)->name, *short_name = strstr(name, "pulp_");
            if (!short_name)
                continue;
            columns[n] = (rival){.kernel = k, .buffers = 2, .by_columns = by};
            snprintf(book->heat_text[REPORT_HEAT_ROWS + n], sizeof book->heat_text[0], "%.24s %s",
                     short_name + strlen("pulp_"), by ? "columns" : "rows");
            ++n;
        }
    return n;
}

static uint16_t part(uint32_t whole, uint32_t times, uint32_t by) {
    const uint32_t size = whole * times / by;
    return (uint16_t)(size < 1 ? 1 : size > UINT16_MAX ? UINT16_MAX : size);
}

/* Tiles around the tuner's: as large, and with rows or channels doubled or halved. */
static uint32_t find_rows(report_book *book, const tl_mm_plan *mm, const tl_conv *conv, uint32_t height,
                          tl_mm_plan *rows) {
    static const uint8_t ways[REPORT_HEAT_ROWS][3] = {{4, 2, 2}, {2, 4, 2}, {2, 2, 4}, {2, 2, 2}, {1, 2, 2},
                                                      {2, 1, 2}, {2, 2, 1}, {1, 1, 2}, {4, 1, 2}, {1, 1, 1}};
    uint32_t n = 0;
    for (uint32_t i = 0; i < REPORT_HEAT_ROWS; ++i) {
        tl_mm_plan tile = *mm;
        tile.rows = part(mm->rows < height ? mm->rows : height, ways[i][0], 2);
        tile.o = part(mm->o < conv->o ? mm->o : conv->o, ways[i][1], 2);
        tile.c = part(mm->c < conv->c ? mm->c : conv->c, ways[i][2], 2);
        tile.rows = tile.rows > height ? (uint16_t)height : tile.rows;
        tile.o = tile.o > conv->o ? conv->o : tile.o;
        tile.c = tile.c > conv->c ? conv->c : tile.c;
        bool known = false;
        for (uint32_t j = 0; j < n; ++j)
            known = known || (rows[j].rows == tile.rows && rows[j].o == tile.o && rows[j].c == tile.c);
        if (known)
            continue;
        snprintf(book->heat_text[n], sizeof book->heat_text[0], "%u rows, o %u, c %u", tile.rows, tile.o, tile.c);
        rows[n++] = tile;
    }
    return n;
}

static bool fill_heat(report_book *book, const plan_step *step, const report_settings *settings, cli_error *error) {
    const step_problem *p = &step->step.problem;
    const tl_conv conv = rival_conv(p);
    rival columns[REPORT_HEAT_COLUMNS];
    tl_mm_plan rows[REPORT_HEAT_ROWS];
    report_run runs[REPORT_HEAT_ROWS * REPORT_HEAT_COLUMNS];
    const uint32_t height = p->pass == STEP_GRAD_X ? conv.h : tl_conv_out_h(&conv);
    const uint32_t n = find_columns(book, columns);
    const uint32_t m = find_rows(book, &step->plan.of.mm, &conv, height, rows);
    uint32_t place[REPORT_HEAT_ROWS * REPORT_HEAT_COLUMNS], count = 0, shown = 0;
    for (uint32_t i = 0; i < m; ++i) {
        const uint32_t before = count;
        for (uint32_t j = 0; j < n; ++j) {
            step_plan plan = {.kind = STEP_PLAN_MM};
            plan.of.mm = rows[i];
            place[count] = shown * n + j;
            if (rival_with(&columns[j], p, &plan))
                runs[count++] = (report_run){.problem = *p, .plan = plan, .cores = settings->machine.cores};
        }
        /* A tile that fits with no kernel is not worth a row. */
        if (count > before)
            memmove(book->heat_text[shown++], book->heat_text[i], sizeof book->heat_text[i]);
    }
    if (!report_measure(settings->probe, &settings->machine, runs, count, settings->threads, error))
        return false;
    for (uint32_t i = 0; i < count; ++i)
        book->heat_cycles[place[i]] = runs[i].cycles;
    for (uint32_t i = 0; i < REPORT_HEAT_ROWS + REPORT_HEAT_COLUMNS; ++i)
        book->heat_names[i] = book->heat_text[i];
    book->heat = (report_heat){.title = book->close_up,
                               .rows = shown,
                               .columns = n,
                               .row = book->heat_names,
                               .column = book->heat_names + REPORT_HEAT_ROWS,
                               .cycles = book->heat_cycles};
    book->data.heat = &book->heat;
    book->data.heats = 1;
    return true;
}

bool report_fill_close_up(report_book *book, const plan_step *step, const report_settings *settings, cli_error *error) {
    const step_problem *p = &step->step.problem;
    report_run run = {.problem = *p, .plan = step->plan, .cores = settings->machine.cores};
    snprintf(book->close_up, sizeof book->close_up, "%s %s", step->step.layer, step_pass_names[p->pass]);
    if (step->plan.kind == STEP_PLAN_MM && !fill_heat(book, step, settings, error))
        return false;
    if (!report_measure_timeline(settings->probe, &settings->machine, &run, &book->timeline, &book->span, error))
        return false;
    book->timeline.title = book->close_up;
    book->data.timeline = &book->timeline;
    book->data.timelines = 1;
    return true;
}
