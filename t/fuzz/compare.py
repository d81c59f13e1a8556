# compare.py - gives PyTorch the calls that record.lua wrote, and compares: accepted or refused, shapes, dtypes, values
#
# compare.py [--listed] DIFFERENCES FILE...: prints the differences by op and kind, with an example of each, and ends with the counts.
# --listed: also each row of DIFFERENCES for such calls, with what it took, so that the list can be kept honest.
# Kinds: accept (PyTorch takes it, we refuse), refusal (we take it, PyTorch refuses), forward (both take it, the results differ).
# Calls that PyTorch cannot be asked (another signature: Python's TypeError) are counted apart. What doc/differences.md lists is no failure.
# Read next: record.lua, t/oracle/listed.lua (the same list). SPDX-License-Identifier: MIT
import collections
import contextlib
import json
import math
import os
import re
import resource
import select
import signal
import sys
import warnings

import torch

from alike import unlike, will_do
from facts import facts

TENSORS = ("tensor", "operand", "tensors", "indices", "labels")
# Results that are defined but for a sign; results that count from 1 though the table does not say so; drawn results.
UP_TO_SIGN = ("svd", "eigh", "eig", "qr", "lobpcg")
COUNTED = ("nonzero", "argwhere", "unique", "unique_consecutive", "tril_indices", "triu_indices", "unravel_index", "bucketize", "searchsorted")
DRAWN = ("dropout", "rrelu", "alpha_dropout", "feature_alpha_dropout", "dropout1d", "dropout2d", "dropout3d", "fractional_max_pool2d",
         "fractional_max_pool3d", "gumbel_softmax")
POSITIONS = {"one_hot": {"x": "counted"}, "bincount": {"x": "counted"}, "cross_entropy": {"target": "labels", "ignore_index": "index"}, "nll_loss": {"target": "labels", "ignore_index": "index"},
             "ctc_loss": {"targets": "labels", "blank": "index"}, "index_put": {"indices": "indices"},
             "take_along_dim": {"index": "indices"}, "multi_margin_loss": {"target": "labels"}, "multilabel_margin_loss": {"target": "labels"},
             "unravel_index": {"indices": "indices"}, "searchsorted": {"sorter": "indices"}}
OVERLOADED = ("var", "std", "var_mean", "std_mean", "unique", "unique_consecutive", "add", "sub", "rsub", "addcmul", "addcdiv", "addmm", "addmv",
              "addr", "addbmm", "baddbmm")
STARRED = ("block_diag", "broadcast_tensors", "cartesian_prod", "chain_matmul")  # tensors one by one, a list here
TOLERANT = ("pinv", "matrix_rank")
RENAMED = {"x": "input", "y": "other", "stop": "end"}
UNASKED = {"TypeError", "NotImplementedError", "AttributeError", "KeyError"}  # another signature (an option twice: KeyError), or no kernel for a dtype
REFUSED = (RuntimeError, ValueError, IndexError, OverflowError, ZeroDivisionError, AssertionError)  # what PyTorch says no with
OUTSIDE = 10**6  # a position that is none: what 0 is here


class Unasked(Exception):
    pass


def rules(path):
    """The rows of the page, as listed.lua reads them; Lua's patterns are near enough to regular expressions for the ones in use."""
    found = []
    for number, line in enumerate(open(path, encoding="utf-8"), 1):
        m = re.match(r"^\| `([^`]+)` \| `([^`]+)` \| `([^`]+)` \| (`[^|]*`) \| (.+) \|$", line)
        if m and ("*" in m[2].split() or "fuzz" in m[2].split()):
            says = [re.match(r"^(.*?)\s*(?:\{([a-z0-9_ -]+)\})?$", text).groups() for text in re.findall(r"`([^`]*)`", m[4])]
            says = [(re.compile(text.replace("%", "\\")), set((needs or "").split())) for text, needs in says]
            found.append({"ops": m[1].split(), "kinds": m[3].split(), "says": says, "line": number, "taken": collections.Counter(),
                          "always": None, "first": "NONE"})
    return found


def listed(found, call, kind, text):
    """Whether a row is about this difference: the first such row counts it."""
    op, true = call["torch"], facts(call)
    for rule in found:
        if ("*" in rule["ops"] or op in rule["ops"]) and ("*" in rule["kinds"] or kind in rule["kinds"]) and \
                any(needs <= true and says.search(text) for says, needs in rule["says"]):
            if not rule["taken"]:
                rule["first"] = f"#{call['i']} {text[:160]}"
            rule["always"] = true if rule["always"] is None else rule["always"] & true
            rule["taken"][op] += 1
            return True
    return False


def show_listed(found):
    print("listed differences: line of doc/differences.md, calls, of which ops, the first")
    for rule in found:
        ops = ", ".join(f"{op} {n}" for op, n in rule["taken"].most_common())
        always = " ".join(sorted(rule["always"] or ()))
        says = " or ".join(says.pattern for says, _ in rule["says"])
        print(f"line {rule['line']}: {rule['taken'].total()} {says}: {ops}; always {{{always}}}\n    {rule['first']}")


def down(v):
    if isinstance(v, bool) or not isinstance(v, int):
        return v
    return v - 1 if v > 0 else OUTSIDE if v == 0 else v


def build(v, kind):
    if isinstance(v, dict) and "t" in v:
        dtype = getattr(torch, v["t"])
        elements = v.get("memory", v["d"])
        x = torch.tensor(elements, dtype=dtype) if elements else torch.empty(0, dtype=dtype)
        if kind in ("indices", "labels") and not dtype.is_floating_point and dtype != torch.bool:
            x = torch.where(x > 0, x - 1, torch.where(x == 0, torch.full_like(x, min(OUTSIDE, torch.iinfo(dtype).max)), x))
        if kind == "counted" and not dtype.is_floating_point and dtype != torch.bool:  # no position: 0 here is -1 there
            x = x.to(torch.int16) if dtype == torch.uint8 else x
            x = torch.where(x > torch.iinfo(x.dtype).min, x - 1, x)
        return x.as_strided(v["s"], v["strides"], v["offset"]) if "memory" in v else x.reshape(v["s"])
    if isinstance(v, dict):
        return [build(item, kind) for item in v["l"]]
    if kind in ("dim", "dims", "index"):
        return down(v)
    if kind == "dtype" and isinstance(v, str):
        return getattr(torch, v, v)
    return v


def value_of(v, name, kinds):
    """An end that is included here is excluded there; what counts from 1 here counts from 0 there."""
    if name == "stop" and kinds.get(name) == "index":
        return v + 1 or None if isinstance(v, int) and v < 0 else v
    if name in ("pivots", "LU_pivots"):  # LAPACK's, from 1 there too
        x = build(v, None)
        return x.to(torch.int32) if isinstance(x, torch.Tensor) and not x.dtype.is_floating_point and x.dtype != torch.bool else x
    if kinds.get(name) == "dimlists":
        lists = build(v, None)
        return [[down(i) for i in item] for item in lists] if isinstance(lists, list) else lists
    return build(v, kinds.get(name))


# Modules of Python whose calls have another form here.
OTHER_FORM = ("pack_sequence", "pack_padded_sequence", "pad_packed_sequence", "pad_sequence")


def function(name):
    f = torch
    for part in name.split("."):
        f = getattr(f, part, None)
        if f is None:
            f = getattr(torch.Tensor, name, None)
            break
    if f is None:
        raise Unasked("no such function")
    return f


def arguments(call):
    """The call as PyTorch takes it: a list and a dict."""
    names, kinds = call["names"], dict(call["kinds"], **POSITIONS.get(call["row"], {}))
    if len(call["args"]) > len(names):
        raise Unasked("more arguments than we have; PyTorch has old ones")
    args = [value_of(v, names[i], kinds) for i, v in enumerate(call["args"])]
    last = args[-1] if args else None
    while args and args[-1] is None:  # nothing, as in Lua
        args.pop()
    if args and last == [] and not call["options"] and kinds[names[len(args) - 1]] in ("string", "bool", "number", "float", "int", "dim", "index", "dtype"):  # an empty table of options
        args.pop()
    options = {RENAMED.get(k, k): value_of(v, k, kinds) for k, v in call["options"].items()}
    if call["row"] in TOLERANT:  # by place, the tolerance is another one there
        options.update(zip(names[1:], args[1:]))
        args = args[:1]
    tensors = next((i for i, n in enumerate(names) if kinds[n] not in TENSORS), len(names))
    if (call["torch"].startswith("nn.functional.") or call["row"] in OVERLOADED) and len(args) > tensors:  # old arguments stand between the others there
        options.update({RENAMED.get(n, n): a for n, a in zip(names[tensors:], args[tensors:]) if a is not None})
        args = args[:tensors]
    if call["row"] == "einsum" and len(args) > 1 and isinstance(args[1], list):
        args = [args[0], *args[1]]
    if call["row"] in STARRED and len(args) == 1 and isinstance(args[0], list) and args[0]:
        args = args[0]
    return args, options


def ask(call, args, options):
    torch.manual_seed(1)
    f = function(call["torch"])
    try:
        want = f(*args, **options)
    except TypeError:  # what may stand in its place here has to be named there
        first = next((i for i, n in enumerate(call["names"]) if call["kinds"][n] not in TENSORS), len(args))
        want = f(*args[:first], **{RENAMED.get(n, n): a for n, a in zip(call["names"][first:], args[first:]) if a is not None}, **options)
    return list(want) if isinstance(want, (tuple, list)) else [want]


def widened(call, args, options):
    """The same numbers in float64, which holds them all: no byte wraps there, no half is rounded between."""
    kinds = dict(call["kinds"], **POSITIONS.get(call["row"], {}))

    def wide(v, name):
        positions = kinds.get(name) in ("indices", "labels", "counted")
        if isinstance(v, torch.Tensor) and v.dtype != torch.bool and (v.is_floating_point() or not positions):
            return v.double()
        return v

    return [wide(v, n) for v, n in zip(args, call["names"])], {k: wide(v, k) for k, v in options.items()}


def too_long(*_):
    raise Unasked("PyTorch takes more than 5 s")


def gives_counts(call):
    given = dict(zip(call["names"], call["args"]), **call["options"])
    return given.get("return_counts") and not given.get("return_inverse")


def signed_nan(call):
    return call["row"] in ("signbit", "copysign", "view_dtype") and any(
        isinstance(v, float) and math.isnan(v) for a in call["args"] for v in (a.get("d", []) if isinstance(a, dict) else [a]))


def drops(call):
    at = call["names"].index("dropout_p") if "dropout_p" in call["names"] else len(call["args"])
    given = call["options"].get("dropout_p", call["args"][at] if at < len(call["args"]) else 0)
    return isinstance(given, (int, float)) and given > 0


def judge(call):
    """kind, text of a difference; or None."""
    if drops(call):
        raise Unasked("drawn")
    if signed_nan(call):
        raise Unasked("JSON loses the sign of NaN")
    if call.get("kind") in ("memory", "interrupt"):
        raise Unasked("memory")
    if call["row"] in OTHER_FORM:
        raise Unasked("another form")
    if call["row"] in DRAWN:
        raise Unasked("drawn")
    if call["args"] and isinstance(call["args"][0], str) and call["kinds"][call["names"][0]] == "tensor":
        raise Unasked("texts have methods of their own in Python")
    if call["row"] == "isin" and (True in call["args"] or call["options"].get("assume_unique")):
        raise Unasked("a promise that is not kept")
    try:
        args, options = arguments(call)
        wants = ask(call, args, options)
    except REFUSED as problem:
        if isinstance(problem, (NotImplementedError, RecursionError)) or "not implemented for" in str(problem) or "allocate memory" in str(problem):
            raise Unasked("PyTorch has no kernel") from problem
        return ("refusal", str(problem).split("\n")[0]) if "answer" in call else None
    if "error" in call:
        return "accept", call["error"]
    if len(wants) != len(call["answer"]):
        return "forward", f"{len(call['answer'])} results, PyTorch {len(wants)}"
    problem = difference(call, args, options, wants)
    if problem and any(isinstance(w, torch.Tensor) and w.dtype.is_floating_point for w in wants):
        with contextlib.suppress(Exception):
            exact = ask(call, *widened(call, args, options))
            if not difference(call, args, options, [e.to(w.dtype) for e, w in zip(exact, wants)]):
                return "forward", "in float64 the same: " + problem
            ours = [getattr(torch, got["t"]) for got in call["answer"]]
            if not difference(call, args, options, [e.to(t) for e, t in zip(exact, ours)]):  # another dtype, and of it the right numbers
                problem = re.sub(r"^(dtype \w+, PyTorch \w+), value .*", r"\1", problem)
    return ("forward", problem) if problem else None


def difference(call, args, options, wants):
    """What the results are not, if anything."""
    given = dict(zip((RENAMED.get(n, n) for n in call["names"]), args), **options)
    for i, (got, w) in enumerate(zip(call["answer"], wants)):
        index = i < len(call["index"]) and call["index"][i] or call["row"] in COUNTED and (i > 0 or not call["row"].startswith("unique")) or \
            i == 1 and "max_pool" in call["row"]
        if call["row"].startswith("unique") and (i == 2 or len(wants) == 2 and gives_counts(call)):
            index = False
        if call["row"] in UP_TO_SIGN and isinstance(got, dict) and "t" in got and isinstance(w, torch.Tensor):
            got, w = dict(got, d=[abs(v) for v in got["d"]]), w.abs()
        problem = unlike(got, w, index)
        if problem and not will_do(call, given, wants, i):
            return problem
    return None


def verdict(call):
    """[what] or [what, kind, text], as it goes through a pipe."""
    try:
        signal.alarm(5)
        difference = judge(call)
    except Exception as problem:
        known = isinstance(problem, Unasked) or type(problem).__name__ in UNASKED
        return ["unasked", "" if known else f"{type(problem).__name__} {problem}"[:120]]
    finally:
        signal.alarm(0)
    return ["same"] if difference is None else ["different", *difference]


def answer_all(calls, out):
    resource.setrlimit(resource.RLIMIT_AS, (4 << 30, 4 << 30))
    signal.signal(signal.SIGALRM, too_long)
    with os.fdopen(out, "w") as pipe:
        for call in calls:
            pipe.write(json.dumps(verdict(call)) + "\n")
            pipe.flush()
    os._exit(0)


def lines_of(pipe, child):
    """What the child says, line by line; one that is silent for 20 s hangs inside PyTorch, where its alarm does not reach it."""
    left = b""
    while select.select([pipe], [], [], 20)[0]:
        data = os.read(pipe, 1 << 16)
        if not data:
            return
        *lines, left = (left + data).split(b"\n")
        yield from lines
    os.kill(child, signal.SIGKILL)


def verdicts(calls):
    """PyTorch itself crashes or hangs at times: each try is a process, and goes on behind the call that ended the one before."""
    done = 0
    while done < len(calls):
        inside, outside = os.pipe()
        child = os.fork()
        if child == 0:
            os.close(inside)
            answer_all(calls[done:], outside)
        os.close(outside)
        for line in lines_of(inside, child):
            yield calls[done], json.loads(line)
            done += 1
        os.close(inside)
        os.waitpid(child, 0)
        if done < len(calls):
            yield calls[done], ["unasked", "PyTorch crashes or hangs"]
            done += 1


def show(examples):
    for (row, kind, _), (n, text, call) in sorted(examples.items(), key=lambda item: -item[1][0])[:200]:
        shown = json.dumps([call["args"], call["options"]])
        print(f"{n} x {row} {kind}: {text[:200]}\n      #{call['i']} {shown[:230]}")


def main():
    warnings.simplefilter("ignore")
    torch.set_num_threads(1)
    show_rules = sys.argv[1] == "--listed"
    page, *files = sys.argv[1 + show_rules:]
    found = rules(page)
    counts, examples, unasked = collections.Counter(), {}, collections.Counter()
    for path in files:
        with open(path, encoding="utf-8") as lines:
            calls = [json.loads(line) for line in lines]
        for call, (what, *difference) in verdicts(calls):
            counts["calls"] += 1
            counts["accepted" if "answer" in call else "refused"] += 1
            if what == "unasked":
                unasked[call["row"]] += 1
                if difference[0]:
                    print("not asked:", call["row"], "#", call["i"], difference[0])
            elif what == "different":
                if listed(found, call, *difference):
                    what = "listed"
                else:
                    difference[1] += f" {{{' '.join(sorted(facts(call)))}}}"
                    key = (call["row"], difference[0], re.sub(r"-?\d[\d.e+-]*|inf|nan|\[[^\]]*\]", "#", difference[1])[:50])
                    examples.setdefault(key, [0, difference[1], call])[0] += 1
            counts[what] += 1
    show(examples)
    if show_rules:
        show_listed(found)
    print("never asked:", " ".join(f"{row}:{n}" for row, n in unasked.most_common(60)))
    print(", ".join(f"{n} {what}" for what, n in counts.items()))
    sys.exit(1 if counts["different"] else 0)


if __name__ == "__main__":
    main()
