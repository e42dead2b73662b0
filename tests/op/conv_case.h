/* SPDX-License-Identifier: Apache-2.0 */
/* Cases of convolution (and, as its plans are the same, of linear layers): random sizes and plans. */
#ifndef TL_TESTS_CONV_CASE_H
#define TL_TESTS_CONV_CASE_H

#include "tests/op/op_test.h"

/* Anything that gives at least one output pixel; about `most` multiply-accumulates at most. */
tl_conv conv_case_random(op_test *t, uint64_t most);
/* Pads the image as far as is needed for one output pixel at least. */
void conv_case_make_fit(op_test *t, tl_conv *conv);

/* With the pass set: what it is fused with, or nothing. */
void conv_case_fuse(op_test *t);

/* A plan for the probe's conv or linear layer: tl_<op>_plan with random L1, or tiles of a few elements. */
void conv_case_plan(op_test *t);
/* Gives the plan a kernel of fixed strides, if its tiles have the same ones everywhere. */
void conv_case_fix(op_test *t);
/* The library's own plan with so much L1, or the least L1 above that it can do with. */
void conv_case_plan_within(op_test *t, uint32_t l1_bytes);
void conv_case_tiny_plan(op_test *t);

/* With sizes, pass and the plan's slices set: random tensors and what is expected of the results. */
void conv_case_tensors(op_test *t);
/* With sizes, pass and plan set: random tensors, reference, run, compare. t->poison goes to x (grad_x: to dy). */
void conv_case_run(op_test *t);

#endif
