/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/cli/adapt.h"
#include "tools/cli/commands.h"
#include "tools/cli/machine_option.h"
#include "tools/cli/options.h"
#include "tools/cli/text.h"
#include <cjson/cJSON.h>
#include <stdlib.h>

const char *const adapt_folders[ADAPT_CHOICES] = {"all", "last2", "last1"};
const char *const adapt_choices[ADAPT_CHOICES] = {"all layers", "last 2", "last layer"};

static bool path_of(char path[PATH_MAX], cli_error *error, const char *folder, const char *name, const char *file) {
    return snprintf(path, PATH_MAX, "%s/%s%s", folder, name, file) < PATH_MAX ||
           cli_fail(error, CLI_INPUT, "%.200s: the path is too long", folder);
}

static bool open_projects(adapt *a, cli_error *error) {
    char path[PATH_MAX];
    for (uint32_t i = 0; i < ADAPT_CHOICES; ++i) {
        project_load *load = &a->projects[i];
        if (!path_of(path, error, a->options.folder, adapt_folders[i], "") || !project_open(load, path, true, error))
            return false;
        if (load->project->inputs != DATASET_PIXELS || load->project->classes != DATASET_CLASSES ||
            !load->project->labelled)
            return cli_fail(error, CLI_INPUT, "%s does not take 28 x 28 pixels and learn 10 classes", path);
        if (load->normalises)
            return cli_fail(error, CLI_INPUT, "%s normalises its input, and images come normalised: deploy it without",
                            path);
        for (uint32_t j = 0; j < a->options.seeds; ++j) {
            if (!path_of(path, error, a->options.folder, text_of("seed%u/", j + 1).s,
                         text_of("%s.bin", adapt_folders[i]).s))
                return false;
            a->params[j][i] = project_params(load->project, path, error);
            if (!a->params[j][i])
                return false;
        }
    }
    return true;
}

static bool load_images(adapt *a, cli_error *error) {
    const adapt_options *o = &a->options;
    dataset test;
    if (!dataset_load(&a->train, o->data, DATASET_TRAIN, error))
        return false;
    if ((uint64_t)o->images * o->seeds > a->train.count)
        return cli_fail(error, CLI_INPUT, "the data set has only %u training images, not %llu", a->train.count,
                        (unsigned long long)o->images * o->seeds);
    if (!dataset_load(&test, o->data, DATASET_TEST, error))
        return false;
    bool fine = true;
    for (uint32_t i = 0; i < SENSORS && fine; ++i)
        fine = sensor_dataset(&a->tests[i], &test, (sensor)i, 0, o->test, error);
    dataset_free(&test);
    return fine;
}

static text cell(adapt_mean m, bool spread) {
    return spread ? text_of("%.1f +- %.1f", 100 * m.mean, 100 * m.deviation) : text_of("%.1f", 100 * m.mean);
}

static void print_table(const adapt *a) {
    const bool spread = a->options.seeds > 1;
    table t;
    table_begin(&t, 7, 2);
    table_row(
        &t,
        (text[]){{"sensor"}, {"trained"}, {"new: before"}, {"after"}, {"old: before"}, {"after"}, {"cycles a step"}});
    for (uint32_t i = 1; i < SENSORS; ++i) {
        table_row(&t, NULL);
        for (uint32_t j = 0; j < ADAPT_CHOICES; ++j)
            table_row(&t, (text[]){text_of("%s", j ? "" : sensor_names[i]), text_of("%s", adapt_choices[j]),
                                   cell(adapt_accuracy(a, i, j, NEW_BEFORE), spread),
                                   cell(adapt_accuracy(a, i, j, NEW_AFTER), spread),
                                   cell(adapt_accuracy(a, i, j, OLD_BEFORE), spread),
                                   cell(adapt_accuracy(a, i, j, OLD_AFTER), spread),
                                   text_count((uint64_t)(adapt_cycles(a, j).mean + 0.5))});
    }
    printf("Right of %s test images [%%], as the changed sensor sees them (new) and as they are (old),\n"
           "before and after %u training step%s on the simulated cluster%s:\n\n",
           text_count(a->options.test).s, a->options.images, a->options.images > 1 ? "s" : "",
           spread ? text_of(";\nmean and standard deviation of %u seeds", a->options.seeds).s : "");
    table_print(&t, stdout, "  ");
    table_end(&t);
    printf("\nEvery network ended in the weights of the same steps on this machine, to the bit.\n");
}

static void add_mean(cJSON *to, const char *name, adapt_mean m) {
    cJSON *pair = cJSON_AddObjectToObject(to, name);
    cJSON_AddNumberToObject(pair, "mean", m.mean);
    cJSON_AddNumberToObject(pair, "deviation", m.deviation);
}

static bool print_json(const adapt *a) {
    static const char *const names[ADAPT_COUNTS] = {"new_before", "new_after", "old_before", "old_after"};
    cJSON *root = cJSON_CreateObject();
    cJSON_AddNumberToObject(root, "images", a->options.images);
    cJSON_AddNumberToObject(root, "test", a->options.test);
    cJSON_AddNumberToObject(root, "seeds", a->options.seeds);
    cJSON_AddNumberToObject(root, "rate", (double)a->options.rate);
    cJSON_AddBoolToObject(root, "same_bits_natively", true);
    cJSON *cases = cJSON_AddArrayToObject(root, "cases");
    for (uint32_t i = 1; i < SENSORS; ++i) {
        for (uint32_t j = 0; j < ADAPT_CHOICES; ++j) {
            cJSON *one = cJSON_CreateObject();
            cJSON_AddStringToObject(one, "sensor", sensor_names[i]);
            cJSON_AddStringToObject(one, "trained", adapt_folders[j]);
            for (int k = 0; k < ADAPT_COUNTS; ++k)
                add_mean(one, names[k], adapt_accuracy(a, i, j, (adapt_count)k));
            add_mean(one, "cycles_a_step", adapt_cycles(a, j));
            cJSON_AddItemToArray(cases, one);
        }
    }
    char *printed = cJSON_Print(root);
    if (printed)
        printf("%s\n", printed);
    cJSON_free(printed);
    cJSON_Delete(root);
    return printed;
}

static void close_all(adapt *a) {
    for (uint32_t i = 0; i < ADAPT_CHOICES; ++i) {
        project_close(&a->projects[i]);
        for (uint32_t j = 0; j < ADAPT_SEEDS; ++j)
            free(a->params[j][i]);
    }
    dataset_free(&a->train);
    for (uint32_t i = 0; i < SENSORS; ++i)
        dataset_free(&a->tests[i]);
    free(a);
}

int cmd_adapt(int argc, char **argv) {
    adapt *a = calloc(1, sizeof *a);
    adapt_options o = {
        .images = 100, .test = 500, .seeds = 3, .threads = 2, .rate = 0.02f, .data = DATASET_DEFAULT_FOLDER};
    const cli_option options[] = {
        {"images", CLI_COUNT, &o.images, "N", "training steps, each on an image that was not seen before (100)", 1,
         20000},
        {"test", CLI_COUNT, &o.test, "N", "test images (500)", 1, 10000},
        {"seeds", CLI_COUNT, &o.seeds, "N", "how many networks, from DIR/seed1 on (3)", 1, ADAPT_SEEDS},
        {"rate", CLI_REAL, &o.rate, "X", "learning rate at the start; it falls in a line towards 0 (0.02)", 0, 100},
        {"threads", CLI_COUNT, &o.threads, "N", "machines simulated at once (2)", 1, 64},
        MACHINE_OPTION(&o.machine),
        {"picture", CLI_TEXT, &o.picture, "FILE", "write the result as a picture (.svg or .png)", 0, 0},
        {"data", CLI_TEXT, &o.data, "DIR", "folder of the data set (" DATASET_DEFAULT_FOLDER ")", 0, 0},
        {"json", CLI_FLAG, &o.json, NULL, "print the result as JSON", 0, 0},
    };
    const cli_command command = {
        .name = "adapt",
        .usage = "DIR [OPTION...]",
        .summary =
            "Lets deployed projects adapt to a changed sensor on the simulated cluster, with all layers or the last\n"
            "ones: accuracy before and after, and on what the sensor saw before. examples/adapt makes the folder:\n"
            "projects DIR/all, DIR/last2 and DIR/last1, and their parameters DIR/seedN/all.bin and so on.",
        .options = options,
        .option_count = sizeof options / sizeof options[0],
        .examples = "  ./run adapt\n"
                    "  trainlib adapt adapt-out --images 500 --picture adapt.svg\n",
        .positionals = 1,
    };
    cli_error error;
    int code;
    if (!a) {
        cli_out_of_memory(&error);
        return cli_report(&command, &error);
    }
    if (!cli_go(&command, argc, argv, &o.folder, &code)) {
        free(a);
        return code;
    }
    a->options = o;
    bool fine = machine_option(o.machine, &a->machine, &error) && load_images(a, &error) && open_projects(a, &error) &&
                adapt_run(a, &error) && (!o.picture || adapt_picture(a, o.picture, &error));
    if (fine && o.json)
        fine = print_json(a) || cli_out_of_memory(&error);
    else if (fine)
        print_table(a);
    close_all(a);
    return fine ? cli_finish(&command) : cli_report(&command, &error);
}
