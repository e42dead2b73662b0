/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Matrix-vector kernels for matrices that come in pieces: one core's part of 16 rows, or of 16 or 8 columns, whose sums
 * stay in registers from the first piece to the last. The bits of matvec.h.
 *
 *     tl_matvec_stream16_f32        tl_matvec_f32 of 16 rows; a piece is some columns, its rows one behind the other
 *     tl_matvec_t_stream16_f32      tl_matvec_t_f32 of 16 columns; a piece is some rows
 *     tl_outer_stream16_f32         tl_outer_f32 of 16 columns; likewise
 *     tl_matvec_outer_stream8_f32   tl_matvec_outer_f32 of 8 columns; likewise
 *
 * y is written at the end.
 */
#ifndef TL_KERNEL_MATVEC_STREAM_H
#define TL_KERNEL_MATVEC_STREAM_H

#include <stdint.h>

typedef struct tl_matvec_piece {
    float *w;
    uint32_t units; /* columns or rows, 1 or more */
} tl_matvec_piece;

/* Returns the next piece when it is there. */
typedef tl_matvec_piece tl_matvec_next(void *of);

typedef struct tl_matvec_stream {
    tl_matvec_next *next;
    void *of;
    uint32_t pieces; /* 1 or more */
    int32_t pitch;   /* bytes from row to row; of the first kernel it is that of the piece */
    const float *x;  /* as in tl_matvec */
    const float *dy;
    const float *init; /* NULL: none */
    float *y;          /* NULL in tl_outer_stream16_f32, which has none */
} tl_matvec_stream;

typedef void tl_matvec_stream_f32(const tl_matvec_stream *stream);

void tl_matvec_stream16_f32(const tl_matvec_stream *stream);
void tl_matvec_t_stream16_f32(const tl_matvec_stream *stream);
void tl_outer_stream16_f32(const tl_matvec_stream *stream);
void tl_matvec_outer_stream8_f32(const tl_matvec_stream *stream);

#endif
