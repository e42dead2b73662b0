/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/cli/model_file.h"
#include "tools/deploy/onnx_op.h"
#include <string.h>

/* "folder/resnet8.onnx": resnet8 */
static void name_of(const char *path, char name[PLAN_NAME]) {
    const char *slash = strrchr(path, '/'), *start = slash ? slash + 1 : path;
    const size_t bytes = strcspn(start, ".");
    snprintf(name, PLAN_NAME, "%.*s", (int)(bytes < PLAN_NAME - 1 ? bytes : PLAN_NAME - 1), start);
}

bool model_read(const char *path, const model_options *options, net_model *network, cli_error *error) {
    onnx_graph graph;
    plan_error why;
    char name[PLAN_NAME];
    name_of(path, name);
    bool fine = graph_read(path, options->batch, &graph, &why);
    if (fine) {
        fine = graph_infer(&graph, &why) && network_lower(&graph, name, (net_norms)options->norms, network, &why);
        graph_free(&graph);
    }
    if (fine && !network_train(network, options->train, &why)) {
        network_free(network);
        fine = false;
    }
    return fine || cli_fail(error, CLI_INPUT, "%s", why.text);
}

uint64_t model_macs(const net_model *network) {
    uint64_t macs = 0;
    for (uint32_t i = 0; i < network->layer_count; ++i)
        macs += step_problem_macs(&network->layers[i].problem);
    return macs;
}
