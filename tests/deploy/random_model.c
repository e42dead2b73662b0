/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/deploy/random_model.h"
#include "tests/harness/draw.h"
#include "tools/deploy/onnx_build.h"
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

enum { NAME = 16, TENSORS = 64, MOST = 4096 };

/* [n][c][h][w], or [n][c] where it is flat: then it was an image of h x w. */
typedef struct tensor {
    char name[NAME];
    int64_t c, h, w;
    bool flat, last; /* last: flattened from [n][h][w][c] */
} tensor;

typedef struct maker {
    onnx_build *build;
    draw d;
    int64_t n, opset;
    tensor tensors[TENSORS];
    uint32_t count, names;
    float data[MOST];
} maker;

static bool chance(maker *m, uint32_t of) {
    return draw_below(&m->d, of) == 0;
}

static void new_name(maker *m, const char *kind, char to[NAME]) {
    snprintf(to, NAME, "%.8s%u", kind, m->names++ % 1000);
}

/* A constant of uniform numbers. */
static void floats(maker *m, const char *kind, uint32_t rank, const int64_t *dims, float from, float to,
                   char name[NAME]) {
    uint32_t elements = 1;
    for (uint32_t i = 0; i < rank; ++i)
        elements *= (uint32_t)dims[i];
    for (uint32_t i = 0; i < elements; ++i)
        m->data[i] = from + (to - from) * tl_random_unit(m->d.seed, m->d.number, m->d.i++);
    new_name(m, kind, name);
    onnx_build_floats(m->build, name, rank, dims, m->data);
}

static void ints(maker *m, const char *kind, uint32_t count, const int64_t *values, char name[NAME]) {
    new_name(m, kind, name);
    onnx_build_ints(m->build, name, count, values);
}

/* A node whose output is `y`, which it adds to the tensors; other inputs are names behind x. */
static const tensor *node(maker *m, const char *op, const tensor *x, const char *others, tensor y) {
    char inputs[8 * NAME];
    snprintf(inputs, sizeof inputs, "%s%s%s", x->name, *others ? " " : "", others);
    new_name(m, op, y.name);
    onnx_build_node(m->build, op, y.name, inputs, y.name);
    m->tensors[m->count] = y;
    return &m->tensors[m->count++];
}

typedef struct window {
    int64_t k[2], stride[2], dilation[2], pads[4];
    const char *automatic;
    bool ceiling;
} window;

/* False: it does not fit. Sets the output's size. */
static bool draw_window(maker *m, const tensor *x, bool pools, window *w, tensor *y) {
    const int64_t in[2] = {x->h, x->w};
    int64_t out[2];
    *w = (window){.automatic = NULL, .ceiling = pools && chance(m, 3)};
    const uint32_t way = draw_below(&m->d, 6);
    for (int i = 0; i < 2; ++i) {
        w->k[i] = draw_range(&m->d, 1, 4);
        w->stride[i] = draw_range(&m->d, 1, 3);
        w->dilation[i] = !pools && chance(m, 4) ? 2 : 1;
        for (int j = 0; j < 2 && way > 2; ++j)
            w->pads[i + 2 * j] = draw_below(&m->d, (uint32_t)(pools ? w->k[i] : 3));
        const int64_t reach = (w->k[i] - 1) * w->dilation[i] + 1, room = in[i] + w->pads[i] + w->pads[i + 2] - reach;
        if (way < 2) {
            w->automatic = way == 0 ? "SAME_UPPER" : "SAME_LOWER";
            w->ceiling = false;
            out[i] = (in[i] + w->stride[i] - 1) / w->stride[i];
            /* The library wants padding smaller than windows. */
            if (in[i] < reach && pools)
                return false;
        } else if (room < 0) {
            return false;
        } else {
            out[i] = room / w->stride[i] + 1;
            if (w->ceiling && room % w->stride[i] != 0 && out[i] * w->stride[i] < in[i] + w->pads[i])
                ++out[i];
        }
    }
    if (way == 2)
        w->automatic = "VALID";
    y->h = out[0];
    y->w = out[1];
    return true;
}

static void set_window(maker *m, const window *w, bool kernel) {
    if (kernel)
        onnx_build_int_list(m->build, "kernel_shape", 2, w->k);
    if (w->stride[0] > 1 || w->stride[1] > 1 || chance(m, 2))
        onnx_build_int_list(m->build, "strides", 2, w->stride);
    if (w->dilation[0] > 1 || w->dilation[1] > 1)
        onnx_build_int_list(m->build, "dilations", 2, w->dilation);
    if (w->automatic)
        onnx_build_string(m->build, "auto_pad", w->automatic);
    else
        onnx_build_int_list(m->build, "pads", 4, w->pads);
    if (w->ceiling)
        onnx_build_int(m->build, "ceil_mode", 1);
}

static const tensor *relu(maker *m, const tensor *x) {
    char bounds[2][NAME], others[2 * NAME + 1] = "";
    static const char *const others_of[] = {"LeakyRelu", "Sigmoid", "Tanh"};
    const uint32_t kind = draw_below(&m->d, 8);
    if (kind >= 5) {
        x = node(m, others_of[kind - 5], x, "", *x);
        if (kind == 5 && chance(m, 2))
            onnx_build_float(m->build, "alpha", 0.3f);
        return x;
    }
    if (kind < 2 || kind == 4)
        return node(m, "Relu", x, "", *x);
    floats(m, "min", 0, NULL, 0, 0, bounds[0]);
    floats(m, "max", 0, NULL, 6, 6, bounds[1]);
    snprintf(others, sizeof others, kind == 2 ? "%s" : "%s %s", bounds[0], bounds[1]);
    return node(m, "Clip", x, others, *x);
}

static const tensor *norm(maker *m, const tensor *x) {
    char names[4][NAME], others[4 * NAME + 4];
    static const float from[] = {0.5f, -1, -1, 0.25f}, to[] = {1.5f, 1, 1, 2};
    for (int i = 0; i < 4; ++i)
        floats(m, "bn", 1, &x->c, from[i], to[i], names[i]);
    snprintf(others, sizeof others, "%s %s %s %s", names[0], names[1], names[2], names[3]);
    x = node(m, "BatchNormalization", x, others, *x);
    if (chance(m, 2))
        onnx_build_float(m->build, "epsilon", 0.0625f);
    return x;
}

/* Groups: one, all channels (depthwise, also with several outputs a channel), or two. */
static const tensor *conv(maker *m, const tensor *x) {
    char w[NAME], b[NAME], others[2 * NAME + 1];
    window s;
    tensor y = *x;
    if (!draw_window(m, x, false, &s, &y))
        return x;
    const uint32_t kind = draw_below(&m->d, 4);
    const int64_t groups = kind == 0 ? x->c : kind == 1 && x->c % 2 == 0 ? 2 : 1;
    y.c = groups * draw_range(&m->d, 1, groups > 1 ? 2 : 5);
    const int64_t dims[] = {y.c, x->c / groups, s.k[0], s.k[1]};
    const float reach = sqrtf(6.0f / (float)(dims[1] * dims[2] * dims[3]));
    floats(m, "w", 4, dims, -reach, reach, w);
    floats(m, "b", 1, &y.c, -1, 1, b);
    snprintf(others, sizeof others, chance(m, 3) ? "%s" : "%s %s", w, b);
    const tensor *made = node(m, "Conv", x, others, y);
    set_window(m, &s, chance(m, 2));
    if (groups > 1 || chance(m, 4))
        onnx_build_int(m->build, "group", groups);
    return made;
}

static const tensor *pool(maker *m, const tensor *x) {
    window s;
    tensor y = *x;
    if (!draw_window(m, x, true, &s, &y))
        return x;
    const bool average = chance(m, 2), padded = average && !s.ceiling && chance(m, 2);
    const tensor *made = node(m, average ? "AveragePool" : "MaxPool", x, "", y);
    set_window(m, &s, true);
    if (padded)
        onnx_build_int(m->build, "count_include_pad", 1);
    return made;
}

/* With another tensor of the same shape, perhaps with x itself. */
static const tensor *add(maker *m, const tensor *x) {
    const uint32_t first = draw_below(&m->d, m->count);
    for (uint32_t i = 0; i < m->count; ++i) {
        const tensor *other = &m->tensors[(first + i) % m->count];
        if (other->c == x->c && other->h == x->h && other->w == x->w && other->flat == x->flat &&
            other->last == x->last) {
            tensor y = *x;
            return chance(m, 2) ? node(m, "Add", x, other->name, y) : node(m, "Add", other, x->name, y);
        }
    }
    return x;
}

/* A convolution that keeps the shape. */
static tensor conv_same(maker *m, const tensor *x) {
    char w[NAME];
    const int64_t dims[] = {x->c, x->c, 3, 3};
    const float reach = sqrtf(6.0f / (float)(9 * x->c));
    floats(m, "w", 4, dims, -reach, reach, w);
    const tensor y = *node(m, "Conv", x, w, *x);
    onnx_build_int_list(m->build, "pads", 4, (int64_t[]){1, 1, 1, 1});
    --m->count;
    return y;
}

/* As in ResNets: what comes out of an activation goes through convolutions and is added behind them. */
static const tensor *block(maker *m, const tensor *x) {
    const tensor from = *relu(m, x);
    tensor y = conv_same(m, &from);
    if (chance(m, 2)) {
        const tensor between = *relu(m, &y);
        y = conv_same(m, &between);
    }
    const tensor *sum = chance(m, 2) ? node(m, "Add", &y, from.name, y) : node(m, "Add", &from, y.name, y);
    return chance(m, 3) ? sum : relu(m, sum);
}

/* What leaves no trace, or hardly one. */
static const tensor *nothing(maker *m, const tensor *x) {
    char name[NAME];
    switch (draw_below(&m->d, 4)) {
    case 0:
        return node(m, "Identity", x, "", *x);
    case 1:
        return node(m, "Dropout", x, "", *x);
    case 2:
        if (x->flat)
            return x;
        ints(m, "shape", 4, (int64_t[]){0, x->c, -1, x->w}, name);
        return node(m, "Reshape", x, name, *x);
    default:
        x = node(m, "Transpose", x, "", *x);
        onnx_build_int_list(m->build, "perm", x->flat ? 2 : 4, (int64_t[]){0, 1, 2, 3});
        return x;
    }
}

/* Rank 2 by the ways exporters take. */
static const tensor *flatten(maker *m, const tensor *x) {
    char a[NAME], b[NAME], others[2 * NAME + 1];
    tensor y = *x;
    y.flat = true;
    y.c = x->c * x->h * x->w;
    tensor turned = *x;
    if (chance(m, 3)) {
        /* As Keras flattens: nobody else takes what has its channels last. */
        turned = *node(m, "Transpose", x, "", *x);
        onnx_build_int_list(m->build, "perm", 4, (int64_t[]){0, 2, 3, 1});
        --m->count;
        if (chance(m, 2)) {
            turned = *node(m, "Relu", &turned, "", turned);
            --m->count;
        }
        x = &turned;
        y.last = true;
    }
    switch (draw_below(&m->d, 3)) {
    case 0:
        x = node(m, "Flatten", x, "", y);
        break;
    case 1:
        ints(m, "shape", 2, (int64_t[]){0, -1}, a);
        x = node(m, "Reshape", x, a, y);
        break;
    default: {
        /* Reshape(x, Concat(Unsqueeze(Gather(Shape(x), 0)), -1)), as PyTorch writes view(x.size(0), -1). */
        char shape[NAME], one[NAME], batch[NAME], both[NAME], list[NAME];
        ints(m, "zero", 1, (int64_t[]){0}, a);
        ints(m, "minus", 1, (int64_t[]){-1}, b);
        new_name(m, "shape", shape);
        onnx_build_node(m->build, "Shape", shape, x->name, shape);
        new_name(m, "gather", one);
        snprintf(others, sizeof others, "%s %s", shape, a);
        onnx_build_node(m->build, "Gather", one, others, one);
        new_name(m, "squeeze", batch);
        onnx_build_node(m->build, "Squeeze", batch, one, batch);
        new_name(m, "unsqueez", list);
        snprintf(others, sizeof others, m->opset < 13 ? "%s" : "%s %s", batch, a);
        onnx_build_node(m->build, "Unsqueeze", list, others, list);
        if (m->opset < 13)
            onnx_build_int_list(m->build, "axes", 1, (int64_t[]){0});
        new_name(m, "concat", both);
        snprintf(others, sizeof others, "%s %s", list, b);
        onnx_build_node(m->build, "Concat", both, others, both);
        onnx_build_int(m->build, "axis", 0);
        x = node(m, "Reshape", x, both, y);
    }
    }
    return x;
}

static const tensor *global_pool(maker *m, const tensor *x) {
    char axes[NAME] = "";
    tensor y = *x;
    y.h = y.w = 1;
    const uint32_t way = draw_below(&m->d, 4);
    if (way == 0)
        return node(m, "GlobalAveragePool", x, "", y);
    if (way == 1) {
        const tensor *made = node(m, "AveragePool", x, "", y);
        onnx_build_int_list(m->build, "kernel_shape", 2, (int64_t[]){x->h, x->w});
        return made;
    }
    y.flat = way == 2;
    if (m->opset >= 18)
        ints(m, "axes", 2, (int64_t[]){2, -1}, axes);
    x = node(m, "ReduceMean", x, axes, y);
    if (m->opset < 18)
        onnx_build_int_list(m->build, "axes", 2, (int64_t[]){-2, 3});
    if (way == 2 || chance(m, 2))
        onnx_build_int(m->build, "keepdims", way != 2);
    return x;
}

static const tensor *dense(maker *m, const tensor *x) {
    char w[NAME], b[NAME], others[2 * NAME + 1];
    tensor y = *x;
    y.c = draw_range(&m->d, 1, 7);
    y.h = y.w = 1;
    y.last = false;
    const bool gemm = chance(m, 2), transposed = gemm && chance(m, 2);
    const int64_t dims[] = {transposed ? y.c : x->c, transposed ? x->c : y.c};
    const float reach = sqrtf(6.0f / (float)x->c);
    floats(m, "w", 2, dims, -reach, reach, w);
    if (chance(m, 3))
        floats(m, "b", 2, (int64_t[]){1, y.c}, -1, 1, b);
    else
        floats(m, "b", 1, &y.c, -1, 1, b);
    if (gemm) {
        snprintf(others, sizeof others, chance(m, 3) ? "%s" : "%s %s", w, b);
        x = node(m, "Gemm", x, others, y);
        if (transposed || chance(m, 2))
            onnx_build_int(m->build, "transB", transposed);
        return x;
    }
    x = node(m, "MatMul", x, w, y);
    if (chance(m, 3))
        return x;
    /* Nobody else takes the product, or its bias would be a layer of its own. */
    const tensor product = *x;
    --m->count;
    return node(m, "Add", &product, b, y);
}

/* The latest tensor as a rule, so that chains become long; now and then an older one: a branch. */
static const tensor *source(maker *m, bool flat) {
    uint32_t at = m->count - 1;
    if (chance(m, 4))
        at = draw_below(&m->d, m->count);
    while (at > 0 && m->tensors[at].flat != flat)
        --at;
    return &m->tensors[at];
}

static void images(maker *m) {
    const uint32_t steps = draw_range(&m->d, 1, 9);
    for (uint32_t i = 0; i < steps; ++i) {
        const tensor *x = source(m, false);
        switch (draw_below(&m->d, 9)) {
        case 0:
        case 1:
        case 2:
            x = conv(m, x);
            x = chance(m, 2) ? norm(m, x) : x;
            x = chance(m, 3) ? add(m, x) : x;
            if (!chance(m, 3))
                relu(m, x);
            break;
        case 3:
            pool(m, x);
            break;
        case 4:
            add(m, x);
            break;
        case 5:
            relu(m, x);
            break;
        case 6:
            norm(m, x);
            break;
        case 7:
            block(m, x);
            break;
        default:
            nothing(m, x);
        }
    }
}

static const tensor *vectors(maker *m, const tensor *x) {
    const uint32_t steps = draw_range(&m->d, 1, 6);
    for (uint32_t i = 0; i < steps; ++i) {
        const tensor *from = chance(m, 5) ? source(m, true) : x;
        x = from->flat ? from : x;
        switch (draw_below(&m->d, 6)) {
        case 0:
            x = relu(m, x);
            break;
        case 1:
            x = add(m, x);
            break;
        case 2:
            x = nothing(m, x);
            break;
        default:
            x = dense(m, x);
            x = chance(m, 3) ? norm(m, x) : x;
            x = chance(m, 4) ? add(m, x) : x;
            x = chance(m, 2) ? relu(m, x) : x;
        }
    }
    return dense(m, x);
}

void *random_model(uint32_t seed, uint32_t number, size_t *bytes) {
    static const int64_t opsets[] = {11, 12, 13, 14, 17, 18, 20};
    maker m = {.d = {.seed = seed, .number = number}};
    m.opset = opsets[draw_below(&m.d, sizeof opsets / sizeof opsets[0])];
    m.build = onnx_build_begin("random", m.opset);
    m.n = draw_range(&m.d, 1, 2);
    if (!m.build)
        return NULL;
    tensor *input = &m.tensors[m.count++];
    *input = (tensor){.name = "input",
                      .c = draw_range(&m.d, 1, 4),
                      .h = draw_range(&m.d, 3, 9),
                      .w = draw_range(&m.d, 3, 9),
                      .flat = chance(&m, 6)};
    if (input->flat)
        input->h = input->w = 1;
    const bool last = !input->flat && chance(&m, 4);
    if (last)
        onnx_build_input(m.build, input->name, 4, (int64_t[]){m.n, input->h, input->w, input->c});
    else
        onnx_build_input(m.build, input->name, input->flat ? 2 : 4, (int64_t[]){m.n, input->c, input->h, input->w});
    if (last) {
        const tensor from = *input;
        --m.count;
        node(&m, "Transpose", &from, "", from);
        onnx_build_int_list(m.build, "perm", 4, (int64_t[]){0, 3, 1, 2});
    }
    const tensor *x = input;
    if (!x->flat) {
        images(&m);
        x = source(&m, false);
        x = chance(&m, 2) ? global_pool(&m, x) : x;
        x = x->flat ? x : flatten(&m, x);
    }
    x = vectors(&m, x);
    if (chance(&m, 3))
        x = node(&m, "Softmax", x, "", *x);
    onnx_build_output(m.build, x->name, 2, (int64_t[]){m.n, x->c});
    return onnx_build_end(m.build, bytes);
}
