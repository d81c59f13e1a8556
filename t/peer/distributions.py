# distributions.py - what torch.distributions answers, for t/lua/distributions.lua; writes distributions.lua beside itself
#
# Values of categories are written from 1, as Lunette counts them. Run it with the PyTorch that README.md names.
# SPDX-License-Identifier: MIT
import math
import os

import torch
import torch.distributions as D

torch.set_default_dtype(torch.float64)
T = torch.tensor


def text(v):
    if isinstance(v, torch.Tensor):
        flat = ",".join(text(x) for x in v.reshape(-1).tolist())
        return "{shape={%s}, data={%s}}" % (",".join(map(str, v.shape)), flat)
    if isinstance(v, bool):
        return "true" if v else "false"
    if isinstance(v, int):
        return str(v)
    if v != v:
        return "0/0"
    if math.isinf(v):
        return "1/0" if v > 0 else "-1/0"
    return "%.15g" % v


def wish(f):
    try:
        return f()
    except Exception:
        return None


def row(fields):
    return "{ %s }" % ", ".join("%s = %s" % (k, v if isinstance(v, str) else text(v)) for k, v in fields.items() if v is not None)


a, b = T([0.3, 1.7, -0.4]), T([[0.5], [2.0]])
p3, w = T([0.2, 0.7, 0.95]), T([[0.1, 0.2, 0.7], [1.0, 3.0, 4.0]])
L = T([[1.0, 0.0, 0.0], [0.3, 0.8, 0.0], [-0.5, 0.2, 1.5]])
# name, parameters, values
CASES = [
    ("Normal", dict(loc=a, scale=b), [-1.0, 0.2, 3.0]), ("Normal", dict(loc=1.0, scale=2.0), [0.5]),
    ("LogNormal", dict(loc=a, scale=b), [0.1, 0.9, 5.0]), ("Uniform", dict(low=a, high=a + 3), [1.75, 5.0]),
    ("Exponential", dict(rate=b), [0.0, 0.4, 7.0]), ("Laplace", dict(loc=a, scale=b), [-2.0, 0.3, 1.0]),
    ("Cauchy", dict(loc=a, scale=b), [-20.0, 0.3, 1.0]), ("Gumbel", dict(loc=a, scale=b), [-1.0, 0.3, 9.0]),
    ("Gamma", dict(concentration=T([0.3, 1.0, 8.0]), rate=b), [0.2, 1.0, 6.0]), ("Chi2", dict(df=T([0.5, 3.0, 11.0])), [0.2, 1.0, 6.0]),
    ("Beta", dict(concentration1=T([0.5, 1.0, 4.0]), concentration0=b), [0.1, 0.5, 0.93]),
    ("StudentT", dict(df=T([0.7, 1.5, 9.0]), loc=0.5, scale=b), [-3.0, 0.3, 1.0]),
    ("Bernoulli", dict(probs=p3), [0.0, 1.0]), ("Bernoulli", dict(logits=a), [0.0, 1.0]),
    ("Geometric", dict(probs=p3), [0.0, 3.0]), ("Geometric", dict(logits=a), [2.0]),
    ("Binomial", dict(total_count=5, probs=p3), [0.0, 2.0, 5.0]), ("Binomial", dict(total_count=5, logits=a), [3.0]),
    ("Poisson", dict(rate=T([0.3, 4.0, 60.0])), [0.0, 3.0, 55.0]),
]
VECTORS = [
    ("Categorical", dict(probs=w), [T(0), T(2), T([1, 0])]), ("Categorical", dict(logits=a), [T(0), T([2, 1])]),
    ("OneHotCategorical", dict(probs=w), [T([0.0, 0.0, 1.0])]), ("Multinomial", dict(total_count=4, probs=w), [T([1.0, 0.0, 3.0])]),
    ("Multinomial", dict(total_count=4, logits=a), [T([2.0, 1.0, 1.0])]),
    ("Dirichlet", dict(concentration=T([[0.4, 1.0, 2.0], [3.0, 1.5, 9.0]])), [T([0.2, 0.3, 0.5])]),
    ("MultivariateNormal", dict(loc=a, scale_tril=L), [T([0.0, 1.0, 2.0]), T([[1.0, 0.0, 0.0], [0.5, 0.5, 0.5]])]),
    ("MultivariateNormal", dict(loc=a, covariance_matrix=L @ L.T), [T([0.0, 1.0, 2.0])]),
    ("MultivariateNormal", dict(loc=T([[0.0, 0.0, 0.0], [1.0, 2.0, 3.0]]), precision_matrix=L @ L.T), [T([0.0, 1.0, 2.0])]),
]


def parameters(kw):
    return "{%s}" % ", ".join("%s = %s" % (k, text(v)) for k, v in kw.items())


def case(name, kw, values):
    d = getattr(D, name)(**kw, validate_args=False)
    out = dict(name='"%s"' % name, parameters=parameters(kw), batch="{%s}" % ",".join(map(str, d.batch_shape)),
               event="{%s}" % ",".join(map(str, d.event_shape)))
    for what in ("mean", "variance", "stddev"):
        out[what] = wish(lambda: getattr(d, what))
    out["entropy"] = wish(lambda: d.entropy())
    points = []
    for v in values:
        shown = v if isinstance(v, torch.Tensor) else T(v)
        point = dict(value=shown + 1 if name == "Categorical" else shown, log_prob=d.log_prob(shown))
        point["cdf"] = wish(lambda: d.cdf(shown))
        if wish(lambda: d.icdf(T(0.5))) is not None:
            point["icdf"] = d.icdf(T([[0.1], [0.75]]).reshape([2] + [1] * len(d.batch_shape)))
        points.append(row(point))
    out["points"] = "{%s}" % ", ".join(points)
    # gradients of the sum of log_prob at the first value
    leaves = {k: v.clone().requires_grad_() for k, v in kw.items() if isinstance(v, torch.Tensor)}
    if leaves:
        g = getattr(D, name)(**{**kw, **leaves}, validate_args=False)
        first = values[0] if isinstance(values[0], torch.Tensor) else T(values[0])
        total = g.log_prob(first + 0).sum()
        grads = torch.autograd.grad(total, list(leaves.values()), allow_unused=True)
        out["gradients"] = "{%s}" % ", ".join("%s = %s" % (k, text(v)) for k, v in zip(leaves, grads) if v is not None)
    return row(out)


M = dict(
    Normal=[(0.3, 0.7), (-1.0, 2.0)], LogNormal=[(0.3, 0.7), (-1.0, 2.0)], Uniform=[(0.2, 0.8), (-1.0, 2.0)], Exponential=[(0.7,), (2.5,)],
    Laplace=[(0.3, 0.7), (-1.0, 2.0)], Cauchy=[(0.3, 0.7), (-1.0, 2.0)], Gumbel=[(0.3, 0.7), (-1.0, 2.0)], Gamma=[(0.6, 1.5), (4.0, 0.8)],
    Chi2=[(1.5,), (6.0,)], Beta=[(0.6, 1.5), (4.0, 2.0)], Bernoulli=[(0.3,), (1.0,)], Geometric=[(0.3,), (0.8,)], Binomial=[(4, 0.3), (4, 0.6)],
    Poisson=[(0.7,), (5.0,)], Categorical=[(T([0.2, 0.3, 0.5]),), (T([0.6, 0.0, 0.4]),)], OneHotCategorical=[(T([0.2, 0.3, 0.5]),)],
    Dirichlet=[(T([0.4, 1.0, 2.0]),), (T([3.0, 1.5, 2.0]),)], MultivariateNormal=[(a, L @ L.T), (a + 1, torch.eye(3) * 2)],
)


def divergences():
    out = []
    for p, firsts in M.items():
        for q, seconds in M.items():
            for x in firsts:
                for y in seconds:
                    one, two = getattr(D, p)(*x), getattr(D, q)(*y)
                    value = wish(lambda: D.kl_divergence(one, two))
                    if value is not None and not (p == q and x is y and len(firsts) > 1):
                        out.append('{ "%s", {%s}, "%s", {%s}, %s }' % (p, ", ".join(map(text, x)), q, ", ".join(map(text, y)), text(value)))
    return out


where = os.path.join(os.path.dirname(os.path.abspath(__file__)), "distributions.lua")
with open(where, "w") as f:
    f.write("-- distributions.lua - what torch.distributions answers, in float64\n")
    f.write("-- Written by t/peer/distributions.py from PyTorch %s; do not edit.\n-- SPDX-License-Identifier: MIT\nreturn {\n" % torch.__version__.split("+")[0])
    f.write("  cases = {\n" + "".join("    %s,\n" % case(*c) for c in CASES + VECTORS) + "  },\n")
    f.write("  kl = {\n" + "".join("    %s,\n" % line for line in divergences()) + "  },\n}\n")
