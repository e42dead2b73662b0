/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Exact cycles of steps for a report, as the tuner measures them: from L2 to L2, warm, from streamed tapes
 * (tools/tune/step_request.h). Each is carried out on a machine brought back to the same state, so the cycles depend
 * neither on the order nor on the number of host threads.
 */
#ifndef TL_CLI_REPORT_MEASURE_H
#define TL_CLI_REPORT_MEASURE_H

#include "tools/cli/error.h"
#include "tools/plan/problem.h"
#include "tools/report/report_data.h"
#include "tools/sim/sim.h"

typedef struct report_run {
    step_problem problem;
    step_plan plan;
    uint32_t cores;
    bool one_size;   /* with that kernel (bench/baselines.h) in the place of the plan's */
    uint64_t cycles; /* the answer; 0: it cannot run so */
} report_run;

/* Carries out all runs on `threads` host threads; 0: one a processor. A bar on stderr shows how far it is. */
bool report_measure(const char *probe, const sim_machine *machine, report_run *runs, uint32_t count, uint32_t threads,
                    cli_error *error);

/* One run with somebody looking on: fills in tracks and spans; the caller frees *spans. */
bool report_measure_timeline(const char *probe, const sim_machine *machine, report_run *run, report_timeline *timeline,
                             report_span **spans, cli_error *error);

#endif
