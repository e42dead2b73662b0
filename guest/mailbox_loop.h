/* SPDX-License-Identifier: Apache-2.0 */
/* The loop that serves the mailbox: every core calls it, and it does not return. */
#ifndef TL_GUEST_MAILBOX_LOOP_H
#define TL_GUEST_MAILBOX_LOOP_H

#include "platform/mailbox.h"
#include "tl/status.h"
#include "tl/team.h"

/* Carries out one request on the cores of the team; core 0's status is the answer. */
typedef tl_status tl_serve(const tl_team *team, volatile tl_mailbox *mailbox, void *user);

_Noreturn void tl_mailbox_loop(uint32_t core, tl_serve *serve, void *user);

#endif
