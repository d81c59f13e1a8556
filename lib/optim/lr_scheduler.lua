-- lr_scheduler.lua - schedules of learning rates: each is a row with its arguments and the rate of the next epoch
--
-- A row has `args` (names in PyTorch's order), `defaults`, `rules` (argument -> {test, "what it must be"}), `start` (after the arguments
-- are read), `rate(self, lr, base, i)` (the rate of group i, from the present one) and `closed(self, base, epoch)` for a jump to
-- an epoch. Called with arguments in order, and the rest by name: StepLR(optimizer, 30, {gamma = 0.5}).
-- Holds: rates are PyTorch's to the last bit where the order of operations is the same. Read next: lib/optim/cycles.lua (CyclicLR,
-- OneCycleLR), lib/optim/combined.lua (those made of others, ReduceLROnPlateau), lib/optim/scheduler.lua (what all share).
-- SPDX-License-Identifier: MIT
local lun = require "lunette"
local base_class = require "lunette.optim.scheduler"
local rules, define = base_class.rules, base_class.define
local schedulers = {LRScheduler = base_class.Scheduler}

local fraction = {function(v) return type(v) == "number" and v >= 0 and v <= 1 end, "a number from 0 to 1"}
local positive_fraction = {function(v) return type(v) == "number" and v > 0 and v <= 1 end, "a number above 0, at most 1"}
local whole, count = rules.whole(0), rules.whole(1)

local function functions_start(self)
    self.lr_lambdas = base_class.per_group(self, "lr_lambda", self.lr_lambda, "function")
    self.lr_lambda = nil
end

local function reached(milestones, epoch)
    local n = 0
    for _, milestone in ipairs(milestones) do n = n + (milestone <= epoch and 1 or 0) end
    return n
end

local rows = {
    LambdaLR = {args = {"lr_lambda"}, start = functions_start, rate = function(s, _, base, i) return base * s.lr_lambdas[i](s.last_epoch) end},
    MultiplicativeLR = {args = {"lr_lambda"}, start = functions_start,
        rate = function(s, lr, _, i) return s.is_initial and lr or lr * s.lr_lambdas[i](s.last_epoch) end},
    StepLR = {args = {"step_size", "gamma"}, defaults = {gamma = 0.1}, rules = {step_size = count},
        rate = function(s, lr) return s.last_epoch ~= 0 and s.last_epoch % s.step_size == 0 and lr * s.gamma or lr end,
        closed = function(s, base, epoch) return base * s.gamma ^ (epoch // s.step_size) end},
    MultiStepLR = {args = {"milestones", "gamma"}, defaults = {gamma = 0.1}, rules = {milestones = rules.wholes},
        rate = function(s, lr)
            local n = reached(s.milestones, s.last_epoch) - reached(s.milestones, s.last_epoch - 1)
            return n == 0 and lr or lr * s.gamma ^ n
        end,
        closed = function(s, base, epoch) return base * s.gamma ^ reached(s.milestones, epoch) end},
    ConstantLR = {args = {"factor", "total_iters"}, defaults = {factor = 1 / 3, total_iters = 5},
        rules = {factor = positive_fraction, total_iters = whole},
        rate = function(s, lr)
            if s.last_epoch == 0 then return lr * s.factor end
            return s.last_epoch == s.total_iters and lr * (1 / s.factor) or lr
        end,
        closed = function(s, base, epoch) return epoch >= s.total_iters and base or base * s.factor end},
    LinearLR = {args = {"start_factor", "end_factor", "total_iters"}, defaults = {start_factor = 1 / 3, end_factor = 1.0, total_iters = 5},
        rules = {start_factor = positive_fraction, end_factor = fraction, total_iters = count},
        rate = function(s, lr)
            local rise = s.end_factor - s.start_factor
            if s.last_epoch == 0 then return lr * s.start_factor end
            if s.is_initial or s.last_epoch > s.total_iters then return lr end
            return lr * (1 + rise / (s.total_iters * s.start_factor + (s.last_epoch - 1) * rise))
        end,
        closed = function(s, base, epoch)
            return base * (s.start_factor + (s.end_factor - s.start_factor) * math.min(s.total_iters, epoch) / s.total_iters)
        end},
    ExponentialLR = {args = {"gamma"}, rate = function(s, lr) return s.is_initial and lr or lr * s.gamma end,
        closed = function(s, base, epoch) return base * s.gamma ^ epoch end},
    PolynomialLR = {args = {"total_iters", "power"}, defaults = {total_iters = 5, power = 1.0}, rules = {total_iters = count},
        rate = function(s, lr)
            if s.is_initial or s.last_epoch > s.total_iters then return lr end
            return lr * ((1 - s.last_epoch / s.total_iters) / (1 - (s.last_epoch - 1) / s.total_iters)) ^ s.power
        end,
        closed = function(s, base, epoch) return base * (1 - math.min(s.total_iters, epoch) / s.total_iters) ^ s.power end},
}

-- The rate `done` of the way (0 to 1) down a half wave from `base` to `least`.
local function half_wave(base, least, done) return least + (base - least) * (1 + math.cos(math.pi * done)) / 2 end

rows.CosineAnnealingLR = {args = {"T_max", "eta_min"}, defaults = {eta_min = 0}, rules = {T_max = count},
    rate = function(s, lr, base)
        local epoch = s.last_epoch
        if s.is_initial then return lr end
        if s.step_count == 1 and epoch > 0 then return half_wave(base, s.eta_min, epoch / s.T_max) end
        if (epoch - 1 - s.T_max) % (2 * s.T_max) == 0 then return lr + (base - s.eta_min) * (1 - math.cos(math.pi / s.T_max)) / 2 end
        local before = 1 + math.cos(math.pi * (epoch - 1) / s.T_max)
        return (1 + math.cos(math.pi * epoch / s.T_max)) / before * (lr - s.eta_min) + s.eta_min
    end,
    closed = function(s, base, epoch) return half_wave(base, s.eta_min, epoch / s.T_max) end}

-- Puts T_cur and T_i to an epoch, which may be a fraction. Floats, which grow to infinity where whole numbers would wrap.
local function restart_at(self, epoch)
    self.T_cur, self.T_i = epoch, self.T_0 + 0.0
    while self.T_cur >= self.T_i do
        if self.T_mult == 1 then
            self.T_cur = epoch % self.T_0
        else
            self.T_cur, self.T_i = self.T_cur - self.T_i, self.T_i * self.T_mult
        end
    end
end

rows.CosineAnnealingWarmRestarts = {args = {"T_0", "T_mult", "eta_min"}, defaults = {T_mult = 1, eta_min = 0}, rules = {T_0 = count, T_mult = count},
    start = function(self) self.T_i, self.T_cur = self.T_0 + 0.0, self.last_epoch end,
    move = function(self, epoch)
        if epoch or self.last_epoch < 0 then
            restart_at(self, epoch or 0)
        else
            self.T_cur = self.T_cur + 1
            if self.T_cur >= self.T_i then self.T_cur, self.T_i = self.T_cur % self.T_i, self.T_i * self.T_mult end
        end
        self.last_epoch = epoch and math.floor(epoch) or self.last_epoch + 1
    end,
    rate = function(s, _, base) return half_wave(base, s.eta_min, s.T_cur / s.T_i) end}

rows.SWALR = {args = {"swa_lr", "anneal_epochs", "anneal_strategy"}, defaults = {anneal_epochs = 10, anneal_strategy = "cos"},
    rules = {anneal_epochs = whole, anneal_strategy = rules.words("cos", "linear")},
    start = function(self) self.swa_lrs, self.swa_lr = base_class.per_group(self, "swa_lr", self.swa_lr, "number"), nil end,
    rate = function(s, lr, _, i)
        local step, swa_lr = s.step_count - 1, s.swa_lrs[i]
        if s.anneal_epochs == 0 then step = math.max(1, step) end
        local function share(k)
            local t = math.max(0, math.min(1, k / math.max(1, s.anneal_epochs)))
            return s.anneal_strategy == "linear" and t or (1 - math.cos(math.pi * t)) / 2
        end
        local before, now = share(step - 1), share(step)
        local unmixed = before == 1 and swa_lr or (lr - before * swa_lr) / (1 - before)
        return swa_lr * now + unmixed * (1 - now)
    end}

for name, row in pairs(rows) do schedulers[name] = define(name, row) end
for _, part in ipairs {require "lunette.optim.cycles", require "lunette.optim.combined"} do
    for name, class in pairs(part) do schedulers[name] = class end
end

--- Warm-up: the rate grows over `steps` steps from start_factor of itself, then `scheduler` (if any) begins.
function schedulers.warm_up(optimizer, steps, scheduler, options)
    if type(steps) ~= "number" or steps < 1 or steps ~= steps // 1 then
        lun.fail("lr_scheduler.warm_up", "steps must be a whole number not below 1, got " .. tostring(steps), "lr_scheduler.warm_up(optimizer, 100)")
    end
    local start_factor = options and options.start_factor or 0.01
    local rise = schedulers.LinearLR(optimizer, {start_factor = start_factor, total_iters = steps})
    return scheduler and schedulers.SequentialLR(optimizer, {rise, scheduler}, {steps}) or rise
end

return schedulers
