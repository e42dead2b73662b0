/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/harness/harness.h"
#include <stdio.h>

static const char *const pass_names[] = {"forward", "grad_w", "grad_x"};

const char *harness_way_name(harness_way way) {
    static const char *const names[] = {"", ", taped", ", tapes streamed", ", short tapes streamed"};
    return names[way];
}

void harness_plan(const tl_probe *probe, tl_mm_plan *plan) {
    *plan = (tl_mm_plan){
        .kernel = tl_mm_numbered(probe->kernel)->run,
        .block_m = probe->plan.block_m,
        .block_n = probe->plan.block_n,
        .slices = probe->plan.slices,
        .buffers = probe->plan.buffers,
        .by_columns = probe->plan.by_columns != 0,
        .padded = (uint8_t)probe->plan.padded,
        .strides = probe->plan.strides,
        .rows = probe->plan.rows,
        .cols = probe->plan.cols,
        .o = probe->plan.o,
        .c = probe->plan.c,
    };
}

bool harness_set_plan(tl_probe *probe, const tl_mm_plan *plan) {
    probe->plan = (tl_probe_plan){
        .block_m = plan->block_m,
        .block_n = plan->block_n,
        .slices = plan->slices,
        .buffers = plan->buffers,
        .by_columns = plan->by_columns,
        .padded = plan->padded,
        .strides = plan->strides,
        .rows = plan->rows,
        .cols = plan->cols,
        .o = plan->o,
        .c = plan->c,
    };
    for (uint32_t i = 0; i < tl_mm_count + tl_mm_fixed_count; ++i) {
        if (tl_mm_numbered(i)->run == plan->kernel) {
            probe->kernel = i;
            return true;
        }
    }
    return false;
}

static const char *pass_name(const tl_probe *probe) {
    static const char *const rules[] = {"update by SGD", "update by SGD with momentum", "update by Adam"};
    return probe->add        ? "grad_w, added"
           : probe->update   ? rules[(probe->update - 1) % 3]
           : probe->relu > 1 ? "with relu6"
           : probe->relu     ? "forward+relu"
           : probe->pass < 3 ? pass_names[probe->pass]
                             : "unknown pass";
}

static void describe_plan(const tl_probe *p, char *text, size_t bytes) {
    snprintf(text, bytes, "%s, blocks %ux%u, slices %u, buffers %u%s, tile rows %u cols %u o %u c %u",
             tl_mm_numbered(p->kernel)->name, p->plan.block_m, p->plan.block_n, p->plan.slices, p->plan.buffers,
             p->plan.padded ? ", padded" : "", p->plan.rows, p->plan.cols, p->plan.o, p->plan.c);
}

static void describe_norm(const tl_probe *p, const char *name, char *text, size_t bytes) {
    snprintf(text, bytes, "%s %s x %ux%ux%ux%u, eps %g, momentum %g, correction %u; tile %u, slices %u, buffers %u",
             name, pass_name(p), p->norm.n, p->norm.h, p->norm.w, p->norm.c, (double)p->norm.eps,
             (double)p->norm.momentum, p->norm.correction, p->channels_plan.pixels, p->channels_plan.slices,
             p->channels_plan.buffers);
}

const char *harness_describe(const tl_probe *p, char *text, size_t bytes) {
    char plan[256];
    switch (p->kind) {
    case TL_PROBE_MM:
        snprintf(text, bytes, "matmul %s m %u n %u k %u runs %u", tl_mm_numbered(p->kernel)->name, p->mm.m, p->mm.n,
                 p->mm.k, p->mm.runs);
        break;
    case TL_PROBE_CONV:
        describe_plan(p, plan, sizeof plan);
        snprintf(
            text, bytes,
            "conv %s%s x %ux%ux%ux%u, o %u, kernel %ux%u, stride %ux%u, padding top %u left %u bottom %u right %u, "
            "dilation %ux%u, groups %u; %s",
            pass_name(p), p->residual ? "+residual" : "", p->conv.n, p->conv.h, p->conv.w, p->conv.c, p->conv.o,
            p->conv.kh, p->conv.kw, p->conv.stride_h, p->conv.stride_w, p->conv.top, p->conv.left, p->conv.bottom,
            p->conv.right, p->conv.dilation_h, p->conv.dilation_w, p->conv.groups, plan);
        break;
    case TL_PROBE_DEPTHWISE:
        snprintf(text, bytes,
                 "depthwise %s x %ux%ux%ux%u, kernel %ux%u, stride %ux%u, padding top %u left %u bottom %u right %u; "
                 "tile rows %u c %u slices %u buffers %u",
                 pass_name(p), p->depthwise.n, p->depthwise.h, p->depthwise.w, p->depthwise.c, p->depthwise.kh,
                 p->depthwise.kw, p->depthwise.stride_h, p->depthwise.stride_w, p->depthwise.top, p->depthwise.left,
                 p->depthwise.bottom, p->depthwise.right, p->planes_plan.rows, p->planes_plan.c, p->planes_plan.slices,
                 p->planes_plan.buffers);
        break;
    case TL_PROBE_LINEAR:
        describe_plan(p, plan, sizeof plan);
        snprintf(text, bytes, "linear %s%s n %u k %u o %u; %s", pass_name(p), p->residual ? "+residual" : "",
                 p->linear.n, p->linear.k, p->linear.o, plan);
        break;
    case TL_PROBE_MAX_POOL:
    case TL_PROBE_AVG_POOL:
    case TL_PROBE_AVG_POOL_PADDED:
        snprintf(text, bytes,
                 "%s pool %s x %ux%ux%ux%u, kernel %ux%u, stride %ux%u, padding top %u left %u bottom %u right %u; "
                 "tile rows %u",
                 p->kind == TL_PROBE_MAX_POOL   ? "max"
                 : p->kind == TL_PROBE_AVG_POOL ? "average"
                                                : "padded average",
                 pass_name(p), p->pool.n, p->pool.h, p->pool.w, p->pool.c, p->pool.kh, p->pool.kw, p->pool.stride_h,
                 p->pool.stride_w, p->pool.top, p->pool.left, p->pool.bottom, p->pool.right, p->window_plan.rows);
        break;
    case TL_PROBE_RELU:
        snprintf(text, bytes, "relu %s n %u; tile %u", pass_name(p), p->elements, p->map_plan.elements);
        break;
    case TL_PROBE_SGD:
        snprintf(text, bytes, "sgd n %u, rate %g, momentum %g, decay %g; tile %u", p->elements, (double)p->sgd.rate,
                 (double)p->sgd.momentum, (double)p->sgd.decay, p->map_plan.elements);
        break;
    case TL_PROBE_ADAM:
        snprintf(text, bytes, "adam n %u, rate %g, betas %g %g, epsilon %g, decay %g; tile %u", p->elements,
                 (double)p->adam.rate, (double)p->adam.beta1, (double)p->adam.beta2, (double)p->adam.epsilon,
                 (double)p->adam.decay, p->map_plan.elements);
        break;
    case TL_PROBE_LINEAR_ONE:
        snprintf(text, bytes, "linear at batch 1, %s k %u o %u, rate %g; tile rows %u",
                 p->pass == TL_PROBE_STEP ? "step" : pass_name(p), p->linear.k, p->linear.o, (double)p->sgd.rate,
                 p->stream_plan.rows);
        break;
    case TL_PROBE_MSE:
        snprintf(text, bytes, "mean squared error n %u", p->elements);
        break;
    case TL_PROBE_LOSS:
        snprintf(text, bytes, "softmax cross-entropy n %u classes %u", p->rows.n, p->rows.classes);
        break;
    case TL_PROBE_ADD:
        snprintf(text, bytes, "add %s n %u; tile %u", pass_name(p), p->elements, p->map_plan.elements);
        break;
    case TL_PROBE_RELU6:
        snprintf(text, bytes, "relu6 %s n %u; tile %u", pass_name(p), p->elements, p->map_plan.elements);
        break;
    case TL_PROBE_LEAKY_RELU:
        snprintf(text, bytes, "leaky_relu %s n %u, alpha %g; tile %u", pass_name(p), p->elements,
                 (double)p->leaky.alpha, p->map_plan.elements);
        break;
    case TL_PROBE_SIGMOID:
    case TL_PROBE_TANH:
        snprintf(text, bytes, "%s %s n %u; tile %u", p->kind == TL_PROBE_TANH ? "tanh" : "sigmoid", pass_name(p),
                 p->elements, p->map_plan.elements);
        break;
    case TL_PROBE_GLOBAL_AVG_POOL:
        snprintf(text, bytes, "global average pool %s x %ux%ux%ux%u; tile %u, slices %u, buffers %u", pass_name(p),
                 p->global_pool.n, p->global_pool.h, p->global_pool.w, p->global_pool.c, p->channels_plan.pixels,
                 p->channels_plan.slices, p->channels_plan.buffers);
        break;
    case TL_PROBE_BATCH_NORM:
        describe_norm(p, "batch norm", text, bytes);
        break;
    case TL_PROBE_BATCH_NORM_FROZEN:
        describe_norm(p, "frozen batch norm", text, bytes);
        break;
    default:
        snprintf(text, bytes, "unknown kind %u", p->kind);
        break;
    }
    return text;
}
