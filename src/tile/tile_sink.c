/* SPDX-License-Identifier: Apache-2.0 */
#include "src/tile/tile_sink.h"
#include "src/kernel/vector.h"

/* The like box of tensor i: w, what is kept. */
static tl_box box_of(const tl_sink *sink, const tl_box *box, uint32_t i) {
    float *const tensors[] = {sink->w, sink->v, sink->m};
    tl_box like = *box;
    like.l2 = tensors[i];
    return like;
}

void tl_sink_load(const tl_team *team, uint32_t slot, const tl_sink *sink, const tl_box *box, uint32_t pitch,
                  float *l1) {
    for (uint32_t i = 0; i < tl_rule_tensors(tl_sink_rule(sink)); ++i) {
        tl_box like = box_of(sink, box, i);
        if (!tl_box_in_place(team, &like))
            tl_box_load(team, slot, &like, l1 + i * pitch);
    }
}

void tl_sink_store(const tl_team *team, uint32_t slot, const tl_sink *sink, const tl_box *box, uint32_t pitch,
                   float *l1) {
    for (uint32_t i = 0; i < tl_rule_tensors(tl_sink_rule(sink)); ++i) {
        tl_box like = box_of(sink, box, i);
        if (!tl_box_in_place(team, &like))
            tl_box_store(team, slot, &like, l1 + i * pitch);
    }
}

typedef struct update_arguments {
    const void *settings;
    uint32_t n;
    const float *g;
    float *tensor[3];
} update_arguments;

static void sgd_leaf(const void *arguments) {
    const update_arguments *a = arguments;
    const tl_sgd *sgd = a->settings;
    if (sgd->decay != 0.0f)
        tl_sgd_plain_decay_f32(a->n, sgd->rate, sgd->decay, a->tensor[0], a->g);
    else
        tl_sgd_plain_f32(a->n, sgd->rate, a->tensor[0], a->g);
}

static void momentum_leaf(const void *arguments) {
    const update_arguments *a = arguments;
    const tl_sgd *sgd = a->settings;
    if (sgd->decay != 0.0f)
        tl_sgd_decay_f32(a->n, sgd->rate, sgd->momentum, sgd->decay, a->tensor[0], a->tensor[1], a->g);
    else
        tl_sgd_f32(a->n, sgd->rate, sgd->momentum, a->tensor[0], a->tensor[1], a->g);
}

static void adam_leaf(const void *arguments) {
    const update_arguments *a = arguments;
    tl_adam_f32(a->n, a->settings, a->tensor[0], a->tensor[2], a->tensor[1], a->g);
}

void tl_do_sink(const tl_team *team, const tl_sink *sink, const tl_box *box, uint32_t pitch, float *l1, uint32_t from,
                uint32_t count, const float *g) {
    static tl_leaf *const leaves[] = {
        [TL_RULE_SGD] = sgd_leaf, [TL_RULE_MOMENTUM] = momentum_leaf, [TL_RULE_ADAM] = adam_leaf};
    const tl_rule rule = tl_sink_rule(sink);
    update_arguments arguments = {.n = count, .g = g};
    arguments.settings = rule == TL_RULE_ADAM ? (const void *)&sink->adam->numbers : sink->sgd;
    for (uint32_t i = 0; i < tl_rule_tensors(rule); ++i) {
        tl_box like = box_of(sink, box, i);
        float *in_place = tl_box_in_place(team, &like);
        arguments.tensor[i] = (in_place ? in_place : l1 + i * pitch) + from;
    }
    if (count > 0)
        tl_do(team, leaves[rule], &arguments, sizeof arguments);
}
