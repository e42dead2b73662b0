/* SPDX-License-Identifier: Apache-2.0 */
#include "isa_trial.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

trial *new_trial(uint64_t seed) {
    trial *t = calloc(1, sizeof *t);
    assert_non_null(t);
    t->program.seed = seed;
    for (int i = 0; i < 4; i++)
        isa_random(&t->program);
    return t;
}

void expect(trial *t, uint32_t reg, uint32_t value, const char *what) {
    t->expected[t->program.outputs] = value;
    t->what[t->program.outputs] = what;
    isa_store(&t->program, reg);
}

int has_room(const trial *t, uint32_t instructions, uint32_t operands) {
    const isa_program *p = &t->program;
    return p->code_bytes + 8 * instructions + 64 < ISA_CODE_BYTES && p->inputs + operands < ISA_INPUT_WORDS &&
           p->outputs + operands < ISA_OUTPUT_WORDS;
}

void run(trial *t) {
    isa_finish(&t->program);
    assert_true(isa_run_sim(&t->program, ISA_CLUSTER_ELF, t->drops, t->ours));
    int bad = 0;
    for (size_t i = 0; i < t->program.outputs; i++) {
        if (t->ours[i] != t->expected[i] && bad++ < 20)
            printf("%s (output %zu): %08x, expected %08x\n", t->what[i], i, (unsigned)t->ours[i],
                   (unsigned)t->expected[i]);
    }
    free(t);
    assert_int_equal(bad, 0);
}

uint32_t operand(isa_program *p) {
    static const uint32_t special[] = {0, 1, 2, 0xffffffff, 0x80000000, 0x7fff, 0x8000, 0x7fffffff, 0xffff8000, 0x80};
    const uint32_t kind = isa_below(p, 3);
    return kind == 0 ? special[isa_below(p, 10)] : kind == 1 ? isa_random(p) >> isa_below(p, 32) : isa_random(p);
}
