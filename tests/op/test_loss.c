/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/op/op_test.h"
#include <math.h>

enum { SEED = 6001 };

static const float magnitudes[] = {1.0f, 10.0f, 80.0f, 0.001f, 300.0f};

static float *logits(op_test *t, uint32_t n, uint32_t classes) {
    t->job.probe.rows = (tl_rows){(uint16_t)n, (uint16_t)classes};
    float *z = op_input(t, 0, "z", n * classes), magnitude = OP_PICK(t, magnitudes);
    for (uint32_t i = 0; i < n * classes; ++i)
        z[i] *= magnitude;
    return z;
}

static uint32_t *labels(op_test *t, uint32_t n, uint32_t classes) {
    uint32_t *label = op_memory(t, n * sizeof *label);
    for (uint32_t i = 0; i < n; ++i)
        label[i] = draw_below(&t->draw, classes);
    op_input_bytes(t, 1, "label", label, n * 4);
    return label;
}

static void finish(op_test *t, const float *z, const uint32_t *label) {
    const tl_rows *rows = &t->job.probe.rows;
    uint32_t n = (uint32_t)rows->n * rows->classes;
    double *loss = op_doubles(t, 1), *loss_sum = op_doubles(t, 1), *dz = op_doubles(t, n), *dz_sum = op_doubles(t, n);
    if (t->status == TL_OK)
        *loss = ref_softmax_cross_entropy(rows, op_wide(t, n, z), label, dz, loss_sum, dz_sum);
    op_expect(t, 2, "loss", 1, loss, loss_sum, (double)ref_loss_terms(rows));
    op_expect(t, 3, "dz", n, dz, dz_sum, (double)ref_loss_terms(rows));
    op_finish(t);
}

static void run(op_test *t, uint32_t seed, uint32_t number, uint32_t n, uint32_t classes) {
    op_begin(t, TL_PROBE_LOSS, seed, number);
    float *z = logits(t, n, classes);
    finish(t, z, labels(t, n, classes));
}

/* Every batch and number of classes from 1 to 17. */
static void all_sizes(void **state) {
    op_test *t = *state;
    for (uint32_t number = 0; number < 17 * 17 * 4; ++number)
        if (!op_skip(t, number, 3))
            run(t, SEED, number, number % 17 + 1, number / 17 % 17 + 1);
}

static void large(void **state) {
    static const uint16_t sizes[][2] = {{1, 1000}, {300, 10}, {64, 257}, {9, 1500}, {2, 5000}};
    op_test *t = *state;
    for (uint32_t number = 0; number < 5; ++number)
        run(t, SEED + 1, number, sizes[number][0], sizes[number][1]);
}

static void bad_label(void **state) {
    op_test *t = *state;
    for (uint32_t number = 0; number < 40; ++number) {
        if (op_skip(t, number, 2))
            continue;
        op_begin(t, TL_PROBE_LOSS, SEED + 2, number);
        uint32_t n = number % 17 + 1, classes = number % 5 + 1;
        float *z = logits(t, n, classes);
        uint32_t *label = labels(t, n, classes);
        label[draw_below(&t->draw, n)] = number % 3 == 0 ? classes : number % 3 == 1 ? UINT32_MAX : classes + number;
        t->status = TL_BAD_LABEL;
        finish(t, z, label);
    }
}

static void not_finite(void **state) {
    op_test *t = *state;
    for (uint32_t number = 0; number < 60; ++number) {
        if (op_skip(t, number, 3))
            continue;
        op_begin(t, TL_PROBE_LOSS, SEED + 3, number);
        uint32_t n = number % 17 + 1, classes = draw_range(&t->draw, 2, 17);
        float *z = logits(t, n, classes);
        uint32_t *label = labels(t, n, classes), row = draw_below(&t->draw, n), at = draw_below(&t->draw, classes);
        if (number % 3 == 0)
            z[row * classes + at] = NAN;
        else if (number % 3 == 1)
            z[row * classes + at] = INFINITY;
        else
            z[row * classes + label[row]] = -INFINITY;
        t->status = TL_NOT_FINITE;
        finish(t, z, label);
    }
}

/* The label's class may be all but impossible: the loss is large, and right. */
static void far_apart(void **state) {
    op_test *t = *state;
    for (uint32_t number = 0; number < 12; ++number) {
        op_begin(t, TL_PROBE_LOSS, SEED + 4, number);
        uint32_t classes = number + 2;
        float *z = logits(t, 3, classes);
        uint32_t *label = labels(t, 3, classes);
        z[classes + label[1]] = -3.0e4f * (float)(number + 1);
        z[2 * classes] = 1.0e30f;
        if (label[2] != 0)
            label[2] = 0;
        finish(t, z, label);
    }
}

/* No rows, no classes, and a row that L1 cannot hold. */
static void bad_sizes(void **state) {
    static const uint16_t sizes[][2] = {{0, 3}, {3, 0}, {0, 0}, {1, 60000}};
    op_test *t = *state;
    for (uint32_t number = 0; number < 4; ++number) {
        op_begin(t, TL_PROBE_LOSS, SEED + 5, number);
        uint32_t n = sizes[number][0], classes = sizes[number][1];
        t->job.probe.rows = (tl_rows){(uint16_t)n, (uint16_t)classes};
        op_input(t, 0, "z", n * classes + 1);
        uint32_t *label = op_memory(t, 64);
        op_input_bytes(t, 1, "label", label, 64);
        op_expect(t, 2, "loss", 1, NULL, NULL, 0);
        op_expect(t, 3, "dz", n * classes + 1, NULL, NULL, 0);
        t->status = TL_BAD_SIZES;
        op_finish(t);
    }
}

static void run_mse(op_test *t, uint32_t seed, uint32_t number, uint32_t n, float poison) {
    op_begin(t, TL_PROBE_MSE, seed, number);
    t->job.probe.elements = n;
    float *y = op_input(t, 0, "y", n), *target = op_input(t, 1, "target", n), magnitude = OP_PICK(t, magnitudes);
    for (uint32_t i = 0; i < n; ++i)
        y[i] = op_chance(t, 4) ? y[i] * magnitude : target[i];
    if (poison != 0)
        *(op_chance(t, 2) ? y : target) = poison;
    t->status = poison != 0 ? TL_NOT_FINITE : TL_OK;
    double *loss = op_doubles(t, 1), *loss_sum = op_doubles(t, 1), *dy = op_doubles(t, n), *dy_sum = op_doubles(t, n);
    *loss = ref_mse(n, op_wide(t, n, y), op_wide(t, n, target), dy, loss_sum, dy_sum);
    op_expect(t, 2, "loss", 1, loss, loss_sum, (double)ref_mse_terms(n));
    op_expect(t, 3, "dy", n, dy, dy_sum, 3);
    if (op_chance(t, 3) && poison == 0)
        op_in_place(t, 3, 0);
    op_finish(t);
}

static void mse(void **state) {
    op_test *t = *state;
    for (uint32_t number = 0; number < 600; ++number)
        if (!op_skip(t, number, 3))
            run_mse(t, SEED + 6, number, number < 200 ? number + 1 : draw_range(&t->draw, 1, 5000), 0);
    for (uint32_t number = 600; number < 606; ++number)
        run_mse(t, SEED + 6, number, draw_range(&t->draw, 12000, 70000), 0);
    for (uint32_t number = 606; number < 618; ++number)
        run_mse(t, SEED + 6, number, number - 605, number % 2 ? NAN : INFINITY);
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_sizes),  cmocka_unit_test(large),     cmocka_unit_test(bad_label),
        cmocka_unit_test(not_finite), cmocka_unit_test(far_apart), cmocka_unit_test(bad_sizes),
        cmocka_unit_test(mse),
    };
    return op_main(argc, argv, "loss", tests, sizeof tests / sizeof tests[0]);
}
