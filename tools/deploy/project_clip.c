/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Gradients that are clipped: where all of them together are longer than told, they are shortened to that, in front of
 * the updates. Their squares are added up in rows of a length that depends on nothing but the network: the same bits
 * for any number of cores.
 */
#include "tools/deploy/project_text.h"

/* Parameters in the order in which their gradients stand; NET_NONE behind the last. */
static uint32_t next_param(const project *p, uint32_t from) {
    uint32_t next = NET_NONE;
    for (uint32_t i = 0; i < p->net->param_count; ++i) {
        const uint32_t at = p->s->param_offset[i];
        if (p->net->params[i].trains && at >= from && (next == NET_NONE || at < p->s->param_offset[next]))
            next = i;
    }
    return next;
}

/* Runs of gradients: between some of them a float stands that is none. Returns how many. */
static uint32_t put_runs(const project *p, project_text *t) {
    uint32_t runs = 0, from = 0, end = 0;
    for (;;) {
        const uint32_t next = next_param(p, end);
        if (next != NET_NONE && runs > 0 && p->s->param_offset[next] == end) {
            end += p->net->params[next].elements;
            continue;
        }
        if (runs > 0)
            put(t, "    {%u, %u},\n", from, end - from);
        if (next == NET_NONE)
            return runs;
        ++runs;
        from = p->s->param_offset[next];
        end = from + p->net->params[next].elements;
    }
}

static uint32_t runs_of(const project *p) {
    project_text none = {.failed = true};
    return put_runs(p, &none);
}

void project_put_clip_memory(const project *p, project_text *t) {
    if (p->s->options.clip > 0)
        put(t, "    float squares[%u]; /* sums of the gradients' squares, run by run */\n", runs_of(p));
}

static const char clip_code[] =
    "static float sum_of_squares(const tl_rows_call *call) {\n"
    "    const float *g = call->row[0];\n"
    "    float sum = 0.0f;\n"
    "    for (uint32_t i = 0; i < call->width; ++i)\n"
    "        sum = tl_fma(g[i], g[i], sum);\n"
    "    return sum;\n"
    "}\n\n"
    "/* Nothing is done about a norm that is not finite. */\n"
    "static void shorten(const tl_map_share *share) {\n"
    "    const float *squares = share->options;\n"
    "    float sum = 0.0f;\n"
    "    for (uint32_t i = 0; i < RUNS; ++i)\n"
    "        sum += squares[i];\n"
    "    const float norm = tl_sqrt(sum), factor = MOST_NORM / norm;\n"
    "    const bool longer = norm > MOST_NORM && tl_is_finite_f32(norm);\n"
    "    for (uint32_t i = 0; longer && i < share->n; ++i)\n"
    "        share->out[0][i] = share->data[0][i] * factor;\n"
    "}\n\n"
    "static void clip(const tl_team *team, @_net *net) {\n"
    "    for (uint32_t i = 0; i < RUNS; ++i) {\n"
    "        /* Enough rows for all cores, few enough to add up one by one. */\n"
    "        const uint32_t n = runs[i].n, some = (n + 63) / 64, width = some < 32 ? 32 : some > 1024 ? 1024 : some;\n"
    "        const uint32_t count = (n + width - 1) / width;\n"
    "        const tl_rows_pass pass = {.n = count,\n"
    "                                   .slot = {{.in = floats(net, GRADIENTS) + runs[i].from, .bytes = 4 * width}},\n"
    "                                   .slots = 1,\n"
    "                                   .width = width,\n"
    "                                   .last_width = n - (count - 1) * width,\n"
    "                                   .kernel = sum_of_squares,\n"
    "                                   .result_scale = 1.0f,\n"
    "                                   .result = &net->squares[i]};\n"
    "        tl_rows_run(team, &pass);\n"
    "    }\n"
    "    for (uint32_t i = 0; i < RUNS; ++i) {\n"
    "        float *g = floats(net, GRADIENTS) + runs[i].from;\n"
    "        tl_map_run(team, &(tl_map_plan){0}, runs[i].n, &(tl_map){.slot = {{.in = g, .out = g}}, .slots = 1,\n"
    "            .options = net->squares, .kernel = shorten});\n"
    "    }\n"
    "}\n\n";

void project_put_clip(const project *p, project_text *t) {
    if (!(p->s->options.clip > 0))
        return;
    uint32_t gradients = 0;
    while (p->s->buffers[gradients].kind != BUFFER_PARAM_GRADIENT)
        ++gradients;
    /* Gathered, they are the sum over so many steps, whose mean is what is meant. */
    const double most = (double)p->s->options.clip * p->s->options.accumulate;
    put(t, "/* Gradients that stand together, from float to float. */\nstatic const struct {\n    uint32_t from, n;\n} "
           "runs[] = {\n");
    put_runs(p, t);
    put(t, "};\nenum { RUNS = sizeof runs / sizeof runs[0], GRADIENTS = %u };\n#define MOST_NORM %af\n\n",
        p->s->buffers[gradients].offset, (double)(float)most);
    put_template(t, clip_code, p->o->prefix);
}
