-- transformer.lua - MultiheadAttention, and the encoder and decoder layers made of it
--
-- Parameter names, initialisation and numerics are PyTorch's; layers count from 1. Sequences are [steps, n, features], or [n, steps,
-- features] with batch_first. In masks of bool true means: do not look; masks of floats are added to the scores. Masks come in a last
-- table: encoder(x, {mask = m, src_key_padding_mask = p}), or in PyTorch's places.
-- Read next: lib/nn/define.lua. SPDX-License-Identifier: MIT
local lun = require "lunette"
local define = require "lunette.nn.define"
local init = require "lunette.nn.init"
local layers = require "lunette.nn.layers"
local normalisation = require "lunette.nn.normalisation"
local containers = require "lunette.nn.containers"

local transformer = {}

-- What a call gives after its tensors: by place, or by name in a last table.
local function call_options(class, names, ...)
    local given, options = table.pack(...), {}
    local last = given[given.n]
    if given.n == 1 and type(last) == "table" and getmetatable(last) == nil then
        for key, v in pairs(last) do
            if not (" " .. names .. " "):find(" " .. tostring(key) .. " ", 1, true) then
                lun.fail("nn." .. class, ("no option '%s'; it takes: %s"):format(tostring(key), (names:gsub(" ", ", "))), "is_causal = true", "name")
            end
            options[key] = v
        end
        return options
    end
    local i = 0
    for name in names:gmatch "%S+" do
        i = i + 1
        options[name] = given[i]
    end
    return options
end

local function check_dims(class, what, x, size)
    if not lun.is_tensor(x) then
        lun.fail("nn." .. class, ("%s must be a tensor, got %s"):format(what, tostring(x)), ("lun.randn(5, 2, %d)"):format(size))
    end
    if (x.ndim ~= 2 and x.ndim ~= 3) or x:size(-1) ~= size then
        lun.fail("nn." .. class, ("%s must be [steps, n, %d] or [steps, %d], got [%s]"):format(what, size, size, table.concat(x.shape, ",")),
                 ("lun.randn(5, 2, %d)"):format(size), "shape")
    end
end

-- ---- attention ----

local function attention_weights(self, biased)
    local e = self.embed_dim
    local function weight(name, ...) self[name] = init.xavier_uniform_(lun.empty(...)):requires_grad_() end
    self.kdim, self.vdim = rawget(self, "kdim") or e, rawget(self, "vdim") or e
    if self.kdim == e and self.vdim == e then
        weight("in_proj_weight", 3 * e, e)
    else
        weight("q_proj_weight", e, e)
        weight("k_proj_weight", e, self.kdim)
        weight("v_proj_weight", e, self.vdim)
    end
    self.bias = nil
    if biased then self.in_proj_bias = lun.zeros(3 * e):requires_grad_() end
    self.out_proj = layers.Linear(e, e, {bias = biased})
    if biased then init.zeros_(self.out_proj.bias) end
    if self.add_bias_kv then
        self.bias_k = init.xavier_normal_(lun.empty(1, 1, e)):requires_grad_()
        self.bias_v = init.xavier_normal_(lun.empty(1, 1, e)):requires_grad_()
    end
end

local Attention = define.class("MultiheadAttention", "embed_dim:count num_heads:count dropout:chance=0 bias:bool=true add_bias_kv:bool=false "
                               .. "add_zero_attn:bool=false kdim:count? vdim:count? batch_first:bool=false", function(self, values)
    if self.embed_dim % self.num_heads ~= 0 then
        lun.fail("nn.MultiheadAttention", ("embed_dim %d cannot be split into %d heads"):format(self.embed_dim, self.num_heads),
                 "lun.nn.MultiheadAttention(8, 2)")
    end
    attention_weights(self, values.bias)
end)

local attention_options = "key_padding_mask need_weights attn_mask average_attn_weights is_causal"

--- Attention of queries over keys and values: the result, and the weights unless {need_weights = false}.
function Attention:forward(query, key, value, ...)
    local o = call_options("MultiheadAttention", attention_options, ...)
    check_dims("MultiheadAttention", "query", query, self.embed_dim)
    check_dims("MultiheadAttention", "key", key, self.kdim)
    check_dims("MultiheadAttention", "value", value, self.vdim)
    local turn = self.batch_first and query.ndim == 3
    if turn then query, key, value = query:transpose(1, 2), key:transpose(1, 2), value:transpose(1, 2) end
    local need = o.need_weights == nil or o.need_weights
    local out, weights = lun.multi_head_attention_forward(query, key, value, {
        embed_dim_to_check = self.embed_dim, num_heads = self.num_heads, in_proj_weight = self.in_proj_weight, in_proj_bias = self.in_proj_bias,
        bias_k = self.bias_k, bias_v = self.bias_v, add_zero_attn = self.add_zero_attn, dropout_p = self.dropout,
        out_proj_weight = self.out_proj.weight, out_proj_bias = self.out_proj.bias, training = self.training,
        key_padding_mask = o.key_padding_mask, need_weights = need, attn_mask = o.attn_mask,
        use_separate_proj_weight = not self.in_proj_weight, q_proj_weight = self.q_proj_weight, k_proj_weight = self.k_proj_weight,
        v_proj_weight = self.v_proj_weight, average_attn_weights = o.average_attn_weights == nil or o.average_attn_weights,
        is_causal = o.is_causal or false})
    return turn and out:transpose(1, 2) or out, weights
end
transformer.MultiheadAttention = Attention

-- ---- layers ----

local layer_arguments = "d_model:count nhead:count dim_feedforward:count=2048 dropout:chance=0.1 activation:activation=relu "
    .. "layer_norm_eps:num=1e-5 batch_first:bool=false norm_first:bool=false bias:bool=true"

-- Parts of a layer, in PyTorch's order: attentions by name, the feed-forward network, norms, dropouts.
local function parts(self, values, attentions, norms)
    local biased = values.bias
    self.bias, self.dropout = nil, nil -- a field that is there does not become a child
    for _, name in ipairs(attentions) do
        self[name] = Attention(self.d_model, self.nhead, {dropout = values.dropout, bias = biased, batch_first = self.batch_first})
    end
    self.linear1 = layers.Linear(self.d_model, self.dim_feedforward, {bias = biased})
    self.dropout = layers.Dropout(values.dropout)
    self.linear2 = layers.Linear(self.dim_feedforward, self.d_model, {bias = biased})
    for i = 1, norms do self["norm" .. i] = normalisation.LayerNorm(self.d_model, {eps = self.layer_norm_eps, bias = biased}) end
    for i = 1, norms do self["dropout" .. i] = layers.Dropout(values.dropout) end
end

local function activate(self, x)
    local f = self.activation
    if type(f) == "string" then return lun[f](x) end
    return f(x)
end

local function attend(self, part, i, x, memory, options)
    local out = self[part](x, memory, memory, options)
    return self["dropout" .. i](out)
end

local function feed_forward(self, i, x) return self["dropout" .. i](self.linear2(self.dropout(activate(self, self.linear1(x))))) end

-- x with what f makes of it added: normalised before f, or after the sum.
local function residual(self, i, x, f)
    local norm = self["norm" .. i]
    if self.norm_first then return x + f(norm(x)) end
    return norm(x + f(x))
end

local EncoderLayer = define.class("TransformerEncoderLayer", layer_arguments, function(self, values) parts(self, values, {"self_attn"}, 2) end)
function EncoderLayer:forward(src, ...)
    local o = call_options("TransformerEncoderLayer", "src_mask src_key_padding_mask is_causal", ...)
    check_dims("TransformerEncoderLayer", "src", src, self.d_model)
    local options = {attn_mask = o.src_mask, key_padding_mask = o.src_key_padding_mask, is_causal = o.is_causal, need_weights = false}
    local x = residual(self, 1, src, function(y) return attend(self, "self_attn", 1, y, y, options) end)
    return residual(self, 2, x, function(y) return feed_forward(self, 2, y) end)
end
transformer.TransformerEncoderLayer = EncoderLayer

local decoder_options = "tgt_mask memory_mask tgt_key_padding_mask memory_key_padding_mask tgt_is_causal memory_is_causal"

local DecoderLayer = define.class("TransformerDecoderLayer", layer_arguments, function(self, values)
    parts(self, values, {"self_attn", "multihead_attn"}, 3)
end)
function DecoderLayer:forward(tgt, memory, ...)
    local o = call_options("TransformerDecoderLayer", decoder_options, ...)
    check_dims("TransformerDecoderLayer", "tgt", tgt, self.d_model)
    check_dims("TransformerDecoderLayer", "memory", memory, self.d_model)
    local own = {attn_mask = o.tgt_mask, key_padding_mask = o.tgt_key_padding_mask, is_causal = o.tgt_is_causal, need_weights = false}
    local other = {attn_mask = o.memory_mask, key_padding_mask = o.memory_key_padding_mask, is_causal = o.memory_is_causal, need_weights = false}
    local x = residual(self, 1, tgt, function(y) return attend(self, "self_attn", 1, y, y, own) end)
    x = residual(self, 2, x, function(y) return attend(self, "multihead_attn", 2, y, memory, other) end)
    return residual(self, 3, x, function(y) return feed_forward(self, 3, y) end)
end
transformer.TransformerDecoderLayer = DecoderLayer

-- ---- stacks ----

-- A layer of the same class and arguments with a copy of the weights, as PyTorch's stacks begin.
local function copy_of(layer)
    local arguments = {}
    for _, p in ipairs(layer.spec) do arguments[p.name] = rawget(layer, p.name) end
    arguments.dropout, arguments.bias = layer.dropout.p, layer.linear1.bias ~= nil
    local copy = getmetatable(layer)(arguments)
    copy:load_state_dict(layer:state_dict())
    return copy
end

local function stack_of(self, class, layer)
    if getmetatable(layer) ~= EncoderLayer and getmetatable(layer) ~= DecoderLayer then
        lun.fail("nn." .. class, "the layer must be a TransformerEncoderLayer or a TransformerDecoderLayer",
                 "lun.nn.TransformerEncoder(lun.nn.TransformerEncoderLayer(8, 2), 2)")
    end
    local list = {}
    for i = 1, self.num_layers do list[i] = copy_of(layer) end
    self.layers = containers.ModuleList(list)
end

local Encoder = define.class("TransformerEncoder", "encoder_layer:module num_layers:count norm:module?", function(self, values)
    self.encoder_layer, self._module_names = nil, {}
    stack_of(self, "TransformerEncoder", values.encoder_layer)
    if values.norm then self._module_names[2] = "norm" end
end)
function Encoder:forward(src, ...)
    local o = call_options("TransformerEncoder", "mask src_key_padding_mask is_causal", ...)
    for _, pair in ipairs(self.layers:named_children()) do
        src = pair[2](src, {src_mask = o.mask, src_key_padding_mask = o.src_key_padding_mask, is_causal = o.is_causal})
    end
    return self.norm and self.norm(src) or src
end
transformer.TransformerEncoder = Encoder

local Decoder = define.class("TransformerDecoder", "decoder_layer:module num_layers:count norm:module?", function(self, values)
    self.decoder_layer, self._module_names = nil, {}
    stack_of(self, "TransformerDecoder", values.decoder_layer)
    if values.norm then self._module_names[2] = "norm" end
end)
function Decoder:forward(tgt, memory, ...)
    local o = call_options("TransformerDecoder", decoder_options, ...)
    for _, pair in ipairs(self.layers:named_children()) do tgt = pair[2](tgt, memory, o) end
    return self.norm and self.norm(tgt) or tgt
end
transformer.TransformerDecoder = Decoder

--- A bool mask [size, size]: true above the diagonal, where a step must not look.
local function causal_mask(size) return lun.ones(size, size):triu(1):bool() end

local Transformer = define.class("Transformer", "d_model:count=512 nhead:count=8 num_encoder_layers:count=6 num_decoder_layers:count=6 "
    .. "dim_feedforward:count=2048 dropout:chance=0.1 activation:activation=relu custom_encoder:module? custom_decoder:module? "
    .. "layer_norm_eps:num=1e-5 batch_first:bool=false norm_first:bool=false bias:bool=true", function(self, values)
    local same, norm = {}, {eps = values.layer_norm_eps, bias = values.bias}
    for _, key in ipairs {"d_model", "nhead", "dim_feedforward", "dropout", "activation", "layer_norm_eps", "batch_first", "norm_first", "bias"} do
        same[key] = values[key]
    end
    self.custom_encoder, self.custom_decoder, self._module_names = nil, nil, {}
    self.encoder = values.custom_encoder
        or Encoder(EncoderLayer(same), self.num_encoder_layers, normalisation.LayerNorm(self.d_model, norm))
    self.decoder = values.custom_decoder
        or Decoder(DecoderLayer(same), self.num_decoder_layers, normalisation.LayerNorm(self.d_model, norm))
    for _, p in ipairs(self:parameters()) do
        if p.ndim > 1 then init.xavier_uniform_(p) end
    end
end)
function Transformer:forward(src, tgt, ...)
    local o = call_options("Transformer", "src_mask tgt_mask memory_mask src_key_padding_mask tgt_key_padding_mask memory_key_padding_mask "
                           .. "src_is_causal tgt_is_causal memory_is_causal", ...)
    check_dims("Transformer", "src", src, self.d_model)
    check_dims("Transformer", "tgt", tgt, self.d_model)
    local memory = self.encoder(src, {mask = o.src_mask, src_key_padding_mask = o.src_key_padding_mask, is_causal = o.src_is_causal})
    return self.decoder(tgt, memory, {tgt_mask = o.tgt_mask, memory_mask = o.memory_mask, tgt_key_padding_mask = o.tgt_key_padding_mask,
                                      memory_key_padding_mask = o.memory_key_padding_mask, tgt_is_causal = o.tgt_is_causal,
                                      memory_is_causal = o.memory_is_causal})
end
--- A mask of floats [size, size], -inf above the diagonal: Transformer.generate_square_subsequent_mask(5).
function Transformer.generate_square_subsequent_mask(size)
    if type(size) ~= "number" or not math.tointeger(size) or size < 1 then
        lun.fail("generate_square_subsequent_mask", "the size must be a whole number above 0, got " .. tostring(size),
                 "lun.nn.Transformer.generate_square_subsequent_mask(5)")
    end
    return lun.zeros(size, size):masked_fill(causal_mask(size), -math.huge)
end
transformer.Transformer = Transformer

return transformer
