/* SPDX-License-Identifier: Apache-2.0 */
/* Machine files: refused with one sentence, or a machine that can be made and written down again. */
#include <string.h>

#include "tests/fuzz/fuzz.h"
#include "tools/sim/sim.h"

static void is_sentence(const char *why, size_t size) {
    size_t n = strlen(why);
    FUZZ_CHECK(n >= 8 && n < size);
    for (size_t i = 0; i < n; i++)
        FUZZ_CHECK(why[i] >= ' ' && why[i] <= '~');
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes) {
    char why[256] = "", text[4096], again[4096];
    sim_machine m, n;
    memset(&m, 0x5A, sizeof m);
    n = m;
    if (sim_machine_parse((const char *)data, bytes, "file", &m, why, sizeof why) != SIM_OK) {
        is_sentence(why, sizeof why);
        FUZZ_CHECK(memcmp(&m, &n, sizeof m) == 0);
        return 0;
    }
    FUZZ_CHECK(sim_machine_check(&m, why, sizeof why) == SIM_OK);
    FUZZ_CHECK(sim_machine_write(&m, text, sizeof text) == strlen(text));
    FUZZ_CHECK(sim_machine_parse(text, strlen(text), "other", &n, why, sizeof why) == SIM_OK);
    sim_machine_write(&n, again, sizeof again);
    FUZZ_CHECK(strcmp(text, again) == 0);
    if (bytes % 16 == 0) {
        sim *s = sim_create(&m);
        FUZZ_CHECK(s && sim_run(s, 10) == SIM_FAULTED);
        sim_destroy(s);
    }
    return 0;
}

size_t fuzz_seed(unsigned i, uint8_t *to, size_t room) {
    static const char *const texts[] = {
        "machine = pulp-open\nname = board\n",
        "# a comment\ncores = 4\nfpus = 2 # shared\nfdivs = private\nl1 = 128K\nl1_banks = 32\nl2 = 1M\n",
        "fpu_latency = 2\nfdiv_cycles = 20\nfdiv_half_cycles = 9\nl2_latency = 30\nicache = off\n",
        "dma_width = 16\r\ndma_burst = 512\r\ndma_core_queue = 3\r\ndma_queue = 4\r\ndot_accumulate = gvsoc\r\n",
        "fpsu = 3\n",
        "cores = 99999999999999999999\n",
        "cores\n",
        "= = =\n"};
    if (i < sizeof texts / sizeof *texts) {
        memcpy(to, texts[i], strlen(texts[i]));
        return strlen(texts[i]);
    }
    sim_machine m;
    i -= (unsigned)(sizeof texts / sizeof *texts);
    if (i > 2)
        return 0;
    sim_machine_named(sim_machine_names[i], &m);
    return sim_machine_write(&m, (char *)to, room);
}
