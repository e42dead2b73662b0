/* SPDX-License-Identifier: Apache-2.0 */
/* What becomes of models: which layers, what is fused into them, which parameters they have and which of these train.
 */
#include "tests/deploy/text_model.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
/* cmocka wants those before it. */
#include <cmocka.h>

enum { TEXT = 512 };

static void lower(const char *text, net_norms norms, net_model *net) {
    plan_error error = {""};
    if (!text_model_lower(text, norms, net, &error))
        fail_msg("%s", error.text);
}

/* "conv+relu(w b) add(): output" of all layers. */
static void describe(const net_model *net, char text[TEXT]) {
    size_t used = 0;
    for (uint32_t i = 0; i < net->layer_count; ++i) {
        const net_layer *l = &net->layers[i];
        const uint32_t params[] = {l->w, l->b, l->mean, l->var};
        const char *between = "";
        used += (size_t)snprintf(text + used, TEXT - used, "%s%s", i ? " " : "", step_op_names[l->problem.op]);
        if (l->problem.epilogue != STEP_PLAIN)
            used += (size_t)snprintf(text + used, TEXT - used, "+%s", step_epilogue_names[l->problem.epilogue]);
        used += (size_t)snprintf(text + used, TEXT - used, "(");
        for (int j = 0; j < 4; ++j) {
            if (params[j] == NET_NONE)
                continue;
            used += (size_t)snprintf(text + used, TEXT - used, "%s%s", between, net->params[params[j]].name);
            between = " ";
        }
        used += (size_t)snprintf(text + used, TEXT - used, ")");
    }
    snprintf(text + used, TEXT - used, ": %s", net->values[net->output].name);
}

static void becomes(const char *model, net_norms norms, const char *expected) {
    net_model net;
    char text[TEXT];
    lower(model, norms, &net);
    describe(&net, text);
    assert_string_equal(text, expected);
    network_free(&net);
}

#define IMAGE "input x 1,4,6,6\n"
#define NORM  "const g 4\nconst e 4\nconst m 4\nconst v 4\n"

static void norms(void **state) {
    (void)state;
    static const char model[] = IMAGE NORM "const w 4,4,3,3\na = Conv x w\nb = BatchNormalization a g e m v\n"
                                           "c = Relu b\noutput c 1,4,4,4\n";
    becomes(model, NET_FOLD, "conv+relu(w a.bias): c");
    becomes(model, NET_FREEZE, "conv(w) batch_norm_frozen+relu(g e m v): c");
    becomes(model, NET_TRAIN, "conv(w) batch_norm+relu(g e m v): c");
    /* There is nothing before it into which it could be folded. */
    becomes(IMAGE NORM "a = BatchNormalization x g e m v\nb = Relu a\noutput b 1,4,6,6\n", NET_FOLD,
            "batch_norm_frozen+relu(g e m v): b");
    /* The convolution's own result is used too. */
    becomes(IMAGE NORM "const w 4,4,1,1\na = Conv x w\nb = BatchNormalization a g e m v\nc = Add a b\n"
                       "output c 1,4,6,6\n",
            NET_FOLD, "conv(w) batch_norm_frozen(g e m v) add(): c");
    net_model net;
    lower(model, NET_FOLD, &net);
    assert_true(net.params[net.layers[0].b].made && net.params[net.layers[0].b].trains);
    assert_false(net.params[net.layers[0].w].made);
    network_free(&net);
    lower(model, NET_TRAIN, &net);
    assert_true(net.params[net.layers[1].w].trains && net.params[net.layers[1].b].trains);
    assert_true(network_train(&net, "all", &(plan_error){""}) && net.params[net.layers[1].w].trains);
    for (int i = 0; i < 2; ++i) {
        const net_param *p = &net.params[i ? net.layers[1].mean : net.layers[1].var];
        assert_true(p->statistic && !p->trains);
    }
    network_free(&net);
}

static void activations(void **state) {
    (void)state;
    becomes(IMAGE "const w 4,1,3,3\nscalar lo 0\nscalar hi 6\na = Conv x w group=4\nb = Clip a lo hi\n"
                  "output b 1,4,4,4\n",
            NET_FOLD, "depthwise+relu6(w): b");
    becomes(IMAGE "const w 4,1,3,3\nscalar lo 0\na = Conv x w group=4\nb = Clip a lo\noutput b 1,4,4,4\n", NET_FOLD,
            "depthwise+relu(w): b");
    becomes(IMAGE "const w 2,4,3,3\na = Conv x w\nb = Relu a\nc = Add a b\noutput c 1,2,4,4\n", NET_FOLD,
            "conv(w) relu() add(): c");
    becomes(IMAGE "const w 2,4,3,3\na = Conv x w\nb = Relu a\nc = Relu b\noutput c 1,2,4,4\n", NET_FOLD,
            "conv+relu(w) relu(): c");
    becomes(IMAGE "a = MaxPool x kernel_shape=2,2\nb = Relu a\nc = Clip b - -\noutput b 1,4,5,5\n", NET_FOLD,
            "max_pool() relu(): b");
}

static void residuals(void **state) {
    (void)state;
    static const char model[] = IMAGE "const w 4,4,1,1\nconst k 4,4,1,1\na = Conv x w\nb = Relu a\nc = Conv b k\n";
    char text[TEXT];
    snprintf(text, sizeof text, "%sd = Add b c\ne = Relu d\noutput e 1,4,6,6\n", model);
    becomes(text, NET_FOLD, "conv+relu(w) conv+add_relu(k): e");
    snprintf(text, sizeof text, "%sd = Add c x\noutput d 1,4,6,6\n", model);
    becomes(text, NET_FOLD, "conv+relu(w) conv+add(k): d");
    snprintf(text, sizeof text, "%sd = Add c c\noutput d 1,4,6,6\n", model);
    becomes(text, NET_FOLD, "conv+relu(w) conv(k) add(): d");
    /* Of two convolutions the later one adds the other. */
    snprintf(text, sizeof text, "%sconst l 4,4,1,1\nd = Conv x l\ne = Add d c\noutput e 1,4,6,6\n", model);
    becomes(text, NET_FOLD, "conv+relu(w) conv(k) conv+add(l): e");
    /* A depthwise layer cannot add. */
    becomes(IMAGE "const w 4,1,1,1\na = Conv x w group=4\nb = Add a x\nc = Relu b\noutput c 1,4,6,6\n", NET_FOLD,
            "depthwise(w) add+relu(): c");
}

static void vectors(void **state) {
    (void)state;
    becomes("input x 0,8\nconst w 8,3\nconst b 3\na = MatMul x w\nc = Add b a\nd = Relu c\ne = Softmax d\n"
            "output e 0,3\n",
            NET_FOLD, "linear+relu(w b): d");
    becomes(IMAGE "const w 3,4\na = GlobalAveragePool x\nb = Flatten a\nc = Gemm b w transB=1\noutput c 1,3\n",
            NET_FOLD, "global_pool() linear(w): c");
    becomes(IMAGE "const w 3,4\na = ReduceMean x axes=2,3 keepdims=0\nc = Gemm a w transB=1\noutput c 1,3\n", NET_FOLD,
            "global_pool() linear(w): c");
    becomes("input x 1,1,3,3\nconst w 2,1,3,3\na = Conv x w group=1\noutput a 1,2,1,1\n", NET_FOLD, "conv(w): a");
    becomes("input x 1,1,3,3\nconst w 1,1,3,3\na = Conv x w group=1\noutput a 1,1,1,1\n", NET_FOLD, "conv(w): a");
}

#define LAST "input x 1,6,5,4\nconst w 4,4,3,3\na = Transpose x perm=0,3,1,2\n"

/* Images with their channels last, as TensorFlow has them, are ours. */
static void channels_last(void **state) {
    (void)state;
    net_model net;
    becomes(LAST "b = Conv a w\nc = Transpose b perm=0,2,3,1\nd = Relu c\ne = Flatten d\nconst k 48,3\n"
                 "f = MatMul e k\noutput f 1,3\n",
            NET_FOLD, "conv+relu(w) linear(k): f");
    lower(LAST "b = Conv a w\nc = Transpose b perm=0,2,3,1\nd = Relu c\ne = Flatten d\nconst k 48,3\n"
               "f = MatMul e k\noutput f 1,3\n",
          NET_FOLD, &net);
    const net_value *x = &net.values[net.input], *d = &net.values[net.layers[0].y];
    assert_true(x->channels_last && x->h == 6 && x->w == 5 && x->c == 4 && x->dims[1] == 6);
    assert_true(d->channels_last && d->h == 4 && d->w == 3 && d->c == 4 && d->dims[1] == 4);
    assert_int_equal(net.params[net.layers[1].w].image[2], 0);
    network_free(&net);
    /* A bias, and a sum of two of them; back again. */
    becomes(LAST "const s 4\nb = Conv a w\nc = Transpose b perm=0,2,3,1\nd = Add c s\ne = Add d d\n"
                 "f = Transpose e perm=0,3,1,2\ng = GlobalAveragePool f\noutput g 1,4,1,1\n",
            NET_FOLD, "conv(w s) add() global_pool(): g");
    /* Where there is one channel, or one pixel, both are the same. */
    becomes("input x 1,5,1,1\nints s 1,1,1,5\nb = Reshape x s\nc = Transpose b perm=0,3,1,2\nd = Relu c\n"
            "output d 1,5,1,1\n",
            NET_FOLD, "relu(): d");
    becomes("input x 1,6,5,1\nints s 1,1,6,5\nb = Reshape x s\nconst w 2,1,3,3\nc = Conv b w\noutput c 1,2,4,3\n",
            NET_FOLD, "conv(w): c");
}

/* Weights that are computed from constants. */
static void folded(void **state) {
    (void)state;
    net_model net;
    lower("input x 1,8\nconst k 3,8\nw = Transpose k\na = MatMul x w\noutput a 1,3\n", NET_FOLD, &net);
    const net_param *w = &net.params[net.layers[0].w];
    assert_true(w->made && w->transposed && w->dims[0] == 8 && w->dims[1] == 3);
    assert_true(w->data[1] == 0.5f + 8 * 37 / 2048.0f);
    network_free(&net);
}

/* What nothing comes of is no layer. */
static void dead(void **state) {
    (void)state;
    becomes(IMAGE "const w 4,4,1,1\nconst k 4,4,1,1\na = Conv x w\nb = Conv a k\nc = Relu b\nd = Relu a\n"
                  "output d 1,4,6,6\n",
            NET_FOLD, "conv+relu(w): d");
    /* Nor is it a use if only a shape is asked for. */
    becomes(IMAGE "const w 4,4,1,1\na = Conv x w\ns = Shape a\nb = Relu a\nc = Reshape b s\nd = MaxPool c "
                  "kernel_shape=2,2\noutput d 1,4,5,5\n",
            NET_FOLD, "conv+relu(w) max_pool(): d");
}

static void open_batch(void **state) {
    (void)state;
    net_model net;
    lower("input x 0,8\nconst w 8,3\na = MatMul x w\noutput a 0,3\n", NET_FOLD, &net);
    assert_int_equal(net.values[net.input].n, 1);
    assert_int_equal(net.layers[0].problem.size.linear.k, 8);
    assert_int_equal(net.layers[0].problem.size.linear.o, 3);
    network_free(&net);
}

/* ---- what trains ---- */

#define THREE                                                                                                          \
    "input x 1,8\nconst one.w 8,8\nconst one.b 8\nconst two.w 8,8\nconst three.w 8,8\nconst three.b 8\n"               \
    "one = Gemm x one.w one.b\ntwo = Gemm one two.w\na = Relu two\nb = Relu a\nthree = Gemm b three.w "                \
    "three.b\noutput three 1,8\n"

static void trains(const char *pattern, const char *expected) {
    net_model net;
    plan_error error = {""};
    char text[TEXT] = "";
    lower(THREE, NET_FOLD, &net);
    if (!network_train(&net, pattern, &error)) {
        assert_non_null(strstr(error.text, expected));
    } else {
        for (uint32_t i = 0; i < net.param_count; ++i) {
            if (net.params[i].trains) {
                strcat(text, *text ? " " : "");
                strcat(text, net.params[i].name);
            }
        }
        assert_string_equal(text, expected);
    }
    network_free(&net);
}

static void patterns(void **state) {
    (void)state;
    trains("all", "one.w one.b two.w three.w three.b");
    trains("last:1", "three.w three.b");
    trains("last:2", "two.w three.w three.b");
    trains("last:3", "one.w one.b two.w three.w three.b");
    trains("bias", "one.b three.b");
    trains("two", "two.w");
    trains("t*", "two.w three.w three.b");
    trains("*.w", "one.w two.w three.w");
    trains("one.b,three", "one.b three.w three.b");
    trains("t*e.b", "three.b");
    trains("four", "no layer and no parameter is called \"four\"");
    trains("two,four", "no layer and no parameter is called \"four\"");
    trains("last:0", "\"last:0\" is no number of layers from 1 to 4");
    trains("last:5", "\"last:5\" is no number of layers from 1 to 4");
    trains("last:x", "\"last:x\" is no number of layers from 1 to 4");
    trains("", "nothing would train");
}

/* ---- layouts ---- */

static void layout(net_param p, const uint32_t *ours_at) {
    float onnx[64], ours[64], back[64];
    for (uint32_t i = 0; i < p.elements; ++i)
        onnx[i] = (float)i;
    net_param_to_ours(&p, onnx, ours);
    net_param_to_onnx(&p, ours, back);
    for (uint32_t i = 0; i < p.elements; ++i) {
        assert_true(back[i] == onnx[i]);
        assert_int_equal((uint32_t)ours[i], ours_at[i]);
    }
}

static void layouts(void **state) {
    (void)state;
    /* Each list: which of ONNX's elements stands here. [o=2][c=2][kh=1][kw=2] to [kh][o][kw][c] */
    layout((net_param){.layout = NET_CONV_W, .rank = 4, .dims = {2, 2, 1, 2}, .elements = 8},
           (uint32_t[]){0, 2, 1, 3, 4, 6, 5, 7});
    layout((net_param){.layout = NET_CONV_W, .rank = 4, .dims = {2, 1, 2, 2}, .elements = 8},
           (uint32_t[]){0, 1, 4, 5, 2, 3, 6, 7});
    layout((net_param){.layout = NET_DEPTHWISE_W, .rank = 4, .dims = {2, 1, 2, 2}, .elements = 8},
           (uint32_t[]){0, 4, 1, 5, 2, 6, 3, 7});
    layout((net_param){.layout = NET_LINEAR_W, .rank = 2, .dims = {2, 3}, .elements = 6},
           (uint32_t[]){0, 1, 2, 3, 4, 5});
    layout((net_param){.layout = NET_LINEAR_W, .rank = 2, .dims = {3, 2}, .transposed = true, .elements = 6},
           (uint32_t[]){0, 2, 4, 1, 3, 5});
    /* Behind an image of 1 x 2 pixels and 2 channels. */
    layout((net_param){.layout = NET_LINEAR_W, .rank = 2, .dims = {1, 4}, .image = {1, 2, 2}, .elements = 4},
           (uint32_t[]){0, 2, 1, 3});
    layout((net_param){.layout = NET_VECTOR, .rank = 1, .dims = {3}, .elements = 3}, (uint32_t[]){0, 1, 2});
    const net_value v = {.n = 2, .h = 1, .w = 2, .c = 2, .rank = 4, .dims = {2, 2, 1, 2}};
    float onnx[8], ours[8], back[8];
    static const uint32_t here[] = {0, 2, 1, 3, 4, 6, 5, 7};
    for (uint32_t i = 0; i < 8; ++i)
        onnx[i] = (float)i;
    net_value_to_ours(&v, onnx, ours);
    net_value_to_onnx(&v, ours, back);
    for (uint32_t i = 0; i < 8; ++i) {
        assert_int_equal((uint32_t)ours[i], here[i]);
        assert_true(back[i] == onnx[i]);
    }
    const net_value last = {.n = 2, .h = 1, .w = 2, .c = 2, .rank = 4, .dims = {2, 1, 2, 2}, .channels_last = true};
    net_value_to_ours(&last, onnx, ours);
    net_value_to_onnx(&last, ours, back);
    for (uint32_t i = 0; i < 8; ++i)
        assert_true(ours[i] == onnx[i] && back[i] == onnx[i]);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(norms),         cmocka_unit_test(activations),
                                       cmocka_unit_test(residuals),     cmocka_unit_test(vectors),
                                       cmocka_unit_test(channels_last), cmocka_unit_test(folded),
                                       cmocka_unit_test(dead),          cmocka_unit_test(open_batch),
                                       cmocka_unit_test(patterns),      cmocka_unit_test(layouts)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
