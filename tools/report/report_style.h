/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TL_REPORT_STYLE_H
#define TL_REPORT_STYLE_H

/* The page's style sheet, without characters that XML would have escaped, in pieces; NULL behind the last. */
extern const char *const report_style[];

#endif
