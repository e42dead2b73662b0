/* SPDX-License-Identifier: Apache-2.0 */
#include "tl/save.h"
#include <stddef.h>

typedef struct head {
    char magic[8];
    uint32_t kept_bytes, counts_bytes, params, name;
} head;

_Static_assert(sizeof(head) == TL_SAVE_HEAD, "a head has no padding");

/* IEEE 802.3's CRC-32, four bits at a time. */
static uint32_t crc_more(uint32_t crc, const void *bytes, uint32_t count) {
    static const uint32_t table[] = {0x00000000, 0x1DB71064, 0x3B6E20C8, 0x26D930AC, 0x76DC4190, 0x6B6B51F4,
                                     0x4DB26158, 0x5005713C, 0xEDB88320, 0xF00F9344, 0xD6D6A3E8, 0xCB61B38C,
                                     0x9B64C2B0, 0x86D3D2D4, 0xA00AE278, 0xBDBDF21C};
    const unsigned char *at = bytes;
    crc = ~crc;
    for (uint32_t i = 0; i < count; ++i) {
        crc ^= at[i];
        crc = crc >> 4 ^ table[crc & 15];
        crc = crc >> 4 ^ table[crc & 15];
    }
    return ~crc;
}

static head head_of(const tl_project *project) {
    uint32_t length = 0;
    while (project->name[length])
        ++length;
    return (head){.magic = "TLSAVE1",
                  .kept_bytes = project->kept_bytes,
                  .counts_bytes = project->counts_bytes,
                  .params = project->params,
                  .name = crc_more(0, project->name, length)};
}

uint32_t tl_save_bytes(const tl_project *project) {
    return (uint32_t)sizeof(head) + project->kept_bytes + project->counts_bytes + 4;
}

tl_status tl_save(const tl_project *project, const void *context, tl_save_write *write, void *user) {
    const head h = head_of(project);
    const char *kept = (const char *)context + project->params_offset;
    const char *counts = (const char *)context + project->counts_offset;
    uint32_t crc = crc_more(0, &h, sizeof h);
    crc = crc_more(crc, kept, project->kept_bytes);
    crc = crc_more(crc, counts, project->counts_bytes);
    const bool fine = write(user, &h, sizeof h) && write(user, kept, project->kept_bytes) &&
                      write(user, counts, project->counts_bytes) && write(user, &crc, sizeof crc);
    return fine ? TL_OK : TL_BAD_REQUEST;
}

/* The next bytes, to their place or to none. */
static bool take(tl_save_read *read, void *user, char *to, uint32_t count, uint32_t *crc) {
    enum { PIECE = 64 };
    char piece[PIECE];
    while (count > 0) {
        const uint32_t n = to || count < PIECE ? count : PIECE;
        char *const at = to ? to : piece;
        if (!read(user, at, n))
            return false;
        *crc = crc_more(*crc, at, n);
        count -= n;
    }
    return true;
}

static tl_status take_all(const tl_project *project, char *context, tl_save_read *read, void *user) {
    const head wanted = head_of(project);
    const unsigned char *const bytes = (const unsigned char *)&wanted;
    head h;
    if (!read(user, &h, sizeof h))
        return TL_BAD_REQUEST;
    for (uint32_t i = 0; i < sizeof h; ++i)
        if (((const unsigned char *)&h)[i] != bytes[i])
            return TL_BAD_REQUEST;
    uint32_t crc = crc_more(0, &h, sizeof h), told;
    const bool fine =
        take(read, user, context ? context + project->params_offset : NULL, project->kept_bytes, &crc) &&
        take(read, user, context ? context + project->counts_offset : NULL, project->counts_bytes, &crc) &&
        read(user, &told, sizeof told) && told == crc;
    return fine ? TL_OK : TL_BAD_REQUEST;
}

tl_status tl_save_check(const tl_project *project, tl_save_read *read, void *user) {
    return take_all(project, NULL, read, user);
}

tl_status tl_save_restore(const tl_project *project, void *context, tl_save_read *read, void *user) {
    return take_all(project, context, read, user);
}
