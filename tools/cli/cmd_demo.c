/* SPDX-License-Identifier: Apache-2.0 */
#include "examples/fashion/net.h"
#include "tools/cli/commands.h"
#include "tools/cli/demo.h"
#include "tools/cli/file.h"
#include "tools/cli/machine_option.h"
#include "tools/cli/options.h"
#include "tools/cli/plot.h"
#include "tools/cli/progress.h"
#include "tools/cli/tensor.h"
#include "tools/cli/text.h"
#include "tools/cli/weights.h"
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

static bool open_devices(demo *d, cli_error *error) {
    const demo_options *o = &d->options;
    if (o->on == ON_NATIVE) {
        d->devices[0] = device_open_native(d->project, o->threads, error);
        d->device_count = 1;
        return d->devices[0];
    }
    if (o->firmware)
        snprintf(d->firmware, sizeof d->firmware, "%s", o->firmware);
    else if (!file_locate("fashion.elf", d->firmware, sizeof d->firmware, error))
        return false;
    for (; d->device_count < EVALUATE_DEVICES; ++d->device_count) {
        d->devices[d->device_count] = device_open_sim(d->project, d->firmware, &d->machine, o->cores, error);
        if (!d->devices[d->device_count])
            return false;
    }
    return true;
}

static bool enough(const char *what, uint32_t there, uint32_t wanted, cli_error *error) {
    return wanted <= there ||
           cli_fail(error, CLI_INPUT, "the data set has only %u %s images, not %u", there, what, wanted);
}

/* Everything that can be missing is looked for before the first step. */
static bool prepare(demo *d, cli_error *error) {
    static const char *const names[DEMO_FILES] = {"weights.safetensors", "learning-curve.png", "learning-curve.svg"};
    const demo_options *o = &d->options;
    for (int i = 0; i < DEMO_FILES; ++i)
        if (snprintf(d->files[i], PATH_MAX, "%s/%s", o->out, names[i]) >= PATH_MAX)
            return cli_fail(error, CLI_INPUT, "the path of --out is too long");
    d->order = calloc(o->images, sizeof *d->order);
    d->params = calloc(d->project->params, sizeof *d->params);
    d->loss = calloc(o->images, sizeof *d->loss);
    d->correct = calloc(o->images, sizeof *d->correct);
    if (!d->order || !d->params || !d->loss || !d->correct)
        return cli_out_of_memory(error);
    tensor_init(d->project, o->seed, d->params);
    return dataset_load(&d->train, o->data, DATASET_TRAIN, error) &&
           dataset_load(&d->test, o->data, DATASET_TEST, error) &&
           enough("training", d->train.count, o->images, error) && enough("test", d->test.count, o->test, error) &&
           dataset_shuffle(d->train.count, o->seed, o->images, d->order, error) && open_devices(d, error) &&
           (!o->sanitize || device_sanitize(d->devices[0], error)) && file_make_folder(o->out, error);
}

static void draw_bar(progress *bar, const demo *d, uint32_t done) {
    if (!progress_due(bar))
        return;
    uint32_t window = plot_window(d->options.images), n = done < window ? done : window, right = 0;
    double loss = 0.0;
    for (uint32_t i = done - n; i < done; ++i) {
        loss += (double)d->loss[i];
        right += d->correct[i];
    }
    progress_draw(bar, done, text_of("loss %.3f  accuracy %s", loss / n, text_percent((double)right / n).s).s);
}

/* Step i's rate falls in a straight line from --rate towards 0: large steps first, then less and less noise. */
static float rate_of(const demo_options *o, uint32_t i) {
    return o->rate * ((float)(o->images - i) / (float)o->images);
}

static bool train(demo *d, cli_error *error) {
    const demo_options *o = &d->options;
    if (!device_load(d->devices[0], d->params, error))
        return false;
    progress bar;
    progress_begin(&bar, "training  ", o->images);
    double start = progress_clock();
    uint64_t cycles = device_cycles(d->devices[0]);
    bool fine = true;
    for (uint32_t i = 0; i < o->images && fine; ++i) {
        float x[DATASET_PIXELS];
        uint32_t label = dataset_sample(&d->train, d->order[i], x);
        device_reply reply;
        const tl_step_options step = {.rate = rate_of(o, i), .momentum = o->momentum};
        fine = device_step(d->devices[0], &step, x, label, &reply, error);
        if (fine && reply.status == TL_NOT_FINITE)
            fine = cli_fail(error, CLI_INPUT,
                            "the loss is no longer finite at training image %u: try a smaller --rate "
                            "than %g",
                            i + 1, (double)o->rate);
        if (!fine)
            break;
        d->loss[i] = reply.result.loss;
        d->correct[i] = reply.result.predicted == label;
        draw_bar(&bar, d, i + 1);
    }
    progress_end(&bar);
    d->train_seconds = progress_clock() - start;
    d->train_cycles = device_cycles(d->devices[0]) - cycles;
    return fine && device_read(d->devices[0], d->params, error);
}

/* The cycles of a step on the first training images, from the trained weights. */
static bool measure_cycles(demo *d, cli_error *error) {
    static const char note[] = "measuring a step on 8 cores, on 1, and with one plain kernel";
    const demo_options *o = &d->options;
    float *x = calloc(MEASURE_STEPS, sizeof(float) * DATASET_PIXELS);
    if (!x)
        return cli_out_of_memory(error);
    uint32_t labels[MEASURE_STEPS];
    for (uint32_t i = 0; i < MEASURE_STEPS; ++i)
        labels[i] = dataset_sample(&d->train, d->order[i % o->images], x + (size_t)i * DATASET_PIXELS);
    progress bar;
    progress_begin(&bar, note, 1);
    progress_draw(&bar, 0, "");
    measure_input input = {.params = d->params,
                           .x = x,
                           .labels = labels,
                           .machine = &d->machine,
                           .cores = o->cores,
                           .options = {.rate = o->rate, .momentum = o->momentum}};
    d->measured = measure_step(d->project, d->firmware, &input, &d->m, error);
    progress_end(&bar);
    free(x);
    if (d->measured && !d->m.same_weights)
        return cli_fail(error, CLI_OURS, "one core ended in other weights than %u cores", o->cores);
    return d->measured;
}

static bool write_pictures(const demo *d, cli_error *error) {
    const demo_options *o = &d->options;
    text images = text_count(o->images);
    char title[160], subtitle[160];
    snprintf(title, sizeof title, "Learning %s images on %s", images.s,
             o->on == ON_SIM ? "the simulated 8-core cluster" : "this machine");
    snprintf(subtitle, sizeof subtitle, "network '%s', FP32, batch 1, SGD with rate %g and momentum %g",
             d->project->name, (double)o->rate, (double)o->momentum);
    if (o->on == ON_SIM && o->cores != 8)
        snprintf(title, sizeof title, "Learning %s images on %u core%s of the simulated cluster", images.s, o->cores,
                 o->cores > 1 ? "s" : "");
    plot_curve curve = {.title = title,
                        .subtitle = subtitle,
                        .loss = d->loss,
                        .correct = d->correct,
                        .n = o->images,
                        .window = plot_window(o->images),
                        .accuracy_before = (double)d->correct_before / o->test,
                        .accuracy_after = (double)d->correct_after / o->test,
                        .chance = 1.0 / d->project->classes};
    return plot_picture(&curve, d->files[DEMO_PNG], error) && plot_picture(&curve, d->files[DEMO_SVG], error);
}

static bool run(demo *d, cli_error *error) {
    const demo_options *o = &d->options;
    double start = progress_clock();
    if (!prepare(d, error) ||
        !evaluate(d->devices, d->device_count, d->params, &d->test, o->test, "before    ", &d->correct_before, error))
        return false;
    if (!train(d, error))
        return false;
    /* Saved at once: whatever happens from here on, the training is not lost. */
    if (!weights_save(d->files[DEMO_WEIGHTS], d->project, d->params, error))
        return false;
    d->crc = (uint32_t)crc32_z(0, (const unsigned char *)d->params, d->project->params * sizeof *d->params);
    bool fine =
        evaluate(d->devices, d->device_count, d->params, &d->test, o->test, "after     ", &d->correct_after, error) &&
        (o->on == ON_NATIVE || measure_cycles(d, error)) && write_pictures(d, error);
    d->seconds = progress_clock() - start;
    return fine;
}

static void close_all(demo *d) {
    for (uint32_t i = 0; i < EVALUATE_DEVICES; ++i)
        device_close(d->devices[i]);
    dataset_free(&d->train);
    dataset_free(&d->test);
    free(d->order);
    free(d->params);
    free(d->loss);
    free(d->correct);
    measure_free(&d->m);
}

int cmd_demo(int argc, char **argv) {
    demo d = {.project = &fashion_project,
              .options = {.images = 6000,
                          .test = 1000,
                          .seed = 1,
                          .threads = 1,
                          .rate = 0.0015f,
                          .momentum = 0.9f,
                          .out = "demo-out",
                          .data = DATASET_DEFAULT_FOLDER}};
    demo_options *o = &d.options;
    sim_view view = {0};
    uint32_t look = 1;
    const cli_option options[] = {
        {"on", CLI_CHOICE, &o->on, "sim|native", "the simulated cluster (default), or this machine itself", 0, 0},
        {"images", CLI_COUNT, &o->images, "N", "training images (6000)", 1, 10000000},
        {"test", CLI_COUNT, &o->test, "N", "test images (1000)", 1, 10000000},
        {"seed", CLI_COUNT, &o->seed, "N", "of the initial weights and the order of the images (1)", 0, UINT32_MAX},
        {"rate", CLI_REAL, &o->rate, "X", "learning rate at the start; it falls in a line towards 0 (0.0015)", 0, 1e6},
        {"momentum", CLI_REAL, &o->momentum, "X", "of the optimiser (0.9)", 0, 1},
        MACHINE_OPTION(&o->machine),
        {"cores", CLI_COUNT, &o->cores, "N", "cores of the simulated cluster, 1 to 8 (all)", 1, 8},
        {"threads", CLI_COUNT, &o->threads, "N", "threads with --on native, 1 to 64 (1)", 1, 64},
        {"out", CLI_TEXT, &o->out, "DIR", "folder for weights and pictures (demo-out)", 0, 0},
        {"data", CLI_TEXT, &o->data, "DIR", "folder of the data set (" DATASET_DEFAULT_FOLDER ")", 0, 0},
        {"firmware", CLI_TEXT, &o->firmware, "FILE", "program for the cluster (the one built with this program)", 0, 0},
        {"sanitize", CLI_FLAG, &o->sanitize, NULL,
         "look for races, buffers used before the DMA is done, and the like; slower", 0, 0},
        {"json", CLI_FLAG, &o->json, NULL, "print the results as JSON", 0, 0},
        {"look", CLI_COUNT, &look, "N", "at the end, run N more steps for what follows here (1)", 1, 1000},
        SIM_VIEW_OPTIONS(&view),
    };
    const cli_command command = {
        .name = "demo",
        .usage = "[OPTION...]",
        .summary = "Trains a convolutional network on Fashion-MNIST, batch 1, on the simulated 8-core cluster, and\n"
                   "evaluates it on images it has not seen. Prints the accuracy, the cycles of each layer and pass,\n"
                   "and the memory used; writes the weights and a learning curve. The same seed gives the same\n"
                   "weights, to the bit, on the cluster and natively, with any number of cores or threads.",
        .options = options,
        .option_count = sizeof options / sizeof options[0],
        .examples = "  trainlib demo\n"
                    "  trainlib demo --on native --images 60000 --test 10000 --out long\n"
                    "  trainlib demo --images 500 --cores 4 --json\n"
                    "  trainlib demo --images 500 --profile --timeline step.json\n",
        .more = sim_view_help,
    };
    cli_error error;
    int code;
    if (!cli_go(&command, argc, argv, NULL, &code))
        return code;
    if (o->on == ON_NATIVE && sim_view_wanted(&view)) {
        cli_fail(&error, CLI_USAGE,
                 "only the simulated cluster can be looked into: --profile and the like need --on sim");
        return cli_report(&command, &error);
    }
    bool fine = machine_option(o->machine, &d.machine, &error) && machine_cores(&d.machine, &o->cores, &error) &&
                run(&d, &error);
    if (fine && o->json)
        fine = demo_report_json(&d, &error);
    else if (fine)
        demo_report(&d);
    if (fine && o->sanitize && device_findings(d.devices[0], stderr))
        fine = cli_fail(&error, CLI_INPUT, "the firmware %s has the mistakes above", d.firmware);
    if (fine && sim_view_wanted(&view))
        fine = demo_look(&d, &view, look, &error);
    close_all(&d);
    return fine ? cli_finish(&command) : cli_report(&command, &error);
}
