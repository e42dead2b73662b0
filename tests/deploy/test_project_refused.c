/* SPDX-License-Identifier: Apache-2.0 */
/* Models whose training step exists, and which no project is written of. */
#include "tests/deploy/text_model.h"
#include "tools/deploy/project_write.h"
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
/* cmocka wants those before it. */
#include <cmocka.h>

static bool count_file(void *user, const char *name, const void *bytes, size_t count) {
    (void)name, (void)bytes, (void)count;
    ++*(int *)user;
    return true;
}

/* Whether it is written; if not, error->text says why and there is no file. */
static bool writes(const char *text, plan_error *error) {
    const schedule_options options = {.loss = NET_MSE, .accumulate = 1, .l1_bytes = 48 * 1024, .l2_bytes = 1 << 20};
    net_model network;
    train_schedule schedule;
    int files = 0;
    *error = (plan_error){""};
    if (!text_model_lower(text, NET_FOLD, &network, error) || !network_train(&network, "all", error) ||
        !schedule_make(&network, &options, &schedule, error))
        fail_msg("%s", error->text);
    project_options project = {.prefix = "p", .model = "m.onnx", .l2_bytes = 1 << 20, .code_bytes = 1 << 16};
    project.room = project_share_out(&schedule);
    const bool fine = project_write(&network, &schedule, &project, count_file, &files, error);
    assert_int_equal(fine, files > 0);
    schedule_free(&schedule);
    network_free(&network);
    return fine;
}

/* The target of an autoencoder is its input: as they stand in memory, so the order has to be the same. */
static void test_targets_in_another_order(void **state) {
    (void)state;
    plan_error error;
    assert_false(
        writes("input x 1,2,3,3\nconst w 18,18\nf = Flatten x\ny = Gemm f w - transB=1\noutput y 1,18\n", &error));
    assert_non_null(strstr(error.text, "have x flattened in the file"));
    assert_false(writes("input x 1,18\nconst w 3,18\ny = Gemm x w - transB=1\noutput y 1,3\n", &error));
    assert_non_null(strstr(error.text, "as many elements: 18, not 3"));
    /* One channel; no image; images of as many channels; channels last. */
    if (!writes("input x 1,1,3,6\nconst w 18,18\nf = Flatten x\ny = Gemm f w - transB=1\noutput y 1,18\n", &error) ||
        !writes("input x 1,18\nconst w 18,18\ny = Gemm x w - transB=1\noutput y 1,18\n", &error) ||
        !writes("input x 1,2,3,3\nconst w 2,2,1,1\ny = Conv x w\noutput y 1,2,3,3\n", &error) ||
        !writes("input x 1,3,3,2\nconst v 2,2,1,1\nconst w 18,18\nt = Transpose x perm=0,3,1,2\nc = Conv t v\n"
                "u = Transpose c perm=0,2,3,1\nf = Flatten u\ny = Gemm f w - transB=1\noutput y 1,18\n",
                &error))
        fail_msg("%s", error.text);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_targets_in_another_order)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
