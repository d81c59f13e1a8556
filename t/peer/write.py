# write.py - turns PyTorch values into Lua data
#
# A tensor becomes { dtype=, shape=, data= } with its elements in row order and enough digits to come back exactly.
# Holds: what is written is data only, one case a few lines, so that a change of a case is a small diff.
# Read next: make.py, which says what an index is.
# SPDX-License-Identifier: MIT
import math

import torch

DTYPES = {
    torch.float32: "float32", torch.float64: "float64", torch.float16: "float16", torch.bfloat16: "bfloat16",
    torch.int8: "int8", torch.uint8: "uint8", torch.int16: "int16", torch.int32: "int32", torch.int64: "int64",
    torch.bool: "bool",
}


class Unsupported(Exception):
    """A value that Lunette has no spelling for; the sample that holds it is left out and counted."""


def number(value, digits=17):
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return "0x8000000000000000" if value == -2**63 else str(value)
    if math.isnan(value):
        return "0/0"
    if math.isinf(value):
        return "1/0" if value > 0 else "-1/0"
    text = f"{value:.{digits}g}"
    if value == 0 and math.copysign(1, value) < 0:
        return "-0.0"
    return text


def tensor(x):
    if x.dtype not in DTYPES:
        raise Unsupported(str(x.dtype))
    digits = {torch.float64: 17, torch.float32: 9}.get(x.dtype, 5)
    values = x.detach().reshape(-1).tolist()
    data = ",".join(number(v, digits) for v in values)
    shape = ",".join(str(n) for n in x.shape)
    return f'{{dtype="{DTYPES[x.dtype]}", shape={{{shape}}}, data={{{data}}}}}'


def value(v):
    if isinstance(v, torch.Tensor):
        return tensor(v)
    if isinstance(v, torch.dtype):
        if v not in DTYPES:
            raise Unsupported(str(v))
        return f'"{DTYPES[v]}"'
    if isinstance(v, float):
        text = number(v)
        return text if any(c in text for c in "./en") else text + ".0"
    if isinstance(v, (bool, int)):
        return number(v)
    if isinstance(v, str):
        return '"' + v + '"'
    if isinstance(v, (list, tuple)):
        return "{" + ", ".join(value(item) for item in v) + "}"
    raise Unsupported(type(v).__name__)


def fields(table):
    parts = []
    for key, v in table.items():
        name = key if isinstance(key, str) else f"[{key}]"
        parts.append(f"{name} = {value(v)}")
    return "{ " + ", ".join(parts) + " }"


def case(c):
    lines = [f'  {{ op = "{c["op"]}", source = "{c["source"]}", tol = {c["tol"]:g},']
    lines.append(f'    args = {value(c["args"])},')
    for name in ("kwargs", "grad", "after"):
        if c.get(name):
            lines.append(f"    {name} = {fields(c[name])},")
    lines.append(f'    out = {value(c["out"])} }},')
    return "\n".join(lines)


def file(path, words, cases):
    with open(path, "w", encoding="ascii") as out:
        out.write(f"-- {words}\n-- Written by t/peer/make.py from PyTorch {torch.__version__.split('+')[0]}; do not edit.\n"
                  "-- SPDX-License-Identifier: MIT\nreturn {\n")
        for c in cases:
            out.write(case(c) + "\n")
        out.write("}\n")
