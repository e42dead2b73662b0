/* SPDX-License-Identifier: Apache-2.0 */
/* What a timeline records. Private to the simulator. */
#ifndef TL_SIM_TIMELINE_H
#define TL_SIM_TIMELINE_H

#include "tools/sim/observe_api.h"
#include "tools/sim/profile.h"

/* Tracks: cores 0 to 8, what happens between them, the DMA's directions. */
enum { SIM_TRACK_SYNC = SIM_MAX_CORES, SIM_TRACK_DMA_OUT, SIM_TRACK_DMA_IN, SIM_TRACKS };

typedef enum sim_timeline_kind {
    SIM_SHOW_ENTER,   /* a: function */
    SIM_SHOW_SLEEP,   /* a: why, an index of sim_sleep_names */
    SIM_SHOW_FETCH,   /* a miss in the instruction caches */
    SIM_SHOW_DMA,     /* a transfer is under way: a: L1 address, b: L2 address, c: bytes, id: id and core */
    SIM_SHOW_END,     /* of one of these */
    SIM_SHOW_SUBMIT,  /* as DMA */
    SIM_SHOW_BARRIER, /* it opens: a: number, b: cores, c: the core that came last */
    SIM_SHOW_EVENT,   /* a: event, b: cores, c: from */
    SIM_SHOW_LOCK,    /* a: mutex, b: taken */
    SIM_SHOW_MARK,    /* a: value */
    SIM_SHOW_TEXT     /* a: index of text */
} sim_timeline_kind;

typedef struct sim_timeline_event {
    uint64_t t;
    uint8_t kind, track;
    uint16_t id;
    uint32_t a, b, c;
} sim_timeline_event;

enum { SIM_TIMELINE_TEXTS = 256, SIM_TIMELINE_TEXT_BYTES = 48 };

typedef struct sim_timeline {
    const sim_function_map *map;
    sim_timeline_event *event;
    uint32_t events, room;
    uint64_t from, to, end; /* end: where it was full */
    int full;
    uint32_t mark, marks;
    const char *const *mark_names;
    uint64_t last[SIM_TRACKS];
    struct {
        uint16_t function[SIM_CALL_DEPTH];
        uint32_t depth;
        int begun; /* its functions at `from` are recorded */
        uint32_t why;
    } core[SIM_MAX_CORES];
    uint8_t came_last[SIM_EU_BARRIERS];
    char text[SIM_TIMELINE_TEXTS][SIM_TIMELINE_TEXT_BYTES];
    uint32_t texts;
} sim_timeline;

extern const char *const sim_sleep_names[];
/* Why a core sleeps, an index of these. */
uint32_t sim_timeline_why(const sim_timeline *l, const sim *s, const sim_core *c);

struct sim_timeline *sim_timeline_create(const sim_function_map *map, const sim_observe_settings *settings);
void sim_timeline_destroy(struct sim_timeline *l);

#endif
