/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/deploy/network.h"

uint32_t net_value_elements(const net_value *value) {
    return value->n * value->h * value->w * value->c;
}

/* Calls for each element: its place in ONNX's order, and in ours. */
typedef void move_one(void *user, uint32_t onnx, uint32_t ours);

static void each_of_param(const net_param *p, move_one *move, void *user) {
    const uint32_t *d = p->dims;
    if (p->layout == NET_CONV_W || p->layout == NET_DEPTHWISE_W) {
        const bool depthwise = p->layout == NET_DEPTHWISE_W;
        for (uint32_t at = 0, o = 0; o < d[0]; ++o) {
            for (uint32_t c = 0; c < d[1]; ++c) {
                for (uint32_t i = 0; i < d[2]; ++i) {
                    for (uint32_t j = 0; j < d[3]; ++j, ++at)
                        move(user, at, depthwise ? (i * d[3] + j) * d[0] + o : ((i * d[0] + o) * d[3] + j) * d[1] + c);
                }
            }
        }
    } else if (p->layout == NET_LINEAR_W) {
        const uint32_t o_count = p->transposed ? d[1] : d[0], k_count = p->transposed ? d[0] : d[1];
        const uint32_t pixels = p->image[2] ? p->image[0] * p->image[1] : 1, channels = k_count / pixels;
        for (uint32_t o = 0; o < o_count; ++o) {
            for (uint32_t k = 0; k < k_count; ++k) {
                const uint32_t c = k / pixels, pixel = k % pixels;
                move(user, p->transposed ? k * o_count + o : o * k_count + k, o * k_count + pixel * channels + c);
            }
        }
    } else {
        for (uint32_t i = 0; i < p->elements; ++i)
            move(user, i, i);
    }
}

static void each_of_value(const net_value *v, move_one *move, void *user) {
    if (v->channels_last) {
        for (uint32_t i = 0; i < v->n * v->h * v->w * v->c; ++i)
            move(user, i, i);
        return;
    }
    const uint32_t pixels = v->h * v->w;
    for (uint32_t at = 0, n = 0; n < v->n; ++n) {
        for (uint32_t c = 0; c < v->c; ++c) {
            for (uint32_t pixel = 0; pixel < pixels; ++pixel, ++at)
                move(user, at, (n * pixels + pixel) * v->c + c);
        }
    }
}

typedef struct copies {
    const float *from;
    float *to;
} copies;

static void to_ours(void *user, uint32_t onnx, uint32_t ours) {
    const copies *c = user;
    c->to[ours] = c->from[onnx];
}

static void to_onnx(void *user, uint32_t onnx, uint32_t ours) {
    const copies *c = user;
    c->to[onnx] = c->from[ours];
}

void net_param_to_ours(const net_param *param, const float *onnx, float *ours) {
    each_of_param(param, to_ours, &(copies){onnx, ours});
}

void net_param_to_onnx(const net_param *param, const float *ours, float *onnx) {
    each_of_param(param, to_onnx, &(copies){ours, onnx});
}

void net_value_to_ours(const net_value *value, const float *onnx, float *ours) {
    each_of_value(value, to_ours, &(copies){onnx, ours});
}

void net_value_to_onnx(const net_value *value, const float *ours, float *onnx) {
    each_of_value(value, to_onnx, &(copies){ours, onnx});
}
