/* SPDX-License-Identifier: Apache-2.0 */
/* A machine with profile.S loaded, and what it can be compared with. */
#ifndef OBSERVED_PROGRAM_H
#define OBSERVED_PROGRAM_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tools/sim/observe_api.h"

enum { CORES = 8, LIMIT = 2000000 };

/* `icache` 0: every fetch hits, so that cycles can be told by looking at the program. */
static inline sim *profile_machine(int icache) {
    sim_machine machine;
    sim_machine_pulp8(&machine);
    machine.icache = (uint32_t)icache;
    sim *s = sim_create(&machine);
    assert_non_null(s);
    assert_int_equal(sim_load_file(s, PROFILE_ELF), SIM_OK);
    return s;
}

/* One of the programs of machine.S, on all cores. */
static inline sim *program_machine(const char *program, uint32_t fpus, uint32_t fpu_latency) {
    sim_machine machine;
    uint32_t entry = 0, address = 0, cores = 0xff;
    sim_machine_pulp8(&machine);
    machine.fpus = fpus;
    machine.fpu_latency = fpu_latency;
    sim *s = sim_create(&machine);
    assert_non_null(s);
    assert_int_equal(sim_load_file(s, MACHINE_ELF), SIM_OK);
    assert_int_equal(sim_symbol(s, program, &entry, NULL), SIM_OK);
    assert_int_equal(sim_symbol(s, "cores", &address, NULL), SIM_OK);
    assert_int_equal(sim_write(s, address, &cores, 4), SIM_OK);
    assert_int_equal(sim_symbol(s, "entry", &address, NULL), SIM_OK);
    for (uint32_t core = 0; core < CORES; core++)
        assert_int_equal(sim_write(s, address + 4 * core, &entry, 4), SIM_OK);
    return s;
}

/* The one that does a bit of everything. */
static inline sim *work_machine(void) {
    return program_machine("m_work", CORES, 1);
}

static inline sim_observer *observe(sim *s, const sim_observe_settings *settings) {
    sim_observer *o = sim_observe(s, settings);
    if (!o)
        fail_msg("%s", sim_message(s));
    return o;
}

static inline void run_to_exit(sim *s) {
    const sim_status status = sim_run(s, LIMIT);
    if (status != SIM_EXITED)
        fail_msg("status %d: %s", (int)status, sim_message(s));
}

#endif
