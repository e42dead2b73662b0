/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Random numbers without a state: number i of stream s under a seed is a function of the three. The same on host and
 * cluster; any core can compute any number.
 *
 * The function is Philox2x32-10 (Salmon, Moraes, Dror, Shaw: Parallel random numbers: as easy as 1, 2, 3; 2011).
 */
#ifndef TL_RANDOM_H
#define TL_RANDOM_H

#include <stdint.h>

/* 64 random bits in two words. */
void tl_random_block(uint32_t seed, uint32_t stream, uint32_t i, uint32_t out[2]);

/* Uniform in 0 .. n - 1; n >= 1. No value's probability is off by more than 2^-32. */
uint32_t tl_random_below(uint32_t seed, uint32_t stream, uint32_t i, uint32_t n);

/* Uniform over the multiples of 2^-24 in [0, 1). */
float tl_random_unit(uint32_t seed, uint32_t stream, uint32_t i);

#endif
