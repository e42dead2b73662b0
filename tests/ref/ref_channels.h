/* SPDX-License-Identifier: Apache-2.0 */
/* The ops that work channel by channel, as ref.h has the others. Vectors of C values stand one behind the other. */
#ifndef TL_TESTS_REF_CHANNELS_H
#define TL_TESTS_REF_CHANNELS_H

#include "tl/batch_norm.h"
#include "tl/global_pool.h"
#include <stddef.h>

void ref_global_avg_pool_forward(const tl_global_pool *pool, const double *x, double *y, double *y_sum);
void ref_global_avg_pool_grad_x(const tl_global_pool *pool, const double *dy, double *dx, double *dx_sum);

size_t ref_batch_norm_pixels(const tl_batch_norm *norm);
/* parameters: gamma, beta. state: running_mean, running_var (both updated), mean, rstd. */
void ref_batch_norm_forward(const tl_batch_norm *norm, const double *x, const double *parameters, double *state,
                            double *y, double *state_sum, double *y_sum);
/* vectors: gamma, mean, rstd, and to be filled in: dgamma, dbeta. dx may be NULL. */
void ref_batch_norm_grad(const tl_batch_norm *norm, const double *x, const double *dy, double *vectors, double *dx,
                         double *vectors_sum, double *dx_sum);
/* parameters: gamma, beta, mean, var. */
void ref_batch_norm_frozen_forward(const tl_batch_norm *norm, const double *x, const double *parameters, double *y,
                                   double *y_sum);
/* vectors: mean, var, and to be filled in: dgamma, dbeta. */
void ref_batch_norm_frozen_grad_w(const tl_batch_norm *norm, const double *x, const double *dy, double *vectors,
                                  double *vectors_sum);
/* vectors: gamma, var. The sum of absolute terms is |dx|. */
void ref_batch_norm_frozen_grad_x(const tl_batch_norm *norm, const double *dy, const double *vectors, double *dx);

#endif
