/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/cli/sim_print.h"
#include "tools/cli/text.h"

static uint64_t stalls(const sim_core_stats *core) {
    uint64_t sum = 0;
    for (unsigned i = 0; i < SIM_STALLS; i++)
        sum += core->stall[i];
    return sum;
}

static double ratio(uint64_t a, uint64_t b) {
    return b ? (double)a / (double)b : 0.0;
}

static text core_name(const sim_stats *stats, uint32_t core) {
    return core + 1 == stats->cores ? text_of("fc") : text_of("%u", core);
}

static void print_work(FILE *to, const sim_stats *stats) {
    static const text head[] = {{"core"},      {"active cycles"}, {"busy"},  {"instructions"}, {"per cycle"},
                                {"FP instr."}, {"MACs"},          {"loads"}, {"stores"}};
    table t;
    table_begin(&t, sizeof head / sizeof *head, 1);
    table_row(&t, head);
    table_row(&t, NULL);
    for (uint32_t i = 0; i < stats->cores; i++) {
        const sim_core_stats *c = &stats->core[i];
        const text row[] = {core_name(stats, i),
                            text_count(c->active),
                            text_percent(ratio(c->active - stalls(c), c->active)),
                            text_count(c->instructions),
                            text_of("%.3f", ratio(c->instructions, c->active)),
                            text_count(c->fp),
                            text_count(c->macs),
                            text_count(c->loads),
                            text_count(c->stores)};
        table_row(&t, row);
    }
    table_print(&t, to, "");
    table_end(&t);
}

static void print_stalls(FILE *to, const sim_stats *stats) {
    static const text head[] = {{"core"}, {"load-use"}, {"branch"}, {"mul/div"}, {"FPU"},
                                {"bank"}, {"L2"},       {"icache"}, {"sleep"}};
    static const sim_stall order[] = {SIM_STALL_LOAD_USE, SIM_STALL_BRANCH, SIM_STALL_MULDIV, SIM_STALL_FPU,
                                      SIM_STALL_BANK,     SIM_STALL_L2,     SIM_STALL_ICACHE, SIM_STALL_SLEEP};
    table t;
    table_begin(&t, sizeof head / sizeof *head, 1);
    table_row(&t, head);
    table_row(&t, NULL);
    for (uint32_t i = 0; i < stats->cores; i++) {
        text row[sizeof head / sizeof *head] = {core_name(stats, i)};
        for (unsigned j = 0; j < sizeof order / sizeof *order; j++)
            row[j + 1] = text_count(stats->core[i].stall[order[j]]);
        table_row(&t, row);
    }
    fprintf(to, "\nStalls, cycles\n");
    table_print(&t, to, "");
    table_end(&t);
}

void sim_print_stats(FILE *to, const sim_stats *stats, const sim_machine *machine, const char *called) {
    uint64_t macs = 0, conflicts = 0;
    for (uint32_t i = 0; i < stats->cores; i++) {
        macs += stats->core[i].macs;
        conflicts += stats->core[i].bank_conflicts;
    }
    fprintf(to, "%s cycles on %s\n\n", text_count(stats->cycles).s, called);
    print_work(to, stats);
    print_stalls(to, stats);
    fprintf(to, "\nMultiply-adds        %.3f per cycle\n", ratio(macs, stats->cycles));
    fprintf(to, "DMA                  %s bytes in (L2 to L1), %s bytes out, %s transfers; busy %s cycles (%s)\n",
            text_count(stats->dma_bytes_in).s, text_count(stats->dma_bytes_out).s, text_count(stats->dma_transfers).s,
            text_count(stats->dma_busy).s, text_percent(ratio(stats->dma_busy, stats->cycles)).s);
    fprintf(to, "Instruction caches   %s misses in the cores' own, %s in the shared one (lines of 16 bytes)\n",
            text_count(stats->l0_misses).s, text_count(stats->l1i_misses).s);
    fprintf(to, "L1                   %s accesses waited for a bank; %s of %s bytes used\n", text_count(conflicts).s,
            text_count(stats->l1_high_water).s, text_count(machine->l1_bytes).s);
}

void sim_add_stalls(cJSON *object, const uint64_t *stall) {
    cJSON *stalls_of = cJSON_AddObjectToObject(object, "stall");
    for (unsigned i = 0; stalls_of && i < SIM_STALLS; i++)
        cJSON_AddNumberToObject(stalls_of, sim_stall_names[i], (double)stall[i]);
}

cJSON *sim_stats_json(const sim_stats *stats, const char *called, uint32_t exit_status) {
    cJSON *all = cJSON_CreateObject();
    cJSON_AddStringToObject(all, "machine", called);
    cJSON_AddNumberToObject(all, "cycles", (double)stats->cycles);
    cJSON_AddNumberToObject(all, "exit_status", exit_status);
    cJSON *cores = cJSON_AddArrayToObject(all, "cores");
    for (uint32_t i = 0; i < stats->cores; i++) {
        const sim_core_stats *c = &stats->core[i];
        cJSON *core = cJSON_CreateObject();
        cJSON_AddNumberToObject(core, "hart", c->hart);
        cJSON_AddNumberToObject(core, "active", (double)c->active);
        cJSON_AddNumberToObject(core, "instructions", (double)c->instructions);
        cJSON_AddNumberToObject(core, "fp", (double)c->fp);
        cJSON_AddNumberToObject(core, "macs", (double)c->macs);
        cJSON_AddNumberToObject(core, "loads", (double)c->loads);
        cJSON_AddNumberToObject(core, "stores", (double)c->stores);
        cJSON_AddNumberToObject(core, "bank_conflicts", (double)c->bank_conflicts);
        sim_add_stalls(core, c->stall);
        cJSON_AddItemToArray(cores, core);
    }
    cJSON *dma = cJSON_AddObjectToObject(all, "dma");
    cJSON_AddNumberToObject(dma, "bytes_in", (double)stats->dma_bytes_in);
    cJSON_AddNumberToObject(dma, "bytes_out", (double)stats->dma_bytes_out);
    cJSON_AddNumberToObject(dma, "transfers", (double)stats->dma_transfers);
    cJSON_AddNumberToObject(dma, "busy", (double)stats->dma_busy);
    cJSON *icache = cJSON_AddObjectToObject(all, "icache");
    cJSON_AddNumberToObject(icache, "l0_misses", (double)stats->l0_misses);
    cJSON_AddNumberToObject(icache, "l1_misses", (double)stats->l1i_misses);
    cJSON_AddNumberToObject(all, "l1_high_water", stats->l1_high_water);
    return all;
}
