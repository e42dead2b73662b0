/* SPDX-License-Identifier: Apache-2.0 */
/* The interpreter, in the form that shows every instruction to an observer. */
#define SIM_OBSERVE
#define EXECUTE sim_execute_observed
#include "tools/sim/exec.inc"
