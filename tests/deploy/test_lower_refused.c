/* SPDX-License-Identifier: Apache-2.0 */
/* What is not supported is refused: every such node by its name, with the reason. */
#include "tests/deploy/text_model.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
/* cmocka wants those before it. */
#include <cmocka.h>

static void refused(const char *model, const char *because) {
    net_model net;
    plan_error error = {""};
    if (text_model_lower(model, NET_FOLD, &net, &error)) {
        network_free(&net);
        fail_msg("accepted: %s", model);
    }
    if (!strstr(error.text, because))
        fail_msg("\"%s\" instead of \"%s\"", error.text, because);
}

#define IMAGE  "input x 1,4,6,6\n"
#define VECTOR "input x 1,8\n"
#define NODE   "m.onnx: node \"a\" "

static void operators(void **state) {
    (void)state;
    refused(IMAGE "a = Gelu x\noutput a 1,4,6,6\n", NODE "(Gelu): the operator Gelu is not supported");
    refused(IMAGE "a = Relu x x\noutput a 1,4,6,6\n", NODE "(Relu): Relu has 2 inputs here, and takes 1 to 1");
    refused(IMAGE "a = Conv x -\noutput a 1,4,6,6\n", "its input number 1 is left out");
    /* All at once. */
    refused(IMAGE "a = Elu x\nb = Relu x\nc = Selu x\nd = Add b c\noutput d 1,4,6,6\n",
            NODE "(Elu): the operator Elu is not supported\nm.onnx: node \"c\" (Selu)");
    /* What follows from it is not told. */
    plan_error error = {""};
    net_model net;
    assert_false(text_model_lower(IMAGE "a = Elu x\nb = Relu a\noutput b 1,4,6,6\n", NET_FOLD, &net, &error));
    assert_null(strchr(error.text, '\n'));
}

static void windows(void **state) {
    (void)state;
    refused(IMAGE "const w 4,4,7,7\na = Conv x w\noutput a 1,4,1,1\n", "its window is larger than the padded image");
    refused(IMAGE "const w 4,3,1,1\na = Conv x w\noutput a 1,4,6,6\n",
            "weights [4][3] do not go with 4 channels in 1 groups");
    refused(IMAGE "const w 4,4,3,3\nconst b 3\na = Conv x w b\noutput a 1,4,4,4\n",
            "its bias has not one number for each of the 4 output channels");
    refused("input x 1,4,6\nconst w 4,4,3\na = Conv x w\noutput a 1,4,4\n",
            "its input has 3 dimensions: only images [n][c][h][w] are supported");
    refused(IMAGE "const w 4,4,3,3\na = Conv x w strides=0,1\noutput a 1,4,4,4\n",
            "strides is 0, and must be from 1 to 255");
    refused(IMAGE "const w 4,4,3,3\na = Conv x w auto_pad=SAME\noutput a 1,4,4,4\n", "auto_pad is \"SAME\"");
    refused(IMAGE "const w 4,4,3,3\na = Conv x w pads=1,1\noutput a 1,4,4,4\n", "pads has 2 numbers");
    refused(IMAGE "const w 4,4,3,3\na = Conv x w pads=-1,1,1,1\noutput a 1,4,4,4\n",
            "its padding must be from 0 to 255");
    refused(IMAGE "a = MaxPool x\noutput a 1,4,6,6\n", "it has no kernel_shape");
    refused(IMAGE "a = MaxPool x kernel_shape=2,2 dilations=2,2\noutput a 1,4,4,4\n",
            "dilated pooling is not supported");
    refused(IMAGE "a = MaxPool x kernel_shape=2,2 pads=2,0,0,0\noutput a 1,4,7,5\n",
            "its padding is as large as its window");
    refused("input x 1,1,20,20\na = MaxPool x kernel_shape=17,17\noutput a 1,1,4,4\n",
            "its window has more than 256 places");
    refused(IMAGE "a = AveragePool x kernel_shape=3,3 strides=2,2 ceil_mode=1 count_include_pad=1\noutput a 1,4,3,3\n",
            "count_include_pad together with ceil_mode is not supported");
    refused(IMAGE "a = Relu x\nb = Conv x a\noutput b 1,4,1,1\n", "m.onnx: node \"b\" (Conv)");
    refused("input x 1,6,6,6\na = Relu x\nw = Reshape a s\nints s 6,6,1,6\nb = Conv x w\noutput b 1,6,6,1\n",
            "its weights are computed, and must be constants of the file");
}

static void linear(void **state) {
    (void)state;
    refused(VECTOR "const w 8,3\na = Gemm x w alpha=0.5\noutput a 1,3\n",
            "alpha and beta other than 1 are not supported");
    refused(VECTOR "const w 8,3\nconst b 3\na = Gemm x w b beta=0.5\noutput a 1,3\n",
            "alpha and beta other than 1 are not supported");
    refused("input x 8,1\nconst w 8,3\na = Gemm x w transA=1\noutput a 1,3\n", "transA is set");
    refused(VECTOR "const w 3,8\na = Gemm x w\noutput a 1,3\n", "its weights want 3 inputs, and there are 8");
    refused(VECTOR "const w 3,8\na = MatMul x w\noutput a 1,3\n", "its weights want 3 inputs, and there are 8");
    refused(VECTOR "const w 8,3\nconst b 1\na = Gemm x w b\noutput a 1,3\n",
            "its bias must be a constant with one number for each of the 3 outputs");
    refused(VECTOR "const w 8,1\nscalar b 1\na = Gemm x w b\noutput a 1,1\n",
            "its bias must be a constant with one number for each of the 1 outputs");
    refused(VECTOR "const w 8,8\na = Gemm x w\nb = Gemm a w\noutput b 1,8\n",
            "\"w\" belongs to another node already: shared parameters are not supported");
    refused("input x 8,8\na = Relu x\nb = MatMul a x\noutput b 8,8\n",
            "its weights are computed, and must be constants of the file");
    refused(VECTOR "const w 8,3\na = MatMul w w\noutput a 8,3\n", "its weights want 8 inputs");
    refused(VECTOR "const w 8,3\nconst b 3\na = MatMul x w\nc = Relu a\nd = Add c b\noutput d 1,3\n",
            "adding a constant is supported as the bias of a layer that has none");
    refused("input x 1,4,6,6\nconst w 4,4,1,1\nconst b 6\na = Conv x w\nd = Add a b\noutput d 1,4,6,6\n",
            "adding a constant is supported as the bias of a layer that has none");
}

static void shapes(void **state) {
    (void)state;
    refused(IMAGE "a = Transpose x perm=0,1,3,2\noutput a 1,4,6,6\n", "it moves data");
    refused(IMAGE "ints s 1,6,4,6\na = Reshape x s\noutput a 1,6,4,6\n",
            "only flattening behind the batch and moving dimensions of 1 are supported");
    refused("input x 2,4,6,6\nints s 1,-1\na = Reshape x s\noutput a 1,288\n",
            "only flattening behind the batch and moving dimensions of 1 are supported");
    refused(IMAGE "a = Flatten x axis=2\nb = Relu a\noutput b 4,36\n",
            "only flattening behind the batch and moving dimensions of 1 are supported");
    refused("input x 2,4,3,3\nints s 2,2,2,9\na = Reshape x s\noutput a 2,2,2,9\n",
            "only flattening behind the batch and moving dimensions of 1 are supported");
    refused(IMAGE "ints s 0,7\na = Reshape x s\noutput a 1,7\n",
            "its shape asks for another number of elements than the 144 of its input");
    refused(IMAGE "a = Squeeze x axes=1\noutput a 1,6,6\n", "dimension 1 is 4, and only ones can go");
}

#define LAST                                                                                                           \
    "input x 1,4,6,4\nconst w 4,4,1,1\na = Transpose x perm=0,3,1,2\nb = Relu a\nc = Transpose b perm=0,2,3,1\n"

static void channels_last(void **state) {
    (void)state;
    refused(LAST "d = Conv c w\noutput d 1,4,6,4\n", "\"d\" (Conv): the channels of its input stand last");
    refused(LAST "d = MaxPool c kernel_shape=2,2\noutput d 1,4,5,3\n", "the channels of its input stand last");
    refused(LAST "d = ReduceMean c axes=2,3\noutput d 1,4,1,1\n", "the channels of its input stand last");
    refused(LAST "const g 4\nd = BatchNormalization c g g g g\noutput d 1,4,6,4\n",
            "the channels of its input stand last");
    refused(LAST "const g 4\nd = Conv b w\ne = Transpose d perm=0,2,3,1\nf = BatchNormalization e g g g g\n"
                 "output f 1,4,6,4\n",
            "the channels of its input stand last");
    refused("input x 1,4,4,4\na = Transpose x perm=0,3,1,2\nb = Relu a\nc = Transpose b perm=0,2,3,1\nd = Add b c\n"
            "output d 1,4,4,4\n",
            "one of its summands was flattened or transposed, the other not");
    refused("input x 1,2,3,4\na = Transpose x perm=0,3,1,2\nb = Relu x\nc = Relu a\nd = Flatten b\ne = Flatten c\n"
            "f = Add d e\noutput f 1,24\n",
            "\"a\" (Transpose): it moves data");
    refused(LAST "ints s 1,4,4,6\nd = Flatten c\ne = Reshape d s\noutput e 1,4,4,6\n",
            "only flattening behind the batch and moving dimensions of 1 are supported");
    refused(LAST "d = Transpose c perm=0,2,3,1\noutput d 1,6,4,4\n", "it moves data");
}

static void others(void **state) {
    (void)state;
    refused(IMAGE "scalar lo 0\nscalar hi 5\na = Clip x lo hi\noutput a 1,4,6,6\n",
            "from 0 to 5 is not supported: from 0 to 6 is (ReLU6)");
    refused(IMAGE "scalar lo -1\na = Clip x lo\noutput a 1,4,6,6\n", "is not supported: from 0 to 6 is (ReLU6)");
    refused(IMAGE "const g 144\nconst e 144\nconst m 144\nconst v 144\nb = Flatten x\n"
                  "a = BatchNormalization b g e m v\noutput a 1,144\n",
            "its input is a flattened image: normalise it before it is flattened");
    refused(IMAGE "const w 4,4,1,1\nconst g 144\nconst e 144\nconst m 144\nconst v 144\nc = Conv x w\nb = Flatten c\n"
                  "a = BatchNormalization b g e m v\noutput a 1,144\n",
            "its input is a flattened image: normalise it before it is flattened");
    refused(IMAGE "const g 3\na = BatchNormalization x g g g g\noutput a 1,4,6,6\n",
            "must be a constant with one number for each of the 4 channels");
    refused(VECTOR "a = Softmax x\nb = Relu a\noutput b 1,8\n", "it is supported only at the end of a model");
    refused(VECTOR "b = Relu x\na = Softmax b axis=0\noutput a 1,8\n", "over the second of two dimensions");
    refused(IMAGE "a = ReduceMean x axes=1\noutput a 1,1,6,6\n",
            "only the mean over height and width of [n][c][h][w] is supported");
    refused(IMAGE "const w 1,4,1,1\nb = Conv x w\na = Add x b\noutput a 1,4,6,6\n",
            "its summands have different shapes, and neither is a constant");
    refused(IMAGE "a = Flatten x\nb = Relu a\nc = GlobalAveragePool x\noutput b 1,144\noutput c 1,4,1,1\n",
            "it has 1 inputs and 2 outputs: one of each is supported");
    refused(IMAGE "a = Identity x\noutput a 1,4,6,6\n", "no layer lies between it and the input");
    refused("input x 1,70000\na = Relu x\noutput a 1,70000\n",
            "has a dimension of 70000, and the library takes at most 65535");
    refused("input x 1,4,6,6\na = Flatten x\ninput y 1,144\nb = Add a y\noutput b 1,144\n",
            "it has 2 inputs and 1 outputs");
    refused("input x 1,144\nc = Shape x\nb = Relu c\noutput b 2\n", "does not come from the model's input");
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(operators),     cmocka_unit_test(windows),
                                       cmocka_unit_test(linear),        cmocka_unit_test(shapes),
                                       cmocka_unit_test(channels_last), cmocka_unit_test(others)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
