/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Lowering, proved: random models run node by node as ONNX says, and layer by layer as the network says, both in double
 * precision; every value must be the tensor whose name it has.
 */
#include "tests/deploy/net_ref.h"
#include "tests/deploy/onnx_ref.h"
#include "tests/deploy/random_model.h"
#include "tests/harness/draw.h"
#include "tools/deploy/onnx_op.h"
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
/* cmocka wants those before it. */
#include <cmocka.h>

enum { SEED = 8101, CASES = 3000 };

/* Without folding nothing is rounded but in double; folded weights are rounded to float. Of the largest number that the
 * tensor, or what it was made from, holds. */
static const double near_exact = 1e-11, near_folded = 2e-6;

typedef struct counts {
    uint32_t layers, fused, branches, ops[STEP_OPS];
} counts;

static double largest(const onnx_graph *g, const onnx_ref_value *values, uint32_t t) {
    double most = 1e-3;
    for (size_t i = 0; i < values[t].elements; ++i)
        most = fmax(most, fabs(values[t].data[i]));
    const uint32_t producer = g->tensors[t].producer;
    for (uint32_t i = 0; producer != GRAPH_NONE && i < g->nodes[producer].input_count; ++i) {
        if (g->nodes[producer].inputs[i] != GRAPH_NONE)
            most = fmax(most, largest(g, values, g->nodes[producer].inputs[i]));
    }
    return most;
}

/* Element i of the ONNX tensor in our layout. */
static size_t ours_at(const net_value *v, size_t i) {
    if (v->channels_last)
        return i;
    const size_t pixels = (size_t)v->h * v->w, pixel = i % pixels, c = i / pixels % v->c, n = i / pixels / v->c;
    return (n * pixels + pixel) * v->c + c;
}

static void check_value(uint32_t number, const net_value *v, const double *ours, const onnx_ref_value *expected,
                        double allowed) {
    assert_int_equal(net_ref_elements(v), expected->elements);
    assert_int_equal(v->rank, expected->rank);
    for (uint32_t i = 0; i < v->rank; ++i)
        assert_int_equal(v->dims[i], expected->dims[i]);
    for (size_t i = 0; i < expected->elements; ++i) {
        const double y = ours[ours_at(v, i)];
        if (!(fabs(y - expected->data[i]) <= allowed))
            fail_msg("model %u: %s[%zu] is %.12g, by ONNX %.12g", number, v->name, i, y, expected->data[i]);
    }
}

static uint32_t tensor_named(const onnx_graph *g, const char *name) {
    uint32_t i = 0;
    while (i < g->tensor_count && strcmp(g->tensors[i].name, name) != 0)
        ++i;
    assert_true(i < g->tensor_count);
    return i;
}

/* What graph_infer found: shapes of all tensors, and values of those that are constant. */
static void check_inferred(uint32_t number, const onnx_graph *g, const onnx_ref_value *expected) {
    for (uint32_t i = 0; i < g->tensor_count; ++i) {
        const graph_tensor *t = &g->tensors[i];
        if (!t->shaped || t->rank != expected[i].rank || t->elements != expected[i].elements ||
            memcmp(t->dims, expected[i].dims, t->rank * sizeof t->dims[0]) != 0)
            fail_msg("model %u: the shape of %s", number, t->name);
        for (size_t j = 0; (t->floats || t->ints) && j < t->elements; ++j) {
            if ((t->floats ? (double)t->floats[j] : (double)t->ints[j]) != expected[i].data[j])
                fail_msg("model %u: %s[%zu] was folded wrongly", number, t->name, j);
        }
    }
}

/* The output stands for the model's, or for what a softmax at the end takes. */
static void check_output(uint32_t number, const onnx_graph *g, const net_model *net, double *const *values,
                         const onnx_ref_value *expected, double near) {
    uint32_t t = g->outputs[0];
    const graph_node *last = &g->nodes[g->tensors[t].producer];
    if (strcmp(last->op_type, "Softmax") == 0)
        t = last->inputs[0];
    const net_value *v = &net->values[net->output];
    const double most = largest(g, expected, t);
    assert_int_equal(net_ref_elements(v), expected[t].elements);
    for (size_t i = 0; i < expected[t].elements; ++i) {
        if (!(fabs(values[net->output][ours_at(v, i)] - expected[t].data[i]) <= near * most))
            fail_msg("model %u: the output, element %zu", number, i);
    }
}

static void check_norms(uint32_t number, const onnx_graph *g, net_norms norms, const double *input,
                        const onnx_ref_value *expected, counts *all) {
    net_model net;
    plan_error error = {""};
    if (!network_lower(g, "random", norms, &net, &error))
        fail_msg("model %u: %s", number, error.text);
    const net_value *x = &net.values[net.input];
    double *ours = calloc(net_ref_elements(x), sizeof *ours);
    assert_non_null(ours);
    for (size_t i = 0; i < net_ref_elements(x); ++i)
        ours[ours_at(x, i)] = input[i];
    double **params = net_ref_params(&net), **values = net_ref_forward(&net, params, ours, false);
    const double near = norms == NET_FOLD ? near_folded : near_exact;
    for (uint32_t i = 0; i < net.value_count; ++i) {
        const uint32_t t = tensor_named(g, net.values[i].name);
        check_value(number, &net.values[i], values[i], &expected[t], near * largest(g, expected, t));
    }
    check_output(number, g, &net, values, expected, near);
    for (uint32_t i = 0; i < net.layer_count; ++i) {
        ++all->ops[net.layers[i].problem.op];
        all->fused += net.layers[i].problem.epilogue != STEP_PLAIN;
    }
    all->layers += net.layer_count;
    free(ours);
    net_ref_free(net.param_count, params);
    net_ref_free(net.value_count, values);
    network_free(&net);
}

static void check_model(uint32_t number, counts *all) {
    size_t bytes;
    void *file = random_model(SEED, number, &bytes);
    onnx_graph g;
    plan_error error = {""};
    draw d = {.seed = SEED + 1, .number = number};
    assert_non_null(file);
    if (!graph_read_bytes(file, bytes, "random", NULL, 0, &g, &error) || !graph_infer(&g, &error))
        fail_msg("model %u: %s", number, error.text);
    free(file);
    const size_t inputs = (size_t)g.tensors[g.inputs[0]].elements;
    double *input = calloc(inputs, sizeof *input);
    assert_non_null(input);
    for (size_t i = 0; i < inputs; ++i)
        input[i] = 4 * (double)draw_value(&d);
    onnx_ref_value *expected = onnx_ref_run(&g, input);
    check_inferred(number, &g, expected);
    for (int norms = NET_FOLD; norms <= NET_TRAIN; ++norms)
        check_norms(number, &g, (net_norms)norms, input, expected, all);
    onnx_ref_free(&g, expected);
    free(input);
    graph_free(&g);
}

static void random_models(void **state) {
    (void)state;
    counts all = {0};
    for (uint32_t number = 0; number < CASES; ++number)
        check_model(number, &all);
    /* Nothing of what there is was left out. */
    static const step_op wanted[] = {STEP_CONV,        STEP_LINEAR,     STEP_DEPTHWISE,
                                     STEP_MAX_POOL,    STEP_AVG_POOL,   STEP_AVG_POOL_PADDED,
                                     STEP_GLOBAL_POOL, STEP_BATCH_NORM, STEP_BATCH_NORM_FROZEN,
                                     STEP_RELU,        STEP_RELU6,      STEP_LEAKY_RELU,
                                     STEP_SIGMOID,     STEP_TANH,       STEP_ADD};
    for (size_t i = 0; i < sizeof wanted / sizeof wanted[0]; ++i)
        assert_true(all.ops[wanted[i]] > CASES / 20);
    assert_true(all.fused > CASES);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(random_models)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
