/* SPDX-License-Identifier: Apache-2.0 */
/* Wisdom from anywhere: refused with a sentence, or read; merged with itself or with more it holds no less. */
#include "tests/fuzz/fuzz.h"
#include "tools/tune/wisdom.h"
#include <string.h>

static const char *const seeds[] = {
    "trainlib-wisdom 1\n"
    "00112233445566ff ffeeddccbbaa9988 1234 | relu forward elements=5 | elements=0\n"
    "00112233445566ff ffeeddccbbaa9988 >900 | relu forward elements=5 | elements=256\n"
    "00112233445566ff ffeeddccbbaa9988 refused | relu forward elements=5 | elements=512\n"
    "00112233445566ff 0000000000000001 100 | relu forward elements=5 | elements=128\n",
    "trainlib-wisdom 1\n"
    "00112233445566ff ffeeddccbbaa9988 >700 | relu forward elements=5 | elements=0\n"
    "00112233445566ff ffeeddccbbaa9988 106683 | conv forward x=1x32x32x3 o=16 k=3x3 | tile=8x32x16x3 block=5x4\n"
    "00112233445566ff ffeeddccbbaa9988 77 | add forward elements=5 | elements=0\n"
    "torn",
};

size_t fuzz_seed(unsigned i, uint8_t *to, size_t room) {
    const size_t bytes = i < sizeof seeds / sizeof seeds[0] ? strlen(seeds[i]) : 0;
    FUZZ_CHECK(bytes <= room);
    memcpy(to, i < sizeof seeds / sizeof seeds[0] ? seeds[i] : "", bytes);
    return bytes;
}

static char *written(const wisdom *w, size_t *bytes) {
    *bytes = wisdom_write(w, NULL, 0);
    char *text = malloc(*bytes + 1);
    FUZZ_CHECK(text && wisdom_write(w, text, *bytes + 1) == *bytes);
    return text;
}

/* These two texts, the first of them again behind the second. */
static char *merged(const char *one, size_t one_bytes, const char *other, size_t other_bytes, uint32_t *count,
                    size_t *bytes) {
    plan_error error;
    bool torn;
    wisdom *w = wisdom_create();
    FUZZ_CHECK(w && wisdom_read(w, one, one_bytes, "w", &torn, &error) && !torn);
    FUZZ_CHECK(wisdom_read(w, other, other_bytes, "w", &torn, &error) && !torn);
    FUZZ_CHECK(wisdom_read(w, one, one_bytes, "w", &torn, &error));
    char *text = written(w, bytes);
    *count = wisdom_count(w);
    wisdom_destroy(w);
    return text;
}

static void same(char *text, size_t bytes, char *again, size_t again_bytes) {
    FUZZ_CHECK(bytes == again_bytes && memcmp(text, again, bytes) == 0);
    free(again);
}

/* What is written reads as the same, twice too; and the order of merging does not matter. */
static void check(const wisdom *w) {
    size_t bytes, one_bytes, other_bytes;
    uint32_t count;
    char *text = written(w, &bytes);
    char *twice = merged(text, bytes, text, bytes, &count, &one_bytes);
    same(text, bytes, twice, one_bytes);
    char *one = merged(text, bytes, seeds[0], strlen(seeds[0]), &count, &one_bytes);
    FUZZ_CHECK(count >= wisdom_count(w) && count <= wisdom_count(w) + 4);
    char *other = merged(seeds[0], strlen(seeds[0]), text, bytes, &count, &other_bytes);
    same(one, one_bytes, other, other_bytes);
    free(one);
    free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes) {
    const wisdom_place place = {0x00112233445566ff, 0xffeeddccbbaa9988};
    wisdom *w = wisdom_create();
    plan_error error;
    bool torn;
    uint64_t cycles;
    FUZZ_CHECK(w);
    error.text[0] = 0;
    if (wisdom_read(w, (const char *)data, bytes, "w", &torn, &error)) {
        wisdom_best(w, &place, "relu forward elements=5", &cycles);
        check(w);
    } else {
        FUZZ_CHECK(strncmp(error.text, "w:", 2) == 0 && !strchr(error.text, '\n'));
    }
    wisdom_destroy(w);
    return 0;
}
