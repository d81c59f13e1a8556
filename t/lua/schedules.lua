-- schedules.lua - learning-rate schedules, averaged weights and further optimisers: how they are called, and bad input
--
-- Their numbers are compared with PyTorch's in optim_peer.lua. Read next: lib/optim/scheduler.lua. SPDX-License-Identifier: MIT
local tap = require "tap"
local lun = require "lunette"
local nn, optim = require "lunette.nn", require "lunette.optim"
local lr_scheduler, swa_utils = optim.lr_scheduler, optim.swa_utils

local says = tap.raises_with_hint

local function parameter() return lun.ones(2):requires_grad_() end
local function sgd() return optim.SGD({parameter()}, {lr = 0.1}) end

-- ---- calling ----

do
    local in_order, named, mixed = lr_scheduler.StepLR(sgd(), 2, 0.5), lr_scheduler.StepLR(sgd(), {step_size = 2, gamma = 0.5}),
        lr_scheduler.StepLR(sgd(), 2, {gamma = 0.5})
    for _, schedule in ipairs {in_order, named, mixed} do
        for _ = 1, 4 do schedule:step() end
        tap.near(schedule:get_last_lr(), {0.025}, "arguments in order and by name")
    end
    tap.is(tostring(in_order), "optim.lr_scheduler.StepLR epoch 4: lr 0.025", "shown")
    in_order:step(1)
    tap.near(in_order:get_last_lr(), {0.1}, "put to an epoch")
    local restarts = lr_scheduler.CosineAnnealingWarmRestarts(sgd(), 2, 2)
    restarts:step(4.5)
    tap.near(restarts:get_last_lr(), {0.1 * (1 + math.cos(math.pi * 2.5 / 4)) / 2}, "a fraction of an epoch")
    restarts:step(1e300)
    tap.ok(restarts.T_cur <= restarts.T_i, "a huge epoch")
end

do
    local optimizer = sgd()
    local schedule = lr_scheduler.warm_up(optimizer, 4, lr_scheduler.StepLR(optimizer, 2, 0.5), {start_factor = 0.2})
    local rates = {}
    for i = 1, 9 do
        rates[i] = schedule:get_last_lr()[1]
        schedule:step()
    end
    tap.near(rates, {0.02, 0.04, 0.06, 0.08, 0.1, 0.1, 0.05, 0.05, 0.025}, "warm-up, then steps")
    local alone = sgd()
    lr_scheduler.warm_up(alone, 10)
    tap.near(alone.param_groups[1].lr, 0.001, "warm-up alone")
    local going_on = sgd()
    lr_scheduler.ExponentialLR(going_on, 0.5)
    going_on.param_groups[1].lr = 0.05
    tap.near(lr_scheduler.ExponentialLR(going_on, 0.5, {last_epoch = 1}):get_last_lr(), {0.05}, "made again at a later epoch")
end

-- ---- state ----

do
    local schedule = lr_scheduler.StepLR(sgd(), 3)
    local path = os.tmpname()
    schedule:step()
    lun.save(path, schedule:state_dict())
    local again = lr_scheduler.StepLR(sgd(), 3)
    again:load_state_dict(lun.load(path))
    os.remove(path)
    tap.is(tostring(again), tostring(schedule), "through a file")
    local state = schedule:state_dict()
    says(function() lr_scheduler.ExponentialLR(sgd(), 0.9):load_state_dict(state) end, "state of another schedule", "ExponentialLR")
    state["StepLR.gamma"] = nil
    says(function() schedule:load_state_dict(state) end, "a field is missing", "StepLR.gamma")
    says(function() schedule:load_state_dict("file") end, "a path is no state", "table")
end

-- ---- groups ----

do
    local optimizer = sgd()
    optimizer:add_param_group {params = {parameter()}, lr = 0.5}
    tap.is({#optimizer.param_groups, optimizer.param_groups[2].lr}, {2, 0.5}, "a group more")
    says(function() optimizer:add_param_group {params = optimizer.param_groups[1].params} end, "the same parameter again", "before")
    says(function() optimizer:add_param_group(3) end, "a number as group", "params")
end

-- ---- averages ----

local function network() return nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4), nn.Linear(4, 1)) end

local function fill(net, value)
    lun.no_grad(function()
        for _, p in ipairs(net:parameters()) do p:fill_(value) end
    end)
end

do
    local net = network()
    local mean, forgetting = swa_utils.AveragedModel(net), swa_utils.AveragedModel(net, {avg_fn = swa_utils.get_ema_avg_fn(0.75)})
    for _, value in ipairs {1, 3, 8} do
        fill(net, value)
        mean:update_parameters(net)
        forgetting:update_parameters(net)
    end
    tap.near(mean.module[1].weight, lun.full({4, 3}, 4.0), "the mean of the weights")
    tap.near(forgetting.module[1].bias, lun.full({4}, 0.75 * 1.5 + 0.25 * 8), "the exponential average")
    tap.is(mean.n_averaged:item(), 3, "counted")
    tap.near(net[1].weight, lun.full({4, 3}, 8.0), "the network itself stays")
    tap.is(#mean:parameters(), #net:parameters(), "as many parameters, which are saved too")
    local x = {lun.randn(6, 3), lun.randn(6, 3)}
    swa_utils.update_bn(x, mean)
    local want = (mean.module[1](x[1]):mean(1) + mean.module[1](x[2]):mean(1)) / 2
    tap.near(mean.module[2].running_mean, want:detach(), 1e-5, "batch norms see the averaged weights")
    tap.is({mean.module[2].momentum, mean.training, mean.module[2].training}, {0.1, true, true}, "momentum and mode are put back")
    says(function() mean:update_parameters(nn.Linear(2, 2)) end, "another network", "2 tensors")
    says(function() swa_utils.AveragedModel(3) end, "a number as network", "3")
    says(function() swa_utils.AveragedModel(net, {decay = 1}) end, "an unknown option", "decay")
    says(function() swa_utils.get_ema_avg_fn(2) end, "decay 2", "decay")
    says(function() swa_utils.update_bn(3, net) end, "a number as loader", "3")
    tap.is(select(2, pcall(swa_utils.update_bn, function() error("no data", 0) end, mean)), "no data", "an error of the loader comes out")
    tap.is(mean.module[2].momentum, 0.1, "and momentum is put back")
end

-- ---- help ----

for name, class in pairs(optim) do
    if type(class) == "function" and name ~= "describe" then
        tap.ok(tostring(lun.help("optim." .. name)):find("lun.optim." .. name .. "(parameters, {", 1, true), "help for " .. name)
    end
end
for name, class in pairs(lr_scheduler) do
    if type(class) == "function" and name ~= "warm_up" then
        tap.ok(tostring(lun.help("optim.lr_scheduler." .. name)):find(name .. "(optimizer, ", 1, true), "help for " .. name)
    end
end
tap.ok(tostring(lun.help "optim"):find("Adadelta", 1, true), "help for all")
tap.ok(tostring(lun.help "StepLR"):find("gamma = 0.1", 1, true), "help by the short name")

-- ---- bad input ----

local net = network()
local o = optim.SGD(net:parameters(), {lr = 0.1})
says(function() lr_scheduler.StepLR(o) end, "an argument is missing", "step_size")
says(function() lr_scheduler.StepLR(o, 0) end, "step_size 0", "step_size", "0")
says(function() lr_scheduler.StepLR(o, 1 / 0) end, "step_size infinite", "step_size")
says(function() lr_scheduler.StepLR(o, lun.ones(1)) end, "a tensor as step_size", "step_size")
says(function() lr_scheduler.StepLR() end, "no optimiser", "optimiser")
says(function() lr_scheduler.StepLR(net, 3) end, "a network as optimiser", "optimiser")
says(function() lr_scheduler.StepLR(o, {step_size = 3, gama = 1}) end, "an unknown option", "gama", "gamma")
says(function() lr_scheduler.StepLR(o, 3, 0.1, 5, 6) end, "too many arguments", "too many")
says(function() lr_scheduler.StepLR(o, 3):step("a") end, "a text as epoch", "epoch")
says(function() lr_scheduler.StepLR(sgd(), 3, {last_epoch = 5}) end, "later, but without initial_lr", "initial_lr")
says(function() lr_scheduler.ExponentialLR(o, "a") end, "a text as gamma", "gamma")
says(function() lr_scheduler.MultiStepLR(o, 3) end, "a number as milestones", "milestones")
says(function() lr_scheduler.MultiStepLR(o, {1.5}) end, "half a milestone", "milestones")
says(function() lr_scheduler.LambdaLR(o, 0.1) end, "a number as function", "function")
says(function() lr_scheduler.LinearLR(o, 0) end, "start_factor 0", "start_factor")
says(function() lr_scheduler.CyclicLR(optim.Adagrad({parameter()}), 0.1, 0.2) end, "nothing to cycle", "Adagrad", "momentum")
says(function() lr_scheduler.CyclicLR(o, {0.1, 0.1}, 0.2) end, "two rates for one group", "base_lr", "1")
says(function() lr_scheduler.CyclicLR(o, 0.1, 0.2, {mode = "square"}) end, "an unknown mode", "mode", "triangular2")
says(function() lr_scheduler.OneCycleLR(o, 0.1) end, "no number of steps", "total_steps")
says(function()
    local schedule = lr_scheduler.OneCycleLR(o, 0.1, 3)
    for _ = 1, 4 do schedule:step() end
end, "past the end of the cycle", "3 steps")
says(function() lr_scheduler.SequentialLR(o, {}, {}) end, "a sequence of nothing", "no schedules")
says(function() lr_scheduler.SequentialLR(o, {o}, {}) end, "a sequence of an optimiser", "element 1")
says(function() lr_scheduler.SequentialLR(o, {lr_scheduler.StepLR(o, 3), lr_scheduler.StepLR(o, 3)}, {}) end, "no milestone", "milestones")
says(function() lr_scheduler.SequentialLR(o, {lr_scheduler.StepLR(sgd(), 3)}, {}) end, "a schedule of another optimiser", "another optimiser")
says(function() lr_scheduler.ChainedScheduler() end, "a chain of nothing", "list")
says(function() lr_scheduler.ChainedScheduler {lr_scheduler.ReduceLROnPlateau(o)} end, "a plateau in a chain", "metric")
says(function() lr_scheduler.ReduceLROnPlateau(o):step() end, "a plateau without metric", "metric")
says(function() lr_scheduler.ReduceLROnPlateau(o, {factor = 1}) end, "factor 1", "factor")
says(function() lr_scheduler.warm_up(o, 0) end, "a warm-up of no steps", "steps")
says(function() optim.LBFGS(net:parameters()):step() end, "LBFGS without closure", "function")
says(function() optim.LBFGS(net:parameters()):step(function() end) end, "a closure that returns nothing", "loss")
says(function() optim.LBFGS({{params = {parameter()}}, {params = {parameter()}}}) end, "LBFGS with two groups", "one group")
says(function() optim.LBFGS(net:parameters(), {line_search_fn = "golden"}) end, "an unknown line search", "strong_wolfe")
says(function() optim.Muon(net:parameters()) end, "Muon of vectors", "parameter 2", "[4]")
says(function() optim.Muon({net[1].weight}, {ns_steps = 100}) end, "too many iterations", "ns_steps")
says(function() optim.Rprop({parameter()}, {etas = {2, 3}}) end, "etas that cannot shrink", "etas")
says(function() optim.Adafactor({parameter()}, {d = 0}) end, "d 0", "d must")
says(function() optim.Adadelta({parameter()}, {rho = 2}) end, "rho 2", "rho")
says(function() optim.RMSprop({parameter()}, {momentum = -1}) end, "a negative momentum", "momentum")

tap.done()
