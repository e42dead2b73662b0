/* SPDX-License-Identifier: Apache-2.0 */
#include "src/tile/leaf.h"
#include "src/kernel/vector.h"
#include <stddef.h>

__attribute__((aligned(16))) static void mm_leaf(const void *arguments) {
    const tl_mm_call *a = arguments;
    a->kernel(&a->mm);
}

static void mm_units_leaf(const void *arguments) {
    const tl_mm_call *a = arguments;
    const tl_mm_units *units = &a->units;
    tl_mm mm = a->mm;
    for (uint32_t left = units->count;;) {
        a->kernel(&mm);
        if (--left == 0)
            return;
        mm.a += units->a / 4;
        mm.b += units->b / 4;
        mm.c += units->c / 4;
        if (mm.init)
            mm.init += units->init / 4;
    }
}

void tl_do_mm(const tl_team *team, const tl_mm_call *call) {
    if (call->units.count == 1)
        tl_do(team, mm_leaf, call, offsetof(tl_mm_call, units));
    else
        tl_do(team, mm_units_leaf, call, sizeof *call);
}

typedef struct columns_arguments {
    tl_pixels pixels; /* of any number of channels */
    uint32_t fresh;
    const float *x;
    float *sum;
} columns_arguments;

__attribute__((aligned(16))) static void columns_leaf(const void *arguments) {
    const columns_arguments *a = arguments;
    tl_pixels four = a->pixels;
    for (uint32_t c = 0, left; c < a->pixels.channels; c += four.channels) {
        left = a->pixels.channels - c;
        four.channels = left < TL_CHANNELS_GROUP ? left : TL_CHANNELS_GROUP;
        for (uint32_t i = c; a->fresh && i < c + four.channels; ++i)
            a->sum[i] = -0.0f;
        tl_channels_sum_f32(&four, a->x + c, a->sum + c);
    }
}

void tl_do_columns(const tl_team *team, const tl_pixels *pixels, bool fresh, const float *x, float *sum) {
    columns_arguments arguments = {.pixels = *pixels, .fresh = fresh, .x = x, .sum = sum};
    tl_do(team, columns_leaf, &arguments, sizeof arguments);
}

/* `count` jumps alike. */
typedef struct jumps_arguments {
    tl_jump *to;
    uintptr_t count;
    tl_jump jump;
} jumps_arguments;

static void jumps_leaf(const void *arguments) {
    const jumps_arguments *a = arguments;
    for (uint32_t i = 0; i < a->count; ++i)
        a->to[i] = a->jump;
}

void tl_do_jumps(const tl_team *team, uint32_t count, const tl_jump *jump, tl_jump *to) {
    for (uint32_t i = 0; i < count;) {
        jumps_arguments arguments = {.to = to + i, .jump = jump[i]};
        while (i < count && jump[i].a == arguments.jump.a && jump[i].b == arguments.jump.b) {
            ++arguments.count;
            ++i;
        }
        tl_do(team, jumps_leaf, &arguments, sizeof arguments);
    }
}

/* All element-wise kernels: each leaf takes what it needs. */
typedef struct vector_arguments {
    const float *x, *dy;
    float *y;
    uint32_t n, parts, pitch;
} vector_arguments;

typedef struct zero_arguments {
    float *y;
    uint32_t rows, pitch, n;
} zero_arguments;

static void zero_leaf(const void *arguments) {
    const zero_arguments *a = arguments;
    float *y = a->y;
    for (uint32_t i = 0; i < a->rows; ++i, y += a->pitch)
        tl_fill_f32(a->n, 0.0f, y);
}

static void sum_leaf(const void *arguments) {
    const vector_arguments *a = arguments;
    tl_sum_f32(a->n, a->parts, a->pitch, a->x, a->y);
}

static void relu_leaf(const void *arguments) {
    const vector_arguments *a = arguments;
    tl_relu_f32(a->n, a->x, a->y);
}

static void relu_grad_leaf(const void *arguments) {
    const vector_arguments *a = arguments;
    tl_relu_grad_f32(a->n, a->x, a->dy, a->y);
}

static void do_vector(const tl_team *team, tl_leaf *leaf, vector_arguments arguments) {
    if (arguments.n > 0)
        tl_do(team, leaf, &arguments, sizeof arguments);
}

void tl_do_zero(const tl_team *team, uint32_t rows, uint32_t pitch, uint32_t n, float *y) {
    zero_arguments arguments = {.y = y, .rows = rows, .pitch = pitch, .n = n};
    if (n > 0 && rows > 0)
        tl_do(team, zero_leaf, &arguments, sizeof arguments);
}

void tl_do_sum(const tl_team *team, uint32_t n, uint32_t parts, uint32_t pitch, const float *x, float *y) {
    do_vector(team, sum_leaf, (vector_arguments){.n = n, .parts = parts, .pitch = pitch, .x = x, .y = y});
}

void tl_do_relu(const tl_team *team, uint32_t n, const float *x, float *y) {
    do_vector(team, relu_leaf, (vector_arguments){.n = n, .x = x, .y = y});
}

void tl_do_relu_grad(const tl_team *team, uint32_t n, const float *x, const float *dy, float *dx) {
    do_vector(team, relu_grad_leaf, (vector_arguments){.n = n, .x = x, .dy = dy, .y = dx});
}
