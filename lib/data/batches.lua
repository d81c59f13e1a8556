-- batches.lua - stages that make one element of several: batch padded_batch bucket_by_length window
--
-- collate joins a list of elements part by part: tensors and numbers are stacked, texts become a list, tables are joined field by field.
-- Read next: lib/data/pipeline.lua, lib/data/order.lua. SPDX-License-Identifier: MIT
local lun = require "lunette"
local order = require "lunette.data.order"
local pipeline = require "lunette.data.pipeline"
local kinds, methods = pipeline.kinds, pipeline.methods

local batches = {}

-- ---- collating ----

local join -- join(column, pad): the values of one part as one

local function shape_text(x) return "[" .. table.concat(x.shape, ",") .. "]" end

-- Sizes that differ are the usual mistake, so they get a message of their own.
local function stack(column)
    local shape = shape_text(column[1])
    for k = 2, #column do
        if not lun.is_tensor(column[k]) then
            lun.fail("data.batch", ("sample 1 is a tensor, sample %d of the batch is %s"):format(k, type(column[k])), "make them alike with map")
        elseif shape_text(column[k]) ~= shape then
            lun.fail("data.batch", ("sample 1 of the batch is %s, sample %d is %s"):format(shape, k, shape_text(column[k])),
                     "pipe:padded_batch(n) pads them to one size", "shape")
        end
    end
    return lun.stack(column)
end

-- Each dim as large as the largest; the rest is filled with `value`.
local function stack_padded(column, value)
    local first, sizes = column[1], {}
    for _, x in ipairs(column) do
        if x.ndim ~= first.ndim then
            local shapes = shape_text(first) .. " and " .. shape_text(x)
            lun.fail("data.padded_batch", "samples of " .. shapes .. " cannot be padded to one shape", nil, "shape")
        end
        for d = 1, x.ndim do sizes[d] = math.max(sizes[d] or 0, x:size(d)) end
    end
    local out = lun.full({#column, table.unpack(sizes)}, value, {dtype = first.dtype})
    for k, x in ipairs(column) do
        local place = out[k]
        for d = 1, x.ndim do place = place:narrow(d, 1, x:size(d)) end
        place:copy_(x)
    end
    return out
end

local function is_list_of_numbers(t)
    for _, value in ipairs(t) do
        if type(value) ~= "number" then return false end
    end
    return #t > 0
end

local function join_tables(column, pad)
    if is_list_of_numbers(column[1]) then
        local tensors = {}
        for k, t in ipairs(column) do
            if type(t) ~= "table" or not is_list_of_numbers(t) or (not pad and #t ~= #column[1]) then return column end
            tensors[k] = lun.tensor(t)
        end
        return join(tensors, pad)
    end
    if #column[1] > 0 or next(column[1]) == nil then return column end -- lists of other things
    local joined = {}
    for name in pairs(column[1]) do
        local part = {}
        for k, t in ipairs(column) do
            if type(t) ~= "table" or t[name] == nil then
                lun.fail("data.batch", ("sample %d of the batch has no field '%s'"):format(k, tostring(name)), "pipe:map(f) makes the samples alike")
            end
            part[k] = t[name]
        end
        joined[name] = join(part, pad)
    end
    return joined
end

function join(column, pad)
    local first = column[1]
    if lun.is_tensor(first) then return pad and stack_padded(column, pad) or stack(column) end
    if type(first) == "table" and not getmetatable(first) then return join_tables(column, pad) end
    for _, value in ipairs(column) do
        if type(value) ~= type(first) then return column end
    end
    if type(first) == "number" or type(first) == "boolean" then return lun.tensor(column) end
    return column
end

--- The parts of a list of elements ({n = ..., values}), each joined; with `pad`, tensors are padded with that number.
function batches.collate(elements, pad)
    local parts, n = {}, elements[1].n or #elements[1]
    for p = 1, n do
        local column = {}
        for k, element in ipairs(elements) do column[k] = element[p] end
        if #column ~= #elements then lun.fail("data.batch", ("value %d of some samples is nil"):format(p), "pipe:map(f) makes the samples alike") end
        parts[p] = join(column, pad)
    end
    return table.unpack(parts, 1, n)
end

--- The batch at `indices` of a set: by its own method where it has one and no `collate`, a function of a list of samples, is given.
function batches.fetch(set, indices, collate)
    if set.batch and not collate then return set:batch(indices) end
    local samples = {}
    for k, i in ipairs(indices:totable()) do samples[k] = table.pack(set:get(i)) end
    return (collate or batches.collate)(samples)
end

-- ---- batch ----

local function batch_count(n, options)
    if not n or n == math.huge then return n end
    return options.drop_last and n // options.n or (n + options.n - 1) // options.n
end

-- Whole batches of a set that can give them.
local function indexed(found, options, saved)
    local k = saved and saved.k or 0
    return {
        next = function()
            local n = math.min(options.n, found.count - k)
            if n < (options.drop_last and options.n or 1) then return nil end
            k = k + n
            return found.set:batch(found.at(lun.range(k - n + 1, k)))
        end,
        state = function() return {k = k, order = found.state()} end,
        where = function() return ("element %d"):format(k) end,
    }
end

-- Elements gathered until there are enough; what was gathered survives an error in between.
local function gathered(pipe, run, saved, make)
    local options = pipe.options
    local from = pipeline.open(pipe.from, run, saved and saved.from)
    local waiting = saved and table.move(saved.waiting, 1, #saved.waiting, 1, {}) or {}
    return {
        next = function()
            while #waiting < options.n do
                local element = table.pack(from.next())
                if element[1] == nil then break end
                waiting[#waiting + 1] = element
            end
            local elements = waiting
            waiting = {}
            if #elements == 0 or (options.drop_last and #elements < options.n) then return nil end
            return make(elements)
        end,
        state = function() return {waiting = table.move(waiting, 1, #waiting, 1, {}), from = from.state()} end,
        where = from.where, close = from.close,
    }
end

kinds.batch = {
    count = function(pipe) return batch_count(#pipe.from, pipe.options) end,
    open = function(pipe, run, saved)
        local options = pipe.options
        if order.has(pipe.from) and not options.collate and not options.pad then
            local found = order.of(pipe.from, run, saved and saved.order)
            if found.set.batch then return indexed(found, options, saved) end
            return gathered(pipe, run, saved, batches.collate)
        end
        return gathered(pipe, run, saved, function(elements)
            if options.collate then return options.collate(elements) end
            return batches.collate(elements, options.pad)
        end)
    end,
}

--- Batches of n elements, joined by `collate`, a function of a list of elements ({n = count, values...}), or part by part: tensors and numbers are
--- stacked along a new first dim, texts become a list, tables are joined by field. The last batch may be smaller unless drop_last.
function methods:batch(n, options)
    options = pipeline.options("pipe:batch", options, {"drop_last", "collate"})
    return pipeline.make("batch", {
        n = pipeline.whole("pipe:batch", "n", n, 1), drop_last = options.drop_last or false, collate = options.collate,
    }, self)
end

--- Like batch for tensors whose sizes differ: each is padded at its ends with `value` (0) to the largest of the batch.
function methods:padded_batch(n, options)
    options = pipeline.options("pipe:padded_batch", options, {"drop_last", "value"})
    return pipeline.make("batch", {
        n = pipeline.whole("pipe:padded_batch", "n", n, 1), drop_last = options.drop_last or false, pad = options.value or 0,
    }, self)
end

-- ---- bucket_by_length ----

local function length_of(element) return lun.is_tensor(element) and element:size(1) or #element end

kinds.bucket_by_length = {
    open = function(pipe, run, saved)
        local options = pipe.options
        local from = pipeline.open(pipe.from, run, saved and saved.from)
        local buckets = {}
        for b = 1, #options.boundaries + 1 do
            local kept = saved and saved.buckets[b] or {}
            buckets[b] = table.move(kept, 1, #kept, 1, {})
        end
        local function bucket_of(element)
            local n = options.length(table.unpack(element, 1, element.n))
            for b, boundary in ipairs(options.boundaries) do
                if n <= boundary then return b end
            end
            return #options.boundaries + 1
        end
        local function give(b)
            local elements = buckets[b]
            buckets[b] = {}
            return batches.collate(elements, options.value)
        end
        local function rest()
            for b, elements in ipairs(buckets) do
                if #elements > 0 and not options.drop_last then return give(b) end
            end
            return nil
        end
        return {
            next = function()
                while true do
                    local element = table.pack(from.next())
                    if element[1] == nil then return rest() end
                    local b = bucket_of(element)
                    table.insert(buckets[b], element)
                    if #buckets[b] == options.sizes[b] then return give(b) end
                end
            end,
            state = function()
                local kept = {}
                for b, elements in ipairs(buckets) do kept[b] = table.move(elements, 1, #elements, 1, {}) end
                return {buckets = kept, from = from.state()}
            end,
            where = from.where, close = from.close,
        }
    end,
}

--- Padded batches of elements of like length: bucket b holds lengths up to boundaries[b], the last one longer ones. `n` is the size of a batch, or a
--- list of sizes, one for each bucket. Options: length (a function of the element; the first size unless given), value (0), drop_last.
function methods:bucket_by_length(boundaries, n, options)
    local op = "pipe:bucket_by_length"
    options = pipeline.options(op, options, {"length", "value", "drop_last"})
    if type(boundaries) ~= "table" or #boundaries == 0 then lun.fail(op, "expected a list of lengths", "pipe:bucket_by_length({10, 20, 40}, 32)") end
    local sizes = {}
    for b = 1, #boundaries + 1 do
        sizes[b] = pipeline.whole(op, "n", type(n) == "table" and n[b] or type(n) ~= "table" and n or nil, 1)
        if b > 1 and b <= #boundaries and not (boundaries[b] > boundaries[b - 1]) then
            lun.fail(op, ("boundary %d is %s after %s"):format(b, tostring(boundaries[b]), tostring(boundaries[b - 1])), "boundaries rise")
        end
    end
    return pipeline.make("bucket_by_length", {
        boundaries = boundaries, sizes = sizes, length = options.length or length_of, value = options.value or 0, drop_last = options.drop_last,
    }, self)
end

-- ---- window ----

kinds.window = {
    count = function(pipe)
        local n, options = #pipe.from, pipe.options
        if not n or n == math.huge then return n end
        if options.drop_last then return math.max(0, (n - options.n) // options.shift + 1) end
        return (n + options.shift - 1) // options.shift
    end,
    open = function(pipe, run, saved)
        local options = pipe.options
        local from = pipeline.open(pipe.from, run, saved and saved.from)
        local held, skipping = saved and table.move(saved.held, 1, #saved.held, 1, {}) or {}, saved and saved.skipping or 0
        local function fill()
            while #held < options.n do
                local element = table.pack(from.next())
                if element[1] == nil then return end
                if skipping > 0 then skipping = skipping - 1 else held[#held + 1] = element end
            end
        end
        return {
            next = function()
                fill()
                if #held == 0 or (options.drop_last and #held < options.n) then return nil end
                local window = held
                held = table.move(window, options.shift + 1, #window, 1, {})
                skipping = math.max(0, options.shift - #window)
                return batches.collate(window)
            end,
            state = function() return {held = table.move(held, 1, #held, 1, {}), skipping = skipping, from = from.state()} end,
            where = from.where, close = from.close,
        }
    end,
}

--- n elements that follow each other, joined as by batch; each window begins `shift` (1) elements behind the one before. The last ones, which
--- have fewer than n, are left out unless drop_last = false.
function methods:window(n, options)
    options = pipeline.options("pipe:window", options, {"shift", "drop_last"})
    return pipeline.make("window", {
        n = pipeline.whole("pipe:window", "n", n, 1), shift = pipeline.whole("pipe:window", "shift", options.shift or 1, 1),
        drop_last = options.drop_last ~= false,
    }, self)
end

return batches
