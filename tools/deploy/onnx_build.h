/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Makes ONNX models: for the models in bench/models and for tests. Names and numbers are copied. Where memory is short
 * the model comes out NULL in the end, and nothing before that fails.
 */
#ifndef TL_DEPLOY_ONNX_BUILD_H
#define TL_DEPLOY_ONNX_BUILD_H

#include <stddef.h>
#include <stdint.h>

typedef struct onnx_build onnx_build;

onnx_build *onnx_build_begin(const char *name, int64_t opset);
/* A dimension of 0 is left open. */
void onnx_build_input(onnx_build *build, const char *name, uint32_t rank, const int64_t *dims);
void onnx_build_output(onnx_build *build, const char *name, uint32_t rank, const int64_t *dims);
void onnx_build_floats(onnx_build *build, const char *name, uint32_t rank, const int64_t *dims, const float *data);
void onnx_build_ints(onnx_build *build, const char *name, uint32_t count, const int64_t *data);
/* A node; inputs are names with spaces between ("-": left out), the output is one name. */
void onnx_build_node(onnx_build *build, const char *op, const char *name, const char *inputs, const char *output);
/* Attributes of the last node. */
void onnx_build_int(onnx_build *build, const char *name, int64_t value);
void onnx_build_float(onnx_build *build, const char *name, float value);
void onnx_build_string(onnx_build *build, const char *name, const char *value);
void onnx_build_int_list(onnx_build *build, const char *name, uint32_t count, const int64_t *values);
/* The model's file, to be freed, and the end of the builder. */
void *onnx_build_end(onnx_build *build, size_t *bytes);

#endif
