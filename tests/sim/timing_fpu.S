/* SPDX-License-Identifier: Apache-2.0 */
/* Measured sequences on the FPU. The names are those of timing_fpu.def. Floats live in the x registers. */
#include "simtest_macros.h"

.option norvc

/* Operands 1.5 and 2.5, or lanes of 1.0 and 2.0. */
.macro floats name
    begin \name
    li a0, 0x3fc00000
    li a1, 0x40200000
    li a7, 0x3f800000
    start
.endm
.macro repeated name, n, text:vararg
    floats \name
    .rept \n
    \text
    .endr
    stop
.endm
.macro quad op, rest:vararg
    \op a3, \rest
    \op a4, \rest
    \op a5, \rest
    \op a6, \rest
.endm
.macro pair op, rest:vararg
    \op a3, \rest
    \op a4, \rest
.endm
/* R-type: opcode, funct3, funct7, four destinations. */
.macro quad_r opcode, f3, f7, rs1, rs2
    .insn r \opcode, \f3, \f7, a3, \rs1, \rs2
    .insn r \opcode, \f3, \f7, a4, \rs1, \rs2
    .insn r \opcode, \f3, \f7, a5, \rs1, \rs2
    .insn r \opcode, \f3, \f7, a6, \rs1, \rs2
.endm

    repeated fadd_s_indep, 8, quad fadd.s, a0, a1
    repeated fadd_s_dep, 32, fadd.s a3, a3, a1
    repeated fsub_s_indep, 8, quad fsub.s, a0, a1
    repeated fmul_s_indep, 8, quad fmul.s, a0, a1
    repeated fmul_s_dep, 32, fmul.s a3, a3, a7
    repeated fmin_s_indep, 8, quad fmin.s, a0, a1
    repeated fsgnj_s_indep, 8, quad fsgnj.s, a0, a1
    repeated fsgnjx_s_indep, 8, quad fsgnjx.s, a0, a1
    repeated flt_s_indep, 8, quad flt.s, a0, a1
    repeated fcvt_s_w, 8, quad fcvt.s.w, a0
    repeated fcvt_w_s, 8, quad fcvt.w.s, a0
    repeated fclass_s, 4, quad fclass.s, a0
/* fmv.x.w and fmv.w.x do not exist in Zfinx, but the encodings do in the reference. */
    repeated fmv_x_w, 8, quad_r 0x53, 0, 0x70, a0, x0
    repeated fmv_w_x, 8, quad_r 0x53, 0, 0x78, a0, x0

    floats fmadd_s_indep
    .rept 4
    .irp acc, a3, a4, a5, a6, t3, t4, t5, t6
    fmadd.s \acc, a0, a1, \acc
    .endr
    .endr
    stop

.macro fmadd_two
    fmadd.s a3, a0, a1, a3
    fmadd.s a4, a0, a1, a4
.endm
.macro fmadd_alu
    fmadd.s a3, a0, a1, a3
    addi a4, a4, 1
.endm
.macro fmadd_3alu
    fmadd.s a3, a0, a1, a3
    addi a4, a4, 1
    addi a5, a5, 1
    addi a6, a6, 1
.endm
.macro fmadd_use
    fmadd.s a3, a0, a1, a3
    addi a4, a3, 1
.endm
.macro flt_branch
    flt.s a3, a0, a1
    bne zero, zero, .+8
.endm
    repeated fmadd_s_dep, 32, fmadd.s a3, a0, a1, a3
    repeated fmadd_s_dep2, 16, fmadd_two
    repeated fmadd_s_alu_mix, 16, fmadd_alu
    repeated fmadd_s_3alu_mix, 8, fmadd_3alu
    repeated fmadd_use_d0_alu, 16, fmadd_use
    repeated flt_s_branch, 16, flt_branch

.macro div_use
    fdiv.s a3, a0, a1
    addi a4, a3, 1
.endm
.macro div_alu14
    fdiv.s a3, a0, a1
    .rept 14
    addi a4, a4, 1
    .endr
.endm
    repeated fdiv_s_indep, 4, quad fdiv.s, a0, a1
    repeated fdiv_s_dep, 16, fdiv.s a3, a3, a7
    repeated fdiv_use_d0, 16, div_use
    repeated fdiv_s_alu14, 2, div_alu14
    repeated fsqrt_s_indep, 4, quad fsqrt.s, a0

    repeated fadd_h_indep, 8, quad_r 0x53, 0, 0x02, a0, a1
    repeated fmadd_h_dep, 32, .insn r4 0x43, 0, 2, a3, a0, a1, a3
    repeated fdiv_h, 4, quad_r 0x53, 0, 0x0E, a0, a1
    repeated fcvt_h_s, 8, quad_r 0x53, 0, 0x22, a0, x0
    repeated fcvt_s_h, 8, quad_r 0x53, 0, 0x20, a0, x2
    repeated fcvt_ah_s, 8, quad_r 0x53, 5, 0x22, a0, x0
    repeated vfadd_h_indep, 8, quad_r 0x33, 2, 0x41, a0, a1
    repeated vfadd_h_dep, 32, .insn r 0x33, 2, 0x41, a3, a3, a1
    repeated vfsub_h_indep, 8, quad_r 0x33, 2, 0x42, a0, a1
    repeated vfmul_h_indep, 8, quad_r 0x33, 2, 0x43, a0, a1
    repeated vfmin_h_indep, 8, quad_r 0x33, 2, 0x45, a0, a1
    repeated vfcpka_h_s_indep, 8, quad_r 0x33, 2, 0x58, a0, a1
    repeated vfmac_h_indep, 8, quad_r 0x33, 2, 0x48, a0, a1
    repeated vfmac_h_dep, 32, .insn r 0x33, 2, 0x48, a3, a0, a1
    repeated vfmac_ah_indep, 8, quad_r 0x33, 1, 0x48, a0, a1
    repeated vfmac_b_indep, 8, quad_r 0x33, 3, 0x48, a0, a1
    repeated vfdotpex_s_h_indep, 8, quad_r 0x33, 0, 0x4B, a0, a1
    repeated vfdotpex_s_h_dep, 32, .insn r 0x33, 0, 0x4B, a3, a0, a1
    repeated vfdiv_h, 4, quad_r 0x33, 2, 0x44, a0, a1
    repeated vfsqrt_h, 4, quad_r 0x33, 2, 0x47, a0, x0
    repeated vfcvt_x_h, 4, quad_r 0x33, 2, 0x4C, a0, x2

    begin lw_to_fmadd_d0
    li a4, 0x3fc00000
    li a5, 0x40200000
    start
    .rept 16
    lw a3, 0(a0)
    fmadd.s a6, a3, a4, a5
    .endr
    stop

    begin flw_use_d0
    li a4, 0x3fc00000
    start
    .rept 16
    flw_x a3, 0, a0
    fadd.s a6, a3, a4
    .endr
    stop
