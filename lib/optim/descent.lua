-- descent.lua - SGD, ASGD, Rprop, Lion, Muon
--
-- SGD is one pass over memory (the op sgd_step_); the others are a few in-place ops. Numerics are PyTorch's.
-- Sources: Polyak & Juditsky 1992 (averaging), Riedmiller & Braun 1993 (Rprop), Chen et al. 2023 (Lion, algorithm 2), Jordan et al.
-- 2024 (Muon: momentum, then a Newton-Schulz iteration towards the nearest orthogonal matrix).
-- Read next: lib/optim/optimizer.lua, lib/optim/adaptive.lua. SPDX-License-Identifier: MIT
local lun = require "lunette"
local base = require "lunette.optim.optimizer"
local define, rules, like, begin, decayed, float32 = base.define, base.rules, base.like, base.begin, base.decayed, base.float32
local optim = {}

optim.SGD = define("SGD", {
    defaults = {lr = 1e-3, momentum = 0, dampening = 0, weight_decay = 0, nesterov = false, maximize = false},
    state = {momentum_buffer = like}, sparse = true, -- the op leaves the other rows alone where that is the same
    one_op = function(group)
        return string.pack("dddd", group.lr, group.momentum, group.dampening, group.weight_decay) .. tostring(group.nesterov)
    end,
    group = function(class, group)
        if group.nesterov and (group.momentum == 0 or group.dampening ~= 0) then
            lun.fail(class.title, "nesterov needs momentum above 0 and dampening 0", "{momentum = 0.9, nesterov = true}")
        end
    end,
    update = function(group, p, gradient, state)
        local first = group.momentum ~= 0 and not state.momentum_buffer
        if first then state.momentum_buffer = lun.zeros_like(p) end
        local buffer = group.momentum ~= 0 and state.momentum_buffer or nil
        lun.sgd_step_(p, gradient, buffer, group.lr, group.momentum, group.dampening, group.weight_decay, group.nesterov, first)
    end,
})

optim.ASGD = define("ASGD", {
    defaults = {lr = 1e-2, lambd = 1e-4, alpha = 0.75, t0 = 1e6, weight_decay = 0, maximize = false},
    state = {step = "whole", eta = "number", mu = "number", ax = like},
    update = function(group, p, gradient, state)
        if not state.step then state.eta, state.mu = float32(group.lr), 1.0 end
        begin(state, p, "ax")
        state.step = state.step + 1
        gradient = decayed(group, p, gradient)
        p:mul_(1 - group.lambd * state.eta):add_(gradient, {alpha = -state.eta})
        if state.mu == 1 then state.ax:copy_(p) else state.ax:add_(p:sub(state.ax):mul_(state.mu)) end
        state.eta = float32(group.lr / (1 + group.lambd * group.lr * state.step) ^ group.alpha)
        state.mu = float32(1 / math.max(1, state.step - group.t0))
    end,
})

optim.Rprop = define("Rprop", {
    defaults = {lr = 1e-2, etas = {0.5, 1.2}, step_sizes = {1e-6, 50}, maximize = false},
    rules = {
        etas = rules.numbers(2, function(eta, i) return i == 1 and eta > 0 and eta < 1 or i == 2 and eta > 1 end,
                             "a number between 0 and 1 and one above 1"),
        step_sizes = rules.numbers(2, function(size) return size >= 0 end, "the smallest and the largest step"),
    },
    state = {step = "whole", prev = like, step_size = like},
    update = function(group, p, gradient, state)
        begin(state, p, "prev", "step_size")
        if state.step == 0 then state.step_size:fill_(group.lr) end
        state.step = state.step + 1
        local turn = gradient:mul(state.prev)
        local back = turn:lt(0)
        local factor = lun.where(turn:gt(0), group.etas[2], lun.where(back, group.etas[1], lun.ones_like(p)))
        state.step_size:mul_(factor):clamp_(group.step_sizes[1], group.step_sizes[2])
        state.prev:copy_(gradient:masked_fill(back, 0))
        p:addcmul_(state.prev:sign(), state.step_size, {value = -1})
    end,
})

optim.Lion = define("Lion", {
    defaults = {lr = 1e-4, betas = {0.9, 0.99}, weight_decay = 0, maximize = false},
    state = {exp_avg = like},
    update = function(group, p, gradient, state)
        state.exp_avg = state.exp_avg or lun.zeros_like(p)
        decayed(group, p, gradient, true)
        p:add_(state.exp_avg:lerp(gradient, 1 - group.betas[1]):sign_(), {alpha = -group.lr})
        state.exp_avg:lerp_(gradient, 1 - group.betas[2])
    end,
})

-- A matrix with the singular vectors of g and singular values near 1, in bfloat16.
local function orthogonal(g, coefficients, steps, eps)
    local a, b, c = table.unpack(coefficients)
    local tall = g.shape[1] > g.shape[2]
    local x = g:bfloat16()
    if tall then x = x.T end
    x = x:div(x:norm():clamp {min = eps})
    for _ = 1, steps do
        local gram = x:mm(x.T)
        x = lun.addmm(x, lun.addmm(gram, gram, gram, {beta = b, alpha = c}), x, {beta = a})
    end
    return tall and x.T or x
end

local function adjusted_lr(group, shape)
    local rows, columns = shape[1], shape[2]
    if group.adjust_lr_fn == "match_rms_adamw" then return group.lr * 0.2 * math.sqrt(math.max(rows, columns)) end
    return group.lr * math.sqrt(math.max(1, rows / columns))
end

optim.Muon = define("Muon", {
    defaults = {lr = 1e-3, weight_decay = 0.1, momentum = 0.95, nesterov = true, ns_coefficients = {3.4445, -4.775, 2.0315}, eps = 1e-7,
                ns_steps = 5, adjust_lr_fn = false},
    rules = {
        ns_coefficients = rules.numbers(3, function() return true end, "three numbers"),
        ns_steps = rules.number(function(n) return n >= 0 and n < 100 and n == n // 1 end, "a whole number from 0 to 99"),
        adjust_lr_fn = rules.text("original", "match_rms_adamw"),
    },
    parameter = function(class, i, p)
        if #p.shape == 2 then return end
        lun.fail(class.title, ("parameter %d is [%s]; it trains matrices only"):format(i, table.concat(p.shape, ",")),
                 "give the other parameters to optim.AdamW", "shape")
    end,
    state = {momentum_buffer = like},
    update = function(group, p, gradient, state)
        state.momentum_buffer = state.momentum_buffer or lun.zeros_like(p)
        state.momentum_buffer:lerp_(gradient, 1 - group.momentum)
        local update = group.nesterov and gradient:lerp(state.momentum_buffer, group.momentum) or state.momentum_buffer
        update = orthogonal(update, group.ns_coefficients, group.ns_steps, group.eps)
        decayed(group, p, gradient, true)
        p:add_(update:to(p.dtype), {alpha = -adjusted_lr(group, p.shape)})
    end,
})

return optim
