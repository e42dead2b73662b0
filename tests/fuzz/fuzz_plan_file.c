/* SPDX-License-Identifier: Apache-2.0 */
/* Plan files from anywhere: each is refused with a sentence, or holds plans that can run, and comes back as it was. */
#include "tests/fuzz/fuzz.h"
#include "tools/plan/plan_file.h"
#include "tools/tune/predict.h"
#include "tools/tune/step_request.h"
#include <string.h>

static const char *const problems[] = {
    "conv forward x=1x32x32x3 o=16 k=3x3 pad=1x1x1x1 epilogue=relu",
    "conv grad_w x=1x13x7x8 o=12 k=3x3 stride=2x2 pad=0x0x1x1 update=adam",
    "conv grad_x x=1x9x9x8 o=12 k=1x1 mask=relu6",
    "linear grad_w n=8 k=64 o=40 update=momentum",
    "depthwise grad_w x=1x9x9x24 k=3x3 pad=1x1x1x1",
    "linear_one step k=128 o=64 update=adam mask=relu",
    "max_pool grad_x x=1x8x8x4 k=2x2 stride=2x2",
    "batch_norm grad_x x=1x9x9x8",
    "add forward elements=5000 epilogue=relu",
    "mse forward elements=640",
};
enum { PROBLEMS = sizeof problems / sizeof problems[0], IN_ONE = 4 };

/* The library's own plans of some of the problems. */
size_t fuzz_seed(unsigned i, uint8_t *to, size_t room) {
    plan_step steps[IN_ONE];
    plan_file file = {.model = "small", .machine = "pulp8", .machine_hash = 1, .code_hash = i, .steps = steps};
    for (unsigned k = i * IN_ONE; k < PROBLEMS && file.count < IN_ONE; ++k) {
        char why[256];
        plan_step *step = &steps[file.count++];
        *step = (plan_step){.step = {.times = k + 1}, .cycles = 1000 * k, .predicted = 990, .measured = k, .gap = 3};
        snprintf(step->step.layer, sizeof step->step.layer, "layer%u", k);
        FUZZ_CHECK(problem_read(problems[k], &step->step.problem, why, sizeof why));
        FUZZ_CHECK(step_default_plan(&step->step.problem, step_l1_bytes(), &step->plan) == TL_OK);
    }
    if (!file.count)
        return 0;
    const size_t bytes = plan_file_write(&file, (char *)to, room);
    FUZZ_CHECK(bytes < room);
    return bytes;
}

/* What was accepted is written, and read again, as the same text. */
static void write_again(const plan_file *file) {
    const size_t bytes = plan_file_write(file, NULL, 0);
    char *text = malloc(bytes + 1), *again = malloc(bytes + 1);
    plan_file other;
    plan_error error;
    FUZZ_CHECK(text && again);
    FUZZ_CHECK(plan_file_write(file, text, bytes + 1) == bytes);
    FUZZ_CHECK(plan_file_read(text, bytes, "p", step_l1_bytes(), &other, &error));
    FUZZ_CHECK(plan_file_write(&other, again, bytes + 1) == bytes);
    FUZZ_CHECK(memcmp(text, again, bytes) == 0);
    plan_file_free(&other);
    free(text);
    free(again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes) {
    plan_file file;
    plan_error error;
    error.text[0] = 0;
    if (!plan_file_read((const char *)data, bytes, "p", step_l1_bytes(), &file, &error)) {
        FUZZ_CHECK(strncmp(error.text, "p:", 2) == 0 && !strchr(error.text, '\n'));
        return 0;
    }
    for (uint32_t i = 0; i < file.count && i < 64; ++i) {
        const step_problem *problem = &file.steps[i].step.problem;
        tl_probe request;
        FUZZ_CHECK(step_supported(problem, &file.steps[i].plan, step_l1_bytes()) == TL_OK);
        predict_by_cost(NULL, problem, &file.steps[i].plan);
        step_request(problem, &file.steps[i].plan, 0x1c050000, 8, &request);
    }
    write_again(&file);
    plan_file_free(&file);
    return 0;
}
