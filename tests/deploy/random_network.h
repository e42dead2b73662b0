/* SPDX-License-Identifier: Apache-2.0 */
/* Networks of random models, and what of them trains: the same for the same numbers. */
#ifndef TL_TESTS_RANDOM_NETWORK_H
#define TL_TESTS_RANDOM_NETWORK_H

#include "tests/harness/draw.h"
#include "tools/deploy/network.h"

/* Model `number` of `seed`, norms folded, frozen or trained; all of it trains, or a part. Ends the program where that
 * fails. */
void random_network(uint32_t seed, uint32_t number, draw *d, net_model *net);

#endif
