/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Training steps, proved: schedules of random models are carried out in double precision; what the optimisers receive
 * is held against central differences of the network's loss, and what must not change has not.
 */
#include "tests/deploy/net_ref.h"
#include "tests/deploy/random_network.h"
#include "tests/deploy/schedule_ref.h"
#include "tests/deploy/text_model.h"
#include "tests/ref/ref.h"
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
/* cmocka wants those before it. */
#include <cmocka.h>

enum { SEED = 8201, CASES = 400, PER_PARAM = 5, MOST_STEPS = 3, L1_BYTES = 48 * 1024, L2_BYTES = 8 << 20 };

typedef struct trial {
    uint32_t number;
    draw d;
    net_model net;
    train_schedule schedule;
    schedule_options options;
    uint32_t steps;            /* whose gradients are gathered */
    double *input[MOST_STEPS]; /* in our layout */
    double *target[MOST_STEPS];
    double **params; /* before */
    uint32_t checked, kinks;
} trial;

typedef struct counts {
    uint32_t checked, kinks, ops[STEP_OPS][STEP_PASSES], fused, masked, sums, again, placed_well;
} counts;

static bool has_trained_norm(const net_model *net) {
    for (uint32_t i = 0; i < net->layer_count; ++i) {
        const net_layer *l = &net->layers[i];
        if (l->mean != NET_NONE && (net->params[l->w].trains || net->params[l->b].trains))
            return true;
    }
    return false;
}

static void make_schedule(trial *t) {
    static const schedule_updates ways[] = {UPDATES_AUTO, UPDATES_END, UPDATES_LAYER, UPDATES_FUSED};
    plan_error error = {""};
    t->steps = !has_trained_norm(&t->net) && draw_below(&t->d, 4) == 0 ? draw_range(&t->d, 2, MOST_STEPS) : 1;
    t->options = (schedule_options){.loss = draw_below(&t->d, 2) ? NET_MSE : NET_CROSS_ENTROPY,
                                    .optimizer = (step_update)draw_range(&t->d, STEP_SGD, STEP_ADAM),
                                    .updates = t->steps > 1 ? UPDATES_END : ways[draw_below(&t->d, 4)],
                                    .accumulate = t->steps,
                                    .keep_all = draw_below(&t->d, 5) == 0,
                                    .l1_bytes = L1_BYTES,
                                    .l2_bytes = L2_BYTES};
    if (!schedule_make(&t->net, &t->options, &t->schedule, &error))
        fail_msg("model %u: %s", t->number, error.text);
}

/* The same in less room, with values computed again. */
static void squeeze(trial *t) {
    schedule_options less = t->options;
    train_schedule s;
    plan_error error = {""};
    less.updates = t->schedule.updates;
    less.recompute = true;
    less.l2_bytes = t->schedule.total_bytes - 8 * draw_range(&t->d, 1, t->schedule.arena_bytes / 100 + 1);
    if (!schedule_make(&t->net, &less, &s, &error))
        return;
    assert_true(s.again > 0 && s.total_bytes <= less.l2_bytes && s.count == t->schedule.count + s.again);
    schedule_free(&t->schedule);
    t->schedule = s;
    t->options = less;
}

static void draw_samples(trial *t) {
    const net_value *x = &t->net.values[t->net.input], *y = &t->net.values[t->net.output];
    const size_t inputs = net_ref_elements(x), outputs = net_ref_elements(y);
    for (uint32_t s = 0; s < t->steps; ++s) {
        t->input[s] = calloc(inputs, sizeof(double));
        t->target[s] = calloc(outputs, sizeof(double));
        assert_true(t->input[s] && t->target[s]);
        for (size_t i = 0; i < inputs; ++i)
            t->input[s][i] = 2 * (double)draw_value(&t->d);
        for (size_t i = 0; i < outputs; ++i)
            t->target[s][i] =
                t->options.loss == NET_MSE ? (double)draw_value(&t->d) : draw_below(&t->d, y->h * y->w * y->c);
    }
}

/* The sum of the losses of all steps, with parameters as they are now. */
static double loss_of(const trial *t) {
    const net_value *out = &t->net.values[t->net.output];
    const size_t n = net_ref_elements(out);
    double sum = 0, terms, *dz = calloc(2 * n, sizeof *dz);
    uint32_t labels[4] = {0};
    assert_non_null(dz);
    for (uint32_t s = 0; s < t->steps; ++s) {
        double **values = net_ref_forward(&t->net, t->params, t->input[s], true);
        const tl_rows rows = {.n = (uint16_t)out->n, .classes = (uint16_t)(n / out->n)};
        for (uint32_t i = 0; i < out->n && i < 4; ++i)
            labels[i] = (uint32_t)t->target[s][i];
        sum += t->options.loss == NET_MSE
                   ? ref_mse(n, values[t->net.output], t->target[s], dz, &terms, dz + n)
                   : ref_softmax_cross_entropy(&rows, values[t->net.output], labels, dz, NULL, NULL);
        net_ref_free(t->net.value_count, values);
    }
    free(dz);
    return sum;
}

static double difference(const trial *t, double *at, double h) {
    const double middle = *at;
    *at = middle + h;
    const double above = loss_of(t);
    *at = middle - h;
    const double below = loss_of(t);
    *at = middle;
    return (above - below) / (2 * h);
}

/* What the optimiser was given for element i of a parameter, from what it did. */
static double given(const trial *t, const schedule_ref *r, uint32_t param, uint32_t i) {
    const uint32_t at = t->schedule.param_offset[param] + i;
    if (t->options.optimizer == STEP_ADAM)
        return r->state[0][at] / (1 - (double)r->adam.beta1);
    return (t->params[param][i] - r->params[at]) / (double)r->sgd.rate;
}

static void check_param(trial *t, const schedule_ref *r, uint32_t param, double scale) {
    const net_param *p = &t->net.params[param];
    for (uint32_t n = 0; n < PER_PARAM && n < p->elements; ++n) {
        const uint32_t i = p->elements <= PER_PARAM ? n : draw_below(&t->d, p->elements);
        const double g = given(t, r, param, i), far = difference(t, &t->params[param][i], 1e-5),
                     near = difference(t, &t->params[param][i], 2.5e-6), bound = 1e-6 * (scale + fabs(near));
        /* Between the two lies a kink of an activation or of a maximum. */
        if (fabs(far - near) > bound) {
            ++t->kinks;
            continue;
        }
        ++t->checked;
        if (!(fabs(g - near) <= 10 * bound))
            fail_msg("model %u: the gradient of %s[%u] is %.9g, by differences %.9g", t->number, p->name, i, g, near);
    }
}

/* Those that do not train are what they were; running statistics of trained norms are theirs. */
static void check_untouched(const trial *t, const schedule_ref *r, uint32_t param) {
    const net_param *p = &t->net.params[param];
    const double *now = r->params + t->schedule.param_offset[param];
    for (uint32_t i = 0; !p->statistic && i < p->elements; ++i) {
        if (now[i] != t->params[param][i])
            fail_msg("model %u: %s has changed, though it does not train", t->number, p->name);
    }
}

/* No two buffers that live at the same time have a byte in common. */
static void check_places(const trial *t, counts *all) {
    const train_schedule *s = &t->schedule;
    assert_true(s->arena_bytes >= s->lower_bound);
    all->placed_well += (uint64_t)s->arena_bytes * 100 <= (uint64_t)s->lower_bound * 105;
    for (uint32_t i = 0; i < s->buffer_count; ++i) {
        const schedule_buffer *a = &s->buffers[i];
        if (!a->placed)
            continue;
        assert_true(a->offset % 8 == 0 && a->bytes % 8 == 0 && a->offset + a->bytes <= s->arena_bytes);
        for (uint32_t j = 0; j < i; ++j) {
            const schedule_buffer *b = &s->buffers[j];
            const bool together = b->placed && a->first <= b->last && b->first <= a->last;
            if (together && a->offset < b->offset + b->bytes && b->offset < a->offset + a->bytes)
                fail_msg("model %u: buffers %u and %u stand in the same place", t->number, i, j);
        }
    }
}

static void count(const trial *t, counts *all) {
    for (uint32_t i = 0; i < t->schedule.count; ++i) {
        const schedule_step *s = &t->schedule.steps[i];
        ++all->ops[s->problem.op][s->problem.pass];
        all->fused += s->problem.op != STEP_OPTIMISER && s->problem.update != STEP_NO_UPDATE;
        all->masked += s->problem.mask != STEP_NO_MASK;
        all->sums += s->part == PART_BACKWARD && s->problem.op == STEP_ADD;
    }
    all->again += t->schedule.again;
    all->checked += t->checked;
    all->kinks += t->kinks;
}

static void check_model(uint32_t number, counts *all) {
    trial t = {.number = number, .d = {.seed = SEED + 1, .number = number}};
    random_network(SEED, number, &t.d, &t.net);
    make_schedule(&t);
    if (draw_below(&t.d, 2))
        squeeze(&t);
    draw_samples(&t);
    check_places(&t, all);
    t.params = net_ref_params(&t.net);
    schedule_ref r = schedule_ref_begin(&t.net, &t.schedule);
    r.sgd = (tl_sgd){.rate = 0.5f, .momentum = 0.75f};
    r.adam = (tl_adam){.rate = 0.5f, .beta1 = 0.75f, .beta2 = 0.5f, .epsilon = 1e-3f};
    const double expected = loss_of(&t);
    double loss = 0;
    for (uint32_t s = 0; s < t.steps; ++s) {
        schedule_ref_step(&r, t.input[s], t.target[s], s == 0, s + 1 == t.steps);
        loss += r.loss;
    }
    if (!(fabs(loss - expected) <= 1e-10 * (1 + fabs(expected))))
        fail_msg("model %u: the loss is %.12g instead of %.12g", number, loss, expected);
    for (uint32_t i = 0; i < t.net.param_count; ++i) {
        if (t.net.params[i].trains)
            check_param(&t, &r, i, 1 + fabs(expected));
        else
            check_untouched(&t, &r, i);
    }
    count(&t, all);
    schedule_ref_end(&r);
    net_ref_free(t.net.param_count, t.params);
    for (uint32_t s = 0; s < t.steps; ++s) {
        free(t.input[s]);
        free(t.target[s]);
    }
    schedule_free(&t.schedule);
    network_free(&t.net);
}

static void random_models(void **state) {
    (void)state;
    counts all = {0};
    for (uint32_t number = 0; number < CASES; ++number)
        check_model(number, &all);
    assert_true(all.kinks < all.checked / 50);
    assert_true(all.checked > 10 * CASES && all.fused > CASES / 4 && all.masked > CASES / 4 && all.sums > CASES / 4);
    assert_true(all.again > CASES / 8);
    assert_true(all.placed_well > CASES * 9 / 10);
    /* Nothing of what there is was left out. */
    static const step_op with_x[] = {
        STEP_CONV,     STEP_LINEAR,          STEP_LINEAR_ONE,  STEP_DEPTHWISE,  STEP_MAX_POOL,
        STEP_AVG_POOL, STEP_AVG_POOL_PADDED, STEP_GLOBAL_POOL, STEP_BATCH_NORM, STEP_BATCH_NORM_FROZEN,
        STEP_RELU,     STEP_RELU6,           STEP_LEAKY_RELU,  STEP_SIGMOID,    STEP_TANH};
    static const step_op with_w[] = {STEP_CONV,      STEP_LINEAR,     STEP_LINEAR_ONE,
                                     STEP_DEPTHWISE, STEP_BATCH_NORM, STEP_BATCH_NORM_FROZEN,
                                     STEP_OPTIMISER};
    for (size_t i = 0; i < sizeof with_x / sizeof with_x[0]; ++i)
        assert_true(all.ops[with_x[i]][STEP_GRAD_X] + all.ops[with_x[i]][STEP_STEP] > 0);
    for (size_t i = 0; i < sizeof with_w / sizeof with_w[0]; ++i)
        assert_true(all.ops[with_w[i]][STEP_GRAD_W] > 0);
}

static void refused(const char *model, net_norms norms, schedule_options options, const char *because) {
    net_model net;
    train_schedule s;
    plan_error error = {""};
    if (!text_model_lower(model, norms, &net, &error))
        fail_msg("%s", error.text);
    assert_false(schedule_make(&net, &options, &s, &error));
    if (!strstr(error.text, because))
        fail_msg("\"%s\" instead of \"%s\"", error.text, because);
    network_free(&net);
}

static void refusals(void **state) {
    (void)state;
    static const char model[] = "input x 1,4,6,6\nconst w 4,4,3,3\nconst g 4\nconst e 4\nconst m 4\nconst v 4\n"
                                "a = Conv x w\nb = BatchNormalization a g e m v\nc = Flatten b\noutput c 1,64\n";
    const schedule_options o = {.optimizer = STEP_SGD, .accumulate = 1, .l1_bytes = L1_BYTES, .l2_bytes = L2_BYTES};
    schedule_options changed = o;
    changed.accumulate = 2;
    changed.updates = UPDATES_FUSED;
    refused(model, NET_FOLD, changed, "can only be gathered when updates come at the end");
    changed = o;
    changed.l2_bytes = 1000;
    refused(model, NET_FOLD, changed, " bytes of L2 and has 1000: ");
    changed = o;
    changed.l1_bytes = 64;
    refused(model, NET_FOLD, changed, "fits 64 bytes of L1");
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(random_models), cmocka_unit_test(refusals)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
