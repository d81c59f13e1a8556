-- combine.lua - stages that choose, repeat and pass elements: filter shuffle take skip shard rep skip_bad
--
-- Read next: lib/data/pipeline.lua (what a stage is), lib/data/batches.lua. SPDX-License-Identifier: MIT
local lun = require "lunette"
local draw = require "lunette.data.draw"
local order = require "lunette.data.order"
local pipeline = require "lunette.data.pipeline"
local kinds, methods = pipeline.kinds, pipeline.methods

local function same_length(pipe) return #pipe.from end

local function callable(op, f, hint)
    if type(f) ~= "function" then lun.fail(op, "expected a function, got " .. tostring(f), hint) end
    return f
end

-- ---- filter ----

-- Gives a function that calls f with an element and hands its results to `checked`; its error is told with the element's place.
local function calling(f, from, checked)
    local function results(good, ...)
        if not good then error(pipeline.locate((...), from.where()), 0) end
        return checked(...)
    end
    return function(...)
        if (...) == nil then return nil end
        return results(pcall(f, ...))
    end
end

kinds.filter = {
    open = function(pipe, run, saved)
        local from = pipeline.open(pipe.from, run, saved)
        local keeps = calling(pipe.options.f, from, function(wanted) return wanted and true or false end)
        local function step()
            while true do
                local element = table.pack(from.next())
                if element[1] == nil then return nil end
                if keeps(table.unpack(element, 1, element.n)) then return table.unpack(element, 1, element.n) end
            end
        end
        return {next = step, state = from.state, where = from.where, close = from.close}
    end,
}

--- Elements for which f(element) is true.
function methods:filter(f)
    return pipeline.make("filter", {f = callable("pipe:filter", f, "pipe:filter(function(x) return x > 0 end)")}, self)
end

-- ---- shuffle ----

local function shuffled_through_buffer(pipe, run, saved)
    local size = pipe.options.buffer
    local from = pipeline.open(pipe.from, run, saved and saved.from)
    local state = saved and saved.draw or draw.start(pipe.options.seed or draw.seed(), run.epoch)
    local buffer, more = saved and table.move(saved.buffer, 1, #saved.buffer, 1, {}) or {}, not (saved and saved.ended)
    local n = #buffer
    local function fill()
        while n < size do
            local element = table.pack(from.next())
            more = element[1] ~= nil
            if not more then return end
            n = n + 1
            buffer[n] = element
        end
    end
    return {
        next = function()
            if more then fill() end
            if n == 0 then return nil end
            local j
            state, j = draw.below(state, n)
            local element = buffer[j]
            buffer[j] = buffer[n]
            buffer[n] = nil
            n = n - 1
            return table.unpack(element, 1, element.n)
        end,
        state = function()
            return {draw = state, ended = not more, buffer = table.move(buffer, 1, n, 1, {}), from = from.state()}
        end,
        where = from.where, close = from.close,
    }
end

kinds.shuffle = {
    count = same_length,
    order_needs = function(pipe) return not pipe.options.buffer end,
    order = function(pipe, run, saved)
        return not pipe.options.buffer and order.shuffled(pipe, run, saved) or nil
    end,
    open = function(pipe, run, saved)
        if pipe.options.buffer then return shuffled_through_buffer(pipe, run, saved) end
        return order.open(pipe, run, saved)
    end,
}

--- pipe:shuffle(buffer, {seed}): a new order each epoch. Without a buffer all elements of a set are permuted; with one, each element is drawn
--- from the `buffer` elements that come next, so a file need not fit in memory. The same seed gives the same orders; without a seed
--- lun's random numbers decide.
function methods:shuffle(buffer, options)
    if type(buffer) == "table" then buffer, options = nil, buffer end
    options = pipeline.options("pipe:shuffle", options, {"seed"})
    if options.seed then pipeline.whole("pipe:shuffle", "seed", options.seed, math.mininteger) end
    if buffer then
        pipeline.whole("pipe:shuffle", "buffer", buffer, 1)
    elseif not order.has(self) then
        lun.fail("pipe:shuffle", "these elements come one after the other, so a buffer is needed", "pipe:shuffle(1000)")
    end
    return pipeline.make("shuffle", {buffer = buffer, seed = options.seed}, self)
end

-- ---- take, skip, shard ----

local function at_most(n, wanted) return n and math.min(n, wanted) end

-- A stage that passes the elements whose number `passes(pipe, k)` says; nil ends it.
local function numbered(passes)
    return function(pipe, run, saved)
        if order.has(pipe) then return order.open(pipe, run, saved) end
        local from, k = pipeline.open(pipe.from, run, saved and saved.from), saved and saved.k or 0
        local function step()
            while true do
                local wanted = passes(pipe, k + 1)
                if wanted == nil then return nil end
                k = k + 1
                if wanted then return from.next() end
                if from.next() == nil then return nil end
            end
        end
        return {next = step, state = function() return {k = k, from = from.state()} end, where = from.where, close = from.close}
    end
end

local function always() return true end

kinds.take = {
    count = function(pipe) return at_most(#pipe.from, pipe.options.n) end,
    order_needs = always,
    order = order.part(function(pipe, n) return math.min(n, pipe.options.n) end, function(_, k) return k end),
    open = numbered(function(pipe, k) if k <= pipe.options.n then return true end end),
}
kinds.skip = {
    count = function(pipe) return #pipe.from and math.max(0, #pipe.from - pipe.options.n) end,
    order_needs = always,
    order = order.part(function(pipe, n) return math.max(0, n - pipe.options.n) end, function(pipe, k) return k + pipe.options.n end),
    open = numbered(function(pipe, k) return k > pipe.options.n end),
}
local function shard_count(pipe, n) return (n - pipe.options.index) // pipe.options.n + 1 end
kinds.shard = {
    count = function(pipe) return #pipe.from and shard_count(pipe, #pipe.from) end,
    order_needs = always,
    order = order.part(shard_count, function(pipe, k) return (k - 1) * pipe.options.n + pipe.options.index end),
    open = numbered(function(pipe, k) return (k - pipe.options.index) % pipe.options.n == 0 end),
}

--- The first n elements.
function methods:take(n) return pipeline.make("take", {n = pipeline.whole("pipe:take", "n", n, 0)}, self) end
--- All but the first n elements.
function methods:skip(n) return pipeline.make("skip", {n = pipeline.whole("pipe:skip", "n", n, 0)}, self) end
--- Every n-th element from `index` (1..n) on: the share of one of n processes.
function methods:shard(n, index)
    pipeline.whole("pipe:shard", "n", n, 1)
    if pipeline.whole("pipe:shard", "index", index, 1) > n then
        lun.fail("pipe:shard", ("shard %d of %d: they count from 1 to %d"):format(index, n, n), "pipe:shard(n, 1)")
    end
    return pipeline.make("shard", {n = n, index = index}, self)
end

-- ---- rep ----

kinds.rep = {
    count = function(pipe)
        local n, times = #pipe.from, pipe.options.n
        return n and (n == 0 and 0 or times and n * times or math.huge)
    end,
    open = function(pipe, run, saved)
        local times = pipe.options.n or math.huge
        local round, any = saved and saved.round or 1, saved and saved.any or false
        local function of_round(at)
            return pipeline.open(pipe.from, {epoch = (run.epoch - 1) * (pipe.options.n or 1) + round, timing = run.timing}, at)
        end
        local from = of_round(saved and saved.from)
        local function step(...)
            if (...) ~= nil then any = true end
            return ...
        end
        return {
            next = function()
                while round <= times do
                    local element = table.pack(step(from.next()))
                    if element[1] ~= nil then return table.unpack(element, 1, element.n) end
                    from.close()
                    if not any or round >= times then return nil end
                    round, any = round + 1, false
                    from = of_round()
                end
            end,
            state = function() return {round = round, any = any, from = from.state()} end,
            where = function() return from.where() end, close = function() from.close() end,
        }
    end,
}

--- The elements n times, or without end (`repeat` is a word of Lua); a shuffle before it gives each round an order of its own.
function methods:rep(n)
    if n ~= nil then pipeline.whole("pipe:rep", "n", n, 1) end
    return pipeline.make("rep", {n = n}, self)
end

-- ---- bad records ----

local function may_skip(problem)
    local kind = type(problem) == "table" and problem.kind
    return kind ~= "memory" and kind ~= "interrupt" and kind ~= "unwind"
end

kinds.skip_bad = {
    open = function(pipe, run, saved)
        local from = pipeline.open(pipe.from, run, saved and saved.from)
        pipe.bad, pipe.first_bad = saved and saved.bad or 0, saved and saved.first_bad
        local function count(problem)
            if not may_skip(problem) then error(problem, 0) end
            pipe.bad = pipe.bad + 1
            pipe.first_bad = pipe.first_bad or tostring(problem)
            if pipe.bad > pipe.options.limit then
                error(pipeline.locate(problem, ("bad element %d, where %d were allowed"):format(pipe.bad, pipe.options.limit)), 0)
            end
        end
        return {
            next = function()
                while true do
                    local element = table.pack(pcall(from.next))
                    if element[1] then return table.unpack(element, 2, element.n) end
                    count(element[2])
                end
            end,
            state = function() return {bad = pipe.bad, first_bad = pipe.first_bad, from = from.state()} end,
            where = from.where, close = from.close,
        }
    end,
}

--- Leaves out elements that raise an error, at most `limit` of them (any number unless given); pipe.bad counts those of the current epoch,
--- pipe.first_bad is the text of the first.
function methods:skip_bad(limit)
    if limit ~= nil then pipeline.whole("pipe:skip_bad", "limit", limit, 0) end
    return pipeline.make("skip_bad", {limit = limit or math.huge}, self)
end

return {callable = callable, calling = calling}
