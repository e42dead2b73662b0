/* SPDX-License-Identifier: Apache-2.0 */
/* Writes a network's parameters back into the ONNX file that it came from. */
#ifndef TL_DEPLOY_ONNX_EXPORT_H
#define TL_DEPLOY_ONNX_EXPORT_H

#include "tools/deploy/network.h"

/*
 * A model's file, with the numbers that the network's parameters hold (in ONNX's layout) in the place
 * of those that stand there under the same names. Else it is the same model, but for these:
 *   - A batch norm that was folded goes: an Identity stands in its place, and where its layer had no bias, that layer
 *     has one now (of a MatMul: an Add in the batch norm's place).
 *   - A parameter that nodes computed (Constant, Transpose) is an initializer now, in the place of its node.
 *   - External data stand in the file itself.
 * `name` stands in sentences, `folder` is where external data are (NULL: nowhere). *file is to be freed. False:
 * error->text is a sentence.
 */
bool onnx_export(const void *from, size_t count, const char *name, const char *folder, const net_model *network,
                 void **file, size_t *bytes, plan_error *error);

#endif
