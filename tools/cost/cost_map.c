/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Element-wise steps (src/tile/tile_map.h) and rows (tile_rows.h): every core moves and works its own pieces. Numbers
 * of instructions are those of docs/kernels.md, "The others".
 */
#include "tools/cost/cost.h"
#include <math.h>

enum { CORES = 8 };

/* Cycles of a piece beside its elements: its transfers' commands and waits, the kernel's call. */
static const float a_piece = 190.0f;
/* Of a step: the barrier behind it, its entry on the tape, the last wait. */
static const float a_step = 150.0f;
/* The DMA writes 256 bytes to L2 in 33 cycles. */
static const float out_of_in = 33.0f / 32.0f;

/* What a step does to each element, and which words of it move. */
typedef struct element {
    float instructions;
    uint32_t in, out, slots;
    bool apart; /* no result stands where an operand does: so two buffers will do */
} element;

static element element_of(const step_problem *p) {
    const bool grad = p->pass == STEP_GRAD_X;
    switch (p->op) {
    case STEP_RELU:
        return grad ? (element){5.0f, 2, 1, 2, false} : (element){3.0f, 1, 1, 1, false};
    case STEP_RELU6:
        return grad ? (element){6.0f, 2, 1, 2, false} : (element){3.5f, 1, 1, 2, true};
    case STEP_LEAKY_RELU:
        return grad ? (element){7.0f, 2, 1, 2, false} : (element){6.0f, 1, 1, 1, false};
    case STEP_SIGMOID:
        return grad ? (element){7.0f, 2, 1, 2, false} : (element){60.0f, 1, 1, 1, false};
    case STEP_TANH:
        return grad ? (element){6.0f, 2, 1, 2, false} : (element){60.0f, 1, 1, 1, false};
    case STEP_ADD:
        return (element){4.0f, 2, 1, 2, false};
    default:
        return p->update == STEP_ADAM       ? (element){42.0f, 4, 3, 4, false}
               : p->update == STEP_MOMENTUM ? (element){7.0f, 3, 2, 3, false}
                                            : (element){4.0f, 2, 1, 2, false};
    }
}

static uint32_t least_of(uint32_t a, uint32_t b) {
    return a < b ? a : b;
}

/* A core's elements in its pieces, as tl_map_run cuts them, and the DMA shared evenly by eight cores that do the same.
 */
float cost_map(const cost_machine *machine, const step_problem *p, const tl_map_plan *plan) {
    enum { PIECES = 6, LEAST = 128, MOST = 576, MOST_APART = 768, STEADY = 64 };
    const element e = element_of(p);
    const uint32_t share = (p->size.elements - 1) / CORES + 1, places = (e.apart ? 2u : 3u) * e.slots;
    const uint32_t worth = e.apart ? 2 * LEAST : LEAST, some = (share - 1) / PIECES + 1;
    uint32_t piece = plan->elements ? (plan->elements - 1) / CORES + 1
                     : some > worth ? least_of(some, (e.apart ? MOST_APART : MOST) / places)
                                    : least_of(worth, (e.apart ? MOST_APART : MOST) / places);
    piece = least_of(piece, share);
    const uint32_t least = least_of(piece, e.apart ? LEAST : LEAST / e.slots);
    const float word = 4.0f * (float)CORES / (float)machine->dma_width;
    float now = 0.0f, loaded, stored = 0.0f;
    uint32_t left = share, n = least_of(least, left), before = 0;
    loaded = word * (float)(n * e.in);
    for (uint32_t count = 0; n; ++count) {
        const float began = now;
        left -= n;
        const uint32_t half = left > 2 * least ? left / 2 : left, next = least_of(least_of(half, 2 * n), piece);
        /* One wait stands for all that the core has under way: this piece's way in, the way out of the one before the
         * last. Then the last one goes out and the next one comes in, while this one is worked on. */
        now = fmaxf(now, fmaxf(loaded, stored));
        stored = now + word * out_of_in * (float)(before * e.out);
        loaded = now + word * (float)(next * e.in);
        now += a_piece + e.instructions * (float)n;
        /* By now each piece takes as long as the one before: many of them are one multiplication. */
        if (count == STEADY && left > STEADY * piece) {
            const uint32_t skipped = left / piece - STEADY;
            const float more = (float)skipped * (now - began);
            now += more;
            loaded += more;
            stored += more;
            left -= skipped * piece;
        }
        before = n;
        n = next;
    }
    stored = fmaxf(now, stored) + word * out_of_in * (float)(before * e.out);
    return a_step + stored;
}

/*
 * Losses: rows come in, are dealt out to the cores, go out; three barriers and as many transfers wait for one another,
 * and the rows' results are added up one by one. Cross entropy: 91 cycles a class, most of them the exponential and a
 * division. Squared error: 6 instructions an element.
 */
float cost_rows(const cost_machine *machine, const step_problem *p) {
    static const float around = 620.0f, a_row = 70.0f, a_class = 91.0f, an_element = 6.0f, an_addition = 3.0f;
    const bool classes = p->op == STEP_CROSS_ENTROPY;
    /* As the library cuts elements into rows. */
    const uint32_t even = (p->size.elements + 63) / 64, width = even < 32 ? 32 : least_of(even, 1024);
    const uint32_t each = classes ? p->size.rows.classes : width;
    const uint32_t rows = classes ? p->size.rows.n : (p->size.elements - 1) / width + 1;
    const float words = (float)(rows * each), turns = (float)((rows - 1) / CORES + 1);
    const float moves = 4.0f * words * (classes ? 2.0f : 3.0f) / (float)machine->dma_width;
    return around + moves + turns * (a_row + (classes ? a_class : an_element) * (float)each) +
           an_addition * (float)rows;
}
