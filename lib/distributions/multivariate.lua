-- multivariate.lua - MultivariateNormal, and Independent, which takes batch dims for parts of one event
--
-- Read next: base.lua. SPDX-License-Identifier: MIT
local lun = require "lunette"
local base = require "lunette.distributions.base"
local families = {}

base.constraints.lower_triangle = { "a lower triangle with a diagonal above 0", function(x)
    local diagonal = x:diagonal(0, -2, -1)
    return x:triu(1):eq(0):all(-1):all(-1):logical_and(diagonal:gt(0):all(-1))
end }
base.constraints.symmetric = { "symmetric", function(x) return x:isclose(x:transpose(-1, -2), 0, 1e-6):all(-1):all(-1) end }

local matrices = { "covariance_matrix", "precision_matrix", "scale_tril" }

local function half_log_det(triangle) return triangle:diagonal(0, -2, -1):log():sum(-1) end

-- |L^-1 (v - loc)|^2
local function distance(triangle, off)
    local solved = lun.solve_triangular(triangle, off:unsqueeze(-1), false)
    return (solved:squeeze(-1) ^ 2):sum(-1)
end
base.mahalanobis, base.half_log_det = distance, half_log_det

families.MultivariateNormal = base.define {
    name = "MultivariateNormal", params = { "loc", "covariance_matrix", "precision_matrix", "scale_tril" },
    constraints = { loc = "reals", covariance_matrix = "symmetric", precision_matrix = "symmetric", scale_tril = "lower_triangle" },
    optional = { covariance_matrix = true, precision_matrix = true, scale_tril = true },
    event_dims = { loc = 1, covariance_matrix = 2, precision_matrix = 2, scale_tril = 2 }, support = "reals",
    choose = function(where, given)
        local n = 0
        for _, name in ipairs(matrices) do n = n + (given[name] ~= nil and 1 or 0) end
        if n ~= 1 then
            lun.fail(where, "exactly one of covariance_matrix, precision_matrix and scale_tril is needed",
                "MultivariateNormal(loc, {covariance_matrix = A})", "argument")
        end
    end,
    finish = function(d)
        local n = d.loc.shape[d.loc.ndim]
        d.event_shape = { n }
        for _, name in ipairs(matrices) do
            local x = rawget(d, name)
            if x and (x.shape[x.ndim] ~= n or x.shape[x.ndim - 1] ~= n) then
                lun.fail("MultivariateNormal", ("%s of shape %s does not fit a loc of %d"):format(name, x.shape, n), nil, "shape")
            end
        end
        if rawget(d, "covariance_matrix") then
            d.scale_tril = lun.cholesky(d.covariance_matrix)
        elseif rawget(d, "precision_matrix") then
            -- the factor of the inverse, from that of the matrix turned round
            local flipped = lun.cholesky(d.precision_matrix:flip({ -2, -1 }))
            local upper = flipped:flip({ -2, -1 }):transpose(-1, -2)
            d.scale_tril = lun.solve_triangular(upper, lun.eye(n, { dtype = d.loc.dtype }):expand(upper.shape), false)
        end
    end,
    reparameterised = function(d, shape)
        local noise = lun.randn(shape, { dtype = d.loc.dtype })
        return d.loc + d.scale_tril:matmul(noise:unsqueeze(-1)):squeeze(-1)
    end,
    density = function(d, v)
        local off = v - d.loc
        local triangle = d.scale_tril:expand(base.join(off.shape, { d.event_shape[1] }))
        return -0.5 * (d.event_shape[1] * math.log(2 * math.pi) + distance(triangle, off)) - half_log_det(d.scale_tril)
    end,
    _entropy = function(d) return 0.5 * d.event_shape[1] * (1 + math.log(2 * math.pi)) + half_log_det(d.scale_tril) end,
    properties = {
        mean = function(d) return d.loc end, mode = function(d) return d.loc end, variance = function(d) return (d.scale_tril ^ 2):sum(-1) end,
        covariance_matrix = function(d) return d.scale_tril:matmul(d.scale_tril:transpose(-1, -2)) end,
        precision_matrix = function(d) return lun.cholesky_inverse(d.scale_tril) end,
    },
}

-- ---- Independent ----

local Independent = { name = "Independent", params = {}, constraints = {} }
Independent.density = function() end -- marks it as a distribution
Independent.__tostring = function(d) return ("Independent(%s, %d)"):format(tostring(d.base), d.dims) end
Independent.__index = function(d, key)
    if Independent[key] then return Independent[key] end
    return d.base[key] -- mean, variance, sample ... do not change
end

function Independent:log_prob(value) return base.sum_last(self.base:log_prob(value), self.dims) end
function Independent:entropy() return base.sum_last(self.base:entropy(), self.dims) end
function Independent:sample(shape) return self.base:sample(shape) end
function Independent:rsample(shape) return self.base:rsample(shape) end
function Independent:cdf() lun.fail("Independent", "has no closed form of cdf", nil, "argument") end
Independent.icdf = Independent.cdf

local function make(_, d, dims)
    if not base.is_distribution(d) then lun.fail("Independent", "the first argument must be a distribution, got " .. type(d), nil, "argument") end
    dims = math.tointeger(dims)
    local n = #d.batch_shape
    if not dims or dims < 0 or dims > n then
        lun.fail("Independent", ("batch shape has %d dims, %s of them cannot become the event's"):format(n, tostring(dims)), nil, "argument")
    end
    return setmetatable({ base = d, dims = dims, batch_shape = table.move(d.batch_shape, 1, n - dims, 1, {}),
        event_shape = base.join(table.move(d.batch_shape, n - dims + 1, n, 1, {}), d.event_shape) }, Independent)
end
families.Independent = setmetatable(Independent, { __call = make, __tostring = function() return "Independent" end })

return families
