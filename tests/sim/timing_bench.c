/* SPDX-License-Identifier: Apache-2.0 */
#include "timing_bench.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tools/sim/sim.h"

enum { L1_DATA = 0x10000400, ELF_MOST = 4 << 20 };

static const uint32_t place_pitch[] = {4100, 2048, 0, 1024, 1028};

int bench_failures, bench_table;
static unsigned char *elf;
static size_t elf_bytes;

/* What the host writes into the guest's `request`. */
typedef struct request {
    uint32_t function, cores, passes, twice;
    uint32_t data[CORES], divisor[CORES];
} request;

static void failed(const char *what, const char *why) {
    bench_failures++;
    printf("FAIL %s: %s\n", what, why);
}

int bench_run(const job *j, outcome *out) {
    sim_machine machine;
    sim_machine_pulp8(&machine);
    machine.fpus = j->fpus;
    sim *s = sim_create(&machine);
    if (!s) {
        failed(j->function, "no machine");
        return 0;
    }
    memset(out, 0, sizeof *out);

    char symbol[64];
    snprintf(symbol, sizeof symbol, "t_%s", j->function);
    request r = {.cores = j->cores, .passes = j->passes, .twice = j->begin == AGAIN};
    for (uint32_t core = 0; core < CORES; core++) {
        r.data[core] = L1_DATA + core * place_pitch[j->at];
        const uint32_t late[STARTS] = {0, core, CORES - 1 - core, 2 * core, core};
        r.divisor[core] = 1u << (30 - late[j->begin]);
    }
    uint32_t at_request, at_arguments, at_results;
    sim_status status = sim_load_bytes(s, elf, elf_bytes);
    if (status == SIM_OK)
        status = sim_symbol(s, symbol, &r.function, NULL);
    if (status == SIM_OK && sim_symbol(s, "request", &at_request, NULL) == SIM_OK &&
        sim_symbol(s, "arguments", &at_arguments, NULL) == SIM_OK &&
        sim_symbol(s, "results", &at_results, NULL) == SIM_OK) {
        sim_write(s, at_request, &r, sizeof r);
        sim_write(s, at_arguments, j->arguments, sizeof j->arguments);
        status = sim_run(s, 2000000);
        sim_read(s, at_results, out->of, sizeof out->of);
    }
    if (status != SIM_EXITED && !j->probe)
        failed(j->function, sim_message(s));
    sim_destroy(s);
    return status == SIM_EXITED;
}

summary bench_summary(const outcome *o, uint32_t first, uint32_t passes, uint32_t cores) {
    summary s = {.least = UINT32_MAX};
    for (uint32_t pass = first; pass < passes; pass++) {
        uint32_t slowest = 0;
        for (uint32_t core = 0; core < cores; core++)
            slowest = o->of[pass][core].total > slowest ? o->of[pass][core].total : slowest;
        s.least = slowest < s.least ? slowest : s.least;
        s.most = slowest > s.most ? slowest : s.most;
        s.average += (double)slowest / (passes - first);
    }
    return s;
}

void bench_verdict(const char *name, uint32_t cores, const char *reference, const char *ours, double difference,
                   int good) {
    if (bench_table)
        printf("| %s | %u | %s | %s | %+.1f | %s |\n", name, (unsigned)cores, reference, ours, difference,
               good ? "yes" : "**no**");
    else if (!good)
        printf("DIFFERS %s, %u cores: reference %s, ours %s\n", name, (unsigned)cores, reference, ours);
    bench_failures += !good;
}

void bench_expect(const char *name, uint32_t cores, double reference, double ours, double tolerance) {
    char ref[32], own[32];
    snprintf(ref, sizeof ref, "%.0f", reference);
    snprintf(own, sizeof own, "%.0f", ours);
    const double difference = ours - reference;
    bench_verdict(name, cores, ref, own, difference, difference <= tolerance && -difference <= tolerance);
}

int bench_open(int argc, char **argv, const char *elf_path) {
    bench_table = argc > 1 && strcmp(argv[1], "--table") == 0;
    FILE *file = fopen(elf_path, "rb");
    elf = malloc(ELF_MOST);
    elf_bytes = file && elf ? fread(elf, 1, ELF_MOST, file) : 0;
    if (file)
        fclose(file);
    if (elf_bytes == 0) {
        fprintf(stderr, "cannot read %s\n", elf_path);
        free(elf);
        return 1;
    }
    if (bench_table)
        printf("| sequence | cores | reference | simulator | difference | within |\n|---|---|---|---|---|---|\n");
    return 0;
}

void bench_close(void) {
    free(elf);
}
