/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/cli/schedule_file.h"
#include "tools/cli/file.h"
#include "tools/tune/step_request.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PLAN_BYTES = 1 << 24 };

static bool read_plans(const char *path, const sim_machine *machine, uint32_t l1_bytes, plan_file *plans,
                       cli_error *error) {
    plan_error why;
    char *text = NULL;
    size_t bytes = 0;
    if (!file_read(path, PLAN_BYTES, &text, &bytes, error))
        return false;
    const bool read = plan_file_read(text, bytes, path, l1_bytes, plans, &why);
    free(text);
    if (read && strcmp(plans->machine, machine->name) != 0)
        fprintf(stderr, "trainlib: %s was tuned for the machine '%s', not for '%s': name it with --machine\n", path,
                plans->machine, machine->name);
    return read || cli_fail(error, CLI_INPUT, "%s", why.text);
}

bool schedule_of(const net_model *network, schedule_settings *settings, train_schedule *schedule, cli_error *error) {
    static const step_update optimizers[] = {STEP_SGD, STEP_MOMENTUM, STEP_ADAM};
    sim_machine machine;
    if (!machine_option(settings->machine, &machine, error))
        return false;
    if (!settings->l2)
        settings->l2 = machine.l2_bytes < SCHEDULE_L2_BYTES ? machine.l2_bytes : SCHEDULE_L2_BYTES;
    if (settings->l2 <= SCHEDULE_L2_CODE)
        return cli_fail(error, CLI_INPUT, "the machine '%s' has %u bytes of L2, and code takes %u: name one with more",
                        machine.name, machine.l2_bytes, (unsigned)SCHEDULE_L2_CODE);
    schedule_options options = {.loss = (net_loss)settings->loss,
                                .optimizer = optimizers[settings->optimizer],
                                .updates = (schedule_updates)settings->updates,
                                .accumulate = settings->accumulate,
                                .clip = settings->clip,
                                .keep_all = settings->keep_all,
                                .recompute = settings->recompute == 0,
                                .normalise = settings->normalise,
                                .target_given = settings->target_given,
                                .tapes = true,
                                .l1_bytes = step_l1_bytes(),
                                .beside_bytes = settings->beside,
                                .l2_bytes = (uint32_t)settings->l2 - SCHEDULE_L2_CODE,
                                .fpus = machine.fpus};
    plan_error why;
    plan_file plans = {0};
    if (settings->plan && !read_plans(settings->plan, &machine, options.l1_bytes, &plans, error))
        return false;
    options.plan = settings->plan ? &plans : settings->tuned;
    const bool made = schedule_make(network, &options, schedule, &why);
    if (made)
        schedule->options.plan = NULL;
    plan_file_free(&plans);
    return made || cli_fail(error, CLI_INPUT, "%s", why.text);
}

bool schedule_write(const net_model *network, const train_schedule *schedule,
                    size_t (*make)(const net_model *network, const train_schedule *schedule, char *text, size_t room),
                    const char *path, cli_error *error) {
    const size_t bytes = make(network, schedule, NULL, 0);
    char *text = malloc(bytes + 1);
    if (!text)
        return cli_out_of_memory(error);
    make(network, schedule, text, bytes + 1);
    const bool fine = file_replace(path, text, bytes, error);
    free(text);
    return fine;
}
