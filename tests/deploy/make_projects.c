/* SPDX-License-Identifier: Apache-2.0 */
/* make_projects COUNT DIR: writes the sources of so many random projects, random_0 and so on, and a list of them. */
#include "tests/deploy/random_project.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct place {
    const char *folder, *prefix;
} place;

/* The sources alone; weights.c, which all have, under its project's name. */
static bool write_file(void *user, const char *name, const void *bytes, size_t count) {
    const place *to = user;
    const size_t prefix = strlen(to->prefix);
    const bool weights = strcmp(name, "weights.c") == 0, own = strncmp(name, to->prefix, prefix) == 0;
    char path[512];
    if (!weights && (!own || name[prefix] != '.'))
        return true;
    snprintf(path, sizeof path, weights ? "%s/%s_%s" : "%s/%.0s%s", to->folder, to->prefix, name);
    FILE *file = fopen(path, "wb");
    const bool fine = file && fwrite(bytes, 1, count, file) == count;
    return file && fclose(file) == 0 && fine;
}

int main(int argc, char **argv) {
    const uint32_t count = argc == 3 ? (uint32_t)strtoul(argv[1], NULL, 10) : 0;
    char path[512];
    if (count == 0)
        return 2;
    snprintf(path, sizeof path, "%s/random_list.c", argv[2]);
    FILE *list = fopen(path, "w");
    if (!list)
        return 1;
    fprintf(list, "#include \"tests/deploy/random_list.h\"\n");
    for (uint32_t i = 0; i < count; ++i)
        fprintf(list, "#include \"random_%u.h\"\nextern random_%u_net random_%u_memory;\n", i, i, i);
    fprintf(list, "const size_t random_count = %u;\nconst random_entry random_list[] = {\n", count);
    for (uint32_t i = 0, next = 0; i < count; ++i) {
        random_project p;
        plan_error error;
        char prefix[32];
        random_project_make(next, &p);
        snprintf(prefix, sizeof prefix, "random_%u", i);
        p.options.prefix = prefix;
        if (!project_write(&p.net, &p.schedule, &p.options, write_file, &(place){argv[2], prefix}, &error)) {
            fprintf(stderr, "model %u: %s\n", p.number, error.text);
            return 1;
        }
        fprintf(list, "    {%u, &random_%u_project, &random_%u_memory},\n", p.number, i, i);
        next = p.number + 1;
        random_project_free(&p);
    }
    fprintf(list, "};\n");
    return fclose(list) == 0 ? 0 : 1;
}
