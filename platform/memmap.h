/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Addresses of the cluster, shared by the library's hal, the start-up code and the simulator.
 * Plain literals, so that assembly and linker scripts can include this file too.
 * Source: docs/cluster.md, section 1.
 */
#ifndef TL_PLATFORM_MEMMAP_H
#define TL_PLATFORM_MEMMAP_H

/* L1, the tightly coupled data memory (TCDM): 16 banks, word interleaved. */
#define TL_L1_BASE         0x10000000
#define TL_L1_BYTES        0x10000
#define TL_L1_ALIAS        0x00000000
#define TL_L1_TEST_AND_SET 0x10100000
#define TL_L1_BANKS        16

/* L2: two private banks of the fabric controller, then the shared part. */
#define TL_L2_PRIVATE_BASE  0x1C000000
#define TL_L2_PRIVATE_BYTES 0x10000
#define TL_L2_BASE          0x1C010000
#define TL_L2_BYTES         0x1F0000
/* What GVSoC's pulp-open has: an image below this size runs there too. */
#define TL_L2_PORTABLE_BYTES 0x180000

/* Cluster control. */
#define TL_CLUSTER_CTRL           0x10200000
#define TL_CLUSTER_CTRL_FETCH_EN  0x08
#define TL_CLUSTER_CTRL_BOOT_ADDR 0x40
#define TL_CLUSTER_TIMER          0x10200400
#define TL_CLUSTER_ICACHE         0x10201400
#define TL_CLUSTER_ICACHE_ENABLE  0x00
#define TL_CLUSTER_ICACHE_FLUSH   0x04

/* Event unit: the bus view, and the view every core has of its own unit. */
#define TL_EU_BUS                        0x10200800
#define TL_EU                            0x10204000
#define TL_EU_ALIAS                      0x00204000
#define TL_EU_MASK                       0x00
#define TL_EU_MASK_AND                   0x04
#define TL_EU_MASK_OR                    0x08
#define TL_EU_BUFFER                     0x1C
#define TL_EU_BUFFER_CLEAR               0x28
#define TL_EU_WAIT                       0x38
#define TL_EU_WAIT_CLEAR                 0x3C
#define TL_EU_DISPATCH                   0x80
#define TL_EU_MUTEX                      0xC0
#define TL_EU_SW_EVENT                   0x100
#define TL_EU_BARRIER                    0x200
#define TL_EU_BARRIER_STRIDE             0x20
#define TL_EU_BARRIER_TRIGGER_MASK       0x00
#define TL_EU_BARRIER_TARGET_MASK        0x0C
#define TL_EU_BARRIER_TRIGGER_WAIT_CLEAR 0x1C

#define TL_EVENT_DMA      8
#define TL_EVENT_BARRIER  16
#define TL_EVENT_MUTEX    17
#define TL_EVENT_DISPATCH 18

/* MCHAN, the DMA engine: the bus view, and every core's own queue. */
#define TL_DMA_BUS           0x10201800
#define TL_DMA               0x10204400
#define TL_DMA_CMD           0x00
#define TL_DMA_STATUS        0x04
#define TL_DMA_CMD_SIZE_MASK 0x1FFFF
#define TL_DMA_CMD_TO_L1     0x20000
#define TL_DMA_CMD_INCREMENT 0x40000
#define TL_DMA_CMD_2D_L2     0x80000
#define TL_DMA_CMD_EVENT     0x100000
#define TL_DMA_CMD_IRQ       0x200000
#define TL_DMA_CMD_BROADCAST 0x400000

/* SoC: exit status, characters out, the fabric controller's own units. */
#define TL_SOC_CTRL              0x1A104000
#define TL_SOC_CTRL_FC_BOOT      0x04
#define TL_SOC_CTRL_CORE_STATUS  0xA0
#define TL_SOC_CTRL_STATUS_VALID 0x80000000
#define TL_STDOUT                0x1A10F000
#define TL_STDOUT_CLUSTER_SHIFT  7
#define TL_STDOUT_CORE_SHIFT     3
#define TL_FC_ICACHE             0x1A108800
#define TL_FC_ITC                0x1A109800
#define TL_FC_TIMER0             0x1A10B000
#define TL_FC_TIMER1             0x1A10B800

/* Cores: cluster cores 0..7 have their number as mhartid, the fabric controller has this one. */
#define TL_CLUSTER_CORES 8
#define TL_FC_HARTID     0x3E0

#endif
