/* SPDX-License-Identifier: Apache-2.0 */
/* What is wrong with several nodes of a model, one sentence a line, as many as there is room for. */
#ifndef TL_DEPLOY_COMPLAINTS_H
#define TL_DEPLOY_COMPLAINTS_H

#include "tools/plan/lines.h"

typedef struct complaints {
    plan_error *error;
    const char *file;
    uint32_t count, left_out;
    size_t used;
} complaints;

void complain(complaints *c, const char *node, const char *op, const char *why);
/* True if there were none. */
bool complaints_end(complaints *c);

#endif
