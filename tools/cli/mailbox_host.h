/* SPDX-License-Identifier: Apache-2.0 */
/* The host's end of the mailbox: a firmware on a simulated cluster, and requests to it. */
#ifndef TL_CLI_MAILBOX_HOST_H
#define TL_CLI_MAILBOX_HOST_H

#include "platform/mailbox.h"
#include "tools/cli/error.h"
#include "tools/sim/sanitize.h"

typedef struct mailbox_host {
    sim *machine;
    sim_observer *observer; /* NULL: nobody looks on */
    const char *firmware;   /* its path, for sentences */
    sim_machine settings;
    uint32_t address;
    uint64_t limit; /* cycles a request may take */
    tl_mailbox box; /* as last read; fill in a request's fields, then mailbox_request */
} mailbox_host;

/* Called whenever a core has stored to the watched word; the machine stands right behind that store. */
typedef void mailbox_mark(void *user, const sim *machine, uint32_t value);

/* Makes a machine, loads the firmware and runs it until it rings. Nothing is left behind on failure. */
bool mailbox_open(mailbox_host *host, const char *firmware, const sim_machine *machine, cli_error *error);
void mailbox_close(mailbox_host *host);
/* Loads the firmware anew, and from its first instruction on the sanitizer looks on. */
bool mailbox_sanitize(mailbox_host *host, cli_error *error);

/* Sends what stands in host->box and waits for the answer, which then stands there. */
bool mailbox_request(mailbox_host *host, tl_request request, cli_error *error);

/* The same, calling `mark` at every store to the word at `address`. */
bool mailbox_request_marked(mailbox_host *host, tl_request request, uint32_t address, mailbox_mark *mark, void *user,
                            cli_error *error);

bool mailbox_symbol(const mailbox_host *host, const char *name, uint32_t *address, uint32_t *bytes, cli_error *error);
bool mailbox_read(const mailbox_host *host, uint32_t address, void *to, size_t bytes, cli_error *error);
bool mailbox_write(mailbox_host *host, uint32_t address, const void *from, size_t bytes, cli_error *error);

#endif
