/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/cli/device.h"
#include "tools/cli/device_kind.h"
#include <stddef.h>

void device_close(device *d) {
    if (d)
        d->kind->close(d);
}

bool device_load(device *d, const float *params, cli_error *error) {
    return d->kind->load(d, params, error);
}

bool device_read(device *d, float *params, cli_error *error) {
    return d->kind->read(d, params, error);
}

bool device_peek(device *d, uint32_t offset, void *to, size_t bytes, cli_error *error) {
    return d->kind->peek(d, offset, to, bytes, error);
}

bool device_poke(device *d, uint32_t offset, const void *from, size_t bytes, cli_error *error) {
    return d->kind->poke(d, offset, from, bytes, error);
}

bool device_save(device *d, tl_save_write *write, void *user, cli_error *error) {
    return d->kind->save(d, write, user, error);
}

bool device_restore(device *d, tl_save_read *read, void *user, cli_error *error) {
    return d->kind->restore(d, read, user, error);
}

/* Numbers that are not finite are a result; anything else but TL_OK is a failure. */
static bool check(const device_reply *reply, const char *what, cli_error *error) {
    if (reply->status == TL_OK || reply->status == TL_NOT_FINITE || reply->status == TL_SPOILT)
        return true;
    return cli_fail(error, CLI_OURS, "the network refused %s: %s", what, status_text(reply->status));
}

bool device_step(device *d, const tl_step_options *options, const float *x, uint32_t label, device_reply *reply,
                 cli_error *error) {
    return d->kind->step(d, options, x, label, NULL, reply, error) && check(reply, "a training step", error);
}

bool device_infer(device *d, const float *x, device_reply *reply, cli_error *error) {
    return d->kind->infer(d, x, reply, error) && check(reply, "an image", error);
}

bool device_step_parts(device *d, const tl_step_options *options, const float *x, uint32_t label, device_part *parts,
                       device_reply *reply, cli_error *error) {
    return d->kind->step(d, options, x, label, parts, reply, error) && check(reply, "a training step", error);
}

bool device_get_memory(device *d, device_memory *memory, cli_error *error) {
    return d->kind->memory(d, memory, error);
}

uint64_t device_cycles(const device *d) {
    return d->kind->cycles(d);
}

bool device_sanitize(device *d, cli_error *error) {
    if (!d->kind->sanitize)
        return cli_fail(error, CLI_USAGE, "--sanitize looks at the simulated cluster, not at this machine");
    return d->kind->sanitize(d, error);
}

uint32_t device_findings(const device *d, FILE *to) {
    return d->kind->findings ? d->kind->findings(d, to) : 0;
}

const char *status_text(uint32_t status) {
    switch (status) {
    case TL_OK:
        return "fine";
    case TL_NOT_FINITE:
        return "the loss or an output is not finite";
    case TL_SPOILT:
        return "a parameter is not finite behind the update";
    case TL_BAD_LABEL:
        return "a label is not below the number of classes";
    case TL_BAD_SIZES:
        return "its sizes do not fit";
    case TL_BAD_PLAN:
        return "its plan does not fit the machine";
    case TL_BAD_REQUEST:
        return "the request is unknown to it";
    case TL_BAD_TAPE:
        return "a tape does not fit its memory";
    default:
        return "a status unknown to this program";
    }
}
