/* SPDX-License-Identifier: Apache-2.0 */
/* What is worked out of a report's figures. */
#ifndef TL_REPORT_SUMS_H
#define TL_REPORT_SUMS_H

#include "tools/report/report_data.h"

/*
 * The whole training step: all steps, each so many times as it stands there. A step that was not measured with a kind
 * of plan counts as the tuner's, so that nothing is gained by not measuring.
 */
typedef struct report_total {
    uint64_t macs, cycles[REPORT_BYS]; /* cycles 0: not known of any step, or the tuner's of not all */
    uint64_t bound;                    /* those that are known; what the others take is left out */
    uint32_t count;                    /* of steps, equal ones among them */
    uint32_t missing[REPORT_BYS];      /* of these, were not measured */
} report_total;

/* How many times as fast `one` is as `other`. */
typedef struct report_ratio {
    double mean;      /* geometric, over all steps of which both are known, equal ones among them; 0: there are none */
    double best;      /* the greatest */
    double worst;     /* the least */
    double step;      /* of the whole step: of report_totals; 0: not known */
    uint32_t at;      /* the step that has the best */
    uint32_t count;   /* of steps that the mean is over */
    uint32_t missing; /* and of those that it is not */
} report_ratio;

/* The cost model against what was measured, over the steps of which both are known. */
typedef struct report_fit {
    double mean;  /* of the absolute relative errors */
    double worst; /* the greatest of them */
    double step;  /* of the sums over these steps: predicted by measured, less 1 */
    uint32_t count;
} report_fit;

uint32_t report_times(const report_step *step);
report_total report_totals(const report_data *data);
report_ratio report_ratios(const report_data *data, report_by one, report_by other);
report_fit report_fits(const report_data *data);
/* Multiply-accumulates a cycle; 0: not known. */
double report_speed(const report_step *step, uint64_t cycles);

extern const char *const report_by_names[REPORT_BYS];
/* What a plan is, in a sentence: the data's own words or ours. */
const char *report_by_note(const report_data *data, report_by by);

#endif
