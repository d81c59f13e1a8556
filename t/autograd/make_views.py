# make_views.py - random programs of views, writes in place and ops, run by PyTorch, as a fixture for lua/views.lua
#
# python3 t/autograd/make_views.py [programs] [seed] > t/autograd/views.lua
# A program is a list of statements; each is written once in Lua and run here in PyTorch. What is kept: the statements, and the values
# of all variables and the gradients of the leaves x and w, or "error" with the place where PyTorch refused.
# Left out is what Lunette takes and PyTorch refuses, or the other way round, and why:
# - a view taken inside no_grad, used after its base was written to: here it is a constant;
# - a view older than its base's wish for a gradient, written in place: PyTorch calls it a leaf, here it is what its base is;
# - x:mul_(x) and its like: PyTorch saves the second x and then finds it changed, here both are saved before the write;
# - writes into an expanded tensor or overlapping windows: here all are refused;
# - x[i] = a view of x: here the value is read before it is written;
# - addcmul_ of constants that are written later: here all three arguments are saved.
# Read next: t/lua/views.lua. SPDX-License-Identifier: MIT
import random
import sys

import torch

torch.set_default_dtype(torch.float64)
NUMBERS = [2.0, -1.5, 0.5, 3.0]


class Program:
    def __init__(self, rng):
        self.rng = rng
        self.lines = []
        self.vars = {}
        rows, cols = rng.choice([(2, 3), (3, 2), (2, 4), (4, 3)])
        for k, name in enumerate(("x", "w")):
            values = [round(rng.uniform(-1, 1), 2) for _ in range(rows * cols)]
            self.vars[name] = torch.tensor(values).reshape(rows, cols).clone().requires_grad_()
            self.lines.append(f"local {name} = leaf({{{', '.join(map(str, values))}}}, {rows}, {cols})")
        self.vars["c"] = torch.ones(rows, cols)
        self.lines.append(f"local c = lun.ones({rows}, {cols}, {{dtype = 'float64'}})")
        self.vars["y"] = self.vars["x"] * 1
        self.lines.append("local y = x * 1")
        self.count = 0

    def pick(self, like=None, leaves=True):
        names = [n for n, t in self.vars.items() if like is None or t.shape == like.shape]
        if not leaves:
            names = [n for n in names if n not in "xw" or self.rng.random() < 0.05]
        return self.rng.choice(names[-6:] if self.rng.random() < 0.6 else names)

    def define(self, value, text, grad=True):
        name = f"v{self.count}"
        self.count += 1
        if not grad:
            text = f"lun.no_grad(function() return {text} end)"
        self.lines.append(f"{name} = {text}")
        with torch.set_grad_enabled(grad):
            self.vars[name] = value()
        return name

    def view(self):
        a = self.pick()
        t, r, grad = self.vars[a], self.rng, self.rng.random() > 0.06
        kinds = ["reshape", "unsqueeze", "expand"] + (["select", "narrow", "slice", "piece", "transpose", "permute", "flip"] if t.dim() and t.numel() else [])
        if t.dim() > 1 and t.numel():
            kinds += ["diagonal", "squeeze", "unfold", "range"]
        kind = r.choice(kinds)
        d = r.randrange(t.dim()) if t.dim() else 0
        n = t.shape[d] if t.dim() else 1
        if kind == "select":
            i = r.randrange(n)
            self.define(lambda: t.select(d, i), f"{a}:select({d + 1}, {i + 1})", grad)
        elif kind == "narrow":
            i = r.randrange(n)
            length = r.randint(1, n - i)
            self.define(lambda: t.narrow(d, i, length), f"{a}:narrow({d + 1}, {i + 1}, {length})", grad)
        elif kind == "slice":
            self.define(lambda: t[::2], f"{a}:slice(1, 1, -1, 2)", grad)
        elif kind == "piece":
            which = r.choice(["chunk", "unbind", "split"])
            args = {"chunk": (2, d), "unbind": (d,), "split": (1, d)}[which]
            pieces = min(n, 2) if which == "chunk" else n
            lua = {"chunk": f"2, {d + 1}", "unbind": f"{d + 1}", "split": f"1, {d + 1}"}[which]
            i = r.randrange(pieces)
            self.define(lambda: getattr(t, which)(*args)[i], f"{a}:{which}({lua})[{i + 1}]", grad)
        elif kind == "transpose":
            e = r.randrange(t.dim())
            self.define(lambda: t.transpose(d, e), f"{a}:transpose({d + 1}, {e + 1})", grad)
        elif kind == "permute":
            order = r.sample(range(t.dim()), t.dim())
            self.define(lambda: t.permute(*order), f"{a}:permute({', '.join(str(k + 1) for k in order)})", grad)
        elif kind == "flip":  # not a view
            self.define(lambda: t.flip(d), f"{a}:flip({d + 1})", grad)
        elif kind == "diagonal":
            self.define(lambda: t.diagonal(0, 0, 1), f"{a}:diagonal(0, 1, 2)", grad)
        elif kind == "squeeze":
            self.define(lambda: t.narrow(d, 0, 1).squeeze(d), f"{a}:narrow({d + 1}, 1, 1):squeeze({d + 1})", grad)
        elif kind == "unfold" and t.dim() < 3:
            size = r.randint(1, n)
            self.define(lambda: t.unfold(d, size, 1), f"{a}:unfold({d + 1}, {size}, 1)", grad)
        elif kind == "range":
            i = r.randrange(t.shape[1])
            self.define(lambda: t[:, i], f"{a}[':, {i + 1}']", grad)
        elif kind == "reshape":
            self.define(lambda: t.reshape(-1), f"{a}:reshape(-1)", grad)
        elif kind == "unsqueeze" and t.dim() < 4:
            self.define(lambda: t.unsqueeze(0), f"{a}:unsqueeze(1)", grad)
        elif kind == "expand" and t.dim() < 3:
            size = [2] + list(t.shape)
            self.define(lambda: t.expand(*size), f"{a}:expand({', '.join(map(str, size))})", grad)

    def compute(self):
        a = self.pick()
        t = self.vars[a]
        b = self.pick(like=t)
        u, k = self.vars[b], self.rng.choice(NUMBERS)
        choice = self.rng.choice([
            (lambda: t * u, f"{a} * {b}"), (lambda: t + u, f"{a} + {b}"), (lambda: t.sin(), f"{a}:sin()"),
            (lambda: t * k, f"{a} * {k}"), (lambda: t.exp(), f"{a}:exp()"), (lambda: t.detach(), f"{a}:detach()"),
            (lambda: t.clone(), f"{a}:clone()"), (lambda: t ** 3, f"{a} ^ 3"), (lambda: t / (u * u + 1), f"{a} / ({b} * {b} + 1)"),
            (lambda: t.softmax(-1) if t.dim() else t * 1, f"{a}:softmax(-1)" if t.dim() else f"{a} * 1"), (lambda: t.tanh(), f"{a}:tanh()")])
        self.define(*choice)

    def write(self):
        a = self.pick(leaves=False)
        t = self.vars[a]
        b = self.pick(like=t)
        u, k = self.vars[b], self.rng.choice(NUMBERS)
        reached = 0
        for stride, n in sorted((s, n) for s, n in zip(t.stride(), t.shape) if n > 1):
            if stride <= reached:
                return
            reached += stride * (n - 1)
        if u.untyped_storage().data_ptr() == t.untyped_storage().data_ptr():
            b = "w" if self.vars["w"].shape == t.shape else b
            u = self.vars[b]
            if b != "w" or u.untyped_storage().data_ptr() == t.untyped_storage().data_ptr():
                return
        self.target = a
        choices = [
            (lambda: t.mul_(k), f"{a}:mul_({k})"), (lambda: t.mul_(u), f"{a}:mul_({b})"), (lambda: t.add_(u), f"{a}:add_({b})"),
            (lambda: t.sin_(), f"{a}:sin_()"), (lambda: t.zero_(), f"{a}:zero_()"), (lambda: t.copy_(u), f"{a}:copy_({b})"),
            (lambda: t.tanh_(), f"{a}:tanh_()"), (lambda: t.sigmoid_(), f"{a}:sigmoid_()"), (lambda: t.div_(k), f"{a}:div_({k})"),
            (lambda: t.pow_(2), f"{a}:pow_(2)"), (lambda: t.sub_(u, alpha=2), f"{a}:sub_({b}, {{alpha = 2}})"),
            (lambda: t.masked_fill_(t.detach() > 0.3, k), f"{a}:masked_fill_({a}:detach():gt(0.3), {k})"),
            (lambda: t.clamp_(-0.5, 0.5), f"{a}:clamp_(-0.5, 0.5)"), (lambda: t.fill_(k), f"{a}:fill_({k})"), (lambda: t.exp_(), f"{a}:exp_()")]
        if u.requires_grad:
            choices.append((lambda: t.addcmul_(u, u, value=0.5), f"{a}:addcmul_({b}, {b}, 0.5)"))
        if t.dim() > 0 and t.shape[0] > 0:
            i = self.rng.randrange(t.shape[0])
            choices.append((lambda: t.__setitem__(i, k), f"{a}[{i + 1}] = {k}"))
            choices.append((lambda: t.__setitem__(t.detach() < 0, k), f"{a}[{a}:detach():lt(0)] = {k}"))
            choices.append((lambda: t.__setitem__(slice(0, i + 1), k), f"{a}[{{ {{1, {i + 1}}} }}] = {k}"))
            memory = t.untyped_storage().data_ptr()
            rows = [n for n, v in self.vars.items() if v.shape == t.shape[1:] and v.untyped_storage().data_ptr() != memory]
            if rows:
                n = self.rng.choice(rows)
                v = self.vars[n]
                choices.append((lambda: t.__setitem__(i, v), f"{a}[{i + 1}] = {n}"))
        run, text = self.rng.choice(choices)
        if self.rng.random() < 0.1:
            self.lines.append(f"lun.no_grad(function() {text} end)")
            with torch.no_grad():
                run()
        else:
            self.lines.append(text)
            run()

    def finish(self):
        names = [n for n in self.vars if self.rng.random() < 0.6 or n == "x"]
        self.lines.append("return " + " + ".join(f"({n} * {k + 1}):sum()" for k, n in enumerate(names)) + ", x, w")
        loss = 0
        for k, n in enumerate(names):
            loss = loss + (self.vars[n] * (k + 1)).sum()
        loss.backward()
        return loss


def number(v):
    return f"{v:.9g}"


def values(t):
    return "{" + ", ".join(number(v) for v in t.reshape(-1).tolist()) + "}"


def make(seed):
    rng = random.Random(seed)
    p = Program(rng)
    expected = None
    try:
        for _ in range(rng.randint(4, 11)):
            rng.choice([p.view, p.view, p.compute, p.write, p.write])()
        loss = p.finish()
    except (RuntimeError, NotImplementedError) as e:
        text = str(e)
        if ("its base or another view" in text or "one of the variables" in text) and any("lun.no_grad(function() return" in line for line in p.lines):
            return None
        if text.startswith("a leaf Variable") and p.target not in "xw":
            return None
        if p.lines[-1][:6] != "return":
            p.lines.append("return x:sum(), x, w")
        return p.lines, None, text.split("\n")[0][:90]
    if not torch.isfinite(loss) or abs(loss.item()) > 1e6:
        return None
    grads = [v.grad if v.grad is not None else torch.zeros_like(v) for v in (p.vars["x"], p.vars["w"])]
    return p.lines, (loss.item(), grads), None


def main():
    wanted = int(sys.argv[1]) if len(sys.argv) > 1 else 250
    seed = int(sys.argv[2]) if len(sys.argv) > 2 else 1
    print("-- views.lua - programs of views and writes, and what PyTorch", torch.__version__.split("+")[0], "makes of them; made by make_views.py")
    print("-- SPDX-License-Identifier: MIT")
    print("return {")
    n = 0
    while n < wanted:
        made = make(seed)
        seed += 1
        if made is None:
            continue
        lines, good, bad = made
        body = "\n".join(lines)
        if bad:
            print(f"{{ {seed - 1}, [[\n{body}]], error = [==[{bad}]==] }},")
        else:
            loss, grads = good
            print(f"{{ {seed - 1}, [[\n{body}]], {number(loss)}, {values(grads[0])}, {values(grads[1])} }},")
        n += 1
    print("}")


main()
