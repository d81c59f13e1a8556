-- background.lua - a pipeline that runs in a thread of its own for another one (prefetch)
--
-- A recipe is a pipeline as plain values: {kind, options, from}; a data set in it is {name, arguments} of the function that makes it.
-- Holds: the main thread calls `recipe` and `fetcher`, the other `serve` and `make_set`.
-- Read next: lib/data/parallel.lua. SPDX-License-Identifier: MIT
local lun = require "lunette"
local pipeline = require "lunette.data.pipeline"

local background = {}

local function recipe_of_set(op, set)
    if set.recipe then
        local name, arguments = set:recipe()
        for i, argument in ipairs(arguments) do
            if type(argument) == "table" and getmetatable(argument) and argument.get then arguments[i] = {set = recipe_of_set(op, argument)} end
        end
        return {name = name, arguments = arguments}
    end
    lun.fail(op, "a data set of its own kind cannot be copied to another thread",
             "give it set:recipe(), which returns the name and the arguments of a function of data, or put map(f, {workers = n}) after it")
end

--- A pipeline as plain values; options keep their functions.
function background.recipe(pipe)
    local from
    if pipeline.is(pipe.from) then
        from = background.recipe(pipe.from)
    elseif pipe.from then
        from = {parts = {}}
        for i, part in ipairs(pipe.from) do from.parts[i] = background.recipe(part) end
    end
    local options = {}
    for name, value in pairs(pipe.options) do options[name] = name == "set" and recipe_of_set("pipe:prefetch", value) or value end
    if getmetatable(options.sampler) then
        lun.fail("pipe:prefetch", "a sampler cannot be copied to another thread", "prefetch before sample, or leave it out")
    end
    return {kind = pipe.kind, options = options, from = from}
end

function background.make_set(recipe)
    local arguments = {}
    for i, argument in ipairs(recipe.arguments) do
        arguments[i] = type(argument) == "table" and argument.set and background.make_set(argument.set) or argument
    end
    return require "lunette.data"[recipe.name](table.unpack(arguments))
end

local function make(recipe)
    local from = recipe.from
    if from and from.parts then
        local parts = {}
        for i, part in ipairs(from.parts) do parts[i] = make(part) end
        from = parts
    elseif from then
        from = make(from)
    end
    if recipe.options.set then recipe.options.set = background.make_set(recipe.options.set) end
    return pipeline.make(recipe.kind, recipe.options, from)
end

--- A function that a thread can be given: from positions to the batch of the set there, which it makes at its first call.
function background.fetcher(set)
    local recipe, there = recipe_of_set("data.DataLoader", set), nil
    return function(indices)
        there = there or require "lunette.data.background".make_set(recipe)
        return require "lunette.data.batches".fetch(there, indices)
    end
end

local made, running

--- What the thread is asked: "open", recipe, epoch, state; "next", which gives the place and the values; "state".
function background.serve(request, recipe, epoch, saved)
    if request == "open" then
        if running then running.close() end
        require "lunette.data"
        made = recipe and make(recipe) or made
        running = pipeline.open(made, {epoch = epoch}, saved)
        return true
    elseif request == "state" then
        return running.state()
    end
    local element = table.pack(running.next())
    lun.collect_young()
    return running.where() or "", table.unpack(element, 1, element.n)
end

return background
