/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/op/op_test.h"
#include <stdio.h>
#include <string.h>

enum { POOL_BYTES = 96 << 20 };

int op_main(int argc, char **argv, const char *name, const struct CMUnitTest *tests, size_t count) {
    bool sanitize = argc > 1 && strcmp(argv[1], "sanitize") == 0;
    bool on_sim = sanitize || (argc > 1 && strcmp(argv[1], "sim") == 0);
    int used = on_sim ? 3 : 2;
    if (argc < used || (!on_sim && strcmp(argv[1], "native") != 0)) {
        fprintf(stderr, "usage: %s native [TEST] | sim PROBE.elf [TEST] | sanitize PROBE.elf [TEST]\n", argv[0]);
        return 2;
    }
    if (argc > used)
        cmocka_set_test_filter(argv[used]);
    op_test t = {.place = on_sim ? HARNESS_SIM : HARNESS_NATIVE, .pool = malloc(POOL_BYTES), .sanitize = sanitize};
    t.harness = harness_create(on_sim ? argv[2] : NULL, NULL);
    if (sanitize && t.harness)
        harness_sanitize(t.harness);
    struct CMUnitTest *own = calloc(count, sizeof *own);
    if (!t.pool || !t.harness || !own) {
        fprintf(stderr, "%s: out of memory\n", argv[0]);
        return 3;
    }
    memcpy(own, tests, count * sizeof *own);
    for (size_t i = 0; i < count; ++i)
        own[i].initial_state = &t;
    int failed = _cmocka_run_group_tests(name, own, count, NULL, NULL);
    printf("%u cases\n", t.cases);
    free(own);
    harness_destroy(t.harness);
    free(t.pool);
    return failed;
}

void op_begin(op_test *t, uint32_t kind, uint32_t seed, uint32_t number) {
    t->draw = (draw){.seed = seed, .number = number};
    memset(&t->job, 0, sizeof t->job);
    memset(t->output, 0, sizeof t->output);
    t->job.probe.kind = kind;
    t->job.seed = seed ^ (number * 2654435761u);
    t->status = TL_OK;
    t->poison = 0;
    t->used = 0;
}

void *op_memory(op_test *t, size_t bytes) {
    bytes = (bytes + 15) / 16 * 16;
    assert_true(bytes <= POOL_BYTES - t->used);
    void *memory = t->pool + t->used;
    t->used += bytes;
    memset(memory, 0, bytes);
    return memory;
}

double *op_doubles(op_test *t, size_t n) {
    return op_memory(t, n * sizeof(double));
}

float *op_input(op_test *t, uint32_t i, const char *name, uint32_t n) {
    float *values = op_memory(t, n * sizeof *values);
    draw_values(&t->draw, n, values);
    op_input_bytes(t, i, name, values, n * 4);
    return values;
}

void op_input_bytes(op_test *t, uint32_t i, const char *name, const void *in, uint32_t bytes) {
    t->job.buffer[i] = (harness_buffer){.name = name, .bytes = bytes, .in = in};
}

double *op_wide(op_test *t, uint32_t n, const float *values) {
    if (!values)
        return NULL;
    double *wide = op_doubles(t, n);
    for (uint32_t i = 0; i < n; ++i)
        wide[i] = (double)values[i];
    return wide;
}

static op_output *expect(op_test *t, uint32_t i, const char *name, uint32_t n, uint32_t size) {
    op_output *output = &t->output[i];
    *output = (op_output){.n = n, .first = op_memory(t, n * size), .again = op_memory(t, n * size)};
    t->job.buffer[i].name = name;
    t->job.buffer[i].bytes = n * size;
    return output;
}

void op_expect(op_test *t, uint32_t i, const char *name, uint32_t n, const double *expected, const double *sum,
               double c) {
    op_output *output = expect(t, i, name, n, 4);
    output->expected = expected;
    output->sum = sum;
    output->c = c;
}

void op_expect_bytes(op_test *t, uint32_t i, const char *name, uint32_t n, const uint8_t *expected) {
    op_output *output = expect(t, i, name, n, 1);
    output->bytes = true;
    output->expected_bytes = expected;
}

void op_in_place(op_test *t, uint32_t i, uint32_t j) {
    t->job.buffer[i].alias = j + 1;
}

void op_some_in_l1(op_test *t) {
    if (op_chance(t, 4))
        for (uint32_t i = 0; i < HARNESS_BUFFERS; ++i)
            t->job.buffer[i].in_l1 = op_chance(t, 2);
}

_Noreturn void op_fail(op_test *t, const char *place, uint32_t cores, const char *message) {
    char text[512], in_l1[64] = "";
    harness_describe(&t->job.probe, text, sizeof text);
    for (uint32_t i = 0; i < HARNESS_BUFFERS; ++i)
        if (t->job.buffer[i].in_l1 && t->job.buffer[i].name)
            snprintf(in_l1 + strlen(in_l1), sizeof in_l1 - strlen(in_l1), "%s in L1; ", t->job.buffer[i].name);
    fail_msg("seed %u case %u: %s; %s%s with %u: %s", t->draw.seed, t->draw.number, text, in_l1, place, cores, message);
    abort();
}

static bool bytes_same(const char *name, uint32_t n, const uint8_t *bytes, const uint8_t *expected, char *message,
                       size_t size) {
    for (uint32_t i = 0; i < n; ++i) {
        if (bytes[i] != expected[i]) {
            snprintf(message, size, "%s[%u] is %u, should be %u", name, i, bytes[i], expected[i]);
            return false;
        }
    }
    return true;
}

static bool as_expected(op_test *t, const op_output *o, const char *name) {
    char *message = t->result.message;
    if (o->bytes)
        return bytes_same(name, o->n, o->first, o->expected_bytes, message, HARNESS_MESSAGE);
    return harness_near(name, o->n, o->first, o->expected, o->sum, o->c, message, HARNESS_MESSAGE);
}

static bool as_before(op_test *t, const op_output *o, const char *name) {
    char *message = t->result.message;
    if (o->bytes)
        return bytes_same(name, o->n, o->again, o->first, message, HARNESS_MESSAGE);
    return harness_same(name, o->n, o->again, o->first, message, HARNESS_MESSAGE);
}

static void run(op_test *t, harness_place place, uint32_t cores, bool first) {
    char place_name[40];
    snprintf(place_name, sizeof place_name, "%s%s", place == HARNESS_SIM ? "simulator" : "natively",
             harness_way_name(t->job.way));
    for (uint32_t i = 0; i < HARNESS_BUFFERS; ++i)
        if (t->output[i].n > 0)
            t->job.buffer[i].out = first ? t->output[i].first : t->output[i].again;
    if (!harness_run(t->harness, place, cores, &t->job, &t->result))
        op_fail(t, place_name, cores, t->result.message);
    if (t->result.status != t->status) {
        char message[64];
        snprintf(message, sizeof message, "status is %d, should be %d", (int)t->result.status, (int)t->status);
        op_fail(t, place_name, cores, message);
    }
    for (uint32_t i = 0; i < HARNESS_BUFFERS && t->status == TL_OK; ++i) {
        const op_output *o = &t->output[i];
        if (o->n > 0 && !(first ? as_expected : as_before)(t, o, t->job.buffer[i].name))
            op_fail(t, place_name, cores, t->result.message);
    }
}

void op_finish(op_test *t) {
    static const uint32_t threads[] = {2, 3, 2, 5, 3, 8, 2, 3, 4, 13};
    static const uint32_t cores[] = {1, 2, 3, 5, 8}, sanitized[] = {2, 5, 8};
    ++t->cases;
    run(t, HARNESS_NATIVE, 1, true);
    /* By turns called, from tapes and from streamed ones: those are the same steps, written down and played. */
    const uint32_t way = t->status == TL_OK ? t->cases : 0, ways = t->status == TL_OK ? HARNESS_WAYS : 1;
    if (t->place == HARNESS_NATIVE) {
        t->job.way = (harness_way)(way % ways);
        run(t, HARNESS_NATIVE, threads[draw_below(&t->draw, 10)], false);
        return;
    }
    for (uint32_t i = 0; i < (t->sanitize ? 3 : 5); ++i) {
        t->job.way = (harness_way)((way + i) % ways);
        run(t, HARNESS_SIM, t->sanitize ? sanitized[i] : cores[i], false);
    }
}

void op_finish_on(op_test *t, uint32_t cores) {
    ++t->cases;
    run(t, HARNESS_NATIVE, 1, true);
    t->job.way = (harness_way)(t->cases % HARNESS_WAYS);
    run(t, t->place, cores, false);
}
