/* SPDX-License-Identifier: Apache-2.0 */
/*
 * dx of a depthwise convolution with 3x3 kernels and stride 2: planes.h, and the bits of c/depthwise_host.c.
 *
 * Rows of dx take turns: in one kind lie taps 0 and 2 of two rows of dy, in the other tap 1 of one. So do columns: a
 * pair of results takes one new pixel of each row, and keeps the last one in registers.
 */
#include "src/kernel/pulp/depthwise_pulp.h"

/* struct tl_planes_spread */
#define S_DY        0
#define S_W         4
#define S_DX        8
#define S_CHANNELS  12
#define S_STEP      16
#define S_ROWS      20
#define S_COLS      24
#define S_DY_ROW    28
#define S_DX_ROW    32
#define S_X_J       36
#define S_W_J       40
#define S_ROW_PHASE 44
#define S_COL_PHASE 48

/* Pixels of dy: of the upper and the lower row, the last and the new column. */
#define U0 t0
#define L0 t1
#define U1 t2
#define L1 t3
#define R_EVEN t4
#define R_ODD t5
#define P_UPPER a0
#define P_LOWER a1
#define P_DX a2
#define DY a3 /* the row's first pixels */
#define DX a4
#define ROWS a5
#define PAIRS a6 /* half of them */
#define ODD_PAIR a7
#define DY_ROW s9
#define DX_ROW s10
#define BEGINS_ODD s11
#define ENDS_EVEN gp

.macro even_result u0, l0, u1, l1
    fmul.s R_EVEN, \u0, W22
    fmadd.s R_EVEN, \u1, W20, R_EVEN
    fmadd.s R_EVEN, \l0, W02, R_EVEN
    fmadd.s R_EVEN, \l1, W00, R_EVEN
.endm

.macro odd_result u1, l1
    fmul.s R_ODD, \u1, W21
    fmadd.s R_ODD, \l1, W01, R_ODD
.endm

.macro pair_of_two u0, l0, u1, l1
    p_lw_r \u1, PITCH, P_UPPER
    p_lw_r \l1, PITCH, P_LOWER
    even_result \u0, \l0, \u1, \l1
    odd_result \u1, \l1
    p_sw_r R_EVEN, PITCH, P_DX
    p_sw_r R_ODD, PITCH, P_DX
.endm

.macro pair_of_one l0, l1
    p_lw_r \l1, PITCH, P_LOWER
    fmul.s R_EVEN, \l0, W12
    fmul.s R_ODD, \l1, W11
    fmadd.s R_EVEN, \l1, W10, R_EVEN
    p_sw_r R_EVEN, PITCH, P_DX
    p_sw_r R_ODD, PITCH, P_DX
.endm

function tl_depthwise_spread_3x3s2_f32
    save_registers
    lw t0, S_DY(a0)
    lw t1, S_W(a0)
    lw t2, S_DX(a0)
    lw t3, S_CHANNELS(a0)
    lw t4, S_STEP(a0)
    lw t5, S_ROWS(a0)
    lw t6, S_COLS(a0)
    lw DY_ROW, S_DY_ROW(a0)
    lw DX_ROW, S_DX_ROW(a0)
    lw PITCH, S_X_J(a0)
    lw a1, S_W_J(a0)
    lw a2, S_ROW_PHASE(a0)
    lw BEGINS_ODD, S_COL_PHASE(a0)
    slli DY_ROW, DY_ROW, 2
    slli DX_ROW, DX_ROW, 2
    slli PITCH, PITCH, 2
    slli t4, t4, 2
    slli a1, a1, 2
    sub t6, t6, BEGINS_ODD
    andi ENDS_EVEN, t6, 1
    srli t6, t6, 1
    andi ODD_PAIR, t6, 1
    srli PAIRS, t6, 1
    bnez_near BEGINS_ODD, 1f
    sub t0, t0, PITCH
1:
    sw t0, F_X(sp)
    sw t1, F_W(sp)
    sw t2, F_Y(sp)
    sw t3, F_LEFT(sp)
    sw t4, F_STEP(sp)
    sw t5, F_COUNT(sp)
    sw a1, F_W_STEP(sp)
    sw a2, F_ODD(sp)
    lp_starti 0, .Ltwo
    lp_endi 0, .Ltwo_end
    lp_starti 1, .Lone
    lp_endi 1, .Lone_end
.Lchannel:
    lw t0, F_W(sp)
    lw t1, F_W_STEP(sp)
    lw t2, F_STEP(sp)
    lw DY, F_X(sp)
    lw DX, F_Y(sp)
    lw ROWS, F_COUNT(sp)
    lw a0, F_ODD(sp)
    add t3, t0, t2
    add t4, DY, t2
    add t5, DX, t2
    sw t3, F_W(sp)
    sw t4, F_X(sp)
    sw t5, F_Y(sp)
    .irp w, W00, W01, W02, W10, W11, W12, W20, W21, W22
    p_lw_r \w, t1, t0
    .endr
    bnez_near a0, .Lrow_of_one

.Lrow_of_two:
    sub P_UPPER, DY, DY_ROW
    mv P_LOWER, DY
    mv P_DX, DX
    add DX, DX, DX_ROW
    p_lw_r U0, PITCH, P_UPPER
    p_lw_r L0, PITCH, P_LOWER
    beqz_near BEGINS_ODD, 1f
    odd_result U0, L0
    p_sw_r R_ODD, PITCH, P_DX
1:
    beqz_near ODD_PAIR, 2f
    pair_of_two U0, L0, U1, L1
    mv U0, U1
    mv L0, L1
2:
    lp_count 0, PAIRS
    beqz_near PAIRS, .Ltwo_end
.Ltwo:
    pair_of_two U0, L0, U1, L1
    pair_of_two U1, L1, U0, L0
.Ltwo_end:
    addi ROWS, ROWS, -1
    beqz_near ENDS_EVEN, 3f
    p_lw_r U1, PITCH, P_UPPER
    p_lw_r L1, PITCH, P_LOWER
    even_result U0, L0, U1, L1
    p_sw_r R_EVEN, PITCH, P_DX
3:
    beqz_near ROWS, .Lnext_channel

.Lrow_of_one:
    mv P_LOWER, DY
    mv P_DX, DX
    add DY, DY, DY_ROW
    add DX, DX, DX_ROW
    p_lw_r L0, PITCH, P_LOWER
    beqz_near BEGINS_ODD, 1f
    fmul.s R_ODD, L0, W11
    p_sw_r R_ODD, PITCH, P_DX
1:
    beqz_near ODD_PAIR, 2f
    pair_of_one L0, L1
    mv L0, L1
2:
    lp_count 1, PAIRS
    beqz_near PAIRS, .Lone_end
.Lone:
    pair_of_one L0, L1
    pair_of_one L1, L0
.Lone_end:
    addi ROWS, ROWS, -1
    beqz_near ENDS_EVEN, 3f
    p_lw_r L1, PITCH, P_LOWER
    fmul.s R_EVEN, L0, W12
    fmadd.s R_EVEN, L1, W10, R_EVEN
    p_sw_r R_EVEN, PITCH, P_DX
3:
    bnez_near ROWS, .Lrow_of_two

.Lnext_channel:
    lw t0, F_LEFT(sp)
    addi t0, t0, -1
    sw t0, F_LEFT(sp)
    bnez_near t0, .Lchannel
    restore_registers
    .size tl_depthwise_spread_3x3s2_f32, . - tl_depthwise_spread_3x3s2_f32
