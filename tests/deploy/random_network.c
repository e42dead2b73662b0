/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/deploy/random_network.h"
#include "tests/deploy/random_model.h"
#include "tools/deploy/onnx_op.h"
#include <stdio.h>
#include <stdlib.h>

static void stop(uint32_t number, const char *why) {
    fprintf(stderr, "model %u: %s\n", number, why);
    exit(1);
}

/* All, the last few layers, biases, or some parameters. */
static void choose_trained(uint32_t number, draw *d, net_model *net) {
    static const char *const patterns[] = {"all", "last:1", "last:2", "bias"};
    const uint32_t way = draw_below(d, 6);
    plan_error error = {""};
    if (way < 4 && network_train(net, patterns[way], &error))
        return;
    if (!network_train(net, "all", &error))
        stop(number, error.text);
    const uint32_t kept = draw_below(d, net->param_count);
    uint32_t trained = 0;
    for (uint32_t i = 0; i < net->param_count; ++i) {
        net_param *p = &net->params[i];
        p->trains = p->trains && (way < 5 || i == kept || draw_below(d, 2) == 0);
        trained += p->trains;
    }
    if (trained == 0)
        network_train(net, "all", &error);
}

void random_network(uint32_t seed, uint32_t number, draw *d, net_model *net) {
    size_t bytes;
    onnx_graph g;
    plan_error error = {""};
    void *file = random_model(seed, number, &bytes);
    const net_norms norms = (net_norms)draw_below(d, 3);
    if (!file || !graph_read_bytes(file, bytes, "random", NULL, 0, &g, &error) || !graph_infer(&g, &error) ||
        !network_lower(&g, "random", norms, net, &error))
        stop(number, error.text);
    free(file);
    graph_free(&g);
    choose_trained(number, d, net);
}
