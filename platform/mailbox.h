/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The mailbox: a struct in L2, found by its ELF symbol `tl_mailbox`, through which a host drives a program on the
 * cluster. Core 0 serves it.
 *
 * The guest sets magic and rings (stores to `doorbell`) when it is ready. For every request the host fills in the
 * fields and the data, then adds 1 to `sequence`; the guest carries it out, fills in the results and stores `sequence`
 * to `doorbell`. The host watches that word.
 */
#ifndef TL_PLATFORM_MAILBOX_H
#define TL_PLATFORM_MAILBOX_H

#include <stdint.h>

#define TL_MAILBOX_MAGIC 0x544C4D31u

typedef enum tl_request {
    TL_REQUEST_EXIT,   /* ends the program; argument[0] is its exit status */
    TL_REQUEST_RESET,  /* project: forgets the optimiser's state, after the host has written parameters */
    TL_REQUEST_STEP,   /* project: one training step on the sample at `input`; label, rate, momentum, plan */
    TL_REQUEST_INFER,  /* project: forward only */
    TL_REQUEST_PROBE,  /* probe: runs the kernel or op that tl_probe describes */
    TL_REQUEST_SAVE,   /* project: hands over what is to be kept, piece by piece */
    TL_REQUEST_RESTORE /* project: asks for it, piece by piece */
} tl_request;

typedef struct tl_mailbox {
    uint32_t magic;
    uint32_t sequence; /* written by the host */
    uint32_t doorbell; /* written by the guest */
    uint32_t request;  /* a tl_request */
    uint32_t cores;    /* team that carries it out: 1 to 8 */
    /* A project's addresses, filled in by the guest before it rings first. */
    uint32_t params, params_bytes;
    uint32_t input, input_bytes;
    uint32_t context_bytes;
    /* Of a request. */
    uint32_t label;
    float rate, momentum;
    uint32_t plan;
    uint32_t argument[4];
    /* Results. */
    uint32_t status; /* a tl_status */
    float loss;
    uint32_t predicted;
    uint32_t cycles; /* from the request's start to its end, all cores, modulo 2^32 */
} tl_mailbox;

/*
 * Pieces of a request to save or restore: the guest sets argument[0] to an address and [1] to a number of bytes, then
 * adds 1 to [2], which the host watches; the host takes the bytes from there, or puts them there, and sets [3] to the
 * same, or to TL_MAILBOX_REFUSED if it could not.
 */
#define TL_MAILBOX_REFUSED UINT32_MAX

/*
 * Symbol `tl_mark_word`, a word in L1: core 0 stores i + 1 there when part i of a step starts (and once more behind the
 * last part). A host that wants a table of layers watches it. A store to L1 takes one cycle.
 */

#endif
