/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A program in the making: code, input words, and what it will write. Generated code may use x1 to x28; x29 is the
 * output pointer, x30 the input pointer, x31 scratch memory.
 */
#ifndef TL_TEST_ISA_PROGRAM_H
#define TL_TEST_ISA_PROGRAM_H

#include <stddef.h>
#include <stdint.h>

enum { ISA_CODE_BYTES = 0x100000, ISA_INPUT_WORDS = 0x18000, ISA_OUTPUT_WORDS = 0x1F000 };
enum { ISA_OUT = 29, ISA_IN = 30, ISA_SCRATCH = 31, ISA_SCRATCH_FIRST = 64, ISA_SCRATCH_BYTES = 1024 };

typedef struct isa_program {
    unsigned char code[ISA_CODE_BYTES];
    uint32_t input[ISA_INPUT_WORDS];
    size_t code_bytes, inputs, outputs;
    size_t in_offset, out_offset; /* of the pointers, in bytes */
    uint64_t seed;
} isa_program;

uint32_t isa_random(isa_program *p);
uint32_t isa_below(isa_program *p, uint32_t n);

void isa_emit(isa_program *p, uint32_t instruction);
void isa_emit_half(isa_program *p, uint32_t instruction);
/* Loads a register with the next input word; stores one as the next output word. */
void isa_load(isa_program *p, uint32_t reg, uint32_t value);
void isa_store(isa_program *p, uint32_t reg);
void isa_finish(isa_program *p);

uint32_t isa_r(uint32_t opcode, uint32_t f3, uint32_t f7, uint32_t rd, uint32_t rs1, uint32_t rs2);
uint32_t isa_i(uint32_t opcode, uint32_t f3, uint32_t rd, uint32_t rs1, int32_t imm);
uint32_t isa_s(uint32_t opcode, uint32_t f3, uint32_t rs1, uint32_t rs2, int32_t imm);
uint32_t isa_b(uint32_t f3, uint32_t rs1, uint32_t rs2, int32_t offset);
uint32_t isa_j(uint32_t rd, int32_t offset);

/*
 * Runs the program on the simulator; `out` gets p->outputs words. 0 when it faulted or did not end (printed).
 * `drops`: with bfloat16 dot products that do not accumulate.
 */
int isa_run_sim(const isa_program *p, const char *elf_path, int drops, uint32_t *out);
/* Runs it in QEMU's `virt` machine; returns how many words came out. */
size_t isa_run_qemu(const isa_program *p, const char *elf_path, uint32_t *out);

#endif
