/* SPDX-License-Identifier: Apache-2.0 */
/* Schedules as lists: where buffers stand, what the budget says, what is fused, dropped and planned. */
#include "tests/deploy/text_model.h"
#include "tools/deploy/onnx_op.h"
#include "tools/deploy/schedule_build.h"
#include "tools/deploy/zoo.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
/* cmocka wants those before it. */
#include <cmocka.h>

enum { L1 = 45000, L2 = 1966080, PLENTY = 1 << 28 };

static void read_zoo(uint32_t number, net_model *net) {
    size_t bytes;
    onnx_graph g;
    plan_error error = {""};
    void *file = zoo_make(&zoo_models[number], 1, &bytes);
    assert_true(graph_read_bytes(file, bytes, zoo_models[number].name, NULL, 0, &g, &error));
    free(file);
    assert_true(graph_infer(&g, &error) && network_lower(&g, zoo_models[number].name, NET_FOLD, net, &error));
    graph_free(&g);
    assert_true(network_train(net, "all", &error));
}

static void read_text(const char *text, net_norms norms, const char *train, net_model *net) {
    plan_error error = {""};
    if (!text_model_lower(text, norms, net, &error) || !network_train(net, train, &error))
        fail_msg("%s", error.text);
}

static void make(const net_model *net, schedule_options options, train_schedule *s) {
    plan_error error = {""};
    options.l1_bytes = options.l1_bytes ? options.l1_bytes : L1;
    options.l2_bytes = options.l2_bytes ? options.l2_bytes : PLENTY;
    options.optimizer = options.optimizer ? options.optimizer : STEP_SGD;
    if (!schedule_make(net, &options, s, &error))
        fail_msg("%s", error.text);
}

/* What lives together stands apart, inside the arena; the bound is the most that lives at once. */
static void check_places(const train_schedule *s) {
    uint32_t top = 0, most = 0;
    for (uint32_t i = 0; i < s->buffer_count; ++i) {
        const schedule_buffer *a = &s->buffers[i];
        if (!a->placed)
            continue;
        assert_int_equal(a->offset % 8, 0);
        assert_int_equal(a->bytes % 8, 0);
        top = a->offset + a->bytes > top ? a->offset + a->bytes : top;
        for (uint32_t j = 0; j < i; ++j) {
            const schedule_buffer *b = &s->buffers[j];
            if (b->placed && a->first <= b->last && b->first <= a->last)
                assert_true(a->offset + a->bytes <= b->offset || b->offset + b->bytes <= a->offset);
        }
    }
    for (uint32_t step = 0; step < s->count; ++step) {
        uint32_t alive = 0;
        for (uint32_t i = 0; i < s->buffer_count; ++i)
            alive += s->buffers[i].placed && s->buffers[i].first <= step && s->buffers[i].last >= step
                         ? s->buffers[i].bytes
                         : 0;
        most = alive > most ? alive : most;
        assert_true(alive < s->lower_bound || step >= s->peak_step);
        const step_operands o = schedule_operands(&s->steps[step]);
        for (int i = 0; i < STEP_OPERANDS; ++i) {
            if (o.all[i]->kind == OPERAND_BUFFER)
                assert_true(s->buffers[o.all[i]->number].first <= step && s->buffers[o.all[i]->number].last >= step);
        }
    }
    assert_int_equal(top, s->arena_bytes);
    assert_int_equal(most, s->lower_bound);
}

/* The target: within 1.05 times the bound. */
static void shipped_models(void **state) {
    (void)state;
    assert_int_equal(zoo_count, 5);
    for (uint32_t i = 0; i < zoo_count; ++i) {
        net_model net;
        train_schedule s;
        uint32_t floats = 0;
        read_zoo(i, &net);
        const bool mse = strcmp(net.name, "autoencoder") == 0, large = strcmp(net.name, "mobilenet") == 0;
        make(&net, (schedule_options){.loss = mse ? NET_MSE : NET_CROSS_ENTROPY, .l2_bytes = L2}, &s);
        check_places(&s);
        assert_true((double)s.arena_bytes <= 1.05 * s.lower_bound);
        assert_int_equal(s.updates, large ? UPDATES_FUSED : UPDATES_END);
        for (uint32_t j = 0; j < net.param_count; ++j)
            floats += (net.params[j].elements + 1) & ~1u;
        assert_int_equal(s.param_floats, floats);
        assert_int_equal(s.trained_floats, floats);
        const uint32_t in = 4 * net_value_elements(&net.values[net.input]),
                       target = mse ? 4 * net_value_elements(&net.values[net.output]) : 8;
        assert_int_equal(s.total_bytes, s.arena_bytes + 4 * floats + in + target);
        schedule_free(&s);
        network_free(&net);
    }
}

/* Any buffers with any lives. */
static void random_lives(void **state) {
    (void)state;
    enum { STEPS = 24, MOST = 40 };
    uint32_t seed = 7;
    for (int round = 0; round < 60; ++round) {
        schedule_buffer buffers[MOST];
        schedule_step steps[STEPS];
        memset(steps, 0, sizeof steps);
        train_schedule s = {.options.l2_bytes = PLENTY, .steps = steps, .count = STEPS, .buffers = buffers};
        s.buffer_count = 1 + (uint32_t)round % MOST;
        for (uint32_t i = 0; i < s.buffer_count; ++i) {
            uint32_t r[3];
            for (int j = 0; j < 3; ++j)
                r[j] = (seed = seed * 1664525u + 1013904223u) >> 9;
            const uint32_t a = r[0] % STEPS, b = r[1] % STEPS;
            buffers[i] = (schedule_buffer){.kind = BUFFER_VALUE,
                                           .bytes = 8 * (1 + r[2] % 100),
                                           .first = a < b ? a : b,
                                           .last = a < b ? b : a,
                                           .placed = i % 7 != 3};
        }
        assert_true(schedule_place(&s, false));
        check_places(&s);
        assert_true((double)s.arena_bytes <= 1.15 * s.lower_bound);
    }
}

#define CHAIN                                                                                                          \
    "input x 1,3,8,8\nconst w1 8,3,3,3\nconst b1 8\nconst w2 8,8,3,3\nconst b2 8\nconst w3 5,512\nconst b3 5\n"        \
    "c1 = Conv x w1 b1 pads=1,1,1,1\nr1 = Relu c1\nc2 = Conv r1 w2 b2 pads=1,1,1,1\nr2 = Relu c2\n"                    \
    "f = Flatten r2\ny = Gemm f w3 b3 transB=1\noutput y 1,5\n"

static uint32_t steps_of(const train_schedule *s, step_op op, step_pass pass) {
    uint32_t n = 0;
    for (uint32_t i = 0; i < s->count; ++i)
        n += s->steps[i].part != PART_FORWARD && s->steps[i].problem.op == op && s->steps[i].problem.pass == pass;
    return n;
}

static uint32_t buffers_of(const train_schedule *s, buffer_kind kind) {
    uint32_t n = 0;
    for (uint32_t i = 0; i < s->buffer_count; ++i)
        n += s->buffers[i].kind == kind;
    return n;
}

static void budget(void **state) {
    (void)state;
    net_model net;
    train_schedule s;
    plan_error error;
    read_text(CHAIN, NET_FOLD, "all", &net);
    schedule_options options = {.optimizer = STEP_ADAM, .updates = UPDATES_END, .l1_bytes = L1, .l2_bytes = PLENTY};
    assert_true(schedule_make(&net, &options, &s, &error));
    const uint32_t all = s.total_bytes, bound = s.lower_bound;
    schedule_free(&s);
    options.l2_bytes = all;
    assert_true(schedule_make(&net, &options, &s, &error));
    assert_int_equal(s.total_bytes, all);
    schedule_free(&s);
    options.l2_bytes = all - 1;
    assert_false(schedule_make(&net, &options, &s, &error));
    assert_null(s.steps);
    char wanted[128];
    snprintf(wanted, sizeof wanted, "text needs %u bytes of L2 and has %u: ", all, all - 1);
    assert_memory_equal(error.text, wanted, strlen(wanted));
    snprintf(wanted, sizeof wanted, "at most %u alive at once, in step \"", bound);
    assert_non_null(strstr(error.text, wanted));
    assert_non_null(strstr(error.text, "(the largest: d all parameters ("));
    assert_non_null(strstr(error.text, "It would fit with updates that come earlier"));
    /* As many layers as it says, and not one more. */
    options.updates = UPDATES_AUTO;
    options.l2_bytes = 45000;
    assert_false(schedule_make(&net, &options, &s, &error));
    assert_non_null(strstr(error.text, "It would fit with plain SGD, or if the last 1 layers alone were trained"));
    assert_true(network_train(&net, "last:1", &error) && schedule_make(&net, &options, &s, &error));
    schedule_free(&s);
    assert_true(network_train(&net, "last:2", &error));
    assert_false(schedule_make(&net, &options, &s, &error));
    options.l2_bytes = 2000;
    assert_false(schedule_make(&net, &options, &s, &error));
    assert_non_null(strstr(error.text, "It does not fit even if the last layer alone is trained"));
    network_free(&net);
    /* Sums of bytes that 32 bits do not hold. */
    read_text("input x 1,1,16384,16384\nconst u 1,1,1,1\nconst v 1,1,1,1\nconst w 1,1,1,1\na = Conv x u\nb = Conv a v\n"
              "c = Conv b w\ng = GlobalAveragePool c\nh = Flatten g\noutput h 1,1\n",
              NET_FOLD, "all", &net);
    options = (schedule_options){.optimizer = STEP_SGD, .keep_all = true, .l1_bytes = L1, .l2_bytes = L2};
    assert_false(schedule_make(&net, &options, &s, &error));
    assert_non_null(strstr(error.text, "needs 4294967295 bytes"));
    network_free(&net);
}

static void updates(void **state) {
    (void)state;
    net_model net;
    train_schedule s;
    read_text(CHAIN, NET_FOLD, "all", &net);
    make(&net, (schedule_options){.updates = UPDATES_END}, &s);
    check_places(&s);
    assert_int_equal(steps_of(&s, STEP_OPTIMISER, STEP_GRAD_W), 1);
    assert_int_equal(s.steps[s.count - 1].part, PART_UPDATE);
    assert_int_equal(buffers_of(&s, BUFFER_PARAM_GRADIENT), 1);
    assert_int_equal(steps_of(&s, STEP_CONV, STEP_GRAD_X), 1); /* not the first layer's */
    assert_int_equal(steps_of(&s, STEP_LINEAR_ONE, STEP_STEP), 1);
    assert_int_equal(steps_of(&s, STEP_RELU, STEP_GRAD_X), 0); /* masked on the way */
    const uint32_t end = s.arena_bytes;
    schedule_free(&s);
    make(&net, (schedule_options){.updates = UPDATES_LAYER}, &s);
    check_places(&s);
    assert_int_equal(steps_of(&s, STEP_OPTIMISER, STEP_GRAD_W), 2);
    assert_int_equal(buffers_of(&s, BUFFER_PARAM_GRADIENT), 2);
    assert_true(s.arena_bytes < end);
    schedule_free(&s);
    make(&net, (schedule_options){.updates = UPDATES_FUSED, .optimizer = STEP_MOMENTUM}, &s);
    check_places(&s);
    assert_int_equal(s.states, 1);
    assert_int_equal(steps_of(&s, STEP_OPTIMISER, STEP_GRAD_W), 0);
    assert_int_equal(buffers_of(&s, BUFFER_PARAM_GRADIENT), 0);
    uint32_t fused = 0;
    for (uint32_t i = 0; i < s.count; ++i) {
        const schedule_step *step = &s.steps[i];
        if (step->problem.update == STEP_NO_UPDATE)
            continue;
        ++fused;
        assert_int_equal(step->problem.update, STEP_MOMENTUM);
        assert_int_equal(step->w_state[0].kind, OPERAND_STATE);
        assert_int_equal(step->w_state[0].offset, step->w.offset);
        assert_int_equal(step->w_state[1].kind, OPERAND_ABSENT);
    }
    assert_int_equal(fused, 3);
    schedule_free(&s);
    network_free(&net);
}

/* Everything has a place of its own, and no gradient is consumed before anybody sees it. */
static void keep_all(void **state) {
    (void)state;
    net_model net;
    train_schedule s;
    read_text(CHAIN, NET_FOLD, "all", &net);
    make(&net, (schedule_options){.updates = UPDATES_FUSED, .keep_all = true}, &s);
    check_places(&s);
    uint32_t bytes = 0;
    for (uint32_t i = 0; i < s.buffer_count; ++i)
        bytes += s.buffers[i].placed ? s.buffers[i].bytes : 0;
    assert_int_equal(s.arena_bytes, bytes);
    assert_int_equal(steps_of(&s, STEP_LINEAR_ONE, STEP_STEP), 0);
    for (uint32_t i = 0; i < s.count; ++i) {
        const schedule_step *step = &s.steps[i];
        assert_true(step->problem.update == STEP_NO_UPDATE || step->problem.op == STEP_OPTIMISER);
    }
    for (uint32_t i = 0; i < net.param_count; ++i) {
        uint32_t written = 0;
        for (uint32_t j = 0; j < s.count; ++j) {
            const operand places[] = {s.steps[j].dw, s.steps[j].db};
            for (int k = 0; k < 2 && s.steps[j].part == PART_BACKWARD; ++k)
                written += places[k].kind == OPERAND_BUFFER &&
                           s.buffers[places[k].number].of + places[k].offset == s.param_offset[i];
        }
        assert_int_equal(written, 1);
    }
    schedule_free(&s);
    network_free(&net);
}

static void gathered(void **state) {
    (void)state;
    net_model net;
    train_schedule s;
    plan_error error;
    read_text(CHAIN, NET_FOLD, "all", &net);
    make(&net, (schedule_options){.accumulate = 4}, &s);
    check_places(&s);
    assert_int_equal(s.updates, UPDATES_END);
    assert_int_equal(buffers_of(&s, BUFFER_PARAM_GRADIENT), 1);
    for (uint32_t i = 0; i < s.buffer_count; ++i) {
        if (s.buffers[i].kind == BUFFER_PARAM_GRADIENT)
            assert_true(s.buffers[i].first == 0 && s.buffers[i].last == s.count - 1);
    }
    for (uint32_t i = 0; i < s.count; ++i)
        assert_int_equal(s.steps[i].add, s.steps[i].part == PART_BACKWARD && s.steps[i].problem.pass == STEP_GRAD_W);
    schedule_free(&s);
    /* Not to be shortened by other updates where it does not fit. */
    schedule_options options = {
        .optimizer = STEP_SGD, .accumulate = 2, .updates = UPDATES_FUSED, .l1_bytes = L1, .l2_bytes = PLENTY};
    assert_false(schedule_make(&net, &options, &s, &error));
    assert_non_null(strstr(error.text, "only be gathered when updates come at the end"));
    network_free(&net);
}

static void dropped(void **state) {
    (void)state;
    net_model net;
    train_schedule s;
    read_text(CHAIN, NET_FOLD, "last:1", &net);
    make(&net, (schedule_options){0}, &s);
    check_places(&s);
    assert_int_equal(steps_of(&s, STEP_LINEAR_ONE, STEP_GRAD_W), 1);
    assert_int_equal(steps_of(&s, STEP_CONV, STEP_GRAD_W) + steps_of(&s, STEP_CONV, STEP_GRAD_X), 0);
    assert_int_equal(s.trained_floats, 512 * 5 + 6);
    assert_int_equal(s.steps[s.count - 1].dx.kind, OPERAND_ABSENT);
    assert_int_equal(buffers_of(&s, BUFFER_GRADIENT), 1);
    schedule_free(&s);
    network_free(&net);
    /* A residual: the sum of two gradients, masked once behind it. */
    read_text("input x 1,4,6,6\nconst w1 4,4,3,3\nconst w2 4,4,3,3\na = Conv x w1 pads=1,1,1,1\nb = Relu a\n"
              "c = Conv b w2 pads=1,1,1,1\nd = Add c b\ne = GlobalAveragePool d\nf = Flatten e\noutput f 1,4\n",
              NET_FOLD, "all", &net);
    make(&net, (schedule_options){0}, &s);
    check_places(&s);
    assert_int_equal(steps_of(&s, STEP_ADD, STEP_FORWARD), 1);
    assert_int_equal(steps_of(&s, STEP_RELU, STEP_GRAD_X), 1);
    schedule_free(&s);
    network_free(&net);
}

/* A plan file's plan where the problem is the same and it fits; equal steps have equal plans. */
static void plans(void **state) {
    (void)state;
    net_model net;
    train_schedule s, own;
    plan_error error;
    read_text(CHAIN, NET_FOLD, "all", &net);
    make(&net, (schedule_options){.updates = UPDATES_END}, &own);
    plan_step known[2];
    memset(known, 0, sizeof known);
    uint32_t conv = NET_NONE;
    for (uint32_t i = 0; i < own.count; ++i)
        conv = own.steps[i].problem.op == STEP_CONV && own.steps[i].problem.pass == STEP_GRAD_X ? i : conv;
    for (int i = 0; i < 2; ++i) {
        known[i].step.problem = own.steps[conv].problem;
        known[i].plan = own.steps[conv].plan;
        known[i].cycles = 4321;
    }
    known[0].step.problem.mask = STEP_NO_MASK; /* another problem */
    known[0].cycles = 1;
    known[1].plan.of.mm.rows = 2;
    const plan_file file = {.model = "text", .machine = "pulp8", .steps = known, .count = 2};
    make(&net, (schedule_options){.updates = UPDATES_END, .plan = &file}, &s);
    assert_int_equal(s.steps[conv].cycles, 4321);
    assert_true(s.steps[conv].measured);
    assert_int_equal(s.steps[conv].plan.of.mm.rows, 2);
    uint32_t unknown, measured = 0;
    uint64_t sum = 0;
    for (uint32_t i = 0; i < s.count; ++i) {
        measured += s.steps[i].measured;
        sum += s.steps[i].cycles;
    }
    assert_int_equal(measured, 1);
    assert_int_equal(schedule_cycles(&s, &unknown), sum);
    assert_true(unknown < s.count);
    schedule_free(&s);
    known[1].plan.of.mm.kernel = NULL;
    make(&net, (schedule_options){.updates = UPDATES_END, .plan = &file}, &s);
    assert_false(s.steps[conv].measured);
    assert_non_null(s.steps[conv].plan.of.mm.kernel);
    schedule_free(&s);
    schedule_options options = {.optimizer = STEP_SGD, .l1_bytes = 300, .l2_bytes = PLENTY};
    assert_false(schedule_make(&net, &options, &s, &error));
    assert_non_null(strstr(error.text, "fits 300 bytes of L1"));
    schedule_free(&own);
    network_free(&net);
}

/* What is written for the tuner reads back as the same problems, each as often. */
static void layers(void **state) {
    (void)state;
    for (uint32_t model = 0; model < 2; ++model) {
        net_model net;
        train_schedule s;
        plan_error error = {""};
        layer_list list;
        read_zoo(model, &net);
        make(&net, (schedule_options){.loss = model == 0 ? NET_MSE : NET_CROSS_ENTROPY}, &s);
        const size_t bytes = schedule_layers(&net, &s, NULL, 0);
        char *text = malloc(bytes + 1);
        assert_non_null(text);
        assert_int_equal(schedule_layers(&net, &s, text, bytes + 1), bytes);
        if (!layers_read(text, bytes, "made", &list, &error))
            fail_msg("%s", error.text);
        assert_string_equal(list.model, net.name);
        uint32_t times = 0;
        for (uint32_t i = 0; i < list.count; ++i) {
            char wanted[STEP_TEXT], one[STEP_TEXT];
            uint32_t same = 0;
            problem_write(&list.steps[i].problem, wanted, sizeof wanted);
            for (uint32_t j = 0; j < s.count; ++j) {
                problem_write(&s.steps[j].problem, one, sizeof one);
                same += strcmp(one, wanted) == 0;
            }
            assert_int_equal(same, list.steps[i].times);
            times += same;
        }
        assert_int_equal(times, s.count);
        layers_free(&list);
        free(text);
        schedule_free(&s);
        network_free(&net);
    }
}

static uint32_t count_in(const char *text, const char *what) {
    uint32_t n = 0;
    for (; (text = strstr(text, what)); ++text)
        ++n;
    return n;
}

static void picture(void **state) {
    (void)state;
    net_model net;
    train_schedule s;
    read_text(CHAIN, NET_FOLD, "all", &net);
    free(net.values[net.output].name);
    net.values[net.output].name = strdup("<y&\xc3\x7f");
    make(&net, (schedule_options){.updates = UPDATES_END}, &s);
    const size_t bytes = schedule_picture(&net, &s, NULL, 0);
    char *text = malloc(bytes + 1), few[40];
    assert_non_null(text);
    assert_int_equal(schedule_picture(&net, &s, text, bytes + 1), bytes);
    assert_int_equal(strlen(text), bytes);
    assert_memory_equal(text, "<svg ", 5);
    assert_string_equal(text + bytes - 7, "</svg>\n");
    assert_int_equal(count_in(text, "</title></rect>"), s.buffer_count - 2);
    assert_int_equal(count_in(text, "<rect"), s.buffer_count - 2 + 6);
    assert_int_equal(count_in(text, "<title>_y___: "), 1);
    assert_int_equal(count_in(text, "<title>d _y___: "), 1);
    for (size_t i = 0; i < bytes; ++i)
        assert_true(text[i] == '\n' || (text[i] >= ' ' && text[i] <= '~'));
    assert_int_equal(schedule_picture(&net, &s, few, sizeof few), bytes);
    assert_int_equal(strlen(few), sizeof few - 1);
    free(text);
    schedule_free(&s);
    network_free(&net);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(shipped_models), cmocka_unit_test(random_lives), cmocka_unit_test(budget),
        cmocka_unit_test(updates),        cmocka_unit_test(keep_all),     cmocka_unit_test(gathered),
        cmocka_unit_test(dropped),        cmocka_unit_test(plans),        cmocka_unit_test(layers),
        cmocka_unit_test(picture),
    };
    return cmocka_run_group_tests_name("schedules", tests, NULL, NULL);
}
