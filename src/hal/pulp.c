/* SPDX-License-Identifier: Apache-2.0 */
#include "platform/budget.h"
#include "platform/memmap.h"
#include "src/hal/copy.h"
#include "src/hal/hal.h"

/* Symbols of the program (platform/start.c). */
extern volatile uint32_t tl_mark_word;

static inline volatile uint32_t *reg(uint32_t address) {
    return (volatile uint32_t *)(uintptr_t)address;
}

/* p.elw: a load that sleeps until an event of the core's mask arrives. */
static inline uint32_t event_load(uint32_t address) {
    uint32_t value;
    __asm__ volatile(".insn i 0x03, 6, %0, 0(%1)" : "=r"(value) : "r"(address) : "memory");
    return value;
}

__attribute__((aligned(16))) void tl_barrier(const tl_team *team) {
    if (team->n == 1)
        return;
    if (team->tape)
        tl_tape_barrier(team->tape);
    else
        (void)event_load(TL_EU + TL_EU_BARRIER + TL_EU_BARRIER_TRIGGER_WAIT_CLEAR);
}

char *tl_l1(const tl_team *team) {
    (void)team;
    return (char *)(uintptr_t)TL_L1_ARENA;
}

size_t tl_l1_bytes(const tl_team *team) {
    (void)team;
    return TL_L1_ARENA_BYTES;
}

bool tl_in_l1(const tl_team *team, const void *address) {
    (void)team;
    return (uintptr_t)address - TL_L1_BASE < TL_L1_BYTES;
}

char *tl_l1_kept(const tl_team *team, size_t *bytes) {
    (void)team;
    *bytes = TL_L1_KEPT_BYTES;
    return (char *)(uintptr_t)TL_L1_KEPT;
}

uint32_t tl_cycles(void) {
    uint32_t value;
    __asm__ volatile("csrr %0, mcycle" : "=r"(value));
    return value;
}

typedef struct mark_arguments {
    uint32_t value;
} mark_arguments;

static void mark_leaf(const void *arguments) {
    const mark_arguments *a = arguments;
    tl_mark_word = a->value;
}

void tl_mark(const tl_team *team, uint32_t part) {
    mark_arguments arguments = {part + 1};
    if (team->id == 0)
        tl_do(team, mark_leaf, &arguments, sizeof arguments);
}

/*
 * The hardware's counter that each slot uses, plus 1; 0: none. The hardware has 16, for all cores together: two slots
 * in which all cores start something; or, where each has a tape on its way, two in which half of them do. The last slot
 * is the tapes' own.
 */
enum { OWN_SLOT = TL_DMA_SLOTS, MOST_BESIDE_TAPES = TL_CLUSTER_CORES / 2 };
__attribute__((section(".l1"))) static volatile uint32_t counters[TL_CLUSTER_CORES][TL_DMA_SLOTS + 1];

typedef struct command_arguments {
    volatile uint32_t *counter;
    uint32_t command;
    uintptr_t l1, l2;
    uint32_t run, stride; /* of a two-dimensional transfer */
} command_arguments;

typedef struct wait_arguments {
    volatile uint32_t *counter;
} wait_arguments;

static inline volatile uint32_t *send(const command_arguments *a) {
    volatile uint32_t *queue = reg(TL_DMA + TL_DMA_CMD);
    /* Reading the queue allocates a counter: only who sends something takes one. */
    if (*a->counter == 0)
        *a->counter = *queue + 1;
    *queue = a->command;
    *queue = a->l1;
    *queue = a->l2;
    return queue;
}

static void command_leaf(const void *arguments) {
    (void)send(arguments);
}

__attribute__((aligned(16))) static void command_2d_leaf(const void *arguments) {
    const command_arguments *a = arguments;
    volatile uint32_t *queue = send(a);
    *queue = a->run;
    *queue = a->stride;
}

/* Rows: as many commands, l1_step and l2_step bytes apart. */
typedef struct rows_arguments {
    command_arguments first;
    uint32_t rows, l1_step, l2_step;
} rows_arguments;

static void rows_leaf(const void *arguments) {
    const rows_arguments *a = arguments;
    const uint32_t command = a->first.command, run = a->first.run, stride = a->first.stride;
    uintptr_t l1 = a->first.l1, l2 = a->first.l2;
    volatile uint32_t *queue = send(&a->first);
    for (uint32_t left = a->rows;;) {
        if (command & TL_DMA_CMD_2D_L2) {
            *queue = run;
            *queue = stride;
        }
        if (--left == 0)
            return;
        *queue = command;
        *queue = l1 += a->l1_step;
        *queue = l2 += a->l2_step;
    }
}

/* One command carries 128 KiB less one at the most, which is more than the arena. */
static command_arguments prepare(const tl_team *team, uint32_t slot, uint32_t flags, uint32_t bytes, uintptr_t l1,
                                 uintptr_t l2, uint32_t run, uint32_t stride) {
    flags |= TL_DMA_CMD_INCREMENT | TL_DMA_CMD_EVENT;
    if (run != bytes)
        flags |= TL_DMA_CMD_2D_L2;
    if (team->tape) {
        /* If the tape's own transfer came in between, the slot cannot go on. */
        tl_tape_together(team->tape, sizeof(wait_arguments), sizeof(rows_arguments));
        if (team->tape->cut >> slot & 1)
            tl_dma_wait(team, slot);
        team->tape->slots |= 1u << slot;
    }
    return (command_arguments){&counters[team->id][slot], flags | bytes, l1, l2, run, stride};
}

static void command(const tl_team *team, uint32_t slot, uint32_t flags, uint32_t bytes, uintptr_t l1, uintptr_t l2,
                    uint32_t run, uint32_t stride) {
    command_arguments arguments = prepare(team, slot, flags, bytes, l1, l2, run, stride);
    if (run == bytes)
        tl_do(team, command_leaf, &arguments, offsetof(command_arguments, run));
    else
        tl_do(team, command_2d_leaf, &arguments, sizeof arguments);
}

/*
 * Rows that touch in L1 go as one transfer: inwards by one of the last cores, outwards by one of the first, as a core's
 * commands wait in its own queue one behind the other. The rest are shared out by rows.
 */
void tl_dma_start(const tl_team *team, uint32_t slot, tl_dma_direction direction, const tl_dma_box *box) {
    /* The engine's outer side does not reach L1. */
    if (tl_in_l1(team, box->l2)) {
        tl_copy_box(team, direction, box);
        return;
    }
    uint32_t flags = direction == TL_DMA_IN ? TL_DMA_CMD_TO_L1 : 0;
    uintptr_t l1 = (uintptr_t)box->l1, l2 = (uintptr_t)box->l2;
    uint32_t rows = box->rows, bytes = box->segments * box->bytes, run = box->bytes, stride = box->l2_segment;
    if (stride == run || box->segments == 1) {
        run = bytes;
        stride = box->l2_pitch;
    }
    /* Equally spaced runs from the first row to the last are one two-dimensional transfer. */
    if (rows > 1 && box->l1_pitch == bytes && (run == bytes || box->l2_pitch == box->segments * stride)) {
        bytes *= rows;
        if (stride == run)
            run = bytes;
        rows = 1;
    }
    bytes -= box->cut;
    run = run < bytes ? run : bytes;
    if (rows == 1) {
        const uint32_t by = box->from_end % team->n;
        if (team->id == (direction == TL_DMA_IN ? team->n - 1 - by : by))
            command(team, slot, flags, bytes, l1, l2, run, stride);
        return;
    }
    uint32_t cores = team->n, me = team->id;
    if (team->tape && team->tape->chunk && cores > MOST_BESIDE_TAPES) {
        cores = MOST_BESIDE_TAPES;
        me = direction == TL_DMA_IN ? team->n - 1 - team->id : team->id;
    }
    if (me >= rows || me >= cores)
        return;
    rows_arguments arguments = {
        .first = prepare(team, slot, flags, bytes, l1 + me * box->l1_pitch, l2 + me * box->l2_pitch, run, stride),
        .rows = (rows - me - 1) / cores + 1,
        .l1_step = cores * box->l1_pitch,
        .l2_step = cores * box->l2_pitch};
    tl_do(team, rows_leaf, &arguments, sizeof arguments);
}

/* Only events waited for may be in the mask: the barrier's wait would end with any of them. */
static inline void sleep_while(uint32_t bit) {
    *reg(TL_EU + TL_EU_MASK) = 1u << TL_EVENT_DMA;
    do
        (void)event_load(TL_EU + TL_EU_WAIT_CLEAR);
    while (*reg(TL_DMA + TL_DMA_STATUS) & bit);
    *reg(TL_EU + TL_EU_MASK) = 1u << TL_EVENT_BARRIER;
}

static inline void wait_for_bit(uint32_t bit) {
    volatile uint32_t *status = reg(TL_DMA + TL_DMA_STATUS);
    if (*status & bit)
        sleep_while(bit);
    *status = bit;
    __asm__ volatile("" ::: "memory");
}

static inline void wait_for(volatile uint32_t *counter) {
    wait_for_bit(1u << (*counter - 1));
    *counter = 0;
}

__attribute__((aligned(16))) static void wait_leaf(const void *arguments) {
    const wait_arguments *a = arguments;
    if (*a->counter != 0)
        wait_for(a->counter);
}

void tl_dma_wait(const tl_team *team, uint32_t slot) {
    wait_arguments arguments = {&counters[team->id][slot]};
    if (team->tape && !(team->tape->slots >> slot & 1))
        return;
    if (team->tape)
        team->tape->cut &= team->tape->slots &= ~(1u << slot);
    if (team->tape)
        tl_do(team, wait_leaf, &arguments, sizeof arguments);
    else
        wait_leaf(&arguments);
}

/* A lane is its counter's bit. There are 16: for every core one, and one for a tape on its way. */
tl_lane tl_dma_open(void) {
    return 1u << *reg(TL_DMA + TL_DMA_CMD);
}

static inline uint32_t direction_flag(tl_dma_direction direction) {
    return direction == TL_DMA_IN ? TL_DMA_CMD_TO_L1 : 0;
}

void tl_dma_put(tl_dma_direction direction, void *l1, void *l2, uint32_t bytes) {
    volatile uint32_t *queue = reg(TL_DMA + TL_DMA_CMD);
    *queue = direction_flag(direction) | TL_DMA_CMD_INCREMENT | TL_DMA_CMD_EVENT | bytes;
    *queue = (uintptr_t)l1;
    *queue = (uintptr_t)l2;
}

void tl_dma_put_rows(tl_dma_direction direction, void *l1, void *l2, uint32_t rows, uint32_t bytes, uint32_t l2_pitch) {
    volatile uint32_t *queue = reg(TL_DMA + TL_DMA_CMD);
    *queue = direction_flag(direction) | TL_DMA_CMD_INCREMENT | TL_DMA_CMD_EVENT | TL_DMA_CMD_2D_L2 | rows * bytes;
    *queue = (uintptr_t)l1;
    *queue = (uintptr_t)l2;
    *queue = bytes;
    *queue = l2_pitch;
}

void tl_dma_await(tl_lane lane) {
    if (*reg(TL_DMA + TL_DMA_STATUS) & lane)
        sleep_while(lane);
    __asm__ volatile("" ::: "memory");
}

void tl_dma_close(tl_lane lane) {
    *reg(TL_DMA + TL_DMA_STATUS) = lane;
}

/* How every chunk of a tape comes: short, and nothing looked up twice. */
void tl_dma_start_own(const tl_team *team, char *l1, const char *l2, uint32_t bytes) {
    volatile uint32_t *queue = reg(TL_DMA + TL_DMA_CMD), *counter = &counters[team->id][OWN_SLOT];
    if (*counter != 0)
        wait_for(counter);
    *counter = *queue + 1;
    *queue = TL_DMA_CMD_TO_L1 | TL_DMA_CMD_INCREMENT | TL_DMA_CMD_EVENT | bytes;
    *queue = (uintptr_t)l1;
    *queue = (uintptr_t)l2;
}

void tl_dma_wait_own(const tl_team *team) {
    const wait_arguments arguments = {&counters[team->id][OWN_SLOT]};
    wait_leaf(&arguments);
}

/* Returns the counter's bit. */
static inline uint32_t move_tile(const tl_gate *gate, uint32_t flags, const tl_tile *tile) {
    volatile uint32_t *queue = reg(TL_DMA + TL_DMA_CMD);
    const uint32_t counter = *queue, units = tile->units;
    *queue = flags | TL_DMA_CMD_INCREMENT | TL_DMA_CMD_EVENT | TL_DMA_CMD_2D_L2 | gate->unit_bytes * units;
    *queue = (uintptr_t)tile->l1;
    *queue = (uintptr_t)tile->l2;
    *queue = gate->run ? gate->run : 4 * units;
    *queue = gate->l2_pitch;
    return 1u << counter;
}

static inline bool brings(const tl_gate *gate) {
    return gate->team.id == 0;
}

static inline bool takes_out(const tl_gate *gate) {
    return gate->out && gate->team.id + 1 == gate->team.n;
}

void tl_gate_begin(const tl_gate *gate, tl_gate_state *state) {
    state->tile = gate->first;
    state->moves = brings(gate) || takes_out(gate);
    for (uint32_t i = 0; i < 2; ++i) {
        state->under_way[TL_DMA_OUT][i] = state->under_way[TL_DMA_IN][i] = 0;
        if (brings(gate) && gate->first + i < gate->end)
            state->under_way[TL_DMA_IN][i] = move_tile(gate, TL_DMA_CMD_TO_L1, gate->first + i);
    }
}

/* What was begun at the gate before the last one: waited for. */
static inline void wait_at_gate(uint32_t under_way[2]) {
    if (under_way[0])
        wait_for_bit(under_way[0]);
    under_way[0] = under_way[1];
    under_way[1] = 0;
}

static inline void meet_at_gate(void) {
    (void)event_load(TL_EU + TL_EU_BARRIER + TL_EU_BARRIER_TRIGGER_WAIT_CLEAR);
}

static const tl_tile *pass_and_move(const tl_gate *gate, tl_gate_state *state, const tl_tile *tile) {
    const bool in = brings(gate), out = takes_out(gate);
    if (in)
        wait_at_gate(state->under_way[TL_DMA_IN]);
    if (out)
        wait_at_gate(state->under_way[TL_DMA_OUT]);
    if (gate->team.n > 1)
        meet_at_gate();
    if (in && tile + 2 < gate->end)
        state->under_way[TL_DMA_IN][1] = move_tile(gate, TL_DMA_CMD_TO_L1, tile + 2);
    if (out && tile > gate->first)
        state->under_way[TL_DMA_OUT][1] = move_tile(gate, 0, tile - 1);
    return tile;
}

__attribute__((aligned(16))) const tl_tile *tl_gate_pass(const tl_gate *gate, tl_gate_state *state) {
    const tl_tile *tile = state->tile;
    state->tile = tile + 1;
    if (state->moves)
        return pass_and_move(gate, state, tile);
    meet_at_gate();
    return tile;
}

void tl_gate_end(const tl_gate *gate, tl_gate_state *state) {
    tl_barrier(&gate->team);
    if (!takes_out(gate))
        return;
    const uint32_t last = move_tile(gate, 0, state->tile - 1);
    wait_at_gate(state->under_way[TL_DMA_OUT]);
    state->under_way[TL_DMA_OUT][1] = last;
}

void tl_gate_out(const tl_gate *gate, tl_gate_state *state) {
    if (!takes_out(gate))
        return;
    wait_at_gate(state->under_way[TL_DMA_OUT]);
    wait_at_gate(state->under_way[TL_DMA_OUT]);
}
