/* expression_read.c - formula texts to terms and back
 *
 * The grammar is C's for numbers: ternary, || && == != < <= > >= + - * /, unary - and !, parentheses, K(number), names and calls.
 * Holds: what lun_expression_text writes is read as the same id. Read next: core/expression_derive.c. SPDX-License-Identifier: MIT
 */
#include "core/expression.h"

#include "core/error.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const names[] = {"x", "y", "g", "z", "p0", "p1", "p2"};
static const char *const functions[] = {
#define X(name, n) #name,
    LUN_FUNCTIONS(X)
#undef X
};
static const struct { const char *text; lun_term_kind kind; int binds; } signs[] = {
#define X(id, sign, binds) {sign, LUN_TERM_##id, binds},
    LUN_SIGNS(X)
#undef X
};
enum { SIGNS = sizeof signs / sizeof *signs, CHOICE_BINDS = 1, UNARY_BINDS = 8, DEEPEST = 200 };

const char *lun_function_name(lun_function f) { return functions[f]; }

static const char *sign_of(lun_term_kind kind)
{
    for (int i = 0; i < SIGNS; i++)
        if (signs[i].kind == kind) return signs[i].text;
    return kind == LUN_TERM_NEGATE ? "-" : kind == LUN_TERM_NOT ? "!" : NULL;
}

/* ---- reading ---- */

typedef struct reader { const char *text, *at; int depth; } reader;

static int wrong(const reader *r, const char *expected)
{
    lun_fail(LUN_E_ARGUMENT, NULL, "formula \"%.200s\": %s expected at position %d", r->text, expected,
             (int)(r->at - r->text) + 1);
    return 0;
}

static void skip(reader *r)
{
    while (isspace((unsigned char)*r->at)) r->at++;
}

static bool take(reader *r, const char *token)
{
    size_t n = strlen(token);
    skip(r);
    if (strncmp(r->at, token, n)) return false;
    r->at += n;
    return true;
}

static int choice(reader *r);

static int number(reader *r)
{
    char *end;
    skip(r);
    double value = strtod(r->at, &end);
    if (end == r->at) return wrong(r, "a number");
    r->at = end;
    return lun_term_number(value);
}

static int closed(reader *r, int inner)
{
    if (!inner || take(r, ")")) return inner;
    return wrong(r, "\")\"");
}

static int call(reader *r, lun_function f)
{
    lun_term t = {.kind = LUN_TERM_CALL, .what = (uint8_t)f};
    int a = choice(r), b = 0;
    if (a && lun_term_arity(&t) == 2) {
        if (!take(r, ",")) return wrong(r, "a second argument");
        b = choice(r);
        if (!b) return 0;
    }
    return closed(r, lun_term_call(f, a, b));
}

static int word(reader *r)
{
    const char *start = r->at;
    int n = 0;
    while (isalnum((unsigned char)start[n]) || start[n] == '_') n++;
    r->at += n;
    bool calls = take(r, "(");
    if (calls && n == 1 && *start == 'K') return closed(r, number(r));
    for (int i = 0; calls && i < LUN_FUNCTION_COUNT; i++)
        if (!strncmp(functions[i], start, (size_t)n) && !functions[i][n]) return call(r, (lun_function)i);
    for (int i = 0; !calls && i < LUN_NAME_COUNT; i++)
        if (!strncmp(names[i], start, (size_t)n) && !names[i][n]) return lun_term_name((lun_name)i);
    r->at = start;
    return wrong(r, calls ? "the name of a function" : "a name (x, y, g, z, p0 ...)");
}

static int primary(reader *r)
{
    if (take(r, "(")) return closed(r, choice(r));
    if (take(r, "-")) return lun_term_make(LUN_TERM_NEGATE, primary(r), 0, 0);
    if (take(r, "!")) return lun_term_make(LUN_TERM_NOT, primary(r), 0, 0);
    skip(r);
    if (isdigit((unsigned char)*r->at) || *r->at == '.') return number(r);
    return isalpha((unsigned char)*r->at) ? word(r) : wrong(r, "a value");
}

/* Operations that bind at least as tightly as `least`, from left to right. */
static int infix(reader *r, int least)
{
    int left = primary(r);
    while (left) {
        int i = 0;
        skip(r);
        while (i < SIGNS && strncmp(r->at, signs[i].text, strlen(signs[i].text))) i++;
        if (i == SIGNS || signs[i].binds < least) return left;
        r->at += strlen(signs[i].text);
        left = lun_term_make(signs[i].kind, left, infix(r, signs[i].binds + 1), 0);
    }
    return 0;
}

static int choice(reader *r)
{
    if (++r->depth > DEEPEST) return wrong(r, "less nesting");
    int condition = infix(r, CHOICE_BINDS + 1);
    if (condition && take(r, "?")) {
        int yes = choice(r);
        if (yes && !take(r, ":")) return wrong(r, "\":\"");
        condition = yes ? lun_term_make(LUN_TERM_CHOOSE, condition, yes, choice(r)) : 0;
    }
    r->depth--;
    return condition;
}

int lun_expression_read(const char *text)
{
    reader r = {.text = text, .at = text};
    int id = choice(&r);
    skip(&r);
    return id && *r.at ? wrong(&r, "an operation") : id;
}

/* ---- writing ---- */

typedef struct writer { char *at, *end; } writer;

static void put(writer *w, const char *text)
{
    size_t n = strlen(text), room = (size_t)(w->end - w->at);
    if (n > room) n = room;
    memcpy(w->at, text, n);
    w->at += n;
}

static void put_number(writer *w, double value)
{
    char text[48];
    for (int digits = 6; digits <= 17; digits++) { /* the shortest that reads back as the same number */
        snprintf(text, sizeof text, "K(%.*g)", digits, value);
        if (strtod(text + 2, NULL) == value) break;
    }
    put(w, text);
}

static int binds(const lun_term *t)
{
    for (int i = 0; i < SIGNS; i++)
        if (signs[i].kind == t->kind) return signs[i].binds;
    if (t->kind == LUN_TERM_CHOOSE) return CHOICE_BINDS;
    return t->kind == LUN_TERM_NEGATE || t->kind == LUN_TERM_NOT ? UNARY_BINDS : UNARY_BINDS + 1;
}

static void write_term(writer *w, int id, int least);

static void write_open(writer *w, const lun_term *t)
{
    int own = binds(t);
    switch ((lun_term_kind)t->kind) {
    case LUN_TERM_NUMBER: put_number(w, t->value); return;
    case LUN_TERM_NAME: put(w, names[t->what]); return;
    case LUN_TERM_NEGATE: case LUN_TERM_NOT:
        put(w, sign_of((lun_term_kind)t->kind));
        write_term(w, t->arg[0], UNARY_BINDS + 1); /* never "--" */
        return;
    case LUN_TERM_CHOOSE:
        write_term(w, t->arg[0], own + 1);
        put(w, " ? ");
        write_term(w, t->arg[1], own);
        put(w, " : ");
        write_term(w, t->arg[2], own);
        return;
    case LUN_TERM_CALL:
        put(w, functions[t->what]);
        put(w, "(");
        write_term(w, t->arg[0], CHOICE_BINDS);
        if (t->arg[1]) put(w, ", "), write_term(w, t->arg[1], CHOICE_BINDS);
        put(w, ")");
        return;
    default:
        write_term(w, t->arg[0], own);
        put(w, " ");
        put(w, sign_of((lun_term_kind)t->kind));
        put(w, " ");
        write_term(w, t->arg[1], own + 1);
    }
}

static void write_term(writer *w, int id, int least)
{
    const lun_term *t = lun_term_get(id);
    bool bracketed = binds(t) < least;
    if (bracketed) put(w, "(");
    write_open(w, t);
    if (bracketed) put(w, ")");
}

char *lun_expression_text(int id, char *buffer, size_t room)
{
    writer w = {buffer, buffer + room - 1};
    if (id) write_term(&w, id, CHOICE_BINDS);
    *w.at = 0;
    return buffer;
}
