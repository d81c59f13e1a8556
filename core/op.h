/* op.h - what an op is: one row of core/ops.def, made into data
 *
 * Holds: no row, no op. The table is complete before the first call and never moves; ops defined at run time are appended.
 * Arguments come in two kinds, in the order of the row's .args text: tensors (call->in) and attributes (call->params).
 * Dims and index attributes are 0-based here (negatives from the end); the Lua surface is 1-based and the bindings convert by
 * the argument's kind. Index *tensors* hold 1-based values everywhere; the door checks them and gives kernels 0-based copies.
 * Read next: core/ops.def, core/apply.h. SPDX-License-Identifier: MIT
 */
#ifndef LUN_CORE_OP_H
#define LUN_CORE_OP_H
#include "core/tensor.h"

struct lun_call;
struct lun_node;

typedef enum {
    LUN_ARG_TENSOR,  /* "tensor": must be a tensor */
    LUN_ARG_OPERAND, /* "operand": a tensor or a number (wrapped as 0-d) */
    LUN_ARG_TENSORS, /* "tensors": a list; only as the last tensor argument, but in composed rows */
    LUN_ARG_COUNTS,  /* "counts": integer tensor or list of whole numbers, taken as they are (lengths); never mixed with values */
    LUN_ARG_OPERANDS, /* "operands": a list of tensors and numbers, or one of them; likewise last */
    LUN_ARG_INDICES, /* "indices": integer tensor of 1-based positions, negatives from the end */
    LUN_ARG_LABELS,  /* "labels": integer tensor of 1-based classes; only the ignored value may be negative */
    LUN_ARG_INT, LUN_ARG_FLOAT, LUN_ARG_BOOL, LUN_ARG_STRING,
    LUN_ARG_NUMBER,  /* "number": int, float or complex, kept as given */
    LUN_ARG_DTYPE, LUN_ARG_DEVICE,
    LUN_ARG_DIM,     /* "dim": one dim; 1-based at the surface */
    LUN_ARG_DIMS,    /* "dims": one or several */
    LUN_ARG_INDEX,   /* "index": one position; 1-based at the surface */
    LUN_ARG_INTS,    /* "ints": a number or a list of numbers, taken as they are */
    LUN_ARG_PADDING, /* "padding": like ints, or a word such as "same" (kept as a string) */
    LUN_ARG_FLOATS,  /* "floats": a number or a list of numbers, as reals */
    LUN_ARG_ORDER,   /* "order": a number, or a word such as "fro" (kept as a string) */
    LUN_ARG_DIMLISTS, /* "dimlists": how many dims, or two equally long lists of dims (kept one after the other) */
    LUN_ARG_SIZES    /* "sizes": like ints, and as a method's last positional argument also spread out: x:view(2,3) */
} lun_arg_kind;

enum { LUN_MAX_ARGS = 26, LUN_MAX_OUT = 4, LUN_PARAM_POOL = 48 };

typedef enum {
    LUN_ATTR_NONE, LUN_ATTR_INT, LUN_ATTR_FLOAT, LUN_ATTR_BOOL, LUN_ATTR_DTYPE, LUN_ATTR_STRING, LUN_ATTR_INTS,
    LUN_ATTR_FLOATS,
    LUN_ATTR_COMPLEX /* two cells of the pool; read as a real number it is the real part */
} lun_attr_kind;

/* The attributes of one call, in the order of the row's non-tensor arguments; the same for door, tape, journal and export. */
typedef struct lun_attr {
    uint8_t kind;   /* lun_attr_kind */
    uint8_t count;  /* INTS, FLOATS: how many; STRING: length */
    uint16_t at;    /* INTS, FLOATS, STRING: where in the pool */
    union { int64_t i; double f; } value;
} lun_attr;

typedef struct lun_arg {
    char name[28];
    uint8_t kind;     /* lun_arg_kind */
    bool optional;    /* may be left out (a "?" or a default in the text) */
    char fallback[24]; /* the default as text, "" when absent means "none" */
    lun_attr ready;    /* the default as it is appended, unless ... */
    bool text;         /* ... it is a word, which needs the call's pool */
} lun_arg;

typedef struct lun_params {
    int count, used; /* attributes; pool cells */
    lun_attr attr[LUN_MAX_ARGS];
    int64_t pool[LUN_PARAM_POOL];
} lun_params;

/* Appending attributes; false after lun_fail when they do not fit. */
bool lun_params_none(lun_params *p);
bool lun_params_int(lun_params *p, int64_t v);
bool lun_params_float(lun_params *p, double v);
bool lun_params_bool(lun_params *p, bool v);
bool lun_params_complex(lun_params *p, lun_c128 v);
bool lun_params_dtype(lun_params *p, lun_dtype v);
bool lun_params_device(lun_params *p, lun_device v);
bool lun_params_string(lun_params *p, const char *s);
bool lun_params_ints(lun_params *p, int n, const int64_t *v);
bool lun_params_floats(lun_params *p, int n, const double *v);
/* Reading attribute k; `absent` is given back for a NONE (or missing) attribute. */
bool lun_param_given(const lun_params *p, int k);
int64_t lun_param_int(const lun_params *p, int k, int64_t absent);
double lun_param_float(const lun_params *p, int k, double absent);
bool lun_param_bool(const lun_params *p, int k, bool absent);
lun_c128 lun_param_complex(const lun_params *p, int k, double absent);
lun_dtype lun_param_dtype(const lun_params *p, int k, lun_dtype absent);
lun_device lun_param_device(const lun_params *p, int k, lun_device absent);
const char *lun_param_string(const lun_params *p, int k, const char *absent);
int lun_param_ints(const lun_params *p, int k, const int64_t **values); /* count; 0 when absent (values NULL) */
int lun_param_floats(const lun_params *p, int k, int room, double *values); /* count, of which at most `room` are stored; 0 when absent */

typedef enum { LUN_FAMILY_UNARY, LUN_FAMILY_BINARY, LUN_FAMILY_COMPARE, LUN_FAMILY_OP } lun_family;

/* Which dtypes the computation runs in. */
typedef enum {
    LUN_CLASS_ANY,   /* all, bool too */
    LUN_CLASS_N,     /* numbers: ints and floats; bool is computed as bool where that makes sense (add is or, mul is and) */
    LUN_CLASS_F,     /* floats; ints and bool are first promoted to float32 */
    LUN_CLASS_FLOAT_ONLY, /* floats; ints are an error with a hint */
    LUN_CLASS_I,     /* ints and bool */
    LUN_CLASS_NUMBERS, /* ints and floats; bool is an error */
    LUN_CLASS_WIDE,  /* float32 and float64; others are an error */
    LUN_CLASS_NC, LUN_CLASS_FC, LUN_CLASS_C /* in the table's text: N, F and ANY with LUN_OP_COMPLEX */
} lun_class;

typedef enum {
    LUN_MIX_NONE,    /* tensor arguments keep their own dtypes */
    LUN_MIX_COMMON,  /* tensor arguments (not indices or labels) are cast to their common dtype */
    LUN_MIX_REST     /* the same, leaving the first argument (a condition, a mask) alone */
} lun_mix;

/* Sets of dtypes, as bits. */
#define LUN_TAKES(t) (1u << LUN_##t)
enum lun_op_takes {
    LUN_TAKES_WIDE = LUN_TAKES(F32) | LUN_TAKES(F64),
    LUN_TAKES_FLOATS = LUN_TAKES_WIDE | LUN_TAKES(F16) | LUN_TAKES(BF16),
    LUN_TAKES_INTS = LUN_TAKES(I8) | LUN_TAKES(U8) | LUN_TAKES(I16) | LUN_TAKES(I32) | LUN_TAKES(I64),
    LUN_TAKES_NUMBERS = LUN_TAKES_FLOATS | LUN_TAKES_INTS,
    LUN_TAKES_COMPLEX = LUN_TAKES(C64) | LUN_TAKES(C128),
    LUN_TAKES_ALL = LUN_TAKES_NUMBERS | LUN_TAKES_COMPLEX | LUN_TAKES(BOOL)
};

enum lun_op_flags {
    LUN_OP_VIEW = 1,      /* infer makes out[0] a view of in[0]; no kernel */
    LUN_OP_RANDOM = 2,    /* draws numbers: the door reserves call->generator */
    LUN_OP_HIDDEN = 4,    /* not offered in Lua */
    LUN_OP_NO_GRAD = 8,   /* never recorded: result does not depend smoothly on its arguments */
    LUN_OP_CREATION = 16, /* no tensor arguments; dtype, device, requires_grad options */
    LUN_OP_NO_INPLACE = 32, /* has no name_ form (set by default for views, creation, compositions that cannot) */
    LUN_OP_LUA_BOOLEAN = 64, /* without a dim the Lua result is a boolean (any, all, equal) */
    LUN_OP_WRITES = 128,  /* changes in[0] itself (copy_, fill_, set_slice_): result is in[0] */
    LUN_OP_NO_METHOD = 256, /* function only (lun.cat) */
    LUN_OP_NUMBERS_FIT = 4096, /* a number behind its first operand may become an element, and must fit into whole numbers */
    LUN_OP_PIECES = 2048, /* gives out several views of one tensor: none may be written in place while recording */
    LUN_OP_COMPLEX = 1024, /* takes complex dtypes too, where its class takes floats */
    LUN_OP_MOVES = 8192,  /* arguments may stand on different devices (copy_, to_device) */
    LUN_OP_WIDE_NUMBERS = 16384, /* a number beside half precision stays float32: only the result is rounded */
    LUN_OP_TAKES_EMPTY = 512 /* the kernel handles empty inputs itself (scatter with no indices); else the door fills in `empty` */
};

typedef struct lun_op {
    const char *name;
    lun_family family;
    lun_class dtypes;
    /* UNARY, BINARY, COMPARE rows: the formula over x (and y), and derivatives, as text */
    const char *formula, *dx, *dy;
    /* optional named fields of a row, in this order (nvcc wants struct order) */
    unsigned takes;       /* LUN_TAKES_..., where the class does not say it all: the dtypes of what the row is about. Rows of class ANY look
                           * themselves, through lun_check_taken; those of others are checked at the door, each tensor */
    const char *args;     /* "x: tensor, dim: dim?, keepdim: bool = false"; see lun_arg_kind */
    const char *returns;  /* "values, indices: index"; default "out"; "pieces: list": any number, see lun_call_output */
    unsigned flags;
    lun_mix mix;
    int save;             /* SAVE_IN(i) | SAVE_OUT(i): what vjp reads */
    double empty;         /* value of the result when an input is empty but the result is not (sum 0, prod 1, mean NaN) */
    int visible;          /* outputs shown to the user; 0 means all */
    const struct lun_op *(*variant)(struct lun_call *);    /* the row that computes the call: this one, or another for its options; NULL after
                                                            * lun_fail. It may rewrite inputs and attributes */
    bool (*infer)(struct lun_call *);                      /* sets n_out and out_spec (or out, for views) */
    bool (*compose)(struct lun_call *);                    /* instead of a kernel: made of other ops; sets out[] */
    void (*vjp)(const struct lun_node *, lun_tensor **g, lun_tensor **dx); /* gradients from ordinary ops */
    const char *onnx;     /* name in ONNX, or NULL */
    const char *torch;    /* name in PyTorch when it differs from `name` */
    const char *sample;   /* Lua: arguments of good calls, for tests: "lun.randn(3,4), 2;; lun.randn(3), 1" (";;" between calls) */
    const char *bad;      /* Lua: arguments that must raise, likewise */
    const char *help;     /* one or two sentences */
    const char *demo;     /* Lua expressions whose values help shows, ";;" between them */
    const char *shapes;   /* "x [..., n, k], y [k, m] -> [..., n, m]"; * stands for any dims */
    const char *see;      /* names of related rows: "softmax, logsumexp" */
    /* filled in by the table itself: where the row stands */
    const char *file;
    int line;
    /* filled in at start from the texts */
    const struct lun_op *replaced; /* what stood here before an op was defined anew: it stays, for graphs that know it */
    int id, n_args, n_tensors;        /* n_tensors: tensor arguments, a list counting as one */
    bool has_list;                    /* last tensor argument is a list */
    bool gives_list;                  /* the results are a list (a table in Lua) */
    unsigned index_in, label_in, count_in;      /* bit i: tensor argument i holds indices / labels / counts */
    unsigned index_out;               /* bit i: output i holds indices */
    int device_attr;                  /* which attribute is the device of the result; -1: none */
    lun_arg arg[LUN_MAX_ARGS];
    void *host;                       /* ops defined at run time: what their compose function finds the host's function by */
} lun_op;

#define LUN_SAVE_IN(i) (1 << (i))
#define LUN_SAVE_OUT(i) (1 << (16 + (i)))
#define LUN_SAVE_CROSS (1 << 24) /* with IN(0) and IN(1): each is read only for the other's gradient (mul, matmul) */

/* Reads the rows' texts once; false after lun_fail when a row is malformed (a test calls it). Called by lun_start. */
bool lun_ops_start(void);
/* Fills in what a row's texts say; false (no error) when the arguments cannot be read. */
bool lun_op_read(lun_op *op);
/* Adds a row at run time: a copy of *row, whose texts must live for ever. A row of the same name that was defined so
 * is replaced; graphs that were recorded with it keep it. NULL after lun_fail. */
const lun_op *lun_op_define(const lun_op *row);
int lun_op_count(void);                       /* rows of the table and ops defined at run time */
const lun_op *lun_op_at(int id);
const lun_op *lun_op_find(const char *name);  /* by name or second name; NULL when there is none; no error */
/* The second names (core/ops/aliases.def), k from 0: the name, and whose it is in *op; NULL after the last. */
const char *lun_op_alias(int k, const lun_op **op);
#endif
