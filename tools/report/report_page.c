/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/report/report_page.h"
#include "tools/report/report_charts.h"
#include "tools/report/report_style.h"

static void write_element(FILE *to, const char *tag, const char *look, const char *s) {
    fprintf(to, look ? "<%s class=\"%s\">" : "<%s>", tag, look);
    xml_text(to, s);
    fprintf(to, "</%s>", tag);
}

static void write_card(FILE *to, const char *look, const char *number, const char *words) {
    fprintf(to, "<div class=\"card%s\">", look);
    write_element(to, "b", NULL, number);
    write_element(to, "span", NULL, words);
    fputs("</div>\n", to);
}

static void write_head(FILE *to, const report_data *data) {
    fputs("<!DOCTYPE html>\n<html xmlns=\"http://www.w3.org/1999/xhtml\" lang=\"en\">\n<head>\n<meta "
          "charset=\"utf-8\"/>\n"
          "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\"/>\n"
          "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"/>\n<title>",
          to);
    xml_text(to, data->model);
    fputs(" on ", to);
    xml_text(to, data->machine);
    fputs("</title>\n<style>\n", to);
    for (const char *const *piece = report_style; *piece; ++piece)
        fputs(*piece, to);
    fputs("</style>\n</head>\n<body>\n<main>\n", to);
}

static void write_title(FILE *to, const report_data *data, const report_total *total) {
    fputs("<h1>", to);
    xml_text(to, data->model);
    fputs(" on ", to);
    xml_text(to, data->machine);
    fputs("</h1>\n<p class=\"lead\">One training step: ", to);
    if (total->cycles[REPORT_TUNED])
        fprintf(to, "<b>%s</b> multiply-accumulates in <b>%s</b> cycles", words_short((double)total->macs).s,
                words_short((double)total->cycles[REPORT_TUNED]).s);
    else
        fprintf(to, "%s multiply-accumulates", words_short((double)total->macs).s);
    if (data->setting) {
        fputs("; ", to);
        xml_text(to, data->setting);
    }
    fputs(".</p>\n", to);
}

static void write_ratio_card(FILE *to, const report_data *data, report_by other, const char *look) {
    report_ratio r = report_ratios(data, REPORT_TUNED, other);
    if (!r.count)
        return;
    svg_words step = words_of("; the whole step %.2f\xC3\x97", r.step);
    svg_words words = words_of("tuned over %s, geometric mean; best %.2f\xC3\x97%s", report_by_names[other], r.best,
                               r.step > 0.0 ? step.s : "");
    write_card(to, look, words_of("%.2f\xC3\x97", r.mean).s, words.s);
}

static void write_cards(FILE *to, const report_data *data, const report_total *total) {
    uint64_t cycles = total->cycles[REPORT_TUNED];
    fputs("<div class=\"cards\">\n", to);
    write_ratio_card(to, data, REPORT_ONE_SIZE, " first");
    write_ratio_card(to, data, REPORT_SINGLE, "");
    write_ratio_card(to, data, REPORT_DEFAULT, "");
    if (cycles)
        write_card(to, "", words_of("%.2f", (double)total->macs / (double)cycles).s,
                   total->bound ? words_of("MAC/clk over the whole step, %s of what bounds allow",
                                           words_percent((double)total->bound / (double)cycles).s)
                                      .s
                                : "MAC/clk over the whole step");
    if (data->measurements && data->problems)
        write_card(to, "", words_count(data->measurements).s,
                   words_of("measurements for %u problems%s%s", data->problems,
                            data->seconds > 0.0 ? words_of(" in %.0f s", data->seconds).s : "",
                            data->gap >= 0.0 ? words_of("; %.1f %% of the step left to gain", 100.0 * data->gap).s : "")
                       .s);
    fputs("</div>\n", to);
}

typedef void chart(FILE *to, const report_data *data);

static void write_figure(FILE *to, const report_data *data, chart *draw) {
    fputs("<figure>\n", to);
    draw(to, data);
    fputs("</figure>\n", to);
}

static void write_section(FILE *to, const char *title, const char *said) {
    write_element(to, "h2", NULL, title);
    fputc('\n', to);
    write_element(to, "p", "said", said);
    fputc('\n', to);
}

static void write_layers(FILE *to, const report_data *data) {
    uint32_t with = 0, without = 0;
    for (uint32_t i = 0; i < data->steps; ++i)
        *(data->step[i].macs ? &with : &without) += 1;
    if (with) {
        write_section(
            to, "Layer by layer",
            "Multiply-accumulates a cycle of all cores together, from L2 to L2. The trough ends where no plan "
            "can go further: at the greatest of the inner loops' instructions, the floating-point units' work "
            "and the bytes that must move.");
        write_figure(to, data, report_chart_layers);
    }
    if (without) {
        write_section(to, with ? "Steps without multiply-accumulates" : "Layer by layer",
                      "What their bounds allow in cycles, as a part of the cycles that they take.");
        write_figure(to, data, report_chart_others);
    }
}

static void write_close_up(FILE *to, const report_data *data) {
    if (data->heats)
        write_section(to, "Tiles and kernels",
                      "The same step with other tiles (rows) and other kernels (columns): no single choice is good "
                      "everywhere.");
    for (uint32_t i = 0; i < data->heats; ++i) {
        fputs("<figure>\n", to);
        write_element(to, "figcaption", NULL, data->heat[i].title);
        report_chart_heat(to, &data->heat[i]);
        fputs("</figure>\n", to);
    }
    if (data->timelines)
        write_section(
            to, "A layer as it runs",
            "Every core and both directions of the DMA, cycle by cycle: the next tile arrives and the last one "
            "leaves while this one is computed.");
    for (uint32_t i = 0; i < data->timelines; ++i) {
        fputs("<figure>\n", to);
        write_element(to, "figcaption", NULL, data->timeline[i].title);
        report_chart_timeline(to, &data->timeline[i]);
        fputs("</figure>\n", to);
    }
}

static void write_search(FILE *to, const report_data *data) {
    if (data->trails) {
        write_section(
            to, "The search",
            "The cost model chooses what is measured first; how far the best plan so far is above the best that "
            "is known, after so many measurements.");
        write_figure(to, data, report_chart_search);
    }
    if (report_fits(data).count > 1) {
        write_section(to, "The cost model",
                      "What it says of the chosen plans before any measurement, against the simulator's exact cycles.");
        write_figure(to, data, report_chart_predicted);
    }
    if (data->scalings) {
        write_section(to, "More cores",
                      "The tuner's plans on teams of one to eight cores. Dashed: twice the cores, twice as fast.");
        write_figure(to, data, report_chart_cores);
    }
}

static void write_cell(FILE *to, uint64_t value) {
    fputs("<td>", to);
    fputs(value ? words_count(value).s : "\xE2\x80\x93", to);
    fputs("</td>", to);
}

static void begin_table(FILE *to, const char *title, int open) {
    fprintf(to, "<details%s><summary>%s</summary>\n<div class=\"wide\"><table>\n", open ? " open=\"open\"" : "", title);
    fputs("<thead><tr><th class=\"l\">layer</th><th class=\"l\">pass</th>", to);
}

static void begin_row(FILE *to, const report_step *s) {
    fputs("<tr>", to);
    write_element(to, "td", "l", s->layer);
    write_element(to, "td", "l", s->pass);
}

static void write_table(FILE *to, const report_data *data) {
    write_element(to, "h2", NULL, "All figures");
    begin_table(to, "Cycles of every step", 1);
    fputs("<th>times</th><th>MAC</th><th>bound</th>", to);
    for (int by = 0; by < REPORT_BYS; ++by)
        write_element(to, "th", NULL, report_by_names[by]);
    fputs("<th>predicted</th><th>MAC/clk</th></tr></thead>\n<tbody>\n", to);
    for (uint32_t i = 0; i < data->steps; ++i) {
        const report_step *s = &data->step[i];
        begin_row(to, s);
        fprintf(to, "<td>%u</td>", report_times(s));
        write_cell(to, s->macs);
        write_cell(to, s->bound);
        for (int by = 0; by < REPORT_BYS; ++by)
            write_cell(to, s->cycles[by]);
        write_cell(to, s->predicted);
        double speed = report_speed(s, s->cycles[REPORT_TUNED]);
        fprintf(to, "<td>%s</td></tr>\n", speed > 0.0 ? words_of("%.2f", speed).s : "\xE2\x80\x93");
    }
    fputs("</tbody></table></div></details>\n", to);
    begin_table(to, "The tuner's plans", 1);
    fputs("<th class=\"l\">problem</th><th class=\"l\">plan</th></tr></thead>\n<tbody>\n", to);
    for (uint32_t i = 0; i < data->steps; ++i) {
        begin_row(to, &data->step[i]);
        write_element(to, "td", "plan", data->step[i].problem);
        write_element(to, "td", "plan", data->step[i].plan);
        fputs("</tr>\n", to);
    }
    fputs("</tbody></table></div></details>\n", to);
}

static void write_words(FILE *to, const report_data *data) {
    write_element(to, "h2", NULL, "What is compared");
    fputs("\n<dl>\n", to);
    for (int by = 0; by < REPORT_BYS; ++by) {
        write_element(to, "dt", NULL, report_by_names[by]);
        write_element(to, "dd", NULL, report_by_note(data, (report_by)by));
    }
    fputs("<dt>bound</dt><dd>cycles that a step cannot do without: the greatest of its inner loops' instructions "
          "shared out "
          "evenly, its multiply-adds by floating-point units, and its bytes, each once, by the DMA's width</dd>\n"
          "<dt>MAC/clk</dt><dd>multiply-accumulates of the layer's formula by cluster cycles</dd>\n"
          "<dt>geometric mean</dt><dd>over all steps of all layers that both plans were measured for, each counted as "
          "often "
          "as it stands in the model</dd>\n</dl>\n",
          to);
    fputs("<footer>", to);
    fprintf(to, "Machine: ");
    xml_text(to, data->machine);
    fprintf(to,
            ", %u cores, %u floating-point unit%s, DMA of %u bytes a cycle in each direction. Cycles are exact, of a "
            "simulator that has no noise.",
            data->cores, data->fpus, data->fpus == 1 ? "" : "s", data->dma_width);
    if (data->made_with) {
        fputs(" Made with ", to);
        xml_text(to, data->made_with);
        fputc('.', to);
    }
    if (data->made_by) {
        fputs(" Made by ", to);
        write_element(to, "code", NULL, data->made_by);
        fputc('.', to);
    }
    fputs("</footer>\n", to);
}

void report_page(FILE *to, const report_data *data) {
    report_total total = report_totals(data);
    write_head(to, data);
    write_title(to, data, &total);
    write_cards(to, data, &total);
    if (total.cycles[REPORT_TUNED]) {
        write_section(to, "The whole step", "All layers, forward and backward, one after the other.");
        write_figure(to, data, report_chart_step);
    }
    write_layers(to, data);
    write_section(to, "Against the machine's limits",
                  "Every step with its multiply-accumulates for each byte that must move. Left of the corner the DMA "
                  "limits, right of it the floating-point units do.");
    write_figure(to, data, report_chart_roofline);
    write_close_up(to, data);
    write_search(to, data);
    write_table(to, data);
    write_words(to, data);
    fputs("</main>\n</body>\n</html>\n", to);
}
