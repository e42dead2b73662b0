/* SPDX-License-Identifier: Apache-2.0 */
/* The interpreter, in the form with private FPUs that take one cycle, which nobody looks at. */
#define EXECUTE sim_execute_fast
#include "tools/sim/exec.inc"
