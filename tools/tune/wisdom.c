/* SPDX-License-Identifier: Apache-2.0 */
#define _DEFAULT_SOURCE
#include "tools/tune/wisdom.h"
#include "tools/plan/fields.h"
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { MOST_BYTES = 1 << 30 };

typedef struct record {
    wisdom_place place;
    wisdom_result result;
    char *problem, *plan; /* one block */
} record;

struct wisdom {
    record *records;
    uint32_t count, room;
    uint32_t *slots; /* 1 + a record's number, by hash; a power of two of them */
    uint32_t slot_count;
    FILE *file;
};

static const char *const wisdom_heading = "trainlib-wisdom 1";

wisdom *wisdom_create(void) {
    return calloc(1, sizeof(wisdom));
}

void wisdom_destroy(wisdom *w) {
    if (!w)
        return;
    for (uint32_t i = 0; i < w->count; ++i)
        free(w->records[i].problem);
    if (w->file)
        fclose(w->file);
    free(w->records);
    free(w->slots);
    free(w);
}

static uint64_t hash_of(const wisdom_place *place, const char *problem, const char *plan) {
    uint64_t hash = hash_more(HASH_BEGIN, place, sizeof *place);
    hash = hash_more(hash, problem, strlen(problem) + 1);
    return hash_more(hash, plan, strlen(plan));
}

static bool is(const record *r, const wisdom_place *place, const char *problem, const char *plan) {
    return r->place.machine == place->machine && r->place.code == place->code && strcmp(r->problem, problem) == 0 &&
           strcmp(r->plan, plan) == 0;
}

/* The slot where the record is, or would be. There always is an empty one. */
static uint32_t slot_of(const wisdom *w, const wisdom_place *place, const char *problem, const char *plan) {
    uint32_t slot = (uint32_t)(hash_of(place, problem, plan) & (w->slot_count - 1));
    while (w->slots[slot] && !is(&w->records[w->slots[slot] - 1], place, problem, plan))
        slot = (slot + 1) & (w->slot_count - 1);
    return slot;
}

static bool grow(wisdom *w) {
    if (w->count == w->room) {
        const uint32_t room = w->room ? 2 * w->room : 256;
        record *grown = realloc(w->records, room * sizeof *grown);
        if (!grown)
            return false;
        w->records = grown;
        w->room = room;
    }
    if (2 * (w->count + 1) <= w->slot_count)
        return true;
    const uint32_t slots = w->slot_count ? 2 * w->slot_count : 1024;
    uint32_t *fresh = calloc(slots, sizeof *fresh);
    if (!fresh)
        return false;
    free(w->slots);
    w->slots = fresh;
    w->slot_count = slots;
    for (uint32_t i = 0; i < w->count; ++i) {
        const record *r = &w->records[i];
        w->slots[slot_of(w, &r->place, r->problem, r->plan)] = i + 1;
    }
    return true;
}

/* Whether `now` says more than `then`: cycles more than a refusal, that more than a limit, a high one more than a low
 * one; and of two that disagree always the same one. */
static bool says_more(const wisdom_result *now, const wisdom_result *then) {
    static const int rank[] = {[WISDOM_CYCLES] = 2, [WISDOM_REFUSED] = 1, [WISDOM_ABOVE] = 0};
    if (now->kind != then->kind)
        return rank[now->kind] > rank[then->kind];
    return now->kind == WISDOM_ABOVE ? now->cycles > then->cycles : now->cycles < then->cycles;
}

/* *fresh: whether this was not known. */
static bool remember(wisdom *w, const wisdom_place *place, const char *problem, const char *plan,
                     const wisdom_result *result, bool *fresh) {
    if (!grow(w))
        return false;
    const uint32_t slot = slot_of(w, place, problem, plan);
    *fresh = true;
    if (w->slots[slot]) {
        record *r = &w->records[w->slots[slot] - 1];
        *fresh = says_more(result, &r->result);
        if (*fresh)
            r->result = *result;
        return true;
    }
    const size_t first = strlen(problem) + 1, second = strlen(plan) + 1;
    char *texts = malloc(first + second);
    if (!texts)
        return false;
    memcpy(texts, problem, first);
    memcpy(texts + first, plan, second);
    w->records[w->count++] = (record){*place, *result, texts, texts + first};
    w->slots[slot] = w->count;
    return true;
}

static size_t write_record(const record *r, char *text, size_t room) {
    plan_text to = {text, room, 0};
    text_add(&to, "%016" PRIx64 " %016" PRIx64 " ", r->place.machine, r->place.code);
    if (r->result.kind == WISDOM_REFUSED)
        text_add(&to, "refused");
    else
        text_add(&to, "%s%" PRIu64, r->result.kind == WISDOM_ABOVE ? ">" : "", r->result.cycles);
    text_add(&to, " | %s | %s\n", r->problem, r->plan);
    return to.bytes;
}

static char *trim(char *text) {
    text += strspn(text, " \t");
    size_t n = strlen(text);
    while (n && (text[n - 1] == ' ' || text[n - 1] == '\t'))
        text[--n] = 0;
    return text;
}

static bool read_result(const plan_word *word, wisdom_result *result) {
    const bool above = word->at[0] == '>';
    *result = (wisdom_result){above ? WISDOM_ABOVE : WISDOM_CYCLES, 0};
    if (word_is(word, "refused")) {
        result->kind = WISDOM_REFUSED;
        return true;
    }
    /* Nothing takes no time. */
    return number_read(word->at + above, word->bytes - above, UINT32_MAX, &result->cycles) && result->cycles > 0;
}

static bool read_line(wisdom *w, plan_lines *lines) {
    char *problem = strchr(lines->line, '|'), *plan = problem ? strchr(problem + 1, '|') : NULL;
    const char *at = lines->line;
    plan_word machine, code, cycles, more;
    wisdom_place place;
    wisdom_result result;
    bool fresh;
    if (!plan || strchr(plan + 1, '|'))
        return lines_fail(lines, "a record is 'MACHINE CODE CYCLES | PROBLEM | PLAN'");
    *problem++ = 0;
    *plan++ = 0;
    problem = trim(problem);
    plan = trim(plan);
    if (!word_next(&at, &machine) || !word_next(&at, &code) || !word_next(&at, &cycles) || word_next(&at, &more) ||
        !hash_read(machine.at, machine.bytes, &place.machine) || !hash_read(code.at, code.bytes, &place.code) ||
        !read_result(&cycles, &result) || strlen(problem) >= STEP_TEXT || strlen(plan) >= STEP_TEXT || !*problem ||
        !*plan)
        return lines_fail(lines, "a record is 'MACHINE CODE CYCLES | PROBLEM | PLAN'");
    return remember(w, &place, problem, plan, &result, &fresh) || lines_fail(lines, "out of memory");
}

bool wisdom_read(wisdom *w, const char *text, size_t bytes, const char *file, bool *torn, plan_error *error) {
    size_t whole = bytes;
    while (whole && text[whole - 1] != '\n')
        --whole;
    *torn = whole != bytes;
    plan_lines lines = {.file = file, .at = text, .end = text + whole, .error = error};
    error->text[0] = 0;
    if (!lines_next(&lines))
        return !error->text[0]; /* empty, or no more than a torn heading */
    if (strcmp(lines.line, wisdom_heading) != 0)
        return lines_fail(&lines, "wisdom begins with the line '%s'", wisdom_heading);
    while (lines_next(&lines))
        if (!read_line(w, &lines))
            return false;
    return !error->text[0];
}

static bool failed(plan_error *error, const char *path, const char *what) {
    snprintf(error->text, sizeof error->text, "%s %s: %s", what, path, strerror(errno));
    return false;
}

/* All of an open file. */
static char *slurp(int file, size_t *bytes) {
    struct stat about;
    if (fstat(file, &about) != 0 || about.st_size > MOST_BYTES)
        return NULL;
    char *text = malloc((size_t)about.st_size + 1);
    *bytes = 0;
    while (text && *bytes < (size_t)about.st_size) {
        const ssize_t n = read(file, text + *bytes, (size_t)about.st_size - *bytes);
        if (n < 0) {
            free(text);
            return NULL;
        }
        if (n == 0)
            break;
        *bytes += (size_t)n;
    }
    return text;
}

static bool take_over(wisdom *w, int file, const char *path, size_t *dropped, plan_error *error) {
    struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    size_t bytes = 0, whole;
    bool torn = false;
    if (fcntl(file, F_SETLK, &lock) != 0) {
        snprintf(error->text, sizeof error->text, "another run is writing to %s; give each its own and --merge them",
                 path);
        return false;
    }
    char *text = slurp(file, &bytes);
    if (!text)
        return failed(error, path, "cannot read");
    const bool fine = wisdom_read(w, text, bytes, path, &torn, error);
    for (whole = bytes; whole && text[whole - 1] != '\n';)
        --whole;
    free(text);
    *dropped = bytes - whole;
    if (!fine)
        return false;
    if ((torn && ftruncate(file, (off_t)whole) != 0) || lseek(file, 0, SEEK_END) < 0)
        return failed(error, path, "cannot write");
    w->file = fdopen(file, "a");
    if (!w->file || (whole == 0 && (fprintf(w->file, "%s\n", wisdom_heading) < 0 || fflush(w->file) != 0)))
        return failed(error, path, "cannot write");
    return true;
}

bool wisdom_keep(wisdom *w, const char *path, size_t *dropped, plan_error *error) {
    const int file = open(path, O_RDWR | O_CREAT | O_APPEND, 0666);
    if (file < 0)
        return failed(error, path, "cannot open");
    if (take_over(w, file, path, dropped, error))
        return true;
    if (!w->file)
        close(file);
    return false;
}

bool wisdom_add(wisdom *w, const wisdom_place *place, const char *problem, const char *plan,
                const wisdom_result *result) {
    bool fresh;
    if (!remember(w, place, problem, plan, result, &fresh))
        return false;
    if (!w->file || !fresh)
        return true;
    char line[PLAN_LINE];
    char problem_copy[STEP_TEXT], plan_copy[STEP_TEXT];
    snprintf(problem_copy, sizeof problem_copy, "%s", problem);
    snprintf(plan_copy, sizeof plan_copy, "%s", plan);
    const record r = {*place, *result, problem_copy, plan_copy};
    const size_t n = write_record(&r, line, sizeof line);
    return fwrite(line, 1, n, w->file) == n;
}

bool wisdom_flush(wisdom *w) {
    return !w->file || fflush(w->file) == 0;
}

bool wisdom_find(const wisdom *w, const wisdom_place *place, const char *problem, const char *plan,
                 wisdom_result *result) {
    if (!w->slot_count)
        return false;
    const uint32_t slot = slot_of(w, place, problem, plan);
    if (!w->slots[slot])
        return false;
    *result = w->records[w->slots[slot] - 1].result;
    return true;
}

static const char *best(const wisdom *w, const wisdom_place *place, bool here, const char *problem, uint64_t *cycles) {
    const record *found = NULL;
    for (uint32_t i = 0; i < w->count; ++i) {
        const record *r = &w->records[i];
        if (r->place.machine != place->machine || (r->place.code == place->code) != here ||
            r->result.kind != WISDOM_CYCLES || strcmp(r->problem, problem) != 0)
            continue;
        if (!found || r->result.cycles < found->result.cycles ||
            (r->result.cycles == found->result.cycles && strcmp(r->plan, found->plan) < 0))
            found = r;
    }
    if (found)
        *cycles = found->result.cycles;
    return found ? found->plan : NULL;
}

const char *wisdom_best(const wisdom *w, const wisdom_place *place, const char *problem, uint64_t *cycles) {
    return best(w, place, true, problem, cycles);
}

const char *wisdom_best_elsewhere(const wisdom *w, const wisdom_place *place, const char *problem, uint64_t *cycles) {
    return best(w, place, false, problem, cycles);
}

uint32_t wisdom_count(const wisdom *w) {
    return w->count;
}

static int in_order(const void *a, const void *b) {
    const record *x = *(const record *const *)a, *y = *(const record *const *)b;
    int order = strcmp(x->problem, y->problem);
    if (!order)
        order = x->place.machine < y->place.machine ? -1 : x->place.machine > y->place.machine;
    if (!order)
        order = x->place.code < y->place.code ? -1 : x->place.code > y->place.code;
    return order ? order : strcmp(x->plan, y->plan);
}

size_t wisdom_write(const wisdom *w, char *text, size_t room) {
    plan_text to = {text, room, 0};
    const record **sorted = malloc((w->count + 1u) * sizeof(record *));
    if (!sorted)
        return 0;
    for (uint32_t i = 0; i < w->count; ++i)
        sorted[i] = &w->records[i];
    if (w->count)
        qsort(sorted, w->count, sizeof(record *), in_order);
    text_add(&to, "%s\n", wisdom_heading);
    for (uint32_t i = 0; i < w->count; ++i) {
        char line[PLAN_LINE];
        write_record(sorted[i], line, sizeof line);
        text_add(&to, "%s", line);
    }
    free(sorted);
    return to.bytes;
}
