-- swa_utils.lua - averages of weights over training: a running mean (SWA) or one that forgets (EMA), and batch norms refitted to it
--
-- Sources: Izmailov et al. 2018 (stochastic weight averaging), Polyak & Juditsky 1992. Read next: lib/nn/module.lua.
-- SPDX-License-Identifier: MIT
local lun = require "lunette"
local nn = require "lunette.nn"
local recording = require "lunette.cuda.recording"
local swa = {SWALR = require "lunette.optim.lr_scheduler".SWALR}

--- average(average, present, n) that gives decay * average + (1 - decay) * present.
function swa.get_ema_avg_fn(decay)
    decay = decay or 0.999
    if type(decay) ~= "number" or not (decay >= 0 and decay <= 1) then
        lun.fail("swa_utils.get_ema_avg_fn", "decay must be a number from 0 to 1, got " .. tostring(decay), "get_ema_avg_fn(0.999)")
    end
    return function(average, present) return average * decay + present * (1 - decay) end
end

--- average(average, present, n) that gives the mean of n + 1 from the mean of n.
function swa.get_swa_avg_fn()
    return function(average, present, n) return average + (present - average) / (n + 1) end
end

-- A copy of modules, tensors and tables; what was copied already is the same copy again.
local function copy(value, done)
    if done[value] ~= nil then return done[value] end
    if lun.is_tensor(value) then
        done[value] = value:detach():clone():requires_grad_(value.requires_grad)
    elseif type(value) == "table" then
        local twin = {}
        done[value] = twin
        for key, item in next, value do
            if key ~= "_forward_hooks" and key ~= "_forward_pre_hooks" then rawset(twin, key, copy(item, done)) end
        end
        setmetatable(twin, getmetatable(value))
    else
        return value
    end
    return done[value]
end

local function check_module(name, model)
    if type(model) ~= "table" or type(rawget(model, "_module_names")) ~= "table" then
        lun.fail(name, "expected a network, got " .. (type(model) == "table" and "a table" or tostring(model)), name .. "(net)")
    end
end

local AveragedModel = nn.Module:extend("AveragedModel")
swa.AveragedModel = AveragedModel

--- A copy of the network whose weights average those that update_parameters sees: AveragedModel(net, {avg_fn = get_ema_avg_fn(0.99)})
function AveragedModel:init(model, options)
    check_module("swa_utils.AveragedModel", model)
    options = options or {}
    for name in pairs(options) do
        if name ~= "avg_fn" and name ~= "use_buffers" then
            lun.fail("swa_utils.AveragedModel", ("no option '%s'; it takes: avg_fn, use_buffers"):format(tostring(name)),
                     "AveragedModel(net)", "name")
        end
    end
    self.module = copy(model, {})
    self:register_buffer("n_averaged", lun.tensor(0))
    self.avg_fn, self.use_buffers = options.avg_fn or swa.get_swa_avg_fn(), options.use_buffers or false
end

function AveragedModel:forward(...) return self.module(...) end

local function pair_up(mine, theirs)
    local pairs_list = {}
    if #mine ~= #theirs then
        lun.fail("update_parameters", ("the network has %d tensors, the average %d"):format(#theirs, #mine), "average the network it was made of")
    end
    for i, x in ipairs(mine) do pairs_list[i] = {x, theirs[i]} end
    return pairs_list
end

--- Takes the present weights of the network into the average; its buffers are copied, or averaged too with use_buffers.
function AveragedModel:update_parameters(model)
    check_module("update_parameters", model)
    if recording.now then return recording.outside(function() self:update_parameters(model) end) end -- in each replay of a CUDA graph
    local n = self.n_averaged:item()
    local weights, buffers = pair_up(self.module:parameters(), model:parameters()), pair_up(self.module:buffers(), model:buffers())
    lun.no_grad(function()
        if self.use_buffers then table.move(buffers, 1, #buffers, #weights + 1, weights) end
        for _, pair in ipairs(weights) do pair[1]:copy_(n == 0 and pair[2] or self.avg_fn(pair[1], pair[2], n)) end
        for _, pair in ipairs(self.use_buffers and {} or buffers) do pair[1]:copy_(pair[2]) end
        self.n_averaged:add_(1)
    end)
end

local function each(list)
    local i = 0
    return function()
        i = i + 1
        return list[i]
    end
end

--- Refits the running means and variances of batch norms to the inputs that `loader` (a DataLoader, an iterator, a list of tensors) gives:
--- means over its batches with the present weights.
function swa.update_bn(loader, model)
    check_module("swa_utils.update_bn", model)
    if type(loader) ~= "table" and type(loader) ~= "function" then
        lun.fail("swa_utils.update_bn", "expected inputs to walk over, got " .. tostring(loader), "update_bn(data.DataLoader(set), net)")
    end
    loader = type(loader) == "table" and lun.is_tensor(rawget(loader, 1)) and each(loader) or loader
    local norms = {}
    for _, module in ipairs(model:modules()) do
        if module.__name:find "^BatchNorm" and rawget(module, "running_mean") then norms[#norms + 1] = {module, module.momentum} end
    end
    if #norms == 0 then return end
    local training, batches = model.training, 0
    model:train()
    lun.no_grad(function()
        for _, pair in ipairs(norms) do
            pair[1].running_mean:zero_()
            pair[1].running_var:fill_(1)
            pair[1].num_batches_tracked:zero_()
        end
        local good, problem = pcall(function()
            for x in loader do
                batches = batches + 1
                for _, pair in ipairs(norms) do pair[1].momentum = 1 / batches end
                model(x)
            end
        end)
        for _, pair in ipairs(norms) do pair[1].momentum = pair[2] end
        model:train(training)
        if not good then error(problem, 0) end
    end)
end

return swa
