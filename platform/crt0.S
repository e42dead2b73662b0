/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Start-up. The fabric controller enters at _start: it boots the cluster and sleeps. The cores of the cluster enter at
 * cluster_start, each with its own stack in L1, and call tl_main(core). The loader has cleared .bss.
 */
#include "platform/budget.h"

    .section .start, "ax"
    .option norvc
    .balign 256
    .globl _start
_start:
    la      sp, fc_stack_end
    li      t0, TL_FC_ICACHE
    li      t1, -1
    sw      t1, 0(t0)
    li      t0, TL_CLUSTER_ICACHE
    sw      t1, TL_CLUSTER_ICACHE_ENABLE(t0)
    li      t0, TL_CLUSTER_CTRL
    la      t1, cluster_start
    .set    core, 0
    .rept   TL_CLUSTER_CORES
    sw      t1, (TL_CLUSTER_CTRL_BOOT_ADDR + 4 * core)(t0)
    .set    core, core + 1
    .endr
    li      t1, (1 << TL_CLUSTER_CORES) - 1
    sw      t1, TL_CLUSTER_CTRL_FETCH_EN(t0)
1:  wfi
    j       1b

    .balign 256
cluster_start:
    csrr    a0, mhartid
    li      sp, TL_L1_KEPT          /* core 0's stack is the last */
    beqz    a0, 1f
    li      t0, TL_STACK_BYTES
    mul     t0, t0, a0
    li      sp, TL_L1_STACKS
    add     sp, sp, t0
1:  call    tl_main
2:  wfi
    j       2b

    .section .bss
    .balign 16
    .globl __tl_stack_8
    .type __tl_stack_8, @object
    .size __tl_stack_8, 64
__tl_stack_8:
    .space  64
fc_stack_end:

/* What of L1 is whose, for whoever looks at a running program: nothing else in the ELF file says so. */
    .macro stack_of core
    place __tl_stack_\core, TL_L1_STACKS + (\core - 1) * TL_STACK_BYTES, TL_STACK_BYTES
    .endm
    .macro place name, address, bytes
    .globl \name
    .type \name, @object
    .set \name, \address
    .size \name, \bytes
    .endm
    place __tl_stack_0, TL_L1_KEPT - TL_STACK0_BYTES, TL_STACK0_BYTES
    .altmacro
    .set core, 1
    .rept TL_CLUSTER_CORES - 1
    stack_of %core
    .set core, core + 1
    .endr
    place __tl_l1_kept, TL_L1_KEPT, TL_L1_KEPT_BYTES
    place __tl_l1_arena, TL_L1_ARENA, TL_L1_ARENA_BYTES
