/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the sanitizer keeps. Each core has a vector of clocks: clock[i] is how much of core i's past comes before what
 * this core does now. Its own entry goes on whenever it lets others know of its past. An access is known by core and
 * own clock; it comes before what core c does now when c's clock of that core has reached it.
 */
#ifndef TL_SIM_SANITIZE_STATE_H
#define TL_SIM_SANITIZE_STATE_H

#include "tools/sim/observe.h"
#include "tools/sim/sanitize.h"

#define SAN_EVENTS    32
#define SAN_TRANSFERS 4096 /* groups of transfers that are remembered */
#define SAN_SYNCS     256  /* polled words */
#define SAN_FINDINGS  1024
#define SAN_SIGNALS   16
#define SAN_WHAT      100
#define SAN_CALLS     64
#define SAN_GUARD     256 /* bytes below a stack that are nobody's, if nothing else is said */

typedef struct san_clocks {
    uint32_t of[SIM_MAX_CORES];
} san_clocks;

typedef struct san_core {
    san_clocks past;
    uint32_t ended; /* the group of transfers found last whose end comes before what it does now */
    uint32_t stack, stack_end, guard;
    uint32_t calls;                        /* it is in so many, as far as is known */
    const sim_op *call[SAN_CALLS];         /* the last of them, as a ring */
    uint32_t signals, signal[SAN_SIGNALS]; /* groups of transfers whose event has been sent to this core */
    san_clocks event[SAN_EVENTS];          /* what comes before each of its events */
} san_core;

/* What a core's accesses are marked with now: its own clock; that << 4, and its number. */
typedef struct san_now {
    uint32_t clock, id;
} san_now;

/* Who touched a word last; as long as it is only touched as a whole. Then each of its bytes has one. */
typedef struct san_word {
    uint32_t read[SIM_MAX_CORES]; /* clock of each core's last load; 0: none */
    uint32_t write;               /* san_now.id of the last store; 0: none */
    uint32_t write_pc;
    uint32_t dma_write, dma_read[2]; /* groups of transfers; 0: none */
    uint8_t flags, sync;
} san_word;
_Static_assert(sizeof(san_word) <= 64, "a word's shadow fits into a line of the host's cache");

enum {
    SAN_SPLIT = 1, /* look at its bytes */
    SAN_SYNC = 2,  /* orders accesses: sanitizer.sync */
    SAN_HOST = 4   /* written from outside */
};

/* What a word belongs to; the owner of a stack, + 1, above. */
enum { SAN_ZONE_DATA = 1, SAN_ZONE_CODE = 2, SAN_ZONE_OWNER_SHIFT = 4 };

/* Transfers under one id, from when the first was started to when none was under way. */
typedef struct san_transfer {
    uint32_t number, before, core, pc, in; /* before: the group under this id before this one */
    uint32_t callers, caller[SIM_FINDING_CALLERS];
    uint32_t seen[SIM_MAX_CORES]; /* clock of each core when it saw the end; 0: it has not */
} san_transfer;

struct sim_sanitizer {
    sim *s;
    san_now now[SIM_MAX_CORES];
    san_core core[SIM_MAX_CORES];
    san_clocks host, barrier[SIM_EU_BARRIERS], mutex[SIM_EU_MUTEXES], dispatch[SIM_EU_DISPATCHES];
    uint32_t l1_words, words; /* L1's words come first, then L2's */
    san_word *word;
    san_word *byte; /* four for every word */
    uint32_t (*read_pc)[SIM_MAX_CORES];
    uint8_t *init; /* a bit for each byte of a word that has been written */
    uint8_t *zone;
    uint8_t *loop_seen; /* a bit for each instruction slot: its hardware loop has been looked at */
    uint8_t declared;   /* bit 0: the program declares something in L1, bit 1: in L2 */
    uint32_t syncs;
    san_clocks sync[SAN_SYNCS];
    uint32_t groups, group_of[16]; /* the last number given; of each id */
    san_transfer transfer[SAN_TRANSFERS];
    uint32_t findings;
    uint64_t lost;
    sim_finding finding[SAN_FINDINGS];
    char what[SAN_FINDINGS][SAN_WHAT]; /* ends of sentences */
    uint32_t placed;                   /* findings whose lines have been looked up */
    struct sim_source_lines *lines;    /* NULL: not read yet */
    uint16_t slot[4 * SAN_FINDINGS];   /* index + 1 of findings, by hash */
    sim_finding_call *call;
    void *user;
};

/* The word's index of an address, or `words` where there is no memory. */
static inline uint32_t san_index(const struct sim_sanitizer *z, uint32_t address) {
    uint32_t offset = address - TL_L1_BASE;
    if (offset >> 2 < z->l1_words)
        return offset >> 2;
    offset = (address - TL_L2_PRIVATE_BASE) >> 2;
    return offset < z->words - z->l1_words ? z->l1_words + offset : z->words;
}

static inline uint32_t san_address(const struct sim_sanitizer *z, uint32_t index) {
    return index < z->l1_words ? TL_L1_BASE + 4 * index : TL_L2_PRIVATE_BASE + 4 * (index - z->l1_words);
}

static inline void san_join(san_clocks *to, const san_clocks *from) {
    for (unsigned i = 0; i < SIM_MAX_CORES; i++)
        to->of[i] = to->of[i] > from->of[i] ? to->of[i] : from->of[i];
}

/* Others know of this core's past up to here: what it does now is no part of that. */
static inline void san_advance(struct sim_sanitizer *z, unsigned core) {
    uint32_t clock = ++z->core[core].past.of[core];
    z->now[core] = (san_now){.clock = clock, .id = clock << 4 | core};
}

/* Whether a store, as san_word.write holds it, comes before what this core does now. */
static inline int san_is_past(const san_core *k, uint32_t write) {
    return write >> 4 <= k->past.of[write & 15];
}

/* sanitize_map.c: sections, symbols, stacks */
void san_map_program(struct sim_sanitizer *z);
void san_declare(struct sim_sanitizer *z, uint32_t address, uint32_t bytes, uint8_t zone);
void san_set_stack(struct sim_sanitizer *z, unsigned core, uint32_t address, uint32_t bytes, uint32_t guard);

/* sanitize_access.c */
void san_written_outside(struct sim_sanitizer *z, uint32_t address, uint32_t bytes);
/* The words' own entries, or those of its bytes. */
int san_granules(struct sim_sanitizer *z, uint32_t index, unsigned mask, san_word **at);
void san_make_sync(struct sim_sanitizer *z, uint32_t index);

/* sanitize_dma.c */
/* Whether core k has seen the end of a group of transfers, or comes after one that has. */
int san_has_ended(const struct sim_sanitizer *z, uint32_t group, san_core *k);
const san_transfer *san_group(const struct sim_sanitizer *z, uint32_t group);
sim_finding_side san_transfer_side(const san_transfer *x, int writes);
void san_take_signals(struct sim_sanitizer *z, unsigned core);

/* sanitize_code.c */
/* Whether a load at pc polls: see sanitize.h. */
int san_is_polling(struct sim_sanitizer *z, uint32_t pc);

/* sanitize_calls.c: the addresses of a core's innermost calls. Returns how many. */
uint32_t san_callers(const struct sim_sanitizer *z, unsigned core, uint32_t caller[SIM_FINDING_CALLERS]);
void san_set_callers(sim_finding_side *side, uint32_t callers, const uint32_t *caller);

/* sanitize_report.c; `other` may be NULL. `what` ends the sentence of some kinds. */
void san_find(struct sim_sanitizer *z, sim_finding_kind kind, uint32_t address, const sim_finding_side *side,
              const sim_finding_side *other, const char *what);
/* Looks up the lines of the source. */
void san_place(struct sim_sanitizer *z);
/* The program goes, and its names. */
void san_forget_names(struct sim_sanitizer *z);

#endif
