/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/deploy/complaints.h"
#include <stdio.h>
#include <string.h>

enum { END = 48 }; /* bytes kept for the last line */

void complain(complaints *c, const char *node, const char *op, const char *why) {
    char line[512];
    snprintf(line, sizeof line, "%s%.100s: node \"%.60s\" (%.40s): %s", c->count > 0 ? "\n" : "", c->file, node, op,
             why);
    ++c->count;
    if (c->used + strlen(line) + END > sizeof c->error->text) {
        ++c->left_out;
        return;
    }
    memcpy(c->error->text + c->used, line, strlen(line) + 1);
    c->used += strlen(line);
}

bool complaints_end(complaints *c) {
    if (c->left_out > 0)
        snprintf(c->error->text + c->used, sizeof c->error->text - c->used, "\n... and %u nodes more", c->left_out);
    return c->count == 0;
}
