/* SPDX-License-Identifier: Apache-2.0 */
#include "src/base/random.h"

enum { ROUNDS = 10 };
#define MULTIPLIER 0xD256D193u
#define KEY_STEP   0x9E3779B9u /* 2^32 / golden ratio */

void tl_random_block(uint32_t seed, uint32_t stream, uint32_t i, uint32_t out[2]) {
    uint32_t low = i, high = stream, key = seed;
    for (int round = 0; round < ROUNDS; ++round) {
        uint64_t product = (uint64_t)MULTIPLIER * low;
        low = (uint32_t)(product >> 32) ^ key ^ high;
        high = (uint32_t)product;
        key += KEY_STEP;
    }
    out[0] = low;
    out[1] = high;
}

uint32_t tl_random_below(uint32_t seed, uint32_t stream, uint32_t i, uint32_t n) {
    uint32_t bits[2];
    tl_random_block(seed, stream, i, bits);
    return (uint32_t)(((uint64_t)bits[0] * n) >> 32);
}

float tl_random_unit(uint32_t seed, uint32_t stream, uint32_t i) {
    uint32_t bits[2];
    tl_random_block(seed, stream, i, bits);
    return (float)(bits[0] >> 8) * 0x1p-24f;
}
