/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/plan/plan_file.h"
#include "tools/plan/fields.h"
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const number_keys[] = {"times", "cycles", "predicted", "measured", "gap", "default"};
enum { NUMBERS = sizeof number_keys / sizeof number_keys[0] };

static const char *const plan_heading = "trainlib-plan 1";

size_t plan_file_write(const plan_file *file, char *text, size_t room) {
    plan_text to = {text, room, 0};
    text_add(&to, "%s\nmodel %s\nmachine %s %016" PRIx64 "\ncode %016" PRIx64 "\n", plan_heading, file->model,
             file->machine, file->machine_hash, file->code_hash);
    for (uint32_t i = 0; i < file->count; ++i) {
        const plan_step *s = &file->steps[i];
        char problem[STEP_TEXT], plan[STEP_TEXT];
        problem_write(&s->step.problem, problem, sizeof problem);
        plan_write(&s->plan, plan, sizeof plan);
        const uint64_t numbers[NUMBERS] = {s->step.times, s->cycles, s->predicted,
                                           s->measured,   s->gap,    s->default_cycles};
        text_add(&to, "step %s %s", s->step.layer, step_pass_names[s->step.problem.pass]);
        for (uint32_t n = 0; n < NUMBERS; ++n)
            text_add(&to, " %s=%" PRIu64, number_keys[n], numbers[n]);
        text_add(&to, " | %s | %s\n", problem, plan);
    }
    return to.bytes;
}

/* "key=number" */
static bool read_number(const plan_word *word, uint64_t *numbers, uint32_t *seen) {
    const char *equals = memchr(word->at, '=', word->bytes);
    const plan_word key = {word->at, equals ? (size_t)(equals - word->at) : 0};
    const uint32_t which = word_among(&key, number_keys, NUMBERS);
    if (which == NUMBERS || (*seen >> which & 1))
        return false;
    *seen |= 1u << which;
    return number_read(equals + 1, word->bytes - key.bytes - 1, UINT32_MAX, &numbers[which]);
}

static bool read_step(plan_lines *lines, char *text, uint32_t l1_bytes, plan_step *step) {
    char why[256], *problem = strchr(text, '|'), *plan = problem ? strchr(problem + 1, '|') : NULL;
    uint64_t numbers[NUMBERS] = {0};
    uint32_t seen = 0;
    plan_word layer, pass, word;
    if (!plan || strchr(plan + 1, '|'))
        return lines_fail(lines, "a step is 'step LAYER PASS times=N cycles=N ... | PROBLEM | PLAN'");
    *problem++ = 0;
    *plan++ = 0;
    const char *at = text;
    if (!word_next(&at, &layer) || !name_copy(step->step.layer, layer.at, layer.bytes) || !word_next(&at, &pass))
        return lines_fail(lines, "a step is 'step LAYER PASS times=N cycles=N ... | PROBLEM | PLAN'");
    while (word_next(&at, &word))
        if (!read_number(&word, numbers, &seen)) {
            word_wrong(why, sizeof why, "no good value:", &word);
            return lines_fail(lines, "%s", why);
        }
    if (!problem_read(problem, &step->step.problem, why, sizeof why) ||
        !plan_read(plan, step_plan_kind_of(step->step.problem.op), &step->plan, why, sizeof why))
        return lines_fail(lines, "%s", why);
    if (!word_is(&pass, step_pass_names[step->step.problem.pass]))
        return lines_fail(lines, "the step and its problem name different passes");
    if (numbers[0] == 0)
        return lines_fail(lines, "times= is missing or 0");
    const tl_status status = step_supported(&step->step.problem, &step->plan, l1_bytes);
    if (status != TL_OK)
        return lines_fail(lines, "%s",
                          status == TL_BAD_SIZES ? "there can be no layer of these sizes"
                                                 : "this plan cannot run here: it does not fit the "
                                                   "layer, its kernel or the memory");
    step->step.times = (uint32_t)numbers[0];
    step->cycles = numbers[1];
    step->predicted = numbers[2];
    step->measured = numbers[3];
    step->gap = numbers[4];
    step->default_cycles = numbers[5];
    return true;
}

/* "model NAME", "machine NAME HASH", "code HASH", each once. */
static bool read_head(plan_lines *lines, const plan_word *key, const char *text, plan_file *file, uint32_t *seen) {
    plan_word name = {text, 0}, hash = {text, 0}, more;
    const uint32_t which = word_is(key, "model") ? 1 : word_is(key, "machine") ? 2 : word_is(key, "code") ? 4 : 0;
    char why[256];
    if (!which) {
        word_wrong(why, sizeof why, "unknown line", key);
        return lines_fail(lines, "%s", why);
    }
    bool fine = !(*seen & which);
    *seen |= which;
    if (which != 4)
        fine =
            fine && word_next(&text, &name) && name_copy(which == 1 ? file->model : file->machine, name.at, name.bytes);
    if (which != 1)
        fine = fine && word_next(&text, &hash) &&
               hash_read(hash.at, hash.bytes, which == 2 ? &file->machine_hash : &file->code_hash);
    fine = fine && !word_next(&text, &more);
    return fine || lines_fail(lines, "this line must be there once, as '%s'",
                              which == 1   ? "model NAME"
                              : which == 2 ? "machine NAME HASH"
                                           : "code HASH");
}

static bool read_all(plan_lines *lines, uint32_t l1_bytes, plan_file *file) {
    uint32_t seen = 0;
    if (!lines_next(lines) || strcmp(lines->line, plan_heading) != 0)
        return lines->error->text[0] ? false : lines_fail(lines, "a plan begins with the line '%s'", plan_heading);
    while (lines_next(lines)) {
        const char *text = lines->line;
        plan_word word;
        word_next(&text, &word);
        if (!word_is(&word, "step")) {
            if (!read_head(lines, &word, text, file, &seen))
                return false;
            continue;
        }
        plan_step step;
        memset(&step, 0, sizeof step);
        if (!read_step(lines, lines->line + (text - lines->line), l1_bytes, &step))
            return false;
        plan_step *grown = file->count < LAYERS_MOST ? realloc(file->steps, (file->count + 1) * sizeof *grown) : NULL;
        if (!grown)
            return lines_fail(lines, "more steps than there is memory for");
        file->steps = grown;
        file->steps[file->count++] = step;
    }
    if (lines->error->text[0])
        return false;
    if (seen != 7)
        return lines_fail(lines, "the line '%s' is missing",
                          !(seen & 1)   ? "model NAME"
                          : !(seen & 2) ? "machine NAME HASH"
                                        : "code HASH");
    return file->count > 0 || lines_fail(lines, "there is no step in this plan");
}

bool plan_file_read(const char *text, size_t bytes, const char *name, uint32_t l1_bytes, plan_file *file,
                    plan_error *error) {
    plan_lines lines = {.file = name, .at = text, .end = text + bytes, .error = error};
    *file = (plan_file){.count = 0};
    error->text[0] = 0;
    if (read_all(&lines, l1_bytes, file))
        return true;
    plan_file_free(file);
    return false;
}

void plan_file_free(plan_file *file) {
    free(file->steps);
    *file = (plan_file){.count = 0};
}
