/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/cli/commands.h"
#include "tools/cli/file.h"
#include "tools/cli/options.h"
#include "tools/cli/text.h"
#include "tools/deploy/zoo.h"
#include <stdlib.h>
#include <string.h>

static const zoo_model *model_named(const char *name, cli_error *error) {
    for (uint32_t i = 0; i < zoo_count; ++i) {
        if (strcmp(zoo_models[i].name, name) == 0)
            return &zoo_models[i];
    }
    cli_fail(error, CLI_USAGE, "there is no model \"%s\"; 'trainlib model --help' lists them", name);
    return NULL;
}

int cmd_model(int argc, char **argv) {
    uint32_t seed = 1;
    const char *out = NULL;
    const cli_option options[] = {
        {"out", CLI_TEXT, &out, "FILE", "where to (NAME.onnx)", 0, 0},
        {"seed", CLI_COUNT, &seed, "N", "of its weights (1)", 0, 4294967295.0},
    };
    const cli_command command = {
        .name = "model",
        .usage = "NAME [OPTION...]",
        .summary = "Writes one of the MLPerf Tiny models, or a small CNN, as an ONNX file with fresh random weights.",
        .options = options,
        .option_count = sizeof options / sizeof options[0],
        .details = "Models:\n"
                   "  autoencoder  deep autoencoder of anomaly detection, 640 numbers\n"
                   "  ds_cnn       DS-CNN of keyword spotting, 49x10, 12 classes\n"
                   "  resnet8      ResNet8 of image classification, 32x32x3, 10 classes\n"
                   "  mobilenet    MobileNetV1-0.25 of visual wake words, 96x96x3, 2 classes\n"
                   "  cnn          small CNN of examples/adapt, 28x28, 10 classes\n",
        .examples = "  trainlib model resnet8\n"
                    "  trainlib model ds_cnn --seed 7 --out /tmp/kws.onnx\n",
        .positionals = 1,
    };
    cli_error error;
    const char *name = NULL;
    char path[64];
    size_t bytes = 0;
    int code;
    if (!cli_go(&command, argc, argv, &name, &code))
        return code;
    const zoo_model *model = model_named(name, &error);
    if (!model)
        return cli_report(&command, &error);
    void *file = zoo_make(model, seed, &bytes);
    snprintf(path, sizeof path, "%s.onnx", model->name);
    const bool fine = file ? file_replace(out ? out : path, file, bytes, &error) : cli_out_of_memory(&error);
    free(file);
    if (!fine)
        return cli_report(&command, &error);
    printf("%s: %s, %s\n", out ? out : path, model->summary, text_bytes(bytes).s);
    return cli_finish(&command);
}
