-- scheduler.lua - what all schedules of learning rates share: arguments, steps, saved state
--
-- Making a schedule sets the rates of epoch 0 at once; step() goes one epoch on (epochs are whatever is counted: often batches). The
-- rate from which a schedule starts is kept as initial_lr in the optimiser's group. Numerics are PyTorch's.
-- Read next: lib/optim/lr_scheduler.lua (the schedules). SPDX-License-Identifier: MIT
local lun = require "lunette"
local codec = require "lunette.optim.state"
local Optimizer = require "lunette.optim.optimizer".Optimizer
local recording = require "lunette.cuda.recording"
local scheduler = {classes = {}}

local Scheduler = {}
Scheduler.__index = Scheduler
scheduler.Scheduler = Scheduler

-- ---- arguments ----

local function is_whole(v, least) return type(v) == "number" and v >= least and v == v // 1 and v < math.huge end

local rules = {}
scheduler.rules = rules
function rules.whole(least) return {function(v) return is_whole(v, least) end, "a whole number not below " .. least} end
function rules.words(...)
    local words = {...}
    return {function(v)
        for _, word in ipairs(words) do
            if v == word then return true end
        end
        return false
    end, "'" .. table.concat(words, "' or '") .. "'"}
end
rules.number = {function(v) return type(v) == "number" and v == v end, "a number"}
rules.flag = {function(v) return type(v) == "boolean" end, "true or false"}
rules.list = {function(v) return type(v) == "table" end, "a list"}
rules.wholes = {function(v)
    for _, n in ipairs(type(v) == "table" and v or {}) do
        if not is_whole(n, 0) then return false end
    end
    return type(v) == "table"
end, "a list of whole numbers not below 0"}

local per_group_kinds = {lr_lambda = true, swa_lr = true, base_lr = true, max_lr = true, base_momentum = true, max_momentum = true, min_lr = true}

--- Raises unless `value` fits argument `name` of the class.
function scheduler.check(class, name, value)
    local rule = class.rules and class.rules[name] or class.defaults[name] ~= nil and type(class.defaults[name]) == "boolean" and rules.flag
        or not per_group_kinds[name] and rules.number
    if rule and not rule[1](value) then
        local shown = type(value) == "table" and "a table" or tostring(value)
        lun.fail(class.title, ("%s must be %s, got %s"):format(name, rule[2], shown), class.title .. "(optimizer, " ..
                 table.concat(class.args, ", ") .. ")")
    end
end

--- One value for each group of the optimiser from one for all or a list.
function scheduler.per_group(self, name, value, kind)
    local groups, list = #self.optimizer.param_groups, type(value) == "table" and value or {}
    if type(value) ~= "table" then
        for i = 1, groups do list[i] = value end
    end
    local right = #list == groups
    for i = 1, groups do right = right and type(list[i]) == kind end
    if not right then
        lun.fail(self.class.title, ("%s must be a %s, or a list of %d"):format(name, kind, groups),
                 kind == "function" and "function(epoch) return 0.9 ^ epoch end" or ("{%s = 0.1}"):format(name))
    end
    return table.move(list, 1, groups, 1, {})
end

-- Is the last argument, in the place of argument `name`, the table of named ones? An empty one is, but where a list is due.
local function is_named(class, name, t)
    local rule = class.rules and class.rules[name]
    return type(t) == "table" and getmetatable(t) == nil and #t == 0 and (next(t) ~= nil or rule ~= rules.list and rule ~= rules.wholes)
end

-- The arguments by name, from those in order and a last table of named ones.
local function read(class, ...)
    local given, n, values = {...}, select("#", ...), {}
    local named = is_named(class, class.args[n], given[n]) and table.remove(given, n) or {}
    if n > #class.args + 1 then lun.fail(class.title, "too many arguments", "it takes: optimizer, " .. table.concat(class.args, ", ")) end
    local known = {last_epoch = true}
    for i, name in ipairs(class.args) do
        known[name] = true
        values[name] = given[i]
        if values[name] == nil then values[name] = named[name] end
        if values[name] == nil then values[name] = class.defaults[name] end
        if values[name] == nil and not class.optional[name] then
            lun.fail(class.title, name .. " is missing", class.title .. "(optimizer, " .. table.concat(class.args, ", ") .. ")")
        end
        if values[name] ~= nil then scheduler.check(class, name, values[name]) end
    end
    for name in pairs(named) do
        if not known[name] then
            lun.fail(class.title, ("no option '%s'; it takes: %s"):format(tostring(name), table.concat(class.args, ", ")),
                     class.title .. "(optimizer, ...)", "name")
        end
    end
    values.last_epoch = named.last_epoch or -1
    if not is_whole(values.last_epoch, -1) then lun.fail(class.title, "last_epoch must be a whole number not below -1", "{last_epoch = -1}") end
    return values
end

function scheduler.check_optimizer(class, optimizer)
    if getmetatable(optimizer) ~= Optimizer then
        lun.fail(class.title, "expected an optimiser first, got " .. (type(optimizer) == "table" and "a table" or tostring(optimizer)),
                 class.title .. "(optim.SGD(net:parameters()), ...)")
    end
end

local function first_rates(self)
    self.base_lrs = {}
    for i, group in ipairs(self.optimizer.param_groups) do
        if self.last_epoch == -1 then
            group.initial_lr = group.initial_lr or group.lr
        elseif not group.initial_lr then
            lun.fail(self.class.title, ("group %d has no initial_lr to go on from"):format(i),
                     "optimizer:load_state_dict(saved) first, or leave out last_epoch")
        end
        self.base_lrs[i] = group.initial_lr
    end
end

-- A step in a CUDA graph is made in each replay. What a metric is shows once the work before is done.
local function also_replayed(step)
    return function(self, value)
        if not recording.now then return step(self, value) end
        if value == nil then return recording.before(function() step(self) end) end
        if lun.is_tensor(value) then return recording.outside(function() step(self, value) end) end
        lun.fail(self.class.title, "step(" .. tostring(value) .. ") in a CUDA graph would be the same in each replay", "call it after g()")
    end
end

--- The constructor of a row; see lr_scheduler.lua.
function scheduler.define(name, class)
    class.name, class.title = name, "optim.lr_scheduler." .. name
    if class.methods and class.methods.step then class.methods.step = also_replayed(class.methods.step) end
    scheduler.classes[name] = class
    class.defaults, class.optional = class.defaults or {}, class.optional or {}
    class.__index = class.methods and setmetatable(class.methods, {__index = Scheduler}) or Scheduler
    class.__tostring = Scheduler.__tostring
    return function(optimizer, ...)
        scheduler.check_optimizer(class, optimizer)
        local self = setmetatable(read(class, ...), class)
        self.optimizer, self.class = optimizer, class
        if class.start then class.start(self) end
        if class.own_start then return self end
        first_rates(self)
        if class.started then class.started(self) end
        self:initial_step()
        return self
    end
end

-- ---- steps ----

function Scheduler:initial_step()
    self.step_count, self.is_initial = 0, true
    self:step()
    self.is_initial = false
end

--- Keeps the rates that the groups have now.
function Scheduler:note_rates()
    self.last_lr = {}
    for i, group in ipairs(self.optimizer.param_groups) do self.last_lr[i] = group.lr end
end

--- Sets the rates of the next epoch, or those of `epoch`.
function Scheduler:update_rates(epoch)
    local class = self.class
    if class.move then
        class.move(self, epoch)
    else
        self.last_epoch = epoch or self.last_epoch + 1
    end
    local rates = {}
    for i, group in ipairs(self.optimizer.param_groups) do
        local base = self.base_lrs[i]
        rates[i] = epoch and class.closed and class.closed(self, base, epoch) or class.rate(self, group.lr, base, i)
    end
    if class.momentum then class.momentum(self) end
    for i, group in ipairs(self.optimizer.param_groups) do group.lr = rates[i] end
    self:note_rates()
end

--- One epoch on. A number puts the schedule to that epoch.
function Scheduler:step(epoch)
    if epoch ~= nil and not (type(epoch) == "number" and epoch >= 0 and epoch < math.huge) then
        lun.fail(self.class.title, "an epoch is a number not below 0, got " .. tostring(epoch), "scheduler:step()")
    end
    self.step_count = self.step_count + 1
    self:update_rates(epoch)
end
Scheduler.step = also_replayed(Scheduler.step)

--- The rate of each group after the last step.
function Scheduler:get_last_lr() return table.move(self.last_lr, 1, #self.last_lr, 1, {}) end

-- ---- state ----

local function is_saved(name, value)
    local kind = type(value) == "table" and type(value[1]) or type(value)
    return name ~= "optimizer" and name ~= "class" and name ~= "schedulers" and kind ~= "function" and kind ~= "table" and
        not (kind == "nil" and name ~= "milestones")
end

--- One flat table of tensors, "StepLR.last_epoch", for lun.save; functions are not in it.
function Scheduler:state_dict(prefix)
    local flat = {}
    prefix = (prefix or "") .. self.class.name .. "."
    for name, value in pairs(self) do
        if is_saved(name, value) then flat[prefix .. name] = codec.to_tensor(value) end
    end
    for i, child in ipairs(rawget(self, "schedulers") or {}) do
        for name, x in pairs(child:state_dict(prefix .. i .. ".")) do flat[name] = x end
    end
    return flat
end

local function load_fail(self, message)
    lun.fail("load_state_dict", message, ("the state must come from lr_scheduler.%s made with the same arguments"):format(self.class.name))
end

-- What `saved` has for each field of this schedule, checked: a list of {schedule, name, value}.
local function read_state(self, saved, prefix, plan, used)
    prefix = prefix .. self.class.name .. "."
    for name, value in codec.sorted(self) do
        if is_saved(name, value) then
            local key = prefix .. name
            local x = saved[key]
            if x == nil then load_fail(self, ("'%s' is missing"):format(key)) end
            local read = lun.is_tensor(x) and codec.to_value(x)
            if type(read) ~= type(value) or type(value) == "table" and #read ~= #value then load_fail(self, ("'%s' has another kind"):format(key)) end
            plan[#plan + 1], used[key] = {self, name, read}, true
        end
    end
    for i, child in ipairs(rawget(self, "schedulers") or {}) do read_state(child, saved, prefix .. i .. ".", plan, used) end
    return plan
end

--- Takes over what state_dict gave, or lun.load of it. The rates themselves are the optimiser's state. Changes nothing when it fails.
function Scheduler:load_state_dict(saved)
    if type(saved) ~= "table" then load_fail(self, ("expected a table of tensors, got %s"):format(tostring(saved))) end
    local used = {}
    local plan = read_state(self, saved, "", {}, used)
    for key in codec.sorted(saved) do
        if not used[key] then load_fail(self, ("'%s' is not state of this schedule"):format(tostring(key))) end
    end
    for _, entry in ipairs(plan) do entry[1][entry[2]] = entry[3] end
end

function Scheduler:__tostring()
    local rates = {}
    for i, lr in ipairs(self.last_lr) do rates[i] = ("%.6g"):format(lr) end
    return ("%s epoch %s: lr %s"):format(self.class.title, tostring(self.last_epoch), table.concat(rates, ", "))
end

return scheduler
