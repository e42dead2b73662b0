/* SPDX-License-Identifier: Apache-2.0 */
/* What exec.inc tells an observer, or the sanitizer alone, in the form that it is compiled in. Only it includes this.
 */
#ifndef TL_SIM_EXEC_OBSERVE_H
#define TL_SIM_EXEC_OBSERVE_H

#if defined SIM_OBSERVE || defined SIM_PROFILE
#include "tools/sim/observe.h"
#endif
#ifdef SIM_CHECK
#include "tools/sim/sanitize_state.h"
#endif

#ifdef SIM_OBSERVE
/* The instruction at op has been carried out. */
#define OBSERVE_INSN() (sim_observe_insn(s, c, op, c->seen > c->woken ? c->seen : c->woken, t), c->seen = t)
/* It sleeps, and may even be woken again. */
#define OBSERVE_SLEEP()                    (sim_observe_asleep(s, c, op), c->seen = c->sleep_from)
#define OBSERVE_FETCH(cycles)              (sim_observe_fetch(s, c, op, t, cycles), c->seen = t + (cycles))
#define OBSERVE_JUMP()                     sim_observe_jump(s, c, op, np, t)
#define OBSERVE_LOOP(loop)                 sim_observe_loop(s, c, op, loop)
#define OBSERVE_ACCESS(bytes, store, when) sim_observe_access(s, c, op, at, bytes, store, when)
#define OBSERVE_L1(bytes, store, when)     OBSERVE_ACCESS(bytes, store, when)
#elif defined SIM_PROFILE
#define OBSERVE_INSN()                     sim_profile_count(profile, s, c, op, t)
#define OBSERVE_SLEEP()                    sim_observe_asleep(s, c, op)
#define OBSERVE_FETCH(cycles)              (void)0
#define OBSERVE_JUMP()                     sim_profile_jump(profile, s, c, op, np, t)
#define OBSERVE_LOOP(loop)                 (void)0
#define OBSERVE_ACCESS(bytes, store, when) (void)0
#define OBSERVE_L1(bytes, store, when)     (profile->core[c->index].came[(when) & (SIM_STRETCH - 1)] = op)
#else
#define OBSERVE_INSN()        (void)0
#define OBSERVE_SLEEP()       (void)0
#define OBSERVE_FETCH(cycles) (void)0
#ifdef SIM_CHECK
#define OBSERVE_JUMP()                     sim_sanitize_jump(check, c, op, np)
#define OBSERVE_LOOP(loop)                 sim_sanitize_loop(check, c, op, loop)
#define OBSERVE_ACCESS(bytes, store, when) sim_observe_access(s, c, op, at, bytes, store, when)
/* Nearly always the core has done the same to this word before, within one clock of its own. */
#define OBSERVE_L1(bytes, store, when)                                                                                 \
    do {                                                                                                               \
        const san_word *word = &check->word[(at & s->l1_mask) >> 2];                                                   \
        const san_now *mine = &check->now[c->index];                                                                   \
        if (UNLIKELY((store) ? word->write != mine->id : word->read[c->index] != mine->clock))                         \
            sim_sanitize_access(check, c, op, TL_L1_BASE + (at & s->l1_mask), bytes, store);                           \
    } while (0)
#else
#define OBSERVE_JUMP()                     (void)0
#define OBSERVE_LOOP(loop)                 (void)0
#define OBSERVE_ACCESS(bytes, store, when) (void)0
#define OBSERVE_L1(bytes, store, when)     (void)0
#endif
#endif

#endif
