/* SPDX-License-Identifier: Apache-2.0 */
#include "tl/tape.h"
#include "src/hal/hal.h"

/* In front of the arguments of every entry. leaf == NULL: the end, or a turn of some kind. */
typedef struct entry {
    tl_leaf *leaf;
    uintptr_t bytes; /* of the arguments, a multiple of sizeof(entry); plus THEN_BARRIER. Of a turn: its kind */
} entry;

/*
 * Behind the entry of a turn: playing goes on in this chunk, so many bytes from its start. TURN starts to bring the
 * next one as well; after TURN_ONLY a FETCH does that later, when the transfers have been started that belong together.
 */
typedef struct turn {
    tl_reel *reel;
    uint16_t chunk, at;
} turn;

enum { THEN_BARRIER = 1, TURN = 2, TURN_ONLY = 3, FETCH = 4, NO_CHUNK = UINT16_MAX };
enum { TURN_BYTES = sizeof(entry) + (sizeof(turn) + sizeof(entry) - 1) / sizeof(entry) * sizeof(entry) };

void tl_tape_begin(tl_tape *tape, void *memory, uint32_t bytes) {
    *tape = (tl_tape){.start = memory};
    if (memory)
        tape->end = tape->start + bytes;
}

void tl_tape_begin_reel(tl_tape *tape, void *memory, uint32_t bytes, void *reel, uint32_t reel_bytes) {
    tl_tape_begin(tape, reel ? memory : NULL, bytes);
    tape->chunk = reel_bytes < sizeof(tl_reel) ? 0 : (reel_bytes - (uint32_t)sizeof(tl_reel)) / 2;
    tape->chunk = tape->chunk < UINT16_MAX ? tape->chunk & ~7u : UINT16_MAX & ~7u;
    if (tape->chunk <= 2 * TURN_BYTES) {
        tape->too_small = true;
        return;
    }
    tape->reel = memory ? reel : NULL;
    if (tape->reel)
        *tape->reel =
            (tl_reel){.home = memory, .chunk = tape->chunk, .there = {NO_CHUNK, NO_CHUNK}, .coming = NO_CHUNK};
}

bool tl_tape_is_full(const tl_tape *tape) {
    return tape->too_small || tape->used > (size_t)(tape->end - tape->start);
}

static void nothing(const void *arguments) {
    (void)arguments;
}

/* The next bytes, or NULL if they do not fit. */
static char *take(tl_tape *tape, uint32_t bytes) {
    uint32_t at = tape->used;
    tape->used += bytes;
    if (tape->reel)
        tape->reel->bytes = tape->used;
    return tl_tape_is_full(tape) ? NULL : tape->start + at;
}

static void put_turn(tl_tape *tape, uintptr_t kind, uint32_t chunk, uint32_t at) {
    char *place = take(tape, TURN_BYTES);
    tape->last = 0;
    /* When the tape's own transfer starts there, those begun earlier are no longer the last ones. */
    if (kind != TURN_ONLY) {
        tape->cut = tape->slots;
        tape->ahead = chunk + 1;
    }
    if (!place)
        return;
    *(entry *)(void *)place = (entry){.bytes = kind};
    *(turn *)(void *)(place + sizeof(entry)) = (turn){.reel = tape->reel, .chunk = (uint16_t)chunk, .at = (uint16_t)at};
}

/* What does not fit a chunk beside a turn goes to the next one. */
static void make_room(tl_tape *tape, uint32_t bytes) {
    uint32_t chunk = tape->used / tape->chunk, at = tape->used - chunk * tape->chunk;
    if (at + bytes + TURN_BYTES <= tape->chunk)
        return;
    if (bytes + TURN_BYTES > tape->chunk || chunk + 1 >= NO_CHUNK)
        tape->too_small = true;
    ++chunk;
    put_turn(tape, tape->slots && tape->ahead == chunk ? TURN_ONLY : TURN, chunk, 0);
    tape->used = chunk * tape->chunk;
}

/* Behind a barrier: by now all has been started that goes together. */
static void fetch_ahead(tl_tape *tape) {
    uint32_t chunk = tape->used / tape->chunk;
    if (tape->ahead > chunk || tape->used - chunk * tape->chunk + 2 * TURN_BYTES > tape->chunk)
        return;
    put_turn(tape, FETCH, chunk, 0);
}

/* With a reel, a part begins with a turn to what stands behind it: so it can be played from its home. */
static void begin_part(tl_tape *tape) {
    if (tape->chunk) {
        make_room(tape, TURN_BYTES);
        uint32_t chunk = tape->used / tape->chunk, at = tape->used - chunk * tape->chunk;
        tape->part = tape->start + at + chunk * tape->chunk;
        put_turn(tape, TURN, chunk, at + TURN_BYTES);
    } else {
        tape->part = tape->start + tape->used;
    }
    tape->begun = true;
}

/* Bytes of an entry. */
static uint32_t entry_bytes(uint32_t arguments) {
    return (arguments + 2 * (uint32_t)sizeof(entry) - 1) / (uint32_t)sizeof(entry) * (uint32_t)sizeof(entry);
}

void tl_tape_together(tl_tape *tape, uint32_t first, uint32_t second) {
    if (!tape->begun)
        begin_part(tape);
    if (tape->chunk)
        make_room(tape, entry_bytes(first) + entry_bytes(second));
}

static void *append(tl_tape *tape, tl_leaf *leaf, uint32_t bytes) {
    uint32_t padded = entry_bytes(bytes) - (uint32_t)sizeof(entry);
    if (!tape->begun)
        begin_part(tape);
    if (tape->chunk)
        make_room(tape, entry_bytes(bytes));
    entry *e = (entry *)(void *)take(tape, (uint32_t)sizeof(entry) + padded);
    tape->last = leaf ? tape->used - padded : 0;
    if (!e)
        return NULL;
    *e = (entry){.leaf = leaf, .bytes = padded};
    return e + 1;
}

const void *tl_tape_end_part(tl_tape *tape) {
    (void)append(tape, NULL, 0);
    tape->begun = false;
    return tape->part;
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
    if (!tape->last)
        (void)append(tape, nothing, 0);
    if (!tl_tape_is_full(tape))
        ((entry *)(void *)(tape->start + tape->last) - 1)->bytes |= THEN_BARRIER;
    tape->last = 0;
    if (tape->chunk)
        fetch_ahead(tape);
}

static char *chunk_place(tl_reel *reel, uint32_t chunk) {
    return (char *)(reel + 1) + (chunk & 1 ? reel->chunk : 0);
}

/* Starts to bring a chunk of the tape, when what came before has arrived. */
static void bring(const tl_team *team, tl_reel *reel, uint32_t chunk, uint32_t from) {
    const uint32_t left = reel->bytes - from;
    reel->there[chunk & 1] = chunk;
    reel->coming = chunk;
    tl_dma_start_own(team, chunk_place(reel, chunk), reel->home + from, left < reel->chunk ? left : reel->chunk);
}

static const entry *take_turn(const tl_team *team, const entry *e) {
    const turn *t = (const turn *)(const void *)(e + 1);
    tl_reel *reel = t->reel;
    const uintptr_t kind = e->bytes;
    const uint32_t chunk = t->chunk, next = chunk + 1, at = t->at, from = next * reel->chunk;
    if (reel->there[chunk & 1] != chunk)
        bring(team, reel, chunk, from - reel->chunk);
    if (kind != TURN_ONLY && from < reel->bytes && reel->there[next & 1] != next) {
        bring(team, reel, next, from);
    } else if (reel->coming == chunk) {
        reel->coming = NO_CHUNK;
        tl_dma_wait_own(team);
    }
    return kind == FETCH ? e + TURN_BYTES / sizeof(entry)
                         : (const entry *)(const void *)(chunk_place(reel, chunk) + at);
}

/* What is run for every tile starts with a line of the instruction cache, here and in the leaves: fewer lines, whatever
 * else is linked. */
__attribute__((aligned(16))) void tl_tape_play(const tl_team *team, const void *part) {
    const entry *e = part;
    for (;;) {
        while (e->leaf) {
            uintptr_t bytes = e->bytes;
            e->leaf(e + 1);
            if (bytes & THEN_BARRIER)
                tl_barrier(team);
            e = (const entry *)(const void *)((const char *)(e + 1) + (bytes & ~(uintptr_t)THEN_BARRIER));
        }
        if (e->bytes == 0)
            return;
        e = take_turn(team, e);
    }
}

void tl_tape_cue(const tl_team *team, const void *part) {
    const entry *e = part;
    const turn *t = (const turn *)(const void *)(e + 1);
    if (!e->leaf && e->bytes == TURN && t->reel->there[t->chunk & 1] != t->chunk)
        bring(team, t->reel, t->chunk, t->chunk * t->reel->chunk);
}
