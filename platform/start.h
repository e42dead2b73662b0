/* SPDX-License-Identifier: Apache-2.0 */
/* What a program for the cluster builds on: crt0.S calls tl_main on every core. */
#ifndef TL_PLATFORM_START_H
#define TL_PLATFORM_START_H

#include "platform/mailbox.h"
#include <stdint.h>

extern volatile tl_mailbox tl_mailbox_storage __asm__("tl_mailbox");
extern volatile uint32_t tl_mark_word;

/* Makes the event unit ready: a barrier of all cores (tl_all_barrier) and one of the first n (the team's). */
void tl_start_barriers(uint32_t core);
void tl_set_team(uint32_t n);
void tl_all_barrier(void);

/* Ends the program with this exit status. Does not return. */
_Noreturn void tl_exit(uint32_t status);

#endif
