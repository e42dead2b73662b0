/* SPDX-License-Identifier: Apache-2.0 */
/* Tapes of one core: what is played is what was written, whatever the chunks; what does not fit is told. */
#include "src/hal/hal.h"
#include "tl/tape.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

enum { PARTS = 3, MOST = 400, WORDS = 12, BYTES = 1 << 16, GUARD = 64, PATTERN = 0x5A };

/* What was played: a number, and how many words came with it. */
typedef struct history {
    uint32_t n, number[MOST];
} history;

typedef struct note {
    history *to;
    uint32_t number, words;
    uint32_t word[WORDS];
} note;

static void note_leaf(const void *arguments) {
    const note *a = arguments;
    for (uint32_t i = 0; i < a->words; ++i)
        assert_int_equal(a->word[i], a->number * 100 + i);
    assert_true(a->to->n < MOST);
    a->to->number[a->to->n++] = a->number;
}

static const uint32_t calls[PARTS] = {40, 1, 25};

/* Part p: calls of zero to WORDS words, and barriers. */
static void do_part(const tl_team *team, uint32_t p, history *h) {
    for (uint32_t i = 0; i < calls[p]; ++i) {
        note a = {.to = h, .number = 1000 * p + i, .words = i * 7 % (WORDS + 1)};
        for (uint32_t j = 0; j < a.words; ++j)
            a.word[j] = a.number * 100 + j;
        tl_do(team, note_leaf, &a, (uint32_t)offsetof(note, word) + 4 * a.words);
        if (i % 3 == 0)
            tl_tape_barrier(team->tape);
        if (i % 9 == 0)
            tl_tape_barrier(team->tape);
    }
}

/* Writes the parts. False: they do not fit. */
static bool write(tl_tape *tape, history *h, const void **part) {
    const tl_team writer = {.n = 1, .tape = tape};
    for (uint32_t p = 0; p < PARTS; ++p) {
        do_part(&writer, p, h);
        part[p] = tl_tape_end_part(tape);
    }
    return !tl_tape_is_full(tape);
}

/* What playing these parts gives is what calling them does. */
static void check_order(const void *const *part, const uint32_t *order, uint32_t n, bool cued, history *h) {
    const tl_team team = {.n = 1};
    history called = {0};
    h->n = 0;
    for (uint32_t i = 0; i < n; ++i) {
        if (cued)
            tl_tape_cue(&team, part[order[i]]);
        tl_tape_play(&team, part[order[i]]);
        for (uint32_t j = 0; j < calls[order[i]]; ++j)
            called.number[called.n++] = 1000 * order[i] + j;
    }
    assert_int_equal(h->n, called.n);
    assert_memory_equal(h->number, called.number, called.n * sizeof called.number[0]);
}

static void check_orders(const void *const *part, history *h) {
    static const uint32_t onwards[] = {0, 1, 2, 0, 1, 2}, mixed[] = {2, 0, 0, 2, 1, 1, 0};
    check_order(part, onwards, 6, false, h);
    check_order(part, mixed, 7, false, h);
    check_order(part, onwards, 6, true, h);
    check_order(part, mixed, 7, true, h);
}

static _Alignas(8) char home[BYTES], before[BYTES], l1[BYTES];

static void in_place(void **state) {
    (void)state;
    history h = {0};
    const void *part[PARTS];
    tl_tape tape;
    tl_tape_begin(&tape, NULL, 0);
    assert_false(write(&tape, &h, part));
    const uint32_t bytes = tape.used;
    memset(home, PATTERN, sizeof home);
    tl_tape_begin(&tape, home, bytes);
    assert_true(write(&tape, &h, part));
    assert_int_equal(tape.used, bytes);
    assert_int_equal(home[bytes], PATTERN);
    check_orders(part, &h);
    for (uint32_t less = 8; less < bytes; less += 8) {
        tl_tape_begin(&tape, home, bytes - less);
        assert_false(write(&tape, &h, part));
        assert_false(tape.too_small);
    }
}

typedef void begin_streamed(tl_tape *tape, void *memory, uint32_t bytes, void *reel, uint32_t reel_bytes);

/* From chunks that hold the longest call and a turn on, up to one that holds all. */
static void check_streamed(begin_streamed *begin) {
    uint32_t refused = 0, played = 0;
    for (uint32_t reel = 0; reel < 12000; reel += reel < 1000 ? 8 : 488) {
        history h = {0};
        const void *part[PARTS];
        tl_tape tape;
        begin(&tape, NULL, 0, l1, reel);
        (void)write(&tape, &h, part);
        const uint32_t bytes = tape.used;
        if (tape.too_small) {
            assert_int_equal(played, 0);
            ++refused;
            continue;
        }
        ++played;
        memset(home, PATTERN, sizeof home);
        memset(l1, PATTERN, sizeof l1);
        begin(&tape, home, bytes, l1, reel);
        assert_true(write(&tape, &h, part));
        assert_int_equal(tape.used, bytes);
        memcpy(before, home, sizeof home);
        check_orders(part, &h);
        assert_memory_equal(before, home, sizeof home);
        for (uint32_t i = 0; i < GUARD; ++i)
            assert_int_equal(l1[reel + i], PATTERN);
        assert_int_equal(home[bytes], PATTERN);
        begin(&tape, home, bytes - 8, l1, reel);
        assert_false(write(&tape, &h, part));
        assert_false(tape.too_small);
    }
    assert_true(refused > 10 && played > 80);
}

static void streamed(void **state) {
    (void)state;
    check_streamed(tl_tape_begin_reel);
}

static void shortened(void **state) {
    (void)state;
    check_streamed(tl_tape_begin_short);
}

typedef struct sum {
    uint32_t *to, add, unused[20];
} sum;

static void add_leaf(const void *arguments) {
    const sum *a = arguments;
    *a->to += a->add;
}

static void subtract_leaf(const void *arguments) {
    const sum *a = arguments;
    *a->to -= a->add + a->unused[19];
}

/* Of calls that are like the last one of their kind only what is new is written down. */
static void what_is_new(void **state) {
    (void)state;
    enum { CALLS = 200, REEL = 3000 };
    uint32_t total = 0, expected = 0, bytes[2];
    for (int shorten = 0; shorten < 2; ++shorten) {
        tl_tape tape;
        const tl_team writer = {.n = 1, .tape = &tape}, team = {.n = 1};
        const void *part[2];
        (shorten ? tl_tape_begin_short : tl_tape_begin_reel)(&tape, home, sizeof home, l1, REEL);
        for (int p = 0; p < 2; ++p) {
            expected = 0;
            for (uint32_t i = 0; i < CALLS; ++i) {
                sum a = {.to = &total, .add = i / 2};
                a.unused[19] = i / 50;
                tl_do(&writer, i % 3 ? add_leaf : subtract_leaf, &a, sizeof a);
                expected += i % 3 ? i / 2 : 0 - (i / 2 + i / 50);
            }
            part[p] = tl_tape_end_part(&tape);
        }
        assert_false(tl_tape_is_full(&tape));
        bytes[shorten] = tape.used;
        for (int times = 0; times < 3; ++times) {
            total = 0;
            tl_tape_play(&team, part[times % 2]);
            assert_int_equal(total, expected);
        }
    }
    assert_true(bytes[1] < bytes[0] / 4);
}

/* Chunks travel while others are played: a reel never holds more than it must, and a part's neighbour is there. */
static void one_chunk_ahead(void **state) {
    (void)state;
    history h = {0};
    const void *part[PARTS];
    tl_tape tape;
    const tl_team team = {.n = 1};
    enum { REEL = 544 };
    tl_tape_begin_reel(&tape, home, sizeof home, l1, REEL);
    assert_true(write(&tape, &h, part));
    tl_reel *reel = (tl_reel *)(void *)l1;
    const uint32_t last = (reel->bytes - 1) / reel->chunk;
    assert_true(last > 4);
    tl_tape_cue(&team, part[0]);
    assert_int_equal(reel->coming, 0);
    tl_tape_play(&team, part[0]);
    const uint32_t at = reel->coming - 1;
    assert_int_equal(reel->there[reel->coming & 1], at + 1);
    assert_int_equal(reel->there[at & 1], at);
    tl_tape_play(&team, part[1]);
    tl_tape_play(&team, part[2]);
    assert_int_equal(reel->there[last & 1], last);
    assert_int_equal(reel->there[~last & 1], last - 1);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(in_place),    cmocka_unit_test(streamed),        cmocka_unit_test(shortened),
        cmocka_unit_test(what_is_new), cmocka_unit_test(one_chunk_ahead),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
