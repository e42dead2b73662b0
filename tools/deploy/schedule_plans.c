/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/cost/cost.h"
#include "tools/deploy/schedule_build.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What was found for a problem. */
typedef struct planned {
    char text[STEP_TEXT];
    step_plan plan;
    uint64_t cycles;
    bool measured;
} planned;

void plan_book_free(plan_book *book) {
    free(book->planned);
    *book = (plan_book){0};
}

/* The step of a plan file that solves the same problem; NULL: none. */
static const plan_step *find(const plan_file *file, const char *wanted) {
    char text[STEP_TEXT];
    for (uint32_t i = 0; file && i < file->count; ++i) {
        problem_write(&file->steps[i].step.problem, text, sizeof text);
        if (strcmp(wanted, text) == 0)
            return &file->steps[i];
    }
    return NULL;
}

static uint64_t predict(const schedule_options *options, const step_problem *problem, const step_plan *plan) {
    const cost_machine machine = {.fpus = options->fpus ? options->fpus : 8, .dma_width = 8};
    return (uint64_t)cost_step(&machine, problem, plan);
}

/* Its own plan, or the library's. */
static bool look_for(const schedule_options *options, const step_problem *problem, planned *to) {
    const plan_step *known = find(options->plan, to->text);
    if (known && step_supported(problem, &known->plan, options->l1_bytes) == TL_OK) {
        to->plan = known->plan;
        to->cycles = known->cycles ? known->cycles : known->predicted;
        to->measured = known->cycles > 0;
        return true;
    }
    if (step_default_plan(problem, options->l1_bytes, &to->plan) != TL_OK)
        return false;
    to->cycles = predict(options, problem, &to->plan);
    return true;
}

/* NULL: error says why there is none. */
static const planned *plan_for(const net_model *net, const train_schedule *s, const schedule_step *step,
                               plan_book *book, plan_error *error) {
    planned next = {.measured = false};
    problem_write(&step->problem, next.text, sizeof next.text);
    for (uint32_t i = 0; i < book->count; ++i) {
        if (strcmp(book->planned[i].text, next.text) == 0)
            return &book->planned[i];
    }
    if (!look_for(&s->options, &step->problem, &next)) {
        snprintf(error->text, sizeof error->text, "%s: no plan of \"%s\" (%s) fits %u bytes of L1", net->name,
                 step->name, next.text, s->options.l1_bytes);
        return NULL;
    }
    planned *more = realloc(book->planned, (book->count + 1) * sizeof *more);
    if (!more) {
        snprintf(error->text, sizeof error->text, "there is no memory to make its training step");
        return NULL;
    }
    book->planned = more;
    more[book->count] = next;
    return &more[book->count++];
}

bool schedule_plans(const net_model *net, train_schedule *s, plan_book *book, plan_error *error) {
    for (uint32_t i = 0; i < s->count; ++i) {
        const planned *found = plan_for(net, s, &s->steps[i], book, error);
        if (!found)
            return false;
        s->steps[i].plan = found->plan;
        s->steps[i].cycles = found->cycles;
        s->steps[i].measured = found->measured;
    }
    return true;
}
