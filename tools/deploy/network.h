/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A model in the library's terms: layers in the order in which they run, values between them (HWC), parameters. What
 * ONNX says in several nodes (Conv, BatchNormalization, Add, Relu; MatMul, Add) is one layer here.
 */
#ifndef TL_DEPLOY_NETWORK_H
#define TL_DEPLOY_NETWORK_H

#include "tools/plan/lines.h"
#include "tools/plan/problem.h"

#define NET_NONE UINT32_MAX

/* What goes from layer to layer: [n][h][w][c] in memory; a vector of k numbers is 1 x 1 x k. */
typedef struct net_value {
    char *name; /* ONNX's, of the last tensor that it stands for (behind a fused ReLU: the ReLU's output) */
    uint32_t n, h, w, c;
    uint32_t layer;         /* that makes it; NET_NONE: the network's input */
    uint32_t rank, dims[4]; /* ONNX's shape: [n][c][h][w]; [n][c * h * w] where it is flattened; ... */
    bool channels_last;     /* ONNX has it in our order: [n][h][w][c], or flattened from there */
    /* Where an activation is fused: the tensor in front of it, which the gradient belongs to. NULL: there is none. */
    char *before;
    uint32_t before_rank, before_dims[4];
} net_value;

/* Layouts of parameters: ONNX's and ours. */
typedef enum net_layout {
    NET_VECTOR,      /* [c], the same */
    NET_CONV_W,      /* [o][c][kh][kw]; [kh][o][kw][c] */
    NET_DEPTHWISE_W, /* [c][1][kh][kw]; [kh][kw][c] */
    NET_LINEAR_W     /* [o][k], or [k][o] where `transposed`; [o][h][w][c] behind an image, else [o][k] */
} net_layout;

typedef struct net_param {
    char *name; /* ONNX's initializer; of a bias that ONNX has not (made by folding): the layer's and ".bias" */
    net_layout layout;
    uint32_t rank, dims[4]; /* ONNX's */
    uint32_t image[3];      /* NET_LINEAR_W: h, w, c of the image that was flattened; zeros: none */
    bool transposed;
    bool trains;
    bool statistic; /* running mean or variance: changed by forward, by no optimiser */
    bool made;      /* no initializer of the file: made by folding */
    uint32_t elements;
    float *data; /* in ONNX's layout */
} net_param;

typedef struct net_layer {
    char *name;              /* the ONNX node's that gave it its kind, made fit for C: letters, digits, _ ; unique */
    step_problem problem;    /* of its forward pass: op, epilogue, sizes */
    uint32_t x, residual, y; /* values; residual (of add: its second summand) or NET_NONE */
    uint32_t w, b;           /* parameters: weights and bias; batch norm: gamma and beta. Or NET_NONE */
    uint32_t mean, var;      /* batch norm: running statistics */
    float alpha;             /* leaky_relu: the slope below 0 */
} net_layer;

typedef enum net_loss { NET_CROSS_ENTROPY, NET_MSE } net_loss;

typedef struct net_model {
    char *name; /* fit for C */
    net_value *values;
    uint32_t value_count;
    net_param *params;
    uint32_t param_count;
    net_layer *layers;
    uint32_t layer_count;
    uint32_t input, output; /* values; the output: what the loss sees (a softmax at the end is the loss's) */
    bool output_flat;       /* ONNX has the output, an image, as one row */
} net_model;

typedef enum net_norms { NET_FOLD, NET_FREEZE, NET_TRAIN } net_norms;

struct onnx_graph;

/*
 * Makes the network of a graph whose shapes are inferred (graph_infer): fuses, folds batch norms into convolutions or
 * keeps them, frozen or to be trained. False: error->text names every node that cannot be, with the reason, one
 * sentence a line. The graph is not needed any more.
 */
bool network_lower(const struct onnx_graph *graph, const char *name, net_norms norms, net_model *network,
                   plan_error *error);
void network_free(net_model *network);

/*
 * Which parameters train: "all"; "last:N", those of the last N layers that have any; "bias"; or names with * for any
 * letters, several with commas between. False: nothing is named so.
 */
bool network_train(net_model *network, const char *pattern, plan_error *error);

uint32_t net_value_elements(const net_value *value);
/* Elements of a parameter from ONNX's layout to ours, and back. */
void net_param_to_ours(const net_param *param, const float *onnx, float *ours);
void net_param_to_onnx(const net_param *param, const float *ours, float *onnx);
/* The same of a value (activation or its gradient). */
void net_value_to_onnx(const net_value *value, const float *ours, float *onnx);
void net_value_to_ours(const net_value *value, const float *onnx, float *ours);

#endif
