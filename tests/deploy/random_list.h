/* SPDX-License-Identifier: Apache-2.0 */
/* The projects that make_projects has written: it writes the list too. */
#ifndef TL_TESTS_RANDOM_LIST_H
#define TL_TESTS_RANDOM_LIST_H

#include "tl/project.h"
#include <stddef.h>

typedef struct random_entry {
    uint32_t number; /* of the model */
    const tl_project *project;
    const void *memory; /* as it is before the first step */
} random_entry;

extern const size_t random_count;
extern const random_entry random_list[];

#endif
