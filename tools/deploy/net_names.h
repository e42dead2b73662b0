/* SPDX-License-Identifier: Apache-2.0 */
/* Names that C takes: allocated, NULL where there is no memory. */
#ifndef TL_DEPLOY_NET_NAMES_H
#define TL_DEPLOY_NET_NAMES_H

#include "tools/deploy/network.h"

/* Letters, digits and _, not beginning with a digit, shorter than PLAN_NAME. */
char *net_c_name(const char *name);
/* The same, and different from all layers' names, whatever their case. */
char *net_unique_name(const net_model *network, const char *name);

#endif
