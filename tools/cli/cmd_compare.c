/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/cli/commands.h"
#include "tools/cli/compare_list.h"
#include "tools/cli/file.h"
#include "tools/cli/machine_option.h"
#include "tools/cli/npy.h"
#include "tools/cli/project_deploy.h"
#include "tools/cli/project_load.h"
#include "tools/cli/sample_batch.h"
#include "tools/cli/schedule_file.h"
#include "tools/cli/text.h"
#include <cjson/cJSON.h>
#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* L2 for a step that keeps everything; the simulated machine is given as much. */
enum { L2_BYTES = 0xE00000 };

typedef struct comparison {
    const char *x, *y, *dump, *machine;
    uint32_t cores, seed, target; /* 0: the input, 1: given */
    int *labels;                  /* of the samples; NULL: they have none */
    uint32_t batch;
    bool json;
    char folder[PATH_MAX]; /* of the project */
    compare_list list;
} comparison;

/* One step on the device, at a rate of 0, and what it leaves. */
static bool take(comparison *c, device *d, const float *params, sample_batch *batch, bool guest, cli_error *error) {
    const tl_step_options options = {.rate = 0.0f};
    device_reply reply;
    if (!d || !device_load(d, params, error) || !batch_step(batch, d, &options, NULL, &reply, error))
        return false;
    if (reply.status == TL_NOT_FINITE)
        return cli_fail(error, CLI_INPUT, "the loss is not finite, so the step stops there");
    return compare_list_read(&c->list, d, batch->x, reply.result.loss, guest, error);
}

static bool run_both(comparison *c, const net_model *network, const project_load *project, cli_error *error) {
    char path[PATH_MAX];
    sim_machine machine;
    samples set = {0};
    sample_batch batch = {0};
    const tl_project *p = project->project;
    if (snprintf(path, sizeof path, "%s/weights.bin", c->folder) >= (int)sizeof path)
        return cli_fail(error, CLI_INPUT, "%s: the path is too long", c->folder);
    if (!machine_option(c->machine, &machine, error) || !machine_cores(&machine, &c->cores, error))
        return false;
    machine.l2_bytes = machine.l2_bytes < L2_BYTES ? L2_BYTES : machine.l2_bytes;
    float *params = project_params(p, path, error);
    const net_value *in = &network->values[network->input];
    const samples_shape shape = {in->h, in->w, in->c, in->channels_last, false};
    bool fine = params && (c->x ? samples_load(&set, c->x, c->y, p, &shape, &project->target, error)
                                : samples_make(&set, p->batch, c->seed, p, error));
    c->batch = p->batch;
    c->labels = p->labelled == TL_TARGET_LABEL ? calloc(p->batch, sizeof *c->labels) : NULL;
    if (fine && set.count < p->batch)
        fine = cli_fail(error, CLI_INPUT, "%s has %u samples, and a step takes %u", c->x, set.count, p->batch);
    fine = fine && (c->labels || p->labelled != TL_TARGET_LABEL || cli_out_of_memory(error)) &&
           batch_begin(&batch, p, &set, error);
    for (uint32_t i = 0; fine && i < p->batch; ++i) {
        batch_put(&batch, i, i);
        if (c->labels)
            c->labels[i] = (int)set.labels[i];
    }
    if (fine) {
        device *native = device_open_native(p, 1, error);
        fine = take(c, native, params, &batch, false, error);
        device_close(native);
    }
    if (fine) {
        device *guest = device_open_sim(p, project->firmware, &machine, c->cores, error);
        fine = take(c, guest, params, &batch, true, error);
        device_close(guest);
    }
    batch_end(&batch);
    samples_free(&set);
    free(params);
    return fine;
}

/* Where the cluster's tensor is dumped to, if it is another one. */
typedef struct cluster_name {
    char s[sizeof "cluster_" + sizeof((compare_item *)0)->file];
} cluster_name;

static cluster_name cluster_file(const compare_item *item) {
    cluster_name name;
    snprintf(name.s, sizeof name.s, "cluster_%s", item->file);
    return name;
}

static cJSON *index_of(const comparison *c) {
    cJSON *root = cJSON_CreateObject(), *items = cJSON_AddArrayToObject(root, "tensors");
    if (c->labels && c->batch == 1)
        cJSON_AddNumberToObject(root, "label", c->labels[0]);
    else if (c->labels)
        cJSON_AddItemToObject(root, "labels", cJSON_CreateIntArray(c->labels, (int)c->batch));
    for (uint32_t i = 0; i < c->list.count; ++i) {
        const compare_item *item = &c->list.items[i];
        cJSON *one = cJSON_CreateObject(), *shape = cJSON_AddArrayToObject(one, "shape");
        cJSON_AddStringToObject(one, "file", item->file);
        cJSON_AddStringToObject(one, "kind", compare_kind_names[item->kind]);
        cJSON_AddStringToObject(one, "name", item->name);
        for (uint32_t k = 0; k < item->rank; ++k)
            cJSON_AddItemToArray(shape, cJSON_CreateNumber(item->dims[k]));
        cJSON_AddNumberToObject(one, "different_elements", item->differ);
        if (item->differ) {
            cJSON_AddNumberToObject(one, "relative_difference", isfinite(item->worst) ? item->worst : DBL_MAX);
            cJSON_AddStringToObject(one, "cluster_file", cluster_file(item).s);
        }
        cJSON_AddItemToArray(items, one);
    }
    return root;
}

static bool put(const comparison *c, const compare_item *item, const char *file, const float *data, cli_error *error) {
    char path[PATH_MAX];
    if (snprintf(path, sizeof path, "%s/%s", c->dump, file) >= (int)sizeof path)
        return cli_fail(error, CLI_INPUT, "%s: the path is too long", c->dump);
    return npy_write(path, item->rank, item->dims, data, error);
}

/* The host's tensors, the cluster's where they differ, and a list of them. */
static bool dump(const comparison *c, cli_error *error) {
    char path[PATH_MAX];
    if (!file_make_folder(c->dump, error))
        return false;
    for (uint32_t i = 0; i < c->list.count; ++i) {
        const compare_item *item = &c->list.items[i];
        if (!put(c, item, item->file, item->host, error) ||
            (item->differ && !put(c, item, cluster_file(item).s, item->guest, error)))
            return false;
    }
    cJSON *root = index_of(c);
    char *printed = cJSON_Print(root);
    cJSON_Delete(root);
    snprintf(path, sizeof path, "%s/index.json", c->dump);
    const bool fine = printed ? file_replace(path, printed, strlen(printed), error) : cli_out_of_memory(error);
    cJSON_free(printed);
    return fine;
}

static void print(const comparison *c) {
    table t;
    if (c->json) {
        cJSON *root = index_of(c);
        char *printed = cJSON_Print(root);
        printf("%s\n", printed ? printed : "{}");
        cJSON_free(printed);
        cJSON_Delete(root);
        return;
    }
    table_begin(&t, 5, 2);
    table_row(&t, (text[]){text_of("tensor"), text_of("what"), text_of("elements"), text_of("different"),
                           text_of("at most, relative")});
    table_row(&t, NULL);
    for (uint32_t i = 0; i < c->list.count; ++i) {
        const compare_item *item = &c->list.items[i];
        table_row(&t, (text[]){text_of("%.40s", item->name), text_of("%s", compare_kind_names[item->kind]),
                               text_count(item->elements), text_count(item->differ),
                               item->differ ? text_of("%.1e", item->worst) : text_of("same bits")});
    }
    table_print(&t, stdout, "  ");
    table_end(&t);
}

/* Where the project goes: it stays with the dump, so that the next one compiles little; else it is `temporary`. */
static bool choose_folder(comparison *c, bool *temporary, cli_error *error) {
    const char *tmp = getenv("TMPDIR");
    *temporary = !c->dump;
    const int n = c->dump ? snprintf(c->folder, sizeof c->folder, "%s/project", c->dump)
                          : snprintf(c->folder, sizeof c->folder, "%s/trainlib-XXXXXX", tmp && *tmp ? tmp : "/tmp");
    if (n < 0 || (size_t)n >= sizeof c->folder)
        return cli_fail(error, CLI_INPUT, "%s: the path is too long", c->dump ? c->dump : tmp);
    if (c->dump)
        return file_make_folder(c->dump, error);
    *temporary = mkdtemp(c->folder) != NULL;
    return *temporary || cli_fail(error, CLI_INPUT, "%s cannot be made: name a folder with --dump", c->folder);
}

static bool compare(comparison *c, const char *model, const net_model *network, schedule_settings *settings,
                    cli_error *error) {
    project_options options = {
        .prefix = "compared", .beta1 = 0.9f, .beta2 = 0.999f, .epsilon = 1e-8f, .target_given = c->target};
    train_schedule schedule;
    project_load project = {0};
    bool temporary = false;
    if (!schedule_of(network, settings, &schedule, error))
        return false;
    bool fine = choose_folder(c, &temporary, error) &&
                project_deploy(model, c->folder, network, &schedule, L2_BYTES, &options, error);
    if (fine && !project_build(c->folder, error)) {
        temporary = false; /* make's words are in there */
        fine = false;
    }
    fine = fine && project_open(&project, c->folder, true, error);
    if (fine)
        fine = compare_list_make(network, &schedule, &c->list) ? run_both(c, network, &project, error)
                                                               : cli_out_of_memory(error);
    project_close(&project);
    if (temporary)
        file_remove_folder(c->folder);
    schedule_free(&schedule);
    return fine;
}

int cmd_compare(int argc, char **argv) {
    model_options model = MODEL_DEFAULTS;
    schedule_settings settings = SCHEDULE_DEFAULTS;
    comparison c = {.seed = 1};
    const cli_option options[] = {
        {"x", CLI_TEXT, &c.x, "FILE", "samples, as for train, of which the first --batch are taken (made-up ones)", 0,
         0},
        {"y", CLI_TEXT, &c.y, "FILE", "their labels, or targets like samples; none where the target is the input", 0,
         0},
        {"dump", CLI_TEXT, &c.dump, "DIR", "write all tensors there as .npy in ONNX's layout, and index.json", 0, 0},
        {"seed", CLI_COUNT, &c.seed, "N", "of the made-up samples (1)", 0, 4294967295.0},
        MODEL_OPTIONS(&model),
        SCHEDULE_OPTIONS(&settings),
        {"target", CLI_CHOICE, &c.target, "input|given", "what outputs come to with --loss mse (input)", 0, 0},
        {"cores", CLI_COUNT, &c.cores, "N", "cores of the simulated cluster, 1 to 8 (all)", 1, 8},
        {"json", CLI_FLAG, &c.json, NULL, "print the list as JSON", 0, 0},
    };
    const cli_command command = {
        .name = "compare",
        .usage = "MODEL.onnx [OPTION...]",
        .summary = "Compares one training step natively and on the simulated cluster, tensor by tensor, to the bit.",
        .options = options,
        .option_count = sizeof options / sizeof options[0],
        .details = "All values and gradients are kept, at a rate of 0. What --dump writes is the native run's; the\n"
                   "cluster's too, as cluster_*.npy, where it differs, and then the exit status is 3.\n",
        .examples = "  trainlib compare resnet8.onnx --dump dump\n"
                    "  trainlib compare ds_cnn.onnx --x x.npy --y y.npy --train last:2 --dump dump\n",
        .positionals = 1,
    };
    cli_error error;
    net_model network;
    const char *path = NULL;
    int code;
    if (!cli_go(&command, argc, argv, &path, &code))
        return code;
    if (c.y && !c.x) {
        cli_fail(&error, CLI_USAGE, "--y wants --x: the label or target of a made-up sample is made up too");
        return cli_report(&command, &error);
    }
    if (!model_read(path, &model, &network, &error))
        return cli_report(&command, &error);
    c.machine = settings.machine;
    settings.keep_all = true;
    settings.target_given = c.target;
    settings.l2 = L2_BYTES;
    bool fine = compare(&c, path, &network, &settings, &error);
    uint32_t different = 0;
    if (fine) {
        different = compare_list_check(&c.list);
        fine = !c.dump || dump(&c, &error);
    }
    if (fine)
        print(&c);
    if (fine && different > 0)
        fine = cli_fail(&error, CLI_OURS, "%u of %u tensors differ between the cluster and this machine", different,
                        c.list.count);
    compare_list_free(&c.list);
    free(c.labels);
    network_free(&network);
    return fine ? cli_finish(&command) : cli_report(&command, &error);
}
