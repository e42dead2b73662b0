/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/cli/tensor.h"
#include "src/base/random.h"
#include "tools/cli/streams.h"
#include <math.h>

uint32_t tensor_elements(const tl_tensor *tensor) {
    uint32_t n = 1;
    for (uint32_t i = 0; i < tensor->rank; ++i)
        n *= tensor->dims[i];
    return n;
}

/* Where element i in ONNX's order is stored. */
static uint32_t stored_at(const tl_tensor *tensor, uint32_t i) {
    if (tensor->rank == 2 && tensor->image[0] > 0) {
        uint32_t height = tensor->image[0], width = tensor->image[1], channels = tensor->image[2];
        uint32_t x = i % width, y = i / width % height, c = i / (width * height) % channels, o = i / tensor->dims[1];
        return ((o * height + y) * width + x) * channels + c;
    }
    if (tensor->rank != 4)
        return i;
    uint32_t channels = tensor->dims[1], kh = tensor->dims[2], kw = tensor->dims[3];
    uint32_t x = i % kw, y = i / kw % kh, c = i / (kw * kh) % channels, o = i / (kw * kh * channels);
    return ((y * tensor->dims[0] + o) * kw + x) * channels + c;
}

void tensor_to_onnx(const tl_tensor *tensor, const float *stored, float *onnx) {
    uint32_t n = tensor_elements(tensor);
    for (uint32_t i = 0; i < n; ++i)
        onnx[i] = stored[stored_at(tensor, i)];
}

void tensor_from_onnx(const tl_tensor *tensor, const float *onnx, float *stored) {
    uint32_t n = tensor_elements(tensor);
    for (uint32_t i = 0; i < n; ++i)
        stored[stored_at(tensor, i)] = onnx[i];
}

void tensor_init(const tl_project *project, uint32_t seed, float *params) {
    for (uint32_t i = 0; i < project->params; ++i)
        params[i] = 0.0f;
    for (uint32_t t = 0; t < project->tensor_count; ++t) {
        const tl_tensor *tensor = &project->tensors[t];
        if (tensor->rank < 2)
            continue;
        uint32_t n = tensor_elements(tensor);
        float limit = sqrtf(6.0f / (float)(n / tensor->dims[0]));
        for (uint32_t i = 0; i < n; ++i)
            params[tensor->offset + stored_at(tensor, i)] =
                limit * (2.0f * tl_random_unit(seed, STREAM_TENSORS + t, i) - 1.0f);
    }
}
