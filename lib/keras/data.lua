-- data.lua - what fit, evaluate and predict are given, as batches of inputs, targets and weights
--
-- Tensors (or lists of them, or tables by the names of inputs and outputs), a loader, a data set, a list of batches, a
-- function that gives an iterator. A batch from a loader is inputs, then targets, then perhaps weights. Read next:
-- lib/train/batches.lua. SPDX-License-Identifier: MIT
local lun = require "lunette"
local batches = require "lunette.train.batches"
local data = {}

local function is_options(v) return type(v) == "table" and getmetatable(v) == nil and v[1] == nil and not lun.is_tensor(v) end

--- x, y and options from (x, y, options), (loader, options) or {x = x, y = y, ...}.
function data.arguments(name, ...)
    local first, second, third = ...
    local n = select("#", ...)
    if n == 1 and is_options(first) and (first.x ~= nil) then return first.x, first.y, first end
    if n == 2 and is_options(second) and (batches.is_source(first)
            and not lun.is_tensor(first)) then return first, nil, second end
    if n > 3 or first == nil or third ~= nil and type(third) ~= "table" then
        lun.fail(name, "expected x, y and options", ("model:%s(x, y, {batch_size = 32}), model:%s(loader)"):format(name, name))
    end
    local options = {}
    for key, value in pairs(third or {}) do options[key] = value end
    return first, second, options
end

-- Tensors in the order of `names` from a tensor, a list or a table by name.
local function in_order(name, part, names)
    if lun.is_tensor(part) or part == nil then return {part} end
    if type(part) ~= "table" then lun.fail(name, "expected tensors, got " .. type(part), "model:fit(x, y)") end
    if part[1] ~= nil or not names then return part end
    local list = {}
    for k, key in ipairs(names) do
        list[k] = part[key] or lun.fail(name, ("there is no tensor for '%s'"):format(key), ("{%s = x}"):format(key), "name")
    end
    return list
end

local function names_of(model, which) return model[which] and model[which](model) or nil end

local function batch_of(inputs, targets, weights)
    return {inputs = #inputs == 1 and inputs[1] or inputs, targets = targets, weights = weights, size = batches.size(inputs)}
end

-- A weight per sample from one per class.
local function weigh(class_weight, weights, target)
    if not class_weight then return weights end
    local most = target:max():item()
    local list = {}
    for c = 1, most do list[c] = (class_weight[c] or 1) + 0.0 end
    local own = lun.tensor(list, {dtype = "float32"}):index_select(1, target:reshape(-1):long())
    return weights and weights * own or own
end

local function check_class_weight(w)
    if w == nil then return end
    for class, value in pairs(type(w) == "table" and w or {false}) do
        if math.type(class) ~= "integer" or class < 1 or type(value) ~= "number" then
            lun.fail("fit", "class_weight is a table of class -> weight, classes from 1", "{class_weight = {1, 5}}")
        end
    end
end

local function first_of(name, source, read)
    return function()
        local state = lun.get_rng_state()
        local parts = table.pack(source.epoch()())
        lun.set_rng_state(state)
        if parts[1] == nil then lun.fail(name, "there is no data", "look at #loader", "shape") end
        return read(table.unpack(parts, 1, parts.n))
    end
end

local function from_tensors(name, model, x, y, options)
    local inputs, targets = in_order(name, x, names_of(model, "input_names")), in_order(name, y,
            names_of(model, "output_names"))
    local parts = {inputs, targets, options.sample_weight}
    local source = batches.of_tensors(name, parts, options)
    local function read(a, b, w) return batch_of(a, b, weigh(options.class_weight, w, b[1])) end
    return {source = source, read = read, first = function()
        return batch_of(batches.map(inputs, function(t) return t:narrow(1, 1, math.min(2, t:size(1))) end), {})
    end}
end

-- How many parts of a loader's batch are inputs: as many as the network has.
local function from_source(name, model, x, options)
    local source = batches.source(name, x, options)
    local names, outs = names_of(model, "input_names"), names_of(model, "output_names")
    local n_in, n_out = names and #names or 1, outs and #outs or 1
    local function read(...)
        local given = table.pack(...)
        if given.n <= 3 and type(given[1]) == "table" and not lun.is_tensor(given[1]) then
            local targets = in_order(name, given[2], outs)
            return batch_of(in_order(name, given[1], names), targets, weigh(options.class_weight, given[3], targets[1]))
        end
        local inputs, targets = {table.unpack(given, 1, n_in)}, {table.unpack(given, n_in + 1, math.min(given.n, n_in + n_out))}
        return batch_of(inputs, targets, weigh(options.class_weight, given[n_in + n_out + 1], targets[1]))
    end
    return {source = source, read = read, first = first_of(name, source, read)}
end

--- {source, read(parts...) -> {inputs, targets, weights, size}, first() -> a batch to look at}; errors say `name`.
function data.of(name, model, x, y, options)
    check_class_weight(options.class_weight)
    if y == nil and not lun.is_tensor(x) and batches.is_source(x) then return from_source(name, model, x, options) end
    return from_tensors(name, model, x, y, options)
end

local function cut(part, from, n) return batches.map(part, function(t) return t:narrow(1, from, n) end) end

local function check_split(x, y, split)
    if y == nil then lun.fail("fit", "validation_split needs tensors x and y",
            "data.random_split(set, {0.8, 0.2}) splits a data set") end
    if type(split) ~= "number" or not (split > 0 and split < 1) then
        lun.fail("fit", "validation_split must lie between 0 and 1, got " .. tostring(split), "{validation_split = 0.2}")
    end
    local n = batches.check_tensors("fit", {x, y})
    local kept = math.floor(n * (1 - split))
    if kept < 1 or kept == n then
        lun.fail("fit", ("validation_split %g of %d samples leaves %d to train on and %d to validate"):format(split, n, kept,
                n - kept), "{validation_split = 0.2}", "shape")
    end
    return kept, n
end

--- The data to train on and, where there is any, the data to validate with: the last part of the tensors, or validation_data.
function data.split(model, x, y, options)
    local validation = options.validation_data
    local own = {batch_size = options.validation_batch_size or options.batch_size, shuffle = false}
    if options.validation_split then
        local kept, n = check_split(x, y, options.validation_split)
        validation = {cut(x, kept + 1, n - kept), cut(y, kept + 1, n - kept)}
        x, y = cut(x, 1, kept), cut(y, 1, kept)
        if options.sample_weight then options.sample_weight = cut(options.sample_weight, 1, kept) end
    end
    local training = data.of("fit", model, x, y, options)
    if validation == nil then return training end
    local tensors = type(validation) == "table" and getmetatable(validation) == nil and #validation >= 2
            and validation.get == nil
        and not (type(validation[1]) == "table" and lun.is_tensor(validation[1][1]) and #validation > 2)
    if not tensors then return training, data.of("fit", model, validation, nil, own) end
    local n = batches.check_tensors("fit", validation)
    own.batch_size = own.batch_size and math.min(own.batch_size, n)
    return training, data.of("fit", model, validation[1], validation[2], own)
end

return data
