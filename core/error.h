/* error.h - errors that travel like NaN
 *
 * A core function that fails calls lun_fail and returns its NULL (or false). A function given NULL returns NULL and leaves
 * the first error alone, so calls nest without checks and the boundary (Lua trampoline, backward engine, C host) looks once.
 * Holds: the first error since the last lun_error_clear wins. The error lives in the thread's lun_context; text only.
 * SPDX-License-Identifier: MIT
 */
#ifndef LUN_CORE_ERROR_H
#define LUN_CORE_ERROR_H
#include <stdbool.h>

/*        id         number  kind         what it is about */
#define LUN_ERROR_CODES(X)                                              \
    X(NONE,      "E000", "none",      "no error")                       \
    X(SHAPE,     "E101", "shape",     "shapes do not fit together")     \
    X(DTYPE,     "E110", "dtype",     "wrong element type")             \
    X(INDEX,     "E111", "index",     "an index out of range")          \
    X(ARGUMENT,  "E120", "argument",  "a wrong argument")               \
    X(NAME,      "E121", "name",      "no such op, method or option")   \
    X(VALUES,    "E122", "values",    "a dry run asked for elements")   \
    X(RELEASED,  "E130", "released",  "a tensor was already released")  \
    X(GRADIENT,  "E201", "gradient",  "the graph cannot do this")       \
    X(INPLACE,   "E202", "inplace",   "a forbidden write")              \
    X(DEVICE,    "E301", "device",    "devices differ or are missing")  \
    X(FILE,      "E401", "file",      "a file cannot be read or written") \
    X(FORMAT,    "E402", "format",    "a file's content is damaged")    \
    X(NUMERIC,   "E501", "numeric",   "NaN or infinity")                \
    X(MEMORY,    "E601", "memory",    "out of memory")                  \
    X(INTERRUPT, "E701", "interrupt", "interrupted by Ctrl-C")          \
    X(UNWIND,    "E702", "unwind",    "the debugger left this run")     \
    X(PROCESS,   "E801", "process",   "a helper program failed")        \
    X(INTERNAL,  "E901", "internal",  "a defect of Lunette")

typedef enum {
#define X(id, ...) LUN_E_##id,
    LUN_ERROR_CODES(X)
#undef X
    LUN_E_COUNT
} lun_code;

typedef struct lun_error {
    lun_code code;
    bool earlier;      /* what failed is an earlier call on a device: it has its op, who noticed it does not give another */
    char op[40];       /* the op at whose door it failed, or "" */
    char message[600]; /* what, with the values */
    char hint[300];    /* something a beginner can type and that works, or "" */
} lun_error;

/* Records an error unless one is pending; returns NULL. `hint` may be NULL. */
void *lun_fail(lun_code code, const char *hint, const char *format, ...) __attribute__((format(printf, 3, 4)));
/* Gives the error just recorded a formatted hint (only if it has none); returns NULL. */
void *lun_hint(const char *format, ...) __attribute__((format(printf, 1, 2)));
bool lun_fail_interrupted(void);    /* the same for Ctrl-C; returns false */
bool lun_failed(void);              /* is an error pending? */
const lun_error *lun_error_get(void); /* the pending error; code LUN_E_NONE when there is none */
void lun_error_clear(void);
const char *lun_error_number(lun_code code); /* "E101" */
const char *lun_error_kind(lun_code code);   /* "shape" */
#endif
