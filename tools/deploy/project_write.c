/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/deploy/project_write.h"
#include "tools/deploy/project_text.h"
#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool make_room(project_text *t, size_t more) {
    if (t->used + more + 1 <= t->room)
        return !t->failed;
    const size_t room = 2 * (t->used + more + 1);
    char *text = t->failed ? NULL : realloc(t->text, room);
    if (!text) {
        t->failed = true;
        return false;
    }
    t->text = text;
    t->room = room;
    return true;
}

void put(project_text *t, const char *format, ...) {
    va_list list, again;
    va_start(list, format);
    va_copy(again, list);
    const int n = vsnprintf(NULL, 0, format, list);
    if (n > 0 && make_room(t, (size_t)n)) {
        vsnprintf(t->text + t->used, (size_t)n + 1, format, again);
        t->used += (size_t)n;
    }
    va_end(again);
    va_end(list);
}

static void put_capitals(project_text *t, const char *prefix) {
    for (const char *c = prefix; *c; ++c)
        put(t, "%c", toupper((unsigned char)*c));
}

void put_marked(project_text *t, const char *template, const char *prefix) {
    while (*template) {
        if (strncmp(template, "@NAME@", 6) == 0) {
            put(t, "%s", prefix);
            template += 6;
        } else if (strncmp(template, "@CAPS@", 6) == 0) {
            put_capitals(t, prefix);
            template += 6;
        } else {
            put(t, "%c", *template ++);
        }
    }
}

void put_template(project_text *t, const char *template, const char *prefix) {
    for (; *template; ++template) {
        if (*template == '@') {
            put(t, "%s", prefix);
        } else if (*template == '$') {
            put_capitals(t, prefix);
        } else {
            put(t, "%c", *template);
        }
    }
}

/* All parameters in our layout, as they stand in the context. */
static float *parameters(const project *p) {
    float *all = calloc(p->s->param_floats + 1u, sizeof *all);
    for (uint32_t i = 0; all && i < p->net->param_count; ++i)
        net_param_to_ours(&p->net->params[i], p->net->params[i].data, all + p->s->param_offset[i]);
    return all;
}

static void put_weights(const project *p, const float *all, project_text *t) {
    put_template(t,
                 "/* SPDX-License-Identifier: Apache-2.0 */\n"
                 "/* The network's memory with its first weights in it: for programs of your own. Written by trainlib "
                 "deploy. */\n"
                 "#include \"@.h\"\n\n@_net @_memory = {.params = {\n",
                 p->o->prefix);
    for (uint32_t i = 0; i < p->s->param_floats; ++i)
        put(t, "%af,%s", (double)all[i], i % 6 == 5 ? "\n" : " ");
    put(t, "\n}};\n");
}

/* The layer that takes a parameter. */
static const char *layer_of(const net_model *net, uint32_t param) {
    for (uint32_t i = 0; i < net->layer_count; ++i) {
        const net_layer *l = &net->layers[i];
        if (l->w == param || l->b == param || l->mean == param || l->var == param)
            return l->name;
    }
    return "";
}

/* Names, places and layouts, for tools: see docs/deploy.md. */
static void put_list(const project *p, project_text *t) {
    static const char *const layouts[] = {"vector", "conv", "depthwise", "linear"};
    put(t, "trainlib-project 1\nname %s\nmodel %s\nbatch %u\ninput %u\noutput %u\nloss %s\nparams %u trained %u\n",
        p->o->prefix, p->o->model, p->net->values[p->net->input].n, net_value_elements(&p->net->values[p->net->input]),
        net_value_elements(&p->net->values[p->net->output]), p->s->options.loss == NET_MSE ? "mse" : "cross_entropy",
        p->s->param_floats, p->s->trained_floats);
    const net_value *in = &p->net->values[p->net->input];
    put(t, "image %ux%ux%u %s\n", in->h, in->w, in->c, in->channels_last ? "last" : "first");
    const net_value *target = &p->net->values[p->net->output];
    if (p->o->target_given)
        put(t, "target %ux%ux%u %s\n", target->h, target->w, target->c,
            target->channels_last ? "last"
            : p->net->output_flat ? "flat"
                                  : "first");
    project_put_normalisation(p, t);
    for (uint32_t i = 0; i < p->net->param_count; ++i) {
        const net_param *param = &p->net->params[i];
        put(t, "param %s offset=%u layout=%s%s dims=", param->name, p->s->param_offset[i], layouts[param->layout],
            param->transposed ? "_transposed" : "");
        for (uint32_t j = 0; j < param->rank; ++j)
            put(t, "%s%u", j ? "x" : "", param->dims[j]);
        if (param->image[2])
            put(t, " image=%ux%ux%u", param->image[0], param->image[1], param->image[2]);
        put(t, " trains=%d layer=%s\n", param->trains, layer_of(p->net, i));
    }
    for (uint32_t i = 0; i < p->s->buffer_count; ++i) {
        const schedule_buffer *b = &p->s->buffers[i];
        char name[80];
        schedule_buffer_name(p->net, p->s, i, name, sizeof name);
        if (b->placed)
            put(t, "buffer offset=%u bytes=%u steps=%u..%u %s\n", b->offset, b->bytes, b->first, b->last, name);
    }
}

typedef struct writing {
    const project *p;
    project_sink *sink;
    void *user;
} writing;

static bool hand_over(const writing *w, const char *name, project_text *t) {
    const bool fine = !t->failed && w->sink(w->user, name, t->text, t->used);
    free(t->text);
    *t = (project_text){0};
    return fine;
}

static bool write_template(const writing *w, const char *name, const char *template, bool marked) {
    project_text t = {0};
    if (marked)
        put_marked(&t, template, w->p->o->prefix);
    else
        put_template(&t, template, w->p->o->prefix);
    return hand_over(w, name, &t);
}

static bool write_sources(const writing *w) {
    const char *prefix = w->p->o->prefix;
    char name[PLAN_NAME + 16];
    project_text t = {0};
    snprintf(name, sizeof name, "%s.h", prefix);
    project_put_header(w->p, &t);
    if (!hand_over(w, name, &t))
        return false;
    snprintf(name, sizeof name, "%s.c", prefix);
    project_put_source(w->p, &t);
    if (!hand_over(w, name, &t))
        return false;
    snprintf(name, sizeof name, "%s_kernels.S", prefix);
    project_put_kernels(w->p, &t);
    return hand_over(w, name, &t) && write_template(w, "firmware.c", project_firmware, false) &&
           write_template(w, "main.c", project_main, false) && write_template(w, "Makefile", project_makefile, true) &&
           write_template(w, "CMakeLists.txt", project_cmake, true) &&
           write_template(w, "README.md", project_readme, true);
}

static bool write_data(const writing *w) {
    float *all = parameters(w->p);
    project_text t = {0};
    if (!all)
        return false;
    put_weights(w->p, all, &t);
    bool fine =
        hand_over(w, "weights.c", &t) && w->sink(w->user, "weights.bin", all, w->p->s->param_floats * sizeof *all);
    free(all);
    put_list(w->p, &t);
    return hand_over(w, "project.txt", &t) && fine;
}

/* Channels of an image that ONNX has in another order than we; 1: it is the same order. */
static uint32_t turned_channels(const net_value *v) {
    return v->channels_last || v->h * v->w == 1 ? 1 : v->c;
}

bool project_write(const net_model *net, train_schedule *s, const project_options *o, project_sink *sink, void *user,
                   plan_error *error) {
    project p = {.net = net, .s = s, .o = o};
    const writing w = {&p, sink, user};
    const uint32_t n = net->values[net->input].n, in = net_value_elements(&net->values[net->input]) / n,
                   out = net_value_elements(&net->values[net->output]) / n;
    error->text[0] = '\0';
    if (o->target_given && s->options.loss != NET_MSE) {
        snprintf(error->text, sizeof error->text, "targets can only be given to a loss of mse: --loss mse");
        return false;
    }
    if (s->options.loss == NET_MSE && !o->target_given && out != in) {
        snprintf(
            error->text, sizeof error->text,
            "with --loss mse the target is the input, so that the output must have as many elements: %u, not %u; give "
            "another one with --target given",
            in, out);
        return false;
    }
    if (s->options.loss == NET_MSE && !o->target_given &&
        turned_channels(&net->values[net->input]) != turned_channels(&net->values[net->output])) {
        snprintf(
            error->text, sizeof error->text,
            "with --loss mse the target is the input, element by element, and an image of several channels stands in "
            "another order than the output: have %s flattened in the file, or channels last, or give the target with "
            "--target given",
            net->values[net->input].name);
        return false;
    }
    const bool fine = project_kernels(&p) && write_sources(&w) && write_data(&w);
    free(p.kernels);
    return fine;
}
