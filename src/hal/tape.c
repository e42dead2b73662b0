/* SPDX-License-Identifier: Apache-2.0 */
#include "tl/tape.h"
#include "src/hal/hal.h"

/* In front of the arguments of every entry. leaf == NULL: the end. */
typedef struct entry {
    tl_leaf *leaf;
    uintptr_t bytes; /* of the arguments, a multiple of sizeof(entry); plus THEN_BARRIER */
} entry;

enum { THEN_BARRIER = 1 };

void tl_tape_begin(tl_tape *tape, void *memory, uint32_t bytes) {
    *tape = (tl_tape){.start = memory, .part = memory};
    if (memory)
        tape->end = tape->start + bytes;
}

bool tl_tape_is_full(const tl_tape *tape) {
    return tape->used > (size_t)(tape->end - tape->start);
}

static void nothing(const void *arguments) {
    (void)arguments;
}

static void *append(tl_tape *tape, tl_leaf *leaf, uint32_t bytes) {
    uint32_t padded = (bytes + (uint32_t)sizeof(entry) - 1) / (uint32_t)sizeof(entry) * (uint32_t)sizeof(entry);
    uint32_t at = tape->used;
    tape->used += (uint32_t)sizeof(entry) + padded;
    if (tl_tape_is_full(tape))
        return NULL;
    entry *e = (entry *)(void *)(tape->start + at);
    *e = (entry){.leaf = leaf, .bytes = padded};
    tape->last = leaf ? e : NULL;
    return e + 1;
}

void *tl_tape_room(tl_tape *tape, uint32_t bytes) {
    return append(tape, nothing, bytes);
}

const void *tl_tape_end_part(tl_tape *tape) {
    const void *part = tape->part;
    (void)append(tape, NULL, 0);
    if (!tl_tape_is_full(tape))
        tape->part = tape->start + tape->used;
    return part;
}

void tl_do(const tl_team *team, tl_leaf *leaf, const void *arguments, uint32_t bytes) {
    if (!team->tape) {
        leaf(arguments);
        return;
    }
    uint32_t *to = append(team->tape, leaf, bytes);
    const uint32_t *from = arguments;
    for (uint32_t i = 0; to && i < bytes / 4; ++i)
        to[i] = from[i];
}

void tl_tape_barrier(tl_tape *tape) {
    entry *last = tape->last;
    if (!last)
        (void)append(tape, nothing, 0);
    last = tape->last;
    if (last)
        last->bytes |= THEN_BARRIER;
    tape->last = NULL;
}

void tl_tape_play(const tl_team *team, const void *part) {
    const entry *e = part;
    while (e->leaf) {
        uintptr_t bytes = e->bytes;
        e->leaf(e + 1);
        if (bytes & THEN_BARRIER)
            tl_barrier(team);
        e = (const entry *)(const void *)((const char *)(e + 1) + (bytes & ~(uintptr_t)THEN_BARRIER));
    }
}
