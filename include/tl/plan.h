/* SPDX-License-Identifier: Apache-2.0 */
/* How one step of a layer runs: which kernel, in which tiles. Fixed before the program starts. */
#ifndef TL_PLAN_H
#define TL_PLAN_H

#include <stdint.h>

struct tl_mm;
typedef void tl_mm_kernel_f32(const struct tl_mm *problem);

/*
 * Bytes from row to row and from k to k of A, from column to column and from k to k of B: what the code of a kernel of
 * fixed strides holds (docs/kernels.md). All 0: the kernel takes any.
 */
typedef struct tl_mm_strides {
    int16_t a_m, a_k, b_n, b_k;
} tl_mm_strides;

/*
 * Plan of a step that is a matmul: linear and convolution, each pass.
 * A tile is rows x cols of the output image (of dx for grad_x, of dy for grad_w), o output and c input channels. Tiles
 * at the edges are smaller. Larger than the layer means all of it.
 */
typedef struct tl_mm_plan {
    tl_mm_kernel_f32 *kernel;
    uint8_t block_m, block_n; /* the cores' shares are whole blocks of this size, as the kernel likes them */
    uint8_t slices;           /* the reduction in a tile is cut into so many parts, added in order; 1: not cut */
    uint8_t buffers;    /* 2: the next tile comes in and the last one goes out while this one is computed; else 1 */
    uint8_t by_columns; /* 1: shares of the work are columns of blocks rather than rows of them */
    /*
     * 1: in L1 a word stands behind each pixel of what comes in, which takes them out of one another's banks: of x and
     * w in forward, where the kernel is one pixel wide; of dy and w in grad_x. Nowhere else.
     */
    uint8_t padded;
    uint16_t rows, cols, o, c;
    tl_mm_strides strides;
} tl_mm_plan;

/* Plan of a step over windows (pooling): a tile is so many rows of the output (of dx for grad_x). Where the cores need
 * no tiles together (windows of 2 x 2 from L2), it is the room that they share. */
typedef struct tl_window_plan {
    uint16_t rows;
} tl_window_plan;

/* Plan of a step whose channels are independent (depthwise): a tile is so many rows of the output (of dx for grad_x, of
 * dy for grad_w) and channels. Larger than the layer means all of it. */
typedef struct tl_planes_plan {
    uint16_t rows, c;
    uint8_t slices;  /* grad_w: the rows of a tile are cut into so many parts, added in order; 1: not cut */
    uint8_t buffers; /* as in tl_mm_plan */
} tl_planes_plan;

/*
 * Plan of a step that works channel by channel (normalisation, global pooling): a tile is so many pixels, a multiple of
 * `slices`, and L1 holds `buffers` tiles: 3 or more, or as many as there are. The sums over pixels are cut into 1 to 8
 * slices: slice j adds up the pixels j, j + slices, ...; results depend on `slices`, but on nothing else here.
 */
typedef struct tl_channels_plan {
    uint32_t pixels;
    uint8_t slices, buffers;
} tl_channels_plan;

/* Plan of a step through which a matrix streams (linear, batch 1): a tile is so many rows of W and, where a row is too
 * long, columns, at the most; with the optimiser's state beside it. */
typedef struct tl_stream_plan {
    uint16_t rows;
    uint16_t cols;  /* 0: all */
    uint8_t states; /* arrays of it: 0 plain SGD, 1 momentum, 2 Adam */
} tl_stream_plan;

/* Plan of an element-wise step: elements in a tile at the most; 0: as the library likes. */
typedef struct tl_map_plan {
    uint32_t elements;
} tl_map_plan;

#endif
