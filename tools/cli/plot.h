/* SPDX-License-Identifier: Apache-2.0 */
/* The learning curve as a picture. */
#ifndef TL_CLI_PLOT_H
#define TL_CLI_PLOT_H

#include "tools/cli/error.h"
#include <stdint.h>

typedef struct plot_curve {
    const char *title, *subtitle;
    const float *loss;      /* [n] */
    const uint8_t *correct; /* [n], 1: the class with the largest logit was right, before the update */
    uint32_t n;             /* steps, at least 1 */
    uint32_t window;        /* steps a running mean goes over */
    double accuracy_before, accuracy_after, chance; /* on the test images; of guessing */
} plot_curve;

/* A window that shows the trend: a twentieth of the steps, 20 to 300. */
uint32_t plot_window(uint32_t steps);

/* An SVG where the path ends in .svg, else a PNG. */
bool plot_picture(const plot_curve *curve, const char *path, cli_error *error);

#endif
