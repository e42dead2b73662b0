/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a network has learnt, kept somewhere and brought back, by a program of your own: flash, a file, a radio. The
 * parameters, the optimiser's arrays and its counts, piece by piece through a callback, so that no memory is needed for
 * a copy. `trainlib export --weights` reads it, too.
 *
 * As it is saved, words little-endian: "TLSAVE1\0", kept_bytes, counts_bytes, params (as in tl_project), a CRC-32 of
 * its name; what is kept, the counts; a CRC-32 of all that.
 *
 * One core calls these while the others wait.
 */
#ifndef TL_SAVE_H
#define TL_SAVE_H

#include "tl/project.h"
#include <stdbool.h>

enum { TL_SAVE_HEAD = 24 }; /* bytes in front of the parameters */

/* Takes `count` bytes, the next ones; false: it could not. */
typedef bool tl_save_write(void *user, const void *bytes, uint32_t count);
/* Gives `count` bytes, the next ones; false: there are none. */
typedef bool tl_save_read(void *user, void *bytes, uint32_t count);

/* Bytes that are written in all. */
uint32_t tl_save_bytes(const tl_project *project);

/* TL_BAD_REQUEST: `write` could not. */
tl_status tl_save(const tl_project *project, const void *context, tl_save_write *write, void *user);

/* Reads all of it and changes nothing. TL_BAD_REQUEST: it is cut off, was damaged, or belongs to another network. */
tl_status tl_save_check(const tl_project *project, tl_save_read *read, void *user);

/*
 * Brings it back. TL_BAD_REQUEST: as above; where that is seen at the end only, by the CRC, the context is spoilt, so
 * check first what may be damaged.
 */
tl_status tl_save_restore(const tl_project *project, void *context, tl_save_read *read, void *user);

#endif
