/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ONNX models from a few lines of text, for tests:
 *
 *     input x 1,4,6,6          a dimension of 0 is left open
 *     const w 8,4,3,3          numbers between 0.5 and 1, all different or nearly so
 *     scalar six 6
 *     ints shape 0,-1
 *     y = Conv x w - pads=1,1,1,1 group=1 auto_pad=SAME_UPPER alpha=0.5
 *     output y 1,8,6,6
 *
 * A node is called as its output. Lists of integers are known by their names, floats by the point in them.
 */
#ifndef TL_TESTS_TEXT_MODEL_H
#define TL_TESTS_TEXT_MODEL_H

#include "tools/deploy/network.h"
#include <stddef.h>

/* The file, to be freed; operator set 13. Fails the test where it cannot read a line. */
void *text_model(const char *text, size_t *bytes);
/* Reads it, infers, lowers. False: the error. */
bool text_model_lower(const char *text, net_norms norms, net_model *network, plan_error *error);

#endif
