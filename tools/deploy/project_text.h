/* SPDX-License-Identifier: Apache-2.0 */
/* Texts of a project being written: for the project_*.c files. */
#ifndef TL_DEPLOY_PROJECT_TEXT_H
#define TL_DEPLOY_PROJECT_TEXT_H

#include "tools/deploy/project_write.h"

typedef struct project_text {
    char *text;
    size_t used, room;
    bool failed; /* no memory */
} project_text;

__attribute__((format(printf, 2, 3))) void put(project_text *t, const char *format, ...);
/* The same with @ for the prefix and $ for the prefix in capitals, nothing else is special. */
void put_template(project_text *t, const char *template, const char *prefix);

/* The same with @NAME@ and @CAPS@, for files in which the others have meanings. */
void put_marked(project_text *t, const char *template, const char *prefix);

/* Code of a kernel of fixed strides, with all blocks at the edges. */
enum { PROJECT_KERNEL_BYTES = 0x3400 };

/* One kernel for one set of strides. */
typedef struct project_kernel {
    uint32_t number; /* of the fixed kernel (step_kernel_number) */
    tl_mm_strides strides;
    uint64_t macs; /* of all steps that take it */
} project_kernel;

typedef struct project {
    const net_model *net;
    train_schedule *s;
    const project_options *o;
    project_kernel *kernels;
    uint32_t kernel_count;
} project;

/*
 * put_template; lines that begin with ?S are for networks with statistics, ?G for those with a guard, ?N for
 * those that normalise their input, ?A where gradients are gathered, ?E where each step updates, ?C where
 * gradients are clipped.
 */
void put_lines(project_text *t, const char *template, const project *p);

/* The kernels that the schedule's steps want, the most used first, cut to what fits; others' plans are changed. */
bool project_kernels(project *p);
/* "resnet8_mm_4x5_256_4_256_4" */
void project_kernel_name(const project *p, const project_kernel *kernel, char *to, size_t room);
void project_put_kernels(const project *p, project_text *t);

/* Sizes and plans as constants; then the calls of one part of the step, each behind its mark. */
void project_put_constants(const project *p, project_text *t);
void project_put_calls(const project *p, schedule_part from, schedule_part to, project_text *t);
/* The table of the step's parts, and of tensors. */
void project_put_tables(const project *p, project_text *t);
void project_put_source(const project *p, project_text *t);
void project_put_header(const project *p, project_text *t);

/* The input less its mean, by std: memory, code, a line of the list. */
void project_put_normalised_memory(const project *p, project_text *t);
void project_put_normalise(const project *p, project_text *t);
/* In front of step i, which is the first to read it; whether it does. */
bool project_normalises(const project *p, uint32_t step);
void project_put_normalise_call(const project *p, uint32_t step, project_text *t);
void project_put_normalisation(const project *p, project_text *t);

/* Gradients that are clipped: memory, code; the call is clip(team, net). */
void project_put_clip_memory(const project *p, project_text *t);
void project_put_clip(const project *p, project_text *t);

/* What steps need that change nothing, and those that look at what they have left: a type, memory, code. */
void project_put_guard_type(const project *p, project_text *t);
void project_put_guard_memory(const project *p, project_text *t);
void project_put_guard(const project *p, project_text *t);
/* The look at what the updates have left, at their end. */
void project_put_look(const project *p, project_text *t);

/* Names of texts that are the same for all networks but for its name. */
extern const char project_firmware[], project_main[], project_makefile[], project_cmake[], project_readme[];
extern const char project_step_taped[], project_step_called[], project_ends[];

#endif
