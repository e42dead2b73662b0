/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/op/op_test.h"
#include <math.h>

enum { SEED = 6001, MOST_IN_L1 = 2000 };

/* Sums that are exactly 0, zeros of both signs, NaN and infinities, among others. */
static void run(op_test *t, uint32_t n) {
    static const float special[] = {0.0f, -0.0f, NAN, INFINITY, -INFINITY, 0x1p-149f, -0x1p-149f};
    tl_probe *p = &t->job.probe;
    p->elements = n;
    p->relu = op_chance(t, 2);
    if (!op_chance(t, 8))
        p->map_plan.elements = n / 40 + 1 + draw_below(&t->draw, op_chance(t, 2) ? n : n / 16 + 1);
    float *a = op_input(t, 0, "a", n), *b = op_input(t, 1, "b", n);
    for (uint32_t at = draw_below(&t->draw, 4); at < n; at += draw_range(&t->draw, 1, 12)) {
        a[at] = OP_PICK(t, special);
        b[at] = op_chance(t, 2) ? OP_PICK(t, special) : -a[at];
    }
    double *y = op_doubles(t, n), *sum = op_doubles(t, n);
    ref_add_forward(n, op_wide(t, n, a), op_wide(t, n, b), y, sum);
    if (p->relu)
        ref_relu_forward(n, y, y);
    op_expect(t, 2, "y", n, y, sum, 1);
    if (op_chance(t, 3))
        op_in_place(t, 2, draw_below(&t->draw, 2));
    if (n < MOST_IN_L1)
        op_some_in_l1(t);
    op_finish(t);
}

static void forward(void **state) {
    op_test *t = *state;
    for (uint32_t number = 0; number < 1200; ++number) {
        if (op_skip(t, number, 5))
            continue;
        op_begin(t, TL_PROBE_ADD, SEED, number);
        run(t, number < 300 ? number + 1 : draw_range(&t->draw, 1, 3000));
    }
    for (uint32_t number = 1200; number < 1206; ++number) {
        op_begin(t, TL_PROBE_ADD, SEED, number);
        run(t, draw_range(&t->draw, 15000, 40000));
    }
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(forward)};
    return op_main(argc, argv, "add", tests, sizeof tests / sizeof tests[0]);
}
