/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The standard instructions (RV32IMC, Zfinx, Zhinx) against QEMU, bit for bit: a million random ones in sequences with
 * random operands, and single floating-point instructions with awkward ones. Without qemu-system-riscv32 the test is
 * reported as skipped.
 *
 * test_isa [ROUNDS]: so many tenths of that.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "isa_program.h"
#include "tools/sim/sim.h"

enum { SEQUENCES = 1000, LENGTH = 100, SINGLES = 18000, SINGLE_ROUNDS = 3, SKIPPED = 77 };

static uint64_t rounds = 10;

/* Program and results of both machines: too large for the stack. */
typedef struct trial {
    isa_program program;
    uint32_t ours[ISA_OUTPUT_WORDS], theirs[ISA_OUTPUT_WORDS];
} trial;

static trial *new_trial(uint64_t seed) {
    trial *t = calloc(1, sizeof *t);
    assert_non_null(t);
    t->program.seed = seed;
    for (int i = 0; i < 4; i++)
        isa_random(&t->program);
    return t;
}

static void run_both(trial *t) {
    isa_finish(&t->program);
    assert_int_equal(isa_run_qemu(&t->program, ISA_VIRT_ELF, t->theirs), t->program.outputs);
    assert_true(isa_run_sim(&t->program, ISA_CLUSTER_ELF, 0, t->ours));
}

static void print_code(const isa_program *p, size_t from, size_t to) {
    while (from < to) {
        char text[128];
        uint32_t word;
        memcpy(&word, p->code + from, 4);
        const int bytes = sim_disassemble((uint32_t)from, word, text, sizeof text);
        printf("    %06zx: %08x %s\n", from, (unsigned)word, bytes ? text : "unknown");
        from += (word & 3) == 3 ? 4 : 2;
    }
}

/* A register that random sequences may change; a compressed instruction's three-bit register when `small`. */
static uint32_t any(isa_program *p, int small) {
    return small ? 8 + isa_below(p, 8) : isa_below(p, 29);
}

static uint32_t not_zero(isa_program *p) {
    return 1 + isa_below(p, 28);
}

static int32_t immediate(isa_program *p) {
    return (int32_t)isa_below(p, 4096) - 2048;
}

static void emit_memory(isa_program *p) {
    static const uint32_t loads[] = {0, 1, 2, 4, 5};
    const int32_t at = ISA_SCRATCH_FIRST + (int32_t)isa_below(p, ISA_SCRATCH_BYTES - 4);
    const uint32_t base = not_zero(p), f3 = loads[isa_below(p, 5)];
    switch (isa_below(p, 4)) {
    case 0:
        isa_emit(p, isa_i(0x03, f3, any(p, 0), ISA_SCRATCH, at));
        break;
    case 1:
        isa_emit(p, isa_s(0x23, isa_below(p, 3), ISA_SCRATCH, any(p, 0), at));
        break;
    case 2: /* through another base, which the load may overwrite */
        isa_emit(p, isa_i(0x13, 0, base, ISA_SCRATCH, at + 100));
        isa_emit(p, isa_i(0x03, f3, any(p, 0), base, -100));
        break;
    default:
        isa_emit(p, isa_i(0x13, 0, base, ISA_SCRATCH, at - 100));
        isa_emit(p, isa_s(0x23, isa_below(p, 3), base, 1 + base % 28, 100)); /* not the address itself */
        break;
    }
    /* An address must not be left in a register: it differs between the machines. */
    isa_emit(p, isa_i(0x13, 4, base, 0, immediate(p)));
}

static void emit_jump(isa_program *p) {
    static const uint32_t branches[] = {0, 1, 4, 5, 6, 7};
    const uint32_t a = not_zero(p);
    const uint32_t b = 1 + (a + isa_below(p, 27)) % 28;
    const uint32_t skip = isa_below(p, 4);
    switch (isa_below(p, 4)) {
    case 0:
    case 1:
        isa_emit(p, isa_b(branches[isa_below(p, 6)], any(p, 0), any(p, 0), 4 + 4 * (int32_t)skip));
        break;
    case 2: /* the link, less the address of this place */
        isa_emit(p, 0x17 | a << 7);
        isa_emit(p, isa_j(b, 4 + 4 * (int32_t)skip));
        for (uint32_t i = 0; i < skip; i++)
            isa_emit(p, isa_i(0x13, 0, a, a, 1));
        isa_emit(p, isa_r(0x33, 0, 0x20, b, b, a));
        isa_emit(p, isa_i(0x13, 0, a, 0, immediate(p)));
        return;
    default:
        isa_emit(p, 0x17 | a << 7);
        isa_emit(p, isa_i(0x67, 0, b, a, 9)); /* the lowest bit is dropped */
        isa_emit(p, isa_r(0x33, 0, 0x20, b, b, a));
        isa_emit(p, isa_i(0x13, 0, a, 0, immediate(p)));
        return;
    }
    for (uint32_t i = 0; i < skip; i++)
        isa_emit(p, isa_i(0x13, 0, not_zero(p), any(p, 0), immediate(p)));
}

static void emit_compressed(isa_program *p) {
    const uint32_t low = isa_below(p, 31) + 1, bit = isa_below(p, 2) << 12, small = (any(p, 1) & 7) << 7;
    const uint32_t other = (any(p, 1) & 7) << 2, reg = not_zero(p) << 7, source = not_zero(p) << 2;
    const uint32_t a = isa_below(p, 8);
    switch (isa_below(p, 17)) {
    case 0: /* c.addi */
        isa_emit_half(p, 0x0001 | bit | reg | low << 2);
        break;
    case 1: /* c.li */
        isa_emit_half(p, 0x4001 | bit | reg | low << 2);
        break;
    case 2: /* c.lui, or c.addi16sp where rd is sp: sp is as good as any register */
        isa_emit_half(p, 0x6001 | bit | reg | low << 2);
        break;
    case 3: /* c.srli, c.srai */
        isa_emit_half(p, 0x8001 | isa_below(p, 2) << 10 | small | low << 2);
        break;
    case 4: /* c.andi */
        isa_emit_half(p, 0x8801 | bit | small | low << 2);
        break;
    case 5: /* c.sub, c.xor, c.or, c.and */
        isa_emit_half(p, 0x8c01 | isa_below(p, 4) << 5 | small | other);
        break;
    case 6: /* c.slli */
        isa_emit_half(p, 0x0002 | reg | low << 2);
        break;
    case 7: /* c.mv */
        isa_emit_half(p, 0x8002 | reg | source);
        break;
    case 8: /* c.add */
        isa_emit_half(p, 0x9002 | reg | source);
        break;
    case 9: /* c.addi4spn */
        isa_emit_half(p, 0x0000 | (1 + isa_below(p, 255)) << 5 | other);
        break;
    case 10: /* c.lw */
        isa_emit(p, isa_i(0x13, 0, 8 + a, ISA_SCRATCH, 64 + (int32_t)isa_below(p, 512)));
        isa_emit_half(p, 0x4000 | isa_below(p, 8) << 10 | isa_below(p, 4) << 5 | a << 7 | other);
        isa_emit(p, isa_i(0x13, 0, 8 + a, 0, immediate(p)));
        break;
    case 11: /* c.sw */
        isa_emit(p, isa_i(0x13, 0, 8 + a, ISA_SCRATCH, 64 + (int32_t)isa_below(p, 512)));
        isa_emit_half(p, 0xc000 | isa_below(p, 8) << 10 | isa_below(p, 4) << 5 | a << 7 | ((a + 1 + low % 7) & 7) << 2);
        isa_emit(p, isa_i(0x13, 0, 8 + a, 0, immediate(p)));
        break;
    case 12: /* c.lwsp */
        isa_emit(p, isa_i(0x13, 0, 2, ISA_SCRATCH, 64 + (int32_t)isa_below(p, 512)));
        isa_emit_half(p, 0x4002 | bit | reg | isa_below(p, 32) << 2);
        isa_emit(p, isa_i(0x13, 0, 2, 0, immediate(p)));
        break;
    case 13: /* c.swsp, of any register but sp */
        isa_emit(p, isa_i(0x13, 0, 2, ISA_SCRATCH, 64 + (int32_t)isa_below(p, 512)));
        isa_emit_half(p, 0xc002 | isa_below(p, 64) << 7 | (3 + isa_below(p, 26)) << 2);
        isa_emit(p, isa_i(0x13, 0, 2, 0, immediate(p)));
        break;
    case 14: /* c.beqz, c.bnez over a c.addi */
        isa_emit_half(p, 0xc001 | isa_below(p, 2) << 13 | small | 2 << 3);
        isa_emit_half(p, 0x0001 | reg | low << 2);
        break;
    case 15: /* c.j over a c.addi */
        isa_emit_half(p, 0xa001 | 2 << 3);
        isa_emit_half(p, 0x0001 | reg | low << 2);
        break;
    default: /* c.jal over a c.addi, then c.jalr to the next; the links less the address of this place */
        isa_emit(p, 0x17 | 5 << 7);
        isa_emit_half(p, 0x2001 | 2 << 3);
        isa_emit_half(p, 0x0001 | reg | low << 2);
        isa_emit(p, isa_r(0x33, 0, 0x20, 6, 1, 5));
        isa_emit_half(p, 0x0001 | 5 << 7 | 18 << 2);
        isa_emit_half(p, 0x9002 | 5 << 7);
        isa_emit_half(p, 0x0001);
        isa_emit(p, isa_r(0x33, 0, 0x20, 1, 1, 5));
        isa_emit(p, isa_i(0x13, 0, 5, 0, immediate(p)));
        break;
    }
}

static void emit_one(isa_program *p) {
    const uint32_t f3 = isa_below(p, 8);
    switch (isa_below(p, 10)) {
    case 0:
    case 1: /* register-register; sub and sra have bit 30 */
        isa_emit(p,
                 isa_r(0x33, f3, (f3 == 0 || f3 == 5) && isa_below(p, 2) ? 0x20 : 0, any(p, 0), any(p, 0), any(p, 0)));
        break;
    case 2:
    case 3: /* register-immediate */
        if (f3 == 1 || f3 == 5)
            isa_emit(p, isa_r(0x13, f3, f3 == 5 && isa_below(p, 2) ? 0x20 : 0, any(p, 0), any(p, 0), isa_below(p, 32)));
        else
            isa_emit(p, isa_i(0x13, f3, any(p, 0), any(p, 0), immediate(p)));
        break;
    case 4:
        isa_emit(p, isa_r(0x33, f3, 1, any(p, 0), any(p, 0), any(p, 0)));
        break;
    case 5:
        isa_emit(p, 0x37 | any(p, 0) << 7 | isa_random(p) << 12);
        break;
    case 6:
        emit_memory(p);
        break;
    case 7:
        emit_jump(p);
        break;
    case 8:
        emit_compressed(p);
        break;
    default:
        if (isa_below(p, 2))
            emit_compressed(p);
        else /* frm, by all six ways of writing it */
            isa_emit(p, isa_i(0x73, 1 + f3 % 3 + (f3 & 4), any(p, 0), any(p, 0) & 3, 2));
        break;
    }
}

static uint32_t integer_operand(isa_program *p) {
    static const uint32_t special[] = {0, 1, 2, 0xffffffff, 0x80000000, 0x7fffffff, 0xffff8000, 0x8000, 0xff, 31};
    const uint32_t kind = isa_below(p, 3);
    return kind == 0 ? special[isa_below(p, 10)] : kind == 1 ? isa_random(p) >> isa_below(p, 32) : isa_random(p);
}

static void compare_sequences(uint64_t seed) {
    trial *t = new_trial(seed);
    isa_program *p = &t->program;
    size_t starts[SEQUENCES + 1];
    for (int i = 0; i < SEQUENCES; i++) {
        starts[i] = p->code_bytes;
        for (uint32_t reg = 1; reg <= 28; reg++)
            isa_load(p, reg, integer_operand(p));
        for (int k = 0; k < LENGTH; k++)
            emit_one(p);
        if (p->code_bytes & 2)
            isa_emit_half(p, 0x0001);
        for (uint32_t reg = 1; reg <= 28; reg++)
            isa_store(p, reg);
        isa_emit(p, isa_i(0x73, 2, 1, 0, 2));
        isa_store(p, 1);
    }
    starts[SEQUENCES] = p->code_bytes;
    for (int32_t at = ISA_SCRATCH_FIRST; at < ISA_SCRATCH_FIRST + ISA_SCRATCH_BYTES; at += 4) {
        isa_emit(p, isa_i(0x03, 2, 1, ISA_SCRATCH, at));
        isa_store(p, 1);
    }
    run_both(t);
    int bad = 0;
    for (size_t i = 0; i < p->outputs && bad < 3; i++) {
        if (t->ours[i] == t->theirs[i])
            continue;
        printf("sequence %zu, x%zu: simulator %08x, QEMU %08x\n", i / 29, i % 29 + 1, (unsigned)t->ours[i],
               (unsigned)t->theirs[i]);
        if (i / 29 < SEQUENCES && bad++ < 3)
            print_code(p, starts[i / 29], starts[i / 29 + 1]);
        i = (i / 29 + 1) * 29 - 1;
    }
    free(t);
    assert_int_equal(bad, 0);
}

static void test_sequences(void **state) {
    (void)state;
    for (uint64_t seed = 1; seed <= rounds; seed++)
        compare_sequences(seed);
    printf("%llu random instructions\n", (unsigned long long)rounds * SEQUENCES * LENGTH);
}

/* A value that makes trouble, in the format with so many bits of exponent and fraction. */
static uint32_t float_operand(isa_program *p, uint32_t exponent, uint32_t fraction) {
    const uint32_t most = (1u << exponent) - 1, one = most >> 1, sign = isa_below(p, 2) << (exponent + fraction);
    const uint32_t random = isa_random(p) & ((1u << fraction) - 1);
    switch (isa_below(p, 12)) {
    case 0:
        return sign;
    case 1:
        return sign | most << fraction;
    case 2: /* quiet or signalling NaN */
        return sign | most << fraction | 1 | random;
    case 3:
    case 4: /* subnormal */
        return sign | random >> isa_below(p, fraction);
    case 5: /* about the smallest normal, about the largest */
        return sign | (1 + isa_below(p, 3)) << fraction | random;
    case 6:
        return sign | (most - 1 - isa_below(p, 2)) << fraction | (isa_below(p, 2) ? random : (1u << fraction) - 1);
    case 7: /* few bits: ties and exact results */
        return sign | (one + isa_below(p, 4)) << fraction | (isa_below(p, 8) << (fraction - 3));
    case 8:
    case 9: /* near one: cancellation */
        return sign | (one - 1 + isa_below(p, 3)) << fraction | random;
    case 10: /* about the limits of integers */
        return sign | ((one + 29 + isa_below(p, 5)) & most) << fraction | random;
    default:
        return isa_random(p) & ((2u << (exponent + fraction)) - 1);
    }
}

typedef struct single {
    uint32_t instruction, operands[3], mask;
} single;

/*
 * Which control registers a program uses beside its floating-point instructions. A simulator may well take another way
 * when nobody reads the flags, or when all roundings are to nearest.
 */
typedef enum control { NONE, ROUNDING, FLAGS } control;

/* One instruction of a format: fmt 0 single, 2 half. Operands in x1 to x3, result in x5. */
static single floating(isa_program *p, uint32_t fmt, control uses) {
    single s = {.mask = UINT32_MAX};
    for (int i = 0; i < 3; i++)
        s.operands[i] = fmt ? float_operand(p, 5, 10) : float_operand(p, 8, 23);
    const uint32_t half = fmt ? 0xffff : UINT32_MAX;
    const uint32_t rm = (const uint32_t[]){0, 7, 1, 2, 3, 4}[isa_below(p, uses == NONE ? 2 : 6)],
                   kind = isa_below(p, 16);
    switch (kind) {
    case 0: /* fadd, fsub, fmul, fdiv */
    case 1:
    case 2:
    case 3:
        s.instruction = isa_r(0x53, rm, kind << 2 | fmt, 5, 1, 2);
        s.mask = half;
        break;
    case 4:
        s.instruction = isa_r(0x53, rm, 0x2c | fmt, 5, 1, 0);
        s.mask = half;
        break;
    case 5:
    case 6:
    case 7:
    case 8:                         /* fmadd, fmsub, fnmsub, fnmadd */
        if (isa_below(p, 3) == 0) { /* a product by one, and nearly taken off again */
            s.operands[1] = fmt ? 0x3c00 : 0x3f800000;
            s.operands[2] = s.operands[0] ^ isa_below(p, 4);
        } else if (isa_below(p, 2)) { /* all near one: a second rounding would show */
            for (int k = 0; k < 3; k++)
                s.operands[k] = fmt ? 0x3800 + isa_below(p, 0x800) : 0x3f000000 + isa_below(p, 0x1000000);
        }
        s.instruction = isa_r(0x43 + (kind - 5) * 4, rm, 3u << 2 | fmt, 5, 1, 2);
        s.mask = half;
        break;
    case 9: /* fsgnj, fsgnjn, fsgnjx; QEMU 7.2 loses the results of the last two for halves (see test_xpulp.c) */
        s.instruction = isa_r(0x53, fmt ? 0 : isa_below(p, 3), 0x10 | fmt, 5, 1, 2);
        s.mask = half;
        break;
    case 10: /* fmin, fmax */
        s.instruction = isa_r(0x53, isa_below(p, 2), 0x14 | fmt, 5, 1, 2);
        s.mask = half;
        break;
    case 11:
    case 12: /* fle, flt, feq */
        if (kind == 12)
            s.operands[1] = s.operands[0] ^ isa_below(p, 2);
        s.instruction = isa_r(0x53, isa_below(p, 3), 0x50 | fmt, 5, 1, 2);
        break;
    case 13: /* fcvt.w, fcvt.wu */
        s.instruction = isa_r(0x53, rm, 0x60 | fmt, 5, 1, isa_below(p, 2));
        break;
    case 14: /* from w, wu */
        s.operands[0] = integer_operand(p);
        s.instruction = isa_r(0x53, rm, 0x68 | fmt, 5, 1, isa_below(p, 2));
        s.mask = half;
        break;
    default:
        if (fmt == 0 || isa_below(p, 3) == 0) {
            s.instruction = isa_r(0x53, 1, 0x70 | fmt, 5, 1, 0); /* fclass */
        } else if (isa_below(p, 2)) {
            s.instruction = isa_r(0x53, 0, 0x20, 5, 1, 2); /* fcvt.s.h */
        } else {
            s.operands[0] = isa_below(p, 2) ? float_operand(p, 8, 23)
                                            : (112 - 24 + isa_below(p, 58)) << 23 | isa_random(p) % (1u << 23);
            s.instruction = isa_r(0x53, rm, 0x22, 5, 1, 0); /* fcvt.h.s */
            s.mask = half;
        }
        break;
    }
    return s;
}

static void compare_some(uint32_t fmt, control uses, uint64_t round) {
    trial *t = new_trial(100 + fmt + 10 * uses + 1000 * round);
    isa_program *p = &t->program;
    single *cases = calloc(SINGLES, sizeof *cases);
    assert_non_null(cases);
    isa_emit(p, isa_i(0x13, 0, 6, 0, 0));
    for (int i = 0; i < SINGLES; i++) {
        cases[i] = floating(p, fmt, uses);
        for (uint32_t k = 0; k < 3; k++)
            isa_load(p, k + 1,
                     fmt && cases[i].operands[k] >> 15 == 1 ? cases[i].operands[k] | 0xffff0000 : cases[i].operands[k]);
        if (uses == ROUNDING)
            isa_emit(p, isa_i(0x73, 5, 0, isa_below(p, 5), 2)); /* frm */
        if (uses == FLAGS) {
            isa_emit(p, isa_i(0x13, 0, 4, 0, (int32_t)isa_below(p, 5) << 5));
            isa_emit(p, isa_i(0x73, 1, 0, 4, 3)); /* fcsr */
        }
        isa_emit(p, cases[i].instruction);
        if (uses == FLAGS)
            isa_emit(p, isa_i(0x73, 2, 6, 0, 1)); /* fflags */
        isa_store(p, 5);
        isa_store(p, 6);
    }
    run_both(t);
    int bad = 0;
    for (int i = 0; i < SINGLES; i++) {
        const uint32_t *ours = t->ours + 2 * i, *theirs = t->theirs + 2 * i;
        if (((ours[0] ^ theirs[0]) & cases[i].mask) == 0 && ours[1] == theirs[1])
            continue;
        char text[128] = "";
        sim_disassemble(0, cases[i].instruction, text, sizeof text);
        if (bad++ < 20)
            printf("%08x %s of %08x %08x %08x: simulator %08x, flags %02x; QEMU %08x, flags %02x\n",
                   (unsigned)cases[i].instruction, text, (unsigned)cases[i].operands[0], (unsigned)cases[i].operands[1],
                   (unsigned)cases[i].operands[2], (unsigned)ours[0], (unsigned)ours[1], (unsigned)theirs[0],
                   (unsigned)theirs[1]);
    }
    free(cases);
    free(t);
    if (bad)
        printf("%d of %d differ\n", bad, SINGLES);
    assert_int_equal(bad, 0);
}

static void compare_singles(uint32_t fmt, control uses) {
    for (uint64_t round = 0; round < SINGLE_ROUNDS; round++)
        compare_some(fmt, uses, round);
}

static void test_single(void **state) {
    (void)state;
    compare_singles(0, NONE);
}

static void test_single_rounding(void **state) {
    (void)state;
    compare_singles(0, ROUNDING);
}

static void test_single_flags(void **state) {
    (void)state;
    compare_singles(0, FLAGS);
}

static void test_half(void **state) {
    (void)state;
    compare_singles(2, NONE);
}

static void test_half_flags(void **state) {
    (void)state;
    compare_singles(2, FLAGS);
}

int main(int argc, char **argv) {
    rounds = argc > 1 ? strtoull(argv[1], NULL, 10) : rounds;
    if (system("qemu-system-riscv32 --version > /dev/null 2>&1") != 0) {
        fprintf(stderr, "SKIPPED: qemu-system-riscv32 is not installed (Debian: qemu-system-misc); "
                        "the standard instruction set was NOT tested\n");
        return SKIPPED;
    }
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sequences),    cmocka_unit_test(test_single), cmocka_unit_test(test_single_rounding),
        cmocka_unit_test(test_single_flags), cmocka_unit_test(test_half),   cmocka_unit_test(test_half_flags),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
