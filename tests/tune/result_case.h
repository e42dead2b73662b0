/* SPDX-License-Identifier: Apache-2.0 */
/* What a tuner's problem is to give: random tensors, and the results in double precision (tests/ref). */
#ifndef TL_TESTS_RESULT_CASE_H
#define TL_TESTS_RESULT_CASE_H

#include "tests/op/op_test.h"
#include "tools/plan/problem.h"

/*
 * Begins case `number` of the test with this seed: the probe's request for the problem with the plan, its tensors, what
 * is expected of them, and how much of L1 it may write. Behind it op_finish_on runs it.
 */
void result_case(op_test *t, const step_problem *problem, const step_plan *plan, uint32_t seed, uint32_t number);

#endif
