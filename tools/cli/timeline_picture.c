/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Drawn from the same trace events that sim_timeline_write() writes. A column of a core's track has the colour of what
 * the core did for most of its cycles: a function, asleep, or waiting for instructions. The DMA's tracks are as high
 * as the part of the column in which a transfer was under way.
 */
#include "tools/cli/timeline_picture.h"
#include "tools/cli/picture.h"
#include "tools/cli/text.h"
#include <cJSON.h>
#include <stdlib.h>
#include <string.h>

enum { TRACKS = 16, NAMES = 512, DEPTH = 64, COLUMNS = 1040, COLORS = 8, MARKS = 256, ARROWS = 40 * 7 };
static const double LEFT = 112, RIGHT = 64, TOP = 128, TRACK = 26, BAR = 20, LEGEND = 22;
static const double WIDTH = COLUMNS;

typedef enum kind { FUNCTION, SLEEP, STALL, DMA, KINDS } kind;

typedef struct name {
    const char *text;
    kind kind;
    double cycles; /* of all cores */
    color color;
} name;

typedef struct mark {
    double t;
    const char *text;
} mark;

/* From the core that came last to a barrier to one that was let go. */
typedef struct arrow {
    double id, from, to;
    unsigned from_track, to_track;
} arrow;

/* What a track's top of stack is from t on, while it is read. */
typedef struct track {
    const char *label;
    int stack[DEPTH], depth;
    double since;
    float *share; /* [COLUMNS][NAMES], cycles; NULL: nothing happens there */
} track;

typedef struct picture {
    name names[NAMES];
    int count;
    track tracks[TRACKS];
    mark marks[MARKS];
    int mark_count;
    arrow arrows[ARROWS];
    int arrow_count; /* more than ARROWS: too many to see any */
    double from, to;
    const char *machine;
} picture;

static int name_of(picture *p, const char *called, kind k) {
    for (int i = 0; i < p->count; ++i)
        if (p->names[i].kind == k && strcmp(p->names[i].text, called) == 0)
            return i;
    if (p->count == NAMES)
        return NAMES - 1;
    p->names[p->count] = (name){.text = called, .kind = k};
    return p->count++;
}

/* Cycles [from, to) of a track go to what is on top of its stack. */
static void spend(picture *p, track *t, double to) {
    double from = t->since, width = (p->to - p->from) / WIDTH;
    t->since = to;
    if (t->depth == 0 || !t->share || to <= from)
        return;
    int top = t->stack[t->depth - 1];
    if (p->names[top].kind != DMA)
        p->names[top].cycles += to - from;
    for (int column = (int)((from - p->from) / width); column < COLUMNS; ++column) {
        double low = p->from + column * width, high = low + width;
        if (low >= to)
            break;
        t->share[column * NAMES + top] += (float)((to < high ? to : high) - (from > low ? from : low));
    }
}

static double number(const cJSON *event, const char *key) {
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(event, key);
    return cJSON_IsNumber(item) ? item->valuedouble : 0;
}

static const char *string(const cJSON *event, const char *key) {
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(event, key);
    return cJSON_IsString(item) ? item->valuestring : "";
}

static kind kind_of(const char *category) {
    return strcmp(category, "sleep") == 0   ? SLEEP
           : strcmp(category, "stall") == 0 ? STALL
           : strcmp(category, "dma") == 0   ? DMA
                                            : FUNCTION;
}

static void read_event(picture *p, const cJSON *event) {
    char phase = string(event, "ph")[0];
    double t = number(event, "ts");
    unsigned id = (unsigned)number(event, "tid");
    track *at = &p->tracks[id < TRACKS ? id : TRACKS - 1];
    if (phase == 'B') {
        kind k = kind_of(string(event, "cat"));
        spend(p, at, t);
        if (at->depth < DEPTH)
            at->stack[at->depth] = name_of(p, k == DMA ? "transfer" : string(event, "name"), k);
        at->depth += at->depth < DEPTH;
    } else if (phase == 'E') {
        spend(p, at, t);
        at->depth -= at->depth > 0;
    } else if (phase == 's' && p->arrow_count++ < ARROWS) {
        p->arrows[p->arrow_count - 1] = (arrow){.id = number(event, "id"), .from = t, .to = t, .from_track = id};
    } else if (phase == 'f') {
        for (int i = 0; i < p->arrow_count && i < ARROWS; ++i)
            if (p->arrows[i].id == number(event, "id")) {
                p->arrows[i].to = t;
                p->arrows[i].to_track = id;
            }
    } else if (phase == 'i' && strcmp(string(event, "cat"), "mark") == 0 && p->mark_count < MARKS) {
        p->marks[p->mark_count++] = (mark){t, string(event, "name")};
    } else if (phase == 'M' && strcmp(string(event, "name"), "thread_name") == 0) {
        at->label = string(cJSON_GetObjectItemCaseSensitive(event, "args"), "name");
    }
}

static bool read_events(picture *p, const cJSON *trace, cli_error *error) {
    const cJSON *events = cJSON_GetObjectItemCaseSensitive(trace, "traceEvents"), *event;
    /* A core that does nothing but sleep has no track. */
    bool used[TRACKS] = {false}, any = false;
    cJSON_ArrayForEach(event, events) {
        if (string(event, "ph")[0] == 'M')
            continue;
        double t = number(event, "ts");
        p->from = !any || t < p->from ? t : p->from;
        p->to = !any || t > p->to ? t : p->to;
        any = true;
        if (string(event, "ph")[0] == 'B' && kind_of(string(event, "cat")) != SLEEP)
            used[(unsigned)number(event, "tid") % TRACKS] = true;
    }
    if (!any || p->to <= p->from)
        return cli_fail(error, CLI_INPUT, "there is nothing on the timeline to draw");
    p->machine = string(cJSON_GetObjectItemCaseSensitive(trace, "otherData"), "machine");
    for (int i = 0; i < TRACKS; ++i) {
        p->tracks[i].since = p->from;
        p->tracks[i].share = used[i] ? calloc((size_t)COLUMNS * NAMES, sizeof(float)) : NULL;
        if (used[i] && !p->tracks[i].share)
            return cli_out_of_memory(error);
    }
    cJSON_ArrayForEach(event, events) {
        read_event(p, event);
    }
    return true;
}

static int by_cycles(const void *a, const void *b) {
    const name *const *x = a, *const *y = b;
    return (*x)->cycles < (*y)->cycles ? 1 : -((*x)->cycles > (*y)->cycles);
}

/* The functions with most cycles get colours of their own. Returns all names that cores spend cycles in, in order. */
static int choose_colors(picture *p, name **order) {
    static const color palette[COLORS] = {{0.11, 0.42, 0.76}, {0.85, 0.40, 0.07}, {0.10, 0.55, 0.35},
                                          {0.53, 0.32, 0.66}, {0.80, 0.62, 0.05}, {0.20, 0.66, 0.72},
                                          {0.72, 0.33, 0.48}, {0.45, 0.55, 0.18}};
    static const color others[KINDS] = {{0.45, 0.50, 0.58}, {0.88, 0.89, 0.91}, {0.83, 0.18, 0.18}, {0.30, 0.35, 0.42}};
    int n = 0, next = 0;
    for (int i = 0; i < p->count; ++i)
        if (p->names[i].cycles > 0)
            order[n++] = &p->names[i];
    qsort(order, (size_t)n, sizeof *order, by_cycles);
    for (int i = 0; i < p->count; ++i)
        p->names[i].color = others[p->names[i].kind];
    for (int i = 0; i < n; ++i) {
        if (order[i]->kind == FUNCTION && next < COLORS)
            order[i]->color = palette[next++];
        else if (order[i]->kind == SLEEP && strstr(order[i]->text, "DMA"))
            order[i]->color = (color){0.98, 0.84, 0.55};
    }
    return n;
}

static double x_of(const picture *p, double t) {
    return LEFT + WIDTH * (t - p->from) / (p->to - p->from);
}

/* Columns with the same colour side by side are one rectangle. */
static void draw_core(cairo_t *c, const picture *p, const track *t, double y) {
    int begun = 0, last = -1;
    for (int column = 0; column <= COLUMNS; ++column) {
        int most = -1;
        for (int i = 0; column < COLUMNS && i < p->count; ++i)
            if (t->share[column * NAMES + i] > (most < 0 ? 0 : t->share[column * NAMES + most]))
                most = i;
        if (most == last && column < COLUMNS)
            continue;
        if (last >= 0) {
            draw_use(c, p->names[last].color);
            cairo_rectangle(c, LEFT + begun, y, column - begun, BAR);
            cairo_fill(c);
        }
        begun = column;
        last = most;
    }
}

static void draw_dma(cairo_t *c, const picture *p, const track *t, double y) {
    double width = (p->to - p->from) / WIDTH;
    draw_use(c, (color){0.30, 0.35, 0.42});
    for (int column = 0; column < COLUMNS; ++column) {
        double busy = 0;
        for (int i = 0; i < p->count; ++i)
            busy += (double)t->share[column * NAMES + i];
        double height = BAR * (busy > width ? 1 : busy / width);
        if (height > 0.5)
            cairo_rectangle(c, LEFT + column, y + BAR - height, 1, height);
    }
    cairo_fill(c);
}

static void draw_marks(cairo_t *c, const picture *p, double bottom) {
    double free_from = 0;
    cairo_set_line_width(c, 1);
    for (int i = 0; i < p->mark_count; ++i) {
        double x = x_of(p, p->marks[i].t);
        draw_use(c, (color){0.62, 0.65, 0.70});
        draw_line(c, x, TOP - 8, x, bottom);
        if (x < free_from)
            continue;
        free_from = x + 16;
        draw_use(c, DRAW_SOFT);
        cairo_save(c);
        cairo_translate(c, x + 3, TOP - 10);
        cairo_rotate(c, -0.7);
        draw_text(c, 0, 0, AT_START, 11, p->marks[i].text);
        cairo_restore(c);
    }
}

/* `row`: where each track's bar stands. */
static void draw_arrows(cairo_t *c, const picture *p, const double *row) {
    if (p->arrow_count > ARROWS)
        return;
    draw_use(c, DRAW_INK);
    cairo_set_line_width(c, 0.8);
    for (int i = 0; i < p->arrow_count; ++i) {
        const arrow *a = &p->arrows[i];
        if (a->to <= a->from)
            continue; /* it ends behind the record */
        const double x = x_of(p, a->from), y = row[a->from_track] + BAR / 2, to = x_of(p, a->to);
        const double end = row[a->to_track] + BAR / 2, head = end > y ? -4 : 4;
        draw_line(c, x, y, to, end);
        cairo_move_to(c, to, end);
        cairo_line_to(c, to - 2.5, end + head);
        cairo_line_to(c, to + 2.5, end + head);
        cairo_fill(c);
    }
}

static void draw_time(cairo_t *c, const picture *p, double y) {
    double step = draw_nice_step(p->to - p->from, 10);
    for (double t = 0; t <= p->to - p->from; t += step) {
        double x = x_of(p, p->from + t);
        draw_use(c, DRAW_SOFT);
        cairo_set_line_width(c, 1);
        draw_line(c, x, y, x, y + 5);
        draw_text(c, x, y + 18, AT_MIDDLE, 11, text_count((uint64_t)t).s);
    }
    draw_text(c, LEFT + WIDTH / 2, y + 38, AT_MIDDLE, 12, "cycles");
}

static int used_tracks(const picture *p) {
    int n = 0;
    for (int i = 0; i < TRACKS; ++i)
        n += p->tracks[i].share != NULL;
    return n;
}

static int legend_rows(int names) {
    enum { MOST = 12 };
    return ((names < MOST ? names : MOST) + 2) / 3;
}

static void draw_legend(cairo_t *c, name *const *order, int n, double y) {
    double total = 0;
    for (int i = 0; i < n; ++i)
        total += order[i]->cycles;
    for (int i = 0; i < legend_rows(n) * 3 && i < n; ++i) {
        double x = LEFT + i % 3 * (WIDTH / 3), line = y + i / 3 * LEGEND;
        draw_use(c, order[i]->color);
        cairo_rectangle(c, x, line - 11, 14, 14);
        cairo_fill(c);
        draw_use(c, DRAW_INK);
        text what = text_of("%s  %.1f %%", order[i]->text, 100 * order[i]->cycles / total);
        draw_text(c, x + 21, line, AT_START, 12, what.s);
    }
}

typedef struct drawing {
    picture *p;
    name *order[NAMES];
    int names;
} drawing;

static bool page(cairo_t *c, const void *what, cli_error *error) {
    (void)error;
    const drawing *d = what;
    const picture *p = d->p;
    double y = TOP, row[TRACKS] = {0};
    text title = text_of("%s cycles on %s", text_count((uint64_t)(p->to - p->from)).s, p->machine);
    draw_use(c, DRAW_INK);
    draw_bold(c, true);
    draw_text(c, LEFT, 30, AT_START, 17, title.s);
    draw_bold(c, false);
    for (int i = 0; i < TRACKS; ++i) {
        const track *t = &p->tracks[i];
        if (!t->share)
            continue;
        draw_use(c, DRAW_INK);
        draw_text(c, LEFT - 8, y + BAR - 5, AT_END, 12, t->label ? t->label : "");
        if (strstr(t->label ? t->label : "", "L1"))
            draw_dma(c, p, t, y);
        else
            draw_core(c, p, t, y);
        row[i] = y;
        y += TRACK;
    }
    draw_arrows(c, p, row);
    draw_marks(c, p, y);
    draw_time(c, p, y);
    draw_legend(c, d->order, d->names, y + 68);
    return true;
}

bool timeline_is_picture(const char *path) {
    const char *end = strrchr(path, '.');
    return end && (strcmp(end, ".svg") == 0 || strcmp(end, ".png") == 0);
}

static bool draw_trace(const cJSON *trace, FILE *to, bool svg, cli_error *error) {
    drawing d = {.p = calloc(1, sizeof *d.p)};
    if (!d.p)
        return cli_out_of_memory(error);
    bool fine = read_events(d.p, trace, error);
    if (fine) {
        d.names = choose_colors(d.p, d.order);
        double height = TOP + used_tracks(d.p) * TRACK + 68 + legend_rows(d.names) * LEGEND + 8;
        fine = draw_to(to, svg, LEFT + WIDTH + RIGHT, height, page, &d, error);
    }
    for (int i = 0; i < TRACKS; ++i)
        free(d.p->tracks[i].share);
    free(d.p);
    return fine;
}

bool timeline_picture(const sim_observer *observer, const char *path, FILE *to, cli_error *error) {
    char *json = NULL;
    size_t bytes = 0;
    FILE *memory = open_memstream(&json, &bytes);
    bool fine = memory && sim_timeline_write(observer, memory);
    if (memory && fclose(memory) != 0)
        fine = false;
    cJSON *trace = fine ? cJSON_ParseWithLength(json, bytes) : NULL;
    free(json);
    fine = trace ? draw_trace(trace, to, draw_is_svg(path), error) : cli_out_of_memory(error);
    cJSON_Delete(trace);
    return fine;
}
