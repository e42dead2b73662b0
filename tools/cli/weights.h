/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Weight files: safetensors (8 bytes of header length, a JSON header, raw little-endian data), tensors under their
 * names in ONNX's layout. __metadata__ holds the project's name, a format version and the CRC-32 of the data.
 */
#ifndef TL_CLI_WEIGHTS_H
#define TL_CLI_WEIGHTS_H

#include "tl/project.h"
#include "tools/cli/error.h"
#include <stddef.h>

/* Replaces the file, or leaves the old one as it was. */
bool weights_save(const char *path, const tl_project *project, const float *params, cli_error *error);

/* Everything is checked: names, shapes, types, extent, CRC, finite numbers. `params` is untouched on failure. */
bool weights_load(const char *path, const tl_project *project, float *params, cli_error *error);

/* The same from memory; `path` is only named in the sentence. */
bool weights_parse(const char *path, const char *file, size_t bytes, const tl_project *project, float *params,
                   cli_error *error);

#endif
