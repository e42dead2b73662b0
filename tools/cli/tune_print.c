/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/cli/tune_print.h"
#include "src/kernel/mm.h"
#include "tools/cli/text.h"
#include <cjson/cJSON.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* A plan in a few characters. */
static text short_plan(const step_plan *plan) {
    const tl_mm_plan *mm = &plan->of.mm;
    switch (plan->kind) {
    case STEP_PLAN_MM:
        return text_of("%ux%u o%u c%u%s%s%s%s", mm->rows, mm->cols, mm->o, mm->c, mm->slices > 1 ? " sliced" : "",
                       mm->buffers > 1 ? " b2" : "", mm->by_columns ? " by cols" : "", mm->padded ? " padded" : "");
    case STEP_PLAN_PLANES:
        return text_of("%u c%u s%u b%u", plan->of.planes.rows, plan->of.planes.c, plan->of.planes.slices,
                       plan->of.planes.buffers);
    case STEP_PLAN_WINDOW:
        return text_of("%u rows", plan->of.window.rows);
    case STEP_PLAN_CHANNELS:
        return text_of("%u pixels s%u b%u", plan->of.channels.pixels, plan->of.channels.slices,
                       plan->of.channels.buffers);
    case STEP_PLAN_STREAM:
        return text_of("%u x %u", plan->of.stream.rows, plan->of.stream.cols);
    case STEP_PLAN_MAP:
        return plan->of.map.elements ? text_of("%u at a time", plan->of.map.elements) : text_of("as it likes");
    case STEP_PLAN_NONE:
        break;
    }
    return text_of("-");
}

/* "tl_mm_f32_pulp_5x4" is "5x4". */
static text short_kernel(const step_plan *plan) {
    if (plan->kind != STEP_PLAN_MM)
        return text_of("%s", "");
    const char *name = tl_mm_numbered(step_kernel_number(plan->of.mm.kernel))->name, *last = strrchr(name, '_');
    return text_of("%s%s", last ? last + 1 : name, strstr(name, "fixed") ? "f" : "");
}

static uint64_t best_known(const plan_step *s) {
    return s->cycles ? s->cycles : s->predicted;
}

static text than(uint64_t before, uint64_t now) {
    return before && now ? text_of("%+.1f %%", 100.0 * ((double)now / (double)before - 1.0)) : text_of("%s", "");
}

typedef struct totals {
    uint64_t cycles, before, after, macs, gap;
    bool measured;
} totals;

static totals add_up(const plan_file *plan) {
    totals t = {.measured = true};
    for (uint32_t i = 0; i < plan->count; ++i) {
        const plan_step *s = &plan->steps[i];
        t.cycles += s->step.times * best_known(s);
        t.macs += s->step.times * step_problem_macs(&s->step.problem);
        t.gap += s->step.times * s->gap;
        t.measured = t.measured && s->cycles;
        if (s->cycles && s->default_cycles) {
            t.before += s->step.times * s->default_cycles;
            t.after += s->step.times * s->cycles;
        }
    }
    return t;
}

void tune_print(const plan_file *plan, const tune_progress *result, double seconds) {
    const totals all = add_up(plan);
    table t;
    table_begin(&t, 7, 3);
    table_row(&t, (const text[]){text_of("step"), text_of("kernel"), text_of("tile"), text_of("cycles"),
                                 text_of("default"), text_of("change"), text_of("MAC/clk")});
    table_row(&t, NULL);
    for (uint32_t i = 0; i < plan->count; ++i) {
        const plan_step *s = &plan->steps[i];
        const uint64_t macs = step_problem_macs(&s->step.problem);
        text name = text_of("%.24s.%s", s->step.layer, step_pass_names[s->step.problem.pass]);
        if (s->step.times > 1)
            name = text_of("%.24s.%s x%u", s->step.layer, step_pass_names[s->step.problem.pass], s->step.times);
        table_row(&t, (const text[]){name, short_kernel(&s->plan), short_plan(&s->plan),
                                     s->cycles ? text_count(s->cycles) : text_of("~%" PRIu64, s->predicted),
                                     s->default_cycles ? text_count(s->default_cycles) : text_of("%s", ""),
                                     than(s->default_cycles, s->cycles),
                                     macs ? text_of("%.2f", (double)macs / (double)best_known(s)) : text_of("%s", "")});
    }
    table_print(&t, stdout, "");
    table_end(&t);
    printf("\n%s, machine %s: %s cycles a step%s", plan->model, plan->machine, text_count(all.cycles).s,
           all.measured ? "" : " (some of them only predicted)");
    if (all.macs)
        printf(", %.2f MAC/clk", (double)all.macs / (double)all.cycles);
    if (all.before)
        printf("; the library's own plans take %.1f %% more", 100.0 * ((double)all.before / (double)all.after - 1.0));
    printf(".\n%u problems, %llu plans looked at, %llu measured now and %llu known before, in %s.\n", result->problems,
           (unsigned long long)result->plans, (unsigned long long)result->measured, (unsigned long long)result->known,
           text_seconds(seconds).s);
    if (all.measured)
        printf("Expected gap to the best plan of all: %.2f %% of the step: so much the next measurement of every\n"
               "problem is expected to save, by what those before it say of the model's errors.\n",
               100.0 * (double)all.gap / (double)all.cycles);
}

static cJSON *step_json(const plan_step *s) {
    char problem[STEP_TEXT], plan[STEP_TEXT];
    cJSON *j = cJSON_CreateObject();
    problem_write(&s->step.problem, problem, sizeof problem);
    plan_write(&s->plan, plan, sizeof plan);
    cJSON_AddStringToObject(j, "layer", s->step.layer);
    cJSON_AddStringToObject(j, "pass", step_pass_names[s->step.problem.pass]);
    cJSON_AddNumberToObject(j, "times", s->step.times);
    cJSON_AddStringToObject(j, "problem", problem);
    cJSON_AddStringToObject(j, "plan", plan);
    cJSON_AddNumberToObject(j, "cycles", (double)s->cycles);
    cJSON_AddNumberToObject(j, "default_cycles", (double)s->default_cycles);
    cJSON_AddNumberToObject(j, "predicted", (double)s->predicted);
    cJSON_AddNumberToObject(j, "measurements", (double)s->measured);
    cJSON_AddNumberToObject(j, "gap", (double)s->gap);
    cJSON_AddNumberToObject(j, "macs", (double)step_problem_macs(&s->step.problem));
    return j;
}

bool tune_print_json(const plan_file *plan, const tune_progress *result, cli_error *error) {
    const totals all = add_up(plan);
    cJSON *root = cJSON_CreateObject(), *steps = cJSON_AddArrayToObject(root, "steps");
    cJSON_AddStringToObject(root, "model", plan->model);
    cJSON_AddStringToObject(root, "machine", plan->machine);
    cJSON_AddNumberToObject(root, "cycles", (double)all.cycles);
    cJSON_AddNumberToObject(root, "gap", (double)all.gap);
    cJSON_AddNumberToObject(root, "problems", result->problems);
    cJSON_AddNumberToObject(root, "measured", (double)result->measured);
    for (uint32_t i = 0; i < plan->count; ++i)
        cJSON_AddItemToArray(steps, step_json(&plan->steps[i]));
    char *printed = cJSON_Print(root);
    cJSON_Delete(root);
    if (!printed)
        return cli_out_of_memory(error);
    puts(printed);
    cJSON_free(printed);
    return true;
}
