/* SPDX-License-Identifier: Apache-2.0 */
/* The cost model against what was measured, and against what must hold of any machine. */
#include "tests/cost/measured.h"
#include "tools/cost/cost.h"
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

typedef struct record {
    const measured *of;
    uint32_t count;
} record;

static const record mm = {measured_mm, sizeof measured_mm / sizeof measured_mm[0]};
static const record planes = {measured_planes, sizeof measured_planes / sizeof measured_planes[0]};

static float predicted(const measured *m, const cost_machine *machine) {
    step_problem problem;
    step_plan plan;
    char why[256];
    assert_true(problem_read(m->problem, &problem, why, sizeof why));
    assert_true(plan_read(m->plan, step_plan_kind_of(problem.op), &plan, why, sizeof why));
    return plan.kind == STEP_PLAN_MM ? cost_mm(machine, &problem, &plan.of.mm)
                                     : cost_planes(machine, &problem, &plan.of.planes);
}

/* Of one problem on one machine, the lines [from, to): the plan predicted best, its error, and how much it is slower
 * than the best. */
static void look_at(const record *r, uint32_t from, uint32_t to, double *gap, double *error) {
    double least = HUGE_VAL, best = HUGE_VAL, chosen = 0;
    for (uint32_t i = from; i < to; ++i) {
        const measured *m = &r->of[i];
        const cost_machine machine = {.fpus = m->fpus, .dma_width = 8};
        const double cycles = (double)predicted(m, &machine);
        best = fmin(best, (double)m->cycles);
        if (cycles < least) {
            least = cycles;
            chosen = (double)m->cycles;
        }
    }
    *gap = chosen / best - 1;
    *error = fabs(least / chosen - 1);
}

typedef struct bounds {
    double gap, error, worst; /* mean of the picks' gaps and errors, worst error */
    double any;               /* mean error of all plans */
} bounds;

static bounds look(const record *r) {
    bounds found = {0, 0, 0, 0};
    uint32_t problems = 0;
    for (uint32_t from = 0, to; from < r->count; from = to, ++problems) {
        const measured *first = &r->of[from];
        double gap, error;
        for (to = from;
             to < r->count && r->of[to].fpus == first->fpus && strcmp(r->of[to].problem, first->problem) == 0;)
            ++to;
        look_at(r, from, to, &gap, &error);
        found.gap += gap;
        found.error += error;
        found.worst = fmax(found.worst, error);
    }
    for (uint32_t i = 0; i < r->count; ++i) {
        const cost_machine machine = {.fpus = r->of[i].fpus, .dma_width = 8};
        found.any += fabs((double)predicted(&r->of[i], &machine) / (double)r->of[i].cycles - 1);
    }
    assert_true(problems >= 20);
    found.gap /= problems;
    found.error /= problems;
    found.any /= r->count;
    print_message("%u problems: picks %.2f %% behind, %.2f %% wrong, %.2f %% at worst; %u plans %.2f %% wrong\n",
                  problems, 100 * found.gap, 100 * found.error, 100 * found.worst, r->count, 100 * found.any);
    return found;
}

static void matmuls_are_foretold(void **state) {
    (void)state;
    const bounds found = look(&mm);
    assert_true(found.gap <= 0.01);
    assert_true(found.error <= 0.02);
    assert_true(found.worst <= 0.1);
    assert_true(found.any <= 0.04);
}

static void planes_are_foretold(void **state) {
    (void)state;
    const bounds found = look(&planes);
    assert_true(found.gap <= 0.03);
    assert_true(found.error <= 0.06);
    assert_true(found.worst <= 0.2);
    assert_true(found.any <= 0.08);
}

/* Fewer units, or a narrower DMA, never make a step faster; half the units, at the most about twice as slow. */
static void poorer_machines_are_slower(void **state) {
    (void)state;
    const record *records[] = {&mm, &planes};
    for (uint32_t k = 0; k < 2; ++k)
        for (uint32_t i = 0; i < records[k]->count; ++i) {
            const measured *m = &records[k]->of[i];
            const cost_machine rich = {.fpus = 8, .dma_width = 8}, shared = {.fpus = 4, .dma_width = 8},
                               narrow = {.fpus = 8, .dma_width = 4};
            const float cycles = predicted(m, &rich), slower = predicted(m, &shared);
            assert_true(slower >= cycles && slower <= 2.2f * cycles);
            assert_true(k != 0 || slower > cycles);
            assert_true(predicted(m, &narrow) > cycles);
        }
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(matmuls_are_foretold), cmocka_unit_test(planes_are_foretold),
                                       cmocka_unit_test(poorer_machines_are_slower)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
