/* SPDX-License-Identifier: Apache-2.0 */
/* On the cluster pulp/matvec_pulp.S stands in for this file, with the same bits. */
#include "src/base/math.h"
#include "src/kernel/matvec.h"
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
    tl_matvec_t_f32(problem);
    tl_outer_f32(problem);
}
