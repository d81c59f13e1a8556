-- distributions.lua - lun.distributions against PyTorch and against its own draws
--
-- Log chances, entropies, distribution functions, divergences and gradients are compared with what torch.distributions answered
-- (t/peer/distributions.py); means and variances of draws with the formulas, with fixed seeds; gradients of draws with differences.
-- Read next: lib/distributions/base.lua. SPDX-License-Identifier: MIT
local tap = require "tap"
local lun = require "lunette"
local D = lun.distributions
local peer = dofile((os.getenv "LUNETTE_TEST_ROOT" or ".") .. "/t/peer/distributions.lua")

local function tensor(v)
    if type(v) ~= "table" then return v end
    return lun.tensor(v.data, { dtype = "float64" }):reshape(v.shape)
end

local function close(got, want, name)
    want = tensor(want)
    if type(got) == "number" then got = lun.tensor(got, { dtype = "float64" }) end
    local same = tostring(got.shape) == tostring(want.shape)
    if same and got:double():allclose(want, 1e-7, 1e-9, true) then return tap.ok(true, name) end
    tap.fail(name, ("got %s, wanted %s"):format(got, want))
end

-- Chances 0.1 and 0.75, for every member of a batch.
local function two_chances(batch)
    local shape = { 2 }
    for _ = 1, #batch do shape[#shape + 1] = 1 end
    return lun.tensor({ 0.1, 0.75 }, { dtype = "float64" }):reshape(shape)
end

for _, case in ipairs(peer.cases) do
    local given, leaves = {}, {}
    for name, value in pairs(case.parameters) do
        given[name] = type(value) == "number" and name ~= "total_count" and lun.tensor(value, { dtype = "float64" }) or tensor(value)
        if type(value) == "table" then leaves[name] = given[name]:requires_grad_() end
    end
    given.validate_args = false
    local name, d = case.name, D[case.name](given)
    tap.is(d.batch_shape, case.batch, name .. ": batch shape")
    tap.is(d.event_shape, case.event, name .. ": event shape")
    for _, what in ipairs { "mean", "variance", "stddev" } do
        if case[what] then close(d[what], case[what], ("%s: %s"):format(name, what)) end
    end
    if case.entropy then
        close(d:entropy(), case.entropy, name .. ": entropy")
    else
        tap.fails(function() d:entropy() end, nil, "entropy", name .. ": no entropy, and it says so")
    end
    for k, point in ipairs(case.points) do
        local value = tensor(point.value)
        close(d:log_prob(value), point.log_prob, ("%s: log_prob %d"):format(name, k))
        if point.cdf then
            local good, got = pcall(d.cdf, d, value)
            if good then close(got, point.cdf, ("%s: cdf %d"):format(name, k)) end
        end
        if point.icdf then close(d:icdf(two_chances(case.batch)), point.icdf, ("%s: icdf %d"):format(name, k)) end
    end
    if case.gradients and next(leaves) then
        d:log_prob(tensor(case.points[1].value)):sum():backward()
        for parameter, g in pairs(case.gradients) do
            close(leaves[parameter].grad, g, ("%s: gradient of log_prob with respect to %s"):format(name, parameter))
        end
    end
end

local function make(name, values)
    local args = {}
    for i, v in ipairs(values) do args[i] = type(v) == "table" and tensor(v) or lun.tensor(v, { dtype = "float64" }) end
    if name == "Binomial" then return D.Binomial(args[1], args[2]) end
    if name == "MultivariateNormal" then return D.MultivariateNormal(args[1], args[2]) end
    return D[name](table.unpack(args))
end
for _, row in ipairs(peer.kl) do
    local good, got = pcall(D.kl_divergence, make(row[1], row[2]), make(row[3], row[4]))
    local name = ("kl_divergence(%s, %s)"):format(row[1], row[3])
    if good then close(got, row[5], name) else tap.fail(name, tostring(got)) end
end

-- ---- draws: their means and variances, and their gradients ----

local n = 20000
local function t(...) return lun.tensor({ ... }, { dtype = "float64" }) end
local drawn = {
    D.Normal(t(1, -2), 0.5), D.LogNormal(t(0.2), 0.5), D.Uniform(t(-1, 2), 3), D.Exponential(t(0.5, 3)), D.Laplace(t(1), 2), D.Gumbel(t(1), 2),
    D.Gamma(t(0.4, 6), 2), D.Chi2(t(3)), D.Beta(t(0.5, 4), 2), D.StudentT(t(9), 1, 2), D.Bernoulli(t(0.2, 0.9)), D.Geometric(t(0.3)),
    D.Binomial(12, t(0.2, 0.9)), D.Poisson(t(0.5, 30)), D.OneHotCategorical(t(1, 2, 5)), D.Multinomial(6, t(1, 2, 5)),
    D.Dirichlet(t(0.5, 1, 4)), D.MultivariateNormal(t(1, 2), { covariance_matrix = lun.tensor({ { 2, 0.5 }, { 0.5, 1 } }, { dtype = "float64" }) }),
}
for _, d in ipairs(drawn) do
    lun.manual_seed(21)
    local x, name = d:sample { n }, getmetatable(d).name
    local event = x.shape
    tap.is(table.move(event, 2, #event, 1, {}), d:shape_of(), name .. ": shape of a draw")
    local off = (x:mean(1) - d.mean):abs() / (d.variance / n):sqrt()
    tap.ok(off:le(5):all(), name .. ": mean of draws")
    tap.ok((x:var(1) / d.variance - 1):abs():lt(0.12):all(), name .. ": variance of draws")
    tap.ok(d:log_prob(x):isfinite():all(), name .. ": draws have a chance")
    tap.ok(not x.requires_grad, name .. ": sample carries no gradient")
end

-- d mean(f(x)) / d parameter: of draws with gradients, against the formula of the mean
for _, case in ipairs {
    { "Normal", { 1.0, 0.5 } }, { "LogNormal", { 0.2, 0.5 } }, { "Uniform", { -1.0, 2.0 } }, { "Exponential", { 0.7 } }, { "Laplace", { 0.3, 0.6 } },
    { "Gumbel", { 0.3, 0.6 } }, { "Gamma", { 2.5, 1.5 } }, { "Beta", { 2.5, 1.5 } }, { "StudentT", { 8.0, 0.5, 0.6 } },
} do
    lun.manual_seed(22)
    local leaves = {}
    for i, v in ipairs(case[2]) do leaves[i] = t(v):requires_grad_() end
    local d = D[case[1]](table.unpack(leaves))
    local from_draws = lun.grad(d:rsample { n }:mean(), leaves, { allow_unused = true })
    local from_formula = lun.grad(d.mean:sum(), leaves, { allow_unused = true })
    for i in ipairs(leaves) do
        local got, want = from_draws[i] and from_draws[i]:item() or 0, from_formula[i] and from_formula[i]:item() or 0
        tap.ok(math.abs(got - want) < 0.05, ("%s: gradient of the mean of draws, parameter %d: %.4f, wanted %.4f"):format(case[1], i, got, want))
    end
end

-- categories count from 1, and masses add up to 1
do
    lun.manual_seed(23)
    local d = D.Categorical(lun.tensor { { 0.0, 1.0, 0.0 }, { 0.0, 0.0, 2.0 } })
    tap.is(d:sample():totable(), { 2, 3 }, "Categorical draws positions from 1")
    tap.is(d:sample { 4, 5 }.shape, { 4, 5, 2 }, "with the sample's shape in front")
    tap.near(D.Categorical(t(1, 2, 5)):log_prob(lun.tensor { 1, 2, 3 }):exp(), { 0.125, 0.25, 0.625 }, 1e-12, "and takes them back")
    tap.near(D.Binomial(7, t(0.3)):log_prob(lun.arange(0, 8, { dtype = "float64" })):exp():sum():item(), 1, 1e-12, "Binomial adds up to 1")
    tap.near(D.Geometric(t(0.3)):log_prob(lun.arange(0, 200, { dtype = "float64" })):exp():sum():item(), 1, 1e-12, "so does Geometric")
    local pair = D.Independent(D.Normal(lun.zeros(2, 3), 1), 1)
    tap.is({ pair.batch_shape, pair.event_shape, pair:log_prob(lun.zeros(2, 3)).shape }, { { 2 }, { 3 }, { 2 } }, "Independent moves dims")
    tap.near(D.kl_divergence(pair, D.Independent(D.Normal(lun.ones(2, 3), 1), 1)), { 1.5, 1.5 }, 1e-6, "and has divergences")
end

local text = require "page" "distributions.md"
tap.ok(text:find("pathwise gradient", 1, true) and text:find("true", 1, true) and text:find("[8]", 1, true), "the page's examples print what it says")

-- what is wrong says so
tap.fails(function() D.Normal(0, -1) end, nil, "`scale` must be above 0", "a scale below 0")
tap.fails(function() D.Normal(0) end, nil, "`scale` is missing", "a missing parameter")
tap.fails(function() D.Normal { loc = 0, sigma = 1 } end, nil, "no parameter 'sigma'", "a misspelt parameter")
tap.fails(function() D.Bernoulli {} end, nil, "either `probs` or `logits`", "neither probs nor logits")
tap.fails(function() D.Normal(lun.zeros(2), lun.ones(3)) end, nil, "broadcast", "shapes that do not fit")
tap.fails(function() D.Exponential(1):log_prob(lun.tensor { -1.0 }) end, nil, "`value` must be 0 or more", "a value outside")
tap.fails(function() D.Categorical(t(1, 2)):log_prob(lun.tensor { 0 }) end, nil, "from 1 to 2", "category 0")
tap.fails(function() D.Poisson(1):rsample() end, nil, "not differentiable", "no gradients through counts")
tap.fails(function() D.kl_divergence(D.Cauchy(0, 1), D.Normal(0, 1)) end, nil, "no closed form", "an unknown divergence")
tap.done()
