/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/tune/candidates.h"
#include "tools/tune/predict.h"
#include "tools/tune/step_request.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const char *const problems[] = {
    "conv forward x=1x12x12x8 o=16 k=3x3 pad=1x1x1x1 epilogue=relu",
    "conv grad_w x=1x13x7x8 o=12 k=3x3 stride=2x2 pad=0x0x1x1",
    "conv grad_x x=1x9x9x8 o=12 k=1x1 mask=relu",
    "conv grad_w x=1x9x9x8 o=12 k=1x1 update=adam",
    "linear forward n=8 k=64 o=40 epilogue=add",
    "depthwise grad_w x=1x9x9x24 k=3x3 pad=1x1x1x1",
    "linear_one step k=128 o=64 update=momentum",
    "max_pool forward x=1x8x8x4 k=2x2 stride=2x2",
    "batch_norm grad_x x=1x9x9x8",
    "global_pool forward x=1x8x8x8",
    "add forward elements=5000",
    "optimiser grad_w elements=5000 update=adam",
    "cross_entropy forward classes=10",
};

static int by_plan(const void *a, const void *b) {
    return strcmp(a, b);
}

/* All are legal and can be made a request of, in order, none twice, the library's own among them, the same again. */
static void lists_are_as_promised(void **state) {
    (void)state;
    for (uint32_t i = 0; i < sizeof problems / sizeof problems[0]; ++i) {
        step_problem p;
        char why[256];
        candidate_list list, again;
        step_plan own;
        tl_probe request;
        assert_true(problem_read(problems[i], &p, why, sizeof why));
        assert_true(candidates_find(&p, step_l1_bytes(), predict_by_cost, NULL, &list));
        assert_true(candidates_find(&p, step_l1_bytes(), predict_by_cost, NULL, &again));
        assert_int_equal(list.count, again.count);
        assert_true(list.legal >= list.count || list.count == CANDIDATES_KEPT);
        assert_int_equal(step_default_plan(&p, step_l1_bytes(), &own), TL_OK);
        assert_true(candidates_place(&list, &own) < list.count);
        char(*texts)[STEP_TEXT] = calloc(list.count, STEP_TEXT);
        assert_non_null(texts);
        for (uint32_t k = 0; k < list.count; ++k) {
            assert_int_equal(step_supported(&p, &list.of[k].plan, step_l1_bytes()), TL_OK);
            assert_int_equal(step_request(&p, &list.of[k].plan, 0x1c050000, 8, &request), TL_OK);
            assert_true(list.of[k].predicted > 0 && (!k || list.of[k].predicted >= list.of[k - 1].predicted));
            assert_true(plans_equal(&list.of[k].plan, &again.of[k].plan));
            plan_write(&list.of[k].plan, texts[k], STEP_TEXT);
        }
        qsort(texts, list.count, STEP_TEXT, by_plan);
        for (uint32_t k = 1; k < list.count; ++k)
            assert_string_not_equal(texts[k], texts[k - 1]);
        free(texts);
        candidates_free(&list);
        candidates_free(&again);
    }
}

/* Tensors stand one behind the other, none of them where another one is or beyond the heap's part for them. */
static void requests_keep_tensors_apart(void **state) {
    (void)state;
    step_problem p;
    step_plan plan;
    tl_probe r;
    char why[256];
    assert_true(problem_read("conv grad_w x=1x8x8x64 o=64 k=3x3 pad=1x1x1x1 update=adam", &p, why, sizeof why));
    assert_int_equal(step_default_plan(&p, step_l1_bytes(), &plan), TL_OK);
    assert_int_equal(step_request(&p, &plan, 0x1c050000, 8, &r), TL_OK);
    const uint32_t bytes[] = {16384, 16384, 147456, 256, 147456, 147456, 256, 256};
    for (uint32_t i = 0; i + 1 < TL_PROBE_BUFFERS; ++i)
        assert_true(r.buffer[i + 1] >= r.buffer[i] + bytes[i]);
    assert_true(r.buffer[7] + bytes[7] <= STEP_HEAP_TENSORS);
    assert_int_equal(r.update, 3);
    assert_true(r.reel_bytes >= STEP_REEL_LEAST && r.reel_bytes <= STEP_REEL_MOST);
    const step_traffic traffic = step_bytes(&p);
    assert_int_equal(traffic.in, 2 * 16384 + 3 * (147456 + 256));
    assert_int_equal(traffic.out, 3 * (147456 + 256));
    assert_true(problem_read("linear grad_w n=2 k=1000 o=1000", &p, why, sizeof why));
    assert_int_equal(step_default_plan(&p, step_l1_bytes(), &plan), TL_OK);
    assert_int_equal(step_request(&p, &plan, 0x1c050000, 8, &r), TL_BAD_SIZES);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(lists_are_as_promised),
                                       cmocka_unit_test(requests_keep_tensors_apart)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
