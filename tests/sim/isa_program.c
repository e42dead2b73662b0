/* SPDX-License-Identifier: Apache-2.0 */
#include "isa_program.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tools/sim/sim.h"

uint32_t isa_random(isa_program *p) {
    p->seed = p->seed * 6364136223846793005u + 1442695040888963407u;
    const uint32_t x = (uint32_t)((p->seed >> 18 ^ p->seed) >> 27), turn = (uint32_t)(p->seed >> 59);
    return x >> turn | x << (-turn & 31);
}

uint32_t isa_below(isa_program *p, uint32_t n) {
    return (uint32_t)((uint64_t)isa_random(p) * n >> 32);
}

static void room(int there_is) {
    if (!there_is) {
        fprintf(stderr, "a generated program is too large\n");
        abort();
    }
}

void isa_emit_half(isa_program *p, uint32_t instruction) {
    room(p->code_bytes + 2 <= ISA_CODE_BYTES);
    p->code[p->code_bytes++] = (unsigned char)instruction;
    p->code[p->code_bytes++] = (unsigned char)(instruction >> 8);
}

void isa_emit(isa_program *p, uint32_t instruction) {
    isa_emit_half(p, instruction);
    isa_emit_half(p, instruction >> 16);
}

uint32_t isa_r(uint32_t opcode, uint32_t f3, uint32_t f7, uint32_t rd, uint32_t rs1, uint32_t rs2) {
    return opcode | rd << 7 | f3 << 12 | rs1 << 15 | rs2 << 20 | f7 << 25;
}

uint32_t isa_i(uint32_t opcode, uint32_t f3, uint32_t rd, uint32_t rs1, int32_t imm) {
    return opcode | rd << 7 | f3 << 12 | rs1 << 15 | (uint32_t)imm << 20;
}

uint32_t isa_s(uint32_t opcode, uint32_t f3, uint32_t rs1, uint32_t rs2, int32_t imm) {
    const uint32_t u = (uint32_t)imm;
    return opcode | (u & 31) << 7 | f3 << 12 | rs1 << 15 | rs2 << 20 | (u >> 5 & 127) << 25;
}

uint32_t isa_b(uint32_t f3, uint32_t rs1, uint32_t rs2, int32_t offset) {
    const uint32_t u = (uint32_t)offset;
    return 0x63 | (u >> 11 & 1) << 7 | (u >> 1 & 15) << 8 | f3 << 12 | rs1 << 15 | rs2 << 20 | (u >> 5 & 63) << 25 |
           (u >> 12 & 1) << 31;
}

uint32_t isa_j(uint32_t rd, int32_t offset) {
    const uint32_t u = (uint32_t)offset;
    return 0x6f | rd << 7 | (u >> 12 & 255) << 12 | (u >> 11 & 1) << 20 | (u >> 1 & 1023) << 21 | (u >> 20 & 1) << 31;
}

void isa_load(isa_program *p, uint32_t reg, uint32_t value) {
    room(p->inputs < ISA_INPUT_WORDS);
    if (p->in_offset == 2044) {
        isa_emit(p, isa_i(0x13, 0, ISA_IN, ISA_IN, 2044));
        p->in_offset = 0;
    }
    isa_emit(p, isa_i(0x03, 2, reg, ISA_IN, (int32_t)p->in_offset));
    p->in_offset += 4;
    p->input[p->inputs++] = value;
}

void isa_store(isa_program *p, uint32_t reg) {
    room(p->outputs < ISA_OUTPUT_WORDS);
    if (p->out_offset == 2044) {
        isa_emit(p, isa_i(0x13, 0, ISA_OUT, ISA_OUT, 2044));
        p->out_offset = 0;
    }
    isa_emit(p, isa_s(0x23, 2, ISA_OUT, reg, (int32_t)p->out_offset));
    p->out_offset += 4;
    p->outputs++;
}

void isa_finish(isa_program *p) {
    isa_emit(p, isa_i(0x13, 0, ISA_OUT, ISA_OUT, (int32_t)p->out_offset));
    isa_emit(p, isa_i(0x03, 2, 1, ISA_SCRATCH, 0));
    isa_emit(p, isa_i(0x67, 0, 0, 1, 0));
}

int isa_run_sim(const isa_program *p, const char *elf_path, int drops, uint32_t *out) {
    sim_machine machine;
    sim_machine_pulp8(&machine);
    machine.dot_accumulate = drops ? SIM_DOT_GVSOC : SIM_DOT_SPEC;
    sim *s = sim_create(&machine);
    if (!s)
        return 0;
    sim_status status = sim_load_file(s, elf_path);
    if (status == SIM_OK)
        status = sim_write(s, 0x1C020000, p->code, p->code_bytes);
    if (status == SIM_OK)
        status = sim_write(s, 0x1C120000, p->input, p->inputs * 4);
    if (status == SIM_OK)
        status = sim_run(s, 100000000);
    if (status != SIM_EXITED)
        printf("the simulator: status %d: %s\n", (int)status, sim_message(s));
    const int good = sim_read(s, 0x1C180000, out, p->outputs * 4) == SIM_OK && status == SIM_EXITED;
    sim_destroy(s);
    return good;
}

static int put_file(char *path, const void *from, size_t bytes) {
    const int fd = mkstemp(path);
    if (fd < 0)
        return 0;
    const int good = write(fd, from, bytes) == (ssize_t)bytes;
    close(fd);
    return good;
}

size_t isa_run_qemu(const isa_program *p, const char *elf_path, uint32_t *out) {
    char code[] = "/tmp/isa-code-XXXXXX", input[] = "/tmp/isa-input-XXXXXX", command[1024];
    size_t words = 0;
    if (put_file(code, p->code, p->code_bytes) && put_file(input, p->input, p->inputs * 4)) {
        snprintf(command, sizeof command,
                 "timeout 60 qemu-system-riscv32 -machine virt -cpu rv32,f=false,d=false,zfinx=true,zhinx=true "
                 "-bios none -display none -monitor none -serial none "
                 "-semihosting-config enable=on,target=native -kernel %s "
                 "-device loader,file=%s,addr=0x80100000,force-raw=on "
                 "-device loader,file=%s,addr=0x80400000,force-raw=on",
                 elf_path, code, input);
        FILE *pipe = popen(command, "r");
        if (pipe) {
            words = fread(out, 4, ISA_OUTPUT_WORDS, pipe);
            if (pclose(pipe) != 0)
                words = 0;
        }
    }
    unlink(code);
    unlink(input);
    return words;
}
