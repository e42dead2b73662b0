/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The probe: a program for the cluster that carries out one kernel or step at a time, for tests, benchmarks and the
 * tuner. Its request stands behind the mailbox under the ELF symbol `tl_probe_request`; its data in `tl_probe_heap`.
 * The same code runs natively (tests/harness), where addresses are offsets into a host array.
 */
#ifndef TL_GUEST_PROBE_H
#define TL_GUEST_PROBE_H

#include "tl/act.h"
#include "tl/add.h"
#include "tl/avg_pool.h"
#include "tl/batch_norm.h"
#include "tl/conv.h"
#include "tl/depthwise.h"
#include "tl/global_pool.h"
#include "tl/linear.h"
#include "tl/linear_one.h"
#include "tl/loss.h"
#include "tl/optim.h"
#include "tl/pool.h"

typedef enum tl_probe_kind {
    TL_PROBE_MM,        /* a matmul kernel, data in L1, blocks shared out over the cores: see tl_probe_mm */
    TL_PROBE_CONV,      /* buffers: forward x, w, b, y, residual; grad_w x, dy, dw, db; grad_x w, dy, mask, dx; update
                         * x, dy, w, b, then v and m of w, v and m of b */
    TL_PROBE_LINEAR,    /* the same */
    TL_PROBE_DEPTHWISE, /* the same */
    TL_PROBE_MAX_POOL,  /* forward x, y, arg; grad_x dy, arg, dx */
    TL_PROBE_RELU,      /* forward x, y; grad_x x, dy, dx */
    TL_PROBE_SGD,       /* g, w, v or none */
    TL_PROBE_LOSS,      /* z, label, loss, dz */
    TL_PROBE_ADD,       /* a, b, y */
    TL_PROBE_RELU6,     /* as relu */
    TL_PROBE_LEAKY_RELU,
    TL_PROBE_SIGMOID, /* grad_x y, dy, dx */
    TL_PROBE_TANH,
    TL_PROBE_MSE,  /* y, target, loss, dy */
    TL_PROBE_ADAM, /* g, w, m, v, a tl_adam_state in which the next step begins */
    /* Channel by channel; vectors of C stand one behind the other. Global average pooling: forward x, y; grad_x dy, dx.
     * Batch norm: forward x, [gamma, beta], [running_mean, running_var, mean, rstd], y; grad (pass grad_w: without dx)
     * x, dy, [gamma, mean, rstd, dgamma, dbeta], dx. Frozen: forward x, [gamma, beta, mean, var], y; grad_w x, dy,
     * [mean, var, dgamma, dbeta]; grad_x dy, [gamma, var], dx */
    TL_PROBE_GLOBAL_AVG_POOL,
    TL_PROBE_BATCH_NORM,
    TL_PROBE_BATCH_NORM_FROZEN,
    /* Forward x, y; grad_x dy, dx. */
    TL_PROBE_AVG_POOL,
    TL_PROBE_AVG_POOL_PADDED,
    /* x, dy, w, b, mask, y or dx, states: of w, of b behind it; the pass is a tl_pass (grad_w: step without dx) or
     * TL_PROBE_STEP, with the optimiser that has stream_plan.states: sgd, or adam_state as it is */
    TL_PROBE_LINEAR_ONE,
    /* A matrix-vector kernel, number `pass` of matvec.h, as a matmul: a is W (m x k), b x, c y, jump dy. */
    TL_PROBE_MATVEC
} tl_probe_kind;

/* A matmul whose operands stand in the heap and are worked on in L1 at the same distances (heap + i <-> arena + i). */
typedef struct tl_probe_mm {
    uint32_t bytes;      /* of the heap to copy to L1 before and back after */
    uint32_t a, b, c;    /* offsets in bytes */
    uint32_t init, jump; /* TL_PROBE_ABSENT: NULL */
    uint32_t m, n, k, runs;
    int32_t a_m, a_k, b_n, b_k, c_m, c_n, init_m, init_n;
    /* 0: the cores share the result's blocks in a line, as layers do. Else it is cut into so many rows of rectangles,
     * one call a core, and nothing but that call stands between the barriers. */
    uint32_t by_rows;
    int32_t
        skew; /* matrix-vector: bytes by which a core's share of W's rows stands further on than behind the others */
} tl_probe_mm;

#define TL_PROBE_ABSENT 0xFFFFFFFFu
enum { TL_PROBE_BUFFERS = 8, TL_PROBE_LAYERS = 4, TL_PROBE_STEP = TL_GRAD_X + 1 };

/* A tl_mm_plan without its pointer, so that host and cluster lay it out alike. */
typedef struct tl_probe_plan {
    uint8_t block_m, block_n, slices, buffers;
    uint16_t rows, cols, o, c;
    tl_mm_strides strides;
    uint32_t by_columns, padded;
} tl_probe_plan;

typedef struct tl_probe {
    uint32_t kind; /* tl_probe_kind */
    uint32_t pass; /* tl_pass */
    uint32_t relu; /* forward: 1: the form fused with a ReLU; conv, linear, depthwise: 2: with a ReLU6, as is grad_x's
                      mask */
    uint32_t residual; /* conv, linear forward: the forms with a residual */
    uint32_t update;   /* conv, linear grad_w: 1 + a tl_rule: update in its place; 0: none */
    uint32_t add;      /* conv, linear, depthwise grad_w: the adding form */
    uint32_t kernel;   /* its number: bench_mm_numbered(); one of fixed strides has been patched for this request */
    uint32_t repeat;   /* times it is run; cycles are those of the last: 2 measures it warm */
    tl_probe_plan plan;
    tl_window_plan window_plan;
    tl_planes_plan planes_plan;
    tl_map_plan map_plan;
    tl_channels_plan channels_plan;
    tl_stream_plan stream_plan;
    tl_conv conv;
    tl_depthwise depthwise;
    tl_linear linear;
    tl_pool pool;
    tl_global_pool global_pool;
    tl_batch_norm norm;
    tl_rows rows;
    tl_sgd sgd;
    tl_leaky_relu leaky;
    tl_adam adam;
    tl_adam_state adam_state;
    uint32_t elements;
    /*
     * LINEAR_ONE: above 1 a chain of so many layers, k to o, back to k and so on, of the stream_plan for all. Weights
     * and states stand one behind the other, vectors as far apart as the longer of k and o: inputs and outputs of the
     * layers in x, their gradients in dy, layer 0's first. Steps run from the last layer to the first; mask is x. With
     * relu forward passes follow in the same order, which need the weights that the steps leave.
     */
    uint32_t layers;
    tl_probe_mm mm;
    /* Where a core has so many bytes (a multiple of 8) for a tape, on which its calls are written first and then
     * played; 0: no tapes. And for the tape's reel in L1; 0: it is played where it stands. TL_BAD_TAPE: one of them is
     * too small, on whichever core. */
    uint32_t tape, tape_bytes, reel, reel_bytes;
    uint32_t shortened;                /* with a reel: tl_tape_begin_short */
    uint32_t buffer[TL_PROBE_BUFFERS]; /* offsets into the heap, or TL_PROBE_ABSENT */
} tl_probe;

/* Carries out a request, all cores of the team; `heap` is where offset 0 lies. Returns the last run's cycles. */
tl_status tl_probe_serve(const tl_team *team, const tl_probe *probe, char *heap, uint32_t *cycles);

#endif
