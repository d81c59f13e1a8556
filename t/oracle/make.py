# make.py - asks PyTorch's own test database: every op, sample and error input, with results and gradients
#
# One file for each op (and variant) and dtype below the cache folder: DIR/NAME[-VARIANT].DTYPE.safetensors holds the tensors,
# numbered from 1, and in its metadata the calls as Lua text (see write.py). Nothing is converted here: positions count from 0
# as PyTorch counts; calls.lua says which arguments and results are positions, and replay.lua adds the 1.
# The gradients are those of sum(out * linspace(-1, 1)) over all results; a complex result counts Re and Im, each with its weights.
# Holds: a file that exists is never made again; the same PyTorch gives the same bytes.
# Run: see README.md. Read next: write.py, calls.lua. SPDX-License-Identifier: MIT
import argparse
import os
import sys
import warnings
import zlib

import torch
from torch.testing._internal.common_methods_invocations import op_db
from torch.testing._internal.common_device_type import precisionOverride, toleranceOverride
from torch.testing._internal.opinfo.core import DecorateInfo

import write

FORMAT = 3  # of the files; part of the folder's name
DTYPES = {"float32": torch.float32, "float64": torch.float64, "int64": torch.int64, "int32": torch.int32, "uint8": torch.uint8,
          "bool": torch.bool, "bfloat16": torch.bfloat16, "float16": torch.float16, "complex64": torch.complex64,
          "complex128": torch.complex128}
GRADIENTS = ("float32", "float64", "complex64", "complex128")
# rtol, atol: torch.testing's defaults
TOLERANCE = {torch.float16: (1e-3, 1e-5), torch.bfloat16: (1.6e-2, 1e-5), torch.float32: (1.3e-6, 1e-5), torch.float64: (1e-7, 1e-7),
             torch.complex64: (1.3e-6, 1e-5), torch.complex128: (1e-7, 1e-7)}
# Results that are defined but for a sign or phase: they are compared, and weighted for the gradient, by their absolute values.
UP_TO_SIGN = {"svd": (0, 2), "linalg.svd": (0, 2), "linalg.eigh": (1,), "linalg.eig": (1,), "linalg.qr": (0, 1), "qr": (0, 1),
              "svd_lowrank": (0, 2), "pca_lowrank": (0, 2)}
HALVES = (torch.float16, torch.bfloat16)
SAMPLE_LIMIT = 200_000  # elements of all tensors of one call


def tolerance(op, dtype):
    """The widest that PyTorch's own tests of this op grant itself on the CPU."""
    rtol, atol = TOLERANCE.get(dtype, (0.0, 0.0))
    for item in op.decorators:
        if isinstance(item, DecorateInfo):
            if item.device_type not in (None, "cpu") or (item.dtypes and dtype not in item.dtypes):
                continue
            parts = item.decorators
        else:
            parts = [item]
        for part in parts:
            granted = getattr(part, "d", {}).get(dtype)
            if isinstance(part, toleranceOverride) and granted is not None:
                rtol, atol = max(rtol, granted.rtol), max(atol, granted.atol)
            elif isinstance(part, precisionOverride) and granted is not None:
                atol = max(atol, granted)
    return rtol, atol


def title(op):
    return op.name + ("-" + op.variant_test_name if op.variant_test_name else "")


def leaves(v):
    if isinstance(v, torch.Tensor):
        return [v]
    if isinstance(v, (list, tuple)):
        return [t for item in v for t in leaves(item)]
    if isinstance(v, dict):
        return [t for item in v.values() for t in leaves(item)]
    return []


def fresh(v):
    """A copy of an argument whose gradient can be asked for."""
    if isinstance(v, torch.Tensor):
        if v.layout != torch.strided:
            raise write.Unsupported("sparse tensor")
        return v.detach().clone().requires_grad_(v.requires_grad)
    if type(v) in (list, tuple):
        return type(v)(fresh(item) for item in v)
    if isinstance(v, dict):
        return {k: fresh(item) for k, item in v.items()}
    return v


def widened(v):
    """float16 and bfloat16 as float32."""
    if isinstance(v, torch.Tensor):
        return v.detach().float() if v.dtype in HALVES else v.detach()
    if isinstance(v, (list, tuple)) and type(v) in (list, tuple):
        return type(v)(widened(item) for item in v)
    if isinstance(v, dict):
        return {k: widened(item) for k, item in v.items()}
    return torch.float32 if v in HALVES and isinstance(v, torch.dtype) else v


def rounded_once(op, args, kwargs, outs):
    """What the call gives when it is computed in float32 and rounded once, where that has the same form; else None."""
    try:
        torch.manual_seed(7)
        wide = results(op(*widened(args), **widened(kwargs)))
    except RuntimeError:
        return None
    once = [w.detach().to(o.dtype) if isinstance(w, torch.Tensor) and isinstance(o, torch.Tensor) else w for w, o in zip(wide, outs)]
    return once if len(wide) == len(outs) else None


def linspace(o):
    n = o.numel()
    return (torch.linspace(-1, 1, n, dtype=torch.float64) if n != 1 else -torch.ones(1, dtype=torch.float64)).reshape(o.shape)


def weighted(o, by_size):
    if by_size:
        o = o.abs()
    if o.is_complex():
        w = linspace(o).to(o.real.dtype)
        return (o.real * w).sum() + (o.imag * (0.5 - w)).sum()
    return (o * linspace(o).to(o.dtype)).sum()


def results(out):
    return list(out) if isinstance(out, (tuple, list)) else [out]


def differentiate(op, outs):
    signs = UP_TO_SIGN.get(op.name, ())
    loss = None
    for i, o in enumerate(outs):
        if isinstance(o, torch.Tensor) and o.requires_grad and (o.is_floating_point() or o.is_complex()):
            part = weighted(o, i in signs)
            loss = part if loss is None else loss + part
    if loss is not None:
        loss.backward()
    return loss is not None


def record(file, op, sample, gradients):
    """Writes one call into the file, or why it cannot be said."""
    mark = file.mark()
    try:
        args = [sample.input] + list(sample.args)
        if sum(t.numel() for t in leaves([args, sample.kwargs]) if t.layout == torch.strided) > SAMPLE_LIMIT:
            raise write.Unsupported("too large")
        live, kw = fresh(args), fresh(sample.kwargs)
        halves = (any(t.dtype in HALVES for t in leaves([args, sample.kwargs])) or sample.kwargs.get("dtype") in HALVES) and \
            (fresh(args), fresh(sample.kwargs))
        call = {"args": file.arguments(live), "kwargs": file.options(kw)}
        torch.manual_seed(7)
        out = op(*live, **kw)
        outs = results(out)
        call["out"] = file.arguments([o.detach() if isinstance(o, torch.Tensor) else o for o in outs])
        if isinstance(out, (list, tuple)):
            call["list"] = "true"
        if op.name in UP_TO_SIGN:
            call["signs"] = "{" + ", ".join(f"[{i + 1}] = true" for i in UP_TO_SIGN[op.name]) + "}"
        once = halves and rounded_once(op, *halves, outs)
        if once:
            call["once"] = file.arguments(once)
        if gradients and differentiate(op, outs):
            wanted = [(t, t.grad) for t in leaves([live, kw]) if t.requires_grad]
            call["grads"] = "{" + "".join((file.tensor(g) if g is not None else "false") + ", " for _, g in wanted) + f"n = {len(wanted)}}}"
        if sample.broadcasts_input:
            call["broadcasts"] = "true"
        file.call(call)
    except write.Unsupported as reason:
        file.back(mark)
        file.skip(str(reason))
    except NotImplementedError as reason:  # PyTorch itself has no kernel or no derivative for this
        file.back(mark)
        file.skip("PyTorch: " + str(reason).split("\n")[0][:80])
    except RuntimeError as reason:
        file.back(mark)
        file.skip("PyTorch: " + str(reason).split("\n")[0][:80])


def samples_of(op, dtype, path):
    d = DTYPES[dtype]
    file = write.File(path)
    file.head(op.name, op.variant_test_name, dtype, tolerance(op, d), op.inplace_variant is not None, op.method_variant is not None)
    if op.supports_dtype(d, "cpu"):
        gradients = dtype in GRADIENTS and op.supports_autograd and d in op.supported_backward_dtypes("cpu")
        torch.manual_seed(zlib.crc32(title(op).encode()))
        for sample in op.sample_inputs("cpu", d, requires_grad=gradients):
            record(file, op, sample, gradients)
    file.close()


def errors_of(op, path):
    file = write.File(path)
    file.head(op.name, op.variant_test_name, "errors", (0, 0), False, False)
    if op.error_inputs_func is not None:
        torch.manual_seed(zlib.crc32(title(op).encode()))
        for error in op.error_inputs("cpu"):
            mark, s = file.mark(), error.sample_input
            try:
                file.call({"args": file.arguments([s.input] + list(s.args)), "kwargs": file.options(s.kwargs),
                           "says": write.string(str(error.error_regex)[:120])})
            except write.Unsupported as reason:
                file.back(mark)
                file.skip(str(reason))
    file.close()


def make(op, kind, folder):
    path = os.path.join(folder, f"{title(op)}.{kind}.safetensors")
    if os.path.exists(path):
        return
    try:
        errors_of(op, path) if kind == "errors" else samples_of(op, kind, path)
    except Exception as problem:  # the database itself fails for some on this machine
        file = write.File(path)
        file.head(op.name, op.variant_test_name, kind, (0, 0), False, False)
        file.skip(f"PyTorch's database: {type(problem).__name__}: {str(problem).splitlines()[0][:80] if str(problem) else ''}")
        file.close()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--folder", required=True)
    parser.add_argument("--dtype", default=",".join(list(DTYPES) + ["errors"]))
    parser.add_argument("--list", action="store_true", help="print the names of all ops and end")
    parser.add_argument("names", nargs="*")
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    torch.set_num_threads(1)
    os.makedirs(options.folder, exist_ok=True)
    for op in op_db:
        if options.names and op.name not in options.names and title(op) not in options.names:
            continue
        for kind in options.dtype.split(","):
            make(op, kind, options.folder)
        if options.list:
            print(title(op))


if __name__ == "__main__":
    sys.exit(main())
