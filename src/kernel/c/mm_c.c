/* SPDX-License-Identifier: Apache-2.0 */
/* Matmul kernels in portable C. A sum without init starts at -0: tl_fma(a, b, -0) has the bits of the product a * b. */
#include "src/base/math.h"
#include "src/kernel/mm.h"
#include <stddef.h>

/* Strides in elements. */
typedef struct steps {
    ptrdiff_t a_m, a_k, b_n, b_k, c_m, c_n, init_m, init_n;
} steps;

static steps steps_of(const tl_mm *p) {
    return (steps){p->a_m / 4, p->a_k / 4, p->b_n / 4,    p->b_k / 4,
                   p->c_m / 4, p->c_n / 4, p->init_m / 4, p->init_n / 4};
}

static float first(const tl_mm *p, const steps *s, uint32_t i, uint32_t j) {
    return p->init ? p->init[(ptrdiff_t)i * s->init_m + (ptrdiff_t)j * s->init_n] : -0.0f;
}

static void element(const tl_mm *p, const steps *s, uint32_t i, uint32_t j) {
    const float *a = p->a + (ptrdiff_t)i * s->a_m;
    const float *b = p->b + (ptrdiff_t)j * s->b_n;
    float sum = first(p, s, i, j);
    for (uint32_t r = 0; r < p->runs; r++) {
        if (r > 0) {
            a += p->jump[r - 1].a / 4;
            b += p->jump[r - 1].b / 4;
        }
        for (uint32_t q = 0; q < p->k; q++) {
            sum = tl_fma(*a, *b, sum);
            a += s->a_k;
            b += s->b_k;
        }
    }
    p->c[(ptrdiff_t)i * s->c_m + (ptrdiff_t)j * s->c_n] = sum;
}

/* The fixed baseline: one element after the other, one multiply-add an iteration. */
void tl_mm_f32_naive(const tl_mm *problem) {
    const steps s = steps_of(problem);
    for (uint32_t i = 0; i < problem->m; i++)
        for (uint32_t j = 0; j < problem->n; j++)
            element(problem, &s, i, j);
}

#define COLUMN(j)                                                                                                      \
    b_j = b[j * s->b_n];                                                                                               \
    c0##j = tl_fma(a0, b_j, c0##j);                                                                                    \
    c1##j = tl_fma(a1, b_j, c1##j);                                                                                    \
    c2##j = tl_fma(a2, b_j, c2##j);                                                                                    \
    c3##j = tl_fma(a3, b_j, c3##j)

#define FIRST(j)                                                                                                       \
    float c0##j = first(p, s, i, n + j), c1##j = first(p, s, i + 1, n + j);                                            \
    float c2##j = first(p, s, i + 2, n + j), c3##j = first(p, s, i + 3, n + j)

#define STORE(j)                                                                                                       \
    c[j * s->c_n] = c0##j;                                                                                             \
    c[j * s->c_n + s->c_m] = c1##j;                                                                                    \
    c[j * s->c_n + 2 * s->c_m] = c2##j;                                                                                \
    c[j * s->c_n + 3 * s->c_m] = c3##j

static void block_4x4(const tl_mm *p, const steps *s, uint32_t i, uint32_t n) {
    const float *a = p->a + (ptrdiff_t)i * s->a_m;
    const float *b = p->b + (ptrdiff_t)n * s->b_n;
    float *c = p->c + (ptrdiff_t)i * s->c_m + (ptrdiff_t)n * s->c_n;
    FIRST(0);
    FIRST(1);
    FIRST(2);
    FIRST(3);
    for (uint32_t r = 0; r < p->runs; r++) {
        if (r > 0) {
            a += p->jump[r - 1].a / 4;
            b += p->jump[r - 1].b / 4;
        }
        for (uint32_t q = 0; q < p->k; q++) {
            const float a0 = a[0], a1 = a[s->a_m], a2 = a[2 * s->a_m], a3 = a[3 * s->a_m];
            float b_j;
            COLUMN(0);
            COLUMN(1);
            COLUMN(2);
            COLUMN(3);
            a += s->a_k;
            b += s->b_k;
        }
    }
    STORE(0);
    STORE(1);
    STORE(2);
    STORE(3);
}

void tl_mm_f32_c_4x4(const tl_mm *problem) {
    const steps s = steps_of(problem);
    const uint32_t m4 = problem->m & ~3u, n4 = problem->n & ~3u;
    for (uint32_t i = 0; i < m4; i += 4) {
        for (uint32_t j = 0; j < n4; j += 4)
            block_4x4(problem, &s, i, j);
        for (uint32_t j = n4; j < problem->n; j++)
            for (uint32_t row = i; row < i + 4; row++)
                element(problem, &s, row, j);
    }
    for (uint32_t i = m4; i < problem->m; i++)
        for (uint32_t j = 0; j < problem->n; j++)
            element(problem, &s, i, j);
}
