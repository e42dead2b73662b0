/* SPDX-License-Identifier: Apache-2.0 */
/* Tensors of the file format. */
#ifndef TL_DEPLOY_GRAPH_TENSOR_H
#define TL_DEPLOY_GRAPH_TENSOR_H

#include "tools/deploy/graph.h"
#include <onnx.pb-c.h>

/* GRAPH_OTHER: none that we compute with. */
graph_type graph_type_of(int32_t number);

/*
 * Shape and data; the name is the caller's affair. External data is looked for in `folder`. False: `why` holds a
 * clause, "its ..."; what was allocated is freed with the tensor.
 */
bool graph_tensor_read(const Onnx__Tensor *from, const char *folder, graph_tensor *to, char *why, size_t room);

#endif
