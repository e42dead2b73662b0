/* SPDX-License-Identifier: Apache-2.0 */
/* Which function each instruction slot belongs to: from the symbols, and from calls where there are none. */
#ifndef TL_SIM_FUNCTION_MAP_H
#define TL_SIM_FUNCTION_MAP_H

#include "tools/sim/state.h"

typedef struct sim_function {
    const char *name;
    uint32_t address, bytes;
} sim_function;

typedef struct sim_function_map {
    uint32_t slots;     /* those that the program's code can be in; one more stands for all others */
    uint16_t *of_slot;  /* [slots + 1] index of list */
    sim_function *list; /* [0]: what is not known */
    uint32_t count;
    char *names; /* of those without symbol */
} sim_function_map;

/* Returns 0 when out of memory; then there is nothing to free. */
int sim_function_map_make(const sim *s, sim_function_map *map);
void sim_function_map_free(sim_function_map *map);

static inline uint32_t sim_slot(const sim *s, const sim_function_map *map, const sim_op *op) {
    uint32_t slot = (uint32_t)(op - s->ops);
    return slot < map->slots ? slot : map->slots;
}

/* The instruction at pc, 16-bit ones expanded; its bytes, 0 where there is none. */
uint32_t sim_word_at(const sim *s, uint32_t pc, uint32_t *word);

#endif
