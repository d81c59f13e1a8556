-- pipeline.lua - what a data pipeline is: stages in a row, each of which asks the one before it
--
-- A pipeline is a description: {kind, options, from}. Each `for` over it opens one epoch: every stage becomes an iterator
--     {next = function() -> values of one element, nil at the end,   state = function() -> plain table,
--      where = function() -> text,   close = function()}
-- `kinds[name].open(pipe, run, saved)` makes it, fresh or, with what state() gave, at the same place. `run` is {epoch, timing}.
-- A stage whose elements can be had in any order also has kinds[name].order (lib/data/order.lua), which shuffling and batching use.
-- Holds: an element's first value is never nil; an iterator that raised can be asked again and goes on behind the bad element, or has ended.
-- Read next: lib/data/combine.lua, lib/data/files.lua. SPDX-License-Identifier: MIT
local lun = require "lunette"

local pipeline = {kinds = {}}
local kinds = pipeline.kinds

local Pipeline = {}
Pipeline.__index = Pipeline
Pipeline.__name = "data pipeline"
pipeline.methods = Pipeline

function pipeline.is(value) return getmetatable(value) == Pipeline end

--- A stage of a kind, with its options, over another pipeline (or over a list of them, or over none).
function pipeline.make(kind, options, from)
    return setmetatable({kind = kind, options = options or {}, from = from, epoch = 0}, Pipeline)
end

--- Raises unless `value` is a whole number from `least` on.
function pipeline.whole(op, name, value, least)
    if math.type(value) ~= "integer" or value < least then
        lun.fail(op, ("%s must be a whole number from %d on, got %s"):format(name, least, tostring(value)), name .. " = " .. math.max(least, 32))
    end
    return value
end

--- Raises for an option that is not among `known` (a list of names); returns the options, {} for none.
function pipeline.options(op, given, known)
    if given == nil then return {} end
    if type(given) ~= "table" or pipeline.is(given) or getmetatable(given) then
        lun.fail(op, "options go into a table, got " .. tostring(given), "{" .. (known[1] or "") .. " = ...}")
    end
    for name in pairs(given) do
        local found = false
        for _, other in ipairs(known) do found = found or other == name end
        if not found then
            lun.fail(op, ("no option '%s'; it takes: %s"):format(tostring(name), table.concat(known, ", ")), nil, "name")
        end
    end
    return given
end

-- ---- running ----

--- The iterator of a stage, timed when the run is.
function pipeline.open(pipe, run, saved)
    local iterator = kinds[pipe.kind].open(pipe, run, saved)
    iterator.where = iterator.where or function() return nil end
    iterator.close = iterator.close or function() end
    if not run.timing then return iterator end
    local clock, spent = lun.wall_clock, run.timing[pipe] or {seconds = 0, elements = 0}
    run.timing[pipe] = spent
    local function done(began, ...)
        spent.seconds = spent.seconds + (clock() - began)
        if (...) ~= nil then spent.elements = spent.elements + 1 end
        return ...
    end
    local next_of = iterator.next
    iterator.next = function() return done(clock(), next_of()) end
    return iterator
end

-- "text_lines > map > batch": what a saved state must agree with.
local function outline(pipe)
    if not pipe.from then return pipe.kind end
    if pipeline.is(pipe.from) then return outline(pipe.from) .. " > " .. pipe.kind end
    local parts = {}
    for i, part in ipairs(pipe.from) do parts[i] = outline(part) end
    return "(" .. table.concat(parts, ", ") .. ") > " .. pipe.kind
end

local function begin(self)
    if self.running then self.running.close() end
    local saved = self.resumed
    self.resumed = nil
    self.epoch = saved and saved.epoch or self.epoch + 1
    self.running = pipeline.open(self, {epoch = self.epoch, timing = self.timing}, saved and saved.at)
end

local function give(self, ...)
    if (...) == nil then
        self.running.close()
        self.running = nil
    end
    return ...
end

-- Lua's for calls the pipeline itself; no control value yet means that an epoch begins.
function Pipeline:__call(_, control)
    if control == nil then begin(self) end
    if not self.running then return nil end
    lun.collect_young()
    return give(self, self.running.next())
end

--- A fresh epoch as a Lua iterator, for nested loops over one pipeline: for x in pipe:batches() do.
function Pipeline:batches()
    self.epoch = self.epoch + 1
    local iterator = pipeline.open(self, {epoch = self.epoch})
    return function()
        lun.collect_young()
        return iterator.next()
    end
end

--- The number of elements, math.huge for endless, nil where nobody knows without reading.
function Pipeline:__len()
    local count = kinds[self.kind].count
    return count and count(self)
end

function Pipeline:__tostring()
    local n = #self
    return ("data pipeline: %s%s"):format(outline(self), n and (" (%s elements)"):format(n) or "")
end

--- Where the pipeline stands, in the middle of an epoch or between two, as a plain table (data.save_state writes it to a file).
function Pipeline:state()
    if self.resumed then return self.resumed end
    local at = self.running and self.running.state()
    return {stages = outline(self), epoch = self.running and self.epoch or self.epoch + 1, at = at}
end

--- Goes on from a state: the next `for` gives the elements that were still to come, in the same order.
function Pipeline:restore(state)
    if type(state) ~= "table" or type(state.epoch) ~= "number" then
        lun.fail("pipe:restore", "expected what pipe:state() gave, got " .. tostring(state), "pipe:restore(data.load_state(path))")
    elseif state.stages ~= outline(self) then
        lun.fail("pipe:restore", ("the state is of '%s', this pipeline is '%s'"):format(tostring(state.stages), outline(self)),
                 "build the pipeline as it was when the state was taken")
    end
    if self.running then self.running.close() end
    self.running, self.resumed = nil, state
    return self
end

local function end_crews(pipe)
    if pipe.crew then pipe.crew:close() end
    pipe.crew = nil
    for _, part in ipairs(pipeline.is(pipe.from) and {pipe.from} or pipe.from or {}) do end_crews(part) end
end

--- Ends the epoch, closes files, and ends the worker threads that wait for the next epoch. The collector does the same for what is lost.
function Pipeline:close()
    if self.running then self.running.close() end
    self.running = nil
    end_crews(self)
end
Pipeline.__close = Pipeline.close

-- ---- what stages share ----

--- Adds to an error where its element comes from; error objects keep their kind.
function pipeline.locate(problem, where)
    if not where then return problem end
    if type(problem) == "table" and type(problem.message) == "string" then
        if not problem.message:find(where, 1, true) then problem.message = problem.message .. " (" .. where .. ")" end
        return problem
    end
    return type(problem) == "string" and problem .. " (" .. where .. ")" or problem
end

--- All elements as a list, one value each, or lists of values where an element has several. For looking; mind the memory.
function Pipeline:list(limit)
    local found = {}
    for element in self:map(function(...) return select("#", ...) > 1 and {...} or (...) end):batches() do
        found[#found + 1] = element
        if #found == limit then break end
    end
    return found
end

return pipeline
