/* SPDX-License-Identifier: Apache-2.0 */
/* Rates were measured in projects of DS-CNN, ResNet8, MobileNet and the autoencoder on pulp8. */
#include "tools/deploy/project_write.h"

/* A core's part of the input: 8 cycles a float where its channels' numbers are constants of the code, 32 where they are
 * loaded from L2. Once for each place where it stands. */
static uint64_t normalise_cycles(const net_model *net, const train_schedule *s) {
    enum { FEW = 16, CORES = 8, AROUND = 200 };
    const net_value *in = &net->values[net->input];
    const uint64_t each = (net_value_elements(in) - 1) / CORES + 1;
    uint64_t times = 0;
    for (uint32_t i = 0; i < s->buffer_count; ++i)
        times += s->buffers[i].kind == BUFFER_NORMALISED;
    return times * (AROUND + (in->c <= FEW ? 8 : 32) * each);
}

project_cycles project_cycles_beside(const net_model *net, const train_schedule *s, const project_options *options) {
    project_cycles cycles = {0};
    if (options->mean)
        cycles.normalise = normalise_cycles(net, s);
    /* Squares are added up in one sweep, and all is shortened in another one. */
    if (s->options.clip > 0)
        cycles.clip = 2000 + (uint64_t)(3.3 * s->trained_floats);
    /* What stays from step to step comes in at 8 bytes a cycle. */
    if (options->guard)
        cycles.guard = 2200 + (uint64_t)(0.52 * (s->param_floats + (double)s->states * s->trained_floats));
    return cycles;
}
