/* SPDX-License-Identifier: Apache-2.0 */
/* Read from the trace events that sim_timeline_write() writes: functions, and on top of them sleeps and misses. */
#include "tools/cli/report_timeline.h"
#include <cJSON.h>
#include <stdlib.h>
#include <string.h>

enum { TRACKS = 12, DEPTH = 256, FIRST_DMA = 10 };

static const char *const names[2 + REPORT_CORES] = {"L2 to L1", "L1 to L2", "core 0", "core 1", "core 2",
                                                    "core 3",   "core 4",   "core 5", "core 6", "core 7"};

typedef struct track {
    report_doing stack[DEPTH];
    uint32_t depth;
    uint64_t since;
} track;

typedef struct reader {
    track tracks[TRACKS];
    report_timeline *timeline;
    report_span *span;
    uint32_t room, cores;
    uint64_t from, to;
    bool failed;
} reader;

static const char *string(const cJSON *event, const char *key) {
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(event, key);
    return cJSON_IsString(item) ? item->valuestring : "";
}

static double number(const cJSON *event, const char *key) {
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(event, key);
    return cJSON_IsNumber(item) ? item->valuedouble : 0;
}

static report_doing doing_of(const char *category, const char *name) {
    return strcmp(category, "stall") == 0   ? REPORT_FETCHES
           : strcmp(category, "dma") == 0   ? REPORT_TRANSFERS
           : strcmp(category, "sleep") != 0 ? REPORT_COMPUTES
           : strstr(name, "DMA")            ? REPORT_WAITS_DMA
                                            : REPORT_WAITS_OTHERS;
}

static void add_span(reader *r, uint32_t shown, uint64_t from, uint64_t to, report_doing doing) {
    from = from > r->from ? from - r->from : 0;
    to = (to < r->to ? to : r->to) - r->from;
    report_timeline *t = r->timeline;
    report_span *last = t->spans ? &r->span[t->spans - 1] : NULL;
    if (last && last->track == shown && last->doing == doing && last->to == from) {
        last->to = to;
        return;
    }
    if (t->spans == r->room) {
        r->room = r->room ? 2 * r->room : 4096;
        report_span *more = realloc(r->span, r->room * sizeof *more);
        if (!more) {
            r->failed = true;
            return;
        }
        r->span = more;
    }
    r->span[t->spans++] = (report_span){from, to, shown, doing};
}

/* Up to here the track did what is on top of its stack. */
static void spend(reader *r, uint32_t id, uint64_t now) {
    track *t = &r->tracks[id];
    uint64_t since = t->since;
    t->since = now;
    if (!t->depth || now <= since || now <= r->from || since >= r->to || r->failed)
        return;
    /* The simulator has the DMA's way out first, then its way in, behind the cores. */
    add_span(r, id < r->cores ? id + 2 : id == FIRST_DMA, since, now, t->stack[t->depth - 1]);
}

static void read_event(reader *r, const cJSON *event) {
    char phase = string(event, "ph")[0];
    uint32_t id = (uint32_t)number(event, "tid");
    bool shown = id < r->cores || id == FIRST_DMA || id == FIRST_DMA + 1;
    if (!shown || (phase != 'B' && phase != 'E'))
        return;
    track *t = &r->tracks[id];
    spend(r, id, (uint64_t)number(event, "ts"));
    if (phase == 'E') {
        t->depth -= t->depth > 0;
    } else if (t->depth < DEPTH) {
        t->stack[t->depth++] = doing_of(string(event, "cat"), string(event, "name"));
    }
}

bool report_timeline_fill(report_timeline *timeline, report_span **spans, const sim_observer *observer, uint64_t from,
                          uint64_t to, uint32_t cores, cli_error *error) {
    char *json = NULL;
    size_t bytes = 0;
    FILE *memory = open_memstream(&json, &bytes);
    bool fine = memory && sim_timeline_write(observer, memory);
    if (memory && fclose(memory) != 0)
        fine = false;
    cJSON *trace = fine ? cJSON_ParseWithLength(json, bytes) : NULL;
    free(json);
    reader *r = trace ? calloc(1, sizeof *r) : NULL;
    if (!r) {
        cJSON_Delete(trace);
        return cli_out_of_memory(error);
    }
    timeline->cycles = to - from;
    timeline->tracks = cores + 2;
    timeline->spans = 0;
    timeline->track = names;
    *r = (reader){.timeline = timeline, .cores = cores, .from = from, .to = to};
    const cJSON *event;
    cJSON_ArrayForEach(event, cJSON_GetObjectItemCaseSensitive(trace, "traceEvents")) {
        read_event(r, event);
    }
    for (uint32_t id = 0; id < TRACKS; ++id)
        spend(r, id, to);
    cJSON_Delete(trace);
    timeline->span = *spans = r->span;
    fine = !r->failed;
    free(r);
    return fine || cli_out_of_memory(error);
}
