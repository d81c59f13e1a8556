# modules.py - writes modules.safetensors: what PyTorch's modules answer, for t/lua/modules.lua
#
# Each row builds a module from a seed and calls it once. The file holds the state before, the inputs, the outputs, the gradients of
# sum(out * linspace(-1, 1)) over all outputs, and the buffers after. The tensor "cases" (bytes) is Lua text with the constructor's
# arguments and the call. P(i) is a position or dim that counts from 0 here and from 1 there; tensors of whole numbers are positions, from 0 in the file.
# Run: /tmp/venv-torch/bin/python t/peer/modules.py. Read next: README.md. SPDX-License-Identifier: MIT
import json
import os
import struct

import torch
from torch import nn

HERE = os.path.dirname(os.path.abspath(__file__))
TYPES = {torch.float32: "F32", torch.float64: "F64", torch.int64: "I64", torch.bool: "BOOL", torch.uint8: "U8"}


class P(int):
    """A position or dim, from 0."""


def r(*shape):
    return torch.randn(*shape)


def positive(*shape):
    return torch.rand(*shape) * 0.8 + 0.1


def signs(*shape):
    x = torch.randn(*shape).sign()
    x.fixed = True  # no gradient for these
    return x


def labels(n, *shape):
    return torch.randint(0, n, shape)


# class, arguments, named arguments, inputs; then, when a plain call will not do: the call here, the call in Lua (m module, x inputs)
def rows():
    every = []
    for name in ("ReLU ReLU6 LeakyReLU ELU SELU CELU GELU SiLU Mish GLU Sigmoid LogSigmoid Hardsigmoid Hardswish Tanh Hardtanh Tanhshrink "
                 "Softplus Softsign Softshrink Hardshrink PReLU").split():
        every.append((name, (), {}, [r(3, 4) * 3]))
    every += [
        ("LeakyReLU", (0.2,), {}, [r(6)]), ("ELU", (), {"alpha": 0.7}, [r(6)]), ("CELU", (2.0,), {}, [r(6)]),
        ("GELU", (), {"approximate": "tanh"}, [r(6)]), ("GLU", (P(0),), {}, [r(4, 3)]), ("Hardtanh", (-2.0, 0.5), {}, [r(6)]),
        ("Softplus", (2.0, 1.0), {}, [r(6)]), ("Softshrink", (0.3,), {}, [r(6)]), ("Hardshrink", (0.3,), {}, [r(6)]),
        ("PReLU", (3,), {"init": 0.1}, [r(2, 3, 2)]), ("Threshold", (0.1, 20.0), {}, [r(6)]), ("Softmax", (P(1),), {}, [r(3, 4)]),
        ("Softmin", (P(0),), {}, [r(3, 4)]), ("LogSoftmax", (P(1),), {}, [r(3, 4)]), ("Softmax2d", (), {}, [r(2, 3, 2, 2)]),
    ]
    x, y = r(4, 3), r(4, 3)
    every += [
        ("CrossEntropyLoss", (), {"ignore_index": P(1), "label_smoothing": 0.1}, [x, labels(3, 4)]),
        ("NLLLoss", (torch.tensor([1.0, 2.0, 0.5]),), {}, [x, labels(3, 4)]), ("MSELoss", (), {"reduction": "none"}, [x, y]),
        ("L1Loss", (), {"reduction": "sum"}, [x, y]), ("SmoothL1Loss", (), {"beta": 0.5}, [x, y]),
        ("HuberLoss", (), {"delta": 0.5}, [x, y]), ("HuberLoss", ("sum", 2.0), {}, [x, y]),
        ("BCELoss", (torch.tensor([1.0, 2.0, 0.5]),), {}, [positive(4, 3), positive(4, 3)]),
        ("BCEWithLogitsLoss", (), {"pos_weight": torch.tensor([1.0, 3.0, 0.5])}, [x, positive(4, 3)]),
        ("KLDivLoss", (), {"reduction": "batchmean"}, [x.log_softmax(1), y.softmax(1)]),
        ("KLDivLoss", (), {"reduction": "sum", "log_target": True}, [x.log_softmax(1), y.log_softmax(1)]),
        ("CTCLoss", (), {}, [r(5, 2, 4), torch.tensor([[1, 2], [3, 1]])],
         lambda m, v: m(v[0].log_softmax(2), v[1], (5, 4), (2, 1)), "m(x[1]:log_softmax(3), x[2], {5, 4}, {2, 1})"),
        ("CTCLoss", (P(2), "sum", True), {}, [r(5, 2, 4), torch.tensor([[1, 3], [3, 1]])],
         lambda m, v: m(v[0].log_softmax(2), v[1], (5, 4), (2, 1)), "m(x[1]:log_softmax(3), x[2], {5, 4}, {2, 1})"),
        ("PoissonNLLLoss", (), {"full": True}, [x, positive(4, 3) * 5]), ("PoissonNLLLoss", (False,), {}, [positive(4, 3), positive(4, 3)]),
        ("GaussianNLLLoss", (), {"full": True}, [x, y, positive(4, 3)]),
        ("MultiMarginLoss", (2, 0.7), {}, [x, labels(3, 4)]), ("MultiMarginLoss", (), {"weight": torch.tensor([1.0, 2.0, 0.5])}, [x, labels(3, 4)]),
        ("MultiLabelMarginLoss", (), {}, [x], lambda m, v: m(v[0], torch.tensor([[2, 0, -1], [1, -1, -1], [0, 1, 2], [-1, 0, 0]])),
         "m(x[1], lun.tensor{{3, 1, -1}, {2, -1, -1}, {1, 2, 3}, {-1, 1, 1}})"),
        ("MultiLabelSoftMarginLoss", (torch.tensor([1.0, 2.0, 0.5]),), {}, [x, positive(4, 3).round()]),
        ("SoftMarginLoss", (), {}, [x, signs(4, 3)]), ("HingeEmbeddingLoss", (0.5,), {}, [x, signs(4, 3)]),
        ("MarginRankingLoss", (0.2,), {"reduction": "sum"}, [x, y, signs(4, 3)]),
        ("CosineEmbeddingLoss", (0.1,), {}, [x, y, signs(4)]), ("TripletMarginLoss", (), {}, [x, y, r(4, 3)]),
        ("TripletMarginLoss", (2.0, 1.0), {"swap": True, "reduction": "none"}, [x, y, r(4, 3)]),
        ("TripletMarginWithDistanceLoss", (), {"margin": 0.5, "swap": True}, [x, y, r(4, 3)]),
        ("CosineSimilarity", (), {}, [x, y]), ("CosineSimilarity", (P(0),), {"eps": 1e-6}, [x, y]),
        ("PairwiseDistance", (), {}, [x, y]), ("PairwiseDistance", (1.0,), {"keepdim": True}, [x, y]),
    ]
    every += [
        ("Linear", (4, 3), {"bias": False}, [r(2, 4)]), ("Bilinear", (3, 4, 2), {}, [r(5, 3), r(5, 4)]),
        ("Embedding", (6, 3), {"padding_idx": P(2)}, [labels(6, 2, 4)]), ("Embedding", (6, 3), {"scale_grad_by_freq": True}, [labels(6, 2, 4)]),
        ("EmbeddingBag", (6, 3), {}, [labels(6, 2, 4)]), ("EmbeddingBag", (6, 3), {"mode": "max", "padding_idx": P(1)}, [labels(6, 2, 4)]),
        ("EmbeddingBag", (6, 3), {"mode": "sum", "include_last_offset": True}, [labels(6, 5), torch.tensor([0, 2, 5])]),
        ("EmbeddingBag", (6, 3), {"mode": "sum"}, [labels(6, 2, 2), r(2, 2)], lambda m, v: m(v[0], None, v[1]), "m(x[1], nil, x[2])"),
        ("Flatten", (), {}, [r(2, 3, 2)]), ("Unflatten", (P(1), (2, 3)), {}, [r(2, 6)]), ("Identity", (), {}, [r(2)]),
    ]
    for d in (1, 2, 3):
        space, size = ((5,), (4, 5), (3, 4, 3))[d - 1], (3, 2, 2)[:d]
        n_items = 1 if d == 3 else 2
        x = r(n_items, 4, *space)
        n = f"{d}d"
        every += [
            ("Conv" + n, (4, 6, 3), {"padding": 1, "stride": 2}, [x]),
            ("Conv" + n, (4, 2, size), {"padding": "same", "groups": 2, "bias": False, "padding_mode": "circular"}, [x]),
            ("ConvTranspose" + n, (4, 2, size), {}, [x]),
            ("ConvTranspose" + n, (4, 4, 3), {"stride": 2, "padding": 1, "output_padding": 1, "groups": 2}, [x]),
            ("MaxPool" + n, (2,), {"stride": 1}, [x]), ("MaxPool" + n, (2,), {"return_indices": True}, [x]),
            ("AvgPool" + n, (size,), {"padding": 1, "count_include_pad": False}, [x]),
            ("AdaptiveAvgPool" + n, (2,), {}, [x]), ("AdaptiveMaxPool" + n, (3,), {"return_indices": True}, [x]),
            ("LPPool" + n, (2.0, 2), {"ceil_mode": True}, [positive(n_items, 4, *space)]),
            ("BatchNorm" + n, (4,), {"momentum": 0.3, "eps": 0.001}, [x]), ("BatchNorm" + n, (4,), {"affine": False}, [x]),
            ("BatchNorm" + n, (4,), {"momentum": None}, [x]),
            ("InstanceNorm" + n, (4,), {"affine": True, "track_running_stats": True}, [x]), ("InstanceNorm" + n, (4,), {}, [x[0]]),
            ("ZeroPad" + n, (2,), {}, [x]), ("ConstantPad" + n, ((1, 2) * d, 3.5), {}, [x]), ("ReflectionPad" + n, (2,), {}, [x]),
            ("ReplicationPad" + n, ((1, 2) * d,), {}, [x]), ("CircularPad" + n, ((1, 2) * d,), {}, [x]), ("Dropout" + n, (0.0,), {}, [x]),
            ("MaxUnpool" + n, (2,), {}, [r(1, 1, *(2,) * d), torch.arange(2**d).reshape(1, 1, *(2,) * d) * 2]),
            ("LocalResponseNorm", (3,), {"k": 2.0}, [x]), ("GroupNorm", (2, 4), {}, [x]),
            ("Upsample", (), {"scale_factor": 2.0}, [x]),
        ]
    for d in (2, 3):
        every.append((f"FractionalMaxPool{d}d", (2,), {"output_size": 3, "_random_samples": torch.rand(2, 4, d)}, [r(2, 4, *(6, 7, 6)[:d])]))
    image = r(2, 4, 4, 6)
    every += [
        ("AdaptiveAvgPool2d", ((2, None),), {}, [image]), ("Dropout", (0.0,), {}, [image]), ("AlphaDropout", (0.0,), {}, [image]),
        ("FeatureAlphaDropout", (0.0,), {}, [image]),
        ("BatchNorm1d", (4,), {"track_running_stats": False}, [r(5, 4)]), ("GroupNorm", (4, 4), {"affine": False}, [image]),
        ("LayerNorm", (6,), {}, [image]), ("LayerNorm", ((4, 6),), {"bias": False, "eps": 0.01}, [image]), ("RMSNorm", (6,), {}, [image]),
        ("RMSNorm", ((4, 6), 0.01), {"elementwise_affine": False}, [image]),
        ("Fold", ((4, 5), 2), {"padding": 1}, [r(1, 8, 30)]), ("Unfold", ((2, 3),), {"stride": 2}, [image]),
        ("Upsample", ((5, 7), None, "bilinear", True), {}, [image]), ("Upsample", (), {"scale_factor": 1.5, "mode": "bicubic"}, [image]),
        ("UpsamplingNearest2d", (), {"scale_factor": 2}, [image]), ("UpsamplingBilinear2d", ((7, 8),), {}, [image]),
        ("PixelShuffle", (2,), {}, [image]), ("PixelUnshuffle", (2,), {}, [image]), ("ChannelShuffle", (2,), {}, [image]),
        ("ConvTranspose2d", (4, 2, 3), {"stride": 2}, [image], lambda m, v: m(v[0], output_size=(10, 13)), "m(x[1], {10, 13})"),
    ]
    return every + sequence_rows()


def pack(x, lengths):
    return nn.utils.rnn.pack_padded_sequence(x, lengths, enforce_sorted=False)


def sequence_rows():
    x, every = r(5, 3, 4), []
    for name, states in (("RNN", 1), ("GRU", 1), ("LSTM", 2)):
        def state(layers, size=2, states=states):
            return [r(layers, 3, size) for _ in range(states)]

        call = (lambda m, v: m(v[0], v[1])) if states == 1 else lambda m, v: m(v[0], (v[1], v[2]))
        lua_call = "m(x[1], x[2])" if states == 1 else "m(x[1], {x[2], x[3]})"
        every += [
            (name, (4, 2), {}, [x]), (name, (4, 2), {"num_layers": 2, "bidirectional": True}, [x, *state(4)], call, lua_call),
            (name, (4, 2), {"batch_first": True, "bias": False}, [x]), (name, (4, 2), {"num_layers": 2}, [r(5, 4)]),
            (name, (4, 2), {"bidirectional": True}, [x], lambda m, v: m(pack(v[0], [2, 5, 3])),
             "m(nn.utils.rnn.pack_padded_sequence(x[1], {2, 5, 3}, {enforce_sorted = false}))"),
            (name + "Cell", (4, 2), {}, [r(3, 4)]), (name + "Cell", (4, 2), {"bias": False}, [r(3, 4), *(s[0] for s in state(1))], call, lua_call),
            (name + "Cell", (4, 2), {}, [r(4)]),
        ]
    every += [
        ("RNN", (4, 2), {"nonlinearity": "relu"}, [x]), ("RNNCell", (4, 2), {"nonlinearity": "relu"}, [r(3, 4)]),
        ("LSTM", (4, 3, 2), {"proj_size": 2, "bidirectional": True}, [x]),
    ]
    return every + attention_rows()


def attention_rows():
    q, k = r(3, 2, 4), r(5, 2, 4)
    float_mask = nn.Transformer.generate_square_subsequent_mask(3)
    padding = torch.tensor([[False, False, False, True, True], [False, False, False, False, True]])
    mask_text = "nn.Transformer.generate_square_subsequent_mask(3)"
    padding_text = "lun.tensor{{false, false, false, true, true}, {false, false, false, false, true}}"
    small, every = {"dim_feedforward": 5, "dropout": 0.0}, []
    every += [
        ("MultiheadAttention", (4, 2), {}, [q, k, r(5, 2, 4)]),
        ("MultiheadAttention", (4, 2), {"kdim": 3, "vdim": 5, "add_bias_kv": True}, [q, r(5, 2, 3), r(5, 2, 5)]),
        ("MultiheadAttention", (4, 2), {"bias": False, "batch_first": True, "add_zero_attn": True}, [r(2, 3, 4), r(2, 5, 4), r(2, 5, 4)],
         lambda m, v: m(*v, key_padding_mask=padding, average_attn_weights=False),
         "m(x[1], x[2], x[3], {key_padding_mask = " + padding_text + ", average_attn_weights = false})"),
        ("MultiheadAttention", (4, 1), {}, [r(3, 4)], lambda m, v: m(v[0], v[0], v[0], attn_mask=float_mask, need_weights=False, is_causal=True),
         "m(x[1], x[1], x[1], {attn_mask = " + mask_text + ", need_weights = false, is_causal = true})"),
    ]
    for kind in ({}, {"norm_first": True, "activation": "gelu"}, {"bias": False}):
        every += [
            ("TransformerEncoderLayer", (4, 2), {**small, **kind}, [q]),
            ("TransformerDecoderLayer", (4, 2), {**small, **kind}, [q, k]),
        ]
    every += [
        ("TransformerEncoderLayer", (4, 2), {**small, "batch_first": True}, [r(2, 5, 4)], lambda m, v: m(v[0], src_key_padding_mask=padding),
         "m(x[1], {src_key_padding_mask = " + padding_text + "})"),
        ("TransformerDecoderLayer", (4, 2), small, [q, k], lambda m, v: m(v[0], v[1], tgt_mask=float_mask, memory_key_padding_mask=padding),
         "m(x[1], x[2], {tgt_mask = " + mask_text + ", memory_key_padding_mask = " + padding_text + "})"),
        ("TransformerEncoder", (L("TransformerEncoderLayer", 4, 2, 5, 0.0), 2), {}, [q], lambda m, v: m(v[0], float_mask),
         "m(x[1], " + mask_text + ")"),
        ("TransformerDecoder", (L("TransformerDecoderLayer", 4, 2, 5, 0.0), 2, L("LayerNorm", 4)), {}, [q, k]),
        ("Transformer", (4, 2, 1, 2), small, [k, q], lambda m, v: m(*v, tgt_mask=float_mask, src_key_padding_mask=padding,
                                                                  memory_key_padding_mask=padding),
         "m(x[1], x[2], nil, " + mask_text + ", nil, " + padding_text + ", nil, " + padding_text + ")"),
        ("Transformer", (4, 2, 1, 1), {**small, "batch_first": True, "norm_first": True, "activation": "gelu"}, [r(2, 5, 4), r(2, 3, 4)]),
    ]
    return every


class L:
    """A module as an argument of another."""

    def __init__(self, name, *args):
        self.name, self.args = name, args

    def make(self):
        return getattr(nn, self.name)(*self.args)


class File:
    def __init__(self):
        self.header, self.parts, self.size = {}, [], 0

    def put(self, name, x):
        x = x.detach().contiguous()
        raw = x.reshape(-1).numpy().tobytes()
        self.header[name] = {"dtype": TYPES[x.dtype], "shape": list(x.shape), "data_offsets": [self.size, self.size + len(raw)]}
        self.parts.append(raw)
        self.size += len(raw)

    def write(self, path):
        data = json.dumps(self.header, separators=(",", ":")).encode()
        data += b" " * (-len(data) % 8)
        with open(path, "wb") as out:
            out.write(struct.pack("<Q", len(data)) + data + b"".join(self.parts))


def lua(v, keep):
    if isinstance(v, bool):
        return "true" if v else "false"
    if isinstance(v, P):
        return str(v + 1 if v >= 0 else int(v))
    if isinstance(v, torch.Tensor):
        return f"T{keep(v)}"
    if isinstance(v, (tuple, list)):
        return "{" + ", ".join(lua(i, keep) for i in v) + "}"
    if isinstance(v, L):
        return f"nn.{v.name}(" + ", ".join(lua(a, keep) for a in v.args) + ")"
    if v is None:
        return "NONE"
    return f'"{v}"' if isinstance(v, str) else repr(v)


def flat(out):
    if out is None:
        return []
    if hasattr(out, "data") and hasattr(out, "batch_sizes"):
        return [out.data]
    return [out] if isinstance(out, torch.Tensor) else [x for item in out for x in flat(item)]


def case(file, i, row):
    name, args, kwargs, inputs = row[:4]
    torch.manual_seed(i)
    module = getattr(nn, name)(*(v.make() if isinstance(v, L) else v for v in args), **kwargs)
    call = row[4] if len(row) > 4 else lambda m, x: m(*x)
    if isinstance(module, nn.modules.lazy.LazyModuleMixin):
        call(module, inputs)
    for p in module.parameters():  # not the zeros and ones that some layers start with
        if p.ndim == 1:
            p.data.normal_()
    constants = []
    text = [lua(v, lambda x: constants.append(x) or f"[{len(constants)}]") for v in args]
    named = [f"{k} = " + lua(v, lambda x: constants.append(x) or f"[{len(constants)}]") for k, v in kwargs.items()]
    arguments = ", ".join(t if t != "NONE" else "nil" for t in text)
    if named:
        # momentum = None is said momentum = false in Lua
        arguments += (", " if arguments else "") + "{" + ", ".join(named).replace("NONE", "false") + "}"
    arguments = arguments.replace("NONE", "false")
    for k, x in enumerate(constants):
        file.put(f"{i}.constant.{k + 1}", x)
    for k, x in module.state_dict().items():
        file.put(f"{i}.state.{k}", x)
    x = [v.clone().requires_grad_() if v.is_floating_point() and not hasattr(v, "fixed") else v for v in inputs]
    for k, v in enumerate(x):
        file.put(f"{i}.input.{k + 1}", v)
    outputs = flat(call(module, x))
    loss = 0
    for k, out in enumerate(outputs):
        file.put(f"{i}.output.{k + 1}", out)
        if out.requires_grad:
            loss = loss + (out * torch.linspace(-1, 1, out.numel()).reshape(out.shape)).sum()
    loss.backward()
    for k, v in enumerate(x):
        if v.grad is not None:
            file.put(f"{i}.gradient.{k + 1}", v.grad)
    for k, p in module.named_parameters():
        if p.grad is not None:
            file.put(f"{i}.gradient.{k}", p.grad)
    for k, b in module.named_buffers():
        file.put(f"{i}.after.{k}", b)
    return f'{{"{name}", [==[{arguments}]==], [==[{row[5] if len(row) > 4 else "m(table.unpack(x))"}]==]}}'


def main():
    torch.manual_seed(0)
    file, texts = File(), []
    for i, row in enumerate(rows()):
        texts.append(case(file, i + 1, row))
    text = f"return {{ -- from PyTorch {torch.__version__.split('+')[0]}\n" + ",\n".join(texts) + "}\n"
    file.put("cases", torch.tensor(list(text.encode()), dtype=torch.uint8))
    file.write(os.path.join(HERE, "modules.safetensors"))


if __name__ == "__main__":
    main()
