/* SPDX-License-Identifier: Apache-2.0 */
/* Something that carries out a project's steps: the simulated cluster, or this machine itself. */
#ifndef TL_CLI_DEVICE_H
#define TL_CLI_DEVICE_H

#include "tl/save.h"
#include "tools/cli/error.h"
#include "tools/sim/sim.h"
#include <stdio.h>

typedef struct device device;

typedef struct device_reply {
    tl_status status; /* of the step: TL_OK, TL_NOT_FINITE or TL_SPOILT; all else is an error of the call */
    tl_result result;
    uint32_t cycles; /* 0 on native */
} device_reply;

/* A part of a step between two marks. */
typedef struct device_part {
    uint64_t cycles;
    uint64_t fp; /* instructions on the FPU, all cores */
} device_part;

typedef struct device_memory {
    uint32_t l1_peak, l1_bytes; /* highest byte ever written, and all there is */
    uint32_t l2_peak, l2_bytes; /* code and static data: there is no heap */
} device_memory;

/* A simulated cluster that runs the firmware; its answers come from `cores` of its cores. NULL on failure. */
device *device_open_sim(const tl_project *project, const char *firmware, const sim_machine *machine, uint32_t cores,
                        cli_error *error);
/* A team of host threads. NULL on failure. */
device *device_open_native(const tl_project *project, uint32_t threads, cli_error *error);
void device_close(device *d);

/* Sets the parameters and forgets the optimiser's state. */
bool device_load(device *d, const float *params, cli_error *error);
bool device_read(device *d, float *params, cli_error *error);
/* Any bytes of the context, from `offset` on. */
bool device_peek(device *d, uint32_t offset, void *to, size_t bytes, cli_error *error);
bool device_poke(device *d, uint32_t offset, const void *from, size_t bytes, cli_error *error);
/* What the project keeps, as tl_save passes it: from the device to `write`, or from `read` to the device. */
bool device_save(device *d, tl_save_write *write, void *user, cli_error *error);
bool device_restore(device *d, tl_save_read *read, void *user, cli_error *error);
/* x is aligned to 4 bytes; samples in batches: sample_batch.h. */
bool device_step(device *d, const tl_step_options *options, const float *x, uint32_t label, device_reply *reply,
                 cli_error *error);
bool device_infer(device *d, const float *x, device_reply *reply, cli_error *error);

/* Simulated devices only. `parts`: project->part_count entries and one more for the whole request. */
bool device_step_parts(device *d, const tl_step_options *options, const float *x, uint32_t label, device_part *parts,
                       device_reply *reply, cli_error *error);
bool device_get_memory(device *d, device_memory *memory, cli_error *error);
/* The machine itself, to look into. */
struct sim *device_machine(device *d);
/* Cycles of the machine since it was made. */
uint64_t device_cycles(const device *d);

/*
 * Starts the device over with the simulator's sanitizer looking on (tools/sim/sanitize.h). Then: prints what it has
 * found up to now, and returns how much that is.
 */
bool device_sanitize(device *d, cli_error *error);
uint32_t device_findings(const device *d, FILE *to);

/* What the status of a step means, for sentences. */
const char *status_text(uint32_t status);

#endif
