/* SPDX-License-Identifier: Apache-2.0 */
/* Depthwise convolution. */
#include "tools/cli/bench_probe.h"

/* Each pass, called and from streamed tapes; dx without a mask. */
static bool bench_depthwise(bench *b, const char *name, const tl_depthwise *layer, bool taped) {
    enum { REEL_BYTES = 1056 };
    for (int pass = TL_FORWARD; pass <= TL_GRAD_X; ++pass) {
        for (int from_tape = 0; from_tape <= taped; ++from_tape) {
            tl_probe probe = bench_request(TL_PROBE_DEPTHWISE, (tl_pass)pass);
            const uint32_t l1 = bench_l1_beside(from_tape ? REEL_BYTES : 0);
            const bench_work work = bench_work_depthwise(layer, (tl_pass)pass);
            char full[40];
            snprintf(full, sizeof full, "%s.%s%s", name, bench_pass_names[pass], from_tape ? "-taped" : "");
            probe.depthwise = *layer;
            if (pass == TL_GRAD_X)
                probe.buffer[2] = TL_PROBE_ABSENT;
            if (tl_depthwise_plan(layer, (tl_pass)pass, l1, &probe.planes_plan) != TL_OK)
                return cli_fail(b->error, CLI_OURS, "there is no plan for %s", full);
            if (from_tape ? !bench_both_streamed(b, &probe, &work, full, REEL_BYTES)
                          : !bench_both(b, &probe, &work, full))
                return false;
        }
    }
    return true;
}

/* All tensors in L1, where the layer works on them in place: what it needs no halo for. */
static bool bench_depthwise_l1(bench *b, const char *name, const tl_depthwise *layer, tl_pass pass) {
    enum { TAPE_BYTES = 512 };
    const uint32_t x = 4u * layer->h * layer->w * layer->c, w = 36u * layer->c, bias = 4u * layer->c;
    const uint32_t y = 4 * tl_depthwise_out_h(layer) * tl_depthwise_out_w(layer) * layer->c;
    const uint32_t bytes[][4] = {{x, w, bias, y}, {x, y, w, bias}, {w, y, 0, x}};
    tl_probe probe = bench_request(TL_PROBE_DEPTHWISE, pass);
    probe.depthwise = *layer;
    probe.planes_plan = (tl_planes_plan){.rows = UINT16_MAX, .c = layer->c, .slices = 1, .buffers = 1};
    for (uint32_t i = 0, at = TL_L1_ARENA - b->heap; i < 4; at += bytes[pass][i++])
        probe.buffer[i] = bytes[pass][i] ? at : TL_PROBE_ABSENT;
    bench_work work = bench_work_in_l1(bench_work_depthwise(layer, pass));
    work.macs = 9u * (pass == TL_GRAD_X ? x : y) / 4;
    bench_tapes_in_l1(b, &probe, TAPE_BYTES);
    return bench_both_taped(b, &probe, &work, name, TAPE_BYTES);
}

bool bench_planes(bench *b) {
    /* Of DS-CNN and MobileNet, and such whose results need no padding. */
    static const tl_depthwise long_image = {1, 25, 5, 64, 3, 3, 1, 1, 1, 1, 1, 1};
    static const tl_depthwise strided = {1, 24, 24, 32, 3, 3, 2, 2, 0, 0, 1, 1};
    static const tl_depthwise large = {1, 16, 16, 16, 5, 5, 1, 1, 2, 2, 2, 2};
    static const tl_depthwise inner = {1, 18, 18, 16, 3, 3, 1, 1, 0, 0, 0, 0};
    static const tl_depthwise outer = {1, 14, 16, 16, 3, 3, 1, 1, 2, 2, 2, 2};
    return bench_depthwise(b, "depthwise3x3-25x5x64", &long_image, true) &&
           bench_depthwise(b, "depthwise3x3s2-24x24x32", &strided, true) &&
           bench_depthwise(b, "depthwise5x5-16x16x16", &large, true) &&
           bench_depthwise_l1(b, "depthwise3x3-16x16x16-l1.forward", &inner, TL_FORWARD) &&
           bench_depthwise_l1(b, "depthwise3x3-16x16x16-l1.grad_w", &inner, TL_GRAD_W) &&
           bench_depthwise_l1(b, "depthwise3x3-14x16x16-l1.grad_x", &outer, TL_GRAD_X);
}
