-- optim.lua - optimisers: SGD, Adam, AdamW
--
-- An optimiser holds groups of parameters; step() updates those that have a gradient, one pass over memory each (the ops sgd_step_ and
-- adam_step_), outside the graph. Numerics are PyTorch's. A step is a natural border: the collector gets its turn there.
-- Sources: Kingma & Ba 2015 (Adam), Loshchilov & Hutter 2019 (AdamW). Read next: core/ops/optim.def. SPDX-License-Identifier: MIT
local lun = require "lunette"
local optim = {}

local Optimizer = {}
Optimizer.__index = Optimizer

-- ---- options and groups ----

local function sorted_keys(t)
    local names = {}
    for name in pairs(t) do names[#names + 1] = tostring(name) end
    table.sort(names)
    return names
end

local function check_betas(class, betas)
    local good = type(betas) == "table" and #betas == 2
    for i = 1, good and 2 or 0 do good = good and type(betas[i]) == "number" and betas[i] >= 0 and betas[i] < 1 end
    if not good then lun.fail(class.title, "betas must be two numbers from 0 to below 1", "{betas = {0.9, 0.999}}") end
end

local function check_option(class, name, value)
    local default = class.defaults[name]
    if default == nil then
        local known = table.concat(sorted_keys(class.defaults), ", ")
        lun.fail(class.title, ("no option '%s'; it takes: %s"):format(tostring(name), known), "{lr = 0.01}", "name")
    elseif name == "betas" then
        check_betas(class, value)
    elseif type(value) ~= type(default) or type(value) == "number" and not (value >= 0) then
        lun.fail(class.title, ("%s must be %s, got %s"):format(name, type(default) == "number" and "a number not below 0" or "true or false",
                 tostring(value)), ("{%s = %s}"):format(name, tostring(default)))
    end
end

local function check_options(class, options)
    for name, value in pairs(options) do
        if name ~= "params" then check_option(class, name, value) end
    end
end

local function check_parameter(class, i, p, seen)
    if not lun.is_tensor(p) then
        lun.fail(class.title, ("parameter %d is %s, not a tensor"):format(i, type(p) == "table" and "a table" or tostring(p)), "net:parameters()")
    elseif not p.is_leaf then
        lun.fail(class.title, ("parameter %d is the result of an op, not a leaf"):format(i), "x:detach():requires_grad_()")
    elseif not p.dtype:find "float" then
        lun.fail(class.title, ("parameter %d is %s; only floats can be trained"):format(i, p.dtype), "x:float()", "dtype")
    elseif seen[p] then
        lun.fail(class.title, ("parameter %d was given before"):format(i), "give each parameter once")
    end
    seen[p] = true
end

local function group_of(class, parameters, own, shared, seen)
    local group = {params = {}}
    for name, default in pairs(class.defaults) do
        group[name] = own[name]
        if group[name] == nil then group[name] = shared[name] end
        if group[name] == nil then group[name] = default end
    end
    if type(parameters) ~= "table" or #parameters == 0 then
        lun.fail(class.title, "there are no parameters", ("%s(net:parameters(), {lr = 0.01})"):format(class.title))
    end
    for i, p in ipairs(parameters) do
        check_parameter(class, i, p, seen)
        group.params[i] = p
    end
    if group.nesterov and (group.momentum == 0 or group.dampening ~= 0) then
        lun.fail(class.title, "nesterov needs momentum above 0 and dampening 0", "{momentum = 0.9, nesterov = true}")
    end
    return group
end

-- optim.SGD(net:parameters(), {lr = 0.1}), or groups: optim.SGD({{params = a, lr = 0.1}, {params = b}}, {lr = 0.01})
local function define(name, defaults, update)
    local class = {name = name, title = "optim." .. name, defaults = defaults}
    optim[name] = function(parameters, options)
        options = options or {}
        if type(parameters) ~= "table" or type(options) ~= "table" then
            lun.fail(class.title, "expected a list of parameters and a table of options", class.title .. "(net:parameters(), {lr = 0.01})")
        end
        check_options(class, options)
        local self, seen = setmetatable({class = class, name = name, param_groups = {}, state = {}, update = update}, Optimizer), {}
        local grouped = type(parameters[1]) == "table" and parameters[1].params
        for i, g in ipairs(grouped and parameters or {{params = parameters}}) do
            check_options(class, g)
            self.param_groups[i] = group_of(class, g.params, g, options, seen)
        end
        return self
    end
end

-- ---- steps ----

function Optimizer:zero_grad()
    for _, group in ipairs(self.param_groups) do
        for _, p in ipairs(group.params) do p.grad = nil end
    end
end

local function update_all(self)
    local index = 0
    for _, group in ipairs(self.param_groups) do
        for _, p in ipairs(group.params) do
            index = index + 1
            local gradient = p.grad
            if gradient then
                local state = self.state[index] or {}
                self.state[index] = state
                self.update(group, p, gradient, state)
            end
        end
    end
end

--- Updates every parameter that has a gradient. A closure, if given, recomputes the loss first and its result is returned.
function Optimizer:step(closure)
    local loss = closure and closure()
    lun.optimizer_phase(function() update_all(self) end)
    lun.collect_young()
    return loss
end

define("SGD", {lr = 1e-3, momentum = 0, dampening = 0, weight_decay = 0, nesterov = false}, function(group, p, gradient, state)
    local first = group.momentum ~= 0 and not state.momentum_buffer
    if first then state.momentum_buffer = lun.zeros_like(p) end
    local buffer = group.momentum ~= 0 and state.momentum_buffer or nil
    lun.sgd_step_(p, gradient, buffer, group.lr, group.momentum, group.dampening, group.weight_decay, group.nesterov, first)
end)

local function adam(decoupled)
    return function(group, p, gradient, state)
        if not state.step then state.step, state.mean, state.square = 0, lun.zeros_like(p), lun.zeros_like(p) end
        state.step = state.step + 1
        lun.adam_step_(p, gradient, state.mean, state.square, state.step, group.lr, group.betas[1], group.betas[2], group.eps,
                       group.weight_decay, decoupled)
    end
end

define("Adam", {lr = 1e-3, betas = {0.9, 0.999}, eps = 1e-8, weight_decay = 0}, adam(false))
define("AdamW", {lr = 1e-3, betas = {0.9, 0.999}, eps = 1e-8, weight_decay = 0.01}, adam(true))

-- ---- state ----

local function as_text(value)
    if type(value) == "table" then return "{" .. as_text(value[1]) .. ", " .. as_text(value[2]) .. "}" end
    return type(value) == "number" and ("%.14g"):format(value) or tostring(value)
end

local function as_tensor(value)
    if lun.is_tensor(value) then return value:detach():clone() end
    if type(value) == "boolean" or math.type(value) == "integer" then return lun.tensor(value) end
    return lun.tensor(value, {dtype = "float64"})
end

-- The plain value that as_tensor made a tensor of; a tensor of state stays one.
local function as_value(x, like)
    if lun.is_tensor(like) then return x:detach():clone() end
    if type(like) == "table" then return x:totable() end
    return x:item()
end

--- One flat table of tensors, "Adam.group1.lr" and "Adam.param3.mean", for lun.save(path, optimizer:state_dict()).
function Optimizer:state_dict()
    local flat = {}
    for i, group in ipairs(self.param_groups) do
        for name in pairs(self.class.defaults) do
            local value = group[name]
            if math.type(value) == "integer" then value = value + 0.0 end
            flat[("%s.group%d.%s"):format(self.name, i, name)] = as_tensor(value)
        end
    end
    for i, state in pairs(self.state) do
        for name, value in pairs(state) do flat[("%s.param%d.%s"):format(self.name, i, name)] = as_tensor(value) end
    end
    return flat
end

local function all_parameters(self)
    local list = {}
    for _, group in ipairs(self.param_groups) do table.move(group.params, 1, #group.params, #list + 1, list) end
    return list
end

local function load_fail(self, message)
    lun.fail("load_state_dict", message, ("the state must come from optim.%s over the same parameters"):format(self.name))
end

local state_tensors = {momentum_buffer = true, mean = true, square = true}

-- Reads one entry into `groups` or `state`; an error names it.
local function read_entry(self, parameters, groups, state, key, x)
    local class, kind, i, name = tostring(key):match "^(%a+)%.(%a+)(%d+)%.([%w_]+)$"
    i = tonumber(i)
    if class ~= self.name or not lun.is_tensor(x) then
        load_fail(self, ("'%s' is not state of optim.%s"):format(tostring(key), self.name))
    elseif kind == "group" and self.param_groups[i] and self.class.defaults[name] ~= nil then
        groups[i] = groups[i] or {}
        groups[i][name] = as_value(x, self.class.defaults[name])
    elseif kind == "param" and parameters[i] and (name == "step" or state_tensors[name]) then
        state[i] = state[i] or {}
        if name == "step" then
            state[i].step = math.tointeger(x:item()) or load_fail(self, ("'%s' is no whole number"):format(key))
        elseif table.concat(x.shape, ",") ~= table.concat(parameters[i].shape, ",") then
            load_fail(self, ("'%s' is [%s], the parameter is [%s]"):format(key, table.concat(x.shape, ","), table.concat(parameters[i].shape, ",")))
        else
            state[i][name] = x:detach():clone()
        end
    else
        load_fail(self, ("'%s' does not belong to this optimiser, with %d groups and %d parameters"):format(key, #self.param_groups, #parameters))
    end
end

--- Takes over what state_dict gave, or lun.load of it; training goes on with the same bits. Changes nothing when it fails.
function Optimizer:load_state_dict(saved)
    if type(saved) ~= "table" then load_fail(self, ("expected a table of tensors, got %s"):format(tostring(saved))) end
    local parameters, groups, state = all_parameters(self), {}, {}
    for key, x in pairs(saved) do read_entry(self, parameters, groups, state, key, x) end
    for i in ipairs(self.param_groups) do
        for name in pairs(self.class.defaults) do
            if not groups[i] or groups[i][name] == nil then load_fail(self, ("'%s.group%d.%s' is missing"):format(self.name, i, name)) end
            check_option(self.class, name, groups[i][name])
        end
    end
    for i, group in ipairs(self.param_groups) do
        for name in pairs(self.class.defaults) do group[name] = groups[i][name] end
    end
    self.state = state
end

function Optimizer:__tostring()
    local lines = {}
    for i, group in ipairs(self.param_groups) do
        local parts = {}
        for name in pairs(self.class.defaults) do
            parts[#parts + 1] = name .. " = " .. as_text(group[name])
        end
        table.sort(parts)
        lines[i] = ("optim.%s group %d: %d parameters, %s"):format(self.name, i, #group.params, table.concat(parts, ", "))
    end
    return table.concat(lines, "\n")
end

return optim
