/* SPDX-License-Identifier: Apache-2.0 */
/* What every part of the library speaks of: formats and spans. */
#ifndef TL_TYPES_H
#define TL_TYPES_H

#include <stddef.h>
#include <stdint.h>

/* Formats of stored numbers: IEEE binary32, IEEE binary16, bfloat16. */
typedef enum tl_format { TL_F32, TL_F16, TL_BF16 } tl_format;

/* The three computations of a layer: y from x, dw from x and dy, dx from dy and w. */
typedef enum tl_pass { TL_FORWARD, TL_GRAD_W, TL_GRAD_X } tl_pass;

#endif
