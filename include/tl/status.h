/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TL_STATUS_H
#define TL_STATUS_H

/* How a generated network's call, or a check of a plan, ended. Steps of ops return void: their plans were checked. */
typedef enum tl_status {
    TL_OK = 0,
    TL_NOT_FINITE,  /* the loss, or an output that it is made from, is NaN or infinite; nothing was updated */
    TL_BAD_LABEL,   /* a label is not below the number of classes */
    TL_BAD_SIZES,   /* a size is zero, out of range, or does not fit the others */
    TL_BAD_PLAN,    /* the plan does not fit the sizes or the machine (tiles, kernel, slices) */
    TL_BAD_REQUEST, /* the mailbox holds something unknown */
    TL_BAD_TAPE,    /* a tape does not fit the memory that it was given */
    TL_SPOILT       /* behind an update a parameter, or what the optimiser keeps of it, is NaN or infinite */
} tl_status;

#endif
