# write.py - puts PyTorch's values into a file that Lunette reads: tensors as safetensors, the calls as Lua text
#
# A call is  { args = {n = N, ...}, kwargs = {...}, out = {...}, grads = {...} }  with these values: T(k) is tensor k of the file,
# T(k, true) one that wants a gradient, C(k) a complex one (stored as pairs of reals), Z(re, im) a complex number, D"float32" a dtype,
# S(start, stop, step) a Python slice, F a large full tensor, N Python's None, E its Ellipsis. `grads` follows the order in which the tensors that want one appear.
# Holds: data only; what cannot be said raises Unsupported, and the call is counted as skipped, with the reason.
# Read next: make.py, replay.lua. SPDX-License-Identifier: MIT
import enum
import json
import math
import os
import struct

import torch

TYPES = {torch.float32: "F32", torch.float64: "F64", torch.float16: "F16", torch.bfloat16: "BF16", torch.int8: "I8", torch.uint8: "U8",
         torch.int16: "I16", torch.int32: "I32", torch.int64: "I64", torch.bool: "BOOL"}
NAMES = {torch.float32: "float32", torch.float64: "float64", torch.float16: "float16", torch.bfloat16: "bfloat16", torch.int8: "int8",
         torch.uint8: "uint8", torch.int16: "int16", torch.int32: "int32", torch.int64: "int64", torch.bool: "bool",
         torch.complex64: "complex64", torch.complex128: "complex128"}
# Options that say what Lunette does anyway; anything else in them is not said.
PLAIN = {"device": (None, "cpu", torch.device("cpu")), "layout": (None, torch.strided), "pin_memory": (None, False),
         "memory_format": (None, torch.preserve_format, torch.contiguous_format), "non_blocking": (False, True), "copy": ()}

WRITTEN_OUT = 200_000  # elements; a larger tensor of one value is written as F(sizes, value, dtype)


class Unsupported(Exception):
    """A value that Lua has no spelling for."""


def string(text):
    return '"' + "".join(c if 32 <= ord(c) < 127 and c not in '"\\' else f"\\{ord(c) & 255:03d}" for c in text) + '"'


def number(v):
    if isinstance(v, bool):
        return "true" if v else "false"
    if isinstance(v, int):
        if not -2**63 <= v < 2**63:
            raise Unsupported("integer beyond 64 bits")
        return "math.mininteger" if v == -2**63 else str(v)
    if math.isnan(v):
        return "(0/0)"
    if math.isinf(v):
        return "math.huge" if v > 0 else "-math.huge"
    text = repr(v)
    return text if any(c in text for c in ".en") else text + ".0"


def raw_bytes(data):
    if data.numel() == 0:
        return b""
    return data.reshape(-1).clone(memory_format=torch.contiguous_format).as_strided((data.numel(),), (1,)).view(torch.uint8).numpy().tobytes()


class File:
    def __init__(self, path):
        self.path, self.header, self.parts, self.size, self.calls, self.skipped = path, {}, [], 0, [], {}

    def head(self, name, variant, dtype, tolerance, inplace, method):
        self.first = (f"name = {string(name)}, variant = {string(variant)}, dtype = {string(dtype)}, rtol = {tolerance[0]!r}, "
                      f"atol = {tolerance[1]!r}, inplace = {number(inplace)}, method = {number(method)}")

    def mark(self):
        return len(self.parts), self.size

    def back(self, mark):
        for k in range(mark[0] + 1, len(self.parts) + 1):
            del self.header[str(k)]
        del self.parts[mark[0]:]
        self.size = mark[1]

    def skip(self, reason):
        self.skipped[reason] = self.skipped.get(reason, 0) + 1

    def call(self, fields):
        self.calls.append("{ " + ", ".join(f"{k} = {v}" for k, v in fields.items()) + " }")

    def tensor(self, x, wants=False):
        if x.layout != torch.strided or x.is_quantized or x.device.type != "cpu":
            raise Unsupported(f"{x.layout} on {x.device}".replace("torch.", ""))
        if x.dim() > 8:
            raise Unsupported("a tensor of more than 8 dims, which Lunette does not make")
        kind = "T"
        strides = "" if x.is_contiguous() else ", {" + ", ".join(map(str, x.stride())) + "}"
        data = x.detach().resolve_conj().resolve_neg().contiguous()
        if data.is_complex():
            if data.dtype not in NAMES:
                raise Unsupported(str(data.dtype))
            kind, data = "C", torch.view_as_real(data).contiguous()
        if data.dtype not in TYPES:
            raise Unsupported(str(data.dtype))
        if data.numel() > WRITTEN_OUT and bool((data == data.reshape(-1)[0]).all()):
            return f"F({{{', '.join(map(str, x.shape))}}}, {number(data.reshape(-1)[0].item())}, \"{NAMES[x.dtype]}\")"
        raw = raw_bytes(torch.zeros(data.shape, dtype=data.dtype) if data._is_zerotensor() else data)
        self.parts.append(raw)
        self.header[str(len(self.parts))] = {"dtype": TYPES[data.dtype], "shape": list(data.shape),
                                             "data_offsets": [self.size, self.size + len(raw)]}
        self.size += len(raw)
        return f"{kind}({len(self.parts)}{', ' + number(wants) if wants or strides else ''}{strides})"

    def value(self, v):
        if isinstance(v, torch.Tensor):
            return self.tensor(v, v.requires_grad)
        if v is None:
            return "N"
        if v is Ellipsis:
            return "E"
        if isinstance(v, torch.dtype):
            if v not in NAMES:
                raise Unsupported(str(v))
            return f'D"{NAMES[v]}"'
        if isinstance(v, complex):
            return f"Z({number(v.real)}, {number(v.imag)})"
        if isinstance(v, (bool, int, float)) and not isinstance(v, enum.Enum):
            return number(v)
        if isinstance(v, str):
            return string(v)
        if isinstance(v, slice):
            return f"S({self.value(v.start)}, {self.value(v.stop)}, {self.value(v.step)})"
        if isinstance(v, (list, tuple)):
            return "{" + "".join(self.value(item) + ", " for item in v) + f"n = {len(v)}" + "}"
        if isinstance(v, torch.Generator):
            raise Unsupported("generator")
        raise Unsupported(type(v).__name__)

    def arguments(self, args):
        return "{" + "".join(self.value(a) + ", " for a in args) + f"n = {len(args)}" + "}"

    def options(self, kwargs):
        parts = []
        for k, v in kwargs.items():
            if k in PLAIN:
                if v not in PLAIN[k]:
                    raise Unsupported(f"{k}={v}".replace("torch.", ""))
            elif k in ("out", "names", "generator"):
                if v is not None:
                    raise Unsupported(k)
            else:
                parts.append(f"[{string(k)}] = {self.value(v)}")
        return "{" + ", ".join(parts) + "}"

    def close(self):
        skipped = ", ".join(f"[{string(k)}] = {n}" for k, n in sorted(self.skipped.items()))
        text = "return { " + self.first + ",\nskipped = {" + skipped + "},\ncalls = {\n" + ",\n".join(self.calls) + "\n} }\n"
        head = {"__metadata__": {"format": "lunette", "calls": text}}
        head.update(self.header)
        data = json.dumps(head, separators=(",", ":")).encode()
        data += b" " * (-len(data) % 8)
        partial = f"{self.path}.{os.getpid()}"
        with open(partial, "wb") as out:
            out.write(struct.pack("<Q", len(data)) + data)
            for raw in self.parts:
                out.write(raw)
        os.replace(partial, self.path)
