/* SPDX-License-Identifier: Apache-2.0 */
/*
 * floats_near A B START PART: files of float32. No element of A is further from B's than PART of the largest step that
 * any element of A has made from START.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

int main(int argc, char **argv) {
    FILE *files[3] = {0};
    double change = 0, apart = 0;
    float x[3];
    size_t count = 0;
    for (int i = 0; argc == 5 && i < 3; ++i)
        files[i] = fopen(argv[1 + i], "rb");
    if (argc != 5 || !files[0] || !files[1] || !files[2])
        return 2;
    for (;; ++count) {
        int here = 0;
        for (int i = 0; i < 3; ++i)
            here += fread(&x[i], sizeof x[i], 1, files[i]) == 1;
        if (here == 0)
            break;
        if (here < 3 || !isfinite(x[0]) || !isfinite(x[1])) {
            printf("not as many numbers, or one that is not finite, at %zu\n", count);
            return 1;
        }
        change = fmax(change, fabs((double)x[0] - (double)x[2]));
        apart = fmax(apart, fabs((double)x[0] - (double)x[1]));
    }
    printf("%zu floats: %.2e apart, %.2e from the start\n", count, apart, change);
    return change > 0 && apart <= atof(argv[4]) * change ? 0 : 1;
}
