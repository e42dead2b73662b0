/* SPDX-License-Identifier: Apache-2.0 */
/* The interpreter's way through time where no core is at work, and the choice among its forms. */
#include "tools/sim/exec_class.h"
#include "tools/sim/exec_common.h"
#include "tools/sim/observe.h"

const uint8_t sim_widths[SIM_CODES] = {
#define INSN(id, text, mask, match, format, class, ...) [SIM_INSN_##id] = WIDTH_##class(__VA_ARGS__),
#include "tools/sim/isa.def"
#undef INSN
};

void sim_put_back(sim *s, uint32_t current) {
    s->wheel[s->now & (SIM_WHEEL - 1)] |= current;
    s->due |= (uint64_t)(current != 0) << (s->now & (SIM_WHEEL - 1));
}

static int somebody_runs(const sim *s) {
    return s->due != 0 || s->waiting;
}

int sim_begin_cycle(sim *s) {
    if (s->change_form)
        return 0;
    for (;;) {
        if (s->now >= s->stretch_end) {
            sim_put_back(s, s->waiting);
            s->waiting = 0;
        }
        int runs = somebody_runs(s);
        if (!runs && s->device_next == SIM_NEVER) {
            sim_report_deadlock(s);
            return 0;
        }
        if (!runs && s->device_next > s->now)
            s->now = s->device_next < s->limit ? s->device_next : s->limit;
        if (s->now >= s->limit)
            return 0;
        if (s->now >= s->device_next)
            sim_run_devices(s, s->now);
        if (s->now >= s->flush_at) {
            for (unsigned i = 0; i < SIM_MAX_CORES; i++)
                sim_flush_counters(&s->core[i]);
            s->flush_at = s->now + SIM_RUN_AHEAD;
            s->run_ahead = s->flush_at + SIM_RUN_AHEAD;
        }
        sim_schedule_devices(s);
        if (runs || somebody_runs(s))
            return 1;
    }
}

static sim_status execute_form(sim *s) {
    int full = s->machine.fpus < s->machine.cores || s->machine.fdivs < s->machine.cores ||
               s->machine.fpu_latency > 1 || s->interrupts;
    s->change_form = 0;
    if (s->observer && !full && sim_observe_is_check(s->observer))
        return sim_execute_checked(s);
    if (s->observer && !full && sim_observe_is_profile(s->observer))
        return sim_execute_profiled(s);
    if (s->observer)
        return full ? sim_execute_observed_full(s) : sim_execute_observed(s);
    return full ? sim_execute_full(s) : sim_execute_fast(s);
}

sim_status sim_execute(sim *s) {
    sim_status status;
    do
        status = execute_form(s);
    while (s->change_form && status == SIM_LIMIT);
    return status;
}
