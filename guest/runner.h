/* SPDX-License-Identifier: Apache-2.0 */
/* Serves a project's requests (step, infer, reset) from the mailbox. */
#ifndef TL_GUEST_RUNNER_H
#define TL_GUEST_RUNNER_H

#include "tl/project.h"

typedef struct tl_runner {
    const tl_project *project;
    void *context; /* context_bytes, in L2 */
    float *input;  /* one sample, in L2 */
} tl_runner;

/* Every core of the cluster calls it. */
_Noreturn void tl_runner_main(uint32_t core, const tl_runner *runner);

#endif
