/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/cli/schedule_file.h"
#include "tools/cli/file.h"
#include "tools/tune/step_request.h"
#include <stdlib.h>

enum { PLAN_BYTES = 1 << 24 };

bool schedule_of(const net_model *network, const schedule_settings *settings, train_schedule *schedule,
                 cli_error *error) {
    static const step_update optimizers[] = {STEP_SGD, STEP_MOMENTUM, STEP_ADAM};
    schedule_options options = {.loss = (net_loss)settings->loss,
                                .optimizer = optimizers[settings->optimizer],
                                .updates = (schedule_updates)settings->updates,
                                .accumulate = 1,
                                .keep_all = settings->keep_all,
                                .recompute = settings->recompute == 0,
                                .tapes = true,
                                .l1_bytes = step_l1_bytes(),
                                .beside_bytes = settings->beside,
                                .l2_bytes = (uint32_t)settings->l2 - SCHEDULE_L2_CODE};
    plan_error why;
    plan_file plans = {0};
    if (settings->plan) {
        char *text = NULL;
        size_t bytes = 0;
        if (!file_read(settings->plan, PLAN_BYTES, &text, &bytes, error))
            return false;
        const bool read = plan_file_read(text, bytes, settings->plan, options.l1_bytes, &plans, &why);
        free(text);
        if (!read)
            return cli_fail(error, CLI_INPUT, "%s", why.text);
        options.plan = &plans;
    }
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
