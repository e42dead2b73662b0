/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/plan/fields.h"
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

bool word_next(const char **text, plan_word *word) {
    const char *at = *text + strspn(*text, " \t");
    *word = (plan_word){at, strcspn(at, " \t")};
    *text = at + word->bytes;
    return word->bytes > 0;
}

bool word_is(const plan_word *word, const char *text) {
    return strlen(text) == word->bytes && memcmp(word->at, text, word->bytes) == 0;
}

uint32_t word_among(const plan_word *word, const char *const *names, uint32_t count) {
    uint32_t i = 0;
    while (i < count && !word_is(word, names[i]))
        ++i;
    return i;
}

bool word_wrong(char *why, size_t room, const char *what, const plan_word *word) {
    enum { SHOWN = 40 };
    char shown[SHOWN + 4];
    size_t n = word->bytes < SHOWN ? word->bytes : SHOWN;
    for (size_t i = 0; i < n; ++i)
        shown[i] = word->at[i] > ' ' && word->at[i] <= '~' ? word->at[i] : '?';
    memcpy(shown + n, word->bytes > SHOWN ? "..." : "", word->bytes > SHOWN ? 4 : 1);
    snprintf(why, room, "%s '%s'", what, shown);
    return false;
}

void text_add(plan_text *to, const char *format, ...) {
    const bool fits = to->bytes < to->room;
    va_list arguments;
    va_start(arguments, format);
    int n = vsnprintf(fits ? to->text + to->bytes : NULL, fits ? to->room - to->bytes : 0, format, arguments);
    va_end(arguments);
    to->bytes += n > 0 ? (size_t)n : 0;
}

static int64_t most(uint32_t bytes, bool is_signed) {
    return (INT64_C(1) << (8 * bytes - (is_signed ? 1u : 0u))) - 1;
}

/* Fields that may be below 0 are signed. */
static int64_t get(const plan_field *f, uint32_t part, const void *base) {
    const char *at = (const char *)base + f->offset[part];
    uint8_t u8;
    uint16_t u16;
    int16_t i16;
    uint32_t u32;
    switch (f->bytes) {
    case 1:
        memcpy(&u8, at, 1);
        return u8;
    case 2:
        memcpy(&u16, at, 2);
        memcpy(&i16, at, 2);
        return f->least < 0 ? i16 : u16;
    default:
        memcpy(&u32, at, 4);
        return u32;
    }
}

static void set(const plan_field *f, uint32_t part, void *base, int64_t value) {
    const uint32_t u32 = (uint32_t)value;
    const uint16_t u16 = (uint16_t)value;
    const uint8_t u8 = (uint8_t)value;
    memcpy((char *)base + f->offset[part],
           f->bytes == 1   ? (const void *)&u8
           : f->bytes == 2 ? (const void *)&u16
                           : (const void *)&u32,
           f->bytes);
}

void fields_begin(const plan_fields *fields, void *base) {
    for (uint32_t i = 0; i < fields->count; ++i)
        for (uint32_t part = 0; part < fields->field[i].parts; ++part)
            if (fields->field[i].fallback != FIELD_NEEDED)
                set(&fields->field[i], part, base, fields->field[i].fallback);
}

/* A number in decimal, as it is written: no sign but a minus, no zeros before it. */
static bool number(const char **at, const char *end, int64_t least, int64_t greatest, int64_t *value) {
    const bool minus = *at < end && **at == '-';
    const char *digits = *at + minus;
    int64_t n = 0;
    const char *p = digits;
    for (; p < end && *p >= '0' && *p <= '9' && n <= greatest + 1; ++p)
        n = 10 * n + (*p - '0');
    if (p == digits || (*digits == '0' && (p - digits > 1 || minus)))
        return false;
    *at = p;
    *value = minus ? -n : n;
    return *value >= least && *value <= greatest;
}

static bool read_numbers(const plan_field *f, const char *at, const char *end, void *base) {
    int64_t value[FIELD_PARTS];
    const int64_t greatest = most(f->bytes, f->least < 0);
    uint32_t parts = 0;
    for (;;) {
        if (parts == f->parts || !number(&at, end, f->least, greatest, &value[parts]))
            return false;
        ++parts;
        if (at == end)
            break;
        if (*at++ != 'x')
            return false;
    }
    /* One number for both ways. */
    const bool both = parts == 1 && f->parts == 2;
    if (parts != f->parts && !both)
        return false;
    for (uint32_t i = 0; i < f->parts; ++i)
        set(f, i, base, value[both ? 0 : i]);
    return true;
}

static uint32_t word_count(const plan_field *f) {
    uint32_t n = 0;
    while (f->words[n])
        ++n;
    return n;
}

bool field_read(const plan_fields *fields, const plan_word *word, void *base, uint32_t *seen, char *why, size_t room) {
    const char *end = word->at + word->bytes, *equals = memchr(word->at, '=', word->bytes);
    const plan_word key = {word->at, equals ? (size_t)(equals - word->at) : word->bytes};
    if (!equals)
        return word_wrong(why, room, "there is no '=' in", word);
    for (uint32_t i = 0; i < fields->count; ++i) {
        const plan_field *f = &fields->field[i];
        if (!word_is(&key, f->key))
            continue;
        if (*seen >> i & 1)
            return word_wrong(why, room, "given twice:", &key);
        *seen |= 1u << i;
        if (!f->words)
            return read_numbers(f, equals + 1, end, base) || word_wrong(why, room, "no good value:", word);
        const plan_word value = {equals + 1, (size_t)(end - equals) - 1};
        const uint32_t count = word_count(f), which = word_among(&value, f->words, count);
        if (which == count)
            return word_wrong(why, room, "no good value:", word);
        set(f, 0, base, which);
        return true;
    }
    return word_wrong(why, room, "unknown key", &key);
}

bool fields_end(const plan_fields *fields, uint32_t seen, char *why, size_t room) {
    for (uint32_t i = 0; i < fields->count; ++i)
        if (fields->field[i].fallback == FIELD_NEEDED && !(seen >> i & 1)) {
            snprintf(why, room, "%s= is missing", fields->field[i].key);
            return false;
        }
    return true;
}

void fields_write(const plan_fields *fields, const void *base, plan_text *to) {
    for (uint32_t i = 0; i < fields->count; ++i) {
        const plan_field *f = &fields->field[i];
        bool same = f->fallback != FIELD_NEEDED;
        for (uint32_t part = 0; part < f->parts; ++part)
            same = same && get(f, part, base) == f->fallback;
        if (same)
            continue;
        text_add(to, "%s%s=", to->bytes ? " " : "", f->key);
        for (uint32_t part = 0; part < f->parts; ++part) {
            if (f->words)
                text_add(to, "%s", f->words[get(f, part, base)]);
            else
                text_add(to, "%s%lld", part ? "x" : "", (long long)get(f, part, base));
        }
    }
}
