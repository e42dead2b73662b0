/* SPDX-License-Identifier: Apache-2.0 */
/* Machine files. */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "tools/sim/machine_keys.h"

#define AT(field) SIM_KEY_AT(field)

/* A stretch of a file's text. */
typedef struct word {
    const char *at;
    size_t bytes;
} word;

static int is_word(word w, const char *text) {
    return w.bytes == strlen(text) && memcmp(w.at, text, w.bytes) == 0;
}

static int is_space(char c) {
    return c == ' ' || c == '\t' || c == '\r';
}

static word trimmed(word w) {
    while (w.bytes && is_space(*w.at)) {
        w.at++;
        w.bytes--;
    }
    while (w.bytes && is_space(w.at[w.bytes - 1]))
        w.bytes--;
    return w;
}

/* For sentences: not too long, and nothing that a terminal would obey. */
static const char *shown(word w, char text[48]) {
    size_t n = w.bytes < 40 ? w.bytes : 40;
    for (size_t i = 0; i < n; i++)
        text[i] = w.at[i] >= ' ' && w.at[i] <= '~' ? w.at[i] : '?';
    snprintf(text + n, 48 - n, "%s", n < w.bytes ? "..." : "");
    return text;
}

static size_t smallest(size_t a, size_t b, size_t c) {
    return a < b ? (a < c ? a : c) : b < c ? b : c;
}

/* Letters to add, remove or change to make one of the other. */
static size_t edit_distance(word w, const char *name) {
    size_t row[24], n = strlen(name);
    if (w.bytes > 40)
        return w.bytes;
    for (size_t j = 0; j <= n; j++)
        row[j] = j;
    for (size_t i = 1; i <= w.bytes; i++) {
        size_t corner = row[0];
        row[0] = i;
        for (size_t j = 1; j <= n; j++) {
            size_t change = corner + (w.at[i - 1] != name[j - 1]);
            corner = row[j];
            row[j] = smallest(row[j] + 1, row[j - 1] + 1, change);
        }
    }
    return row[n];
}

static unsigned nearest_key(word w) {
    unsigned best = 0;
    for (unsigned key = 1; key < SIM_ALL_KEYS; key++)
        if (edit_distance(w, sim_key_name(key)) < edit_distance(w, sim_key_name(best)))
            best = key;
    return best;
}

static unsigned find_key(word w) {
    unsigned key = 0;
    while (key < SIM_ALL_KEYS && !is_word(w, sim_key_name(key)))
        key++;
    return key;
}

static int parse_number(word w, uint32_t *value) {
    uint64_t v = 0;
    uint32_t unit = 1;
    if (w.bytes && (w.at[w.bytes - 1] == 'K' || w.at[w.bytes - 1] == 'M'))
        unit = w.at[--w.bytes] == 'K' ? 1 << 10 : 1 << 20;
    if (!w.bytes || w.bytes > 10)
        return 0;
    for (size_t i = 0; i < w.bytes; i++) {
        if (w.at[i] < '0' || w.at[i] > '9')
            return 0;
        v = v * 10 + (uint64_t)(w.at[i] - '0');
    }
    v *= unit;
    *value = (uint32_t)v;
    return v <= UINT32_MAX;
}

static int parse_value(unsigned key, word w, uint32_t *value) {
    switch (sim_keys[key].kind) {
    case KIND_SWITCH:
        *value = (uint32_t)is_word(w, "on");
        return *value || is_word(w, "off");
    case KIND_DOT:
        *value = is_word(w, "gvsoc") ? SIM_DOT_GVSOC : SIM_DOT_SPEC;
        return *value || is_word(w, "spec");
    case KIND_UNITS:
        *value = SIM_PRIVATE;
        if (is_word(w, "private"))
            return 1;
        break;
    default:
        break;
    }
    return parse_number(w, value) && sim_key_in_range(key, *value);
}

/* A machine while its file is read. */
typedef struct reading {
    sim_machine m, from; /* `from`: what it starts from */
    const char *file;
    unsigned line, seen[SIM_ALL_KEYS]; /* the line in which a key stood */
    char *message;
    size_t size;
} reading;

static void place(const reading *r) {
    if (r->line)
        snprintf(r->message, r->size, "%s:%u: ", r->file, r->line);
    else if (r->file)
        snprintf(r->message, r->size, "%s: ", r->file);
    else
        r->message[0] = 0;
}

/* Writes the sentence behind file and line. Always SIM_BAD_INPUT, so that a caller can return it. */
static sim_status refuse(const reading *r, const char *format, ...) __attribute__((format(printf, 2, 3)));
static sim_status refuse(const reading *r, const char *format, ...) {
    va_list list;
    place(r);
    size_t used = strlen(r->message);
    va_start(list, format);
    vsnprintf(r->message + used, r->size - used, format, list);
    va_end(list);
    return SIM_BAD_INPUT;
}

static sim_status set_machine(reading *r, word value) {
    char name[sizeof r->m.name], text[48];
    for (unsigned i = 0; i < SIM_ALL_KEYS; i++)
        if (r->seen[i] && i != SIM_KEY_MACHINE)
            return refuse(r, "\"machine\" must be the first key: what stands before it would be lost");
    snprintf(name, sizeof name, "%.*s", (int)(value.bytes < sizeof name ? value.bytes : 0), value.at);
    if (strlen(name) == value.bytes && sim_machine_named(name, &r->m)) {
        r->from = r->m;
        return SIM_OK;
    }
    char names[100] = "";
    for (unsigned i = 0; sim_machine_names[i]; i++)
        snprintf(names + strlen(names), sizeof names - strlen(names), "%s%s", i ? ", " : "", sim_machine_names[i]);
    return refuse(r, "there is no built-in machine \"%s\"; there are %s", shown(value, text), names);
}

/* What can stand in JSON, in a shell and in this file alike. */
static int is_name_char(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || (c && strchr("._+-", c));
}

static sim_status set_name(reading *r, word value) {
    if (value.bytes >= sizeof r->m.name)
        return refuse(r, "a machine's name has at most %zu characters", sizeof r->m.name - 1);
    for (size_t i = 0; i < value.bytes; i++)
        if (!is_name_char(value.at[i]))
            return refuse(r, "a machine's name is made of letters, digits and . _ + -, without spaces");
    memset(r->m.name, 0, sizeof r->m.name);
    memcpy(r->m.name, value.at, value.bytes);
    return SIM_OK;
}

static sim_status set_key(reading *r, word name, word value) {
    char text[96], first[48], second[48];
    unsigned key = find_key(name);
    if (key == SIM_ALL_KEYS)
        return refuse(r, "unknown key \"%s\"; the nearest is \"%s\"", shown(name, first),
                      sim_key_name(nearest_key(name)));
    if (r->seen[key])
        return refuse(r, "\"%s\" stands in line %u already", sim_key_name(key), r->seen[key]);
    if (!value.bytes)
        return refuse(r, "\"%s\" has no value", sim_key_name(key));
    if (key == SIM_KEY_MACHINE || key == SIM_KEY_NAME) {
        sim_status status = key == SIM_KEY_MACHINE ? set_machine(r, value) : set_name(r, value);
        r->seen[key] = r->line;
        return status;
    }
    r->seen[key] = r->line;
    if (!parse_value(key, value, sim_key_field(&r->m, key)))
        return refuse(r, "\"%s\" wants %s, not \"%s\"", sim_keys[key].name, sim_key_wanted(key, text),
                      shown(value, second));
    return SIM_OK;
}

/* "private" is known for a number only when all keys have been read. */
static sim_status finish(reading *r) {
    sim_machine *m = &r->m;
    unsigned fpus = 0, fdivs = 0;
    while (sim_keys[fpus].at != AT(fpus))
        fpus++;
    while (sim_keys[fdivs].at != AT(fdivs))
        fdivs++;
    if (m->fpus == SIM_PRIVATE || (!r->seen[fpus] && (r->from.fpus == r->from.cores || m->fpus > m->cores)))
        m->fpus = m->cores;
    if (m->fdivs == SIM_PRIVATE)
        m->fdivs = m->cores;
    else if (!r->seen[fdivs] && m->fdivs >= r->from.cores)
        m->fdivs = m->cores;
    place(r);
    size_t used = strlen(r->message);
    return sim_machine_check(m, r->message + used, r->size - used);
}

static sim_status read_line(reading *r, word line) {
    const char *comment = memchr(line.at, '#', line.bytes), *equals;
    char text[48];
    if (comment)
        line.bytes = (size_t)(comment - line.at);
    line = trimmed(line);
    if (!line.bytes)
        return SIM_OK;
    equals = memchr(line.at, '=', line.bytes);
    if (!equals)
        return refuse(r, "this is no \"key = value\": \"%s\"", shown(line, text));
    word name = {line.at, (size_t)(equals - line.at)};
    word value = {equals + 1, line.bytes - name.bytes - 1};
    return set_key(r, trimmed(name), trimmed(value));
}

/* A machine is called after its file, or after the part of that which makes a name. */
static void name_after(sim_machine *m, const char *file) {
    const char *base = strrchr(file, '/');
    size_t n = 0;
    base = base ? base + 1 : file;
    while (n < sizeof m->name - 1 && is_name_char(base[n]) && (base[n] != '.' || !n))
        n++;
    memset(m->name, 0, sizeof m->name);
    memcpy(m->name, n ? base : "unnamed", n ? n : strlen("unnamed"));
}

sim_status sim_machine_parse(const char *text, size_t bytes, const char *file, sim_machine *machine, char *message,
                             size_t size) {
    reading r = {.file = file, .message = message, .size = size};
    sim_machine_pulp8(&r.m);
    r.from = r.m;
    for (const char *at = text, *end = text + bytes; at < end;) {
        const char *stop = memchr(at, '\n', (size_t)(end - at));
        word line = {at, (size_t)((stop ? stop : end) - at)};
        r.line++;
        sim_status status = read_line(&r, line);
        if (status != SIM_OK)
            return status;
        at = stop ? stop + 1 : end;
    }
    r.line = 0;
    if (!r.seen[SIM_KEY_NAME])
        name_after(&r.m, file);
    sim_status status = finish(&r);
    if (status == SIM_OK)
        *machine = r.m;
    return status;
}

sim_status sim_machine_read(const char *path, sim_machine *machine, char *message, size_t size) {
    char text[16384];
    FILE *file = fopen(path, "rb");
    if (!file) {
        snprintf(message, size, "cannot open %s: %s", path, strerror(errno));
        return SIM_BAD_INPUT;
    }
    size_t bytes = fread(text, 1, sizeof text, file);
    int bad = ferror(file), error = errno;
    fclose(file);
    if (bad || bytes == sizeof text) {
        snprintf(message, size, bad ? "cannot read %s: %s" : "%s is too long for a machine file", path,
                 strerror(error));
        return SIM_BAD_INPUT;
    }
    return sim_machine_parse(text, bytes, path, machine, message, size);
}

sim_status sim_machine_set(sim_machine *machine, const char *key, const char *value, char *message, size_t size) {
    reading r = {.m = *machine, .from = *machine, .message = message, .size = size};
    word name = {key, strlen(key)}, given = {value, strlen(value)};
    sim_status status = set_key(&r, name, given);
    unsigned known = find_key(name);
    if (status != SIM_OK)
        return status;
    r.seen[known] = 1;
    status = finish(&r);
    if (status == SIM_OK)
        *machine = r.m;
    return status;
}
