/* SPDX-License-Identifier: Apache-2.0 */
/* All that a machine is. Private to the simulator. */
#ifndef TL_SIM_STATE_H
#define TL_SIM_STATE_H

#include <stdatomic.h>

#include "platform/memmap.h"
#include "tools/sim/isa.h"
#include "tools/sim/sim.h"
#include "tools/sim/timing.h"

#define SIM_MAX_CORES  9 /* eight of the cluster, then the fabric controller */
#define SIM_FC         8
#define SIM_NEVER      UINT64_MAX
#define SIM_MAX_BANKS  64
#define SIM_WATCHES    16
#define SIM_LINE_CHARS 256
#define SIM_WHEEL      64 /* cycles ahead that are kept in order; who is later is put in again */
/* Cycles of the stretches at whose ends cores that do their accesses to L1 ahead of time look round: a power of two. */
#define SIM_STRETCH   128
#define SIM_USE_FIRST 16 /* room on both sides, for whoever looks at that many at once */
#define SIM_NO_BANK   0x80
/* A core runs no further ahead than this without looking round. */
#define SIM_RUN_AHEAD 1024

typedef union sim_reg {
    uint32_t u;
    float f;
} sim_reg;

typedef struct sim_loop {
    const sim_op *start_op, *end_op;
    uint32_t start, end, count;
} sim_loop;

/* Instruction caches. A tag is a line's number + 1. */
#define SIM_L0_MAX_LINES  128
#define SIM_L1I_MAX_BANKS 8
#define SIM_L1I_MAX_LINES 1024 /* of all banks */

typedef struct sim_l0 {
    uint32_t tag[SIM_L0_MAX_LINES]; /* set by set */
    uint8_t lfsr;
} sim_l0;

typedef struct sim_l1i_bank {
    uint64_t refill_free;
    uint8_t lfsr;
} sim_l1i_bank;

/* What a core sleeps on. */
typedef enum sim_wait {
    SIM_AWAKE,
    SIM_WAIT_EVENT, /* the event unit's wait registers */
    SIM_WAIT_MUTEX,
    SIM_WAIT_DISPATCH,
    SIM_WAIT_DMA, /* room in a queue or an id */
    SIM_WAIT_WFI
} sim_wait;

typedef struct sim_core {
    sim_reg x[33];
    const sim_op *turn;  /* what to do when its turn comes: the access at this op, or one of sim.turn */
    uint64_t count;      /* counters not yet flushed */
    const sim_op *np;    /* the instruction after the access */
    const sim_op *op;    /* the next instruction, where `turn` is none */
    const sim_op *later; /* `turn` behind SIM_CODE_LATER, the access behind SIM_CODE_STRETCH */
    uint64_t t;          /* its own time: its turn's, while it stands in the wheel */
    uint32_t index, hart;
    uint32_t bit;
    /* An address is a good one in L1 when (address & mask) == match. */
    uint32_t mask_w, mask_h, mask_b, l1_match;
    sim_loop loop[2];
    uint32_t frm, fflags;
    uint64_t ready[33],
        ready_max; /* when results of floating-point units are there, if they take longer than a cycle */
    uint32_t mstatus, mtvec, mepc, mcause, mscratch;
    uint32_t pcer, pcmr;
    uint64_t pccr_base[32];
    uint32_t nowhere_pc; /* the address behind SIM_CODE_NOWHERE */
    uint8_t on, wake_rd, wait_clear, interruptible;
    sim_wait wait;
    uint64_t sleep_from, started;
    uint64_t seen, woken; /* ends of the last instruction that was shown to an observer, and of the last sleep */
    uint32_t wait_mutex;
    sim_l0 l0;
    sim_core_stats stats;
    uint64_t rvc, jumps, branches, taken, elws, imisses, fpu_waits;
    uint32_t line_chars;
    char line[SIM_LINE_CHARS];
    /* banks.c: what bank it came to in each cycle from use_at on, ahead of time; SIM_NO_BANK and its number: to none.
     */
    uint64_t use_at;
    uint8_t use[SIM_USE_FIRST + SIM_STRETCH + SIM_USE_FIRST];
} sim_core;

/* Event unit */
#define SIM_EU_BARRIERS   8
#define SIM_EU_MUTEXES    16
#define SIM_EU_DISPATCHES 8

typedef struct sim_eu_core {
    uint32_t mask, irq_mask, sw_mask, buffer;
} sim_eu_core;

typedef struct sim_event_unit {
    sim_eu_core core[8];
    struct {
        uint32_t trigger_mask, target_mask, status;
    } barrier[SIM_EU_BARRIERS];
    struct {
        uint32_t locked, value, waiting, last;
    } mutex[SIM_EU_MUTEXES];
    struct {
        uint32_t value, mask;
    } dispatch[SIM_EU_DISPATCHES];
    uint32_t dispatch_head, dispatch_next[8], dispatch_team;
} sim_event_unit;

/* DMA; the queues' lengths stand in the machine's settings */
#define SIM_DMA_CORE_QUEUE_MAX   8
#define SIM_DMA_GLOBAL_QUEUE_MAX 32
typedef struct sim_transfer {
    uint32_t command, l1, l2;
    uint32_t left;              /* bytes still to move */
    uint32_t row, stride, done; /* 2D: bytes a row, distance of rows, bytes done in this row */
    uint32_t id, channel;
    uint32_t number; /* transfers since reset, modulo 2^32; the first is 1 */
    uint64_t ready;  /* when it can start */
} sim_transfer;

typedef struct sim_dma_channel {
    sim_transfer queue[SIM_DMA_CORE_QUEUE_MAX];
    uint32_t queued;
    uint32_t words[5], have; /* the command that is being written */
    uint32_t id;             /* the id allocated last */
} sim_dma_channel;

typedef struct sim_dma_engine {
    sim_transfer at;
    uint32_t busy, chunk; /* chunk: bytes that arrive at `next` */
    uint64_t next, free;
} sim_dma_engine;

typedef struct sim_dma {
    sim_dma_channel channel[SIM_MAX_CORES];
    sim_transfer queue[SIM_DMA_GLOBAL_QUEUE_MAX];
    uint32_t queued, turn;
    sim_dma_engine engine[2]; /* 0: towards L2, 1: towards L1 */
    uint32_t allocated;       /* ids handed out */
    uint32_t pending[16];     /* transfers under way of each id */
    uint32_t owner[16];
    uint64_t busy_from;
    uint64_t bytes[2], transfers, busy;
} sim_dma;

typedef struct sim_timer {
    uint32_t config[2], compare[2], count[2];
    uint64_t since[2];
} sim_timer;

#define SIM_TIMERS 3 /* the cluster's, the fabric controller's two */

typedef struct sim_symbol_entry {
    const char *name;
    uint32_t address, bytes;
    uint8_t kind;
} sim_symbol_entry;
enum { SIM_SYMBOL_OBJECT, SIM_SYMBOL_LABEL, SIM_SYMBOL_FUNCTION };

/* A loaded file. Machines and snapshots share it; it does not change. */
typedef struct sim_program {
    atomic_uint users;
    uint8_t *elf;
    sim_symbol_entry *by_name, *by_address;
} sim_program;

/* What a store must not pass over; one byte for every 64 bytes of memory. */
enum { SIM_ATTR_CODE = 1, SIM_ATTR_WATCHED = 2, SIM_ATTR_FRESH = 4 };
#define SIM_ATTR_SHIFT 6

/* Pages of L2. Machines and snapshots share them, see pages.c. */
#define SIM_PAGE_SHIFT 12
#define SIM_PAGE_BYTES (1u << SIM_PAGE_SHIFT)
typedef struct sim_page {
    atomic_uint users;
    struct sim_page *next; /* of the spare ones */
    uint8_t *bytes;
} sim_page;

typedef struct sim_pages {
    sim_page **page;
    sim_page *spare; /* of a machine: no fewer than it shares */
    uint32_t count, spares;
} sim_pages;

struct sim {
    sim_machine machine;
    struct sim_observer *observer; /* observe.h; NULL: nobody looks */
    uint32_t l2_bytes;             /* private and shared part */
    uint32_t bank_mask, l1_mask;
    uint8_t *l1;
    sim_pages l2;
    uint8_t *l1_attr, *l2_attr;
    sim_op *ops; /* L1's slots, a line of nowhere, L2's slots, a line of nowhere */
    uint32_t l1_slots, l2_slots, l2_first, slots;
    void *ops_memory;
    sim_output *output;
    void *output_user;
    sim_program *program;
    uint8_t *elf; /* the program's */
    size_t elf_bytes;
    sim_symbol_entry *by_name, *by_address;
    uint32_t symbols;

    const void *label[SIM_CODES], *granted[SIM_CODES]; /* the interpreter's places, exec.inc */
    sim_core *ring[16];                                /* the cluster's cores, twice */
    sim_op turn[SIM_FIRST_INSN];                       /* what a core does when its turn comes, beside accesses */

    /* From here on: what a snapshot copies. */
    uint64_t now, limit;
    uint64_t device_next; /* when the DMA or a timer must be looked at */
    uint64_t flush_at;    /* when the cores' counters must be flushed */
    uint64_t stop;        /* the earliest of limit, devices and flush */
    uint64_t run_ahead;   /* no core looks at nothing for longer than this */
    uint64_t due;         /* cycles of the wheel in which some core's turn is, one bit each */
    uint32_t wheel[SIM_WHEEL];
    uint64_t taken[SIM_WHEEL], taken_at[SIM_WHEEL]; /* banks, one bit each, that are taken in cycle taken_at */
    uint64_t taken_until;                           /* no bank is taken in a cycle after this */
    uint64_t settled;                               /* banks.c has put in order what came before this cycle */
    uint32_t ahead;                                 /* cores that have done accesses to L1 ahead of time */
    uint32_t waiting;                               /* cores that have come to the end of a stretch, stretch_end */
    uint64_t stretch_end;
    uint64_t fpu_free[8], fdiv_free[8];
    sim_core core[SIM_MAX_CORES];
    sim_l1i_bank l1i[SIM_L1I_MAX_BANKS];
    uint32_t l1i_tag[SIM_L1I_MAX_LINES]; /* bank by bank, set by set */
    uint64_t l1i_arrival[SIM_L1I_MAX_LINES];
    sim_event_unit eu;
    sim_dma dma;
    uint64_t dma_next;
    sim_timer timer[SIM_TIMERS];
    uint64_t timer_next;
    uint32_t fetch_enable, boot[8];
    uint32_t icache_off; /* by the program: every line comes from L2 */
    uint32_t itc_mask, itc_status;
    uint32_t interrupts;  /* some core can be interrupted, or could once */
    uint32_t change_form; /* the interpreter's: at the next cycle */
    uint32_t fc_boot;
    uint32_t exact_fp; /* rounding modes or flags are used: no fast path */
    uint64_t l0_misses, l1i_misses;
    uint32_t l1_high_water;

    sim_status status; /* why it stopped for good, or SIM_OK */
    uint32_t exit_status, loaded, used;
    uint32_t watched, watches[SIM_WATCHES], watch_count;
    char message[1024];
};

/* Where code can be. */
static inline const sim_op *sim_op_at(const sim *s, uint32_t pc) {
    uint32_t offset = pc - TL_L2_PRIVATE_BASE;
    if (offset < s->l2_bytes)
        return s->ops + s->l2_first + (offset >> 1);
    offset = pc & ~(uint32_t)TL_L1_BASE;
    if (offset < s->machine.l1_bytes)
        return s->ops + (offset >> 1);
    return NULL;
}

static inline uint32_t sim_pc_of(const sim *s, const sim_op *op) {
    uint32_t slot = (uint32_t)(op - s->ops);
    return slot < s->l2_first ? TL_L1_BASE + 2 * slot : TL_L2_PRIVATE_BASE + 2 * (slot - s->l2_first);
}

static inline uint32_t sim_line_number(const sim *s, const sim_op *op) {
    return (uint32_t)(op - s->ops) / SIM_LINE_OPS;
}

/* The pc that a core stands at. */
static inline uint32_t sim_core_pc(const sim *s, const sim_core *c) {
    return c->op->code == SIM_CODE_NOWHERE ? c->nowhere_pc : sim_pc_of(s, c->op);
}

/* Puts a core that goes on at t, less than SIM_WHEEL cycles from now, into the order of things. */
static inline void sim_insert_at(sim *s, const sim_core *c, uint64_t t) {
    s->wheel[t & (SIM_WHEEL - 1)] |= c->bit;
    s->due |= (uint64_t)1 << (t & (SIM_WHEEL - 1));
}

static inline void sim_insert(sim *s, const sim_core *c) {
    sim_insert_at(s, c, c->t);
}

/* L1's banks: whether one is taken in cycle t, and taking it. */
static inline int sim_is_taken(const sim *s, unsigned bank, uint64_t t) {
    const unsigned i = t & (SIM_WHEEL - 1);
    return s->taken_at[i] == t && (s->taken[i] >> bank & 1);
}

static inline void sim_take(sim *s, unsigned bank, uint64_t t) {
    const unsigned i = t & (SIM_WHEEL - 1);
    s->taken[i] = (s->taken_at[i] == t ? s->taken[i] : 0) | (uint64_t)1 << bank;
    s->taken_at[i] = t;
}

/* The first cycle after `now` in which a core's turn is, or SIM_NEVER. */
static inline uint64_t sim_next_turn(const sim *s, uint64_t now) {
    unsigned shift = (now + 1) & (SIM_WHEEL - 1);
    uint64_t due = s->due >> shift | s->due << (-shift & (SIM_WHEEL - 1));
    return due ? now + 1 + (unsigned)__builtin_ctzll(due) : SIM_NEVER;
}

/* The cores whose turn is in this cycle, taken from the wheel. */
static inline uint32_t sim_take_turns(sim *s, uint64_t now) {
    uint32_t cores = s->wheel[now & (SIM_WHEEL - 1)];
    s->wheel[now & (SIM_WHEEL - 1)] = 0;
    s->due &= ~((uint64_t)1 << (now & (SIM_WHEEL - 1)));
    return cores;
}

/* machine_file.c: how many units there are when the settings leave it open. */
uint32_t sim_machine_fdivs(const sim_machine *m);

/* decode.c */
void sim_decode(sim *s, const sim_op *op);
void sim_mark(sim *s, const sim_op *op, uint8_t flags);
void sim_invalidate(sim *s, uint32_t address, uint32_t bytes);
void sim_forget_code(sim *s);

/* banks.c */
/* The bank is taken at t: until when. */
uint64_t sim_wait_for_bank(const sim *s, sim_core *c, unsigned bank, uint64_t t);
/* It has done no access ahead of time. */
void sim_forget_banks(sim *s, sim_core *c);
/* Whether all that it did is settled by now; then it is forgotten. */
int sim_forget_settled(sim *s, sim_core *c);
/* Puts accesses that were done ahead of time in order, up to a cycle before which nobody can do any more. */
void sim_settle_banks(sim *s, uint64_t until);
/* The turn of these cores has come, one bit each, which have done accesses ahead of time: if nobody was in their way,
 * it has. */
void sim_settle_due(sim *s, uint32_t due);
/* The core comes to L1 in its turn, at t: those that come before it in this cycle are served. */
void sim_serve_earlier(sim *s, const sim_core *c, uint64_t t);

/* exec.c */
sim_status sim_execute(sim *s);

/* icache.c: cycles until the line has come; a core's L0 does not hold it. */
uint64_t sim_fetch_line(sim *s, sim_core *c, uint32_t line, uint64_t t);
void sim_reset_icache(sim *s);

/* interrupt.c */
void sim_update_interrupts(sim *s, sim_core *c);
void sim_set_mstatus(sim *s, sim_core *c, uint32_t mstatus);
/* Before the instruction at c->op: where it goes instead, or NULL. */
const sim_op *sim_take_interrupt(sim *s, sim_core *c);
void sim_end_interrupt(sim *s, sim_core *c);

/* csr.c */
enum { SIM_CSR_WRITE, SIM_CSR_SET, SIM_CSR_CLEAR };
/* Returns 0 when there is no such register. */
int sim_csr(sim *s, sim_core *c, uint32_t csr, unsigned how, uint32_t operand, int writes, uint64_t t, uint32_t *value);
void sim_flush_counters(sim_core *c);
void sim_add_counters(sim_core_stats *stats, uint64_t count);
void sim_set_loop(sim *s, sim_loop *loop);

/* machine.c */

/* Watches what is written in s->watches, or stops it. */
void sim_set_watch_attr(sim *s, uint32_t address, int on);

/* bus.c: accesses off the fast path. `t` goes from the access's cycle to the next instruction's. */
typedef enum sim_bus {
    SIM_BUS_DONE,
    SIM_BUS_SLEEP, /* the value comes when the core is woken */
    SIM_BUS_RETRY, /* the core sleeps, and then tries again */
    SIM_BUS_STOP   /* the machine stops: s->status; carried out */
} sim_bus;
sim_bus sim_bus_load(sim *s, sim_core *c, uint32_t address, unsigned bytes, int elw, uint32_t *value, uint64_t *t);
sim_bus sim_bus_store(sim *s, sim_core *c, uint32_t address, unsigned bytes, uint32_t value, uint64_t *t);
/* A store into memory that has attributes has been carried out. Returns 1 when it was a watched word. */
int sim_stored(sim *s, uint32_t address, uint32_t bytes);

/* pages.c: plain memory, as all see it but the interpreter's fast path. Returns 0 when it is not all memory. */
int sim_is_memory(const sim *s, uint32_t address, size_t bytes);
int sim_peek(const sim *s, uint32_t address, void *to, size_t bytes);
int sim_poke(sim *s, uint32_t address, const void *from, size_t bytes);
/* Bytes of the instruction there, 2 or 4; 0: nothing, or no more than a first half, is there. */
uint32_t sim_insn_at(const sim *s, uint32_t pc, uint32_t *word);
/* Where in L2 to write `bytes` that are in one page; sim_stored() is the caller's. */
uint8_t *sim_page_to_write(sim *s, uint32_t offset, size_t bytes);
static inline const uint8_t *sim_page_to_read(const sim *s, uint32_t offset) {
    return s->l2.page[offset >> SIM_PAGE_SHIFT]->bytes + (offset & (SIM_PAGE_BYTES - 1));
}
int sim_pages_create(sim_pages *p, uint32_t bytes);
void sim_pages_clear(sim_pages *p);
void sim_pages_destroy(sim_pages *p);
/* Returns 0 when out of memory; nothing has been changed then. */
int sim_pages_save(sim_pages *to, sim_pages *machine);
/* Calls `change` with what stood in a page before. */
typedef void sim_page_change(sim *s, uint32_t page, const uint8_t *before);
void sim_pages_restore(sim *s, const sim_pages *from, sim_page_change *change);

/* periph.c */
sim_bus sim_periph_load(sim *s, sim_core *c, uint32_t address, uint32_t *value, uint64_t *t);
sim_bus sim_periph_store(sim *s, sim_core *c, uint32_t address, unsigned bytes, uint32_t value, uint64_t *t);
void sim_flush_line(sim *s, sim_core *c);
void sim_itc_raise(sim *s, uint32_t bits, uint64_t t);
void sim_start_core(sim *s, sim_core *c, uint32_t pc, uint64_t t);

/* timer.c */
uint32_t sim_timer_load(sim *s, unsigned timer, uint32_t offset, uint64_t t);
void sim_timer_store(sim *s, unsigned timer, uint32_t offset, uint32_t value, uint64_t t);
void sim_run_timers(sim *s, uint64_t t);
void sim_run_devices(sim *s, uint64_t t);
static inline void sim_schedule_devices(sim *s) {
    s->device_next = s->dma_next < s->timer_next ? s->dma_next : s->timer_next;
    s->stop = s->limit < s->flush_at ? s->limit : s->flush_at;
    s->stop = s->waiting && s->stretch_end < s->stop ? s->stretch_end : s->stop;
    s->stop = s->change_form ? 0 : s->stop < s->device_next ? s->stop : s->device_next;
}

/* event_unit.c */
sim_bus sim_eu_load(sim *s, sim_core *c, uint32_t offset, uint32_t *value, uint64_t *t);
void sim_eu_store(sim *s, sim_core *c, uint32_t offset, uint32_t value, uint64_t t);
uint32_t sim_eu_bus_load(sim *s, uint32_t offset);
void sim_eu_bus_store(sim *s, const sim_core *c, uint32_t offset, uint32_t value, uint64_t t);
void sim_eu_event(sim *s, unsigned core, unsigned event, uint64_t t, unsigned latency);
void sim_sleep(sim_core *c, sim_wait wait, uint64_t t);
void sim_wake(sim *s, sim_core *c, uint64_t t);

/* dma.c */
sim_bus sim_dma_load(sim *s, sim_core *c, uint32_t offset, uint32_t *value, uint64_t t);
sim_bus sim_dma_store(sim *s, sim_core *c, uint32_t offset, uint32_t value, uint64_t t);
void sim_run_dma(sim *s, uint64_t t);

/* fpu.c: any floating-point instruction, exactly, with rounding mode and flags. */
uint32_t sim_fpu(unsigned insn, uint32_t a, uint32_t b, uint32_t c, unsigned rm, uint32_t *flags);

/* packed.c: the instructions of isa_packed.def; the others are NULL. d is rd's old value. */
typedef uint32_t sim_call(uint32_t d, uint32_t a, uint32_t b, uint32_t imm);
extern sim_call *const sim_calls[SIM_CODES];

/* fault.c */
void sim_fault(sim *s, const sim_core *c, uint32_t pc, const char *format, ...) __attribute__((format(printf, 4, 5)));
void sim_report_deadlock(sim *s);

/* elf_load.c */
sim_status sim_load_elf(sim *s, const void *elf, size_t bytes, uint32_t *entry);
const sim_symbol_entry *sim_function_at(const sim *s, uint32_t address);
/* Gives the machine a program that somebody holds already, or none. */
void sim_share_program(sim *s, const sim *from);

#endif
