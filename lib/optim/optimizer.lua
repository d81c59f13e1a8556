-- optimizer.lua - what all optimisers share: groups of parameters, options and their checks, steps, saved state
--
-- optimizer.define(name, spec) makes optim.NAME. A spec has `defaults` (option -> value), `rules` (option -> {test, "what it must be"}
-- where a number not below 0 or a flag is not enough), `state` (name -> "whole", "number", "numbers", or a function that gives
-- the shape from the parameter and the optimiser; {list = f} are several of them), `sometimes(name, state)` where a part of the state may
-- be missing, `update(group, p, gradient, state)` that changes p, or `step(self, closure)` for a method that looks at all parameters at
-- once. `sparse`: it takes the gradient of embedding with sparse = true; `by_rows(group, p, rows of the gradient, their positions, state)`
-- is for gradients that know their rows, where `takes_rows(group, sparse)`. `one_op(group)`: where an update is one op that does a whole
-- step, so that a CUDA graph can record it (lib/optim/recorded.lua), a text with all numbers of the group that the op gets.
-- Holds: updates run outside the graph. A step is a natural border: the collector gets its turn there.
-- Read next: lib/optim/descent.lua, lib/optim/state.lua. SPDX-License-Identifier: MIT
local lun = require "lunette"
local codec = require "lunette.optim.state"
local recording = require "lunette.cuda.recording"
local optimizer = {rules = {}, classes = {}}

local Optimizer = {}
Optimizer.__index = Optimizer
optimizer.Optimizer = Optimizer

-- ---- options and groups ----

local function numbers(value, n, good)
    local right = type(value) == "table" and #value == n
    for i = 1, right and n or 0 do right = right and type(value[i]) == "number" and good(value[i], i) end
    return right
end

local rules = optimizer.rules
rules.betas = {function(v) return numbers(v, 2, function(b) return b >= 0 and b < 1 end) end, "two numbers from 0 to below 1"}
rules.text = function(...)
    local words = {...}
    return {function(v)
        for _, word in ipairs(words) do
            if v == word then return true end
        end
        return v == false
    end, "false or '" .. table.concat(words, "', '") .. "'"}
end
rules.whole = function(least)
    return {function(v) return type(v) == "number" and v >= least and v == v // 1 and v < math.huge end, "a whole number not below " .. least}
end
rules.numbers = function(n, good, text) return {function(v) return numbers(v, n, good) end, text} end
rules.number = function(good, text) return {function(v) return type(v) == "number" and good(v) end, text} end

local function as_text(value)
    if type(value) == "table" then
        local parts = {}
        for i, v in ipairs(value) do parts[i] = as_text(v) end
        return "{" .. table.concat(parts, ", ") .. "}"
    end
    return type(value) == "number" and ("%.14g"):format(value) or tostring(value)
end

optimizer.as_text = as_text

local function check_option(class, name, value)
    local default, rule = class.defaults[name], class.rules[name]
    if default == nil then
        local known = {}
        for option in codec.sorted(class.defaults) do known[#known + 1] = option end
        lun.fail(class.title, ("no option '%s'; it takes: %s"):format(tostring(name), table.concat(known, ", ")), "{lr = 0.01}", "name")
    end
    rule = rule or type(default) == "number" and {function(v) return type(v) == "number" and v >= 0 end, "a number not below 0"}
        or {function(v) return type(v) == "boolean" end, "true or false"}
    if not rule[1](value) then
        lun.fail(class.title, ("%s must be %s, got %s"):format(name, rule[2], as_text(value)), ("{%s = %s}"):format(name, as_text(default)))
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
    elseif class.parameter then
        class.parameter(class, i, p)
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
    if class.group then class.group(class, group) end
    return group
end

local function make(class, parameters, options)
    options = options or {}
    if type(parameters) ~= "table" or type(options) ~= "table" then
        lun.fail(class.title, "expected a list of parameters and a table of options", class.title .. "(net:parameters(), {lr = 0.01})")
    end
    check_options(class, options)
    local self, seen = setmetatable({class = class, name = class.name, param_groups = {}, state = {}, places = {}}, Optimizer), {}
    local grouped = type(parameters[1]) == "table" and parameters[1].params
    for i, g in ipairs(grouped and parameters or {{params = parameters}}) do
        check_options(class, g)
        self.param_groups[i] = group_of(class, g.params, g, options, seen)
    end
    if class.step and #self.param_groups > 1 then
        lun.fail(class.title, "it takes one group of parameters", class.title .. "(net:parameters())")
    end
    return self
end

--- The constructor: optim.SGD(net:parameters(), {lr = 0.1}), or groups: optim.SGD({{params = a, lr = 0.1}, {params = b}}, {lr = 0.01})
function optimizer.define(name, class)
    class.name, class.title, class.rules, class.state = name, "optim." .. name, class.rules or {}, class.state or {}
    optimizer.classes[name] = class
    if class.defaults.betas then class.rules.betas = class.rules.betas or rules.betas end
    return function(parameters, options) return make(class, parameters, options) end
end

--- The parameters of an optimiser's groups, in one list.
function optimizer.parameters(self)
    local list = {}
    for _, group in ipairs(self.param_groups) do table.move(group.params, 1, #group.params, #list + 1, list) end
    return list
end

--- A further group, with options of its own: optimizer:add_param_group{params = head:parameters(), lr = 0.1}
function Optimizer:add_param_group(group)
    if type(group) ~= "table" then lun.fail(self.class.title, "expected a table with params", "{params = net:parameters()}") end
    if self.class.step then lun.fail(self.class.title, "it takes one group of parameters", self.class.title .. "(net:parameters())") end
    local seen = {}
    for _, p in ipairs(optimizer.parameters(self)) do seen[p] = true end
    check_options(self.class, group)
    table.insert(self.param_groups, group_of(self.class, group.params, group, self.class.defaults, seen))
end

-- ---- steps ----

function Optimizer:zero_grad()
    for _, p in ipairs(optimizer.parameters(self)) do p.grad = nil end
end

local function not_zero(gradient) return gradient:ne(0):any(2):nonzero():flatten() end

-- A gradient that knows its rows (embedding with sparse = true) goes by rows where the method has that, and is refused where it is no
-- method for such gradients.
function optimizer.update_one(class, group, p, gradient, state, index)
    local sparse = lun.is_row_sparse(gradient)
    if sparse and not class.sparse then
        lun.fail(class.title, ("parameter %d, [%s], has a row-sparse gradient"):format(index, table.concat(p.shape, ",")),
                 "optim.SparseAdam, SGD or Adagrad; or an embedding without sparse = true")
    end
    local rows = class.by_rows and class.takes_rows(group, sparse) and (lun.touched_rows(gradient) or sparse and not_zero(gradient))
    if rows then
        local part = gradient:index_select(1, rows)
        return class.by_rows(group, p, group.maximize and part:neg_() or part, rows, state)
    end
    class.update(group, p, group.maximize and -gradient or gradient, state)
end

-- A network may have gone to another device, or dtype, since the last step: what is remembered of its parameters follows.
local function follow(state, p)
    for name, x in pairs(state) do
        if lun.is_tensor(x) and x.dtype:find "float" then state[name] = x:to(p.dtype, p.device) end
    end
end

local function update_all(self)
    local index, places = 0, self.places
    for _, group in ipairs(self.param_groups) do
        for _, p in ipairs(group.params) do
            index = index + 1
            local gradient = p.grad
            if gradient then
                local state, place = self.state[index] or {}, p.device .. p.dtype
                self.state[index] = state
                if places[index] ~= place then
                    follow(state, p)
                    places[index] = place
                end
                optimizer.update_one(self.class, group, p, gradient, state, index)
            end
        end
    end
end

--- Updates every parameter that has a gradient. A closure, if given, recomputes the loss first and its result is returned.
function Optimizer:step(closure)
    local loss
    if recording.now then return require "lunette.optim.recorded"(self, closure) end
    if self.class.step then
        loss = lun.optimizer_phase(function() loss = self.class.step(self, closure) end) or loss
    else
        loss = closure and closure()
        lun.optimizer_phase(function() update_all(self) end)
    end
    lun.collect_young()
    return loss
end

-- ---- state ----

--- One flat table of tensors, "Adam.group1.lr" and "Adam.param3.exp_avg", for lun.save(path, optimizer:state_dict()).
function Optimizer:state_dict()
    local flat = {}
    for i, group in ipairs(self.param_groups) do
        for name in pairs(group) do
            local value = group[name]
            if math.type(value) == "integer" then value = value + 0.0 end
            if name ~= "params" then flat[("%s.group%d.%s"):format(self.name, i, name)] = codec.to_tensor(value) end
        end
    end
    for i, state in pairs(self.state) do
        for name, value in pairs(state) do flat[("%s.param%d.%s"):format(self.name, i, name)] = codec.to_tensor(value) end
    end
    return flat
end

local function load_fail(self, message)
    lun.fail("load_state_dict", message, ("the state must come from optim.%s over the same parameters"):format(self.name))
end

local function check_shape(self, key, x, wanted)
    local right = #x.shape == #wanted
    for d = 1, right and #wanted or 0 do right = right and (not wanted[d] or x.shape[d] == wanted[d]) end
    if right then return end
    local sizes = {}
    for d = 1, #wanted do sizes[d] = wanted[d] or "any" end
    load_fail(self, ("'%s' is [%s], expected [%s]"):format(key, table.concat(x.shape, ","), table.concat(sizes, ",")))
end

local function read_state(self, kind, key, x, p)
    if kind == "whole" then return math.tointeger(x:item()) or load_fail(self, ("'%s' is no whole number"):format(key)) end
    if kind == "number" or kind == "numbers" then
        local value = codec.to_value(x)
        if type(value) ~= (kind == "number" and "number" or "table") then load_fail(self, ("'%s' is not of one %s"):format(key, kind)) end
        return value
    end
    local several = type(kind) == "table"
    if several and x:numel() == 0 then return {} end       -- a list that is still empty
    local wanted = (several and kind.list or kind)(p, self)
    if several then wanted = table.move(wanted, 1, #wanted, 2, {false}) end
    check_shape(self, key, x, wanted)
    if not several then return x:detach():clone() end
    local list = {}
    for i = 1, x.shape[1] do list[i] = x[i]:detach():clone() end
    return list
end

-- Reads one entry into `groups` or `state`; an error names it.
local function read_entry(self, parameters, groups, state, key, x)
    local class, kind, i, name = tostring(key):match "^(%a+)%.(%a+)(%d+)%.([%w_]+)$"
    i = tonumber(i)
    if class ~= self.name or not lun.is_tensor(x) then
        load_fail(self, ("'%s' is not state of optim.%s"):format(tostring(key), self.name))
    elseif kind == "group" and self.param_groups[i] and (self.class.defaults[name] ~= nil or name == "initial_lr") then
        groups[i] = groups[i] or {}
        groups[i][name] = codec.to_value(x)
    elseif kind == "param" and parameters[i] and self.class.state[name] then
        state[i] = state[i] or {}
        state[i][name] = read_state(self, self.class.state[name], key, x, parameters[i])
    else
        load_fail(self, ("'%s' does not belong to this optimiser, with %d groups and %d parameters"):format(key, #self.param_groups, #parameters))
    end
end

-- Raises when the state of a parameter has some of its parts but not all.
local function check_complete(self, states)
    for i, state in pairs(states) do
        for name in codec.sorted(self.class.state) do
            local sometimes = self.class.sometimes
            if state[name] == nil and not (sometimes and sometimes(name, state)) then
                load_fail(self, ("'%s.param%d.%s' is missing"):format(self.name, i, name))
            end
        end
    end
end

--- Takes over what state_dict gave, or lun.load of it; training goes on with the same bits. Changes nothing when it fails.
function Optimizer:load_state_dict(saved)
    if type(saved) ~= "table" then load_fail(self, ("expected a table of tensors, got %s"):format(tostring(saved))) end
    local parameters, groups, state = optimizer.parameters(self), {}, {}
    for key, x in codec.sorted(saved) do read_entry(self, parameters, groups, state, key, x) end
    check_complete(self, state)
    for i in ipairs(self.param_groups) do
        for name in pairs(self.class.defaults) do
            if not groups[i] or groups[i][name] == nil then load_fail(self, ("'%s.group%d.%s' is missing"):format(self.name, i, name)) end
            check_option(self.class, name, groups[i][name])
        end
    end
    for i, group in ipairs(self.param_groups) do
        for name, value in pairs(groups[i]) do group[name] = value end
    end
    self.state = state
end

function Optimizer:__tostring()
    local lines = {}
    for i, group in ipairs(self.param_groups) do
        local parts = {}
        for name in codec.sorted(self.class.defaults) do parts[#parts + 1] = name .. " = " .. as_text(group[name]) end
        lines[i] = ("optim.%s group %d: %d parameters, %s"):format(self.name, i, #group.params, table.concat(parts, ", "))
    end
    return table.concat(lines, "\n")
end

-- ---- words that updates are made of ----

function optimizer.like(p) return p.shape end

--- Fills a state that is still empty: `step` is 0, and one tensor of zeros for each further name.
function optimizer.begin(state, p, ...)
    if state.step then return end
    state.step = 0
    for _, name in ipairs {...} do state[name] = lun.zeros_like(p) end
end

--- The gradient with the pull of weight_decay in it; p itself is shrunk instead where the decay is decoupled.
function optimizer.decayed(group, p, gradient, decoupled)
    if group.weight_decay == 0 then return gradient end
    if not decoupled then return gradient:add(p, {alpha = group.weight_decay}) end
    p:mul_(1 - group.lr * group.weight_decay)
    return gradient
end

--- `x` as PyTorch keeps numbers of state: a float32.
function optimizer.float32(x) return (string.unpack("f", string.pack("f", x))) end

return optimizer
