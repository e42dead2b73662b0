/* SPDX-License-Identifier: Apache-2.0 */
/* Training whose numbers are no longer finite: where, and what is restored. All that is restored was finite once. */
#include "tools/cli/file.h"
#include "tools/cli/training.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

/* The first float that is not finite of those that stay from step to step, in words; empty: there is none. */
typedef struct finding {
    char words[480];
} finding;

static bool look(const training *t, finding *found, cli_error *error) {
    const uint32_t n = t->project->kept_bytes / (uint32_t)sizeof(float);
    float *kept = malloc((n + 1u) * sizeof *kept);
    found->words[0] = '\0';
    if (!kept)
        return cli_out_of_memory(error);
    const bool fine = device_peek(t->device, t->project->params_offset, kept, n * sizeof *kept, error);
    for (uint32_t i = 0; fine && i < n && !found->words[0]; ++i) {
        char name[400];
        if (isfinite(kept[i]) || !project_holds(t->options.load, i))
            continue;
        project_name_float(t->options.load, i, name, sizeof name);
        snprintf(found->words, sizeof found->words, "%s is %s: ", name, isnan(kept[i]) ? "NaN" : "infinite");
    }
    free(kept);
    return fine;
}

static bool restore(training *t, cli_error *error) {
    switch ((train_on_nan)t->options.on_nan) {
    case ON_NAN_NONE:
        return true;
    case ON_NAN_CHECKPOINT:
        t->restored = checkpoint_read(t, t->options.checkpoint, error);
        break;
    case ON_NAN_RAM:
        t->restored = checkpoint_unpack(t, t->copy, t->copy_bytes, "the copy in memory", error);
        break;
    }
    return t->restored;
}

static bool lose(training *t, const char *what, uint32_t step, const finding *found, cli_error *error) {
    char restored[1024];
    if (!restore(t, error))
        return false;
    if (t->options.on_nan == ON_NAN_CHECKPOINT)
        snprintf(restored, sizeof restored, "restored is the checkpoint %.900s, of step %u", t->options.checkpoint,
                 t->steps);
    else if (t->options.on_nan == ON_NAN_RAM)
        snprintf(restored, sizeof restored, "restored is the copy in memory, of step %u", t->steps);
    else
        snprintf(restored, sizeof restored, "nothing is restored (see --on-nan), and no parameters are written");
    return cli_fail(error, CLI_INPUT, "%s step %u: %stry a smaller --rate than %g; %s", what, step, found->words,
                    (double)t->options.rate, restored);
}

bool training_lost(training *t, const char *what, cli_error *error) {
    finding found;
    return look(t, &found, error) && lose(t, what, t->steps + 1, &found, error);
}

bool training_is_sound(training *t, cli_error *error) {
    finding found;
    if (!look(t, &found, error))
        return false;
    return !found.words[0] || lose(t, "what was learnt is no longer finite by", t->steps, &found, error);
}

bool training_save(training *t, cli_error *error) {
    const bool keeps = t->options.on_nan == ON_NAN_RAM;
    char *all = NULL;
    size_t bytes = 0;
    if (!training_is_sound(t, error))
        return false;
    if (!keeps && !t->options.checkpoint)
        return true;
    if (!checkpoint_pack(t, &all, &bytes, error))
        return false;
    const bool fine = !t->options.checkpoint || file_replace(t->options.checkpoint, all, bytes, error);
    if (fine && keeps) {
        free(t->copy);
        t->copy = all;
        t->copy_bytes = bytes;
    } else {
        free(all);
    }
    return fine;
}
