/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/deploy/onnx_ref.h"
#include "tests/deploy/onnx_ref_window.h"
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
/* cmocka wants those before it. */
#include <cmocka.h>

typedef onnx_ref_value value;

typedef struct call {
    const graph_node *node;
    const value *in[8]; /* NULL: left out */
    value *y;
} call;

static void shape(value *v, uint32_t rank, const int64_t *dims) {
    v->rank = rank;
    v->elements = 1;
    for (uint32_t i = 0; i < rank; ++i) {
        assert_true(dims[i] > 0);
        v->dims[i] = dims[i];
        v->elements *= (size_t)dims[i];
    }
    v->data = calloc(v->elements, sizeof *v->data);
    assert_non_null(v->data);
}

static void same(const call *c) {
    shape(c->y, c->in[0]->rank, c->in[0]->dims);
    memcpy(c->y->data, c->in[0]->data, c->y->elements * sizeof *c->y->data);
}

static void relu(const call *c) {
    same(c);
    for (size_t i = 0; i < c->y->elements; ++i)
        c->y->data[i] = fmax(c->y->data[i], 0);
}

static void leaky_relu(const call *c) {
    const double alpha = (double)graph_float(c->node, "alpha", 0.01f);
    same(c);
    for (size_t i = 0; i < c->y->elements; ++i)
        c->y->data[i] *= c->y->data[i] < 0 ? alpha : 1;
}

static void sigmoid(const call *c) {
    same(c);
    for (size_t i = 0; i < c->y->elements; ++i)
        c->y->data[i] = 1 / (1 + exp(-c->y->data[i]));
}

static void hyperbolic(const call *c) {
    same(c);
    for (size_t i = 0; i < c->y->elements; ++i)
        c->y->data[i] = tanh(c->y->data[i]);
}

static void clip(const call *c) {
    same(c);
    for (size_t i = 0; i < c->y->elements; ++i) {
        if (c->in[1])
            c->y->data[i] = fmax(c->y->data[i], c->in[1]->data[0]);
        if (c->in[2])
            c->y->data[i] = fmin(c->y->data[i], c->in[2]->data[0]);
    }
}

static void softmax(const call *c) {
    same(c);
    const size_t k = (size_t)c->y->dims[c->y->rank - 1];
    for (double *row = c->y->data; row < c->y->data + c->y->elements; row += k) {
        double sum = 0, most = row[0];
        for (size_t i = 0; i < k; ++i)
            most = fmax(most, row[i]);
        for (size_t i = 0; i < k; ++i)
            sum += row[i] = exp(row[i] - most);
        for (size_t i = 0; i < k; ++i)
            row[i] /= sum;
    }
}

/* Numpy's broadcasting: dimensions are matched from the last one on. */
static int64_t dim_from_end(const value *v, uint32_t i) {
    return i < v->rank ? v->dims[v->rank - 1 - i] : 1;
}

static size_t broadcast_at(const value *from, const value *y, size_t at) {
    size_t place = 0, stride = 1;
    for (uint32_t i = 0; i < y->rank; ++i) {
        const size_t size = (size_t)dim_from_end(y, i), mine = (size_t)dim_from_end(from, i);
        place += (mine == 1 ? 0 : at % size) * stride;
        at /= size;
        stride *= mine;
    }
    return place;
}

static void add(const call *c) {
    const value *a = c->in[0], *b = c->in[1];
    const uint32_t rank = a->rank > b->rank ? a->rank : b->rank;
    int64_t dims[GRAPH_RANK];
    for (uint32_t i = 0; i < rank; ++i) {
        const int64_t p = dim_from_end(a, i), q = dim_from_end(b, i);
        assert_true(p == q || p == 1 || q == 1);
        dims[rank - 1 - i] = p > q ? p : q;
    }
    shape(c->y, rank, dims);
    for (size_t i = 0; i < c->y->elements; ++i)
        c->y->data[i] = a->data[broadcast_at(a, c->y, i)] + b->data[broadcast_at(b, c->y, i)];
}

static void gemm(const call *c) {
    const bool ta = graph_int(c->node, "transA", 0) != 0, tb = graph_int(c->node, "transB", 0) != 0;
    const double alpha = (double)graph_float(c->node, "alpha", 1), beta = (double)graph_float(c->node, "beta", 1);
    const value *a = c->in[0], *b = c->in[1], *bias = c->in[2];
    const int64_t n = a->dims[ta], k = a->dims[!ta], o = b->dims[!tb];
    assert_int_equal(b->dims[tb], k);
    shape(c->y, 2, (int64_t[]){n, o});
    for (int64_t i = 0; i < n; ++i) {
        for (int64_t j = 0; j < o; ++j) {
            double sum = 0;
            for (int64_t l = 0; l < k; ++l)
                sum += a->data[ta ? l * n + i : i * k + l] * b->data[tb ? j * k + l : l * o + j];
            const size_t at = (size_t)(i * o + j);
            c->y->data[at] = alpha * sum + (bias ? beta * bias->data[broadcast_at(bias, c->y, at)] : 0);
        }
    }
}

static void batch_norm(const call *c) {
    const double eps = (double)graph_float(c->node, "epsilon", 1e-5f);
    same(c);
    size_t inner = 1;
    for (uint32_t i = 2; i < c->y->rank; ++i)
        inner *= (size_t)c->y->dims[i];
    for (size_t i = 0; i < c->y->elements; ++i) {
        const size_t k = i / inner % (size_t)c->y->dims[1];
        c->y->data[i] =
            c->in[1]->data[k] * (c->y->data[i] - c->in[3]->data[k]) / sqrt(c->in[4]->data[k] + eps) + c->in[2]->data[k];
    }
}

/* Of an attribute, or of an input of integers; returns how many. */
static size_t list(const call *c, const char *attribute, uint32_t input, int64_t to[GRAPH_RANK]) {
    const graph_attribute *a = graph_find(c->node, attribute);
    const value *v = c->in[input];
    const size_t count = a ? a->count : v && input ? v->elements : 0;
    for (size_t i = 0; i < count; ++i)
        to[i] = a ? a->ints[i] : (int64_t)v->data[i];
    return count;
}

static void reduce_mean(const call *c) {
    const value *x = c->in[0];
    int64_t axes[GRAPH_RANK], kept[GRAPH_RANK], short_dims[GRAPH_RANK];
    uint32_t rank = 0;
    const size_t count = list(c, "axes", 1, axes);
    for (uint32_t i = 0; i < x->rank; ++i) {
        bool goes = count == 0;
        for (size_t j = 0; j < count; ++j)
            goes = goes || (axes[j] + x->rank) % x->rank == i;
        kept[i] = goes ? 1 : x->dims[i];
        if (!goes)
            short_dims[rank++] = x->dims[i];
    }
    shape(c->y, x->rank, kept);
    for (size_t i = 0; i < x->elements; ++i)
        c->y->data[broadcast_at(c->y, x, i)] += x->data[i] / (double)(x->elements / c->y->elements);
    if (graph_int(c->node, "keepdims", 1) == 0) {
        c->y->rank = rank;
        memcpy(c->y->dims, short_dims, sizeof short_dims);
    }
}

static void reshaped(const call *c, uint32_t rank, const int64_t *dims) {
    shape(c->y, rank, dims);
    assert_int_equal(c->y->elements, c->in[0]->elements);
    memcpy(c->y->data, c->in[0]->data, c->y->elements * sizeof *c->y->data);
}

static void reshape(const call *c) {
    int64_t dims[GRAPH_RANK], rest = (int64_t)c->in[0]->elements;
    const size_t rank = list(c, "", 1, dims);
    for (size_t i = 0; i < rank; ++i) {
        dims[i] = dims[i] == 0 ? c->in[0]->dims[i] : dims[i];
        rest /= dims[i] > 0 ? dims[i] : 1;
    }
    for (size_t i = 0; i < rank; ++i)
        dims[i] = dims[i] < 0 ? rest : dims[i];
    reshaped(c, (uint32_t)rank, dims);
}

static void flatten(const call *c) {
    const int64_t axis = graph_int(c->node, "axis", 1);
    int64_t dims[2] = {1, 1};
    for (uint32_t i = 0; i < c->in[0]->rank; ++i)
        dims[i >= axis] *= c->in[0]->dims[i];
    reshaped(c, 2, dims);
}

static void squeeze(const call *c) {
    int64_t axes[GRAPH_RANK], dims[GRAPH_RANK];
    const size_t count = list(c, "axes", 1, axes);
    uint32_t rank = 0;
    for (uint32_t i = 0; i < c->in[0]->rank; ++i) {
        bool goes = count == 0 && c->in[0]->dims[i] == 1;
        for (size_t j = 0; j < count; ++j)
            goes = goes || (axes[j] + c->in[0]->rank) % c->in[0]->rank == i;
        if (!goes)
            dims[rank++] = c->in[0]->dims[i];
    }
    reshaped(c, rank, dims);
}

static void unsqueeze(const call *c) {
    int64_t axes[GRAPH_RANK], dims[GRAPH_RANK] = {0};
    const size_t count = list(c, "axes", 1, axes);
    const uint32_t rank = c->in[0]->rank + (uint32_t)count;
    for (size_t j = 0; j < count; ++j)
        dims[(axes[j] + rank) % rank] = 1;
    for (uint32_t i = 0, from = 0; i < rank; ++i)
        dims[i] = dims[i] ? dims[i] : c->in[0]->dims[from++];
    reshaped(c, rank, dims);
}

static void transpose(const call *c) {
    const value *x = c->in[0];
    int64_t perm[GRAPH_RANK], dims[GRAPH_RANK];
    if (list(c, "perm", 0, perm) == 0) {
        for (uint32_t i = 0; i < x->rank; ++i)
            perm[i] = x->rank - 1 - i;
    }
    for (uint32_t i = 0; i < x->rank; ++i)
        dims[i] = x->dims[perm[i]];
    shape(c->y, x->rank, dims);
    for (size_t n = 0; n < c->y->elements; ++n) {
        size_t index[GRAPH_RANK] = {0}, rest = n, at = 0;
        for (uint32_t i = x->rank; i-- > 0; rest /= (size_t)dims[i])
            index[perm[i]] = rest % (size_t)dims[i];
        for (uint32_t i = 0; i < x->rank; ++i)
            at = at * (size_t)x->dims[i] + index[i];
        c->y->data[n] = x->data[at];
    }
}

static void constant(const call *c) {
    const graph_tensor *t = graph_find(c->node, "value")->tensor;
    shape(c->y, t->rank, t->dims);
    for (size_t i = 0; i < c->y->elements; ++i)
        c->y->data[i] = t->floats ? (double)t->floats[i] : (double)t->ints[i];
}

static void shape_of(const call *c) {
    shape(c->y, 1, (int64_t[]){c->in[0]->rank});
    for (uint32_t i = 0; i < c->in[0]->rank; ++i)
        c->y->data[i] = (double)c->in[0]->dims[i];
}

static void gather(const call *c) {
    shape(c->y, c->in[1]->rank, c->in[1]->dims);
    for (size_t i = 0; i < c->y->elements; ++i)
        c->y->data[i] = c->in[0]->data[(c->in[0]->dims[0] + (int64_t)c->in[1]->data[i]) % c->in[0]->dims[0]];
}

static void concat(const call *c) {
    int64_t all = 0;
    for (uint32_t i = 0; i < c->node->input_count; ++i)
        all += c->in[i]->dims[0];
    shape(c->y, 1, &all);
    for (uint32_t i = 0, at = 0; i < c->node->input_count; ++i) {
        for (size_t j = 0; j < c->in[i]->elements; ++j)
            c->y->data[at++] = c->in[i]->data[j];
    }
}

static void window(const call *c, onnx_ref_window_op op) {
    const value *x = c->in[0], *w = op == ONNX_REF_CONV ? c->in[1] : NULL;
    onnx_ref_window s;
    onnx_ref_window_of(c->node, x->dims, w ? w->dims : NULL, &s);
    shape(c->y, 4, (int64_t[]){x->dims[0], w ? w->dims[0] : x->dims[1], s.out[0], s.out[1]});
    if (w)
        onnx_ref_conv(&s, x->data, w->data, c->in[2] ? c->in[2]->data : NULL, c->y->dims[1], c->y->data);
    else
        onnx_ref_pool(&s, op, x->data, c->y->data);
}

static void conv(const call *c) {
    window(c, ONNX_REF_CONV);
}

static void average_pool(const call *c) {
    window(c, graph_int(c->node, "count_include_pad", 0) ? ONNX_REF_AVERAGE_PADDED : ONNX_REF_AVERAGE);
}

static void max_pool(const call *c) {
    window(c, ONNX_REF_MAX);
}

static void global_average_pool(const call *c) {
    const value *x = c->in[0];
    const size_t pixels = (size_t)(x->dims[2] * x->dims[3]);
    shape(c->y, 4, (int64_t[]){x->dims[0], x->dims[1], 1, 1});
    for (size_t i = 0; i < x->elements; ++i)
        c->y->data[i / pixels] += x->data[i] / (double)pixels;
}

static const struct {
    const char *name;
    void (*run)(const call *c);
} ops[] = {{"Add", add},
           {"AveragePool", average_pool},
           {"BatchNormalization", batch_norm},
           {"Clip", clip},
           {"Concat", concat},
           {"Constant", constant},
           {"Conv", conv},
           {"Dropout", same},
           {"Flatten", flatten},
           {"Gather", gather},
           {"Gemm", gemm},
           {"GlobalAveragePool", global_average_pool},
           {"Identity", same},
           {"LeakyRelu", leaky_relu},
           {"MatMul", gemm},
           {"MaxPool", max_pool},
           {"ReduceMean", reduce_mean},
           {"Relu", relu},
           {"Reshape", reshape},
           {"Shape", shape_of},
           {"Sigmoid", sigmoid},
           {"Softmax", softmax},
           {"Squeeze", squeeze},
           {"Tanh", hyperbolic},
           {"Transpose", transpose},
           {"Unsqueeze", unsqueeze}};

static void run(const call *c) {
    for (size_t i = 0; i < sizeof ops / sizeof ops[0]; ++i) {
        if (strcmp(ops[i].name, c->node->op_type) == 0) {
            ops[i].run(c);
            return;
        }
    }
    fail_msg("the interpreter does not know %s", c->node->op_type);
}

onnx_ref_value *onnx_ref_run(const onnx_graph *graph, const double *input) {
    value *values = calloc(graph->tensor_count, sizeof *values);
    assert_non_null(values);
    for (uint32_t i = 0; i < graph->tensor_count; ++i) {
        const graph_tensor *t = &graph->tensors[i];
        const bool is_input = i == graph->inputs[0];
        if (!t->initializer && !is_input)
            continue;
        shape(&values[i], t->rank, t->dims);
        for (size_t j = 0; j < values[i].elements; ++j)
            values[i].data[j] = is_input ? input[j] : t->floats ? (double)t->floats[j] : (double)t->ints[j];
    }
    for (uint32_t i = 0; i < graph->node_count; ++i) {
        const graph_node *node = &graph->nodes[i];
        call c = {.node = node, .y = &values[node->outputs[0]]};
        for (uint32_t j = 0; j < node->input_count && j < 8; ++j)
            c.in[j] = node->inputs[j] == GRAPH_NONE ? NULL : &values[node->inputs[j]];
        run(&c);
    }
    return values;
}

void onnx_ref_free(const onnx_graph *graph, onnx_ref_value *values) {
    for (uint32_t i = 0; i < graph->tensor_count; ++i)
        free(values[i].data);
    free(values);
}
