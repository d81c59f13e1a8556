-- optim.lua - optimisers: trajectories against PyTorch, saved and resumed state, groups, bad input
--
-- Read next: lib/optim.lua, t/peer/training.py. SPDX-License-Identifier: MIT
local tap = require "tap"
local lun = require "lunette"
local nn, optim = require "lunette.nn", require "lunette.optim"

local peer = dofile((os.getenv "LUNETTE_TEST_ROOT" or ".") .. "/t/peer/training.lua")

local function tensor(t) return lun.tensor(t.data, {dtype = t.dtype}):reshape(t.shape) end
local function make(case, parameters) return assert(load("return " .. case.args))(), optim[case.class], parameters end

local says = tap.raises_with_hint

-- ---- trajectories ----

-- 25 steps down a x^2 / 2 - b x from `x`, whose gradient both sides compute; the rows are x after each step.
local function walk(case, x, a, b)
    local options, class = make(case)
    local optimizer, rows = class({x}, options), {}
    for step = 1, 25 do
        x.grad = lun.no_grad(function() return a * x - b end)
        optimizer:step()
        rows[step] = x:detach():clone()
    end
    return lun.stack(rows)
end

for _, case in ipairs(peer.optimisers) do
    local name, start, a, b = case.class .. case.args, tensor(case.start), tensor(case.a), tensor(case.b)
    local want = tensor(case.steps)
    tap.near(walk(case, start:clone():requires_grad_(), a, b), want, 1e-6, name .. ": 25 steps as PyTorch")
    tap.near(walk(case, start:double():requires_grad_(), a:double(), b:double()), want, 1e-4, name .. ": in float64")
    tap.near(walk(case, start:bfloat16():requires_grad_(), a:bfloat16(), b:bfloat16()):float(), want, 0.2, name .. ": in bfloat16")
    local every_second = lun.stack({start, start}, 2):select(2, 1):requires_grad_()
    tap.near(walk(case, every_second, a, b), want, 1e-6, name .. ": of a strided parameter")
end

-- ---- large parameters go through every piece ----

do
    local x, grad = lun.randn(300, 1000):requires_grad_(), lun.randn(300, 1000)
    local want = x:detach() - 0.5 * grad
    x.grad = grad
    optim.SGD({x}, {lr = 0.5}):step()
    tap.near((x:detach() - want):abs():max():item(), 0, 1e-6, "300,000 elements in one step")
    local threads, bits = lun.get_num_threads(), {}
    for _, n in ipairs {1, 2, 3} do
        lun.set_num_threads(n)
        lun.manual_seed(4)
        local p = lun.randn(300, 1000):requires_grad_()
        local optimizer = optim.AdamW({p}, {lr = 0.01})
        for _ = 1, 3 do
            p.grad = p:detach():sin()
            optimizer:step()
        end
        bits[#bits + 1] = p:detach()
    end
    lun.set_num_threads(threads)
    tap.ok(bits[1] == bits[2] and bits[1] == bits[3], "the same bits on 1, 2 and 3 threads")
end

-- ---- state ----

local function network()
    lun.manual_seed(11)
    return nn.Sequential(nn.Linear(4, 8), nn.Tanh(), nn.Linear(8, 1))
end

local x, y = lun.randn(32, 4), lun.randn(32, 1)
local function train(net, optimizer, steps)
    for _ = 1, steps do
        local function closure()
            optimizer:zero_grad()
            local loss = lun.mse_loss(net(x), y)
            loss:backward()
            return loss
        end
        optimizer:step(closure)
    end
    return net:state_dict()
end

local resumed_cases = {
    {"SGD", {lr = 0.05, momentum = 0.9, nesterov = true}}, {"Adam", {lr = 0.01, betas = {0.8, 0.99}}}, {"AdamW", {}},
    {"Adam", {amsgrad = true}}, {"Adamax", {}}, {"NAdam", {}}, {"RAdam", {lr = 0.01}}, {"Adagrad", {lr_decay = 0.1}}, {"Adadelta", {}},
    {"RMSprop", {centered = true, momentum = 0.5}}, {"Adafactor", {}}, {"Rprop", {etas = {0.4, 1.1}}}, {"ASGD", {t0 = 5}}, {"Lion", {lr = 0.001}},
    {"Muon", {adjust_lr_fn = "match_rms_adamw"}}, {"LBFGS", {max_iter = 3, history_size = 4}},
    {"LBFGS", {max_iter = 3, line_search_fn = "strong_wolfe"}},
}

local function trained(name, net)
    if name ~= "Muon" then return net:parameters() end
    return {net[1].weight, net[3].weight}
end

for _, row in ipairs(resumed_cases) do
    local name, options = row[1], row[2]
    local whole = network()
    local want = train(whole, optim[name](trained(name, whole), options), 20)

    local first = network()
    local optimizer = optim[name](trained(name, first), options)
    train(first, optimizer, 12)
    local path = os.tmpname()
    lun.save(path, optimizer:state_dict())
    lun.save(path .. ".net", first:state_dict())

    local second = network()
    second:load_state_dict(lun.load(path .. ".net"))
    local resumed = optim[name](trained(name, second))
    resumed:load_state_dict(lun.load(path))
    local got = train(second, resumed, 8)
    local same = true
    for key, tensor_wanted in pairs(want) do same = same and got[key] == tensor_wanted end
    tap.ok(same, name .. ": saved after 12 steps and resumed for 8, the same bits as 20 steps")
    tap.is(tostring(resumed), tostring(optimizer), name .. ": the options came back too")
    os.remove(path)
    os.remove(path .. ".net")
end

do
    local net = network()
    local adam, sgd = optim.Adam(net:parameters()), optim.SGD(net:parameters(), {momentum = 0.5})
    train(net, adam, 2)
    local state = adam:state_dict()
    says(function() sgd:load_state_dict(state) end, "state of another optimiser", "optim.SGD")
    says(function() optim.Adam(net[1]:parameters()):load_state_dict(state) end, "state of more parameters", "2 parameters")
    says(function() adam:load_state_dict("file") end, "a path is no state", "table")
    state["Adam.param1.exp_avg"] = lun.zeros(2)
    says(function() adam:load_state_dict(state) end, "another shape", "Adam.param1.exp_avg", "[2]", "[8,4]")
    state = adam:state_dict()
    state["Adam.param2.exp_avg_sq"] = nil
    says(function() adam:load_state_dict(state) end, "half the state of a parameter", "Adam.param2.exp_avg_sq", "missing")
    local lbfgs = optim.LBFGS(net:parameters(), {max_iter = 3})
    train(net, lbfgs, 2)
    state = lbfgs:state_dict()
    state["LBFGS.param1.d"] = lun.zeros(3)
    says(function() lbfgs:load_state_dict(state) end, "LBFGS with a direction of another size", "LBFGS.param1.d", "[3]", "[49]")
    state["LBFGS.param1.d"] = nil
    says(function() lbfgs:load_state_dict(state) end, "LBFGS without its direction", "LBFGS.param1.d", "missing")
    local once, twin = optim.LBFGS(net:parameters(), {max_iter = 1}), optim.LBFGS(net:parameters(), {max_iter = 1})
    train(net, once, 1)
    twin:load_state_dict(once:state_dict())
    tap.is({#twin.state[1].old_dirs, twin.state[1].n_iter}, {0, 1}, "LBFGS after one step remembers none yet")
    train(net, twin, 1)
    tap.is(#twin.state[1].old_dirs, 1, "and goes on")
    local before = tostring(adam)
    state = adam:state_dict()
    state["Adam.group1.lr"] = nil
    says(function() adam:load_state_dict(state) end, "an option is missing", "Adam.group1.lr")
    state = adam:state_dict()
    state["Adam.group1.lr"] = lun.tensor(-1.0)
    says(function() adam:load_state_dict(state) end, "an option that is impossible", "lr")
    tap.is(tostring(adam), before, "a failed load changes nothing")
end

-- ---- what a step touches ----

do
    local a, b, frozen = lun.ones(2):requires_grad_(), lun.ones(2):requires_grad_(), lun.ones(2)
    local optimizer = optim.SGD({{params = {a}, lr = 1}, {params = {b, frozen}}}, {lr = 0.1})
    lun.sum(a * 2 + b * 2):backward()
    optimizer:step()
    tap.near(a, {-1, -1}, "a group's own lr")
    tap.near(b, {0.8, 0.8}, "and the shared one")
    tap.is(frozen, {1.0, 1.0}, "a parameter without a gradient stays")
    tap.ok(a.is_leaf and a.requires_grad, "a parameter stays a leaf")
    optimizer.param_groups[2].lr = 0.5
    optimizer:step()
    tap.near(b, {-0.2, -0.2}, "lr may change between steps")
    optimizer:zero_grad()
    tap.is({a.grad, b.grad}, {}, "zero_grad")
    local loss = optimizer:step(function()
        local value = a:sum()
        value:backward()
        return value:item()
    end)
    tap.near(loss, -6, "a closure's loss is returned")
    local saved = (a * a):sum()
    a.grad = lun.ones(2)
    optimizer:step()
    says(function() saved:backward() end, "a step between forward and backward is noticed", "changed in place")
    tap.ok((a * 1).requires_grad, "ops after a step are recorded")
    local failing = optim.SGD({a}, {lr = 1})
    a.grad = nil
    tap.is({pcall(failing.step, failing, function() error("no loss", 0) end)}, {false, "no loss"}, "a closure's error comes out")
    tap.ok((a * 1).requires_grad, "and recording is still on")
end

-- ---- bad input ----

local p = lun.ones(2):requires_grad_()
says(function() optim.SGD() end, "no parameters at all", "net:parameters()")
says(function() optim.SGD({}) end, "an empty list", "net:parameters()")
says(function() optim.SGD(p) end, "a tensor instead of a list", "list")
says(function() optim.SGD(nn.Linear(2, 2)) end, "a module instead of its parameters", "net:parameters()")
says(function() optim.SGD(nn.Linear(2, 2):named_parameters()) end, "named parameters", "net:parameters()")
says(function() optim.SGD({p, 3}) end, "a number among them", "parameter 2 is 3")
says(function() optim.SGD({p * 2}) end, "a result of an op", "leaf")
says(function() optim.SGD({lun.tensor {1, 2}}) end, "whole numbers", "int64")
says(function() optim.SGD({p, p}) end, "the same parameter twice", "before")
says(function() optim.SGD({p}, {learning_rate = 0.1}) end, "an unknown option", "learning_rate", "lr")
says(function() optim.SGD({p}, {lr = -1}) end, "a negative lr", "lr", "-1")
says(function() optim.SGD({p}, {lr = 0 / 0}) end, "lr NaN", "lr")
says(function() optim.SGD({p}, {lr = "0.1"}) end, "lr as text", "lr")
says(function() optim.SGD({p}, {nesterov = true}) end, "nesterov without momentum", "momentum")
says(function() optim.SGD({p}, 0.1) end, "a number as options", "options")
says(function() optim.Adam({p}, {betas = {0.9, 1}}) end, "beta 1", "betas")
says(function() optim.Adam({p}, {betas = 0.9}) end, "one beta", "betas")
says(function() optim.SGD({{params = {p}, momentun = 1}}) end, "an unknown option of a group", "momentun")
says(function() lun.adam_step_(p:detach(), lun.ones(2), lun.zeros(2), lun.zeros(2), 0) end, "step 0", "1")
says(function() local m = lun.zeros(2) lun.adam_step_(p:detach(), lun.ones(2), m, m, 1) end, "one tensor for two states", "share")
says(function() lun.sgd_step_(p:detach(), lun.ones(2), nil, 0.1, 0.9) end, "momentum without a buffer", "momentum_buffer")
says(function() lun.sgd_step_(p:detach(), lun.ones(3), nil, 0.1) end, "a gradient of another shape", "f32[3]")
says(function() lun.sgd_step_(p, lun.ones(2), nil, 0.1) end, "a leaf outside no_grad", "no_grad")

tap.done()
