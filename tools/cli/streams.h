/* SPDX-License-Identifier: Apache-2.0 */
/* Streams of random numbers (src/base/random.h): one a use, so that no two uses draw the same numbers. */
#ifndef TL_CLI_STREAMS_H
#define TL_CLI_STREAMS_H

enum {
    STREAM_SHUFFLE,       /* order of the training images */
    STREAM_BENCH,         /* operands of the benchmarks */
    STREAM_TENSORS = 1000 /* + number of the tensor: its initial values */
};

#endif
