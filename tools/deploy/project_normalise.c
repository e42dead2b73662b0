/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The input less its mean, by std, channel by channel, on the device: each operation rounded once, as
 * tools/cli/normalisation.h has it. The cores take pixels where these have few channels, whose numbers are constants of
 * the code then, else elements.
 */
#include "tools/deploy/project_text.h"
#include "tools/deploy/schedule_build.h"

enum { FEW = 16 };

static uint32_t channels_of(const project *p) {
    return p->net->values[p->net->input].c;
}

static void put_floats(const float *x, uint32_t n, const char *name, project_text *t) {
    put(t, "static const float %s[%u] = {\n", name, n);
    for (uint32_t i = 0; i < n; ++i)
        put(t, "    %af,%s", (double)x[i], i % 6 == 5 || i + 1 == n ? "\n" : "");
    put(t, "};\n");
}

void project_put_normalised_memory(const project *p, project_text *t) {
    if (p->o->mean)
        put_template(t, "    uint32_t channel[$_MOST_CORES]; /* of a core's next float of the input */\n",
                     p->o->prefix);
}

static const char few_channels[] = "    /* Whole pixels: the numbers of their channels are constants of the code. */\n"
                                   "    for (; i < n && c > 0; ++i, c = (c + 1) % CHANNELS)\n"
                                   "        y[i] = (x[i] - mean[c]) / deviation[c];\n"
                                   "    for (; i + CHANNELS <= n; i += CHANNELS)\n"
                                   "        for (uint32_t j = 0; j < CHANNELS; ++j)\n"
                                   "            y[i + j] = (x[i + j] - mean[j]) / deviation[j];\n";

static const char normalise_code[] =
    "    for (; i < n; ++i, c = c + 1 == CHANNELS ? 0 : c + 1)\n"
    "        y[i] = (x[i] - mean[c]) / deviation[c];\n"
    "    *channel = c;\n"
    "}\n\n"
    "typedef struct first_channel {\n    uint32_t *to, channel;\n} first_channel;\n\n"
    "static void set_channel(const void *arguments) {\n"
    "    const first_channel *a = arguments;\n"
    "    *a->to = a->channel;\n"
    "}\n\n"
    "static void normalise(const tl_team *team, @_net *net, const float *x, float *y) {\n"
    "    const first_channel first = {&net->channel[team->id], tl_share_start($_INPUTS, team->id, team->n) % "
    "CHANNELS};\n"
    "    tl_do(team, set_channel, &first, sizeof first);\n"
    "    tl_map_run(team, &(tl_map_plan){0}, $_INPUTS, &(tl_map){.slot = {{.in = x, .out = y}}, .slots = 1,\n"
    "        .options = &net->channel[team->id], .kernel = normalise_piece});\n"
    "}\n\n";

void project_put_normalise(const project *p, project_text *t) {
    const uint32_t c = channels_of(p);
    if (!p->o->mean)
        return;
    put(t, "/* Of the input's channels. */\nenum { CHANNELS = %u };\n", c);
    put_floats(p->o->mean, c, "mean", t);
    put_floats(p->o->std, c, "deviation", t);
    put(t, "\n/* Pieces of a core's part come in order. */\n"
           "static void normalise_piece(const tl_map_share *share) {\n"
           "    uint32_t *channel = (uint32_t *)(uintptr_t)share->options;\n"
           "    const float *x = share->data[0];\n"
           "    float *y = share->out[0];\n"
           "    const uint32_t n = share->n;\n"
           "    uint32_t i = 0, c = *channel;\n");
    if (c <= FEW)
        put(t, "%s", few_channels);
    put_template(t, normalise_code, p->o->prefix);
}

/* The normalised input that a step reads; NET_NONE: none. */
static uint32_t read_by(const project *p, uint32_t step) {
    schedule_step s = p->s->steps[step];
    const step_operands o = schedule_operands(&s);
    for (int i = 0; i < STEP_OPERANDS; ++i) {
        if (o.all[i]->kind == OPERAND_BUFFER && p->s->buffers[o.all[i]->number].kind == BUFFER_NORMALISED)
            return o.all[i]->number;
    }
    return NET_NONE;
}

/* The same, if no step before it reads that. */
static uint32_t first_read_by(const project *p, uint32_t step) {
    const uint32_t buffer = read_by(p, step);
    for (uint32_t i = 0; i < step && buffer != NET_NONE; ++i) {
        if (read_by(p, i) == buffer)
            return NET_NONE;
    }
    return buffer;
}

bool project_normalises(const project *p, uint32_t step) {
    return first_read_by(p, step) != NET_NONE;
}

void project_put_normalise_call(const project *p, uint32_t step, project_text *t) {
    const uint32_t buffer = first_read_by(p, step);
    if (buffer != NET_NONE)
        put(t, "    normalise(team, net, x, floats(net, %u));\n", p->s->buffers[buffer].offset);
}

void project_put_normalisation(const project *p, project_text *t) {
    if (!p->o->mean)
        return;
    put(t, "normalisation device mean=");
    for (uint32_t i = 0; i < channels_of(p); ++i)
        put(t, "%s%.9g", i ? "," : "", (double)p->o->mean[i]);
    put(t, " std=");
    for (uint32_t i = 0; i < channels_of(p); ++i)
        put(t, "%s%.9g", i ? "," : "", (double)p->o->std[i]);
    put(t, "\n");
}
