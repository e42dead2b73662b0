/* SPDX-License-Identifier: Apache-2.0 */
/* The timeline as JSON, Chrome's trace event format, event by event: there may be many. */
#include <inttypes.h>

#include "tools/sim/observe.h"
#include "tools/sim/timeline.h"

enum { PROCESS_CORES, PROCESS_DMA };

typedef struct writer {
    FILE *to;
    const sim *s;
    const sim_timeline *l;
    uint32_t open[SIM_TRACKS]; /* slices */
    uint64_t last[SIM_TRACKS];
    uint32_t arrows, arrow[SIM_TRACKS]; /* the one that ends where the open slice does; 0: none */
} writer;

static void put_string(FILE *to, const char *text) {
    fputc('"', to);
    for (; *text; text++)
        if (*text == '"' || *text == '\\')
            fprintf(to, "\\%c", *text);
        else if ((unsigned char)*text < 0x20)
            fprintf(to, "\\u%04x", (unsigned)(unsigned char)*text);
        else
            fputc(*text, to);
    fputc('"', to);
}

static int process_of(unsigned track) {
    return track >= SIM_TRACK_DMA_OUT ? PROCESS_DMA : PROCESS_CORES;
}

static void put_head(writer *w, const char *phase, unsigned track, uint64_t t) {
    fprintf(w->to, ",\n{\"ph\":\"%s\",\"pid\":%d,\"tid\":%u,\"ts\":%" PRIu64, phase, process_of(track), track, t);
}

static void put_begin(writer *w, unsigned track, uint64_t t, const char *category, const char *name) {
    put_head(w, "B", track, t);
    fprintf(w->to, ",\"cat\":\"%s\",\"name\":", category);
    put_string(w->to, name);
    w->open[track]++;
}

static void put_end(writer *w, unsigned track, uint64_t t) {
    if (!w->open[track])
        return; /* begun before the record */
    w->open[track]--;
    put_head(w, "E", track, t);
    fputc('}', w->to);
}

static void put_transfer(writer *w, const sim_timeline_event *e) {
    fprintf(w->to,
            ",\"args\":{\"bytes\":%" PRIu32 ",\"l1\":\"0x%08" PRIx32 "\",\"l2\":\"0x%08" PRIx32
            "\",\"id\":%u,\"core\":%u}}",
            e->c, e->a, e->b, e->id >> 8, e->id & 0xffu);
}

static void put_instant(writer *w, const sim_timeline_event *e) {
    put_head(w, "i", e->track, e->t);
    const int mark = e->kind == SIM_SHOW_MARK || e->kind == SIM_SHOW_TEXT;
    fprintf(w->to, ",\"s\":\"%s\",\"cat\":\"%s\",\"name\":", e->kind == SIM_SHOW_BARRIER ? "p" : "t",
            mark ? "mark" : "sync");
    switch (e->kind) {
    case SIM_SHOW_BARRIER:
        fprintf(w->to, "\"barrier %" PRIu32 " opens\",\"args\":{\"cores\":\"0x%02" PRIx32 "\"}}", e->a, e->b);
        break;
    case SIM_SHOW_EVENT:
        fprintf(w->to, "\"event %" PRIu32 "\",\"args\":{\"from\":%" PRIu32 ",\"cores\":\"0x%02" PRIx32 "\"}}", e->a,
                e->c, e->b);
        break;
    case SIM_SHOW_LOCK:
        fprintf(w->to, "\"mutex %" PRIu32 " %s\",\"args\":{\"core\":%" PRIu32 "}}", e->a, e->b ? "taken" : "let go",
                e->c);
        break;
    case SIM_SHOW_MARK:
        if (e->a && e->a <= w->l->marks)
            put_string(w->to, w->l->mark_names[e->a - 1]);
        else
            fprintf(w->to, "\"mark %" PRIu32 "\"", e->a);
        fprintf(w->to, ",\"args\":{\"core\":%" PRIu32 "}}", e->c);
        break;
    case SIM_SHOW_SUBMIT:
        fprintf(w->to, "\"DMA submitted\"");
        put_transfer(w, e);
        break;
    default:
        put_string(w->to, w->l->text[e->a]);
        fputc('}', w->to);
        break;
    }
}

static void put_arrow(writer *w, const char *phase, unsigned track, uint64_t t, uint32_t id) {
    put_head(w, phase, track, t);
    fprintf(w->to, ",\"cat\":\"barrier\",\"name\":\"released\",\"bp\":\"e\",\"id\":%" PRIu32 "}", id);
}

/* From the core that came last to those that were woken: their sleeps are recorded right behind the barrier's opening.
 */
static void put_arrows(writer *w, const sim_timeline_event *opening, const sim_timeline_event *end) {
    const sim_timeline_event *e = opening + 1;
    for (; e + 1 < end && e->track < SIM_TRACK_SYNC; e++) {
        if (e->kind != SIM_SHOW_SLEEP || e->a != opening->a || e[1].kind != SIM_SHOW_END || e[1].track != e->track ||
            e[1].t != opening->t + SIM_ELW_BARRIER)
            continue;
        if (e->track == opening->c)
            continue;
        w->arrow[e->track] = ++w->arrows;
        put_arrow(w, "s", opening->c, opening->t, w->arrows);
    }
}

static void put_event(writer *w, const sim_timeline_event *e) {
    char name[40];
    w->last[e->track] = e->t;
    switch (e->kind) {
    case SIM_SHOW_ENTER:
        put_begin(w, e->track, e->t, "function", w->l->map->list[e->a].name);
        fputc('}', w->to);
        break;
    case SIM_SHOW_SLEEP:
        put_begin(w, e->track, e->t, "sleep", sim_sleep_names[e->a]);
        fputc('}', w->to);
        break;
    case SIM_SHOW_FETCH:
        put_begin(w, e->track, e->t, "stall", "instruction cache miss");
        fputc('}', w->to);
        break;
    case SIM_SHOW_DMA:
        snprintf(name, sizeof name, "%" PRIu32 " bytes", e->c);
        put_begin(w, e->track, e->t, "dma", name);
        put_transfer(w, e);
        break;
    case SIM_SHOW_END:
        put_end(w, e->track, e->t);
        if (w->arrow[e->track])
            put_arrow(w, "f", e->track, e->t, w->arrow[e->track]);
        w->arrow[e->track] = 0;
        break;
    default:
        put_instant(w, e);
        break;
    }
}

static void put_names(writer *w) {
    static const char *const others[] = {"between the cores", "out (L1 to L2)", "in (L2 to L1)"};
    fprintf(w->to, "{\"ph\":\"M\",\"pid\":0,\"name\":\"process_name\",\"args\":{\"name\":\"cores\"}},\n"
                   "{\"ph\":\"M\",\"pid\":1,\"name\":\"process_name\",\"args\":{\"name\":\"DMA\"}}");
    for (unsigned i = 0; i < SIM_TRACKS; i++) {
        char name[24];
        if (i < SIM_FC && i >= w->s->machine.cores)
            continue;
        snprintf(name, sizeof name, i < SIM_FC ? "core %u" : "fabric controller", i);
        fprintf(w->to,
                ",\n{\"ph\":\"M\",\"pid\":%d,\"tid\":%u,\"name\":\"thread_name\",\"args\":{\"name\":\"%s\"}}"
                ",\n{\"ph\":\"M\",\"pid\":%d,\"tid\":%u,\"name\":\"thread_sort_index\",\"args\":{\"sort_index\":%u}}",
                process_of(i), i, i > SIM_FC ? others[i - SIM_FC - 1] : name, process_of(i), i, i);
    }
}

/* Cores about which nothing was recorded, since nothing changed, and sleeps that have not ended. */
static void put_still(writer *w, unsigned core, uint64_t end) {
    const sim_timeline *l = w->l;
    const sim_core *c = &w->s->core[core];
    if (!l->core[core].begun && l->from <= end)
        for (uint32_t i = 0; i < l->core[core].depth && i < SIM_CALL_DEPTH; i++)
            put_event(
                w, &(sim_timeline_event){
                       .t = l->from, .kind = SIM_SHOW_ENTER, .track = (uint8_t)core, .a = l->core[core].function[i]});
    if (c->on && c->wait != SIM_AWAKE && c->sleep_from < end) {
        uint64_t from = c->sleep_from > w->last[core] ? c->sleep_from : w->last[core];
        put_event(w, &(sim_timeline_event){.t = from > l->from ? from : l->from,
                                           .kind = SIM_SHOW_SLEEP,
                                           .track = (uint8_t)core,
                                           .a = sim_timeline_why(l, w->s, c)});
    }
}

int sim_timeline_write(const sim_observer *o, FILE *to) {
    const sim_timeline *l = o->timeline;
    writer w = {.to = to, .s = o->machine, .l = l};
    if (!l)
        return 0;
    /* Single settings may have been changed without giving it another name. */
    const sim_machine *m = &o->machine->machine;
    sim_machine named = *m;
    char called[256];
    sim_machine_named(m->name, &named);
    sim_machine_describe(m, &named, called, sizeof called);
    uint64_t end = sim_timeline_end(o);
    end = end < l->to ? end : l->to;
    fprintf(to,
            "{\"displayTimeUnit\":\"ns\",\n\"otherData\":{\"scale\":\"1 us is 1 cycle\",\"machine\":\"%s\","
            "\"cycles\":%" PRIu64 ",\"complete\":%s},\n\"traceEvents\":[\n",
            called, o->machine->now, l->full ? "false" : "true");
    put_names(&w);
    for (uint32_t i = 0; i < l->events; i++) {
        put_event(&w, &l->event[i]);
        if (l->event[i].kind == SIM_SHOW_BARRIER)
            put_arrows(&w, &l->event[i], l->event + l->events);
    }
    for (unsigned i = 0; i < SIM_MAX_CORES; i++)
        if (!l->full)
            put_still(&w, i, end);
    for (unsigned i = 0; i < SIM_TRACKS; i++)
        while (w.open[i])
            put_end(&w, i, end > w.last[i] ? end : w.last[i]);
    fputs("\n]}\n", to);
    return !ferror(to);
}
