/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/cli/sample_file.h"
#include "tools/cli/npy.h"
#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

enum { MOST_BYTES = 1 << 30, IDX_BYTE = 0x08, IDX_FLOAT = 0x0d };

void sample_file_free(sample_file *f) {
    free(f->values);
    free(f->numbers);
    *f = (sample_file){0};
}

/* Room for what the header promises; false: no memory, or more than there can be. */
static bool make_room(sample_file *f, const char *path, uint64_t count, uint64_t width, cli_error *error) {
    if (count == 0 || width == 0 || count > UINT32_MAX || width > UINT32_MAX || count * width > MOST_BYTES / 4)
        return cli_fail(error, CLI_INPUT, "%s holds %llu samples of %llu numbers: that cannot be used", path,
                        (unsigned long long)count, (unsigned long long)width);
    f->count = (uint32_t)count;
    f->width = (uint32_t)width;
    f->values = malloc(count * width * sizeof *f->values);
    f->numbers = width == 1 ? malloc(count * sizeof *f->numbers) : NULL;
    return (f->values && (width > 1 || f->numbers)) || cli_out_of_memory(error);
}

/* All that is left of a file, with a zero byte behind it. */
static bool read_all(gzFile in, const char *path, char **text, size_t *bytes, cli_error *error) {
    size_t room = 1 << 16, size = 0;
    char *all = malloc(room + 1);
    int got = 1;
    while (all && got > 0 && size <= MOST_BYTES) {
        if (size == room) {
            room *= 2;
            char *more = realloc(all, room + 1);
            if (!more)
                free(all);
            all = more;
            continue;
        }
        got = gzread(in, all + size, room - size < 1u << 20 ? (unsigned)(room - size) : 1u << 20);
        size += got > 0 ? (size_t)got : 0;
    }
    int code = Z_OK;
    gzerror(in, &code);
    if (all && size <= MOST_BYTES && got == 0 && code == Z_OK) {
        all[size] = '\0';
        *text = all;
        *bytes = size;
        return true;
    }
    const bool room_left = all != NULL;
    free(all);
    if (!room_left || code == Z_MEM_ERROR)
        return cli_out_of_memory(error);
    return cli_fail(error, CLI_INPUT, "%s %s", path,
                    size > MOST_BYTES ? "is larger than such a file can be" : "is damaged or cut off: fetch it again");
}

/* Element i as a float; bytes go from 0 to 1. */
static float element(const npy *a, uint64_t i) {
    switch (a->type) {
    case NPY_F32:
        return ((const float *)a->data)[i];
    case NPY_I32:
        return (float)((const int32_t *)a->data)[i];
    case NPY_I64:
        return (float)((const int64_t *)a->data)[i];
    case NPY_U8:
        return (float)((const uint8_t *)a->data)[i] / 255.0f;
    case NPY_F64:
        break;
    }
    return (float)((const double *)a->data)[i];
}

static int64_t integer(const npy *a, uint64_t i) {
    return a->type == NPY_I64   ? ((const int64_t *)a->data)[i]
           : a->type == NPY_I32 ? ((const int32_t *)a->data)[i]
           : a->type == NPY_U8  ? ((const uint8_t *)a->data)[i]
                                : 0;
}

static bool read_npy(sample_file *f, const char *path, gzFile in, cli_error *error) {
    npy a = {0};
    char *all = NULL;
    size_t bytes = 0;
    bool fine = read_all(in, path, &all, &bytes, error) && npy_parse(&a, path, all, bytes, error);
    free(all);
    if (!fine)
        return false;
    const uint64_t count = a.rank > 0 && a.dims[0] > 0 ? (uint64_t)a.dims[0] : 1;
    fine = make_room(f, path, count, a.elements / count, error);
    f->whole = a.type != NPY_F32 && a.type != NPY_F64;
    f->channels = a.rank == 4 ? (uint32_t)a.dims[1] : 0;
    f->last = a.rank == 4 ? (uint32_t)a.dims[3] : 0;
    for (uint64_t i = 0; fine && i < a.elements; ++i) {
        f->values[i] = element(&a, i);
        if (f->numbers)
            f->numbers[i] = integer(&a, i);
    }
    npy_free(&a);
    return fine;
}

static bool take(gzFile in, void *to, size_t bytes) {
    for (size_t done = 0; done < bytes;) {
        const unsigned want = bytes - done < 1u << 20 ? (unsigned)(bytes - done) : 1u << 20;
        const int got = gzread(in, (char *)to + done, want);
        if (got <= 0)
            return false;
        done += (size_t)got;
    }
    return true;
}

static uint32_t big_endian(const uint8_t *b) {
    return (uint32_t)b[0] << 24 | (uint32_t)b[1] << 16 | (uint32_t)b[2] << 8 | b[3];
}

static bool read_idx(sample_file *f, const char *path, gzFile in, cli_error *error) {
    uint8_t magic[4], size[4], past;
    uint64_t count = 0, width = 1;
    uint32_t second = 0, fourth = 0;
    if (!take(in, magic, 4) || (magic[2] != IDX_BYTE && magic[2] != IDX_FLOAT) || magic[3] < 1 || magic[3] > 4)
        return cli_fail(error, CLI_INPUT, "%s: of IDX files those of bytes or float32 in 1 to 4 dimensions are taken",
                        path);
    for (uint32_t i = 0; i < magic[3]; ++i) {
        if (!take(in, size, 4))
            return cli_fail(error, CLI_INPUT, "%s ends in its header", path);
        const uint32_t dim = big_endian(size);
        count = i == 0 ? dim : count;
        second = i == 1 ? dim : second;
        fourth = i == 3 ? dim : fourth;
        width = i == 0 ? 1 : width > MOST_BYTES ? width : width * dim;
    }
    if (!make_room(f, path, count, width, error))
        return false;
    f->channels = magic[3] == 4 ? second : magic[3] == 3 ? 1 : 0;
    f->last = fourth;
    f->whole = magic[2] == IDX_BYTE;
    const size_t each = f->whole ? 1 : 4, total = (size_t)(count * width);
    uint8_t *bytes = malloc(total * each);
    if (!bytes)
        return cli_out_of_memory(error);
    bool fine = take(in, bytes, total * each) && gzread(in, &past, 1) == 0;
    for (size_t i = 0; fine && i < total; ++i) {
        const uint32_t word = f->whole ? 0 : big_endian(bytes + 4 * i);
        if (f->whole)
            f->values[i] = (float)bytes[i] / 255.0f;
        else
            memcpy(&f->values[i], &word, sizeof word);
        if (f->numbers)
            f->numbers[i] = f->whole ? bytes[i] : 0;
    }
    free(bytes);
    return fine || cli_fail(error, CLI_INPUT, "%s is damaged, or not as long as its header says", path);
}

/* What stands in a line where a number should. */
typedef struct csv_fault {
    uint32_t column; /* from 1 */
    const char *at;
} csv_fault;

/* Numbers of a line, up to `room` of them to `to`; UINT32_MAX: something else stands there, or one that is not finite.
 */
static uint32_t read_line(const char *line, const char *end, float *to, int64_t *numbers, uint32_t room, bool *whole,
                          csv_fault *fault) {
    uint32_t n = 0;
    while (line < end) {
        char *behind, *integer;
        const float value = strtof(line, &behind);
        const int64_t number = strtoll(line, &integer, 10);
        *fault = (csv_fault){n + 1, line};
        if (behind == line || behind > end || !isfinite(value))
            return UINT32_MAX;
        *whole = *whole && integer == behind;
        if (n < room) {
            to[n] = value;
            numbers[n] = number;
        }
        ++n;
        line = behind + strspn(behind, " \t\r");
        if (line < end && (*line == ',' || *line == ';'))
            line += 1 + strspn(line + 1, " \t");
        else if (line < end && line == behind)
            return UINT32_MAX;
    }
    return n;
}

/* How much of it belongs into a sentence. */
static size_t shown(const char *at) {
    const size_t n = strcspn(at, ",;\r\n");
    return n < 24 ? n : 24;
}

static bool read_csv(sample_file *f, const char *path, gzFile in, cli_error *error) {
    char *text = NULL;
    size_t bytes = 0;
    if (!read_all(in, path, &text, &bytes, error))
        return false;
    uint32_t lines = 0, width = 0, number = 0;
    bool fine = true, whole = true;
    float none;
    int64_t no;
    csv_fault fault = {0};
    /* Twice over the lines: how many, then their numbers. The first may be a heading. */
    for (int pass = 0; fine && pass < 2; ++pass) {
        if (pass == 1)
            fine = make_room(f, path, lines, width, error);
        int64_t *row = fine && pass == 1 ? calloc(width, sizeof *row) : NULL;
        uint32_t at = 0;
        number = 0;
        for (const char *line = text, *end; fine && *line; line = *end ? end + 1 : end) {
            end = line + strcspn(line, "\n");
            ++number;
            const char *start = line + strspn(line, " \t\r");
            if (start >= end || *start == '#')
                continue;
            const uint32_t n = pass == 0
                                   ? read_line(start, end, &none, &no, 0, &whole, &fault)
                                   : read_line(start, end, f->values + (size_t)at * width, row, width, &whole, &fault);
            if (n == UINT32_MAX && number == 1)
                continue;
            if (n == UINT32_MAX)
                fine = cli_fail(error, CLI_INPUT,
                                "%s:%u: numbers with commas between are wanted, and in column %u stands '%.*s'", path,
                                number, fault.column, (int)shown(fault.at), fault.at);
            else if (width && n != width)
                fine = cli_fail(error, CLI_INPUT, "%s:%u: %u numbers stand here, and %u in the lines before", path,
                                number, n, width);
            width = n;
            if (pass == 1 && f->numbers && fine)
                f->numbers[at] = row[0];
            ++at;
        }
        lines = at;
        free(row);
    }
    f->whole = whole;
    free(text);
    return fine;
}

bool sample_file_read(sample_file *f, const char *path, cli_error *error) {
    uint8_t start[6] = {0};
    *f = (sample_file){0};
    gzFile in = gzopen(path, "rb");
    const int got = in ? gzread(in, start, sizeof start) : -1;
    if (got < 0) {
        int code = Z_ERRNO;
        if (in)
            gzerror(in, &code);
        gzclose(in);
        return cli_fail(error, CLI_INPUT,
                        code == Z_ERRNO ? "%s: cannot be read" : "%s is damaged or cut off: fetch it again", path);
    }
    bool fine;
    if (got == 6 && memcmp(start, "\x93NUMPY", 6) == 0)
        fine = gzrewind(in) == 0 && read_npy(f, path, in, error);
    else if (got >= 4 && start[0] == 0 && start[1] == 0)
        fine = gzrewind(in) == 0 && read_idx(f, path, in, error);
    else
        fine = gzrewind(in) == 0 && read_csv(f, path, in, error);
    gzclose(in);
    if (!fine)
        sample_file_free(f);
    return fine;
}
