/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The simulator's own speed on one core of this host: eight cores busy in a 64 x 64 x 64 matmul,
 * instruction caches modelled.
 *
 *     bench_sim MM_BENCH.elf      prints a table of docs/simulator.md
 */
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "src/kernel/mm.h"
#include "tests/kernel/mm_bench.h"
#include "tools/sim/sanitize.h"

enum { SIDE = 64, REPEAT = 120, TRIES = 5 };

typedef enum look { PLAIN, PROFILE, SANITIZE, LOOKS } look;

static double seconds(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static mm_bench_request matmul(void) {
    mm_bench_request request = {.repeat = REPEAT, .words = 3 * SIDE * SIDE};
    for (uint32_t i = 0; i < tl_mm_count; i++)
        if (strcmp(tl_mm_table[i].name, "tl_mm_f32_pulp_4x4") == 0)
            request.kernel = i;
    for (uint32_t core = 0; core < MM_BENCH_CORES; core++)
        request.problem[core] = (mm_bench_problem){.a = core * 4 * SIDE * SIDE / MM_BENCH_CORES,
                                                   .b = 4 * SIDE * SIDE,
                                                   .c = 8 * SIDE * SIDE + core * 4 * SIDE * SIDE / MM_BENCH_CORES,
                                                   .m = SIDE / MM_BENCH_CORES,
                                                   .n = SIDE,
                                                   .k = SIDE,
                                                   .runs = 1,
                                                   .a_m = 4 * SIDE,
                                                   .a_k = 4,
                                                   .b_n = 4 * SIDE,
                                                   .b_k = 4,
                                                   .c_m = 4 * SIDE,
                                                   .c_n = 4};
    return request;
}

/* Millions of cluster cycles a second; 0 when something went wrong, which is said. */
static double speed(const char *elf, look how) {
    const mm_bench_request request = matmul();
    const sim_observe_settings settings = {.profile = how == PROFILE};
    sim_observer *observer = NULL;
    sim_machine machine;
    uint32_t address = 0;
    double rate = 0;
    sim_machine_pulp8(&machine);
    sim *s = sim_create(&machine);
    if (!s)
        return 0;
    bool fine = sim_load_file(s, elf) == SIM_OK && sim_symbol(s, "mm_bench", &address, NULL) == SIM_OK &&
                sim_write(s, address, &request, sizeof request) == SIM_OK;
    if (fine && how != PLAIN)
        observer = sim_observe(s, &settings);
    if (fine && how == SANITIZE)
        fine = observer && sim_sanitize_begin(observer);
    const double start = seconds();
    fine = fine && sim_run(s, UINT64_MAX) == SIM_EXITED;
    const double end = seconds();
    if (fine)
        rate = 1e-6 * (double)sim_cycles(s) / (end - start);
    else
        fprintf(stderr, "bench_sim: %s\n", sim_message(s));
    sim_observe_end(observer);
    sim_destroy(s);
    return rate;
}

int main(int argc, char **argv) {
    static const char *const names[LOOKS] = {"plain", "`--profile`", "`--sanitize`"};
    if (argc != 2) {
        fprintf(stderr, "usage: %s MM_BENCH.elf\n", argv[0]);
        return 2;
    }
    printf("| | million cluster cycles a second | times slower |\n|---|---|---|\n");
    double plain = 0;
    for (look how = PLAIN; how < LOOKS; how++) {
        double best = 0;
        for (int i = 0; i < TRIES; i++) {
            const double rate = speed(argv[1], how);
            best = rate > best ? rate : best;
        }
        if (best <= 0)
            return 1;
        plain = how == PLAIN ? best : plain;
        printf("| %s | %.1f | %.1f |\n", names[how], best, plain / best);
    }
    return 0;
}
