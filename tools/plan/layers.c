/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/plan/layers.h"
#include "tools/plan/fields.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A layer's line taken apart. */
typedef struct layer_line {
    char name[PLAN_NAME];
    step_op op;
    uint32_t passes; /* bits; 0: as the op likes */
    uint64_t times;
    plan_word fused[3];   /* epilogue, mask, update; of no bytes: not given */
    char size[PLAN_LINE]; /* the other words */
} layer_line;

static const char *const fused_keys[] = {"epilogue=", "mask=", "update="};

static bool starts(const plan_word *word, const char *key) {
    const size_t n = strlen(key);
    return word->bytes >= n && memcmp(word->at, key, n) == 0;
}

static bool read_passes(const plan_word *word, uint32_t *passes, char *why, size_t room) {
    const char *at = word->at + strlen("passes="), *end = word->at + word->bytes;
    if (*passes)
        return word_wrong(why, room, "given twice:", word);
    for (;;) {
        const char *comma = memchr(at, ',', (size_t)(end - at)), *stop = comma ? comma : end;
        const plan_word one = {at, (size_t)(stop - at)};
        const uint32_t pass = word_among(&one, step_pass_names, STEP_PASSES);
        if (pass == STEP_PASSES)
            return word_wrong(why, room, "unknown pass", &one);
        if (*passes >> pass & 1)
            return word_wrong(why, room, "given twice:", &one);
        *passes |= 1u << pass;
        if (!comma)
            return true;
        at = comma + 1;
    }
}

/* One word behind name and op. */
static bool read_word(layer_line *l, const plan_word *word, char *why, size_t room) {
    for (uint32_t i = 0; i < 3; ++i)
        if (starts(word, fused_keys[i])) {
            if (l->fused[i].bytes)
                return word_wrong(why, room, "given twice:", word);
            l->fused[i] = *word;
            return true;
        }
    if (starts(word, "passes="))
        return read_passes(word, &l->passes, why, room);
    if (starts(word, "times=")) {
        if (l->times)
            return word_wrong(why, room, "given twice:", word);
        return (number_read(word->at + 6, word->bytes - 6, 1000000, &l->times) && l->times) ||
               word_wrong(why, room, "no good value:", word);
    }
    const size_t used = strlen(l->size);
    snprintf(l->size + used, sizeof l->size - used, " %.*s", (int)word->bytes, word->at);
    return true;
}

static bool read_layer(const char *text, layer_line *l, char *why, size_t room) {
    plan_word word;
    *l = (layer_line){.times = 0};
    if (!word_next(&text, &word))
        return snprintf(why, room, "a layer's name is missing"), false;
    if (!name_copy(l->name, word.at, word.bytes))
        return word_wrong(why, room, "no good name for a layer:", &word);
    if (!word_next(&text, &word))
        return snprintf(why, room, "an op is missing"), false;
    const uint32_t op = word_among(&word, step_op_names, STEP_OPS);
    if (op == STEP_OPS)
        return word_wrong(why, room, "unknown op", &word);
    l->op = (step_op)op;
    while (word_next(&text, &word))
        if (!read_word(l, &word, why, room))
            return false;
    l->times += !l->times;
    return true;
}

/* The passes of an op where none are named: those that it has with nothing fused, or with plain SGD. */
static uint32_t usual_passes(step_op op) {
    uint32_t passes = 0;
    char why[128];
    if (op == STEP_LINEAR_ONE)
        return 1u << STEP_FORWARD | 1u << STEP_STEP;
    for (uint32_t pass = 0; pass <= STEP_GRAD_X; ++pass)
        for (uint32_t update = 0; update <= (pass == STEP_GRAD_W); ++update) {
            const step_problem p = {.op = op, .pass = (step_pass)pass, .update = (step_update)update};
            passes |= (uint32_t)step_problem_has_pass(&p, why, sizeof why) << pass;
        }
    return passes;
}

static bool add_step(layer_list *list, const layer_line *l, uint32_t pass, plan_lines *lines) {
    /* Which passes a fused word is for: bits of step_pass. */
    static const uint32_t for_passes[] = {1u << STEP_FORWARD, 1u << STEP_GRAD_X | 1u << STEP_STEP,
                                          1u << STEP_GRAD_W | 1u << STEP_STEP};
    char text[2 * PLAN_LINE], why[256];
    int n = snprintf(text, sizeof text, "%s %s%s", step_op_names[l->op], step_pass_names[pass], l->size);
    for (uint32_t i = 0; i < 3; ++i)
        if (l->fused[i].bytes && (for_passes[i] >> pass & 1))
            n += snprintf(text + n, sizeof text - (size_t)n, " %.*s", (int)l->fused[i].bytes, l->fused[i].at);
    layer_step step = {.times = (uint32_t)l->times};
    memcpy(step.layer, l->name, sizeof step.layer);
    if (!problem_read(text, &step.problem, why, sizeof why))
        return lines_fail(lines, "layer %s, %s: %s", l->name, step_pass_names[pass], why);
    if (list->count == LAYERS_MOST)
        return lines_fail(lines, "more than %d steps", LAYERS_MOST);
    layer_step *grown = realloc(list->steps, (list->count + 1) * sizeof *grown);
    if (!grown)
        return lines_fail(lines, "out of memory");
    list->steps = grown;
    list->steps[list->count++] = step;
    return true;
}

static bool add_layer(layer_list *list, const char *text, plan_lines *lines) {
    layer_line l;
    char why[256];
    if (!read_layer(text, &l, why, sizeof why))
        return lines_fail(lines, "%s", why);
    for (uint32_t i = 0; i < list->count; ++i)
        if (strcmp(list->steps[i].layer, l.name) == 0)
            return lines_fail(lines, "there is a layer %s already", l.name);
    const uint32_t passes = l.passes ? l.passes : usual_passes(l.op);
    for (uint32_t pass = 0; pass < STEP_PASSES; ++pass)
        if ((passes >> pass & 1) && !add_step(list, &l, pass, lines))
            return false;
    return true;
}

static bool read_all(plan_lines *lines, layer_list *list) {
    while (lines_next(lines)) {
        const char *text = lines->line;
        char why[256];
        plan_word word;
        word_next(&text, &word);
        if (word_is(&word, "model")) {
            plan_word name;
            if (list->model[0])
                return lines_fail(lines, "the model has a name already");
            if (!word_next(&text, &name) || !name_copy(list->model, name.at, name.bytes) || word_next(&text, &name))
                return lines_fail(lines, "after 'model' a name is wanted, of letters, digits, '_', '-' and '.'");
        } else if (word_is(&word, "layer")) {
            if (!add_layer(list, text, lines))
                return false;
        } else {
            word_wrong(why, sizeof why, "a line begins with 'model' or 'layer', not with", &word);
            return lines_fail(lines, "%s", why);
        }
    }
    if (lines->error->text[0])
        return false;
    if (!list->model[0] || !list->count)
        return lines_fail(lines, "there is no %s in this file", list->model[0] ? "layer" : "line 'model NAME'");
    return true;
}

bool layers_read(const char *text, size_t bytes, const char *file, layer_list *list, plan_error *error) {
    plan_lines lines = {.file = file, .at = text, .end = text + bytes, .error = error};
    *list = (layer_list){.count = 0};
    error->text[0] = 0;
    if (read_all(&lines, list))
        return true;
    layers_free(list);
    return false;
}

void layers_free(layer_list *list) {
    free(list->steps);
    *list = (layer_list){.count = 0};
}
