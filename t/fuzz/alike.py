# alike.py - whether our answer to a call is PyTorch's: dtypes, shapes, values within rounding, and what is defined in part only
#
# Positions among equal elements, singular vectors beyond the rank, eigenvectors of a repeated value, a factor beyond its last good minor:
# there any right answer will do, so it is tried instead of compared. Holds: what is wrong comes as a text, which the rows of
# doc/differences.md match. Read next: compare.py. SPDX-License-Identifier: MIT
import math

import torch

RTOL = {torch.float64: 1e-7, torch.float32: 1e-4, torch.float16: 1e-2, torch.bfloat16: 5e-2}
TIED = ("kthvalue", "mode", "median", "nanmedian", "topk", "sort", "argsort")


def tensor_of(v, dtype):
    x = torch.tensor(v["d"], dtype=dtype) if v["d"] else torch.empty(v["s"], dtype=dtype)
    return x.reshape(v["s"])


def near(a, b, largest=1):
    """Where two tensors of PyTorch's dtype are the same but for rounding, beside themselves or the largest number computed with."""
    rtol = RTOL.get(b.dtype, 0)
    return torch.isclose(a.double(), b.detach().double(), rtol=rtol, atol=rtol * largest, equal_nan=True)


def size_of(x):
    return max(1.0, float(x.detach().abs().max())) if x.numel() else 1.0


def unlike_values(have, want):
    """None, or the first two elements that differ, how many do, and by how much those do that are numbers in both."""
    wrong = ~near(have, want)
    count = int(wrong.sum())
    if not count:
        return None
    a, b = have.double()[wrong], want.detach().double()[wrong]
    finite = a.isfinite() & b.isfinite()
    most = float((a - b)[finite].abs().max()) if finite.any() else 0.0
    k = int(wrong.flatten().nonzero()[0])
    return (f"value {have.flatten()[k].item()}, PyTorch {want.flatten()[k].item()} "
            f"({count} of {want.numel()} differ, by at most {most:.3g})")


def unlike_tensor(got, want, index):
    if not isinstance(want, torch.Tensor):
        return "PyTorch gives " + type(want).__name__
    theirs = str(want.dtype)[6:]
    if got["s"] != list(want.shape):
        return f"shape {got['s']}, PyTorch {list(want.shape)}"
    have = tensor_of(got, want.dtype if got["t"] == theirs or want.dtype.is_floating_point else torch.float64)
    if index and not want.dtype.is_floating_point:
        have = have - 1
    if got["t"] == theirs:
        wrong = unlike_values(have, want)
        return wrong and f"{theirs} {wrong}"
    coarse = min((getattr(torch, got["t"]), want.dtype), key=lambda t: -RTOL.get(t, 0))  # as exact as the less exact one
    wrong = unlike_values(have.to(coarse), want.detach().to(coarse))
    return f"dtype {got['t']}, PyTorch {theirs}" + (f", {wrong}" if wrong else "")


def unlike(got, want, index):
    """None, or what is wrong with an answer of ours (as record.lua wrote it)."""
    if isinstance(got, dict) and "t" in got:
        return unlike_tensor(got, want, index)
    want = want.item() if isinstance(want, torch.Tensor) and want.numel() == 1 else want
    if isinstance(got, (int, float)) and isinstance(want, (int, float)) and (got == want or math.isclose(got, want) or got != got and want != want):
        return None
    return f"value {got}, PyTorch {want}"


def tied(call, given, wants, i):
    """Result i of a row of TIED: positions of elements that are equal to PyTorch's, in any order where none is asked for."""
    got, x = call["answer"][i], given.get("input")
    want = wants[i]
    if not isinstance(x, torch.Tensor) or not isinstance(want, torch.Tensor) or got["s"] != list(want.shape) or not x.dim():
        return False
    dim, have = given.get("dim", -1), tensor_of(got, want.dtype)
    if want.dtype == torch.int64 and (i == 1 or len(wants) == 1):
        places = [p if p.dim() == x.dim() else p.unsqueeze(dim) for p in (have - 1, want)]
        if not 0 <= int(places[0].min()) <= int(places[0].max()) < x.shape[dim]:
            return False
        have, want = (x.gather(dim, p) for p in places)
    if call["row"] == "topk" and given.get("sorted") is False:
        have, want = have.sort(dim).values, want.sort(dim).values
    return bool(near(have, want).all())


def decomposes(call, given, wants):
    """Singular values as PyTorch's, and vectors that are orthonormal and give the matrix: those beyond the rank are anybody's."""
    a = given["A"]
    if not isinstance(a, torch.Tensor) or not a.dtype.is_floating_point or a.dtype not in (torch.float32, torch.float64):
        return False
    u, s, vh = (tensor_of(v, a.dtype).double() for v in call["answer"])
    if not near(s.to(a.dtype), wants[1], size_of(wants[1])).all() or any(v["s"] != list(w.shape) for v, w in zip(call["answer"], wants)):
        return False
    k, size = s.shape[-1], max(1.0, float(s.max()))
    off = ((u[..., :k] * s.unsqueeze(-2)) @ vh[..., :k, :] - a.double()).abs().max() / size
    skew = max(float((q.mT @ q - torch.eye(q.shape[-1])).abs().max()) for q in (u, vh.mT))
    return max(float(off), skew) < 100 * torch.finfo(a.dtype).eps


def reflects(call, given, wants):
    """qr and geqrf: columns that are orthonormal and give the matrix; beyond its rank, what rounding left is turned anywhere."""
    a = given["A" if call["row"] == "qr" else "input"]
    if not isinstance(a, torch.Tensor) or a.dtype not in (torch.float32, torch.float64) or any(v["s"] != list(w.shape) for v, w in zip(call["answer"], wants)):
        return False
    q, r = (tensor_of(v, a.dtype).double() for v in call["answer"])
    if call["row"] == "geqrf":
        k = r.shape[-1]
        q, r = torch.linalg.householder_product(q[..., :k].contiguous(), r), q[..., :k, :].triu()
    if not q.numel():
        return bool(near(r.abs().to(a.dtype), wants[1].abs()).all())
    off = (q @ r - a.double()).abs().max() / max(1.0, float(a.abs().max()))
    skew = (q.mT @ q - torch.eye(q.shape[-1])).abs().max()
    return max(float(off), float(skew)) < 100 * torch.finfo(a.dtype).eps and bool((r.tril(-1) == 0).all())


def diagonalizes(given, call, wants):
    """Eigenvalues as PyTorch's, and orthonormal vectors that have them: where a value repeats, any of its plane will do."""
    a = given["A"]
    if not isinstance(a, torch.Tensor) or a.dtype not in (torch.float32, torch.float64) or not near(tensor_of(call["answer"][0], a.dtype), wants[0], size_of(wants[0])).all():
        return False
    a = (a.triu() + a.triu(1).mT if given.get("UPLO", "L") in ("U", "u") else a.tril() + a.tril(-1).mT).double()
    v, values = tensor_of(call["answer"][1], torch.float64), wants[0].double()
    off = (a @ v - v * values.unsqueeze(-2)).abs().max() / max(1.0, float(values.abs().max()))
    skew = (v.mT @ v - torch.eye(v.shape[-1])).abs().max()
    return max(float(off), float(skew)) < 100 * torch.finfo(wants[0].dtype).eps


def summed(call, given, want, i):
    """As PyTorch's, but for rounding beside the largest number: of a transform's sums, which may cancel, or of a spectrum's matrix."""
    if not isinstance(want, torch.Tensor) or call["answer"][i]["s"] != list(want.shape):
        return False
    largest = max((float(v.double().abs().max()) for v in given.values() if isinstance(v, torch.Tensor) and v.numel() and not v.is_complex()), default=0)
    return math.isfinite(largest) and bool(near(tensor_of(call["answer"][i], want.dtype), want, largest).all())


def factors_in_part(call, given, wants):
    """cholesky_ex of a matrix that has no factor: as PyTorch's up to the minor that `info` names."""
    info, wanted = tensor_of(call["answer"][1], torch.int32), wants[1]
    have, want = tensor_of(call["answer"][0], wants[0].dtype), wants[0]
    if given.get("upper"):
        have, want = have.mT, want.mT
    n = want.shape[-1]
    good = (torch.arange(n) < torch.where(info > 0, info - 1, n).unsqueeze(-1)).unsqueeze(-1)
    return bool((info == wanted).all()) and bool((near(have, want) | ~good).all())


def will_do(call, given, wants, i):
    """Result i is not PyTorch's: is it right as well?"""
    if call["row"] in TIED:
        return tied(call, given, wants, i)
    if call["row"] == "svd":
        return decomposes(call, given, wants)
    if call["row"] == "eigh" and i == 1:
        return diagonalizes(given, call, wants)
    if call["row"] in ("qr", "geqrf"):
        return reflects(call, given, wants)
    if call["row"].startswith("fft_") or call["row"] in ("stft", "istft", "svdvals", "eigvalsh", "eigh", "matrix_norm"):
        return summed(call, given, wants[i], i)
    return call["row"] == "cholesky_ex" and i == 0 and factors_in_part(call, given, wants)
