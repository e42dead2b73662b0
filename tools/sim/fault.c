/* SPDX-License-Identifier: Apache-2.0 */
/* What the guest did wrong, told so that it can be found. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "tools/sim/state.h"

/* Appends to s->message; what does not fit is cut. */
static void say(sim *s, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void say(sim *s, const char *format, ...) {
    size_t used = strlen(s->message);
    va_list list;
    va_start(list, format);
    vsnprintf(s->message + used, sizeof s->message - used, format, list);
    va_end(list);
}

static void say_core(sim *s, const sim_core *c) {
    if (c->index == SIM_FC)
        say(s, "fabric controller");
    else
        say(s, "core %u", c->index);
}

static void say_place(sim *s, uint32_t pc) {
    const sim_symbol_entry *function = sim_function_at(s, pc);
    say(s, "pc 0x%08x", pc);
    if (function)
        say(s, " in %s + 0x%x", function->name, pc - function->address);
}

static void say_instruction(sim *s, uint32_t pc) {
    char text[80];
    uint32_t word;
    if (!sim_insn_at(s, pc, &word) && !word)
        return;
    sim_disassemble(pc, word, text, sizeof text);
    say(s, (word & 3) == 3 ? "  instruction %08x  %s\n" : "  instruction %04x  %s\n", word, text);
}

void sim_fault(sim *s, const sim_core *c, uint32_t pc, const char *format, ...) {
    va_list list;
    size_t used;
    if (s->status != SIM_OK)
        return;
    for (unsigned i = 0; i < SIM_MAX_CORES; i++)
        sim_flush_line(s, &s->core[i]);
    s->status = SIM_FAULTED;
    s->message[0] = 0;
    say(s, "fault: ");
    say_core(s, c);
    say(s, ": ");
    used = strlen(s->message);
    va_start(list, format);
    vsnprintf(s->message + used, sizeof s->message - used, format, list);
    va_end(list);
    say(s, "\n  ");
    say_place(s, pc);
    say(s, "\n");
    say_instruction(s, pc);
    say(s, "  ra 0x%08x  sp 0x%08x  gp 0x%08x  tp 0x%08x\n", c->x[1].u, c->x[2].u, c->x[3].u, c->x[4].u);
    say(s, "  a0 0x%08x  a1 0x%08x  a2 0x%08x  a3 0x%08x\n", c->x[10].u, c->x[11].u, c->x[12].u, c->x[13].u);
    say(s, "  a4 0x%08x  a5 0x%08x  a6 0x%08x  a7 0x%08x\n", c->x[14].u, c->x[15].u, c->x[16].u, c->x[17].u);
}

static const char *const waits[] = {
    [SIM_AWAKE] = "running",      [SIM_WAIT_EVENT] = "an event",
    [SIM_WAIT_MUTEX] = "a mutex", [SIM_WAIT_DISPATCH] = "a dispatch",
    [SIM_WAIT_DMA] = "the DMA",   [SIM_WAIT_WFI] = "an interrupt (wfi)",
};

void sim_report_deadlock(sim *s) {
    for (unsigned i = 0; i < SIM_MAX_CORES; i++)
        sim_flush_line(s, &s->core[i]);
    s->status = SIM_FAULTED;
    s->message[0] = 0;
    if (!s->loaded) {
        say(s, "no program is loaded");
        return;
    }
    say(s, "fault: all cores sleep for ever: nothing is under way that could wake one\n");
    for (unsigned i = 0; i < SIM_MAX_CORES; i++) {
        const sim_core *c = &s->core[i];
        if (!c->on)
            continue;
        say(s, "  ");
        say_core(s, c);
        say(s, " waits for %s before ", waits[c->wait]);
        say_place(s, sim_core_pc(s, c));
        if (i < 8)
            say(s, ", event mask 0x%x, pending 0x%x", s->eu.core[i].mask, s->eu.core[i].buffer);
        say(s, "\n");
    }
}
