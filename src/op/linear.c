/* SPDX-License-Identifier: Apache-2.0 */
#include "tl/linear.h"
#include "tl/conv.h"

/* The samples are the pixels of one row. */
static tl_conv as_conv(const tl_linear *linear) {
    return (tl_conv){
        .n = 1, .h = 1, .w = linear->n, .c = linear->k, .o = linear->o, .kh = 1, .kw = 1, .stride_h = 1, .stride_w = 1};
}

uint64_t tl_linear_macs(const tl_linear *linear) {
    return (uint64_t)linear->n * linear->k * linear->o;
}

tl_status tl_linear_supported(const tl_linear *linear, tl_pass pass, const tl_mm_plan *plan, uint32_t l1_bytes) {
    tl_conv conv = as_conv(linear);
    return tl_conv_supported(&conv, pass, plan, l1_bytes);
}

tl_status tl_linear_plan(const tl_linear *linear, tl_pass pass, uint32_t l1_bytes, tl_mm_plan *plan) {
    tl_conv conv = as_conv(linear);
    return tl_conv_plan(&conv, pass, l1_bytes, plan);
}

tl_status tl_linear_plan_fixed(const tl_linear *linear, tl_pass pass, uint32_t l1_bytes, tl_mm_plan *plan) {
    tl_conv conv = as_conv(linear);
    return tl_conv_plan_fixed(&conv, pass, l1_bytes, plan);
}

tl_status tl_linear_forward_add_supported(const tl_linear *linear, const tl_mm_plan *plan, uint32_t l1_bytes) {
    tl_conv conv = as_conv(linear);
    return tl_conv_forward_add_supported(&conv, plan, l1_bytes);
}

tl_status tl_linear_forward_add_plan(const tl_linear *linear, uint32_t l1_bytes, tl_mm_plan *plan) {
    tl_conv conv = as_conv(linear);
    return tl_conv_forward_add_plan(&conv, l1_bytes, plan);
}

tl_status tl_linear_update_supported(const tl_linear *linear, tl_rule rule, const tl_mm_plan *plan, uint32_t l1_bytes) {
    tl_conv conv = as_conv(linear);
    return tl_conv_update_supported(&conv, rule, plan, l1_bytes);
}

tl_status tl_linear_update_plan(const tl_linear *linear, tl_rule rule, uint32_t l1_bytes, tl_mm_plan *plan) {
    tl_conv conv = as_conv(linear);
    return tl_conv_update_plan(&conv, rule, l1_bytes, plan);
}

void tl_linear_forward_f32(const tl_team *team, const tl_linear *linear, const tl_mm_plan *plan, const float *x,
                           const float *w, const float *b, float *y) {
    tl_conv conv = as_conv(linear);
    tl_conv_forward_f32(team, &conv, plan, x, w, b, y);
}

void tl_linear_forward_relu_f32(const tl_team *team, const tl_linear *linear, const tl_mm_plan *plan, const float *x,
                                const float *w, const float *b, float *y) {
    tl_conv conv = as_conv(linear);
    tl_conv_forward_relu_f32(team, &conv, plan, x, w, b, y);
}

void tl_linear_forward_relu6_f32(const tl_team *team, const tl_linear *linear, const tl_mm_plan *plan, const float *x,
                                 const float *w, const float *b, float *y) {
    tl_conv conv = as_conv(linear);
    tl_conv_forward_relu6_f32(team, &conv, plan, x, w, b, y);
}

void tl_linear_forward_add_f32(const tl_team *team, const tl_linear *linear, const tl_mm_plan *plan, const float *x,
                               const float *w, const float *b, const float *residual, float *y) {
    tl_conv conv = as_conv(linear);
    tl_conv_forward_add_f32(team, &conv, plan, x, w, b, residual, y);
}

void tl_linear_forward_add_relu_f32(const tl_team *team, const tl_linear *linear, const tl_mm_plan *plan,
                                    const float *x, const float *w, const float *b, const float *residual, float *y) {
    tl_conv conv = as_conv(linear);
    tl_conv_forward_add_relu_f32(team, &conv, plan, x, w, b, residual, y);
}

void tl_linear_grad_w_f32(const tl_team *team, const tl_linear *linear, const tl_mm_plan *plan, const float *x,
                          const float *dy, float *dw, float *db) {
    tl_conv conv = as_conv(linear);
    tl_conv_grad_w_f32(team, &conv, plan, x, dy, dw, db);
}

void tl_linear_grad_w_add_f32(const tl_team *team, const tl_linear *linear, const tl_mm_plan *plan, const float *x,
                              const float *dy, float *dw, float *db) {
    tl_conv conv = as_conv(linear);
    tl_conv_grad_w_add_f32(team, &conv, plan, x, dy, dw, db);
}

void tl_linear_update_f32(const tl_team *team, const tl_linear *linear, const tl_mm_plan *plan, const float *x,
                          const float *dy, const tl_sink *w, const tl_sink *b) {
    tl_conv conv = as_conv(linear);
    tl_conv_update_f32(team, &conv, plan, x, dy, w, b);
}

void tl_linear_grad_x_f32(const tl_team *team, const tl_linear *linear, const tl_mm_plan *plan, const float *w,
                          const float *dy, const float *mask, float *dx) {
    tl_conv conv = as_conv(linear);
    tl_conv_grad_x_f32(team, &conv, plan, w, dy, mask, dx);
}

void tl_linear_grad_x_relu6_f32(const tl_team *team, const tl_linear *linear, const tl_mm_plan *plan, const float *w,
                                const float *dy, const float *mask, float *dx) {
    tl_conv conv = as_conv(linear);
    tl_conv_grad_x_relu6_f32(team, &conv, plan, w, dy, mask, dx);
}
