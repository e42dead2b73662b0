/* SPDX-License-Identifier: Apache-2.0 */
/* Damaged and hostile ONNX files: one sentence each, with the file's name. */
#include "tests/deploy/text_model.h"
#include "tools/deploy/graph.h"
#include <onnx.pb-c.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
/* cmocka wants those before it. */
#include <cmocka.h>

#define MODEL                                                                                                          \
    "input x 0,3,6,5\nconst w 4,3,3,3\nconst b 4\na = Conv x w b\nr = Relu a\nf = Flatten r\nints s 0,-1\n"            \
    "y = Reshape f s\noutput y 0,48\n"

typedef void change(Onnx__Model *model);

static void refused(change *change_it, const char *because) {
    size_t bytes;
    void *file = text_model(MODEL, &bytes);
    Onnx__Model *model = onnx__model__unpack(NULL, bytes, file);
    free(file);
    assert_non_null(model);
    change_it(model);
    file = malloc(onnx__model__get_packed_size(model));
    bytes = onnx__model__pack(model, file);
    onnx__model__free_unpacked(model, NULL);
    onnx_graph graph;
    plan_error error = {""};
    if (graph_read_bytes(file, bytes, "m.onnx", ".", 0, &graph, &error)) {
        graph_free(&graph);
        fail_msg("accepted instead of: %s", because);
    }
    free(file);
    if (strncmp(error.text, "m.onnx: ", 8) != 0 || strchr(error.text, '\n') || !strstr(error.text, because))
        fail_msg("\"%s\" instead of \"%s\"", error.text, because);
    assert_true(graph.tensors == NULL && graph.nodes == NULL);
}

static Onnx__Tensor *weights(Onnx__Model *m) {
    return m->graph->initializer[0];
}

static Onnx__Shape *input_shape(Onnx__Model *m) {
    return m->graph->input[0]->type->tensor_type->shape;
}

static void put(char **text, const char *to) {
    free(*text);
    *text = strdup(to);
}

static void half(Onnx__Model *m) {
    weights(m)->data_type = 10;
}

static void other_type(Onnx__Model *m) {
    weights(m)->data_type = 77;
}

static void short_data(Onnx__Model *m) {
    --weights(m)->raw_data.len;
}

static void too_many(Onnx__Model *m) {
    Onnx__Tensor *t = weights(m);
    t->n_float_data = 109;
    t->float_data = calloc(t->n_float_data, sizeof *t->float_data);
    free(t->raw_data.data);
    t->raw_data = (ProtobufCBinaryData){0};
    t->has_raw_data = 0;
}

static void other_shape(Onnx__Model *m) {
    weights(m)->dims[0] = 5;
}

static void negative(Onnx__Model *m) {
    weights(m)->dims[0] = -4;
}

static void huge(Onnx__Model *m) {
    for (size_t i = 0; i < 4; ++i)
        weights(m)->dims[i] = INT64_MAX / 2;
}

static void overflowing(Onnx__Model *m) {
    for (size_t i = 0; i < 4; ++i)
        weights(m)->dims[i] = (int64_t)1 << 16;
}

static void huge_input(Onnx__Model *m) {
    input_shape(m)->dim[2]->dim_value = INT64_MAX;
}

static void open_height(Onnx__Model *m) {
    input_shape(m)->dim[2]->has_dim_value = 0;
}

static void no_shape(Onnx__Model *m) {
    onnx__shape__free_unpacked(input_shape(m), NULL);
    m->graph->input[0]->type->tensor_type->shape = NULL;
}

static void missing(Onnx__Model *m) {
    put(&weights(m)->name, "elsewhere");
}

static void nameless(Onnx__Model *m) {
    put(&weights(m)->name, "");
}

static void twice(Onnx__Model *m) {
    put(&m->graph->node[1]->output[0], "a");
}

static void cycle(Onnx__Model *m) {
    put(&m->graph->node[0]->input[0], "f");
}

static void itself(Onnx__Model *m) {
    put(&m->graph->node[1]->input[0], "r");
}

static void no_output(Onnx__Model *m) {
    put(&m->graph->output[0]->name, "z");
}

static void old(Onnx__Model *m) {
    m->opset_import[0]->version = 10;
}

static void new(Onnx__Model *m) {
    m->opset_import[0]->version = 21;
}

static void empty(Onnx__Model *m) {
    onnx__graph__free_unpacked(m->graph, NULL);
    m->graph = NULL;
}

static void external(Onnx__Model *m, const char *location) {
    Onnx__Tensor *t = weights(m);
    Onnx__Entry *entry = malloc(sizeof *entry);
    onnx__entry__init(entry);
    entry->key = strdup("location");
    entry->value = strdup(location);
    t->has_data_location = 1;
    t->data_location = 1;
    t->external_data = malloc(sizeof *t->external_data);
    t->external_data[0] = entry;
    t->n_external_data = 1;
}

static void outside(Onnx__Model *m) {
    external(m, "../secret");
}

static void absolute(Onnx__Model *m) {
    external(m, "/dev/zero");
}

static void not_there(Onnx__Model *m) {
    external(m, "no-such-file.data");
}

static void unnamed(Onnx__Model *m) {
    external(m, "x");
    put(&weights(m)->external_data[0]->key, "checksum");
}

static void sentences(void **state) {
    (void)state;
    static const struct {
        change *change;
        const char *because;
    } cases[] = {
        {half, "initializer \"w\" cannot be used: its elements are of type float16"},
        {other_type, "its elements are of type an unknown type (number 77)"},
        {short_data, "its shape asks for 108 elements, and 107 stand there"},
        {too_many, "its shape asks for 108 elements, and 109 stand there"},
        {other_shape, "its shape asks for 135 elements, and 108 stand there"},
        {negative, "one of its dimensions is below 1, or it has more than 2^28 elements"},
        {huge, "one of its dimensions is below 1, or it has more than 2^28 elements"},
        {overflowing, "one of its dimensions is below 1, or it has more than 2^28 elements"},
        {huge_input, "the input \"x\" has more than 2^28 elements"},
        {open_height, "dimension 2 of the input \"x\" is open: only the first, the batch, may be"},
        {no_shape, "the input \"x\" has no shape"},
        {missing, "node \"a\" (Conv) takes \"w\", which is no input, no initializer and no node's output"},
        {nameless, "initializer number 0 has no name"},
        {twice, "two tensors are called \"a\""},
        {cycle, "waits for its own output, over other nodes or itself"},
        {itself, "node \"r\" (Relu) waits for its own output"},
        {no_output, "no node makes the output \"z\""},
        {old, "its operator set is number 10; 11 to 20 are read"},
        {new, "its operator set is number 21; 11 to 20 are read"},
        {empty, "this is no ONNX model, or its graph is empty"},
        {outside, "its data is said to stand in \"../secret\", outside the model's folder"},
        {absolute, "its data is said to stand in \"/dev/zero\", outside the model's folder"},
        {not_there, "its data cannot be read: 432 bytes from byte 0 of \"no-such-file.data\""},
        {unnamed, "its data is said to stand in another file, which is not named"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; ++i)
        refused(cases[i].change, cases[i].because);
}

/* Wherever a file is cut off, it is refused or still a model; nothing is read behind its end. */
static void cut_off(void **state) {
    (void)state;
    size_t bytes;
    void *file = text_model(MODEL, &bytes);
    for (size_t i = 0; i < bytes; ++i) {
        onnx_graph graph;
        plan_error error = {""};
        char *part = malloc(i + 1);
        memcpy(part, file, i);
        if (graph_read_bytes(part, i, "m.onnx", NULL, 0, &graph, &error))
            graph_free(&graph);
        else
            assert_int_equal(strncmp(error.text, "m.onnx: ", 8), 0);
        free(part);
    }
    free(file);
}

/* Numbers in the field of their type are the same as raw ones; the open dimension is the caller's. */
static void fields(void **state) {
    (void)state;
    size_t bytes;
    void *file = text_model(MODEL, &bytes);
    Onnx__Model *model = onnx__model__unpack(NULL, bytes, file);
    Onnx__Tensor *t = weights(model);
    onnx_graph graph;
    plan_error error = {""};
    float first[108];
    assert_int_equal(t->raw_data.len, sizeof first);
    memcpy(first, t->raw_data.data, sizeof first);
    free(file);
    t->n_float_data = 108;
    t->float_data = (float *)(void *)t->raw_data.data;
    t->has_raw_data = 0;
    t->raw_data = (ProtobufCBinaryData){0};
    file = malloc(onnx__model__get_packed_size(model));
    bytes = onnx__model__pack(model, file);
    onnx__model__free_unpacked(model, NULL);
    assert_true(graph_read_bytes(file, bytes, "m.onnx", NULL, 3, &graph, &error));
    free(file);
    assert_int_equal(graph.tensors[0].elements, 108);
    assert_memory_equal(graph.tensors[0].floats, first, sizeof first);
    assert_int_equal(graph.tensors[graph.inputs[0]].dims[0], 3);
    assert_int_equal(graph.tensors[graph.inputs[0]].dims[1], 3);
    graph_free(&graph);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(sentences), cmocka_unit_test(cut_off),
                                       cmocka_unit_test(fields)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
