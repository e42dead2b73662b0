/* SPDX-License-Identifier: Apache-2.0 */
/* What an observed machine did, as a report shows it: every core computing or waiting, and the DMA's two directions. */
#ifndef TL_CLI_REPORT_TIMELINE_H
#define TL_CLI_REPORT_TIMELINE_H

#include "tools/cli/error.h"
#include "tools/report/report_data.h"
#include "tools/sim/observe_api.h"

/* Fills in tracks and spans of cycles [from, to) of the observer's record; the caller frees *spans. */
bool report_timeline_fill(report_timeline *timeline, report_span **spans, const sim_observer *observer, uint64_t from,
                          uint64_t to, uint32_t cores, cli_error *error);

#endif
