-- optim.lua - optimisers: SGD, Adam, AdamW
--
-- An optimiser holds groups of parameters; step() updates them in place under no_grad and bumps their versions. Numerics are PyTorch's.
-- A step is a natural border: the collector gets its turn there. Sources: Kingma & Ba 2015 (Adam), Loshchilov & Hutter 2019 (AdamW).
-- SPDX-License-Identifier: MIT
local lun = require "lunette"
local optim = {}

local Optimizer = {}
Optimizer.__index = Optimizer

local function check_options(class, options)
    for name, value in pairs(options) do
        if class.defaults[name] == nil and name ~= "params" then
            local names = {}
            for known in pairs(class.defaults) do names[#names + 1] = known end
            table.sort(names)
            error(("optim.%s: no option '%s'; it takes: %s"):format(class.name, tostring(name), table.concat(names, ", ")), 4)
        end
        if type(class.defaults[name]) == "number" and (type(value) ~= "number" or value < 0) then
            error(("optim.%s: %s must be a number not below 0, got %s"):format(class.name, name, tostring(value)), 4)
        end
    end
end

local function group_of(class, parameters, options)
    local group = {params = {}}
    for name, default in pairs(class.defaults) do
        group[name] = options[name]
        if group[name] == nil then group[name] = default end
    end
    for i, p in ipairs(parameters) do
        if not lun.is_tensor(p) then
            error(("optim.%s: parameter %d is %s, not a tensor"):format(class.name, i, tostring(p)), 4)
        end
        if not p.is_leaf then error(("optim.%s: parameter %d is the result of an op, not a leaf"):format(class.name, i), 4) end
        group.params[i] = p
    end
    if #group.params == 0 then
        error(("optim.%s: there are no parameters; pass net:parameters()"):format(class.name), 4)
    end
    return group
end

-- optim.SGD(net:parameters(), {lr = 0.1}) or groups: optim.SGD({{params = a, lr = 0.1}, {params = b}}, {lr = 0.01})
local function define(name, defaults, update)
    local class = {name = name, defaults = defaults}
    optim[name] = function(parameters, options)
        options = options or {}
        if type(parameters) ~= "table" then
            error(("optim.%s: expected a list of parameters, got %s\nhint: optim.%s(net:parameters(), {lr = 0.01})"):format(
                  name, tostring(parameters), name), 2)
        end
        check_options(class, options)
        local self = setmetatable({name = name, groups = {}, state = {}, update = update}, Optimizer)
        local groups = parameters[1] and not lun.is_tensor(parameters[1]) and parameters[1].params and parameters or nil
        for _, g in ipairs(groups or {{params = parameters}}) do
            check_options(class, g)
            local merged = {}
            for key in pairs(defaults) do
                merged[key] = g[key]
                if merged[key] == nil then merged[key] = options[key] end
            end
            table.insert(self.groups, group_of(class, g.params, merged))
        end
        return self
    end
end

function Optimizer:zero_grad()
    for _, group in ipairs(self.groups) do
        for _, p in ipairs(group.params) do p.grad = nil end
    end
end

--- Updates every parameter that has a gradient. A closure, if given, recomputes the loss first and its result is returned.
function Optimizer:step(closure)
    local loss = closure and closure()
    lun.optimizer_phase(function()
        local index = 0
        for _, group in ipairs(self.groups) do
            for _, p in ipairs(group.params) do
                index = index + 1
                local state = self.state[index] or {}
                self.state[index] = state
                if p.grad then self.update(group, p, p.grad, state) end
            end
        end
    end)
    lun.collect_step()
    return loss
end

--- Plain data: options per group and state tensors per parameter, in order. Saved with lun.save after flattening (see flat_state).
function Optimizer:state_dict()
    local groups, state = {}, {}
    for i, group in ipairs(self.groups) do
        groups[i] = {}
        for key, value in pairs(group) do
            if key ~= "params" then groups[i][key] = value end
        end
    end
    for i, s in pairs(self.state) do
        state[i] = {}
        for key, value in pairs(s) do state[i][key] = lun.is_tensor(value) and value:clone() or value end
    end
    return {name = self.name, groups = groups, state = state}
end

function Optimizer:load_state_dict(saved)
    if saved.name ~= self.name or #saved.groups ~= #self.groups then
        error(("load_state_dict: the state is of optim.%s with %d groups, this is optim.%s with %d"):format(
              tostring(saved.name), #saved.groups, self.name, #self.groups), 2)
    end
    for i, group in ipairs(saved.groups) do
        for key, value in pairs(group) do self.groups[i][key] = value end
    end
    self.state = {}
    for i, s in pairs(saved.state) do
        self.state[i] = {}
        for key, value in pairs(s) do self.state[i][key] = lun.is_tensor(value) and value:clone() or value end
    end
end

function Optimizer:__tostring()
    local lines = {}
    for i, group in ipairs(self.groups) do
        local parts = {}
        for key, value in pairs(group) do
            if key ~= "params" then parts[#parts + 1] = key .. " = " .. tostring(value) end
        end
        table.sort(parts)
        lines[i] = ("optim.%s group %d: %d parameters, %s"):format(self.name, i, #group.params, table.concat(parts, ", "))
    end
    return table.concat(lines, "\n")
end

define("SGD", {lr = 1e-3, momentum = 0, dampening = 0, weight_decay = 0, nesterov = false}, function(group, p, g, state)
    if group.weight_decay ~= 0 then g = g + p * group.weight_decay end
    if group.momentum ~= 0 then
        if state.momentum then state.momentum:mul_(group.momentum):add_(g * (1 - group.dampening))
        else state.momentum = g:clone() end
        g = group.nesterov and g + state.momentum * group.momentum or state.momentum
    end
    p:sub_(g * group.lr)
end)

local function adam(decoupled)
    return function(group, p, g, state)
        local beta1, beta2 = group.betas[1], group.betas[2]
        if group.weight_decay ~= 0 then
            if decoupled then p:mul_(1 - group.lr * group.weight_decay) else g = g + p * group.weight_decay end
        end
        state.step = (state.step or 0) + 1
        state.mean = state.mean or p:detach():zeros_like()
        state.square = state.square or p:detach():zeros_like()
        state.mean:mul_(beta1):add_(g * (1 - beta1))
        state.square:mul_(beta2):add_(g:square() * (1 - beta2))
        local scale = math.sqrt(1 - beta2 ^ state.step)
        local denominator = state.square:sqrt():div_(scale):add_(group.eps)
        p:sub_(state.mean / denominator * (group.lr / (1 - beta1 ^ state.step)))
    end
end

define("Adam", {lr = 1e-3, betas = {0.9, 0.999}, eps = 1e-8, weight_decay = 0}, adam(false))
define("AdamW", {lr = 1e-3, betas = {0.9, 0.999}, eps = 1e-8, weight_decay = 0.01}, adam(true))

return optim
