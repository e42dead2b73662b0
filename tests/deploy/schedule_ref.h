/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Carries out a schedule step by step in double precision, by the references of tests/ref, as a written project would:
 * a buffer holds NaNs before the step that writes it first and behind the one that reads it last, and every step must
 * be one that the library has.
 */
#ifndef TL_TESTS_SCHEDULE_REF_H
#define TL_TESTS_SCHEDULE_REF_H

#include "tools/deploy/schedule.h"

typedef struct schedule_ref {
    const net_model *net;
    const train_schedule *schedule;
    double **buffers; /* by their numbers; a place of a maximum is a number too */
    double *params, *state[2];
    const double *input, *target; /* target: labels, or what the squares are taken from */
    double loss;
    uint32_t step; /* Adam's t; 0: the first */
    tl_sgd sgd;
    tl_adam adam;
} schedule_ref;

schedule_ref schedule_ref_begin(const net_model *net, const train_schedule *schedule);
/* One training step; gradients are gathered over several of them if the schedule says so: the first clears them, the
 * last one updates. */
void schedule_ref_step(schedule_ref *r, const double *input, const double *target, bool first, bool last);
void schedule_ref_end(schedule_ref *r);

#endif
