/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From a model to trained parameters: projects of random models, of one sample a step or several, gradients gathered or
 * not, compiled as they were written, change their parameters twice, on one thread and on three. The bits are the same,
 * and near what the schedule comes to in double precision.
 */
#include "src/hal/hal.h"
#include "tests/deploy/net_ref.h"
#include "tests/deploy/random_list.h"
#include "tests/deploy/random_project.h"
#include "tests/deploy/schedule_ref.h"
#include "tests/harness/draw.h"
#include "tl/host.h"
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
/* cmocka wants those before it. */
#include <cmocka.h>

enum { STEPS = 2, MOST_BATCH = 4, L1_BYTES = 0xC000 };

typedef struct run {
    const tl_project *project;
    void *memory;
    const float *x;
    const uint32_t *labels;
    tl_status status;
    tl_result result;
} run;

static void work(const tl_team *team, void *user) {
    run *r = user;
    tl_result result = {0};
    char *there = (char *)r->memory + r->project->labels_offset;
    if (team->id == 0 && r->project->batch > 1)
        memcpy(there, r->labels, r->project->batch * sizeof *r->labels);
    tl_barrier(team);
    const tl_step_options options = {.rate = 0.0625f, .momentum = 0.75f};
    const tl_status status = r->project->step(team, r->memory, &options, r->x, r->labels[0], &result);
    if (team->id == 0) {
        r->status = status;
        r->result = result;
    }
}

static float *params_of(const tl_project *project, void *memory) {
    return (float *)(void *)((char *)memory + project->params_offset);
}

/* Largest change of any of a parameter's elements. */
static double change_of(const double *before, const double *after, uint32_t n) {
    double most = 0;
    for (uint32_t i = 0; i < n; ++i)
        most = fmax(most, fabs(after[i] - before[i]));
    return most;
}

/* Where a gradient is the small difference of large sums, as that of a bias in front of a batch norm, its error is that
 * of the sums: a little of the largest change of all. */
static void check_params(const random_project *p, const float *got, const double *before, const schedule_ref *r) {
    const double largest = change_of(before, r->params, p->schedule.param_floats);
    for (uint32_t i = 0; i < p->net.param_count; ++i) {
        const net_param *param = &p->net.params[i];
        const uint32_t at = p->schedule.param_offset[i];
        const double change = change_of(before + at, r->params + at, param->elements);
        for (uint32_t j = 0; j < param->elements; ++j) {
            const double expected = r->params[at + j], bound = 1e-6 * fabs(expected) + 1e-3 * change + 1e-4 * largest;
            if (!(fabs((double)got[at + j] - expected) <= bound))
                fail_msg("model %u: %s[%u] is %.9g after %d steps, and %.9g in double precision", p->number,
                         param->name, j, (double)got[at + j], STEPS, expected);
        }
    }
}

static void check(uint32_t number, const tl_project *project, const void *memory) {
    static const uint32_t threads[] = {1, 3};
    random_project p;
    draw d = {.seed = RANDOM_PROJECTS_SEED + 2, .number = number};
    random_project_make(number, &p);
    const uint32_t inputs = project->inputs;
    void *copies[2] = {malloc(project->context_bytes), malloc(project->context_bytes)};
    float *x = calloc(inputs, sizeof *x);
    double *wide = calloc(inputs, sizeof *wide), *before = calloc(project->params, sizeof *before);
    schedule_ref r = schedule_ref_begin(&p.net, &p.schedule);
    assert_true(copies[0] && copies[1] && x && wide && before);
    assert_int_equal(project->params, p.schedule.param_floats);
    memcpy(before, r.params, project->params * sizeof *before);
    /* Of the sum of so many gradients instead of their mean. */
    const uint32_t gathered = p.schedule.options.accumulate, batch = p.net.values[p.net.input].n;
    r.sgd = (tl_sgd){.rate = 0.0625f / (float)gathered, .momentum = 0.75f};
    r.adam = (tl_adam){.rate = 0.0625f, .beta1 = 0.75f, .beta2 = 0.5f, .epsilon = 0.125f * (float)gathered};
    uint32_t labels[MOST_BATCH];
    double targets[MOST_BATCH];
    assert_true(batch <= MOST_BATCH);
    assert_int_equal(project->batch, batch);
    assert_int_equal(project->accumulate, gathered);
    for (int i = 0; i < 2; ++i)
        memcpy(copies[i], memory, project->context_bytes);
    for (uint32_t step = 0; step < STEPS * gathered; ++step) {
        run runs[2];
        for (uint32_t i = 0; i < batch; ++i)
            targets[i] = labels[i] = draw_below(&d, project->classes);
        for (uint32_t i = 0; i < inputs; ++i)
            wide[i] = (double)(x[i] = 2 * draw_value(&d));
        for (int i = 0; i < 2; ++i) {
            tl_host_team *team = tl_host_team_create(threads[i], L1_BYTES);
            assert_non_null(team);
            runs[i] = (run){.project = project, .memory = copies[i], .x = x, .labels = labels};
            tl_host_team_run(team, work, &runs[i]);
            tl_host_team_destroy(team);
            assert_int_equal(runs[i].status, TL_OK);
        }
        r.step = step / gathered + 1;
        schedule_ref_step(&r, wide, targets, step % gathered == 0, (step + 1) % gathered == 0);
        assert_true(runs[0].result.loss == runs[1].result.loss);
        if (!(fabs((double)runs[0].result.loss - r.loss) <= 1e-4 * (1 + fabs(r.loss))))
            fail_msg("model %u: the loss is %.9g, and %.9g in double precision", number, (double)runs[0].result.loss,
                     r.loss);
    }
    const float *got = params_of(project, copies[0]);
    assert_memory_equal(got, params_of(project, copies[1]), project->params * sizeof *got);
    check_params(&p, got, before, &r);
    schedule_ref_end(&r);
    free(copies[0]);
    free(copies[1]);
    free(x);
    free(wide);
    free(before);
    random_project_free(&p);
}

static void projects(void **state) {
    (void)state;
    for (size_t i = 0; i < random_count; ++i)
        check(random_list[i].number, random_list[i].project, random_list[i].memory);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(projects)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
