/* SPDX-License-Identifier: Apache-2.0 */
#include "tl/tape.h"
#include "src/hal/bits.h"
#include "src/hal/hal.h"
#include <stddef.h>

/*
 * In front of the arguments of a whole entry. leaf == NULL: the end, or a turn of some kind. All that stands on a tape
 * is made of words; an entry's first word has SHORT set if it is a short one.
 */
typedef uintptr_t word;
typedef struct entry {
    tl_leaf *leaf;
    uintptr_t bytes; /* of the arguments, a multiple of sizeof(entry); plus THEN_BARRIER. Of a turn: its kind */
} entry;

/*
 * A short entry says what is different from the leaf's last call: SHORT, SHORT_BARRIER, where in the reel's slots the
 * leaf and its arguments stand, and which of these words are new, one bit each; the new words follow. A slot is a word
 * that counts the others, the leaf and the arguments; the count is the writer's alone.
 */
enum { SHORT = 1, SHORT_BARRIER = 2, SLOT_AT = 2, SLOT_BITS = 7, SLOT_NEW = SLOT_AT + SLOT_BITS, SLOT_WORDS = 23 };
/* Of a reel: what chunks need first, and what slots take then. */
enum { CHUNK_LEAST = 66 * sizeof(word), SLOT_MOST = 96 * sizeof(word) };

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

static void begin_reel(tl_tape *tape, void *memory, uint32_t bytes, void *reel, uint32_t reel_bytes, bool shorten) {
    tl_tape_begin(tape, reel ? memory : NULL, bytes);
    const uint32_t room = reel_bytes < sizeof(tl_reel) ? 0 : reel_bytes - (uint32_t)sizeof(tl_reel);
    const uint32_t spare = !shorten || room < 2 * CHUNK_LEAST ? 0 : (room - 2 * CHUNK_LEAST) & ~7u;
    tape->slot_bytes = spare < SLOT_MOST ? spare : (uint32_t)SLOT_MOST;
    tape->chunk = (room - tape->slot_bytes) / 2;
    tape->chunk = tape->chunk < UINT16_MAX ? tape->chunk & ~7u : UINT16_MAX & ~7u;
    if (tape->chunk <= 2 * TURN_BYTES) {
        tape->too_small = true;
        return;
    }
    tape->reel = reel;
    if (tape->reel)
        *tape->reel = (tl_reel){.home = memory,
                                .slot_bytes = tape->slot_bytes,
                                .chunk = tape->chunk,
                                .there = {NO_CHUNK, NO_CHUNK},
                                .coming = NO_CHUNK};
}

void tl_tape_begin_reel(tl_tape *tape, void *memory, uint32_t bytes, void *reel, uint32_t reel_bytes) {
    begin_reel(tape, memory, bytes, reel, reel_bytes, false);
}

void tl_tape_begin_short(tl_tape *tape, void *memory, uint32_t bytes, void *reel, uint32_t reel_bytes) {
    begin_reel(tape, memory, bytes, reel, reel_bytes, true);
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
        tape->slots_used = 0; /* parts are played in any order */
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

/* Where the slot of this leaf is, so many words behind the slots' start; a new one is empty. 0: there can be none. */
static uint32_t find_slot(tl_tape *tape, tl_leaf *leaf, uint32_t words) {
    word *slots = (word *)(void *)(tape->reel + 1);
    const uint32_t room = tape->slot_bytes / (uint32_t)sizeof(word);
    if (words > SLOT_WORDS || words + 1 > room)
        return 0;
    for (uint32_t at = 0; at < tape->slots_used; at += (uint32_t)slots[at] + 1) {
        if (slots[at] == words && slots[at + 1] == (word)leaf)
            return at + 1;
    }
    /* Where they are all taken, all are given to others. */
    const uint32_t at = tape->slots_used + words + 1 > room ? 0 : tape->slots_used;
    slots[at] = words;
    slots[at + 1] = 0;
    tape->slots_used = at + words + 1;
    return at + 1;
}

/* Writes a leaf down as what has changed since its last call. */
static void append_short(tl_tape *tape, tl_leaf *leaf, const uint32_t *arguments, uint32_t bytes, uint32_t at) {
    word *slot = (word *)(void *)(tape->reel + 1) + at;
    const bool fresh = slot[0] == 0;
    const uint32_t words = (bytes + (uint32_t)sizeof(word) - 1) / (uint32_t)sizeof(word) + 1;
    word changed = 0;
    uint32_t count = 0;
    for (uint32_t i = 0; i < words; ++i) {
        word value = (word)leaf;
        if (i > 0) {
            const uint32_t *from = arguments + (i - 1) * (sizeof(word) / 4);
            value = from[0];
            if (sizeof(word) > 4 && (i - 1) * sizeof(word) + 4 < bytes)
                value |= (word)((uint64_t)from[1] << 32);
        }
        if (fresh || slot[i] != value) {
            slot[i] = value;
            changed |= (word)1 << i;
            ++count;
        }
    }
    make_room(tape, (count + 1) * (uint32_t)sizeof(word));
    tape->last = tape->used + 1;
    word *to = (word *)(void *)take(tape, (count + 1) * (uint32_t)sizeof(word));
    if (!to)
        return;
    *to++ = changed << SLOT_NEW | (word)at << SLOT_AT | SHORT;
    for (; changed; changed &= changed - 1)
        *to++ = slot[tl_first_bit((uint32_t)changed)];
}

static void *append(tl_tape *tape, tl_leaf *leaf, uint32_t bytes) {
    uint32_t padded = entry_bytes(bytes) - (uint32_t)sizeof(entry);
    if (!tape->begun)
        begin_part(tape);
    if (tape->chunk)
        make_room(tape, entry_bytes(bytes));
    tape->last = leaf ? tape->used + (uint32_t)offsetof(entry, bytes) + 1 : 0;
    entry *e = (entry *)(void *)take(tape, (uint32_t)sizeof(entry) + padded);
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
    tl_tape *tape = team->tape;
    if (!tape->begun)
        begin_part(tape);
    const uint32_t words = (bytes + (uint32_t)sizeof(word) - 1) / (uint32_t)sizeof(word) + 1;
    const uint32_t slot = tape->slot_bytes && tape->reel ? find_slot(tape, leaf, words) : 0;
    if (slot) {
        append_short(tape, leaf, arguments, bytes, slot);
        return;
    }
    uint32_t *to = append(tape, leaf, bytes);
    const uint32_t *from = arguments;
    for (uint32_t i = 0; to && i < bytes / 4; ++i)
        to[i] = from[i];
}

void tl_tape_barrier(tl_tape *tape) {
    if (!tape->last)
        (void)append(tape, nothing, 0);
    if (!tl_tape_is_full(tape)) {
        word *noted = (word *)(void *)(tape->start + tape->last - 1);
        *noted |= *noted & SHORT ? SHORT_BARRIER : THEN_BARRIER;
    }
    tape->last = 0;
    if (tape->chunk)
        fetch_ahead(tape);
}

static char *chunk_place(tl_reel *reel, uint32_t chunk) {
    return (char *)(reel + 1) + reel->slot_bytes + (chunk & 1 ? reel->chunk : 0);
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

/* Carries out a short entry. Returns what stands behind it. */
static inline const word *play_short(const tl_team *team, word *slots, const word *from) {
    const word head = *from++;
    word *slot = slots + (head >> SLOT_AT & ((1u << SLOT_BITS) - 1));
    from = tl_scatter(slot, (uint32_t)(head >> SLOT_NEW), from);
    ((tl_leaf *)slot[0])(slot + 1);
    if (head & SHORT_BARRIER)
        tl_barrier(team);
    return from;
}

/* What is run for every tile starts with a line of the instruction cache, here and in the leaves: fewer lines, whatever
 * else is linked. */
__attribute__((aligned(16))) void tl_tape_play(const tl_team *team, const void *part) {
    const word *at = part;
    word *slots = NULL;
    for (;;) {
        while (*at) {
            const entry *e = (const entry *)(const void *)at;
            if (*at & SHORT) {
                at = play_short(team, slots, at);
                continue;
            }
            uintptr_t bytes = e->bytes;
            e->leaf(e + 1);
            if (bytes & THEN_BARRIER)
                tl_barrier(team);
            at = (const word *)(const void *)((const char *)(e + 1) + (bytes & ~(uintptr_t)THEN_BARRIER));
        }
        const entry *e = (const entry *)(const void *)at;
        if (e->bytes == 0)
            return;
        slots = (word *)(void *)(((const turn *)(const void *)(e + 1))->reel + 1);
        at = (const word *)(const void *)take_turn(team, e);
    }
}

void tl_tape_cue(const tl_team *team, const void *part) {
    const entry *e = part;
    const turn *t = (const turn *)(const void *)(e + 1);
    if (!e->leaf && e->bytes == TURN && t->reel->there[t->chunk & 1] != t->chunk)
        bring(team, t->reel, t->chunk, t->chunk * t->reel->chunk);
}
