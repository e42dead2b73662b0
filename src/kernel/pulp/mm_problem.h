/* SPDX-License-Identifier: Apache-2.0 */
/* Where the members of struct tl_mm stand (mm.h), for assembly. */
#ifndef TL_KERNEL_PULP_MM_PROBLEM_H
#define TL_KERNEL_PULP_MM_PROBLEM_H

#define MM_A      0
#define MM_B      4
#define MM_C      8
#define MM_INIT   12
#define MM_JUMP   16
#define MM_M      20
#define MM_N      24
#define MM_K      28
#define MM_RUNS   32
#define MM_A_M    36
#define MM_A_K    40
#define MM_B_N    44
#define MM_B_K    48
#define MM_C_M    52
#define MM_C_N    56
#define MM_INIT_M 60
#define MM_INIT_N 64

#endif
