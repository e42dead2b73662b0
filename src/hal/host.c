/* SPDX-License-Identifier: Apache-2.0 */
#include "tl/host.h"
#include "src/hal/copy.h"
#include "src/hal/hal.h"
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* Generous: pointers are twice as wide here, and nothing else competes for it. */
enum { MAX_THREADS = 64, KEPT_BYTES = 1 << 20 };

struct tl_shared {
    char *arena, *kept;
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
    /* Workers sleep until `round` moves on; the caller sleeps until `busy` is 0 again. */
    pthread_mutex_t lock;
    pthread_cond_t changed;
    uint32_t round, busy;
    bool stop;
    void (*f)(const tl_team *team, void *user);
    void *user;
    worker workers[MAX_THREADS];
};

static void *work(void *argument) {
    worker *me = argument;
    tl_host_team *host = me->host;
    for (uint32_t seen = 0;;) {
        pthread_mutex_lock(&host->lock);
        while (host->round == seen && !host->stop)
            pthread_cond_wait(&host->changed, &host->lock);
        bool stop = host->stop;
        seen = host->round;
        pthread_mutex_unlock(&host->lock);
        if (stop)
            return NULL;
        host->f(&me->team, host->user);
        pthread_mutex_lock(&host->lock);
        if (--host->busy == 0)
            pthread_cond_broadcast(&host->changed);
        pthread_mutex_unlock(&host->lock);
    }
}

static void release(tl_host_team *host, uint32_t started) {
    pthread_mutex_lock(&host->lock);
    host->stop = true;
    pthread_cond_broadcast(&host->changed);
    pthread_mutex_unlock(&host->lock);
    for (uint32_t i = 1; i < started; ++i)
        pthread_join(host->workers[i].thread, NULL);
    pthread_cond_destroy(&host->changed);
    pthread_mutex_destroy(&host->lock);
    pthread_barrier_destroy(&host->shared.barrier);
    free(host->shared.arena);
    free(host->shared.kept);
    free(host);
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
    host->shared.kept = aligned_alloc(64, KEPT_BYTES);
    if (!host->shared.arena || !host->shared.kept) {
        free(host->shared.arena);
        free(host->shared.kept);
        free(host);
        return NULL;
    }
    pthread_barrier_init(&host->shared.barrier, NULL, n);
    pthread_mutex_init(&host->lock, NULL);
    pthread_cond_init(&host->changed, NULL);
    for (uint32_t i = 0; i < n; ++i) {
        host->workers[i].host = host;
        host->workers[i].team = (tl_team){.id = i, .n = n, .shared = &host->shared};
        if (i > 0 && pthread_create(&host->workers[i].thread, NULL, work, &host->workers[i]) != 0) {
            release(host, i);
            return NULL;
        }
    }
    return host;
}

void tl_host_team_destroy(tl_host_team *host) {
    if (host)
        release(host, host->n);
}

void tl_host_team_run(tl_host_team *host, void (*f)(const tl_team *team, void *user), void *user) {
    pthread_mutex_lock(&host->lock);
    host->f = f;
    host->user = user;
    host->busy = host->n - 1;
    ++host->round;
    pthread_cond_broadcast(&host->changed);
    pthread_mutex_unlock(&host->lock);
    f(&host->workers[0].team, user);
    pthread_mutex_lock(&host->lock);
    while (host->busy > 0)
        pthread_cond_wait(&host->changed, &host->lock);
    pthread_mutex_unlock(&host->lock);
}

void tl_barrier(const tl_team *team) {
    if (team->n == 1)
        return;
    if (team->tape)
        tl_tape_barrier(team->tape);
    else
        pthread_barrier_wait(&team->shared->barrier);
}

char *tl_l1(const tl_team *team) {
    return team->shared->arena;
}

size_t tl_l1_bytes(const tl_team *team) {
    return team->shared->arena_bytes;
}

bool tl_in_l1(const tl_team *team, const void *address) {
    return (uintptr_t)address - (uintptr_t)team->shared->kept < KEPT_BYTES;
}

char *tl_l1_kept(const tl_team *team, size_t *bytes) {
    *bytes = KEPT_BYTES;
    return team->shared->kept;
}

uint32_t tl_cycles(void) {
    return 0;
}

void tl_mark(const tl_team *team, uint32_t part) {
    (void)team;
    (void)part;
}

/* A transfer that takes no time. */
void tl_dma_start(const tl_team *team, uint32_t slot, tl_dma_direction direction, const tl_dma_box *box) {
    (void)slot;
    tl_copy_box(team, direction, box);
}

void tl_dma_wait(const tl_team *team, uint32_t slot) {
    (void)team;
    (void)slot;
}

tl_lane tl_dma_open(void) {
    return 0;
}

void tl_dma_put_rows(tl_dma_direction direction, void *l1, void *l2, uint32_t rows, uint32_t bytes, uint32_t l2_pitch) {
    char *here = l1, *there = l2;
    for (uint32_t i = 0; i < rows; ++i, here += bytes, there += l2_pitch) {
        if (direction == TL_DMA_IN)
            memcpy(here, there, bytes);
        else
            memcpy(there, here, bytes);
    }
}

void tl_dma_put(tl_dma_direction direction, void *l1, void *l2, uint32_t bytes) {
    tl_dma_put_rows(direction, l1, l2, 1, bytes, 0);
}

void tl_dma_await(tl_lane lane) {
    (void)lane;
}

void tl_dma_close(tl_lane lane) {
    (void)lane;
}

static void move_tile(const tl_gate *gate, tl_dma_direction direction, const tl_tile *tile) {
    const tl_team alone = {.n = 1, .shared = gate->team.shared};
    const uint32_t run = gate->run ? gate->run : 4 * tile->units, bytes = gate->unit_bytes * tile->units;
    const tl_dma_box box = {.l1 = tile->l1,
                            .l2 = tile->l2,
                            .rows = bytes / run,
                            .segments = 1,
                            .bytes = run,
                            .l1_pitch = run,
                            .l2_segment = run,
                            .l2_pitch = gate->l2_pitch};
    tl_dma_start(&alone, 0, direction, &box);
}

void tl_gate_begin(const tl_gate *gate, tl_gate_state *state) {
    state->tile = gate->first;
    for (uint32_t i = 0; i < 2 && gate->team.id == 0 && gate->first + i < gate->end; ++i)
        move_tile(gate, TL_DMA_IN, gate->first + i);
}

const tl_tile *tl_gate_pass(const tl_gate *gate, tl_gate_state *state) {
    const tl_tile *tile = state->tile++;
    tl_barrier(&gate->team);
    if (gate->out && tile > gate->first && gate->team.id + 1 == gate->team.n)
        move_tile(gate, TL_DMA_OUT, tile - 1);
    if (gate->team.id == 0 && tile + 2 < gate->end)
        move_tile(gate, TL_DMA_IN, tile + 2);
    return tile;
}

void tl_gate_end(const tl_gate *gate, tl_gate_state *state) {
    tl_barrier(&gate->team);
    if (gate->team.id + 1 == gate->team.n)
        move_tile(gate, TL_DMA_OUT, state->tile - 1);
}

void tl_gate_out(const tl_gate *gate, tl_gate_state *state) {
    (void)gate;
    (void)state;
}

void tl_dma_start_own(const tl_team *team, char *l1, const char *l2, uint32_t bytes) {
    (void)team;
    memcpy(l1, l2, bytes);
}

void tl_dma_wait_own(const tl_team *team) {
    (void)team;
}
