/* expression_program.c - terms into steps
 *
 * Walks the terms depth first, gives each a register when it is made and takes it back after its last use.
 * Holds: programs are kept for ever, as formulas are. Read next: kernels/cpu/expression.c. SPDX-License-Identifier: MIT
 */
#include "core/expression_program.h"

#include "core/alloc.h"
#include "core/error.h"

#include <pthread.h>
#include <string.h>

enum { BUCKETS = 64, TERMS = LUN_PROGRAM_STEPS + LUN_PROGRAM_REGISTERS };

typedef struct compiler {
    lun_program *program;
    int terms, id[TERMS], uses[TERMS]; /* the different terms, and how many others read them */
    uint8_t place[TERMS];              /* register, once made */
    bool made[TERMS], busy[LUN_PROGRAM_REGISTERS];
} compiler;

static int too_long(void)
{
    lun_fail(LUN_E_ARGUMENT, NULL, "a formula is too long to be one step; compute it in parts");
    return -1;
}

static int index_of(const compiler *c, int id)
{
    for (int i = 0; i < c->terms; i++)
        if (c->id[i] == id) return i;
    return -1;
}

/* Lists the terms below id and counts their readers; false after lun_fail. */
static bool list(compiler *c, int id)
{
    int at = index_of(c, id);
    if (at >= 0) {
        c->uses[at]++;
        return true;
    }
    if (c->terms == TERMS) return too_long(), false;
    at = c->terms++;
    c->id[at] = id;
    c->uses[at] = 1;
    const lun_term *t = lun_term_get(id);
    for (int i = 0; i < lun_term_arity(t); i++)
        if (!list(c, t->arg[i])) return false;
    return true;
}

static int free_register(compiler *c)
{
    lun_program *p = c->program;
    for (int r = LUN_EXPRESSION_INPUTS + p->constants; r < LUN_PROGRAM_REGISTERS; r++)
        if (!c->busy[r]) {
            c->busy[r] = true;
            if (r >= p->registers) p->registers = r + 1;
            return r;
        }
    return too_long();
}

/* Inputs and constants have their registers from the start. */
static bool place_leaves(compiler *c)
{
    lun_program *p = c->program;
    for (int i = 0; i < c->terms; i++) {
        const lun_term *t = lun_term_get(c->id[i]);
        if (t->kind == LUN_TERM_NAME && t->what >= LUN_EXPRESSION_INPUTS)
            return lun_fail(LUN_E_ARGUMENT, NULL, "a formula still mentions an attribute (p0 ..)"), false;
        if (t->kind != LUN_TERM_NAME && t->kind != LUN_TERM_NUMBER) continue;
        c->made[i] = true;
        c->place[i] = t->what;
        if (t->kind == LUN_TERM_NAME) {
            p->inputs |= 1U << t->what;
            continue;
        }
        if (LUN_EXPRESSION_INPUTS + p->constants == LUN_PROGRAM_REGISTERS) return too_long(), false;
        c->place[i] = (uint8_t)(LUN_EXPRESSION_INPUTS + p->constants);
        p->constant[p->constants++] = t->value;
    }
    p->registers = LUN_EXPRESSION_INPUTS + p->constants;
    return true;
}

static void release(compiler *c, int id)
{
    int at = index_of(c, id);
    const lun_term *t = lun_term_get(id);
    if (--c->uses[at] == 0 && t->kind != LUN_TERM_NAME && t->kind != LUN_TERM_NUMBER) c->busy[c->place[at]] = false;
}

/* The register that holds term id; -1 after lun_fail. */
static int emit(compiler *c, int id)
{
    int at = index_of(c, id), n, from[3] = {0};
    if (c->made[at]) return c->place[at];
    const lun_term *t = lun_term_get(id);
    n = lun_term_arity(t);
    for (int i = 0; i < n; i++)
        if ((from[i] = emit(c, t->arg[i])) < 0) return -1;
    for (int i = 0; i < n; i++) release(c, t->arg[i]);
    int to = free_register(c);
    if (to < 0) return -1;
    if (c->program->steps == LUN_PROGRAM_STEPS) return too_long();
    c->program->step[c->program->steps++] =
        (lun_step){t->kind, t->what, (uint8_t)to, (uint8_t)from[0], (uint8_t)from[1], (uint8_t)from[2]};
    c->made[at] = true;
    c->place[at] = (uint8_t)to;
    return to;
}

static bool compile(lun_program *p)
{
    compiler *c = lun_block_get(sizeof *c);
    if (!c) return false;
    memset(c, 0, sizeof *c);
    c->program = p;
    bool done = list(c, p->id) && place_leaves(c);
    int result = done ? emit(c, p->id) : -1;
    if (result >= 0 && !p->steps) p->step[p->steps++] = (lun_step){LUN_TERM_NAME, 0, (uint8_t)result, (uint8_t)result, 0, 0};
    lun_block_put(c, sizeof *c);
    return result >= 0;
}

static lun_program *program_new(int id)
{
    lun_program *p = lun_block_get(sizeof *p);
    if (!p) return NULL;
    memset(p, 0, sizeof *p);
    p->id = id;
    if (compile(p)) return p;
    lun_block_put(p, sizeof *p);
    return NULL;
}

const lun_program *lun_program_of(int formula)
{
    static lun_program *buckets[BUCKETS];
    static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
    if (!formula) return NULL;
    pthread_mutex_lock(&lock);
    lun_program **bucket = &buckets[formula % BUCKETS], *p = *bucket;
    while (p && p->id != formula) p = p->next;
    if (!p && (p = program_new(formula))) {
        p->next = *bucket;
        *bucket = p;
    }
    pthread_mutex_unlock(&lock);
    return p;
}
