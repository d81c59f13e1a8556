-- gamma.lua - Gamma and what is made of gamma numbers: Chi2, Beta, Dirichlet, StudentT
--
-- Draws are differentiable because standard_gamma is (implicit reparameterisation). Read next: base.lua. SPDX-License-Identifier: MIT
local lun = require "lunette"
local base = require "lunette.distributions.base"
local families = {}

-- Gamma numbers of scale 1, never quite 0, so that logarithms and quotients stay finite.
local function gamma_numbers(concentration, shape)
    return concentration:expand(shape):standard_gamma():clamp(lun.finfo(concentration.dtype).tiny)
end

local gamma = {
    reparameterised = function(d, shape) return gamma_numbers(d.concentration, shape) / d.rate end,
    density = function(d, v)
        local c = d.concentration
        return c:xlogy(d.rate) + (c - 1):xlogy(v) - d.rate * v - c:lgamma()
    end,
    _entropy = function(d)
        local c = d.concentration
        return c - d.rate:log() + c:lgamma() + (1 - c) * c:digamma()
    end,
    _cdf = function(d, v) return lun.gammainc(d.concentration, d.rate * v) end,
    properties = {
        mean = function(d) return d.concentration / d.rate end, variance = function(d) return d.concentration / d.rate ^ 2 end,
        mode = function(d) return ((d.concentration - 1) / d.rate):clamp(0) end,
    },
}

local function of_gamma(class)
    for key, value in pairs(gamma) do class[key] = class[key] or value end
    return base.define(class)
end

families.Gamma = of_gamma {
    name = "Gamma", params = { "concentration", "rate" }, constraints = { concentration = "positive", rate = "positive" }, support = "nonnegative",
}

families.Chi2 = of_gamma {
    name = "Chi2", of = families.Gamma, params = { "df" }, constraints = { df = "positive" }, support = "nonnegative",
    finish = function(d)
        d.concentration = d.df / 2
        d.rate = lun.full_like(d.df, 0.5)
    end,
}

-- ---- Dirichlet and Beta: gamma numbers, divided by their sum ----

local function dirichlet_density(c, v) return (c - 1):xlogy(v):sum(-1) + c:sum(-1):lgamma() - c:lgamma():sum(-1) end
local function dirichlet_entropy(c)
    local total, k = c:sum(-1), c.shape[c.ndim]
    return c:lgamma():sum(-1) - total:lgamma() - (k - total) * total:digamma() - ((c - 1) * c:digamma()):sum(-1)
end

families.Dirichlet = base.define {
    name = "Dirichlet", params = { "concentration" }, constraints = { concentration = "positives" }, event_dims = { concentration = 1 },
    support = "simplex",
    finish = function(d) d.event_shape = { d.concentration.shape[d.concentration.ndim] } end,
    reparameterised = function(d, shape)
        local numbers = gamma_numbers(d.concentration, shape)
        return numbers / numbers:sum({ dim = -1, keepdim = true })
    end,
    density = function(d, v) return dirichlet_density(d.concentration, v) end,
    _entropy = function(d) return dirichlet_entropy(d.concentration) end,
    properties = {
        mean = function(d) return d.concentration / d.concentration:sum({ dim = -1, keepdim = true }) end,
        variance = function(d)
            local c, total = d.concentration, d.concentration:sum({ dim = -1, keepdim = true })
            return c * (total - c) / (total ^ 2 * (total + 1))
        end,
        mode = function(d)
            local over = (d.concentration - 1):clamp(0)
            return over / over:sum({ dim = -1, keepdim = true })
        end,
    },
}

families.Beta = base.define {
    name = "Beta", params = { "concentration1", "concentration0" }, constraints = { concentration1 = "positive", concentration0 = "positive" },
    support = "unit",
    reparameterised = function(d, shape)
        local a, b = gamma_numbers(d.concentration1, shape), gamma_numbers(d.concentration0, shape)
        return a / (a + b)
    end,
    density = function(d, v) return dirichlet_density(lun.stack({ d.concentration1, d.concentration0 }, -1), lun.stack({ v, 1 - v }, -1)) end,
    _entropy = function(d) return dirichlet_entropy(lun.stack({ d.concentration1, d.concentration0 }, -1)) end,
    properties = {
        mean = function(d) return d.concentration1 / (d.concentration1 + d.concentration0) end,
        variance = function(d)
            local total = d.concentration1 + d.concentration0
            return d.concentration1 * d.concentration0 / (total ^ 2 * (total + 1))
        end,
        mode = function(d) return (d.concentration1 - 1) / (d.concentration1 + d.concentration0 - 2) end,
    },
}

families.StudentT = base.define {
    name = "StudentT", params = { "df", "loc", "scale" }, constraints = { df = "positive", loc = "real", scale = "positive" }, support = "real",
    defaults = { loc = 0.0, scale = 1.0 },
    reparameterised = function(d, shape)
        local chi2 = 2 * gamma_numbers(d.df / 2, shape)
        return d.loc + d.scale * lun.randn(shape, { dtype = d.df.dtype }) * (chi2 / d.df):rsqrt()
    end,
    density = function(d, v)
        local y, df = (v - d.loc) / d.scale, d.df
        local z = d.scale:log() + 0.5 * df:log() + 0.5 * math.log(math.pi) + (0.5 * df):lgamma() - (0.5 * (df + 1)):lgamma()
        return -0.5 * (df + 1) * (y ^ 2 / df):log1p() - z
    end,
    _entropy = function(d)
        local df = d.df
        local lbeta = (0.5 * df):lgamma() + 0.5 * math.log(math.pi) - (0.5 * (df + 1)):lgamma()
        return d.scale:log() + 0.5 * (df + 1) * ((0.5 * (df + 1)):digamma() - (0.5 * df):digamma()) + 0.5 * df:log() + lbeta
    end,
    properties = {
        mean = function(d) return lun.where(d.df:gt(1), d.loc, 0 / 0) end, mode = function(d) return d.loc end,
        variance = function(d)
            local finite = lun.where(d.df:gt(2), d.scale ^ 2 * d.df / (d.df - 2), math.huge)
            return lun.where(d.df:gt(1), finite, 0 / 0)
        end,
    },
}

return families
