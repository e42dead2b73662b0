/* SPDX-License-Identifier: Apache-2.0 */
/* What was counted on a simulated machine, for people and as JSON. */
#ifndef TL_CLI_SIM_PRINT_H
#define TL_CLI_SIM_PRINT_H

#include "tools/sim/observe_api.h"
#include <cjson/cJSON.h>
#include <stdbool.h>
#include <stdio.h>

/* `called`: the machine, in words. */
void sim_print_stats(FILE *to, const sim_stats *stats, const sim_machine *machine, const char *called);
/* The caller deletes what is returned; NULL: out of memory. */
cJSON *sim_stats_json(const sim_stats *stats, const char *called, uint32_t exit_status);

void sim_print_profile(FILE *to, const sim_profile_report *report, bool cores);
cJSON *sim_profile_json(const sim_profile_report *report);

/* `total`: cycles of all functions; `colour`: mark hot lines with it. */
void sim_print_annotation(FILE *to, const sim_annotation *annotation, uint64_t total, bool colour);
cJSON *sim_annotation_json(const sim_annotation *annotation);

/* {"load_use": ..., ...} into object[name]. */
void sim_add_stalls(cJSON *object, const uint64_t *stall);

#endif
