/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/deploy/schedule.h"
#include "tools/cost/cost.h"
#include "tools/deploy/schedule_build.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static uint32_t even(uint32_t n) {
    return (n + 1) & ~1u;
}

uint32_t build_buffer(schedule_build *b, buffer_kind kind, uint32_t of, uint32_t bytes) {
    train_schedule *s = b->to;
    schedule_buffer *more = realloc(s->buffers, (s->buffer_count + 1) * sizeof *more);
    if (!more) {
        b->failed = true;
        return NET_NONE;
    }
    s->buffers = more;
    more[s->buffer_count] = (schedule_buffer){
        .kind = kind, .of = of, .bytes = (bytes + 7) & ~7u, .placed = kind != BUFFER_INPUT && kind != BUFFER_TARGET};
    return s->buffer_count++;
}

schedule_step *build_step(schedule_build *b, const char *name, schedule_part part, step_op op, step_pass pass) {
    train_schedule *s = b->to;
    schedule_step *more = realloc(s->steps, (s->count + 1) * sizeof *more);
    if (!more) {
        b->failed = true;
        return NULL;
    }
    s->steps = more;
    more[s->count] = (schedule_step){.part = part, .problem = {.op = op, .pass = pass}, .layer = NET_NONE};
    snprintf(more[s->count].name, sizeof more->name, "%s", name);
    return &s->steps[s->count++];
}

operand build_of(uint32_t buffer, uint32_t offset) {
    return buffer == NET_NONE ? (operand){0} : (operand){OPERAND_BUFFER, buffer, offset};
}

operand build_param(const schedule_build *b, uint32_t param) {
    return param == NET_NONE ? (operand){0} : (operand){OPERAND_PARAM, 0, b->to->param_offset[param]};
}

uint32_t build_value_bytes(const net_model *net, uint32_t value) {
    const net_value *v = &net->values[value];
    return v->n * v->h * v->w * v->c * (uint32_t)sizeof(float);
}

step_operands schedule_operands(schedule_step *s) {
    const bool forward = s->problem.pass == STEP_FORWARD, statistics = s->problem.op == STEP_BATCH_NORM;
    const bool updates = s->problem.update != STEP_NO_UPDATE;
    return (step_operands){
        .all = {&s->x, &s->w, &s->b, &s->y, &s->residual, &s->dy, &s->mask, &s->dx, &s->dw, &s->db, &s->arg, &s->mean,
                &s->rstd, &s->var, &s->w_state[0], &s->w_state[1], &s->b_state[0], &s->b_state[1]},
        .written = {false, updates, updates, true, false, false, false, true, !updates, !updates, forward,
                    forward && statistics, forward && statistics, forward && statistics, updates, updates, updates,
                    updates},
    };
}

/* Parameters of one kind, in the order of the layers, from float `at` on. Returns where they end. */
static uint32_t place_params(schedule_build *b, bool (*is)(const schedule_build *b, const net_layer *layer, uint32_t p),
                             uint32_t at) {
    for (uint32_t i = 0; i < b->net->layer_count; ++i) {
        const net_layer *layer = &b->net->layers[i];
        const uint32_t of[] = {layer->w, layer->b, layer->mean, layer->var};
        for (int j = 0; j < 4; ++j) {
            if (of[j] == NET_NONE || !is(b, layer, of[j]))
                continue;
            b->to->param_offset[of[j]] = at;
            at = even(at + b->net->params[of[j]].elements);
        }
    }
    return at;
}

/* Whether the layer is updated in the pass that makes its gradients. */
static bool is_fused(const schedule_build *b, const net_layer *layer) {
    const schedule_options *o = &b->to->options;
    const bool one = layer->problem.op == STEP_LINEAR && layer->problem.size.linear.n == 1;
    const bool sink = layer->problem.op == STEP_LINEAR || layer->problem.op == STEP_CONV;
    return layer->w != NET_NONE && b->net->params[layer->w].trains && o->accumulate <= 1 && !(o->clip > 0) &&
           !o->keep_all && (one || (b->to->updates == UPDATES_FUSED && sink));
}

static bool trains_apart(const schedule_build *b, const net_layer *layer, uint32_t p) {
    return b->net->params[p].trains && !is_fused(b, layer);
}

static bool trains_fused(const schedule_build *b, const net_layer *layer, uint32_t p) {
    return b->net->params[p].trains && is_fused(b, layer);
}

static bool rests(const schedule_build *b, const net_layer *layer, uint32_t p) {
    (void)layer;
    return !b->net->params[p].trains;
}

bool schedule_params(schedule_build *b) {
    train_schedule *s = b->to;
    const uint32_t apart = place_params(b, trains_apart, 0);
    s->trained_floats = place_params(b, trains_fused, apart);
    s->param_floats = place_params(b, rests, s->trained_floats);
    s->states = s->options.optimizer == STEP_ADAM ? 2 : s->options.optimizer == STEP_MOMENTUM ? 1 : 0;
    uint32_t all = NET_NONE;
    if (s->updates == UPDATES_END && apart > 0)
        all = build_buffer(b, BUFFER_PARAM_GRADIENT, 0, apart * (uint32_t)sizeof(float));
    for (uint32_t i = 0; i < b->net->layer_count; ++i) {
        const net_layer *layer = &b->net->layers[i];
        const uint32_t of[] = {layer->w, layer->b};
        uint32_t first = UINT32_MAX, end = 0, group = all;
        for (int j = 0; j < 2; ++j) {
            if (of[j] == NET_NONE || !trains_apart(b, layer, of[j]))
                continue;
            const uint32_t at = s->param_offset[of[j]];
            first = at < first ? at : first;
            end = even(at + b->net->params[of[j]].elements);
        }
        if (end > 0 && all == NET_NONE)
            group = build_buffer(b, BUFFER_PARAM_GRADIENT, first, (end - first) * (uint32_t)sizeof(float));
        for (int j = 0; j < 2; ++j) {
            if (of[j] != NET_NONE)
                b->group[of[j]] = trains_apart(b, layer, of[j]) ? group : NET_NONE;
        }
    }
    return !b->failed;
}

static void begin_lists(schedule_build *b) {
    const net_model *net = b->net;
    const size_t values = net->value_count + 1u, layers = net->layer_count + 1u, params = net->param_count + 1u;
    uint32_t **numbers[] = {&b->value_buffer, &b->grad_buffer,     &b->arg, &b->mean, &b->rstd,
                            &b->group,        &b->to->param_offset};
    const size_t counts[] = {values, values, layers, layers, layers, params, params};
    for (int i = 0; i < 7; ++i) {
        *numbers[i] = calloc(counts[i], sizeof **numbers[i]);
        b->failed = b->failed || !*numbers[i];
        for (size_t j = 0; !b->failed && j < counts[i]; ++j)
            (*numbers[i])[j] = NET_NONE;
    }
    bool **flags[] = {&b->shared, &b->masked, &b->wanted};
    for (int i = 0; i < 3; ++i) {
        *flags[i] = calloc(values, sizeof **flags[i]);
        b->failed = b->failed || !*flags[i];
    }
}

static void end_lists(schedule_build *b) {
    void *all[] = {b->arg, b->mean, b->rstd, b->shared, b->masked, b->wanted};
    b->to->value_buffer = b->value_buffer;
    b->to->grad_buffer = b->grad_buffer;
    b->to->param_buffer = b->group;
    for (size_t i = 0; i < sizeof all / sizeof all[0]; ++i)
        free(all[i]);
}

static uint32_t target_bytes(const net_model *net, const schedule_options *options) {
    return options->loss == NET_MSE ? build_value_bytes(net, net->output)
                                    : net->values[net->output].n * (uint32_t)sizeof(uint32_t);
}

/* With updates as told, and these values computed again. `quick`: the arena is as large as what lives at once. */
static bool make(const net_model *net, const schedule_options *options, schedule_updates updates, const bool *again,
                 bool quick, train_schedule *s) {
    schedule_build b = {.net = net, .to = s};
    *s = (train_schedule){.options = *options, .updates = updates, .batch = net->values[net->input].n};
    begin_lists(&b);
    if (!b.failed) {
        b.input = build_buffer(&b, BUFFER_INPUT, net->input, build_value_bytes(net, net->input));
        b.x = options->normalise ? build_buffer(&b, BUFFER_NORMALISED, net->input, build_value_bytes(net, net->input))
                                 : b.input;
        b.target = options->normalise && options->loss == NET_MSE && !options->target_given
                       ? b.x
                       : build_buffer(&b, BUFFER_TARGET, net->output, target_bytes(net, options));
    }
    if (!b.failed && schedule_params(&b)) {
        b.value_buffer[net->input] = b.x;
        build_forward(&b);
        if (!b.failed)
            build_backward(&b);
        if (!b.failed && again)
            build_recompute(&b, again);
    }
    end_lists(&b);
    if (b.failed)
        return false;
    schedule_lives(s);
    if (!schedule_place(s, quick))
        return false;
    uint64_t total = s->arena_bytes + 4ull * s->param_floats + 4ull * s->states * s->trained_floats;
    total += s->buffers[b.input].bytes + (b.target == b.x ? 0 : s->buffers[b.target].bytes) + options->beside_bytes +
             (options->clip > 0 ? 4 * net->param_count : 0);
    s->total_bytes = total > UINT32_MAX ? UINT32_MAX : (uint32_t)total;
    return true;
}

void schedule_free(train_schedule *s) {
    free(s->steps);
    free(s->buffers);
    free(s->value_buffer);
    free(s->grad_buffer);
    free(s->param_buffer);
    free(s->param_offset);
    *s = (train_schedule){0};
}

uint64_t schedule_short_tapes(const train_schedule *s) {
    enum { AROUND = 0x2000 };
    static const float more = 1.1f;
    float bytes = 0.0f;
    for (uint32_t i = 0; i < s->count; ++i)
        bytes += cost_tape(&s->steps[i].problem, &s->steps[i].plan);
    return AROUND + (uint64_t)(more * bytes);
}

uint64_t schedule_called_cycles(const train_schedule *s) {
    static const float others = 25.0f, stream = 9.0f;
    float cycles = 0.0f;
    for (uint32_t i = 0; i < s->count; ++i) {
        const schedule_step *step = &s->steps[i];
        cycles += (step->plan.kind == STEP_PLAN_STREAM ? stream : others) * cost_tape(&step->problem, &step->plan);
    }
    return (uint64_t)cycles;
}

/* Tapes depend on the plans: a step that has none will be refused anyhow. */
static bool fits(const net_model *net, train_schedule *s, plan_book *book) {
    plan_error none;
    if (s->total_bytes > s->options.l2_bytes)
        return false;
    return !book || !schedule_plans(net, s, book, &none) ||
           s->total_bytes + schedule_short_tapes(s) <= s->options.l2_bytes;
}

/* What is tried when values are to be computed again. */
typedef struct attempt {
    const net_model *net;
    const schedule_options *options;
    schedule_updates updates;
    plan_book *book; /* NULL: there need be no room for tapes */
} attempt;

static bool attempt_fits(void *user, const bool *again) {
    const attempt *a = user;
    train_schedule s;
    const bool fine = make(a->net, a->options, a->updates, again, true, &s) && fits(a->net, &s, a->book);
    schedule_free(&s);
    return fine;
}

/* Makes it anew, with values computed again, if it fits so; else it stays as it is. False: no memory. */
static bool make_again(const net_model *net, const schedule_options *options, plan_book *book, train_schedule *s) {
    attempt a = {net, options, s->updates, book};
    bool *again = calloc(net->value_count + 1u, sizeof *again), fine = again != NULL;
    if (fine && schedule_choose_again(net, attempt_fits, &a, again)) {
        schedule_free(s);
        fine = make(net, options, a.updates, again, false, s);
    }
    free(again);
    return fine;
}

/*
 * With updates as the options say; where that is automatic, the first that fit. Then with values computed again. First
 * so that tapes fit beside it, then without.
 */
static bool make_any(const net_model *net, const schedule_options *options, plan_book *book, train_schedule *s) {
    const bool automatic = options->updates == UPDATES_AUTO;
    const bool recompute = options->recompute && !options->keep_all;
    const schedule_updates first = automatic ? UPDATES_END : options->updates;
    const schedule_updates last = automatic && options->accumulate <= 1 && !(options->clip > 0) ? UPDATES_FUSED : first;
    for (int with_tapes = book != NULL; with_tapes >= 0; --with_tapes) {
        plan_book *const tapes = with_tapes ? book : NULL;
        for (schedule_updates next = first; next <= last; ++next) {
            if (!make(net, options, next, NULL, false, s))
                return false;
            if (fits(net, s, tapes))
                return true;
            if (next < last)
                schedule_free(s);
        }
        if (recompute && !make_again(net, options, tapes, s))
            return false;
        if (fits(net, s, tapes))
            return true;
        if (with_tapes)
            schedule_free(s);
    }
    return true;
}

static bool would_fit(const net_model *net, const schedule_options *options) {
    train_schedule s;
    const bool fits = make_any(net, options, NULL, &s) && s.total_bytes <= options->l2_bytes;
    schedule_free(&s);
    return fits;
}

/* As many of the last layers as could train, if nothing else is changed. */
static uint32_t last_that_fit(const net_model *net, const schedule_options *options) {
    net_model fewer = *net;
    uint32_t n = 0;
    fewer.params = malloc((net->param_count + 1u) * sizeof *fewer.params);
    if (!fewer.params)
        return 0;
    for (uint32_t i = 0; i < net->layer_count; ++i)
        n += net->layers[i].w != NET_NONE;
    while (n-- > 1) {
        char pattern[24];
        plan_error none;
        if (net->param_count)
            memcpy(fewer.params, net->params, net->param_count * sizeof *fewer.params);
        snprintf(pattern, sizeof pattern, "last:%u", n);
        if (!network_train(&fewer, pattern, &none))
            continue;
        for (uint32_t i = 0; i < net->param_count; ++i)
            fewer.params[i].trains = fewer.params[i].trains && net->params[i].trains;
        if (would_fit(&fewer, options))
            break;
    }
    free(fewer.params);
    return n;
}

/* What would make it fit, found by trying. */
static void advise(const net_model *net, const schedule_options *options, char *to, size_t room) {
    schedule_options other = *options;
    other.updates = options->accumulate > 1 ? options->updates : UPDATES_AUTO;
    other.optimizer = STEP_SGD;
    const bool sgd = would_fit(net, &other);
    other.optimizer = options->optimizer;
    if (options->updates != other.updates && would_fit(net, &other)) {
        snprintf(to, room, "It would fit with updates that come earlier");
        return;
    }
    const uint32_t last = last_that_fit(net, options);
    const char *smaller = net->values[net->input].n > 1 ? "; a smaller batch takes less" : "";
    const bool other_rule = sgd && options->optimizer != STEP_SGD;
    if (last > 0)
        snprintf(to, room, "It would fit %sif the last %u layers alone were trained (last:%u)%s",
                 other_rule ? "with plain SGD, or " : "", last, last, smaller);
    else
        snprintf(to, room, "%s",
                 !other_rule && *smaller
                     ? "It does not fit even if the last layer alone is trained: a smaller batch might"
                 : !other_rule ? "It does not fit even if the last layer alone is trained"
                 : *smaller    ? "It would fit with plain SGD; a smaller batch takes less"
                               : "It would fit with plain SGD");
}

/* The largest buffers alive in the peak step. */
static void name_largest(const net_model *net, const train_schedule *s, char *to, size_t room) {
    enum { MOST = 3 };
    uint32_t chosen[MOST];
    size_t used = 0;
    to[0] = '\0';
    for (uint32_t i = 0; i < MOST; ++i) {
        uint32_t largest = NET_NONE;
        for (uint32_t j = 0; j < s->buffer_count; ++j) {
            const schedule_buffer *c = &s->buffers[j];
            bool free_to_take = c->placed && c->first <= s->peak_step && c->last >= s->peak_step;
            for (uint32_t k = 0; k < i; ++k)
                free_to_take = free_to_take && chosen[k] != j;
            if (free_to_take && (largest == NET_NONE || c->bytes > s->buffers[largest].bytes))
                largest = j;
        }
        if (largest == NET_NONE)
            return;
        chosen[i] = largest;
        char name[64];
        schedule_buffer_name(net, s, largest, name, sizeof name);
        const int n =
            snprintf(to + used, room - used, "%s%.30s (%u bytes)", i ? ", " : "", name, s->buffers[largest].bytes);
        if (n < 0 || (size_t)n >= room - used)
            return;
        used += (size_t)n;
    }
}

/* Always false: how much it takes, and where. */
static bool too_large(const net_model *net, const train_schedule *s, plan_error *error) {
    char largest[180], advice[130];
    const schedule_options *o = &s->options;
    name_largest(net, s, largest, sizeof largest);
    advise(net, o, advice, sizeof advice);
    snprintf(error->text, sizeof error->text,
             "%.40s needs %u bytes of L2 and has %u: %u for parameters and the optimiser, at most %u alive at once, in "
             "step \"%s\" (the largest: %s). %s",
             net->name, s->total_bytes, o->l2_bytes, 4 * (s->param_floats + s->states * s->trained_floats),
             s->lower_bound, s->steps[s->peak_step].name, largest, advice);
    return false;
}

/* Whether gradients can be gathered. */
static bool can_gather(const schedule_options *options, plan_error *error) {
    if (options->updates == UPDATES_AUTO || options->updates == UPDATES_END)
        return true;
    snprintf(error->text, sizeof error->text,
             "gradients of several steps can only be gathered when updates come at the end");
    return false;
}

/* Whether all gradients are there before the first update. */
static bool can_clip(const schedule_options *options, plan_error *error) {
    if (options->updates == UPDATES_AUTO || options->updates == UPDATES_END)
        return true;
    snprintf(error->text, sizeof error->text,
             "gradients can only be clipped by their norm when updates come at the end: an update %s does not know the "
             "norm of all; take --updates end, or leave out --clip-norm",
             options->updates == UPDATES_FUSED ? "in the place of a gradient" : "behind each layer");
    return false;
}

bool schedule_make(const net_model *net, const schedule_options *options, train_schedule *s, plan_error *error) {
    *s = (train_schedule){0};
    if (options->accumulate > 1 && !can_gather(options, error))
        return false;
    if (options->clip > 0 && !can_clip(options, error))
        return false;
    plan_book book = {0};
    bool fine = make_any(net, options, options->tapes ? &book : NULL, s);
    if (!fine)
        snprintf(error->text, sizeof error->text, "there is no memory to make its training step");
    else
        fine = s->total_bytes <= options->l2_bytes ? schedule_plans(net, s, &book, error) : too_large(net, s, error);
    plan_book_free(&book);
    if (!fine)
        schedule_free(s);
    return fine;
}

uint64_t schedule_cycles(const train_schedule *s, uint32_t *unknown) {
    uint64_t all = 0;
    *unknown = 0;
    for (uint32_t i = 0; i < s->count; ++i) {
        all += s->steps[i].cycles;
        *unknown += s->steps[i].cycles == 0;
    }
    return all;
}

void schedule_buffer_name(const net_model *net, const train_schedule *s, uint32_t buffer, char *to, size_t room) {
    const schedule_buffer *b = &s->buffers[buffer];
    const char *of = "";
    switch (b->kind) {
    case BUFFER_VALUE:
    case BUFFER_GRADIENT:
    case BUFFER_PART:
        of = net->values[b->of].name;
        break;
    case BUFFER_ARG:
    case BUFFER_MEAN:
    case BUFFER_RSTD:
        of = net->layers[b->of].name;
        break;
    case BUFFER_PARAM_GRADIENT:
        for (uint32_t i = 0; (s->updates != UPDATES_END || b->of > 0) && i < net->param_count; ++i) {
            if (s->param_offset[i] == b->of)
                of = net->params[i].name;
        }
        break;
    case BUFFER_INPUT:
    case BUFFER_TARGET:
    case BUFFER_NORMALISED:
        break;
    }
    static const char *const kinds[] = {"input", "target", "normalised input", "", "d ", "part of d ", "arg ", "mean ",
                                        "rstd ", "d "};
    snprintf(to, room, "%s%s", kinds[b->kind], *of || b->kind != BUFFER_PARAM_GRADIENT ? of : "all parameters");
}
