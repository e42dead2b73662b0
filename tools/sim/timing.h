/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Every number of cycles in the simulator. "S3" is docs/cluster.md, section 3, "S5" its section 5; a name in quotes is
 * a row of the measurements there.
 */
#ifndef TL_SIM_TIMING_H
#define TL_SIM_TIMING_H

/* Cycles beyond the first. */
#define SIM_TAKEN_STALL    2  /* S3: branch taken 3 cycles */
#define SIM_JUMP_STALL     1  /* S3: j, jal, jalr 2 cycles */
#define SIM_LOAD_USE_STALL 1  /* S3: load, use in the next instruction */
#define SIM_MUL_STALL      1  /* S3: "mul_indep" 2 cycles */
#define SIM_MULH_STALL     4  /* S3: "mulh_indep" 5 cycles */
#define SIM_MUL_USE_STALL  1  /* S3: "mul_dep" 3, "mulh_dep" 6 cycles */
#define SIM_DIV_BASE       2  /* S3: clz(divisor) + 3 cycles */
#define SIM_DIV_BASE_MINUS 1  /* S3: clz(-divisor) + 2 cycles when it is negative */
#define SIM_FDIV_STALL     13 /* S3: "fdiv_s_indep", "fsqrt_s_indep" 14 cycles */
#define SIM_FDIV_H_STALL   9  /* S3: "fdiv_h" 10 cycles */
#define SIM_L2_CYCLES      15 /* S3: "lw_L2", "sw_L2" */
#define SIM_EU_STALL       0  /* S3: "lw_eu_demux" 1 cycle */
#define SIM_PERIPH_STALL   2  /* S3: "lw_eu_periph", "lw_timer" 3 cycles */
#define SIM_APB_STALL      22 /* S3: "sw_stdout" 23 cycles */

/* p.elw, from its own cycle to the next instruction's. */
#define SIM_ELW_READY   3 /* S3: "mutex_lock_unlock" 4 cycles, the store takes 1 */
#define SIM_ELW_BARRIER 5 /* S3: "barrier", last arrival to everyone running */
#define SIM_ELW_MUTEX   5 /* S3: "mutex_lock_unlock_contended" 40 = 3 + 7 x 5 + the store and the counter */
#define SIM_ELW_EVENT   8 /* S3: "sw_event_wake" 9 cycles from the counter before the store */
#define SIM_ELW_DMA     2 /* S3: an event wait takes as long as polling, 0 to 2 more */

/* Fetch: S5, each level adds this to the level below; with L2's 15 cycles "icache_cold" is 19 per line. */
#define SIM_L0_REFILL  2
#define SIM_L1I_REFILL 2
/* The caches' sizes: S5. */
#define SIM_L0_SETS   8
#define SIM_L0_WAYS   4
#define SIM_L1I_BANKS 2
#define SIM_L1I_SETS  32
#define SIM_L1I_WAYS  4

/* From the instruction that is not carried out to the interrupt's vector, as a taken branch: not measured. */
#define SIM_INTERRUPT_STALL 2

/* From the write to FETCH_EN to a core's first instruction: not measured. */
#define SIM_CORE_START 10

/*
 * DMA: S3. From the last command word to the end SIM_DMA_START cycles more than the bursts take; with the loop that
 * polls (six cycles a round) "dma_latency_*" follow. A burst takes 8 bytes a cycle, towards L2 one cycle more: "33
 * cycles per 256 B burst", "dma2d_*". Numbers, queues and the burst's length are those of docs/cluster.md, section 1.
 */
#define SIM_DMA_START        1
#define SIM_DMA_BURST        256
#define SIM_DMA_WORDS        2  /* words of L1 a cycle, each direction */
#define SIM_DMA_OUT_GAP      1  /* cycles after a burst towards L2 */
#define SIM_DMA_CHUNK        32 /* bursts are gathered into steps of about so many cycles */
#define SIM_DMA_UNBLOCK      1  /* from room in a queue, or a free number, to a core that waited: not measured */
#define SIM_DMA_IDS          16
#define SIM_DMA_CORE_QUEUE   2
#define SIM_DMA_GLOBAL_QUEUE 8

#endif
