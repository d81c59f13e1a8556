-- cuda_rows.lua - softmax, losses, norms and optimisers on CUDA beside the CPU, at sizes where their kernels change ways
--
-- t/cuda.lua tries every row with small samples. Here are rows of a warp, of a block, and too long for registers, with lengths
-- that are no multiple of 16 bytes.
-- Read next: t/beside.lua, kernels/cuda/row.h, kernels/cuda/norm.cu. SPDX-License-Identifier: MIT
local tap = require "tap"
local lun = require "lunette"
local beside = require "beside"
lun.manual_seed(4)

-- A part that begins past an edge of 16 bytes.
local function odd(x, start) return x:flatten():narrow(1, start or 2, x:numel() - (start or 2) + 1) end

-- A leaf of its own for each of some tensors.
local function leaves(...)
    local list = table.pack(...)
    for i = 1, list.n do list[i] = list[i]:detach():clone():requires_grad_(true) end
    return table.unpack(list, 1, list.n)
end

-- ---- softmax, losses ----

local all_dtypes = { "float32", "float64", "float16", "bfloat16" }
local lengths = { 1, 32, 100, 513, 1000, 4099, 20000 }
for _, n in ipairs(lengths) do
    for _, dtype in ipairs((n == 100 or n == 1000) and all_dtypes or { "float32" }) do
        local x, g = (lun.randn(5, n) * 3):to(dtype), lun.randn(5, n):to(dtype)
        local function gradient(name, dim)
            return function(y, w)
                y = leaves(y)
                local z = y[name](y, dim)
                z:backward(w)
                return z:detach(), y.grad
            end
        end
        beside("softmax " .. dtype .. " " .. n, gradient("softmax", 2), x, g)
        beside("log_softmax " .. dtype .. " " .. n, gradient("log_softmax", 2), x, g)
        beside("softmax dim 1 " .. dtype .. " " .. n, gradient("softmax", 1), x, g)
        beside("log_softmax dim 1 " .. dtype .. " " .. n, gradient("log_softmax", 1), x, g)
        beside("logsumexp " .. dtype .. " " .. n, function(y) return y:logsumexp(2) end, x)
        local target = lun.randint(1, n + 1, { 5 })
        local weight = lun.rand(n):to(dtype)
        for _, options in ipairs { { reduction = "mean" }, { reduction = "sum", label_smoothing = 0.1 },
            { reduction = "none", weight = weight }, { weight = weight, label_smoothing = 0.2, ignore_index = target[2]:item() } } do
            beside("cross_entropy " .. dtype .. " " .. n, function(y, t, w)
                y = leaves(y)
                local own = {}
                for k, v in pairs(options) do own[k] = v end
                own.weight = options.weight and w
                local z = y:cross_entropy(t, own)
                z:sum():backward()
                return z:detach(), y.grad
            end, x, target, weight)
        end
        beside("nll_loss " .. dtype .. " " .. n, function(y, t, w)
            y = leaves(y)
            local z = y:nll_loss(t, w)
            z:backward()
            return z:detach(), y.grad
        end, x, target, weight)
    end
end
beside("softmax of infinities", function(y) return y:softmax(2), y:log_softmax(2), y:logsumexp(2) end,
    lun.tensor { { 1 / 0, 1.0, 2.0 }, { -1 / 0, -1 / 0, -1 / 0 }, { -1 / 0, 1.0, 2.0 }, { 0 / 0, 1.0, 1 / 0 } })
beside("softmax between dims", function(y) return y:softmax(2), y:log_softmax(2) end, lun.randn(3, 50, 70))
beside("softmax of a part", function(y) return odd(y):softmax(1) end, lun.randn(2000))
beside("cross_entropy of images", function(y, t)
    y = leaves(y)
    local z = y:cross_entropy(t, { label_smoothing = 0.1 })
    z:backward()
    return z:detach(), y.grad
end, lun.randn(2, 5, 7, 40), lun.randint(1, 6, { 2, 7, 40 }))
for _, dtype in ipairs(all_dtypes) do -- t/lua/edges.lua has the CPU's beside float64
    for _, dims in ipairs { { 6, 5 }, { 2, 3000 }, { 2, 30000 }, { 2, 5, 70 } } do
        beside("cross_entropy far from zero " .. dtype, function(y, t)
            y = leaves(y)
            local z = y:cross_entropy(t, { label_smoothing = 0.1, reduction = "none" })
            z:sum():backward()
            return z:detach(), y.grad
        end, (lun.randint(0, 900, dims) / 256 + 65000):to(dtype), lun.randint(1, dims[2] + 1, { dims[1], dims[3] }))
    end
end
local inf = 1 / 0
for name, scores in pairs { infinite = { inf, 1, 2 }, none = { -inf, -inf, -inf }, NaN = { 0 / 0, 1, 2 }, ["-inf"] = { -inf, 1, 2 } } do
    for _, dims in ipairs { { 2, 3 }, { 2, 3, 4 } } do
        beside("cross_entropy: " .. name, function(y, t)
            y = leaves(y)
            local z = y:cross_entropy(t, { reduction = "none", ignore_index = 2 })
            z:sum():backward()
            return z:detach(), y.grad
        end, lun.tensor(scores):view(1, 3, 1):expand(2, 3, dims[3] or 1):reshape(dims),
            lun.tensor { 1, 2 }:view(2, 1):expand(2, dims[3] or 1):reshape { 2, dims[3] })
    end
end
beside("one_hot", function(t) return t:one_hot(9) end, lun.randint(1, 10, { 6, 70 }))
beside("binary_cross_entropy", function(y, t)
    y = leaves(y)
    local z = y:binary_cross_entropy(t, { reduction = "none" })
    z:sum():backward()
    return z:detach(), y.grad
end, lun.rand(3000):clamp(0.01, 0.99), lun.rand(3000))
beside("multilabel_margin_loss", function(y, t) return y:multilabel_margin_loss(t) end, lun.randn(2, 4),
    lun.tensor { { 4, 1, -1, 2 }, { 2, -1, -1, -1 } })
beside("ctc_loss", function(y, t)
    y = leaves(y)
    local z = y:log_softmax(3):ctc_loss(t, { 60, 45, 7 }, { 20, 9, 0 }, 1, "none")
    z:sum():backward()
    return z:detach(), y.grad
end, lun.randn(60, 3, 11), lun.randint(2, 12, { 3, 20 }))

-- ---- norms ----

for _, n in ipairs { 1, 5, 128, 600, 2050, 5000, 20000 } do
    for _, dtype in ipairs((n == 5 or n == 600) and all_dtypes or { "float32" }) do
        local x, g = lun.randn(6, n):to(dtype), lun.randn(6, n):to(dtype)
        for _, wide in ipairs { false, true } do
            local w, b = lun.rand(n), lun.rand(n)
            if not wide then w, b = w:to(dtype), b:to(dtype) end
            local function run(call)
                return function(y, v, u, h)
                    y, v, u = leaves(y, v, u)
                    local z = call(y, v, u)
                    z:backward(h)
                    return z:detach(), y.grad, v.grad, u.grad or lun.zeros(1)
                end
            end
            local label = dtype .. " " .. n .. (wide and " wide weights" or "")
            beside("layer_norm " .. label, run(function(y, v, u) return y:layer_norm({ n }, v, u) end), x, w, b, g)
            beside("rms_norm " .. label, run(function(y, v) return y:rms_norm({ n }, v) end), x, w, b, g)
        end
    end
end
for _, s in ipairs { { 4, 3, 5, 7 }, { 2, 40, 33 }, { 300, 50 }, { 70, 3 }, { 3, 2, 3000 }, { 2, 8, 1500 } } do
    for _, dtype in ipairs((s[2] == 40 or s[2] == 50) and all_dtypes or { "float32" }) do
        local x, g = lun.randn(table.unpack(s)):to(dtype), lun.randn(table.unpack(s)):to(dtype)
        local w, b = lun.rand(s[2]):to(dtype), lun.rand(s[2]):to(dtype)
        local function run(call)
            return function(y, v, u, h)
                y, v, u = leaves(y, v, u)
                local z = call(y, v, u)
                z:backward(h)
                return z:detach(), y.grad, v.grad, u.grad
            end
        end
        local label = dtype .. " " .. table.concat(s, "x")
        beside("batch_norm " .. label, run(function(y, v, u) return y:batch_norm(nil, nil, v, u, true) end), x, w, b, g)
        if s[2] % 2 == 0 and #s > 2 then
            beside("group_norm " .. label, run(function(y, v, u) return y:group_norm(2, v, u) end), x, w, b, g)
            beside("group_norm of channels " .. label, run(function(y, v, u) return y:group_norm(s[2], v, u) end), x, w, b, g)
        end
        beside("batch_norm by statistics " .. label, function(y, v, u, m) return y:batch_norm(m, m + 1, v, u) end, x, w, b,
            lun.rand(s[2]))
    end
end
for _, scale in ipairs { 1e30, 3e36, 1e-25 } do -- squares, at 3e36 sums as well, are beyond float32
    for name, norm in pairs {
        layer_norm = function(y, n) return y:layer_norm { n } end, rms_norm = function(y, n) return y:rms_norm { n } end,
        batch_norm = function(y) return y:unsqueeze(1):batch_norm(nil, nil, { training = true }) end,
        ["batch_norm of columns"] = function(y) return y:t():batch_norm(nil, nil, { training = true }) end,
        group_norm = function(y) return y:unsqueeze(1):group_norm(3) end,
        std = function(y) return y:std(2) / scale end, ["std of columns"] = function(y) return y:t():std(1) / scale end,
        normalize = function(y) return lun.nn.functional.normalize(y) end,
    } do
        for _, n in ipairs { 5, 600, 5000 } do
            beside(("%s of %d numbers near %g"):format(name, n, scale), function(y, w)
                y = leaves(y)
                local z = norm(y, n);
                (z * w:narrow(1, 1, z:numel()):view_as(z)):sum():backward()
                return z:detach(), y.grad * scale
            end, (lun.randn(3, n) + 2) * scale, lun.randn(3 * n))
        end
    end
end

-- ---- optimisers ----

for _, dtype in ipairs(all_dtypes) do
    for _, n in ipairs { 7, 5000 } do
        local x, g = lun.randn(n):to(dtype), lun.randn(n):to(dtype)
        for _, strided in ipairs { false, true } do
            local function copy(y)
                y = y:clone()
                return strided and lun.stack({ y, y }, 2):select(2, 1) or y
            end
            local label = dtype .. " " .. n .. (strided and " strided" or "")
            beside("adam_step_ " .. label, function(y, h)
                local p, m, v = copy(y), lun.zeros_like(y), lun.zeros_like(y)
                for step = 1, 3 do lun.adam_step_(p, h, m, v, step, 0.01, { weight_decay = 0.1, decoupled = step == 2 }) end
                return p, m, v
            end, x, g)
            beside("sgd_step_ " .. label, function(y, h)
                local p, m = copy(y), lun.zeros_like(y)
                lun.sgd_step_(p, h, m, 0.1, { momentum = 0.9, first = true })
                lun.sgd_step_(p, h, m, 0.1, { momentum = 0.9, nesterov = true, weight_decay = 0.01 })
                lun.sgd_step_(p, h, nil, 0.1)
                return p, m
            end, x, g)
        end
    end
end
-- A recorded step goes on counting: steps 1 to 4 on the CPU, 1 by itself and 2 to 4 by replays on the device.
do
    local function start(device)
        local x = lun.linspace(-1, 1, 300)
        return { x:to(device), (x * x + 0.1):to(device), lun.zeros(300):to(device), lun.zeros(300):to(device) }
    end
    local here, there, step = start "cpu", start "cuda", 0
    for k = 1, 4 do lun.adam_step_(here[1], here[2], here[3], here[4], k, 0.1) end
    local graph = lun.cuda.graph(function()
        step = step + 1
        lun.adam_step_(there[1], there[2], there[3], there[4], step, 0.1)
    end)
    for _ = 1, 3 do graph() end
    tap.ok((there[1]:cpu() - here[1]):abs():max():item() < 1e-6, "Adam's step number goes on in a graph")
end
tap.done()
