/* SPDX-License-Identifier: Apache-2.0 */
/* A command's options as a table, from which both the parser and --help are made. */
#ifndef TL_CLI_OPTIONS_H
#define TL_CLI_OPTIONS_H

#include "tools/cli/error.h"
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

typedef enum cli_kind {
    CLI_FLAG,  /* bool */
    CLI_TEXT,  /* const char * */
    CLI_MAYBE, /* const char *, "" where --name stands without =value */
    CLI_COUNT, /* uint32_t, min to max */
    CLI_SIZE,  /* uint64_t, min to max; K and M may follow the number, and 0x precede it */
    CLI_REAL,  /* float, min to max */
    CLI_CHOICE /* uint32_t: which word of `argument`, words parted by | */
} cli_kind;

typedef struct cli_option {
    const char *name; /* without the two dashes */
    cli_kind kind;
    void *value;          /* of the kind's type; holds the default */
    const char *argument; /* its name in the help, NULL for a flag */
    const char *help;
    double min, max;
} cli_option;

typedef struct cli_command {
    const char *name;
    const char *usage;   /* what comes behind the name */
    const char *summary; /* a sentence or two */
    const cli_option *options;
    size_t option_count;
    const char *details;  /* lines behind the options; may be NULL */
    const char *more;     /* and behind those */
    const char *examples; /* lines, each indented by two */
    int positionals;      /* how many it takes */
    int optional;         /* so many of these, the last ones, may be missing */
} cli_command;

typedef enum cli_parsed { CLI_GO, CLI_HELP, CLI_BAD } cli_parsed;

/* Reads argv[1] and on. CLI_HELP: --help was among them. CLI_BAD: `error` says why. */
cli_parsed cli_parse(const cli_command *command, int argc, char **argv, const char **positional, cli_error *error);

/* Prints the command's help. */
void cli_help(FILE *to, const cli_command *command);

/* Prints "trainlib NAME: sentence" to stderr; returns the exit code. */
int cli_report(const cli_command *command, const cli_error *error);

/* Reads argv as cli_parse; false: the command has printed its help, or what is wrong, and ends with *code. */
bool cli_go(const cli_command *command, int argc, char **argv, const char **positional, int *code);

/* Flushes stdout: a full disk there is a failure too. Returns the exit code. */
int cli_finish(const cli_command *command);

#endif
