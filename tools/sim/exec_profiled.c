/* SPDX-License-Identifier: Apache-2.0 */
/* The interpreter, in the form with private FPUs that take one cycle, whose instructions are counted and no more. */
#define SIM_PROFILE
#define EXECUTE sim_execute_profiled
#include "tools/sim/exec.inc"
