/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/report/page_reader.h"
#include "tools/report/report_page.h"
#include <expat.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *value_of(const char **attributes, const char *name) {
    for (int i = 0; attributes[i]; i += 2)
        if (strcmp(attributes[i], name) == 0)
            return attributes[i + 1];
    return "";
}

static void begin(void *user, const char *name, const char **attributes) {
    page *p = user;
    p->figures += strcmp(name, "svg") == 0;
    p->rows += strcmp(name, "tr") == 0;
    p->scripts += strcmp(name, "script") == 0;
    p->in_style += strcmp(name, "style") == 0;
    for (int i = 0; attributes[i]; i += 2) {
        const char *key = attributes[i];
        p->references += strcmp(key, "src") == 0 || strcmp(key, "href") == 0 || strcmp(key, "xlink:href") == 0;
        p->scripts += strncmp(key, "on", 2) == 0;
    }
    if (strcmp(name, "rect") == 0 && p->bars < PAGE_BARS) {
        page_bar *b = &p->bar[p->bars++];
        snprintf(b->look, sizeof b->look, "%s", value_of(attributes, "class"));
        b->x = strtod(value_of(attributes, "x"), NULL);
        b->y = strtod(value_of(attributes, "y"), NULL);
        b->width = strtod(value_of(attributes, "width"), NULL);
        b->height = strtod(value_of(attributes, "height"), NULL);
    }
}

static void end(void *user, const char *name) {
    page *p = user;
    p->in_style -= strcmp(name, "style") == 0;
    if (p->used + 1 < PAGE_TEXT)
        p->text[p->used++] = '\n';
}

static void characters(void *user, const char *s, int length) {
    page *p = user;
    if (p->in_style || p->used + (size_t)length + 1 >= PAGE_TEXT)
        return;
    memcpy(p->text + p->used, s, (size_t)length);
    p->used += (size_t)length;
}

static void parse(page *p) {
    XML_Parser parser = XML_ParserCreate("UTF-8");
    XML_SetUserData(parser, p);
    XML_SetElementHandler(parser, begin, end);
    XML_SetCharacterDataHandler(parser, characters);
    if (XML_Parse(parser, p->html, (int)p->bytes, 1) != XML_STATUS_OK)
        snprintf(p->why, sizeof p->why, "%s in line %lu; ", XML_ErrorString(XML_GetErrorCode(parser)),
                 (unsigned long)XML_GetCurrentLineNumber(parser));
    XML_ParserFree(parser);
}

page *page_make(const report_data *data) {
    page *p = calloc(1, sizeof *p);
    FILE *to = p ? open_memstream(&p->html, &p->bytes) : NULL;
    if (!to)
        abort();
    report_page(to, data);
    if (fclose(to) != 0)
        abort();
    parse(p);
    return p;
}

page *page_read(const char *path) {
    enum { MOST = 8 << 20 };
    FILE *from = fopen(path, "rb");
    page *p = from ? calloc(1, sizeof *p) : NULL;
    if (p) {
        p->html = malloc(MOST);
        p->bytes = p->html ? fread(p->html, 1, MOST, from) : 0;
        parse(p);
    }
    if (from)
        fclose(from);
    return p;
}

void page_free(page *p) {
    free(p->html);
    free(p);
}

int page_says(const page *p, const char *words) {
    int n = 0;
    for (const char *at = p->text; (at = strstr(at, words)) != NULL; at += strlen(words))
        ++n;
    return n;
}
