/* SPDX-License-Identifier: Apache-2.0 */
/* A report to look at: ResNet8 with figures that are made up, but plausible. */
#ifndef TL_TESTS_REPORT_SAMPLE_H
#define TL_TESTS_REPORT_SAMPLE_H

#include "tools/report/report_data.h"

enum {
    SAMPLE_STEPS = 40,
    SAMPLE_TRAILS = 24,
    SAMPLE_POINTS = 96,
    SAMPLE_SPANS = 4000,
    SAMPLE_ROWS = 8,
    SAMPLE_COLUMNS = 12
};

typedef struct report_sample {
    report_data data;
    report_step step[SAMPLE_STEPS];
    report_trail trail[SAMPLE_TRAILS];
    uint64_t best[SAMPLE_TRAILS][SAMPLE_POINTS];
    report_span span[SAMPLE_SPANS];
    report_heat heat;
    uint64_t heat_cycles[SAMPLE_ROWS * SAMPLE_COLUMNS];
    report_timeline timeline;
    report_scaling scaling[5];
} report_sample;

void report_sample_make(report_sample *s);

#endif
