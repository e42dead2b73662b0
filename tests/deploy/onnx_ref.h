/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ONNX operators as plain loops in double precision, in ONNX's own layouts, to be read by eye: what a lowered network
 * is held against. Shapes are worked out anew; nothing that graph_infer found is used.
 */
#ifndef TL_TESTS_ONNX_REF_H
#define TL_TESTS_ONNX_REF_H

#include "tools/deploy/graph.h"

typedef struct onnx_ref_value {
    uint32_t rank;
    int64_t dims[GRAPH_RANK];
    size_t elements;
    double *data;
} onnx_ref_value;

/* The values of all tensors of a graph of one input, by their numbers. Fails the test at what it does not know. */
onnx_ref_value *onnx_ref_run(const onnx_graph *graph, const double *input);
void onnx_ref_free(const onnx_graph *graph, onnx_ref_value *values);

#endif
