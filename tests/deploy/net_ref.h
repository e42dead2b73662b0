/* SPDX-License-Identifier: Apache-2.0 */
/* A network's forward pass in double precision, by the references of tests/ref. */
#ifndef TL_TESTS_NET_REF_H
#define TL_TESTS_NET_REF_H

#include "tools/deploy/network.h"

/* The parameters by their numbers, in the library's layout. */
double **net_ref_params(const net_model *network);
/*
 * All values, by their numbers, in the library's layout. STEP_BATCH_NORM takes the batch's statistics if `batch` is
 * set, else the running ones, which stay as they are. Fails the test where sizes do not go together.
 */
double **net_ref_forward(const net_model *network, double *const *params, const double *input, bool batch);
/* So many lists, each allocated. */
void net_ref_free(uint32_t count, double **lists);
size_t net_ref_elements(const net_value *value);

#endif
