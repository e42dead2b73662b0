/* SPDX-License-Identifier: Apache-2.0 */
#include "src/kernel/mm.h"
#include "tools/deploy/project_text.h"
#include <stdio.h>
#include <string.h>

static void put_conv(const char *name, const tl_conv *c, project_text *t) {
    put(t,
        "static const tl_conv %s_sizes = {.n = %u, .h = %u, .w = %u, .c = %u, .o = %u, .kh = %u, .kw = %u, .stride_h = "
        "%u, .stride_w = %u, .top = %u, .left = %u, .bottom = %u, .right = %u, .dilation_h = %u, .dilation_w = %u, "
        ".groups = %u};\n",
        name, c->n, c->h, c->w, c->c, c->o, c->kh, c->kw, c->stride_h, c->stride_w, c->top, c->left, c->bottom,
        c->right, c->dilation_h, c->dilation_w, c->groups);
}

static void put_depthwise(const char *name, const tl_depthwise *d, project_text *t) {
    put(t,
        "static const tl_depthwise %s_sizes = {.n = %u, .h = %u, .w = %u, .c = %u, .kh = %u, .kw = %u, .stride_h = %u, "
        ".stride_w = %u, .top = %u, .left = %u, .bottom = %u, .right = %u};\n",
        name, d->n, d->h, d->w, d->c, d->kh, d->kw, d->stride_h, d->stride_w, d->top, d->left, d->bottom, d->right);
}

static void put_pool(const char *name, const tl_pool *d, project_text *t) {
    put(t,
        "static const tl_pool %s_sizes = {.n = %u, .h = %u, .w = %u, .c = %u, .kh = %u, .kw = %u, .stride_h = %u, "
        ".stride_w = %u, .top = %u, .left = %u, .bottom = %u, .right = %u};\n",
        name, d->n, d->h, d->w, d->c, d->kh, d->kw, d->stride_h, d->stride_w, d->top, d->left, d->bottom, d->right);
}

static void put_sizes(const net_layer *layer, project_text *t) {
    const step_problem *p = &layer->problem;
    switch (p->op) {
    case STEP_CONV:
        put_conv(layer->name, &p->size.conv, t);
        break;
    case STEP_DEPTHWISE:
        put_depthwise(layer->name, &p->size.depthwise, t);
        break;
    case STEP_LINEAR:
    case STEP_LINEAR_ONE:
        put(t, "static const tl_linear %s_sizes = {.n = %u, .k = %u, .o = %u};\n", layer->name, p->size.linear.n,
            p->size.linear.k, p->size.linear.o);
        break;
    case STEP_MAX_POOL:
    case STEP_AVG_POOL:
    case STEP_AVG_POOL_PADDED:
        put_pool(layer->name, &p->size.pool, t);
        break;
    case STEP_GLOBAL_POOL:
        put(t, "static const tl_global_pool %s_sizes = {.n = %u, .h = %u, .w = %u, .c = %u};\n", layer->name,
            p->size.global_pool.n, p->size.global_pool.h, p->size.global_pool.w, p->size.global_pool.c);
        break;
    case STEP_BATCH_NORM:
    case STEP_BATCH_NORM_FROZEN:
        put(t,
            "static const tl_batch_norm %s_sizes = {.n = %u, .h = %u, .w = %u, .c = %u, .eps = %af, .momentum = %af, "
            ".correction = %u};\n",
            layer->name, p->size.norm.n, p->size.norm.h, p->size.norm.w, p->size.norm.c, (double)p->size.norm.eps,
            (double)p->size.norm.momentum, p->size.norm.correction);
        break;
    case STEP_LEAKY_RELU:
        put(t, "static const tl_leaky_relu %s_sizes = {.alpha = %af};\n", layer->name, (double)layer->alpha);
        break;
    default:
        break;
    }
}

/* The kernel made for these strides, or one of the library's. */
static void name_kernel(const project *p, const tl_mm_plan *plan, char *to, size_t room) {
    const uint32_t number = step_kernel_number(plan->kernel);
    for (uint32_t i = 0; i < p->kernel_count; ++i) {
        if (p->kernels[i].number == number &&
            memcmp(&p->kernels[i].strides, &plan->strides, sizeof plan->strides) == 0) {
            project_kernel_name(p, &p->kernels[i], to, room);
            return;
        }
    }
    snprintf(to, room, "%s", tl_mm_numbered(number)->name);
}

static void put_plan(const project *p, uint32_t step, project_text *t) {
    const step_plan *plan = &p->s->steps[step].plan;
    char kernel[96];
    switch (plan->kind) {
    case STEP_PLAN_NONE:
        return;
    case STEP_PLAN_MM:
        name_kernel(p, &plan->of.mm, kernel, sizeof kernel);
        put(t,
            "static const tl_mm_plan plan_%u = {.kernel = %s, .block_m = %u, .block_n = %u, .slices = %u, .buffers = "
            "%u, "
            ".by_columns = %u, .padded = %u, .rows = %u, .cols = %u, .o = %u, .c = %u, .strides = {%d, %d, %d, %d}};\n",
            step, kernel, plan->of.mm.block_m, plan->of.mm.block_n, plan->of.mm.slices, plan->of.mm.buffers,
            plan->of.mm.by_columns, plan->of.mm.padded, plan->of.mm.rows, plan->of.mm.cols, plan->of.mm.o,
            plan->of.mm.c, plan->of.mm.strides.a_m, plan->of.mm.strides.a_k, plan->of.mm.strides.b_n,
            plan->of.mm.strides.b_k);
        return;
    case STEP_PLAN_PLANES:
        put(t, "static const tl_planes_plan plan_%u = {.rows = %u, .c = %u, .slices = %u, .buffers = %u};\n", step,
            plan->of.planes.rows, plan->of.planes.c, plan->of.planes.slices, plan->of.planes.buffers);
        return;
    case STEP_PLAN_WINDOW:
        put(t, "static const tl_window_plan plan_%u = {.rows = %u};\n", step, plan->of.window.rows);
        return;
    case STEP_PLAN_CHANNELS:
        put(t, "static const tl_channels_plan plan_%u = {.pixels = %u, .slices = %u, .buffers = %u};\n", step,
            plan->of.channels.pixels, plan->of.channels.slices, plan->of.channels.buffers);
        return;
    case STEP_PLAN_STREAM:
        put(t, "static const tl_stream_plan plan_%u = {.rows = %u, .cols = %u, .states = %u};\n", step,
            plan->of.stream.rows, plan->of.stream.cols, plan->of.stream.states);
        return;
    case STEP_PLAN_MAP:
        put(t, "static const tl_map_plan plan_%u = {.elements = %u};\n", step, plan->of.map.elements);
        return;
    }
}

void project_put_constants(const project *p, project_text *t) {
    put(t, "/* Sizes of the layers. */\n");
    for (uint32_t i = 0; i < p->net->layer_count; ++i)
        put_sizes(&p->net->layers[i], t);
    if (p->s->options.loss == NET_CROSS_ENTROPY) {
        const net_value *out = &p->net->values[p->net->output];
        put(t, "static const tl_rows rows = {.n = %u, .classes = %u};\n", out->n, out->h * out->w * out->c);
    }
    put(t, "\n/* How each step runs. */\n");
    for (uint32_t i = 0; i < p->s->count; ++i)
        put_plan(p, i, t);
}

static const char *pass_name(const schedule_step *s) {
    if (s->part == PART_LOSS)
        return "both";
    if (s->part == PART_UPDATE)
        return "update";
    if (s->part == PART_BACKWARD && s->problem.pass == STEP_FORWARD)
        return s->layer == NET_NONE ? "sum" : "again";
    return step_pass_names[s->problem.pass];
}

/* Layouts as the tools of the library know them: tl/project.h. */
static void put_tensor(const project *p, uint32_t number, project_text *t) {
    static const char *const layouts[] = {"TL_LAYOUT_VECTOR", "TL_LAYOUT_CONV", "TL_LAYOUT_DEPTHWISE",
                                          "TL_LAYOUT_LINEAR"};
    const net_param *param = &p->net->params[number];
    put(t, "    {.name = \"");
    for (const char *c = param->name; *c; ++c)
        put(t, *c == '"' || *c == '\\' ? "\\%c" : "%c", *c);
    put(t, "\", .offset = %u, .rank = %u, .dims = {%u, %u, %u, %u}, .image = {%u, %u, %u}, .layout = %s%s},\n",
        p->s->param_offset[number], param->rank, param->dims[0], param->dims[1], param->dims[2], param->dims[3],
        param->image[0], param->image[1], param->image[2], layouts[param->layout],
        param->transposed ? ", .transposed = 1" : "");
}

void project_put_tables(const project *p, project_text *t) {
    put(t, "static const tl_part parts[] = {\n");
    uint64_t macs = 0;
    for (uint32_t i = 0; i < p->s->count; ++i) {
        const schedule_step *s = &p->s->steps[i];
        put(t, "    {\"%s\", \"%s\", %llu},\n", s->name, pass_name(s),
            (unsigned long long)step_problem_macs(&s->problem));
        macs += s->part == PART_FORWARD ? step_problem_macs(&s->problem) : 0;
    }
    if (p->o->guard)
        put(t, "    {\"guard\", \"look\", 0},\n");
    put(t, "};\n\nstatic const tl_tensor tensors[] = {\n");
    uint32_t at = 0;
    for (uint32_t done = 0; done < p->net->param_count; ++done) {
        uint32_t next = NET_NONE;
        for (uint32_t i = 0; i < p->net->param_count; ++i) {
            if (p->s->param_offset[i] != NET_NONE && p->s->param_offset[i] >= at &&
                (next == NET_NONE || p->s->param_offset[i] < p->s->param_offset[next]))
                next = i;
        }
        if (next == NET_NONE)
            break;
        put_tensor(p, next, t);
        at = p->s->param_offset[next] + 1;
    }
    put(t, "};\n\nenum { INFER_MACS = %llu };\n", (unsigned long long)macs);
}

/* Two more places a core in the table of tapes. */
static uint32_t more_tapes(const train_schedule *s) {
    return s->options.accumulate > 1 ? 0x200 : 0;
}

/*
 * What is left of L2; a kibibyte is for the rest of the context. 0 where it may not hold the tapes. A program whose
 * steps are played has smaller stacks.
 */
project_room project_share_out(const train_schedule *s) {
    /* What stands in L2 beside: a few words, and the calls of more steps than code_bytes is meant for. */
    enum { BESIDE = 0x600, STEPS = 100, CALL = 0x100 };
    const uint64_t calls = s->count > STEPS ? (s->count - STEPS) * CALL : 0;
    const uint64_t l2 = s->options.l2_bytes, used = s->total_bytes + BESIDE + more_tapes(s) + calls,
                   room = used < l2 ? l2 - used : 0;
    const uint64_t whole = (uint64_t)s->count * s->batch * PROJECT_TAPE_STEP, less = schedule_short_tapes(s);
    if (room >= whole)
        return (project_room){TAPES_WHOLE, (uint32_t)whole, (uint32_t)(room - whole)};
    if (room >= less)
        return (project_room){TAPES_SHORT, (uint32_t)less, (uint32_t)(room - less)};
    return (project_room){TAPES_NONE, 0, (uint32_t)room};
}

/* All that is left, but for some of what tapes do not need: another compiler's code may be larger. */
static uint32_t tape_bytes(const project *p) {
    enum { MARGIN = 0x1000 };
    const uint64_t used = (uint64_t)p->s->total_bytes + p->o->code_bytes + p->kernel_count * PROJECT_KERNEL_BYTES +
                          1024 + more_tapes(p->s);
    const uint32_t left = used < p->o->l2_bytes ? (uint32_t)(p->o->l2_bytes - used) : 0;
    const uint32_t least = p->o->room.tape_bytes, more = left > least ? left - least : 0;
    return p->o->room.tapes == TAPES_NONE ? 0 : (left - (more < MARGIN ? more : MARGIN)) & ~7u;
}

void project_put_header(const project *p, project_text *t) {
    const char *prefix = p->o->prefix;
    const net_value *in = &p->net->values[p->net->input];
    put_template(t, "/* SPDX-License-Identifier: Apache-2.0 */\n/* The network @", prefix);
    put(t, ", made by trainlib deploy from %s: %u steps, batch %u. */\n", p->o->model, p->s->count, in->n);
    put_template(t, "#ifndef $_H\n#define $_H\n\n#include \"tl/optim.h\"\n#include \"tl/project.h\"\n\nenum {\n",
                 prefix);
    put_template(t, "    $_BATCH = ", prefix);
    put(t, "%u, /* samples of a step */\n", in->n);
    put_template(t, "    $_GATHERED = ", prefix);
    put(t, "%u, /* steps whose gradients are gathered before parameters change */\n", p->s->options.accumulate);
    put_template(t, "    $_INPUTS = ", prefix);
    put(t, "%u, /* %u x %u x %u x %u */\n", net_value_elements(in), in->n, in->h, in->w, in->c);
    put_template(t, "    $_OUTPUTS = ", prefix);
    put(t, "%u, /* of a sample */\n", net_value_elements(&p->net->values[p->net->output]) / in->n);
    put_template(t, "    $_PARAMS = ", prefix);
    put(t, "%u, /* those that train first */\n", p->s->param_floats);
    put_template(t, "    $_TRAINED = ", prefix);
    put(t, "%u,\n", p->s->trained_floats);
    put_template(t, "    $_STATES = ", prefix);
    put(t, "%u, /* arrays of the optimiser */\n", p->s->states);
    put_template(t, "    $_ARENA = ", prefix);
    put(t, "%u, /* bytes of activations and gradients: at most %u are alive at once */\n", p->s->arena_bytes,
        p->s->lower_bound);
    put_template(t, "    $_TAPES = ", prefix);
    put(t, "%u, /* bytes for the step's tapes on the cluster, what nothing else needs of L2; 0: steps are called */\n",
        tape_bytes(p));
    put_template(t, "    $_SHORT = ", prefix);
    put(t, "%d, /* whether they hold only what differs from call to call */\n", p->o->room.tapes == TAPES_SHORT);
    put_template(t, "    $_L2 = ", prefix);
    put(t, "%u, /* bytes of L2 for code and data */\n", p->o->l2_bytes);
    put_template(t, "    $_MOST_CORES = 64\n};\n\n", prefix);
    project_put_guard_type(p, t);
    put_lines(t,
              "typedef struct @_tape {\n    const void *forward, *loss, *backward;\n"
              "?A    const void *clear, *update;\n"
              "} @_tape;\n\n"
              "/* All of the network's memory. Zeros and the parameters, before the first step. */\n"
              "typedef struct @_net {\n    float params[$_PARAMS];\n",
              p);
    if (p->s->states > 0)
        put_template(t, "    float state[$_STATES][$_TRAINED];\n", prefix);
    if (p->o->target_given)
        put(t, "    float target[%u]; /* of the outputs; written by the caller before a step */\n",
            net_value_elements(&p->net->values[p->net->output]));
    put_lines(t,
              "    _Alignas(8) char arena[$_ARENA];\n"
              "    uint32_t label[$_BATCH]; /* above batch 1: written by the caller before a step */\n"
              "    float loss;\n    uint32_t predicted[$_BATCH];\n"
              "    tl_sgd sgd;\n    tl_adam adam_settings;\n    tl_adam_state adam;\n"
              "#ifdef TL_PULP\n    _Alignas(8) char tapes[$_TAPES + 8];\n    uint32_t tape_used;\n#endif\n"
              "    @_tape tape[$_MOST_CORES];\n    tl_shared *shared;\n    const float *x;\n    uint32_t cores;\n"
              "?A    uint32_t gathered; /* steps since parameters changed */\n",
              p);
    project_put_guard_memory(p, t);
    project_put_normalised_memory(p, t);
    project_put_clip_memory(p, t);
    put_template(t, "} @_net;\n\nextern const tl_project @_project;\n\n#endif\n", prefix);
}

static void put_part(const project *p, const char *name, schedule_part from, schedule_part to, project_text *t) {
    put(t, "static void %s(const tl_team *team, ", name);
    put_template(t, "@_net *net, const float *x) {\n    (void)x;\n", p->o->prefix);
    if (to == PART_UPDATE && p->s->options.clip > 0) {
        if (from < PART_UPDATE)
            project_put_calls(p, from, PART_BACKWARD, t);
        put(t, "    clip(team, net);\n");
        from = PART_UPDATE;
    }
    project_put_calls(p, from, to, t);
    if (to == PART_UPDATE && p->o->guard)
        project_put_look(p, t);
    put(t, "}\n\n");
}

/* The buffer that holds what the loss sees. */
static uint32_t output_of(const project *p) {
    for (uint32_t i = 0; i < p->s->count; ++i) {
        if (p->s->steps[i].part == PART_LOSS)
            return p->s->steps[i].x.number;
    }
    return 0;
}

/* Zeros in the place of gathered gradients. */
static void put_clear(const project *p, project_text *t) {
    const schedule_buffer *b = p->s->buffers;
    while (b->kind != BUFFER_PARAM_GRADIENT || b->of != 0)
        ++b;
    put(t, "static void zero(const tl_map_share *share) {\n    for (uint32_t i = 0; i < share->n; ++i)\n"
           "        share->data[0][i] = 0.0f;\n}\n\n");
    put_template(t, "static void clear(const tl_team *team, @_net *net, const float *x) {\n    (void)x;\n",
                 p->o->prefix);
    put(t,
        "    tl_map_run(team, &(tl_map_plan){0}, %u, &(tl_map){.slot = {{.out = floats(net, %u)}}, .slots = 1, .kernel "
        "= "
        "zero});\n}\n\n",
        b->bytes / 4, b->offset);
}

/*
 * The sums of so many steps' gradients are that many times those of their mean; what is divided is the rate, once, and
 * not each gradient: the momentum, which is larger by the same factor, and what Adam keeps have no other effect then.
 */
static void put_settings(const project *p, project_text *t) {
    const double n = p->s->options.accumulate;
    char divided[24] = "";
    if (n > 1)
        snprintf(divided, sizeof divided, " / %.1ff", n);
    if (p->s->options.optimizer == STEP_ADAM)
        put(t,
            "    net->adam_settings = (tl_adam){.rate = options->rate, .beta1 = %af, .beta2 = %af, .epsilon = %af, "
            ".decay = %af};\n",
            (double)p->o->beta1, (double)p->o->beta2, n * (double)p->o->epsilon, (double)p->o->decay);
    else
        put(t, "    net->sgd = (tl_sgd){.rate = options->rate%s, .momentum = %s, .decay = %af};\n", divided,
            p->s->states > 0 ? "options->momentum" : "0.0f", n * (double)p->o->decay);
}

void project_put_source(const project *p, project_text *t) {
    const bool gathers = p->s->options.accumulate > 1;
    const bool adam = p->s->options.optimizer == STEP_ADAM;
    put_lines(
        t,
        "/* SPDX-License-Identifier: Apache-2.0 */\n"
        "/* The training step of @. Written by trainlib deploy: clang-format has not been here. */\n"
        "#include \"@.h\"\n#include \"src/hal/hal.h\"\n#include \"src/kernel/mm.h\"\n#include \"tl/act.h\"\n"
        "#include \"tl/add.h\"\n#include \"tl/avg_pool.h\"\n#include \"tl/batch_norm.h\"\n#include \"tl/conv.h\"\n"
        "#include \"tl/depthwise.h\"\n#include \"tl/global_pool.h\"\n#include \"tl/linear.h\"\n"
        "#include \"tl/linear_one.h\"\n#include \"tl/loss.h\"\n#include \"tl/pool.h\"\n#include \"tl/sink.h\"\n"
        "?C#include \"src/base/math.h\"\n?C#include \"src/tile/tile_map.h\"\n?C#include \"src/tile/tile_rows.h\"\n"
        "?G#include \"src/base/math.h\"\n?G#include \"src/tile/share.h\"\n?G#include "
        "\"src/tile/tile_map.h\"\n?A#include \"src/tile/tile_map.h\"\n?N#include \"src/tile/share.h\"\n?N#include "
        "\"src/tile/tile_map.h\"\n#include "
        "<stddef.h>\n\n",
        p);
    for (uint32_t i = 0; i < p->kernel_count; ++i) {
        char name[96];
        project_kernel_name(p, &p->kernels[i], name, sizeof name);
        put(t, "#ifdef TL_PULP\nvoid %s(const tl_mm *problem);\n#else\n", name);
        put(t, "static void %s(const tl_mm *problem) {\n    %s(problem);\n}\n#endif\n", name,
            tl_mm_numbered(p->kernels[i].number)->name);
    }
    project_put_constants(p, t);
    put_template(t,
                 "\nstatic float *floats(@_net *net, uint32_t offset) {\n"
                 "    return (float *)(void *)(net->arena + offset);\n}\n\n",
                 p->o->prefix);
    for (uint32_t i = 0; i < p->net->layer_count; ++i) {
        if (p->net->layers[i].problem.op == STEP_MAX_POOL) {
            put_template(t,
                         "static uint8_t *bytes(@_net *net, uint32_t offset) {\n"
                         "    return (uint8_t *)(void *)(net->arena + offset);\n}\n\n",
                         p->o->prefix);
            break;
        }
    }
    project_put_guard(p, t);
    project_put_normalise(p, t);
    project_put_clip(p, t);
    put_part(p, "forward", PART_FORWARD, PART_FORWARD, t);
    put_part(p, "loss", PART_LOSS, PART_LOSS, t);
    put_part(p, "backward", PART_BACKWARD, gathers ? PART_BACKWARD : PART_UPDATE, t);
    if (gathers) {
        put_clear(p, t);
        put_part(p, "update", PART_UPDATE, PART_UPDATE, t);
    }
    put_template(t, "enum { LAST_MARK = ", p->o->prefix);
    put(t, "%u, LOGITS = %u, LABELS = %d, TARGET = %s };\n\n", p->s->count + p->o->guard,
        p->s->buffers[output_of(p)].offset, p->s->options.loss == NET_CROSS_ENTROPY,
        p->s->options.loss == NET_CROSS_ENTROPY ? "TL_TARGET_LABEL"
        : p->o->target_given                    ? "TL_TARGET_GIVEN"
                                                : "TL_TARGET_INPUT");
    put_lines(t, project_step_taped, p);
    put(t, "/* The settings of this step. */\nstatic void set(");
    put_template(t, "@_net *net, const tl_step_options *options) {\n", p->o->prefix);
    put_settings(p, t);
    put_template(t, "}\n\nstatic void begin_update(const tl_team *team, @_net *net) {\n", p->o->prefix);
    put(t, adam ? "    tl_adam_begin_f32(team, &net->adam_settings, &net->adam);\n}\n\n"
                : "    (void)team;\n    (void)net;\n}\n\n");
    put_lines(t, project_step_called, p);
    put(t, p->s->states > 0 ? "    for (uint32_t i = team->id; i < sizeof net->state / sizeof(float); i += team->n)\n"
                              "        (&net->state[0][0])[i] = 0.0f;\n"
                            : "    (void)team;\n");
    put(t, "    if (team->id == 0)\n        net->adam = (tl_adam_state){0};\n");
    put_lines(t, "?A    if (team->id == 0)\n?A        net->gathered = 0;\n}\n\n", p);
    project_put_tables(p, t);
    put_template(t, project_ends, p->o->prefix);
}
