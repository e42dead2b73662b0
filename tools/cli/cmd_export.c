/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/cli/commands.h"
#include "tools/cli/file.h"
#include "tools/cli/model_file.h"
#include "tools/cli/project_load.h"
#include "tools/cli/tensor.h"
#include "tools/cli/text.h"
#include "tools/deploy/onnx_export.h"
#include <stdlib.h>
#include <string.h>

static const tl_tensor *tensor_of(const tl_project *project, const net_param *param) {
    for (uint32_t i = 0; i < project->tensor_count; ++i) {
        const tl_tensor *t = &project->tensors[i];
        if (strcmp(t->name, param->name) == 0)
            return t->rank == param->rank && memcmp(t->dims, param->dims, t->rank * sizeof t->dims[0]) == 0 ? t : NULL;
    }
    return NULL;
}

/* The project's parameters are the network's: names, shapes, and how many. */
static bool is_of(const tl_project *project, const net_model *network) {
    uint32_t found = 0;
    while (found < network->param_count && tensor_of(project, &network->params[found]))
        ++found;
    return found == network->param_count && found == project->tensor_count;
}

/* Reads the model as the project was made: its batch norms folded or kept. */
static bool read_as(const char *path, const tl_project *project, net_model *network, cli_error *error) {
    static const net_norms norms[] = {NET_FOLD, NET_FREEZE};
    for (size_t i = 0; i < sizeof norms / sizeof norms[0]; ++i) {
        model_options options = MODEL_DEFAULTS;
        options.norms = norms[i];
        if (!model_read(path, &options, network, error))
            return false;
        if (is_of(project, network))
            return true;
        network_free(network);
    }
    return cli_fail(error, CLI_INPUT, "%s: the project %s was not made from this model: its parameters are others",
                    path, project->name);
}

enum { MODEL_BYTES = 1 << 30 };

/* The model with these parameters, to `out`. */
static bool write_model(const char *path, const net_model *network, const char *out, cli_error *error) {
    const char *slash = strrchr(path, '/');
    char folder[PATH_MAX];
    char *model = NULL;
    void *file = NULL;
    size_t count = 0, bytes = 0;
    plan_error why;
    if (snprintf(folder, sizeof folder, "%.*s", slash ? (int)(slash - path) + 1 : 1, slash ? path : ".") >=
        (int)sizeof folder)
        return cli_fail(error, CLI_INPUT, "%s: the path is too long", path);
    if (!file_read(path, MODEL_BYTES, &model, &count, error))
        return false;
    const bool fine = (onnx_export(model, count, path, folder, network, &file, &bytes, &why) ||
                       cli_fail(error, CLI_INPUT, "%s", why.text)) &&
                      file_replace(out, file, bytes, error);
    if (fine)
        printf("%s: %u tensors, %s\n", out, network->param_count, text_bytes(bytes).s);
    free(model);
    free(file);
    return fine;
}

static bool export(const char *folder, const char *model, const char *weights, const char *out, cli_error *error) {
    char path[PATH_MAX];
    project_load load;
    net_model network = {0};
    float *params = NULL;
    bool fine = project_open(&load, folder, false, error);
    if (fine && snprintf(path, sizeof path, "%s/trained.bin", folder) >= (int)sizeof path)
        fine = cli_fail(error, CLI_INPUT, "%s: the path is too long", folder);
    if (fine) {
        params = project_params(load.project, weights ? weights : path, error);
        fine = params && read_as(model, load.project, &network, error);
    }
    if (fine) {
        for (uint32_t i = 0; i < network.param_count; ++i) {
            const tl_tensor *t = tensor_of(load.project, &network.params[i]);
            tensor_to_onnx(t, params + t->offset, network.params[i].data);
        }
        fine = write_model(model, &network, out, error);
        network_free(&network);
    }
    free(params);
    project_close(&load);
    return fine;
}

int cmd_export(int argc, char **argv) {
    const char *out = NULL, *weights = NULL, *names[2] = {NULL, NULL};
    const cli_option options[] = {
        {"out", CLI_TEXT, &out, "FILE", "where to (trained.onnx)", 0, 0},
        {"weights", CLI_TEXT, &weights, "FILE",
         "trained parameters, what tl_save has written, or a checkpoint (trained.bin)", 0, 0},
    };
    const cli_command command = {
        .name = "export",
        .usage = "PROJECT MODEL.onnx [OPTION...]",
        .summary = "Writes what a project has learnt back into the ONNX model that it was made from.",
        .options = options,
        .option_count = sizeof options / sizeof options[0],
        .details = "Names and layouts stay those of the model. Batch norms that were folded are Identity nodes then.\n",
        .examples = "  trainlib train resnet8 --made 50\n"
                    "  trainlib export resnet8 resnet8.onnx --out resnet8-trained.onnx\n",
        .positionals = 2,
    };
    cli_error error;
    int code;
    if (!cli_go(&command, argc, argv, names, &code))
        return code;
    if (!export(names[0], names[1], weights, out ? out : "trained.onnx", &error))
        return cli_report(&command, &error);
    return cli_finish(&command);
}
