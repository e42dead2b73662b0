/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/deploy/text_model.h"
#include "tools/deploy/onnx_build.h"
#include "tools/deploy/onnx_op.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
/* cmocka wants those before it. */
#include <cmocka.h>

enum { OPSET = 13, LINE = 256, WORDS = 20, MOST = 8192 };

static uint32_t numbers(const char *text, int64_t to[GRAPH_RANK]) {
    uint32_t count = 0;
    for (char *end; *text && count < GRAPH_RANK; text = end + (*end == ',')) {
        to[count++] = strtoll(text, &end, 10);
        assert_true(end != text);
    }
    return count;
}

static bool is_list(const char *name) {
    static const char *const lists[] = {"pads", "strides", "kernel_shape", "dilations", "perm", "axes"};
    for (size_t i = 0; i < sizeof lists / sizeof lists[0]; ++i) {
        if (strcmp(lists[i], name) == 0)
            return true;
    }
    return false;
}

/* name=value */
static void attribute(onnx_build *b, char *word) {
    char *value = strchr(word, '=');
    int64_t list[GRAPH_RANK];
    *value++ = '\0';
    if (is_list(word))
        onnx_build_int_list(b, word, numbers(value, list), list);
    else if (strchr(value, '.'))
        onnx_build_float(b, word, strtof(value, NULL));
    else if (*value >= 'A')
        onnx_build_string(b, word, value);
    else
        onnx_build_int(b, word, strtoll(value, NULL, 10));
}

static void node(onnx_build *b, char *const *words, uint32_t count) {
    char inputs[LINE] = "";
    uint32_t i = 3;
    for (; i < count && !strchr(words[i], '='); ++i) {
        if (*inputs)
            strcat(inputs, " ");
        strcat(inputs, words[i]);
    }
    onnx_build_node(b, words[2], words[0], inputs, words[0]);
    for (; i < count; ++i)
        attribute(b, words[i]);
}

static void constant(onnx_build *b, const char *name, const char *shape) {
    int64_t dims[GRAPH_RANK], elements = 1;
    const uint32_t rank = numbers(shape, dims);
    float *data = calloc(MOST, sizeof *data);
    for (uint32_t i = 0; i < rank; ++i)
        elements *= dims[i];
    assert_true(data && elements <= MOST);
    for (int64_t i = 0; i < elements; ++i)
        data[i] = 0.5f + (float)(i * 37 % 1021) / 2048.0f;
    onnx_build_floats(b, name, rank, dims, data);
    free(data);
}

static void line(onnx_build *b, char *text) {
    char *words[WORDS], *rest;
    uint32_t count = 0;
    int64_t dims[GRAPH_RANK];
    for (char *word = strtok_r(text, " ", &rest); word; word = strtok_r(NULL, " ", &rest)) {
        assert_true(count < WORDS);
        words[count++] = word;
    }
    if (count == 0)
        return;
    assert_true(count >= 3);
    if (strcmp(words[1], "=") == 0)
        node(b, words, count);
    else if (strcmp(words[0], "input") == 0)
        onnx_build_input(b, words[1], numbers(words[2], dims), dims);
    else if (strcmp(words[0], "output") == 0)
        onnx_build_output(b, words[1], numbers(words[2], dims), dims);
    else if (strcmp(words[0], "const") == 0)
        constant(b, words[1], words[2]);
    else if (strcmp(words[0], "scalar") == 0)
        onnx_build_floats(b, words[1], 0, NULL, (float[]){strtof(words[2], NULL)});
    else if (strcmp(words[0], "ints") == 0)
        onnx_build_ints(b, words[1], numbers(words[2], dims), dims);
    else
        fail_msg("a model's line begins with \"%s\"", words[0]);
}

void *text_model(const char *text, size_t *bytes) {
    onnx_build *b = onnx_build_begin("text", OPSET);
    assert_non_null(b);
    while (*text) {
        char one[LINE];
        const size_t length = strcspn(text, "\n");
        assert_true(length < sizeof one);
        memcpy(one, text, length);
        one[length] = '\0';
        line(b, one);
        text += length + (text[length] == '\n');
    }
    void *file = onnx_build_end(b, bytes);
    assert_non_null(file);
    return file;
}

bool text_model_lower(const char *text, net_norms norms, net_model *network, plan_error *error) {
    size_t bytes;
    void *file = text_model(text, &bytes);
    onnx_graph g;
    const bool read = graph_read_bytes(file, bytes, "m.onnx", NULL, 0, &g, error);
    free(file);
    if (!read)
        return false;
    const bool right = graph_infer(&g, error) && network_lower(&g, "text", norms, network, error);
    graph_free(&g);
    return right;
}
