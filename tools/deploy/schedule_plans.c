/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/cost/cost.h"
#include "tools/deploy/schedule_build.h"
#include <stdio.h>
#include <string.h>

/* The first of the steps with the same problem; the step itself: there is none before it. */
static uint32_t first_like(const train_schedule *s, uint32_t number) {
    char wanted[STEP_TEXT], text[STEP_TEXT];
    problem_write(&s->steps[number].problem, wanted, sizeof wanted);
    for (uint32_t i = 0; i < number; ++i) {
        if (s->steps[i].problem.op != s->steps[number].problem.op)
            continue;
        problem_write(&s->steps[i].problem, text, sizeof text);
        if (strcmp(wanted, text) == 0)
            return i;
    }
    return number;
}

/* The step of a plan file that solves the same problem; NULL: none. */
static const plan_step *find(const plan_file *file, const step_problem *problem) {
    char wanted[STEP_TEXT], text[STEP_TEXT];
    problem_write(problem, wanted, sizeof wanted);
    for (uint32_t i = 0; file && i < file->count; ++i) {
        problem_write(&file->steps[i].step.problem, text, sizeof text);
        if (strcmp(wanted, text) == 0)
            return &file->steps[i];
    }
    return NULL;
}

static uint64_t predict(const schedule_options *options, const schedule_step *step) {
    const cost_machine machine = {.fpus = options->fpus ? options->fpus : 8, .dma_width = 8};
    return (uint64_t)cost_step(&machine, &step->problem, &step->plan);
}

bool schedule_plans(const net_model *net, train_schedule *s, plan_error *error) {
    for (uint32_t i = 0; i < s->count; ++i) {
        schedule_step *step = &s->steps[i];
        const uint32_t like = first_like(s, i);
        if (like < i) {
            step->plan = s->steps[like].plan;
            step->cycles = s->steps[like].cycles;
            step->measured = s->steps[like].measured;
            continue;
        }
        const plan_step *known = find(s->options.plan, &step->problem);
        if (known && step_supported(&step->problem, &known->plan, s->options.l1_bytes) == TL_OK) {
            step->plan = known->plan;
            step->cycles = known->cycles ? known->cycles : known->predicted;
            step->measured = known->cycles > 0;
            continue;
        }
        if (step_default_plan(&step->problem, s->options.l1_bytes, &step->plan) != TL_OK) {
            char text[STEP_TEXT];
            problem_write(&step->problem, text, sizeof text);
            snprintf(error->text, sizeof error->text, "%s: no plan of \"%s\" (%s) fits %u bytes of L1", net->name,
                     step->name, text, s->options.l1_bytes);
            return false;
        }
        step->cycles = predict(&s->options, step);
    }
    return true;
}
