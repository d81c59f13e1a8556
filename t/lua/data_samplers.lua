-- data_samplers.lua - samplers, stratified splits, folds, and loaders that go on where they stood
--
-- Read next: lib/data/samplers.lua. SPDX-License-Identifier: MIT
local tap = require "tap"
local lun = require "lunette"
local data = require "lunette.data"

local function classes_of(subset, labels)
    local count = {}
    for _, place in ipairs(subset.indices:totable()) do count[labels[place]] = (count[labels[place]] or 0) + 1 end
    return count
end
local labels, x = {}, lun.arange(0, 100):float():unsqueeze(2)
for i = 1, 100 do labels[i] = i % 10 == 0 and "rare" or i % 2 == 0 and "even" or "odd" end -- 10, 40, 50
local set = data.TensorDataset(x, lun.range(1, 100))

-- ---- weighted ----

do
    lun.manual_seed(1)
    local sampler = data.WeightedRandomSampler({1, 0, 3}, 4000)
    local count = {0, 0, 0}
    for _, place in ipairs(sampler:order(1):totable()) do count[place] = count[place] + 1 end
    tap.is({#sampler, count[2]}, {4000, 0}, "weighted: as many as wanted, none of weight 0")
    tap.ok(math.abs(count[3] / 4000 - 0.75) < 0.03, "weighted: in proportion (" .. count[3] .. " of 4000 at weight 3 of 4)")
    local once = data.WeightedRandomSampler(lun.tensor {1, 5, 5, 0}, 3, {replacement = false}):order(1):totable()
    table.sort(once)
    tap.is(once, {1, 2, 3}, "weighted: without replacement each at most once")
    local seeded = data.WeightedRandomSampler({1, 2, 3}, 20, {seed = 5})
    local state = lun.get_rng_state()
    tap.is(seeded:order(2):totable(), seeded:order(2):totable(), "weighted: the same seed and epoch give the same order")
    tap.is(lun.get_rng_state(), state, "weighted: and leave lun's numbers alone")
    tap.ok(tap.show(seeded:order(1):totable()) ~= tap.show(seeded:order(2):totable()), "weighted: each epoch its own")
    for _, weights in ipairs {{0, 0}, {1, -1}, {1, 0 / 0}, {1, math.huge}, {}} do
        tap.fails(function() data.WeightedRandomSampler(weights, 3) end, nil, "weights", "weights that are none")
    end
    tap.fails(function() data.WeightedRandomSampler({1, 0}, 2, {replacement = false}) end, nil, "2 draws", "more draws than samples")
    tap.fails(function() data.WeightedRandomSampler(3) end, nil, "weights", "a number for weights")
end

-- ---- stratified ----

do
    local order = data.StratifiedSampler(labels, {seed = 1}):order(1):totable()
    local worst = 0
    for from = 1, 100, 20 do -- batches of 20: 2 rare, 8 even, 10 odd
        local count = {rare = 0, even = 0, odd = 0}
        for k = from, from + 19 do count[labels[order[k]]] = count[labels[order[k]]] + 1 end
        worst = math.max(worst, math.abs(count.rare - 2), math.abs(count.even - 8), math.abs(count.odd - 10))
    end
    tap.ok(worst <= 1, "stratified: each batch has each class to one sample (" .. worst .. ")")
    table.sort(order)
    tap.is(order, lun.range(1, 100):totable(), "stratified: every position once")
    local train, test = data.stratified_split(set, labels, {0.8, 0.2}, {seed = 3})
    tap.is({classes_of(train, labels), classes_of(test, labels)}, {{rare = 8, even = 32, odd = 40}, {rare = 2, even = 8, odd = 10}}, "stratified_split")
    tap.is(classes_of(select(2, data.stratified_split(set, lun.tensor(labels[1] and lun.ones(100):long():totable()), {0.5, 0.5})), labels).rare ~= nil, true,
        "labels as a tensor")
    tap.fails(function() data.stratified_split(set, {1, 2}, {0.5, 0.5}) end, nil, "2 labels for 100", "too few labels")
    tap.fails(function() data.stratified_split(set, labels, {0.5, 0.6}) end, nil, "1.1", "fractions beyond 1")
    tap.fails(function() data.StratifiedSampler({}) end, nil, "labels", "no labels")
end

-- ---- folds ----

for name, options in pairs {plain = {seed = 1}, ["in order"] = {shuffle = false}, stratified = {seed = 1, labels = labels}} do
    local seen, sizes, classes = {}, {}, {}
    for fold, train, validation in data.k_fold(set, 7, options) do
        sizes[fold] = #validation
        classes[fold] = classes_of(validation, labels)
        local both = {}
        for _, part in ipairs {train, validation} do
            for _, place in ipairs(part.indices:totable()) do both[place] = (both[place] or 0) + 1 end
        end
        if #both ~= 100 or math.max(table.unpack(both)) > 1 then tap.fail(name .. ": a fold is no split") end
        for _, place in ipairs(validation.indices:totable()) do seen[place] = (seen[place] or 0) + 1 end
    end
    tap.is({#seen, math.max(table.unpack(seen)), #sizes, math.min(table.unpack(sizes)), math.max(table.unpack(sizes))}, {100, 1, 7, 14, 15}, name .. ": 7 folds")
    if name == "stratified" then
        local least, most = math.huge, 0
        for _, count in ipairs(classes) do least, most = math.min(least, count.odd), math.max(most, count.odd) end
        tap.ok(least >= 7 and most <= 8, "stratified: 50 odd ones in 7 folds")
    end
end
tap.fails(function() data.k_fold(set, 1) end, nil, "k must be", "one fold")
tap.fails(function() data.k_fold(lun.ones(3, 2), 4) end, nil, "4 folds of 3", "more folds than samples")

-- ---- loaders and pipelines ----

local function drawn(loader, limit)
    local found = {}
    for _, y in loader do
        table.insert(found, y:totable())
        if #found == limit then break end
    end
    return found
end
do
    local sampler = data.WeightedRandomSampler(lun.ones(100), 30, {seed = 2})
    local loader = data.DataLoader(set, {batch_size = 8, sampler = sampler})
    tap.is({#loader, table.concat(drawn(loader)[1], " ")}, {4, table.concat(sampler:order(1):narrow(1, 1, 8):totable(), " ")}, "a loader with a sampler")
    tap.is(drawn(data.pipeline(set):sample(sampler):batch(8)), drawn(data.DataLoader(set, {batch_size = 8, sampler = sampler})), "and a pipeline")
    tap.fails(function() data.DataLoader(set, {sampler = sampler, shuffle = true}) end, nil, "shuffle", "a sampler and shuffle")
    tap.fails(function() data.DataLoader(set, {sampler = 3}) end, nil, "sampler:order", "a sampler that is none")
    tap.fails(function() data.pipeline(function() end):sample(sampler) end, nil, "data set", "a sampler over a stream")
end
for name, options in pairs {plain = {batch_size = 30}, shuffled = {batch_size = 30, shuffle = true}, dropping = {batch_size = 30, shuffle = true, drop_last = true},
    sampled = {batch_size = 30, sampler = data.StratifiedSampler(labels)}} do
    local good = true
    for k = 1, 3 do
        lun.manual_seed(9)
        local whole = drawn(data.DataLoader(set, options))
        lun.manual_seed(9)
        local loader = data.DataLoader(set, options)
        drawn(loader, k)
        local path = os.tmpname()
        data.save_state(path, loader)
        local rest = drawn(data.DataLoader(set, options):restore(data.load_state(path)))
        os.remove(path)
        good = good and tap.show(rest) == tap.show(table.move(whole, k + 1, #whole, 1, {}))
    end
    tap.ok(good, "a " .. name .. " loader goes on after each batch")
end
do
    local loader = data.DataLoader(set, {batch_size = 50})
    drawn(loader)
    tap.is(drawn(data.DataLoader(set, {batch_size = 50}):restore(loader:state())), drawn(loader), "a state after an epoch leads to the next")
    tap.fails(function() data.DataLoader(set, {batch_size = 3}):restore(loader:state()) end, nil, "2 batches", "the state of another loader")
    tap.fails(function() loader:restore(3) end, nil, "loader:state()", "no state")
end
tap.done()
