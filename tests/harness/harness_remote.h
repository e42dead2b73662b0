/* SPDX-License-Identifier: Apache-2.0 */
/* The probe on the simulator, driven through its mailbox. */
#ifndef TL_TESTS_REMOTE_H
#define TL_TESTS_REMOTE_H

#include "tests/harness/harness_heap.h"

typedef struct remote remote;

remote *remote_create(const char *elf, const sim_machine *machine);
void remote_destroy(remote *r);
/* From the next boot on the sanitizer looks on, and a job it finds something in has failed. */
void remote_sanitize(remote *r);
/* Boots the machine if it is not up. */
sim *remote_machine(remote *r, char *message, size_t bytes);
/* Carries a job out on the heap; a machine that failed is booted anew for the next one. */
bool remote_run(remote *r, uint32_t cores, const harness_job *job, heap_image *heap, harness_result *result);

#endif
