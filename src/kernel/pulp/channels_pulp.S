/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Four channels side by side in registers through all pixels: channels.h, and the bits of c/channels_c.c, which has
 * other counts of channels. Coefficients and sums stay in registers; no load is waited for.
 */
#include "platform/xpulp.h"

/* struct tl_pixels */
#define P_COUNT    0
#define P_PITCH    4
#define P_CHANNELS 8

/* Goes to the C kernel unless there are four channels. Leaves the count in t0, and pitch - 12 in t1: from a pixel's
 * fourth channel to the next one's first. */
.macro channels_function name
    .section .text.tl_channels_\name\()_f32, "ax", @progbits
    .option norelax
    .option norvc
    .globl tl_channels_\name\()_f32
    .type tl_channels_\name\()_f32, @function
    .balign 16
tl_channels_\name\()_f32:
    lw t0, P_CHANNELS(a0)
    lw t1, P_PITCH(a0)
    addi t0, t0, -4
    beqz t0, 1f
    tail tl_channels_\name\()_few_f32
1:
    lw t0, P_COUNT(a0)
    addi t1, t1, -12
    bnez t0, 2f
    ret
2:
.endm

.macro channels_end name
    .size tl_channels_\name\()_f32, . - tl_channels_\name\()_f32
.endm

.macro load_4 r0, r1, r2, r3, from
    lw \r0, 0(\from)
    lw \r1, 4(\from)
    lw \r2, 8(\from)
    lw \r3, 12(\from)
.endm

.macro store_4 r0, r1, r2, r3, to
    sw \r0, 0(\to)
    sw \r1, 4(\to)
    sw \r2, 8(\to)
    sw \r3, 12(\to)
.endm

/* The same, and on to the next pixel. */
.macro read_pixel r0, r1, r2, r3, from
    p_lw_i \r0, 4, \from
    p_lw_i \r1, 4, \from
    p_lw_i \r2, 4, \from
    p_lw_r \r3, t1, \from
.endm

.macro write_pixel r0, r1, r2, r3, to
    p_sw_i \r0, 4, \to
    p_sw_i \r1, 4, \to
    p_sw_i \r2, 4, \to
    p_sw_r \r3, t1, \to
.endm

/* Keeps s0 to s7, or s0 to s11, in `bytes` of stack. */
.macro save_8 bytes
    addi sp, sp, -\bytes
    store_4 s0, s1, s2, s3, sp
    sw s4, 16(sp)
    sw s5, 20(sp)
    sw s6, 24(sp)
    sw s7, 28(sp)
.endm

.macro restore_8 bytes
    load_4 s0, s1, s2, s3, sp
    lw s4, 16(sp)
    lw s5, 20(sp)
    lw s6, 24(sp)
    lw s7, 28(sp)
    addi sp, sp, \bytes
.endm

.macro save_12
    save_8 48
    sw s8, 32(sp)
    sw s9, 36(sp)
    sw s10, 40(sp)
    sw s11, 44(sp)
.endm

.macro restore_12
    lw s8, 32(sp)
    lw s9, 36(sp)
    lw s10, 40(sp)
    lw s11, 44(sp)
    restore_8 48
.endm

/* a1: x, a2: sum */
channels_function sum
    load_4 a4, a5, a6, a7, a2
    xp_loop 0, t0, channels_sum
    read_pixel t2, t3, t4, t5, a1
    fadd.s a4, a4, t2
    fadd.s a5, a5, t3
    fadd.s a6, a6, t4
    fadd.s a7, a7, t5
    xp_loop_end channels_sum
    store_4 a4, a5, a6, a7, a2
    ret
channels_end sum

/* a1: x, a2: shift, a3: sum, a4: square */
channels_function moments
    save_8 32
    load_4 t2, t3, t4, t5, a2
    load_4 t6, a5, a6, a7, a3
    load_4 s0, s1, s2, s3, a4
    xp_loop 0, t0, channels_moments
    read_pixel s4, s5, s6, s7, a1
    fsub.s s4, s4, t2
    fsub.s s5, s5, t3
    fsub.s s6, s6, t4
    fsub.s s7, s7, t5
    fadd.s t6, t6, s4
    fadd.s a5, a5, s5
    fadd.s a6, a6, s6
    fadd.s a7, a7, s7
    fmadd.s s0, s4, s4, s0
    fmadd.s s1, s5, s5, s1
    fmadd.s s2, s6, s6, s2
    fmadd.s s3, s7, s7, s3
    xp_loop_end channels_moments
    store_4 t6, a5, a6, a7, a3
    store_4 s0, s1, s2, s3, a4
    restore_8 32
    ret
channels_end moments

/* a1: x, a2: dy, a3: shift, a4: sum, a5: product */
channels_function products
    save_12
    load_4 t2, t3, t4, t5, a3
    load_4 t6, a3, a6, a7, a4
    load_4 s0, s1, s2, s3, a5
    xp_loop 0, t0, channels_products
    read_pixel s4, s5, s6, s7, a1
    read_pixel s8, s9, s10, s11, a2
    fsub.s s4, s4, t2
    fsub.s s5, s5, t3
    fsub.s s6, s6, t4
    fsub.s s7, s7, t5
    fadd.s t6, t6, s8
    fadd.s a3, a3, s9
    fadd.s a6, a6, s10
    fadd.s a7, a7, s11
    fmadd.s s0, s4, s8, s0
    fmadd.s s1, s5, s9, s1
    fmadd.s s2, s6, s10, s2
    fmadd.s s3, s7, s11, s3
    xp_loop_end channels_products
    store_4 t6, a3, a6, a7, a4
    store_4 s0, s1, s2, s3, a5
    restore_12
    ret
channels_end products

/* a1: value, a2: y */
channels_function fill
    load_4 a4, a5, a6, a7, a1
    xp_loop 0, t0, channels_fill
    write_pixel a4, a5, a6, a7, a2
    xp_loop_end channels_fill
    ret
channels_end fill

/* a1: x, a2: a, a3: b, a4: y */
.macro scale_function name, relu
    channels_function \name
    addi sp, sp, -16
    sw s0, 0(sp)
    load_4 t2, t3, t4, t5, a2
    load_4 t6, a5, a6, a7, a3
    xp_loop 0, t0, channels_\name
    read_pixel a0, a2, a3, s0, a1
    fmadd.s a0, t2, a0, t6
    fmadd.s a2, t3, a2, a5
    fmadd.s a3, t4, a3, a6
    fmadd.s s0, t5, s0, a7
.if \relu
    p_max a0, a0, zero
    p_max a2, a2, zero
    p_max a3, a3, zero
    p_max s0, s0, zero
.endif
    write_pixel a0, a2, a3, s0, a4
    xp_loop_end channels_\name
    lw s0, 0(sp)
    addi sp, sp, 16
    ret
    channels_end \name
.endm

/* Arithmetic gives no negative NaNs: an integer maximum is the ReLU. */
scale_function scale, 0
scale_function scale_relu, 1

/* a1: x, a2: dy, a3: a, a4: b, a5: c, a6: dx */
channels_function blend
    save_12
    load_4 t2, t3, t4, t5, a3
    load_4 s0, s1, s2, s3, a4
    load_4 t6, a0, a3, a4, a5
    xp_loop 0, t0, channels_blend
    read_pixel s4, s5, s6, s7, a1
    read_pixel s8, s9, s10, s11, a2
    fmadd.s s4, s0, s4, t6
    fmadd.s s5, s1, s5, a0
    fmadd.s s6, s2, s6, a3
    fmadd.s s7, s3, s7, a4
    fmadd.s s8, t2, s8, s4
    fmadd.s s9, t3, s9, s5
    fmadd.s s10, t4, s10, s6
    fmadd.s s11, t5, s11, s7
    write_pixel s8, s9, s10, s11, a6
    xp_loop_end channels_blend
    restore_12
    ret
channels_end blend
