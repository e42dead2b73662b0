/* SPDX-License-Identifier: Apache-2.0 */
/* Images of a data set as another sensor would have taken them, and at other sizes. */
#ifndef TL_CLI_SENSOR_H
#define TL_CLI_SENSOR_H

#include "tools/cli/dataset.h"

/*
 * inverted: 255 - p. blurred: twice the mean over 5x5 pixels, black around the image. dimmed: a quarter of the light.
 */
typedef enum sensor { SENSOR_PLAIN, SENSOR_INVERTED, SENSOR_BLURRED, SENSOR_DIMMED, SENSORS } sensor;
extern const char *const sensor_names[SENSORS];
#define SENSOR_CHOICES "plain|inverted|blurred|dimmed"

/* `to` and `from`: [28][28], two places. */
void sensor_image(sensor kind, const uint8_t *from, uint8_t *to);

/* The first `count` of a data set's images behind `first`, with their labels. On success the caller calls dataset_free.
 */
bool sensor_dataset(dataset *to, const dataset *from, sensor kind, uint32_t first, uint32_t count, cli_error *error);

/*
 * A square image at another size, by linear interpolation between the centres of pixels, and normalised as
 * dataset_sample does.
 */
void sensor_resize(const uint8_t *from, uint32_t side, float *to);

#endif
