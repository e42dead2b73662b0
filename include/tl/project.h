/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A project: one network with everything that is needed to run and train it, as the runner (on the cluster, behind the
 * mailbox) and the host's tools see it. The same description is compiled for both.
 */
#ifndef TL_PROJECT_H
#define TL_PROJECT_H

#include "tl/status.h"
#include "tl/team.h"
#include <stdint.h>

/* How a tensor stands among the parameters. */
typedef enum tl_layout {
    TL_LAYOUT_ANY,       /* by its rank: four dimensions as TL_LAYOUT_CONV, two as TL_LAYOUT_LINEAR, one as it is */
    TL_LAYOUT_VECTOR,    /* as it is */
    TL_LAYOUT_CONV,      /* [O][C][KH][KW], stored [KH][O][KW][C] */
    TL_LAYOUT_DEPTHWISE, /* [C][1][KH][KW], stored [KH][KW][C] */
    TL_LAYOUT_LINEAR     /* [O][K], or [K][O] if transposed; stored [O][K], and behind an image [O][H][W][C] */
} tl_layout;

/*
 * A trained tensor among the parameters, with its dimensions as in ONNX. `image` is H, W, C of the image that was
 * flattened in front of a linear layer ([O][C * H * W] in ONNX), or zeros where there was none.
 */
typedef struct tl_tensor {
    const char *name;
    uint32_t offset; /* elements from the first parameter */
    uint32_t rank;
    uint32_t dims[4];
    uint32_t image[3];
    tl_layout layout;
    uint32_t transposed;
} tl_tensor;

/*
 * A part of a step between two marks, for tables: a layer's pass. Core 0 tells mark i when part i starts, and mark
 * `parts` when the last one has ended.
 */
typedef struct tl_part {
    const char *layer; /* "conv1" */
    const char *pass;  /* "forward", "grad_w", "grad_x", "update" */
    uint32_t macs;
} tl_part;

typedef struct tl_step_options {
    float rate, momentum;
    uint32_t plan; /* 0: the network's own plans; 1: one plain kernel for all, to compare with */
} tl_step_options;

typedef struct tl_result {
    float loss;
    uint32_t predicted; /* the class with the largest logit, before the update; the first sample's */
} tl_result;

/* What outputs are to come to. */
typedef enum tl_target {
    TL_TARGET_INPUT, /* the input itself; no label is looked at */
    TL_TARGET_LABEL,
    TL_TARGET_GIVEN /* floats, as many as a step's outputs, behind the kept bytes; written by the caller before it */
} tl_target;

/* Changes when this description does: a library that was built with another one is refused. */
enum { TL_PROJECT_VERSION = 3 };

typedef struct tl_project {
    uint32_t version;
    const char *name;
    uint32_t context_bytes; /* of the one struct that holds all of the network's memory */
    uint32_t params_offset; /* bytes from the start of the context to the parameters, floats */
    uint32_t params;        /* how many */
    uint32_t inputs;        /* floats of a step's input: `batch` samples, one behind the other */
    uint32_t classes;       /* outputs of one sample; labels are 0 .. classes - 1 */
    uint32_t labelled;      /* a tl_target */
    /* Bytes to what the loss sees, `classes` floats a sample, behind an inference; 0: not told. */
    uint32_t outputs_offset;
    /* What stays from step to step: the parameters with the optimiser's arrays behind them, and where it counts. */
    uint32_t kept_bytes, counts_offset, counts_bytes;
    const tl_tensor *tensors; /* in the order of their offsets */
    uint32_t tensor_count;
    const tl_part *parts;
    uint32_t part_count;
    uint32_t infer_macs;
    uint32_t batch;      /* samples of a step; the loss is the mean of theirs */
    uint32_t accumulate; /* steps whose gradients are gathered: the last one of them updates, by their mean */
    /* Bytes to `batch` uint32_t each: the labels, which the caller writes before a step where batch is above 1, and the
     * classes that a step or an inference has found. Looked at where batch is above 1. */
    uint32_t labels_offset, predicted_offset;
    /* All cores of the team call these. A step whose loss is not finite updates and gathers nothing. `label`: of the
     * one sample where batch is 1. */
    tl_status (*step)(const tl_team *team, void *context, const tl_step_options *options, const float *x,
                      uint32_t label, tl_result *result);
    tl_status (*infer)(const tl_team *team, void *context, const float *x, tl_result *result);
    /* Forgets the optimiser's state and what is gathered; the parameters stay. */
    void (*reset)(const tl_team *team, void *context);
} tl_project;

#endif
