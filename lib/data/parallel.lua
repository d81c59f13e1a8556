-- parallel.lua - stages that work in threads: map(f, {workers}) and prefetch
--
-- A thread has a Lua state of its own; what goes there and back is copied (lua_bindings/workers.c). Elements that are on their way belong to the
-- state of the pipeline, so nothing is lost or done twice after going on. A crew of threads is kept for the next epoch.
-- Read next: lib/data/background.lua. SPDX-License-Identifier: MIT
local lun = require "lunette"
local core = require "lunette.data_core"
local background = require "lunette.data.background"
local combine = require "lunette.data.combine"
local draw = require "lunette.data.draw"
local pipeline = require "lunette.data.pipeline"
local kinds, methods = pipeline.kinds, pipeline.methods

-- ---- crews ----

-- The threads of a pipeline that no epoch uses now, or new ones.
local function take_crew(pipe, n, f)
    local crew = pipe.crew or core.workers(n, f)
    pipe.crew = nil
    return crew
end

local function give_back(pipe, crew)
    crew:clear()
    if pipe.crew then crew:close() else pipe.crew = crew end
end

-- What a worker's error was, raised here.
local function fail_as(op, where, message, its_op, kind, hint)
    if kind == nil then error(pipeline.locate(("%s: %s"):format(op, message), where), 0) end
    local good, problem = pcall(lun.fail, its_op ~= "" and its_op or op, message, hint, kind)
    error(good and message or pipeline.locate(problem, where), 0)
end

-- ---- map ----

local function gave_nil(from)
    local place = from.where() and " for " .. from.where() or ""
    lun.fail("pipe:map", "the function gave nil" .. place, "pipe:filter(f) leaves elements out")
end

local function map_here(pipe, run, saved)
    local from = pipeline.open(pipe.from, run, saved)
    local apply = combine.calling(pipe.options.f, from, function(...)
        if (...) == nil then gave_nil(from) end
        return ...
    end)
    return {next = function() return apply(from.next()) end, state = from.state, where = from.where, close = from.close}
end

local function map_in_threads(pipe, run, saved)
    local options = pipe.options
    local crew = take_crew(pipe, options.workers, options.f)
    local from = pipeline.open(pipe.from, run, saved and saved.from)
    local seed = saved and saved.seed or options.seed or draw.seed()
    local count, more, place = saved and saved.count or 0, not (saved and saved.ended), nil
    local pending = {} -- {number, element, where} in the order in which they came, or {problem} where there was no element
    local function submit(entry)
        crew:put(entry.number, draw.start(draw.start(seed, run.epoch), entry.number), table.unpack(entry.element, 1, entry.element.n))
        pending[#pending + 1] = entry
    end
    for _, entry in ipairs(saved and saved.pending or {}) do submit(entry) end
    local function refill()
        while more and #pending < options.ahead do
            local element = table.pack(pcall(from.next))
            if not element[1] then
                pending[#pending + 1] = {problem = element[2]}
                return
            elseif element[2] == nil then
                more = false
                return
            end
            count = count + 1
            submit {number = count, element = table.pack(table.unpack(element, 2, element.n)), where = from.where()}
        end
    end
    local function finish(number, good, ...)
        local k = 1
        while pending[k].number ~= number do k = k + 1 end
        place = table.remove(pending, k).where
        if not good then fail_as("pipe:map", place, ...) end
        if (...) == nil then gave_nil {where = function() return place end} end
        return ...
    end
    local function step()
        refill()
        local first = pending[1]
        if not first then return nil end
        if first.problem ~= nil then error(table.remove(pending, 1).problem, 0) end
        return finish(crew:get(options.ordered and first.number or nil))
    end
    return {
        next = step, where = function() return place end,
        state = function()
            local kept = {}
            for _, entry in ipairs(pending) do
                if entry.number then kept[#kept + 1] = entry end
            end
            return {seed = seed, count = count, ended = not more, pending = kept, from = from.state()}
        end,
        close = function()
            from.close()
            give_back(pipe, crew)
        end,
    }
end

kinds.map = {
    count = function(pipe) return #pipe.from end,
    open = function(pipe, run, saved) return (pipe.options.workers and map_in_threads or map_here)(pipe, run, saved) end,
}

--- f(element)'s results in place of each element; the first of them must not be nil. Options:
--- workers (a number): f runs in so many threads. What it captured (numbers, strings, plain tables, tensors) is copied there, anything else is
--- an error now; it sees lun, data, nn and Lua's libraries. Random numbers in f depend on the element's number and the seed alone.
--- ordered (true): results come in the order of the elements, not as they are ready. ahead (2 * workers): elements on their way. seed.
function methods:map(f, options)
    options = pipeline.options("pipe:map", options, {"workers", "ordered", "ahead", "seed"})
    combine.callable("pipe:map", f, "pipe:map(function(x, y) return x / 255, y end)")
    if not options.workers then return pipeline.make("map", {f = f}, self) end
    local workers = pipeline.whole("pipe:map", "workers", options.workers, 1)
    if workers > 64 then lun.fail("pipe:map", ("%d workers; at most 64 threads"):format(workers), "{workers = 4}") end
    core.pack_code(f) -- what cannot go across is told here
    return pipeline.make("map", {
        f = f, workers = workers, ordered = options.ordered ~= false, seed = options.seed,
        ahead = math.max(workers, pipeline.whole("pipe:map", "ahead", options.ahead or 2 * workers, 1)),
    }, self)
end

-- ---- prefetch ----

kinds.prefetch = {
    count = function(pipe) return #pipe.from end,
    open = function(pipe, run, saved)
        local crew = take_crew(pipe, 1, background.serve)
        local asked, ready = 0, saved and table.move(saved.ready, 1, #saved.ready, 1, {}) or {}
        local ended, outstanding, place = saved and saved.ended or false, 0, nil
        local function ask(...)
            asked = asked + 1
            crew:put_code(asked, 0, ...)
            return asked
        end
        local function answer(number, good, ...)
            if not good then fail_as("pipe:prefetch", nil, ...) end
            return ...
        end
        answer(crew:get(ask("open", background.recipe(pipe.from), run.epoch, saved and saved.from)))
        local function refill()
            while not ended and outstanding + #ready < pipe.options.n do
                ask "next"
                outstanding = outstanding + 1
            end
        end
        local function take(where, ...)
            place = where
            if (...) == nil then ended = true end
            return ...
        end
        local function step()
            if #ready > 0 then return take(table.unpack(table.remove(ready, 1), 1)) end
            if ended then return nil end
            refill()
            local number = asked - outstanding + 1
            outstanding = outstanding - 1
            local element = table.pack(take(answer(crew:get(number))))
            refill()
            return table.unpack(element, 1, element.n)
        end
        local function state()
            while outstanding > 0 do
                local element = table.pack(answer(crew:get(asked - outstanding + 1)))
                outstanding = outstanding - 1
                if element[2] ~= nil then ready[#ready + 1] = element end
            end
            local at = answer(crew:get(ask "state"))
            return {ready = table.move(ready, 1, #ready, 1, {}), ended = ended, from = at}
        end
        return {
            next = step, state = state, where = function() return place end,
            close = function() give_back(pipe, crew) end,
        }
    end,
}

--- Runs the stages before it in a thread of their own, `n` elements ahead, while the program works on the one it has. Everything these stages hold
--- (functions, data sets) is copied to the thread; what cannot be is an error that names it.
function methods:prefetch(n)
    local recipe = background.recipe(self)
    core.pack_code(recipe)
    return pipeline.make("prefetch", {n = pipeline.whole("pipe:prefetch", "n", n or 2, 1)}, self)
end
