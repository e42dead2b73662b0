/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/deploy/random_project.h"
#include "tests/deploy/random_network.h"
#include <stdio.h>
#include <stdlib.h>

void random_project_make(uint32_t number, random_project *to) {
    static const schedule_updates ways[] = {UPDATES_AUTO, UPDATES_END, UPDATES_LAYER, UPDATES_FUSED};
    plan_error error = {""};
    draw d = {.seed = RANDOM_PROJECTS_SEED + 1, .number = number};
    *to = (random_project){.number = number};
    random_network(RANDOM_PROJECTS_SEED, number, &d, &to->net);
    const uint32_t gathered = draw_below(&d, 3) == 0 ? draw_range(&d, 2, 3) : 1;
    const schedule_options o = {.loss = NET_CROSS_ENTROPY,
                                .optimizer = (step_update)draw_range(&d, STEP_SGD, STEP_ADAM),
                                .updates = gathered > 1 ? UPDATES_AUTO : ways[draw_below(&d, 4)],
                                .accumulate = gathered,
                                .l1_bytes = 48 * 1024,
                                .l2_bytes = 1 << 20};
    if (!schedule_make(&to->net, &o, &to->schedule, &error)) {
        fprintf(stderr, "model %u: %s\n", number, error.text);
        exit(1);
    }
    to->options = (project_options){.model = "random.onnx",
                                    .beta1 = 0.75f,
                                    .beta2 = 0.5f,
                                    .epsilon = 0.125f,
                                    .room = {.tapes = TAPES_SHORT, .tape_bytes = 1 << 20, .kernel_bytes = 4096},
                                    .l2_bytes = 2031616,
                                    .code_bytes = 65536};
}

void random_project_free(random_project *project) {
    schedule_free(&project->schedule);
    network_free(&project->net);
}
