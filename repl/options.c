/* options.c - the command line as data
 *
 * Holds: one row per long option; the usage text is made of the same rows. Read next: options.h.
 * SPDX-License-Identifier: MIT
 */
#include "repl/options.h"

#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct long_option {
    const char *name, *value, *help;
    size_t field;               /* offset of a bool, or of a const char * when there is a value */
    enum { ANY, WHOLE, WHOLE_OR_NONE } kind; /* of the value: a number; one that is attached (--dap=4711) or left out */
} long_option;

#define FIELD(name) offsetof(lun_options, name)

static const long_option long_options[] = {
    {"--seed", "N", "start the random numbers from N", FIELD(seed), WHOLE},
    {"--threads", "N", "compute on N threads", FIELD(threads), WHOLE},
    {"--device", "D", "make new tensors on D: cpu, cuda, cuda:1", FIELD(device), ANY},
    {"--dbg", "FILE", "take the debugger's commands from FILE; -: type them, from before the first line on", FIELD(debugger_script), ANY},
    {"--pm", NULL, "after an error of the script look at its frames, as %pm does", FIELD(pm), ANY},
    {"--dbg-json", NULL, "the debugger speaks JSON, a line each, on standard input and output", FIELD(dbg_json), ANY},
    {"--dap", "=PORT", "serve an editor's debugger: on standard input and output, or at 127.0.0.1:PORT", FIELD(dap), WHOLE_OR_NONE},
    {"--run", "FILE", "run a notebook, show and record its outputs", FIELD(run), ANY},
    {"--check", "FILE", "run a notebook and compare with its recorded outputs (TAP)", FIELD(check), ANY},
    {"--record", NULL, "with --check: record the outputs instead of comparing", FIELD(record), ANY},
    {"--watch", "FILE", "run the cells of a notebook that change, whenever it is saved", FIELD(watch), ANY},
    {"--export", "OUT", "write a notebook as html, md, ipynb or lua", FIELD(export_to), ANY},
    {"--plain", NULL, "no colours, no cursor motion, words only", FIELD(plain), ANY},
    {"--batch", NULL, "never ask anything, also on a terminal", FIELD(batch), ANY},
    {"--no-config", NULL, "do not run the start-up file", FIELD(no_config), ANY},
    {"--help", NULL, "show this", FIELD(help), ANY},
    {NULL, NULL, NULL, 0, ANY}};

static bool wrong(const char *what, const char *why)
{
    fprintf(stderr, "lunette: option '%s' %s\n  hint: lunette --help lists the options\n", what, why);
    return false;
}

static bool is_whole_number(const char *text)
{
    char *end;
    errno = 0;
    long long n = strtoll(text, &end, 0);
    return *text && !*end && errno == 0 && n >= 0;
}

static const long_option *find_long(const char *argument, const char **attached)
{
    for (const long_option *o = long_options; o->name; o++) {
        size_t n = strlen(o->name);
        if (strncmp(argument, o->name, n) != 0) continue;
        *attached = argument[n] == '=' ? argument + n + 1 : NULL;
        if (!argument[n] || argument[n] == '=') return o;
    }
    return NULL;
}

/* Reads the long option at argv[*i] and its value, which may be attached: --seed=7. */
static bool take_long(int argc, char **argv, int *i, lun_options *options)
{
    const char *value = NULL;
    const long_option *o = find_long(argv[*i], &value);
    void *field = NULL;
    if (!o) return wrong(argv[*i], "is unknown");
    field = (char *)options + o->field;
    if (!o->value) {
        if (value) return wrong(o->name, "takes no value");
        *(bool *)field = true;
        return true;
    }
    if (!value && o->kind == WHOLE_OR_NONE) {
        *(const char **)field = "";
        return true;
    }
    if (!value && *i + 1 < argc) value = argv[++*i];
    if (!value || !*value) return wrong(o->name, "needs a value");
    if (o->kind && !is_whole_number(value))
        return wrong(o->name, "needs a whole number");
    *(const char **)field = value;
    return true;
}

static bool take_short(int argc, char **argv, int *i, lun_options *options)
{
    const char *a = argv[*i];
    if (a[1] == 'n') {
        options->open = a[2] ? a + 2 : ++*i < argc ? argv[*i] : NULL;
        return options->open || wrong(a, "needs a notebook's file");
    }
    if (a[1] == 'e' || a[1] == 'l') {
        options->runs_code = true;
        if (!a[2] && (++*i >= argc || (argv[*i][0] == '-' && a[1] == 'l')))
            return wrong(a, "needs an argument");
        return true;
    }
    if (a[2]) return wrong(a, "is unknown");
    switch (a[1]) {
    case 'i': options->interactive = true; return true;
    case 'v': options->version = true; return true;
    case 'W': options->warnings = true; return true;
    case 'E': options->ignore_environment = true; return true;
    case 'h': options->help = true; return true;
    default: return wrong(a, "is unknown");
    }
}

bool lun_options_parse(int argc, char **argv, lun_options *options)
{
    int i;
    *options = (lun_options){0};
    for (i = 1; i < argc && argv[i][0] == '-' && argv[i][1]; i++) {
        if (strcmp(argv[i], "--") == 0) {
            i++;
            break;
        }
        bool good = argv[i][1] == '-' ? take_long(argc, argv, &i, options) : take_short(argc, argv, &i, options);
        if (!good) return false;
    }
    options->script = i < argc ? i : argc;
    if ((options->open != NULL) + (options->run != NULL) + (options->check != NULL) + (options->watch != NULL) > 1)
        return wrong("-n, --run, --check, --watch", "exclude each other");
    if (options->record && !options->check) return wrong("--record", "goes with --check");
    options->learn = i < argc && strcmp(argv[i], "learn") == 0;
    options->check_shapes = i < argc && strcmp(argv[i], "check-shapes") == 0;
    options->doctor = i < argc && strcmp(argv[i], "doctor") == 0;
    options->explain = i < argc && strcmp(argv[i], "explain") == 0;
    return true;
}

bool lun_options_notebook(const lun_options *options)
{
    return options->open || options->run || options->check || options->watch || options->export_to;
}

bool lun_options_each_chunk(const lun_options *options, char **argv, bool (*run)(char option, const char *text))
{
    for (int i = 1; i < options->script; i++) {
        const char *a = argv[i], *attached;
        if (strcmp(a, "--") == 0) break;
        if (a[1] == '-') {
            const long_option *o = find_long(a, &attached);
            if (o && o->value && !attached && o->kind != WHOLE_OR_NONE) i++;
        } else if (a[1] == 'e' || a[1] == 'l') {
            if (!run(a[1], a[2] ? a + 2 : argv[++i])) return false;
        } else if (a[1] == 'n' && !a[2]) {
            i++;
        }
    }
    return true;
}

/* What may stand in place of a script. */
static const struct { const char *usage, *help; } words[] = {
    {"learn [LESSON]", "lessons at the prompt"},
    {"explain [CODE]", "what an error means and what helps; without a code all of them"},
    {"check-shapes FILE ...", "where shapes do not fit in scripts and notebooks, which do not run"},
    {"doctor", "what this program finds on this machine"},
    {NULL, NULL}};

static const struct { const char *usage, *help; } short_options[] = {
    {"-e CODE", "run CODE; may be repeated"},
    {"-l NAME", "load module NAME into the global NAME; g=NAME into g"},
    {"-i", "open the shell after the script"},
    {"-n FILE", "open a notebook in the shell: %cells lists what is in it"},
    {"-v", "show the version"},
    {"-W", "show Lua's warnings"},
    {"-E", "ignore LUA_PATH and the like"},
    {"-", "run what stands on the standard input as one chunk"},
    {"--", "no options after this"},
    {NULL, NULL}};

void lun_options_each(void (*each)(const char *kind, const char *usage, const char *help, void *data), void *data)
{
    for (int i = 0; words[i].usage; i++) each("word", words[i].usage, words[i].help, data);
    for (int i = 0; short_options[i].usage; i++) each("option", short_options[i].usage, short_options[i].help, data);
    for (const long_option *o = long_options; o->name; o++) {
        char usage[40];
        bool optional = o->kind == WHOLE_OR_NONE;
        snprintf(usage, sizeof usage, optional ? "%s[%s%s]" : "%s%s%s", o->name, o->value && !optional ? " " : "", o->value ? o->value : "");
        each("option", usage, o->help, data);
    }
}

static void print_row(const char *kind, const char *usage, const char *help, void *data)
{
    if (strcmp(kind, data) == 0) printf("  %-16s %s\n", usage, help);
}

void lun_options_print_help(void)
{
    puts("usage: lunette [options] [script.lua [args]]\n"
         "       lunette WORD");
    lun_options_each(print_row, "word");
    puts("options:");
    lun_options_each(print_row, "option");
    puts("Without a script the shell opens; from a pipe it reads cells.");
}
