-- cuda_replays.lua - a training step as a CUDA graph: replays follow rates, schedules, x.grad and the state of optimisers, bit by bit
--
-- Read next: lib/cuda/recording.lua, kernels/cuda/steps.cu, kernels/cuda/leaves.cu, t/lua/cuda_graph.lua. SPDX-License-Identifier: MIT
local tap = require "tap"
local lun = require "lunette"
require "need_device"
local cuda, nn, optim = lun.cuda, lun.nn, lun.optim
local schedules = optim.lr_scheduler

-- A small network, data, and the step that is recorded. `more` gets (opt, net, loss) in each step, after the optimiser.
local function setting(make, more, biased)
    lun.manual_seed(3)
    local net = nn.Sequential(nn.Linear(4, 8, {bias = biased}), nn.Tanh(), nn.Linear(8, 3, {bias = biased})):cuda()
    local opt = make(net:parameters(), net)
    local x, y = lun.rand(6, 4):cuda(), lun.tensor{1, 2, 3, 1, 2, 3}:cuda()
    local function step()
        opt:zero_grad()
        local loss = nn.functional.cross_entropy(net(x), y)
        loss:backward()
        opt:step()
        if more then more(opt, net, loss) end
        return loss
    end
    return step, opt, net
end

-- n steps; `between(i, opt, step)` is called after each. The losses, then all weights.
local function train(with_graph, n, make, more, between, biased)
    local step, opt, net = setting(make, more, biased)
    local run, list = step, {}
    if with_graph then
        run = cuda.graph(step) -- which is the first step
        if between then between(1, opt, step) end
    end
    for i = with_graph and 2 or 1, n do
        list[#list + 1] = run():item()
        if between then between(i, opt, step) end
    end
    if not with_graph then table.remove(list, 1) end
    for _, p in ipairs(net:parameters()) do
        for _, v in ipairs(p:detach():cpu():flatten():totable()) do list[#list + 1] = v end
    end
    return list, opt
end

local function same(a, b)
    if #a ~= #b then return false end
    for i, v in ipairs(a) do
        if v ~= b[i] then return false end
    end
    return true
end

local function compare(name, ...)
    local want, opt = train(false, ...)
    local good, got, replayed = pcall(train, true, ...)
    if not tap.ok(good and same(got, want), name .. ": replays give the bits that running again gives") then
        tap.note("%s", good and "other numbers" or tostring(got))
    elseif opt.state[1] then
        tap.is(replayed.state[1].step, opt.state[1].step, name .. ": and the state knows how many steps were made")
    end
end

-- ---- rates ----

local function halve(i, opt)
    if i == 4 then opt.param_groups[1].lr = opt.param_groups[1].lr / 2 end
end

local options = {
    SGD = {lr = 0.1}, Adam = {lr = 0.05}, AdamW = {lr = 0.05}, Adamax = {}, NAdam = {}, RAdam = {lr = 0.05}, Adagrad = {}, Adadelta = {},
    RMSprop = {momentum = 0.9, centered = true}, Adafactor = {}, Rprop = {}, ASGD = {}, Muon = {}, Lion = {},
}
for name in pairs(optim) do
    local other = name == "LBFGS" or name == "SparseAdam" -- the one looks at values, the other is for the CPU
    if type(optim[name]) == "function" and name:find "^%u" and not other and not options[name] then tap.fail("no options for optim." .. name) end
end
for name, values in pairs(options) do
    compare(name, 8, function(p) return optim[name](p, values) end, nil, halve, name ~= "Muon")
end
compare("SGD with everything", 8, function(p)
    return optim.SGD(p, {lr = 0.1, momentum = 0.9, dampening = 0, weight_decay = 0.1, nesterov = true, maximize = true})
end, nil, halve)
compare("AdamW, maximize, in float64", 6, function(p, net)
    net:double()
    for _, one in ipairs(p) do one.requires_grad = true end
    return optim.AdamW(net:parameters(), {lr = 0.01, maximize = true})
end, function() end, halve)
compare("Adam with amsgrad", 6, function(p) return optim.Adam(p, {lr = 0.1, amsgrad = true}) end, nil, halve)
compare("groups of their own", 7, function(p)
    return optim.Adam({{params = {p[1], p[2]}, lr = 0.1}, {params = {p[3], p[4]}, weight_decay = 0.1}}, {lr = 0.01})
end, nil, function(i, opt)
    opt.param_groups[2].lr = 0.01 * i
    opt.param_groups[1].weight_decay = i > 4 and 0.5 or 0
    opt.param_groups[1].betas = {0.9 - i / 100, 0.99}
    opt.param_groups[2].eps = 10.0 ^ -i
end)
compare("momentum changes", 7, function(p) return optim.SGD(p, {lr = 0.1, momentum = 0.5}) end, nil,
        function(i, opt) opt.param_groups[1].momentum, opt.param_groups[1].dampening = 0.9 - i / 100, i / 50 end)
compare("steps in between that are no replays", 9, function(p) return optim.Adam(p, {lr = 0.1}) end, nil, function(i, _, step)
    if i % 3 == 0 then step() end
end)

-- ---- schedules, clipping, averages in the step itself ----

local function with_schedule(make)
    local schedule
    return function(p)
        local opt = optim.SGD(p, {lr = 0.1, momentum = 0.9})
        schedule = make(opt)
        return opt
    end, function(_, _, loss) return schedule:step(schedule.patience and loss:detach() or nil) end
end
for name, make in pairs {
    StepLR = function(opt) return schedules.StepLR(opt, {step_size = 2, gamma = 0.5}) end,
    OneCycleLR = function(opt) return schedules.OneCycleLR(opt, {max_lr = 0.5, total_steps = 20}) end,
    CyclicLR = function(opt) return schedules.CyclicLR(opt, {base_lr = 0.01, max_lr = 0.5, step_size_up = 3}) end,
    SequentialLR = function(opt) return schedules.warm_up(opt, 3, schedules.ExponentialLR(opt, 0.5)) end,
    ChainedScheduler = function(opt)
        return schedules.ChainedScheduler({schedules.StepLR(opt, {step_size = 2, gamma = 0.5}), schedules.ExponentialLR(opt, 0.9)})
    end,
    ReduceLROnPlateau = function(opt) return schedules.ReduceLROnPlateau(opt, {patience = 0, threshold = 0.5}) end,
} do
    local optimiser, more = with_schedule(make)
    compare(name .. " in the step", 8, optimiser, more)
end
compare("a schedule beside an optimiser of ops", 8, function(p, net)
    local opt = optim.RMSprop(p, {lr = 0.1})
    net.schedule = {schedules.StepLR(opt, {step_size = 2, gamma = 0.5})}
    return opt
end, function(_, net) net.schedule[1]:step() end)

do -- gradients clipped to a norm, and averages of weights
    local norms, averaged = {}, {}
    for _, with_graph in ipairs {false, true} do
        lun.manual_seed(1)
        local net = nn.Linear(5, 2):cuda()
        local opt, mean = optim.AdamW(net:parameters(), {lr = 0.1}), optim.swa_utils.AveragedModel(net)
        local x = lun.randn(7, 5):cuda()
        local function step()
            opt:zero_grad()
            local loss = net(x):square():sum()
            loss:backward()
            local norm = nn.utils.clip_grad_norm_(net:parameters(), 0.5)
            opt:step()
            mean:update_parameters(net)
            return loss, norm
        end
        local run = with_graph and cuda.graph(step) or step
        local last
        for _ = with_graph and 2 or 1, 6 do
            local _, norm = run()
            last = type(norm) == "number" and norm or norm:item()
        end
        norms[#norms + 1] = last
        averaged[#averaged + 1] = lun.cat({mean.module.weight:flatten(), mean.n_averaged:to(x.device):float():reshape(1)}):detach():cpu()
    end
    tap.is(norms[1], norms[2], "clip_grad_norm_ clips in replays, and gives the norm as a tensor")
    tap.ok(lun.equal(averaged[1], averaged[2]), "AveragedModel:update_parameters counts on in replays")
    local here, there = nn.Linear(5, 2), nn.Linear(5, 2)
    there:load_state_dict(here:state_dict())
    there:cuda()
    local x = lun.randn(7, 5)
    here(x):square():sum():backward()
    there(x:cuda()):square():sum():backward()
    for _, norm in ipairs {2, 1, 3, math.huge} do
        local want, got = nn.utils.clip_grad_norm_(here:parameters(), 1, norm), nn.utils.clip_grad_norm_(there:parameters(), 1, norm)
        tap.near(got, want, 1e-4, ("clip_grad_norm_ on the device: the %s-norm as on the CPU"):format(norm))
        tap.near(there.weight.grad:cpu(), here.weight.grad, 1e-5, "and the gradients")
    end
end

-- ---- x.grad ----

do
    local w, x = lun.ones({3}, {device = "cuda", requires_grad = true}), lun.tensor{1.0, 2.0, 3.0}:cuda()
    local g = cuda.graph(function()
        w.grad = nil
        local loss = (w * x):sum()
        loss:backward()
        return loss
    end)
    w.grad = nil
    g()
    tap.ok(w.grad and lun.equal(w.grad:cpu(), lun.tensor{1.0, 2.0, 3.0}), "a gradient that was set to nil between replays is there after one")
    w.grad = nil
    local sum = cuda.graph(function() (w * x):sum():backward() end) -- adds to what is there: once by the first run
    sum()
    sum()
    tap.near(w.grad:cpu(), lun.tensor{3.0, 6.0, 9.0}, 0, "replays add gradients as running again does")
    w.grad = nil
    sum()
    tap.near(w.grad:cpu(), lun.tensor{1.0, 2.0, 3.0}, 0, "and begin anew where x.grad was set to nil")
    w.grad = lun.tensor{10.0, 10.0, 10.0}:cuda()
    sum()
    tap.near(w.grad:cpu(), lun.tensor{11.0, 12.0, 13.0}, 0, "or add to another tensor's values")
end

-- ---- what is between ----

do
    local x, seen = lun.ones(3):cuda(), {}
    local function step()
        local y = x * 2
        cuda.outside(function()
            seen[#seen + 1] = y:sum():item()
            x:add_(1)
        end)
        return y + x
    end
    local g = cuda.graph(step)
    tap.is(#seen, 1, "outside: not called while it is recorded")
    tap.near(g():cpu(), lun.tensor{7.0, 7.0, 7.0}, 0, "outside: what follows sees what it did")
    g()
    tap.is(table.concat(seen, " "), "6.0 12.0 18.0", "outside: called in each replay, with the values of then")
    tap.is(cuda.outside(function() return 5 end), 5, "outside of a graph it is a call")
    tap.fails(function() cuda.outside(5) end, "needs a function")
    lun.manual_seed(2)
    local function draw()
        local a = lun.rand({3}, {device = "cuda"})
        cuda.outside(function() a:mul_(lun.rand({3}):cuda()) end)
        return a + lun.rand({3}, {device = "cuda"}) + lun.bernoulli(a:clamp(0, 1)) + a:multinomial(2):sum()
    end
    local want = {draw():cpu(), draw():cpu(), draw():cpu()}
    lun.manual_seed(2)
    local drawing = cuda.graph(draw)
    tap.ok(lun.equal(drawing():cpu(), want[2]) and lun.equal(drawing():cpu(), want[3]), "random numbers before, in and after it go on")
end

-- ---- what is refused ----

local function refused(text, make, more, change)
    local step, opt, net = setting(make or function(p) return optim.SGD(p, {lr = 0.1, momentum = 0.9}) end, more)
    local good, problem = pcall(function()
        local g = cuda.graph(step)
        change(opt, net, g)
        g()
    end)
    tap.ok(not good and tostring(problem):find(text, 1, true), "refused: " .. text)
    if good or not tostring(problem):find(text, 1, true) then tap.note("%s", tostring(problem)) end
    tap.is((lun.ones(3):cuda() + 1):sum():item(), 6.0, "and the device goes on")
end
local function nothing() end
refused("an option of the optimiser that is true or false has changed", nil, nil, function(opt) opt.param_groups[1].nesterov = true end)
refused("state are other tensors", function(p) return optim.Adam(p, {lr = 0.1}) end, nil,
        function(opt) opt.state[2].exp_avg = opt.state[2].exp_avg:clone() end)
refused("state are other tensors", nil, nil, function(opt) opt:load_state_dict(opt:state_dict()) end)
refused("state are other tensors", nil, nil, function(_, net) net:cpu():cuda() end)
refused("`maximize` have changed", nil, nil, function(opt) opt.param_groups[1].maximize = true end)
refused("with 1 groups", nil, nil,
        function(opt) opt:add_param_group {params = {lun.ones({2}, {device = "cuda", requires_grad = true})}} end)
refused("looks at values within a step", function(p)
    local opt = optim.LBFGS(p)
    local step = opt.step
    return setmetatable({step = function() return step(opt, function() return lun.ones(1) end) end}, {__index = opt})
end, nil, nothing)
refused("would be the same in each replay", nil, function(opt) schedules.StepLR(opt, {step_size = 2}):step(4) end, nothing)
do
    local w = lun.ones({3}, {device = "cuda", requires_grad = true})
    for name, opt in pairs {Adam = optim.Adam({w}), SGD = optim.SGD({w}, {lr = 0.1, momentum = 0.9})} do
        local first = true
        tap.fails(function()
            cuda.graph(function()
                (w * w):sum():backward()
                if not first then opt:step() end
                first = false
            end)
        end, "has not made a step yet")
    end
    local loaded = optim.SGD({w}, {lr = 0.1, momentum = 0.9})
    local once = false
    tap.fails(function()
        cuda.graph(function()
            (w * w):sum():backward()
            loaded.param_groups[1].momentum = once and 0.9 or 0
            once = true
            loaded:step()
        end)
    end, "first step with momentum")
    tap.fails(function() cuda.graph(function() lun.manual_seed(1) return lun.rand({2}, {device = "cuda"}) end) end,
              "the seed cannot be set in the middle")
    local armed = false
    tap.fails(function()
        cuda.graph(function()
            local s = (w * 2):sum()
            if armed then s:item() end
            armed = true
        end)
    end, "reading values")
end

-- Reading one value raises what went wrong before, as all waits do.
do
    local x, bad = lun.rand(5, 4):cuda(), lun.tensor{9}:cuda()
    tap.fails(function() x[bad]:sum():item() end, "index 9 (element 1) is outside 1..5")
    tap.fails(function() return lun.is_nonzero(x[bad]:sum()) end, "index 9")
    tap.fails(function() return x[bad]:sum() < 3 end, "index 9")
    tap.fails(function() return x[bad] == x[{1, {}}]:unsqueeze(1) end, "index 9")
    tap.fails(function() return lun.ones(3, 4):narrow(1, lun.tensor{1, 2}:cuda()[bad]:sum(), 1) end, "index 9")
end
tap.done()
