/* SPDX-License-Identifier: Apache-2.0 */
/* On the cluster pulp/pixels_pulp.S stands in for this file, with the same bits. */
#include "src/kernel/channels.h"

static tl_pixels pixels_at(uint32_t count, uint32_t channels, uint32_t c) {
    return (tl_pixels){count, 4 * channels, channels - c < TL_CHANNELS_GROUP ? channels - c : TL_CHANNELS_GROUP};
}

void tl_pixels_scale_f32(uint32_t count, uint32_t channels, const float *a, const float *b, float *y) {
    for (uint32_t c = 0; c < channels; c += TL_CHANNELS_GROUP) {
        const tl_pixels pixels = pixels_at(count, channels, c);
        tl_channels_scale_few_f32(&pixels, y + c, a + c, b + c, y + c);
    }
}

void tl_pixels_scale_relu_f32(uint32_t count, uint32_t channels, const float *a, const float *b, float *y) {
    for (uint32_t c = 0; c < channels; c += TL_CHANNELS_GROUP) {
        const tl_pixels pixels = pixels_at(count, channels, c);
        tl_channels_scale_relu_few_f32(&pixels, y + c, a + c, b + c, y + c);
    }
}
