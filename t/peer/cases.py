# cases.py - calls chosen by hand, for what PyTorch's database leaves out or shows too large
#
# of(name) gives (function, arguments, options, extra) for an op; positions and labels are PyTorch's, counted from 0.
# Holds: inputs are small and away from kinks, unless the kink is the point (then grad=False or the tie is PyTorch's rule).
# Read next: make.py. SPDX-License-Identifier: MIT
import math

import torch
import torch.nn.functional as F

import write

R = torch.randn
inf, nan = math.inf, math.nan


def T(*values, dtype=torch.float32):
    return torch.tensor(values, dtype=dtype)


def L(*values):
    return torch.tensor(values, dtype=torch.int64)


def call(f, *args, extra=None, **kwargs):
    return f, list(args), kwargs, extra or {}


SPECIAL = T(0.0, -0.0, 1.0, -1.0, 0.5, -0.5, 1.5, 2.5, -2.5, 1e-6, -1e-6, 30.0, -30.0, 88.0, -100.0, inf, -inf, nan)


def unary(f, *rest):
    return [call(f, SPECIAL, *rest, extra=dict(grad=False)), call(f, R(2, 3), *rest), call(f, R(()), *rest)]


def positive(f):
    return [call(f, T(0.0, 1.0, 4.0, 1e-12, 1e12, -1.0, inf, nan), extra=dict(grad=False)), call(f, torch.rand(2, 3) + 0.25)]


def math_cases(name):
    if name in ("sqrt", "rsqrt", "log", "log2", "log10", "log1p"):
        return positive(getattr(torch, name))
    plain = ("neg abs sign square reciprocal exp exp2 expm1 sin cos tanh erf floor ceil round trunc sigmoid isnan isinf isfinite"
             " logical_not").split()
    if name in plain:
        f = getattr(torch, name)
        if name in ("sin", "cos"):
            return [call(f, T(0.0, 1.0, -1.0, 3.14159265, 100.0, -1000.0, 1e5, inf, nan), extra=dict(grad=False)), call(f, R(2, 3))]
        return unary(f)
    if name in ("relu", "gelu", "silu", "softplus", "elu", "leaky_relu", "mish"):
        # PyTorch's vectorised gelu answers NaN at infinity, its scalar one infinity; no reason to follow either
        special = [call(F.gelu, SPECIAL[:-3], extra=dict(grad=False)), call(F.gelu, R(2, 3)), call(F.gelu, R(()))]
        return (special if name == "gelu" else unary(getattr(F, name))) + {
            "softplus": [call(F.softplus, R(7) * 3, 2.0, 1.5)], "elu": [call(F.elu, R(7), 0.3)],
            "leaky_relu": [call(F.leaky_relu, R(7), 0.2)]}.get(name, [])
    if name == "clamp":
        f = torch.clamp
        return [call(f, R(3, 4), -0.5, 0.7), call(f, R(3, 4), min=0.1), call(f, R(3, 4), max=-0.2), call(f, R(4), 2.0, 1.0),
                call(f, T(nan, inf, -inf, 0.0), -1.0, 1.0, extra=dict(grad=False)), call(f, L(-5, 0, 5), -2, 2)]
    if name == "where":
        c = R(3, 4) > 0
        return [call(torch.where, c, R(3, 4), R(3, 4)), call(torch.where, c, R(4), R(3, 1)), call(torch.where, c, 1.5, R(3, 4)),
                call(torch.where, c, R(3, 4), 0.0), call(torch.where, R(1, 1) > 9, R(2, 2), R(()))]
    special = T(0.0, -0.0, 1.0, -2.0, 3.5, inf, -inf, nan)
    grid = (special.reshape(8, 1), special.reshape(1, 8))
    if name in ("add", "sub", "mul", "div", "maximum", "minimum", "eq", "ne", "lt", "le", "gt", "ge", "pow", "remainder",
                "floor_divide", "logical_and", "logical_or", "logical_xor"):
        f = getattr(torch, name)
        pos = name in ("pow", "floor_divide", "remainder")
        G = (lambda *s: torch.rand(*s) + 0.5) if pos else R
        smooth = dict(grad=name not in ("floor_divide",))
        found = [call(f, *grid, extra=dict(grad=False)), call(f, G(2, 3), G(2, 3), extra=smooth), call(f, G(2, 1, 3), G(4, 1), extra=smooth),
                 call(f, G(3), G(()), extra=smooth)]
        if not name.startswith(("max", "min", "logical")):
            found.append(call(f, G(2, 3), 2.0, extra=smooth))
        if name == "pow":
            found += [call(f, R(6), 3.0), call(f, R(6), 2), call(f, R(4), 0.0), call(f, R(4), -1.0),
                      call(f, T(0.0, 2.0, 4.0), T(2.0, 0.0, 0.5), extra=dict(grad=False))]
        if name in ("floor_divide", "remainder"):
            found += [call(f, T(7.0, -7.0, 7.0, -7.0, 5.5), T(2.0, 2.0, -2.0, -2.0, 1.1), extra=dict(grad=False))]
        return found
    if name.startswith("bitwise"):
        f = getattr(torch, name)
        a, b = L(0, 1, 5, -3, 255), L(3, 5, -1, 7, 15)
        pairs = [(a, b), (a.to(torch.uint8), b.to(torch.uint8)), (a.bool(), L(0, 1, 0, 1, 1).bool())]
        return [call(f, *p[:1 if name == "bitwise_not" else 2]) for p in pairs]
    return []


def extremum(f):
    ties = T((1.0, 3.0, 3.0), (2.0, -1.0, 2.0))
    with_nan = T((1.0, nan, 3.0), (2.0, -1.0, 2.0))
    return [call(f, R(3, 4)), call(f, R(3, 4), 1), call(f, R(3, 4), 0, True), call(f, R(2, 3, 2), -2), call(f, ties, 1),
            call(f, ties, extra=dict(grad=False)), call(f, with_nan, 1, extra=dict(grad=False)), call(f, R(())), call(f, L(3, 1, 2))]


def reduce_cases(name):
    f = getattr(torch, name, None)
    if name in ("max", "min", "argmax", "argmin"):
        return extremum(f)
    if name in ("sum", "mean", "amax", "amin"):
        return [call(f, R(3, 4), 1), call(f, R(2, 3, 4), (0, 2)), call(f, R(2, 3, 4), (0, -1), True), call(f, R(2, 3, 4), dim=-2, keepdim=True)]
    if name in ("var", "std"):
        return [call(f, R(3, 4)), call(f, R(3, 4), 1), call(f, R(3, 4), dim=0, correction=0), call(f, R(2, 3, 4), (0, 2), keepdim=True),
                call(f, R(1, 3), dim=0, extra=dict(grad=False)), call(f, R(5) + 1000.0, extra=dict(tol=2e-3))]
    if name == "prod":
        return [call(f, R(5)), call(f, R(3, 4), 1), call(f, T(2.0, 0.0, 3.0)), call(f, T(0.0, 0.0, 3.0)), call(f, R(2, 3), 0, True)]
    if name == "norm":
        v = torch.linalg.vector_norm
        return [call(v, R(5)), call(v, R(3, 4), 2, 1), call(v, R(3, 4), 1, 0, True), call(v, R(3, 4), inf), call(v, R(3, 4), -inf),
                call(v, R(3, 4), 3.0, -1), call(v, R(4), 0), call(v, R(2, 3, 4), 2, (0, 2))]
    if name in ("any", "all"):
        m = T((0.0, 1.0), (0.0, 0.0))
        return [call(f, m, 0), call(f, m, 1), call(f, m), call(f, m > 5), call(f, m > -5, 1, True), call(f, L(1, 2, 3)),
                call(f, torch.zeros(0)), call(f, torch.zeros(2, 0), 1), call(f, T(nan, 0.0))]
    if name in ("softmax", "log_softmax", "logsumexp"):
        found = [call(f, R(2, 5) * 3, 1), call(f, R(2, 5), 0), call(f, R(2, 3, 4), 1), call(f, R(4) * 300, 0), call(f, R(2, 3), -1),
                 call(f, T(-inf, 0.0, 1.0), 0, extra=dict(grad=False)), call(f, T(-inf, -inf), 0, extra=dict(grad=False))]
        return found + ([call(f, R(2, 3, 4), (0, 2), True)] if name == "logsumexp" else [])
    if name == "cumsum":
        return [call(f, R(7), 0), call(f, R(3, 4), 0), call(f, R(3, 4), -1), call(f, L(1, 2, 3), 0)]
    return []


def lua_slice(dim, start, stop, step=1):
    """What slice(dim, start, stop, step) means when stop is the last position taken, still counted from 0."""
    def cut(x, *_):
        take = range(x.shape[dim])[start:stop + 1 if stop != -1 else None:step]
        return x.index_select(dim, torch.tensor(list(take)))
    return cut


def shape_cases(name):
    f = getattr(torch, name, None)
    x = R(2, 3, 4)
    if name in ("view", "reshape"):
        g = lambda a, s: a.reshape(s)
        return [call(g, x, (6, 4)), call(g, x, (4, -1)), call(g, x, (24,)), call(g, R(1), ()), call(g, R(()), (1, 1)), call(g, R(0, 3), (3, 0))]
    if name == "slice":
        return [call(lua_slice(0, 1, 3), R(5, 3), 0, 1, 3), call(lua_slice(1, 0, 2, 2), R(2, 3), 1, 0, 2, 2),
                call(lua_slice(0, 2, -1), R(6), 0, 2, -1), call(lua_slice(-1, 1, 4, 3), R(2, 6), -1, 1, 4, 3)]
    if name == "pad":
        g = lambda x, pad, mode="constant", value=0.0: F.pad(x, pad, mode=mode, value=value)
        return [call(g, R(2, 3), (1, 2)), call(g, R(2, 3), (1, 2, 0, 1)), call(g, R(2, 3), (1, 0), "constant", 2.5), call(g, R(2, 4), (-1, 1)),
                call(g, R(1, 2, 3, 3), (1, 1, 1, 1)), call(g, R(1, 2, 4), (2, 1), "reflect"), call(g, R(1, 2, 3), (2, 1), "replicate"),
                call(g, R(1, 2, 3), (2, 1), "circular"), call(g, R(1, 1, 3, 4), (1, 2, 2, 1), "reflect"), call(g, R(1, 1, 3, 2), (1, 2, 0, 1), "replicate"), call(g, L(1, 2), (1, 1), value=7)]
    return {
        "flatten": [call(f, x), call(f, x, 1), call(f, x, 0, 1), call(f, R(()))],
        "permute": [call(f, x, (2, 0, 1)), call(f, x, (-1, 0, 1)), call(f, x, (0, 1, 2))],
        "transpose": [call(f, x, 0, 2), call(f, x, -1, -2), call(f, R(3), 0, 0)],
        "t": [call(torch.t, R(2, 3)), call(torch.t, R(3)), call(torch.t, R(()))],
        "squeeze": [call(f, R(1, 3, 1)), call(f, R(1, 3, 1), 0), call(f, R(1, 3, 1), 1), call(f, R(1, 3, 1), (0, 2))],
        "unsqueeze": [call(f, R(2, 3), 0), call(f, R(2, 3), 2), call(f, R(2, 3), -1), call(f, R(()), 0)],
        "expand": [call(lambda a, s: a.expand(s), R(3, 1), (3, 4)), call(lambda a, s: a.expand(s), R(3), (2, 3)),
                   call(lambda a, s: a.expand(s), R(1, 3), (2, -1, 3)), call(lambda a, s: a.expand(s), R(()), (2, 2))],
        "narrow": [call(f, R(5, 3), 0, 1, 3), call(f, R(5, 3), 1, 0, 2), call(f, R(4), 0, -3, 2), call(f, R(4), 0, 2, 0)],
        "select": [call(f, R(5, 3), 0, 1), call(f, R(5, 3), 1, 2), call(f, R(5, 3), -1, -1), call(f, R(4), 0, 3)],
        "cat": [call(torch.cat, [R(2, 3), R(1, 3)]), call(torch.cat, [R(2, 3), R(2, 1), R(2, 2)], 1), call(torch.cat, [R(2), R(0), R(1)], -1),
                call(torch.cat, [L(1, 2), R(2)]), call(torch.cat, [R(3)])],
        "stack": [call(torch.stack, [R(2, 3), R(2, 3)]), call(torch.stack, [R(2, 3)] * 3, 1), call(torch.stack, [R(3), R(3)], -1),
                  call(torch.stack, [R(()), R(())])],
        "split": [call(torch.split, R(5, 3), 2), call(torch.split, R(5, 3), [1, 4]), call(torch.split, R(2, 6), 3, 1), call(torch.split, R(2, 3), 7)],
        "chunk": [call(f, R(5), 2), call(f, R(2, 6), 3, 1), call(f, R(7, 2), 3), call(f, R(4), 5)],
        "unbind": [call(f, R(3, 2)), call(f, R(3, 2), 1), call(f, R(3), -1)],
        "tile": [call(f, R(2, 3), (2, 1)), call(f, R(3), (2, 2)), call(f, R(2, 3), (2,)), call(f, R(2), (0,))],
        "flip": [call(f, R(2, 3), (0,)), call(f, R(2, 3), (0, 1)), call(f, R(2, 3), (-1,))],
        "roll": [call(f, R(2, 3), 1), call(f, R(2, 3), 1, 0), call(f, R(2, 3), (1, -2), (0, 1)), call(f, R(5), -7, 0)],
        "tril": [call(f, R(3, 4)), call(f, R(3, 4), 1), call(f, R(2, 3, 3), -1)],
        "triu": [call(f, R(3, 4)), call(f, R(3, 4), 1), call(f, R(2, 3, 3), -1)],
    }.get(name, [])


def index_cases(name):
    f = getattr(torch, name, None)
    idx = torch.tensor([[0, 2, 1], [3, 0, 0]])
    ties = T(2.0, 1.0, 3.0, 0.5)
    return {
        "index_select": [call(f, R(5, 3), 0, L(0, 4, 2, 0)), call(f, R(2, 4), 1, L(3, 1)), call(f, R(5), -1, L(2))],
        "gather": [call(f, R(4, 3), 0, idx), call(f, R(2, 5), 1, idx), call(f, R(5), 0, L(4, 4, 0))],
        "scatter": [call(f, R(4, 3), 0, torch.tensor([[0, 2, 1], [3, 0, 0]]), R(2, 3)), call(f, R(2, 5), 1, torch.tensor([[0, 2, 1], [3, 0, 4]]), R(2, 3)),
                    call(f, R(5), 0, L(4, 0), R(2)), call(f, R(2, 3), 1, torch.tensor([[0], [2]]), 1.5)],
        "scatter_add": [call(f, R(4, 3), 0, idx, R(2, 3)), call(f, R(2, 5), 1, idx, R(2, 3)), call(f, torch.zeros(3), 0, L(1, 1, 1, 0), R(4))],
        "masked_fill": [call(f, R(3, 4), R(3, 4) > 0, -1.5), call(f, R(3, 4), R(4) > 0, 0.0), call(f, R(3), R(3) > 0, -inf)],
        "masked_select": [call(f, R(3, 4), R(3, 4) > 0), call(f, R(3, 4), R(4) > 0), call(f, R(3), R(3) > 99)],
        "nonzero": [call(f, T((0.0, 1.0), (2.0, 0.0))), call(f, L(0, 0, 3)), call(f, R(2, 2, 2) > 0), call(f, torch.zeros(3))],
        "one_hot": [call(F.one_hot, L(0, 2, 1)), call(F.one_hot, L(0, 2, 1), 5), call(F.one_hot, torch.tensor([[0], [1]]), 2)],
        "embedding": [call(F.embedding, L(0, 2, 2, 4), R(5, 3)), call(F.embedding, torch.tensor([[1, 0], [3, 3]]), R(4, 2)), call(F.embedding, L(1)[0], R(4, 2))],
        "sort": [call(f, R(6)), call(f, R(3, 4), 0), call(f, R(3, 4), 1, True), call(f, L(3, 1, 2)), call(f, T(1.0, nan, -inf, inf), extra=dict(grad=False))],
        "argsort": [call(f, R(6)), call(f, R(3, 4), 0), call(f, R(3, 4), 1, True)],
        "take_along_dim": [call(f, R(4, 3), idx, 0), call(f, R(2, 5), torch.tensor([[0], [4]]), 1), call(f, R(2, 3), L(5, 0))],
        "index_add": [call(f, R(5, 3), 0, L(0, 4, 0), R(3, 3)), call(lambda x, d, i, s, alpha: torch.index_add(x, d, i, s, alpha=alpha), R(2, 4), 1, L(3, 1), R(2, 2), alpha=0.5)],
        "index_copy": [call(f, R(5, 3), 0, L(0, 4), R(2, 3)), call(f, R(2, 4), 1, L(3, 1), R(2, 2))],
        "index_fill": [call(f, R(5, 3), 0, L(0, 4), 7.5), call(f, R(2, 4), 1, L(3), -1.0)],
        "diagonal": [call(f, R(3, 4)), call(f, R(3, 4), 1), call(f, R(4, 3), -2), call(f, R(2, 3, 4), 0, 1, 2), call(f, R(2, 3, 4), 1, -1, 0)],
        "diag": [call(f, R(3)), call(f, R(3), 1), call(f, R(3, 4)), call(f, R(3, 4), -1)],
        "cumprod": [call(f, R(5), 0), call(f, R(3, 4), 1), call(f, T(2.0, 0.0, 3.0, 4.0), 0), call(f, T(2.0, 0.0, 3.0, 0.0), 0)],
        "topk": [call(f, R(6), 3), call(f, R(3, 4), 2, 0), call(f, R(3, 4), 2, 1, False), call(f, ties, 4), call(f, R(2, 5), k=1)],
    }.get(name, [])


def linalg_cases(name):
    f = getattr(torch, name, None)
    M = torch.matmul
    turned = lambda x, y: M(x.mT, y)
    return {
        "matmul": [call(M, R(*a), R(*b)) for a, b in [((3,), (3,)), ((2, 3), (3,)), ((3,), (3, 2)), ((2, 3), (3, 4)), ((5, 2, 3), (3, 4)), ((2, 3), (5, 3, 4)),
                   ((5, 2, 3), (5, 3, 4)), ((5, 2, 3), (3,)), ((3,), (5, 3, 2)), ((2, 1, 2, 3), (4, 3, 2)), ((1, 3), (3, 1)), ((2, 0), (0, 3)), ((0, 3), (3, 2)),
                   ((4, 1, 2, 3), (1, 2, 3, 2)), ((17, 9), (9, 5))]],
        "mm": [call(f, R(2, 3), R(3, 4)), call(f, R(1, 5), R(5, 1))],
        "mv": [call(f, R(2, 3), R(3)), call(f, R(0, 3), R(3))],
        "bmm": [call(f, R(2, 3, 4), R(2, 4, 5)), call(f, R(1, 2, 2), R(1, 2, 2)), call(f, R(0, 2, 3), R(0, 3, 1))],
        "addmm": [call(f, R(2, 4), R(2, 3), R(3, 4)), call(f, R(4), R(2, 3), R(3, 4)),
                  call(lambda c, x, y, beta, alpha: torch.addmm(c, x, y, beta=beta, alpha=alpha), R(2, 4), R(2, 3), R(3, 4), beta=0.5, alpha=2.0)],
        "outer": [call(f, R(3), R(4)), call(f, R(1), R(2))],
        "dot": [call(f, R(5), R(5)), call(f, R(1), R(1))],
        "einsum": [call(f, s, *[R(*d) for d in dims]) for s, dims in [("ij,jk->ik", [(2, 3), (3, 4)]), ("ij,jk", [(2, 3), (3, 4)]), ("ij->ji", [(2, 3)]),
                   ("ii->i", [(3, 3)]), ("ii", [(3, 3)]), ("bij,bjk->bik", [(2, 2, 3), (2, 3, 2)]), ("i,j->ij", [(2,), (3,)]), ("ij->j", [(2, 3)]), ("ij->", [(2, 3)]),
                   ("bhqd,bhkd->bhqk", [(2, 2, 3, 2), (2, 2, 4, 2)]), ("i,i->", [(4,), (4,)]), ("ij,j->i", [(2, 3), (3,)]), ("ij,jk,kl->il", [(2, 2), (2, 3), (3, 2)]),
                   ("...ij,...jk->...ik", [(2, 2, 3), (2, 3, 2)])]],
    }.get(name, [])


def norm_cases(name):
    bn = lambda x, m, v, w=None, b=None, training=False, momentum=0.1, eps=1e-5: F.batch_norm(x, m, v, w, b, training, momentum, eps)
    stats = dict(extra=dict(fixed=("running_mean", "running_var")))
    if name == "batch_norm":
        return [call(bn, R(4, 3), R(3), torch.rand(3) + 0.5, R(3), R(3), True, 0.1, 1e-5, **stats),
                call(bn, R(4, 3), R(3), torch.rand(3) + 0.5, R(3), R(3), False, 0.1, 1e-5, **stats),
                call(bn, R(2, 3, 4, 4), R(3), torch.rand(3) + 0.5, R(3), R(3), True, 0.3, 1e-3, **stats),
                call(bn, R(2, 3, 2, 2), R(3), torch.rand(3) + 0.5, None, None, training=False, **stats),
                call(bn, R(2, 3, 5), None, None, training=True, extra={})]
    if name == "layer_norm":
        return [call(F.layer_norm, R(3, 5), (5,), R(5), R(5), 1e-5), call(F.layer_norm, R(2, 3, 4), (3, 4), R(3, 4), R(3, 4)),
                call(F.layer_norm, R(2, 3, 4), (4,)), call(F.layer_norm, R(2, 4), (4,), R(4), eps=1e-2)]
    return []


def conv_cases(name):
    c1, c2 = F.conv1d, F.conv2d
    if name == "conv1d":
        return [call(c1, R(2, 3, 7), R(4, 3, 3)), call(c1, R(2, 3, 7), R(4, 3, 3), R(4), 2, 1), call(c1, R(1, 4, 8), R(4, 2, 3), R(4), 1, 2, 2, 2),
                call(c1, R(1, 2, 5), R(2, 2, 1), padding=1, stride=3)]
    return [call(c2, R(2, 3, 5, 5), R(4, 3, 3, 3)), call(c2, R(1, 2, 6, 5), R(3, 2, 3, 3), R(3), 1, 1), call(c2, R(1, 2, 6, 6), R(3, 2, 3, 3), R(3), 2, 1),
            call(c2, R(1, 2, 6, 7), R(2, 2, 3, 2), R(2), (2, 1), (1, 0)), call(c2, R(1, 2, 7, 7), R(2, 2, 3, 3), R(2), 1, 2, 2),
            call(c2, R(1, 4, 5, 5), R(4, 2, 3, 3), R(4), 1, 1, 1, 2), call(c2, R(1, 4, 5, 5), R(4, 1, 3, 3), None, 1, 1, 1, 4),
            call(c2, R(2, 3, 4, 4), R(5, 3, 1, 1), R(5)), call(c2, R(1, 1, 4, 4), R(1, 1, 4, 4), R(1)), call(c2, R(1, 2, 8, 8), R(2, 1, 3, 3), R(2), 2, (2, 1), (2, 1), 2)]


def pool_cases(name):
    p, a = F.max_pool2d, F.avg_pool2d
    if name == "max_pool2d":
        return [call(p, R(2, 2, 4, 4), 2), call(p, R(1, 2, 5, 5), 3, 2, 1), call(p, R(1, 1, 5, 6), (2, 3), (1, 2)), call(p, R(1, 1, 7, 7), 2, 2, 0, 2),
                call(p, R(1, 2, 5, 5), 2, 2, ceil_mode=True), call(p, T(0.0, 1.0, 1.0, 0.0).reshape(1, 1, 2, 2), 2), call(p, T(nan, 1.0, 2.0, 0.0).reshape(1, 1, 2, 2), 2, extra=dict(grad=False))]
    if name == "max_pool1d":
        return [call(F.max_pool1d, R(2, 3, 6), 2), call(F.max_pool1d, R(1, 2, 7), 3, 2, 1), call(F.max_pool1d, R(1, 2, 7), 2, 2, 0, 2, True)]
    if name == "avg_pool2d":
        return [call(a, R(2, 2, 4, 4), 2), call(a, R(1, 2, 5, 5), 3, 2, 1), call(a, R(1, 2, 5, 5), 3, 2, 1, count_include_pad=False), call(a, R(1, 1, 5, 6), (2, 3), (1, 2)),
                call(a, R(1, 1, 5, 5), 2, 2, 0, True)]
    return [call(F.adaptive_avg_pool2d, R(2, 2, 4, 6), s) for s in (1, (1, 1), (2, 3), (3, 4), (4, 6))]


def loss_cases(name):
    ce, nll = F.cross_entropy, F.nll_loss
    y, holes = L(0, 2, 1, 2), L(0, -100, 1, -100)
    w = torch.rand(3) + 0.5
    if name == "cross_entropy":
        found = [call(ce, R(4, 3), y), call(ce, R(4, 3), y, reduction="sum"), call(ce, R(4, 3), y, reduction="none"), call(ce, R(4, 3), y, weight=w),
                 call(ce, R(4, 3), holes), call(ce, R(4, 3), holes, reduction="none"), call(ce, R(4, 3), L(0, -1, 1, 2), ignore_index=-1),
                 call(ce, R(4, 3), y, label_smoothing=0.1), call(ce, R(4, 3), holes, label_smoothing=0.2, weight=w), call(ce, R(4, 3) * 50, y),
                 call(ce, R(2, 3, 4), torch.tensor([[0, 1, 2, 2], [1, 1, 0, 0]])), call(ce, R(2, 3, 2, 2), torch.zeros(2, 2, 2, dtype=torch.int64), reduction="none"),
                 call(ce, R(4, 3), torch.softmax(R(4, 3), 1)), call(ce, R(4, 3), torch.softmax(R(4, 3), 1), label_smoothing=0.1, reduction="sum")]
        return [(g, a, k, dict(fixed=("weight",))) for g, a, k, _ in found]
    if name == "nll_loss":
        lp = lambda: torch.log_softmax(R(4, 3), 1)
        return [call(nll, lp(), y), call(nll, lp(), y, reduction="none"), call(nll, lp(), holes), call(nll, lp(), y, weight=w, reduction="sum", extra=dict(fixed=("weight",)))]
    if name in ("mse_loss", "l1_loss"):
        g = getattr(F, name)
        return [call(g, R(3, 4), R(3, 4))] + [call(g, R(3, 4), R(3, 4), reduction=r) for r in ("sum", "none", "mean")]
    if name == "smooth_l1_loss":
        g = F.smooth_l1_loss
        return [call(g, R(3, 4), R(3, 4)), call(g, R(3, 4), R(3, 4), reduction="none", beta=0.5), call(g, R(3, 4) * 4, R(3, 4), reduction="sum")]
    if name == "bce_with_logits":
        g = lambda x, target, **k: F.binary_cross_entropy_with_logits(x, target, **k)
        return [call(g, R(3, 4), torch.rand(3, 4)), call(g, R(4) * 60, T(0.0, 1.0, 1.0, 0.0)), call(g, R(3, 4), torch.rand(3, 4), reduction="sum"),
                call(g, R(3, 4), torch.rand(3, 4), reduction="none"), call(g, R(3, 4), torch.rand(3, 4), weight=torch.rand(4), extra=dict(fixed=("weight",))),
                call(g, R(3, 4), torch.rand(3, 4), pos_weight=torch.rand(4) + 0.5, extra=dict(fixed=("pos_weight",)))]
    return []


def nn_cases(name):
    if name in ("batch_norm", "layer_norm"):
        return norm_cases(name)
    if name.startswith("conv"):
        return conv_cases(name)
    if "pool" in name:
        return pool_cases(name)
    if name == "dropout":
        return [call(F.dropout, R(3, 4), 0.0), call(F.dropout, R(3, 4), 0.5, False), call(F.dropout, R(4), 1.0, True)]
    if name == "linear":
        return [call(F.linear, R(2, 3), R(4, 3), R(4)), call(F.linear, R(2, 2, 3), R(4, 3)), call(F.linear, R(3), R(4, 3), R(4))]
    return loss_cases(name)


def create_cases(name):
    f = getattr(torch, name, None)
    d, i = dict(dtype=torch.float64), dict(dtype=torch.int64)
    return {
        "eye": [call(f, 3), call(f, 2, 4), call(f, 0)],
        "arange": [call(f, 5), call(f, 0, 5), call(f, 1, 10, 3), call(f, 5, 0, -2), call(f, 0.0, 1.0, 0.25), call(f, 0, 1, 0.3), call(f, 3, 3),
                   call(f, 0, 2, 0.5, **d), call(f, 0.0, 5.0, **i)],
        "linspace": [call(f, 0, 1, 5), call(f, -1.0, 1.0, 7), call(f, 3, -3, 4), call(f, 2, 5, 1), call(f, 0, 1, 0), call(f, 0, 1, 6, **d), call(f, 0, 10, 6, **i)],
        "full": [call(f, (2, 3), 7), call(f, (2,), 1.5), call(f, (), 2.0), call(f, (0, 2), 1.0), call(f, (2,), True), call(f, (2,), 1, **d)],
        "zeros_like": [call(f, R(2, 3)), call(f, L(1, 2)), call(f, R(2), **i)],
        "ones_like": [call(f, R(2, 3)), call(f, L(1, 2)), call(f, R(2), **i)],
        "full_like": [call(f, R(2, 3), 7), call(f, L(1, 2), 3), call(f, R(2), 2, **i)],
    }.get(name, [])


def of(name):
    for family in (create_cases, math_cases, reduce_cases, shape_cases, index_cases, linalg_cases, nn_cases):
        found = family(name)
        if found:
            return found
    return []


def halves():
    """float16 and bfloat16, forward only: computed in float32 by both, so that the last rounding decides."""
    torch.manual_seed(16)
    for d in (torch.float16, torch.bfloat16):
        x, y = R(2, 3).to(d), R(2, 3).to(d)
        edge = torch.tensor([1.0, 1.0009765625, 65504.0, 6e-8, 1e-5, inf, -inf, nan, -0.0, 3.3895e38]).to(d)
        for name in ("add", "sub", "mul", "div", "maximum", "lt"):
            yield name, getattr(torch, name), [x, y], {}
        for name in ("exp", "tanh", "sqrt", "sigmoid", "neg", "abs", "floor"):
            yield name, getattr(torch, name), [x.abs() if name == "sqrt" else x], {}
        yield "neg", torch.neg, [edge], {}
        yield "mul", torch.mul, [edge, 1.0], {}
        yield "relu", F.relu, [x], {}
        yield "gelu", F.gelu, [x], {}
        yield "sum", torch.sum, [R(2, 40).to(d), 1], {}
        yield "mean", torch.mean, [R(2, 40).to(d)], {}
        yield "max", torch.max, [x, 1], {}
        yield "softmax", torch.softmax, [x, 1], {}
        yield "matmul", torch.matmul, [R(3, 8).to(d), R(8, 2).to(d)], {}
        yield "cat", torch.cat, [[x, y]], {}
        yield "where", torch.where, [x > 0, x, y], {}
        yield "sort", torch.sort, [R(7).to(d)], {}


def integers():
    """Whole numbers wrap as C's do; sums go to int64; division of whole numbers is float, // floors."""
    kinds = (torch.int8, torch.uint8, torch.int16, torch.int32, torch.int64)
    for d in kinds:
        a, b = torch.tensor([7, 100, 3, 0, 127]).to(d), torch.tensor([2, 100, 5, 1, 9]).to(d)
        for name in ("add", "sub", "mul", "div", "floor_divide", "remainder", "maximum", "minimum", "eq", "lt", "pow"):
            yield name, getattr(torch, name), [a, torch.tensor([2, 1, 3, 2, 1]).to(d) if name == "pow" else b], {}
        if d != torch.uint8:
            n = torch.tensor([-7, 7, -7, 7, -1]).to(d), torch.tensor([2, -2, -2, 2, 5]).to(d)
            yield "floor_divide", torch.floor_divide, list(n), {}
            yield "remainder", torch.remainder, list(n), {}
            yield "abs", torch.abs, [n[0]], {}
            yield "sign", torch.sign, [n[0]], {}
        for name in ("neg", "square", "sum", "prod", "max", "argmax", "exp", "sqrt", "relu"):
            f = F.relu if name == "relu" else getattr(torch, name)
            yield name, f, [torch.tensor([1, 2, 4]).to(d)], {}
        yield "cumsum", torch.cumsum, [a, 0], {}
        yield "sort", torch.sort, [a], {}
        yield "matmul", torch.matmul, [torch.tensor([[1, 2], [3, 4]]).to(d), torch.tensor([[5, 6], [7, 8]]).to(d)], {}
        yield "cat", torch.cat, [[a, b]], {}
    t, f = torch.tensor([True, True, False, False]), torch.tensor([True, False, True, False])
    for name in ("add", "mul", "eq", "ne", "lt", "maximum", "logical_and", "logical_or", "logical_xor", "div", "pow"):
        if name != "pow":
            yield name, getattr(torch, name), [t, f], {}
    yield "sum", torch.sum, [t], {}
    yield "cumsum", torch.cumsum, [t, 0], {}
    yield "logical_not", torch.logical_not, [t], {}
    yield "max", torch.max, [t], {}
    yield "sort", torch.sort, [t], {}


def promotion(path):
    """Result dtypes of x + y for every pair: both with dims, y 0-d, and x with a Lua integer, float and boolean."""
    names = list(write.DTYPES.items())
    with open(path, "w", encoding="ascii") as out:
        out.write("-- promotion.lua - the dtype of x + y: tensors with dims, y of no dims, and a plain number or x / y\n"
                  "-- Written by t/peer/make.py; do not edit.\n-- SPDX-License-Identifier: MIT\nreturn {\n")
        for a, x in names:
            one = torch.ones(2, dtype=a)
            for b, y in names:
                both = write.DTYPES[(one + torch.ones(2, dtype=b)).dtype]
                zero = write.DTYPES[(one + torch.ones((), dtype=b)).dtype]
                ratio = write.DTYPES[(one / torch.ones(2, dtype=b)).dtype]
                out.write(f'  {{ x = "{x}", y = "{y}", add = "{both}", add_0d = "{zero}", div = "{ratio}" }},\n')
            numbers = [write.DTYPES[(one + n).dtype] for n in (1, 1.5)] + [write.DTYPES[(one / 2).dtype]]
            out.write('  {{ x = "{}", integer = "{}", float = "{}", div_integer = "{}" }},\n'.format(x, *numbers))
        out.write("}\n")
