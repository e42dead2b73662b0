/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/cli/commands.h"
#include "tools/cli/file.h"
#include "tools/cli/machine_option.h"
#include "tools/cli/options.h"
#include "tools/cli/project_load.h"
#include "tools/cli/text.h"
#include "tools/cli/training.h"
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { ON_SIM, ON_NATIVE };

typedef struct train_command {
    train_options options;
    uint32_t on, threads, cores, made;
    const char *x, *y, *out, *start, *machine, *resume, *curve, *mean, *std;
    bool json, sanitize, normalize, parts;
    char to[PATH_MAX], normalised[PATH_MAX]; /* files of the parameters, and of mean and std */
    normalisation normalisation;
    bool normalises; /* mean and std go to the project */
    project_load project;
    device *device;
    samples samples;
    float *params;
    training training;
} train_command;

/* Whether the path is in a folder that takes files: better known before the first step. */
static bool can_write(const char *path, cli_error *error) {
    char parent[PATH_MAX];
    const char *slash = strrchr(path, '/');
    if (snprintf(parent, sizeof parent, "%.*s", slash ? (int)(slash - path) + 1 : 1, slash ? path : ".") >=
        (int)sizeof parent)
        return cli_fail(error, CLI_INPUT, "%s: the path is too long", path);
    return access(parent, W_OK) == 0 || cli_fail(error, CLI_INPUT, "cannot write %s: %s", path, strerror(errno));
}

static bool find_out(train_command *t, const char *folder, cli_error *error) {
    const int n =
        t->out ? snprintf(t->to, sizeof t->to, "%s", t->out) : snprintf(t->to, sizeof t->to, "%s/trained.bin", folder);
    if (n < 0 || (size_t)n >= sizeof t->to)
        return cli_fail(error, CLI_INPUT, "%s: the path is too long", t->out ? t->out : folder);
    return can_write(t->to, error) && (!t->curve || can_write(t->curve, error)) &&
           (!t->options.checkpoint || can_write(t->options.checkpoint, error));
}

static bool open_device(train_command *t, cli_error *error) {
    const tl_project *p = t->project.project;
    sim_machine machine;
    if (t->on == ON_NATIVE)
        t->device = device_open_native(p, t->threads, error);
    else if (machine_option(t->machine, &machine, error) && machine_cores(&machine, &t->cores, error))
        t->device = device_open_sim(p, t->project.firmware, &machine, t->cores, error);
    return t->device && (!t->sanitize || device_sanitize(t->device, error)) && device_load(t->device, t->params, error);
}

/* As told, or as the run was that goes on, or as the project has it. */
static bool normalise(train_command *t, const char *folder, cli_error *error) {
    normalisation *n = &t->normalisation;
    const uint32_t channels = t->project.shape.c;
    const bool told = t->mean || t->std || t->normalize;
    bool fine = true;
    if (snprintf(t->normalised, sizeof t->normalised, "%s/normalisation.txt", folder) >= (int)sizeof t->normalised)
        return cli_fail(error, CLI_INPUT, "%s: the path is too long", folder);
    t->options.normalisation = n;
    t->options.load = &t->project;
    if (t->project.normalises)
        return !told || cli_fail(error, CLI_USAGE,
                                 "%s normalises its input on the device (project.txt): leave out --mean, --std and "
                                 "--normalize, or deploy it without",
                                 folder);
    if (told && channels == 0)
        return cli_fail(error, CLI_INPUT, "%s/project.txt tells no channels: write it anew with 'trainlib deploy'",
                        folder);
    if (t->normalize) {
        uint32_t *trained = training_order(&t->options, t->samples.count);
        fine = trained ? normalisation_measure(n, channels, &t->samples, trained,
                                               t->samples.count - training_kept(&t->options, t->samples.count), error)
                       : cli_out_of_memory(error);
        free(trained);
    } else if (told) {
        fine = normalisation_of(n, channels, t->mean, t->std, error);
    } else if (t->resume) {
        fine = checkpoint_normalisation(t->resume, n, error);
    } else if (t->x && channels > 0) {
        fine = normalisation_load(n, t->normalised, channels, error);
    }
    t->normalises = told || (t->resume && n->channels > 0);
    return fine && normalisation_apply(n, &t->samples, error);
}

static bool prepare(train_command *t, const char *folder, cli_error *error) {
    char path[PATH_MAX];
    if (!project_open(&t->project, folder, t->on == ON_SIM, error) || !find_out(t, folder, error))
        return false;
    const tl_project *p = t->project.project;
    const uint32_t seed = t->options.seed;
    const samples_shape *shape = &t->project.shape;
    if (!(t->x ? samples_load(&t->samples, t->x, t->y, p, shape, &t->project.target, error)
               : samples_make(&t->samples, t->made, seed, p, error)) ||
        !normalise(t, folder, error))
        return false;
    if (snprintf(path, sizeof path, "%s/weights.bin", folder) >= (int)sizeof path)
        return cli_fail(error, CLI_INPUT, "%s: the path is too long", folder);
    t->params = project_params(p, t->start ? t->start : path, error);
    return t->params && open_device(t, error) &&
           training_begin(&t->training, &t->options, p, t->device, &t->samples, error) &&
           (!t->resume || checkpoint_read(&t->training, t->resume, error));
}

static bool check_options(const train_command *t, cli_error *error) {
    if (t->y && !t->x)
        return cli_fail(error, CLI_USAGE, "--y wants --x: labels of made-up samples are made up too");
    if (t->on == ON_NATIVE && (t->machine || t->cores || t->sanitize || t->parts))
        return cli_fail(error, CLI_USAGE,
                        "--machine, --cores, --parts and --sanitize are for the simulated cluster: --on sim");
    if (t->options.patience > 0 && !(t->options.validate > 0))
        return cli_fail(error, CLI_USAGE, "--patience wants samples to judge by: --validate");
    if (t->resume && t->start)
        return cli_fail(error, CLI_USAGE, "--resume has parameters of its own: leave out --weights");
    if (t->options.save_every && !t->options.checkpoint && t->options.on_nan != ON_NAN_RAM)
        return cli_fail(error, CLI_USAGE, "--checkpoint-every wants a file: --checkpoint");
    if (t->options.on_nan == ON_NAN_CHECKPOINT && !t->options.checkpoint)
        return cli_fail(error, CLI_USAGE, "--on-nan checkpoint wants a file: --checkpoint");
    if (t->normalize && (t->mean || t->std))
        return cli_fail(error, CLI_USAGE,
                        "--normalize finds what --mean and --std give: leave out the one or the other");
    return true;
}

static bool train(train_command *t, const char *folder, cli_error *error) {
    if (!check_options(t, error) || !prepare(t, folder, error))
        return false;
    const bool ended = training_run(&t->training, t->params, error);
    /* What was restored is kept as a result, though it is none that was wanted. */
    if (!ended && !t->training.restored)
        return false;
    return file_replace(t->to, t->params, t->project.project->params * sizeof(float), error) &&
           (!t->normalises || normalisation_save(&t->normalisation, t->normalised, error)) &&
           (!t->curve || training_curve(&t->training, t->curve, error)) && ended;
}

/* One more step, at a rate of 0, taken apart, that updates: behind all that is kept of the training. */
static bool print_parts(train_command *t, cli_error *error) {
    const tl_project *p = t->project.project;
    const tl_step_options options = {.momentum = t->options.momentum};
    device_part *parts = calloc(p->part_count + 1u, sizeof *parts);
    device_reply reply;
    if (!parts)
        return cli_out_of_memory(error);
    sample_batch *batch = &t->training.batch;
    bool fine = true;
    for (uint32_t i = 0; i < p->batch; ++i)
        batch_put(batch, i, i % t->samples.count);
    for (uint32_t i = 1; fine && i <= p->accumulate; ++i)
        fine = batch_step(batch, t->device, &options, i == p->accumulate ? parts : NULL, &reply, error);
    table rows;
    table_begin(&rows, 5, 2);
    table_row(&rows, (text[]){text_of("step"), text_of("pass"), text_of("MAC"), text_of("cycles"), text_of("MAC/clk")});
    table_row(&rows, NULL);
    for (uint32_t i = 0; fine && i < p->part_count; ++i) {
        const tl_part *part = &p->parts[i];
        const double rate = parts[i].cycles ? part->macs / (double)parts[i].cycles : 0;
        table_row(&rows, (text[]){text_of("%s", part->layer), text_of("%s", part->pass),
                                  part->macs ? text_count(part->macs) : text_of("%s", ""), text_count(parts[i].cycles),
                                  part->macs ? text_of("%.2f", rate) : text_of("%s", "")});
    }
    if (fine) {
        table_row(&rows, NULL);
        table_row(&rows, (text[]){text_of("whole step"), text_of("%s", ""), text_of("%s", ""),
                                  text_count(parts[p->part_count].cycles), text_of("%s", "")});
        table_print(&rows, stdout, "  ");
    }
    table_end(&rows);
    free(parts);
    return fine;
}

/* A number, or null where it is none. */
static void print_number(const char *name, double x) {
    if (isfinite(x))
        printf("\"%s\": %.17g", name, x);
    else
        printf("\"%s\": null", name);
}

/* The learning curve, an object an epoch. */
static void print_curve(const training *r) {
    printf(", \"curve\": [");
    for (uint32_t i = 0; i < r->done; ++i) {
        const train_epoch *e = &r->epochs[i];
        printf("%s\n  {\"steps\": %u, \"rate\": %.9g, ", i ? "," : "", e->steps, (double)e->rate);
        print_number("loss", e->loss);
        printf(", \"correct\": %u", e->right);
        if (r->kept > 0) {
            printf(", ");
            print_number("validation_loss", e->validation);
            printf(", \"validation_correct\": %u", e->validation_right);
        }
        printf("}");
    }
    printf("]");
}

static void print(const train_command *t) {
    const training *r = &t->training;
    train_epoch begun = r->epochs[0];
    begun.loss /= r->at ? r->at : 1;
    const train_epoch *first = r->done ? &r->epochs[0] : &begun, *last = r->done ? &r->epochs[r->done - 1] : &begun;
    const char *normalised = t->project.normalises ? "device" : t->normalisation.channels > 0 ? "host" : "none";
    const uint32_t seen = training_seen(r, r->done ? r->done - 1 : 0);
    if (t->json) {
        printf("{\"steps\": %u, \"first_loss\": %.17g, \"last_loss\": %.17g, \"correct\": %u, \"samples\": %u, "
               "\"cycles_a_step\": %llu, \"epochs\": %u, \"normalised\": \"%s\"",
               r->steps, first->loss, last->loss, last->right, seen, (unsigned long long)r->cycles, r->done,
               normalised);
        if (r->kept > 0) {
            printf(", ");
            print_number("validation_loss", r->best);
            printf(", \"validation_correct\": %u, \"validation_samples\": %u, \"best_epoch\": %u",
                   r->epochs[r->best_epoch ? r->best_epoch - 1 : 0].validation_right, r->kept, r->best_epoch);
        }
        print_curve(r);
        printf("}\n");
        return;
    }
    if (t->project.normalises)
        printf("inputs are normalised on the device, as the project says\n");
    else if (t->normalisation.channels > 0)
        printf("inputs were normalised on the host, as %s says\n", t->normalised);
    printf("%s steps: mean loss of an epoch %.5f -> %.5f", text_count(r->steps).s, first->loss, last->loss);
    if (t->samples.classes > 0)
        printf(", right %s", text_percent((double)last->right / seen).s);
    if (r->cycles)
        printf(", %s cycles a step", text_count(r->cycles).s);
    printf("\n");
    if (r->best_epoch > 0) {
        const train_epoch *best = &r->epochs[r->best_epoch - 1];
        printf("best on %s samples kept for validation: epoch %u of %u, loss %.5f", text_count(r->kept).s,
               r->best_epoch, r->done, best->validation);
        if (t->samples.classes > 0)
            printf(", right %s", text_percent((double)best->validation_right / r->kept).s);
        printf("%s\n", r->at == 0 && r->done < t->options.epochs ? "; stopped early" : "");
    }
}

int cmd_train(int argc, char **argv) {
    train_command t = {
        .options = {.epochs = 1, .seed = 1, .rate = 0.01f, .every = 10, .factor = 0.5f}, .threads = 1, .made = 20};
    train_options *o = &t.options;
    const cli_option options[] = {
        {"x", CLI_TEXT, &t.x, "FILE",
         "samples: .npy or IDX [n][c][h][w], [n][h][w] or [n][k]; CSV, one a line (made up)", 0, 0},
        {"y", CLI_TEXT, &t.y, "FILE",
         "their labels, integers, .npy, IDX or CSV, or targets like samples; none where the target is the input or "
         "each line of x ends in it",
         0, 0},
        {"made", CLI_COUNT, &t.made, "N", "without --x: so many made-up samples, fixed by --seed (20)", 1, 1000000},
        {"normalize", CLI_FLAG, &t.normalize, NULL, "mean 0 and std 1 by channel, as found in what is trained on", 0,
         0},
        {"mean", CLI_TEXT, &t.mean, "X,...", "taken from inputs: a number, or one a channel (the project's)", 0, 0},
        {"std", CLI_TEXT, &t.std, "X,...", "what inputs are divided by then (the project's)", 0, 0},
        {"epochs", CLI_COUNT, &o->epochs, "N", "times through all samples (1)", 1, 1000000},
        {"steps", CLI_COUNT, &o->steps, "N", "stop behind so many steps, counted from the very first (all)", 1,
         4294967295.0},
        {"rate", CLI_REAL, &o->rate, "X", "learning rate (0.01)", 0, 100},
        {"schedule", CLI_CHOICE, &o->rates, "constant|step|cosine",
         "how the rate changes: not, times --factor every --every epochs, or by half a cosine down to 0", 0, 0},
        {"every", CLI_COUNT, &o->every, "N", "epochs between steps of the rate (10)", 1, 1000000},
        {"factor", CLI_REAL, &o->factor, "X", "of such a step (0.5)", 0, 1},
        {"warmup", CLI_COUNT, &o->warmup, "N", "steps in which the rate rises from 0 (0)", 0, 1000000},
        {"momentum", CLI_REAL, &o->momentum, "X", "where the project has it (0)", 0, 0.999999},
        {"seed", CLI_COUNT, &o->seed, "N", "of the order of samples (1)", 0, 4294967295.0},
        {"validate", CLI_REAL, &o->validate, "PART",
         "of the samples, kept for validation; the best epoch is the result (0)", 0, 0.9},
        {"patience", CLI_COUNT, &o->patience, "N", "stop after N epochs that were no better (0: never)", 0, 1000000},
        {"checkpoint", CLI_TEXT, &o->checkpoint, "FILE", "write all that --resume needs there, after each epoch", 0, 0},
        {"checkpoint-every", CLI_COUNT, &o->save_every, "STEPS", "and behind so many steps", 1, 4294967295.0},
        {"on-nan", CLI_CHOICE, &o->on_nan, "none|checkpoint|ram",
         "what is restored when numbers are no longer finite, before training ends (none)", 0, 0},
        {"resume", CLI_TEXT, &t.resume, "FILE", "go on from a checkpoint, to the same bits", 0, 0},
        {"curve", CLI_TEXT, &t.curve, "FILE", "losses and accuracies by epoch: .svg, .png or .csv", 0, 0},
        {"on", CLI_CHOICE, &t.on, "sim|native", "the simulated cluster (default), or this machine itself", 0, 0},
        MACHINE_OPTION(&t.machine),
        {"cores", CLI_COUNT, &t.cores, "N", "cores of the simulated cluster, 1 to 8 (all)", 1, 8},
        {"threads", CLI_COUNT, &t.threads, "N", "threads with --on native, 1 to 64 (1)", 1, 64},
        {"weights", CLI_TEXT, &t.start, "FILE", "parameters to start from (weights.bin of the project)", 0, 0},
        {"out", CLI_TEXT, &t.out, "FILE", "where the trained ones go (trained.bin of the project)", 0, 0},
        {"parts", CLI_FLAG, &t.parts, NULL, "print the cycles of each part of a step on the simulator", 0, 0},
        {"sanitize", CLI_FLAG, &t.sanitize, NULL, "look for races, early reads, stack overflows on the simulator", 0,
         0},
        {"json", CLI_FLAG, &t.json, NULL, "print the result as JSON", 0, 0},
    };
    const cli_command command = {
        .name = "train",
        .usage = "PROJECT [OPTION...]",
        .summary = "Trains a project that 'trainlib deploy' has written and 'make native cluster' has built.",
        .options = options,
        .option_count = sizeof options / sizeof options[0],
        .examples = "  trainlib train resnet8 --made 50\n"
                    "  trainlib train resnet8 --x x.npy --y y.npy --epochs 3 --rate 0.01 --on native\n"
                    "  trainlib train resnet8 --x x.npy --y y.npy --epochs 40 --schedule cosine --validate 0.2 "
                    "--patience 5 \\\n    --checkpoint resnet8.ckpt --curve curve.svg\n",
        .positionals = 1,
    };
    cli_error error;
    const char *folder = NULL;
    int code;
    if (!cli_go(&command, argc, argv, &folder, &code))
        return code;
    bool fine = train(&t, folder, &error);
    if (fine)
        print(&t);
    if (fine && t.parts)
        fine = print_parts(&t, &error);
    if (fine && t.sanitize && device_findings(t.device, stderr) > 0)
        fine = cli_fail(&error, CLI_OURS, "the sanitizer has found something in %s", folder);
    training_end(&t.training);
    if (t.device)
        device_close(t.device);
    project_close(&t.project);
    samples_free(&t.samples);
    normalisation_free(&t.normalisation);
    free(t.params);
    return fine ? cli_finish(&command) : cli_report(&command, &error);
}
