/* expression.c - the table of terms: interning, simplifying, evaluating
 *
 * Holds: a term never moves and never changes, so that readers need no lock; only making one takes it. The table grows with the
 * number of different formulas a program has, which is small.
 * Read next: core/expression_read.c. SPDX-License-Identifier: MIT
 */
#include "core/expression.h"

#include "core/alloc.h"
#include "core/error.h"
#include "core/special.h"

#include <math.h>
#include <pthread.h>
#include <string.h>

enum { CHUNK = 1024, CHUNKS = 1024, BUCKETS = 4096 };

typedef struct entry { lun_term term; int next; } entry;
static entry *chunks[CHUNKS];
static int buckets[BUCKETS], count = 1; /* id 0 is no term */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static entry *entry_at(int id) { return &__atomic_load_n(&chunks[id / CHUNK], __ATOMIC_ACQUIRE)[id % CHUNK]; }
const lun_term *lun_term_get(int id) { return &entry_at(id)->term; }

static bool same(const lun_term *a, const lun_term *b)
{
    return a->kind == b->kind && a->what == b->what && !memcmp(a->arg, b->arg, sizeof a->arg) &&
           !memcmp(&a->value, &b->value, sizeof a->value); /* bits: -0 is not 0, NaN is NaN */
}

static unsigned bucket_of(const lun_term *t)
{
    const uint64_t odd = 0x9E3779B97F4A7C15U;
    uint64_t h = ((uint64_t)t->kind << 8 | t->what) * odd, bits;
    memcpy(&bits, &t->value, sizeof bits);
    for (int i = 0; i < 3; i++) h = (h ^ (uint64_t)t->arg[i]) * odd;
    h = (h ^ bits) * odd;
    return (unsigned)(h >> 40) % BUCKETS;
}

static int add(const lun_term *t, unsigned bucket)
{
    if (count / CHUNK == CHUNKS) {
        lun_fail(LUN_E_MEMORY, NULL, "too many different formulas");
        return 0;
    }
    if (!chunks[count / CHUNK]) {
        entry *chunk = lun_block_get(CHUNK * sizeof *chunk);
        if (!chunk) return 0;
        __atomic_store_n(&chunks[count / CHUNK], chunk, __ATOMIC_RELEASE);
    }
    *entry_at(count) = (entry){*t, buckets[bucket]};
    buckets[bucket] = count;
    return count++;
}

static int intern(const lun_term *t)
{
    unsigned bucket = bucket_of(t);
    pthread_mutex_lock(&lock);
    int id = buckets[bucket];
    while (id && !same(&entry_at(id)->term, t)) id = entry_at(id)->next;
    if (!id) id = add(t, bucket);
    pthread_mutex_unlock(&lock);
    return id;
}

int lun_term_arity(const lun_term *t)
{
    static const uint8_t arguments[] = {
#define X(name, n) n,
        LUN_FUNCTIONS(X)
#undef X
    };
    switch (t->kind) {
    case LUN_TERM_NUMBER: case LUN_TERM_NAME: return 0;
    case LUN_TERM_NEGATE: case LUN_TERM_NOT: return 1;
    case LUN_TERM_CHOOSE: return 3;
    case LUN_TERM_CALL: return arguments[t->what];
    default: return 2;
    }
}

static int make(lun_term t)
{
    for (int i = 0; i < lun_term_arity(&t); i++)
        if (!t.arg[i]) return 0;
    return intern(&t);
}

int lun_term_number(double value) { return make((lun_term){.kind = LUN_TERM_NUMBER, .value = value}); }
int lun_term_name(lun_name name) { return make((lun_term){.kind = LUN_TERM_NAME, .what = (uint8_t)name}); }

int lun_term_make(lun_term_kind kind, int a, int b, int c)
{
    return make((lun_term){.kind = (uint8_t)kind, .arg = {a, b, c}});
}

int lun_term_call(lun_function f, int a, int b)
{
    return make((lun_term){.kind = LUN_TERM_CALL, .what = (uint8_t)f, .arg = {a, b}});
}

/* ---- values ---- */

static double floor_remainder(double x, double y)
{
    double r = fmod(x, y);
    return r != 0 && (r < 0) != (y < 0) ? r + y : r;
}

/* Results rounded to nearest, as kernels compute them. */
static double floor_quotient(double x, double y) { return y == 0 ? x / y : rint((x - floor_remainder(x, y)) / y); }

/* the words that C's library does not have */
#define erfcx lun_erfcx
#define erfinv lun_erfinv
#define ndtri lun_ndtri
#define log_ndtr lun_log_ndtr
#define digamma lun_digamma
#define i0 lun_i0
#define i0e lun_i0e
#define i1 lun_i1
#define i1e lun_i1e

static double call1(lun_function f, double a)
{
    switch (f) {
#define X(name, n) case LUN_FUNCTION_##name: return X_##n(name);
#define X_1(name) name(a)
#define X_2(name) NAN
        LUN_FUNCTIONS(X)
#undef X
#undef X_1
#undef X_2
    default: return NAN;
    }
}

static double call2(lun_function f, double a, double b)
{
    switch (f) {
    case LUN_FUNCTION_pow: return pow(a, b);
    case LUN_FUNCTION_floordiv: return floor_quotient(a, b);
    case LUN_FUNCTION_floormod: return floor_remainder(a, b);
    case LUN_FUNCTION_atan2: return atan2(a, b);
    case LUN_FUNCTION_hypot: return hypot(a, b);
    case LUN_FUNCTION_fmod: return fmod(a, b);
    case LUN_FUNCTION_truncdiv: return trunc(a / b);
    case LUN_FUNCTION_copysign: return copysign(a, b);
    case LUN_FUNCTION_nextafter: return nextafter(a, b);
    case LUN_FUNCTION_polygamma: return lun_polygamma(a, b);
    case LUN_FUNCTION_zeta: return lun_zeta(a, b);
    case LUN_FUNCTION_gammainc: return lun_gammainc(a, b);
    case LUN_FUNCTION_gammaslope: return lun_gamma_quantile_slope(a, b);
    case LUN_FUNCTION_gammaincc: return lun_gammaincc(a, b);
    default: return NAN;
    }
}

static double operate(const lun_term *t, const double v[3])
{
    switch ((lun_term_kind)t->kind) {
    case LUN_TERM_NEGATE: return -v[0];
    case LUN_TERM_NOT: return v[0] == 0;
    case LUN_TERM_OR: return v[0] != 0 || v[1] != 0;
    case LUN_TERM_AND: return v[0] != 0 && v[1] != 0;
    case LUN_TERM_EQ: return v[0] == v[1];
    case LUN_TERM_NE: return v[0] != v[1];
    case LUN_TERM_LE: return v[0] <= v[1];
    case LUN_TERM_GE: return v[0] >= v[1];
    case LUN_TERM_LT: return v[0] < v[1];
    case LUN_TERM_GT: return v[0] > v[1];
    case LUN_TERM_ADD: return v[0] + v[1];
    case LUN_TERM_SUB: return v[0] - v[1];
    case LUN_TERM_MUL: return v[0] * v[1];
    case LUN_TERM_DIV: return v[0] / v[1];
    case LUN_TERM_CHOOSE: return v[0] != 0 ? v[1] : v[2];
    case LUN_TERM_CALL: return lun_term_arity(t) == 1 ? call1((lun_function)t->what, v[0]) : call2((lun_function)t->what, v[0], v[1]);
    default: return NAN;
    }
}

double lun_expression_value(int id, const double *names)
{
    if (!id) return NAN;
    const lun_term *t = lun_term_get(id);
    if (t->kind == LUN_TERM_NUMBER) return t->value;
    if (t->kind == LUN_TERM_NAME) return names[t->what];
    double v[3] = {0};
    for (int i = 0; i < lun_term_arity(t); i++) v[i] = lun_expression_value(t->arg[i], names);
    return operate(t, v);
}

/* ---- simplifying ---- */

static bool is_number(int id, double *value)
{
    const lun_term *t = lun_term_get(id);
    *value = t->value;
    return t->kind == LUN_TERM_NUMBER;
}

static bool is(int id, double wanted)
{
    double v;
    return is_number(id, &v) && v == wanted;
}

/* The value when all arguments are numbers; a result that is not finite is better left for the run to show. */
static int fold(const lun_term *t)
{
    double v[3] = {0}, result;
    int n = lun_term_arity(t);
    for (int i = 0; i < n; i++)
        if (!is_number(t->arg[i], &v[i])) return 0;
    result = operate(t, v);
    return isfinite(result) ? lun_term_number(result) : 0;
}

static int negated(int a)
{
    const lun_term *t = lun_term_get(a);
    return t->kind == LUN_TERM_NEGATE ? t->arg[0] : lun_term_make(LUN_TERM_NEGATE, a, 0, 0);
}

/* What a product or quotient with 0, 1 or -1 is; 0 when nothing is simpler. */
static int simple_product(lun_term_kind kind, int a, int b)
{
    if (is(a, 0)) return lun_term_number(0);
    if (is(b, 1)) return a;
    if (is(b, -1)) return negated(a);
    if (kind == LUN_TERM_DIV) return 0;
    if (is(b, 0)) return lun_term_number(0);
    if (is(a, 1)) return b;
    return is(a, -1) ? negated(b) : 0;
}

static int simple_sum(lun_term_kind kind, int a, int b)
{
    const lun_term *t = lun_term_get(b);
    if (is(b, 0)) return a;
    if (is(a, 0)) return kind == LUN_TERM_ADD ? b : negated(b);
    if (t->kind == LUN_TERM_NEGATE) return lun_term_make(kind == LUN_TERM_ADD ? LUN_TERM_SUB : LUN_TERM_ADD, a, t->arg[0], 0);
    return 0;
}

static int simple_choice(int a, int b, int c)
{
    double v;
    if (b == c) return b;
    return is_number(a, &v) ? (v != 0 ? b : c) : 0;
}

int lun_term_simple(lun_term_kind kind, int a, int b, int c)
{
    lun_term t = {.kind = (uint8_t)kind, .arg = {a, b, c}};
    for (int i = 0; i < lun_term_arity(&t); i++)
        if (!t.arg[i]) return 0;
    int simpler = fold(&t);
    if (!simpler && (kind == LUN_TERM_MUL || kind == LUN_TERM_DIV)) simpler = simple_product(kind, a, b);
    if (!simpler && (kind == LUN_TERM_ADD || kind == LUN_TERM_SUB)) simpler = simple_sum(kind, a, b);
    if (!simpler && kind == LUN_TERM_NEGATE) simpler = negated(a);
    if (!simpler && kind == LUN_TERM_CHOOSE) simpler = simple_choice(a, b, c);
    return simpler ? simpler : intern(&t);
}

int lun_term_simple_call(lun_function f, int a, int b)
{
    lun_term t = {.kind = LUN_TERM_CALL, .what = (uint8_t)f, .arg = {a, b}};
    if (!a || (lun_term_arity(&t) == 2 && !b)) return 0;
    if (f == LUN_FUNCTION_pow && is(b, 1)) return a;
    int simpler = fold(&t);
    return simpler ? simpler : intern(&t);
}
