/* SPDX-License-Identifier: Apache-2.0 */
#include "src/hal/host.h"
#include "src/hal/hal.h"
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_THREADS = 64 };

struct tl_shared {
    char *arena;
    size_t arena_bytes;
    pthread_barrier_t barrier;
};

typedef struct worker {
    tl_host_team *host;
    tl_team team;
    pthread_t thread;
} worker;

struct tl_host_team {
    tl_shared shared;
    uint32_t n;
    bool stop;
    pthread_barrier_t start; /* workers sleep here between runs */
    void (*f)(const tl_team *team, void *user);
    void *user;
    worker workers[MAX_THREADS];
};

static void *work(void *argument) {
    worker *me = argument;
    tl_host_team *host = me->host;
    for (;;) {
        pthread_barrier_wait(&host->start);
        if (host->stop)
            return NULL;
        host->f(&me->team, host->user);
        pthread_barrier_wait(&host->start);
    }
}

static void stop_workers(tl_host_team *host, uint32_t started) {
    host->stop = true;
    if (started > 1)
        pthread_barrier_wait(&host->start);
    for (uint32_t i = 1; i < started; ++i)
        pthread_join(host->workers[i].thread, NULL);
}

tl_host_team *tl_host_team_create(uint32_t n, size_t l1_bytes) {
    if (n < 1 || n > MAX_THREADS)
        return NULL;
    tl_host_team *host = calloc(1, sizeof *host);
    if (!host)
        return NULL;
    host->n = n;
    host->shared.arena_bytes = l1_bytes;
    host->shared.arena = aligned_alloc(64, (l1_bytes + 63) / 64 * 64);
    if (!host->shared.arena) {
        free(host);
        return NULL;
    }
    pthread_barrier_init(&host->shared.barrier, NULL, n);
    pthread_barrier_init(&host->start, NULL, n);
    for (uint32_t i = 0; i < n; ++i) {
        host->workers[i].host = host;
        host->workers[i].team = (tl_team){.id = i, .n = n, .shared = &host->shared};
        if (i > 0 && pthread_create(&host->workers[i].thread, NULL, work, &host->workers[i]) != 0) {
            /* Those already started wait at a barrier that will never fill: let them go with a smaller one. */
            for (uint32_t j = 1; j < i; ++j)
                pthread_cancel(host->workers[j].thread);
            for (uint32_t j = 1; j < i; ++j)
                pthread_join(host->workers[j].thread, NULL);
            free(host->shared.arena);
            free(host);
            return NULL;
        }
    }
    return host;
}

void tl_host_team_destroy(tl_host_team *host) {
    if (!host)
        return;
    stop_workers(host, host->n);
    pthread_barrier_destroy(&host->start);
    pthread_barrier_destroy(&host->shared.barrier);
    free(host->shared.arena);
    free(host);
}

void tl_host_team_run(tl_host_team *host, void (*f)(const tl_team *team, void *user), void *user) {
    host->f = f;
    host->user = user;
    if (host->n > 1)
        pthread_barrier_wait(&host->start);
    f(&host->workers[0].team, user);
    if (host->n > 1)
        pthread_barrier_wait(&host->start);
}

void tl_barrier(const tl_team *team) {
    if (team->n > 1)
        pthread_barrier_wait(&team->shared->barrier);
}

char *tl_l1(const tl_team *team) {
    return team->shared->arena;
}

size_t tl_l1_bytes(const tl_team *team) {
    return team->shared->arena_bytes;
}

uint32_t tl_cycles(void) {
    return 0;
}

void tl_mark(const tl_team *team, uint32_t part) {
    (void)team;
    (void)part;
}

uint32_t tl_dma_begin(const tl_team *team) {
    (void)team;
    return 0;
}

void tl_dma_start(const tl_team *team, tl_dma_direction direction, const tl_dma_box *box) {
    for (uint32_t r = team->id; r < box->rows; r += team->n) {
        for (uint32_t s = 0; s < box->segments; ++s) {
            char *l1 = box->l1 + (size_t)r * box->l1_pitch + (size_t)s * box->bytes;
            char *l2 = box->l2 + (size_t)r * box->l2_pitch + (size_t)s * box->l2_segment;
            if (direction == TL_DMA_IN)
                memcpy(l1, l2, box->bytes);
            else
                memcpy(l2, l1, box->bytes);
        }
    }
}

void tl_dma_end(const tl_team *team, uint32_t handle) {
    (void)team;
    (void)handle;
}
