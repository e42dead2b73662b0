/* SPDX-License-Identifier: Apache-2.0 */
#include "platform/budget.h"
#include "tl/host.h"
#include "tools/cli/device_kind.h"
#include <stdlib.h>
#include <string.h>

typedef struct device_native {
    device base;
    const tl_project *project;
    tl_host_team *team;
    void *context;
    float *input; /* one place for all samples, as on the cluster: the network keeps what it has prepared for it */
} device_native;

typedef struct job {
    const device_native *d;
    const tl_step_options *options; /* NULL: forward only */
    uint32_t label;
    device_reply *reply;
} job;

static float *params_of(const device_native *d) {
    return (float *)(void *)((char *)d->context + d->project->params_offset);
}

static void native_close(device *base) {
    device_native *d = (device_native *)base;
    if (d->team)
        tl_host_team_destroy(d->team);
    free(d->context);
    free(d->input);
    free(d);
}

static void run_reset(const tl_team *team, void *user) {
    const device_native *d = user;
    d->project->reset(team, d->context);
}

static bool native_load(device *base, const float *params, cli_error *error) {
    device_native *d = (device_native *)base;
    (void)error;
    memcpy(params_of(d), params, d->project->params * sizeof *params);
    tl_host_team_run(d->team, run_reset, d);
    return true;
}

static bool native_read(device *base, float *params, cli_error *error) {
    device_native *d = (device_native *)base;
    (void)error;
    memcpy(params, params_of(d), d->project->params * sizeof *params);
    return true;
}

/* Such bytes of the context; NULL: they are not all there. */
static char *bytes_of(const device_native *d, uint32_t offset, size_t bytes, cli_error *error) {
    if (offset <= d->project->context_bytes && bytes <= d->project->context_bytes - offset)
        return (char *)d->context + offset;
    cli_fail(error, CLI_OURS, "there is nothing at byte %u of the context", offset);
    return NULL;
}

static bool native_peek(device *base, uint32_t offset, void *to, size_t bytes, cli_error *error) {
    const char *from = bytes_of((device_native *)base, offset, bytes, error);
    if (from)
        memcpy(to, from, bytes);
    return from;
}

static bool native_poke(device *base, uint32_t offset, const void *from, size_t bytes, cli_error *error) {
    char *to = bytes_of((device_native *)base, offset, bytes, error);
    if (to)
        memcpy(to, from, bytes);
    return to;
}

static bool native_save(device *base, tl_save_write *write, void *user, cli_error *error) {
    const device_native *d = (device_native *)base;
    return tl_save(d->project, d->context, write, user) == TL_OK ||
           cli_fail(error, CLI_OURS, "what '%s' has learnt could not be taken", d->project->name);
}

static bool native_restore(device *base, tl_save_read *read, void *user, cli_error *error) {
    const device_native *d = (device_native *)base;
    return tl_save_restore(d->project, d->context, read, user) == TL_OK ||
           cli_fail(error, CLI_INPUT, "what is restored is not what '%s' has saved", d->project->name);
}

static void run_job(const tl_team *team, void *user) {
    const job *j = user;
    const tl_project *project = j->d->project;
    tl_result result = {0};
    tl_status status = j->options ? project->step(team, j->d->context, j->options, j->d->input, j->label, &result)
                                  : project->infer(team, j->d->context, j->d->input, &result);
    if (team->id == 0)
        *j->reply = (device_reply){.status = status, .result = result};
}

static bool native_step(device *base, const tl_step_options *options, const float *x, uint32_t label,
                        device_part *parts, device_reply *reply, cli_error *error) {
    if (parts)
        return cli_fail(error, CLI_OURS, "only the simulator can take a step apart");
    device_native *d = (device_native *)base;
    memcpy(d->input, x, d->project->inputs * sizeof *x);
    job j = {.d = d, .options = options, .label = label, .reply = reply};
    tl_host_team_run(d->team, run_job, &j);
    return true;
}

static bool native_infer(device *base, const float *x, device_reply *reply, cli_error *error) {
    device_native *d = (device_native *)base;
    (void)error;
    memcpy(d->input, x, d->project->inputs * sizeof *x);
    job j = {.d = d, .reply = reply};
    tl_host_team_run(d->team, run_job, &j);
    return true;
}

static bool native_memory(device *base, device_memory *memory, cli_error *error) {
    (void)base;
    (void)memory;
    return cli_fail(error, CLI_OURS, "only the simulator knows L1 and L2");
}

static uint64_t native_cycles(const device *base) {
    (void)base;
    return 0;
}

device *device_open_native(const tl_project *project, uint32_t threads, cli_error *error) {
    static const device_kind kind = {.close = native_close,
                                     .load = native_load,
                                     .read = native_read,
                                     .peek = native_peek,
                                     .poke = native_poke,
                                     .save = native_save,
                                     .restore = native_restore,
                                     .step = native_step,
                                     .infer = native_infer,
                                     .memory = native_memory,
                                     .cycles = native_cycles};
    device_native *d = calloc(1, sizeof *d);
    if (!d) {
        cli_out_of_memory(error);
        return NULL;
    }
    size_t bytes = ((size_t)project->context_bytes + 63) / 64 * 64;
    d->base.kind = &kind;
    d->project = project;
    d->context = aligned_alloc(64, bytes);
    d->input = calloc(project->inputs, sizeof *d->input);
    d->team = tl_host_team_create(threads, TL_L1_ARENA_BYTES);
    if (!d->context || !d->input || !d->team) {
        cli_fail(error, CLI_OURS, "out of memory or threads");
        native_close(&d->base);
        return NULL;
    }
    memset(d->context, 0, bytes);
    return &d->base;
}
