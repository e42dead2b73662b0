/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/cli/commands.h"
#include "tools/cli/file.h"
#include "tools/cli/project_settings.h"
#include "tools/cli/text.h"
#include <cjson/cJSON.h>
#include <stdlib.h>

static const char *const parts[] = {"forward", "loss", "backward", "update"};

static const char *pass_of(const schedule_step *step) {
    if (step->part == PART_LOSS || step->part == PART_UPDATE)
        return "";
    if (step->part == PART_BACKWARD && step->problem.pass == STEP_FORWARD)
        return step->layer == NET_NONE ? "sum" : "again";
    return step_pass_names[step->problem.pass];
}

static uint32_t predicted(const train_schedule *s) {
    uint32_t n = 0;
    for (uint32_t i = 0; i < s->count; ++i)
        n += !s->steps[i].measured;
    return n;
}

/* Whether L2 has no room for the steps' tapes, so that a project calls them. */
static bool is_called(const train_schedule *s) {
    return project_share_out(s).tapes == TAPES_NONE;
}

static void print_steps(const train_schedule *s) {
    table t;
    table_begin(&t, 6, 4);
    table_row(&t, (text[]){text_of("step"), text_of("part"), text_of("kind"), text_of("pass"), text_of("MAC"),
                           text_of("cycles")});
    table_row(&t, NULL);
    for (uint32_t i = 0; i < s->count; ++i) {
        const schedule_step *step = &s->steps[i];
        const uint64_t macs = step_problem_macs(&step->problem);
        table_row(&t, (text[]){text_of("%s", step->name), text_of("%s", parts[step->part]),
                               text_of("%s", step_op_names[step->problem.op]), text_of("%s", pass_of(step)),
                               macs ? text_count(macs) : text_of("%s", ""),
                               text_of("%s%s", text_count(step->cycles).s, step->measured ? "" : " *")});
    }
    table_print(&t, stdout, "  ");
    table_end(&t);
}

static uint64_t macs_of(const train_schedule *s) {
    uint64_t macs = 0;
    for (uint32_t i = 0; i < s->count; ++i)
        macs += step_problem_macs(&s->steps[i].problem);
    return macs;
}

/* Of what only the last one does of the steps whose gradients are gathered. */
static uint64_t update_cycles(const train_schedule *s) {
    uint64_t cycles = 0;
    for (uint32_t i = 0; i < s->count; ++i)
        cycles += s->steps[i].part == PART_UPDATE ? s->steps[i].cycles : 0;
    return cycles;
}

static uint64_t all_cycles(const train_schedule *s, const project_cycles *beside) {
    uint32_t unknown;
    const uint64_t called = is_called(s) ? schedule_called_cycles(s) : 0;
    return schedule_cycles(s, &unknown) + called + beside->normalise + beside->clip + beside->guard;
}

static void print_beside(const project_cycles *beside) {
    const uint64_t cycles[] = {beside->normalise, beside->clip, beside->guard};
    static const char *const what[] = {"the input is normalised", "gradients are clipped", "the guard looks"};
    for (int i = 0; i < 3; ++i) {
        if (cycles[i])
            printf("       %s of them while %s, by measured rates\n", text_count(cycles[i]).s, what[i]);
    }
}

static void print_sums(const net_model *network, const train_schedule *s, const project_cycles *beside, double clock,
                       double milliwatts) {
    const uint64_t cycles = all_cycles(s, beside);
    const uint32_t gathered = s->options.accumulate;
    printf("\n%s: %u steps, %s MAC, batch %u", network->name, s->count, text_count(macs_of(s)).s,
           network->values[network->input].n);
    if (gathered > 1)
        printf(", gradients of %u steps gathered", gathered);
    printf("\n");
    printf("  L1   %s bytes for tiles\n", text_count(s->options.l1_bytes).s);
    printf("  L2   %s bytes: arena %s (at most %s are alive at once: %.3f times that), parameters %s, "
           "optimiser %s\n",
           text_count(s->total_bytes).s, text_count(s->arena_bytes).s, text_count(s->lower_bound).s,
           s->lower_bound ? (double)s->arena_bytes / s->lower_bound : 1.0, text_count(4ull * s->param_floats).s,
           text_count(4ull * s->states * s->trained_floats).s);
    const project_room room = project_share_out(s);
    if (room.tapes != TAPES_NONE)
        printf("       and %s at most for the steps' tapes%s, besides code\n", text_bytes(room.tape_bytes).s,
               room.tapes == TAPES_SHORT ? ", short ones" : "");
    if (s->again > 0)
        printf("       %u value%s computed again for the backward pass, not kept ('again' above)\n", s->again,
               s->again > 1 ? "s are" : " is");
    printf("  time %s cycles", text_count(cycles).s);
    if (clock > 0)
        printf(", %.3f ms at %.0f MHz", (double)cycles / clock / 1e3, clock);
    if (clock > 0 && milliwatts > 0)
        printf(", %.3f mJ at %.1f mW", (double)cycles / clock / 1e6 * milliwatts, milliwatts);
    printf("\n");
    print_beside(beside);
    if (gathered > 1)
        printf("       of the step that updates; the others take %s\n", text_count(cycles - update_cycles(s)).s);
    if (is_called(s))
        printf("       %s of them because L2 has no room for the steps' tapes: they are called, not played\n",
               text_count(schedule_called_cycles(s)).s);
    if (predicted(s) > 0)
        printf("  *    %u steps by the cost model; 'trainlib tune' measures them\n", predicted(s));
}

static bool print_json(const net_model *network, const train_schedule *s, const project_cycles *beside) {
    cJSON *root = cJSON_CreateObject(), *steps = cJSON_AddArrayToObject(root, "steps");
    cJSON_AddStringToObject(root, "name", network->name);
    cJSON_AddNumberToObject(root, "cycles", (double)all_cycles(s, beside));
    cJSON_AddNumberToObject(root, "normalise_cycles", (double)beside->normalise);
    cJSON_AddNumberToObject(root, "clip_cycles", (double)beside->clip);
    cJSON_AddNumberToObject(root, "guard_cycles", (double)beside->guard);
    cJSON_AddNumberToObject(root, "batch", network->values[network->input].n);
    cJSON_AddNumberToObject(root, "accumulate", s->options.accumulate);
    cJSON_AddNumberToObject(root, "update_cycles", (double)update_cycles(s));
    cJSON_AddNumberToObject(root, "called_cycles", is_called(s) ? (double)schedule_called_cycles(s) : 0.0);
    cJSON_AddBoolToObject(root, "no_room_for_tapes", is_called(s));
    cJSON_AddNumberToObject(root, "tape_bytes", project_share_out(s).tape_bytes);
    cJSON_AddNumberToObject(root, "recomputed", s->again);
    cJSON_AddNumberToObject(root, "steps_by_cost_model", predicted(s));
    cJSON_AddNumberToObject(root, "macs", (double)macs_of(s));
    cJSON_AddNumberToObject(root, "l2_bytes", s->total_bytes);
    cJSON_AddNumberToObject(root, "arena_bytes", s->arena_bytes);
    cJSON_AddNumberToObject(root, "arena_lower_bound", s->lower_bound);
    cJSON_AddNumberToObject(root, "parameter_bytes", 4.0 * s->param_floats);
    cJSON_AddNumberToObject(root, "optimizer_bytes", 4.0 * s->states * s->trained_floats);
    for (uint32_t i = 0; i < s->count; ++i) {
        const schedule_step *step = &s->steps[i];
        cJSON *one = cJSON_CreateObject();
        cJSON_AddStringToObject(one, "name", step->name);
        cJSON_AddStringToObject(one, "part", parts[step->part]);
        cJSON_AddStringToObject(one, "op", step_op_names[step->problem.op]);
        cJSON_AddStringToObject(one, "pass", step_pass_names[step->problem.pass]);
        cJSON_AddNumberToObject(one, "macs", (double)step_problem_macs(&step->problem));
        cJSON_AddNumberToObject(one, "cycles", (double)step->cycles);
        cJSON_AddBoolToObject(one, "measured", step->measured);
        cJSON_AddItemToArray(steps, one);
    }
    char *printed = cJSON_Print(root);
    if (printed)
        printf("%s\n", printed);
    cJSON_free(printed);
    cJSON_Delete(root);
    return printed;
}

int cmd_estimate(int argc, char **argv) {
    model_options model = MODEL_DEFAULTS;
    schedule_settings settings = SCHEDULE_DEFAULTS;
    project_settings own = PROJECT_DEFAULTS;
    bool json = false;
    const char *map = NULL, *layers = NULL;
    float clock = 0, milliwatts = 0;
    const cli_option options[] = {
        MODEL_OPTIONS(&model),
        SCHEDULE_OPTIONS(&settings),
        PROJECT_OPTIONS(&own),
        {"clock", CLI_REAL, &clock, "MHZ", "the cluster's clock, for times", 0.001, 100000},
        {"mw", CLI_REAL, &milliwatts, "MW", "power of the machine, for energies (with --clock)", 0.001, 1000000},
        {"map", CLI_TEXT, &map, "FILE", "write a picture of the memory map (SVG)", 0, 0},
        {"layers", CLI_TEXT, &layers, "FILE", "write the steps as a list of layers, for 'trainlib tune'", 0, 0},
        {"json", CLI_FLAG, &json, NULL, "print it as JSON", 0, 0},
    };
    const cli_command command = {
        .name = "estimate",
        .usage = "MODEL.onnx [OPTION...]",
        .summary =
            "Tells what a training step of an ONNX model will take: memory to the byte, cycles by the tuner's plan or\n"
            "the cost model, time and energy.",
        .options = options,
        .option_count = sizeof options / sizeof options[0],
        .examples = "  trainlib estimate resnet8.onnx --plan bench/plans/resnet8.pulp8.plan --clock 370\n"
                    "  trainlib estimate resnet8.onnx --train last:1 --map map.svg\n",
        .positionals = 1,
    };
    cli_error error;
    const char *path = NULL;
    net_model network;
    train_schedule schedule;
    int code;
    if (!cli_go(&command, argc, argv, &path, &code))
        return code;
    if (!model_read(path, &model, &network, &error))
        return cli_report(&command, &error);
    if (!project_settings_apply(&own, &network, &settings, &error) ||
        !schedule_of(&network, &settings, &schedule, &error)) {
        project_settings_free(&own);
        network_free(&network);
        return cli_report(&command, &error);
    }
    const project_cycles beside = project_cycles_beside(&network, &schedule, &own.project);
    bool fine = (!map || schedule_write(&network, &schedule, schedule_picture, map, &error)) &&
                (!layers || schedule_write(&network, &schedule, schedule_layers, layers, &error));
    if (fine && json)
        fine = print_json(&network, &schedule, &beside) || cli_out_of_memory(&error);
    else if (fine) {
        print_steps(&schedule);
        print_sums(&network, &schedule, &beside, (double)clock, (double)milliwatts);
    }
    schedule_free(&schedule);
    project_settings_free(&own);
    network_free(&network);
    return fine ? cli_finish(&command) : cli_report(&command, &error);
}
