/* SPDX-License-Identifier: Apache-2.0 */
/* A generated program with what each of its outputs must be. */
#ifndef TL_TEST_ISA_TRIAL_H
#define TL_TEST_ISA_TRIAL_H

#include "isa_program.h"

enum { SCRATCH_ADDRESS = 0x10000400, WORDS = 64 };

typedef struct trial {
    isa_program program;
    uint32_t ours[ISA_OUTPUT_WORDS], expected[ISA_OUTPUT_WORDS];
    const char *what[ISA_OUTPUT_WORDS];
    unsigned char memory[WORDS * 4]; /* what the scratch memory must hold */
    int drops;                       /* run on a machine whose bfloat16 dot products do not accumulate */
} trial;

trial *new_trial(uint64_t seed);

/* The next output is this register, and must be this value; `what` is printed if not. */
void expect(trial *t, uint32_t reg, uint32_t value, const char *what);

/* Room for so many more instructions with so many operands? If not, it is time for run(). */
int has_room(const trial *t, uint32_t instructions, uint32_t operands);

/* Runs the program, compares, frees the trial; fails the cmocka test on any difference. */
void run(trial *t);

/* A random integer, often one that makes trouble. */
uint32_t operand(isa_program *p);

#endif
