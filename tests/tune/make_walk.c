/* SPDX-License-Identifier: Apache-2.0 */
/*
 * make_walk WISDOM MACHINE CODE "PROBLEM" [FPUS] > FILE.walk: a walk, from the wisdom of
 * `trainlib tune --effort exhaustive`, on the machine and code of these hashes; FPUS are the machine's, 8 if not given.
 * The name of a walk on pulp-open (4) ends in _open.walk. Its lines: cycles (0: refused; of plans
 * that were given up 5 % above the limit), predicted cycles, the plan.
 */
#include "tools/tune/predict.h"
#include "tools/tune/step_request.h"
#include "tools/tune/wisdom.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int say(const char *what) {
    fprintf(stderr, "make_walk: %s\n", what);
    return 1;
}

/* Wisdom may be of another ranking, by which a few other plans were left out: those that it does not know are no part
 * of the walk, and should be few. */
static int write_walk(const wisdom *w, const wisdom_place *place, const char *problem, const candidate_list *list) {
    char plan[STEP_TEXT];
    wisdom_result r;
    uint32_t unknown = 0;
    printf("trainlib-walk 1\n%s\n", problem);
    for (uint32_t i = 0; i < list->count; ++i) {
        plan_write(&list->of[i].plan, plan, sizeof plan);
        if (!wisdom_find(w, place, problem, plan, &r)) {
            ++unknown;
            continue;
        }
        printf("%llu %.0f %s\n", (unsigned long long)(r.kind == WISDOM_ABOVE ? r.cycles * 105 / 100 : r.cycles),
               (double)list->of[i].predicted, plan);
    }
    if (unknown)
        fprintf(stderr, "make_walk: %u of %u plans have not been measured\n", unknown, list->count);
    return unknown > list->count / 10;
}

int main(int argc, char **argv) {
    static char text[1 << 24];
    wisdom_place place;
    plan_error error;
    char why[256], problem[STEP_TEXT];
    step_problem p;
    candidate_list list;
    bool torn;
    wisdom *w = wisdom_create();
    const cost_machine machine = {.fpus = argc == 6 && strcmp(argv[5], "4") == 0 ? 4 : 8, .dma_width = 8};
    FILE *file = argc == 5 || argc == 6 ? fopen(argv[1], "rb") : NULL;
    if (!file || !w || !hash_read(argv[2], strlen(argv[2]), &place.machine) ||
        !hash_read(argv[3], strlen(argv[3]), &place.code))
        return say("usage: make_walk WISDOM MACHINE CODE PROBLEM [FPUS]");
    const size_t bytes = fread(text, 1, sizeof text, file);
    fclose(file);
    if (!wisdom_read(w, text, bytes, argv[1], &torn, &error))
        return say(error.text);
    if (!problem_read(argv[4], &p, why, sizeof why))
        return say(why);
    problem_write(&p, problem, sizeof problem);
    if (!candidates_find(&p, step_l1_bytes(), predict_by_cost, &machine, &list))
        return say("there is no plan");
    const int status = write_walk(w, &place, problem, &list);
    candidates_free(&list);
    wisdom_destroy(w);
    return status;
}
