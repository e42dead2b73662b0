/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Lists of layers, from which the steps of a training step follow:
 *
 *     model resnet8
 *     layer conv2a conv x=1x32x32x16 o=16 k=3 pad=same epilogue=relu mask=relu update=sgd passes=forward,grad_w,grad_x
 *
 * Sizes are written as in problem.h. `epilogue` goes to forward, `mask` to grad_x (and step), `update` to grad_w (and
 * step). Passes: all that the op has, of linear_one forward and step, where none are named. "times=3": so many such
 * layers.
 */
#ifndef TL_PLAN_LAYERS_H
#define TL_PLAN_LAYERS_H

#include "tools/plan/lines.h"
#include "tools/plan/problem.h"

typedef struct layer_step {
    char layer[PLAN_NAME]; /* and the pass is the problem's */
    uint32_t times;
    step_problem problem;
} layer_step;

typedef struct layer_list {
    char model[PLAN_NAME];
    layer_step *steps; /* in the order of the file; layers' names are unique */
    uint32_t count;
} layer_list;

enum { LAYERS_MOST = 4096 }; /* steps of a list */

/* `file` is the name for sentences. False: error->text says what is wrong; nothing is left behind. */
bool layers_read(const char *text, size_t bytes, const char *file, layer_list *list, plan_error *error);
void layers_free(layer_list *list);

#endif
