/* SPDX-License-Identifier: Apache-2.0 */
/* The report's figures, each a piece of SVG. One that has nothing to show writes nothing. */
#ifndef TL_REPORT_CHARTS_H
#define TL_REPORT_CHARTS_H

#include "tools/report/report_sums.h"
#include "tools/report/svg.h"

/* How a kind of plan looks: the class of its colour (b-...: a bar, m-...: a mark), and its mark. */
typedef struct report_look {
    const char *bar, *mark;
    svg_shape shape;
} report_look;

extern const report_look report_looks[REPORT_BYS];

/* The whole step's cycles with each of the plans, and the bound. */
void report_chart_step(FILE *to, const report_data *data);
/* MAC/clk of every step that has multiply-accumulates; of the others, how near they come to their bounds. */
void report_chart_layers(FILE *to, const report_data *data);
void report_chart_others(FILE *to, const report_data *data);
/* MAC/clk by multiply-accumulates for every byte through the DMA. */
void report_chart_roofline(FILE *to, const report_data *data);
void report_chart_heat(FILE *to, const report_heat *heat);
/* The gap to the optimum after so many measurements. */
void report_chart_search(FILE *to, const report_data *data);
void report_chart_predicted(FILE *to, const report_data *data);
void report_chart_timeline(FILE *to, const report_timeline *timeline);
void report_chart_cores(FILE *to, const report_data *data);

#endif
