/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/cli/cmd_sim.h"

#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tools/sim/sim.h"

typedef struct sim_request {
    sim_machine machine;
    uint64_t max_cycles;
    int stats, json;
    const char *path;
} sim_request;

static void print_usage(FILE *to) {
    fprintf(to, "Usage: trainlib sim [options] program.elf\n"
                "\n"
                "Runs a program on the simulated 8-core cluster. What it prints goes to standard output; its exit\n"
                "status is this command's. A fault of the program is reported on standard error, exit status 1.\n"
                "\n"
                "  --stats             print the counters of all cores when it ends (standard error)\n"
                "  --json              print them as JSON (standard output)\n"
                "  --max-cycles N      stop after N cycles, exit status 1\n"
                "  --cores N           cluster cores, 1 to 8 (default 8)\n"
                "  --l1 BYTES          L1, a power of two (default 65536; K and M may follow the number)\n"
                "  --l2 BYTES          shared part of L2 (default 1984K)\n"
                "  --fpus N            floating-point units; fewer than cores are shared (default: one per core)\n"
                "  --fpu-latency N     1 to 3 cycles (default 1)\n"
                "  --no-icache         every fetch hits\n"
                "  --help\n"
                "\n"
                "Examples:\n"
                "  trainlib sim program.elf\n"
                "  trainlib sim --stats program.elf\n"
                "  trainlib sim --json program.elf > stats.json\n"
                "  trainlib sim --max-cycles 1000000 --cores 4 program.elf\n");
}

/* Reads a number, K and M allowed behind it. Returns 0 and says why when it is none or out of range. */
static int read_number(const char *option, const char *text, uint64_t low, uint64_t high, uint64_t *value) {
    char *end;
    errno = 0;
    *value = strtoull(text, &end, 0);
    uint64_t unit = *end == 'K' ? 1024 : *end == 'M' ? 1024 * 1024 : 1;
    if (unit > 1)
        end++;
    if (end == text || *end || errno || strchr(text, '-') || *value > UINT64_MAX / unit || *value * unit < low ||
        *value * unit > high) {
        fprintf(stderr, "trainlib sim: %s wants a number from %" PRIu64 " to %" PRIu64 ", not \"%s\"\n", option, low,
                high, text);
        return 0;
    }
    *value *= unit;
    return 1;
}

enum { OPT_STATS = 256, OPT_JSON, OPT_MAX_CYCLES, OPT_CORES, OPT_L1, OPT_L2, OPT_FPUS, OPT_FPU_LATENCY, OPT_NO_ICACHE };

static const struct option options[] = {
    {"stats", no_argument, NULL, OPT_STATS},
    {"json", no_argument, NULL, OPT_JSON},
    {"max-cycles", required_argument, NULL, OPT_MAX_CYCLES},
    {"cores", required_argument, NULL, OPT_CORES},
    {"l1", required_argument, NULL, OPT_L1},
    {"l2", required_argument, NULL, OPT_L2},
    {"fpus", required_argument, NULL, OPT_FPUS},
    {"fpu-latency", required_argument, NULL, OPT_FPU_LATENCY},
    {"no-icache", no_argument, NULL, OPT_NO_ICACHE},
    {"help", no_argument, NULL, 'h'},
    {NULL, 0, NULL, 0},
};

/* Returns 0 to go on, else the exit status + 1. */
static int read_options(int argc, char **argv, sim_request *request) {
    uint64_t v = 0, fpus = 0;
    int option;
    optind = 0;
    while ((option = getopt_long(argc, argv, "h", options, NULL)) != -1) {
        int fine = 1;
        switch (option) {
        case OPT_STATS:
            request->stats = 1;
            break;
        case OPT_JSON:
            request->json = 1;
            break;
        case OPT_MAX_CYCLES:
            fine = read_number("--max-cycles", optarg, 1, INT64_MAX, &request->max_cycles);
            break;
        case OPT_CORES:
            fine = read_number("--cores", optarg, 1, 8, &v);
            request->machine.cores = (uint32_t)v;
            break;
        case OPT_L1:
            fine = read_number("--l1", optarg, 4096, 1024 * 1024, &v);
            request->machine.l1_bytes = (uint32_t)v;
            break;
        case OPT_L2:
            fine = read_number("--l2", optarg, 4096, 16 * 1024 * 1024, &v);
            request->machine.l2_bytes = (uint32_t)v;
            break;
        case OPT_FPUS:
            fine = read_number("--fpus", optarg, 1, 8, &fpus);
            break;
        case OPT_FPU_LATENCY:
            fine = read_number("--fpu-latency", optarg, 1, 3, &v);
            request->machine.fpu_latency = (uint32_t)v;
            break;
        case OPT_NO_ICACHE:
            request->machine.icache = 0;
            break;
        case 'h':
            print_usage(stdout);
            return 1;
        default: /* getopt has said what is wrong */
            fine = 0;
            break;
        }
        if (!fine)
            return 3;
    }
    if (argc - optind != 1) {
        fprintf(stderr, "trainlib sim: %s; see trainlib sim --help\n",
                argc == optind ? "no program given" : "more than one program given");
        return 3;
    }
    request->path = argv[optind];
    request->machine.fpus = fpus && fpus < request->machine.cores ? (uint32_t)fpus : request->machine.cores;
    return 0;
}

static void print_guest(void *user, uint32_t hart, const char *text, size_t bytes) {
    (void)hart;
    fwrite(text, 1, bytes, user);
}

static uint64_t stalls(const sim_core_stats *core) {
    uint64_t sum = 0;
    for (unsigned i = 0; i < SIM_STALLS; i++)
        sum += core->stall[i];
    return sum;
}

static void print_stats(const sim_stats *stats) {
    uint64_t macs = 0;
    fprintf(stderr, "%" PRIu64 " cycles\n\n%-6s%12s%8s%12s%12s%10s%10s%10s", stats->cycles, "core", "active", "busy",
            "instr", "fp", "mac", "load", "store");
    for (unsigned i = 0; i < SIM_STALLS; i++)
        fprintf(stderr, "%10s", sim_stall_names[i]);
    fputc('\n', stderr);
    for (uint32_t i = 0; i < stats->cores; i++) {
        const sim_core_stats *c = &stats->core[i];
        char name[16];
        snprintf(name, sizeof name, i + 1 == stats->cores ? "fc" : "%" PRIu32, i);
        fprintf(stderr, "%-6s%12" PRIu64 "%7.1f%%%12" PRIu64 "%12" PRIu64 "%10" PRIu64 "%10" PRIu64 "%10" PRIu64, name,
                c->active, c->active ? 100.0 * (double)(c->active - stalls(c)) / (double)c->active : 0.0,
                c->instructions, c->fp, c->macs, c->loads, c->stores);
        for (unsigned j = 0; j < SIM_STALLS; j++)
            fprintf(stderr, "%10" PRIu64, c->stall[j]);
        fputc('\n', stderr);
        macs += c->macs;
    }
    fprintf(stderr, "\nmultiply-adds per cycle   %.3f\n", stats->cycles ? (double)macs / (double)stats->cycles : 0.0);
    fprintf(stderr,
            "DMA                       %" PRIu64 " bytes in, %" PRIu64 " out, %" PRIu64 " transfers, busy %" PRIu64
            " cycles\n",
            stats->dma_bytes_in, stats->dma_bytes_out, stats->dma_transfers, stats->dma_busy);
    fprintf(stderr, "instruction cache misses  %" PRIu64 " in L0, %" PRIu64 " in the shared one (lines of 16 bytes)\n",
            stats->l0_misses, stats->l1i_misses);
    fprintf(stderr, "L1 in use up to           %" PRIu32 " bytes\n", stats->l1_high_water);
}

static void print_json(const sim_stats *stats, uint32_t exit_status) {
    printf("{\"cycles\": %" PRIu64 ", \"exit_status\": %" PRIu32 ", \"cores\": [", stats->cycles, exit_status);
    for (uint32_t i = 0; i < stats->cores; i++) {
        const sim_core_stats *c = &stats->core[i];
        printf("%s\n  {\"hart\": %" PRIu32 ", \"active\": %" PRIu64 ", \"instructions\": %" PRIu64 ", \"fp\": %" PRIu64
               ", \"macs\": %" PRIu64 ", \"loads\": %" PRIu64 ", \"stores\": %" PRIu64 ", \"bank_conflicts\": %" PRIu64
               ", \"stall\": {",
               i ? "," : "", c->hart, c->active, c->instructions, c->fp, c->macs, c->loads, c->stores,
               c->bank_conflicts);
        for (unsigned j = 0; j < SIM_STALLS; j++)
            printf("%s\"%s\": %" PRIu64, j ? ", " : "", sim_stall_names[j], c->stall[j]);
        printf("}}");
    }
    printf("],\n \"dma\": {\"bytes_in\": %" PRIu64 ", \"bytes_out\": %" PRIu64 ", \"transfers\": %" PRIu64
           ", \"busy\": %" PRIu64 "},\n \"icache\": {\"l0_misses\": %" PRIu64 ", \"l1_misses\": %" PRIu64
           "},\n \"l1_high_water\": %" PRIu32 "}\n",
           stats->dma_bytes_in, stats->dma_bytes_out, stats->dma_transfers, stats->dma_busy, stats->l0_misses,
           stats->l1i_misses, stats->l1_high_water);
}

static int run(sim *s, const sim_request *request) {
    sim_stats stats;
    sim_status status = sim_load_file(s, request->path);
    if (status != SIM_OK) {
        fprintf(stderr, "trainlib sim: %s\n", sim_message(s));
        return 1;
    }
    /* With --json standard output is for the numbers alone. */
    sim_set_output(s, print_guest, request->json ? stderr : stdout);
    status = sim_run(s, request->max_cycles);
    fflush(stdout);
    if (status == SIM_LIMIT)
        fprintf(stderr, "trainlib sim: stopped: the program had not ended after %" PRIu64 " cycles\n", sim_cycles(s));
    else if (status != SIM_EXITED)
        fprintf(stderr, "trainlib sim: %s", sim_message(s));
    sim_get_stats(s, &stats);
    if (request->stats)
        print_stats(&stats);
    if (request->json)
        print_json(&stats, status == SIM_EXITED ? sim_exit_status(s) : 1);
    if (fflush(stdout) || ferror(stdout)) {
        fprintf(stderr, "trainlib sim: cannot write to standard output: %s\n", strerror(errno));
        return 1;
    }
    return status == SIM_EXITED ? (int)(sim_exit_status(s) & 0xff) : 1;
}

int cmd_sim(int argc, char **argv) {
    sim_request request = {.max_cycles = INT64_MAX};
    int result;
    sim *s;
    sim_machine_pulp8(&request.machine);
    result = read_options(argc, argv, &request);
    if (result)
        return result - 1;
    s = sim_create(&request.machine);
    if (!s) {
        fprintf(stderr, "trainlib sim: no such machine can be made: --l1 must be a power of two, --l2 a multiple of 64 "
                        "bytes, and memory must suffice\n");
        return 1;
    }
    result = run(s, &request);
    sim_destroy(s);
    return result;
}
