/* SPDX-License-Identifier: Apache-2.0 */
/* The settings of a machine: the built-in ones, what is possible, and how they are written. */
#include <stdio.h>
#include <string.h>

#include "tools/sim/machine_keys.h"

#define AT(field) SIM_KEY_AT(field)
const sim_key sim_keys[SIM_KEYS] = {
    {"cores", KIND_NUMBER, AT(cores), 1, 8, "cluster cores"},
    {"l1", KIND_POWER, AT(l1_bytes), 4096, TL_L1_TEST_AND_SET - TL_L1_BASE, "bytes of L1, a power of two"},
    {"l1_banks", KIND_POWER, AT(l1_banks), 1, SIM_MAX_BANKS, "a power of two; one access a cycle each"},
    {"l2", KIND_BYTES, AT(l2_bytes), 4096, 0x1000000, "bytes of L2 behind the 64K private to the fabric controller"},
    {"l2_latency", KIND_NUMBER, AT(l2_latency), 1, 1000, "cycles of a core's access to L2"},
    {"fpus", KIND_UNITS, AT(fpus), 1, 8, "private, or how many the cores share: core i has unit i mod fpus"},
    {"fpu_latency", KIND_NUMBER, AT(fpu_latency), 1, 3, "cycles until a result can be used"},
    {"fdivs", KIND_UNITS, AT(fdivs), 1, 8, "units for division and square root: private, or how many"},
    {"fdiv_cycles", KIND_NUMBER, AT(fdiv_cycles), 1, 100, "of a division or square root"},
    {"fdiv_half_cycles", KIND_NUMBER, AT(fdiv_half_cycles), 1, 100, "of one of a single 16-bit number"},
    {"icache", KIND_SWITCH, AT(icache), 0, 1, "instruction caches; off: every fetch hits"},
    {"l0_sets", KIND_POWER, AT(l0_sets), 2, 64, "sets of a core's own cache; lines of both have 16 bytes"},
    {"l0_ways", KIND_POWER, AT(l0_ways), 1, 16, "lines in each of these sets"},
    {"l1i_banks", KIND_POWER, AT(l1i_banks), 1, SIM_L1I_MAX_BANKS, "banks of the shared cache, by line"},
    {"l1i_sets", KIND_POWER, AT(l1i_sets), 1, 256, "sets in each of them"},
    {"l1i_ways", KIND_POWER, AT(l1i_ways), 1, 16, "lines in each of these sets"},
    {"dma_width", KIND_POWER, AT(dma_width), 4, 64, "bytes a cycle in each direction, a power of two"},
    {"dma_burst", KIND_POWER, AT(dma_burst), 16, 4096, "bytes of a burst, a power of two"},
    {"dma_core_queue", KIND_NUMBER, AT(dma_core_queue), 1, SIM_DMA_CORE_QUEUE_MAX, "transfers waiting of each core"},
    {"dma_queue", KIND_NUMBER, AT(dma_queue), 1, SIM_DMA_GLOBAL_QUEUE_MAX, "transfers waiting of all"},
    {"dot_accumulate", KIND_DOT, AT(dot_accumulate), 0, 1,
     "vfdotp and those of bf16: spec (they add to rd) or gvsoc (they overwrite it)"},
};

const char *sim_key_name(unsigned key) {
    return key < SIM_KEYS ? sim_keys[key].name : key == SIM_KEY_MACHINE ? "machine" : "name";
}

const char *const sim_machine_names[] = {"pulp8", "pulp-open", "gap9-like", NULL};

int sim_machine_named(const char *name, sim_machine *machine) {
    sim_machine m = {.cores = TL_CLUSTER_CORES,
                     .l1_bytes = TL_L1_BYTES,
                     .l1_banks = TL_L1_BANKS,
                     .l2_bytes = TL_L2_BYTES,
                     .fpus = TL_CLUSTER_CORES,
                     .fpu_latency = 1,
                     .fdiv_cycles = 1 + SIM_FDIV_STALL,
                     .fdiv_half_cycles = 1 + SIM_FDIV_H_STALL,
                     .l2_latency = SIM_L2_CYCLES,
                     .icache = 1,
                     .l0_sets = SIM_L0_SETS,
                     .l0_ways = SIM_L0_WAYS,
                     .l1i_banks = SIM_L1I_BANKS,
                     .l1i_sets = SIM_L1I_SETS,
                     .l1i_ways = SIM_L1I_WAYS,
                     .dma_width = 4 * SIM_DMA_WORDS,
                     .dma_burst = SIM_DMA_BURST,
                     .dma_core_queue = SIM_DMA_CORE_QUEUE,
                     .dma_queue = SIM_DMA_GLOBAL_QUEUE};
    if (strcmp(name, "pulp-open") == 0) {
        m.fpus = 4;
        m.l2_bytes = TL_L2_PORTABLE_BYTES;
    } else if (strcmp(name, "gap9-like") == 0) {
        m.l1_bytes = 2 * TL_L1_BYTES;
    } else if (strcmp(name, "pulp8") != 0) {
        return 0;
    }
    snprintf(m.name, sizeof m.name, "%s", name);
    *machine = m;
    return 1;
}

void sim_machine_pulp8(sim_machine *machine) {
    sim_machine_named("pulp8", machine);
}

uint32_t *sim_key_field(sim_machine *m, unsigned key) {
    return (uint32_t *)(void *)((char *)m + sim_keys[key].at);
}

static uint32_t value_of(const sim_machine *m, unsigned key) {
    return *(const uint32_t *)(const void *)((const char *)m + sim_keys[key].at);
}

static int is_power_of_two(uint32_t v) {
    return v && !(v & (v - 1));
}

uint32_t sim_machine_fdivs(const sim_machine *m) {
    return m->fdivs ? (m->fdivs < m->cores ? m->fdivs : m->cores) : m->fpus < m->cores ? 1 : m->cores;
}

/* 1024 as "1K": what is written can be read again. */
static const char *bytes_text(uint32_t v, char text[16]) {
    if (v && v % (1 << 20) == 0)
        snprintf(text, 16, "%uM", (unsigned)(v >> 20));
    else if (v && v % (1 << 10) == 0)
        snprintf(text, 16, "%uK", (unsigned)(v >> 10));
    else
        snprintf(text, 16, "%u", (unsigned)v);
    return text;
}

const char *sim_key_wanted(unsigned key, char text[96]) {
    const sim_key *k = &sim_keys[key];
    char low[16], high[16];
    switch (k->kind) {
    case KIND_SWITCH:
        return "on or off";
    case KIND_DOT:
        return "spec or gvsoc";
    default:
        snprintf(text, 96, "%s from %s to %s%s",
                 k->kind == KIND_POWER   ? "a power of two"
                 : k->kind == KIND_UNITS ? "\"private\" or a number"
                                         : "a number",
                 bytes_text(k->low, low), bytes_text(k->high, high), k->at == AT(l2_bytes) ? ", a multiple of 64" : "");
        return text;
    }
}

int sim_key_in_range(unsigned key, uint32_t v) {
    const sim_key *k = &sim_keys[key];
    return v >= k->low && v <= k->high && (k->kind != KIND_POWER || is_power_of_two(v)) &&
           (k->at != AT(l2_bytes) || v % 64 == 0);
}

sim_status sim_machine_check(const sim_machine *m, char *message, size_t size) {
    char text[96];
    for (unsigned key = 0; key < SIM_KEYS; key++) {
        uint32_t v = value_of(m, key);
        if (sim_key_in_range(key, v) || (sim_keys[key].at == AT(fdivs) && !v))
            continue;
        snprintf(message, size, "%s wants %s, not %u", sim_keys[key].name, sim_key_wanted(key, text), (unsigned)v);
        return SIM_BAD_INPUT;
    }
    if (m->fpus > m->cores) {
        snprintf(message, size, "there are more FPUs (%u) than cores (%u)", (unsigned)m->fpus, (unsigned)m->cores);
        return SIM_BAD_INPUT;
    }
    if (m->l0_sets * m->l0_ways > SIM_L0_MAX_LINES) {
        snprintf(message, size, "l0_sets x l0_ways wants to be at most %u lines, not %u", SIM_L0_MAX_LINES,
                 (unsigned)(m->l0_sets * m->l0_ways));
        return SIM_BAD_INPUT;
    }
    if (m->l1i_banks * m->l1i_sets * m->l1i_ways > SIM_L1I_MAX_LINES) {
        snprintf(message, size, "l1i_banks x l1i_sets x l1i_ways wants to be at most %u lines, not %u",
                 SIM_L1I_MAX_LINES, (unsigned)(m->l1i_banks * m->l1i_sets * m->l1i_ways));
        return SIM_BAD_INPUT;
    }
    return SIM_OK;
}

static const char *value_text(const sim_machine *m, unsigned key, char text[16]) {
    uint32_t v = sim_keys[key].at == AT(fdivs) ? sim_machine_fdivs(m) : value_of(m, key);
    switch (sim_keys[key].kind) {
    case KIND_SWITCH:
        return v ? "on" : "off";
    case KIND_DOT:
        return v == SIM_DOT_GVSOC ? "gvsoc" : "spec";
    case KIND_UNITS:
        if (v >= m->cores)
            return "private";
        break;
    default:
        break;
    }
    return bytes_text(v, text);
}

size_t sim_machine_describe(const sim_machine *m, const sim_machine *from, char *text, size_t room) {
    char value[16], other[16];
    int used = snprintf(text, room, "%s", m->name);
    const char *before = " with ";
    for (unsigned key = 0; key < SIM_KEYS; key++) {
        const size_t left = (size_t)used < room ? room - (size_t)used : 0;
        if (strcmp(value_text(m, key, value), value_text(from, key, other)) == 0)
            continue;
        used +=
            snprintf(left ? text + used : NULL, left, "%s%s=%s", before, sim_keys[key].name, value_text(m, key, value));
        before = ", ";
    }
    return (size_t)used;
}

size_t sim_machine_write(const sim_machine *m, char *text, size_t room) {
    char value[16];
    int used = snprintf(text, room, "# A machine: settings of the simulated cluster.\nname = %s\n", m->name);
    for (unsigned key = 0; key < SIM_KEYS; key++) {
        size_t left = (size_t)used < room ? room - (size_t)used : 0;
        used += snprintf(left ? text + used : NULL, left, "%-16s = %-8s # %s\n", sim_keys[key].name,
                         value_text(m, key, value), sim_keys[key].help);
    }
    return (size_t)used;
}
