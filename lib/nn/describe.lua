-- describe.lua - help for the classes of nn: lun.help("nn.Linear"), lun.help("LSTM"), lun.help("nn")
--
-- What each takes, with defaults, comes from the classes; what one does is its op's help, or a sentence here.
-- Read next: lib/nn/define.lua, lib/help.lua. SPDX-License-Identifier: MIT
local lun = require "lunette"
local nn = require "lunette.nn"

local texts = {
    Linear = "y = x W^T + b: [..., in_features] -> [..., out_features].", Bilinear = "y = x1 W x2 + b for each output.",
    Embedding = "Rows of a table by ids from 1: [...] -> [..., embedding_dim]. {padding_idx = k}: row k stays zero.",
    EmbeddingBag = "Sums, means or maxima of rows of a table, a bag of ids each.",
    Flatten = "Dims start_dim..end_dim made one.", Unflatten = "One dim made several.", Identity = "x itself.",
    Fold = "Windows added back into a picture.", Unfold = "The windows of a picture as columns.",
    RNN = "A recurrent network: out, h = rnn(x, h). x: [steps, n, input_size], or [n, steps, input_size] with batch_first.",
    GRU = "Gated recurrent units: out, h = gru(x, h).", LSTM = "Long short-term memory: out, {h, c} = lstm(x, {h, c}).",
    RNNCell = "One step of an RNN: h = cell(x, h).", GRUCell = "One step of a GRU: h = cell(x, h).",
    LSTMCell = "One step of an LSTM: {h, c} = cell(x, {h, c}).",
    MultiheadAttention = "out, weights = attention(query, key, value, {attn_mask, key_padding_mask, need_weights, is_causal}).",
    TransformerEncoderLayer = "Self-attention and a feed-forward network, each with a norm and what went in added.",
    TransformerEncoder = "num_layers copies of an encoder layer: encoder(src, {mask, src_key_padding_mask, is_causal}).",
    TransformerDecoderLayer = "Self-attention, attention over a memory, and a feed-forward network.",
    TransformerDecoder = "num_layers copies of a decoder layer: decoder(tgt, memory, {tgt_mask, ...}).",
    Transformer = "An encoder and a decoder: transformer(src, tgt, {src_mask, tgt_mask, ...}).",
    LayerNorm = "Normalises the last dims, whose sizes are given.", GroupNorm = "Normalises num_groups groups of channels: [n, C, *].",
    RMSNorm = "Divides by the root mean square over the last dims.", PReLU = "max(0, x) + w min(0, x), w learnt.",
    LocalResponseNorm = "Divides by a sum over neighbouring channels.",
    Sequential = "Modules called one after the other: nn.Sequential(a, b, c), or with names nn.Sequential{{\"fc\", a}, {\"act\", b}}.",
    Residual = "x + f(x): nn.Residual(nn.Sequential(...)).",
    ModuleList = "A list of modules that are not called by themselves.", ModuleDict = "Modules by name that are not called by themselves.",
    AdaptiveLogSoftmaxWithLoss = "log-probabilities, loss = f(x, target) for many classes sorted by frequency, the rare ones in clusters.",
    LinearCrossEntropyLoss = "cross_entropy of a linear layer's scores: f(x, target).",
    ParameterList = "A list of parameters.", ParameterDict = "Parameters by name.",
    Parameter = "A tensor as a parameter: a leaf that requires grad.",
    Module = "What all networks are made of: local Net = nn.Module:extend(\"Net\"); function Net:init(...) end; function Net:forward(x) end.",
}
for d = 1, 3 do
    local picture = ({"[n, C, L]", "[n, C, H, W]", "[n, C, D, H, W]"})[d]
    for kind, what in pairs {Zero = "zeros", Constant = "a value", Reflection = "its mirror image", Replication = "its border",
                             Circular = "its other end"} do
        texts[("%sPad%dd"):format(kind, d)] = ("Pads %s with %s; padding is a number or {before, after, ...}, last dim first."):format(picture, what)
    end
    texts[("Conv%dd"):format(d)] = ("A convolution of %s."):format(picture)
    texts[("ConvTranspose%dd"):format(d)] = ("A transposed convolution of %s: it enlarges by its stride."):format(picture)
    texts[("BatchNorm%dd"):format(d)] = ("Normalises channels by the batch in training, by running statistics in use: %s."):format(picture)
    texts[("InstanceNorm%dd"):format(d)] = ("Normalises each channel of each sample: %s."):format(picture)
end

local function signature(name, class)
    local parts, named = {}, {}
    for _, p in ipairs(class.spec or {}) do
        local text = p.name .. (p.default ~= nil and " = " .. tostring(p.default) or p.optional and "?" or "")
        table.insert(p.named and named or parts, text)
    end
    if #named > 0 then parts[#parts + 1] = "{" .. table.concat(named, ", ") .. "}" end
    return ("lun.nn.%s(%s)"):format(name, class.spec and table.concat(parts, ", ") or "...")
end

local function sentence(name, class)
    if name:find "^Lazy" then return ("%s whose input size is the first input's."):format(name:sub(5)) end
    local row = type(class) == "table" and class.op and lun.ops(class.op)
    return texts[name] or row and row.help or "A module."
end

local function names()
    local list = {}
    for name in pairs(nn) do
        if name:find "^%u" then list[#list + 1] = name end
    end
    table.sort(list)
    return list
end

local function listing()
    local lines = {"Modules: lun.nn.NAME(...); options by place, or by name in a last table"}
    for _, name in ipairs(names()) do
        local text = sentence(name, nn[name]):match "^(.-%.)%s" or sentence(name, nn[name])
        lines[#lines + 1] = ("  %-30s %s"):format(name, #text > 86 and text:sub(1, 83) .. "..." or text)
    end
    return table.concat(lines, "\n") .. "\nSee also: lun.help(\"nn.functional\")"
end

--- The help text for a class by its name, and for "nn"; nil for anything else.
return function(name)
    if name == "nn" then return listing() end
    local last = name:match "[^.]+$"
    local class = (name == last or name == "nn." .. last) and rawget(nn, last)
    if not class or not last:find "^%u" then return nil end
    local lines = {type(class) == "table" and signature(last, class) or ("lun.nn.%s(x)"):format(last), sentence(last, class)}
    if type(class) == "table" and class.op then lines[#lines + 1] = ("See also: lun.help(%q)"):format(class.op) end
    return table.concat(lines, "\n")
end
