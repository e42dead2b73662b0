/* SPDX-License-Identifier: Apache-2.0 */
#include "platform/memmap.h"
#include "tools/cli/device_kind.h"
#include "tools/cli/machine_option.h"
#include "tools/cli/mailbox_host.h"
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

typedef struct device_sim {
    device base;
    const tl_project *project;
    uint32_t cores;
    mailbox_host host;
} device_sim;

static bool request(device_sim *d, tl_request kind, cli_error *error) {
    d->host.box.cores = d->cores;
    return mailbox_request(&d->host, kind, error);
}

static void sim_close(device *base) {
    device_sim *d = (device_sim *)base;
    mailbox_close(&d->host);
    free(d);
}

static bool sim_device_load(device *base, const float *params, cli_error *error) {
    device_sim *d = (device_sim *)base;
    if (!mailbox_write(&d->host, d->host.box.params, params, d->host.box.params_bytes, error) ||
        !request(d, TL_REQUEST_RESET, error))
        return false;
    if (d->host.box.status != TL_OK)
        return cli_fail(error, CLI_OURS, "the network refused its parameters: %s", status_text(d->host.box.status));
    return true;
}

static bool sim_device_read(device *base, float *params, cli_error *error) {
    device_sim *d = (device_sim *)base;
    return mailbox_read(&d->host, d->host.box.params, params, d->host.box.params_bytes, error);
}

static uint32_t context_of(const device_sim *d) {
    return d->host.box.params - d->project->params_offset;
}

static bool sim_device_peek(device *base, uint32_t offset, void *to, size_t bytes, cli_error *error) {
    device_sim *d = (device_sim *)base;
    return mailbox_read(&d->host, context_of(d) + offset, to, bytes, error);
}

static bool sim_device_poke(device *base, uint32_t offset, const void *from, size_t bytes, cli_error *error) {
    device_sim *d = (device_sim *)base;
    return mailbox_write(&d->host, context_of(d) + offset, from, bytes, error);
}

/* Pieces on their way between the firmware and a callback; one of the two is set. */
typedef struct passing {
    mailbox_host *host;
    tl_save_write *write;
    tl_save_read *read;
    void *user;
    uint32_t pieces;
    bool failed; /* error is filled in */
    cli_error *error;
} passing;

static bool pass(passing *p, const tl_mailbox *box) {
    const uint32_t at = box->argument[0], bytes = box->argument[1];
    char *piece = bytes > p->host->settings.l2_bytes ? NULL : malloc(bytes + 1u);
    if (!piece) {
        p->failed = true;
        return cli_out_of_memory(p->error);
    }
    bool fine;
    if (p->write) {
        p->failed = !mailbox_read(p->host, at, piece, bytes, p->error);
        fine = !p->failed && p->write(p->user, piece, bytes);
    } else {
        fine = p->read(p->user, piece, bytes);
        p->failed = fine && !mailbox_write(p->host, at, piece, bytes, p->error);
    }
    free(piece);
    return fine && !p->failed;
}

static void on_piece(void *user, const sim *machine, uint32_t value) {
    passing *p = user;
    const uint32_t taken = p->host->address + (uint32_t)offsetof(tl_mailbox, argument[3]);
    tl_mailbox box;
    cli_error why;
    (void)machine;
    ++p->pieces;
    const bool fine = mailbox_read(p->host, p->host->address, &box, sizeof box, &why) && pass(p, &box);
    const uint32_t answer = fine ? value : TL_MAILBOX_REFUSED;
    (void)mailbox_write(p->host, taken, &answer, sizeof answer, &why);
}

static bool pass_all(device_sim *d, tl_request kind, passing *p) {
    tl_mailbox *box = &d->host.box;
    memset(box->argument, 0, sizeof box->argument);
    box->cores = d->cores;
    p->host = &d->host;
    if (!mailbox_request_marked(&d->host, kind, d->host.address + (uint32_t)offsetof(tl_mailbox, argument[2]), on_piece,
                                p, p->error) ||
        p->failed)
        return false;
    if (box->status == TL_OK)
        return true;
    return p->pieces == 0
               ? cli_fail(p->error, CLI_INPUT,
                          "the firmware %s knows of no saving: it was deployed by an earlier trainlib; deploy "
                          "and make it again",
                          d->host.firmware)
               : cli_fail(p->error, CLI_INPUT, "the firmware %s could not %s what '%s' has learnt", d->host.firmware,
                          p->write ? "hand over" : "take back", d->project->name);
}

static bool sim_device_save(device *base, tl_save_write *write, void *user, cli_error *error) {
    passing p = {.write = write, .user = user, .error = error};
    return pass_all((device_sim *)base, TL_REQUEST_SAVE, &p);
}

static bool sim_device_restore(device *base, tl_save_read *read, void *user, cli_error *error) {
    passing p = {.read = read, .user = user, .error = error};
    return pass_all((device_sim *)base, TL_REQUEST_RESTORE, &p);
}

static void take_reply(const device_sim *d, device_reply *reply) {
    const tl_mailbox *box = &d->host.box;
    *reply = (device_reply){.status = (tl_status)box->status,
                            .result = {.loss = box->loss, .predicted = box->predicted},
                            .cycles = box->cycles};
}

typedef struct marks {
    device_part *parts;
    uint32_t cores, count; /* parts */
    uint32_t seen;         /* marks, which come as 1, 2, ... count + 1 */
    bool in_order;
    device_part last;
} marks;

static device_part reading(const sim *machine, uint32_t cores) {
    sim_stats stats;
    sim_get_stats(machine, &stats);
    device_part now = {.cycles = stats.cycles};
    for (uint32_t i = 0; i < cores; ++i)
        now.fp += stats.core[i].fp;
    return now;
}

static void on_mark(void *user, const sim *machine, uint32_t value) {
    marks *m = user;
    device_part now = reading(machine, m->cores);
    if (value != m->seen + 1 || value > m->count + 1) {
        m->in_order = false;
        return;
    }
    if (m->seen > 0)
        m->parts[m->seen - 1] = (device_part){.cycles = now.cycles - m->last.cycles, .fp = now.fp - m->last.fp};
    m->last = now;
    m->seen = value;
}

static bool step_marked(device_sim *d, device_part *parts, cli_error *error) {
    uint32_t address;
    if (!mailbox_symbol(&d->host, "tl_mark_word", &address, NULL, error))
        return false;
    marks m = {.parts = parts, .cores = d->cores, .count = d->project->part_count, .in_order = true};
    device_part before = reading(d->host.machine, d->cores);
    if (!mailbox_request_marked(&d->host, TL_REQUEST_STEP, address, on_mark, &m, error))
        return false;
    if (d->host.box.status == TL_OK && (!m.in_order || m.seen != m.count + 1))
        return cli_fail(error, CLI_OURS, "the firmware %s told the parts of its step in another order than its project",
                        d->host.firmware);
    device_part after = reading(d->host.machine, d->cores);
    parts[m.count] = (device_part){.cycles = d->host.box.cycles, .fp = after.fp - before.fp};
    return true;
}

static bool sim_device_step(device *base, const tl_step_options *options, const float *x, uint32_t label,
                            device_part *parts, device_reply *reply, cli_error *error) {
    device_sim *d = (device_sim *)base;
    tl_mailbox *box = &d->host.box;
    box->label = label;
    box->rate = options->rate;
    box->momentum = options->momentum;
    box->plan = options->plan;
    box->cores = d->cores;
    if (!mailbox_write(&d->host, box->input, x, box->input_bytes, error))
        return false;
    if (!(parts ? step_marked(d, parts, error) : request(d, TL_REQUEST_STEP, error)))
        return false;
    take_reply(d, reply);
    return true;
}

static bool sim_device_infer(device *base, const float *x, device_reply *reply, cli_error *error) {
    device_sim *d = (device_sim *)base;
    if (!mailbox_write(&d->host, d->host.box.input, x, d->host.box.input_bytes, error) ||
        !request(d, TL_REQUEST_INFER, error))
        return false;
    take_reply(d, reply);
    return true;
}

static bool sim_device_memory(device *base, device_memory *memory, cli_error *error) {
    device_sim *d = (device_sim *)base;
    uint32_t end;
    sim_stats stats;
    sim_get_stats(d->host.machine, &stats);
    if (!mailbox_symbol(&d->host, "__l2_end", &end, NULL, error))
        return false;
    *memory = (device_memory){.l1_peak = stats.l1_high_water,
                              .l1_bytes = d->host.settings.l1_bytes,
                              .l2_peak = end - TL_L2_BASE,
                              .l2_bytes = d->host.settings.l2_bytes};
    return true;
}

static uint64_t sim_device_cycles(const device *base) {
    const device_sim *d = (const device_sim *)base;
    return sim_cycles(d->host.machine);
}

sim *device_machine(device *d) {
    return ((device_sim *)d)->host.machine;
}

static bool sim_device_sanitize(device *base, cli_error *error) {
    return mailbox_sanitize(&((device_sim *)base)->host, error);
}

static uint32_t sim_device_findings(const device *base, FILE *to) {
    const device_sim *d = (const device_sim *)base;
    return d->host.observer ? sim_sanitize_print(d->host.observer, to, 0) : 0;
}

device *device_open_sim(const tl_project *project, const char *firmware, const sim_machine *machine, uint32_t cores,
                        cli_error *error) {
    static const device_kind kind = {.close = sim_close,
                                     .load = sim_device_load,
                                     .read = sim_device_read,
                                     .peek = sim_device_peek,
                                     .poke = sim_device_poke,
                                     .save = sim_device_save,
                                     .restore = sim_device_restore,
                                     .step = sim_device_step,
                                     .infer = sim_device_infer,
                                     .memory = sim_device_memory,
                                     .cycles = sim_device_cycles,
                                     .sanitize = sim_device_sanitize,
                                     .findings = sim_device_findings};
    if (!machine_cores(machine, &cores, error))
        return NULL;
    device_sim *d = calloc(1, sizeof *d);
    if (!d) {
        cli_out_of_memory(error);
        return NULL;
    }
    d->base.kind = &kind;
    d->project = project;
    d->cores = cores;
    if (!mailbox_open(&d->host, firmware, machine, error)) {
        free(d);
        return NULL;
    }
    const tl_mailbox *box = &d->host.box;
    if (box->params_bytes != project->params * sizeof(float) || box->input_bytes != project->inputs * sizeof(float)) {
        cli_fail(error, CLI_INPUT, "the firmware %s runs another network than '%s'", firmware, project->name);
        sim_close(&d->base);
        return NULL;
    }
    return &d->base;
}
