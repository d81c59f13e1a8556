/* condition.c - conditions as a small tree: read by recursive descent, walked for each test
 *
 * Holds: a number is never a truth value nor the other way round (in Lua 0 is true, so such a text is the host's); no tree is deeper than
 * DEEPEST. Read next: debugger/measure.c. SPDX-License-Identifier: MIT
 */
#include "debugger/condition.h"

#include "core/error.h"
#include "debugger/measure.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { NODES = 64, DEEPEST = 24, PROBLEM = 160, RESULT = LUN_CALL_INPUTS };

typedef enum {
    OR, AND, NOT,                       /* truth of truths */
    LESS, LESS_EQUAL, GREATER, GREATER_EQUAL, EQUAL, UNEQUAL, /* truth of numbers */
    SAME_TEXT, OTHER_TEXT,              /* a text's number, a tensor, and the text it is compared with */
    ADD, SUBTRACT, MULTIPLY, DIVIDE, NEGATE, /* numbers */
    NUMBER, STEP, SEQUENCE, HITS, MEASURE, SIZE
} kind;

enum { PHASE = -1 }; /* as `what` of a text */

typedef struct node {
    kind kind;
    int a, b;      /* operands */
    int what, of;  /* MEASURE and texts: which; of which tensor: in[of], or out[of - RESULT] */
    double value;
    char text[40];
} node;

struct lun_condition {
    node nodes[NODES];
    int count, root;
    bool reads_result;
};

typedef struct reader { lun_condition *c; const char *at; int depth; } reader;

/* ---- reading ---- */

static int add_node(reader *r, node n)
{
    if (r->c->count == NODES) return -1;
    r->c->nodes[r->c->count] = n;
    return r->c->count++;
}

static void skip(reader *r) { r->at += strspn(r->at, " \t"); }

static bool take(reader *r, const char *token)
{
    skip(r);
    size_t n = strlen(token);
    if (strncmp(r->at, token, n)) return false;
    if (isalpha((unsigned char)*token) && (isalnum((unsigned char)r->at[n]) || r->at[n] == '_')) return false;
    r->at += n;
    return true;
}

static bool word(reader *r, char *out, size_t room)
{
    skip(r);
    size_t n = 0;
    while (isalnum((unsigned char)r->at[n]) || r->at[n] == '_') n++;
    if (!n || n >= room || isdigit((unsigned char)*r->at)) return false;
    memcpy(out, r->at, n);
    out[n] = 0;
    r->at += n;
    return true;
}

static int tensor(reader *r)
{
    char name[16];
    if (!word(r, name, sizeof name)) return -1;
    bool out = !strncmp(name, "out", 3);
    const char *digits = name + (out ? 3 : 2);
    if (!out && strncmp(name, "in", 2)) return -1;
    r->c->reads_result |= out;
    if (out && !*digits) return RESULT;
    if (!isdigit((unsigned char)*digits) || digits[1]) return -1;
    int k = *digits - '0', most = out ? LUN_MAX_OUT : LUN_CALL_INPUTS;
    return k < 1 || k > most ? -1 : (out ? RESULT : 0) + k - 1;
}

static bool is_truth(const reader *r, int n) { return n >= 0 && r->c->nodes[n].kind <= OTHER_TEXT; }
static bool is_number(const reader *r, int n) { return n >= 0 && r->c->nodes[n].kind >= ADD; }

static int read_or(reader *r);

/* The rest of  dtype(in1) == "float32". */
static int text_comparison(reader *r, int what, int of)
{
    node n = {.kind = SAME_TEXT, .what = what, .of = of};
    if (take(r, "~=")) n.kind = OTHER_TEXT;
    else if (!take(r, "==")) return -1;
    skip(r);
    char quote = *r->at;
    if (quote != '"' && quote != '\'') return -1;
    const char *end = strchr(++r->at, quote);
    if (!end || (size_t)(end - r->at) >= sizeof n.text || memchr(r->at, '\\', (size_t)(end - r->at))) return -1;
    memcpy(n.text, r->at, (size_t)(end - r->at));
    r->at = end + 1;
    return add_node(r, n);
}

static int function(reader *r, const char *name)
{
    int number = lun_measure_find(name, false), text = lun_measure_find(name, true);
    bool size = !strcmp(name, "size");
    if ((number < 0 && text < 0 && !size) || !take(r, "(")) return -1;
    int of = tensor(r), dim = 0;
    if (of < 0) return -1;
    if (size) {
        if (!take(r, ",")) return -1;
        skip(r);
        if (!isdigit((unsigned char)*r->at)) return -1;
        while (isdigit((unsigned char)*r->at) && dim < 100) dim = dim * 10 + *r->at++ - '0';
    }
    if (!take(r, ")")) return -1;
    if (text >= 0) return text_comparison(r, text, of);
    return add_node(r, (node){.kind = size ? SIZE : MEASURE, .what = size ? dim : number, .of = of});
}

static int atom(reader *r)
{
    static const struct { const char *name; kind kind; } facts[] = {{"step", STEP}, {"seq", SEQUENCE}, {"hits", HITS}};
    char name[24];
    if (take(r, "(")) {
        int inside = read_or(r);
        return inside >= 0 && take(r, ")") ? inside : -1;
    }
    skip(r);
    if (isdigit((unsigned char)*r->at) || (*r->at == '.' && isdigit((unsigned char)r->at[1]))) {
        char *end;
        double value = strtod(r->at, &end);
        r->at = end;
        return isalnum((unsigned char)*end) || *end == '.' ? -1 : add_node(r, (node){.kind = NUMBER, .value = value});
    }
    if (!word(r, name, sizeof name)) return -1;
    if (!strcmp(name, "phase")) return text_comparison(r, PHASE, 0);
    for (size_t i = 0; i < sizeof facts / sizeof *facts; i++)
        if (!strcmp(name, facts[i].name)) return add_node(r, (node){.kind = facts[i].kind});
    return function(r, name);
}

static int read_unary(reader *r)
{
    if (++r->depth > DEEPEST) return -1;
    int n;
    if (take(r, "-")) {
        int a = read_unary(r);
        n = is_number(r, a) ? add_node(r, (node){.kind = NEGATE, .a = a}) : -1;
    } else if (take(r, "not")) {
        int a = read_unary(r);
        n = is_truth(r, a) ? add_node(r, (node){.kind = NOT, .a = a}) : -1;
    } else {
        n = atom(r);
    }
    r->depth--;
    return n;
}

typedef struct level { const char *token; kind kind; } level;

/* One level of operators that associate to the left, over the level below. */
static int read_level(reader *r, int (*below)(reader *), const level *rows, bool truths, bool once)
{
    int a = below(r);
    for (;;) {
        int i = 0;
        while (rows[i].token && !take(r, rows[i].token)) i++;
        if (a < 0 || !rows[i].token) return a;
        int b = below(r);
        bool fits = truths ? is_truth(r, a) && is_truth(r, b) : is_number(r, a) && is_number(r, b);
        if (!fits) return -1;
        a = add_node(r, (node){.kind = rows[i].kind, .a = a, .b = b});
        if (once) return a;
    }
}

static int read_product(reader *r)
{
    static const level product[] = {{"*", MULTIPLY}, {"/", DIVIDE}, {NULL, OR}};
    return read_level(r, read_unary, product, false, false);
}
static int read_sum(reader *r)
{
    static const level sum[] = {{"+", ADD}, {"-", SUBTRACT}, {NULL, OR}};
    return read_level(r, read_product, sum, false, false);
}
static int read_comparison(reader *r)
{
    static const level comparison[] = {{"<=", LESS_EQUAL}, {">=", GREATER_EQUAL}, {"==", EQUAL}, {"~=", UNEQUAL}, {"<", LESS},
                                       {">", GREATER}, {NULL, OR}};
    return read_level(r, read_sum, comparison, false, true);
}
static int read_and(reader *r)
{
    static const level and_level[] = {{"and", AND}, {NULL, OR}};
    return read_level(r, read_comparison, and_level, true, false);
}
static int read_or(reader *r)
{
    static const level or_level[] = {{"or", OR}, {NULL, OR}};
    if (++r->depth > DEEPEST) return -1;
    int n = read_level(r, read_and, or_level, true, false);
    r->depth--;
    return n;
}

lun_condition *lun_condition_compile(const char *text)
{
    if (strstr(text, "--")) return NULL; /* a comment in Lua */
    reader r = {.c = calloc(1, sizeof *r.c), .at = text};
    if (!r.c) return NULL;
    r.c->root = read_or(&r);
    skip(&r);
    if (is_truth(&r, r.c->root) && !*r.at) return r.c;
    free(r.c);
    return NULL;
}

void lun_condition_free(lun_condition *c) { free(c); }
bool lun_condition_reads_result(const lun_condition *c) { return c->reads_result; }

/* ---- testing ---- */

typedef struct test {
    const lun_condition *c;
    const lun_event *e;
    const lun_condition_facts *facts;
    char *problem;
    bool failed;
} test;

static const lun_tensor *tensor_of(test *t, int of)
{
    const lun_call *c = t->e->call;
    bool out = of >= RESULT;
    int k = out ? of - RESULT : of, n = out ? c->n_out : c->n_in;
    const lun_tensor *x = k < n ? (out ? c->out[k] : c->in[k]) : NULL;
    if (x && !lun_is_none(x)) return x;
    if (!t->failed) snprintf(t->problem, PROBLEM, "there is no %s%d here (op %s)", out ? "out" : "in", k + 1, c->op->name);
    t->failed = true;
    return NULL;
}

static double measured(test *t, const node *n)
{
    const lun_tensor *x = tensor_of(t, n->of);
    double value = 0;
    if (!x) return 0;
    if (n->kind == MEASURE) {
        if (lun_measure(n->what, x, &value)) return value;
        snprintf(t->problem, PROBLEM, "%.150s", lun_error_get()->message);
        lun_error_clear();
        t->failed = true;
        return 0;
    }
    if (n->what >= 1 && n->what <= x->ndim) return (double)x->dims[n->what - 1];
    snprintf(t->problem, PROBLEM, "size(x, %d) of a tensor with %d dims", n->what, x->ndim);
    t->failed = true;
    return 0;
}

static double number(test *t, int at)
{
    const node *n = &t->c->nodes[at];
    switch (n->kind) {
    case ADD: return number(t, n->a) + number(t, n->b);
    case SUBTRACT: return number(t, n->a) - number(t, n->b);
    case MULTIPLY: return number(t, n->a) * number(t, n->b);
    case DIVIDE: return number(t, n->a) / number(t, n->b);
    case NEGATE: return -number(t, n->a);
    case STEP: return (double)t->facts->step;
    case SEQUENCE: return (double)t->e->sequence;
    case HITS: return (double)t->facts->hits;
    case MEASURE: case SIZE: return measured(t, n);
    default: return n->value;
    }
}

static bool same_text(test *t, const node *n)
{
    static const char *const phases[] = {"fwd", "bwd", "opt"};
    char text[LUN_MEASURE_TEXT];
    if (n->what == PHASE) return !strcmp(n->text, phases[t->e->phase]);
    const lun_tensor *x = tensor_of(t, n->of);
    if (x) lun_measure_text(n->what, x, text);
    return x && !strcmp(n->text, text);
}

static bool truth(test *t, int at)
{
    const node *n = &t->c->nodes[at];
    switch (n->kind) {
    case OR: return truth(t, n->a) || truth(t, n->b);
    case AND: return truth(t, n->a) && truth(t, n->b);
    case NOT: return !truth(t, n->a);
    case LESS: return number(t, n->a) < number(t, n->b);
    case LESS_EQUAL: return number(t, n->a) <= number(t, n->b);
    case GREATER: return number(t, n->a) > number(t, n->b);
    case GREATER_EQUAL: return number(t, n->a) >= number(t, n->b);
    case EQUAL: return number(t, n->a) == number(t, n->b);
    case UNEQUAL: return number(t, n->a) != number(t, n->b);
    case SAME_TEXT: return same_text(t, n);
    default: return !same_text(t, n);
    }
}

lun_verdict lun_condition_test(const lun_condition *c, const lun_event *e, const lun_condition_facts *facts, char *problem)
{
    test t = {.c = c, .e = e, .facts = facts, .problem = problem};
    bool holds = truth(&t, c->root);
    return t.failed ? LUN_CONDITION_FAILED : holds ? LUN_CONDITION_YES : LUN_CONDITION_NO;
}
