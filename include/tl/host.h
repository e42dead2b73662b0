/* SPDX-License-Identifier: Apache-2.0 */
/* A team of host threads: the library's native form. */
#ifndef TL_HOST_H
#define TL_HOST_H

#include "tl/team.h"
#include <stddef.h>

typedef struct tl_host_team tl_host_team;

/* n threads (1 to 64) with `l1_bytes` of arena, kept until destroyed; thread 0 is the caller. NULL if out of memory. */
tl_host_team *tl_host_team_create(uint32_t n, size_t l1_bytes);
void tl_host_team_destroy(tl_host_team *host);

/* Runs f once on every thread of the team; returns when all have returned. */
void tl_host_team_run(tl_host_team *host, void (*f)(const tl_team *team, void *user), void *user);

#endif
