/* SPDX-License-Identifier: Apache-2.0 */
/* On the cluster pulp/matvec_pulp.S stands in for this file, with the same bits. */
#include "src/base/math.h"
#include "src/kernel/matvec.h"
#include "src/kernel/vector.h"
#include <stddef.h>

static float *row_of(const tl_matvec *p, uint32_t o) {
    return p->w + (ptrdiff_t)o * (p->pitch / 4);
}

void tl_matvec_f32(const tl_matvec *problem) {
    for (uint32_t o = 0; o < problem->rows; o++) {
        const float *w = row_of(problem, o);
        float sum = problem->init ? problem->init[o] : -0.0f;
        for (uint32_t k = 0; k < problem->cols; k++)
            sum = tl_fma(w[k], problem->x[k], sum);
        problem->y[o] = sum;
    }
}

void tl_matvec_t_f32(const tl_matvec *problem) {
    for (uint32_t k = 0; k < problem->cols; k++)
        problem->y[k] = problem->init ? problem->init[k] : -0.0f;
    for (uint32_t o = 0; o < problem->rows; o++) {
        const float *w = row_of(problem, o);
        for (uint32_t k = 0; k < problem->cols; k++)
            problem->y[k] = tl_fma(w[k], problem->dy[o], problem->y[k]);
    }
}

void tl_outer_f32(const tl_matvec *problem) {
    for (uint32_t o = 0; o < problem->rows; o++) {
        float *w = row_of(problem, o);
        for (uint32_t k = 0; k < problem->cols; k++)
            w[k] = tl_fma(-problem->dy[o], problem->x[k], w[k]);
    }
}

void tl_matvec_outer_f32(const tl_matvec *problem) {
    enum { BLOCK = 8 };
    for (uint32_t from = 0; from < problem->cols; from += BLOCK) {
        const uint32_t n = problem->cols - from < BLOCK ? problem->cols - from : BLOCK;
        float x[BLOCK], sum[BLOCK]; /* y may be x */
        for (uint32_t k = 0; k < n; k++) {
            x[k] = problem->x[from + k];
            sum[k] = problem->init ? problem->init[from + k] : -0.0f;
        }
        for (uint32_t o = 0; o < problem->rows; o++) {
            float *w = row_of(problem, o) + from;
            const float dy = problem->dy[o];
            for (uint32_t k = 0; k < n; k++) {
                sum[k] = tl_fma(w[k], dy, sum[k]);
                w[k] = tl_fma(-dy, x[k], w[k]);
            }
        }
        for (uint32_t k = 0; k < n; k++)
            problem->y[from + k] = sum[k];
    }
}

/* One element after the other, with the optimisers' own kernels. */
typedef void update_one(const void *options, float *w, float *state0, float *state1, float g);

static void update_all(const tl_matvec *p, update_one *update) {
    for (uint32_t o = 0; o < p->rows; o++) {
        const ptrdiff_t at = (ptrdiff_t)o * (p->pitch / 4);
        for (uint32_t k = 0; k < p->cols; k++)
            update(p->options, p->w + at + k, p->state[0] ? p->state[0] + at + k : NULL,
                   p->state[1] ? p->state[1] + at + k : NULL, p->dy[o] * p->x[k]);
    }
}

static void decay_one(const void *options, float *w, float *state0, float *state1, float g) {
    const tl_sgd *sgd = options;
    (void)state0;
    (void)state1;
    tl_sgd_plain_decay_f32(1, sgd->rate, sgd->decay, w, &g);
}

static void momentum_one(const void *options, float *w, float *v, float *state1, float g) {
    const tl_sgd *sgd = options;
    (void)state1;
    tl_sgd_f32(1, sgd->rate, sgd->momentum, w, v, &g);
}

static void momentum_decay_one(const void *options, float *w, float *v, float *state1, float g) {
    const tl_sgd *sgd = options;
    (void)state1;
    tl_sgd_decay_f32(1, sgd->rate, sgd->momentum, sgd->decay, w, v, &g);
}

static void adam_one(const void *options, float *w, float *m, float *v, float g) {
    tl_adam_f32(1, options, w, m, v, &g);
}

void tl_outer_decay_f32(const tl_matvec *problem) {
    update_all(problem, decay_one);
}

void tl_both_decay_f32(const tl_matvec *problem) {
    tl_matvec_t_f32(problem);
    tl_outer_decay_f32(problem);
}

void tl_outer_momentum_f32(const tl_matvec *problem) {
    update_all(problem, momentum_one);
}

void tl_both_momentum_f32(const tl_matvec *problem) {
    tl_matvec_t_f32(problem);
    tl_outer_momentum_f32(problem);
}

void tl_outer_momentum_decay_f32(const tl_matvec *problem) {
    update_all(problem, momentum_decay_one);
}

void tl_both_momentum_decay_f32(const tl_matvec *problem) {
    tl_matvec_t_f32(problem);
    tl_outer_momentum_decay_f32(problem);
}

void tl_outer_adam_f32(const tl_matvec *problem) {
    update_all(problem, adam_one);
}

void tl_both_adam_f32(const tl_matvec *problem) {
    tl_matvec_t_f32(problem);
    tl_outer_adam_f32(problem);
}
