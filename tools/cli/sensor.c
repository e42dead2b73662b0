/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/cli/sensor.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { REACH = 2, WINDOW = (2 * REACH + 1) * (2 * REACH + 1) };

const char *const sensor_names[SENSORS] = {"plain", "inverted", "blurred", "dimmed"};

static void blur(const uint8_t *from, uint8_t *to) {
    for (int y = 0; y < DATASET_SIDE; ++y) {
        for (int x = 0; x < DATASET_SIDE; ++x) {
            int sum = 0;
            for (int i = y - REACH; i <= y + REACH; ++i) {
                for (int j = x - REACH; j <= x + REACH; ++j)
                    sum += i >= 0 && i < DATASET_SIDE && j >= 0 && j < DATASET_SIDE ? from[i * DATASET_SIDE + j] : 0;
            }
            to[y * DATASET_SIDE + x] = (uint8_t)((sum + WINDOW / 2) / WINDOW);
        }
    }
}

void sensor_image(sensor kind, const uint8_t *from, uint8_t *to) {
    uint8_t once[DATASET_PIXELS];
    if (kind == SENSOR_BLURRED) {
        blur(from, once);
        blur(once, to);
        return;
    }
    for (int i = 0; i < DATASET_PIXELS; ++i)
        to[i] = (uint8_t)(kind == SENSOR_INVERTED ? 255 - from[i] : kind == SENSOR_DIMMED ? from[i] / 4 : from[i]);
}

bool sensor_dataset(dataset *to, const dataset *from, sensor kind, uint32_t first, uint32_t count, cli_error *error) {
    *to = (dataset){0};
    if (first > from->count || count > from->count - first)
        return cli_fail(error, CLI_INPUT, "the data set has only %u images, not %llu", from->count,
                        (unsigned long long)first + count);
    to->count = count;
    to->images = malloc((size_t)count * DATASET_PIXELS);
    to->labels = malloc(count);
    if (!to->images || !to->labels) {
        dataset_free(to);
        return cli_out_of_memory(error);
    }
    memcpy(to->labels, from->labels + first, count);
    for (size_t i = 0; i < count; ++i)
        sensor_image(kind, from->images + (first + i) * DATASET_PIXELS, to->images + i * DATASET_PIXELS);
    return true;
}

/* Where pixel i of `side` lies among those of the image: between *low and the one behind it, so far. */
static float place(uint32_t i, uint32_t side, int *low) {
    const float at = fmaxf(((float)i + 0.5f) * (float)DATASET_SIDE / (float)side - 0.5f, 0.0f);
    *low = (int)at < DATASET_SIDE - 2 ? (int)at : DATASET_SIDE - 2;
    return fminf(at - (float)*low, 1.0f);
}

void sensor_resize(const uint8_t *from, uint32_t side, float *to) {
    for (uint32_t y = 0; y < side; ++y) {
        int i;
        const float down = place(y, side, &i);
        for (uint32_t x = 0; x < side; ++x) {
            int j;
            const float right = place(x, side, &j);
            const uint8_t *p = from + i * DATASET_SIDE + j, *q = p + DATASET_SIDE;
            const float upper = (1.0f - right) * p[0] + right * p[1], lower = (1.0f - right) * q[0] + right * q[1];
            const float pixel = (1.0f - down) * upper + down * lower;
            to[y * side + x] = (pixel / 255.0f - DATASET_MEAN) / DATASET_STD;
        }
    }
}
