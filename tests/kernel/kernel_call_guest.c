/* SPDX-License-Identifier: Apache-2.0 */
/* Carries out the call that stands in `kernel_call_request`. */
#include "platform/start.h"
#include "tests/kernel/kernel_call.h"

kernel_call kernel_call_request;

/* Called by crt0.S on every core. */
void tl_main(uint32_t core);

void tl_main(uint32_t core) {
    if (core == 0) {
        kernel_call_run(&kernel_call_request);
        tl_exit(0);
    }
}
