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

/*
 * A trained tensor among the parameters. Dimensions as in ONNX; four of them ([O][C][KH][KW]) are stored
 * [KH][O][KW][C]. A linear layer behind a flattened image has two ([O][C * H * W]) and is stored [O][H][W][C]: `image`
 * is H, W, C, or zeros where there was no image.
 */
typedef struct tl_tensor {
    const char *name;
    uint32_t offset; /* elements from the first parameter */
    uint32_t rank;
    uint32_t dims[4];
    uint32_t image[3];
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
    uint32_t predicted; /* the class with the largest logit, before the update */
} tl_result;

typedef struct tl_project {
    const char *name;
    uint32_t context_bytes;   /* of the one struct that holds all of the network's memory */
    uint32_t params_offset;   /* bytes from the start of the context to the parameters, floats */
    uint32_t params;          /* how many */
    uint32_t inputs, classes; /* floats of one sample; labels are 0 .. classes - 1 */
    const tl_tensor *tensors; /* in the order of their offsets */
    uint32_t tensor_count;
    const tl_part *parts;
    uint32_t part_count;
    uint32_t infer_macs;
    /* All cores of the team call these. A step whose loss is not finite updates nothing. */
    tl_status (*step)(const tl_team *team, void *context, const tl_step_options *options, const float *x,
                      uint32_t label, tl_result *result);
    tl_status (*infer)(const tl_team *team, void *context, const float *x, tl_result *result);
    /* Forgets the optimiser's state; the parameters stay. */
    void (*reset)(const tl_team *team, void *context);
} tl_project;

#endif
