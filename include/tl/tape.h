/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Tapes: the calls that one core makes in a step, written down once and played many times.
 *
 * Where a network's sizes, plans and addresses do not change, neither do its transfers, barriers and kernel calls with
 * all their arguments; only the data does. So the code that works them out (tiles, boxes, shares) need run only once:
 * call the layers with a team whose `tape` is set, and they write down what they would do. Playing the tape does it. A
 * played step fetches hardly any code but the kernels', which is most of what a small layer costs on a machine whose
 * instruction cache is 4 KiB.
 *
 * A tape belongs to one core of a team of a given size, and is valid as long as the tensors stay where they are. Every
 * core of the team has its own, and all play together. They are written one after the other, each by its core or all by
 * one: the layers work out some tables in the L1 that they will use.
 *
 * A tape is read word by word, so it is fast in L1 only. One that is too long for that has its home in L2 and a reel in
 * L1: it is cut into chunks, and while one of them is played the next one travels to the reel. Parts that follow each
 * other (a network's layers) follow each other there too, so that nobody waits where one of them begins.
 */
#ifndef TL_TAPE_H
#define TL_TAPE_H

#include "tl/team.h"
#include <stdbool.h>
#include <stdint.h>

/* What stands on a tape: a function of one argument, its arguments, its size. */
typedef void tl_leaf(const void *arguments);

/* In L1, before two chunks: which ones these are. */
typedef struct tl_reel {
    const char *home;
    uint32_t bytes;      /* of the tape */
    uint32_t slot_bytes; /* behind this: the last arguments of some leaves; then the chunks */
    uint32_t chunk;      /* of each chunk */
    uint32_t there[2];   /* numbers of the two in L1 or on their way */
    uint32_t coming;     /* the one on its way */
} tl_reel;

struct tl_tape {
    char *start, *end;
    char *part;                      /* where the present part starts, if it has begun */
    uint32_t last;                   /* behind the head of the part's last entry, if a barrier can be noted there */
    uint32_t used;                   /* bytes, wanted ones among them that did not fit */
    uint32_t slots;                  /* of transfers that were started and not waited for */
    uint32_t cut;                    /* those of them that the tape's own transfer came between */
    tl_reel *reel;                   /* NULL: none */
    uint32_t chunk;                  /* bytes; 0: it is played where it stands */
    uint32_t slot_bytes, slots_used; /* of the reel: for leaves' last arguments; words of them in use */
    uint32_t ahead;                  /* the chunk of which is written down that it be brought */
    bool begun;
    bool too_small; /* a chunk, for a single call */
};

/*
 * Begins an empty tape in this memory, which is aligned to 8 bytes (on the cluster: fastest in L1). With no memory the
 * tape only counts, in `used`, the bytes that it would take.
 */
void tl_tape_begin(tl_tape *tape, void *memory, uint32_t bytes);
/*
 * Begins one whose home is `memory` (in L2) and whose reel of reel_bytes stands at `reel` (in L1, aligned to 8 bytes).
 * The reel is the tape's alone as long as it is played. Either may be NULL: then the tape counts; without a reel, what
 * it would take at the most.
 */
void tl_tape_begin_reel(tl_tape *tape, void *memory, uint32_t bytes, void *reel, uint32_t reel_bytes);
/*
 * The same in less than half of the room in L2, for one part in a hundred more time: of each call there stands what
 * differs from the last one of its kind, whose arguments stand in slots of the reel. Slots take what two chunks of 264
 * bytes leave of the reel, 384 bytes at the most.
 */
void tl_tape_begin_short(tl_tape *tape, void *memory, uint32_t bytes, void *reel, uint32_t reel_bytes);
/*
 * Something did not fit: the tape is of no use. Either it is longer than its memory, or (too_small) a call is longer
 * than a chunk. Who plays with others must know that none of their tapes is full: the others would wait for ever.
 */
bool tl_tape_is_full(const tl_tape *tape);
/* Ends what was written since tl_tape_begin, or since the last part's end. Returns where that part starts. */
const void *tl_tape_end_part(tl_tape *tape);
/* Plays a part. The team is the one for which it was written. */
void tl_tape_play(const tl_team *team, const void *part);
/* Brings the beginning of a part to its reel, while this core does something else. */
void tl_tape_cue(const tl_team *team, const void *part);

#endif
