/* SPDX-License-Identifier: Apache-2.0 */
/* Findings: each once, in a sentence. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "tools/sim/profile_report.h"
#include "tools/sim/sanitize_state.h"

const char *const sim_finding_names[SIM_FINDING_KINDS] = {
    [SIM_FINDING_RACE] = "data race",
    [SIM_FINDING_DMA_EARLY] = "DMA not waited for",
    [SIM_FINDING_DMA_SOURCE] = "DMA not waited for",
    [SIM_FINDING_DMA_OVERLAP] = "DMA transfers overlap",
    [SIM_FINDING_UNINITIALISED] = "uninitialised memory",
    [SIM_FINDING_STACK] = "stack overflow",
    [SIM_FINDING_OUTSIDE] = "outside all sections",
    [SIM_FINDING_CODE] = "store into code",
    [SIM_FINDING_MISALIGNED] = "misaligned access",
    [SIM_FINDING_LOOP] = "hardware loop",
};

typedef struct text {
    char *at;
    size_t used, room;
} text;

static void say(text *t, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void say(text *t, const char *format, ...) {
    va_list list;
    va_start(list, format);
    int n = vsnprintf(t->at + t->used, t->room - t->used, format, list);
    va_end(list);
    if (n > 0)
        t->used = (size_t)n < t->room - t->used ? t->used + (size_t)n : t->room - 1;
}

static void say_core(text *t, int core) {
    if (core == SIM_FC)
        say(t, "the fabric controller");
    else
        say(t, "core %d", core);
}

static const char *base_name(const char *file) {
    const char *slash = strrchr(file, '/');
    return slash ? slash + 1 : file;
}

static void say_callers(text *t, const sim_finding_side *side) {
    for (uint32_t i = 0; i < side->callers; i++) {
        const sim_finding_caller *c = &side->caller[i];
        say(t, i ? " in " : ", called in ");
        if (!c->function)
            say(t, "pc 0x%08x", c->pc);
        else if (c->file)
            say(t, "%s (%s:%u)", c->function, base_name(c->file), c->line);
        else
            say(t, "%s", c->function);
    }
}

static void say_place(text *t, const sim_finding_side *side) {
    if (side->function && side->file)
        say(t, "%s (%s:%u, pc 0x%08x)", side->function, base_name(side->file), side->line, side->pc);
    else if (side->function)
        say(t, "%s + 0x%x (pc 0x%08x)", side->function, side->offset, side->pc);
    else
        say(t, "pc 0x%08x", side->pc);
    say_callers(t, side);
}

static void say_address(text *t, const sim_finding *f) {
    say(t, "0x%08x", f->address);
    if (f->symbol)
        say(t, " (%s + 0x%x)", f->symbol, f->symbol_offset);
}

/* "core 3 writes 0x10000400 (sum + 0x0) in f + 0x10 (pc 0x1c010010) at cycle 812" */
static void say_now(text *t, const sim_finding *f) {
    const sim_finding_side *side = &f->side[0];
    const char *verb = side->writes ? "writes" : "reads";
    if (side->transfer)
        say(t, "a transfer started by ");
    say_core(t, side->core);
    say(t, side->transfer ? " in " : " %s ", verb);
    if (side->transfer) {
        say_place(t, side);
        say(t, " %s ", verb);
        say_address(t, f);
    } else {
        say_address(t, f);
        say(t, " in ");
        say_place(t, side);
    }
    say(t, " at cycle %llu", (unsigned long long)f->cycle);
}

static void say_transfer(text *t, const sim_finding_side *side) {
    say(t, "the transfer that ");
    say_core(t, side->core);
    say(t, " started in ");
    say_place(t, side);
    say(t, side->writes ? " writes it" : " reads it");
}

static void write_text(sim_finding *f, const char *what) {
    text t = {.at = f->text, .room = sizeof f->text};
    const sim_finding_side *before = &f->side[1];
    say(&t, "%s: ", sim_finding_names[f->kind]);
    if (f->kind == SIM_FINDING_LOOP) {
        say_core(&t, f->side[0].core);
        say(&t, " sets up a loop of 0x%08x in ", f->address);
        say_place(&t, &f->side[0]);
        say(&t, " at cycle %llu: %s", (unsigned long long)f->cycle, what);
        return;
    }
    say_now(&t, f);
    switch (f->kind) {
    case SIM_FINDING_RACE:
        say(&t, "; ");
        say_core(&t, before->core);
        say(&t, before->writes ? " wrote it in " : " read it in ");
        say_place(&t, before);
        say(&t, ", and nothing orders the two");
        break;
    case SIM_FINDING_DMA_EARLY:
    case SIM_FINDING_DMA_SOURCE:
    case SIM_FINDING_DMA_OVERLAP:
        say(&t, "; ");
        say_transfer(&t, before);
        say(&t, ", and its end has not been waited for");
        break;
    case SIM_FINDING_UNINITIALISED:
        say(&t, ", which nobody has written");
        break;
    case SIM_FINDING_STACK:
        say(&t, "%s", what);
        break;
    case SIM_FINDING_OUTSIDE:
        say(&t, ", which the program does not declare");
        break;
    case SIM_FINDING_CODE:
        say(&t, ", which is code");
        break;
    default:
        break;
    }
}

static void name_place(const sim *s, sim_finding_side *side) {
    const sim_symbol_entry *function = side->core >= 0 && side->pc ? sim_function_at(s, side->pc) : NULL;
    if (function) {
        side->function = function->name;
        side->offset = side->pc - function->address;
    }
    for (uint32_t i = 0; i < side->callers; i++) {
        function = sim_function_at(s, side->caller[i].pc);
        side->caller[i].function = function ? function->name : NULL;
    }
}

static void name_address(const sim *s, sim_finding *f) {
    const sim_symbol_entry *found = NULL;
    for (uint32_t i = 0; i < s->symbols && s->by_address[i].address <= f->address; i++) {
        const sim_symbol_entry *e = &s->by_address[i];
        if (!e->bytes ? !found || !found->bytes : f->address - e->address < e->bytes)
            found = e;
    }
    /* A label says where nothing else does, but not across all of the memory. */
    if (!found || (!found->bytes && f->address - found->address >= 4096))
        return;
    f->symbol = found->name;
    f->symbol_offset = f->address - found->address;
}

/* Transfers are told apart by who called the function that starts them: there may be but one such function. */
static uint32_t hash_of_side(const sim_finding_side *side) {
    uint32_t h = side->pc;
    for (uint32_t i = 0; side->transfer && i < side->callers; i++)
        h = h * 31 + side->caller[i].pc;
    return h;
}

static int is_same_side(const sim_finding_side *a, const sim_finding_side *b) {
    if (a->pc != b->pc || a->transfer != b->transfer || (a->transfer && a->callers != b->callers))
        return 0;
    for (uint32_t i = 0; a->transfer && i < a->callers; i++)
        if (a->caller[i].pc != b->caller[i].pc)
            return 0;
    return 1;
}

/* The same two places the other way round are the same finding. */
static uint32_t hash_of(sim_finding_kind kind, const sim_finding_side *one, const sim_finding_side *two,
                        const char *what) {
    uint32_t a = hash_of_side(one), b = hash_of_side(two), low = a < b ? a : b, high = a < b ? b : a;
    uint32_t h = (uint32_t)kind * 0x9e3779b1u ^ low * 0x85ebca6bu ^ (high * 0xc2b2ae35u >> 3);
    for (; kind == SIM_FINDING_LOOP && *what; what++)
        h = h * 31 + (unsigned char)*what;
    return h ^ h >> 15;
}

static int is_same(const struct sim_sanitizer *z, uint32_t i, sim_finding_kind kind, const sim_finding_side *a,
                   const sim_finding_side *b, const char *what) {
    const sim_finding *f = &z->finding[i];
    const sim_finding_side *x = &f->side[0], *y = &f->side[1];
    if (f->kind != kind || !((is_same_side(x, a) && is_same_side(y, b)) || (is_same_side(x, b) && is_same_side(y, a))))
        return 0;
    return kind != SIM_FINDING_LOOP || !strcmp(z->what[i], what);
}

void san_find(struct sim_sanitizer *z, sim_finding_kind kind, uint32_t address, const sim_finding_side *side,
              const sim_finding_side *other, const char *what) {
    const sim_finding_side none = {.core = -1};
    uint32_t slots = sizeof z->slot / sizeof *z->slot;
    other = other ? other : &none;
    uint32_t i = hash_of(kind, side, other, what) % slots;
    while (z->slot[i]) {
        if (is_same(z, z->slot[i] - 1u, kind, side, other, what)) {
            z->finding[z->slot[i] - 1].count++;
            return;
        }
        i = (i + 1) % slots;
    }
    if (z->findings == SAN_FINDINGS) {
        z->lost++;
        return;
    }
    sim_finding *f = &z->finding[z->findings++];
    z->slot[i] = (uint16_t)z->findings;
    *f = (sim_finding){.kind = kind, .cycle = z->s->now, .count = 1, .address = address, .side = {*side, *other}};
    if (!side->transfer) {
        uint32_t caller[SIM_FINDING_CALLERS];
        san_set_callers(&f->side[0], san_callers(z, (unsigned)side->core, caller), caller);
    }
    name_place(z->s, &f->side[0]);
    name_place(z->s, &f->side[1]);
    name_address(z->s, f);
    snprintf(z->what[z->findings - 1], SAN_WHAT, "%s", what ? what : "");
    write_text(f, what);
    if (z->call)
        z->call(z->user, f);
}

static void place(struct sim_source_lines *lines, uint32_t pc, const char **file, uint32_t *line) {
    const sim_source_line *at = pc ? sim_source_line_at(lines, pc) : NULL;
    if (at) {
        *file = at->file;
        *line = at->line;
    }
}

void san_place(struct sim_sanitizer *z) {
    if (z->placed < z->findings && !z->lines)
        z->lines = sim_source_lines_read(z->s);
    for (; z->lines && z->placed < z->findings; z->placed++) {
        sim_finding *f = &z->finding[z->placed];
        for (unsigned i = 0; i < 2; i++) {
            sim_finding_side *side = &f->side[i];
            place(z->lines, side->pc, &side->file, &side->line);
            for (uint32_t k = 0; k < side->callers; k++)
                place(z->lines, side->caller[k].pc, &side->caller[k].file, &side->caller[k].line);
        }
        write_text(f, z->what[z->placed]);
    }
}

void san_forget_names(struct sim_sanitizer *z) {
    sim_source_lines_free(z->lines);
    z->lines = NULL;
    z->placed = z->findings;
    for (uint32_t i = 0; i < z->findings; i++) {
        sim_finding *f = &z->finding[i];
        f->symbol = f->side[0].function = f->side[1].function = f->side[0].file = f->side[1].file = NULL;
        for (unsigned k = 0; k < 2 * SIM_FINDING_CALLERS; k++)
            f->side[k % 2].caller[k / 2].function = f->side[k % 2].caller[k / 2].file = NULL;
    }
}
