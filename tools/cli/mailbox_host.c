/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/cli/mailbox_host.h"
#include <stddef.h>
#include <string.h>

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "the mailbox is laid out as on the little-endian cluster");

/* Far beyond any step of ours (a single core's plainest step takes a few million). */
#define MOST_CYCLES 300000000u

static uint32_t doorbell(const mailbox_host *host) {
    return host->address + (uint32_t)offsetof(tl_mailbox, doorbell);
}

/* Why a run ended without an answer. */
static bool no_answer(const mailbox_host *host, sim_status status, cli_error *error) {
    switch (status) {
    case SIM_FAULTED:
        return cli_fail(error, CLI_INPUT, "the firmware %s went wrong on the simulated cluster:\n%s", host->firmware,
                        sim_message(host->machine));
    case SIM_EXITED:
        return cli_fail(error, CLI_INPUT, "the firmware %s ended with status %u instead of answering", host->firmware,
                        sim_exit_status(host->machine));
    case SIM_LIMIT:
        return cli_fail(error, CLI_INPUT, "the firmware %s gave no answer within %llu cycles", host->firmware,
                        (unsigned long long)host->limit);
    default:
        return cli_fail(error, CLI_INPUT, "%s: %s", host->firmware, sim_message(host->machine));
    }
}

/* Runs until the guest has stored `sequence` to its doorbell; when it clears its memory it stores there too. */
static bool wait_for(mailbox_host *host, uint32_t sequence, uint32_t watched, mailbox_mark *mark, void *user,
                     cli_error *error) {
    uint64_t end = sim_cycles(host->machine) + host->limit;
    for (;;) {
        uint64_t now = sim_cycles(host->machine);
        sim_status status = now < end ? sim_run(host->machine, end - now) : SIM_LIMIT;
        if (status != SIM_WATCHED)
            return no_answer(host, status, error);
        uint32_t address = sim_watched(host->machine), value = 0;
        if (!mailbox_read(host, address, &value, sizeof value, error))
            return false;
        if (mark && address == watched)
            mark(user, host->machine, value);
        else if (!mailbox_read(host, host->address, &host->box, sizeof host->box, error))
            return false;
        else if (host->box.magic == TL_MAILBOX_MAGIC && host->box.doorbell == sequence)
            return true;
    }
}

static bool start(mailbox_host *host, cli_error *error) {
    uint32_t bytes = 0;
    if (sim_load_file(host->machine, host->firmware) != SIM_OK)
        return cli_fail(error, CLI_INPUT, "%s", sim_message(host->machine));
    if (!mailbox_symbol(host, "tl_mailbox", &host->address, &bytes, error))
        return false;
    if (bytes != sizeof host->box)
        return cli_fail(error, CLI_INPUT,
                        "the firmware %s has a mailbox of %u bytes, not %zu: it was built from other "
                        "sources than this program",
                        host->firmware, bytes, sizeof host->box);
    if (sim_watch(host->machine, doorbell(host), 1) != SIM_OK)
        return cli_fail(error, CLI_INPUT, "%s: %s", host->firmware, sim_message(host->machine));
    return wait_for(host, 0, 0, NULL, NULL, error);
}

bool mailbox_open(mailbox_host *host, const char *firmware, const sim_machine *machine, cli_error *error) {
    *host = (mailbox_host){.firmware = firmware, .settings = *machine, .limit = MOST_CYCLES};
    host->machine = sim_create(&host->settings);
    if (!host->machine)
        return cli_out_of_memory(error);
    if (start(host, error))
        return true;
    mailbox_close(host);
    return false;
}

bool mailbox_sanitize(mailbox_host *host, cli_error *error) {
    static const sim_observe_settings settings = {0};
    host->observer = sim_observe(host->machine, &settings);
    if (!host->observer || !sim_sanitize_begin(host->observer))
        return cli_out_of_memory(error);
    return start(host, error);
}

void mailbox_close(mailbox_host *host) {
    sim_observe_end(host->observer);
    sim_destroy(host->machine);
    host->observer = NULL;
    host->machine = NULL;
}

bool mailbox_request_marked(mailbox_host *host, tl_request request, uint32_t address, mailbox_mark *mark, void *user,
                            cli_error *error) {
    host->box.request = (uint32_t)request;
    ++host->box.sequence;
    if (!mailbox_write(host, host->address, &host->box, sizeof host->box, error))
        return false;
    if (mark && sim_watch(host->machine, address, 1) != SIM_OK)
        return cli_fail(error, CLI_OURS, "%s: %s", host->firmware, sim_message(host->machine));
    bool answered = wait_for(host, host->box.sequence, address, mark, user, error);
    if (mark)
        sim_watch(host->machine, address, 0);
    return answered;
}

bool mailbox_request(mailbox_host *host, tl_request request, cli_error *error) {
    return mailbox_request_marked(host, request, 0, NULL, NULL, error);
}

bool mailbox_symbol(const mailbox_host *host, const char *name, uint32_t *address, uint32_t *bytes, cli_error *error) {
    if (sim_symbol(host->machine, name, address, bytes) == SIM_OK)
        return true;
    return cli_fail(error, CLI_INPUT, "the firmware %s has no symbol %s", host->firmware, name);
}

bool mailbox_read(const mailbox_host *host, uint32_t address, void *to, size_t bytes, cli_error *error) {
    if (sim_read(host->machine, address, to, bytes) == SIM_OK)
        return true;
    return cli_fail(error, CLI_INPUT, "%s: %s", host->firmware, sim_message(host->machine));
}

bool mailbox_write(mailbox_host *host, uint32_t address, const void *from, size_t bytes, cli_error *error) {
    if (sim_write(host->machine, address, from, bytes) == SIM_OK)
        return true;
    return cli_fail(error, CLI_INPUT, "%s: %s", host->firmware, sim_message(host->machine));
}
