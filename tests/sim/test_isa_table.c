/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The list of instructions: no two share an encoding, each is written by its name, and encodings from the manuals are
 * read as what they are.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "isa_program.h"
#include "tools/sim/isa.h"
#include "tools/sim/sim.h"

enum { WORDS_TRIED = 200000, RM = 7 << 12 };

static isa_program source; /* of random numbers */

/* 1 when the instruction has a rounding mode that is free to choose: 5 and 6 are none. */
static int has_rounding(const sim_insn *insn) {
    return insn->format == SIM_FORMAT_F || insn->format == SIM_FORMAT_F1 || insn->format == SIM_FORMAT_F3;
}

static int reads(const sim_insn *insn, uint32_t word) {
    const uint32_t rm = word >> 12 & 7;
    return (word & insn->mask) == insn->match && !(has_rounding(insn) && (rm == 5 || rm == 6));
}

static int share_a_word(const sim_insn *a, const sim_insn *b) {
    if ((a->match ^ b->match) & a->mask & b->mask)
        return 0;
    for (uint32_t rm = 0; rm < 8; rm++) { /* the rounding mode is all that masks do not tell */
        const uint32_t word =
            ((a->match | b->match) & ~(~(a->mask | b->mask) & RM)) | (rm << 12 & ~(a->mask | b->mask));
        if (reads(a, word) && reads(b, word))
            return 1;
    }
    return 0;
}

static void test_no_overlap(void **state) {
    (void)state;
    int bad = 0;
    for (unsigned i = SIM_FIRST_INSN; i < SIM_CODES; i++) {
        const sim_insn *a = &sim_insns[i];
        assert_non_null(a->text);
        assert_int_equal(a->match & ~a->mask, 0);
        assert_int_equal(a->mask & 0x7f, 0x7f);
        assert_int_equal(a->match & 3, 3);
        for (unsigned k = i + 1; k < SIM_CODES; k++) {
            if (!share_a_word(a, &sim_insns[k]))
                continue;
            printf("%s and %s overlap\n", a->text, sim_insns[k].text);
            bad++;
        }
    }
    assert_int_equal(bad, 0);
    printf("%u instructions\n", (unsigned)(SIM_CODES - SIM_FIRST_INSN));
}

/* Random words, and words near an instruction's: as many readings as the decoder says, and that is at most one. */
static void test_one_reading(void **state) {
    (void)state;
    unsigned known = 0;
    for (int i = 0; i < WORDS_TRIED; i++) {
        uint32_t word = isa_random(&source) | 3;
        if (i & 1) {
            const sim_insn *near = &sim_insns[SIM_FIRST_INSN + isa_below(&source, SIM_CODES - SIM_FIRST_INSN)];
            word = near->match | (word & ~near->mask);
            word ^= (uint32_t)(i & 2) << isa_below(&source, 31);
        }
        unsigned readings = 0, first = SIM_CODE_ILLEGAL;
        for (unsigned k = SIM_FIRST_INSN; k < SIM_CODES; k++)
            if (reads(&sim_insns[k], word)) {
                first = readings ? first : k;
                readings++;
            }
        assert_true(readings <= 1);
        assert_int_equal(sim_find_insn(word), first);
        known += readings;
    }
    assert_true(known > WORDS_TRIED / 4);
}

/* The text begins with the name, and says how long the instruction is; operands change it. */
static void test_names(void **state) {
    (void)state;
    for (unsigned k = SIM_FIRST_INSN; k < SIM_CODES; k++) {
        const sim_insn *insn = &sim_insns[k];
        char text[128], other[128];
        uint32_t word = insn->match | (0x15a8a480u & ~insn->mask), changed = insn->match | (0xca150b00u & ~insn->mask);
        if (has_rounding(insn)) {
            word &= ~(uint32_t)RM;
            changed &= ~(uint32_t)RM;
        }
        assert_int_equal(sim_disassemble(0x1c008000, word, text, sizeof text), 4);
        const size_t n = strlen(insn->text);
        if (strncmp(text, insn->text, n) != 0 || (text[n] != ' ' && text[n] != '\0')) {
            printf("%08x is written %s, not %s\n", (unsigned)word, text, insn->text);
            fail();
        }
        sim_disassemble(0x1c008000, changed, other, sizeof other);
        if (insn->format != SIM_FORMAT_N && strcmp(text, other) == 0) {
            printf("%s says nothing of its operands: %s\n", insn->text, text);
            fail();
        }
    }
    for (uint32_t half = 0; half < 0x10000; half++) {
        char text[128];
        const int bytes = sim_disassemble(0x1c008000, half, text, sizeof text);
        assert_true(bytes == 0 || (bytes == 2 && (half & 3) != 3) || (bytes == 4 && (half & 3) == 3));
        assert_true(strlen(text) > 2);
    }
}

/* Written down from the manuals' tables: what stands in .insn directives, and what it must read as. */
static void test_known(void **state) {
    (void)state;
    static const struct {
        uint32_t opcode, f3, f7, rd, rs1, rs2;
        const char *text;
    } known[] = {
        {0x33, 0, 0x21, 10, 11, 12, "p.mac a0, a1, a2"},
        {0x33, 1, 0x21, 10, 11, 12, "p.msu a0, a1, a2"},
        {0x33, 4, 0x02, 10, 11, 12, "p.min a0, a1, a2"},
        {0x33, 0, 0x02, 10, 11, 0, "p.abs a0, a1"},
        {0x33, 4, 0x08, 10, 11, 0, "p.exths a0, a1"},
        {0x57, 0, 0x64, 10, 11, 12, "pv.shuffle2.h a0, a1, a2"},
        {0x57, 1, 0x64, 10, 11, 12, "pv.shuffle2.b a0, a1, a2"},
        {0x57, 0, 0x68, 10, 11, 12, "pv.pack.h a0, a1, a2"},
        {0x57, 1, 0x6c, 10, 11, 12, "pv.packhi.b a0, a1, a2"},
        {0x57, 1, 0x70, 10, 11, 12, "pv.packlo.b a0, a1, a2"},
        {0x57, 0, 0x60, 10, 11, 12, "pv.shuffle.h a0, a1, a2"},
        {0x57, 0, 0x00, 10, 11, 12, "pv.add.h a0, a1, a2"},
        {0x57, 4, 0x00, 10, 11, 12, "pv.add.sc.h a0, a1, a2"},
        {0x57, 7, 0x01, 10, 11, 31, "pv.add.sci.b a0, a1, -1"},
        {0x57, 6, 0x20, 10, 11, 1, "pv.srl.sci.h a0, a1, 2"},
        {0x57, 0, 0x5c, 10, 11, 12, "pv.sdotsp.h a0, a1, a2"},
        {0x57, 1, 0x5c, 10, 11, 12, "pv.sdotsp.b a0, a1, a2"},
        {0x53, 0, 0x02, 10, 11, 12, "fadd.h a0, a1, a2"},
        {0x53, 1, 0x02, 10, 11, 12, "fadd.h a0, a1, a2, rtz"},
        {0x53, 5, 0x02, 10, 11, 12, "fadd.ah a0, a1, a2"},
        {0x53, 5, 0x06, 10, 11, 12, "fsub.ah a0, a1, a2"},
        {0x53, 5, 0x0a, 10, 11, 12, "fmul.ah a0, a1, a2"},
        {0x53, 5, 0x0e, 10, 11, 12, "fdiv.ah a0, a1, a2"},
        {0x53, 0, 0x0e, 10, 11, 12, "fdiv.h a0, a1, a2"},
        {0x53, 0, 0x22, 10, 11, 0, "fcvt.h.s a0, a1"},
        {0x53, 5, 0x22, 10, 11, 0, "fcvt.ah.s a0, a1"},
        {0x53, 0, 0x20, 10, 11, 2, "fcvt.s.h a0, a1"},
        {0x53, 0, 0x20, 10, 11, 6, "fcvt.s.ah a0, a1"},
        {0x53, 0, 0x2a, 10, 11, 12, "fmacex.s.h a0, a1, a2"},
        {0x43, 0, 0x0a, 10, 11, 12, "fmadd.h a0, a1, a2, sp"},
        {0x43, 5, 0x0a, 10, 11, 12, "fmadd.ah a0, a1, a2, sp"},
        {0x33, 2, 0x41, 10, 11, 12, "vfadd.h a0, a1, a2"},
        {0x33, 1, 0x41, 10, 11, 12, "vfadd.ah a0, a1, a2"},
        {0x33, 3, 0x41, 10, 11, 12, "vfadd.b a0, a1, a2"},
        {0x33, 6, 0x41, 10, 11, 12, "vfadd.r.h a0, a1, a2"},
        {0x33, 5, 0x42, 10, 11, 12, "vfsub.r.ah a0, a1, a2"},
        {0x33, 2, 0x43, 10, 11, 12, "vfmul.h a0, a1, a2"},
        {0x33, 2, 0x44, 10, 11, 12, "vfdiv.h a0, a1, a2"},
        {0x33, 2, 0x45, 10, 11, 12, "vfmin.h a0, a1, a2"},
        {0x33, 2, 0x46, 10, 11, 12, "vfmax.h a0, a1, a2"},
        {0x33, 2, 0x47, 10, 11, 0, "vfsqrt.h a0, a1"},
        {0x33, 2, 0x48, 10, 11, 12, "vfmac.h a0, a1, a2"},
        {0x33, 1, 0x48, 10, 11, 12, "vfmac.ah a0, a1, a2"},
        {0x33, 2, 0x49, 10, 11, 12, "vfmre.h a0, a1, a2"},
        {0x33, 2, 0x4c, 10, 11, 2, "vfcvt.x.h a0, a1"},
        {0x33, 2, 0x4c, 10, 11, 1, "vfclass.h a0, a1"},
        {0x33, 1, 0x4c, 10, 11, 1, "vfclass.ah a0, a1"},
        {0x33, 2, 0x4a, 10, 11, 12, "vfdotp.h a0, a1, a2"},
        {0x33, 6, 0x4a, 10, 11, 12, "vfdotp.r.h a0, a1, a2"},
        {0x33, 1, 0x4a, 10, 11, 12, "vfdotp.ah a0, a1, a2"},
        {0x33, 5, 0x4a, 10, 11, 12, "vfdotp.r.ah a0, a1, a2"},
        {0x33, 5, 0x60, 10, 11, 4, "p.bitrev a0, a1, 0, 4"},
        {0x33, 5, 0x62, 10, 11, 31, "p.bitrev a0, a1, 2, 31"},
        {0x33, 2, 0x4d, 10, 11, 12, "vfsgnj.h a0, a1, a2"},
        {0x33, 2, 0x4e, 10, 11, 12, "vfsgnjn.h a0, a1, a2"},
        {0x33, 2, 0x4f, 10, 11, 12, "vfsgnjx.h a0, a1, a2"},
        {0x33, 2, 0x50, 10, 11, 12, "vfeq.h a0, a1, a2"},
        {0x33, 2, 0x55, 10, 11, 12, "vfgt.h a0, a1, a2"},
        {0x33, 2, 0x58, 10, 11, 12, "vfcpka.h.s a0, a1, a2"},
        {0x33, 1, 0x58, 10, 11, 12, "vfcpka.ah.s a0, a1, a2"},
        {0x33, 0, 0x4b, 10, 11, 12, "vfdotpex.s.h a0, a1, a2"},
        {0x33, 4, 0x4b, 10, 11, 12, "vfdotpex.s.r.h a0, a1, a2"},
        {0x33, 1, 0x4b, 10, 11, 12, "vfdotpex.s.ah a0, a1, a2"},
        {0x0b, 7, 0x10, 10, 11, 12, "p.lw a0, a2(a1!)"},
        {0x03, 7, 0x28, 10, 11, 12, "p.lhu a0, a2(a1)"},
        {0x2b, 6, 0x00, 10, 11, 12, "p.sw a2, a0(a1!)"},
        {0x23, 4, 0x00, 10, 11, 12, "p.sb a2, a0(a1)"},
        /* not of this machine */
        {0x53, 6, 0x02, 10, 11, 12, "unknown 0x04c5e553"},
        {0x57, 0, 0x01, 10, 11, 12, "unknown 0x02c58557"},
        {0x33, 2, 0x4b, 10, 11, 12, "unknown 0x96c5a533"},
        {0x33, 5, 0x63, 10, 11, 4, "unknown 0xc645d533"},
        {0x53, 5, 0x00, 10, 11, 12, "unknown 0x00c5d553"},
    };
    int bad = 0;
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        const uint32_t word = isa_r(known[i].opcode, known[i].f3, known[i].f7, known[i].rd, known[i].rs1, known[i].rs2);
        char text[128], tight[128];
        sim_disassemble(0, word, text, sizeof text);
        size_t n = 0;
        for (const char *c = text; *c; c++) /* columns are of no interest */
            if (*c != ' ' || (n && tight[n - 1] != ' '))
                tight[n++] = *c;
        tight[n] = '\0';
        if (strcmp(tight, known[i].text) != 0) {
            printf("%08x: %s, expected %s\n", (unsigned)word, tight, known[i].text);
            bad++;
        }
    }
    assert_int_equal(bad, 0);
}

int main(void) {
    source.seed = 5;
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_no_overlap), cmocka_unit_test(test_one_reading),
                                       cmocka_unit_test(test_names), cmocka_unit_test(test_known)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
