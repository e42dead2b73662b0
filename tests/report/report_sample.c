/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/report/report_sample.h"
#include <math.h>
#include <string.h>

static uint32_t noise(uint32_t *state) {
    *state = *state * 1664525u + 1013904223u;
    return *state >> 8;
}

/* From low to high. */
static double between(uint32_t *state, double low, double high) {
    return low + (high - low) * (noise(state) % 10000) / 10000.0;
}

static void add_step(report_sample *s, uint32_t *state, const char *layer, const char *problem, int pass, uint64_t macs,
                     uint64_t bytes) {
    static const char *const passes[3] = {"forward", "grad_w", "grad_x"};
    double bound = macs ? fmax((double)macs / 5.52, (double)bytes / 8.0) : (double)bytes / 8.0;
    double tuned = bound * between(state, 1.06, 1.35) + 600.0, one = tuned * between(state, 1.35, 2.6);
    s->step[s->data.steps++] = (report_step){
        .layer = layer,
        .pass = passes[pass],
        .problem = problem,
        .plan = "mm_6x4 o 32 c 16 rows 8 cols 32 by-columns buffers 2",
        .macs = macs,
        .in = bytes,
        .out = bytes / 2,
        .bound = (uint64_t)bound,
        .predicted = (uint64_t)(tuned * between(state, 0.93, 1.07)),
        .cycles = {[REPORT_TUNED] = (uint64_t)tuned,
                   [REPORT_DEFAULT] = (uint64_t)(tuned * between(state, 1.02, 1.25)),
                   [REPORT_SINGLE] = (uint64_t)(tuned * between(state, 1.1, 1.5)),
                   [REPORT_ONE_SIZE] = (uint64_t)one,
                   [REPORT_NAIVE] = macs ? (uint64_t)((double)macs / between(state, 0.6, 0.9)) : 0},
    };
}

static void make_steps(report_sample *s, uint32_t *state) {
    static const struct {
        const char *layer, *problem;
        uint64_t macs, bytes;
    } layers[] = {
        {"conv1", "conv 3x3 3-16 32x32", 442368, 80000},
        {"conv2a", "conv 3x3 16-16 32x32", 2359296, 131072},
        {"conv2b", "conv 3x3 16-16 32x32", 2359296, 131072},
        {"add2", "add_relu 16x32x32", 0, 131072},
        {"conv3a", "conv 3x3 16-32 s2 32x32", 1179648, 98304},
        {"conv3b", "conv 3x3 32-32 16x16", 2359296, 102400},
        {"short3", "conv 1x1 16-32 s2 32x32", 131072, 98304},
        {"conv4a", "conv 3x3 32-64 s2 16x16", 1179648, 123000},
        {"conv4b", "conv 3x3 64-64 8x8", 2359296, 180000},
        {"short4", "conv 1x1 32-64 s2 16x16", 131072, 40000},
        {"pool", "global_pool 64x8x8", 0, 16384},
        {"fc", "linear 64-10", 640, 2900},
    };
    for (uint32_t i = 0; i < sizeof layers / sizeof layers[0]; ++i)
        for (int pass = 0; pass < 3; ++pass)
            if (!(i == 0 && pass == 2) && !(layers[i].macs == 0 && pass == 1))
                add_step(s, state, layers[i].layer, layers[i].problem, pass, layers[i].macs, layers[i].bytes);
    s->step[1].times = 3;
}

static void make_search(report_sample *s, uint32_t *state) {
    for (uint32_t i = 0; i < SAMPLE_TRAILS; ++i) {
        double best = 100000.0 * between(state, 1.0, 1.16);
        for (uint32_t j = 0; j < SAMPLE_POINTS; ++j) {
            best = 100000.0 + (best - 100000.0) * (noise(state) % 5 == 0 ? between(state, 0.4, 1.0) : 1.0);
            s->best[i][j] = (uint64_t)best;
        }
        s->trail[i] = (report_trail){s->step[i].problem, SAMPLE_POINTS, s->best[i], 100000};
    }
}

static void make_heat(report_sample *s) {
    static const char *const rows[SAMPLE_ROWS] = {"4 x 32 x 16", "8 x 32 x 16", "16 x 32 x 16", "8 x 16 x 16",
                                                  "32 x 32 x 8", "16 x 32 x 8", "8 x 32 x 8",   "4 x 16 x 16"};
    static const char *const columns[SAMPLE_COLUMNS] = {"mm_2x2", "mm_2x4", "mm_4x2", "mm_4x4", "mm_4x5", "mm_5x4",
                                                        "mm_6x4", "mm_4x6", "mm_8x2", "mm_2x8", "mm_1x8", "mm_8x1"};
    for (uint32_t i = 0; i < SAMPLE_ROWS; ++i)
        for (uint32_t j = 0; j < SAMPLE_COLUMNS; ++j) {
            double a = (double)i - 2.0, b = (double)j - 5.0;
            s->heat_cycles[i * SAMPLE_COLUMNS + j] =
                i == 2 && j > 8 ? 0 : (uint64_t)(460000.0 * (1.0 + 0.02 * a * a + 0.021 * b * b));
        }
    s->heat =
        (report_heat){"conv2a forward, 3x3 16-16 32x32", SAMPLE_ROWS, SAMPLE_COLUMNS, rows, columns, s->heat_cycles};
}

static void make_timeline(report_sample *s, uint32_t *state) {
    static const char *const tracks[10] = {"core 0", "core 1", "core 2", "core 3",   "core 4",
                                           "core 5", "core 6", "core 7", "L2 to L1", "L1 to L2"};
    report_timeline *t = &s->timeline;
    *t = (report_timeline){.title = "conv2a forward", .cycles = 72000, .tracks = 10, .track = tracks, .span = s->span};
    for (uint32_t core = 0; core < 8; ++core) {
        uint64_t at = 0;
        for (int tile = 0; tile < 8; ++tile) {
            const struct {
                report_doing doing;
                double cycles;
            } parts[4] = {{REPORT_WAITS_DMA, tile ? 0.0 : 3000.0 + core * 10},
                          {REPORT_FETCHES, between(state, 60, 200)},
                          {REPORT_COMPUTES, between(state, 7600, 8300)},
                          {REPORT_WAITS_OTHERS, 0.0}};
            for (int i = 0; i < 4; ++i) {
                uint64_t end = i == 3 ? 3000 + 8600u * (uint32_t)(tile + 1) : at + (uint64_t)parts[i].cycles;
                s->span[t->spans++] = (report_span){at, end, core, parts[i].doing};
                at = end;
            }
        }
    }
    for (uint32_t tile = 0; tile < 8; ++tile) {
        s->span[t->spans++] = (report_span){tile * 8600, tile * 8600 + 2900, 8, REPORT_TRANSFERS};
        s->span[t->spans++] = (report_span){tile * 8600 + 11700, tile * 8600 + 12900, 9, REPORT_TRANSFERS};
    }
}

void report_sample_make(report_sample *s) {
    static const char *const names[5] = {"the whole step", "conv2a forward", "conv2a grad_w", "conv4b grad_x",
                                         "fc forward"};
    uint32_t state = 7;
    memset(s, 0, sizeof *s);
    s->data = (report_data){
        .model = "ResNet8",
        .machine = "pulp8",
        .setting = "batch 1, f32, from L2 to L2",
        .made_by = "trainlib report resnet8.plan -o resnet8.html",
        .made_with = "clang version 19.1.7",
        .cores = 8,
        .fpus = 8,
        .dma_width = 8,
        .kernel_peak = 5.52,
        .problems = 24,
        .measurements = 1843,
        .seconds = 71.4,
        .gap = 0.004,
    };
    make_steps(s, &state);
    make_search(s, &state);
    make_heat(s);
    make_timeline(s, &state);
    for (int i = 0; i < 5; ++i) {
        s->scaling[i].name = names[i];
        for (uint32_t cores = 1; cores <= REPORT_CORES; ++cores)
            s->scaling[i].cycles[cores - 1] =
                (uint64_t)(8e5 * ((1.0 - 0.015 * (i * i + 1)) / cores + 0.015 * (i * i + 1)));
    }
    s->data.step = s->step;
    s->data.trail = s->trail;
    s->data.trails = SAMPLE_TRAILS;
    s->data.heat = &s->heat;
    s->data.heats = 1;
    s->data.timeline = &s->timeline;
    s->data.timelines = 1;
    s->data.scaling = s->scaling;
    s->data.scalings = 5;
}
