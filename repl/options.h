/* options.h - the command line as data
 *
 * Holds: same order and meaning as lua's for -e -l -i -v -W -E - and --; ours are the long ones. Parsing opens nothing and runs
 * nothing. Read next: repl/main.c.
 * SPDX-License-Identifier: MIT
 */
#ifndef LUN_REPL_OPTIONS_H
#define LUN_REPL_OPTIONS_H
#include <stdbool.h>

enum {
    LUN_EXIT_GOOD = 0, LUN_EXIT_ERROR = 1, LUN_EXIT_USAGE = 2, LUN_EXIT_DIFFERS = 3, LUN_EXIT_NOBODY = 4,
    LUN_EXIT_QUIT = 5, LUN_EXIT_MEMORY = 6, LUN_EXIT_INTERRUPTED = 130
};

typedef struct lun_options {
    bool interactive;       /* -i */
    bool version;           /* -v */
    bool help;              /* --help */
    bool warnings;          /* -W */
    bool ignore_environment;/* -E */
    bool plain;             /* --plain: no colour, no cursor motion */
    bool batch;             /* --batch: never a prompt */
    bool no_config;         /* --no-config */
    bool learn;             /* the word `learn` */
    bool doctor;            /* the word `doctor` */
    bool explain;           /* the word `explain` */
    bool check_shapes;      /* the word `check-shapes` */
    bool record;            /* --record: --check keeps what it gets */
    const char *seed, *threads, *device, *debugger_script;
    const char *open, *run, *check, *watch; /* a notebook, and what to do with it: -n, --run, --check, --watch */
    const char *export_to;  /* --export: a file, or html, md, ipynb, lua */
    const char *dap;        /* --dap: "" for standard input and output, or a port */
    bool dbg_json;          /* --dbg-json */
    bool pm;                /* --pm */
    bool runs_code;         /* -e or -l is among the arguments */
    int script;             /* index in argv of the script or "-"; argc when there is none */
} lun_options;

/* Fills `options`; false and a message on stderr on a wrong command line. */
bool lun_options_parse(int argc, char **argv, lun_options *options);

/* Is it about a notebook? */
bool lun_options_notebook(const lun_options *options);

/* Calls `run('e' or 'l', text)` for each -e and -l in order, until one says false. */
bool lun_options_each_chunk(const lun_options *options, char **argv, bool (*run)(char option, const char *text));

/* Calls each("word" or "option", "--seed N", help, data) for all there is: usage, the man page and the completion are made of this. */
void lun_options_each(void (*each)(const char *kind, const char *usage, const char *help, void *data), void *data);
void lun_options_print_help(void);
#endif
