/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Every op as plain loops in double precision, to be read by eye. Layouts and formulas are those of include/tl.
 *
 * `..._sum` arrays receive, for each result, the sum of the absolute values of its terms. A chain of fused
 * multiply-adds with u = 2^-24 is off by at most terms * u * sum to first order; slices add one rounding each.
 * All outputs are overwritten. Pointers to optional tensors (b, db, mask, sums) may be NULL.
 */
#ifndef TL_TESTS_REF_H
#define TL_TESTS_REF_H

#include "tl/conv.h"
#include "tl/depthwise.h"
#include "tl/linear.h"
#include "tl/loss.h"
#include "tl/optim.h"
#include "tl/pool.h"
#include <stdbool.h>
#include <stddef.h>

/* Output pixels along one dimension: how often the window fits into the padded image. */
size_t ref_windows(size_t size, size_t before, size_t after, size_t kernel, size_t stride);

size_t ref_conv_out_h(const tl_conv *conv);
size_t ref_conv_out_w(const tl_conv *conv);
/* Input channels that one output channel sees; elements of w. */
size_t ref_conv_depth(const tl_conv *conv);
size_t ref_conv_weights(const tl_conv *conv);
void ref_conv_forward(const tl_conv *conv, const double *x, const double *w, const double *b, double *y, double *y_sum);
void ref_conv_grad_w(const tl_conv *conv, const double *x, const double *dy, double *dw, double *dw_sum, double *db,
                     double *db_sum);
void ref_conv_grad_x(const tl_conv *conv, const double *w, const double *dy, const double *mask, double *dx,
                     double *dx_sum);
/* Terms of the longest sum of a pass, the bias among them. */
size_t ref_conv_terms(const tl_conv *conv, tl_pass pass);

size_t ref_depthwise_out_h(const tl_depthwise *l);
size_t ref_depthwise_out_w(const tl_depthwise *l);
void ref_depthwise_forward(const tl_depthwise *l, const double *x, const double *w, const double *b, double *y,
                           double *y_sum);
void ref_depthwise_grad_w(const tl_depthwise *l, const double *x, const double *dy, double *dw, double *dw_sum,
                          double *db, double *db_sum);
void ref_depthwise_grad_x(const tl_depthwise *l, const double *w, const double *dy, const double *mask, double *dx,
                          double *dx_sum);
size_t ref_depthwise_terms(const tl_depthwise *l, tl_pass pass);

void ref_linear_forward(const tl_linear *linear, const double *x, const double *w, const double *b, double *y,
                        double *y_sum);
void ref_linear_grad_w(const tl_linear *linear, const double *x, const double *dy, double *dw, double *dw_sum,
                       double *db, double *db_sum);
void ref_linear_grad_x(const tl_linear *linear, const double *w, const double *dy, const double *mask, double *dx,
                       double *dx_sum);
size_t ref_linear_terms(const tl_linear *linear, tl_pass pass);

size_t ref_pool_out_h(const tl_pool *pool);
size_t ref_pool_out_w(const tl_pool *pool);
void ref_max_pool_forward(const tl_pool *pool, const double *x, double *y, uint8_t *arg);
void ref_max_pool_grad_x(const tl_pool *pool, const double *dy, const uint8_t *arg, double *dx, double *dx_sum);

void ref_avg_pool_forward(const tl_pool *pool, bool padded, const double *x, double *y, double *y_sum);
void ref_avg_pool_grad_x(const tl_pool *pool, bool padded, const double *dy, double *dx, double *dx_sum);

void ref_relu_forward(size_t n, const double *x, double *y);
void ref_relu_grad_x(size_t n, const double *x, const double *dy, double *dx);
void ref_relu6_forward(size_t n, const double *x, double *y);
void ref_relu6_grad_x(size_t n, const double *x, const double *dy, double *dx);
void ref_leaky_relu_forward(size_t n, double alpha, const double *x, double *y);
void ref_leaky_relu_grad_x(size_t n, double alpha, const double *x, const double *dy, double *dx);
void ref_sigmoid_forward(size_t n, const double *x, double *y);
void ref_sigmoid_grad_x(size_t n, const double *y, const double *dy, double *dx);
void ref_tanh_forward(size_t n, const double *x, double *y);
void ref_tanh_grad_x(size_t n, const double *y, const double *dy, double *dx);
void ref_add_forward(size_t n, const double *a, const double *b, double *y, double *y_sum);

/*
 * Returns the loss. *loss_sum and dz_sum are chosen so that the bound above holds with ref_loss_terms() in place of the
 * number of terms; ref_loss.c derives them.
 */
double ref_softmax_cross_entropy(const tl_rows *rows, const double *z, const uint32_t *label, double *dz,
                                 double *loss_sum, double *dz_sum);
size_t ref_loss_terms(const tl_rows *rows);

/* Likewise, with one term. */
double ref_mse(size_t n, const double *y, const double *target, double *dy, double *loss_sum, double *dy_sum);
size_t ref_mse_terms(size_t n);

/* v and w are updated in place. v may be NULL: no momentum. Terms: of v (or v = g') 2, of w 3. */
void ref_sgd_step(const tl_sgd *sgd, size_t n, const double *g, double *w, double *v, double *w_sum, double *v_sum);
/* w, m and v are updated in place by step number t, 1 being the first. The sums are made for REF_ADAM_TERMS. */
enum { REF_ADAM_TERMS = 4 };
void ref_adam_step(const tl_adam *adam, uint32_t t, size_t n, const double *g, double *w, double *m, double *v,
                   double *w_sum, double *m_sum, double *v_sum);

#endif
