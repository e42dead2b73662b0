/* SPDX-License-Identifier: Apache-2.0 */
/* On the cluster pulp/stream_pulp.S stands in for this file, with the same bits. */
#include "src/kernel/matvec.h"
#include "src/kernel/matvec_stream.h"

static void stream_pieces(const tl_matvec_stream *stream, tl_matvec_kernel_f32 *kernel, uint32_t rows, uint32_t cols) {
    tl_matvec part = {.pitch = stream->pitch,
                      .rows = rows,
                      .cols = cols,
                      .x = stream->x,
                      .dy = stream->dy,
                      .init = stream->init,
                      .y = stream->y};
    for (uint32_t left = stream->pieces; left > 0; --left) {
        const tl_matvec_piece piece = stream->next(stream->of);
        part.w = piece.w;
        if (rows) {
            part.cols = piece.units;
            part.pitch = 4 * (int32_t)piece.units;
        } else {
            part.rows = piece.units;
        }
        kernel(&part);
        part.init = part.y;
        if (rows)
            part.x += piece.units;
        else
            part.dy += piece.units;
    }
}

void tl_matvec_stream16_f32(const tl_matvec_stream *stream) {
    stream_pieces(stream, tl_matvec_f32, 16, 0);
}

void tl_matvec_t_stream16_f32(const tl_matvec_stream *stream) {
    stream_pieces(stream, tl_matvec_t_f32, 0, 16);
}

void tl_outer_stream16_f32(const tl_matvec_stream *stream) {
    stream_pieces(stream, tl_outer_f32, 0, 16);
}

void tl_matvec_outer_stream8_f32(const tl_matvec_stream *stream) {
    stream_pieces(stream, tl_matvec_outer_f32, 0, 8);
}
