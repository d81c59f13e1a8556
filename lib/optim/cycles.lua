-- cycles.lua - CyclicLR and OneCycleLR: rates that rise and fall, with the momentum (or beta1) the other way round
--
-- Sources: Smith 2017 (cyclical rates), Smith & Topin 2018 (one cycle). Read next: lib/optim/scheduler.lua. SPDX-License-Identifier: MIT
local lun = require "lunette"
local base = require "lunette.optim.scheduler"
local rules, per_group = base.rules, base.per_group
local cycles = {}

local function set_momentum(self, group, momentum)
    if group.betas then group.betas = {momentum, group.betas[2]} else group.momentum = momentum end
end

local function start_momentum(self)
    if not self.cycle_momentum then return end
    local defaults = self.optimizer.class.defaults
    if defaults.momentum == nil and defaults.betas == nil then
        lun.fail(self.class.title, ("optim.%s has neither momentum nor betas to cycle"):format(self.optimizer.name), "{cycle_momentum = false}")
    end
    self.base_momentums = per_group(self, "base_momentum", self.base_momentum, "number")
    self.max_momentums = per_group(self, "max_momentum", self.max_momentum, "number")
    for i, group in ipairs(self.optimizer.param_groups) do
        if self.last_epoch == -1 then set_momentum(self, group, self.max_momentums[i]) end
    end
end

-- ---- CyclicLR ----

local scales = {
    triangular = function() return 1.0 end,
    triangular2 = function(_, x) return 1 / 2.0 ^ (x - 1) end,
    exp_range = function(self, x) return self.gamma ^ x end,
}

-- How far up the present cycle is, from 0 to 1, times the scale of this cycle.
local function height(self)
    local cycle = math.floor(1 + self.last_epoch / self.total_size)
    local x = 1 + self.last_epoch / self.total_size - cycle
    local up = x <= self.step_ratio and x / self.step_ratio or (x - 1) / (self.step_ratio - 1)
    local at = self.scale_mode == "cycle" and cycle or self.last_epoch
    return up, self.scale_fn and self.scale_fn(at) or scales[self.mode](self, at)
end

cycles.CyclicLR = base.define("CyclicLR", {
    args = {"base_lr", "max_lr", "step_size_up", "step_size_down", "mode", "gamma", "scale_fn", "scale_mode", "cycle_momentum", "base_momentum",
            "max_momentum"},
    defaults = {step_size_up = 2000, mode = "triangular", gamma = 1.0, scale_mode = "cycle", cycle_momentum = true, base_momentum = 0.8,
                max_momentum = 0.9},
    optional = {step_size_down = true, scale_fn = true},
    rules = {step_size_up = rules.whole(1), step_size_down = rules.whole(1), mode = rules.words("triangular", "triangular2", "exp_range"),
             scale_mode = rules.words("cycle", "iterations"), scale_fn = {function(v) return type(v) == "function" end, "a function of the cycle"}},
    start = function(self)
        self.low_lrs = per_group(self, "base_lr", self.base_lr, "number")
        self.max_lrs = per_group(self, "max_lr", self.max_lr, "number")
        self.total_size = self.step_size_up + (self.step_size_down or self.step_size_up)
        self.step_ratio = self.step_size_up / self.total_size
        if not self.scale_fn then self.scale_mode = self.mode == "exp_range" and "iterations" or "cycle" end
        for i, group in ipairs(self.optimizer.param_groups) do
            if self.last_epoch == -1 then group.lr = self.low_lrs[i] end
        end
        start_momentum(self)
    end,
    started = function(self) self.base_lrs, self.low_lrs = self.low_lrs, nil end,
    rate = function(self, _, low, i)
        local up, scale = height(self)
        return low + (self.max_lrs[i] - low) * up * scale
    end,
    momentum = function(self)
        if not self.cycle_momentum then return end
        local up, scale = height(self)
        for i, group in ipairs(self.optimizer.param_groups) do
            set_momentum(self, group, self.max_momentums[i] - (self.max_momentums[i] - self.base_momentums[i]) * up * scale)
        end
    end,
})

-- ---- OneCycleLR ----

local function between(self, from, to, done)
    if self.anneal_strategy == "linear" then return (to - from) * done + from end
    return to + (from - to) / 2 * (math.cos(math.pi * done) + 1)
end

-- The phases: where each ends, and the names of its first and last rate and momentum.
local function phases(self)
    local last, share = self.total_steps - 1, self.pct_start * self.total_steps
    if not self.three_phase then return {{share - 1, "initial", "max", "max", "base"}, {last, "max", "min", "base", "max"}} end
    return {{share - 1, "initial", "max", "max", "base"}, {2 * share - 2, "max", "initial", "base", "max"}, {last, "initial", "min", "max", "max"}}
end

-- The present phase and how much of it is done.
local function phase_now(self)
    local from, list = 0, phases(self)
    for i, phase in ipairs(list) do
        if self.last_epoch <= phase[1] or i == #list then return phase, (self.last_epoch - from) / (phase[1] - from) end
        from = phase[1]
    end
end

local positive = {function(v) return type(v) == "number" and v > 0 and v < math.huge end, "a number above 0"}

cycles.OneCycleLR = base.define("OneCycleLR", {
    args = {"max_lr", "total_steps", "epochs", "steps_per_epoch", "pct_start", "anneal_strategy", "cycle_momentum", "base_momentum", "max_momentum",
            "div_factor", "final_div_factor", "three_phase"},
    defaults = {pct_start = 0.3, anneal_strategy = "cos", cycle_momentum = true, base_momentum = 0.85, max_momentum = 0.95, div_factor = 25.0,
                final_div_factor = 1e4, three_phase = false},
    optional = {total_steps = true, epochs = true, steps_per_epoch = true},
    rules = {total_steps = rules.whole(1), epochs = rules.whole(1), steps_per_epoch = rules.whole(1), div_factor = positive,
             final_div_factor = positive, anneal_strategy = rules.words("cos", "linear"),
             pct_start = {function(v) return type(v) == "number" and v >= 0 and v <= 1 end, "a number from 0 to 1"}},
    start = function(self)
        if not self.total_steps and not (self.epochs and self.steps_per_epoch) then
            lun.fail(self.class.title, "total_steps, or epochs and steps_per_epoch, must be given", "{max_lr = 0.1, total_steps = 1000}")
        end
        self.total_steps = self.total_steps or self.epochs * self.steps_per_epoch
        self.max_lrs, self.initial_lrs, self.min_lrs = per_group(self, "max_lr", self.max_lr, "number"), {}, {}
        for i, group in ipairs(self.optimizer.param_groups) do
            self.initial_lrs[i] = self.max_lrs[i] / self.div_factor
            self.min_lrs[i] = self.initial_lrs[i] / self.final_div_factor
            if self.last_epoch == -1 then group.initial_lr = self.initial_lrs[i] end
        end
        start_momentum(self)
    end,
    rate = function(self, _, _, i)
        if self.last_epoch > self.total_steps then
            lun.fail(self.class.title, ("step %d is past its %d steps"):format(self.last_epoch, self.total_steps), "{total_steps = epochs * batches}")
        end
        local phase, done = phase_now(self)
        return between(self, self[phase[2] .. "_lrs"][i], self[phase[3] .. "_lrs"][i], done)
    end,
    momentum = function(self)
        if not self.cycle_momentum then return end
        local phase, done = phase_now(self)
        for i, group in ipairs(self.optimizer.param_groups) do
            set_momentum(self, group, between(self, self[phase[4] .. "_momentums"][i], self[phase[5] .. "_momentums"][i], done))
        end
    end,
})

return cycles
