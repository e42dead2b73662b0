/* SPDX-License-Identifier: Apache-2.0 */
/* test_mailbox BAD_GUEST.elf PROBE.elf FASHION.elf: firmware that does not do what the host expects of it. */
#include "examples/fashion/net.h"
#include "tests/cli/scratch.h"
#include "tools/cli/device.h"
#include "tools/cli/mailbox_host.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { ANSWER, SILENCE, FAULT, END }; /* as in bad_guest.c */

static const char *bad_guest, *probe, *fashion;

static const sim_machine *pulp8(void) {
    static sim_machine machine;
    sim_machine_pulp8(&machine);
    return &machine;
}

static bool ask(mailbox_host *host, uint32_t what, uint32_t cores, cli_error *error) {
    host->box.argument[0] = what;
    host->box.cores = cores;
    return mailbox_request(host, TL_REQUEST_PROBE, error);
}

static void answers(void **state) {
    (void)state;
    mailbox_host host;
    cli_error error;
    assert_true(mailbox_open(&host, bad_guest, pulp8(), &error));
    for (uint32_t cores = 1; cores <= 8; ++cores) {
        assert_true(ask(&host, ANSWER, cores, &error));
        assert_int_equal(host.box.argument[1], cores);
        assert_int_equal(host.box.sequence, cores);
        assert_true(host.box.cycles > 0);
    }
    mailbox_close(&host);
}

static void refuses(uint32_t what, const char *words, bool lines) {
    mailbox_host host;
    cli_error error = {.text = ""};
    assert_true(mailbox_open(&host, bad_guest, pulp8(), &error));
    assert_true(ask(&host, ANSWER, 8, &error));
    host.limit = 100000;
    bool done = ask(&host, what, 8, &error);
    mailbox_close(&host);
    assert_false(done);
    assert_int_equal(error.code, CLI_INPUT);
    if (!strstr(error.text, words) || !strstr(error.text, bad_guest) || (strchr(error.text, '\n') != NULL) != lines)
        fail_msg("'%s' should hold '%s'", error.text, words);
}

static void silence(void **state) {
    (void)state;
    refuses(SILENCE, "gave no answer within 100000 cycles", false);
}

static void fault(void **state) {
    (void)state;
    refuses(FAULT, "30000000", true);
}

static void end(void **state) {
    (void)state;
    refuses(END, "ended with status 7 instead of answering", false);
}

static void other_firmware(void **state) {
    (void)state;
    cli_error error;
    mailbox_host host;
    expect_refusal(device_open_sim(&fashion_project, probe, pulp8(), 8, &error), &error, CLI_INPUT, "another network");
    expect_refusal(device_open_sim(&fashion_project, "/nowhere", pulp8(), 8, &error), &error, CLI_INPUT, "/nowhere");
    scratch_make();
    size_t bytes;
    scratch_write("x", "not an ELF file at all", 22);
    expect_refusal(mailbox_open(&host, scratch_path("x"), pulp8(), &error), &error, CLI_INPUT, "x");
    FILE *file = fopen(fashion, "rb");
    assert_non_null(file);
    char *start = malloc(20000);
    bytes = fread(start, 1, 20000, file);
    fclose(file);
    scratch_write("x", start, bytes);
    free(start);
    expect_refusal(mailbox_open(&host, scratch_path("x"), pulp8(), &error), &error, CLI_INPUT, "x");
    scratch_remove();
}

/* The third step of a fresh cluster, with or without watching its parts. */
static void third_step(device_part *parts, device_reply *reply, device_memory *memory) {
    cli_error error;
    device *d = device_open_sim(&fashion_project, fashion, pulp8(), 8, &error);
    if (!d)
        fail_msg("%s", error.text);
    float *params = calloc(fashion_project.params, sizeof *params), *x = calloc(fashion_project.inputs, sizeof *x);
    const tl_step_options options = {.rate = 0.01f, .momentum = 0.9f};
    for (uint32_t i = 0; i < fashion_project.params; ++i)
        params[i] = (float)(i % 7) * 0.01f;
    assert_true(device_load(d, params, &error));
    for (int i = 0; i < 2; ++i)
        assert_true(device_step(d, &options, x, 3, reply, &error));
    if (parts)
        assert_true(device_step_parts(d, &options, x, 3, parts, reply, &error));
    else
        assert_true(device_step(d, &options, x, 3, reply, &error));
    assert_true(device_get_memory(d, memory, &error));
    device_close(d);
    free(params);
    free(x);
}

/* The parts of a step are all of it, and the counters are plausible. */
static void parts(void **state) {
    (void)state;
    uint32_t n = fashion_project.part_count;
    device_part *part = calloc(n + 1, sizeof *part);
    device_reply plain, marked;
    device_memory memory;
    third_step(NULL, &plain, &memory);
    third_step(part, &marked, &memory);
    /* Watching costs nothing. */
    assert_int_equal(marked.cycles, plain.cycles);
    assert_true(marked.result.loss == plain.result.loss);
    uint64_t sum = 0, fp = 0;
    for (uint32_t i = 0; i < n; ++i) {
        assert_true(part[i].cycles > 0);
        assert_true(part[i].fp <= 8 * part[i].cycles);
        assert_true(part[i].fp >= fashion_project.parts[i].macs);
        sum += part[i].cycles;
        fp += part[i].fp;
    }
    assert_int_equal(part[n].cycles, marked.cycles);
    assert_true(sum <= marked.cycles && sum + 3000 > marked.cycles);
    assert_true(fp <= part[n].fp);
    assert_true(memory.l1_peak > 10000 && memory.l1_peak <= 65536);
    assert_true(memory.l2_peak > fashion_project.context_bytes && memory.l2_peak < memory.l2_bytes);
    free(part);
}

typedef struct store {
    char *bytes;
    uint32_t used, at, room;
} store;

static bool put(void *user, const void *bytes, uint32_t count) {
    store *s = user;
    if (count > s->room - s->used)
        return false;
    memcpy(s->bytes + s->used, bytes, count);
    s->used += count;
    return true;
}

static bool get(void *user, void *bytes, uint32_t count) {
    store *s = user;
    if (count > s->used - s->at)
        return false;
    memcpy(bytes, s->bytes + s->at, count);
    s->at += count;
    return true;
}

/*
 * What the firmware hands over is what the host's own tl_save writes; brought back, on the other device, training goes
 * on to the same bits. A store that is full, cut off or damaged is told, and the firmware goes on serving.
 */
static void saves(void **state) {
    (void)state;
    const tl_step_options options = {.rate = 0.01f, .momentum = 0.9f};
    const uint32_t room = tl_save_bytes(&fashion_project), params = fashion_project.params;
    cli_error error;
    device *devices[2] = {device_open_sim(&fashion_project, fashion, pulp8(), 8, &error),
                          device_open_native(&fashion_project, 2, &error)};
    float *weights = calloc(params, sizeof *weights), *x = calloc(fashion_project.inputs, sizeof *x);
    float *learnt[2] = {calloc(params, sizeof(float)), calloc(params, sizeof(float))};
    store stores[2] = {{.bytes = malloc(room), .room = room}, {.bytes = malloc(room), .room = room}};
    device_reply reply;
    for (uint32_t i = 0; i < params; ++i)
        weights[i] = (float)(i % 7) * 0.01f;
    for (int i = 0; i < 2; ++i) {
        assert_non_null(devices[i]);
        assert_true(device_load(devices[i], weights, &error));
        for (int j = 0; j < 2; ++j)
            assert_true(device_step(devices[i], &options, x, 3, &reply, &error));
        assert_true(device_save(devices[i], put, &stores[i], &error));
        assert_int_equal(stores[i].used, room);
        assert_true(device_step(devices[i], &options, x, 5, &reply, &error));
        assert_true(device_read(devices[i], learnt[i], &error));
    }
    assert_memory_equal(stores[0].bytes, stores[1].bytes, room);
    assert_memory_equal(learnt[0], learnt[1], params * sizeof(float));
    for (int i = 0; i < 2; ++i) {
        store full = {.bytes = stores[0].bytes, .room = 100};
        expect_refusal(device_save(devices[i], put, &full, &error), &error, i ? CLI_OURS : CLI_INPUT, "has learnt");
        memcpy(stores[0].bytes, stores[1].bytes, 100);
        store cut = {.bytes = stores[1].bytes, .used = room - 1};
        expect_refusal(device_restore(devices[i], get, &cut, &error), &error, CLI_INPUT, "fashion");
        stores[1 - i].bytes[room / 2] ^= 1;
        expect_refusal(device_restore(devices[i], get, &stores[1 - i], &error), &error, CLI_INPUT, "fashion");
        stores[1 - i].bytes[room / 2] ^= 1;
        stores[1 - i].at = 0;
        assert_true(device_restore(devices[i], get, &stores[1 - i], &error));
        assert_true(device_step(devices[i], &options, x, 5, &reply, &error));
        assert_true(device_read(devices[i], weights, &error));
        assert_memory_equal(weights, learnt[i], params * sizeof(float));
        device_close(devices[i]);
        free(learnt[i]);
    }
    free(stores[0].bytes);
    free(stores[1].bytes);
    free(weights);
    free(x);
}

/* A rate of infinity makes the next loss NaN: the step says so and changes nothing. */
static void not_finite(void **state) {
    (void)state;
    cli_error error;
    device *devices[2] = {device_open_sim(&fashion_project, fashion, pulp8(), 8, &error),
                          device_open_native(&fashion_project, 2, &error)};
    uint32_t bytes = fashion_project.params * (uint32_t)sizeof(float);
    float *params = malloc(bytes), *after = malloc(bytes), *x = calloc(fashion_project.inputs, sizeof *x);
    for (uint32_t i = 0; i < fashion_project.params; ++i)
        params[i] = i % 2 ? 3e38f : -3e38f;
    for (uint32_t i = 0; i < fashion_project.inputs; ++i)
        x[i] = i % 2 ? 3e38f : -3e38f;
    const tl_step_options options = {.rate = 1.0f};
    for (int i = 0; i < 2; ++i) {
        device_reply reply;
        assert_non_null(devices[i]);
        assert_true(device_load(devices[i], params, &error));
        assert_true(device_step(devices[i], &options, x, 3, &reply, &error));
        assert_int_equal(reply.status, TL_NOT_FINITE);
        assert_true(device_read(devices[i], after, &error));
        assert_memory_equal(after, params, bytes);
        expect_refusal(device_step(devices[i], &options, x, 10, &reply, &error), &error, CLI_OURS, "a label is not");
        device_close(devices[i]);
    }
    free(params);
    free(after);
    free(x);
}

int main(int argc, char **argv) {
    if (argc != 4)
        return 2;
    bad_guest = argv[1];
    probe = argv[2];
    fashion = argv[3];
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(answers), cmocka_unit_test(silence),        cmocka_unit_test(fault),
        cmocka_unit_test(end),     cmocka_unit_test(other_firmware), cmocka_unit_test(parts),
        cmocka_unit_test(saves),   cmocka_unit_test(not_finite),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
