-- layers.lua - linear, embedding, dropout, convolution, pooling, normalisation
--
-- Names, initialisation and numerics are PyTorch's; options come in a last table: nn.Conv2d(3, 8, 3, {stride = 2, bias = false}).
-- Read next: lib/nn/module.lua. SPDX-License-Identifier: MIT
local lun = require "lunette"
local Module = require "lunette.nn.module"
local init = require "lunette.nn.init"

local layers = {}

-- What the hint of an error shows.
local examples = {Linear = "784, 10", Embedding = "1000, 64", Conv1d = "3, 16, 5", Conv2d = "3, 16, 3", BatchNorm1d = "16", BatchNorm2d = "16",
                  LayerNorm = "64", MaxPool2d = "2", AvgPool2d = "2", AdaptiveAvgPool2d = "1", Dropout = "0.5"}

local function check_count(class, name, value)
    local whole = type(value) == "number" and math.tointeger(value)
    if not whole or whole < 1 then
        lun.fail("nn." .. class, ("%s must be a whole number above 0, got %s"):format(name, type(value) == "table" and "a table" or tostring(value)),
                 ("lun.nn.%s(%s)"):format(class, examples[class]))
    end
    return whole
end

local function option(options, name, default)
    local value = options and options[name]
    if value == nil then return default end
    return value
end

local function check_options(class, options, names)
    if options == nil then return end
    if type(options) ~= "table" then
        lun.fail("nn." .. class, ("options go into a table, got %s"):format(tostring(options)),
                 names == "" and "no options here" or ("{%s = ...}"):format(names:match "%S+"))
    end
    for name in pairs(options) do
        if not (" " .. names .. " "):find(" " .. tostring(name) .. " ", 1, true) then
            lun.fail("nn." .. class, ("no option '%s'; it takes: %s"):format(tostring(name), names == "" and "none" or names:gsub(" ", ", ")),
                     "options stand in a table after the other arguments", "name")
        end
    end
end

local function parameter(...) return lun.empty(...):requires_grad_() end

-- Weight by kaiming_uniform with a = sqrt(5), bias uniform in 1/sqrt(fan_in): PyTorch's default for linear and convolution.
local function default_init(self)
    init.kaiming_uniform_(self.weight, {a = math.sqrt(5)})
    if self.bias then
        local bound = 1 / math.sqrt((init.fans(self.weight)))
        init.uniform_(self.bias, -bound, bound)
    end
end

--- y = x W^T + b. x: [..., in_features] -> [..., out_features].
local Linear = Module:extend("Linear")
function Linear:init(in_features, out_features, options)
    check_options("Linear", options, "bias")
    self.in_features = check_count("Linear", "in_features", in_features)
    self.out_features = check_count("Linear", "out_features", out_features)
    self.weight = parameter(out_features, in_features)
    if option(options, "bias", true) then self.bias = parameter(out_features) end
    default_init(self)
end
function Linear:forward(x) return lun.linear(x, self.weight, self.bias) end
function Linear:extra() return ("%d -> %d%s"):format(self.in_features, self.out_features, self.bias and "" or ", no bias") end
layers.Linear = Linear

--- Rows of a table by 1-based ids: [...] -> [..., embedding_dim]. {padding_idx = k}: row k stays zero and gets no gradient.
local Embedding = Module:extend("Embedding")
function Embedding:init(num_embeddings, embedding_dim, options)
    check_options("Embedding", options, "padding_idx")
    self.num_embeddings = check_count("Embedding", "num_embeddings", num_embeddings)
    self.embedding_dim = check_count("Embedding", "embedding_dim", embedding_dim)
    self.padding_idx = option(options, "padding_idx")
    if self.padding_idx and (math.type(self.padding_idx) ~= "integer" or self.padding_idx < 1 or self.padding_idx > num_embeddings) then
        lun.fail("nn.Embedding", ("padding_idx must lie in 1..%d, got %s"):format(num_embeddings, tostring(self.padding_idx)),
                 "ids count from 1", "index")
    end
    self.weight = parameter(num_embeddings, embedding_dim)
    init.normal_(self.weight)
    if self.padding_idx then lun.no_grad(function() self.weight[self.padding_idx]:fill_(0) end) end
end
function Embedding:forward(ids) return lun.embedding(ids, self.weight, self.padding_idx) end
function Embedding:extra() return ("%d x %d"):format(self.num_embeddings, self.embedding_dim) end
layers.Embedding = Embedding

--- In training: elements are zeroed with chance p, the rest scaled by 1/(1-p). In eval: x itself.
local Dropout = Module:extend("Dropout")
function Dropout:init(p)
    p = p or 0.5
    if type(p) ~= "number" or not (p >= 0 and p <= 1) then
        lun.fail("nn.Dropout", "p must be a number from 0 to 1, got " .. tostring(p), "lun.nn.Dropout(0.5)")
    end
    self.p = p
end
function Dropout:forward(x) return lun.dropout(x, self.p, self.training) end
function Dropout:extra() return "p = " .. self.p end
layers.Dropout = Dropout

--- Dims start_dim..end_dim (default 2..-1) made one.
local Flatten = Module:extend("Flatten")
function Flatten:init(start_dim, end_dim) self.start_dim, self.end_dim = start_dim or 2, end_dim or -1 end
function Flatten:forward(x) return x:flatten(self.start_dim, self.end_dim) end
layers.Flatten = Flatten

local Identity = Module:extend("Identity")
function Identity:forward(x) return x end
layers.Identity = Identity

-- ---- convolution ----

local conv_options = "stride padding dilation groups bias"

local function convolution(name, dims, apply)
    local Conv = Module:extend(name)
    function Conv:init(in_channels, out_channels, kernel_size, options)
        check_options(name, options, conv_options)
        self.in_channels = check_count(name, "in_channels", in_channels)
        self.out_channels = check_count(name, "out_channels", out_channels)
        self.groups = check_count(name, "groups", option(options, "groups", 1))
        if in_channels % self.groups ~= 0 or out_channels % self.groups ~= 0 then
            lun.fail("nn." .. name, ("%d and %d channels cannot be split into %d groups"):format(in_channels, out_channels, self.groups),
                     "groups divides both numbers of channels")
        end
        local kernel = {}
        for d = 1, dims do
            local size = kernel_size
            if type(kernel_size) == "table" then size = kernel_size[d] end
            kernel[d] = check_count(name, "kernel_size", size)
        end
        self.kernel_size = kernel
        self.stride, self.padding = option(options, "stride", 1), option(options, "padding", 0)
        self.dilation = option(options, "dilation", 1)
        self.weight = parameter(out_channels, in_channels // self.groups, table.unpack(kernel))
        if option(options, "bias", true) then self.bias = parameter(out_channels) end
        default_init(self)
    end
    function Conv:forward(x) return apply(x, self.weight, self.bias, self.stride, self.padding, self.dilation, self.groups) end
    function Conv:extra()
        return ("%d -> %d, kernel %s"):format(self.in_channels, self.out_channels, table.concat(self.kernel_size, "x"))
    end
    return Conv
end

--- x: [N, C, L] -> [N, out, L']. Options: stride, padding ("same", "valid" or a number), dilation, groups, bias.
layers.Conv1d = convolution("Conv1d", 1, function(...) return lun.conv1d(...) end)
--- x: [N, C, H, W] -> [N, out, H', W'].
layers.Conv2d = convolution("Conv2d", 2, function(...) return lun.conv2d(...) end)

local function pool(name, first, names, apply)
    local Pool = Module:extend(name)
    function Pool:init(kernel_size, options)
        check_options(name, options, names)
        for _, size in ipairs(type(kernel_size) == "table" and kernel_size or {kernel_size or false}) do
            check_count(name, first, size)
        end
        self.kernel_size, self.options = kernel_size, options or {}
    end
    function Pool:forward(x) return apply(self, x, self.options) end
    function Pool:extra()
        local size = self.kernel_size
        return (first == "output_size" and "to " or "kernel ") .. (type(size) == "table" and table.concat(size, "x") or size)
    end
    return Pool
end

--- x: [N, C, H, W]; stride defaults to the kernel.
layers.MaxPool2d = pool("MaxPool2d", "kernel_size", "stride padding dilation ceil_mode", function(self, x, o)
    return (lun.max_pool2d(x, self.kernel_size, o.stride, o.padding or 0, o.dilation or 1, o.ceil_mode or false))
end)
layers.AvgPool2d = pool("AvgPool2d", "kernel_size", "stride padding ceil_mode count_include_pad", function(self, x, o)
    return lun.avg_pool2d(x, self.kernel_size, o.stride, o.padding or 0, o.ceil_mode or false, option(o, "count_include_pad", true))
end)
--- Any input size to the output size given: nn.AdaptiveAvgPool2d(1) is the global mean.
layers.AdaptiveAvgPool2d = pool("AdaptiveAvgPool2d", "output_size", "", function(self, x) return lun.adaptive_avg_pool2d(x, self.kernel_size) end)

-- ---- normalisation ----

local function batch_norm(name, ndims)
    local Norm = Module:extend(name)
    function Norm:init(num_features, options)
        check_options(name, options, "eps momentum affine track_running_stats")
        self.num_features = check_count(name, "num_features", num_features)
        self.eps, self.momentum = option(options, "eps", 1e-5), option(options, "momentum", 0.1)
        if option(options, "affine", true) then
            self.weight = lun.ones(num_features):requires_grad_()
            self.bias = lun.zeros(num_features):requires_grad_()
        end
        if option(options, "track_running_stats", true) then
            self:register_buffer("running_mean", lun.zeros(num_features))
            self:register_buffer("running_var", lun.ones(num_features))
            self:register_buffer("num_batches_tracked", lun.tensor(0))
        end
    end
    function Norm:forward(x)
        if not ndims[x.ndim] then
            lun.fail("nn." .. name, ("an input with %d dims does not fit; it takes %s"):format(x.ndim, ndims.text),
                     name == "BatchNorm2d" and "x:unsqueeze(1) adds a dim in front" or "x:flatten(2) joins all dims but the first", "shape")
        end
        if self.training and self.num_batches_tracked then
            lun.no_grad(function() self.num_batches_tracked:add_(1) end)
        end
        local training = self.training or not self.running_mean
        return lun.batch_norm(x, self.running_mean, self.running_var, self.weight, self.bias, training, self.momentum, self.eps)
    end
    function Norm:extra() return tostring(self.num_features) end
    return Norm
end

layers.BatchNorm1d = batch_norm("BatchNorm1d", {[2] = true, [3] = true, text = "[N, C] or [N, C, L]"})
layers.BatchNorm2d = batch_norm("BatchNorm2d", {[4] = true, text = "[N, C, H, W]"})

--- Normalises the last dims, whose sizes are given: nn.LayerNorm(64) or nn.LayerNorm({8, 8}).
local LayerNorm = Module:extend("LayerNorm")
function LayerNorm:init(normalized_shape, options)
    check_options("LayerNorm", options, "eps elementwise_affine bias")
    self.normalized_shape = {}
    for d, size in ipairs(type(normalized_shape) == "table" and normalized_shape or {normalized_shape or false}) do
        self.normalized_shape[d] = check_count("LayerNorm", "normalized_shape", size)
    end
    self.eps = option(options, "eps", 1e-5)
    if option(options, "elementwise_affine", true) then
        self.weight = lun.ones(table.unpack(self.normalized_shape)):requires_grad_()
        if option(options, "bias", true) then self.bias = lun.zeros(table.unpack(self.normalized_shape)):requires_grad_() end
    end
end
function LayerNorm:forward(x) return lun.layer_norm(x, self.normalized_shape, self.weight, self.bias, self.eps) end
function LayerNorm:extra() return table.concat(self.normalized_shape, "x") end
layers.LayerNorm = LayerNorm

return layers
