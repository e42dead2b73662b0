/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/cli/project_load.h"
#include "tl/save.h"
#include "tools/cli/file.h"
#include "tools/cli/training.h"
#include <dlfcn.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { LIST_BYTES = 1 << 22, PARAMS_BYTES = 1 << 28, NAME_BYTES = 64 };

/* The line "image HxWxC first", or last: where ONNX has the channels; flat: first, as one row. Without one the shape is
 * not known. */
static void read_shape(const char *text, const char *key, samples_shape *shape) {
    const char *line = strstr(text, key);
    char order[8] = "";
    *shape = (samples_shape){0};
    if (!line || sscanf(line + strlen(key), "%ux%ux%u %7[a-z]", &shape->h, &shape->w, &shape->c, order) != 4 ||
        shape->h == 0 || shape->w == 0 || shape->c == 0 || shape->h > UINT16_MAX || shape->w > UINT16_MAX ||
        shape->c > UINT16_MAX)
        *shape = (samples_shape){0};
    shape->channels_last = strcmp(order, "last") == 0;
    shape->flat = strcmp(order, "flat") == 0;
}

/* What project.txt says of the project. */
static bool read_list(project_load *load, const char *folder, char name[NAME_BYTES], cli_error *error) {
    char path[PATH_MAX];
    char *text = NULL;
    size_t bytes = 0;
    if (snprintf(path, sizeof path, "%s/project.txt", folder) >= (int)sizeof path)
        return cli_fail(error, CLI_INPUT, "%s: the path is too long", folder);
    if (!file_read(path, LIST_BYTES, &text, &bytes, error))
        return false;
    const bool ours = strncmp(text, "trainlib-project 1\nname ", 24) == 0;
    const size_t length = ours ? strcspn(text + 24, "\n") : 0;
    const bool fits =
        length > 0 && length < NAME_BYTES && strspn(text + 24, "abcdefghijklmnopqrstuvwxyz_0123456789") == length;
    if (fits) {
        memcpy(name, text + 24, length);
        name[length] = '\0';
    }
    if (fits)
        read_shape(text, "\nimage ", &load->shape);
    if (fits)
        read_shape(text, "\ntarget ", &load->target);
    load->list = text;
    load->normalises = strstr(text, "\nnormalisation device ");
    return fits ||
           cli_fail(error, CLI_INPUT, "%s: this is no list of a project: write it with 'trainlib deploy'", path);
}

bool project_open(project_load *load, const char *folder, bool cluster, cli_error *error) {
    char name[NAME_BYTES], path[PATH_MAX], symbol[2 * NAME_BYTES];
    *load = (project_load){0};
    if (!read_list(load, folder, name, error))
        return false;
    if (snprintf(path, sizeof path, "%s%s/build/lib%s.so", folder[0] == '/' ? "" : "./", folder, name) >=
            (int)sizeof path ||
        snprintf(load->firmware, sizeof load->firmware, "%s/build/%s.elf", folder, name) >= (int)sizeof load->firmware)
        return cli_fail(error, CLI_INPUT, "%s: the path is too long", folder);
    if (access(path, R_OK) != 0)
        return cli_fail(error, CLI_INPUT, "%s is missing: build it with 'make -C %s native'", path, folder);
    if (cluster && access(load->firmware, R_OK) != 0)
        return cli_fail(error, CLI_INPUT, "%s is missing: build it with 'make -C %s cluster'", load->firmware, folder);
    load->library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    if (!load->library)
        return cli_fail(error, CLI_INPUT, "%s cannot be loaded: %.200s", path, dlerror());
    snprintf(symbol, sizeof symbol, "%s_project", name);
    load->project = dlsym(load->library, symbol);
    if (!load->project)
        return cli_fail(error, CLI_INPUT, "%s has no %s: build it anew", path, symbol);
    if (load->project->version != TL_PROJECT_VERSION)
        return cli_fail(error, CLI_INPUT, "%s was made by another version of trainlib: deploy and build it anew", path);
    return load->shape.c == 0 ||
           load->project->inputs % ((uint64_t)load->shape.h * load->shape.w * load->shape.c) == 0 ||
           cli_fail(error, CLI_INPUT, "%s is not of the project in %s: build it anew", path, folder);
}

void project_close(project_load *load) {
    if (load->library)
        dlclose(load->library);
    free(load->list);
    *load = (project_load){0};
}

/* The tensor that parameter i belongs to, or stands behind; NULL: none. */
static const tl_tensor *find_tensor(const tl_project *p, uint32_t i) {
    const tl_tensor *is = NULL;
    for (uint32_t j = 0; j < p->tensor_count; ++j)
        is = p->tensors[j].offset <= i ? &p->tensors[j] : is;
    return is;
}

static bool is_number(const tl_project *p, uint32_t i) {
    const tl_tensor *is = find_tensor(p, i);
    uint32_t elements = 1;
    for (uint32_t j = 0; is && j < is->rank; ++j)
        elements *= is->dims[j];
    return !is || i - is->offset < elements;
}

/* The parameter that float i is kept for. */
static uint32_t param_of(const project_load *load, uint32_t i) {
    const uint32_t params = load->project->params;
    const char *line = strstr(load->list, "\nparams ");
    uint32_t trained = 0;
    if (i < params || !line || sscanf(line, "\nparams %*u trained %u", &trained) != 1 || trained == 0)
        return i;
    return (i - params) % trained;
}

bool project_holds(const project_load *load, uint32_t i) {
    return is_number(load->project, param_of(load, i));
}

void project_name_float(const project_load *load, uint32_t i, char *to, size_t room) {
    const tl_tensor *is = find_tensor(load->project, param_of(load, i));
    const char *line, *layer = NULL;
    char key[PATH_MAX];
    if (!is) {
        snprintf(to, room, "number %u of all parameters", i);
        return;
    }
    snprintf(key, sizeof key, "\nparam %s offset=", is->name);
    line = strstr(load->list, key);
    if (line)
        layer = strstr(line + 1, " layer=");
    if (layer && layer > line + 1 + strcspn(line + 1, "\n"))
        layer = NULL;
    snprintf(to, room, "%sparameter %.200s%s%.*s", i < load->project->params ? "" : "what the optimiser keeps for ",
             is->name, layer ? " of layer " : "", layer ? (int)strcspn(layer + 7, "\n") : 0, layer ? layer + 7 : "");
}

typedef struct saved {
    const char *at, *end;
} saved;

static bool read_saved(void *user, void *bytes, uint32_t count) {
    saved *s = user;
    if (count > (size_t)(s->end - s->at))
        return false;
    memcpy(bytes, s->at, count);
    s->at += count;
    return true;
}

/* Where the parameters begin in what a device has saved; NULL: it is not that, or damaged. */
static const char *params_of_saved(const tl_project *project, const char *data, size_t bytes) {
    saved s = {data, data + bytes};
    return tl_save_check(project, read_saved, &s) == TL_OK ? data + TL_SAVE_HEAD : NULL;
}

float *project_params(const tl_project *project, const char *path, cli_error *error) {
    char *data = NULL;
    size_t bytes = 0;
    const size_t wanted = project->params * sizeof(float);
    if (!file_read(path, PARAMS_BYTES, &data, &bytes, error))
        return NULL;
    const bool is_saved = bytes >= TL_SAVE_HEAD && memcmp(data, "TLSAVE1", 8) == 0;
    const bool is_checkpoint = checkpoint_is(data, bytes);
    const char *from = is_saved        ? params_of_saved(project, data, bytes)
                       : is_checkpoint ? checkpoint_params(data, bytes, project->params)
                                       : data;
    bool fine = true;
    if (!from)
        fine =
            cli_fail(error, CLI_INPUT, "%s is damaged, or was saved by another network than %s", path, project->name);
    else if (from == data && bytes != wanted)
        fine = cli_fail(error, CLI_INPUT, "%s has %zu bytes, and the project %zu of parameters", path, bytes, wanted);
    float *params = fine ? malloc(wanted) : NULL;
    if (params)
        memcpy(params, from, wanted);
    else if (fine)
        fine = cli_out_of_memory(error);
    free(data);
    for (uint32_t i = 0; params && i < project->params; ++i) {
        if (!isfinite(params[i]) && is_number(project, i)) {
            cli_fail(error, CLI_INPUT, "%s: parameter number %u is not finite", path, i);
            free(params);
            return NULL;
        }
    }
    return params;
}
