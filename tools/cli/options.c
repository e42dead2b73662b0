/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/cli/options.h"
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static bool bad_value(cli_error *error, const cli_option *option, const char *text, const char *wanted) {
    return cli_fail(error, CLI_USAGE, "--%s wants %s, not '%s'", option->name, wanted, text);
}

static bool set_count(const cli_option *option, const char *text, cli_error *error) {
    char wanted[80];
    snprintf(wanted, sizeof wanted, "a whole number from %.0f to %.0f", option->min, option->max);
    char *end = NULL;
    errno = 0;
    unsigned long long n = strtoull(text, &end, 10);
    if (text[0] < '0' || text[0] > '9' || *end || errno || (double)n < option->min || (double)n > option->max)
        return bad_value(error, option, text, wanted);
    *(uint32_t *)option->value = (uint32_t)n;
    return true;
}

static bool set_size(const cli_option *option, const char *text, cli_error *error) {
    char wanted[80];
    snprintf(wanted, sizeof wanted, "a whole number from %.0f to %.0f", option->min, option->max);
    char *end = NULL;
    errno = 0;
    unsigned long long n = strtoull(text, &end, 0), unit = *end == 'K' ? 1024 : *end == 'M' ? 1024 * 1024 : 1;
    end += unit > 1;
    if (text[0] < '0' || text[0] > '9' || *end || errno || (double)n * (double)unit < option->min ||
        (double)n * (double)unit > option->max)
        return bad_value(error, option, text, wanted);
    *(uint64_t *)option->value = n * unit;
    return true;
}

static bool set_real(const cli_option *option, const char *text, cli_error *error) {
    char wanted[80];
    snprintf(wanted, sizeof wanted, "a number from %g to %g", option->min, option->max);
    char *end = NULL;
    double x = strtod(text, &end);
    /* NaN fails both comparisons, so ask for what is right. */
    if (end == text || *end || !(x >= option->min && x <= option->max))
        return bad_value(error, option, text, wanted);
    *(float *)option->value = (float)x;
    return true;
}

static bool set_choice(const cli_option *option, const char *text, cli_error *error) {
    size_t length = strlen(text);
    uint32_t i = 0;
    for (const char *word = option->argument;; ++i) {
        size_t n = strcspn(word, "|");
        if (n == length && memcmp(word, text, n) == 0) {
            *(uint32_t *)option->value = i;
            return true;
        }
        if (!word[n])
            return bad_value(error, option, text, option->argument);
        word += n + 1;
    }
}

static bool set(const cli_option *option, const char *text, cli_error *error) {
    switch (option->kind) {
    case CLI_COUNT:
        return set_count(option, text, error);
    case CLI_SIZE:
        return set_size(option, text, error);
    case CLI_REAL:
        return set_real(option, text, error);
    case CLI_CHOICE:
        return set_choice(option, text, error);
    case CLI_TEXT:
    case CLI_MAYBE:
        if (!*text)
            return bad_value(error, option, text, option->argument);
        *(const char **)option->value = text;
        return true;
    case CLI_FLAG:
        break;
    }
    return true;
}

static const cli_option *find(const cli_command *command, const char *name, size_t length) {
    for (size_t i = 0; i < command->option_count; ++i)
        if (strlen(command->options[i].name) == length && memcmp(command->options[i].name, name, length) == 0)
            return &command->options[i];
    return NULL;
}

/* The option at argv[*i], which may take argv[*i + 1] too. */
static bool take_option(const cli_command *command, int argc, char **argv, int *i, cli_error *error) {
    const char *word = argv[*i];
    size_t length = strcspn(word, "=");
    const cli_option *option = strncmp(word, "--", 2) == 0 ? find(command, word + 2, length - 2) : NULL;
    if (!option)
        return cli_fail(error, CLI_USAGE, "unknown option '%.*s'; 'trainlib %s --help' lists them", (int)length, word,
                        command->name);
    const char *value = word[length] ? word + length + 1 : NULL;
    if (option->kind == CLI_FLAG) {
        if (value)
            return cli_fail(error, CLI_USAGE, "--%s takes no value", option->name);
        *(bool *)option->value = true;
        return true;
    }
    if (!value && option->kind == CLI_MAYBE) {
        *(const char **)option->value = "";
        return true;
    }
    if (!value) {
        if (*i + 1 >= argc)
            return cli_fail(error, CLI_USAGE, "--%s wants a value: %s", option->name, option->argument);
        value = argv[++*i];
    }
    return set(option, value, error);
}

cli_parsed cli_parse(const cli_command *command, int argc, char **argv, const char **positional, cli_error *error) {
    int found = 0;
    bool options = true;
    for (int i = 1; i < argc; ++i) {
        const char *word = argv[i];
        if (options && strcmp(word, "--") == 0) {
            options = false;
        } else if (options && (strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0)) {
            return CLI_HELP;
        } else if (options && word[0] == '-' && word[1]) {
            if (!take_option(command, argc, argv, &i, error))
                return CLI_BAD;
        } else if (found < command->positionals) {
            positional[found++] = word;
        } else {
            cli_fail(error, CLI_USAGE, "'%s' is one argument too many; usage: trainlib %s %s", word, command->name,
                     command->usage);
            return CLI_BAD;
        }
    }
    if (found < command->positionals - command->optional) {
        cli_fail(error, CLI_USAGE, "an argument is missing; usage: trainlib %s %s", command->name, command->usage);
        return CLI_BAD;
    }
    return CLI_GO;
}

/* Words from column `at` on, in lines of at most 100 columns whose next ones begin where descriptions do. */
static void print_words(FILE *to, const char *words, size_t at) {
    enum { COLUMNS = 100, INDENT = 25 };
    while (*words) {
        const size_t word = strcspn(words, " "), gap = strspn(words + word, " ");
        const bool fits = at + 1 + word <= COLUMNS;
        fprintf(to, "%s%*s%.*s", fits ? " " : "\n", fits ? 0 : INDENT, "", (int)word, words);
        at = fits ? at + 1 + word : INDENT + word;
        words += word + gap;
    }
    fputc('\n', to);
}

void cli_help(FILE *to, const cli_command *command) {
    fprintf(to, "Usage: trainlib %s %s\n\n%s\n\nOptions:\n", command->name, command->usage, command->summary);
    for (size_t i = 0; i <= command->option_count; ++i) {
        static const cli_option help = {.name = "help", .help = "print this"};
        const cli_option *option = i < command->option_count ? &command->options[i] : &help;
        char left[64];
        const char *gap = option->kind == CLI_MAYBE ? "[=" : option->argument ? " " : "";
        snprintf(left, sizeof left, "--%s%s%s%s", option->name, gap, option->argument ? option->argument : "",
                 option->kind == CLI_MAYBE ? "]" : "");
        const int printed = fprintf(to, "  %-22s", left);
        print_words(to, option->help, printed > 0 ? (size_t)printed : 0);
    }
    if (command->details)
        fprintf(to, "\n%s", command->details);
    if (command->more)
        fprintf(to, "\n%s", command->more);
    fprintf(to, "\nExamples:\n%s", command->examples);
}

int cli_report(const cli_command *command, const cli_error *error) {
    fflush(stdout);
    fprintf(stderr, "trainlib %s: %s\n", command->name, error->text);
    return (int)error->code;
}

int cli_finish(const cli_command *command) {
    if (fflush(stdout) == 0 && !ferror(stdout))
        return CLI_FINE;
    fprintf(stderr, "trainlib %s: cannot write the output: %s\n", command->name, strerror(errno));
    return CLI_INPUT;
}

bool cli_go(const cli_command *command, int argc, char **argv, const char **positional, int *code) {
    cli_error error;
    switch (cli_parse(command, argc, argv, positional, &error)) {
    case CLI_HELP:
        cli_help(stdout, command);
        *code = cli_finish(command);
        return false;
    case CLI_BAD:
        *code = cli_report(command, &error);
        return false;
    case CLI_GO:
        break;
    }
    return true;
}
