/* SPDX-License-Identifier: Apache-2.0 */
/* What a network has learnt goes out and comes back to the bit; what is damaged or another network's is refused. */
#include "tl/save.h"
#include "tools/cli/project_load.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>

#include <cmocka.h>

enum { PARAMS = 37, GUARD = 0x5a5a5a5a };

typedef struct net {
    uint32_t before;
    float params[PARAMS], state[PARAMS];
    uint32_t between;
    uint32_t counts[3];
    uint32_t behind;
} net;

static const tl_project project = {.name = "small",
                                   .context_bytes = sizeof(net),
                                   .params_offset = offsetof(net, params),
                                   .params = PARAMS,
                                   .kept_bytes = 2 * PARAMS * sizeof(float),
                                   .counts_offset = offsetof(net, counts),
                                   .counts_bytes = 3 * sizeof(uint32_t)};

typedef struct store {
    unsigned char bytes[1024];
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

static net learnt(void) {
    net n = {.before = GUARD, .between = GUARD, .behind = GUARD, .counts = {7, 8, 9}};
    for (int i = 0; i < PARAMS; ++i) {
        n.params[i] = 0.5f + (float)i;
        n.state[i] = -1.25f * (float)i;
    }
    return n;
}

static tl_status check(store *s) {
    s->at = 0;
    return tl_save_check(&project, get, s);
}

static tl_status restore(store *s, net *n) {
    s->at = 0;
    return tl_save_restore(&project, n, get, s);
}

static void comes_back(void **state) {
    (void)state;
    const net n = learnt();
    net m = {.before = GUARD, .between = GUARD, .behind = GUARD};
    store s = {.room = sizeof s.bytes};
    assert_int_equal(tl_save(&project, &n, put, &s), TL_OK);
    assert_int_equal(s.used, tl_save_bytes(&project));
    /* The CRC is the one that everybody has. */
    uint32_t crc;
    memcpy(&crc, s.bytes + s.used - 4, 4);
    assert_int_equal(crc, crc32_z(0, s.bytes, s.used - 4));
    assert_int_equal(check(&s), TL_OK);
    assert_int_equal(restore(&s, &m), TL_OK);
    assert_memory_equal(&m, &n, sizeof n);
}

static void damage_is_seen(void **state) {
    (void)state;
    const net n = learnt();
    store s = {.room = sizeof s.bytes};
    assert_int_equal(tl_save(&project, &n, put, &s), TL_OK);
    const uint32_t all = s.used;
    for (uint32_t i = 0; i < all; ++i) {
        s.bytes[i] ^= (unsigned char)(1u << i % 8);
        assert_int_equal(check(&s), TL_BAD_REQUEST);
        s.bytes[i] ^= (unsigned char)(1u << i % 8);
        s.used = i;
        assert_int_equal(check(&s), TL_BAD_REQUEST);
        s.used = all;
        store small = {.room = i};
        assert_int_equal(tl_save(&project, &n, put, &small), TL_BAD_REQUEST);
    }
    assert_int_equal(check(&s), TL_OK);
    tl_project other = project;
    other.name = "smell";
    s.at = 0;
    assert_int_equal(tl_save_check(&other, get, &s), TL_BAD_REQUEST);
    /* What another network has saved changes nothing. */
    net m = {.before = GUARD};
    const net was = m;
    s.at = 0;
    assert_int_equal(tl_save_restore(&other, &m, get, &s), TL_BAD_REQUEST);
    assert_memory_equal(&m, &was, sizeof m);
}

static void is_read_by_the_host(void **state) {
    (void)state;
    const net n = learnt();
    store s = {.room = sizeof s.bytes};
    cli_error error;
    char path[] = "savedXXXXXX";
    const int fd = mkstemp(path);
    assert_true(fd >= 0);
    assert_int_equal(tl_save(&project, &n, put, &s), TL_OK);
    assert_int_equal(write(fd, s.bytes, s.used), s.used);
    float *params = project_params(&project, path, &error);
    assert_non_null(params);
    assert_memory_equal(params, n.params, sizeof n.params);
    free(params);
    assert_int_equal(pwrite(fd, "x", 1, 40), 1);
    assert_null(project_params(&project, path, &error));
    assert_non_null(strstr(error.text, "damaged"));
    assert_int_equal(ftruncate(fd, 60), 0);
    assert_null(project_params(&project, path, &error));
    close(fd);
    unlink(path);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(comes_back), cmocka_unit_test(damage_is_seen),
                                       cmocka_unit_test(is_read_by_the_host)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
