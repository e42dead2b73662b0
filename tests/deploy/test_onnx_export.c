/* SPDX-License-Identifier: Apache-2.0 */
/* Trained parameters go back into the model: read again, it is the same network with just these numbers. */
#include "tests/deploy/text_model.h"
#include "tools/deploy/onnx_export.h"
#include "tools/deploy/onnx_op.h"
#include <onnx.pb-c.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
/* cmocka wants those before it. */
#include <cmocka.h>

static void lower(const void *file, size_t bytes, const char *folder, net_norms norms, net_model *network) {
    plan_error error = {""};
    onnx_graph graph;
    if (!graph_read_bytes(file, bytes, "m", folder, 0, &graph, &error) || !graph_infer(&graph, &error) ||
        !network_lower(&graph, "net", norms, network, &error))
        fail_msg("%s", error.text);
    graph_free(&graph);
}

/* As if it had been trained: every number another. */
static void train(net_model *network) {
    for (uint32_t i = 0; i < network->param_count; ++i) {
        for (uint32_t j = 0; j < network->params[i].elements; ++j)
            network->params[i].data[j] = 0.25f + (float)(i * 8192 + j) / 65536.0f;
    }
}

static void check_same(const net_model *a, const net_model *b) {
    assert_int_equal(a->param_count, b->param_count);
    assert_int_equal(a->layer_count, b->layer_count);
    for (uint32_t i = 0; i < a->layer_count; ++i) {
        const net_layer *la = &a->layers[i], *lb = &b->layers[i];
        const uint32_t pa[] = {la->w, la->b, la->mean, la->var}, pb[] = {lb->w, lb->b, lb->mean, lb->var};
        char ta[512], tb[512];
        assert_true(problem_write(&la->problem, ta, sizeof ta) < sizeof ta);
        problem_write(&lb->problem, tb, sizeof tb);
        assert_string_equal(ta, tb);
        for (uint32_t j = 0; j < 4; ++j) {
            assert_int_equal(pa[j] == NET_NONE, pb[j] == NET_NONE);
            if (pa[j] == NET_NONE)
                continue;
            const net_param *x = &a->params[pa[j]], *y = &b->params[pb[j]];
            assert_string_equal(x->name, y->name);
            assert_int_equal(x->elements, y->elements);
            assert_memory_equal(x->dims, y->dims, x->rank * sizeof x->dims[0]);
            assert_int_equal(x->transposed, y->transposed);
            assert_memory_equal(x->data, y->data, x->elements * sizeof *x->data);
        }
    }
}

/* Exports, reads again, and exports once more: the same file. */
static void there_and_back(const void *file, size_t bytes, const char *folder, net_norms norms) {
    net_model network, again;
    void *out, *twice;
    size_t count = 0, count_twice = 0;
    plan_error error = {""};
    lower(file, bytes, folder, norms, &network);
    train(&network);
    if (!onnx_export(file, bytes, "m", folder, &network, &out, &count, &error))
        fail_msg("%s", error.text);
    lower(out, count, NULL, norms, &again);
    check_same(&network, &again);
    assert_true(onnx_export(out, count, "m", NULL, &again, &twice, &count_twice, &error));
    assert_int_equal(count, count_twice);
    assert_memory_equal(out, twice, count);
    free(out);
    free(twice);
    network_free(&network);
    network_free(&again);
}

static void text(const char *model, net_norms norms) {
    size_t bytes;
    void *file = text_model(model, &bytes);
    there_and_back(file, bytes, NULL, norms);
    free(file);
}

#define CONV "input x 1,3,6,5\nconst w 4,3,3,3\nconst g 4\nconst e 4\nconst m 4\nconst v 4\nconst b 4\n"

static void plain(void **state) {
    (void)state;
    text(CONV "a = Conv x w b\nr = Relu a\nf = Flatten r\nconst u 48,2\ny = MatMul f u\noutput y 1,2\n", NET_FOLD);
    text("input x 1,8\nconst w 3,8\nconst b 3\ny = Gemm x w b transB=1\noutput y 1,3\n", NET_FOLD);
}

static void norms(void **state) {
    (void)state;
    static const net_norms all[] = {NET_FOLD, NET_FREEZE, NET_TRAIN};
    for (size_t i = 0; i < 3; ++i) {
        text(CONV "a = Conv x w\nn = BatchNormalization a g e m v\nr = Relu n\noutput r 1,4,4,3\n", all[i]);
        text(CONV "a = Conv x w b\nn = BatchNormalization a g e m v\nr = Relu n\noutput r 1,4,4,3\n", all[i]);
        text(CONV "a = Conv x w\nn = BatchNormalization a g e m v\nconst g2 4\nconst e2 4\nconst m2 4\nconst v2 4\n"
                  "o = BatchNormalization n g2 e2 m2 v2\noutput o 1,4,4,3\n",
             all[i]);
        text("input x 1,8\nconst w 8,4\nconst g 4\na = MatMul x w\nconst e 4\nconst m 4\nconst v 4\n"
             "n = BatchNormalization a g e m v\noutput n 1,4\n",
             all[i]);
    }
}

/* What a node has computed is an initializer now. */
static void computed(void **state) {
    (void)state;
    text("input x 1,8\nconst w 3,8\nt = Transpose w perm=1,0\ny = MatMul x t\noutput y 1,3\n", NET_FOLD);
}

/* The weights are moved to a file beside the model. */
static void external(void **state) {
    (void)state;
    size_t bytes;
    char folder[] = "/tmp/export-XXXXXX", path[64];
    void *file = text_model(CONV "a = Conv x w b\noutput a 1,4,4,3\n", &bytes);
    Onnx__Model *model = onnx__model__unpack(NULL, bytes, file);
    assert_non_null(mkdtemp(folder));
    snprintf(path, sizeof path, "%s/data", folder);
    FILE *data = fopen(path, "wb");
    assert_non_null(data);
    for (size_t i = 0; i < model->graph->n_initializer; ++i) {
        Onnx__Tensor *t = model->graph->initializer[i];
        const char *const keys[] = {"location", "offset"};
        char offset[32];
        snprintf(offset, sizeof offset, "%ld", ftell(data));
        assert_int_equal(fwrite(t->raw_data.data, 1, t->raw_data.len, data), t->raw_data.len);
        free(t->raw_data.data);
        t->raw_data = (ProtobufCBinaryData){0};
        t->has_raw_data = 0;
        t->has_data_location = 1;
        t->data_location = 1;
        t->external_data = calloc(2, sizeof *t->external_data);
        for (t->n_external_data = 0; t->n_external_data < 2; ++t->n_external_data) {
            Onnx__Entry *entry = malloc(sizeof *entry);
            onnx__entry__init(entry);
            entry->key = strdup(keys[t->n_external_data]);
            entry->value = strdup(t->n_external_data ? offset : "data");
            t->external_data[t->n_external_data] = entry;
        }
    }
    fclose(data);
    free(file);
    file = malloc(onnx__model__get_packed_size(model));
    bytes = onnx__model__pack(model, file);
    onnx__model__free_unpacked(model, NULL);
    there_and_back(file, bytes, folder, NET_FOLD);
    plan_error error = {""};
    onnx_graph graph;
    assert_false(graph_read_bytes(file, bytes, "m", NULL, 0, &graph, &error));
    assert_int_equal(truncate(path, 100), 0);
    assert_false(graph_read_bytes(file, bytes, "m", folder, 0, &graph, &error));
    assert_non_null(
        strstr(error.text, "initializer \"w\" cannot be used: its data cannot be read: 432 bytes from byte 0"));
    free(file);
    unlink(path);
    rmdir(folder);
}

static void refused(void **state) {
    (void)state;
    net_model network = {0};
    void *file;
    size_t bytes;
    plan_error error = {""};
    assert_false(onnx_export("\xff\xff", 2, "m", NULL, &network, &file, &bytes, &error));
    assert_non_null(strstr(error.text, "is no ONNX model"));
    void *other = text_model(CONV "a = Conv x w\nn = BatchNormalization a g e m v\noutput n 1,4,4,3\n", &bytes);
    assert_false(onnx_export(other, bytes, "m", NULL, &network, &file, &bytes, &error));
    assert_non_null(strstr(error.text, "\"n\" is a batch norm that is not the project's"));
    free(other);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(plain), cmocka_unit_test(norms), cmocka_unit_test(computed),
                                       cmocka_unit_test(external), cmocka_unit_test(refused)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
