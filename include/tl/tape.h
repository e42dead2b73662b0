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
 * core of the team writes its own, and all play together.
 */
#ifndef TL_TAPE_H
#define TL_TAPE_H

#include "tl/team.h"
#include <stdbool.h>
#include <stdint.h>

/* What stands on a tape: a function of one argument, its arguments, its size. */
typedef void tl_leaf(const void *arguments);

struct tl_tape {
    char *start, *end;
    char *part;     /* where the present part starts */
    void *last;     /* the part's last entry, if a barrier can be noted there */
    uint32_t used;  /* bytes, wanted ones among them that did not fit */
    uint32_t slots; /* of transfers that were started and not waited for */
};

/*
 * Begins an empty tape in this memory, which is aligned to 8 bytes (on the cluster: fastest in L1). With no memory the
 * tape only counts, in `used`, the bytes that it would take.
 */
void tl_tape_begin(tl_tape *tape, void *memory, uint32_t bytes);
/* Something did not fit: the tape is of no use. */
bool tl_tape_is_full(const tl_tape *tape);
/* Ends what was written since tl_tape_begin, or since the last part's end. Returns where that part starts. */
const void *tl_tape_end_part(tl_tape *tape);
/* Plays a part. The team is the one for which it was written. */
void tl_tape_play(const tl_team *team, const void *part);

#endif
