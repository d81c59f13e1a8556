/* call.c - the call that the cursor stands in
 *
 * Read next: call.h. SPDX-License-Identifier: MIT
 */
#include "repl/call.h"

#include "repl/lexer.h"
#include "repl/lookup.h"

enum { DEEPEST = 100 };

typedef struct opening {
    char bracket;            /* ( { [, or f for a block */
    size_t behind;           /* end of the token before it */
    bool after_name;         /* ... which can be what is called */
    bool in_call;            /* ... which is ( or , : a table among the arguments */
    int position, tokens;    /* of the argument we are in; tokens in it so far */
    size_t key, key_length;
} opening;

typedef struct reading {
    opening stack[DEEPEST];
    int depth;
    lun_token before;
} reading;

static void open_one(reading *r, char bracket)
{
    const lun_token *b = &r->before;
    if (r->depth == DEEPEST) return;
    r->stack[r->depth++] = (opening){.bracket = bracket, .behind = b->at + b->length, .position = 1,
                                     .after_name = b->kind == LUN_TOKEN_NAME || lun_token_is(b, "]"),
                                     .in_call = lun_token_is(b, "(") || lun_token_is(b, ",")};
}

static void read_token(reading *r, const lun_lexer *lexer, const lun_token *t)
{
    opening *top = r->depth > 0 ? &r->stack[r->depth - 1] : NULL;
    if (lexer->open > lexer->depth) {
        if (top) top->tokens++;
        open_one(r, t->kind == LUN_TOKEN_KEYWORD ? 'f' : *t->text);
    } else if (lexer->open < lexer->depth) {
        if (top) r->depth--;
    } else if (top && lun_token_is(t, ",")) {
        top->position++;
        top->tokens = 0;
        top->key_length = 0;
    } else if (top) {
        if (lun_token_is(t, "=") && top->tokens == 1 && r->before.kind == LUN_TOKEN_NAME)
            top->key = r->before.at, top->key_length = r->before.length;
        top->tokens++;
    }
    r->before = *t;
}

/* f"text: a string is the only argument. */
static bool bare_string(const char *text, const reading *r, const lun_token *last, lun_call *call)
{
    bool is = last->kind == LUN_TOKEN_STRING && !last->finished && r->before.kind == LUN_TOKEN_NAME;
    if (!is) return false;
    *call = (lun_call){.to = r->before.at + r->before.length, .position = 1, .starts = true};
    return lun_lookup_chain(text, call->to, &call->from);
}

bool lun_call_at(const char *text, size_t cursor, lun_call *call)
{
    reading r = {.depth = 0};
    lun_lexer lexer = lun_lexer_start(text, cursor);
    lun_token t;
    while ((t = lun_lexer_next_code(&lexer)).kind != LUN_TOKEN_END) {
        if (t.kind == LUN_TOKEN_STRING && !t.finished) break;
        read_token(&r, &lexer, &t);
    }
    if (bare_string(text, &r, &t, call)) return true;
    if (r.depth == 0) return false;
    const opening *top = &r.stack[r.depth - 1], *outer = r.depth > 1 ? top - 1 : top;
    bool word = r.before.kind == LUN_TOKEN_NAME && r.before.at + r.before.length == cursor;
    *call = (lun_call){.table = top->bracket == '{', .starts = top->tokens == (word ? 1 : 0), .position = top->position,
                       .key = top->key, .key_length = top->key_length};
    if (call->table && top->in_call && outer->bracket == '(') top = outer;
    if (top->bracket != '(' && top->bracket != '{') return false;
    call->to = top->behind;
    return top->after_name && lun_lookup_chain(text, call->to, &call->from);
}
