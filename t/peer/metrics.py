# metrics.py - writes metrics.lua: scikit-learn's metrics of random predictions, for t/lua/metrics.lua
#
# Labels are written counting from 1. Each case has its data and what scikit-learn answers.
# Holds: the same versions give the same bytes. Run: python3 -m venv /tmp/venv-sklearn; /tmp/venv-sklearn/bin/pip install scikit-learn;
# /tmp/venv-sklearn/bin/python t/peer/metrics.py. Read next: README.md.
# SPDX-License-Identifier: MIT
import os
import warnings

import numpy as np
from sklearn import metrics as m

warnings.filterwarnings("ignore")
HERE = os.path.dirname(os.path.abspath(__file__))
rng = np.random.default_rng(8)


def lua(value):
    if isinstance(value, dict):
        return "{" + ", ".join(f"{k} = {lua(v)}" for k, v in value.items()) + "}"
    if isinstance(value, (list, tuple, np.ndarray)):
        return "{" + ", ".join(lua(v) for v in value) + "}"
    if isinstance(value, (int, np.integer)):
        return str(int(value))
    return repr(float(value))


def rounded(x):
    return np.round(x, 3)


def ratios(t, p, averages, **more):
    found = {}
    for name, f in {"precision": m.precision_score, "recall": m.recall_score, "f1": m.f1_score, "iou": m.jaccard_score}.items():
        found[name] = {a: f(t, p, average=a, zero_division=0, **more) for a in averages}
    return found


def labels(n, classes, missing=()):
    t = rng.integers(0, classes, n)
    p = np.where(rng.random(n) < 0.6, t, rng.integers(0, classes, n))
    for c in missing:  # a class that is never the target, one that is never predicted
        t[t == c[0]] = (c[0] + 1) % classes
        p[p == c[1]] = (c[1] + 1) % classes
    return t, p


cases = []
for n, classes, missing in [(60, 3, ()), (40, 5, [(1, 2)]), (25, 4, [(0, 0)])]:
    t, p = labels(n, classes, missing)
    every = list(range(classes))
    wanted = {"confusion": m.confusion_matrix(t, p, labels=every), "accuracy": m.accuracy_score(t, p), **ratios(t, p, ["macro", "micro", "weighted"])}
    cases.append({"kind": '"labels"', "classes": classes, "target": t + 1, "predicted": p + 1, "want": wanted})
for n, classes in [(50, 4), (30, 7)]:
    t = np.concatenate([np.arange(classes), rng.integers(0, classes, n - classes)])
    logits = rounded(rng.normal(size=(n, classes)) + 1.5 * np.eye(classes)[t])
    chances = np.exp(logits) / np.exp(logits).sum(1, keepdims=True)
    wanted = {"accuracy": m.accuracy_score(t, logits.argmax(1)), "perplexity": np.exp(m.log_loss(t, chances)),
              "auc": m.roc_auc_score(t, chances, multi_class="ovr", average="macro"),
              "top2": m.top_k_accuracy_score(t, logits, k=2), "top3": m.top_k_accuracy_score(t, logits, k=3)}
    cases.append({"kind": '"scores"', "target": t + 1, "scores": logits, "want": wanted})
for n, digits in [(50, 3), (40, 1)]:  # one digit: many ties
    t = rng.integers(0, 2, n)
    chances = np.clip(np.round(rng.random(n) * 0.6 + 0.4 * t, digits), 0, 1)
    p = (chances > 0.5).astype(int)
    wanted = {"accuracy": m.accuracy_score(t, p), "auc": m.roc_auc_score(t, chances), "confusion": m.confusion_matrix(t, p),
              **ratios(t, p, ["binary"])}
    cases.append({"kind": '"chances"', "target": t, "chances": chances, "want": wanted})
for shape in [(30,), (20, 3)]:
    t = rounded(rng.normal(size=shape) * 10 + 1000)
    p = rounded(t + rng.normal(size=shape) * 3)
    wanted = {"mae": m.mean_absolute_error(t, p), "mse": m.mean_squared_error(t, p), "rmse": np.sqrt(m.mean_squared_error(t, p)), "r2": m.r2_score(t, p)}
    cases.append({"kind": '"numbers"', "target": t, "predicted": p, "want": wanted})

with open(os.path.join(HERE, "metrics.lua"), "w") as f:
    f.write("-- metrics.lua - made by t/peer/metrics.py. SPDX-License-Identifier: MIT\nreturn {\n")
    for case in cases:
        f.write("    {\n")
        for key, value in case.items():
            text = value if isinstance(value, str) else lua(value)
            words, line = text.split(" "), f"        {key} ="
            for w in words:
                if len(line) + len(w) > 108:
                    f.write(line + "\n")
                    line = "           "
                line += " " + w
            f.write(line + ",\n")
        f.write("    },\n")
    f.write("}\n")
