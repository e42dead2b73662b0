/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/cli/report_fill.h"
#include "src/kernel/mm.h"
#include "tools/cli/report_rival.h"
#include "tools/cli/report_work.h"
#include "tools/tune/step_request.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Runs behind one another, whose cycles are added up. */
typedef struct chain {
    uint32_t first, count;
} chain;

/* With what a problem is run besides the tuner's plan: these, then the rivals. */
enum { BY_DEFAULT, BY_ONE_SIZE, BY_NAIVE, BY_RIVALS };

/* Different problems of a plan file, and the runs that tell about them. */
typedef struct filling {
    const plan_file *file;
    const report_settings *settings;
    uint32_t *problem_of; /* step -> index of the first step that has the same problem */
    report_run *runs;
    uint32_t count, room;
    uint32_t *tuned; /* first step -> its run by the tuner's plan, and one less for each core less */
    chain *others;   /* first step x with what */
    uint32_t ways;   /* with what: so many */
    uint32_t cores;
    bool failed;
} filling;

/* Adds a run; returns its index. */
static uint32_t add_run(filling *f, const step_problem *problem, const step_plan *plan, uint32_t cores) {
    if (f->count == f->room) {
        const uint32_t room = f->room ? 2 * f->room : 256;
        report_run *grown = realloc(f->runs, room * sizeof *grown);
        if (!grown) {
            f->failed = true;
            return 0;
        }
        f->runs = grown;
        f->room = room;
    }
    f->runs[f->count] = (report_run){.problem = *problem, .plan = *plan, .cores = cores};
    return f->count++;
}

/* 0: one of them cannot run, or there is none. */
static uint64_t cycles_of(const filling *f, chain c) {
    uint64_t sum = 0;
    for (uint32_t i = 0; i < c.count; ++i) {
        const uint64_t cycles = f->runs[c.first + i].cycles;
        if (!cycles)
            return 0;
        sum += cycles;
    }
    return sum;
}

static uint64_t tuned_cycles(const filling *f, uint32_t step) {
    return f->runs[f->tuned[f->problem_of[step]]].cycles;
}

static uint64_t other_cycles(const filling *f, uint32_t step, uint32_t way) {
    return cycles_of(f, f->others[f->problem_of[step] * f->ways + way]);
}

/* Assembly kernels only: C's are for the host, and never the best. */
static bool is_contender(const rival *r) {
    return strstr(tl_mm_numbered(r->kernel)->name, "pulp") != NULL;
}

/* A rival runs every matmul: where its kernel cannot be made for the strides, with the kernel that takes any. */
static bool fixed_plan(const rival *called, const step_problem *p, step_plan *plan) {
    rival r = *called;
    if (step_plan_kind_of(p->op) != STEP_PLAN_MM)
        return step_default_plan(p, step_l1_bytes(), plan) == TL_OK;
    if (rival_plan(&r, p, step_l1_bytes(), plan))
        return true;
    r.kernel = step_kernel_named("tl_mm_f32_pulp_4x4");
    return is_contender(called) && r.kernel < tl_mm_count && rival_plan(&r, p, step_l1_bytes(), plan);
}

/* The runs of a fixed plan for a problem; of no count where it cannot run all of its parts. */
static chain add_fixed(filling *f, const rival *r, const step_problem *p) {
    step_problem parts[RIVAL_PARTS];
    step_plan plans[RIVAL_PARTS];
    const uint32_t count = rival_parts(p, parts);
    for (uint32_t i = 0; i < count; ++i)
        if (!fixed_plan(r, &parts[i], &plans[i]))
            return (chain){0, 0};
    const chain added = {f->count, count};
    for (uint32_t i = 0; i < count && !f->failed; ++i) {
        const uint32_t run = add_run(f, &parts[i], &plans[i], f->cores);
        if (!f->failed && r->block_m && plans[i].kind == STEP_PLAN_MM)
            f->runs[run].one_size = true;
    }
    return added;
}

static void add_runs(filling *f, uint32_t i) {
    const plan_step *s = &f->file->steps[i];
    const step_problem *p = &s->step.problem;
    const rival naive = rival_naive(), one_size = rival_one_size();
    chain *others = &f->others[i * f->ways];
    step_plan plan;
    for (uint32_t cores = f->settings->quick ? f->cores : 1; cores <= f->cores; ++cores)
        f->tuned[i] = add_run(f, p, &s->plan, cores);
    if (step_default_plan(p, step_l1_bytes(), &plan) == TL_OK)
        others[BY_DEFAULT] = (chain){add_run(f, p, &plan, f->cores), 1};
    others[BY_ONE_SIZE] = add_fixed(f, &one_size, p);
    others[BY_NAIVE] = add_fixed(f, &naive, p);
    for (uint32_t r = 0; r < rival_count(); ++r) {
        const rival contender = rival_numbered(r);
        if (is_contender(&contender))
            others[BY_RIVALS + r] = add_fixed(f, &contender, p);
    }
}

static bool find_problems(filling *f) {
    char one[REPORT_TEXT], other[REPORT_TEXT];
    for (uint32_t i = 0; i < f->file->count; ++i) {
        problem_write(&f->file->steps[i].step.problem, one, sizeof one);
        uint32_t j = 0;
        for (; j < i; ++j) {
            problem_write(&f->file->steps[j].step.problem, other, sizeof other);
            if (strcmp(one, other) == 0)
                break;
        }
        f->problem_of[i] = j;
        if (i == j)
            add_runs(f, i);
    }
    return !f->failed;
}

/* The rival with which the whole step is fastest; rival_count(): none runs all matmul steps. */
static uint32_t best_rival(const filling *f) {
    uint32_t best = rival_count();
    uint64_t least = UINT64_MAX;
    for (uint32_t r = 0; r < rival_count(); ++r) {
        step_problem parts[RIVAL_PARTS];
        uint64_t sum = 0;
        bool all = true;
        for (uint32_t i = 0; i < f->file->count && all; ++i) {
            const layer_step *s = &f->file->steps[i].step;
            const uint64_t cycles = other_cycles(f, i, BY_RIVALS + r);
            all = cycles > 0 || rival_parts(&s->problem, parts) == 0;
            sum += cycles * s->times;
        }
        if (all && sum && sum < least) {
            least = sum;
            best = r;
        }
    }
    return best;
}

static void fill_step(report_book *book, const filling *f, uint32_t i, uint32_t single) {
    const plan_step *s = &f->file->steps[i];
    const step_problem *p = &s->step.problem;
    const step_traffic bytes = step_bytes(p);
    problem_write(p, book->problem[i], REPORT_TEXT);
    plan_write(&s->plan, book->plan[i], REPORT_TEXT);
    report_step *to = &book->step[i];
    *to = (report_step){.layer = s->step.layer,
                        .pass = step_pass_names[p->pass],
                        .problem = book->problem[i],
                        .plan = book->plan[i],
                        .times = s->step.times,
                        .macs = step_problem_macs(p),
                        .in = bytes.in,
                        .out = bytes.out,
                        .bound = report_bound(p, &f->settings->machine),
                        .predicted = s->predicted};
    to->cycles[REPORT_TUNED] = tuned_cycles(f, i);
    to->cycles[REPORT_DEFAULT] = other_cycles(f, i, BY_DEFAULT);
    to->cycles[REPORT_ONE_SIZE] = other_cycles(f, i, BY_ONE_SIZE);
    to->cycles[REPORT_NAIVE] = other_cycles(f, i, BY_NAIVE);
    if (single < rival_count())
        to->cycles[REPORT_SINGLE] = other_cycles(f, i, BY_RIVALS + single);
}

static void fill_totals(report_book *book, const filling *f) {
    const plan_file *file = f->file;
    uint64_t gap = 0, cycles = 0;
    for (uint32_t i = 0; i < file->count; ++i) {
        const plan_step *s = &file->steps[i];
        gap += s->gap * s->step.times;
        cycles += book->step[i].cycles[REPORT_TUNED] * s->step.times;
        if (f->problem_of[i] != i)
            continue;
        ++book->data.problems;
        book->data.measurements += s->measured;
    }
    book->data.gap = cycles && book->data.measurements ? (double)gap / (double)cycles : -1.0;
}

/* By a team of fewer cores: those runs stand before the whole team's. */
static uint64_t cycles_by(const filling *f, uint32_t step, uint32_t cores) {
    return f->runs[f->tuned[f->problem_of[step]] - (f->cores - cores)].cycles;
}

static void fill_curve(report_book *book, const filling *f, uint32_t step, const char *name) {
    report_scaling *curve = &book->scaling[book->data.scalings];
    char *words = book->curve[book->data.scalings++];
    snprintf(words, sizeof book->curve[0], "%s", name);
    *curve = (report_scaling){.name = words};
    for (uint32_t cores = 1; cores <= f->cores; ++cores)
        for (uint32_t i = 0; i < f->file->count; ++i)
            if (step == i)
                curve->cycles[cores - 1] = cycles_by(f, i, cores);
            else if (step == f->file->count)
                curve->cycles[cores - 1] += cycles_by(f, i, cores) * f->file->steps[i].step.times;
}

/* The longest of the problems that are shorter than `least`, or as long and behind step `last`. */
static uint32_t next_longest(const filling *f, uint64_t least, uint32_t last) {
    uint32_t found = f->file->count;
    uint64_t most = 0;
    for (uint32_t i = 0; i < f->file->count; ++i) {
        const uint64_t cycles = cycles_by(f, i, f->cores);
        if (f->problem_of[i] == i && cycles > most && (cycles < least || (cycles == least && i > last))) {
            most = cycles;
            found = i;
        }
    }
    return found;
}

/* The whole step, and the longest ones of it. */
static void fill_curves(report_book *book, const filling *f) {
    uint64_t least = UINT64_MAX;
    uint32_t step = 0;
    fill_curve(book, f, f->file->count, "the whole step");
    while (book->data.scalings < REPORT_CURVES && (step = next_longest(f, least, step)) < f->file->count) {
        const plan_step *s = &f->file->steps[step];
        char name[96];
        snprintf(name, sizeof name, "%s %s", s->step.layer, step_pass_names[s->step.problem.pass]);
        fill_curve(book, f, step, name);
        least = cycles_by(f, step, f->cores);
    }
    book->data.scaling = book->scaling;
}

/* The step to look at closely: of the layer that is named, or the longest matmul. */
static const plan_step *close_up(const filling *f) {
    const plan_step *found = NULL;
    uint64_t most = 0;
    for (uint32_t i = 0; i < f->file->count; ++i) {
        const plan_step *s = &f->file->steps[i];
        const uint64_t cycles = tuned_cycles(f, i);
        const bool wanted = f->settings->layer ? strcmp(s->step.layer, f->settings->layer) == 0
                                               : step_plan_kind_of(s->step.problem.op) == STEP_PLAN_MM;
        if (!wanted || cycles <= most)
            continue;
        most = cycles;
        found = s;
    }
    return found;
}

static bool has_layer(const plan_file *file, const char *layer) {
    for (uint32_t i = 0; i < file->count; ++i)
        if (strcmp(file->steps[i].step.layer, layer) == 0)
            return true;
    return false;
}

static bool fill_all(report_book *book, filling *f, cli_error *error) {
    if (f->settings->layer && !has_layer(f->file, f->settings->layer))
        return cli_fail(error, CLI_INPUT, "the plan has no layer '%.100s'", f->settings->layer);
    if (!find_problems(f))
        return cli_out_of_memory(error);
    if (!report_measure(f->settings->probe, &f->settings->machine, f->runs, f->count, f->settings->threads, error))
        return false;
    for (uint32_t i = 0; i < f->file->count; ++i) {
        const layer_step *s = &f->file->steps[i].step;
        if (!tuned_cycles(f, i))
            return cli_fail(error, CLI_INPUT, "the plan of %s, %s, cannot run on this machine", s->layer,
                            step_pass_names[s->problem.pass]);
    }
    const uint32_t single = best_rival(f);
    if (single < rival_count()) {
        char name[128];
        const rival r = rival_numbered(single);
        rival_name(&r, name, sizeof name);
        snprintf(
            book->single, sizeof book->single,
            "%s, the largest tile that fits: of all such plans for every matmul alike, the one with which the whole "
            "step is fastest",
            name);
        book->data.note[REPORT_SINGLE] = book->single;
    }
    for (uint32_t i = 0; i < f->file->count; ++i)
        fill_step(book, f, i, single);
    fill_totals(book, f);
    if (f->settings->quick)
        return true;
    fill_curves(book, f);
    const plan_step *close = close_up(f);
    return !close || report_fill_close_up(book, close, f->settings, error);
}

bool report_fill(report_book *book, const plan_file *file, const report_settings *settings, cli_error *error) {
    const size_t n = file->count;
    filling f = {
        .file = file, .settings = settings, .cores = settings->machine.cores, .ways = BY_RIVALS + rival_count()};
    *book = (report_book){.data = {.model = file->model,
                                   .machine = settings->machine.name,
                                   .setting = "from L2 to L2, f32",
                                   .cores = settings->machine.cores,
                                   .fpus = settings->machine.fpus,
                                   .dma_width = settings->machine.dma_width,
                                   .kernel_peak = report_kernel_peak(&settings->machine),
                                   .gap = -1.0,
                                   .steps = file->count}};
    book->step = calloc(n + 1, sizeof *book->step);
    book->problem = calloc(n + 1, sizeof *book->problem);
    book->plan = calloc(n + 1, sizeof *book->plan);
    f.problem_of = calloc(n + 1, sizeof *f.problem_of);
    f.tuned = calloc(n + 1, sizeof *f.tuned);
    f.others = calloc((n + 1) * f.ways, sizeof *f.others);
    bool fine = book->step && book->problem && book->plan && f.problem_of && f.tuned && f.others;
    if (fine) {
        book->data.step = book->step;
        fine = fill_all(book, &f, error);
    } else {
        cli_out_of_memory(error);
    }
    free(f.problem_of);
    free(f.tuned);
    free(f.others);
    free(f.runs);
    if (!fine)
        report_book_free(book);
    return fine;
}

void report_book_free(report_book *book) {
    free(book->step);
    free(book->problem);
    free(book->plan);
    free(book->span);
    free(book->trail);
    free(book->best);
    *book = (report_book){.step = NULL};
}
