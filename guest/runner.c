/* SPDX-License-Identifier: Apache-2.0 */
#include "guest/runner.h"
#include "guest/mailbox_loop.h"
#include "platform/start.h"
#include "tl/save.h"

/* Hands a piece over to the host, or asks it for one. */
static bool pass(volatile tl_mailbox *mailbox, const void *bytes, uint32_t count) {
    const uint32_t piece = mailbox->argument[2] + 1;
    mailbox->argument[0] = (uint32_t)(uintptr_t)bytes;
    mailbox->argument[1] = count;
    mailbox->argument[2] = piece;
    uint32_t passed;
    do
        passed = mailbox->argument[3];
    while (passed != piece && passed != TL_MAILBOX_REFUSED);
    return passed == piece;
}

static bool write_piece(void *user, const void *bytes, uint32_t count) {
    return pass(user, bytes, count);
}

static bool read_piece(void *user, void *bytes, uint32_t count) {
    return pass(user, bytes, count);
}

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
    case TL_REQUEST_SAVE:
        if (team->id == 0)
            status = tl_save(project, runner->context, write_piece, (void *)(uintptr_t)mailbox);
        break;
    case TL_REQUEST_RESTORE:
        if (team->id == 0)
            status = tl_save_restore(project, runner->context, read_piece, (void *)(uintptr_t)mailbox);
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
