/* SPDX-License-Identifier: Apache-2.0 */
/* Problems and plans as lines of text. */
#include "src/kernel/mm.h"
#include "tools/plan/fields.h"
#include "tools/plan/problem.h"
#include <stdio.h>
#include <string.h>

#define AT(type, member) offsetof(type, member)
#define IN(member)       ((uint16_t)offsetof(step_problem, size.member))

/* x=NxHxWxC of all that have an image: the first four members of their sizes. */
#define IMAGE(s)                                                                                                       \
    {.key = "x",                                                                                                       \
     .parts = 4,                                                                                                       \
     .bytes = 2,                                                                                                       \
     .offset = {IN(s.n), IN(s.h), IN(s.w), IN(s.c)},                                                                   \
     .least = 1,                                                                                                       \
     .fallback = FIELD_NEEDED}
#define WINDOW(s, width)                                                                                               \
    {.key = "k", .parts = 2, .bytes = width, .offset = {IN(s.kh), IN(s.kw)}, .least = 1, .fallback = FIELD_NEEDED}
#define STRIDE(s)                                                                                                      \
    {.key = "stride", .parts = 2, .bytes = 1, .offset = {IN(s.stride_h), IN(s.stride_w)}, .least = 1, .fallback = 1}
#define PADDING(s)                                                                                                     \
    {.key = "pad", .parts = 4, .bytes = 1, .offset = {IN(s.top), IN(s.left), IN(s.bottom), IN(s.right)}, .fallback = 0}
#define NUMBER(name, width, member, smallest, other)                                                                   \
    {.key = name, .parts = 1, .bytes = width, .offset = {member}, .least = smallest, .fallback = other}

static const plan_field conv_fields[] = {
    IMAGE(conv),
    NUMBER("o", 2, IN(conv.o), 1, FIELD_NEEDED),
    WINDOW(conv, 2),
    STRIDE(conv),
    PADDING(conv),
    {.key = "dilation", .parts = 2, .bytes = 1, .offset = {IN(conv.dilation_h), IN(conv.dilation_w)}, .least = 2},
    NUMBER("groups", 2, IN(conv.groups), 2, 0),
};
static const plan_field linear_fields[] = {
    NUMBER("n", 2, IN(linear.n), 1, 1),
    NUMBER("k", 2, IN(linear.k), 1, FIELD_NEEDED),
    NUMBER("o", 2, IN(linear.o), 1, FIELD_NEEDED),
};
static const plan_field depthwise_fields[] = {IMAGE(depthwise), WINDOW(depthwise, 2), STRIDE(depthwise),
                                              PADDING(depthwise)};
static const plan_field pool_fields[] = {IMAGE(pool), WINDOW(pool, 1), STRIDE(pool), PADDING(pool)};
static const plan_field global_pool_fields[] = {IMAGE(global_pool)};
static const plan_field norm_fields[] = {IMAGE(norm)};
static const plan_field rows_fields[] = {NUMBER("n", 2, IN(rows.n), 1, 1),
                                         NUMBER("classes", 2, IN(rows.classes), 1, FIELD_NEEDED)};
static const plan_field element_fields[] = {NUMBER("elements", 4, IN(elements), 1, FIELD_NEEDED)};

#define FIELDS(list) {list, sizeof(list) / sizeof((list)[0])}
static const plan_fields size_fields[STEP_OPS] = {
    [STEP_CONV] = FIELDS(conv_fields),
    [STEP_LINEAR] = FIELDS(linear_fields),
    [STEP_LINEAR_ONE] = FIELDS(linear_fields),
    [STEP_DEPTHWISE] = FIELDS(depthwise_fields),
    [STEP_MAX_POOL] = FIELDS(pool_fields),
    [STEP_AVG_POOL] = FIELDS(pool_fields),
    [STEP_AVG_POOL_PADDED] = FIELDS(pool_fields),
    [STEP_GLOBAL_POOL] = FIELDS(global_pool_fields),
    [STEP_BATCH_NORM] = FIELDS(norm_fields),
    [STEP_BATCH_NORM_FROZEN] = FIELDS(norm_fields),
    [STEP_RELU] = FIELDS(element_fields),
    [STEP_RELU6] = FIELDS(element_fields),
    [STEP_LEAKY_RELU] = FIELDS(element_fields),
    [STEP_SIGMOID] = FIELDS(element_fields),
    [STEP_TANH] = FIELDS(element_fields),
    [STEP_ADD] = FIELDS(element_fields),
    [STEP_CROSS_ENTROPY] = FIELDS(rows_fields),
    [STEP_MSE] = FIELDS(element_fields),
    [STEP_OPTIMISER] = FIELDS(element_fields),
};

/* What is fused: enums, held as their first four bytes here. */
typedef struct fused {
    uint32_t epilogue, mask, update;
} fused;
static const char *const epilogues[] = {"plain", "relu", "relu6", "add", "add_relu", NULL};
static const char *const masks[] = {"none", "relu", "relu6", NULL};
static const char *const updates[] = {"none", "sgd", "momentum", "adam", NULL};
static const plan_field fused_field[] = {
    {.key = "epilogue", .words = epilogues, .parts = 1, .bytes = 4, .offset = {AT(fused, epilogue)}},
    {.key = "mask", .words = masks, .parts = 1, .bytes = 4, .offset = {AT(fused, mask)}},
    {.key = "update", .words = updates, .parts = 1, .bytes = 4, .offset = {AT(fused, update)}},
};
static const plan_fields fused_fields = FIELDS(fused_field);

size_t problem_write(const step_problem *p, char *text, size_t room) {
    plan_text to = {text, room, 0};
    const fused f = {(uint32_t)p->epilogue, (uint32_t)p->mask, (uint32_t)p->update};
    text_add(&to, "%s %s", step_op_names[p->op], step_pass_names[p->pass]);
    fields_write(&size_fields[p->op], p, &to);
    fields_write(&fused_fields, &f, &to);
    return to.bytes;
}

/* TensorFlow's "same": as many places as strides fit, the odd row or column of zeros behind. */
static bool pad_same(uint32_t size, uint32_t kernel, uint32_t stride, uint8_t *before, uint8_t *behind) {
    const uint32_t reach = ((size + stride - 1) / stride - 1) * stride + kernel, pad = reach > size ? reach - size : 0;
    *before = (uint8_t)(pad / 2);
    *behind = (uint8_t)(pad - pad / 2);
    return pad - pad / 2 <= UINT8_MAX;
}

#define PAD_SAME(s)                                                                                                    \
    (pad_same((s).h, (s).kh, (s).stride_h, &(s).top, &(s).bottom) &&                                                   \
     pad_same((s).w, (s).kw, (s).stride_w, &(s).left, &(s).right))

static bool set_same(step_problem *p) {
    switch (p->op) {
    case STEP_CONV:
        return !p->size.conv.dilation_h && PAD_SAME(p->size.conv);
    case STEP_DEPTHWISE:
        return PAD_SAME(p->size.depthwise);
    case STEP_MAX_POOL:
    case STEP_AVG_POOL:
    case STEP_AVG_POOL_PADDED:
        return PAD_SAME(p->size.pool);
    default:
        return false;
    }
}

static bool starts_with_fused(const plan_word *word) {
    for (uint32_t i = 0; i < fused_fields.count; ++i) {
        const size_t n = strlen(fused_fields.field[i].key);
        if (word->bytes > n && word->at[n] == '=' && memcmp(word->at, fused_fields.field[i].key, n) == 0)
            return true;
    }
    return false;
}

bool problem_read(const char *text, step_problem *problem, char *why, size_t room) {
    step_problem p;
    fused f = {0};
    plan_word word;
    bool same = false;
    uint32_t seen = 0, fused_seen = 0;
    memset(&p, 0, sizeof p);
    if (!word_next(&text, &word))
        return snprintf(why, room, "a step is missing"), false;
    const uint32_t op = word_among(&word, step_op_names, STEP_OPS);
    if (op == STEP_OPS)
        return word_wrong(why, room, "unknown op", &word);
    if (!word_next(&text, &word))
        return snprintf(why, room, "a pass is missing"), false;
    const uint32_t pass = word_among(&word, step_pass_names, STEP_PASSES);
    if (pass == STEP_PASSES)
        return word_wrong(why, room, "unknown pass", &word);
    p.op = (step_op)op;
    p.pass = (step_pass)pass;
    fields_begin(&size_fields[op], &p);
    while (word_next(&text, &word)) {
        if (word_is(&word, "pad=same")) {
            if (same)
                return word_wrong(why, room, "given twice:", &word);
            same = true;
        } else if (!(starts_with_fused(&word) ? field_read(&fused_fields, &word, &f, &fused_seen, why, room)
                                              : field_read(&size_fields[op], &word, &p, &seen, why, room))) {
            return false;
        }
    }
    if (!fields_end(&size_fields[op], seen, why, room))
        return false;
    if (same && !set_same(&p))
        return snprintf(why, room, "pad=same is not for these sizes"), false;
    p.epilogue = (step_epilogue)f.epilogue;
    p.mask = (step_mask)f.mask;
    p.update = (step_update)f.update;
    if (p.op == STEP_BATCH_NORM || p.op == STEP_BATCH_NORM_FROZEN) {
        p.size.norm.eps = 1e-5f;
        p.size.norm.momentum = 0.9f;
    }
    if (p.op == STEP_LINEAR_ONE && p.size.linear.n != 1)
        return snprintf(why, room, "linear_one has n=1"), false;
    if (!step_problem_has_pass(&p, why, room))
        return false;
    *problem = p;
    return true;
}

/* ---- plans ---- */

#define OF(member) ((uint16_t)offsetof(step_plan, of.member))
static const char *const ways[] = {"rows", "columns", NULL};
static const plan_field mm_fields[] = {
    {.key = "tile",
     .parts = 4,
     .bytes = 2,
     .offset = {OF(mm.rows), OF(mm.cols), OF(mm.o), OF(mm.c)},
     .least = 1,
     .fallback = FIELD_NEEDED},
    {.key = "block",
     .parts = 2,
     .bytes = 1,
     .offset = {OF(mm.block_m), OF(mm.block_n)},
     .least = 1,
     .fallback = FIELD_NEEDED},
    NUMBER("slices", 1, OF(mm.slices), 1, 1),
    NUMBER("buffers", 1, OF(mm.buffers), 1, 1),
    {.key = "by", .words = ways, .parts = 1, .bytes = 1, .offset = {OF(mm.by_columns)}},
    NUMBER("padded", 1, OF(mm.padded), 0, 0),
    {.key = "strides",
     .parts = 4,
     .bytes = 2,
     .offset = {OF(mm.strides.a_m), OF(mm.strides.a_k), OF(mm.strides.b_n), OF(mm.strides.b_k)},
     .least = INT16_MIN},
};
static const plan_field planes_fields[] = {{.key = "tile",
                                            .parts = 2,
                                            .bytes = 2,
                                            .offset = {OF(planes.rows), OF(planes.c)},
                                            .least = 1,
                                            .fallback = FIELD_NEEDED},
                                           NUMBER("slices", 1, OF(planes.slices), 1, 1),
                                           NUMBER("buffers", 1, OF(planes.buffers), 1, 1)};
static const plan_field window_fields[] = {NUMBER("rows", 2, OF(window.rows), 1, FIELD_NEEDED)};
static const plan_field channels_fields[] = {NUMBER("pixels", 4, OF(channels.pixels), 1, FIELD_NEEDED),
                                             NUMBER("slices", 1, OF(channels.slices), 1, 1),
                                             NUMBER("buffers", 1, OF(channels.buffers), 1, 1)};
static const plan_field stream_fields[] = {NUMBER("rows", 2, OF(stream.rows), 1, FIELD_NEEDED),
                                           NUMBER("cols", 2, OF(stream.cols), 0, 0),
                                           NUMBER("states", 1, OF(stream.states), 0, 0)};
static const plan_field map_fields[] = {NUMBER("elements", 4, OF(map.elements), 0, FIELD_NEEDED)};

static const plan_fields plan_fields_of[] = {[STEP_PLAN_NONE] = {NULL, 0},
                                             [STEP_PLAN_MM] = FIELDS(mm_fields),
                                             [STEP_PLAN_PLANES] = FIELDS(planes_fields),
                                             [STEP_PLAN_WINDOW] = FIELDS(window_fields),
                                             [STEP_PLAN_CHANNELS] = FIELDS(channels_fields),
                                             [STEP_PLAN_STREAM] = FIELDS(stream_fields),
                                             [STEP_PLAN_MAP] = FIELDS(map_fields)};

size_t plan_write(const step_plan *plan, char *text, size_t room) {
    plan_text to = {text, room, 0};
    if (plan->kind == STEP_PLAN_NONE)
        text_add(&to, "none");
    if (plan->kind == STEP_PLAN_MM)
        text_add(&to, "kernel=%s", tl_mm_numbered(step_kernel_number(plan->of.mm.kernel))->name);
    fields_write(&plan_fields_of[plan->kind], plan, &to);
    return to.bytes;
}

static bool read_kernel(const plan_word *word, step_plan *plan, char *why, size_t room) {
    enum { KEY = sizeof "kernel=" - 1 };
    char name[64];
    const size_t n = word->bytes - KEY;
    if (n >= sizeof name || memchr(word->at, 0, word->bytes))
        return word_wrong(why, room, "unknown kernel in", word);
    memcpy(name, word->at + KEY, n);
    name[n] = 0;
    const uint32_t number = step_kernel_named(name);
    if (number >= tl_mm_count + tl_mm_fixed_count)
        return word_wrong(why, room, "this library has no kernel", &(plan_word){word->at + KEY, n});
    plan->of.mm.kernel = tl_mm_numbered(number)->run;
    return true;
}

bool plan_read(const char *text, step_plan_kind kind, step_plan *plan, char *why, size_t room) {
    step_plan p;
    plan_word word;
    uint32_t seen = 0;
    bool none = false;
    memset(&p, 0, sizeof p);
    p.kind = kind;
    fields_begin(&plan_fields_of[kind], &p);
    while (word_next(&text, &word)) {
        if (kind == STEP_PLAN_NONE && !none && word_is(&word, "none"))
            none = true;
        else if (kind == STEP_PLAN_MM && word.bytes > 7 && memcmp(word.at, "kernel=", 7) == 0) {
            if (p.of.mm.kernel)
                return snprintf(why, room, "given twice: 'kernel'"), false;
            if (!read_kernel(&word, &p, why, room))
                return false;
        } else if (!field_read(&plan_fields_of[kind], &word, &p, &seen, why, room)) {
            return false;
        }
    }
    if (kind == STEP_PLAN_MM && !p.of.mm.kernel)
        return snprintf(why, room, "kernel= is missing"), false;
    if (kind == STEP_PLAN_NONE && !none)
        return snprintf(why, room, "the plan is missing"), false;
    if (!fields_end(&plan_fields_of[kind], seen, why, room))
        return false;
    *plan = p;
    return true;
}
