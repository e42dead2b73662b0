/* SPDX-License-Identifier: Apache-2.0 */
#include "src/kernel/mm.h"
#include "tools/deploy/project_text.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool is_fixed(const schedule_step *step) {
    return step->plan.kind == STEP_PLAN_MM && step_kernel_number(step->plan.of.mm.kernel) >= tl_mm_count;
}

static bool is_for(const project_kernel *kernel, const schedule_step *step) {
    return kernel->number == step_kernel_number(step->plan.of.mm.kernel) &&
           memcmp(&kernel->strides, &step->plan.of.mm.strides, sizeof kernel->strides) == 0;
}

static int by_macs(const void *a, const void *b) {
    const project_kernel *x = a, *y = b;
    return (x->macs < y->macs) - (x->macs > y->macs);
}

static bool collect(project *p) {
    p->kernels = calloc(p->s->count + 1u, sizeof *p->kernels);
    for (uint32_t i = 0; p->kernels && i < p->s->count; ++i) {
        const schedule_step *step = &p->s->steps[i];
        uint32_t k = 0;
        if (!is_fixed(step))
            continue;
        while (k < p->kernel_count && !is_for(&p->kernels[k], step))
            ++k;
        if (k == p->kernel_count) {
            p->kernels[k].number = step_kernel_number(step->plan.of.mm.kernel);
            p->kernels[k].strides = step->plan.of.mm.strides;
            ++p->kernel_count;
        }
        p->kernels[k].macs += step_problem_macs(&step->problem);
    }
    return p->kernels;
}

/* The same plan with the kernel of any strides, or, if it cannot run so, the library's own. */
static bool exchange(const project *p, schedule_step *step) {
    const tl_mm_info *any = tl_mm_numbered(step_kernel_named("tl_mm_f32_pulp_4x4"));
    step_plan plan = step->plan;
    plan.of.mm.kernel = any->run;
    plan.of.mm.block_m = any->mr;
    plan.of.mm.block_n = any->nr;
    plan.of.mm.strides = (tl_mm_strides){0};
    step->measured = false;
    if (step_supported(&step->problem, &plan, p->s->options.l1_bytes) == TL_OK) {
        step->plan = plan;
        return true;
    }
    return step_default_plan(&step->problem, p->s->options.l1_bytes, &step->plan) == TL_OK && !is_fixed(step);
}

bool project_kernels(project *p) {
    if (!collect(p))
        return false;
    qsort(p->kernels, p->kernel_count, sizeof *p->kernels, by_macs);
    const uint32_t most = p->o->room.kernel_bytes / PROJECT_KERNEL_BYTES;
    if (p->kernel_count > most)
        p->kernel_count = most;
    for (uint32_t i = 0; i < p->s->count; ++i) {
        bool there = !is_fixed(&p->s->steps[i]);
        for (uint32_t k = 0; !there && k < p->kernel_count; ++k)
            there = is_for(&p->kernels[k], &p->s->steps[i]);
        if (!there && !exchange(p, &p->s->steps[i]))
            return false;
    }
    return true;
}

/* A stride in a name: -256 is m256. */
static void name_stride(char *to, size_t room, int stride) {
    snprintf(to, room, "%s%d", stride < 0 ? "m" : "", abs(stride));
}

void project_kernel_name(const project *p, const project_kernel *kernel, char *to, size_t room) {
    const tl_mm_info *info = tl_mm_numbered(kernel->number);
    const int strides[] = {kernel->strides.a_m, kernel->strides.a_k, kernel->strides.b_n, kernel->strides.b_k};
    char of[4][12];
    for (int i = 0; i < 4; ++i)
        name_stride(of[i], sizeof of[i], strides[i]);
    snprintf(to, room, "%s_mm_%ux%u_%s_%s_%s_%s", p->o->prefix, info->mr, info->nr, of[0], of[1], of[2], of[3]);
}

void project_put_kernels(const project *p, project_text *t) {
    put_template(t,
                 "/* SPDX-License-Identifier: Apache-2.0 */\n"
                 "/* Matmul kernels made for the strides of @'s steps. Written by trainlib deploy. */\n",
                 p->o->prefix);
    if (p->kernel_count == 0)
        return;
    put(t, "#include \"src/kernel/pulp/mm_fixed.h\"\n\n");
    for (uint32_t i = 0; i < p->kernel_count; ++i) {
        const project_kernel *k = &p->kernels[i];
        const tl_mm_info *info = tl_mm_numbered(k->number);
        char name[96];
        project_kernel_name(p, k, name, sizeof name);
        put(t, "    mm_fixed %s, %u, %u, %d, %d, %d, %d\n", name, info->mr, info->nr, k->strides.a_m, k->strides.a_k,
            k->strides.b_n, k->strides.b_k);
    }
}
