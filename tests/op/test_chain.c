/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Steps one behind the other with nothing between them, as networks call them: each must have ended on all cores when
 * it returns on one. Natively; best under a thread sanitizer.
 */
#include "platform/budget.h"
#include "tests/op/op_test.h"
#include "tl/host.h"
#include <string.h>

enum { ROUNDS = 30, X = 9 * 7 * 3, Y = 9 * 7 * 8, P = 4 * 3 * 8, O = 5, W = 3 * 8 * 3 * 3, LW = O * P };

static const tl_conv conv = {1, 9, 7, 3, 8, 3, 3, 1, 1, 1, 1, 1, 1, 0, 0, 0};
static const tl_pool pool = {1, 9, 7, 8, 2, 2, 2, 2, 0, 0, 0, 0};
static const tl_linear linear = {1, P, O};
static const tl_rows rows = {1, O};

typedef struct net {
    float x[X], w[W], b[8], y[Y], r[Y], p[P], lw[LW], lb[O], z[O], loss;
    uint32_t label;
    float dz[O], dlw[LW], dlb[O], dp[P], dr[Y], dy[Y], dw[W], db[8], v[W], dx[X];
    uint8_t arg[P];
} net;

static tl_mm_plan plan(tl_pass pass, bool of_conv) {
    tl_mm_plan made;
    tl_status status = of_conv ? tl_conv_plan(&conv, pass, 3000, &made) : tl_linear_plan(&linear, pass, 1000, &made);
    assert_int_equal(status, TL_OK);
    return made;
}

typedef struct plans {
    tl_mm_plan conv[3], linear[3];
    net *net;
    float seen[8]; /* by thread */
} plans;

/* Every thread looks at all of a result: it must be there for each of them. */
static float look(const float *values, uint32_t n) {
    float sum = 0;
    for (uint32_t i = 0; i < n; ++i)
        sum += values[i];
    return sum;
}

static void train(const tl_team *team, void *user) {
    plans *with = user;
    float *seen = &with->seen[team->id];
    net *n = with->net;
    const tl_window_plan two_rows = {2};
    const tl_map_plan map = {17};
    const tl_sgd sgd = {.rate = 0.125f, .momentum = 0.5f};
    for (uint32_t round = 0; round < ROUNDS; ++round) {
        tl_conv_forward_f32(team, &conv, &with->conv[TL_FORWARD], n->x, n->w, n->b, n->y);
        *seen += look(n->y, Y);
        tl_relu_forward_f32(team, &map, Y, n->y, n->r);
        *seen += look(n->r, Y);
        tl_max_pool_forward_f32(team, &pool, &two_rows, n->r, n->p, n->arg);
        *seen += look(n->p, P);
        tl_linear_forward_f32(team, &linear, &with->linear[TL_FORWARD], n->p, n->lw, n->lb, n->z);
        *seen += look(n->z, O);
        (void)tl_softmax_cross_entropy_loss_f32(team, &rows, n->z, &n->label, &n->loss, n->dz);
        *seen += look(n->dz, O);
        tl_linear_grad_w_f32(team, &linear, &with->linear[TL_GRAD_W], n->p, n->dz, n->dlw, n->dlb);
        *seen += look(n->dlw, LW);
        tl_linear_grad_x_f32(team, &linear, &with->linear[TL_GRAD_X], n->lw, n->dz, NULL, n->dp);
        *seen += look(n->dp, P);
        tl_max_pool_grad_x_f32(team, &pool, &two_rows, n->dp, n->arg, n->dr);
        *seen += look(n->dr, Y);
        tl_relu_grad_x_f32(team, &map, Y, n->y, n->dr, n->dy);
        *seen += look(n->dy, Y);
        tl_conv_grad_w_f32(team, &conv, &with->conv[TL_GRAD_W], n->x, n->dy, n->dw, n->db);
        *seen += look(n->dw, W);
        tl_conv_grad_x_f32(team, &conv, &with->conv[TL_GRAD_X], n->w, n->dy, NULL, n->dx);
        *seen += look(n->dx, X);
        tl_sgd_step_f32(team, &map, &sgd, W, n->dw, n->w, n->v);
        *seen += look(n->w, W);
    }
}

static void run(uint32_t threads, net *n) {
    memset(n, 0, sizeof *n);
    draw d = {.seed = 8001};
    draw_values(&d, X, n->x);
    draw_values(&d, W, n->w);
    draw_values(&d, LW, n->lw);
    n->label = 3;
    plans with = {.net = n};
    for (uint32_t p = 0; p < 3; ++p) {
        with.conv[p] = plan((tl_pass)p, true);
        with.linear[p] = plan((tl_pass)p, false);
    }
    tl_host_team *team = tl_host_team_create(threads, TL_L1_ARENA_BYTES);
    assert_non_null(team);
    tl_host_team_run(team, train, &with);
    for (uint32_t i = 1; i < threads; ++i)
        assert_memory_equal(&with.seen[0], &with.seen[i], sizeof with.seen[i]);
    tl_host_team_destroy(team);
}

static void same_bits_without_barriers(void **state) {
    (void)state;
    static net alone, together;
    static const uint32_t threads[] = {2, 3, 5, 8};
    run(1, &alone);
    assert_true(alone.loss > 0 && alone.loss < 0.05f); /* it has learnt its one sample */
    for (uint32_t i = 0; i < 4; ++i) {
        run(threads[i], &together);
        if (memcmp(&alone, &together, sizeof alone) != 0)
            fail_msg("%u threads end in other bits than one", threads[i]);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(same_bits_without_barriers)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
