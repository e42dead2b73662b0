/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The input less its mean, by std, channel by channel, on the device: each operation rounded once, as
 * tools/cli/normalisation.h has it. The cores take pixels where these have few channels, whose numbers are constants of
 * the code then, else elements.
 */
#include "tools/deploy/project_text.h"

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
        put_template(t, "    float input[$_INPUTS]; /* less its mean, by std: what comes is raw */\n", p->o->prefix);
}

void project_put_normalise(const project *p, project_text *t) {
    const uint32_t c = channels_of(p);
    if (!p->o->mean)
        return;
    put(t, "/* Of the input's channels. */\nenum { CHANNELS = %u };\n", c);
    put_floats(p->o->mean, c, "mean", t);
    put_floats(p->o->std, c, "deviation", t);
    put_template(t,
                 "\nstatic const float *normalise(const tl_team *team, @_net *net, const float *x) {\n"
                 "    float *const y = net->input;\n",
                 p->o->prefix);
    put_template(t,
                 c <= FEW
                     ? "    const uint32_t pixels = $_INPUTS / CHANNELS, end = pixels * (team->id + 1) / team->n;\n"
                       "    for (uint32_t i = pixels * team->id / team->n; i < end; ++i)\n"
                       "        for (uint32_t c = 0; c < CHANNELS; ++c)\n"
                       "            y[i * CHANNELS + c] = (x[i * CHANNELS + c] - mean[c]) / deviation[c];\n"
                     : "    const uint32_t end = $_INPUTS * (team->id + 1) / team->n;\n"
                       "    for (uint32_t i = $_INPUTS * team->id / team->n; i < end; ++i)\n"
                       "        y[i] = (x[i] - mean[i % CHANNELS]) / deviation[i % CHANNELS];\n",
                 p->o->prefix);
    put(t, "    tl_barrier(team);\n    return y;\n}\n\n");
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
