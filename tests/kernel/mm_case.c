/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/kernel/mm_case.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { GUARD_WORDS = 4 };

/* Strides, in words, of a matrix whose elements do not overlap, in a random order, with gaps, in random directions. */
static void draw_strides(draw *d, uint32_t rows, uint32_t cols, int32_t *row, int32_t *col) {
    const int32_t r = (int32_t)rows, c = (int32_t)cols;
    if (draw_below(d, 2)) {
        *col = (int32_t)draw_range(d, 1, 3);
        *row = *col * c + (int32_t)draw_below(d, 3);
    } else {
        *row = (int32_t)draw_range(d, 1, 3);
        *col = *row * r + (int32_t)draw_below(d, 3);
    }
    if (draw_below(d, 4) == 0)
        *row = -*row;
    if (draw_below(d, 4) == 0)
        *col = -*col;
}

static int32_t lowest(uint32_t n, int32_t stride) {
    return stride < 0 ? ((int32_t)n - 1) * stride : 0;
}

static int32_t highest(uint32_t n, int32_t stride) {
    return stride > 0 ? ((int32_t)n - 1) * stride : 0;
}

/* One matrix a run, in a random order, guards and gaps between them; `start` gets the places of elements (0, 0). */
static void make_buffer(mm_case_buffer *buffer, draw *d, uint32_t rows, uint32_t cols, int32_t row, int32_t col,
                        uint32_t runs, uint32_t *start) {
    const int32_t low = lowest(rows, row) + lowest(cols, col);
    const uint32_t words = (uint32_t)(highest(rows, row) + highest(cols, col) - low + 1);
    uint32_t slot[MM_CASE_RUNS];
    for (uint32_t r = 0; r < runs; r++) {
        const uint32_t other = draw_below(d, r + 1);
        slot[r] = r;
        slot[r] = slot[other];
        slot[other] = r;
    }
    buffer->words = GUARD_WORDS + runs * (words + GUARD_WORDS);
    buffer->word = malloc(buffer->words * sizeof *buffer->word);
    if (!buffer->word)
        abort();
    for (uint32_t i = 0; i < buffer->words; i++)
        buffer->word[i] = NAN;
    for (uint32_t r = 0; r < runs; r++)
        start[r] = (uint32_t)((int32_t)(GUARD_WORDS + slot[r] * (words + GUARD_WORDS)) - low);
    buffer->at = start[0];
}

static uint32_t element(uint32_t start, uint32_t i, int32_t row, uint32_t j, int32_t col) {
    return (uint32_t)((int32_t)start + (int32_t)i * row + (int32_t)j * col);
}

static void fill(mm_case_buffer *buffer, draw *d, uint32_t rows, uint32_t cols, int32_t row, int32_t col, uint32_t runs,
                 const uint32_t *start) {
    for (uint32_t r = 0; r < runs; r++)
        for (uint32_t i = 0; i < rows; i++)
            for (uint32_t j = 0; j < cols; j++)
                buffer->word[element(start[r], i, row, j, col)] = draw_value(d);
}

void mm_case_make(mm_case *mc, draw *d, uint32_t m, uint32_t n, uint32_t k, uint32_t runs, mm_case_init kind) {
    tl_mm *mm = &mc->mm;
    int32_t a_m, a_k, b_n, b_k, c_m, c_n, init_m = 0, init_n = 0;
    uint32_t start[1];
    memset(mc, 0, sizeof *mc);
    mc->kind = kind;
    draw_strides(d, m, k, &a_m, &a_k);
    draw_strides(d, n, k, &b_n, &b_k);
    draw_strides(d, m, n, &c_m, &c_n);
    make_buffer(&mc->a, d, m, k, a_m, a_k, runs, mc->a_start);
    make_buffer(&mc->b, d, n, k, b_n, b_k, runs, mc->b_start);
    make_buffer(&mc->c, d, m, n, c_m, c_n, 1, start);
    fill(&mc->a, d, m, k, a_m, a_k, runs, mc->a_start);
    fill(&mc->b, d, n, k, b_n, b_k, runs, mc->b_start);
    if (kind == MM_INIT_C) {
        init_m = c_m;
        init_n = c_n;
        fill(&mc->c, d, m, n, c_m, c_n, 1, start);
    } else if (kind != MM_INIT_NONE) {
        const uint32_t rows = kind == MM_INIT_ROW ? 1 : m, cols = kind == MM_INIT_COLUMN ? 1 : n;
        draw_strides(d, rows, cols, &init_m, &init_n);
        make_buffer(&mc->init, d, rows, cols, init_m, init_n, 1, start);
        fill(&mc->init, d, rows, cols, init_m, init_n, 1, start);
        init_m = kind == MM_INIT_ROW ? 0 : init_m;
        init_n = kind == MM_INIT_COLUMN ? 0 : init_n;
    }
    for (uint32_t r = 0; r + 1 < runs; r++) {
        mc->jump[r].a = 4 * ((int32_t)mc->a_start[r + 1] - (int32_t)mc->a_start[r] - (int32_t)k * a_k);
        mc->jump[r].b = 4 * ((int32_t)mc->b_start[r + 1] - (int32_t)mc->b_start[r] - (int32_t)k * b_k);
    }
    *mm = (tl_mm){.a = mc->a.word + mc->a.at,
                  .b = mc->b.word + mc->b.at,
                  .init = mc->init.word ? mc->init.word + mc->init.at : NULL,
                  .jump = runs > 1 ? mc->jump : NULL,
                  .m = m,
                  .n = n,
                  .k = k,
                  .runs = runs,
                  .a_m = 4 * a_m,
                  .a_k = 4 * a_k,
                  .b_n = 4 * b_n,
                  .b_k = 4 * b_k,
                  .c_m = 4 * c_m,
                  .c_n = 4 * c_n,
                  .init_m = 4 * init_m,
                  .init_n = 4 * init_n};
}

void mm_case_free(mm_case *mc) {
    free(mc->a.word);
    free(mc->b.word);
    free(mc->c.word);
    free(mc->init.word);
}

float *mm_case_run(const mm_case *mc, tl_mm_kernel_f32 *kernel) {
    float *c = malloc(mc->c.words * sizeof *c);
    if (!c)
        abort();
    memcpy(c, mc->c.word, mc->c.words * sizeof *c);
    tl_mm mm = mc->mm;
    mm.c = c + mc->c.at;
    if (mc->kind == MM_INIT_C)
        mm.init = mm.c;
    kernel(&mm);
    return c;
}

static void expect(const mm_case *mc, uint32_t i, uint32_t j, double *value, double *sum) {
    const tl_mm *mm = &mc->mm;
    *value = 0;
    if (mc->kind == MM_INIT_C)
        *value = mc->c.word[element(mc->c.at, i, mm->c_m / 4, j, mm->c_n / 4)];
    else if (mc->kind != MM_INIT_NONE)
        *value = mc->init.word[element(mc->init.at, i, mm->init_m / 4, j, mm->init_n / 4)];
    *sum = fabs(*value);
    for (uint32_t r = 0; r < mm->runs; r++) {
        for (uint32_t p = 0; p < mm->k; p++) {
            const double product = (double)mc->a.word[element(mc->a_start[r], i, mm->a_m / 4, p, mm->a_k / 4)] *
                                   (double)mc->b.word[element(mc->b_start[r], j, mm->b_n / 4, p, mm->b_k / 4)];
            *value += product;
            *sum += fabs(product);
        }
    }
}

bool mm_case_check(const mm_case *mc, const float *c, char *message, size_t bytes) {
    const tl_mm *mm = &mc->mm;
    const double rounding = (double)mm->k * mm->runs * 0x1p-24 * 1.001;
    bool *is_element = calloc(mc->c.words, sizeof *is_element);
    bool ok = is_element != NULL;
    for (uint32_t i = 0; ok && i < mm->m; i++) {
        for (uint32_t j = 0; ok && j < mm->n; j++) {
            const uint32_t at = element(mc->c.at, i, mm->c_m / 4, j, mm->c_n / 4);
            double value, sum;
            expect(mc, i, j, &value, &sum);
            is_element[at] = true;
            ok = fabs((double)c[at] - value) <= rounding * sum;
            if (!ok)
                snprintf(message, bytes, "element (%u, %u) is %.9g, not %.9g", i, j, (double)c[at], value);
        }
    }
    for (uint32_t at = 0; ok && at < mc->c.words; at++) {
        ok = is_element[at] || memcmp(&c[at], &mc->c.word[at], sizeof *c) == 0;
        if (!ok)
            snprintf(message, bytes, "word %u of C's buffer is no element and was changed", at);
    }
    free(is_element);
    return ok;
}
