-- layers.lua - linear, bilinear and embedding layers, dropout, changes of shape
--
-- Names, initialisation and numerics are PyTorch's; options come in their places or in a last table: nn.Linear(3, 8, {bias = false}).
-- Read next: lib/nn/define.lua. SPDX-License-Identifier: MIT
local lun = require "lunette"
local define = require "lunette.nn.define"
local init = require "lunette.nn.init"

local layers = {}

local function parameter(...) return lun.empty(...):requires_grad_() end

local function linear_weights(self, biased)
    self.weight = parameter(self.out_features, self.in_features)
    self.bias = nil
    if biased then self.bias = parameter(self.out_features) end
    init.default(self)
end

--- y = x W^T + b. x: [..., in_features] -> [..., out_features].
local Linear = define.class("Linear", "in_features:count out_features:count bias:bool=true", function(self, values)
    linear_weights(self, values.bias)
end)
function Linear:forward(x) return lun.linear(x, self.weight, self.bias) end
function Linear:extra() return ("%d -> %d%s"):format(self.in_features, self.out_features, self.bias and "" or ", no bias") end
layers.Linear = Linear

--- y = x1 W x2 + b for each output.
local Bilinear = define.class("Bilinear", "in1_features:count in2_features:count out_features:count bias:bool=true", function(self, values)
    local bound = 1 / math.sqrt(self.in1_features)
    self.weight = init.uniform_(parameter(self.out_features, self.in1_features, self.in2_features), -bound, bound)
    self.bias = nil
    if values.bias then self.bias = init.uniform_(parameter(self.out_features), -bound, bound) end
end)
function Bilinear:forward(x1, x2) return lun.bilinear(x1, x2, self.weight, self.bias) end
layers.Bilinear = Bilinear

local function table_of_vectors(self, name)
    local k = rawget(self, "padding_idx")
    if k and (k < 1 or k > self.num_embeddings) then
        lun.fail("nn." .. name, ("padding_idx must lie in 1..%d, got %d"):format(self.num_embeddings, k), "ids count from 1", "index")
    end
    self.weight = init.normal_(parameter(self.num_embeddings, self.embedding_dim))
    if k then lun.no_grad(function() self.weight[k]:fill_(0) end) end
end

--- Rows of a table by 1-based ids: [...] -> [..., embedding_dim]. {padding_idx = k}: row k stays zero and gets no gradient.
local Embedding = define.class("Embedding", "num_embeddings:count embedding_dim:count padding_idx:int? max_norm:num? norm_type:num=2 "
                               .. "scale_grad_by_freq:bool=false sparse:bool=false", function(self) table_of_vectors(self, "Embedding") end)
function Embedding:forward(ids)
    return lun.embedding(ids, self.weight, self.padding_idx, self.max_norm, self.norm_type, self.scale_grad_by_freq, self.sparse)
end
function Embedding:extra() return ("%d x %d"):format(self.num_embeddings, self.embedding_dim) end
layers.Embedding = Embedding

--- Sums, means or maxima of rows of a table: bags are rows of ids, or begin at offsets (from 1).
local EmbeddingBag = define.class("EmbeddingBag", "num_embeddings:count embedding_dim:count max_norm:num? norm_type:num=2 "
                                  .. "scale_grad_by_freq:bool=false mode:string=mean sparse:bool=false "
                                  .. "* include_last_offset:bool=false padding_idx:int?",
                                  function(self) table_of_vectors(self, "EmbeddingBag") end)
function EmbeddingBag:forward(ids, offsets, per_sample_weights)
    return (lun.embedding_bag(ids, self.weight, {offsets = offsets, max_norm = self.max_norm, norm_type = self.norm_type, mode = self.mode,
            scale_grad_by_freq = self.scale_grad_by_freq, sparse = self.sparse, per_sample_weights = per_sample_weights,
            include_last_offset = self.include_last_offset, padding_idx = self.padding_idx}))
end
layers.EmbeddingBag = EmbeddingBag

--- In training: elements (channels in the 1d, 2d and 3d kinds) are zeroed with chance p, the rest scaled by 1/(1-p). In eval: x itself.
for class, op in pairs {Dropout = "dropout", Dropout1d = "dropout1d", Dropout2d = "dropout2d", Dropout3d = "dropout3d",
                        AlphaDropout = "alpha_dropout", FeatureAlphaDropout = "feature_alpha_dropout"} do
    layers[class] = define.op {class, op, "p:chance=0.5", mode = true}
    layers[class].extra = function(self) return "p = " .. self.p end
end

--- Dims start_dim..end_dim (default 2..-1) made one.
local Flatten = define.class("Flatten", "start_dim:int=2 end_dim:int=-1")
function Flatten:forward(x) return x:flatten(self.start_dim, self.end_dim) end
layers.Flatten = Flatten

--- Dim dim made several of the sizes unflattened_size (one may be -1).
local Unflatten = define.class("Unflatten", "dim:int unflattened_size:sizes")
function Unflatten:forward(x) return x:unflatten(self.dim, self.unflattened_size) end
layers.Unflatten = Unflatten

--- x itself, whatever the constructor is given.
local Identity = require "lunette.nn.module":extend("Identity")
function Identity:forward(x) return x end
layers.Identity = Identity

return layers
