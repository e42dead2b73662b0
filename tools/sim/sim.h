/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The simulator as a library: an 8-core PULP cluster, cycle by cycle.
 *
 * One `sim` is one machine with its own memories, cores and clock; a process may hold many, one per thread at a time.
 * Nothing here prints or exits; nothing is allocated while a machine runs.
 * The same ELF, inputs and machine always give the same cycles.
 */
#ifndef TL_SIM_H
#define TL_SIM_H

#include <stddef.h>
#include <stdint.h>

typedef struct sim sim;

/* The hardware's settings. Made by sim_machine_named() or sim_machine_read(), below. */
typedef struct sim_machine {
    char name[32];
    uint32_t cores;                         /* cluster cores, 1 to 8 */
    uint32_t l1_bytes;                      /* power of two */
    uint32_t l1_banks;                      /* power of two */
    uint32_t l2_bytes;                      /* the shared part */
    uint32_t fpus;                          /* cores: private; fewer: core i uses FPU i mod fpus */
    uint32_t fdivs;                         /* units for division and square root, likewise */
    uint32_t fpu_latency;                   /* cycles, 1 to 3 */
    uint32_t fdiv_cycles, fdiv_half_cycles; /* of a division or square root; of a scalar 16-bit one */
    uint32_t l2_latency;                    /* cycles of a core's load from L2 */
    uint32_t icache;                        /* 0: every fetch hits */
    uint32_t l0_sets, l0_ways;              /* a core's own; all are powers of two, lines have 16 bytes */
    uint32_t l1i_banks, l1i_sets, l1i_ways; /* the shared one: banks by line, sets of each */
    uint32_t dma_width;                     /* bytes a cycle, each direction */
    uint32_t dma_burst;                     /* bytes */
    uint32_t dma_core_queue, dma_queue;     /* transfers waiting, of each core and of all */
    uint32_t dot_accumulate;                /* SIM_DOT_SPEC, SIM_DOT_GVSOC */
} sim_machine;
enum {
    SIM_DOT_SPEC, /* all dot products add to their destination, as specified */
    SIM_DOT_GVSOC /* vfdotp and those of bf16 overwrite it, as in GVSoC's model */
};

typedef enum sim_status {
    SIM_OK = 0,
    SIM_EXITED,   /* the guest wrote its exit status: sim_exit_status() */
    SIM_WATCHED,  /* a core stored to a watched word: sim_watched() */
    SIM_FAULTED,  /* the guest did something illegal, or sleeps for ever: sim_message() */
    SIM_LIMIT,    /* the cycle limit was reached */
    SIM_BAD_INPUT /* the file or the argument is at fault: sim_message() */
} sim_status;

/* The built-in machines' names, and NULL behind the last. The first is the default. */
extern const char *const sim_machine_names[];

/* Fills in the built-in machine of this name. Returns 0 when there is none. */
int sim_machine_named(const char *name, sim_machine *machine);
void sim_machine_pulp8(sim_machine *machine);

/*
 * Machine files: lines "key = value", comments from # on, K and M behind numbers. "machine = NAME" as the first key
 * starts from a built-in machine, else it is the default one. On SIM_BAD_INPUT `message` holds a sentence with file and
 * line, and *machine is as it was. `file`: the name for the sentence, and for the machine when the text gives none.
 */
sim_status sim_machine_read(const char *path, sim_machine *machine, char *message, size_t size);
sim_status sim_machine_parse(const char *text, size_t bytes, const char *file, sim_machine *machine, char *message,
                             size_t size);

/* Sets one key, as a machine file does. FPUs that were private stay so when the number of cores changes. */
sim_status sim_machine_set(sim_machine *machine, const char *key, const char *value, char *message, size_t size);

/* Can there be such a machine? If not, `message` says why. */
sim_status sim_machine_check(const sim_machine *machine, char *message, size_t size);

/* Its name and what is not as in `from`: "pulp8 with fpu_latency=2, icache=off". As snprintf writes. */
size_t sim_machine_describe(const sim_machine *machine, const sim_machine *from, char *text, size_t room);

/* Writes a complete machine file, as snprintf writes: returns its length, whatever the room. */
size_t sim_machine_write(const sim_machine *machine, char *text, size_t room);

/* Makes a machine, memories zeroed, no program. NULL when out of memory or when a setting is out of range. */
sim *sim_create(const sim_machine *machine);
void sim_destroy(sim *s);

/* Loads a 32-bit little-endian RISC-V ELF and sets the fabric controller to its entry point. */
sim_status sim_load_file(sim *s, const char *path);
sim_status sim_load_bytes(sim *s, const void *elf, size_t bytes);

/* Finds a symbol of the loaded ELF. `bytes` may be NULL. */
sim_status sim_symbol(const sim *s, const char *name, uint32_t *address, uint32_t *bytes);

/* Memory from outside, in no time at all; L1 or L2, any alignment. Writing over code takes effect at once. */
sim_status sim_read(const sim *s, uint32_t address, void *to, size_t bytes);
sim_status sim_write(sim *s, uint32_t address, const void *from, size_t bytes);

/* Guest characters go here, a line (or what there is of one at exit) at a time. Default: thrown away. */
typedef void sim_output(void *user, uint32_t hart, const char *text, size_t bytes);
void sim_set_output(sim *s, sim_output *output, void *user);

/*
 * Makes sim_run() return SIM_WATCHED right after any core's store to this word has been carried out. Up to 16 words.
 * This is how a guest rings: the mailbox's doorbell, and marks between layers. Watching costs the guest nothing.
 */
sim_status sim_watch(sim *s, uint32_t address, int on);
uint32_t sim_watched(const sim *s);

/* Runs on from where it stands, for at most `cycles` cycles. A run cut at any point and continued gives the same
 * cycles. */
sim_status sim_run(sim *s, uint64_t cycles);

/*
 * A whole machine put aside: memories, cores, caches, devices, counters, watched words, the program; not the output nor
 * observers. It can be brought back as often as one likes, also into another machine of the same settings, in any
 * thread; a run continued from there goes as it would have gone. Both take a few microseconds; a run then copies each
 * page of L2 that it is the first to write.
 */
typedef struct sim_snapshot sim_snapshot;

/* Room for a machine with the settings of this one, nothing saved yet. NULL when out of memory. */
sim_snapshot *sim_snapshot_create(const sim *s);
void sim_snapshot_destroy(sim_snapshot *snapshot);
sim_status sim_save(sim *s, sim_snapshot *snapshot);
sim_status sim_restore(sim *s, const sim_snapshot *snapshot);

/* Empties all instruction caches: what a problem meets in the middle of a network. */
void sim_flush_icache(sim *s);

uint32_t sim_exit_status(const sim *s);
/* One clear sentence, or a fault report of several lines (core, pc, function, cause, disassembly). Never NULL. */
const char *sim_message(const sim *s);
uint64_t sim_cycles(const sim *s);

/* Why a core did not issue an instruction in a cycle. */
typedef enum sim_stall {
    SIM_STALL_LOAD_USE,
    SIM_STALL_BRANCH, /* taken branches and jumps */
    SIM_STALL_MULDIV,
    SIM_STALL_FPU,  /* latency, div/sqrt, contention for a shared unit */
    SIM_STALL_BANK, /* TCDM bank conflicts, second word of a misaligned access */
    SIM_STALL_L2,   /* loads and stores beyond the TCDM */
    SIM_STALL_ICACHE,
    SIM_STALL_SLEEP, /* p.elw and wfi: barriers, DMA waits */
    SIM_STALLS
} sim_stall;
extern const char *const sim_stall_names[SIM_STALLS];

typedef struct sim_core_stats {
    uint32_t hart;
    uint64_t active; /* cycles from this core's start */
    uint64_t instructions;
    uint64_t fp;   /* instructions on the FPU */
    uint64_t macs; /* multiply-adds (fmadd, fmsub and the like: 1; a SIMD one: its lanes) */
    uint64_t loads, stores;
    uint64_t bank_conflicts; /* accesses that had to wait for a bank */
    uint64_t stall[SIM_STALLS];
} sim_core_stats;

typedef struct sim_stats {
    uint64_t cycles;
    uint32_t cores; /* entries of core[]: the cluster's cores, then the fabric controller */
    sim_core_stats core[9];
    uint64_t dma_bytes_in, dma_bytes_out; /* L2 to L1, L1 to L2 */
    uint64_t dma_transfers, dma_busy;     /* busy: cycles with a transfer under way */
    uint64_t l0_misses, l1i_misses;       /* 16-byte lines, cluster */
    uint32_t l1_high_water;               /* L1 addresses ever written end here: bytes from the base of L1 */
} sim_stats;

/* Counters since the machine was made: subtract two readings to measure a part. */
void sim_get_stats(const sim *s, sim_stats *stats);

/* Disassembles one instruction (16 or 32 bits). Returns its bytes, 0 when it is unknown. */
int sim_disassemble(uint32_t pc, uint32_t instruction, char *text, size_t bytes);

#endif
