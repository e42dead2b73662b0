/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/cli/demo.h"
#include "tools/cli/file.h"
#include "tools/cli/text.h"
#include <cjson/cJSON.h>
#include <stdio.h>
#include <string.h>

static const char *const file_names[DEMO_FILES] = {"weights", "learning curve", ""};
static const char *const file_keys[DEMO_FILES] = {"weights", "png", "svg"};

static double ratio(double a, double b) {
    return b > 0.0 ? a / b : 0.0;
}

static void part_row(table *t, const char *layer, const char *pass, uint64_t macs, const device_part *part,
                     uint64_t whole, uint32_t cores) {
    double cycles = (double)part->cycles;
    text row[7] = {text_of("%s", layer),
                   text_of("%s", pass),
                   macs ? text_count(macs) : text_of("-"),
                   text_count(part->cycles),
                   macs ? text_of("%.2f", ratio((double)macs, cycles)) : text_of("-"),
                   text_percent(ratio((double)part->fp, cycles * cores)),
                   text_percent(ratio(cycles, (double)whole))};
    table_row(t, row);
}

/* What lies between the request and the first part, and behind the last one. */
static device_part rest_of(const tl_project *project, const device_part *parts) {
    device_part rest = parts[project->part_count];
    for (uint32_t i = 0; i < project->part_count; ++i) {
        rest.cycles -= parts[i].cycles < rest.cycles ? parts[i].cycles : rest.cycles;
        rest.fp -= parts[i].fp < rest.fp ? parts[i].fp : rest.fp;
    }
    return rest;
}

static void print_parts(const demo *d) {
    const tl_project *project = d->project;
    const device_part *parts = d->m.parts[MEASURE_TEAM], *whole = &parts[project->part_count];
    uint32_t cores = d->options.cores;
    table t;
    table_begin(&t, 7, 2);
    const text head[7] = {{"layer"}, {"pass"}, {"MAC"}, {"cycles"}, {"MAC/clk"}, {"FPU use"}, {"share"}};
    table_row(&t, head);
    table_row(&t, NULL);
    for (uint32_t i = 0; i < project->part_count; ++i)
        part_row(&t,
                 i && strcmp(project->parts[i].layer, project->parts[i - 1].layer) == 0 ? "" : project->parts[i].layer,
                 project->parts[i].pass, project->parts[i].macs, &parts[i], whole->cycles, cores);
    device_part rest = rest_of(project, parts);
    if (rest.cycles > 0)
        part_row(&t, "(start, end)", "", 0, &rest, whole->cycles, cores);
    table_row(&t, NULL);
    part_row(&t, "whole step", "", d->m.macs, whole, whole->cycles, cores);
    printf("\nOne training step on %u core%s (FP32, batch 1, all of it: forward, loss, backward, update)\n\n", cores,
           cores > 1 ? "s" : "");
    table_print(&t, stdout, "  ");
    table_end(&t);
}

static void print_comparison(const demo *d) {
    uint32_t whole = d->project->part_count;
    double team = (double)d->m.parts[MEASURE_TEAM][whole].cycles;
    const device_part *one = &d->m.parts[MEASURE_ONE_CORE][whole], *plain = &d->m.parts[MEASURE_PLAIN][whole];
    const device_memory *memory = &d->m.memory;
    printf("\nThe same step\n");
    printf("  on 1 core                     %12s cycles   %u cores are %.2fx as fast, same weights to the bit\n",
           text_count(one->cycles).s, d->options.cores, ratio((double)one->cycles, team));
    printf("  with one plain kernel for all %12s cycles   the network's own plans are %.2fx as fast\n",
           text_count(plain->cycles).s, ratio((double)plain->cycles, team));
    printf("\nMemory\n");
    printf("  L1 %10s of %s at the peak\n", text_bytes(memory->l1_peak).s, text_bytes(memory->l1_bytes).s);
    printf("  L2 %10s of %s, code and everything\n", text_bytes(memory->l2_peak).s, text_bytes(memory->l2_bytes).s);
}

static void print_again(const demo *d) {
    const demo_options *o = &d->options;
    char self[PATH_MAX];
    file_self(self, sizeof self);
    printf("\nEvaluate the weights again\n  %s eval %s", self, d->files[DEMO_WEIGHTS]);
    if (o->on == ON_NATIVE)
        printf(" --on native");
    if (o->test != 1000)
        printf(" --test %u", o->test);
    if (strcmp(o->data, DATASET_DEFAULT_FOLDER) != 0)
        printf(" --data %s", o->data);
    if (o->firmware)
        printf(" --firmware %s", o->firmware);
    printf("\n");
}

void demo_report(const demo *d) {
    const demo_options *o = &d->options;
    text where = o->on == ON_SIM ? text_of("%u core%s of the simulated cluster", o->cores, o->cores > 1 ? "s" : "")
                                 : text_of("this machine, %u thread%s", o->threads, o->threads > 1 ? "s" : "");
    printf("Trained '%s' (%s parameters) on %s images, one by one, on %s\n", d->project->name,
           text_count(d->project->params).s, text_count(o->images).s, where.s);
    printf("  %.1f s", d->train_seconds);
    if (o->on == ON_SIM)
        printf(", %s cycles (%.1f million cycles a second)", text_count(d->train_cycles).s,
               ratio((double)d->train_cycles * 1e-6, d->train_seconds));
    printf("\n\nAccuracy on %s images it has not seen (guessing: %.0f %%)\n", text_count(o->test).s,
           100.0 / d->project->classes);
    printf("  before training  %7s\n", text_percent((double)d->correct_before / o->test).s);
    printf("  after training   %7s\n", text_percent((double)d->correct_after / o->test).s);
    if (d->measured) {
        print_parts(d);
        print_comparison(d);
    }
    printf("\nFiles\n");
    for (int i = 0; i < DEMO_FILES; ++i)
        printf("  %-15s %s%s\n", file_names[i], d->files[i],
               i == DEMO_WEIGHTS ? text_of("   (CRC-32 of the weights %08x)", d->crc).s : "");
    print_again(d);
}

static void json_parts(cJSON *to, const tl_project *project, const device_part *parts, uint32_t cores) {
    for (uint32_t i = 0; i < project->part_count; ++i) {
        cJSON *part = cJSON_CreateObject();
        cJSON_AddStringToObject(part, "layer", project->parts[i].layer);
        cJSON_AddStringToObject(part, "pass", project->parts[i].pass);
        cJSON_AddNumberToObject(part, "macs", project->parts[i].macs);
        cJSON_AddNumberToObject(part, "cycles", (double)parts[i].cycles);
        cJSON_AddNumberToObject(part, "fpu_use", ratio((double)parts[i].fp, (double)parts[i].cycles * cores));
        cJSON_AddItemToArray(to, part);
    }
}

static void json_measure(cJSON *root, const demo *d) {
    const tl_project *project = d->project;
    const measure *m = &d->m;
    uint32_t whole = project->part_count, cores = d->options.cores;
    const device_part *team = &m->parts[MEASURE_TEAM][whole];
    cJSON *step = cJSON_AddObjectToObject(root, "step");
    cJSON_AddNumberToObject(step, "macs", (double)m->macs);
    cJSON_AddNumberToObject(step, "cycles", (double)team->cycles);
    cJSON_AddNumberToObject(step, "macs_per_cycle", ratio((double)m->macs, (double)team->cycles));
    cJSON_AddNumberToObject(step, "fpu_use", ratio((double)team->fp, (double)team->cycles * cores));
    cJSON_AddNumberToObject(step, "cycles_one_core", (double)m->parts[MEASURE_ONE_CORE][whole].cycles);
    cJSON_AddNumberToObject(step, "cycles_plain", (double)m->parts[MEASURE_PLAIN][whole].cycles);
    cJSON_AddBoolToObject(step, "same_weights", m->same_weights);
    json_parts(cJSON_AddArrayToObject(step, "parts"), project, m->parts[MEASURE_TEAM], cores);
    cJSON *memory = cJSON_AddObjectToObject(root, "memory");
    cJSON_AddNumberToObject(memory, "l1_peak_bytes", m->memory.l1_peak);
    cJSON_AddNumberToObject(memory, "l2_peak_bytes", m->memory.l2_peak);
}

bool demo_report_json(const demo *d, cli_error *error) {
    const demo_options *o = &d->options;
    cJSON *root = cJSON_CreateObject();
    cJSON_AddStringToObject(root, "network", d->project->name);
    cJSON_AddStringToObject(root, "on", o->on == ON_SIM ? "sim" : "native");
    cJSON_AddNumberToObject(root, o->on == ON_SIM ? "cores" : "threads", o->on == ON_SIM ? o->cores : o->threads);
    cJSON_AddNumberToObject(root, "images", o->images);
    cJSON_AddNumberToObject(root, "test_images", o->test);
    cJSON_AddNumberToObject(root, "seed", o->seed);
    cJSON_AddRawToObject(root, "rate", text_of("%g", (double)o->rate).s);
    cJSON_AddRawToObject(root, "momentum", text_of("%g", (double)o->momentum).s);
    cJSON_AddNumberToObject(root, "accuracy_before", (double)d->correct_before / o->test);
    cJSON_AddNumberToObject(root, "accuracy_after", (double)d->correct_after / o->test);
    cJSON_AddStringToObject(root, "weights_crc32", text_of("%08x", d->crc).s);
    cJSON_AddNumberToObject(root, "train_seconds", d->train_seconds);
    cJSON_AddNumberToObject(root, "seconds", d->seconds);
    if (d->measured) {
        cJSON_AddNumberToObject(root, "train_cycles", (double)d->train_cycles);
        json_measure(root, d);
    }
    cJSON *files = cJSON_AddObjectToObject(root, "files");
    for (int i = 0; i < DEMO_FILES; ++i)
        cJSON_AddStringToObject(files, file_keys[i], d->files[i]);
    char *printed = cJSON_Print(root);
    cJSON_Delete(root);
    if (!printed)
        return cli_out_of_memory(error);
    printf("%s\n", printed);
    cJSON_free(printed);
    return true;
}
