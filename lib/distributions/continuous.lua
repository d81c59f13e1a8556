-- continuous.lua - distributions on the line whose draws are formulas of uniform and normal numbers
--
-- Read next: gamma.lua (Gamma and its kin), base.lua. SPDX-License-Identifier: MIT
local lun = require "lunette"
local base = require "lunette.distributions.base"
local log, pi, inf = math.log, math.pi, math.huge
local half_log_2pi, euler = 0.5 * log(2 * pi), 0.57721566490153286
local families = {}

local function number(d, value) return lun.full(d.batch_shape, value, { dtype = d.dtype }) end
local located = { loc = "real", scale = "positive" }

families.Normal = base.define {
    name = "Normal", params = { "loc", "scale" }, constraints = located, support = "real",
    reparameterised = function(d, shape) return d.loc + d.scale * lun.randn(shape, { dtype = d.loc.dtype }) end,
    density = function(d, v)
        local z = (v - d.loc) / d.scale
        return z * z * -0.5 - d.scale:log() - half_log_2pi
    end,
    _entropy = function(d) return d.scale:log() + (0.5 + half_log_2pi) end,
    _cdf = function(d, v) return ((v - d.loc) / d.scale):ndtr() end,
    _icdf = function(d, p) return d.loc + d.scale * p:ndtri() end,
    properties = {
        mean = function(d) return d.loc end, mode = function(d) return d.loc end, variance = function(d) return d.scale ^ 2 end,
        stddev = function(d) return d.scale end,
    },
}

families.LogNormal = base.define {
    name = "LogNormal", params = { "loc", "scale" }, constraints = located, support = "positive",
    reparameterised = function(d, shape) return (d.loc + d.scale * lun.randn(shape, { dtype = d.loc.dtype })):exp() end,
    density = function(d, v)
        local l = v:log()
        local z = (l - d.loc) / d.scale
        return z * z * -0.5 - d.scale:log() - half_log_2pi - l
    end,
    _entropy = function(d) return d.scale:log() + (0.5 + half_log_2pi) + d.loc end,
    _cdf = function(d, v) return ((v:log() - d.loc) / d.scale):ndtr() end,
    _icdf = function(d, p) return (d.loc + d.scale * p:ndtri()):exp() end,
    properties = {
        mean = function(d) return (d.loc + d.scale ^ 2 / 2):exp() end, mode = function(d) return (d.loc - d.scale ^ 2):exp() end,
        variance = function(d) return (d.scale ^ 2):expm1() * (2 * d.loc + d.scale ^ 2):exp() end,
    },
}

families.Uniform = base.define {
    name = "Uniform", params = { "low", "high" }, constraints = { low = "real", high = "real" },
    support = function(d)
        return { "between low and high", function(v) return v:ge(d.low):logical_and(v:le(d.high)) end }
    end,
    finish = function(d)
        if d.validate_args and not d.low:lt(d.high):all() then lun.fail("Uniform", "`low` must be below `high`", nil, "argument") end
    end,
    reparameterised = function(d, shape) return d.low + (d.high - d.low) * lun.rand(shape, { dtype = d.low.dtype }) end,
    density = function(d, v)
        local inside = v:ge(d.low):logical_and(v:lt(d.high))
        return lun.where(inside, -(d.high - d.low):log(), -inf)
    end,
    _entropy = function(d) return (d.high - d.low):log() end,
    _cdf = function(d, v) return ((v - d.low) / (d.high - d.low)):clamp(0, 1) end,
    _icdf = function(d, p) return d.low + (d.high - d.low) * p end,
    properties = {
        mean = function(d) return (d.high + d.low) / 2 end, variance = function(d) return (d.high - d.low) ^ 2 / 12 end,
        mode = function(d) return d.low * (0 / 0) end,
    },
}

families.Exponential = base.define {
    name = "Exponential", params = { "rate" }, constraints = { rate = "positive" }, support = "nonnegative",
    reparameterised = function(d, shape) return base.like(d, shape, "rate"):exponential_() / d.rate end,
    density = function(d, v) return d.rate:log() - d.rate * v end,
    _entropy = function(d) return 1 - d.rate:log() end,
    _cdf = function(d, v) return -(-d.rate * v):expm1() end,
    _icdf = function(d, p) return -(-p):log1p() / d.rate end,
    properties = {
        mean = function(d) return d.rate:reciprocal() end, mode = function(d) return lun.zeros_like(d.rate) end,
        variance = function(d) return d.rate ^ -2 end, stddev = function(d) return d.rate:reciprocal() end,
    },
}

families.Laplace = base.define {
    name = "Laplace", params = { "loc", "scale" }, constraints = located, support = "real",
    reparameterised = function(d, shape)
        local u = base.uniform(shape, d.loc.dtype) * 2 - 1
        return d.loc - d.scale * u:sign() * (-u:abs():clamp_max(1 - lun.finfo(d.loc.dtype).eps)):log1p()
    end,
    density = function(d, v) return -(v - d.loc):abs() / d.scale - (2 * d.scale):log() end,
    _entropy = function(d) return 1 + (2 * d.scale):log() end,
    _cdf = function(d, v) return 0.5 - 0.5 * (v - d.loc):sign() * (-(v - d.loc):abs() / d.scale):expm1() end,
    _icdf = function(d, p)
        local t = p - 0.5
        return d.loc - d.scale * t:sign() * (t:abs() * -2):log1p()
    end,
    properties = {
        mean = function(d) return d.loc end, mode = function(d) return d.loc end, variance = function(d) return 2 * d.scale ^ 2 end,
        stddev = function(d) return math.sqrt(2) * d.scale end,
    },
}

families.Cauchy = base.define {
    name = "Cauchy", params = { "loc", "scale" }, constraints = located, support = "real",
    reparameterised = function(d, shape) return d.loc + d.scale * base.like(d, shape, "loc"):cauchy_() end,
    density = function(d, v) return -log(pi) - d.scale:log() - (((v - d.loc) / d.scale) ^ 2):log1p() end,
    _entropy = function(d) return log(4 * pi) + d.scale:log() end,
    _cdf = function(d, v) return ((v - d.loc) / d.scale):atan() / pi + 0.5 end,
    _icdf = function(d, p) return (pi * (p - 0.5)):tan() * d.scale + d.loc end,
    properties = {
        mean = function(d) return number(d, 0 / 0) end, mode = function(d) return d.loc end, variance = function(d) return number(d, inf) end,
    },
}

families.Gumbel = base.define {
    name = "Gumbel", params = { "loc", "scale" }, constraints = located, support = "real",
    reparameterised = function(d, shape)
        return d.loc - d.scale * base.like(d, shape, "loc"):exponential_():clamp(lun.finfo(d.loc.dtype).tiny):log()
    end,
    density = function(d, v)
        local z = (d.loc - v) / d.scale
        return z - z:exp() - d.scale:log()
    end,
    _entropy = function(d) return d.scale:log() + (1 + euler) end,
    _cdf = function(d, v) return (-((d.loc - v) / d.scale):exp()):exp() end,
    _icdf = function(d, p) return d.loc - d.scale * (-p:log()):log() end,
    properties = {
        mean = function(d) return d.loc + d.scale * euler end, mode = function(d) return d.loc end,
        variance = function(d) return d.scale ^ 2 * (pi ^ 2 / 6) end,
    },
}

return families
