/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Steps that change nothing, and steps that look at what they have left. Forward moves the running statistics of batch
 * norms that are trained: they are put back where no update follows. A guard looks at all that stays from step to step
 * behind the updates, in one sweep through L1, as gradients that are consumed by an update are nowhere to be seen.
 */
#include "tools/deploy/project_text.h"
#include <stdlib.h>
#include <string.h>

enum { MOST_CORES = 64 };

/* A statistic that forward moves: not those of frozen norms. */
static bool moves(const net_model *net, uint32_t param) {
    for (uint32_t i = 0; i < net->layer_count; ++i) {
        const net_layer *l = &net->layers[i];
        if (l->problem.op == STEP_BATCH_NORM && (l->mean == param || l->var == param))
            return true;
    }
    return false;
}

static uint32_t statistics_of(const net_model *net) {
    uint32_t floats = 0;
    for (uint32_t i = 0; i < net->param_count; ++i)
        floats += moves(net, i) ? net->params[i].elements : 0;
    return floats;
}

uint32_t project_beside(const net_model *network, const project_options *options) {
    const net_value *in = &network->values[network->input];
    const uint32_t others = in->n - 1; /* samples, and what each is predicted to be */
    return 4 * (statistics_of(network) + others) + (options->guard ? (2 * MOST_CORES + 1) * 4 : 0) +
           (options->mean ? MOST_CORES * 4 : 0);
}

static const char guard_types[] =
    "/* A core's part of what stays from step to step: how far it has looked, and the first "
    "float that is not finite. */\n"
    "typedef struct @_guard {\n    uint32_t at, first;\n} @_guard;\n\n";

void project_put_guard_type(const project *p, project_text *t) {
    if (p->o->guard)
        put_template(t, guard_types, p->o->prefix);
}

void project_put_guard_memory(const project *p, project_text *t) {
    const uint32_t statistics = statistics_of(p->net);
    if (statistics > 0)
        put(t, "    float statistics[%u]; /* as they were in front of the step */\n", statistics);
    if (p->o->guard)
        put_template(t,
                     "    @_guard guard[$_MOST_CORES];\n"
                     "    uint32_t spoilt; /* behind TL_SPOILT: the first float of params and state that is not finite "
                     "*/\n",
                     p->o->prefix);
}

static void put_statistics(const project *p, project_text *t) {
    put(t, "/* Floats of params that forward moves: running means and variances. */\n"
           "static const struct {\n    uint32_t from, n;\n} statistics[] = {\n");
    for (uint32_t i = 0; i < p->net->param_count; ++i)
        if (moves(p->net, i))
            put(t, "    {%u, %u},\n", p->s->param_offset[i], p->net->params[i].elements);
    put_template(t,
                 "};\nenum { STATISTICS = sizeof statistics / sizeof statistics[0] };\n\n"
                 "/* Before forward. */\n"
                 "static void keep(const tl_team *team, @_net *net) {\n"
                 "    float *to = net->statistics;\n"
                 "    for (uint32_t i = 0; i < STATISTICS; to += statistics[i++].n)\n"
                 "        for (uint32_t j = team->id; j < statistics[i].n; j += team->n)\n"
                 "            to[j] = net->params[statistics[i].from + j];\n"
                 "    tl_barrier(team);\n"
                 "}\n\n"
                 "/* Where nothing is to change. */\n"
                 "static void put_back(const tl_team *team, @_net *net) {\n"
                 "    const float *from = net->statistics;\n"
                 "    for (uint32_t i = 0; i < STATISTICS; from += statistics[i++].n)\n"
                 "        for (uint32_t j = team->id; j < statistics[i].n; j += team->n)\n"
                 "            net->params[statistics[i].from + j] = from[j];\n"
                 "}\n\n",
                 p->o->prefix);
}

/* x * 0 is 0, or NaN where x is not finite. */
static const char guard_code[] =
    "enum { KEPT = $_PARAMS + $_STATES * $_TRAINED }; /* floats that stay from step to step */\n\n"
    "static void begin_look(const tl_team *team, @_net *net) {\n"
    "    net->guard[team->id] = (@_guard){tl_share_start(KEPT, team->id, team->n), UINT32_MAX};\n"
    "}\n\n"
    "/* Looks at a piece of a core's part; pieces come in order. x * 0 is 0, or NaN where x is not finite. */\n"
    "static void look(const tl_map_share *share) {\n"
    "    @_guard *guard = (@_guard *)(uintptr_t)share->options;\n"
    "    const float *x = share->data[0];\n"
    "    float nothing = 0.0f;\n"
    "    uint32_t i = 0;\n"
    "    for (; i + 4 <= share->n; i += 4)\n"
    "        nothing = tl_fma(x[i + 3], 0.0f, tl_fma(x[i + 2], 0.0f, tl_fma(x[i + 1], 0.0f, tl_fma(x[i], 0.0f, "
    "nothing))));\n"
    "    for (; i < share->n; ++i)\n"
    "        nothing = tl_fma(x[i], 0.0f, nothing);\n"
    "    for (i = 0; nothing != 0.0f && i < share->n && guard->first == UINT32_MAX; ++i)\n"
    "        guard->first = x[i] * 0.0f != 0.0f && !is_gap(guard->at + i) ? guard->at + i : UINT32_MAX;\n"
    "    guard->at += share->n;\n"
    "}\n\n"
    "static bool is_spoilt(const tl_team *team, @_net *net) {\n"
    "    uint32_t first = UINT32_MAX;\n"
    "    for (uint32_t i = 0; i < team->n; ++i)\n"
    "        first = net->guard[i].first < first ? net->guard[i].first : first;\n"
    "    if (team->id == 0)\n"
    "        net->spoilt = first;\n"
    "    return first != UINT32_MAX;\n"
    "}\n\n";

/* Behind parameters of an odd number of floats stands one that is none, and may be anything. */
static void put_gaps(const project *p, project_text *t) {
    uint32_t gaps = 0;
    put(t, "/* Whether a float is there to fill up: such ones may be anything. */\nstatic bool is_gap(uint32_t i) {\n"
           "    static const uint32_t gaps[] = {");
    for (uint32_t i = 0; i < p->net->param_count; ++i)
        if (p->net->params[i].elements % 2 > 0)
            put(t, "%s%u", gaps++ ? ", " : "", p->s->param_offset[i] + p->net->params[i].elements);
    put_template(t,
                 gaps > 0 ? "};\n    i = i < $_PARAMS ? i : (i - $_PARAMS) % $_TRAINED;\n"
                            "    for (uint32_t j = 0; j < sizeof gaps / sizeof gaps[0]; ++j)\n"
                            "        if (gaps[j] == i)\n            return true;\n    return false;\n}\n\n"
                          : "UINT32_MAX};\n    return i == gaps[0];\n}\n\n",
                 p->o->prefix);
}

void project_put_guard(const project *p, project_text *t) {
    if (statistics_of(p->net) > 0)
        put_statistics(p, t);
    if (p->o->guard) {
        put_gaps(p, t);
        put_template(t, guard_code, p->o->prefix);
    }
}

void project_put_look(const project *p, project_text *t) {
    put(t, "    tl_mark(team, %u);\n", p->s->count);
    put(t, "    tl_map_run(team, &(tl_map_plan){0}, KEPT, &(tl_map){.slot = {{.in = net->params}}, .slots = 1,\n"
           "        .options = &net->guard[team->id], .kernel = look});\n");
}

void put_lines(project_text *t, const char *template, const project *p) {
    const bool statistics = statistics_of(p->net) > 0, gathers = p->s->options.accumulate > 1;
    while (*template && !t->failed) {
        const size_t n = strcspn(template, "\n") + 1;
        const bool some = *template == '?';
        if (!some || (template[1] == 'S' && statistics) || (template[1] == 'G' && p->o->guard) ||
            (template[1] == 'N' && p->o->mean) || (template[1] == 'C' && p->s->options.clip > 0) ||
            (template[1] == 'A' && gathers) || (template[1] == 'E' && !gathers)) {
            project_text line = {0};
            put(&line, "%.*s", (int)n - 2 * some, template + 2 * some);
            if (line.failed)
                t->failed = true;
            else
                put_template(t, line.text, p->o->prefix);
            free(line.text);
        }
        template += n;
    }
}
