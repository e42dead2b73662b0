/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/cli/bench_probe.h"
#include "src/base/random.h"
#include "tools/cli/device.h"
#include "tools/cli/mm_patch.h"
#include "tools/cli/streams.h"
#include <stdlib.h>
#include <string.h>

enum { SEED = 1 };

const char *const bench_pass_names[] = {"forward", "grad_w", "grad_x"};

tl_probe bench_request(tl_probe_kind kind, tl_pass pass) {
    tl_probe probe = {.kind = kind, .pass = pass};
    for (uint32_t i = 0; i < BENCH_REGIONS; ++i)
        probe.buffer[i] = i * BENCH_REGION;
    return probe;
}

void bench_set_plan(tl_probe *probe, const tl_mm_plan *plan) {
    for (uint32_t i = 0; i < tl_mm_count + tl_mm_fixed_count; ++i)
        if (tl_mm_numbered(i)->run == plan->kernel)
            probe->kernel = i;
    probe->plan = (tl_probe_plan){.block_m = plan->block_m,
                                  .block_n = plan->block_n,
                                  .slices = plan->slices,
                                  .buffers = plan->buffers,
                                  .rows = plan->rows,
                                  .cols = plan->cols,
                                  .o = plan->o,
                                  .c = plan->c,
                                  .strides = plan->strides,
                                  .by_columns = plan->by_columns,
                                  .padded = plan->padded};
}

/* A request's tiles: sizes, then how often a reduction is cut and how many buffers there are, if more than one. */
static void describe_tile(const tl_probe *p, char *text, size_t room) {
    uint32_t slices = 1, buffers = 1;
    *text = 0;
    switch (p->kind) {
    case TL_PROBE_CONV:
        snprintf(text, room, "%ux%u o%u c%u", p->plan.rows, p->plan.cols, p->plan.o, p->plan.c);
        break;
    case TL_PROBE_LINEAR:
        snprintf(text, room, "%u o%u c%u", p->plan.cols, p->plan.o, p->plan.c);
        break;
    case TL_PROBE_DEPTHWISE:
        snprintf(text, room, "%u c%u", p->planes_plan.rows, p->planes_plan.c);
        slices = p->planes_plan.slices;
        buffers = p->planes_plan.buffers;
        break;
    case TL_PROBE_MAX_POOL:
    case TL_PROBE_AVG_POOL:
    case TL_PROBE_AVG_POOL_PADDED:
        snprintf(text, room, "%u", p->window_plan.rows);
        break;
    case TL_PROBE_GLOBAL_AVG_POOL:
    case TL_PROBE_BATCH_NORM:
    case TL_PROBE_BATCH_NORM_FROZEN:
        snprintf(text, room, "%u", p->channels_plan.pixels);
        slices = p->channels_plan.slices;
        buffers = p->channels_plan.buffers;
        break;
    case TL_PROBE_LINEAR_ONE:
        snprintf(text, room, "%u", p->stream_plan.rows);
        break;
    default:
        break;
    }
    if (p->kind == TL_PROBE_CONV || p->kind == TL_PROBE_LINEAR) {
        slices = p->plan.slices;
        buffers = p->plan.buffers;
        if (p->plan.padded)
            snprintf(text + strlen(text), room - strlen(text), " padded");
    }
    if (slices > 1)
        snprintf(text + strlen(text), room - strlen(text), " s%u", slices);
    if (buffers > 1)
        snprintf(text + strlen(text), room - strlen(text), " b%u", buffers);
}

bool bench_begin(bench *b) {
    if (sim_restore(b->host.machine, b->booted) != SIM_OK)
        return cli_fail(b->error, CLI_OURS, "%s", sim_message(b->host.machine));
    b->host.box = b->box;
    return true;
}

/* A kernel of fixed strides becomes one for the request's, or for its plan's. */
static bool patch(bench *b, const tl_probe *probe, const char *name) {
    const tl_mm_strides *planned = &probe->plan.strides;
    tl_mm strides = {.a_m = planned->a_m, .a_k = planned->a_k, .b_n = planned->b_n, .b_k = planned->b_k};
    if (probe->kind == TL_PROBE_MM)
        strides = (tl_mm){.a_m = probe->mm.a_m, .a_k = probe->mm.a_k, .b_n = probe->mm.b_n, .b_k = probe->mm.b_k};
    return probe->kernel < tl_mm_count || mm_patch(b->host.machine, tl_mm_numbered(probe->kernel), &strides) ||
           cli_fail(b->error, CLI_OURS, "%s: the kernel cannot be made for these strides", name);
}

bool bench_measure(bench *b, const tl_probe *probe, uint32_t cores, const bench_work *work, const char *name) {
    bench_case c = {.cores = cores, .macs = work->macs, .bound = bench_bound(work, &b->host.settings, cores)};
    snprintf(c.name, sizeof c.name, "%s/%u-core%s", name, cores, cores > 1 ? "s" : "");
    if (!bench_wants(b->list, c.name))
        return true;
    snprintf(c.kernel, sizeof c.kernel, "%s", work->kernel ? work->kernel : "");
    describe_tile(probe, c.tile, sizeof c.tile);
    tl_probe request = *probe;
    if (!request.repeat)
        request.repeat = 2;
    b->host.box.cores = cores;
    if (!patch(b, &request, c.name) || !mailbox_write(&b->host, b->request, &request, sizeof request, b->error) ||
        !mailbox_request(&b->host, TL_REQUEST_PROBE, b->error))
        return false;
    if (b->host.box.status != TL_OK)
        return cli_fail(b->error, CLI_OURS, "the probe refused %s: %s", c.name, status_text(b->host.box.status));
    c.cycles = b->host.box.argument[0];
    return bench_add(b->list, &c, b->error);
}

bool bench_run(bench *b, const tl_probe *probe, uint32_t cores, const bench_work *work, const char *name) {
    return bench_begin(b) && bench_measure(b, probe, cores, work, name);
}

bool bench_both(bench *b, const tl_probe *probe, const bench_work *work, const char *name) {
    return bench_run(b, probe, BENCH_TEAM, work, name) && bench_run(b, probe, 1, work, name);
}

uint32_t bench_l1_beside(uint32_t tape_bytes) {
    return TL_L1_ARENA_BYTES - TL_CLUSTER_CORES * tape_bytes;
}

void bench_tapes_in_l1(bench *b, tl_probe *probe, uint32_t tape_bytes) {
    probe->tape = TL_L1_ARENA + bench_l1_beside(tape_bytes) - b->heap;
}

bool bench_both_taped(bench *b, tl_probe *probe, const bench_work *work, const char *name, uint32_t tape_bytes) {
    probe->tape_bytes = tape_bytes;
    if (!bench_run(b, probe, BENCH_TEAM, work, name))
        return false;
    probe->tape_bytes = TL_CLUSTER_CORES * tape_bytes;
    return bench_run(b, probe, 1, work, name);
}

void bench_reels_in_l1(bench *b, tl_probe *probe, uint32_t reel_bytes) {
    probe->reel = TL_L1_ARENA + bench_l1_beside(reel_bytes) - b->heap;
    probe->reel_bytes = reel_bytes;
}

bool bench_both_streamed(bench *b, const tl_probe *probe, const bench_work *work, const char *name,
                         uint32_t reel_bytes) {
    enum { HOMES = 0x30000 + BENCH_HOMES };
    tl_probe streamed = *probe;
    streamed.tape = BENCH_REGIONS * BENCH_REGION + BENCH_HOMES - HOMES;
    bench_reels_in_l1(b, &streamed, reel_bytes);
    return bench_both_taped(b, &streamed, work, name, HOMES / TL_CLUSTER_CORES);
}

/* Fills the heap with noise and puts the machine aside. */
static bool prepare(bench *b, float *noise) {
    const uint32_t n = BENCH_REGIONS * BENCH_REGION / sizeof *noise;
    b->booted = sim_snapshot_create(b->host.machine);
    if (!noise || !b->booted)
        return cli_out_of_memory(b->error);
    for (uint32_t i = 0; i < n; ++i)
        noise[i] = 2.0f * tl_random_unit(SEED, STREAM_BENCH, i) - 1.0f;
    b->box = b->host.box;
    if (!mailbox_write(&b->host, b->heap, noise, n * sizeof *noise, b->error))
        return false;
    return sim_save(b->host.machine, b->booted) == SIM_OK ||
           cli_fail(b->error, CLI_OURS, "%s", sim_message(b->host.machine));
}

bool bench_probe(bench_list *list, const char *firmware, const sim_machine *machine, cli_error *error) {
    bench b = {.list = list, .error = error};
    uint32_t request_bytes = 0, heap_bytes = 0;
    if (!mailbox_open(&b.host, firmware, machine, error))
        return false;
    bool fine = mailbox_symbol(&b.host, "tl_probe_request", &b.request, &request_bytes, error) &&
                mailbox_symbol(&b.host, "tl_probe_heap", &b.heap, &heap_bytes, error);
    if (fine && (request_bytes != sizeof(tl_probe) || heap_bytes < BENCH_REGIONS * BENCH_REGION + BENCH_HOMES))
        fine = cli_fail(error, CLI_INPUT, "the probe %s was built from other sources than this program", firmware);
    if (fine) {
        float *noise = malloc(BENCH_REGIONS * BENCH_REGION);
        fine = prepare(&b, noise);
        free(noise);
    }
    fine = fine && bench_kernels(&b) && bench_layers(&b) && bench_fused(&b) && bench_planes(&b) && bench_elements(&b);
    sim_snapshot_destroy(b.booted);
    mailbox_close(&b.host);
    return fine;
}
