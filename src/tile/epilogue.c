/* SPDX-License-Identifier: Apache-2.0 */
#include "src/tile/epilogue.h"
#include "src/hal/hal.h"
#include "src/kernel/element.h"
#include "src/kernel/vector.h"

typedef struct epilogue_arguments {
    uint32_t n;
    const float *beside;
    float *c;
} epilogue_arguments;

static void relu_leaf(const void *arguments) {
    const epilogue_arguments *a = arguments;
    tl_relu_f32(a->n, a->c, a->c);
}

static void relu6_leaf(const void *arguments) {
    const epilogue_arguments *a = arguments;
    tl_relu6_f32(a->n, a->c, a->c);
}

static void add_leaf(const void *arguments) {
    const epilogue_arguments *a = arguments;
    tl_add_f32(a->n, a->c, a->beside, a->c);
}

static void add_relu_leaf(const void *arguments) {
    const epilogue_arguments *a = arguments;
    tl_add_relu_f32(a->n, a->c, a->beside, a->c);
}

static void mask_relu_leaf(const void *arguments) {
    const epilogue_arguments *a = arguments;
    tl_relu_grad_f32(a->n, a->beside, a->c, a->c);
}

static void mask_relu6_leaf(const void *arguments) {
    const epilogue_arguments *a = arguments;
    tl_relu6_grad_f32(a->n, a->beside, a->c, a->c);
}

void tl_do_epilogue(const tl_team *team, tl_epilogue epilogue, uint32_t n, const float *beside, float *c) {
    static tl_leaf *const leaves[] = {
        [TL_EPILOGUE_RELU] = relu_leaf,
        [TL_EPILOGUE_RELU6] = relu6_leaf,
        [TL_EPILOGUE_ADD] = add_leaf,
        [TL_EPILOGUE_ADD_RELU] = add_relu_leaf,
        [TL_EPILOGUE_MASK_RELU] = mask_relu_leaf,
        [TL_EPILOGUE_MASK_RELU6] = mask_relu6_leaf,
    };
    const epilogue_arguments arguments = {n, beside, c};
    if (n > 0 && epilogue != TL_EPILOGUE_NONE)
        tl_do(team, leaves[epilogue], &arguments, sizeof arguments);
}
