/* SPDX-License-Identifier: Apache-2.0 */
/* The probe on the cluster: its request and heap, behind the mailbox. */
#include "guest/probe.h"
#include "guest/mailbox_loop.h"
#include "platform/memmap.h"
#include "platform/start.h"

enum { HEAP_BYTES = 0x14C000 };

tl_probe tl_probe_request;
__attribute__((section(".heap"), aligned(64))) char tl_probe_heap[HEAP_BYTES];

void tl_main(uint32_t core);

static tl_status serve(const tl_team *team, volatile tl_mailbox *mailbox, void *user) {
    (void)user;
    if (mailbox->request != TL_REQUEST_PROBE)
        return TL_BAD_REQUEST;
    uint32_t cycles = 0;
    tl_status status = tl_probe_serve(team, &tl_probe_request, tl_probe_heap, &cycles);
    if (team->id == 0)
        mailbox->argument[0] = cycles;
    return status;
}

void tl_main(uint32_t core) {
    tl_mailbox_loop(core, serve, NULL);
}
