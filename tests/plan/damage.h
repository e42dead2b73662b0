/* SPDX-License-Identifier: Apache-2.0 */
/* Texts that somebody has spoilt: what readers must survive. */
#ifndef TL_TEST_DAMAGE_H
#define TL_TEST_DAMAGE_H

#include "src/base/random.h"
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* A number below n, from the trial and a counter. */
static inline uint32_t damage_draw(uint32_t trial, uint32_t *at, uint32_t n) {
    return (uint32_t)(tl_random_unit(77, trial, (*at)++) * (float)n) % n;
}

/* Changes, drops, doubles or cuts bytes of a text of at most room - 64 bytes; returns how many it then has. */
static inline size_t damage(char *text, size_t bytes, size_t room, uint32_t trial) {
    static const char likely[] = "0123456789xX=|#\n ,-_.>abz\t\r\x01\x80\xff";
    uint32_t at = 0, times = 1 + damage_draw(trial, &at, 4);
    for (uint32_t i = 0; i < times && bytes > 1; ++i) {
        const size_t place = damage_draw(trial, &at, (uint32_t)bytes);
        const char byte = likely[damage_draw(trial, &at, sizeof likely)];
        size_t many = 1 + damage_draw(trial, &at, 12);
        switch (damage_draw(trial, &at, 5)) {
        case 0:
            text[place] = byte;
            break;
        case 1:
            many = many < bytes - place ? many : bytes - place;
            memmove(text + place, text + place + many, bytes - place - many);
            bytes -= many;
            break;
        case 2:
            if (bytes + 1 < room) {
                memmove(text + place + 1, text + place, bytes - place);
                text[place] = byte;
                ++bytes;
            }
            break;
        case 3:
            many = many < bytes - place ? many : bytes - place;
            if (bytes + many < room) {
                memmove(text + place + many, text + place, bytes - place);
                bytes += many;
            }
            break;
        default:
            bytes = place + 1;
        }
    }
    return bytes;
}

#endif
