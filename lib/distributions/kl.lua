-- kl.lua - Kullback and Leibler's divergence of pairs of distributions, where there is a closed form
--
-- kl_divergence(p, q) is the mean of log p(x) - log q(x) under p. A pair is a function under both classes; a class without one of its
-- own uses that of its parent (Chi2 that of Gamma). Read next: base.lua. SPDX-License-Identifier: MIT
local lun = require "lunette"
local base = require "lunette.distributions.base"
local c, g, m = require "lunette.distributions.continuous", require "lunette.distributions.gamma", require "lunette.distributions.multivariate"
local d = require "lunette.distributions.discrete"
local log, pi, euler, inf = math.log, math.pi, 0.57721566490153286, math.huge
local kl = {}
local pairs_of = {}

--- Adds or replaces the formula of a pair of classes: f(p, q).
function kl.register_kl(p, q, f)
    pairs_of[p] = pairs_of[p] or {}
    pairs_of[p][q] = f
end
local register = kl.register_kl

local function lookup(p, q)
    while p do
        local at = q
        while at do
            if pairs_of[p] and pairs_of[p][at] then return pairs_of[p][at] end
            at = at.parent
        end
        p = p.parent
    end
end

function kl.kl_divergence(p, q)
    if not base.is_distribution(p) or not base.is_distribution(q) then
        lun.fail("kl_divergence", "two distributions are needed", "lun.distributions.kl_divergence(p, q)", "argument")
    end
    local f = lookup(getmetatable(p), getmetatable(q))
    if not f then
        lun.fail("kl_divergence", ("no closed form is known for %s and %s"):format(getmetatable(p).name, getmetatable(q).name),
            "x = p:sample({1000}); (p:log_prob(x) - q:log_prob(x)):mean() estimates it", "argument")
    end
    return f(p, q)
end

local function infinite(p, q)
    return lun.full(lun.broadcast_shapes(p.batch_shape, q.batch_shape), inf, { dtype = p.dtype })
end

-- ---- the same family ----

register(c.Normal, c.Normal, function(p, q)
    local ratio, off = (p.scale / q.scale) ^ 2, ((p.loc - q.loc) / q.scale) ^ 2
    return 0.5 * (ratio + off - 1 - ratio:log())
end)
register(c.LogNormal, c.LogNormal, pairs_of[c.Normal][c.Normal])
register(c.Uniform, c.Uniform, function(p, q)
    local inside = q.low:le(p.low):logical_and(q.high:ge(p.high))
    return lun.where(inside, ((q.high - q.low) / (p.high - p.low)):log(), inf)
end)
register(c.Exponential, c.Exponential, function(p, q)
    local ratio = q.rate / p.rate
    return ratio - ratio:log() - 1
end)
register(c.Laplace, c.Laplace, function(p, q)
    local off = (p.loc - q.loc):abs()
    return (q.scale / p.scale):log() + off / q.scale + p.scale / q.scale * (-off / p.scale):exp() - 1
end)
register(c.Cauchy, c.Cauchy, function(p, q)
    return ((p.scale + q.scale) ^ 2 + (p.loc - q.loc) ^ 2):log() - (4 * p.scale * q.scale):log()
end)
register(c.Gumbel, c.Gumbel, function(p, q)
    local ratio, a, b = p.scale / q.scale, q.loc / q.scale, p.loc / q.scale
    return b - a - ratio:log() - 1 + euler * (ratio - 1) + (a + (1 + ratio):lgamma() - b):exp()
end)
register(g.Gamma, g.Gamma, function(p, q)
    return q.concentration * (p.rate / q.rate):log() + q.concentration:lgamma() - p.concentration:lgamma()
        + (p.concentration - q.concentration) * p.concentration:digamma() + (q.rate - p.rate) * (p.concentration / p.rate)
end)
register(g.Beta, g.Beta, function(p, q)
    local a, b, e, f = p.concentration1, p.concentration0, q.concentration1, q.concentration0
    return (e:lgamma() + f:lgamma() + (a + b):lgamma()) - (a:lgamma() + b:lgamma() + (e + f):lgamma())
        + (a - e) * a:digamma() + (b - f) * b:digamma() + (e + f - a - b) * (a + b):digamma()
end)
register(g.Dirichlet, g.Dirichlet, function(p, q)
    local a, b = p.concentration, q.concentration
    local total = a:sum({ dim = -1, keepdim = true })
    return total:squeeze(-1):lgamma() - b:sum(-1):lgamma() - (a:lgamma() - b:lgamma()):sum(-1) + ((a - b) * (a:digamma() - total:digamma())):sum(-1)
end)
register(d.Bernoulli, d.Bernoulli, function(p, q)
    local a, b = p.probs, q.probs
    local ones = a:xlogy(a / b)
    local zeros = (1 - a):xlogy((1 - a) / (1 - b))
    return lun.where(a:eq(0), 0, ones) + lun.where(a:eq(1), 0, zeros)
end)
register(d.Binomial, d.Binomial, function(p, q)
    local one = p.total_count * (p.probs * (p.logits - q.logits) + (-p.probs):log1p() - (-q.probs):log1p())
    return lun.where(p.total_count:gt(q.total_count), inf, one)
end)
register(d.Geometric, d.Geometric, function(p, q) return -p:entropy() - (-q.probs):log1p() / p.probs - q.logits end)
register(d.Poisson, d.Poisson, function(p, q) return p.rate * (p.rate:log() - q.rate:log()) - (p.rate - q.rate) end)
local function categories(p, q)
    local each = p.probs * (p.logits - q.logits)
    each = lun.where(q.probs:eq(0), inf, each)
    return lun.where(p.probs:eq(0), 0, each):sum(-1)
end
register(d.Categorical, d.Categorical, categories)
register(d.OneHotCategorical, d.OneHotCategorical, categories)

register(m.MultivariateNormal, m.MultivariateNormal, function(p, q)
    local n = p.event_shape[1]
    if n ~= q.event_shape[1] then lun.fail("kl_divergence", ("events of %d and %d numbers"):format(n, q.event_shape[1]), nil, "shape") end
    local shape = lun.broadcast_shapes(p.batch_shape, q.batch_shape)
    local a, b = p.scale_tril:expand(base.join(shape, { n, n })), q.scale_tril:expand(base.join(shape, { n, n }))
    local trace = (lun.solve_triangular(b, a, false) ^ 2):sum(-1):sum(-1)
    local off = (q.loc - p.loc):expand(base.join(shape, { n }))
    return base.half_log_det(b) - base.half_log_det(a) + 0.5 * (trace + base.mahalanobis(b, off) - n)
end)
register(m.Independent, m.Independent, function(p, q)
    if p.dims ~= q.dims then lun.fail("kl_divergence", "the two take different numbers of dims for the event", nil, "argument") end
    return base.sum_last(kl.kl_divergence(p.base, q.base), p.dims)
end)

-- ---- two families ----

register(c.Exponential, g.Gamma, function(p, q)
    local ratio = q.rate / p.rate
    return -q.concentration * ratio:log() + ratio + q.concentration:lgamma() + q.concentration * euler - (1 + euler)
end)
register(c.Exponential, c.Gumbel, function(p, q)
    local product, off = p.rate * q.scale, q.loc / q.scale
    return product:log() - 1 + (off + (product / (product + 1)):log()):exp() + product:reciprocal() - off
end)
register(c.Exponential, c.Normal, function(p, q)
    local mean, spread = p.rate:reciprocal(), q.scale ^ 2
    return 0.5 * (2 * pi * spread * p.rate ^ 2):log() - 1 + (mean ^ 2 * 2 - 2 * q.loc * mean + q.loc ^ 2) / (2 * spread)
end)
register(g.Gamma, c.Exponential, function(p, q) return -p:entropy() - q.rate:log() + q.rate * p.concentration / p.rate end)
register(g.Gamma, c.Gumbel, function(p, q)
    local product, off = p.rate * q.scale, q.loc / q.scale
    return (p.concentration - 1) * p.concentration:digamma() - p.concentration:lgamma() - p.concentration + product:log()
        + off:exp() * (1 + product:reciprocal()) ^ -p.concentration + p.concentration / product - off
end)
register(g.Gamma, c.Normal, function(p, q)
    local mean, spread = p.concentration / p.rate, q.scale ^ 2
    return 0.5 * (2 * pi * spread * p.rate ^ 2):log() - p.concentration - p.concentration:lgamma() + (p.concentration - 1) * p.concentration:digamma()
        + (mean ^ 2 + p.concentration / p.rate ^ 2 - 2 * q.loc * mean + q.loc ^ 2) / (2 * spread)
end)
register(g.Beta, c.Normal, function(p, q)
    local mean, spread = p.mean, q.scale ^ 2
    return -p:entropy() + 0.5 * (2 * pi * spread):log() + (p.variance + mean ^ 2 - 2 * q.loc * mean + q.loc ^ 2) / (2 * spread)
end)
register(g.Beta, c.Exponential, function(p, q) return -p:entropy() - q.rate:log() + q.rate * p.mean end)
register(g.Beta, g.Gamma, function(p, q)
    local a, total = p.concentration1, p.concentration1 + p.concentration0
    return -p:entropy() + q.concentration:lgamma() - q.concentration * q.rate:log() - (q.concentration - 1) * (a:digamma() - total:digamma())
        + q.rate * p.mean
end)
register(g.Beta, c.Uniform, function(p, q)
    local inside = q.low:le(0):logical_and(q.high:ge(1))
    return lun.where(inside, -p:entropy() + (q.high - q.low):log(), inf)
end)
register(c.Gumbel, c.Normal, function(p, q)
    local ratio = p.scale / q.scale
    return -(ratio / math.sqrt(2 * pi)):log() + (pi * ratio) ^ 2 / 12 + ((p.loc + p.scale * euler - q.loc) / q.scale) ^ 2 * 0.5 - (euler + 1)
end)
register(c.Laplace, c.Normal, function(p, q)
    local spread = q.scale ^ 2
    local ratio = p.scale ^ 2 / spread
    return -0.5 * (2 * ratio / pi):log() + 0.5 * p.loc ^ 2 / spread - p.loc * q.loc / spread + 0.5 * q.loc ^ 2 / spread + ratio - 1
end)
register(c.Normal, c.Gumbel, function(p, q)
    local off, ratio, at = p.loc / q.scale, (p.scale / q.scale) ^ 2, q.loc / q.scale
    return off - at + (-off + 0.5 * ratio + at):exp() - 0.5 * (1 + log(2 * pi)) - 0.5 * ratio:log()
end)
register(c.Normal, c.Laplace, function(p, q)
    local off = p.loc - q.loc
    local ratio, z = p.scale / q.scale, off / p.scale
    return -ratio:log() + math.sqrt(2 / pi) * p.scale * (-0.5 * z ^ 2):exp() / q.scale + off * (z * math.sqrt(0.5)):erf() / q.scale
        - (0.5 + 0.5 * log(pi / 2))
end)
register(c.Uniform, g.Beta, function(p, q)
    local length = p.high - p.low
    local function part(x) return x:xlogy(x) - x end -- the integral of log
    local entropy = -length:log()
    local logs = (q.concentration1 - 1) * (part(p.high) - part(p.low)) / length
    local rests = (q.concentration0 - 1) * (part(1 - p.high) - part(1 - p.low)) / length
    local value = entropy + q.concentration1:lgamma() + q.concentration0:lgamma() - (q.concentration1 + q.concentration0):lgamma() - logs + rests
    return lun.where(p.high:gt(1):logical_or(p.low:lt(0)), inf, value)
end)
register(c.Uniform, c.Exponential, function(p, q)
    local value = q.rate * (p.high + p.low) / 2 - ((p.high - p.low) * q.rate):log()
    return lun.where(p.low:lt(0), inf, value)
end)
register(c.Uniform, g.Gamma, function(p, q)
    local length = p.high - p.low
    local logs = (p.high:xlogy(p.high) - p.high - p.low:xlogy(p.low) + p.low) / length
    local value = -length:log() + q.concentration:lgamma() - q.concentration * q.rate:log() + (1 - q.concentration) * logs
        + q.rate * (p.high + p.low) / 2
    return lun.where(p.low:lt(0), inf, value)
end)
register(c.Uniform, c.Gumbel, function(p, q)
    local length = p.high - p.low
    local off = length / q.scale
    local a, b = (q.loc - p.high) / q.scale, (q.loc - p.low) / q.scale
    return -off:log() - 0.5 * (a + b) + (b:exp() - a:exp()) / off
end)
register(c.Uniform, c.Normal, function(p, q)
    local length = p.high - p.low
    return (math.sqrt(2 * pi) * q.scale / length):log() + (length ^ 2 / 12 + ((p.high + p.low - 2 * q.loc) / 2) ^ 2) / (2 * q.scale ^ 2)
end)
register(d.Bernoulli, d.Poisson, function(p, q) return -p:entropy() - (p.probs * q.rate:log() - q.rate) end)

-- ---- where q gives no chance to what p draws ----

for p, list in pairs {
    [c.Exponential] = { g.Beta, c.Uniform }, [g.Gamma] = { g.Beta, c.Uniform }, [c.Gumbel] = { g.Beta, c.Exponential, g.Gamma, c.Uniform },
    [c.Laplace] = { g.Beta, c.Exponential, g.Gamma, c.Uniform }, [c.Normal] = { g.Beta, c.Exponential, g.Gamma, c.Uniform },
    [d.Poisson] = { d.Bernoulli, d.Binomial },
} do
    for _, q in ipairs(list) do register(p, q, infinite) end
end

return kl
