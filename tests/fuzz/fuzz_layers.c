/* SPDX-License-Identifier: Apache-2.0 */
/* Lists of layers from anywhere: each is refused with a sentence, or made of problems that can be asked anything. */
#include "tests/fuzz/fuzz.h"
#include "tools/plan/layers.h"
#include "tools/tune/predict.h"
#include "tools/tune/step_request.h"
#include <string.h>

static const char *const seeds[] = {
    "model small\n"
    "layer conv1 conv x=1x32x32x3 o=16 k=3 pad=same epilogue=relu update=sgd passes=forward,grad_w\n"
    "layer conv2 conv x=1x32x32x16 o=16 k=3x3 pad=1x1x1x1 stride=2x2 dilation=2 groups=4 mask=relu6 update=adam\n"
    "layer conv3 conv x=1x16x16x16 o=32 k=1 epilogue=add_relu times=3 # a residual\n",
    "model other\n"
    "layer d depthwise x=1x25x5x64 k=3 pad=same epilogue=relu6\n"
    "layer f linear n=8 k=64 o=12 epilogue=relu mask=relu update=momentum\n"
    "layer one linear_one k=640 o=128 update=adam mask=relu passes=forward,step\n"
    "layer n batch_norm x=1x9x9x8 epilogue=relu\n"
    "layer m batch_norm_frozen x=2x9x9x8\n",
    "model rest\n\n"
    "layer a add elements=5000 epilogue=relu\n"
    "layer p max_pool x=1x8x8x4 k=2 stride=2\n"
    "layer q avg_pool_padded x=1x8x8x4 k=3 stride=2 pad=1x1x1x1\n"
    "layer g global_pool x=1x8x8x64\n"
    "layer o optimiser elements=100000 update=adam\n"
    "layer l cross_entropy n=3 classes=10\n"
    "layer e mse elements=640\n",
};

size_t fuzz_seed(unsigned i, uint8_t *to, size_t room) {
    const size_t bytes = i < sizeof seeds / sizeof seeds[0] ? strlen(seeds[i]) : 0;
    FUZZ_CHECK(bytes <= room);
    memcpy(to, i < sizeof seeds / sizeof seeds[0] ? seeds[i] : "", bytes);
    return bytes;
}

/* Its text says all of it; where the library has a plan, that is legal, and can be asked for and predicted. */
static void ask(const step_problem *problem) {
    char text[STEP_TEXT], again[STEP_TEXT], why[256];
    step_problem other;
    step_plan plan;
    tl_probe request;
    FUZZ_CHECK(problem_write(problem, text, sizeof text) < sizeof text);
    FUZZ_CHECK(problem_read(text, &other, why, sizeof why));
    problem_write(&other, again, sizeof again);
    FUZZ_CHECK(strcmp(text, again) == 0);
    step_problem_macs(problem);
    step_bytes(problem);
    if (step_default_plan(problem, step_l1_bytes(), &plan) != TL_OK)
        return;
    FUZZ_CHECK(step_supported(problem, &plan, step_l1_bytes()) == TL_OK);
    predict_by_cost(NULL, problem, &plan);
    step_request(problem, &plan, 0x1c050000, 8, &request);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes) {
    layer_list list;
    plan_error error;
    error.text[0] = 0;
    if (!layers_read((const char *)data, bytes, "f", &list, &error)) {
        FUZZ_CHECK(strncmp(error.text, "f:", 2) == 0 && !strchr(error.text, '\n'));
        return 0;
    }
    FUZZ_CHECK(list.count > 0 && list.count <= LAYERS_MOST);
    for (uint32_t i = 0; i < list.count && i < 64; ++i) {
        FUZZ_CHECK(list.steps[i].times > 0);
        ask(&list.steps[i].problem);
    }
    layers_free(&list);
    return 0;
}
