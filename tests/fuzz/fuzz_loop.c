/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Drives a fuzzer without libFuzzer:
 *   fuzz_NAME_loop RUNS [FILE...]       the files as they are, the seeds, then RUNS damaged seeds, always the same
 *   fuzz_NAME_loop --seeds FOLDER       writes the seeds there, for libFuzzer to start from
 */
#include <string.h>

#include "tests/fuzz/fuzz.h"

enum { MOST = 1 << 17, SEEDS = 64 };

typedef struct seeds {
    uint8_t *at[SEEDS];
    size_t bytes[SEEDS];
    unsigned count;
} seeds;

static uint32_t next_random(uint64_t *state) {
    *state = *state * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(*state >> 33);
}

/* In a block of its very size: a sanitizer sees the first byte beyond. */
static void try(const uint8_t *data, size_t bytes) {
    uint8_t *copy = malloc(bytes ? bytes : 1);
    FUZZ_CHECK(copy);
    memcpy(copy, data, bytes);
    LLVMFuzzerTestOneInput(copy, bytes);
    free(copy);
}

static uint8_t interesting(uint64_t *random) {
    static const uint8_t values[] = {0, 1, 0x7f, 0x80, 0xff, '\n', '=', '#', ' ', '9'};
    uint32_t r = next_random(random);
    return r & 1 ? (uint8_t)(r >> 8) : values[r / 2 % sizeof values];
}

/* One piece of damage. Returns the new length. */
static size_t damage(uint8_t *data, size_t bytes, const seeds *all, uint64_t *random) {
    uint32_t kind = next_random(random) % 8, at = bytes ? next_random(random) % (uint32_t)bytes : 0;
    uint32_t n = 1 + next_random(random) % 16;
    const unsigned from = next_random(random) % all->count;
    if (!bytes || (kind == 0 && bytes + n < MOST)) {
        memmove(data + at + n, data + at, bytes - at);
        for (uint32_t i = 0; i < n; i++)
            data[at + i] = interesting(random);
        return bytes + n;
    }
    if (kind == 1 && n < bytes - at) {
        memmove(data + at, data + at + n, bytes - at - n);
        return bytes - n;
    }
    if (kind == 2 && next_random(random) % 8 == 0)
        return at;
    if (kind == 3) {
        size_t left = all->bytes[from] ? next_random(random) % all->bytes[from] : 0;
        size_t room = all->bytes[from] - left < bytes - at ? all->bytes[from] - left : bytes - at;
        memcpy(data + at, all->at[from] + left, room < 4 * n ? room : 4 * n);
    } else if (kind < 6) {
        data[at] ^= (uint8_t)(1u << n % 8);
    } else {
        data[at] = interesting(random);
    }
    return bytes;
}

static void make_seeds(seeds *all) {
    uint8_t *room = malloc(MOST);
    FUZZ_CHECK(room);
    for (all->count = 0; all->count < SEEDS; all->count++) {
        size_t bytes = fuzz_seed(all->count, room, MOST / 2);
        if (!bytes)
            break;
        all->bytes[all->count] = bytes;
        all->at[all->count] = malloc(bytes);
        FUZZ_CHECK(all->at[all->count]);
        memcpy(all->at[all->count], room, bytes);
    }
    free(room);
    FUZZ_CHECK(all->count);
}

static void free_seeds(seeds *all) {
    for (unsigned i = 0; i < all->count; i++)
        free(all->at[i]);
}

static int write_seeds(const seeds *all, const char *folder) {
    for (unsigned i = 0; i < all->count; i++) {
        char path[1024];
        snprintf(path, sizeof path, "%s/seed-%u", folder, i);
        FILE *file = fopen(path, "wb");
        if (!file || fwrite(all->at[i], 1, all->bytes[i], file) != all->bytes[i] || fclose(file)) {
            fprintf(stderr, "cannot write %s\n", path);
            return 1;
        }
    }
    return 0;
}

static void try_file(const char *path, uint8_t *room) {
    FILE *file = fopen(path, "rb");
    FUZZ_CHECK(file);
    size_t bytes = fread(room, 1, MOST, file);
    fclose(file);
    try(room, bytes);
}

int main(int argc, char **argv) {
    seeds all;
    make_seeds(&all);
    if (argc == 3 && strcmp(argv[1], "--seeds") == 0) {
        int failed = write_seeds(&all, argv[2]);
        free_seeds(&all);
        return failed;
    }
    uint8_t *room = malloc(MOST);
    FUZZ_CHECK(room && argc > 1);
    for (int i = 2; i < argc; i++)
        try_file(argv[i], room);
    for (unsigned i = 0; i < all.count; i++)
        try(all.at[i], all.bytes[i]);
    uint64_t random = 1;
    for (long runs = strtol(argv[1], NULL, 10); runs > 0; runs--) {
        unsigned from = next_random(&random) % all.count;
        size_t bytes = all.bytes[from];
        memcpy(room, all.at[from], bytes);
        for (uint32_t n = 1 + next_random(&random) % 6; n; n--)
            bytes = damage(room, bytes, &all, &random);
        try(room, bytes);
    }
    free_seeds(&all);
    free(room);
    return 0;
}
