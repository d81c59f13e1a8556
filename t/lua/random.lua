-- random.lua - draws from distributions: means, variances, distribution functions, gradients, and the same bits on any threads
--
-- With fixed seeds, so that a test either always passes or never. A distribution function F is checked by Kolmogorov's and Smirnov's
-- statistic, the largest gap between F and what was drawn; by chance alone it is above 1.95 / sqrt(n) once in a thousand.
-- Holds: F comes from other ops (ndtr, gammainc), which t/oracle checks. Read next: kernels/cpu/samplers.c.
-- SPDX-License-Identifier: MIT
local tap = require "tap"
local lun = require "lunette"

local n = 20000
local function zeros(dtype) return lun.zeros(n, { dtype = dtype or "float64" }) end

local function moments(x, mean, variance, name)
    local got, spread = x:double():mean():item(), x:double():var():item()
    tap.ok(math.abs(got - mean) < 5 * math.sqrt(variance / n) + 1e-12, ("%s: mean %.4g, wanted %.4g"):format(name, got, mean))
    tap.ok(math.abs(spread - variance) < 0.15 * variance + 1e-12, ("%s: variance %.4g, wanted %.4g"):format(name, spread, variance))
end

-- F: a tensor op from values to chances
local function follows(x, F, name)
    local chances, worst = F((lun.sort(x:double()))):totable(), 0
    for i, p in ipairs(chances) do worst = math.max(worst, math.abs(p - i / n), math.abs(p - (i - 1) / n)) end
    tap.ok(worst < 1.95 / math.sqrt(n), ("%s: largest gap %.4f, allowed %.4f"):format(name, worst, 1.95 / math.sqrt(n)))
end

-- Chances of the values 0, 1, 2 ... against how often they came.
local function counts(x, chance, top, name)
    local worst = 0
    for k = 0, top do
        local p, got = chance(k), x:eq(k):double():mean():item()
        worst = math.max(worst, math.abs(got - p) / math.sqrt(p * (1 - p) / n + 1e-9))
    end
    tap.ok(worst < 4.5, ("%s: each value comes as often as it should (%.2f standard errors off)"):format(name, worst))
end

for _, dtype in ipairs { "float32", "float64" } do
    lun.manual_seed(11)
    local function called(name) return name .. " " .. dtype end
    local x = lun.normal(lun.full({ n }, 3.0, { dtype = dtype }), 2)
    tap.is(x.dtype, dtype, called "normal: dtype")
    moments(x, 3, 4, called "normal")
    follows(x, function(v) return ((v - 3) / 2):ndtr() end, called "normal")
    x = zeros(dtype):exponential_(2.5)
    moments(x, 0.4, 0.16, called "exponential_")
    follows(x, function(v) return 1 - (v * -2.5):exp() end, called "exponential_")
    follows(zeros(dtype):cauchy_(1, 2), function(v) return ((v - 1) / 2):atan() / math.pi + 0.5 end, called "cauchy_")
    follows(zeros(dtype):log_normal_(0.5, 0.7), function(v) return ((v:log() - 0.5) / 0.7):ndtr() end, called "log_normal_")
    for _, shape in ipairs { 0.05, 0.6, 1, 4.5, 300 } do
        x = lun.full({ n }, shape, { dtype = dtype }):standard_gamma()
        moments(x, shape, shape, called("standard_gamma " .. shape))
        follows(x, function(v) return lun.gammainc(shape, v) end, called("standard_gamma " .. shape))
    end
end

lun.manual_seed(12)
moments(zeros():bernoulli_(0.3), 0.3, 0.21, "bernoulli_")
moments(lun.full({ n }, 0.8):bernoulli(), 0.8, 0.16, "bernoulli")
moments(lun.randn(n):bernoulli(0.25), 0.25, 0.1875, "bernoulli with p for all")
moments(zeros():geometric_(0.2), 5, 20, "geometric_")
counts(zeros():geometric_(0.2), function(k) return k == 0 and 0 or 0.8 ^ (k - 1) * 0.2 end, 12, "geometric_")
moments(zeros():random_(1, 7), 3.5, 35 / 12, "random_")
moments(lun.zeros(n, { dtype = "int16" }):random_(), 16383.5, 2 ^ 30 / 12, "random_ over all of int16")
moments(zeros():randint_like(10), 4.5, 99 / 12, "randint_like")
tap.ok(lun.zeros(100, { dtype = "int64" }):random_():min():item() >= 0, "random_ of int64 is not negative")

local function poisson(rate)
    return function(k) return math.exp(k * math.log(rate) - rate - lun.tensor({ k + 1 }, { dtype = "float64" }):lgamma():item()) end
end
for _, rate in ipairs { 0.3, 4, 9.9, 10.1, 60, 1e6 } do
    local x = lun.full({ n }, rate, { dtype = "float64" }):poisson()
    moments(x, rate, rate, "poisson " .. rate)
    if rate < 100 then counts(x, poisson(rate), math.ceil(2 * rate) + 3, "poisson " .. rate) end
end
local function binomial(count, p)
    local function f(k) return lun.tensor({ k + 1 }, { dtype = "float64" }):lgamma():item() end
    return function(k) return math.exp(f(count) - f(k) - f(count - k) + k * math.log(p) + (count - k) * math.log(1 - p)) end
end
for _, case in ipairs { { 1, 0.5 }, { 10, 0.3 }, { 30, 0.9 }, { 25, 0.5 }, { 60, 0.7 }, { 1000000, 0.25 } } do
    local count, p = case[1], case[2]
    local name = ("binomial %d %g"):format(count, p)
    local x = lun.full({ n }, count, { dtype = "float64" }):binomial(p)
    moments(x, count * p, count * p * (1 - p), name)
    if count < 100 then counts(x, binomial(count, p), count, name) end
end
tap.is(lun.tensor({ 5.0, 5.0, 0.0 }):binomial(lun.tensor { 0.0, 1.0, 0.5 }):totable(), { 0.0, 5.0, 0.0 }, "binomial at its ends")

-- multinomial
lun.manual_seed(13)
local weights = lun.tensor { 1.0, 0.0, 3.0, 6.0 }
local drawn = weights:multinomial(n, true)
counts(drawn - 1, function(k) return weights[k + 1]:item() / 10 end, 3, "multinomial with replacement")
local first = weights:expand(n, 4):multinomial(2)
counts(first:select(2, 1) - 1, function(k) return weights[k + 1]:item() / 10 end, 3, "multinomial without: the first of two")
-- the second: the chance of j after i is w_j / (10 - w_i)
counts(first:select(2, 2) - 1, function(k)
    local p, w = 0, { 1, 0, 3, 6 }
    for i = 1, 4 do if i ~= k + 1 then p = p + w[i] / 10 * w[k + 1] / (10 - w[i]) end end
    return p
end, 3, "multinomial without: the second")
tap.ok(first:select(2, 1):ne(first:select(2, 2)):all(), "and never the same twice")
tap.is((lun.sort(weights:multinomial(3))):totable(), { 1, 3, 4 }, "positions count from 1")

-- the gradient of a gamma number with respect to its shape: dx/da where gammainc(a, x) stays
do
    local a = lun.tensor({ 0.1, 0.7, 1.0, 3.3, 40, 900 }, { dtype = "float64", requires_grad = true })
    local x = a:standard_gamma()
    x:sum():backward()
    local function F(shape, value) return lun.gammainc(lun.tensor({ shape }, { dtype = "float64" }), lun.tensor({ value }, { dtype = "float64" })):item() end
    for i, value in ipairs(x:totable()) do
        local shape = a[i]:item()
        local h, k = shape * 1e-5, value * 1e-6
        local slope = -((F(shape + h, value) - F(shape - h, value)) / (2 * h)) / ((F(shape, value + k) - F(shape, value - k)) / (2 * k))
        tap.near(lun.tensor(a.grad[i]:item()), slope, 1e-5, ("standard_gamma: gradient for shape %g"):format(shape))
    end
end

-- the same bits whatever the threads, and a view gets what a copy of it gets
do
    local function bits(threads)
        lun.set_num_threads(threads)
        lun.manual_seed(14)
        local shape = lun.full({ 300, 100 }, 1.5)
        return { shape:standard_gamma(), (shape * 20):poisson(), shape:binomial(0.4), lun.zeros(30000):exponential_(),
            lun.rand(40, 700):multinomial(20), lun.rand(40, 50):multinomial(300, true), lun.normal(shape, 1) }
    end
    local one = bits(1)
    for _, threads in ipairs { 2, 4 } do
        for i, x in ipairs(bits(threads)) do tap.ok(x == one[i], ("draw %d: the same on %d threads as on 1"):format(i, threads)) end
    end
    lun.set_num_threads(0)
    lun.manual_seed(15)
    local view = lun.zeros(30, 20):t():exponential_()
    lun.manual_seed(15)
    tap.ok(view == lun.zeros(20, 30):exponential_(), "a view is filled as its copy is")
end

tap.fails(function() lun.zeros(3):exponential_(-1) end, nil, "lambd", "a rate below 0")
tap.fails(function() lun.tensor { 0.5, 0 / 0 }:bernoulli() end, nil, "between 0 and 1", "NaN as a chance")
tap.fails(function() lun.tensor { 1.0, 1 / 0 }:multinomial(1) end, nil, "finite", "an infinite weight")

-- complex draws: variance 1, half of it in each part
for _, dtype in ipairs { "complex64", "complex128" } do
    lun.manual_seed(5)
    local z, u = lun.randn({ 200, 200 }, { dtype = dtype }), lun.rand({ 200, 200 }, { dtype = dtype })
    local re, im = lun.real(z), lun.imag(z)
    local function near(x, want) return math.abs(x:item() - want) < 0.02 end
    tap.ok(z.dtype == dtype and near(re:var(), 0.5) and near(im:var(), 0.5) and near((re * im):mean(), 0), dtype .. " randn")
    tap.ok(near(lun.real(u):mean(), 0.5) and near(lun.imag(u):mean(), 0.5) and near(lun.imag(u):var(), 1 / 12), dtype .. " rand")
    local further = lun.rand(4)
    lun.manual_seed(5)
    tap.ok(z:t():randn_like():equal(z:reshape(200, 200)) and u:rand_like():equal(u), dtype .. " randn_like and rand_like")
    tap.ok(lun.rand(4):equal(further), dtype .. ": what comes after is the same too")
end
tap.done()
