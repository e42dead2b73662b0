/* SPDX-License-Identifier: Apache-2.0 */
/* A random network with a schedule and the options of its project: what make_projects writes and test_projects runs. */
#ifndef TL_TESTS_RANDOM_PROJECT_H
#define TL_TESTS_RANDOM_PROJECT_H

#include "tools/deploy/project_write.h"

enum { RANDOM_PROJECTS_SEED = 8301 };

typedef struct random_project {
    uint32_t number; /* of the model */
    net_model net;
    train_schedule schedule;
    project_options options;
} random_project;

void random_project_make(uint32_t number, random_project *to);
void random_project_free(random_project *project);

#endif
