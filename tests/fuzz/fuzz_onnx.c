/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ONNX files from anywhere: each is refused with a sentence, or goes all the way to the texts of a project; and what is
 * a network can be written back.
 */
#include "tests/deploy/text_model.h"
#include "tests/fuzz/fuzz.h"
#include "tools/deploy/onnx_export.h"
#include "tools/deploy/onnx_op.h"
#include "tools/deploy/project_write.h"
#include <string.h>

static const char *const models[] = {
    "input x 0,3,6,5\nconst w 4,3,3,3\nconst b 4\na = Conv x w b pads=1,0,1,2 strides=2,1\nr = Relu a\n"
    "f = Flatten r\nconst v 2,60\ny = Gemm f v transB=1\noutput y 0,2\n",
    "input x 1,4,6,6\nconst w 4,1,3,3\na = Conv x w group=4 auto_pad=SAME_UPPER\nscalar zero 0\nscalar six 6\n"
    "c = Clip a zero six\nconst g 4\nn = BatchNormalization c g g g g epsilon=0.001\nd = Add n x\nr = Relu d\n"
    "p = GlobalAveragePool r\ns = Squeeze p axes=2,3\noutput s 1,4\n",
    "input x 1,3,9,8\nm = MaxPool x kernel_shape=3,3 strides=2,2 ceil_mode=1\na = AveragePool m kernel_shape=2,2\n"
    "ints s 0,-1\nf = Reshape a s\ni = Identity f\nd = Dropout i\nconst w 27,4\nz = MatMul d w\nconst b 4\n"
    "q = Add z b\nl = Softmax q axis=1\noutput l 1,4\n",
    "input x 1,4,3,5\nt = Transpose x perm=0,3,1,2\nconst w 2,5,1,1\nc = Conv t w\nconst g 2\n"
    "n = BatchNormalization c g g g g\nints axes 2,3\nm = ReduceMean n axes=2,3 keepdims=0\noutput m 1,2\n",
};
enum { MODELS = sizeof models / sizeof models[0], L1_BYTES = 40960, L2_BYTES = 1 << 20 };

size_t fuzz_seed(unsigned i, uint8_t *to, size_t room) {
    size_t bytes = 0;
    if (i >= MODELS)
        return 0;
    void *file = text_model(models[i], &bytes);
    FUZZ_CHECK(file && bytes <= room);
    memcpy(to, file, bytes);
    free(file);
    return bytes;
}

/* Counts the bytes, and reads each of them. */
static bool take(void *user, const char *name, const void *bytes, size_t count) {
    uint32_t *sum = user;
    FUZZ_CHECK(*name && bytes);
    for (size_t i = 0; i < count; ++i)
        *sum += ((const uint8_t *)bytes)[i];
    return true;
}

static void write_project(const net_model *network, bool mse, plan_error *error) {
    const schedule_options options = {.loss = mse ? NET_MSE : NET_CROSS_ENTROPY,
                                      .optimizer = mse ? STEP_ADAM : STEP_SGD,
                                      .accumulate = 1,
                                      .l1_bytes = L1_BYTES,
                                      .l2_bytes = L2_BYTES};
    const project_options project = {.prefix = "net", .model = "m.onnx"};
    train_schedule schedule;
    uint32_t sum = 0;
    if (!schedule_make(network, &options, &schedule, error)) {
        FUZZ_CHECK(error->text[0]);
        return;
    }
    FUZZ_CHECK(schedule.lower_bound <= schedule.arena_bytes && schedule.arena_bytes <= L2_BYTES);
    FUZZ_CHECK(project_write(network, &schedule, &project, take, &sum, error) || error->text[0]);
    schedule_free(&schedule);
}

/* What was a network is one again, with the same numbers. */
static void write_back(const uint8_t *data, size_t bytes, const net_model *network, net_norms norms) {
    void *file;
    size_t count = 0;
    plan_error error = {""};
    onnx_graph graph;
    net_model again;
    if (!onnx_export(data, bytes, "m", NULL, network, &file, &count, &error)) {
        FUZZ_CHECK(strncmp(error.text, "m: ", 3) == 0);
        return;
    }
    FUZZ_CHECK(graph_read_bytes(file, count, "m", NULL, 0, &graph, &error));
    FUZZ_CHECK(graph_infer(&graph, &error) && network_lower(&graph, "net", norms, &again, &error));
    FUZZ_CHECK(again.param_count == network->param_count && again.layer_count == network->layer_count);
    for (uint32_t i = 0; i < again.param_count; ++i) {
        const net_param *a = &again.params[i], *b = network->params;
        while (b < network->params + network->param_count && strcmp(a->name, b->name) != 0)
            ++b;
        FUZZ_CHECK(b < network->params + network->param_count && a->elements == b->elements);
        FUZZ_CHECK(memcmp(a->data, b->data, a->elements * sizeof *a->data) == 0);
    }
    network_free(&again);
    graph_free(&graph);
    free(file);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes) {
    onnx_graph graph;
    net_model network;
    plan_error error = {""};
    if (!graph_read_bytes(data, bytes, "m", NULL, 0, &graph, &error)) {
        FUZZ_CHECK(strncmp(error.text, "m: ", 3) == 0);
        return 0;
    }
    const net_norms norms = (net_norms)(bytes % 3);
    const bool right = graph_infer(&graph, &error) && network_lower(&graph, "net", norms, &network, &error);
    graph_free(&graph);
    if (!right) {
        FUZZ_CHECK(strncmp(error.text, "m: ", 3) == 0);
        return 0;
    }
    write_back(data, bytes, &network, norms);
    if (network_train(&network, bytes % 5 ? "all" : "last:1", &error))
        write_project(&network, bytes % 2, &error);
    network_free(&network);
    return 0;
}
