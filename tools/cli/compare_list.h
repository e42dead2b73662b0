/* SPDX-License-Identifier: Apache-2.0 */
/* What of a training step can be compared: activations and gradients, by their names in ONNX. */
#ifndef TL_CLI_COMPARE_LIST_H
#define TL_CLI_COMPARE_LIST_H

#include "tools/cli/device.h"
#include "tools/deploy/schedule.h"

typedef enum compare_kind { COMPARE_LOSS, COMPARE_INPUT, COMPARE_VALUE, COMPARE_GRADIENT, COMPARE_PARAM } compare_kind;
extern const char *const compare_kind_names[];

/* One of them: where it stands in the context, and how it is to be turned into ONNX's order. */
typedef struct compare_item {
    compare_kind kind;
    const char *name; /* in ONNX; of a gradient: of the tensor or parameter that it belongs to */
    char file[96];    /* that it is dumped to */
    uint32_t rank, dims[4];
    uint32_t elements, offset; /* floats; bytes from the context's start; not of the loss */
    const net_value *value;
    const net_param *param;
    float *host, *guest; /* both in ONNX's order */
    uint32_t differ;     /* elements whose bits do */
    double worst;        /* largest difference, relative to the largest element */
} compare_item;

typedef struct compare_list {
    compare_item *items;
    uint32_t count;
} compare_list;

/* The schedule keeps everything (keep_all). False: no memory. */
bool compare_list_make(const net_model *network, const train_schedule *schedule, compare_list *list);
void compare_list_free(compare_list *list);
/* Behind a step on x: takes all items from the device, as the host's or the guest's. */
bool compare_list_read(compare_list *list, device *from, const float *x, float loss, bool guest, cli_error *error);
/* Fills in what differs. Returns the number of items that do. */
uint32_t compare_list_check(compare_list *list);

#endif
