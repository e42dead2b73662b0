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
    .space  64
fc_stack_end:
