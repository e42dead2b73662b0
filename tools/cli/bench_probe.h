/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Cases that the probe (guest/probe.h) carries out. Each starts from the same state of the machine, booted and with
 * noise in its heap, so that cycles do not depend on which other cases are run.
 *
 * To add one: in the file of its kind make a request, say what it cannot do without (bench_bound.h), and call
 * bench_both() with a name "WHAT-SIZES.PASS", or "KERNEL/SIZES" for a kernel in L1.
 */
#ifndef TL_CLI_BENCH_PROBE_H
#define TL_CLI_BENCH_PROBE_H

#include "guest/probe.h"
#include "platform/budget.h"
#include "tools/cli/bench.h"
#include "tools/cli/bench_bound.h"
#include "tools/cli/mailbox_host.h"

enum { BENCH_REGION = 0x50000, BENCH_REGIONS = 4, BENCH_HOMES = 0xC000 }; /* of the heap, in bytes; more for tapes */

typedef struct bench {
    bench_list *list;
    mailbox_host host;
    sim_snapshot *booted;
    tl_mailbox box;         /* as it is then */
    uint32_t request, heap; /* addresses */
    cli_error *error;
} bench;

extern const char *const bench_pass_names[];

/* A request whose buffers begin in regions of their own. */
tl_probe bench_request(tl_probe_kind kind, tl_pass pass);
/* The plan and its kernel. */
void bench_set_plan(tl_probe *probe, const tl_mm_plan *plan);

/* Brings the machine back to where a case begins. */
bool bench_begin(bench *b);
/* If the filter lets "NAME/CORES" through: carries the request out, warm (`repeat` 0 means 2), and adds the cycles of
 * the last run. */
bool bench_measure(bench *b, const tl_probe *probe, uint32_t cores, const bench_work *work, const char *name);
/* Both. */
bool bench_run(bench *b, const tl_probe *probe, uint32_t cores, const bench_work *work, const char *name);
/* On the team and on one core. */
bool bench_both(bench *b, const tl_probe *probe, const bench_work *work, const char *name);
/* The same from tapes of `tape_bytes` a core at probe->tape; one core's tape takes the room of all. */
bool bench_both_taped(bench *b, tl_probe *probe, const bench_work *work, const char *name, uint32_t tape_bytes);
/* Puts such tapes at the arena's end. */
void bench_tapes_in_l1(bench *b, tl_probe *probe, uint32_t tape_bytes);
/* The same with the reels of tapes whose home is in L2. */
void bench_reels_in_l1(bench *b, tl_probe *probe, uint32_t reel_bytes);
/*
 * As a network runs it: warm, from tapes whose home is the heap's last part and whose reels, of so many bytes a core,
 * are at the arena's end. The plan is one for what is left beside them.
 */
bool bench_both_streamed(bench *b, const tl_probe *probe, const bench_work *work, const char *name,
                         uint32_t reel_bytes);
/* What is left of the arena beside them. */
uint32_t bench_l1_beside(uint32_t tape_bytes);

/* The cases by kind. */
bool bench_kernels(bench *b);
bool bench_layers(bench *b);
bool bench_fused(bench *b);
bool bench_planes(bench *b);
bool bench_elements(bench *b);

#endif
