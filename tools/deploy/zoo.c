/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/deploy/zoo.h"
#include "src/base/random.h"
#include "tools/deploy/onnx_build.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { OPSET = 13, NAME = 32 };

/* A model being built, and the image that its last node makes. */
struct zoo {
    onnx_build *build;
    uint32_t seed, tensors;
    int64_t c, h, w;
    char last[NAME];
};

/* "conv1" and ".weight" */
static void join(char to[NAME], const char *name, const char *end) {
    snprintf(to, NAME, "%.16s%.15s", name, end);
}

static void weights(struct zoo *z, const char *name, uint32_t rank, const int64_t *dims) {
    int64_t elements = 1, inputs = 1;
    for (uint32_t i = 0; i < rank; ++i) {
        elements *= dims[i];
        inputs *= i > 0 ? dims[i] : 1;
    }
    float *data = malloc((size_t)elements * sizeof *data);
    const float reach = sqrtf(6.0f / (float)inputs);
    if (!data)
        return;
    for (int64_t i = 0; i < elements; ++i)
        data[i] = reach * (2.0f * tl_random_unit(z->seed, z->tensors, (uint32_t)i) - 1.0f);
    ++z->tensors;
    char full[NAME];
    join(full, name, ".weight");
    onnx_build_floats(z->build, full, rank, dims, data);
    for (int64_t i = 0; i < dims[0]; ++i)
        data[i] = 0.0f;
    join(full, name, ".bias");
    onnx_build_floats(z->build, full, 1, dims, data);
    free(data);
}

static void input(struct zoo *z, int64_t c, int64_t h, int64_t w) {
    z->c = c;
    z->h = h;
    z->w = w;
    join(z->last, "input", "");
    onnx_build_input(z->build, z->last, h > 0 ? 4 : 2, (int64_t[]){0, c, h, w});
}

/* A node of one input that follows the last one. */
static void follow(struct zoo *z, const char *op, const char *name) {
    onnx_build_node(z->build, op, name, z->last, name);
    join(z->last, name, "");
}

static void relu(struct zoo *z, const char *name) {
    char full[NAME];
    join(full, name, "_relu");
    follow(z, "Relu", full);
}

/* MobileNet's, from 0 to 6; its bounds are constants that all of them share. */
static void relu6(struct zoo *z, const char *name) {
    char full[NAME], inputs[3 * NAME];
    join(full, name, "_relu6");
    snprintf(inputs, sizeof inputs, "%s zero six", z->last);
    onnx_build_node(z->build, "Clip", full, inputs, full);
    join(z->last, full, "");
}

/* Padded so that stride s makes n pixels ceil(n / s): what is uneven stands behind. */
static void conv(struct zoo *z, const char *name, int64_t o, int64_t kh, int64_t kw, int64_t stride, int64_t group) {
    const int64_t oh = (z->h + stride - 1) / stride, ow = (z->w + stride - 1) / stride;
    const int64_t more_h = (oh - 1) * stride + kh - z->h, more_w = (ow - 1) * stride + kw - z->w;
    const int64_t high = more_h > 0 ? more_h : 0, wide = more_w > 0 ? more_w : 0;
    char w[NAME], b[NAME], inputs[3 * NAME];
    weights(z, name, 4, (int64_t[]){o, z->c / group, kh, kw});
    join(w, name, ".weight");
    join(b, name, ".bias");
    snprintf(inputs, sizeof inputs, "%s %s %s", z->last, w, b);
    onnx_build_node(z->build, "Conv", name, inputs, name);
    onnx_build_int_list(z->build, "kernel_shape", 2, (int64_t[]){kh, kw});
    onnx_build_int_list(z->build, "strides", 2, (int64_t[]){stride, stride});
    onnx_build_int_list(z->build, "pads", 4, (int64_t[]){high / 2, wide / 2, high - high / 2, wide - wide / 2});
    onnx_build_int(z->build, "group", group);
    join(z->last, name, "");
    z->c = o;
    z->h = oh;
    z->w = ow;
}

static void dense(struct zoo *z, const char *name, int64_t o) {
    char w[NAME], b[NAME], inputs[3 * NAME];
    weights(z, name, 2, (int64_t[]){o, z->c});
    join(w, name, ".weight");
    join(b, name, ".bias");
    snprintf(inputs, sizeof inputs, "%s %s %s", z->last, w, b);
    onnx_build_node(z->build, "Gemm", name, inputs, name);
    onnx_build_int(z->build, "transB", 1);
    join(z->last, name, "");
    z->c = o;
}

static void output(struct zoo *z) {
    onnx_build_output(z->build, z->last, 2, (int64_t[]){0, z->c});
}

/* Mean over the image, and a linear layer to the classes. */
static void classify(struct zoo *z, int64_t classes) {
    follow(z, "GlobalAveragePool", "pool");
    follow(z, "Flatten", "flat");
    dense(z, "dense", classes);
    output(z);
}

static void autoencoder(struct zoo *z) {
    static const int64_t widths[] = {128, 128, 128, 128, 8, 128, 128, 128, 128, 640};
    input(z, 640, 0, 0);
    for (int i = 0; i < 10; ++i) {
        char name[NAME];
        snprintf(name, sizeof name, "dense%d", i + 1);
        dense(z, name, widths[i]);
        if (i < 9)
            relu(z, name);
    }
    output(z);
}

static void ds_cnn(struct zoo *z) {
    input(z, 1, 49, 10);
    conv(z, "conv1", 64, 10, 4, 2, 1);
    relu(z, "conv1");
    for (int i = 2; i < 6; ++i) {
        char name[NAME];
        snprintf(name, sizeof name, "depth%d", i);
        conv(z, name, 64, 3, 3, 1, 64);
        relu(z, name);
        snprintf(name, sizeof name, "point%d", i);
        conv(z, name, 64, 1, 1, 1, 1);
        relu(z, name);
    }
    classify(z, 12);
}

/* Two convolutions beside a shortcut: what came in, or, where the image shrinks, a convolution of it. */
static void residual(struct zoo *z, int number, int64_t o, int64_t stride) {
    char a[NAME], b[NAME], side[NAME], sum[NAME], from[NAME], inputs[3 * NAME];
    const struct zoo before = *z;
    snprintf(a, sizeof a, "conv%da", number);
    snprintf(b, sizeof b, "conv%db", number);
    snprintf(side, sizeof side, "short%d", number);
    snprintf(sum, sizeof sum, "sum%d", number);
    join(from, z->last, "");
    conv(z, a, o, 3, 3, stride, 1);
    relu(z, a);
    conv(z, b, o, 3, 3, 1, 1);
    if (stride > 1) {
        struct zoo beside = before;
        beside.tensors = z->tensors;
        conv(&beside, side, o, 1, 1, stride, 1);
        z->tensors = beside.tensors;
        join(from, side, "");
    }
    snprintf(inputs, sizeof inputs, "%s %s", z->last, from);
    onnx_build_node(z->build, "Add", sum, inputs, sum);
    join(z->last, sum, "");
    relu(z, sum);
}

static void resnet8(struct zoo *z) {
    input(z, 3, 32, 32);
    conv(z, "conv1", 16, 3, 3, 1, 1);
    relu(z, "conv1");
    residual(z, 2, 16, 1);
    residual(z, 3, 32, 2);
    residual(z, 4, 64, 2);
    classify(z, 10);
}

static void mobilenet(struct zoo *z) {
    static const struct {
        int64_t o, stride;
    } blocks[] = {{16, 1},  {32, 2},  {32, 1},  {64, 2},  {64, 1},  {128, 2}, {128, 1},
                  {128, 1}, {128, 1}, {128, 1}, {128, 1}, {256, 2}, {256, 1}};
    input(z, 3, 96, 96);
    onnx_build_floats(z->build, "zero", 0, NULL, &(float){0.0f});
    onnx_build_floats(z->build, "six", 0, NULL, &(float){6.0f});
    conv(z, "conv1", 8, 3, 3, 2, 1);
    relu6(z, "conv1");
    for (int i = 0; i < 13; ++i) {
        char name[NAME];
        snprintf(name, sizeof name, "depth%d", i + 2);
        conv(z, name, z->c, 3, 3, blocks[i].stride, z->c);
        relu6(z, name);
        snprintf(name, sizeof name, "point%d", i + 2);
        conv(z, name, blocks[i].o, 1, 1, 1, 1);
        relu6(z, name);
    }
    classify(z, 2);
}

static void max_pool(struct zoo *z, const char *name) {
    follow(z, "MaxPool", name);
    onnx_build_int_list(z->build, "kernel_shape", 2, (int64_t[]){2, 2});
    onnx_build_int_list(z->build, "strides", 2, (int64_t[]){2, 2});
    z->h /= 2;
    z->w /= 2;
}

/* The network of examples/adapt. */
static void cnn(struct zoo *z) {
    static const int64_t channels[] = {8, 16, 16};
    input(z, 1, 28, 28);
    for (int i = 0; i < 3; ++i) {
        char name[NAME];
        snprintf(name, sizeof name, "conv%d", i + 1);
        conv(z, name, channels[i], 3, 3, 1, 1);
        relu(z, name);
        if (i < 2) {
            snprintf(name, sizeof name, "pool%d", i + 1);
            max_pool(z, name);
        }
    }
    follow(z, "Flatten", "flat");
    z->c *= z->h * z->w;
    dense(z, "dense1", 64);
    relu(z, "dense1");
    dense(z, "dense2", 10);
    output(z);
}

const zoo_model zoo_models[] = {
    {"autoencoder", "deep autoencoder of anomaly detection: 640 numbers, ten linear layers", autoencoder},
    {"ds_cnn", "DS-CNN of keyword spotting: 49x10, 12 classes", ds_cnn},
    {"resnet8", "ResNet8 of image classification: 32x32x3, 10 classes", resnet8},
    {"mobilenet", "MobileNetV1-0.25 of visual wake words: 96x96x3, 2 classes", mobilenet},
    {"cnn", "small CNN of examples/adapt: 28x28, 10 classes", cnn},
};
const uint32_t zoo_count = sizeof zoo_models / sizeof zoo_models[0];

void *zoo_make(const zoo_model *model, uint32_t seed, size_t *bytes) {
    struct zoo z = {.build = onnx_build_begin(model->name, OPSET), .seed = seed};
    if (!z.build)
        return NULL;
    model->build(&z);
    return onnx_build_end(z.build, bytes);
}
