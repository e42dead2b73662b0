/* SPDX-License-Identifier: Apache-2.0 */
/* json_check FILE...: each is one JSON value and nothing behind it; no object has a key twice. */
#include <cjson/cJSON.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool keys_differ(const cJSON *value) {
    for (const cJSON *item = value->child; item; item = item->next) {
        for (const cJSON *other = item->next; cJSON_IsObject(value) && other; other = other->next)
            if (strcmp(item->string, other->string) == 0)
                return false;
        if (!keys_differ(item))
            return false;
    }
    return true;
}

static bool is_json(const char *path) {
    static char text[1 << 24];
    FILE *file = fopen(path, "rb");
    if (!file)
        return false;
    text[fread(text, 1, sizeof text - 1, file)] = '\0';
    const bool whole = fgetc(file) == EOF;
    fclose(file);
    cJSON *value = cJSON_ParseWithOpts(text, NULL, 1);
    const bool fine = whole && value && keys_differ(value);
    cJSON_Delete(value);
    return fine;
}

int main(int argc, char **argv) {
    for (int i = 1; i < argc; ++i)
        if (!is_json(argv[i])) {
            fprintf(stderr, "%s is no JSON\n", argv[i]);
            return 1;
        }
    return argc > 1 ? 0 : 2;
}
