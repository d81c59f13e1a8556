-- discrete.lua - distributions of whole numbers and of categories
--
-- Chances are given as `probs` or as `logits` (log odds; of categories, logarithms up to a constant), and the other is computed when
-- asked for. Categories count from 1. Read next: base.lua. SPDX-License-Identifier: MIT
local lun = require "lunette"
local base = require "lunette.distributions.base"
local families = {}

local function either(where, given)
    if (given.probs == nil) == (given.logits == nil) then
        lun.fail(where, "give either `probs` or `logits`", ("lun.distributions.%s{probs = ...}"):format(where), "argument")
    end
end
local optional = { probs = true, logits = true }

local function clamped(p)
    local eps = lun.finfo(p.dtype).eps
    return p:clamp(eps, 1 - eps)
end

-- probs from logits and back, of a chance of one thing
local function odds(properties)
    properties.probs = function(d) return d.logits:sigmoid() end
    properties.logits = function(d)
        local p = clamped(d.probs)
        return p:log() - (-p):log1p()
    end
    properties.dtype = function(d) return (rawget(d, "probs") or d.logits).dtype end
    return properties
end

-- -(p log p + (1 - p) log(1 - p)) of chances v where logits say l
local function cross_entropy(l, v) return l:clamp(0) - l * v + (-l:abs()):exp():log1p() end

local function chance(class)
    class.params = class.params or { "probs", "logits" }
    class.optional, class.choose, class.properties = optional, either, odds(class.properties)
    return base.define(class)
end

families.Bernoulli = chance {
    name = "Bernoulli", constraints = { probs = "unit", logits = "real" }, support = "boolean",
    draw = function(d, shape) return d.probs:expand(shape):bernoulli() end,
    density = function(d, v) return -cross_entropy(d.logits, v) end,
    _entropy = function(d) return cross_entropy(d.logits, d.probs) end,
    properties = {
        mean = function(d) return d.probs end, variance = function(d) return d.probs * (1 - d.probs) end,
        mode = function(d) return lun.where(d.probs:eq(0.5), 0 / 0, d.probs:ge(0.5):to(d.dtype)) end,
    },
}

families.Geometric = chance {
    name = "Geometric", constraints = { probs = "positive_unit", logits = "real" }, support = "count",
    draw = function(d, shape) return lun.zeros(shape, { dtype = d.dtype }):exponential_():div((-clamped(d.probs)):log1p():neg()):floor() end,
    density = function(d, v) return v:xlog1py(-d.probs) + d.probs:log() end,
    _entropy = function(d) return cross_entropy(d.logits, d.probs) / d.probs end,
    properties = {
        mean = function(d) return d.probs:reciprocal() - 1 end, mode = function(d) return lun.zeros_like(d.probs) end,
        variance = function(d) return (d.probs:reciprocal() - 1) / d.probs end,
    },
}

families.Binomial = chance {
    name = "Binomial", params = { "total_count", "probs", "logits" }, constraints = { total_count = "count", probs = "unit", logits = "real" },
    support = function(d)
        local function fits(v) return v:ge(0):logical_and(v:le(d.total_count)):logical_and(v:eq(v:floor())) end
        return { "a whole number from 0 to total_count", fits }
    end,
    draw = function(d, shape) return lun.binomial(d.total_count:expand(shape), d.probs:expand(shape)) end,
    density = function(d, v)
        local n, l = d.total_count, d.logits
        local ways = (n + 1):lgamma() - (v + 1):lgamma() - (n - v + 1):lgamma()
        return ways + v * l - n * (l:clamp(0) + (-l:abs()):exp():log1p())
    end,
    _entropy = function(d)
        local n = d.total_count:max():item()
        if d.total_count:min():item() ~= n then lun.fail("Binomial", "entropy needs one total_count for all", nil, "argument") end
        local shape = { n + 1 }
        for _ = 1, #d.batch_shape do shape[#shape + 1] = 1 end
        local p = families.Binomial { total_count = d.total_count, logits = d.logits, validate_args = false }
        local chances = p:log_prob(lun.arange(0, n + 1, { dtype = d.dtype }):reshape(shape))
        return -(chances:exp() * chances):sum(1)
    end,
    properties = {
        mean = function(d) return d.total_count * d.probs end, variance = function(d) return d.total_count * d.probs * (1 - d.probs) end,
        mode = function(d) return ((d.total_count + 1) * d.probs):floor():minimum(d.total_count) end,
    },
}

families.Poisson = base.define {
    name = "Poisson", params = { "rate" }, constraints = { rate = "nonnegative" }, support = "count",
    draw = function(d, shape) return d.rate:expand(shape):poisson() end,
    density = function(d, v) return v:xlogy(d.rate) - d.rate - (v + 1):lgamma() end,
    properties = {
        mean = function(d) return d.rate end, variance = function(d) return d.rate end, mode = function(d) return d.rate:floor() end,
    },
}

-- ---- categories: the last dim of the parameter ----

local function categories(class)
    class.params = class.params or { "probs", "logits" }
    class.optional, class.choose = optional, either
    class.event_dims = { probs = 1, logits = 1 }
    local finish, own = class.finish, class.properties
    class.finish = function(d)
        local given = rawget(d, "probs") or d.logits
        d.num_categories = given.shape[given.ndim]
        if rawget(d, "probs") then
            d.probs = d.probs / d.probs:sum({ dim = -1, keepdim = true })
        else
            d.logits = d.logits:log_softmax(-1)
        end
        if finish then finish(d) end
    end
    own.probs = function(d) return d.logits:softmax(-1) end
    own.logits = function(d) return clamped(d.probs):log() end
    own.dtype = function(d) return (rawget(d, "probs") or d.logits).dtype end
    return base.define(class)
end

-- Positions of n draws for each row of the batch: [n, batch...]
local function positions(d, n)
    local probs = d.probs:reshape({ -1, d.num_categories })
    return probs:multinomial(n, true):t():reshape(base.join({ n }, d.batch_shape))
end

local function count(shape)
    local n = 1
    for _, size in ipairs(shape) do n = n * size end
    return n
end

local function draw_positions(d, sample_shape)
    local shape = base.join(sample_shape, d.batch_shape)
    if count(shape) == 0 then return lun.zeros(shape, { dtype = "int64" }) end
    return positions(d, count(sample_shape)):reshape(shape)
end

local function category_entropy(d)
    local l = d.logits:clamp(lun.finfo(d.dtype).min)
    return -(l * d.probs):sum(-1)
end

families.Categorical = categories {
    name = "Categorical", constraints = { probs = "weights", logits = "reals" },
    support = function(d)
        local function fits(v) return v:ge(1):logical_and(v:le(d.num_categories)):logical_and(v:eq(v:floor())) end
        return { "a category from 1 to " .. d.num_categories, fits }
    end,
    draw = function(d, _, sample_shape) return draw_positions(d, sample_shape) end,
    density = function(d, v)
        local index = v:long():unsqueeze(-1)
        local shape = lun.broadcast_shapes(v.shape, d.batch_shape)
        local l = d.logits:expand(base.join(shape, { d.num_categories }))
        return l:gather(-1, index:expand(base.join(shape, { 1 }))):squeeze(-1)
    end,
    _entropy = category_entropy,
    properties = {
        mean = function(d) return lun.full(d.batch_shape, 0 / 0, { dtype = d.dtype }) end,
        variance = function(d) return lun.full(d.batch_shape, 0 / 0, { dtype = d.dtype }) end, mode = function(d) return d.probs:argmax(-1) end,
    },
}

families.OneHotCategorical = categories {
    name = "OneHotCategorical", constraints = { probs = "weights", logits = "reals" }, support = "one_hot",
    finish = function(d) d.event_shape = { d.num_categories } end,
    draw = function(d, _, sample_shape) return lun.one_hot(draw_positions(d, sample_shape), d.num_categories):to(d.dtype) end,
    density = function(d, v) return (d.logits:clamp(lun.finfo(d.dtype).min) * v):sum(-1) end,
    _entropy = category_entropy,
    properties = {
        mean = function(d) return d.probs end, variance = function(d) return d.probs * (1 - d.probs) end,
        mode = function(d) return lun.one_hot(d.probs:argmax(-1), d.num_categories):to(d.dtype) end,
    },
}

families.Multinomial = categories {
    name = "Multinomial", params = { "total_count", "probs", "logits" }, constraints = { total_count = "count", probs = "weights", logits = "reals" },
    defaults = { total_count = 1 },
    support = function(d)
        return { "counts that add up to total_count", function(v) return v:ge(0):all(-1):logical_and(v:sum(-1):eq(d.total_count)) end }
    end,
    finish = function(d)
        d.event_shape = { d.num_categories }
        local n = d.total_count:numel() > 0 and d.total_count:max():item() or 0
        if d.total_count:numel() > 0 and d.total_count:min():item() ~= n then
            lun.fail("Multinomial", "one total_count is needed for all", nil, "argument")
        end
        d.tries = math.tointeger(n)
    end,
    draw = function(d, shape, sample_shape)
        local counts = lun.zeros(shape, { dtype = d.dtype })
        if d.tries == 0 or counts:numel() == 0 then return counts end
        local drawn = draw_positions(d, base.join({ d.tries }, sample_shape)) -- [tries, sample..., batch...]
        local order = {}
        for k = 2, drawn.ndim do order[#order + 1] = k end
        order[#order + 1] = 1
        drawn = drawn:permute(order)
        return counts:scatter_add(-1, drawn, lun.ones(drawn.shape, { dtype = d.dtype }))
    end,
    density = function(d, v)
        local l = lun.where(v:eq(0):logical_and(d.logits:eq(-math.huge)), 0, d.logits)
        return (v:sum(-1) + 1):lgamma() - (v + 1):lgamma():sum(-1) + (l * v):sum(-1)
    end,
    _entropy = function(d)
        local n = lun.tensor(d.tries, { dtype = d.dtype })
        local shape = { d.tries }
        for _ = 1, #d.batch_shape + 1 do shape[#shape + 1] = 1 end
        local support = lun.arange(1, d.tries + 1, { dtype = d.dtype }):reshape(shape)
        local each = families.Binomial { total_count = n, probs = d.probs, validate_args = false }
        local weights = each:log_prob(support):exp()
        return n * category_entropy(d) - (n + 1):lgamma() + (weights * (support + 1):lgamma()):sum(1):sum(-1)
    end,
    properties = {
        mean = function(d) return d.total_count:unsqueeze(-1) * d.probs end,
        variance = function(d) return d.total_count:unsqueeze(-1) * d.probs * (1 - d.probs) end,
    },
}

return families
