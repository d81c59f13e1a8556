-- batches.lua - whatever data comes as, as batches
--
-- Tensors (cut and shuffled here), a data set, a loader or pipeline (anything that `for a, b in data do` walks, again and
-- again), a list of batches, or a function that gives a fresh iterator for each epoch. Holds: an epoch draws its order from
-- the generator once, when it begins, so the same generator gives the same epoch. Read next: lib/train/run.lua.
-- SPDX-License-Identifier: MIT
local lun = require "lunette"
local batches = {}

--- Calls visit(tensor) on every tensor of a part: a tensor, or a table of them (or of tables).
function batches.each(part, visit)
    if lun.is_tensor(part) then return visit(part) end
    if type(part) ~= "table" then return end
    for _, item in pairs(part) do batches.each(item, visit) end
end

--- A part with f(tensor) in place of every tensor.
function batches.map(part, f)
    if lun.is_tensor(part) then return f(part) end
    if type(part) ~= "table" or getmetatable(part) ~= nil then return part end
    local mapped = {}
    for key, item in pairs(part) do mapped[key] = batches.map(item, f) end
    return mapped
end

--- How many samples a part has: dim 1 of its first tensor; 1 when there is none.
function batches.size(part)
    local n
    batches.each(part, function(x) n = n or x.ndim > 0 and x:size(1) or 1 end)
    return n or 1
end

-- ---- tensors ----

--- Raises unless all tensors of the parts have the same number of samples; returns it.
function batches.check_tensors(name, parts)
    local n, first
    batches.each(parts, function(x)
        if x.ndim == 0 then lun.fail(name, "a tensor without dims has no samples", "x:unsqueeze(1)", "shape") end
        n, first = n or x:size(1), first or x
        if x:size(1) ~= n then
            lun.fail(name, ("one tensor has %d samples, another %d"):format(n, x:size(1)),
                    "samples lie along dim 1 of each tensor", "shape")
        elseif x.device ~= first.device then
            lun.fail(name, ("one tensor is on %s, another on %s"):format(first.device, x.device),
                    ('x:to("%s")'):format(first.device), "device")
        end
    end)
    if not n then lun.fail(name, "there is no tensor in the data", "model:fit(x, y, {epochs = 5})") end
    if n == 0 then lun.fail(name, "the data set is empty (0 samples)", "look at x.shape", "shape") end
    return n
end

--- A source of batches of `parts` (a list: x, y, weights; each a tensor or a table of them). Options: batch_size (32), shuffle
--- (true). An asked-for batch_size above the number of samples is an error.
function batches.of_tensors(name, parts, options)
    local n = batches.check_tensors(name, parts)
    local size = options.batch_size or math.min(32, n)
    if math.type(size) ~= "integer" or size < 1 then
        lun.fail(name, "batch_size must be a whole number above 0, got " .. tostring(size), "{batch_size = 32}")
    elseif size > n then
        lun.fail(name, ("batch_size %d is larger than the set of %d samples"):format(size, n), ("{batch_size = %d}"):format(n),
                "shape")
    end
    local source = {samples = n, count = (n + size - 1) // size}
    function source.epoch()
        local order = options.shuffle ~= false and lun.randperm(n) or nil
        local at = 0
        return function(skip)
            local from = at * size + 1
            if from > n then return nil end
            at = at + 1
            if skip then return true end
            local length = math.min(size, n - from + 1)
            lun.collect_young()
            local rows = order and order:narrow(1, from, length)
            local batch = {}
            for k, part in ipairs(parts) do
                batch[k] = batches.map(part, function(x) return rows and x:index_select(1, rows) or x:narrow(1, from,
                        length) end)
            end
            return table.unpack(batch, 1, #parts)
        end
    end
    return source
end

-- ---- everything else ----

local function length_of(data)
    local good, n = pcall(function() return #data end)
    return good and math.type(n) == "integer" and n > 0 and n or nil
end

local function walk(f, state, control)
    return function()
        local values = table.pack(f(state, control))
        control = values[1]
        return table.unpack(values, 1, values.n)
    end
end

local function is_callable(data)
    local meta = getmetatable(data)
    return type(data) == "table" and type(meta) == "table" and meta.__call ~= nil
end

-- A pipeline or loader. begin(number) walks the epoch of that number, whose place state() tells and resume(state) takes up; epoch(number) walks
-- beside it. The run numbers the epochs, so a pipeline that is made anew, after a kill too, gives the orders it gave then.
local function of_pipeline(data)
    local function numbered(number)
        if number then data.epoch = number - 1 end
    end
    return {
        count = length_of(data),
        epoch = function(number)
            local was = data.epoch
            numbered(number)
            local walked = data:batches()
            if number then data.epoch = was end
            return walked
        end,
        begin = function(number)
            numbered(number)
            return walk(data, nil, nil)
        end,
        state = function() return data:state() end,
        resume = function(state) return walk(data:restore(state), nil, nil) end,
    }
end

--- Whether `data` is something that source takes, other than tensors.
function batches.is_source(data)
    if type(data) == "function" or is_callable(data) then return true end
    if type(data) ~= "table" then return false end
    return data.batches ~= nil or data.get ~= nil or data.batch ~= nil or type(data[1]) == "table"
            and not lun.is_tensor(data[1])
        and data.epoch == nil
end

--- A source over a loader, a data set, a list of batches or a function: source.epoch(number) begins one and gives its iterator;
--- source.count is the number of batches where that is known. Where there is source.begin, its epochs can be taken up in their middle.
function batches.source(name, data, options)
    if type(data) == "table" and type(data.epoch) == "function" and getmetatable(data) == nil then return data end
    if type(data) == "function" then
        return {epoch = function()
            local f, state, control = data()
            if type(f) ~= "function" then
                lun.fail(name, "the function gave no iterator, but " .. type(f),
                        "a function that returns a fresh iterator for each epoch")
            end
            return walk(f, state, control)
        end}
    end
    if type(data) ~= "table" then
        lun.fail(name, "no data: " .. type(data),
                "tensors, a data set, a loader, a list of batches, or a function that gives an iterator")
    end
    if type(data.batches) == "function" and data.state and data.restore and is_callable(data) then return of_pipeline(data) end
    if type(data.batches) == "function" then return {count = length_of(data), epoch = function() return data:batches() end} end
    if is_callable(data) then return {count = length_of(data), epoch = function() return walk(data, nil, nil) end} end
    if type(data.get) == "function" or type(data.batch) == "function" then
        local n = #data
        if n == 0 then lun.fail(name, "the data set is empty (0 samples)", "look at #set", "shape") end
        local DataLoader = require "lunette.data".DataLoader
        return batches.source(name, DataLoader(data, {batch_size = options.batch_size or math.min(32, n),
                shuffle = options.shuffle ~= false}))
    end
    if #data == 0 then lun.fail(name, "the list of batches is empty", "{{x, y}, {x, y}}", "shape") end
    return {count = #data, epoch = function()
        local i = 0
        return function()
            i = i + 1
            if data[i] then return table.unpack(data[i]) end
        end
    end}
end

return batches
