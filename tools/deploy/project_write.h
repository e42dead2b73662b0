/* SPDX-License-Identifier: Apache-2.0 */
/* Writes a network and its schedule as a project: C sources, weights, and what builds them. */
#ifndef TL_DEPLOY_PROJECT_WRITE_H
#define TL_DEPLOY_PROJECT_WRITE_H

#include "tools/deploy/schedule.h"

/* How a step runs on the cluster: called, or played from tapes (tl/tape.h), short ones where whole ones do not fit. */
typedef enum project_tapes { TAPES_NONE, TAPES_SHORT, TAPES_WHOLE } project_tapes;

/* What a step may take of L2 for a sample's whole tapes: the largest that we have seen are ResNet8's, 12.5 KB for eight
 * cores. */
enum { PROJECT_TAPE_STEP = 0x3400 };

/* What data leave of L2: for tapes of this kind, and for kernels made for one step's strides. */
typedef struct project_room {
    project_tapes tapes;
    uint32_t tape_bytes; /* that they take at the most */
    uint32_t kernel_bytes;
} project_room;
project_room project_share_out(const train_schedule *schedule);

typedef struct project_options {
    const char *prefix;                 /* of all names in C; fit for it */
    const char *model;                  /* where it came from, for comments */
    float decay, beta1, beta2, epsilon; /* the optimiser's */
    project_room room;                  /* steps whose kernels do not fit take those of any strides */
    uint32_t l2_bytes;                  /* for code and data; what is left of it is for tapes */
    uint32_t code_bytes;                /* of the library and the runner */
    bool target_given;                  /* with a loss of mse: the caller writes it; else it is the input */
    const float *mean, *std;            /* of the input's channels, taken off on the device; NULL: as it comes */
    bool guard;                         /* each step looks whether what it has left is finite: TL_SPOILT */
} project_options;

/* Bytes of the context that no schedule knows of. */
uint32_t project_beside(const net_model *network, const project_options *options);

/* What a project does in a step beside the schedule's own, by measured rates: within a tenth or so. */
typedef struct project_cycles {
    uint64_t normalise, clip, guard;
} project_cycles;
project_cycles project_cycles_beside(const net_model *network, const train_schedule *schedule,
                                     const project_options *options);

/* Where the files go: called once for each, with its name within the project. False: stop, it is told elsewhere. */
typedef bool project_sink(void *user, const char *name, const void *bytes, size_t count);

/* Kernels of fixed strides that do not fit are exchanged in the schedule. */
bool project_write(const net_model *network, train_schedule *schedule, const project_options *options,
                   project_sink *sink, void *user, plan_error *error);

#endif
