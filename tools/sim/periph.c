/* SPDX-License-Identifier: Apache-2.0 */
/* Everything with registers: who is meant by an address, and the small units. docs/cluster.md, section 1. */
#include <string.h>

#include "tools/sim/observe.h"
#include "tools/sim/state.h"
#include "tools/sim/timing.h"

void sim_flush_line(sim *s, sim_core *c) {
    if (c->line_chars && s->output)
        s->output(s->output_user, c->hart, c->line, c->line_chars);
    c->line_chars = 0;
}

static void put_char(sim *s, uint32_t offset, char ch) {
    uint32_t cluster = offset >> TL_STDOUT_CLUSTER_SHIFT;
    uint32_t core = offset >> TL_STDOUT_CORE_SHIFT & ((1u << (TL_STDOUT_CLUSTER_SHIFT - TL_STDOUT_CORE_SHIFT)) - 1);
    sim_core *c = cluster == 0 && core < 8 ? &s->core[core] : &s->core[SIM_FC];
    c->line[c->line_chars++] = ch;
    if (ch == '\n' || c->line_chars == SIM_LINE_CHARS)
        sim_flush_line(s, c);
}

void sim_start_core(sim *s, sim_core *c, uint32_t pc, uint64_t t) {
    c->nowhere_pc = pc;
    c->op = sim_op_at(s, pc & ~(uint32_t)1);
    if (!c->op)
        c->op = s->ops + s->slots - 1;
    c->np = c->op;
    c->turn = &s->turn[sim_line(c->op)->present & c->bit ? SIM_CODE_GO : SIM_CODE_FETCH];
    c->mtvec = pc & ~(uint32_t)0xff;
    c->on = 1;
    c->t = c->woken = t;
    c->started = t;
    if (s->observer)
        sim_observe_start(s, c, pc, t);
    sim_insert(s, c);
}

/* Its fetch enable has been cleared: it does nothing any more until it is set again, and then it starts anew. */
static void halt_core(sim *s, sim_core *c, uint64_t t) {
    uint64_t end = c->t > t ? c->t : t;
    if (c->wait != SIM_AWAKE) {
        end = t > c->sleep_from ? t : c->sleep_from;
        c->stats.stall[SIM_STALL_SLEEP] += end - c->sleep_from;
    }
    c->stats.active += end - c->started;
    c->wait = SIM_AWAKE;
    c->on = 0;
    c->turn = &s->turn[SIM_CODE_HALTED];
    for (unsigned i = 0; i < SIM_WHEEL; i++)
        s->wheel[i] &= ~c->bit;
    s->waiting &= ~c->bit;
    sim_forget_banks(s, c);
    for (unsigned i = 0; i < SIM_EU_MUTEXES; i++)
        s->eu.mutex[i].waiting &= ~c->bit;
}

static void enable_cores(sim *s, const sim_core *by, uint32_t cores, uint64_t t) {
    uint32_t rising = cores & ~s->fetch_enable, falling = s->fetch_enable & ~cores;
    s->fetch_enable = cores;
    for (unsigned i = 0; i < s->machine.cores; i++)
        if (falling >> i & 1 && s->core[i].on)
            halt_core(s, &s->core[i], t);
    for (unsigned i = 0; i < s->machine.cores; i++)
        if (rising >> i & 1 && !s->core[i].on) {
            if (s->observer)
                sim_observe_started_by(s, by, &s->core[i]);
            sim_start_core(s, &s->core[i], s->boot[i], t + SIM_CORE_START);
        }
}

static uint32_t load_cluster(const sim *s, uint32_t offset) {
    if (offset == TL_CLUSTER_CTRL_FETCH_EN)
        return s->fetch_enable;
    if (offset >= TL_CLUSTER_CTRL_BOOT_ADDR && offset < TL_CLUSTER_CTRL_BOOT_ADDR + 32)
        return s->boot[(offset - TL_CLUSTER_CTRL_BOOT_ADDR) / 4];
    return 0;
}

static void store_cluster(sim *s, const sim_core *c, uint32_t offset, uint32_t value, uint64_t t) {
    if (offset == TL_CLUSTER_CTRL_FETCH_EN)
        enable_cores(s, c, value, t);
    else if (offset >= TL_CLUSTER_CTRL_BOOT_ADDR && offset < TL_CLUSTER_CTRL_BOOT_ADDR + 32)
        s->boot[(offset - TL_CLUSTER_CTRL_BOOT_ADDR) / 4] = value;
}

/* The fabric controller's interrupt lines: they only end its wfi. */
void sim_itc_raise(sim *s, uint32_t bits, uint64_t t) {
    sim_core *fc = &s->core[SIM_FC];
    s->itc_status |= bits;
    if (fc->wait == SIM_WAIT_WFI && (s->itc_status & s->itc_mask))
        sim_wake(s, fc, t + SIM_ELW_EVENT);
}

static uint32_t load_itc(const sim *s, uint32_t offset) {
    return offset == 0 ? s->itc_mask : offset == 0x0c ? s->itc_status : 0;
}

static void store_itc(sim *s, const sim_core *c, uint32_t offset, uint32_t value, uint64_t t) {
    if (s->observer && (offset == 0x0c || offset == 0x10))
        sim_observe_event(s, (int)c->index, 1u << SIM_FC, 0, t);
    switch (offset) {
    case 0x00:
        s->itc_mask = value;
        break;
    case 0x04:
        s->itc_mask |= value;
        break;
    case 0x08:
        s->itc_mask &= ~value;
        break;
    case 0x0c:
        s->itc_status = value;
        break;
    case 0x10:
        s->itc_status |= value;
        break;
    case 0x14:
        s->itc_status &= ~value;
        break;
    default:
        break;
    }
    sim_update_interrupts(s, &s->core[SIM_FC]);
    sim_itc_raise(s, 0, t);
}

/* The units, each with its address, size and the cycles of an access beyond the first. */
typedef enum { EU, DMA, CLUSTER, TIMER, EU_BUS, ICACHE, DMA_BUS, SOC_CTRL, STDOUT, FC_ICACHE, ITC, FC_TIMER } unit_kind;

static const struct {
    uint32_t base, bytes, stall;
    unit_kind unit;
} units[] = {
    {TL_EU, 0x400, SIM_EU_STALL, EU},
    {TL_EU_ALIAS, 0x400, SIM_EU_STALL, EU},
    {TL_DMA, 0x400, SIM_EU_STALL, DMA},
    {TL_EU_ALIAS + (TL_DMA - TL_EU), 0x400, SIM_EU_STALL, DMA},
    {TL_CLUSTER_CTRL, 0x400, SIM_PERIPH_STALL, CLUSTER},
    {TL_CLUSTER_TIMER, 0x400, SIM_PERIPH_STALL, TIMER},
    {TL_EU_BUS, 0x800, SIM_PERIPH_STALL, EU_BUS},
    {TL_CLUSTER_ICACHE, 0x400, SIM_PERIPH_STALL, ICACHE},
    {TL_DMA_BUS, 0x400, SIM_PERIPH_STALL, DMA_BUS},
    {TL_STDOUT, 0x1000, SIM_APB_STALL, STDOUT},
    {TL_FC_ICACHE, 0x400, SIM_APB_STALL, FC_ICACHE},
    {TL_FC_ITC, 0x800, SIM_APB_STALL, ITC},
    {TL_FC_TIMER0, 0x1000, SIM_APB_STALL, FC_TIMER},
    {TL_SOC_CTRL, 0x1000, SIM_APB_STALL, SOC_CTRL},
};

static int find_unit(uint32_t address, uint32_t *offset, uint32_t *stall) {
    for (size_t i = 0; i < sizeof units / sizeof *units; i++)
        if (address - units[i].base < units[i].bytes) {
            *offset = address - units[i].base;
            *stall = units[i].stall;
            return (int)units[i].unit;
        }
    return -1;
}

static void charge(sim_core *c, uint32_t stall, uint64_t *t) {
    c->stats.stall[SIM_STALL_L2] += stall;
    *t += 1 + stall;
}

/* The demultiplexed units are each core's own: the fabric controller has none. */
static int is_reachable(const sim_core *c, int unit) {
    return unit >= 0 && !(c->index == SIM_FC && (unit == EU || unit == DMA));
}

sim_bus sim_periph_load(sim *s, sim_core *c, uint32_t address, uint32_t *value, uint64_t *t) {
    uint32_t offset, stall;
    int unit = find_unit(address, &offset, &stall);
    sim_bus result = SIM_BUS_DONE;
    if (!is_reachable(c, unit))
        return SIM_BUS_STOP;
    switch (unit) {
    case EU:
        return sim_eu_load(s, c, offset, value, t);
    case DMA:
    case DMA_BUS:
        result = sim_dma_load(s, c, offset, value, *t);
        break;
    case CLUSTER:
        *value = load_cluster(s, offset);
        break;
    case TIMER:
        *value = sim_timer_load(s, 0, offset, *t);
        break;
    case FC_TIMER:
        *value = sim_timer_load(s, 1 + offset / 0x800, offset % 0x800, *t);
        break;
    case EU_BUS:
        *value = sim_eu_bus_load(s, offset);
        break;
    case ITC:
        *value = load_itc(s, offset);
        if (s->observer)
            sim_observe_taken(s, c->index, *value);
        break;
    case ICACHE:
        *value = offset == TL_CLUSTER_ICACHE_ENABLE && !s->icache_off;
        break;
    default:
        *value = 0;
        break;
    }
    if (result == SIM_BUS_DONE)
        charge(c, stall, t);
    return result;
}

static sim_bus store_soc(sim *s, uint32_t offset, uint32_t value) {
    if (offset == TL_SOC_CTRL_FC_BOOT)
        s->fc_boot = value;
    if (offset != TL_SOC_CTRL_CORE_STATUS || !(value & TL_SOC_CTRL_STATUS_VALID))
        return SIM_BUS_DONE;
    for (unsigned i = 0; i < SIM_MAX_CORES; i++)
        sim_flush_line(s, &s->core[i]);
    s->exit_status = value & ~TL_SOC_CTRL_STATUS_VALID;
    s->status = SIM_EXITED;
    return SIM_BUS_STOP;
}

sim_bus sim_periph_store(sim *s, sim_core *c, uint32_t address, unsigned bytes, uint32_t value, uint64_t *t) {
    uint32_t offset, stall;
    int unit = find_unit(address, &offset, &stall);
    sim_bus result = SIM_BUS_DONE;
    (void)bytes;
    if (!is_reachable(c, unit))
        return SIM_BUS_STOP;
    switch (unit) {
    case EU:
        sim_eu_store(s, c, offset, value, *t);
        break;
    case DMA:
    case DMA_BUS:
        result = sim_dma_store(s, c, offset, value, *t);
        break;
    case CLUSTER:
        store_cluster(s, c, offset, value, *t);
        if (c->index != SIM_FC && !c->on)
            return SIM_BUS_RETRY; /* it has halted itself */
        break;
    case TIMER:
        sim_timer_store(s, 0, offset, value, *t);
        break;
    case FC_TIMER:
        sim_timer_store(s, 1 + offset / 0x800, offset % 0x800, value, *t);
        break;
    case EU_BUS:
        sim_eu_bus_store(s, c, offset, value, *t);
        break;
    case ICACHE:
        if (offset == TL_CLUSTER_ICACHE_FLUSH) {
            sim_flush_icache(s);
        } else if (offset == TL_CLUSTER_ICACHE_ENABLE && s->icache_off != !(value & 0xff)) {
            sim_flush_icache(s);
            s->icache_off = !(value & 0xff);
        }
        break;
    case STDOUT:
        put_char(s, offset, (char)value);
        break;
    case ITC:
        store_itc(s, c, offset, value, *t);
        break;
    case SOC_CTRL:
        result = store_soc(s, offset, value);
        break;
    default:
        break;
    }
    if (result != SIM_BUS_RETRY)
        charge(c, stall, t);
    return result;
}
