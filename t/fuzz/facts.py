# facts.py - what is special about the arguments of a call, in words that rows of doc/differences.md may ask for
#
# empty: a tensor or list without elements; 0-d: a tensor without dims; ranks: tensors of different numbers of dims; mixed: of
# several dtypes; strided: a view; repeated: one with a stride of 0; copied: one of a long memory, of which PyTorch gets a copy;
# deficient: a float matrix of no full rank; hole: one with a 0 on its diagonal; nan, inf: among the values; nonfinite: one of these
# two; large: finite values of 1e9 and more; beyond: of 2^63 and more; extreme: large or nonfinite; negative: a position below 0;
# zero, minus, huge, tiny: a number beside the tensors that is 0, below 0, 100 and more, or nearer to 0 than 1e-30; narrow: a list of
# numbers that ends in 1; tolerance, exact: a relative one of 0.01 and more, or below 1e-6; the dtypes of the tensors; words among the
# arguments; and the options that are true.
# Holds: facts are about the arguments alone, never about an answer.
# Read next: compare.py. SPDX-License-Identifier: MIT
import math

import torch


def numbers_of(v):
    """The numbers of a value as record.lua wrote it; truth values are none."""
    if isinstance(v, dict):
        for item in v["d"] if "t" in v else v["l"]:
            yield from numbers_of(item)
    elif isinstance(v, (int, float)) and not isinstance(v, bool):
        yield float(v)


def of_numbers(numbers):
    found = set()
    for v in numbers:
        if math.isnan(v):
            found.add("nan")
        elif math.isinf(v):
            found.add("inf")
        elif abs(v) >= 1e9:
            found |= {"large", "beyond"} if abs(v) >= 2**63 else {"large"}
    return found


def matrices(v):
    """What a tensor is as matrices: its last two dims, and all before some dim beside the others (tensorinv)."""
    x, sizes = torch.tensor(v["d"], dtype=torch.float64), v["s"]
    yield x.reshape(sizes)
    for k in range(1, len(sizes)):
        if math.prod(sizes[:k]) == math.prod(sizes[k:]):
            yield x.reshape(math.prod(sizes[:k]), -1)


def deficient(v):
    """Of less than full rank, but for rounding?"""
    if v["t"] not in ("float32", "float64") or len(v["s"]) < 2 or min(v["s"][-2:]) < 1 or not v["d"] or not all(map(math.isfinite, v["d"])):
        return False
    eps = 1e-5 if v["t"] == "float32" else 1e-13
    sizes = [torch.linalg.svdvals(x) for x in matrices(v)]
    return any(bool((s[..., -1] <= eps * s[..., 0]).any()) for s in sizes)


def hole(v):
    """Does a triangle of it have no inverse?"""
    return v["t"].startswith("float") and len(v["s"]) > 1 and bool(v["d"]) and bool(
        (torch.tensor(v["d"]).reshape(v["s"]).diagonal(0, -2, -1) == 0).any())


def of_tensor(v):
    found = {v["t"]} if v["s"] else {v["t"], "0-d"}
    if 0 in v["s"]:
        found.add("empty")
    if "copied" in v:
        found.add("copied")
    if "strides" in v:
        found |= {"strided", "repeated"} if 0 in v["strides"] else {"strided"}
    if deficient(v):
        found.add("deficient")
    if hole(v):
        found.add("hole")
    return found


def facts(call):
    """The words that hold of a call."""
    given = dict(zip(call["names"], call["args"]), **call["options"])
    found, ranks, dtypes = set(), set(), set()
    for name, v in given.items():
        found |= of_numbers(numbers_of(v))
        found |= {v} if isinstance(v, str) else {name} if v is True else set()
        parts = v["l"] if isinstance(v, dict) and "l" in v else [v]
        if not parts:
            found.add("empty")
        elif parts[-1] == 1 and parts[0] is not v:
            found.add("narrow")
        for part in parts:
            if isinstance(part, dict) and "t" in part:
                found |= of_tensor(part)
                dtypes.add(part["t"])
                ranks.add(len(part["s"]))
            elif isinstance(part, (int, float)) and not isinstance(part, bool):
                size = abs(part)
                found |= {"minus"} if part < 0 else set()
                found |= {"zero"} if size == 0 else {"huge"} if 100 <= size < math.inf else {"tiny"} if size < 1e-30 else set()
        positions = call["kinds"].get(name) in ("indices", "labels", "index") or name in ("index", "indices", "sorter")
        if positions and any(n < 0 for n in numbers_of(v)):
            found.add("negative")
        if name in ("rcond", "rtol", "tol"):
            found |= {"tolerance"} if any(n >= 0.01 for n in numbers_of(v)) else {"exact"} if any(n < 1e-6 for n in numbers_of(v)) else set()
    also = {"nonfinite": found & {"nan", "inf"}, "extreme": found & {"nan", "inf", "large"}, "ranks": len(ranks) > 1,
            "mixed": len(dtypes) > 1}
    return found | {word for word, holds in also.items() if holds}
