-- lbfgs.lua - LBFGS: a quasi-Newton method that remembers the last steps, with a line search for the strong Wolfe conditions
--
-- One step of it calls the closure, which computes the loss and its gradients, up to max_eval times. All parameters together are one
-- flat vector here; what is remembered is the state of the first. Numerics are PyTorch's.
-- Sources: Nocedal & Wright, Numerical Optimization (algorithms 3.5, 3.6, 7.4, 7.5; the cubic of equation 3.59).
-- Read next: lib/optim/optimizer.lua. SPDX-License-Identifier: MIT
local lun = require "lunette"
local base = require "lunette.optim.optimizer"
local rules = base.rules

-- ---- the parameters as one vector ----

local function flat_size(_, self)
    local n = 0
    for _, p in ipairs(base.parameters(self)) do n = n + p:numel() end
    return {n}
end

local function flat_gradient(parameters)
    local parts = {}
    for i, p in ipairs(parameters) do parts[i] = (p.grad or lun.zeros_like(p)):detach():reshape {p:numel()} end
    return lun.cat(parts)
end

-- Moves the parameters by t along direction d.
local function move(parameters, t, d)
    local from = 1
    for _, p in ipairs(parameters) do
        p:add_(d:narrow(1, from, p:numel()):reshape(p.shape), {alpha = t})
        from = from + p:numel()
    end
end

local function largest(x) return x:abs():max():item() end

-- ---- line search ----

-- Where the cubic through two points with slopes is lowest, within the bounds.
local function cubic_minimum(a, b, least, most)
    if not least then least, most = math.min(a.t, b.t), math.max(a.t, b.t) end
    local d1 = a.slope + b.slope - 3 * (a.f - b.f) / (a.t - b.t)
    local square = d1 * d1 - a.slope * b.slope
    if not (square >= 0) then return (least + most) / 2 end
    local d2 = math.sqrt(square)
    if a.t > b.t then a, b = b, a end
    local t = b.t - (b.t - a.t) * ((b.slope + d2 - d1) / (b.slope - a.slope + 2 * d2))
    return math.min(math.max(t, least), most)
end

-- Walks along the line until a point is good (returned alone) or two points have one between them. `start` has t = 0.
local function bracket(try, start, t, most_tries)
    local previous, point, tries = start, try(t), 0
    while tries < most_tries do
        if point.f > start.f + 1e-4 * point.t * start.slope or tries > 1 and point.f >= previous.f then return {previous, point}, tries, false end
        if math.abs(point.slope) <= -0.9 * start.slope then return {point}, tries, true end
        if point.slope >= 0 then return {previous, point}, tries, false end
        local next_t = cubic_minimum(previous, point, point.t + 0.01 * (point.t - previous.t), point.t * 10)
        previous, point, tries = point, try(next_t), tries + 1
    end
    return {start, point}, tries, false
end

-- A trial between the two points; one close to an end twice, or outside, is put a tenth inside. Returns it and whether it was close.
local function trial(points, was_close)
    local low, high = math.min(points[1].t, points[2].t), math.max(points[1].t, points[2].t)
    local t, margin = cubic_minimum(points[1], points[2]), 0.1 * (high - low)
    if math.min(high - t, t - low) >= margin then return t, false end
    if not (was_close or t >= high or t <= low) then return t, true end
    return math.abs(t - high) < math.abs(t - low) and high - margin or low + margin, false
end

-- A point {t, f, slope, g} that satisfies the strong Wolfe conditions, or the best after most_tries trials.
local function strong_wolfe(try, start, t, most_tries, length, tolerance)
    local points, tries, done = bracket(try, start, t, most_tries)
    local low, high = 1, #points
    if points[1].f > points[#points].f then low, high = #points, 1 end
    local close = false
    while not done and tries < most_tries do
        if math.abs(points[2].t - points[1].t) * length < tolerance then break end
        local next_t
        next_t, close = trial(points, close)
        local point = try(next_t)
        tries = tries + 1
        if point.f > start.f + 1e-4 * point.t * start.slope or point.f >= points[low].f then
            points[high] = point
            low, high = 1, 2
            if points[1].f > points[2].f then low, high = 2, 1 end
        else
            done = math.abs(point.slope) <= -0.9 * start.slope
            if not done and point.slope * (points[high].t - points[low].t) >= 0 then points[high] = points[low] end
            points[low] = point
        end
    end
    return points[low]
end

-- ---- a step ----

-- Remembers the last move (its change of gradient and its step) if the curvature along it is positive.
local function remember(state, gradient, history_size)
    local y, s = gradient:sub(state.prev_flat_grad), state.d:mul(state.t)
    local ys = y:dot(s):item()
    if not (ys > 1e-10) then return end
    if #state.old_dirs >= history_size and #state.old_dirs > 0 then
        for _, list in ipairs {state.old_dirs, state.old_stps, state.ro} do table.remove(list, 1) end
    end
    table.insert(state.old_dirs, y)
    table.insert(state.old_stps, s)
    table.insert(state.ro, 1 / ys)
    state.H_diag = ys / y:dot(y):item()
end

-- Minus the inverse Hessian, as far as it is known, times the gradient: the two loops of algorithm 7.4.
local function direction(state, gradient)
    local q, weights, n = gradient:neg(), {}, #state.old_dirs
    for i = n, 1, -1 do
        weights[i] = state.old_stps[i]:dot(q):item() * state.ro[i]
        q:add_(state.old_dirs[i], {alpha = -weights[i]})
    end
    q:mul_(state.H_diag)
    for i = 1, n do
        q:add_(state.old_stps[i], {alpha = weights[i] - state.old_dirs[i]:dot(q):item() * state.ro[i]})
    end
    return q
end

local function loss_number(loss)
    if lun.is_tensor(loss) and loss:numel() == 1 then return loss:item() end
    if type(loss) == "number" then return loss end
    lun.fail("optim.LBFGS", "the closure must return the loss, got " .. tostring(loss),
             "optimizer:step(function() optimizer:zero_grad() local loss = ... loss:backward() return loss end)")
end

-- The next direction d and first step size t into the state; false where the loss would not fall along d.
local function aim(group, state, gradient, loss)
    if state.n_iter == 1 then
        state.d, state.old_dirs, state.old_stps, state.ro, state.H_diag = gradient:neg(), {}, {}, {}, 1.0
        state.t = math.min(1, 1 / gradient:abs():sum():item()) * group.lr
    else
        remember(state, gradient, group.history_size)
        state.d, state.t = direction(state, gradient), group.lr + 0.0
    end
    state.prev_flat_grad, state.prev_loss = gradient:clone(), loss
    local slope = gradient:dot(state.d):item()
    return not (slope > -group.tolerance_change) and slope
end

-- One move along the direction. Returns loss, gradient and how often the closure was called; a plain last move calls it not at all.
local function advance(group, parameters, evaluate, state, loss, gradient, slope, most_tries, last)
    if not group.line_search_fn then
        move(parameters, state.t, state.d)
        if last then return loss, gradient, 0 end
        loss, gradient = evaluate()
        return loss, gradient, 1
    end
    local kept, evaluations = {}, 0
    for i, p in ipairs(parameters) do kept[i] = p:detach():clone() end
    local function try(t)
        move(parameters, t, state.d)
        local f, g = evaluate()
        for i, p in ipairs(parameters) do p:copy_(kept[i]) end
        evaluations = evaluations + 1
        return {t = t, f = f, g = g, slope = g:dot(state.d):item()}
    end
    local start = {t = 0.0, f = loss, g = gradient, slope = slope}
    local best = strong_wolfe(try, start, state.t, most_tries, largest(state.d), group.tolerance_change)
    state.t = best.t + 0.0
    move(parameters, state.t, state.d)
    return best.f, best.g, evaluations
end

local function most_evaluations(group) return group.max_eval or group.max_iter * 5 // 4 end

local function step(self, closure)
    if type(closure) ~= "function" then
        lun.fail("optim.LBFGS", "step needs a function that computes the loss and its gradients",
                 "optimizer:step(function() optimizer:zero_grad() local loss = ... loss:backward() return loss end)")
    end
    local group, first_loss = self.param_groups[1], nil
    local parameters, most = group.params, most_evaluations(group)
    local state = self.state[1] or {func_evals = 0, n_iter = 0}
    self.state[1] = state
    local function evaluate()
        local loss = lun.enable_grad(closure)
        first_loss = first_loss or loss
        return loss_number(loss), flat_gradient(parameters)
    end
    local loss, gradient = evaluate()
    local evaluations = 1
    state.func_evals = state.func_evals + 1
    for iteration = 1, largest(gradient) > group.tolerance_grad and group.max_iter or 0 do
        state.n_iter = state.n_iter + 1
        local slope = aim(group, state, gradient, loss)
        if not slope then break end
        local calls
        loss, gradient, calls = advance(group, parameters, evaluate, state, loss, gradient, slope, most - evaluations, iteration == group.max_iter)
        evaluations, state.func_evals = evaluations + calls, state.func_evals + calls
        if evaluations >= most or largest(gradient) <= group.tolerance_grad or largest(state.d) * math.abs(state.t) <= group.tolerance_change
            or math.abs(loss - state.prev_loss) < group.tolerance_change then
            break
        end
    end
    return first_loss
end

local whole = rules.whole(1)
return base.define("LBFGS", {
    defaults = {lr = 1, max_iter = 20, max_eval = false, tolerance_grad = 1e-7, tolerance_change = 1e-9, history_size = 100,
                line_search_fn = false},
    rules = {max_iter = whole, history_size = whole, line_search_fn = rules.text("strong_wolfe"),
             max_eval = {function(v) return v == false or whole[1](v) end, "false or " .. whole[2]}},
    state = {func_evals = "whole", n_iter = "whole", t = "number", H_diag = "number", prev_loss = "number", ro = "numbers", d = flat_size,
             prev_flat_grad = flat_size, old_dirs = {list = flat_size}, old_stps = {list = flat_size}},
    sometimes = function(name, state) return state.n_iter == 0 and name ~= "func_evals" end,
    step = step,
})
