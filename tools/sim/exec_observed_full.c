/* SPDX-License-Identifier: Apache-2.0 */
/* The interpreter, in the form that shows every instruction to an observer, and has FPUs shared or slow. */
#define SIM_FULL
#define SIM_OBSERVE
#define EXECUTE sim_execute_observed_full
#include "tools/sim/exec.inc"
