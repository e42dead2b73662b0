/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/cli/commands.h"
#include "tools/cli/npy.h"
#include "tools/cli/options.h"
#include "tools/cli/sensor.h"
#include "tools/cli/text.h"
#include <stdlib.h>
#include <string.h>

typedef struct images_options {
    uint32_t part, count, first, sensor, side, channels, classes;
    const char *x, *y, *data;
} images_options;

/* With two classes: shoes (sandals, sneakers, boots) and all else. */
static int32_t label_of(uint32_t label, uint32_t classes) {
    return classes == 2 ? label == 5 || label == 7 || label == 9 : (int32_t)label;
}

static bool write_both(const images_options *o, const dataset *set, cli_error *error) {
    const size_t pixels = (size_t)o->side * o->side, sample = pixels * o->channels;
    float *x = malloc(set->count * sample * sizeof *x);
    int32_t *y = malloc(set->count * sizeof *y);
    bool fine = (x && y) || cli_out_of_memory(error);
    for (uint32_t i = 0; fine && i < set->count; ++i) {
        sensor_resize(set->images + (size_t)i * DATASET_PIXELS, o->side, x + i * sample);
        for (uint32_t c = 1; c < o->channels; ++c)
            memcpy(x + i * sample + c * pixels, x + i * sample, pixels * sizeof *x);
        y[i] = label_of(set->labels[i], o->classes);
    }
    fine = fine && npy_write(o->x, 4, (uint32_t[]){set->count, o->channels, o->side, o->side}, x, error) &&
           npy_write_ints(o->y, set->count, y, error);
    free(x);
    free(y);
    return fine;
}

static bool make_images(const images_options *o, cli_error *error) {
    dataset all, set;
    if (o->classes != 2 && o->classes != DATASET_CLASSES)
        return cli_fail(error, CLI_USAGE, "--classes is 10, or 2: shoes and all else");
    if (!dataset_load(&all, o->data, o->part == 0 ? DATASET_TRAIN : DATASET_TEST, error))
        return false;
    bool fine = sensor_dataset(&set, &all, (sensor)o->sensor, o->first, o->count, error);
    dataset_free(&all);
    if (!fine)
        return false;
    fine = write_both(o, &set, error);
    dataset_free(&set);
    return fine;
}

int cmd_images(int argc, char **argv) {
    images_options o = {.count = 1000,
                        .side = DATASET_SIDE,
                        .channels = 1,
                        .classes = DATASET_CLASSES,
                        .x = "x.npy",
                        .y = "y.npy",
                        .data = DATASET_DEFAULT_FOLDER};
    const cli_option options[] = {
        {"part", CLI_CHOICE, &o.part, "train|test", "which part of the data set (train)", 0, 0},
        {"count", CLI_COUNT, &o.count, "N", "how many images (1000)", 1, 60000},
        {"first", CLI_COUNT, &o.first, "N", "from this one on (0)", 0, 60000},
        {"sensor", CLI_CHOICE, &o.sensor, SENSOR_CHOICES,
         "as they are (default), or as a changed sensor sees them: 255 - p, twice the mean over 5x5, p / 4", 0, 0},
        {"side", CLI_COUNT, &o.side, "N", "resized to N x N pixels (28)", 1, 512},
        {"channels", CLI_COUNT, &o.channels, "N", "the grey image so many times, as colours (1)", 1, 16},
        {"classes", CLI_COUNT, &o.classes, "10|2", "the data set's, or shoes and all else (10)", 2, DATASET_CLASSES},
        {"x", CLI_TEXT, &o.x, "FILE", "where the images go: .npy, float32 [n][channels][side][side] (x.npy)", 0, 0},
        {"y", CLI_TEXT, &o.y, "FILE", "where their labels go: .npy, int32 [n] (y.npy)", 0, 0},
        {"data", CLI_TEXT, &o.data, "DIR", "folder of the data set (" DATASET_DEFAULT_FOLDER ")", 0, 0},
    };
    const cli_command command = {
        .name = "images",
        .usage = "[OPTION...]",
        .summary = "Writes images of Fashion-MNIST and their labels as .npy files, for 'trainlib train'. Pixels are\n"
                   "normalised to mean 0 and deviation 1 over the data set as it is.",
        .options = options,
        .option_count = sizeof options / sizeof options[0],
        .examples = "  trainlib images --count 12000\n"
                    "  trainlib images --count 100 --side 32 --channels 3 --x resnet8-x.npy --y resnet8-y.npy\n"
                    "  trainlib images --part test --sensor inverted\n",
    };
    cli_error error;
    int code;
    if (!cli_go(&command, argc, argv, NULL, &code))
        return code;
    if (!make_images(&o, &error))
        return cli_report(&command, &error);
    printf("%s, %s: %s images, %u x %u x %u, sensor %s\n", o.x, o.y, text_count(o.count).s, o.side, o.side, o.channels,
           sensor_names[o.sensor]);
    return cli_finish(&command);
}
