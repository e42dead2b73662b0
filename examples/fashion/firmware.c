/* SPDX-License-Identifier: Apache-2.0 */
/* The demo's program for the cluster: the network's memory, and the runner. */
#include "examples/fashion/net.h"
#include "guest/runner.h"

static fashion_net net;
static float input[FASHION_INPUTS];

void tl_main(uint32_t core);

void tl_main(uint32_t core) {
    const tl_runner runner = {.project = &fashion_project, .context = &net, .input = input};
    tl_runner_main(core, &runner);
}
