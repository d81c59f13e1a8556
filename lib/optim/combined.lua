-- combined.lua - schedules made of others (SequentialLR, ChainedScheduler), and ReduceLROnPlateau, which looks at a metric
--
-- Read next: lib/optim/scheduler.lua. SPDX-License-Identifier: MIT
local lun = require "lunette"
local base = require "lunette.optim.scheduler"
local rules = base.rules
local combined = {}

-- ---- ReduceLROnPlateau ----

local function is_better(self, value)
    local sign = self.mode == "min" and -1 or 1
    local bar = self.threshold_mode == "rel" and self.best * (1 + sign * self.threshold) or self.best + sign * self.threshold
    if self.mode == "min" then return value < bar end
    return value > bar
end

local function reduce(self)
    for i, group in ipairs(self.optimizer.param_groups) do
        local lower = math.max(group.lr * self.factor, self.min_lrs[i])
        if group.lr - lower > self.eps then group.lr = lower end
    end
    self.cooldown_counter, self.num_bad_epochs = self.cooldown, 0
end

local plateau = {}

--- One epoch on, with the number (or 0-d tensor) that should fall, or rise with mode "max".
function plateau:step(metric)
    local value = lun.is_tensor(metric) and metric:numel() == 1 and metric:item() or metric
    if type(value) ~= "number" then
        lun.fail(self.class.title, "step needs the metric, a number, got " .. tostring(metric), "scheduler:step(validation_loss)")
    end
    self.last_epoch = self.last_epoch + 1
    if is_better(self, value) then
        self.best, self.num_bad_epochs = value + 0.0, 0
    else
        self.num_bad_epochs = self.num_bad_epochs + 1
    end
    if self.cooldown_counter > 0 then self.cooldown_counter, self.num_bad_epochs = self.cooldown_counter - 1, 0 end
    if self.num_bad_epochs > self.patience then reduce(self) end
    self:note_rates()
end

combined.ReduceLROnPlateau = base.define("ReduceLROnPlateau", {
    args = {"mode", "factor", "patience", "threshold", "threshold_mode", "cooldown", "min_lr", "eps"},
    defaults = {mode = "min", factor = 0.1, patience = 10, threshold = 1e-4, threshold_mode = "rel", cooldown = 0, min_lr = 0, eps = 1e-8},
    rules = {mode = rules.words("min", "max"), threshold_mode = rules.words("rel", "abs"), patience = rules.whole(0), cooldown = rules.whole(0),
             factor = {function(v) return type(v) == "number" and v < 1 end, "a number below 1"}},
    own_start = true, methods = plateau,
    start = function(self)
        self.min_lrs = base.per_group(self, "min_lr", self.min_lr, "number")
        self.last_epoch, self.cooldown_counter, self.num_bad_epochs = 0, 0, 0
        self.best = self.mode == "min" and math.huge or -math.huge
        self:note_rates()
    end,
})

-- ---- made of others ----

local function check_children(self)
    if #self.schedulers == 0 then lun.fail(self.class.title, "there are no schedules", self.class.title .. "(optimizer, {first, second}, {10})") end
    for i, child in ipairs(self.schedulers) do
        local class = type(child) == "table" and rawget(child, "class")
        if not class or not rawget(child, "optimizer") then
            lun.fail(self.class.title, ("element %d is no schedule"):format(i), "lr_scheduler.StepLR(optimizer, 30)")
        elseif class.name == "ReduceLROnPlateau" then
            lun.fail(self.class.title, ("element %d is ReduceLROnPlateau, which needs a metric"):format(i), "step it beside the others")
        elseif child.optimizer ~= self.optimizer then
            lun.fail(self.class.title, ("element %d belongs to another optimiser"):format(i), "make all schedules with the same optimiser")
        end
    end
end

local function undo(self)
    for _, child in ipairs(self.schedulers) do
        if rawget(child, "schedulers") then undo(child) else child.last_epoch = child.last_epoch - 1 end
    end
end

local sequential = {}

local function current(self)
    local index = 1
    for _, milestone in ipairs(self.milestones) do index = index + (milestone <= self.last_epoch and 1 or 0) end
    return self.schedulers[index], self.milestones[index - 1] == self.last_epoch
end

function sequential:initial_step()
    self.last_epoch = 0
    for _, group in ipairs(self.optimizer.param_groups) do group.lr = group.initial_lr end
    undo(self)
    current(self):initial_step()
    self:note_rates()
end

function sequential:step()
    self.last_epoch = self.last_epoch + 1
    local child, begins = current(self)
    if begins then child:update_rates(0) else child:step() end
    self:note_rates()
end

function sequential:update_rates(epoch)
    self.last_epoch = epoch
    current(self):update_rates(epoch)
    self:note_rates()
end

local function ascending(self)
    for i = 2, #self.milestones do
        if self.milestones[i] <= self.milestones[i - 1] then return false end
    end
    return true
end

combined.SequentialLR = base.define("SequentialLR", {
    args = {"schedulers", "milestones"}, rules = {schedulers = rules.list, milestones = rules.wholes}, own_start = true, methods = sequential,
    start = function(self)
        check_children(self)
        if #self.milestones ~= #self.schedulers - 1 or not ascending(self) then
            local n = #self.schedulers
            lun.fail(self.class.title, ("%d schedules need %d rising milestones, got %d"):format(n, n - 1, #self.milestones),
                     self.class.title .. "(optimizer, {first, second}, {10})")
        end
        self:initial_step()
    end,
})

local chained = {}

function chained:initial_step()
    for _, child in ipairs(self.schedulers) do child:initial_step() end
    self:note_rates()
end

function chained:step()
    for _, child in ipairs(self.schedulers) do child:step() end
    self:note_rates()
end

function chained:update_rates(epoch)
    for _, child in ipairs(self.schedulers) do child:update_rates(epoch) end
    self:note_rates()
end

local make_chained = base.define("ChainedScheduler", {
    args = {"schedulers"}, rules = {schedulers = rules.list}, own_start = true, methods = chained,
    start = function(self)
        check_children(self)
        self:note_rates()
    end,
})

--- All of `schedulers` at once, each on the rate that the one before left; their optimiser may be left out.
function combined.ChainedScheduler(schedulers, optimizer)
    local first = type(schedulers) == "table" and schedulers[1]
    if type(first) ~= "table" then
        lun.fail("optim.lr_scheduler.ChainedScheduler", "expected a list of schedules", "lr_scheduler.ChainedScheduler {first, second}")
    end
    return make_chained(optimizer or rawget(first, "optimizer"), schedulers)
end

return combined
