/* einsum.c - sums of products by letters, as batched matrix products
 *
 * Each operand is a term: a tensor and a label per dim. Repeated labels of one operand become a diagonal; then terms are multiplied
 * two at a time, from the left: labels of both that stay are the batch, labels of both that go are the inner dim.
 * Holds: labels are the letters (1..52) and the dims that "..." stands for (100, 101, ... from the right).
 * Read next: core/ops/linalg.c. SPDX-License-Identifier: MIT
 */
#include "core/functional.h"
#include "core/infer.h"
#include "core/ops/decompose.h"
#include "core/ops/linalg.h"

#include <ctype.h>
#include <string.h>

enum { ELLIPSIS = 100, MAX_LABELS = 64 };

typedef struct term { lun_tensor *x; int n; int label[LUN_MAX_DIMS]; } term;

static int find(const term *t, int label)
{
    for (int i = 0; i < t->n; i++)
        if (t->label[i] == label) return i;
    return -1;
}

static int letter(char c) { return isupper((unsigned char)c) ? c - 'A' + 1 : c - 'a' + 27; }

static bool wrong(const char *equation, const char *what)
{
    return lun_fail(LUN_E_ARGUMENT, "for example lun.einsum(\"ij,jk->ik\", {x, y})", "equation \"%s\": %s", equation, what), false;
}

/* Reads letters up to `end`; an ellipsis stands for `dots` dims. Returns where it stopped, or NULL after lun_fail. */
static const char *read_labels(const char *equation, const char *s, const char *end, int dots, term *t)
{
    bool seen = false;
    for (t->n = 0; s < end; s++) {
        if (*s == ' ') continue;
        int count = 1, first = isalpha((unsigned char)*s) ? letter(*s) : ELLIPSIS;
        if (first == ELLIPSIS) {
            if (strncmp(s, "...", 3) != 0 || seen) return wrong(equation, "only letters, one ... and -> are understood"), NULL;
            count = dots;
            seen = true;
            s += 2;
        }
        if (t->n + count > LUN_MAX_DIMS || count < 0) return wrong(equation, "more letters than the tensor has dims"), NULL;
        for (int i = 0; i < count; i++) t->label[t->n++] = first == ELLIPSIS ? ELLIPSIS + count - 1 - i : first;
    }
    return end;
}

static int count_letters(const char *s, const char *end, bool *dots)
{
    int n = 0;
    for (*dots = false; s < end; s++) {
        n += isalpha((unsigned char)*s) != 0;
        *dots |= *s == '.';
    }
    return n;
}

/* Dims i < k with one label become their diagonal, at the end. */
static void take_diagonal(term *t, int i, int k)
{
    int64_t order[LUN_MAX_DIMS], dims[LUN_MAX_DIMS];
    int n = 0, label = t->label[i], kept[LUN_MAX_DIMS];
    for (int d = 0; d < t->n; d++)
        if (d != i && d != k) {
            kept[n] = t->label[d];
            dims[n] = t->x->dims[d];
            order[n++] = d;
        }
    int64_t size = t->x->dims[i];
    order[n] = i;
    order[n + 1] = k;
    dims[n] = size * size;
    t->x = lun_slice(lun_reshape(lun_permute(t->x, t->n, order), n + 1, dims), n, 0, size, size + 1);
    memcpy(t->label, kept, (size_t)n * sizeof *kept);
    t->label[n] = label;
    t->n = n + 1;
}

static bool take_diagonals(term *t, const char *equation)
{
    for (int i = 0; i < t->n; i++)
        for (int k = i + 1; k < t->n; k++) {
            if (t->label[i] != t->label[k]) continue;
            if (t->x->dims[i] != t->x->dims[k]) return wrong(equation, "a letter that is repeated in one operand needs equal sizes");
            take_diagonal(t, i, k);
            if (!t->x) return false;
            i = -1;
            break;
        }
    return true;
}

/* Removes dim i, summing over it. */
static void fold(term *t, int i)
{
    t->x = t->x ? lun_sum_dim(t->x, i, false) : NULL;
    memmove(t->label + i, t->label + i + 1, (size_t)(t->n - i - 1) * sizeof *t->label);
    t->n--;
}

/* Labels that occur in no other term and not in the result are summed over. */
static void fold_lonely(term *t, const term *other, const bool *kept)
{
    for (int i = t->n - 1; i >= 0; i--)
        if (!kept[t->label[i]] && (!other || find(other, t->label[i]) < 0)) fold(t, i);
}

/* Collects the dims of t in groups: batch, own, inner; returns t permuted and reshaped to [batch, own, inner]. */
static lun_tensor *as_batch(const term *t, const term *other, const bool *kept, int64_t sizes[3], bool inner_last)
{
    int64_t order[LUN_MAX_DIMS];
    int n = 0;
    for (int pass = 0; pass < 3; pass++) {
        int group = pass == 0 ? 0 : (pass == 1) == inner_last ? 1 : 2;
        sizes[group] = 1;
        for (int i = 0; i < t->n; i++) {
            int label = t->label[i], mine = find(other, label) < 0 ? 1 : kept[label] ? 0 : 2;
            if (mine != group) continue;
            order[n++] = i;
            sizes[group] *= t->x->dims[i];
        }
    }
    int64_t dims[3] = {sizes[0], inner_last ? sizes[1] : sizes[2], inner_last ? sizes[2] : sizes[1]};
    return lun_reshape(n > 1 ? lun_permute(t->x, n, order) : t->x, 3, dims);
}

static bool check_sizes(const term *a, const term *b, const char *equation)
{
    for (int i = 0; i < a->n; i++) {
        int k = find(b, a->label[i]);
        if (k < 0 || a->x->dims[i] == b->x->dims[k]) continue;
        char ta[LUN_SHAPE_TEXT], tb[LUN_SHAPE_TEXT];
        int label = a->label[i];
        char name[4] = {label >= ELLIPSIS ? '.' : (char)(label <= 26 ? 'A' + label - 1 : 'a' + label - 27), 0};
        return lun_fail(LUN_E_SHAPE, NULL, "equation \"%s\": %s and %s: sizes %lld and %lld of \"%s\" differ", equation,
                        lun_tensor_text(a->x, ta), lun_tensor_text(b->x, tb), (long long)a->x->dims[i], (long long)b->x->dims[k],
                        label >= ELLIPSIS ? "..." : name), false;
    }
    return true;
}

/* A dim of size 1 that meets a larger one is dropped: it broadcasts. */
static void drop_ones(term *a, const term *b)
{
    for (int i = a->n - 1; i >= 0; i--) {
        int k = find(b, a->label[i]);
        if (k >= 0 && a->x && b->x && a->x->dims[i] == 1 && b->x->dims[k] != 1) fold(a, i);
    }
}

/* Dims in order of their labels, so that both operands of a product have their common labels in one order. */
static void sort_labels(term *t)
{
    int64_t order[LUN_MAX_DIMS];
    int sorted[LUN_MAX_DIMS], n = 0;
    for (int label = 0; label < ELLIPSIS + LUN_MAX_DIMS; label++)
        if (find(t, label) >= 0) {
            order[n] = find(t, label);
            sorted[n++] = label;
        }
    if (n > 1) t->x = lun_permute(t->x, n, order);
    memcpy(t->label, sorted, (size_t)n * sizeof *sorted);
}

static bool multiply(term *a, term *b, const bool *kept, const char *equation)
{
    drop_ones(a, b);
    drop_ones(b, a);
    fold_lonely(a, b, kept);
    fold_lonely(b, a, kept);
    if (!a->x || !b->x || !check_sizes(a, b, equation)) return false;
    lun_dtype type = lun_dtype_promote((lun_dtype)a->x->dtype, (lun_dtype)b->x->dtype); /* sums of whole numbers are int64 */
    a->x = lun_to_dtype(a->x, type);
    b->x = lun_to_dtype(b->x, type);
    sort_labels(a);
    sort_labels(b);
    if (!a->x || !b->x) return false;
    term out = {0};
    int64_t dims[2 * LUN_MAX_DIMS], sa[3], sb[3];
    for (int group = 0; group < 3; group++) {
        const term *t = group == 2 ? b : a, *other = group == 2 ? a : b;
        for (int i = 0; i < t->n; i++) {
            int label = t->label[i];
            bool both = find(other, label) >= 0;
            if (both != (group == 0) || !kept[label]) continue;
            if (out.n == LUN_MAX_DIMS) return wrong(equation, "an intermediate result has more than 8 dims");
            dims[out.n] = t->x->dims[i];
            out.label[out.n++] = label;
        }
    }
    lun_tensor *l = as_batch(a, b, kept, sa, true), *r = as_batch(b, a, kept, sb, false);
    out.x = lun_reshape(lun_matmul(l, r), out.n, dims);
    *a = out;
    return out.x != NULL;
}

/* The result's labels when the equation has no ->: dims of ..., then letters that occur once, in order of the alphabet. */
static void implied_result(const term *terms, int n, term *out)
{
    int count[ELLIPSIS + LUN_MAX_DIMS] = {0};
    for (int i = 0; i < n; i++)
        for (int k = 0; k < terms[i].n; k++) count[terms[i].label[k]]++;
    out->n = 0;
    for (int label = ELLIPSIS + LUN_MAX_DIMS - 1; label >= ELLIPSIS && out->n < LUN_MAX_DIMS; label--)
        if (count[label]) out->label[out->n++] = label;
    for (int label = 1; label <= 52 && out->n < LUN_MAX_DIMS; label++)
        if (count[label] == 1) out->label[out->n++] = label;
}

static bool read_equation(lun_call *c, const char *equation, term *terms, term *out)
{
    const char *arrow = strstr(equation, "->"), *end = arrow ? arrow : equation + strlen(equation), *s = equation;
    int most_dots = 0;
    for (int i = 0; i < c->n_in; i++) {
        const char *stop = s;
        while (stop < end && *stop != ',') stop++;
        if ((stop == end) != (i == c->n_in - 1)) return wrong(equation, "the number of operands does not fit");
        bool dotted;
        int letters = count_letters(s, stop, &dotted), dots = dotted ? c->in[i]->ndim - letters : 0;
        terms[i].x = c->in[i];
        if (!read_labels(equation, s, stop, dots, &terms[i])) return false;
        if (terms[i].n != c->in[i]->ndim) {
            char text[LUN_SHAPE_TEXT];
            return lun_fail(LUN_E_SHAPE, NULL, "equation \"%s\": operand %d is %s, but %d letters name its dims", equation, i + 1,
                            lun_tensor_text(c->in[i], text), terms[i].n), false;
        }
        if (dots > most_dots) most_dots = dots;
        s = stop + 1;
    }
    if (!arrow) return implied_result(terms, c->n_in, out), true;
    if (!read_labels(equation, arrow + 2, equation + strlen(equation), most_dots, out)) return false;
    for (int i = 0; i < out->n; i++) {
        bool known = false;
        for (int k = 0; k < c->n_in; k++) known |= find(&terms[k], out->label[i]) >= 0;
        if (!known || find(out, out->label[i]) != i) return wrong(equation, "each letter after -> must occur before it, and only once there");
    }
    return true;
}

bool lun_compose_einsum(lun_call *c)
{
    const char *equation = lun_param_string(&c->params, 0, "");
    term terms[MAX_LABELS], out;
    if (c->n_in < 1 || c->n_in > MAX_LABELS) return wrong(equation, "the number of operands does not fit");
    if (!lun_check_one_dtype(c) || !read_equation(c, equation, terms, &out)) return false;
    for (int i = 0; i < c->n_in; i++)
        if (!take_diagonals(&terms[i], equation)) return false;
    bool kept[ELLIPSIS + LUN_MAX_DIMS];
    for (int i = 1; i < c->n_in; i++) { /* kept: needed by the result or by a later operand */
        for (int label = 0; label < ELLIPSIS + LUN_MAX_DIMS; label++) {
            kept[label] = find(&out, label) >= 0;
            for (int k = i + 1; k < c->n_in; k++) kept[label] |= find(&terms[k], label) >= 0;
        }
        if (!multiply(&terms[0], &terms[i], kept, equation)) return false;
    }
    for (int label = 0; label < ELLIPSIS + LUN_MAX_DIMS; label++) kept[label] = find(&out, label) >= 0;
    fold_lonely(&terms[0], NULL, kept);
    int64_t order[LUN_MAX_DIMS];
    for (int i = 0; i < out.n; i++) order[i] = find(&terms[0], out.label[i]);
    return lun_composed(c, terms[0].x && out.n > 1 ? lun_permute(terms[0].x, out.n, order) : terms[0].x);
}
