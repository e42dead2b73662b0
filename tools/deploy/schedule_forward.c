/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/deploy/schedule_build.h"

/* At batch 1 weights stream through L1 once, where the layer can do so. */
static void stream_if_one(step_problem *p) {
    char why[128];
    step_problem one = *p;
    one.op = STEP_LINEAR_ONE;
    /* So short rows are faster as a matmul. */
    if (p->op == STEP_LINEAR && p->size.linear.n == 1 && p->size.linear.k > 16 &&
        step_problem_has_pass(&one, why, sizeof why))
        *p = one;
}

static uint32_t places(const net_value *v) {
    return v->n * v->h * v->w * v->c;
}

static void forward_layer(schedule_build *b, uint32_t number) {
    const net_layer *layer = &b->net->layers[number];
    const net_value *y = &b->net->values[layer->y];
    const bool max = layer->problem.op == STEP_MAX_POOL, norm = layer->problem.op == STEP_BATCH_NORM,
               frozen = layer->problem.op == STEP_BATCH_NORM_FROZEN;
    b->value_buffer[layer->y] = build_buffer(b, BUFFER_VALUE, layer->y, build_value_bytes(b->net, layer->y));
    if (max)
        b->arg[number] = build_buffer(b, BUFFER_ARG, number, places(y));
    if (norm) {
        b->mean[number] = build_buffer(b, BUFFER_MEAN, number, y->c * (uint32_t)sizeof(float));
        b->rstd[number] = build_buffer(b, BUFFER_RSTD, number, y->c * (uint32_t)sizeof(float));
    }
    schedule_step *step = build_step(b, layer->name, PART_FORWARD, layer->problem.op, STEP_FORWARD);
    if (!step || b->failed)
        return;
    step->layer = number;
    step->problem = layer->problem;
    stream_if_one(&step->problem);
    step->x = build_of(b->value_buffer[layer->x], 0);
    step->y = build_of(b->value_buffer[layer->y], 0);
    step->w = build_param(b, layer->w);
    step->b = build_param(b, layer->b);
    step->arg = build_of(b->arg[number], 0);
    if (layer->residual != NET_NONE)
        step->residual = build_of(b->value_buffer[layer->residual], 0);
    if (norm) {
        step->mean = build_of(b->mean[number], 0);
        step->rstd = build_of(b->rstd[number], 0);
    }
    /* Running statistics: of the frozen norm mean and var, of the trained one beside the batch's. */
    if (frozen) {
        step->mean = build_param(b, layer->mean);
        step->var = build_param(b, layer->var);
    } else if (norm) {
        step->w_state[0] = build_param(b, layer->mean);
        step->w_state[1] = build_param(b, layer->var);
    }
}

void build_forward(schedule_build *b) {
    const net_model *net = b->net;
    for (uint32_t i = 0; i < net->layer_count && !b->failed; ++i)
        forward_layer(b, i);
    const net_value *out = &net->values[net->output];
    const bool mse = b->to->options.loss == NET_MSE;
    const uint32_t dz = build_buffer(b, BUFFER_GRADIENT, net->output, build_value_bytes(net, net->output));
    schedule_step *step = build_step(b, "loss", PART_LOSS, mse ? STEP_MSE : STEP_CROSS_ENTROPY, STEP_FORWARD);
    if (!step || b->failed)
        return;
    if (mse)
        step->problem.size.elements = places(out);
    else
        step->problem.size.rows = (tl_rows){.n = (uint16_t)out->n, .classes = (uint16_t)(out->h * out->w * out->c)};
    step->x = build_of(b->value_buffer[net->output], 0);
    step->y = build_of(b->target, 0);
    step->dx = build_of(dz, 0);
    b->grad_buffer[net->output] = dz;
}
