/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Plan files: what the tuner has chosen for each step of a model, on one machine.
 *
 *     trainlib-plan 1
 *     model resnet8
 *     machine pulp8 6d0f2a9c17b0e4d3
 *     code 0c5d91f3a2b4e687
 *     step conv2a forward times=1 cycles=91234 predicted=90100 measured=88 gap=210 default=95511 | PROBLEM | PLAN
 */
#ifndef TL_PLAN_PLAN_FILE_H
#define TL_PLAN_PLAN_FILE_H

#include "tools/plan/layers.h"

typedef struct plan_step {
    layer_step step;
    step_plan plan;
    uint64_t cycles;         /* measured from L2 to L2; 0: only predicted */
    uint64_t predicted;      /* by the cost model alone; 0: it says nothing about such steps */
    uint64_t measured;       /* measurements that were made for it */
    uint64_t gap;            /* cycles that a better plan may still save, as the tuner expects */
    uint64_t default_cycles; /* of the library's own plan; 0: not measured */
} plan_step;

typedef struct plan_file {
    char model[PLAN_NAME], machine[PLAN_NAME];
    uint64_t machine_hash, code_hash; /* what cycles depend on; see wisdom.h */
    plan_step *steps;
    uint32_t count;
} plan_file;

/* As snprintf writes. */
size_t plan_file_write(const plan_file *file, char *text, size_t room);
/*
 * Refuses, with a sentence of file and line, what is no plan of this library or cannot run in `l1_bytes`. Whether its
 * cycles are still true is told by the hashes.
 */
bool plan_file_read(const char *text, size_t bytes, const char *name, uint32_t l1_bytes, plan_file *file,
                    plan_error *error);
void plan_file_free(plan_file *file);

#endif
