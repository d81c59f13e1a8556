-- adaptive.lua - optimisers with a step size for each number: Adam and its relatives, Adagrad, Adadelta, RMSprop, Adafactor
--
-- Adam without amsgrad is one pass over memory (the op adam_step_); the others are a few in-place ops. Numerics and names of state are
-- PyTorch's. Sources: Kingma & Ba 2015 (Adam, Adamax), Loshchilov & Hutter 2019 (AdamW), Reddi et al. 2018 (amsgrad), Dozat 2016
-- (NAdam), Liu et al. 2020 (RAdam), Duchi et al. 2011 (Adagrad), Zeiler 2012 (Adadelta), Graves 2013 (centered RMSprop), Shazeer &
-- Stern 2018 (Adafactor). Read next: lib/optim/optimizer.lua. SPDX-License-Identifier: MIT
local lun = require "lunette"
local base = require "lunette.optim.optimizer"
local define, rules, like, begin, decayed, float32 = base.define, base.rules, base.like, base.begin, base.decayed, base.float32
local optim = {}

-- The running mean and mean square of the gradient, one step further.
local function moments(group, gradient, state)
    local beta1, beta2 = group.betas[1], group.betas[2]
    state.step = state.step + 1
    state.exp_avg:lerp_(gradient, 1 - beta1)
    state.exp_avg_sq:mul_(beta2):addcmul_(gradient, gradient, {value = 1 - beta2})
    return 1 - beta1 ^ state.step, 1 - beta2 ^ state.step
end

local function amsgrad(group, p, gradient, state, decoupled)
    gradient = decayed(group, p, gradient, decoupled)
    local correction1, correction2 = moments(group, gradient, state)
    state.max_exp_avg_sq = state.max_exp_avg_sq or lun.zeros_like(p)
    state.max_exp_avg_sq:copy_(lun.maximum(state.max_exp_avg_sq, state.exp_avg_sq))
    local spread = state.max_exp_avg_sq:sqrt():div_(math.sqrt(correction2)):add_(group.eps)
    p:addcdiv_(state.exp_avg, spread, {value = -group.lr / correction1})
end

local function adam(name, weight_decay, always_decoupled)
    local defaults = {lr = 1e-3, betas = {0.9, 0.999}, eps = 1e-8, weight_decay = weight_decay, amsgrad = false, maximize = false}
    if not always_decoupled then defaults.decoupled_weight_decay = false end
    return define(name, {
        defaults = defaults, state = {step = "whole", exp_avg = like, exp_avg_sq = like, max_exp_avg_sq = like},
        sometimes = function(name) return name == "max_exp_avg_sq" end,
        one_op = function(group)
            return not group.amsgrad and string.pack("ddddd", group.lr, group.betas[1], group.betas[2], group.eps, group.weight_decay)
                .. tostring(group.decoupled_weight_decay)
        end,
        update = function(group, p, gradient, state)
            local decoupled = always_decoupled or group.decoupled_weight_decay
            begin(state, p, "exp_avg", "exp_avg_sq")
            if group.amsgrad then return amsgrad(group, p, gradient, state, decoupled) end
            state.step = state.step + 1
            lun.adam_step_(p, gradient, state.exp_avg, state.exp_avg_sq, state.step, group.lr, group.betas[1], group.betas[2], group.eps,
                           group.weight_decay, decoupled)
        end,
    })
end

optim.Adam = adam("Adam", 0, false)
optim.AdamW = adam("AdamW", 0.01, true)

optim.Adamax = define("Adamax", {
    defaults = {lr = 2e-3, betas = {0.9, 0.999}, eps = 1e-8, weight_decay = 0, maximize = false},
    state = {step = "whole", exp_avg = like, exp_inf = like},
    update = function(group, p, gradient, state)
        begin(state, p, "exp_avg", "exp_inf")
        state.step = state.step + 1
        gradient = decayed(group, p, gradient)
        state.exp_avg:lerp_(gradient, 1 - group.betas[1])
        state.exp_inf:copy_(lun.maximum(state.exp_inf:mul_(group.betas[2]), gradient:abs():add_(group.eps)))
        p:addcdiv_(state.exp_avg, state.exp_inf, {value = -group.lr / (1 - group.betas[1] ^ state.step)})
    end,
})

optim.NAdam = define("NAdam", {
    defaults = {lr = 2e-3, betas = {0.9, 0.999}, eps = 1e-8, weight_decay = 0, momentum_decay = 4e-3, decoupled_weight_decay = false,
                maximize = false},
    state = {step = "whole", exp_avg = like, exp_avg_sq = like, mu_product = "number"},
    update = function(group, p, gradient, state)
        begin(state, p, "exp_avg", "exp_avg_sq")
        gradient = decayed(group, p, gradient, group.decoupled_weight_decay)
        local _, correction2 = moments(group, gradient, state)
        local function mu_at(step) return group.betas[1] * (1 - 0.5 * 0.96 ^ (step * group.momentum_decay)) end
        local mu, mu_next = mu_at(state.step), mu_at(state.step + 1)
        state.mu_product = float32((state.mu_product or 1.0) * float32(mu))
        local spread = state.exp_avg_sq:div(correction2):sqrt_():add_(group.eps)
        p:addcdiv_(gradient, spread, {value = -group.lr * (1 - mu) / (1 - state.mu_product)})
        p:addcdiv_(state.exp_avg, spread, {value = -group.lr * mu_next / (1 - state.mu_product * mu_next)})
    end,
})

optim.RAdam = define("RAdam", {
    defaults = {lr = 1e-3, betas = {0.9, 0.999}, eps = 1e-8, weight_decay = 0, decoupled_weight_decay = false, maximize = false},
    state = {step = "whole", exp_avg = like, exp_avg_sq = like},
    update = function(group, p, gradient, state)
        begin(state, p, "exp_avg", "exp_avg_sq")
        gradient = decayed(group, p, gradient, group.decoupled_weight_decay)
        local correction1, correction2 = moments(group, gradient, state)
        local beta2 = group.betas[2]
        local longest = 2 / (1 - beta2) - 1
        local length = longest - 2 * state.step * beta2 ^ state.step / correction2
        local update = state.exp_avg:div(correction1):mul_(group.lr)
        if length > 5 then
            local rectified = math.sqrt((length - 4) * (length - 2) * longest / ((longest - 4) * (longest - 2) * length))
            update:mul_(math.sqrt(correction2) / state.exp_avg_sq:sqrt():add_(group.eps)):mul_(rectified)
        end
        p:sub_(update)
    end,
})

-- Only the rows that were looked up move, and only their means: PyTorch's "lazy" Adam.
optim.SparseAdam = define("SparseAdam", {
    defaults = {lr = 1e-3, betas = {0.9, 0.999}, eps = 1e-8, maximize = false},
    state = {step = "whole", exp_avg = like, exp_avg_sq = like}, sparse = true,
    takes_rows = function(_, sparse) return sparse end,
    by_rows = function(group, p, part, rows, state)
        local beta1, beta2 = group.betas[1], group.betas[2]
        begin(state, p, "exp_avg", "exp_avg_sq")
        state.step = state.step + 1
        local mean, square = state.exp_avg:index_select(1, rows), state.exp_avg_sq:index_select(1, rows)
        mean:add_((part - mean):mul_(1 - beta1))
        square:add_((part * part - square):mul_(1 - beta2))
        state.exp_avg[rows], state.exp_avg_sq[rows] = mean, square
        local rate = group.lr * math.sqrt(1 - beta2 ^ state.step) / (1 - beta1 ^ state.step)
        p[rows] = p:index_select(1, rows):addcdiv_(mean, square:sqrt():add_(group.eps), {value = -rate})
    end,
    update = function()
        lun.fail("optim.SparseAdam", "the gradient is not row-sparse",
                 "optim.Adam; or nn.Embedding(n, d, {sparse = true}), in float32 or float64 on the CPU")
    end,
})

local function begin_adagrad(group, p, state)
    begin(state, p, "sum")
    if state.step == 0 then state.sum:fill_(group.initial_accumulator_value) end
    state.step = state.step + 1
end

local function adagrad_rate(group, state) return group.lr / (1 + (state.step - 1) * group.lr_decay) end

optim.Adagrad = define("Adagrad", {
    defaults = {lr = 1e-2, lr_decay = 0, weight_decay = 0, initial_accumulator_value = 0, eps = 1e-10, maximize = false},
    state = {step = "whole", sum = like}, sparse = true,
    takes_rows = function(group) return group.weight_decay == 0 and group.eps > 0 end, -- where it is the same
    by_rows = function(group, p, part, rows, state)
        begin_adagrad(group, p, state)
        local sum = state.sum:index_select(1, rows):addcmul_(part, part)
        state.sum[rows] = sum
        p[rows] = p:index_select(1, rows):addcdiv_(part, sum:sqrt():add_(group.eps), {value = -adagrad_rate(group, state)})
    end,
    update = function(group, p, gradient, state)
        begin_adagrad(group, p, state)
        gradient = decayed(group, p, gradient)
        state.sum:addcmul_(gradient, gradient)
        p:addcdiv_(gradient, state.sum:sqrt():add_(group.eps), {value = -adagrad_rate(group, state)})
    end,
})

optim.Adadelta = define("Adadelta", {
    defaults = {lr = 1.0, rho = 0.9, eps = 1e-6, weight_decay = 0, maximize = false},
    rules = {rho = rules.number(function(v) return v >= 0 and v <= 1 end, "a number from 0 to 1")},
    state = {step = "whole", square_avg = like, acc_delta = like},
    update = function(group, p, gradient, state)
        begin(state, p, "square_avg", "acc_delta")
        state.step = state.step + 1
        gradient = decayed(group, p, gradient)
        state.square_avg:mul_(group.rho):addcmul_(gradient, gradient, {value = 1 - group.rho})
        local delta = state.acc_delta:add(group.eps):sqrt_():div_(state.square_avg:add(group.eps):sqrt_()):mul_(gradient)
        state.acc_delta:mul_(group.rho):addcmul_(delta, delta, {value = 1 - group.rho})
        p:add_(delta, {alpha = -group.lr})
    end,
})

optim.RMSprop = define("RMSprop", {
    defaults = {lr = 1e-2, alpha = 0.99, eps = 1e-8, weight_decay = 0, momentum = 0, centered = false, maximize = false},
    state = {step = "whole", square_avg = like, momentum_buffer = like, grad_avg = like},
    sometimes = function(name) return name == "momentum_buffer" or name == "grad_avg" end,
    update = function(group, p, gradient, state)
        begin(state, p, "square_avg")
        state.step = state.step + 1
        gradient = decayed(group, p, gradient)
        state.square_avg:mul_(group.alpha):addcmul_(gradient, gradient, {value = 1 - group.alpha})
        local spread = state.square_avg
        if group.centered then
            state.grad_avg = state.grad_avg or lun.zeros_like(p)
            state.grad_avg:lerp_(gradient, 1 - group.alpha)
            spread = spread:addcmul(state.grad_avg, state.grad_avg, {value = -1})
        end
        spread = spread:sqrt():add_(group.eps)
        if group.momentum == 0 then return p:addcdiv_(gradient, spread, {value = -group.lr}) end
        state.momentum_buffer = state.momentum_buffer or lun.zeros_like(p)
        p:add_(state.momentum_buffer:mul_(group.momentum):addcdiv_(gradient, spread), {alpha = -group.lr})
    end,
})

-- The shape of p with size 1 at the last dim (-1) or the one before (-2): the factors of Adafactor's variance.
local function thin(dim)
    return function(p)
        local shape = table.move(p.shape, 1, #p.shape, 1, {})
        shape[#shape + 1 + dim] = 1
        return shape
    end
end
local row_shape, column_shape = thin(-1), thin(-2)

local function mean_square(gradient, dim)
    return gradient:norm(2, dim, true):square_():div_(gradient.shape[#gradient.shape + 1 + dim])
end

local function factored_variance(p, gradient, state, weight, eps)
    state.row_var = state.row_var or lun.zeros(row_shape(p), {dtype = p.dtype, device = p.device})
    state.col_var = state.col_var or lun.zeros(column_shape(p), {dtype = p.dtype, device = p.device})
    state.row_var:lerp_(mean_square(gradient, -1), weight)
    state.col_var:lerp_(mean_square(gradient, -2), weight)
    return state.row_var:matmul(state.col_var):div_(state.row_var:mean(-2, true):clamp_ {min = eps})
end

optim.Adafactor = define("Adafactor", {
    defaults = {lr = 1e-2, beta2_decay = -0.8, eps = {false, 1e-3}, d = 1.0, weight_decay = 0, maximize = false},
    rules = {
        beta2_decay = rules.number(function(v) return v <= 0 end, "a number not above 0"),
        d = rules.number(function(v) return v >= 1 end, "a number not below 1"),
        eps = {function(v)
            local first = type(v) == "table" and v[1]
            return type(v) == "table" and #v == 2 and (first == false or type(first) == "number" and first >= 0)
                and type(v[2]) == "number" and v[2] >= 0
        end, "two numbers not below 0 (the first may be false: the dtype's own)"},
    },
    state = {step = "whole", row_var = row_shape, col_var = column_shape, variance = like},
    sometimes = function(name, state) return name ~= "step" and (name == "variance") == (state.row_var ~= nil) end,
    update = function(group, p, gradient, state)
        begin(state, p)
        state.step = state.step + 1
        local eps, weight = group.eps[1] or lun.finfo(p.dtype).eps, state.step ^ group.beta2_decay
        local length = math.sqrt(p:numel())
        local alpha = math.max(group.eps[2], p:detach():norm():item() / length) * math.min(group.lr, 1 / math.sqrt(state.step))
        decayed(group, p, gradient, true)
        local variance
        if #p.shape > 1 then
            variance = factored_variance(p, gradient, state, weight, eps)
        else
            state.variance = (state.variance or lun.zeros_like(p)):lerp_(gradient * gradient, weight)
            variance = state.variance:clone()
        end
        local update = variance:clamp_ {min = eps * eps}:rsqrt_():mul_(gradient)
        p:add_(update, {alpha = -alpha / math.max(1, update:norm():item() / (length * group.d))})
    end,
})

return optim
