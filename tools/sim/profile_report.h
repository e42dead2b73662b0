/* SPDX-License-Identifier: Apache-2.0 */
/* What the reports share. Private to the simulator. */
#ifndef TL_SIM_PROFILE_REPORT_H
#define TL_SIM_PROFILE_REPORT_H

#include "tools/sim/observe_api.h"
#include "tools/sim/profile.h"

/* Adds what a core has done at a slot. */
void sim_count_slot(const sim_profile *p, const sim *s, unsigned core, uint32_t slot, sim_profile_counts *to);

/* source_lines.c: where in the source an instruction stands. */
typedef struct sim_source_line {
    uint32_t address, line;
    const char *file; /* NULL: from here on it is not known */
} sim_source_line;

typedef struct sim_source_lines {
    sim_source_line *line; /* by address */
    uint32_t count, room;
    char **file;
    uint32_t files, file_room;
} sim_source_lines;

/* All there are; none in a build without libdw. NULL: out of memory. */
sim_source_lines *sim_source_lines_read(const sim *s);
void sim_source_lines_free(sim_source_lines *lines);
const sim_source_line *sim_source_line_at(const sim_source_lines *lines, uint32_t pc);

#endif
