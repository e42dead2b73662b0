/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A fuzzer is a file with these two functions. libFuzzer drives the first where TL_FUZZ is on; fuzz_loop.c drives it
 * with seeds that it damages, in every build.
 */
#ifndef TL_FUZZ_H
#define TL_FUZZ_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes);

/* Writes seed number i, a good input; 0 when there are no more. */
size_t fuzz_seed(unsigned i, uint8_t *to, size_t room);

#define FUZZ_CHECK(condition)                                                                                          \
    do {                                                                                                               \
        if (!(condition)) {                                                                                            \
            fprintf(stderr, "%s:%d: not so: %s\n", __FILE__, __LINE__, #condition);                                    \
            abort();                                                                                                   \
        }                                                                                                              \
    } while (0)

#endif
