/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/report/report_style.h"
#include <stddef.h>

/* Paper is light, whatever the screen is. */
#define LIGHT                                                                                                          \
    "--bg:#fff;--panel:#f5f8fb;--edge:#dbe3ec;--ink:#16263a;--soft:#56667a;--grid:#e3e9f0;--tuned:#1c6bc2;"            \
    "--trough:#dce8f6;--bound:#16263a;--default:#16263a;--single:#0c8567;--one:#cf6a0c;--naive:#7c8999;"               \
    "--idle:#d5dce5;--fetch:#c8343f;--on:#fff"

const char *const report_style[] = {
    ":root{color-scheme:light dark;" LIGHT "}\n"
    "@media (prefers-color-scheme:dark){:root{--bg:#12171e;--panel:#1a212b;--edge:#2e3947;--ink:#eef3f9;--soft:#a7b5c6;"
    "--grid:#283240;--tuned:#5ba4f0;--trough:#22364e;--bound:#eef3f9;--default:#eef3f9;--single:#3fc4a0;--one:#f2a24c;"
    "--naive:#8797aa;--idle:#39465a;--fetch:#f0717a;--on:#0e1620}}\n"
    "@media print{:root{" LIGHT "}"
    "*{print-color-adjust:exact;-webkit-print-color-adjust:exact}figure,.cards,tr{break-inside:avoid}"
    "h2{break-after:avoid}main{max-width:none;padding:0}}\n",
    "*{box-sizing:border-box}html{background:var(--bg);color:var(--ink);"
    "font:16px/1.55 system-ui,-apple-system,\"Segoe UI\",\"DejaVu Sans\",sans-serif}body{margin:0}\n"
    "main{max-width:1040px;margin:0 auto;padding:48px 32px 64px}\n"
    "h1{font-size:34px;line-height:1.2;letter-spacing:-.015em;margin:0 0 6px;overflow-wrap:anywhere}"
    "h2{font-size:21px;letter-spacing:-.01em;margin:56px 0 4px}"
    "p{margin:4px 0 0;max-width:76ch;overflow-wrap:anywhere}.lead{font-size:18px;color:var(--soft)}"
    ".said{color:var(--soft)}b{font-weight:600}\n"
    ".cards{display:grid;grid-template-columns:repeat(auto-fit,minmax(172px,1fr));gap:14px;margin:30px 0 0}"
    ".card{background:var(--panel);border:1px solid var(--edge);border-radius:10px;padding:16px 16px}"
    ".card b{display:block;font-size:30px;line-height:1.15;letter-spacing:-.02em;font-variant-numeric:tabular-nums}"
    ".card.first b{color:var(--tuned)}.card span{display:block;margin-top:4px;font-size:14px;line-height:1.4;"
    "color:var(--soft)}\n",
    "figure{margin:18px 0 0;overflow-x:auto}figure svg{display:block;width:100%;min-width:680px;height:auto}"
    "figcaption{font-weight:600;margin:0 0 6px}\n"
    "svg text{font-size:12.5px;fill:var(--ink)}svg .n{font-variant-numeric:tabular-nums}svg .soft{fill:var(--soft)}"
    "svg .strong{font-weight:600}svg .big{font-size:26px;font-weight:600}svg .on{fill:var(--on)}"
    "svg .m{text-anchor:middle}svg .e{text-anchor:end}\n"
    ".grid{stroke:var(--grid);stroke-width:1;fill:none}.bound{stroke:var(--bound);stroke-width:1.6;fill:none}"
    ".roof{stroke:var(--ink);stroke-width:1.5;fill:none}.dash{stroke-dasharray:6 4;stroke:var(--soft)}"
    ".link{stroke:var(--soft);stroke-width:1;opacity:.55;fill:none}"
    ".trail{stroke:var(--soft);stroke-width:1.1;opacity:.6;fill:none}.mean{stroke:var(--tuned);stroke-width:2.6;"
    "fill:none;stroke-linejoin:round}\n"
    ".torn{stroke:var(--bg);stroke-width:3;fill:none}.band{fill:var(--trough);fill-opacity:.7}.trough{fill:var(--"
    "trough)}.heat{fill:var(--tuned)}"
    ".chosen{fill:none;stroke:var(--ink);stroke-width:2}\n",
    ".b-tuned{fill:var(--tuned)}.b-default{fill:var(--soft)}.b-single{fill:var(--single)}.b-one{fill:var(--one)}"
    ".b-naive{fill:var(--naive)}.b-idle{fill:var(--idle)}.b-fetch{fill:var(--fetch)}\n"
    ".m-tuned{fill:var(--tuned);stroke:var(--bg);stroke-width:1}"
    ".m-default{fill:var(--bg);stroke:var(--default);stroke-width:1.7}"
    ".m-single{fill:var(--single);stroke:var(--bg);stroke-width:1}.m-one{fill:var(--one);stroke:var(--bg);stroke-width:"
    "1}"
    ".m-naive{fill:var(--bg);stroke:var(--naive);stroke-width:2}\n"
    "table{border-collapse:collapse;font-size:13px;width:100%;font-variant-numeric:tabular-nums}"
    "th,td{padding:4px 8px;text-align:right;border-bottom:1px solid var(--grid);white-space:nowrap}"
    "th{color:var(--soft);font-weight:500;vertical-align:bottom;white-space:normal}td.l,th.l{text-align:left}"
    "td.plan{text-align:left;white-space:normal;overflow-wrap:anywhere;min-width:150px;color:var(--soft)}"
    ".wide{overflow-x:auto;margin-top:14px}\n"
    "dl{display:grid;grid-template-columns:max-content 1fr;gap:4px 18px;margin:12px 0 0}dt{font-weight:600}dd{margin:0;"
    "color:var(--soft);overflow-wrap:anywhere}\n"
    "summary{cursor:pointer;font-weight:600;margin-top:14px}code{font:13px ui-monospace,\"DejaVu Sans "
    "Mono\",monospace}\n"
    "footer{margin-top:56px;padding-top:16px;border-top:1px solid var(--edge);font-size:13px;color:var(--soft)}\n"
    "@media (max-width:640px){main{padding:28px 16px}dl{grid-template-columns:1fr}dd{margin-bottom:8px}}\n",
    NULL};
