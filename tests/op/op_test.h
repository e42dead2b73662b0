/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the tests of all ops share. A case: op_begin, tell inputs and what is expected of the outputs, op_finish, which
 * runs it natively on one thread (against the double-precision reference), and then on more threads or on the
 * simulator's cores (the very same bits).
 */
#ifndef TL_TESTS_OP_TEST_H
#define TL_TESTS_OP_TEST_H

#include "tests/harness/draw.h"
#include "tests/harness/harness.h"
#include "tests/ref/ref.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
/* cmocka wants those before it. */
#include <cmocka.h>

typedef struct op_output {
    uint32_t n; /* elements */
    bool bytes; /* uint8_t, otherwise float */
    const double *expected, *sum;
    const uint8_t *expected_bytes;
    double c;
    void *first, *again; /* natively on one thread, and the next run */
} op_output;

typedef struct op_test {
    harness *harness;
    harness_place place;
    bool sanitize; /* on the simulator, with its sanitizer, and fewer cases */
    draw draw;
    harness_job job;
    tl_status status; /* expected; outputs are not compared where it is not TL_OK */
    op_output output[HARNESS_BUFFERS];
    harness_result result;
    float poison; /* not 0: one element of an input is to be this (NaN, infinity) */
    uint32_t cases;
    char *pool;
    size_t used;
} op_test;

/* The tests' main: argument "native", "sim" or "sanitize", and the probe's ELF file. */
int op_main(int argc, char **argv, const char *name, const struct CMUnitTest *tests, size_t count);

/* Starts case `number` of the test with this seed. */
void op_begin(op_test *t, uint32_t kind, uint32_t seed, uint32_t number);
/* Memory until the next op_begin, zeroed. */
void *op_memory(op_test *t, size_t bytes);
double *op_doubles(op_test *t, size_t n);
/* Buffer i is an input of n random values; returned to be changed before op_finish. */
float *op_input(op_test *t, uint32_t i, const char *name, uint32_t n);
void op_input_bytes(op_test *t, uint32_t i, const char *name, const void *in, uint32_t bytes);
/* The same values in double precision. NULL for NULL. */
double *op_wide(op_test *t, uint32_t n, const float *values);
/* Buffer i is an output of n floats (or an input too, if it has been one). Bound: see harness_near. */
void op_expect(op_test *t, uint32_t i, const char *name, uint32_t n, const double *expected, const double *sum,
               double c);
void op_expect_bytes(op_test *t, uint32_t i, const char *name, uint32_t n, const uint8_t *expected);
/* Output i stands where input j does. */
void op_in_place(op_test *t, uint32_t i, uint32_t j);
/* In one case of four some of the buffers stand in L1. */
void op_some_in_l1(op_test *t);
void op_finish(op_test *t);
/* The same with one run besides the first one, on so many threads or cores. */
void op_finish_on(op_test *t, uint32_t cores);
/* Fails with the case's description in front. */
_Noreturn void op_fail(op_test *t, const char *place, uint32_t cores, const char *message);

/* True with a chance of 1 in n. */
static inline bool op_chance(op_test *t, uint32_t n) {
    return draw_below(&t->draw, n) == 0;
}

/* Picks an element of an array. */
#define OP_PICK(t, list) ((list)[draw_below(&(t)->draw, sizeof(list) / sizeof((list)[0]))])

/* A case is run on the simulator if it is one of every `n`, and always natively. */
static inline bool op_skip(const op_test *t, uint32_t number, uint32_t n) {
    return t->place == HARNESS_SIM && number % (t->sanitize ? 8 * n : n) != 0;
}

#endif
