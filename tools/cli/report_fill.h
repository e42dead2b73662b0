/* SPDX-License-Identifier: Apache-2.0 */
/* Makes a report's figures of a tuner's plan file: measures its plans and those they are compared with. */
#ifndef TL_CLI_REPORT_FILL_H
#define TL_CLI_REPORT_FILL_H

#include "tools/cli/report_measure.h"
#include "tools/plan/plan_file.h"

typedef struct report_settings {
    const char *probe; /* path of the program */
    const char *layer; /* the layer to look at closely; NULL: the one with the longest step */
    sim_machine machine;
    uint32_t threads;
    bool quick; /* only what tables and bars need: no close look, no teams of fewer cores */
} report_settings;

enum { REPORT_TEXT = 256, REPORT_HEAT_ROWS = 10, REPORT_HEAT_COLUMNS = 10, REPORT_CURVES = 6 };

/* The figures and all they point to. */
typedef struct report_book {
    report_data data;
    report_step *step;
    char (*problem)[REPORT_TEXT], (*plan)[REPORT_TEXT]; /* texts of the steps */
    char single[REPORT_TEXT];                           /* what the best single plan is */
    report_timeline timeline;
    report_span *span; /* of it */
    report_trail *trail;
    uint64_t *best, measured; /* of the trails; records of the wisdom file that are about them */
    report_heat heat;
    uint64_t heat_cycles[REPORT_HEAT_ROWS * REPORT_HEAT_COLUMNS];
    char heat_text[REPORT_HEAT_ROWS + REPORT_HEAT_COLUMNS][48];
    const char *heat_names[REPORT_HEAT_ROWS + REPORT_HEAT_COLUMNS];
    report_scaling scaling[REPORT_CURVES];
    char curve[REPORT_CURVES][96], close_up[96];
} report_book;

bool report_fill(report_book *book, const plan_file *file, const report_settings *settings, cli_error *error);
void report_book_free(report_book *book);

/* For report_fill: the heat map and the timeline of one step. */
bool report_fill_close_up(report_book *book, const plan_step *step, const report_settings *settings, cli_error *error);

#endif
