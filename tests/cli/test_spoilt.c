/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_spoilt model FILE [image|flat]: writes a small network with all kinds of layers that have parameters; or one
 * whose output is an image of three channels, or that image as one row.
 * test_spoilt large PROJECT FILE: its parameters, with weights of its last layer so large that squares of gradients
 * overflow while the loss does not.
 * test_spoilt clipped PROJECT PLAIN CLIPPED RATE NORM: whether a step of SGD that is clipped goes the way of one that
 * is not, and so far. test_spoilt look PROJECT [cluster]: of a project with a guard: NaN, infinities and numbers near
 * them in each of its parameters and each array of the optimiser, natively and on the cluster. A step that is fine has
 * left finite numbers, one whose loss or outputs are not has changed nothing, and what is spoilt is told.
 */
#include "tests/deploy/text_model.h"
#include "tools/cli/project_load.h"
#include <float.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
/* cmocka wants those before it. */
#include <cmocka.h>

enum { DEVICES = 2, CLASSES = 3, LABEL = 1 };

static const char model[] = "input x 1,2,6,6\n"
                            "const w1 4,2,3,3\n"
                            "const b1 4\n"
                            "const g1 4\n"
                            "const o1 4\n"
                            "const m1 4\n"
                            "const v1 4\n"
                            "const wd 4,1,3,3\n"
                            "const bd 4\n"
                            "const g2 4\n"
                            "const o2 4\n"
                            "const m2 4\n"
                            "const v2 4\n"
                            "const w2 7,4,1,1\n"
                            "const b2 7\n"
                            "const wl 3,63\n"
                            "const bl 3\n"
                            "first = Conv x w1 b1 pads=1,1,1,1\n"
                            "norm1 = BatchNormalization first g1 o1 m1 v1\n"
                            "relu1 = Relu norm1\n"
                            "planes = Conv relu1 wd bd pads=1,1,1,1 group=4\n"
                            "norm2 = BatchNormalization planes g2 o2 m2 v2\n"
                            "relu2 = Relu norm2\n"
                            "pool = MaxPool relu2 kernel_shape=2,2 strides=2,2\n"
                            "point = Conv pool w2 b2\n"
                            "flat = Flatten point\n"
                            "last = Gemm flat wl bl transB=1\n"
                            "output last 1,3\n";

static const char image[] = "input x 1,2,4,4\n"
                            "const w 3,2,1,1\n"
                            "const b 3\n"
                            "z = Conv x w b\n"
                            "output z 1,3,4,4\n";

static const char flat[] = "input x 1,2,4,4\n"
                           "const w 3,2,1,1\n"
                           "const b 3\n"
                           "y = Conv x w b\n"
                           "z = Flatten y\n"
                           "output z 1,48\n";

static const char *folder;
static bool on_cluster;

/* All that stays from step to step. */
typedef struct memory {
    float *kept;
    unsigned char *counts;
} memory;

typedef struct fixture {
    project_load load;
    const tl_project *project;
    device *device[DEVICES];
    uint32_t devices, floats; /* kept */
    float *params, *x;
    memory start, now;
    uint32_t not_finite, spoilt; /* how often */
} fixture;

static void works(bool done, const cli_error *error) {
    if (!done)
        fail_msg("%s", error->text);
}

static memory memory_make(const fixture *f) {
    const memory m = {calloc(f->floats, sizeof *m.kept), calloc(f->project->counts_bytes + 1u, 1)};
    assert_true(m.kept && m.counts);
    return m;
}

static void memory_free(memory *m) {
    free(m->kept);
    free(m->counts);
}

static void peek(const fixture *f, device *d, memory *to) {
    cli_error error;
    works(device_peek(d, f->project->params_offset, to->kept, f->project->kept_bytes, &error) &&
              device_peek(d, f->project->counts_offset, to->counts, f->project->counts_bytes, &error),
          &error);
}

static void poke(const fixture *f, device *d, const memory *from) {
    cli_error error;
    works(device_poke(d, f->project->params_offset, from->kept, f->project->kept_bytes, &error) &&
              device_poke(d, f->project->counts_offset, from->counts, f->project->counts_bytes, &error),
          &error);
}

static tl_status step(const fixture *f, device *d, float rate) {
    const tl_step_options options = {.rate = rate, .momentum = 0.5f};
    device_reply reply;
    cli_error error;
    works(device_step(d, &options, f->x, LABEL, &reply, &error), &error);
    return reply.status;
}

static uint32_t first_spoilt(const fixture *f, const memory *m) {
    uint32_t i = 0;
    while (i < f->floats && (isfinite(m->kept[i]) || !project_holds(&f->load, i)))
        ++i;
    return i;
}

static void same(const fixture *f, const memory *a, const memory *b) {
    assert_memory_equal(a->kept, b->kept, f->project->kept_bytes);
    assert_memory_equal(a->counts, b->counts, f->project->counts_bytes);
}

/* What a step comes to that begins with this memory: the same status on all devices. */
static tl_status look(fixture *f, const memory *begin, float rate, const char *what) {
    tl_status status = TL_OK;
    uint32_t first = 0;
    for (uint32_t i = 0; i < f->devices; ++i) {
        poke(f, f->device[i], begin);
        const tl_status now = step(f, f->device[i], rate);
        peek(f, f->device[i], &f->now);
        const uint32_t at = first_spoilt(f, &f->now);
        if (now == TL_NOT_FINITE)
            same(f, begin, &f->now);
        else if (now != (at == f->floats ? TL_OK : TL_SPOILT))
            fail_msg("%s: status %d, and float %u of %u is the first that is not finite", what, (int)now, at,
                     f->floats);
        if (i > 0 && (now != status || at != first))
            fail_msg("%s: status %d and float %u natively, %d and %u on the cluster", what, (int)status, first,
                     (int)now, at);
        status = now;
        first = at;
    }
    f->not_finite += status == TL_NOT_FINITE;
    f->spoilt += status == TL_SPOILT;
    return status;
}

static const tl_tensor *tensor_named(const fixture *f, const char *name) {
    for (uint32_t i = 0; i < f->project->tensor_count; ++i)
        if (strcmp(f->project->tensors[i].name, name) == 0)
            return &f->project->tensors[i];
    fail_msg("there is no %s", name);
    return NULL;
}

static uint32_t elements(const tl_tensor *t) {
    uint32_t n = 1;
    for (uint32_t i = 0; i < t->rank; ++i)
        n *= t->dims[i];
    return n;
}

/* Into each parameter, at its beginning, middle and end, and into the optimiser's arrays as far as there are any. */
static void planted(void **state) {
    fixture *f = *state;
    static const float values[] = {NAN, INFINITY, -INFINITY};
    const uint32_t trained = (f->floats - f->project->params) / 2;
    for (uint32_t i = 0; i < f->project->tensor_count; ++i) {
        const tl_tensor *t = &f->project->tensors[i];
        const uint32_t n = elements(t), places[] = {0, n / 2, n - 1};
        for (uint32_t array = 0; array < 3; ++array) {
            const uint32_t at = t->offset + places[array] + (array ? f->project->params + (array - 1) * trained : 0);
            if (array > 0 && t->offset >= trained)
                continue;
            const float was = f->start.kept[at];
            for (size_t j = 0; j < sizeof values / sizeof values[0]; ++j) {
                f->start.kept[at] = values[j];
                if (look(f, &f->start, 0.01f, t->name) == TL_OK)
                    fail_msg("%s: nobody has noticed %g in array %u", t->name, (double)values[j], array);
            }
            f->start.kept[at] = 3e38f;
            look(f, &f->start, 0.01f, t->name);
            f->start.kept[at] = was;
        }
    }
    /* Both kinds come up. */
    assert_true(f->not_finite > 10 && f->spoilt > 10);
    assert_int_equal(look(f, &f->start, 0.01f, "as it was"), TL_OK);
}

/* An output of minus infinity alone leaves a finite loss. */
static void outputs(void **state) {
    fixture *f = *state;
    float *bias = f->start.kept + tensor_named(f, "bl")->offset;
    const float was = bias[0];
    assert_int_not_equal(LABEL, 0);
    bias[0] = -INFINITY;
    assert_int_equal(look(f, &f->start, 0.01f, "an output"), TL_NOT_FINITE);
    bias[0] = was;
}

/* Gradients are finite here, and what the updates make of them is not. */
static void overflow(void **state) {
    fixture *f = *state;
    assert_int_equal(look(f, &f->start, FLT_MAX, "a rate"), TL_SPOILT);
    assert_int_equal(look(f, &f->start, 0.01f, "as it was"), TL_OK);
}

/* What fills up behind parameters of an odd number is nobody's. */
static void gaps(void **state) {
    fixture *f = *state;
    float *behind = f->start.kept + tensor_named(f, "b2")->offset + 7;
    assert_false(project_holds(&f->load, (uint32_t)(behind - f->start.kept)));
    assert_true(project_holds(&f->load, (uint32_t)(behind - f->start.kept) - 1));
    *behind = NAN;
    assert_int_equal(look(f, &f->start, 0.01f, "a gap"), TL_OK);
    *behind = 0;
}

/* Inference leaves all as it was, running statistics too. */
static void inference(void **state) {
    fixture *f = *state;
    for (uint32_t i = 0; i < f->devices; ++i) {
        device_reply reply;
        cli_error error;
        poke(f, f->device[i], &f->start);
        works(device_infer(f->device[i], f->x, &reply, &error), &error);
        peek(f, f->device[i], &f->now);
        same(f, &f->start, &f->now);
    }
}

/* Sentences name the parameter and its layer, of the optimiser's arrays too. */
static void names(void **state) {
    fixture *f = *state;
    const tl_tensor *t = tensor_named(f, "wd");
    char name[200];
    project_name_float(&f->load, t->offset + 1, name, sizeof name);
    assert_string_equal(name, "parameter wd of layer planes");
    project_name_float(&f->load, (f->floats + f->project->params) / 2 + t->offset, name, sizeof name);
    assert_string_equal(name, "what the optimiser keeps for parameter wd of layer planes");
}

/* Two steps in, so that statistics and the optimiser's arrays are what they are on the way. */
static int setup(void **state) {
    static fixture f;
    cli_error error = {.text = ""};
    char path[PATH_MAX];
    sim_machine machine;
    sim_machine_pulp8(&machine);
    snprintf(path, sizeof path, "%s/weights.bin", folder);
    works(project_open(&f.load, folder, on_cluster, &error), &error);
    f.project = f.load.project;
    f.params = project_params(f.project, path, &error);
    works(f.params, &error);
    f.device[f.devices++] = device_open_native(f.project, 2, &error);
    if (on_cluster)
        f.device[f.devices++] = device_open_sim(f.project, f.load.firmware, &machine, 8, &error);
    works(f.device[f.devices - 1], &error);
    f.floats = f.project->kept_bytes / 4;
    /* Adam. */
    assert_true(f.floats > f.project->params);
    f.x = calloc(f.project->inputs, sizeof *f.x);
    assert_non_null(f.x);
    for (uint32_t i = 0; i < f.project->inputs; ++i)
        f.x[i] = (float)(i * 29 % 64) / 64.0f - 0.5f;
    f.start = memory_make(&f);
    f.now = memory_make(&f);
    works(device_load(f.device[0], f.params, &error), &error);
    for (int i = 0; i < 2; ++i)
        assert_int_equal(step(&f, f.device[0], 0.01f), TL_OK);
    peek(&f, f.device[0], &f.start);
    *state = &f;
    return 0;
}

static int teardown(void **state) {
    fixture *f = *state;
    for (uint32_t i = 0; i < f->devices; ++i)
        device_close(f->device[i]);
    memory_free(&f->start);
    memory_free(&f->now);
    free(f->params);
    free(f->x);
    project_close(&f->load);
    return 0;
}

static bool write_file(const char *path, const void *bytes, size_t count) {
    FILE *file = fopen(path, "wb");
    const bool fine = file && fwrite(bytes, 1, count, file) == count;
    return file && fclose(file) == 0 && fine;
}

static bool write_model(const char *path, const char *which) {
    size_t bytes;
    void *file = text_model(!which ? model : strcmp(which, "flat") == 0 ? flat : image, &bytes);
    const bool fine = write_file(path, file, bytes);
    free(file);
    return fine;
}

static bool write_large(const char *path) {
    fixture f = {0};
    cli_error error;
    char weights[PATH_MAX];
    snprintf(weights, sizeof weights, "%s/weights.bin", folder);
    works(project_open(&f.load, folder, false, &error), &error);
    f.project = f.load.project;
    f.params = project_params(f.project, weights, &error);
    works(f.params, &error);
    const tl_tensor *t = tensor_named(&f, "wl");
    for (uint32_t i = 0; i < elements(t); ++i)
        f.params[t->offset + i] *= 1e30f;
    const bool fine = write_file(path, f.params, f.project->params * sizeof *f.params);
    free(f.params);
    project_close(&f.load);
    return fine;
}

static float *read_floats(const char *path, size_t *count) {
    FILE *file = fopen(path, "rb");
    static float all[3][4096];
    static int used;
    float *to = all[used++ % 3];
    *count = file ? fread(to, sizeof *to, 4096, file) : 0;
    if (file)
        fclose(file);
    return to;
}

static bool is_clipped(char **files, double rate, double norm) {
    cli_error error;
    project_load load;
    char weights[PATH_MAX];
    size_t n[3];
    uint32_t trained = 0;
    works(project_open(&load, files[0], false, &error), &error);
    assert_int_equal(sscanf(strstr(load.list, "\nparams "), "\nparams %*u trained %u", &trained), 1);
    project_close(&load);
    snprintf(weights, sizeof weights, "%s/weights.bin", files[0]);
    const float *start = read_floats(weights, &n[0]), *plain = read_floats(files[1], &n[1]),
                *clipped = read_floats(files[2], &n[2]);
    double far = 0, along = 0, apart = 0;
    if (n[0] < trained || n[1] != n[0] || n[2] != n[0])
        return false;
    for (size_t i = 0; i < trained; ++i) {
        far += pow((double)start[i] - (double)plain[i], 2);
        along += pow((double)start[i] - (double)clipped[i], 2);
    }
    for (size_t i = 0; i < trained; ++i)
        apart += pow(((double)start[i] - (double)plain[i]) / sqrt(far) -
                         ((double)start[i] - (double)clipped[i]) / sqrt(along),
                     2);
    printf("gradients of norm %g, clipped to %g, directions %g apart\n", sqrt(far) / rate, sqrt(along) / rate,
           sqrt(apart));
    return sqrt(far) / rate > 2 * norm && fabs(sqrt(along) / rate - norm) < 1e-4 * norm && sqrt(apart) < 1e-4;
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(planted),   cmocka_unit_test(outputs),
                                       cmocka_unit_test(overflow),  cmocka_unit_test(gaps),
                                       cmocka_unit_test(inference), cmocka_unit_test(names)};
    const char *what = argc > 2 ? argv[1] : "";
    folder = argc > 2 ? argv[2] : NULL;
    if (strcmp(what, "model") == 0)
        return !write_model(folder, argc > 3 ? argv[3] : NULL);
    if (strcmp(what, "large") == 0 && argc == 4)
        return !write_large(argv[3]);
    if (strcmp(what, "clipped") == 0 && argc == 7)
        return !is_clipped(argv + 2, atof(argv[5]), atof(argv[6]));
    if (strcmp(what, "look") != 0)
        return 2;
    on_cluster = argc > 3;
    return cmocka_run_group_tests(tests, setup, teardown);
}
