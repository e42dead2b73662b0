/* SPDX-License-Identifier: Apache-2.0 */
/* ELF files: refused with one sentence, or loaded; what is loaded runs a little, and its symbols can be asked for. */
#include <string.h>

#include "tests/fuzz/fuzz.h"
#include "tools/sim/sim.h"

static sim *machine(void) {
    static sim *s;
    if (!s) {
        sim_machine m;
        sim_machine_pulp8(&m);
        m.l2_bytes = 0x10000;
        s = sim_create(&m);
        FUZZ_CHECK(s);
    }
    return s;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes) {
    sim *s = machine();
    sim_status status = sim_load_bytes(s, data, bytes);
    const char *message = sim_message(s);
    uint32_t address = 0;
    sim_symbol(s, "main", &address, NULL);
    if (status != SIM_OK) {
        FUZZ_CHECK(status == SIM_BAD_INPUT && strlen(message) > 8 && !strchr(message, '\n'));
        return 0;
    }
    status = sim_run(s, 300);
    FUZZ_CHECK(status == SIM_LIMIT || status == SIM_FAULTED || status == SIM_EXITED);
    FUZZ_CHECK(status == SIM_EXITED || *sim_message(s));
    return 0;
}

size_t fuzz_seed(unsigned i, uint8_t *to, size_t room) {
    static const char *const files[] = {MACHINE_ELF, SMALL_ELF};
    if (i >= sizeof files / sizeof *files)
        return 0;
    FILE *file = fopen(files[i], "rb");
    FUZZ_CHECK(file);
    size_t bytes = fread(to, 1, room, file);
    fclose(file);
    FUZZ_CHECK(bytes < room);
    return bytes;
}
