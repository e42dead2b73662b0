/* SPDX-License-Identifier: Apache-2.0 */
/* The trace, as observe.c makes and ends it. Private to the simulator. */
#ifndef TL_SIM_TRACE_H
#define TL_SIM_TRACE_H

#include "tools/sim/function_map.h"
#include "tools/sim/observe_api.h"

/* NULL: out of memory, or there is no function of the name asked for. */
struct sim_trace *sim_trace_create(const sim *s, const sim_observe_settings *settings, int *no_function);
void sim_trace_destroy(struct sim_trace *r);
/* Writes what still waits. */
void sim_trace_flush(struct sim_trace *r, const sim *s);
int sim_trace_failed(const struct sim_trace *r);

#endif
