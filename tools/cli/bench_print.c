/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/cli/bench.h"
#include "tools/cli/text.h"
#include <cjson/cJSON.h>
#include <string.h>

enum { MANY_MACS = 10000 };

/* What stands behind the point in the case's name, as far as letters go; kernels in L1: behind the last slash but one.
 */
static text pass_of(const bench_case *c) {
    const char *point = strchr(c->name, '.'), *slash = strchr(c->name, '/');
    const char *from = point ? point + 1 : strncmp(c->name, "mm/", 3) == 0 ? strchr(slash + 1, '/') + 1 : c->name;
    return text_of("%.*s", (int)strspn(from, "abcdefghijklmnopqrstuvwxyz_"), from);
}

/* The same case on one core: "8-cores" in its name becomes "1-core". NULL: there is none. */
static const bench_case *on_one_core(const bench_list *list, const bench_case *c) {
    const char *team = strstr(c->name, "8-cores");
    char name[sizeof c->name];
    if (!team || c->cores == 1)
        return NULL;
    snprintf(name, sizeof name, "%.*s1-core%s", (int)(team - c->name), c->name, team + strlen("8-cores"));
    for (uint32_t i = 0; i < list->count; ++i)
        if (strcmp(list->cases[i].name, name) == 0)
            return &list->cases[i];
    return NULL;
}

static double ratio(uint64_t a, uint64_t b) {
    return b ? (double)a / (double)b : 0;
}

static void print_cases(const bench_list *list) {
    table t;
    table_begin(&t, 6, 1);
    const text head[6] = {{"case"}, {"MAC"}, {"cycles"}, {"MAC/clk"}, {"bound"}, {"of bound"}};
    table_row(&t, head);
    table_row(&t, NULL);
    for (uint32_t i = 0; i < list->count; ++i) {
        const bench_case *c = &list->cases[i];
        const text none = {"-"};
        const text row[6] = {text_of("%s", c->name),
                             c->macs ? text_count(c->macs) : none,
                             text_count(c->cycles),
                             c->macs ? text_of("%.2f", ratio(c->macs, c->cycles)) : none,
                             c->bound ? text_count(c->bound) : none,
                             c->bound ? text_percent(ratio(c->bound, c->cycles)) : none};
        table_row(&t, row);
    }
    table_print(&t, stdout, "");
    table_end(&t);
}

static void print_scaling(const bench_list *list) {
    table t;
    table_begin(&t, 5, 1);
    const text head[5] = {{"8 cores over 1"}, {"MAC"}, {"1 core"}, {"8 cores"}, {"faster"}};
    table_row(&t, head);
    table_row(&t, NULL);
    for (uint32_t i = 0; i < list->count; ++i) {
        const bench_case *c = &list->cases[i], *one = on_one_core(list, c);
        if (!one || c->macs <= MANY_MACS)
            continue;
        const text row[5] = {text_of("%s", c->name), text_count(c->macs), text_count(one->cycles),
                             text_count(c->cycles), text_of("%.2f x", ratio(one->cycles, c->cycles))};
        table_row(&t, row);
    }
    if (t.rows > 2) {
        printf("\n");
        table_print(&t, stdout, "");
    }
    table_end(&t);
}

void bench_print(const bench_list *list) {
    print_cases(list);
    print_scaling(list);
}

static void add_text(cJSON *to, const char *key, const char *value) {
    if (value[0])
        cJSON_AddStringToObject(to, key, value);
    else
        cJSON_AddNullToObject(to, key);
}

/* `value` where `known`, else null: every record has every key. */
static void add_number(cJSON *to, const char *key, bool known, double value) {
    if (known)
        cJSON_AddNumberToObject(to, key, value);
    else
        cJSON_AddNullToObject(to, key);
}

bool bench_print_json(const bench_list *list, const bench_made_with *with, cli_error *error) {
    cJSON *root = cJSON_CreateObject();
    cJSON_AddStringToObject(root, "compiler", with->compiler);
    cJSON_AddStringToObject(root, "machine", with->machine);
    cJSON *cases = cJSON_AddArrayToObject(root, "cases");
    for (uint32_t i = 0; i < list->count; ++i) {
        const bench_case *c = &list->cases[i], *one = on_one_core(list, c);
        cJSON *record = cJSON_CreateObject();
        cJSON_AddStringToObject(record, "case", c->name);
        cJSON_AddStringToObject(record, "pass", pass_of(c).s);
        cJSON_AddStringToObject(record, "dtype", "f32");
        cJSON_AddStringToObject(record, "machine", with->machine);
        cJSON_AddNumberToObject(record, "cores", c->cores);
        add_text(record, "kernel", c->kernel);
        add_text(record, "tile", c->tile);
        cJSON_AddNumberToObject(record, "cycles", (double)c->cycles);
        add_number(record, "macs", c->macs, (double)c->macs);
        add_number(record, "mac_per_clk", c->macs, ratio(c->macs, c->cycles));
        add_number(record, "bound", c->bound, (double)c->bound);
        add_number(record, "percent_of_bound", c->bound, 100 * ratio(c->bound, c->cycles));
        add_number(record, "over_one_core", one, one ? ratio(one->cycles, c->cycles) : 0);
        cJSON_AddItemToArray(cases, record);
    }
    char *printed = cJSON_Print(root);
    cJSON_Delete(root);
    if (!printed)
        return cli_out_of_memory(error);
    printf("%s\n", printed);
    cJSON_free(printed);
    return true;
}
