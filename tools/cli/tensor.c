/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/cli/tensor.h"
#include "src/base/random.h"
#include "tools/cli/streams.h"
#include <math.h>
#include <stdbool.h>

uint32_t tensor_elements(const tl_tensor *tensor) {
    uint32_t n = 1;
    for (uint32_t i = 0; i < tensor->rank; ++i)
        n *= tensor->dims[i];
    return n;
}

/* [O][K], or [K][O], K the channels, rows and columns of an image or just numbers. */
static uint32_t linear_at(const tl_tensor *tensor, uint32_t i) {
    const uint32_t outputs = tensor->dims[tensor->transposed ? 1 : 0],
                   inputs = tensor->dims[tensor->transposed ? 0 : 1];
    const uint32_t o = tensor->transposed ? i % outputs : i / inputs, k = tensor->transposed ? i / outputs : i % inputs;
    const uint32_t pixels = tensor->image[2] > 0 ? tensor->image[0] * tensor->image[1] : 1;
    return o * inputs + k % pixels * (inputs / pixels) + k / pixels;
}

/* Where element i in ONNX's order is stored. */
static uint32_t stored_at(const tl_tensor *tensor, uint32_t i) {
    const bool any = tensor->layout == TL_LAYOUT_ANY;
    if (tensor->layout == TL_LAYOUT_LINEAR || (any && tensor->rank == 2))
        return linear_at(tensor, i);
    if (tensor->layout == TL_LAYOUT_VECTOR || (any && tensor->rank != 4))
        return i;
    const uint32_t channels = tensor->dims[1], kh = tensor->dims[2], kw = tensor->dims[3];
    const uint32_t x = i % kw, y = i / kw % kh, c = i / (kw * kh) % channels, o = i / (kw * kh * channels);
    if (tensor->layout == TL_LAYOUT_DEPTHWISE)
        return (y * kw + x) * tensor->dims[0] + o;
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
