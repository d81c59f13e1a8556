-- init.lua - filling parameters with their starting values, as PyTorch does
--
-- Every function writes into its tensor under no_grad and returns it. fan_in and fan_out are counted as for a weight
-- [out, in, kernel...]. Sources: Glorot & Bengio 2010 (xavier), He et al. 2015 (kaiming). SPDX-License-Identifier: MIT
local lun = require "lunette"
local init = {}

local function fans(x)
    if x.ndim < 2 then
        lun.fail("nn.init", "fan_in and fan_out need a weight with at least 2 dims, this one has " .. x.ndim,
            "nn.init.uniform_(x, -0.1, 0.1)", "shape")
    end
    local receptive = 1
    for d = 3, x.ndim do receptive = receptive * x:size(d) end
    return x:size(2) * receptive, x:size(1) * receptive
end
init.fans = fans

local function quietly(f)
    return function(x, ...)
        if not lun.is_tensor(x) then lun.fail("nn.init", "expected a tensor, got " .. tostring(x), "nn.init.normal_(layer.weight)") end
        local arguments = table.pack(...)
        lun.no_grad(function() f(x, table.unpack(arguments, 1, arguments.n)) end)
        return x
    end
end

local gains = {linear = 1, sigmoid = 1, tanh = 5 / 3, relu = math.sqrt(2), selu = 3 / 4}

--- The factor a nonlinearity asks for; leaky_relu takes its slope.
function init.calculate_gain(nonlinearity, slope)
    if nonlinearity == "leaky_relu" then return math.sqrt(2 / (1 + (slope or 0.01) ^ 2)) end
    return gains[nonlinearity] or lun.fail("nn.init", ("no gain is known for '%s'"):format(tostring(nonlinearity)),
                                           "one of: linear, sigmoid, tanh, relu, leaky_relu, selu", "name")
end

init.uniform_ = quietly(function(x, a, b) x:uniform_(a or 0, b or 1) end)
init.normal_ = quietly(function(x, mean, std) x:normal_(mean or 0, std or 1) end)
init.constant_ = quietly(function(x, value) x:fill_(value) end)
init.zeros_ = quietly(function(x) x:fill_(0) end)
init.ones_ = quietly(function(x) x:fill_(1) end)

init.xavier_uniform_ = quietly(function(x, gain)
    local fan_in, fan_out = fans(x)
    local bound = (gain or 1) * math.sqrt(6 / (fan_in + fan_out))
    x:uniform_(-bound, bound)
end)

init.xavier_normal_ = quietly(function(x, gain)
    local fan_in, fan_out = fans(x)
    x:normal_(0, (gain or 1) * math.sqrt(2 / (fan_in + fan_out)))
end)

init.kaiming_uniform_ = quietly(function(x, options)
    options = options or {}
    local gain = init.calculate_gain(options.nonlinearity or "leaky_relu", options.a or 0)
    local fan_in, fan_out = fans(x)
    local bound = gain * math.sqrt(3 / (options.mode == "fan_out" and fan_out or fan_in))
    x:uniform_(-bound, bound)
end)

init.kaiming_normal_ = quietly(function(x, options)
    options = options or {}
    local gain = init.calculate_gain(options.nonlinearity or "leaky_relu", options.a or 0)
    local fan_in, fan_out = fans(x)
    x:normal_(0, gain / math.sqrt(options.mode == "fan_out" and fan_out or fan_in))
end)

--- Normal numbers cut off at a and b (-2 and 2 when left out).
init.trunc_normal_ = quietly(function(x, mean, std, a, b)
    mean, std, a, b = mean or 0, std or 1, a or -2, b or 2
    if not (a < b) or not (std > 0) then
        lun.fail("nn.init", ("trunc_normal_ needs a < b and std > 0, got %s, %s and %s"):format(a, b, std), "nn.init.trunc_normal_(x, 0, 1, -2, 2)")
    end
    local function chance(v) return lun.erf(lun.tensor((v - mean) / std / math.sqrt(2), {dtype = "float64"})):item() end
    x:uniform_(chance(a), chance(b)):erfinv_():mul_(std * math.sqrt(2)):add_(mean):clamp_(a, b)
end)

--- Rows (or columns, the fewer) at right angles, all of length gain; dims after the first count as one.
init.orthogonal_ = quietly(function(x, gain)
    fans(x)
    local rows = x:size(1)
    if x:numel() == 0 then return end
    local flat = lun.randn(rows, x:numel() // rows)
    local columns = flat:size(2)
    if rows < columns then flat = flat:t() end
    local q, r = lun.qr(flat)
    q = q * r:diagonal():sign()
    if rows < columns then q = q:t() end
    x:copy_((q * (gain or 1)):reshape(x.shape))
end)

--- The identity matrix.
init.eye_ = quietly(function(x)
    if x.ndim ~= 2 then lun.fail("nn.init", "eye_ needs 2 dims, got " .. x.ndim, "nn.init.eye_(lun.empty(3, 3))", "shape") end
    x:copy_(lun.eye(x:size(1), x:size(2)))
end)

--- A convolution's weight that hands its input on, as many channels as there are, per group.
init.dirac_ = quietly(function(x, groups)
    groups = groups or 1
    if x.ndim < 3 or x.ndim > 5 or x:size(1) % groups ~= 0 then
        lun.fail("nn.init", ("dirac_ needs 3 to 5 dims and out channels that %s groups divide, got [%s]"):format(groups, table.concat(x.shape, ",")),
                 "nn.init.dirac_(lun.empty(4, 4, 3))", "shape")
    end
    x:fill_(0)
    local each = x:size(1) // groups
    for g = 0, groups - 1 do
        for c = 1, math.min(each, x:size(2)) do
            local kernel = x[g * each + c][c]
            for _ = 1, x.ndim - 3 do kernel = kernel[kernel:size(1) // 2 + 1] end
            kernel[kernel:size(1) // 2 + 1] = 1
        end
    end
end)

--- Normal numbers, of which the given part of every column is zero.
init.sparse_ = quietly(function(x, sparsity, std)
    if x.ndim ~= 2 or type(sparsity) ~= "number" or not (sparsity >= 0 and sparsity <= 1) then
        lun.fail("nn.init", "sparse_ needs 2 dims and a sparsity from 0 to 1", "nn.init.sparse_(lun.empty(4, 4), 0.5)")
    end
    local rows = x:size(1)
    local zeros = math.ceil(sparsity * rows)
    x:normal_(0, std or 0.01)
    local rank = lun.rand(rows, x:size(2)):argsort(1):argsort(1) -- a random order of every column
    x:masked_fill_(rank:le(zeros), 0)
end)

-- Weight by kaiming_uniform with a = sqrt(5), bias uniform in 1/sqrt(fan_in): PyTorch's default for linear and convolution.
function init.default(layer)
    init.kaiming_uniform_(layer.weight, {a = math.sqrt(5)})
    if layer.bias then
        local bound = 1 / math.sqrt((fans(layer.weight)))
        init.uniform_(layer.bias, -bound, bound)
    end
end

return init
