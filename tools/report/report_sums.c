/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/report/report_sums.h"
#include <math.h>
#include <stddef.h>

const char *const report_by_names[REPORT_BYS] = {
    [REPORT_TUNED] = "tuned",
    [REPORT_DEFAULT] = "default plan",
    [REPORT_SINGLE] = "best single plan",
    [REPORT_ONE_SIZE] = "one-size-fits-all",
    [REPORT_NAIVE] = "naive",
};

static const char *const notes[REPORT_BYS] = {
    [REPORT_TUNED] = "the plan that the tuner chose by measuring",
    [REPORT_DEFAULT] = "the plan that the library's own rule makes, without a measurement",
    [REPORT_SINGLE] = "of all fixed plans for every step alike, the one with which the whole is fastest",
    [REPORT_ONE_SIZE] = ("a decent 2x2 kernel with a hardware loop, rows split over the cores, a single buffer, the "
                         "largest tile that fits; every layer with weights is such a matmul"),
    [REPORT_NAIVE] = "one multiply-add an iteration, compiled C, rows split over the cores, in the same tiles",
};

const char *report_by_note(const report_data *data, report_by by) {
    return data->note[by] ? data->note[by] : notes[by];
}

uint32_t report_times(const report_step *step) {
    return step->times ? step->times : 1;
}

double report_speed(const report_step *step, uint64_t cycles) {
    return cycles ? (double)step->macs / (double)cycles : 0.0;
}

report_total report_totals(const report_data *data) {
    report_total total = {0};
    for (uint32_t i = 0; i < data->steps; ++i) {
        const report_step *s = &data->step[i];
        uint32_t times = report_times(s);
        total.count += times;
        total.macs += s->macs * times;
        total.bound += s->bound * times;
        for (int by = 0; by < REPORT_BYS; ++by) {
            total.cycles[by] += (s->cycles[by] ? s->cycles[by] : s->cycles[REPORT_TUNED]) * times;
            total.missing[by] += s->cycles[by] ? 0 : times;
        }
    }
    for (int by = 0; by < REPORT_BYS; ++by)
        if (total.missing[by] == total.count || total.missing[REPORT_TUNED])
            total.cycles[by] = 0;
    return total;
}

report_ratio report_ratios(const report_data *data, report_by one, report_by other) {
    report_ratio r = {0};
    double logs = 0.0;
    report_total total = report_totals(data);
    for (uint32_t i = 0; i < data->steps; ++i) {
        const report_step *s = &data->step[i];
        uint32_t times = report_times(s);
        if (!s->cycles[one] || !s->cycles[other]) {
            r.missing += times;
            continue;
        }
        double ratio = (double)s->cycles[other] / (double)s->cycles[one];
        logs += times * log(ratio);
        if (!r.count || ratio > r.best) {
            r.best = ratio;
            r.at = i;
        }
        if (!r.count || ratio < r.worst)
            r.worst = ratio;
        r.count += times;
    }
    if (r.count) {
        r.mean = exp(logs / r.count);
        r.step = total.cycles[one] ? (double)total.cycles[other] / (double)total.cycles[one] : 0.0;
    }
    return r;
}

report_fit report_fits(const report_data *data) {
    report_fit fit = {0};
    double errors = 0.0, predicted = 0.0, measured = 0.0;
    for (uint32_t i = 0; i < data->steps; ++i) {
        const report_step *s = &data->step[i];
        uint32_t times = report_times(s);
        if (!s->predicted || !s->cycles[REPORT_TUNED])
            continue;
        double p = (double)s->predicted, m = (double)s->cycles[REPORT_TUNED], error = fabs(p / m - 1.0);
        errors += times * error;
        fit.worst = fmax(fit.worst, error);
        predicted += times * p;
        measured += times * m;
        fit.count += times;
    }
    if (fit.count) {
        fit.mean = errors / fit.count;
        fit.step = predicted / measured - 1.0;
    }
    return fit;
}
