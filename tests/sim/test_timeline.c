/* SPDX-License-Identifier: Apache-2.0 */
/* Timelines: JSON that holds together, and tells what the counters tell. */
#include "observed_program.h"

#include <cjson/cJSON.h>

enum { TRACKS = 16, DEPTH = 64 };

typedef struct track {
    double last, begun[DEPTH];
    const char *name[DEPTH];
    int depth, seen;
} track;

typedef void look(void *user, int process, int thread, const char *name, double from, double to, const cJSON *args);

static double number(const cJSON *object, const char *key) {
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(object, key);
    if (!cJSON_IsNumber(item))
        fail_msg("no number %s", key);
    return item->valuedouble;
}

static const char *string(const cJSON *object, const char *key) {
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(object, key);
    if (!cJSON_IsString(item))
        fail_msg("no string %s", key);
    return item->valuestring;
}

static cJSON *timeline(const sim_observer *o) {
    char *text = NULL;
    size_t bytes = 0;
    FILE *to = open_memstream(&text, &bytes);
    assert_true(sim_timeline_write(o, to));
    fclose(to);
    cJSON *json = cJSON_Parse(text);
    free(text);
    assert_non_null(json);
    return json;
}

/*
 * Every track's times do not go back, what begins ends, and the innermost first. Shows each slice when it ends, and
 * instants.
 */
static void check(const cJSON *json, look *show, void *user) {
    track tracks[2][TRACKS] = {0};
    const cJSON *e;
    cJSON_ArrayForEach(e, cJSON_GetObjectItemCaseSensitive(json, "traceEvents")) {
        const char *phase = string(e, "ph");
        if (*phase == 'M')
            continue;
        int process = (int)number(e, "pid"), thread = (int)number(e, "tid");
        assert_in_range(process, 0, 1);
        assert_in_range(thread, 0, TRACKS - 1);
        track *t = &tracks[process][thread];
        double at = number(e, "ts");
        assert_true(at >= t->last);
        t->last = at;
        t->seen++;
        if (*phase == 'B') {
            assert_true(t->depth < DEPTH);
            t->name[t->depth] = string(e, "name");
            t->begun[t->depth++] = at;
            if (show && process == 1)
                show(user, process, thread, "begin", at, at, cJSON_GetObjectItemCaseSensitive(e, "args"));
        } else if (*phase == 'E') {
            assert_true(t->depth > 0);
            t->depth--;
            if (show)
                show(user, process, thread, t->name[t->depth], t->begun[t->depth], at, NULL);
        } else if (*phase == 's' || *phase == 'f') {
            assert_string_equal(string(e, "bp"), "e");
            if (show)
                show(user, (int)number(e, "id"), thread, *phase == 's' ? "from" : "released", at, at, NULL);
        } else {
            assert_string_equal(phase, "i");
            if (show)
                show(user, process, thread, string(e, "name"), at, at, cJSON_GetObjectItemCaseSensitive(e, "args"));
        }
    }
    for (int i = 0; i < TRACKS; i++)
        for (int p = 0; p < 2; p++)
            assert_int_equal(tracks[p][i].depth, 0);
    for (int i = 0; i <= CORES; i++)
        assert_true(tracks[0][i].seen > 0);
}

/* Arrows of barrier 0: each core's last sleep there, who came last, and who was seen to be let go. */
typedef struct arrows {
    double slept_from[CORES], slept_to[CORES], from_t[1000];
    int from[1000], used[1000], count, ended;
} arrows;

static void follow(void *user, int id, int thread, const char *name, double from, double to, const cJSON *args) {
    arrows *a = user;
    (void)args;
    if (strcmp(name, "from") == 0) {
        assert_int_equal(id, ++a->count); /* one for each, numbered */
        a->from[id] = thread;
        a->from_t[id] = from;
    } else if (strcmp(name, "released") == 0) {
        assert_in_range(id, 1, a->count);
        assert_int_equal(a->used[id]++, 0);
        assert_int_not_equal(a->from[id], thread);
        assert_true(a->slept_to[thread] == to && a->slept_from[thread] <= a->from_t[id]);
        assert_true(a->from_t[id] == to - 5); /* cluster.md: a barrier takes 5 cycles */
        a->ended++;
    } else if (id == 0 && thread < CORES && strcmp(name, "barrier 0") == 0) {
        a->slept_from[thread] = from;
        a->slept_to[thread] = to;
    }
}

/* 40 barriers of 8 cores: seven arrows each, from the core that goes to sleep last. */
static void test_arrows(void **state) {
    (void)state;
    sim *s = work_machine();
    const sim_observe_settings settings = {.timeline = 1};
    sim_observer *o = observe(s, &settings);
    run_to_exit(s);
    static arrows a;
    cJSON *json = timeline(o);
    check(json, follow, &a);
    assert_int_equal(a.count, 40 * (CORES - 1));
    assert_int_equal(a.ended, a.count);
    for (int i = 1; i <= a.count; i++)
        assert_int_equal(a.from[i], a.from[i - (i - 1) % (CORES - 1)]);
    /* The core they come from is the last: the others sleep already. */
    for (int i = 0; i < CORES; i++)
        assert_true(a.slept_from[i] <= a.slept_from[a.from[a.count]]);
    cJSON_Delete(json);
    sim_observe_end(o);
    sim_destroy(s);
}

typedef struct seen {
    unsigned leaves, barriers;
    double leaf_cycles, sleep[CORES + 1], bytes[2], from, to;
    unsigned transfers, opened;
} seen;

static void count(void *user, int process, int thread, const char *name, double from, double to, const cJSON *args) {
    seen *s = user;
    s->from = s->from < from ? s->from : from;
    s->to = s->to > to ? s->to : to;
    if (process == 0 && thread == 3 && strcmp(name, "leaf") == 0) {
        s->leaves++;
        s->leaf_cycles += to - from;
    }
    if (process == 0 && thread <= CORES &&
        (strncmp(name, "barrier ", 8) == 0 || strstr(name, "wait") || strstr(name, "sleep (")))
        s->sleep[thread] += to - from;
    s->barriers += process == 0 && thread < CORES && strcmp(name, "barrier 0") == 0;
    s->opened += process == 0 && strcmp(name, "barrier 0 opens") == 0;
    if (process == 1 && strcmp(name, "begin") == 0) {
        s->bytes[thread == 11] += number(args, "bytes");
        s->transfers++;
    }
}

static void test_functions(void **state) {
    (void)state;
    sim *s = profile_machine(0);
    const sim_observe_settings settings = {.timeline = 1};
    sim_observer *o = observe(s, &settings);
    run_to_exit(s);
    seen found = {.from = 1e18};
    cJSON *json = timeline(o);
    check(json, count, &found);
    assert_int_equal(found.leaves, 8);
    assert_true(found.leaf_cycles == 32);
    assert_int_equal(found.barriers, CORES);
    assert_int_equal(found.opened, 1);
    assert_true(found.from == 0 && found.to == (double)sim_cycles(s));
    cJSON_Delete(json);
    sim_observe_end(o);
    sim_destroy(s);
}

static void test_devices(void **state) {
    (void)state;
    sim *s = work_machine();
    sim_stats stats;
    const sim_observe_settings settings = {.timeline = 1};
    sim_observer *o = observe(s, &settings);
    run_to_exit(s);
    sim_get_stats(s, &stats);
    seen found = {.from = 1e18};
    cJSON *json = timeline(o);
    check(json, count, &found);
    assert_true(found.bytes[0] == (double)stats.dma_bytes_out && found.bytes[1] == (double)stats.dma_bytes_in);
    assert_int_equal(found.transfers, stats.dma_transfers);
    assert_int_equal(found.opened, 40);
    /* A core that finds its event there does not sleep, but loses a cycle or two: counted as sleep, yet no slice. */
    for (unsigned i = 0; i <= CORES; i++)
        assert_in_range((uint64_t)found.sleep[i], stats.core[i].stall[SIM_STALL_SLEEP] - 4 * 80,
                        stats.core[i].stall[SIM_STALL_SLEEP]);
    assert_int_equal(sim_observe_full(o), 0);
    cJSON_Delete(json);
    sim_observe_end(o);
    sim_destroy(s);
}

/* What a core is in when a window begins: the outermost function first. */
static void check_start(const cJSON *json, double from) {
    static const char *const outermost[] = {"main", "cluster", "rest", "quit", "_start"};
    int events[CORES + 1] = {0};
    const cJSON *e;
    cJSON_ArrayForEach(e, cJSON_GetObjectItemCaseSensitive(json, "traceEvents")) {
        if (*string(e, "ph") == 'M' || number(e, "pid") > 0 || (int)number(e, "tid") > CORES)
            continue;
        if (events[(int)number(e, "tid")]++)
            continue;
        int known = 0;
        for (size_t i = 0; i < sizeof outermost / sizeof *outermost; i++)
            known |= strcmp(string(e, "name"), outermost[i]) == 0;
        if (*string(e, "ph") != 'B' || number(e, "ts") != from || !known)
            fail_msg("the window from %g of core %g begins with %s at %g", from, number(e, "tid"), string(e, "name"),
                     number(e, "ts"));
    }
}

static void test_starts(void **state) {
    (void)state;
    for (uint64_t from = 150; from < 260; from += 3) {
        sim *s = profile_machine(0);
        const sim_observe_settings settings = {.timeline = 1, .timeline_from = from, .timeline_events = 1000};
        sim_observer *o = observe(s, &settings);
        run_to_exit(s);
        cJSON *json = timeline(o);
        assert_true(sim_cycles(s) > from);
        check(json, NULL, NULL);
        check_start(json, (double)from);
        cJSON_Delete(json);
        sim_observe_end(o);
        sim_destroy(s);
    }
}

/* Windows, and records that are full, at many places: what is there holds together and lies inside. */
static void test_windows(void **state) {
    (void)state;
    for (uint64_t from = 0; from < 8100; from += 379) {
        sim *s = work_machine();
        const sim_observe_settings settings = {.timeline = 1, .timeline_from = from, .timeline_to = from + 200};
        sim_observer *o = observe(s, &settings);
        run_to_exit(s);
        seen found = {.from = 1e18};
        cJSON *json = timeline(o);
        if (from + 200 < sim_cycles(s))
            check(json, count, &found);
        assert_true(found.from >= (double)from && found.to <= (double)(from + 200));
        cJSON_Delete(json);
        sim_observe_end(o);
        sim_destroy(s);
    }
    for (uint32_t events = 1; events < 300; events += 13) {
        sim *s = work_machine();
        const sim_observe_settings settings = {.timeline = 1, .timeline_events = events};
        sim_observer *o = observe(s, &settings);
        run_to_exit(s);
        assert_int_equal(sim_observe_full(o), SIM_FULL_TIMELINE);
        assert_true(sim_timeline_end(o) < sim_cycles(s));
        cJSON *json = timeline(o);
        if (events > 200)
            check(json, NULL, NULL);
        cJSON_Delete(json);
        sim_observe_end(o);
        sim_destroy(s);
    }
}

static void look_for_mark(void *user, int process, int thread, const char *name, double from, double to,
                          const cJSON *args) {
    (void)process;
    (void)thread;
    (void)args;
    unsigned *marks = user;
    marks[0] += strcmp(name, "mark 1") == 0;
    marks[1] += strcmp(name, "half \"way\"\\") == 0 && from == to;
}

static void test_marks(void **state) {
    (void)state;
    sim *s = profile_machine(1);
    unsigned marks[2] = {0};
    /* The first word of cluster control that core 0 of the program writes is no memory, but a mark all the same. */
    const sim_observe_settings settings = {.timeline = 1, .mark = 0x10200008};
    sim_observer *o = observe(s, &settings);
    assert_int_equal(sim_run(s, 200), SIM_LIMIT);
    sim_timeline_mark(o, "half \"way\"\\");
    run_to_exit(s);
    cJSON *json = timeline(o);
    check(json, look_for_mark, marks);
    assert_int_equal(marks[0], 1);
    assert_int_equal(marks[1], 1);
    cJSON_Delete(json);
    sim_observe_end(o);
    sim_destroy(s);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_functions), cmocka_unit_test(test_arrows),
                                       cmocka_unit_test(test_devices),   cmocka_unit_test(test_starts),
                                       cmocka_unit_test(test_windows),   cmocka_unit_test(test_marks)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
