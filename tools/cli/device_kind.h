/* SPDX-License-Identifier: Apache-2.0 */
/* What a kind of device brings along; only device*.c include this. */
#ifndef TL_CLI_DEVICE_KIND_H
#define TL_CLI_DEVICE_KIND_H

#include "tools/cli/device.h"

typedef struct device_kind {
    void (*close)(device *d);
    bool (*load)(device *d, const float *params, cli_error *error);
    bool (*read)(device *d, float *params, cli_error *error);
    bool (*peek)(device *d, uint32_t offset, void *to, size_t bytes, cli_error *error);
    bool (*poke)(device *d, uint32_t offset, const void *from, size_t bytes, cli_error *error);
    bool (*save)(device *d, tl_save_write *write, void *user, cli_error *error);
    bool (*restore)(device *d, tl_save_read *read, void *user, cli_error *error);
    bool (*step)(device *d, const tl_step_options *options, const float *x, uint32_t label, device_part *parts,
                 device_reply *reply, cli_error *error); /* parts may be NULL */
    bool (*infer)(device *d, const float *x, device_reply *reply, cli_error *error);
    bool (*memory)(device *d, device_memory *memory, cli_error *error);
    uint64_t (*cycles)(const device *d);
    bool (*sanitize)(device *d, cli_error *error); /* these two: NULL natively */
    uint32_t (*findings)(const device *d, FILE *to);
} device_kind;

/* First member of every device. */
struct device {
    const device_kind *kind;
};

#endif
