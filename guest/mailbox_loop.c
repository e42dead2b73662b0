/* SPDX-License-Identifier: Apache-2.0 */
#include "guest/mailbox_loop.h"
#include "platform/memmap.h"
#include "platform/start.h"
#include "src/hal/hal.h"

/* The request as all cores see it: read from L2 once, by core 0. */
__attribute__((section(".l1"))) static volatile uint32_t team_size;

static inline void pause_polling(void) {
    /* A division by 1 is the longest instruction without a memory access: polling leaves the bus alone. */
    uint32_t one = 1, quotient;
    __asm__ volatile("divu %0, %1, %1" : "=r"(quotient) : "r"(one));
}

static void wait_for_request(volatile tl_mailbox *mailbox, uint32_t served) {
    while (mailbox->sequence == served)
        pause_polling();
    uint32_t n = mailbox->cores;
    if (n < 1 || n > TL_CLUSTER_CORES)
        n = TL_CLUSTER_CORES;
    if (mailbox->request == TL_REQUEST_EXIT)
        tl_exit(mailbox->argument[0]);
    tl_set_team(n);
    team_size = n;
}

_Noreturn void tl_mailbox_loop(uint32_t core, tl_serve *serve, void *user) {
    volatile tl_mailbox *mailbox = &tl_mailbox_storage;
    tl_start_barriers(core);
    if (core == 0) {
        mailbox->magic = TL_MAILBOX_MAGIC;
        mailbox->doorbell = mailbox->sequence;
    }
    for (uint32_t served = 0;; ++served) {
        if (core == 0)
            wait_for_request(mailbox, served);
        /* Nobody comes to this barrier before core 0 has set it up: its trigger mask would be empty. */
        tl_all_barrier();
        if (core < team_size) {
            tl_team team = {.id = core, .n = team_size, .shared = NULL};
            uint32_t start = tl_cycles();
            tl_status status = serve(&team, mailbox, user);
            tl_barrier(&team);
            if (core == 0) {
                mailbox->cycles = tl_cycles() - start;
                mailbox->status = (uint32_t)status;
            }
        }
        tl_all_barrier();
        if (core == 0)
            mailbox->doorbell = served + 1;
    }
}
