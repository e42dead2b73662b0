/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/cli/commands.h"
#include "tools/cli/model_file.h"
#include "tools/cli/text.h"
#include "tools/deploy/onnx_op.h"
#include <cjson/cJSON.h>

typedef struct sums {
    uint64_t params, trained, macs;
} sums;

static const char *const fused[STEP_EPILOGUES] = {"", " + relu", " + relu6", " + add", " + add + relu"};

static text shape_of(const net_value *value) {
    return value->h * value->w > 1 ? text_of("%ux%ux%u", value->h, value->w, value->c) : text_of("%u", value->c);
}

static uint64_t elements_of(const net_model *network, const net_layer *layer, bool trained) {
    const uint32_t all[] = {layer->w, layer->b, layer->mean, layer->var};
    uint64_t elements = 0;
    for (int i = 0; i < 4; ++i) {
        if (all[i] != NET_NONE && (!trained || network->params[all[i]].trains))
            elements += network->params[all[i]].elements;
    }
    return elements;
}

static sums sum_up(const net_model *network) {
    sums s = {.macs = model_macs(network)};
    for (uint32_t i = 0; i < network->layer_count; ++i) {
        s.params += elements_of(network, &network->layers[i], false);
        s.trained += elements_of(network, &network->layers[i], true);
    }
    return s;
}

static void print_table(const net_model *network) {
    const sums s = sum_up(network);
    const net_value *input = &network->values[network->input];
    table t;
    printf("%s: input %s (height x width x channels), batch %u\n\n", network->name, shape_of(input).s, input->n);
    table_begin(&t, 6, 2);
    table_row(&t, (text[]){text_of("layer"), text_of("kind"), text_of("output"), text_of("parameters"),
                           text_of("of them train"), text_of("MAC")});
    table_row(&t, NULL);
    for (uint32_t i = 0; i < network->layer_count; ++i) {
        const net_layer *layer = &network->layers[i];
        const uint64_t macs = step_problem_macs(&layer->problem), params = elements_of(network, layer, false);
        table_row(&t, (text[]){text_of("%s", layer->name),
                               text_of("%s%s", step_op_names[layer->problem.op], fused[layer->problem.epilogue]),
                               shape_of(&network->values[layer->y]), params ? text_count(params) : text_of("%s", ""),
                               params ? text_count(elements_of(network, layer, true)) : text_of("%s", ""),
                               macs ? text_count(macs) : text_of("%s", "")});
    }
    table_row(&t, NULL);
    table_row(&t, (text[]){text_of("all"), text_of("%s", ""), text_of("%s", ""), text_count(s.params),
                           text_count(s.trained), text_count(s.macs)});
    table_print(&t, stdout, "  ");
    table_end(&t);
}

static bool print_json(const net_model *network) {
    const sums s = sum_up(network);
    cJSON *root = cJSON_CreateObject(), *layers = cJSON_AddArrayToObject(root, "layers");
    cJSON_AddStringToObject(root, "name", network->name);
    cJSON_AddNumberToObject(root, "parameters", (double)s.params);
    cJSON_AddNumberToObject(root, "trained_parameters", (double)s.trained);
    cJSON_AddNumberToObject(root, "forward_macs", (double)s.macs);
    for (uint32_t i = 0; i < network->layer_count; ++i) {
        const net_layer *layer = &network->layers[i];
        const net_value *y = &network->values[layer->y];
        cJSON *one = cJSON_CreateObject();
        cJSON_AddStringToObject(one, "name", layer->name);
        cJSON_AddStringToObject(one, "op", step_op_names[layer->problem.op]);
        cJSON_AddStringToObject(one, "epilogue", step_epilogue_names[layer->problem.epilogue]);
        cJSON_AddStringToObject(one, "output", y->name);
        cJSON_AddItemToObject(one, "shape",
                              cJSON_CreateIntArray((int[]){(int)y->n, (int)y->h, (int)y->w, (int)y->c}, 4));
        cJSON_AddNumberToObject(one, "parameters", (double)elements_of(network, layer, false));
        cJSON_AddNumberToObject(one, "trained_parameters", (double)elements_of(network, layer, true));
        cJSON_AddNumberToObject(one, "macs", (double)step_problem_macs(&layer->problem));
        cJSON_AddItemToArray(layers, one);
    }
    char *printed = cJSON_Print(root);
    if (printed)
        printf("%s\n", printed);
    cJSON_free(printed);
    cJSON_Delete(root);
    return printed;
}

/* The table in docs/deploy.md. */
static void print_operators(void) {
    printf("| ONNX operator | where it goes | limits |\n|---|---|---|\n");
    for (uint32_t i = 0; i < onnx_op_count; ++i)
        printf("| %s | %s | %s |\n", onnx_ops[i]->name, onnx_ops[i]->lower ? "layers" : "constants",
               onnx_ops[i]->limits ? onnx_ops[i]->limits : "");
}

int cmd_show(int argc, char **argv) {
    model_options o = MODEL_DEFAULTS;
    bool json = false, operators = false;
    const cli_option options[] = {
        MODEL_OPTIONS(&o),
        {"json", CLI_FLAG, &json, NULL, "print it as JSON", 0, 0},
        {"operators", CLI_FLAG, &operators, NULL, "print the table of supported operators instead", 0, 0},
    };
    const cli_command command = {
        .name = "show",
        .usage = "MODEL.onnx [OPTION...]",
        .summary =
            "Shows what the library makes of an ONNX model: layers, shapes, parameters, what trains. What is not\n"
            "supported is named, node by node.",
        .options = options,
        .option_count = sizeof options / sizeof options[0],
        .examples = "  trainlib model resnet8 && trainlib show resnet8.onnx\n"
                    "  trainlib show model.onnx --train last:2 --json\n"
                    "  trainlib show --operators\n",
        .positionals = 1,
        .optional = 1,
    };
    cli_error error;
    const char *path = NULL;
    net_model network;
    int code;
    if (!cli_go(&command, argc, argv, &path, &code))
        return code;
    if (operators) {
        print_operators();
        return cli_finish(&command);
    }
    if (!path) {
        cli_fail(&error, CLI_USAGE, "MODEL.onnx is missing");
        return cli_report(&command, &error);
    }
    if (!model_read(path, &o, &network, &error))
        return cli_report(&command, &error);
    bool fine = true;
    if (json)
        fine = print_json(&network);
    else
        print_table(&network);
    network_free(&network);
    if (!fine) {
        cli_out_of_memory(&error);
        return cli_report(&command, &error);
    }
    return cli_finish(&command);
}
