/* SPDX-License-Identifier: Apache-2.0 */
/* The interpreter, in the form with private FPUs that take one cycle, at which only the sanitizer looks. */
#define SIM_CHECK
#define EXECUTE sim_execute_checked
#include "tools/sim/exec.inc"
