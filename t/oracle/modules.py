# modules.py - PyTorch's database of modules (ModuleInfo) as a file that t/lua/modules.lua replays: ./dev oracle modules
#
# For every module of torch.nn and every sample: state, inputs, outputs, gradients of sum(out * linspace(-1, 1)), buffers afterwards, in the
# format of t/peer/modules.py. What counts positions is told from the names of arguments, and said once, here.
# Holds: a sample that cannot be said in Lua is printed with its reason. Run: ./dev oracle modules. Read next: t/peer/modules.py.
# SPDX-License-Identifier: MIT
import collections
import inspect
import os
import sys

import torch
from torch.testing._internal.common_modules import module_db

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "peer"))
import modules as peer  # noqa: E402

POSITIONS = {"dim", "start_dim", "end_dim", "padding_idx", "blank", "ignore_index"}
# Which inputs hold whole numbers that are no positions, or are some of them: targets with -1 for an end, lengths. They are said in the call.
OTHER_NUMBERS = {"CTCLoss": (2, 3), "MultiLabelMarginLoss": (1,)}
# How an operation goes about its work, which its numbers do not show.
STRATEGIES = {"device", "dtype", "options"}
# Inputs that PyTorch gives no gradient.
FIXED = {"SoftMarginLoss": 1}
# Signs and flags as whole numbers, which are read as floats.
FLAGS = {"MarginRankingLoss", "MultiLabelSoftMarginLoss", "SoftMarginLoss"}


class Unsayable(Exception):
    pass


def said(v):
    """An argument as Lua can have it."""
    if isinstance(v, torch.nn.TransformerEncoderLayer):
        if v.activation_relu_or_gelu == 0:
            raise Unsayable("a function as an argument")
        return peer.L("TransformerEncoderLayer", v.linear1.in_features, v.self_attn.num_heads, v.linear1.out_features, v.dropout.p,
                      {1: "relu", 2: "gelu"}[v.activation_relu_or_gelu], v.norm1.eps, v.self_attn.batch_first, v.norm_first,
                      v.linear1.bias is not None)
    if isinstance(v, torch.Tensor):
        return v.float() if v.dtype == torch.float64 else v
    if callable(v):
        raise Unsayable("a function as an argument")
    return v


def named(cls, args, kwargs):
    """Arguments with positions marked."""
    parameters = [p for p in inspect.signature(cls.__init__).parameters if p != "self"]

    def mark(name, value):
        return peer.P(value) if name in POSITIONS and isinstance(value, int) and not isinstance(value, bool) and value > -100 else value

    defaults = {n: p.default for n, p in inspect.signature(cls.__init__).parameters.items()}
    kwargs = {k: v for k, v in kwargs.items() if k not in STRATEGIES and not (v is None and defaults.get(k) is None)}
    args, kwargs = tuple(said(v) for v in args), {k: said(v) for k, v in kwargs.items()}
    if "momentum" in parameters and None in args:  # None is false there, and nil the default
        kwargs, args = {**dict(zip(parameters, args)), **kwargs}, ()
    return tuple(mark(n, v) for n, v in zip(parameters, args)), {k: mark(k, v) for k, v in kwargs.items()}


def written(v):
    """Whole numbers as Lua, those of targets from 1; -1 ends a target."""
    return "{" + ", ".join(written(i) for i in v) + "}" if isinstance(v, (list, tuple)) else str(v)


def from_one(v):
    return [from_one(i) for i in v] if isinstance(v, list) else v + 1 if v >= 0 else v


def call_of(cls, args, kwargs):
    """The tensors of a call, how to make it here and in Lua."""
    name, tensors = cls.__name__, []
    flags, others = name in FLAGS, OTHER_NUMBERS.get(name, ())
    first = list(inspect.signature(cls.forward).parameters)[1]
    if not args and first in kwargs:
        args, kwargs = (kwargs[first],), {k: v for k, v in kwargs.items() if k != first}

    def take(v, at=None):
        if at in others:
            numbers = v.tolist() if isinstance(v, torch.Tensor) else v
            if name != "CTCLoss":
                numbers = from_one(numbers)
            return lambda x: v, ("lun.tensor" if isinstance(v, torch.Tensor) and v.ndim else "") + written(numbers)
        if isinstance(v, torch.Tensor):
            if v.is_nested:
                raise Unsayable("a nested tensor")
            v = v.detach()
            tensors.append(v if v.is_floating_point() or v.dtype == torch.bool else v.float() if flags else v.long())
            if FIXED.get(name) == at:
                tensors[-1].fixed = True
            k = len(tensors) - 1
            return lambda x: x[k], f"x[{k + 1}]"
        if isinstance(v, (tuple, list)):
            parts = [take(i) for i in v]
            return lambda x: tuple(p[0](x) for p in parts), "{" + ", ".join(p[1] for p in parts) + "}"
        if v is None or isinstance(v, (bool, int, float, str)):
            return lambda x: v, peer.lua(v, None).replace("NONE", "nil")
        raise Unsayable(f"a {type(v).__name__} in a call")

    plain, by_name = [take(v, k) for k, v in enumerate(args)], {k: take(v) for k, v in kwargs.items()}
    words = [p[1] for p in plain]
    if by_name:
        words.append("{" + ", ".join(f"{k} = {p[1]}" for k, p in by_name.items() if p[1] != "nil") + "}")
    def call(m, x):
        return m(*(p[0](x) for p in plain), **{k: p[0](x) for k, p in by_name.items()})

    if name == "CTCLoss":  # what PyTorch calls its gradient is that of the scores before a log_softmax
        return tensors, lambda m, x: call(m, [x[0].log_softmax(2), *x[1:]]), "m(" + ", ".join(words).replace("x[1]", "x[1]:log_softmax(3)") + ")"
    return tensors, call, "m(" + ", ".join(words) + ")"


def join(file, other):
    """The tensors of a sample that went well."""
    for name, entry in other.header.items():
        file.header[name] = {**entry, "data_offsets": [at + file.size for at in entry["data_offsets"]]}
    file.parts += other.parts
    file.size += other.size


def main(path):
    file, texts, left = peer.File(), [], collections.Counter()
    for info in module_db:
        cls = info.module_cls
        if not hasattr(torch.nn, cls.__name__) or cls.__module__.split(".")[:2] != ["torch", "nn"] or "quant" in cls.__module__:
            continue
        for training in info.train_and_eval_differ and (True, False) or (True,):
            torch.manual_seed(1)
            for sample in info.module_inputs_func(info, device="cpu", dtype=torch.float32, requires_grad=False, training=training):
                try:
                    args, kwargs = named(cls, sample.constructor_input.args, sample.constructor_input.kwargs)
                    inputs, call, text = call_of(cls, sample.forward_input.args, sample.forward_input.kwargs)
                    if not training:
                        call, text = (lambda m, x, call=call: call(m.eval(), x)), text.replace("m(", "m:eval()(", 1)
                    trial = peer.File()
                    texts.append(peer.case(trial, len(texts) + 1, (cls.__name__, args, kwargs, inputs, call, text)))
                    join(file, trial)
                except Unsayable as e:
                    left[f"{cls.__name__}: {e}"] += 1
                except Exception as e:  # a sample that PyTorch itself cannot differentiate, or a dtype the file lacks
                    left[f"{cls.__name__}: {type(e).__name__} {str(e)[:80]}"] += 1
    text = "return {\n" + ",\n".join(texts) + "}\n"
    file.put("cases", torch.tensor(list(text.encode()), dtype=torch.uint8))
    file.write(path)
    print(f"{len(texts)} samples; left out:")
    for reason, n in sorted(left.items()):
        print(f"  {n:4} {reason}")


main(sys.argv[1])
