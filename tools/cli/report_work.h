/* SPDX-License-Identifier: Apache-2.0 */
/* How few cycles a problem can take, whatever its plan: with the best of the library's kernels, by bench_bound.h. */
#ifndef TL_CLI_REPORT_WORK_H
#define TL_CLI_REPORT_WORK_H

#include "tools/plan/problem.h"
#include "tools/sim/sim.h"

/* From L2 to L2, on all cores of the machine; 0: none is known. */
uint64_t report_bound(const step_problem *problem, const sim_machine *machine);

/* MAC/clk of so many cores in the best kernel's inner loop, on operands of any size. */
double report_kernel_peak(const sim_machine *machine);

#endif
