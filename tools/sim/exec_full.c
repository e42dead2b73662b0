/* SPDX-License-Identifier: Apache-2.0 */
/* The interpreter, in the form with FPUs that are shared or take several cycles. */
#define SIM_FULL
#define EXECUTE sim_execute_full
#include "tools/sim/exec.inc"
