# make.py - writes the fixtures of t/ops.lua from PyTorch
#
# Two sources: small samples of PyTorch's own OpInfo database, and hand-chosen cases (cases.py). For each call the results and
# the gradients of sum(out * linspace(-1, 1)) are kept. PyTorch counts from 0 and Lunette from 1: this file is the one place
# where dims, positions, index tensors, labels and index results are converted, from the table OPS.
# Holds: the same PyTorch gives the same bytes; every op has its own seed, so that one more op changes no other file's lines.
# Run: see README.md. Read next: cases.py, write.py.
# SPDX-License-Identifier: MIT
import collections
import os
import re
import warnings
import zlib

import torch
from torch.testing._internal.common_methods_invocations import op_db

import cases
import write

HERE = os.path.dirname(os.path.abspath(__file__))

# name(argument: kind, ...) -> results ; how the op is found in OpInfo when it is not by its own name ("-": not at all).
# Kinds: dim (one or several), index (one position), indices and labels (tensors), rest (a list that Lua spreads out).
OPS = {
    "create": """
        eye(n,m)=- arange(start,stop,step,dtype)=- linspace(start,stop,steps,dtype)=- full(size,fill_value,dtype)=-
        zeros_like(x,dtype)=- ones_like(x,dtype)=- full_like(x,fill_value,dtype)=-""",
    "math": """
        neg(x) abs(x) sign(x) square(x) sqrt(x) rsqrt(x) reciprocal(x) exp(x) exp2(x) expm1(x) log(x) log2(x) log10(x)
        log1p(x) sin(x) cos(x) tan(x) tanh(x) erf(x) floor(x) ceil(x) round(x) trunc(x) sigmoid(x)
        relu(x)=nn.functional.relu gelu(x)=- silu(x)=nn.functional.silu mish(x)=nn.functional.mish
        softplus(x,beta,threshold)=nn.functional.softplus elu(x,alpha)=nn.functional.elu
        leaky_relu(x,negative_slope)=nn.functional.leaky_relu clamp(x,min,max)=-
        add(x,y) sub(x,y) mul(x,y) div(x,y) pow(x,y) maximum(x,y) minimum(x,y) floor_divide(x,y) remainder(x,y)
        eq(x,y) ne(x,y) lt(x,y) le(x,y) gt(x,y) ge(x,y) logical_and(x,y) logical_or(x,y) logical_xor(x,y) logical_not(x)
        isnan(x) isinf(x) isfinite(x) where(condition,x,y)=-
        bitwise_and(x,y)=- bitwise_or(x,y)=- bitwise_xor(x,y)=- bitwise_not(x)=-""",
    "reduce": """
        sum(x,dim:dim,keepdim,dtype) mean(x,dim:dim,keepdim) prod(x,dim:dim,keepdim) var(x,dim:dim,keepdim,correction)=-
        std(x,dim:dim,keepdim,correction)=- norm(x,p,dim:dim,keepdim)=-
        max(x,dim:dim,keepdim)->values,index min(x,dim:dim,keepdim)->values,index
        amax(x,dim:dim,keepdim) amin(x,dim:dim,keepdim)
        argmax(x,dim:dim,keepdim)->index argmin(x,dim:dim,keepdim)->index
        any(x,dim:dim,keepdim) all(x,dim:dim,keepdim) cumsum(x,dim:dim)
        logsumexp(x,dim:dim,keepdim) softmax(x,dim:dim) log_softmax(x,dim:dim)""",
    "shape": """
        view(x,size) reshape(x,size) flatten(x,start_dim:dim,end_dim:dim) permute(x,dims:dim)
        transpose(x,dim0:dim,dim1:dim) t(x) squeeze(x,dim:dim) unsqueeze(x,dim:dim) expand(x,size)
        narrow(x,dim:dim,start:index,length) select(x,dim:dim,index:index) slice(x,dim:dim,start:index,stop:index,step)=-
        cat(tensors,dim:dim) stack(tensors,dim:dim) split(x,size,dim:dim) chunk(x,chunks,dim:dim)
        unbind(x,dim:dim) tile(x,repeats) flip(x,dims:dim) roll(x,shifts,dims:dim)
        pad(x,pad,mode,value)=- tril(x,diagonal) triu(x,diagonal)""",
    "index": """
        index_select(x,dim:dim,index:indices) gather(x,dim:dim,index:indices) scatter(x,dim:dim,index:indices,src)
        scatter_add(x,dim:dim,index:indices,src) masked_fill(x,mask,value) masked_select(x,mask)
        nonzero(x)=- ->index one_hot(x:labels,num_classes)=nn.functional.one_hot embedding(x:indices,weight)=-
        sort(x,dim:dim,descending)->values,index topk(x,k,dim:dim,largest)->values,index
        argsort(x,dim:dim,descending)->index take_along_dim(x,index:indices,dim:dim)
        index_add(x,dim:dim,index:indices,source,alpha) index_copy(x,dim:dim,index:indices,source)
        index_fill(x,dim:dim,index:indices,value:number) diagonal(x,offset,dim1:dim,dim2:dim) diag(x,diagonal)
        cumprod(x,dim:dim)""",
    "linalg": """
        matmul(x,y) mm(x,y) mv(x,vec) bmm(x,y) addmm(x,mat1,mat2,beta,alpha) outer(x,y) dot(x,y) einsum(equation,x:rest)=-""",
    "nn": """
        conv1d(x,weight,bias,stride,padding,dilation,groups)=- conv2d(x,weight,bias,stride,padding,dilation,groups)=-
        max_pool2d(x,kernel_size,stride,padding,dilation,ceil_mode)=-
        avg_pool2d(x,kernel_size,stride,padding,ceil_mode,count_include_pad)=- adaptive_avg_pool2d(x,output_size)=-
        batch_norm(x,running_mean,running_var,weight,bias,training,momentum,eps)=-
        layer_norm(x,normalized_shape,weight,bias,eps)=- dropout(x,p,training)=-
        cross_entropy(x,target:labels,weight,ignore_index,reduction,label_smoothing)=-
        nll_loss(x,target:labels,weight,ignore_index,reduction)=- mse_loss(x,target,reduction)=- l1_loss(x,target,reduction)=-
        smooth_l1_loss(x,target,reduction,beta)=- max_pool1d(x,kernel_size,stride,padding,dilation,ceil_mode)=-
        bce_with_logits(x,target,weight,reduction,pos_weight)=- linear(x,weight,bias)=-""",
}

Signature = collections.namedtuple("Signature", "name names kinds results opinfo")
TOLERANCE = {torch.float64: 1e-10, torch.float32: 2e-5, torch.float16: 4e-3, torch.bfloat16: 3e-2}
UNSHRUNK = 130  # elements a sample may hold
skipped = collections.Counter()


def signatures(text):
    pattern = r"(\w+)\(([^)]*)\)(?:=([\w.\-]+))?(?: *->([\w,]+))?"
    for name, arguments, opinfo, results in re.findall(pattern, text):
        pairs = [(a + ":").split(":")[:2] for a in arguments.split(",")]
        yield Signature(name, [p[0] for p in pairs], [p[1] for p in pairs], results.split(",") if results else [],
                        opinfo or name)


def up(v):
    """One position: 0-based to 1-based, negatives count from the end in both."""
    if isinstance(v, (list, tuple)):
        return [up(item) for item in v]
    return v + 1 if v >= 0 else v


def converted(kind, v):
    if v is None or isinstance(v, bool):
        return v
    if kind in ("dim", "index", "number"):
        if isinstance(v, torch.Tensor):
            raise write.Unsupported(f"tensor as {kind}")
        return v if kind == "number" else up(v)
    if kind in ("indices", "labels") and not v.dtype.is_floating_point:
        return torch.where(v >= 0, v + 1, v).to(v.dtype)
    return v


def leaves(v):
    if isinstance(v, torch.Tensor):
        return [v]
    if isinstance(v, (list, tuple)):
        return [t for item in v for t in leaves(item)]
    return []


def fresh(v, grad):
    """A copy of an argument; float tensors become leaves that want a gradient."""
    if isinstance(v, torch.Tensor):
        copy = v.detach().clone()
        return copy.requires_grad_() if grad and copy.is_floating_point() else copy
    if isinstance(v, (list, tuple)):
        return type(v)(fresh(item, grad) for item in v) if not isinstance(v, torch.Size) else v
    return v


def gradient_of(v):
    if isinstance(v, torch.Tensor):
        return v.grad
    grads = [t.grad for t in leaves(v)]
    return grads if grads and all(g is not None for g in grads) else None


def backward(outs):
    loss = 0
    for o in outs:
        if o.is_floating_point() and o.requires_grad:
            g = torch.linspace(-1, 1, o.numel(), dtype=torch.float64) if o.numel() > 1 else -torch.ones(o.numel(), dtype=torch.float64)
            loss = loss + (o * g.to(o.dtype).reshape(o.shape)).sum()
    if isinstance(loss, torch.Tensor):
        loss.backward()
        return True
    return False


def record(sig, source, f, args, kwargs, tol=None, grad=True, fixed=()):
    """Calls f and returns the case; `fixed` names arguments without gradient (running statistics, class weights)."""
    kinds = dict(zip(sig.names, sig.kinds))
    for k in kwargs:
        if k not in kinds:
            raise write.Unsupported(f"option {k}")
    live = [fresh(a, grad and n not in fixed) for n, a in zip(sig.names + [""] * 9, args)]
    live_kw = {k: fresh(a, grad and k not in fixed) for k, a in kwargs.items()}
    out = f(*live, **live_kw)
    outs = list(out) if isinstance(out, (tuple, list)) else [out]
    if any(o.is_complex() for o in outs):
        raise write.Unsupported("complex")
    has_grad = grad and backward(outs)
    position, named = [], {}
    for i, a in enumerate(args):
        kind = sig.kinds[min(i, len(sig.kinds) - 1)]
        if i >= len(sig.names) and kind != "rest":
            raise write.Unsupported("too many arguments")
        if a is None or named:
            if a is not None:
                named[sig.names[i]] = converted(kind, a)
            elif not named:
                named["?"] = True  # from here on by name: a Lua list cannot hold a hole
            continue
        position.append(converted(kind, a))
    named.pop("?", None)
    for k, a in kwargs.items():
        if a is not None:
            named[k] = converted(kinds[k], a)
    grads = {}
    if has_grad:
        for i, a in enumerate(live):
            g = gradient_of(a)
            if g is not None:
                grads[i + 1 if i < len(position) else sig.names[i]] = g
        for k, a in live_kw.items():
            g = gradient_of(a)
            if g is not None:
                grads[k] = g
    results = []
    for i, o in enumerate(outs):
        is_index = i < len(sig.results) and sig.results[i] == "index" and not o.is_floating_point()
        results.append(o + 1 if is_index else o)
    after = {i + 1: live[i] for i, n in enumerate(sig.names[:len(live)]) if n in fixed and live[i] is not None}
    wide = [t.dtype for t in leaves([live, list(live_kw.values())]) if t.is_floating_point()]
    tol = tol or max((TOLERANCE[d] for d in wide), default=2e-5)
    return dict(op=sig.name, source=source, args=position, kwargs=named, out=results, grad=grads, after=after, tol=tol)


def shrunk(sample, unary):
    """Elementwise samples come as 20 x 20; 24 elements say the same."""
    if unary and not sample.args and sample.input.numel() > 64:
        return sample.input.detach().reshape(-1)[:24].reshape(4, 6)
    return sample.input


def spread(items, n):
    return items if len(items) <= n else [items[round(i * (len(items) - 1) / (n - 1))] for i in range(n)]


def from_opinfo(sig, dtype, limit):
    entries = [o for o in op_db if o.name == sig.opinfo and o.variant_test_name in ("", "no_rounding_mode",
               "reduction_with_dim", "reduction_no_dim")]
    found = []
    for entry in entries:
        if dtype not in entry.supported_dtypes("cpu"):
            continue
        torch.manual_seed(zlib.crc32(sig.name.encode()))
        for s in entry.sample_inputs("cpu", dtype):
            x = shrunk(s, sig.names == ["x"])
            args = (x, *s.args)
            try:
                if sum(t.numel() for t in leaves([list(args), list(s.kwargs.values())])) > UNSHRUNK:
                    raise write.Unsupported("size")
                if any(isinstance(a, (tuple, list)) and len(a) == 0 for a in (*s.args, *s.kwargs.values())):
                    raise write.Unsupported("empty list")
                if sig.name in ("squeeze", "tile", "view", "reshape", "expand", "permute") and len(s.args) > 1:
                    args = (x, tuple(s.args))
                c = record(sig, "opinfo", entry.op, args, s.kwargs, grad=entry.supports_autograd)
                write.case(c)
                found.append(c)
            except write.Unsupported as reason:
                skipped[f"{sig.name}: {reason}"] += 1
    return spread(found, limit)


def by_hand(sig):
    torch.manual_seed(zlib.crc32(sig.name.encode()))
    found = []
    for i, (f, args, kwargs, extra) in enumerate(cases.of(sig.name)):
        found.append(record(sig, "hand", f, args, kwargs, **extra))
        if i % 3 == 0 and all(t.dtype != torch.float64 for t in leaves(args)):
            wide = lambda v: v.double() if isinstance(v, torch.Tensor) and v.dtype == torch.float32 else (
                [wide(t) for t in v] if isinstance(v, list) else v)
            found.append(record(sig, "hand", f, [wide(a) for a in args], {k: wide(a) for k, a in kwargs.items()}, **extra))
    return found


def main():
    warnings.simplefilter("ignore")
    torch.set_num_threads(1)
    total = 0
    for group, text in OPS.items():
        found = []
        for sig in signatures(text):
            mine = by_hand(sig)
            if sig.opinfo != "-":
                mine += from_opinfo(sig, torch.float32, 4) + from_opinfo(sig, torch.float64, 2)
            if not mine:
                print("no case for", sig.name)
            found += mine
        write.file(os.path.join(HERE, group + ".lua"), f"{group}.lua - what PyTorch answers for the rows of core/ops/{group}.def", found)
        total += len(found)
        print(group, len(found), "cases")
    sigs = {s.name: s for text in OPS.values() for s in signatures(text)}
    halves = [record(sigs[name], "hand", f, args, kwargs, grad=False) for name, f, args, kwargs in cases.halves()]
    write.file(os.path.join(HERE, "halves.lua"), "halves.lua - float16 and bfloat16, forward", halves)
    whole = [record(sigs[name], "hand", f, args, kwargs, grad=False) for name, f, args, kwargs in cases.integers()]
    write.file(os.path.join(HERE, "integers.lua"), "integers.lua - whole numbers and bool", whole)
    cases.promotion(os.path.join(HERE, "promotion.lua"))
    print("halves", len(halves), "integers", len(whole), "all", total + len(halves) + len(whole))
    if os.environ.get("VERBOSE"):
        for reason, n in sorted(skipped.items()):
            print("left out", n, reason)


main()
