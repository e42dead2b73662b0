/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/deploy/net_ref.h"
#include "tests/ref/ref.h"
#include "tests/ref/ref_channels.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
/* cmocka wants those before it. */
#include <cmocka.h>

size_t net_ref_elements(const net_value *v) {
    return (size_t)v->n * v->h * v->w * v->c;
}

double **net_ref_params(const net_model *net) {
    double **params = calloc(net->param_count + 1u, sizeof *params);
    assert_non_null(params);
    for (uint32_t i = 0; i < net->param_count; ++i) {
        const net_param *p = &net->params[i];
        float *ours = calloc(p->elements, sizeof *ours);
        params[i] = calloc(p->elements, sizeof *params[i]);
        assert_true(ours && params[i]);
        net_param_to_ours(p, p->data, ours);
        for (uint32_t j = 0; j < p->elements; ++j)
            params[i][j] = (double)ours[j];
        free(ours);
    }
    return params;
}

typedef struct pass {
    const net_model *net;
    double *const *params, *const *values;
    bool batch;
} pass;

/* NULL if there is none. */
static const double *param(const pass *f, uint32_t number, size_t elements) {
    if (number == NET_NONE)
        return NULL;
    assert_true(number < f->net->param_count);
    assert_int_equal(f->net->params[number].elements, elements);
    return f->params[number];
}

static void has_shape(const net_value *v, size_t n, size_t h, size_t w, size_t c) {
    assert_int_equal(v->n, n);
    assert_int_equal(v->h, h);
    assert_int_equal(v->w, w);
    assert_int_equal(v->c, c);
}

/* gamma, beta, mean and var stand one behind the other for the reference. */
static void norm(const pass *f, const net_layer *l, const double *x, double *y) {
    const tl_batch_norm *size = &l->problem.size.norm;
    const uint32_t all[] = {l->w, l->b, l->mean, l->var};
    double *vectors = calloc(6 * (size_t)size->c, sizeof *vectors);
    assert_non_null(vectors);
    for (size_t i = 0; i < 4; ++i) {
        const double *one = param(f, all[i], size->c);
        assert_non_null(one);
        memcpy(vectors + i * size->c, one, size->c * sizeof *one);
    }
    if (f->batch && l->problem.op == STEP_BATCH_NORM)
        ref_batch_norm_forward(size, x, vectors, vectors + 2 * size->c, y, NULL, NULL);
    else
        ref_batch_norm_frozen_forward(size, x, vectors, y, NULL);
    free(vectors);
}

static void add(size_t n, const double *a, const double *b, double *y) {
    for (size_t i = 0; i < n; ++i)
        y[i] = a[i] + b[i];
}

static void run(const pass *f, const net_layer *l) {
    const net_model *net = f->net;
    double *const *values = f->values;
    const step_problem *p = &l->problem;
    const net_value *vx = &net->values[l->x], *vy = &net->values[l->y];
    const double *x = values[l->x];
    const double *w = NULL, *b = NULL;
    double *y = values[l->y];
    const size_t elements = net_ref_elements(vy);
    assert_int_equal(p->pass, STEP_FORWARD);
    switch (p->op) {
    case STEP_CONV: {
        const tl_conv *s = &p->size.conv;
        has_shape(vx, s->n, s->h, s->w, s->c);
        has_shape(vy, s->n, ref_conv_out_h(s), ref_conv_out_w(s), s->o);
        w = param(f, l->w, ref_conv_weights(s));
        b = param(f, l->b, s->o);
        ref_conv_forward(s, x, w, b, y, NULL);
        break;
    }
    case STEP_DEPTHWISE: {
        const tl_depthwise *s = &p->size.depthwise;
        has_shape(vx, s->n, s->h, s->w, s->c);
        has_shape(vy, s->n, ref_depthwise_out_h(s), ref_depthwise_out_w(s), s->c);
        w = param(f, l->w, (size_t)s->kh * s->kw * s->c);
        b = param(f, l->b, s->c);
        ref_depthwise_forward(s, x, w, b, y, NULL);
        break;
    }
    case STEP_LINEAR: {
        const tl_linear *s = &p->size.linear;
        assert_int_equal(vx->n, s->n);
        assert_int_equal((size_t)vx->h * vx->w * vx->c, s->k);
        has_shape(vy, s->n, 1, 1, s->o);
        w = param(f, l->w, (size_t)s->k * s->o);
        b = param(f, l->b, s->o);
        ref_linear_forward(s, x, w, b, y, NULL);
        break;
    }
    case STEP_MAX_POOL:
    case STEP_AVG_POOL:
    case STEP_AVG_POOL_PADDED: {
        const tl_pool *s = &p->size.pool;
        has_shape(vx, s->n, s->h, s->w, s->c);
        has_shape(vy, s->n, ref_pool_out_h(s), ref_pool_out_w(s), s->c);
        uint8_t *arg = calloc(elements, 1);
        if (p->op == STEP_MAX_POOL)
            ref_max_pool_forward(s, x, y, arg);
        else
            ref_avg_pool_forward(s, p->op == STEP_AVG_POOL_PADDED, x, y, NULL);
        free(arg);
        break;
    }
    case STEP_GLOBAL_POOL:
        has_shape(vx, p->size.global_pool.n, p->size.global_pool.h, p->size.global_pool.w, p->size.global_pool.c);
        has_shape(vy, vx->n, 1, 1, vx->c);
        ref_global_avg_pool_forward(&p->size.global_pool, x, y, NULL);
        break;
    case STEP_BATCH_NORM:
    case STEP_BATCH_NORM_FROZEN:
        has_shape(vx, p->size.norm.n, p->size.norm.h, p->size.norm.w, p->size.norm.c);
        has_shape(vy, vx->n, vx->h, vx->w, vx->c);
        norm(f, l, x, y);
        break;
    case STEP_RELU:
    case STEP_RELU6:
        assert_int_equal(p->size.elements, elements);
        has_shape(vy, vx->n, vx->h, vx->w, vx->c);
        (p->op == STEP_RELU ? ref_relu_forward : ref_relu6_forward)(elements, x, y);
        break;
    case STEP_LEAKY_RELU:
    case STEP_SIGMOID:
    case STEP_TANH:
        assert_int_equal(p->size.elements, elements);
        has_shape(vy, vx->n, vx->h, vx->w, vx->c);
        if (p->op == STEP_LEAKY_RELU)
            ref_leaky_relu_forward(elements, (double)l->alpha, x, y);
        else
            (p->op == STEP_TANH ? ref_tanh_forward : ref_sigmoid_forward)(elements, x, y);
        break;
    case STEP_ADD:
        assert_int_equal(p->size.elements, elements);
        has_shape(vy, vx->n, vx->h, vx->w, vx->c);
        assert_true(l->residual != NET_NONE);
        add(elements, x, values[l->residual], y);
        break;
    default:
        fail_msg("layer %s is a %s", l->name, step_op_names[p->op]);
    }
}

static void finish(const net_model *net, const net_layer *l, double *const *values) {
    const step_epilogue e = l->problem.epilogue;
    const size_t elements = net_ref_elements(&net->values[l->y]);
    double *y = values[l->y];
    char why[128];
    if (!step_problem_has_pass(&l->problem, why, sizeof why))
        fail_msg("layer %s: %s", l->name, why);
    if (l->residual != NET_NONE) {
        const net_value *r = &net->values[l->residual], *v = &net->values[l->y];
        has_shape(r, v->n, v->h, v->w, v->c);
    }
    if (e == STEP_WITH_ADD || e == STEP_WITH_ADD_RELU) {
        assert_true(l->residual != NET_NONE);
        add(elements, y, values[l->residual], y);
    }
    if (e == STEP_WITH_RELU || e == STEP_WITH_ADD_RELU)
        ref_relu_forward(elements, y, y);
    if (e == STEP_WITH_RELU6)
        ref_relu6_forward(elements, y, y);
}

double **net_ref_forward(const net_model *net, double *const *params, const double *input, bool batch) {
    double **values = calloc(net->value_count, sizeof *values);
    bool *made = calloc(net->value_count, sizeof *made);
    assert_true(values && made);
    for (uint32_t i = 0; i < net->value_count; ++i) {
        values[i] = calloc(net_ref_elements(&net->values[i]), sizeof *values[i]);
        assert_non_null(values[i]);
    }
    memcpy(values[net->input], input, net_ref_elements(&net->values[net->input]) * sizeof *input);
    made[net->input] = true;
    for (uint32_t i = 0; i < net->layer_count; ++i) {
        const net_layer *l = &net->layers[i];
        /* Layers stand in the order in which they run. */
        assert_true(made[l->x] && !made[l->y] && (l->residual == NET_NONE || made[l->residual]));
        assert_int_equal(net->values[l->y].layer, i);
        run(&(pass){net, params, values, batch}, l);
        finish(net, l, values);
        made[l->y] = true;
    }
    free(made);
    return values;
}

void net_ref_free(uint32_t count, double **lists) {
    for (uint32_t i = 0; i < count; ++i)
        free(lists[i]);
    free(lists);
}
