-- measure.lua - the metrics of a compiled network: which there are, and what they are fed
--
-- Read next: lib/metrics/counters.lua, lib/keras/model.lua. SPDX-License-Identifier: MIT
local metrics = require "lunette.metrics"
local losses = require "lunette.keras.losses"
local measure = {}

local function one(what, output, prefix)
    local name, options = what, {}
    if type(what) == "table" and type(what[1]) == "string" then
        name = what[1]
        for key, value in pairs(what) do
            if key ~= 1 then options[key] = value end
        end
    elseif type(what) == "table" and getmetatable(what) ~= metrics.Counter and what.update then
        return {name = prefix .. (what.name or "metric"), counter = what, output = output}
    end
    local counter = metrics.new(name, options)
    return {name = prefix .. counter.name, counter = counter, output = output, what = type(name) == "string" and {name, options}
            or nil}
end

--- The metrics that compile was given: a list for a network with one output, else lists by the outputs' names or places.
function measure.read(model, given)
    local names, list = model.output_names and model:output_names() or {}, {}
    if #names <= 1 then
        for i, what in ipairs(type(given) == "table" and given or {given}) do list[i] = one(what, 1, "") end
        return list
    end
    for k, name in ipairs(names) do
        local own = given[name] or given[k]
        if type(own) ~= "table" then own = {own} end
        for _, what in ipairs(own) do list[#list + 1] = one(what, k, name .. "_") end
    end
    return list
end

--- Counts a batch: every output against its target, in the form that lun.metrics takes.
function measure.update(model, outputs, batch)
    local plan = rawget(model, "_compiled")
    for _, m in ipairs(plan.metrics) do
        local p, y = outputs[m.output], batch.targets[m.output]
        if losses.is_one_hot(plan.losses[m.output] or plan.losses[1]) and y.ndim == p.ndim then y = y:argmax(2) end
        if y.ndim == p.ndim and y:size(-1) == 1 and p:size(-1) > 1 then y = y:squeeze(-1) end
        m.counter:update(losses.class_second(p, y), y)
    end
end

return measure
