/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/deploy/schedule.h"
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* Text that may be longer than its room. */
typedef struct out {
    char *to;
    size_t room, used;
} out;

__attribute__((format(printf, 2, 3))) static void put(out *o, const char *format, ...) {
    va_list list;
    va_start(list, format);
    const bool fits = o->used < o->room;
    const int n = vsnprintf(fits ? o->to + o->used : NULL, fits ? o->room - o->used : 0, format, list);
    va_end(list);
    if (n > 0)
        o->used += (size_t)n;
}

/* Which step has the same problem and comes first. */
static uint32_t first_like(const train_schedule *s, uint32_t step) {
    char wanted[STEP_TEXT], text[STEP_TEXT];
    problem_write(&s->steps[step].problem, wanted, sizeof wanted);
    for (uint32_t i = 0; i < step; ++i) {
        problem_write(&s->steps[i].problem, text, sizeof text);
        if (strcmp(wanted, text) == 0)
            return i;
    }
    return step;
}

size_t schedule_layers(const net_model *net, const train_schedule *s, char *text, size_t room) {
    out o = {text, room, 0};
    put(&o, "# SPDX-License-Identifier: Apache-2.0\n# The steps of one training step of %s, made by trainlib deploy.\n",
        net->name);
    put(&o, "model %s\n", net->name);
    for (uint32_t i = 0; i < s->count; ++i) {
        char problem[STEP_TEXT];
        uint32_t times = 1;
        if (first_like(s, i) != i)
            continue;
        for (uint32_t j = i + 1; j < s->count; ++j)
            times += first_like(s, j) == i;
        problem_write(&s->steps[i].problem, problem, sizeof problem);
        /* "conv grad_x x=...": the pass has a key of its own in a list of layers. */
        const char *pass = strchr(problem, ' '), *sizes = pass ? strchr(pass + 1, ' ') : NULL;
        if (!pass)
            continue;
        put(&o, "layer %.30s_%u %.*s%s passes=%.*s", s->steps[i].name, i, (int)(pass - problem), problem,
            sizes ? sizes : "", (int)(sizes ? (size_t)(sizes - pass - 1) : strlen(pass + 1)), pass + 1);
        if (times > 1)
            put(&o, " times=%u", times);
        put(&o, "\n");
    }
    return o.used;
}

/* A colour's number on the circle, by what a buffer is. */
static int hue_of(buffer_kind kind) {
    static const int hues[] = {
        [BUFFER_INPUT] = 0,     [BUFFER_TARGET] = 0,          [BUFFER_NORMALISED] = 210, [BUFFER_VALUE] = 210,
        [BUFFER_GRADIENT] = 20, [BUFFER_PART] = 45,           [BUFFER_ARG] = 280,        [BUFFER_MEAN] = 300,
        [BUFFER_RSTD] = 320,    [BUFFER_PARAM_GRADIENT] = 140};
    return hues[kind];
}

/* Names in a picture: what XML would take for its own, or might be half a letter, is left out. */
static void put_name(out *o, const char *name) {
    for (; *name; ++name)
        put(o, "%c", *name == '<' || *name == '>' || *name == '&' || *name < ' ' || *name > '~' ? '_' : *name);
}

size_t schedule_picture(const net_model *net, const train_schedule *s, char *text, size_t room) {
    static const int LEFT = 70, TOP = 40, WIDE = 1000, HIGH = 480, BELOW = 60;
    out o = {text, room, 0};
    const double x = s->count ? (double)WIDE / s->count : WIDE,
                 y = (double)HIGH / (s->arena_bytes ? s->arena_bytes : 1);
    put(&o,
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" font-family=\"sans-serif\" "
        "font-size=\"11\">\n<rect width=\"100%%\" height=\"100%%\" fill=\"white\"/>\n",
        LEFT + WIDE + 20, TOP + HIGH + BELOW);
    put(&o,
        "<text x=\"%d\" y=\"20\" font-size=\"14\">%s: %u bytes of arena, %u alive at once at most; steps from left "
        "to right</text>\n",
        LEFT, net->name, s->arena_bytes, s->lower_bound);
    for (uint32_t i = 0; i < s->buffer_count; ++i) {
        const schedule_buffer *b = &s->buffers[i];
        char name[80];
        if (!b->placed)
            continue;
        schedule_buffer_name(net, s, i, name, sizeof name);
        const double left = LEFT + b->first * x, wide = (b->last - b->first + 1) * x, high = b->bytes * y;
        const double top = TOP + HIGH - (b->offset + b->bytes) * y;
        put(&o,
            "<rect x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\" fill=\"hsl(%d,60%%,75%%)\" stroke=\"#555\" "
            "stroke-width=\"0.5\"><title>",
            left, top, wide, high, hue_of(b->kind));
        put_name(&o, name);
        put(&o, ": %u bytes at %u, steps %u to %u</title></rect>\n", b->bytes, b->offset, b->first, b->last);
        if (high >= 11 && wide >= 7.0 * (double)strlen(name)) {
            put(&o, "<text x=\"%.1f\" y=\"%.1f\">", left + 3, top + high / 2 + 4);
            put_name(&o, name);
            put(&o, "</text>\n");
        }
    }
    for (int i = 0; i <= 4; ++i)
        put(&o, "<text x=\"%d\" y=\"%.1f\" text-anchor=\"end\">%.0f KiB</text>\n", LEFT - 6,
            TOP + HIGH * (4 - i) / 4.0 + 4, (double)s->arena_bytes * i / 4.0 / 1024);
    static const struct {
        const char *name;
        buffer_kind kind;
    } legend[] = {{"activations", BUFFER_VALUE},
                  {"their gradients", BUFFER_GRADIENT},
                  {"parts of sums", BUFFER_PART},
                  {"places of maxima", BUFFER_ARG},
                  {"gradients of parameters", BUFFER_PARAM_GRADIENT}};
    for (int i = 0; i < 5; ++i)
        put(&o,
            "<rect x=\"%d\" y=\"%d\" width=\"12\" height=\"12\" fill=\"hsl(%d,60%%,75%%)\"/><text x=\"%d\" y=\"%d\">%s"
            "</text>\n",
            LEFT + 200 * i, TOP + HIGH + 25, hue_of(legend[i].kind), LEFT + 200 * i + 18, TOP + HIGH + 35,
            legend[i].name);
    put(&o, "</svg>\n");
    return o.used;
}
