-- samplers.lua - in which order and how often samples are taken: weighted and stratified samplers, stratified splits, k folds
--
-- A sampler has #sampler and sampler:order(epoch), an int64 tensor of positions; with a seed the same epoch has the same order.
-- Read next: lib/data/loader.lua, lib/data/draw.lua. SPDX-License-Identifier: MIT
local lun = require "lunette"
local draw = require "lunette.data.draw"
local order = require "lunette.data.order"
local pipeline = require "lunette.data.pipeline"
local sets = require "lunette.data.sets"

local samplers = {}

-- Runs f with random numbers of their own when there is a seed; the caller's stay where they were.
local function seeded(seed, epoch, f)
    if not seed then return f() end
    local before = lun.get_rng_state()
    lun.manual_seed(draw.start(seed, epoch))
    local result = f()
    lun.set_rng_state(before)
    return result
end

-- ---- weighted ----

local Weighted = {}
Weighted.__index = Weighted
Weighted.__len = function(self) return self.count end

--- Positions drawn with the given weights (a tensor or list, one for each sample): `count` of them, with replacement unless replacement = false.
function samplers.WeightedRandomSampler(weights, count, options)
    local op = "data.WeightedRandomSampler"
    options = pipeline.options(op, options, {"replacement", "seed"})
    if type(weights) == "table" then weights = lun.tensor(weights) end
    if not lun.is_tensor(weights) or weights.ndim ~= 1 then
        lun.fail(op, "expected a list of weights, got " .. tostring(weights), op .. "({1, 1, 10}, 100)")
    end
    weights = weights:double()
    local good = #weights > 0 and weights:ge(0):all() and weights:sum():item()
    if not good or not (good > 0 and good < math.huge) then
        lun.fail(op, "weights are numbers from 0 on, and not all 0", op .. "({1, 1, 10}, 100)")
    end
    count = pipeline.whole(op, "count", count or #weights, 0)
    local replacement = options.replacement ~= false
    local possible = weights:gt(0):sum():item()
    if not replacement and count > possible then
        lun.fail(op, ("%d draws without replacement of %d samples with a weight"):format(count, possible), "leave out replacement = false")
    end
    return setmetatable({weights = weights, count = count, replacement = replacement, seed = options.seed}, Weighted)
end

function Weighted:order(epoch)
    if self.count == 0 then return lun.zeros(0):long() end
    return seeded(self.seed, epoch, function() return self.weights:multinomial(self.count, self.replacement) end)
end

-- ---- stratified ----

-- Positions by class: a list of lists, classes in the order of their first appearance.
local function strata(op, labels)
    if lun.is_tensor(labels) then labels = labels.ndim == 1 and labels:totable() or nil end
    if type(labels) ~= "table" or #labels == 0 then lun.fail(op, "expected labels, one for each sample: a row of numbers, or texts", "y") end
    local of, classes = {}, {}
    for i, label in ipairs(labels) do
        if not of[label] then
            of[label] = {}
            classes[#classes + 1] = of[label]
        end
        table.insert(of[label], i)
    end
    return classes, #labels
end

-- The positions of each class in an order of their own.
local function shuffled(classes)
    local mixed = {}
    for c, places in ipairs(classes) do
        mixed[c] = {}
        for k, from in ipairs(lun.randperm(#places):totable()) do mixed[c][k] = places[from] end
    end
    return mixed
end

local Stratified = {}
Stratified.__index = Stratified
Stratified.__len = function(self) return self.count end

--- All positions in an order in which every run of neighbours, so every batch, has the classes in about the proportions of the whole.
function samplers.StratifiedSampler(labels, options)
    options = pipeline.options("data.StratifiedSampler", options, {"seed"})
    local classes, count = strata("data.StratifiedSampler", labels)
    return setmetatable({classes = classes, count = count, seed = options.seed}, Stratified)
end

function Stratified:order(epoch)
    return seeded(self.seed, epoch, function()
        local keyed, starts = {}, lun.rand(#self.classes):totable()
        for c, places in ipairs(shuffled(self.classes)) do -- the k-th of n stands (k - u) / n of the way
            for k, place in ipairs(places) do keyed[#keyed + 1] = {(k - starts[c]) / #places, place} end
        end
        table.sort(keyed, function(a, b) return a[1] < b[1] or a[1] == b[1] and a[2] < b[2] end)
        local positions = {}
        for k, pair in ipairs(keyed) do positions[k] = pair[2] end
        return lun.tensor(positions)
    end)
end

--- Splits a set at random into parts of the given fractions, each with the classes of `labels` in the proportions of the whole.
function samplers.stratified_split(set, labels, fractions, options)
    local op = "data.stratified_split"
    options = pipeline.options(op, options, {"seed"})
    local classes, count = strata(op, labels)
    if count ~= #set then lun.fail(op, ("%d labels for %d samples"):format(count, #set), "one label for each sample") end
    local parts = {}
    for p = 1, #fractions do parts[p] = {} end
    seeded(options.seed, 0, function()
        for _, places in ipairs(shuffled(classes)) do
            local from, share = 0, 0
            for p, fraction in ipairs(fractions) do
                share = share + fraction
                local to = p == #fractions and #places or math.floor(share * #places + 0.5)
                table.move(places, from + 1, to, #parts[p] + 1, parts[p])
                from = to
            end
            if math.abs(share - 1) > 1e-6 then lun.fail(op, ("the fractions sum to %g, not to 1"):format(share), op .. "(set, y, {0.8, 0.2})") end
        end
    end)
    for p, places in ipairs(parts) do
        table.sort(places)
        parts[p] = sets.Subset(set, #places > 0 and lun.tensor(places) or lun.zeros(0):long())
    end
    return table.unpack(parts)
end

-- ---- folds ----

--- for fold, train, validation in data.k_fold(set, 5) do: each sample is once in a validation part. Options: shuffle (true), seed, labels (one for
--- each sample: the folds then have the classes in equal proportions).
function samplers.k_fold(set, k, options)
    local op = "data.k_fold"
    options = pipeline.options(op, options, {"shuffle", "seed", "labels"})
    if type(set) ~= "table" and lun.is_tensor(set) then set = sets.TensorDataset(set) end
    local n = #set
    if pipeline.whole(op, "k", k, 2) > n then lun.fail(op, ("%d folds of %d samples"):format(k, n), "k is at most the number of samples") end
    local classes, count = {}, n
    if options.labels then classes, count = strata(op, options.labels) else classes[1] = lun.range(1, n):totable() end
    if count ~= n then lun.fail(op, ("%d labels for %d samples"):format(count, n), "one label for each sample") end
    if options.shuffle ~= false then classes = seeded(options.seed, 0, function() return shuffled(classes) end) end
    local dealt, parts = 0, {}
    for fold = 1, k do parts[fold] = {} end
    for _, places in ipairs(classes) do
        for j, place in ipairs(places) do -- with labels dealt like cards, without cut into ranges
            local fold = options.labels and dealt % k + 1 or (j - 1) * k // n + 1
            dealt = dealt + 1
            table.insert(parts[fold], place)
        end
    end
    local fold = 0
    return function()
        fold = fold + 1
        if fold > k then return nil end
        local rest = {}
        for other = 1, k do
            if other ~= fold then table.move(parts[other], 1, #parts[other], #rest + 1, rest) end
        end
        table.sort(rest)
        table.sort(parts[fold])
        return fold, sets.Subset(set, lun.tensor(rest)), sets.Subset(set, lun.tensor(parts[fold]))
    end
end

-- ---- in a pipeline ----

pipeline.kinds.sample = {
    count = function(pipe) return #pipe.options.sampler end,
    order_needs = function() return true end,
    order = function(pipe, run, saved)
        local base = order.of(pipe.from, run, saved and saved.base)
        local positions = saved and saved.positions or pipe.options.sampler:order(run.epoch)
        return {
            set = base.set, count = positions:size(1), at = function(k) return base.at(positions:index_select(1, k)) end,
            state = function() return {positions = positions, base = base.state()} end,
        }
    end,
    open = order.open,
}

--- The elements that a sampler says, in its order; only over data sets.
function pipeline.methods:sample(sampler)
    if type(sampler) ~= "table" or not sampler.order then
        lun.fail("pipe:sample", "a sampler has #sampler and sampler:order(epoch), got " .. tostring(sampler), "data.StratifiedSampler(labels)")
    elseif not order.has(self) then
        lun.fail("pipe:sample", "these elements come one after the other; a sampler needs a data set", "data.pipeline(x, y):sample(sampler)")
    end
    return pipeline.make("sample", {sampler = sampler}, self)
end

return samplers
