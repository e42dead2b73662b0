/* SPDX-License-Identifier: Apache-2.0 */
/* Convolution: the steps that a network calls. */
#include "src/op/conv_tiles.h"

static float *as_changed(const float *tensor) {
    return (float *)(uintptr_t)tensor;
}

static void forward(const tl_team *team, const tl_conv *conv, const tl_mm_plan *plan, const float *x, const float *w,
                    const float *b, const float *residual, float *y, tl_epilogue epilogue) {
    tl_conv_pass pass = {.base.epilogue = epilogue,
                         .conv = conv,
                         .x = as_changed(x),
                         .w = as_changed(w),
                         .b = as_changed(b),
                         .y = y,
                         .beside = as_changed(residual)};
    tl_conv_pass_forward(&pass, plan);
    tl_mm_pass_run(team, &pass.base);
}

void tl_conv_forward_f32(const tl_team *team, const tl_conv *conv, const tl_mm_plan *plan, const float *x,
                         const float *w, const float *b, float *y) {
    forward(team, conv, plan, x, w, b, NULL, y, TL_EPILOGUE_NONE);
}

void tl_conv_forward_relu_f32(const tl_team *team, const tl_conv *conv, const tl_mm_plan *plan, const float *x,
                              const float *w, const float *b, float *y) {
    forward(team, conv, plan, x, w, b, NULL, y, TL_EPILOGUE_RELU);
}

void tl_conv_forward_relu6_f32(const tl_team *team, const tl_conv *conv, const tl_mm_plan *plan, const float *x,
                               const float *w, const float *b, float *y) {
    forward(team, conv, plan, x, w, b, NULL, y, TL_EPILOGUE_RELU6);
}

void tl_conv_forward_add_f32(const tl_team *team, const tl_conv *conv, const tl_mm_plan *plan, const float *x,
                             const float *w, const float *b, const float *residual, float *y) {
    forward(team, conv, plan, x, w, b, residual, y, TL_EPILOGUE_ADD);
}

void tl_conv_forward_add_relu_f32(const tl_team *team, const tl_conv *conv, const tl_mm_plan *plan, const float *x,
                                  const float *w, const float *b, const float *residual, float *y) {
    forward(team, conv, plan, x, w, b, residual, y, TL_EPILOGUE_ADD_RELU);
}

static void grad_w(const tl_team *team, const tl_conv *conv, const tl_mm_plan *plan, const float *x, const float *dy,
                   float *dw, float *db, bool add) {
    tl_conv_pass pass = {.base.add = add, .conv = conv, .x = as_changed(x), .y = as_changed(dy), .w = dw, .b = db};
    tl_conv_pass_grad_w(&pass, plan);
    tl_mm_pass_run(team, &pass.base);
}

void tl_conv_grad_w_f32(const tl_team *team, const tl_conv *conv, const tl_mm_plan *plan, const float *x,
                        const float *dy, float *dw, float *db) {
    grad_w(team, conv, plan, x, dy, dw, db, false);
}

void tl_conv_grad_w_add_f32(const tl_team *team, const tl_conv *conv, const tl_mm_plan *plan, const float *x,
                            const float *dy, float *dw, float *db) {
    grad_w(team, conv, plan, x, dy, dw, db, true);
}

/* Boxes of the gradient are told in the parameters' places: it has the same layout, and none of its own. */
void tl_conv_update_f32(const tl_team *team, const tl_conv *conv, const tl_mm_plan *plan, const float *x,
                        const float *dy, const tl_sink *w, const tl_sink *b) {
    tl_conv_pass pass = {
        .base = {.sink = w, .vector_sink = b, .sink_tensors = tl_rule_tensors(tl_sink_rule(w))},
        .conv = conv,
        .x = as_changed(x),
        .y = as_changed(dy),
        .w = w->w,
        .b = b ? b->w : NULL,
    };
    tl_conv_pass_grad_w(&pass, plan);
    tl_mm_pass_run(team, &pass.base);
}

static void grad_x(const tl_team *team, const tl_conv *conv, const tl_mm_plan *plan, const float *w, const float *dy,
                   const float *mask, float *dx, tl_epilogue epilogue) {
    tl_conv_pass pass = {.base.epilogue = mask ? epilogue : TL_EPILOGUE_NONE,
                         .conv = conv,
                         .w = as_changed(w),
                         .y = as_changed(dy),
                         .beside = as_changed(mask),
                         .x = dx};
    tl_conv_pass_grad_x(&pass, plan);
    tl_mm_pass_run(team, &pass.base);
}

void tl_conv_grad_x_f32(const tl_team *team, const tl_conv *conv, const tl_mm_plan *plan, const float *w,
                        const float *dy, const float *mask, float *dx) {
    grad_x(team, conv, plan, w, dy, mask, dx, TL_EPILOGUE_MASK_RELU);
}

void tl_conv_grad_x_relu6_f32(const tl_team *team, const tl_conv *conv, const tl_mm_plan *plan, const float *w,
                              const float *dy, const float *mask, float *dx) {
    grad_x(team, conv, plan, w, dy, mask, dx, TL_EPILOGUE_MASK_RELU6);
}
