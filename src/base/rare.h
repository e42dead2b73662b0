/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TL_BASE_RARE_H
#define TL_BASE_RARE_H

/* Code that most calls do without, kept out of the cache lines and off the stack of that which they need. */
#define TL_RARE __attribute__((noinline))

#endif
