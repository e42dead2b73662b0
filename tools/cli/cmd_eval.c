/* SPDX-License-Identifier: Apache-2.0 */
#include "examples/fashion/net.h"
#include "tools/cli/commands.h"
#include "tools/cli/demo.h"
#include "tools/cli/file.h"
#include "tools/cli/machine_option.h"
#include "tools/cli/options.h"
#include "tools/cli/text.h"
#include "tools/cli/weights.h"
#include <stdlib.h>

static bool run(const demo_options *o, const sim_machine *machine, const char *path, uint32_t *correct,
                cli_error *error) {
    const tl_project *project = &fashion_project;
    char firmware[PATH_MAX];
    dataset set = {0};
    device *devices[EVALUATE_DEVICES] = {NULL};
    float *params = calloc(project->params, sizeof *params);
    bool fine = params ? true : cli_out_of_memory(error);
    fine = fine && weights_load(path, project, params, error) && dataset_load(&set, o->data, DATASET_TEST, error);
    if (fine && o->test > set.count)
        fine = cli_fail(error, CLI_INPUT, "the data set has only %u test images, not %u", set.count, o->test);
    uint32_t count = o->on == ON_SIM ? EVALUATE_DEVICES : 1;
    if (fine && o->on == ON_SIM && !o->firmware)
        fine = file_locate("fashion.elf", firmware, sizeof firmware, error);
    for (uint32_t i = 0; i < count && fine; ++i) {
        devices[i] = o->on == ON_SIM
                         ? device_open_sim(project, o->firmware ? o->firmware : firmware, machine, o->cores, error)
                         : device_open_native(project, o->threads, error);
        fine = devices[i];
    }
    fine = fine && evaluate(devices, count, params, &set, o->test, "evaluating", correct, error);
    for (uint32_t i = 0; i < count; ++i)
        device_close(devices[i]);
    dataset_free(&set);
    free(params);
    return fine;
}

int cmd_eval(int argc, char **argv) {
    demo_options o = {.test = 1000, .threads = 1, .data = DATASET_DEFAULT_FOLDER};
    const cli_option options[] = {
        {"on", CLI_CHOICE, &o.on, "sim|native", "the simulated cluster (default), or this machine itself", 0, 0},
        {"test", CLI_COUNT, &o.test, "N", "test images (1000)", 1, 10000000},
        MACHINE_OPTION(&o.machine),
        {"cores", CLI_COUNT, &o.cores, "N", "cores of the simulated cluster, 1 to 8 (all)", 1, 8},
        {"threads", CLI_COUNT, &o.threads, "N", "threads with --on native, 1 to 64 (1)", 1, 64},
        {"data", CLI_TEXT, &o.data, "DIR", "folder of the data set (" DATASET_DEFAULT_FOLDER ")", 0, 0},
        {"firmware", CLI_TEXT, &o.firmware, "FILE", "program for the cluster (the one built with this program)", 0, 0},
        {"json", CLI_FLAG, &o.json, NULL, "print the result as JSON", 0, 0},
    };
    const cli_command command = {
        .name = "eval",
        .usage = "WEIGHTS [OPTION...]",
        .summary = "Loads weights that 'trainlib demo' has written and measures their accuracy on test images.",
        .options = options,
        .option_count = sizeof options / sizeof options[0],
        .examples = "  trainlib eval demo-out/weights.safetensors\n"
                    "  trainlib eval demo-out/weights.safetensors --on native --test 10000\n",
        .positionals = 1,
    };
    cli_error error;
    const char *weights = NULL;
    int code;
    if (!cli_go(&command, argc, argv, &weights, &code))
        return code;
    uint32_t correct = 0;
    sim_machine machine;
    if (!machine_option(o.machine, &machine, &error) || !machine_cores(&machine, &o.cores, &error) ||
        !run(&o, &machine, weights, &correct, &error))
        return cli_report(&command, &error);
    double accuracy = (double)correct / o.test;
    if (o.json)
        printf("{\"accuracy\": %.17g, \"correct\": %u, \"test_images\": %u}\n", accuracy, correct, o.test);
    else
        printf("accuracy %s (%s of %s test images)\n", text_percent(accuracy).s, text_count(correct).s,
               text_count(o.test).s);
    return cli_finish(&command);
}
