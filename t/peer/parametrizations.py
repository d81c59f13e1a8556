# parametrizations.py - writes parametrizations.lua: parametrized weights and losses with parameters, for t/lua/parametrizations.lua
#
# Each case: how it is built here, the state before, the inputs, the outputs, the gradients of sum(out * linspace(-1, 1)) by name, and the
# state after; all in float64. Positions count from 0 in the file. Run: python t/peer/parametrizations.py. Read next: README.md.
# SPDX-License-Identifier: MIT
import os

import torch
from torch import nn
from torch.nn.utils import parametrizations as P

HERE = os.path.dirname(os.path.abspath(__file__))
torch.set_default_dtype(torch.float64)


def text(value):
    if isinstance(value, torch.Tensor):
        return text(value.detach().tolist())
    if isinstance(value, (list, tuple)):
        return "{" + ",".join(text(item) for item in value) + "}"
    if isinstance(value, dict):
        return "{" + ",".join('["%s"]=%s' % (key, text(item)) for key, item in value.items()) + "}"
    return repr(value)


def learnt(module):  # away from the start, where the gradients of many maps are special
    with torch.no_grad():
        for name, p in module.named_parameters():
            if name.endswith(".original") and "orthogonal" in repr(module).lower():
                p.add_(torch.randn_like(p).tril(-1) * 0.3)
            else:
                p.add_(torch.randn_like(p) * 0.1)
    return module


def rows():
    lin, conv = nn.Linear, nn.ConvTranspose1d
    x = torch.randn(2, 4)
    return [
        ("P.weight_norm(nn.Linear(4, 3))", P.weight_norm(lin(4, 3)), [x]),
        ('P.weight_norm(nn.Linear(4, 3), "weight", 2)', P.weight_norm(lin(4, 3), "weight", 1), [x]),
        ('P.weight_norm(nn.Linear(4, 3), "weight", false)', P.weight_norm(lin(4, 3), "weight", None), [x]),
        ('P.weight_norm(nn.Linear(4, 3), "bias")', P.weight_norm(lin(4, 3), "bias"), [x]),
        ("P.spectral_norm(nn.Linear(4, 3))", P.spectral_norm(lin(4, 3)), [x]),
        ('P.spectral_norm(nn.Linear(4, 3), "weight", 3)', P.spectral_norm(lin(4, 3), "weight", 3), [x]),
        ('P.spectral_norm(nn.Linear(4, 3), "bias")', P.spectral_norm(lin(4, 3), "bias"), [x]),
        ("P.spectral_norm(nn.ConvTranspose1d(2, 3, 2))", P.spectral_norm(conv(2, 3, 2)), [torch.randn(1, 2, 4)]),
        ("P.spectral_norm(nn.Linear(4, 3)):eval()", P.spectral_norm(lin(4, 3)).eval(), [x]),
        ("P.orthogonal(nn.Linear(4, 4))", P.orthogonal(lin(4, 4)), [x]),
        ("P.orthogonal(nn.Linear(4, 3))", P.orthogonal(lin(4, 3)), [x]),
        ("P.orthogonal(nn.Linear(4, 6))", P.orthogonal(lin(4, 6)), [x]),
        ('P.orthogonal(nn.Linear(4, 6), "weight", "cayley")', P.orthogonal(lin(4, 6), "weight", "cayley"), [x]),
        ('P.orthogonal(nn.Linear(4, 3), "weight", "matrix_exp")', P.orthogonal(lin(4, 3), "weight", "matrix_exp"), [x]),
        ('P.orthogonal(nn.Linear(4, 3), "weight", "householder", false)',
         P.orthogonal(lin(4, 3), "weight", "householder", use_trivialization=False), [x]),
        ("nn.AdaptiveLogSoftmaxWithLoss(4, 9, {3, 5}, 2)", nn.AdaptiveLogSoftmaxWithLoss(4, 9, [3, 5], div_value=2.0),
         [torch.randn(6, 4), torch.tensor([0, 8, 4, 2, 3, 7])]),
        ("nn.AdaptiveLogSoftmaxWithLoss(6, 9, {2}, {div_value = 2, head_bias = true})",
         nn.AdaptiveLogSoftmaxWithLoss(6, 9, [2], div_value=2.0, head_bias=True), [torch.randn(3, 6), torch.tensor([0, 1, 0])]),
        ("nn.AdaptiveLogSoftmaxWithLoss(4, 9, {3, 5}, 2)", nn.AdaptiveLogSoftmaxWithLoss(4, 9, [3, 5], div_value=2.0), [torch.randn(4), torch.tensor(6)]),
        ("nn.LinearCrossEntropyLoss(4, 5)", nn.LinearCrossEntropyLoss(4, 5), [x, torch.tensor([4, 0])]),
        ('nn.LinearCrossEntropyLoss(4, 5, {bias = true, reduction = "sum", label_smoothing = 0.1})',
         nn.LinearCrossEntropyLoss(4, 5, bias=True, reduction="sum", label_smoothing=0.1), [x, torch.tensor([4, 0])]),
        ('nn.LinearCrossEntropyLoss(4, 3, {out_features = {2}, bias = true, weight = lun.tensor{1.0, 2.0, 0.5}:double(), reduction = "none"})',
         nn.LinearCrossEntropyLoss(4, 3, out_features=(2,), bias=True, weight=torch.tensor([1.0, 2.0, 0.5]), reduction="none"),
         [x, torch.tensor([[2, 0], [1, 1]])]),
        ("nn.LinearCrossEntropyLoss(4, 5, {ignore_index = 2})", nn.LinearCrossEntropyLoss(4, 5, ignore_index=1),
         [x, torch.tensor([1, 3])]),
        ("nn.LinearCrossEntropyLoss(4, 5)", nn.LinearCrossEntropyLoss(4, 5), [x, torch.rand(2, 5).softmax(1)]),
        ("nn.LinearCrossEntropyLoss(4, 5)", nn.LinearCrossEntropyLoss(4, 5), [x[0], torch.tensor(3)]),
    ]


def main():
    torch.manual_seed(0)
    lines = ["-- parametrizations.lua - parametrized weights and losses that hold layers: states, answers, gradients; written by",
             "-- parametrizations.py with PyTorch %s. SPDX-License-Identifier: MIT" % torch.__version__.split("+")[0], "return {"]
    for build, module, inputs in rows():
        if build.startswith("P."):
            learnt(module)
        state = {name: value.clone() for name, value in module.state_dict().items()}
        out = module(*inputs)
        outputs = [out] if isinstance(out, torch.Tensor) else list(out)
        loss = sum((y * torch.linspace(-1, 1, y.numel()).view(y.shape) if y.numel() > 1 else y).sum() for y in outputs)
        names, parameters = zip(*module.named_parameters())
        gradients = torch.autograd.grad(loss, parameters, allow_unused=True)
        row = {"state": state, "inputs": inputs, "outputs": outputs, "after": module.state_dict(),
               "gradients": {name: g for name, g in zip(names, gradients) if g is not None}}
        if hasattr(module, "log_prob") and inputs[0].dim() == 2:
            row["log_prob"], row["predict"] = module.log_prob(inputs[0]), module.predict(inputs[0])
        lines.append("{build=function(lun,nn,P) return %s end,%s}," % (build, text(row)[1:-1]))
    with open(os.path.join(HERE, "parametrizations.lua"), "w") as file:
        file.write("\n".join(lines) + "\n}\n")


if __name__ == "__main__":
    main()
