/* SPDX-License-Identifier: Apache-2.0 */
/* What there is to be tuned, and what the library itself says to a plan for it. */
#include "tools/plan/problem.h"
#include "src/kernel/mm.h"
#include "tl/avg_pool.h"
#include <stdio.h>
#include <string.h>

const char *const step_op_names[] = {"conv",     "linear",          "linear_one",  "depthwise",  "max_pool",
                                     "avg_pool", "avg_pool_padded", "global_pool", "batch_norm", "batch_norm_frozen",
                                     "relu",     "relu6",           "leaky_relu",  "sigmoid",    "tanh",
                                     "add",      "cross_entropy",   "mse",         "optimiser"};
const char *const step_pass_names[] = {"forward", "grad_w", "grad_x", "step"};
const char *const step_epilogue_names[] = {"plain", "relu", "relu6", "add", "add_relu"};
const char *const step_mask_names[] = {"none", "relu", "relu6"};
const char *const step_update_names[] = {"none", "sgd", "momentum", "adam"};

/* What an op has: bits of step_pass, step_epilogue, step_mask, step_update. */
typedef struct op_has {
    step_plan_kind plan;
    uint8_t passes, epilogues, masks, updates;
} op_has;

enum {
    FORWARD = 1 << STEP_FORWARD,
    GRAD_W = 1 << STEP_GRAD_W,
    GRAD_X = 1 << STEP_GRAD_X,
    ALL = FORWARD | GRAD_W | GRAD_X,
    PLAIN = 1 << STEP_PLAIN,
    RELU = 1 << STEP_WITH_RELU,
    RELU6 = 1 << STEP_WITH_RELU6,
    RESIDUAL = 1 << STEP_WITH_ADD | 1 << STEP_WITH_ADD_RELU,
    NONE = 1
};

static const op_has has[STEP_OPS] = {
    [STEP_CONV] = {STEP_PLAN_MM, ALL, PLAIN | RELU | RELU6 | RESIDUAL, 7, 15},
    [STEP_LINEAR] = {STEP_PLAN_MM, ALL, PLAIN | RELU | RELU6 | RESIDUAL, 7, 15},
    [STEP_LINEAR_ONE] = {STEP_PLAN_STREAM, ALL | 1 << STEP_STEP, PLAIN | RELU, 3, 14},
    [STEP_DEPTHWISE] = {STEP_PLAN_PLANES, ALL, PLAIN | RELU | RELU6, 7, NONE},
    [STEP_MAX_POOL] = {STEP_PLAN_WINDOW, FORWARD | GRAD_X, PLAIN, NONE, NONE},
    [STEP_AVG_POOL] = {STEP_PLAN_WINDOW, FORWARD | GRAD_X, PLAIN, NONE, NONE},
    [STEP_AVG_POOL_PADDED] = {STEP_PLAN_WINDOW, FORWARD | GRAD_X, PLAIN, NONE, NONE},
    [STEP_GLOBAL_POOL] = {STEP_PLAN_CHANNELS, FORWARD | GRAD_X, PLAIN, NONE, NONE},
    [STEP_BATCH_NORM] = {STEP_PLAN_CHANNELS, ALL, PLAIN | RELU, NONE, NONE},
    [STEP_BATCH_NORM_FROZEN] = {STEP_PLAN_CHANNELS, ALL, PLAIN | RELU, NONE, NONE},
    [STEP_RELU] = {STEP_PLAN_MAP, FORWARD | GRAD_X, PLAIN, NONE, NONE},
    [STEP_RELU6] = {STEP_PLAN_MAP, FORWARD | GRAD_X, PLAIN, NONE, NONE},
    [STEP_LEAKY_RELU] = {STEP_PLAN_MAP, FORWARD | GRAD_X, PLAIN, NONE, NONE},
    [STEP_SIGMOID] = {STEP_PLAN_MAP, FORWARD | GRAD_X, PLAIN, NONE, NONE},
    [STEP_TANH] = {STEP_PLAN_MAP, FORWARD | GRAD_X, PLAIN, NONE, NONE},
    [STEP_ADD] = {STEP_PLAN_MAP, FORWARD, PLAIN | RELU, NONE, NONE},
    [STEP_CROSS_ENTROPY] = {STEP_PLAN_NONE, FORWARD, PLAIN, NONE, NONE},
    [STEP_MSE] = {STEP_PLAN_NONE, FORWARD, PLAIN, NONE, NONE},
    [STEP_OPTIMISER] = {STEP_PLAN_MAP, GRAD_W, PLAIN, NONE, 14},
};

step_plan_kind step_plan_kind_of(step_op op) {
    return has[op].plan;
}

bool step_problem_has_pass(const step_problem *p, char *why, size_t room) {
    const op_has *h = &has[p->op];
    const char *op = step_op_names[p->op], *pass = step_pass_names[p->pass];
    const bool writes_y = p->pass == STEP_FORWARD, updates = p->pass == STEP_GRAD_W || p->pass == STEP_STEP;
    const bool writes_dx = p->pass == STEP_GRAD_X || p->pass == STEP_STEP;
    if (!(h->passes >> p->pass & 1))
        snprintf(why, room, "%s has no %s", op, pass);
    else if (!(h->epilogues >> p->epilogue & 1) || (p->epilogue != STEP_PLAIN && !writes_y))
        snprintf(why, room, "%s %s has no epilogue %s", op, pass, step_epilogue_names[p->epilogue]);
    else if (!(h->masks >> p->mask & 1) || (p->mask != STEP_NO_MASK && !writes_dx))
        snprintf(why, room, "%s %s has no mask %s", op, pass, step_mask_names[p->mask]);
    else if (updates ? !(h->updates >> p->update & 1) : p->update != STEP_NO_UPDATE)
        snprintf(why, room, "%s %s has no update %s", op, pass, step_update_names[p->update]);
    else
        return true;
    return false;
}

uint64_t step_problem_macs(const step_problem *p) {
    switch (p->op) {
    case STEP_CONV:
        return tl_conv_macs(&p->size.conv);
    case STEP_LINEAR:
        return tl_linear_macs(&p->size.linear);
    case STEP_LINEAR_ONE:
        return tl_linear_macs(&p->size.linear) * (p->pass == STEP_STEP ? 2 : 1);
    case STEP_DEPTHWISE:
        return tl_depthwise_macs(&p->size.depthwise);
    default:
        return 0;
    }
}

uint32_t step_kernel_number(tl_mm_kernel_f32 *kernel) {
    uint32_t i = 0;
    while (i < tl_mm_count + tl_mm_fixed_count && tl_mm_numbered(i)->run != kernel)
        ++i;
    return i;
}

uint32_t step_kernel_named(const char *name) {
    uint32_t i = 0;
    while (i < tl_mm_count + tl_mm_fixed_count && strcmp(tl_mm_numbered(i)->name, name) != 0)
        ++i;
    return i;
}

static bool has_residual(const step_problem *p) {
    return p->epilogue == STEP_WITH_ADD || p->epilogue == STEP_WITH_ADD_RELU;
}

static tl_status mm_supported(const step_problem *p, const tl_mm_plan *plan, uint32_t l1) {
    const tl_pass pass = (tl_pass)p->pass;
    const tl_rule rule = (tl_rule)(p->update ? p->update - 1 : 0);
    if (p->op == STEP_CONV)
        return p->update         ? tl_conv_update_supported(&p->size.conv, rule, plan, l1)
               : has_residual(p) ? tl_conv_forward_add_supported(&p->size.conv, plan, l1)
                                 : tl_conv_supported(&p->size.conv, pass, plan, l1);
    return p->update         ? tl_linear_update_supported(&p->size.linear, rule, plan, l1)
           : has_residual(p) ? tl_linear_forward_add_supported(&p->size.linear, plan, l1)
                             : tl_linear_supported(&p->size.linear, pass, plan, l1);
}

/* Tensors of an element-wise step, each of which three pieces stand in L1 of, at the most. */
static uint32_t map_pieces(const step_problem *p) {
    enum { PIECES = 3 };
    return PIECES * (p->op == STEP_ADD         ? 3u
                     : p->op == STEP_OPTIMISER ? 1u + (uint32_t)p->update
                     : p->pass == STEP_GRAD_X  ? 3u
                                               : 2u);
}

tl_status step_supported(const step_problem *p, const step_plan *plan, uint32_t l1) {
    const tl_pass pass = (tl_pass)p->pass;
    if (plan->kind != step_plan_kind_of(p->op))
        return TL_BAD_PLAN;
    switch (p->op) {
    case STEP_CONV:
    case STEP_LINEAR:
        if (step_kernel_number(plan->of.mm.kernel) >= tl_mm_count + tl_mm_fixed_count || plan->of.mm.buffers > 2)
            return TL_BAD_PLAN;
        return mm_supported(p, &plan->of.mm, l1);
    case STEP_LINEAR_ONE:
        if (plan->of.stream.states != (p->update > STEP_SGD ? p->update - 1u : 0u))
            return TL_BAD_PLAN;
        return tl_linear_one_supported(&p->size.linear, &plan->of.stream, l1);
    case STEP_DEPTHWISE:
        return tl_depthwise_supported(&p->size.depthwise, pass, &plan->of.planes, l1);
    case STEP_MAX_POOL:
        return tl_max_pool_supported(&p->size.pool, pass, &plan->of.window, l1);
    case STEP_AVG_POOL:
    case STEP_AVG_POOL_PADDED:
        return tl_avg_pool_supported(&p->size.pool, pass, &plan->of.window, l1);
    case STEP_GLOBAL_POOL:
        return tl_global_avg_pool_supported(&p->size.global_pool, pass, &plan->of.channels, l1);
    case STEP_BATCH_NORM:
    case STEP_BATCH_NORM_FROZEN:
        return tl_batch_norm_supported(&p->size.norm, pass, &plan->of.channels, l1);
    case STEP_CROSS_ENTROPY:
        return p->size.rows.n && p->size.rows.classes ? TL_OK : TL_BAD_SIZES;
    default:
        if (!p->size.elements)
            return TL_BAD_SIZES;
        /* Larger pieces would be cut to what there is of L1, and take the room of what else stands there. */
        return plan->kind == STEP_PLAN_MAP && plan->of.map.elements > l1 / (4 * map_pieces(p)) ? TL_BAD_PLAN : TL_OK;
    }
}

static tl_status mm_default(const step_problem *p, uint32_t l1, tl_mm_plan *plan) {
    const tl_conv *conv = &p->size.conv;
    const tl_linear *linear = &p->size.linear;
    const bool is_conv = p->op == STEP_CONV;
    const tl_rule rule = (tl_rule)(p->update ? p->update - 1 : 0);
    if (p->update)
        return is_conv ? tl_conv_update_plan(conv, rule, l1, plan) : tl_linear_update_plan(linear, rule, l1, plan);
    if (has_residual(p))
        return is_conv ? tl_conv_forward_add_plan(conv, l1, plan) : tl_linear_forward_add_plan(linear, l1, plan);
    return is_conv ? tl_conv_plan_fixed(conv, (tl_pass)p->pass, l1, plan)
                   : tl_linear_plan_fixed(linear, (tl_pass)p->pass, l1, plan);
}

static tl_status default_of(const step_problem *p, uint32_t l1, step_plan *plan) {
    const tl_pass pass = (tl_pass)p->pass;
    memset(plan, 0, sizeof *plan);
    plan->kind = step_plan_kind_of(p->op);
    switch (p->op) {
    case STEP_CONV:
    case STEP_LINEAR:
        return mm_default(p, l1, &plan->of.mm);
    case STEP_LINEAR_ONE:
        return tl_linear_one_plan(&p->size.linear, p->update > STEP_SGD ? p->update - 1u : 0u, l1, &plan->of.stream);
    case STEP_DEPTHWISE:
        return tl_depthwise_plan(&p->size.depthwise, pass, l1, &plan->of.planes);
    case STEP_MAX_POOL:
        return tl_max_pool_plan(&p->size.pool, pass, l1, &plan->of.window);
    case STEP_AVG_POOL:
    case STEP_AVG_POOL_PADDED:
        return tl_avg_pool_plan(&p->size.pool, pass, l1, &plan->of.window);
    case STEP_GLOBAL_POOL:
        return tl_global_avg_pool_plan(&p->size.global_pool, pass, l1, &plan->of.channels);
    case STEP_BATCH_NORM:
    case STEP_BATCH_NORM_FROZEN:
        return tl_batch_norm_plan(&p->size.norm, pass, l1, &plan->of.channels);
    default:
        return step_supported(p, plan, l1);
    }
}

tl_status step_default_plan(const step_problem *p, uint32_t l1, step_plan *plan) {
    const tl_status status = default_of(p, l1, plan);
    /* To the library no buffers and no slices are one of them. */
    if (plan->kind == STEP_PLAN_MM) {
        plan->of.mm.buffers = plan->of.mm.buffers ? plan->of.mm.buffers : 1;
        plan->of.mm.slices = plan->of.mm.slices ? plan->of.mm.slices : 1;
    }
    return status;
}
