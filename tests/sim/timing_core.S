/* SPDX-License-Identifier: Apache-2.0 */
/* Measured sequences of one core: integer, branches, loops, fetch. The names are those of timing_core.def. */
#include "simtest_macros.h"

.option norvc

/* `name` runs `text` n times over. */
.macro repeated name, n, text:vararg
    begin \name
    start
    .rept \n
    \text
    .endr
    stop
.endm
/* Four times `text` with the registers a3, a4, a5, a6 as `rd`, eight times over. */
.macro quad op, rest:vararg
    \op a3, \rest
    \op a4, \rest
    \op a5, \rest
    \op a6, \rest
.endm
.macro quad_r f3, f7, rs1, rs2
    .insn r 0x57, \f3, \f7, a3, \rs1, \rs2
    .insn r 0x57, \f3, \f7, a4, \rs1, \rs2
    .insn r 0x57, \f3, \f7, a5, \rs1, \rs2
    .insn r 0x57, \f3, \f7, a6, \rs1, \rs2
.endm

    repeated alu_indep, 8, quad add, a0, a1
    repeated alu_dep, 32, addi a3, a3, 1
.option push
.option rvc
    repeated alu_rvc_dep, 32, c.addi a3, 1
.option pop
    repeated branch_not_taken, 32, bne zero, zero, .+8
    repeated branch_taken, 32, beq zero, zero, .+4
    repeated jump_j, 32, j .+4
    repeated csrr_mcycle, 32, csrr a3, mcycle

.macro alu_branch
    addi a3, a3, 1
    beq zero, zero, .+4
.endm
    repeated branch_after_alu_taken, 16, alu_branch

    begin call_ret
    start
    .rept 16
    jal ra, call_target
    .endr
    stop
call_target:
    ret

    begin jalr_after_alu
    la a4, jalr_target
    start
    .rept 16
    addi a3, a4, 0
    jalr ra, 0(a3)
    .endr
    stop
jalr_target:
    ret

.macro mul_then_use
    mul a3, a0, a1
    addi a4, a4, 1
    addi a5, a3, 1
.endm
    repeated mul_indep, 8, quad mul, a0, a1
    repeated mul_dep, 32, mul a3, a3, a1
    repeated mul_use_d1, 8, mul_then_use
    repeated mulh_indep, 8, quad mulh, a0, a1
    repeated mulh_dep, 32, mulh a3, a3, a1

.macro mac_quad
    .insn r 0x33, 0, 0x21, a3, a0, a1
    .insn r 0x33, 0, 0x21, a4, a0, a1
    .insn r 0x33, 0, 0x21, a5, a0, a1
    .insn r 0x33, 0, 0x21, a6, a0, a1
.endm
    repeated p_mac_indep, 8, mac_quad
    repeated p_mac_dep, 32, .insn r 0x33, 0, 0x21, a3, a0, a1
    repeated p_min_dep, 32, .insn r 0x33, 4, 0x02, a3, a3, a1
    repeated pv_shuffle2_h_indep, 8, quad_r 0, 0x64, a0, a1
    repeated pv_shuffle2_h_dep, 32, .insn r 0x57, 0, 0x64, a3, a0, a1
    repeated pv_pack_h_indep, 8, quad_r 0, 0x68, a0, a1
    repeated pv_sdotsp_h_dep, 32, .insn r 0x57, 0, 0x5C, a3, a0, a1
    repeated pv_add_h_dep, 32, .insn r 0x57, 0, 0x00, a3, a3, a1

.macro division name, op, dividend, divisor
    begin \name
    li a3, \dividend
    li a4, \divisor
    start
    .rept 16
    \op a5, a3, a4
    .endr
    stop
.endm
    division div_by_1, div, 1000, 1
    division div_by_3, div, 1000, 3
    division div_by_256, div, 1000, 256
    division div_by_65536, div, 1000, 65536
    division div_by_2e30, div, 1000, 1073741824
    division div_by_m1, div, 1000, -1
    division div_by_m256, div, 1000, -256
    division div_by_0, div, 1000, 0
    division div_0_by_3, div, 0, 3
    division divu_by_3, divu, 1000, 3
    division rem_by_3, rem, 1000, 3

.macro loop_100 name, body
    begin \name
    li a3, 100
    start
    lp_setup 0, 13, 1f
    .rept \body - 1
    addi a4, a4, 1
    .endr
1:  addi a4, a4, 1
    stop
.endm
    loop_100 hwloop1_body1_100it, 1
    loop_100 hwloop1_body2_100it, 2
    loop_100 hwloop1_body3_100it, 3
    loop_100 hwloop1_body4_100it, 4
    loop_100 hwloop1_body8_100it, 8

    begin hwloop1_setup_only_1it
    li a3, 1
    start
    lp_setup 0, 13, 1f
    addi a4, a4, 1
1:  addi a4, a4, 1
    stop

    begin hwloop1_setupi_100it_body2
    start
    lp_setupi 0, 100, 1f
    addi a4, a4, 1
1:  addi a4, a4, 1
    stop

    begin hwloop1_lwfmadd_100it
    li a3, 400
    add a3, a3, a0
    li a4, 100
    start
    lp_setup 0, 14, 1f
    p_lw_post a5, 4, a0
    p_lw_post a6, 4, a3
1:  fmadd.s a7, a5, a6, a7
    stop

    begin hwloop2_10x10_body2
    li a3, 10
    start
    lp_setup 1, 13, 2f
    lp_setup 0, 13, 1f
    addi a4, a4, 1
1:  addi a4, a4, 1
2:  addi a5, a5, 1
    stop

    begin swloop_body1_100it
    li a3, 100
    start
1:  addi a3, a3, -1
    bnez a3, 1b
    stop

    begin swloop_body3_100it
    li a3, 100
    start
1:  addi a4, a4, 1
    addi a5, a5, 1
    addi a3, a3, -1
    bnez a3, 1b
    stop

/* The first of n instructions begins a 16-byte line: n / 4 lines, and one more for the last reading of mcycle. */
.macro fetched name, n
    begin \name
    start
    .rept \n
    addi a3, a3, 1
    .endr
    stop
.endm
    fetched fetch_512, 128
    fetched fetch_cold, 256
    fetched fetch_cold_3k, 768
    fetched fetch_8k, 2048
