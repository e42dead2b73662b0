/* SPDX-License-Identifier: Apache-2.0 */
/* The keys of machine files. Private to machine_settings.c and machine_file.c. */
#ifndef TL_SIM_MACHINE_KEYS_H
#define TL_SIM_MACHINE_KEYS_H

#include "tools/sim/state.h"

typedef enum sim_key_kind {
    KIND_NUMBER,
    KIND_BYTES, /* written with K and M */
    KIND_POWER, /* a power of two, likewise */
    KIND_UNITS, /* a number, or "private": one a core */
    KIND_SWITCH,
    KIND_DOT
} sim_key_kind;

typedef struct sim_key {
    const char *name;
    sim_key_kind kind;
    size_t at;
    uint32_t low, high;
    const char *help;
} sim_key;

enum {
    SIM_KEYS = 21,
    SIM_KEY_MACHINE = SIM_KEYS, /* a file's own keys */
    SIM_KEY_NAME,
    SIM_ALL_KEYS,
    SIM_PRIVATE = UINT32_MAX >> 1 /* a number of units that is to become the cores' */
};

extern const sim_key sim_keys[SIM_KEYS];
#define SIM_KEY_AT(field) offsetof(sim_machine, field)

const char *sim_key_name(unsigned key);
uint32_t *sim_key_field(sim_machine *m, unsigned key);
int sim_key_in_range(unsigned key, uint32_t value);
/* What values a key takes. */
const char *sim_key_wanted(unsigned key, char text[96]);

#endif
