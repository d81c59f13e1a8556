-- parametrizations.lua - nn.utils.parametrize and its weights, and losses that hold layers, against PyTorch
--
-- Read next: t/peer/parametrizations.py, lib/nn/parametrize.lua, lib/nn/class_losses.lua. SPDX-License-Identifier: MIT
local tap = require "tap"
local lun = require "lunette"
local nn = lun.nn
local parametrize, P = nn.utils.parametrize, nn.utils.parametrizations
local cases = dofile((os.getenv "LUNETTE_TEST_ROOT" or ".") .. "/t/peer/parametrizations.lua")

local function f64(v) return lun.tensor(v, { dtype = "float64" }) end
-- PyTorch counts children and positions from 0.
local function own_names(state)
    local own = {}
    for name, value in pairs(state) do
        local renamed = name:gsub("%.(%d+)%f[.]", function(d) return "." .. (d + 1) end)
        own[renamed] = f64(value)
    end
    return own
end
local function is_whole(v) return type(v) == "table" and is_whole(v[1]) or math.type(v) == "integer" end
local function input(v)
    local first = v
    while type(first) == "table" do first = first[1] end
    return math.type(first) == "integer" and lun.tensor(v) + 1 or f64(v)
end

local function weighted(outputs)
    local total = 0
    for _, y in ipairs(outputs) do
        total = total + (y:numel() > 1 and y * lun.linspace(-1, 1, y:numel(), { dtype = "float64" }):reshape(y.shape) or y):sum()
    end
    return total
end

local function named_difference(got, want, tolerance)
    for name, x in pairs(want) do
        if not got[name] then return "no " .. name end
        local problem = tap.difference(got[name]:totable(), x:totable(), tolerance, name)
        if problem then return name .. ": " .. tostring(problem) end
    end
    for name in pairs(got) do
        if not want[name] then return name .. " is too much" end
    end
end

for i, case in ipairs(cases) do
    local module = case.build(lun, nn, P)
    module:double()
    local label = ("case %d, %s"):format(i, module.__name)
    local state = own_names(case.state)
    tap.is(named_difference(module:state_dict(), state, math.huge), nil, label .. ": PyTorch's names")
    module:load_state_dict(state)
    local inputs = {}
    for k, v in ipairs(case.inputs) do inputs[k] = input(v) end
    local outputs = { module(table.unpack(inputs)) }
    for k, want in ipairs(case.outputs) do tap.near(outputs[k], want, 1e-9, label .. ": output " .. k) end
    weighted(outputs):backward()
    local gradients = {}
    for _, pair in ipairs(module:named_parameters()) do gradients[pair[1]] = pair[2].grad end
    tap.is(named_difference(gradients, own_names(case.gradients), 1e-8), nil, label .. ": gradients")
    tap.is(named_difference(module:state_dict(), own_names(case.after), 1e-9), nil, label .. ": state after")
    if case.log_prob then
        tap.near(module:log_prob(inputs[1]), case.log_prob, 1e-9, label .. ": log_prob")
        tap.is(module:predict(inputs[1]), (lun.tensor(case.predict) + 1):totable(), label .. ": predict")
    end
end

do -- a parametrization of one's own
    local Symmetric = nn.Module:extend "Symmetric"
    function Symmetric:forward(x) return x:triu() + x:triu(1):t() end
    local Twice = nn.Module:extend "Twice"
    function Twice:forward(x) return x * 2 end
    function Twice:right_inverse(x) return x / 2 end
    local layer = nn.Linear(3, 3)
    local before = layer.weight:clone()
    parametrize.register_parametrization(layer, "weight", Symmetric())
    tap.is(layer.weight, layer.weight:t():totable(), "the value is what it makes")
    local known = parametrize.is_parametrized
    tap.ok(known(layer) and known(layer, "weight") and not known(layer, "bias"), "is_parametrized")
    tap.is(layer.parametrizations.weight.original, before:totable(), "of the original")
    lun.no_grad(function() layer.parametrizations.weight.original:mul_(0) end)
    tap.is(layer.weight, lun.zeros(3, 3):totable(), "each reading computes it anew")
    tap.fails(function() layer.weight = lun.ones(3, 3) end, nil, "right_inverse", "it cannot be set without right_inverse")
    parametrize.register_parametrization(layer, "weight", Twice())
    tap.is(#layer:parameters(), 2, "one after the other, of one original")
    parametrize.remove_parametrizations(layer, "weight")
    tap.ok(not parametrize.is_parametrized(layer) and getmetatable(layer) == nn.Linear, "removed")
    tap.is(layer.weight, lun.zeros(3, 3):totable(), "its value stays, as a parameter")
    parametrize.register_parametrization(layer, "weight", Twice())
    layer.weight = lun.ones(3, 3)
    tap.is(layer.parametrizations.weight.original, lun.full({ 3, 3 }, 0.5):totable(), "set through right_inverse")
    local count = 0
    function Twice:forward(x) count = count + 1 return x * 2 end
    parametrize.cached(function() return layer(lun.ones(3)) + layer(lun.ones(3)) end)
    tap.is(count, 1, "cached: computed once")
    layer(lun.ones(3))
    tap.is(count, 2, "and not longer than that")
    parametrize.remove_parametrizations(layer, "weight", false)
    tap.is(layer.weight, lun.full({ 3, 3 }, 0.5):totable(), "leave_parametrized = false leaves the original")
    tap.ok(layer.weight.is_leaf and layer.weight.requires_grad, "which learns")
    local Flat = nn.Module:extend "Flat"
    function Flat:forward(x) return x:flatten() end
    tap.fails(function() parametrize.register_parametrization(layer, "weight", Flat()) end, nil, "must stay",
        "another shape needs unsafe")
    tap.ok(not parametrize.is_parametrized(layer) and #layer:parameters() == 2, "and changes nothing")
    tap.fails(function() parametrize.register_parametrization(layer, "nothing", Twice()) end, nil, "no parameter 'nothing'",
        "an unknown name")
    tap.fails(function() parametrize.remove_parametrizations(layer, "weight") end, nil, "not parametrized", "nothing to remove")
end

do -- learning keeps what the map promises
    local layer = P.orthogonal(nn.Linear(4, 4))
    local step = lun.optim.SGD(layer:parameters(), { lr = 0.1 })
    for _ = 1, 5 do
        step:zero_grad()
        layer(lun.randn(8, 4)):pow(2):sum():backward()
        step:step()
    end
    tap.near(layer.weight:t():matmul(layer.weight), lun.eye(4), 1e-4, "orthogonal after steps of an optimiser")
    tap.fails(function() P.orthogonal(nn.Linear(4, 4), "weight", "qr") end, nil, "no map 'qr'", "an unknown map")
    tap.fails(function() P.orthogonal(nn.Linear(4, 4), "bias") end, nil, "2 dims", "a vector is not orthogonal")
    tap.fails(function() P.weight_norm(nn.Linear(4, 4), "weight", 3) end, nil, "dim 3", "a dim that is none")
end

local adaptive, x = nn.AdaptiveLogSoftmaxWithLoss(4, 9, { 3 }), lun.randn(2, 4)
tap.fails(function() nn.AdaptiveLogSoftmaxWithLoss(4, 9, { 5, 3 }) end, nil, "must rise", "cutoffs rise")
tap.fails(function() adaptive(x, lun.tensor { 1, 10 }) end, nil, "class 10 is outside 1..9", "a class")
tap.fails(function() adaptive(x, lun.tensor { 1 }) end, nil, "n class numbers", "as many classes as rows")
tap.fails(function() nn.LinearCrossEntropyLoss(4, 5, { weight = lun.ones(4) }) end, nil, "weight must be [5]",
    "a weight for each class")
tap.done()
