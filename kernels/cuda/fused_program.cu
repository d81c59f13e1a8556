/* fused_program.cu - from elementwise calls to the steps of one program
 *
 * Each call's formula is walked depth first; a step that was made before, in this or another call, is not made again. What no stored value
 * needs is left out, then values get registers.
 * Holds: a value is rounded and converted where the call's own kernel (map.cu, choice.cu, copy.cu) would have done it.
 * Read next: kernels/cuda/fused.h. SPDX-License-Identifier: MIT
 */
#include "kernels/cuda/fused.h"
#include "kernels/cuda/row_table.h"
#include "kernels/cuda/state.h"
extern "C" {
#include "core/alloc.h"
#include "core/op_id.h"
#include "kernels/cuda/kernels.h"
}

/* --- what a call computes ----------------------------------------------------------------------------------------------------- */

/* Its formula over x, y, g, z and the attributes, where input k is named in `names`. */
typedef struct work {
    int formula;            /* 0: a copy */
    int inputs;
    uint8_t names[LUN_FUSED_INPUTS], reads[LUN_FUSED_INPUTS]; /* reads: the dtype each input is computed in */
    lun_dtype in;           /* what the formula is computed in */
    int first_attribute;
    bool chooses, tests;    /* where; the formula's value is a truth */
} work;

static bool has_whole_words(int id)
{
    const lun_term *t = lun_term_get(id);
    bool fits = t->kind != LUN_TERM_DIV;
    if (t->kind == LUN_TERM_CALL)
        fits = t->what == LUN_FUNCTION_fabs || t->what == LUN_FUNCTION_floor || t->what == LUN_FUNCTION_ceil || t->what == LUN_FUNCTION_rint ||
               t->what == LUN_FUNCTION_trunc || t->what == LUN_FUNCTION_pow;
    for (int i = 0; fits && i < lun_term_arity(t); i++) fits = has_whole_words(t->arg[i]);
    return fits;
}

/* The formulas of a row: itself, its derivatives times g. Read once; 0 for what cannot be read. */
typedef struct row_terms { bool read, whole; int of[3]; } row_terms;

static int read_quietly(const char *text)
{
    int id = text ? lun_expression_read(text) : 0;
    if (!id) lun_error_clear();
    return id;
}

static const row_terms *terms_of(const lun_op *row)
{
    static row_terms table[LUN_OP_COUNT];
    static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
    static const row_terms none = {};
    if (row->id >= LUN_OP_COUNT || row->family == LUN_FAMILY_OP || lun_failed()) return &none;
    row_terms *t = &table[row->id];
    if (__atomic_load_n(&t->read, __ATOMIC_ACQUIRE)) return t;
    pthread_mutex_lock(&lock);
    if (!t->read) {
        const char *const texts[] = {row->formula, row->dx, row->family == LUN_FAMILY_BINARY ? row->dy : NULL};
        for (int k = 0; k < 3; k++) {
            t->of[k] = row->family == LUN_FAMILY_COMPARE && k ? 0 : read_quietly(texts[k]);
            if (k && t->of[k]) t->of[k] = lun_term_make(LUN_TERM_MUL, lun_term_name(LUN_NAME_g), t->of[k], 0);
        }
        t->whole = t->of[0] && has_whole_words(t->of[0]);
        __atomic_store_n(&t->read, true, __ATOMIC_RELEASE);
    }
    pthread_mutex_unlock(&lock);
    return t;
}

/* May dtype t be computed by the row's kernels, and in steps? */
static bool row_takes(const lun_op *row, const row_terms *terms, lun_dtype t)
{
    int lane = lun_lane_of(t);
    bool whole = lane == LUN_LANE_I32 || lane == LUN_LANE_I64, floats = lane == LUN_LANE_F32 || lane == LUN_LANE_F64;
    if (floats) return row->dtypes != LUN_CLASS_I;
    return whole && row->id < LUN_MATH_ROWS && terms->whole && row->dtypes != LUN_CLASS_F && row->dtypes != LUN_CLASS_FC &&
           row->dtypes != LUN_CLASS_FLOAT_ONLY && row->dtypes != LUN_CLASS_I;
}

static int all_read_as(work *w, int inputs, lun_dtype t)
{
    w->in = t;
    w->inputs = inputs;
    for (int k = 0; k < inputs; k++) w->reads[k] = (uint8_t)t;
    return inputs;
}

static int formula_work(const lun_call *c, work *w)
{
    lun_dtype t = (lun_dtype)c->out[0]->dtype;
    w->tests = c->op->family == LUN_FAMILY_COMPARE;
    if (w->tests) {
        t = (lun_dtype)c->in[0]->dtype;
        t = c->in[1]->dtype == t ? t : lun_dtype_promote(t, (lun_dtype)c->in[1]->dtype);
    }
    int power = lun_map_row_of_power(c, t);
    const lun_op *row = power < 0 ? c->op : lun_op_at(power);
    const row_terms *terms = terms_of(row);
    w->formula = terms->of[0];
    w->names[0] = LUN_NAME_x, w->names[1] = LUN_NAME_y;
    return w->formula && row_takes(row, terms, t) ? all_read_as(w, row->family == LUN_FAMILY_UNARY ? 1 : 2, t) : 0;
}

static int gradient_work(const lun_call *c, work *w)
{
    const lun_op *row = lun_op_at((int)lun_param_int(&c->params, 0, 0));
    bool second = lun_param_int(&c->params, 1, 0) != 0, one = row->family == LUN_FAMILY_UNARY;
    static const uint8_t of_one[] = {LUN_NAME_g, LUN_NAME_x, LUN_NAME_y}, of_two[] = {LUN_NAME_g, LUN_NAME_x, LUN_NAME_y, LUN_NAME_z};
    memcpy(w->names, one ? of_one : of_two, one ? sizeof of_one : sizeof of_two);
    w->formula = terms_of(row)->of[second ? 2 : 1];
    w->first_attribute = 2;
    lun_dtype t = (lun_dtype)c->out[0]->dtype;
    return w->formula && lun_dtype_is_float(t) ? all_read_as(w, one ? 3 : 4, t) : 0;
}

static int expression_work(const lun_call *c, work *w)
{
    static const uint8_t names[] = {LUN_NAME_x, LUN_NAME_y, LUN_NAME_g, LUN_NAME_z};
    memcpy(w->names, names, sizeof names);
    w->formula = (int)lun_param_int(&c->params, 0, 0);
    return all_read_as(w, c->n_in < LUN_FUSED_INPUTS ? c->n_in : LUN_FUSED_INPUTS, c->out[0]->dtype == LUN_F64 ? LUN_F64 : LUN_F32);
}

static int test_work(const lun_call *c, work *w)
{
    static int formula[4];
    static const char *const texts[] = {"x != x", "fabs(x) == K(inf)", "fabs(x) < K(inf)", "x == K(0)"};
    int k = c->op->id == LUN_OP_isnan ? 0 : c->op->id == LUN_OP_isinf ? 1 : c->op->id == LUN_OP_isfinite ? 2 : 3;
    if (!formula[k]) formula[k] = read_quietly(texts[k]);
    w->formula = formula[k];
    w->names[0] = LUN_NAME_x;
    w->tests = true;
    lun_dtype t = k == 3 ? (lun_dtype)c->in[0]->dtype : c->in[0]->dtype == LUN_F64 ? LUN_F64 : LUN_F32;
    return w->formula ? all_read_as(w, 1, t) : 0;
}

/* How many inputs the call reads; 0 when it cannot be part of a program. */
static int work_of(const lun_call *c, work *w)
{
    *w = {};
    lun_dtype t = (lun_dtype)c->out[0]->dtype;
    if (c->op->family != LUN_FAMILY_OP) return formula_work(c, w);
    switch (c->op->id) {
    case LUN_OP_row_gradient: return gradient_work(c, w);
    case LUN_OP_expression: return expression_work(c, w);
    case LUN_OP_isnan: case LUN_OP_isinf: case LUN_OP_isfinite: case LUN_OP_logical_not: return test_work(c, w);
    case LUN_OP_where:
        w->chooses = true;
        all_read_as(w, 3, t);
        w->reads[0] = LUN_BOOL;
        return c->in[0]->dtype == LUN_BOOL ? 3 : 0;
    case LUN_OP_cast: case LUN_OP_clone: case LUN_OP_copy_: return all_read_as(w, 1, t);
    default: return 0;
    }
}

int lun_fused_inputs(const lun_call *c)
{
    work w;
    const lun_device here = lun_tensor_device(c->out[0]);
    bool fits = c->n_out == 1 && c->n_in > 0 && lun_lane_of((lun_dtype)c->out[0]->dtype) < LUN_LANE_C64;
    for (int i = 0; fits && i < c->n_in; i++) {
        const lun_tensor *x = c->in[i];
        if (lun_is_none(x)) continue;
        fits = lun_lane_of((lun_dtype)x->dtype) < LUN_LANE_C64 && (lun_map_is_number(x) || lun_device_same(lun_tensor_device(x), here));
    }
    return fits && !lun_failed() ? work_of(c, &w) : 0;
}

/* --- steps -------------------------------------------------------------------------------------------------------------------- */

/* A value is a step (its number), a number (behind NUMBERS) or an operand read from memory (behind READS). */
enum { NUMBERS = 1000, READS = 2000, NONE = -1, TERMS = 512 };
typedef struct draft { uint8_t op, lane; int16_t arg[3]; bool needed; } draft;

typedef struct maker {
    const lun_fused *f;
    lun_fused_program *p;
    const work *w;
    int part, steps;
    bool full;
    draft step[LUN_FUSED_STEPS];
    int now[128];                        /* the value of each operand */
    int operands, terms;
    int term[TERMS], value[TERMS];       /* of this part */
    int inputs[LUN_NAME_COUNT];          /* values of this part's names */
} maker;

static int add_step(maker *m, int op, int lane, int a, int b, int c)
{
    for (int i = 0; i < m->steps; i++) {
        const draft *s = &m->step[i];
        if (s->op == op && s->lane == lane && s->arg[0] == a && s->arg[1] == b && s->arg[2] == c && op != LUN_FUSED_STORE) return i;
    }
    if (m->steps == LUN_FUSED_STEPS) return m->full = true, 0;
    m->step[m->steps] = draft{(uint8_t)op, (uint8_t)lane, {(int16_t)a, (int16_t)b, (int16_t)c}, false};
    return m->steps++;
}

static int add_number(maker *m, lun_fused_number n)
{
    lun_fused_program *p = m->p;
    for (int i = 0; i < p->numbers; i++)
        if (!memcmp(&p->number[i], &n, sizeof n)) return NUMBERS + i;
    if (p->numbers == LUN_FUSED_NUMBERS) return m->full = true, NUMBERS;
    p->number[p->numbers] = n;
    return NUMBERS + p->numbers++;
}

static lun_fused_number number_from(lun_fused_source source, lun_dtype t, int part, int which, double value)
{
    lun_fused_number n;
    memset(&n, 0, sizeof n); /* they are compared as bytes */
    n.source = (uint8_t)source, n.dtype = (uint8_t)t, n.part = (uint8_t)part, n.which = (uint8_t)which, n.value = value;
    return n;
}

/* What is left of a value when it is stored as t. */
static int rounded(maker *m, int value, lun_dtype t)
{
    int op = t == LUN_F16 ? LUN_FUSED_AS_F16 : t == LUN_BF16 ? LUN_FUSED_AS_BF16 : t == LUN_I8 ? LUN_FUSED_AS_I8 : t == LUN_U8 ? LUN_FUSED_AS_U8
                                                                                  : t == LUN_I16 ? LUN_FUSED_AS_I16 : 0;
    return op ? add_step(m, op, lun_lane_of(t), value, NONE, NONE) : value;
}

/* A value that has dtype `from`, as a cast gives it. */
static int cast(maker *m, int value, lun_dtype from, lun_dtype to)
{
    int lane = lun_lane_of(from), wanted = lun_lane_of(to);
    if (from == to) return value;
    if (to == LUN_BOOL) return add_step(m, LUN_FUSED_TRUTH, lane, value, NONE, NONE);
    if (lane != wanted) value = add_step(m, LUN_FUSED_TO_F32 + wanted, lane, value, NONE, NONE);
    return rounded(m, value, to);
}

static int eval(maker *m, int id)
{
    const lun_term *t = lun_term_get(id);
    int arg[3] = {NONE, NONE, NONE}, lane = lun_lane_of(m->w->in);
    for (int i = 0; i < m->terms; i++)
        if (m->term[i] == id) return m->value[i];
    if (t->kind == LUN_TERM_NUMBER) return add_number(m, number_from(LUN_FUSED_CONSTANT, lane == LUN_LANE_F32 ? LUN_F32 : m->w->in, 0, 0, t->value));
    if (t->kind == LUN_TERM_NAME && t->what < LUN_EXPRESSION_INPUTS) {
        if (m->inputs[t->what] == NONE) m->full = true; /* a formula that reads what is not there: its own kernel tells of it */
        return m->inputs[t->what];
    }
    if (t->kind == LUN_TERM_NAME)
        return add_number(m, number_from(LUN_FUSED_ATTRIBUTE, lane == LUN_LANE_F32 ? LUN_F32 : m->w->in, m->part,
                                         m->w->first_attribute + t->what - LUN_NAME_p0, 0));
    for (int i = 0; i < lun_term_arity(t) && !m->full; i++) arg[i] = eval(m, t->arg[i]);
    if (m->full) return 0;
    int op = t->kind == LUN_TERM_CALL ? LUN_FUSED_FUNCTIONS + t->what : t->kind, value = add_step(m, op, lane, arg[0], arg[1], arg[2]);
    if (m->terms < TERMS) {
        m->term[m->terms] = id;
        m->value[m->terms++] = value;
    }
    return value;
}

/* Input k as the part computes with it. */
static int input(maker *m, const lun_fused_part *part, int k)
{
    const lun_tensor *x = m->f->operands[part->in[k]].x;
    lun_dtype from = (lun_dtype)x->dtype, to = (lun_dtype)m->w->reads[k];
    if (lun_map_is_number(x)) return add_number(m, number_from(LUN_FUSED_OPERAND, to, 0, part->in[k], 0));
    bool exact = m->w->chooses || !m->w->formula; /* elements must have the dtype itself, not only its lane */
    return exact || lun_lane_of(from) != lun_lane_of(to) ? cast(m, m->now[part->in[k]], from, to) : m->now[part->in[k]];
}

static void add_part(maker *m, int i)
{
    const lun_fused_part *part = &m->f->parts[i];
    work w;
    const lun_dtype made = (lun_dtype)part->call->out[0]->dtype;
    int in[LUN_FUSED_INPUTS] = {NONE, NONE, NONE, NONE}, value;
    m->part = i;
    m->w = &w;
    m->terms = 0;
    for (int k = 0; k < LUN_NAME_COUNT; k++) m->inputs[k] = NONE;
    if (work_of(part->call, &w) != part->inputs) {
        m->full = true;
        return;
    }
    for (int k = 0; k < part->inputs; k++) {
        in[k] = input(m, part, k);
        if (k < part->call->n_in && !lun_is_none(part->call->in[k])) m->inputs[w.names[k]] = in[k];
    }
    int lane = lun_lane_of(w.in);
    if (w.chooses) value = add_step(m, LUN_FUSED_CHOOSE, lane, in[0], in[1], in[2]);
    else if (!w.formula) value = in[0];
    else {
        value = eval(m, w.formula);
        bool truth = w.tests || made == LUN_BOOL;
        value = truth ? add_step(m, LUN_FUSED_TRUTH, lane, value, NONE, NONE) : rounded(m, value, made);
    }
    m->now[part->out] = value;
}

/* --- from a draft to a program ------------------------------------------------------------------------------------------------ */

static bool add_memory(maker *m, int operand, int reg)
{
    lun_fused_program *p = m->p;
    if (p->memory == LUN_FUSED_MEMORY) return false;
    p->at[p->memory].operand = (uint8_t)operand;
    p->at[p->memory].dtype = m->f->operands[operand].x->dtype;
    p->at[p->memory++].reg = (uint8_t)reg;
    return true;
}

typedef struct places {
    int last[LUN_FUSED_STEPS], read_last[128]; /* the step that reads it last; NONE: none does */
    int reg[LUN_FUSED_STEPS], read_reg[128];
    bool busy[LUN_FUSED_REGISTERS];
} places;

static int free_register(maker *m, places *at)
{
    for (int r = 0; r < LUN_FUSED_REGISTERS; r++) {
        if (at->busy[r]) continue;
        at->busy[r] = true;
        if (r >= m->p->registers) m->p->registers = r + 1;
        return r;
    }
    m->full = true;
    return 0;
}

static uint8_t place_of(const places *at, int value)
{
    if (value == NONE) return 0;
    if (value >= READS) return (uint8_t)at->read_reg[value - READS];
    return (uint8_t)(value >= NUMBERS ? LUN_FUSED_NUMBER + value - NUMBERS : at->reg[value]);
}

static bool is_wide(int lane) { return lane == LUN_LANE_F64 || lane == LUN_LANE_I64; }

/* What is read is brought first; then a register is free behind the last step that reads it. */
static void place(maker *m)
{
    places at = {};
    lun_fused_program *p = m->p;
    for (int i = 0; i < m->operands; i++) at.read_last[i] = NONE;
    for (int i = 0; i < m->steps; i++) {
        at.last[i] = NONE;
        for (int k = 0; k < 3 && m->step[i].needed; k++) {
            int v = m->step[i].arg[k];
            if (v >= READS) at.read_last[v - READS] = i;
            else if (v >= 0 && v < NUMBERS) at.last[v] = i;
        }
    }
    for (int i = 0; i < m->operands && !m->full; i++) {
        if (at.read_last[i] == NONE) continue;
        at.read_reg[i] = free_register(m, &at);
        m->full |= !add_memory(m, i, at.read_reg[i]);
    }
    p->reads = p->memory;
    for (int i = 0; i < m->steps && !m->full; i++) {
        const draft *s = &m->step[i];
        if (!s->needed) continue;
        lun_fused_step *to = &p->step[p->steps++];
        *to = lun_fused_step{s->op, s->lane, 0, place_of(&at, s->arg[0]), place_of(&at, s->arg[1]), place_of(&at, s->arg[2])};
        p->wide |= is_wide(s->lane) || s->op == LUN_FUSED_TO_F64 || s->op == LUN_FUSED_TO_I64;
        for (int k = 0; k < 3; k++) {
            int v = s->arg[k];
            bool done = v >= READS ? at.read_last[v - READS] == i : v >= 0 && v < NUMBERS && at.last[v] == i;
            if (done) at.busy[v >= READS ? at.read_reg[v - READS] : at.reg[v]] = false;
        }
        if (s->op == LUN_FUSED_STORE) {
            to->to = (uint8_t)p->memory;
            to->b = to->c = 0;
            m->full |= !add_memory(m, s->arg[1] - NUMBERS, 0);
        } else {
            to->to = (uint8_t)(at.reg[i] = free_register(m, &at));
        }
    }
}

static bool make(maker *m)
{
    const lun_fused *f = m->f;
    m->operands = f->n_operands;
    for (int i = 0; i < f->n_operands; i++) m->now[i] = READS + i;
    int stored[128];
    for (int i = 0; i < f->n_operands; i++) stored[i] = NONE;
    for (int i = 0; i < f->n_parts; i++) stored[f->parts[i].out] = i; /* by the last part that writes it */
    for (int i = 0; i < f->n_parts && !m->full; i++) {
        add_part(m, i);
        int out = f->parts[i].out;
        const lun_tensor *x = f->operands[out].x;
        if (stored[out] != i || !f->operands[out].kept || m->full) continue;
        int k = add_step(m, LUN_FUSED_STORE, lun_lane_of((lun_dtype)x->dtype), m->now[out], NUMBERS + out, NONE);
        m->step[k].needed = true;
    }
    for (int i = m->steps - 1; i >= 0; i--)
        for (int k = 0; k < 3 && m->step[i].needed; k++)
            if (m->step[i].arg[k] >= 0 && m->step[i].arg[k] < NUMBERS) m->step[m->step[i].arg[k]].needed = true;
    if (!m->full) place(m);
    m->p->parts = f->n_parts;
    return !m->full;
}

/* --- programs that are there -------------------------------------------------------------------------------------------------- */

static lun_fused_program *interned(const lun_fused_program *made)
{
    static lun_fused_program *all;
    static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
    pthread_mutex_lock(&lock);
    lun_fused_program *p = all;
    while (p && memcmp(p, made, offsetof(lun_fused_program, next))) p = p->next;
    if (!p && (p = (lun_fused_program *)lun_block_get(sizeof *p))) {
        memcpy(p, made, sizeof *p);
        p->next = all;
        all = p;
    }
    pthread_mutex_unlock(&lock);
    return p;
}

lun_fused_program *lun_fused_program_of(const lun_fused *f)
{
    if (f->n_operands > 128) return NULL;
    maker *m = (maker *)lun_block_get(sizeof *m + sizeof *m->p);
    if (!m) return NULL;
    memset((void *)m, 0, sizeof *m + sizeof *m->p);
    m->f = f;
    m->p = (lun_fused_program *)(void *)(m + 1);
    for (int i = 0; i < f->n_operands; i++) m->p->kept[i / 64] |= (uint64_t)f->operands[i].kept << i % 64;
    lun_fused_program *p = make(m) ? interned(m->p) : NULL;
    lun_block_put(m, sizeof *m + sizeof *m->p);
    return p;
}
