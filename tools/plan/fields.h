/* SPDX-License-Identifier: Apache-2.0 */
/* Lines of words "key=value" and the struct they stand for, by a table: one reader and one writer for all of them. */
#ifndef TL_PLAN_FIELDS_H
#define TL_PLAN_FIELDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { FIELD_PARTS = 4, FIELD_NEEDED = INT32_MIN };

/* A key: numbers joined by x, or a word. */
typedef struct plan_field {
    const char *key;
    const char *const *words; /* NULL: numbers */
    uint8_t parts, bytes;     /* numbers, and bytes of each (1, 2, 4) or of the enum */
    uint16_t offset[FIELD_PARTS];
    int32_t least;
    int32_t fallback; /* of every part where the key is missing; then it is not written either */
} plan_field;

typedef struct plan_fields {
    const plan_field *field;
    uint32_t count;
} plan_fields;

/* A cursor over words parted by spaces and tabs. */
typedef struct plan_word {
    const char *at;
    size_t bytes;
} plan_word;

/* The next word of *text, which is moved behind it. False: there is none. */
bool word_next(const char **text, plan_word *word);
bool word_is(const plan_word *word, const char *text);
/* Which of `count` names it is; `count`: none. */
uint32_t word_among(const plan_word *word, const char *const *names, uint32_t count);
/* A clause about a word, which is shown as far as it is printable. Always false. */
bool word_wrong(char *why, size_t room, const char *what, const plan_word *word);

/* A string under construction, as snprintf writes. */
typedef struct plan_text {
    char *text;
    size_t room, bytes;
} plan_text;
__attribute__((format(printf, 2, 3))) void text_add(plan_text *to, const char *format, ...);

/* Sets all fallbacks. */
void fields_begin(const plan_fields *fields, void *base);
/* Reads a word into its field. `seen`: a bit for each that has been there. */
bool field_read(const plan_fields *fields, const plan_word *word, void *base, uint32_t *seen, char *why, size_t room);
/* Whether all that is needed has been there. */
bool fields_end(const plan_fields *fields, uint32_t seen, char *why, size_t room);
/* Writes " key=value" for each field that is not as its fallback. */
void fields_write(const plan_fields *fields, const void *base, plan_text *to);

#endif
