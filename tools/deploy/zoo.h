/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The models of the MLPerf Tiny benchmarks, and the one of examples/adapt, as ONNX files, batch norms folded, with
 * fresh weights: He's uniform distribution, sqrt(6 / inputs) to each side; biases 0. The same seed gives the same file.
 */
#ifndef TL_DEPLOY_ZOO_H
#define TL_DEPLOY_ZOO_H

#include <stddef.h>
#include <stdint.h>

struct zoo;

typedef struct zoo_model {
    const char *name, *summary;
    void (*build)(struct zoo *zoo);
} zoo_model;

extern const zoo_model zoo_models[];
extern const uint32_t zoo_count;

/* The file, to be freed; NULL: no memory. */
void *zoo_make(const zoo_model *model, uint32_t seed, size_t *bytes);

#endif
