/* SPDX-License-Identifier: Apache-2.0 */
#include "guest/runner.h"
#include "guest/mailbox_loop.h"
#include "platform/start.h"

static tl_status serve(const tl_team *team, volatile tl_mailbox *mailbox, void *user) {
    const tl_runner *runner = user;
    const tl_project *project = runner->project;
    tl_result result = {0};
    tl_status status = TL_OK;
    switch (mailbox->request) {
    case TL_REQUEST_RESET:
        project->reset(team, runner->context);
        break;
    case TL_REQUEST_STEP: {
        tl_step_options options = {.rate = mailbox->rate, .momentum = mailbox->momentum, .plan = mailbox->plan};
        status = project->step(team, runner->context, &options, runner->input, mailbox->label, &result);
        break;
    }
    case TL_REQUEST_INFER:
        status = project->infer(team, runner->context, runner->input, &result);
        break;
    default:
        status = TL_BAD_REQUEST;
    }
    if (team->id == 0) {
        mailbox->loss = result.loss;
        mailbox->predicted = result.predicted;
    }
    return status;
}

_Noreturn void tl_runner_main(uint32_t core, const tl_runner *runner) {
    if (core == 0) {
        const tl_project *project = runner->project;
        volatile tl_mailbox *mailbox = &tl_mailbox_storage;
        mailbox->params = (uint32_t)(uintptr_t)runner->context + project->params_offset;
        mailbox->params_bytes = project->params * (uint32_t)sizeof(float);
        mailbox->input = (uint32_t)(uintptr_t)runner->input;
        mailbox->input_bytes = project->inputs * (uint32_t)sizeof(float);
        mailbox->context_bytes = project->context_bytes;
    }
    tl_mailbox_loop(core, serve, (void *)(uintptr_t)runner);
}
