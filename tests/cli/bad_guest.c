/* SPDX-License-Identifier: Apache-2.0 */
/* A firmware that does to the host what argument[0] of a request asks for. */
#include "guest/mailbox_loop.h"
#include "platform/start.h"
#include <stddef.h>

enum { ANSWER, SILENCE, FAULT, END };

void tl_main(uint32_t core);

static tl_status serve(const tl_team *team, volatile tl_mailbox *mailbox, void *user) {
    (void)user;
    if (team->id == 0) {
        switch (mailbox->argument[0]) {
        case SILENCE:
            while (mailbox->magic)
                ;
            break;
        case FAULT:
            *(volatile uint32_t *)(uintptr_t)0x30000000 = 1;
            break;
        case END:
            tl_exit(7);
        default:
            break;
        }
        mailbox->argument[1] = mailbox->argument[0] + team->n;
    }
    return TL_OK;
}

void tl_main(uint32_t core) {
    tl_mailbox_loop(core, serve, NULL);
}
