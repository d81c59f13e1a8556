-- join.lua - several pipelines as one: zip concat interleave
--
-- Read next: lib/data/pipeline.lua. SPDX-License-Identifier: MIT
local lun = require "lunette"
local combine = require "lunette.data.combine"
local pipeline = require "lunette.data.pipeline"
local kinds, methods = pipeline.kinds, pipeline.methods

local function pipelines(op, ...)
    local parts = {...}
    if select("#", ...) == 0 then lun.fail(op, "no pipelines given", op .. "(a, b)") end
    for i = 1, select("#", ...) do
        if not pipeline.is(parts[i]) then
            lun.fail(op, ("argument %d must be a pipeline, got %s"):format(i, tostring(parts[i])), "data.pipeline(x) makes one of a tensor or a set")
        end
    end
    return parts
end

local function open_all(pipe, run, saved)
    local parts = {}
    for i, part in ipairs(pipe.from) do parts[i] = pipeline.open(part, run, saved and saved[i]) end
    return parts
end

local function states(parts)
    local saved = {}
    for i, part in ipairs(parts) do saved[i] = part.state() end
    return saved
end

local function close_all(parts)
    for _, part in ipairs(parts) do part.close() end
end

kinds.zip = {
    count = function(pipe)
        local least = math.huge
        for _, part in ipairs(pipe.from) do
            if not #part then return nil end
            least = math.min(least, #part)
        end
        return least
    end,
    open = function(pipe, run, saved)
        local parts = open_all(pipe, run, saved)
        local function step()
            local element, n = {}, 0
            for _, part in ipairs(parts) do
                local values = table.pack(part.next())
                if values[1] == nil then return nil end
                table.move(values, 1, values.n, n + 1, element)
                n = n + values.n
            end
            return table.unpack(element, 1, n)
        end
        return {
            next = step, state = function() return states(parts) end, close = function() close_all(parts) end,
            where = function()
                local texts = {}
                for _, part in ipairs(parts) do texts[#texts + 1] = part.where() end
                return #texts > 0 and table.concat(texts, "; ") or nil
            end,
        }
    end,
}

kinds.concat = {
    count = function(pipe)
        local sum = 0
        for _, part in ipairs(pipe.from) do
            if not #part then return nil end
            sum = sum + #part
        end
        return sum
    end,
    open = function(pipe, run, saved)
        local i = saved and saved.part or 1
        local part = pipeline.open(pipe.from[i], run, saved and saved.at)
        local function step(...)
            if (...) ~= nil then return true, ... end
            if i == #pipe.from then return true, nil end
            part.close()
            i = i + 1
            part = pipeline.open(pipe.from[i], run)
            return false
        end
        local function steps(done, ...)
            if done then return ... end
            return steps(step(part.next()))
        end
        return {
            next = function() return steps(step(part.next())) end, state = function() return {part = i, at = part.state()} end,
            where = function() return part.where() end, close = function() part.close() end,
        }
    end,
}

--- Elements side by side: the values of one element of each, until the shortest ends.
function pipeline.zip(...) return pipeline.make("zip", nil, pipelines("data.zip", ...)) end
--- One pipeline after the other.
function pipeline.concat(...) return pipeline.make("concat", nil, pipelines("data.concat", ...)) end
function methods:zip(...) return pipeline.zip(self, ...) end
function methods:concat(...) return pipeline.concat(self, ...) end

-- ---- interleave ----

local function open_slot(pipe, run, element, saved)
    local made = pipe.options.f(table.unpack(element, 1, element.n))
    if not pipeline.is(made) then
        lun.fail("pipe:interleave", "the function must give a pipeline, it gave " .. tostring(made),
                 "pipe:interleave(function(path) return data.text_lines(path) end)")
    end
    return {element = element, iterator = pipeline.open(made, run, saved)}
end

kinds.interleave = {
    open = function(pipe, run, saved)
        local from = pipeline.open(pipe.from, run, saved and saved.from)
        local slots, turn, taken, more = {}, saved and saved.turn or 1, saved and saved.taken or 0, not (saved and saved.ended)
        for i, slot in ipairs(saved and saved.slots or {}) do slots[i] = open_slot(pipe, run, slot.element, slot.at) end
        local function refill()
            while more and #slots < pipe.options.cycle do
                local element = table.pack(from.next())
                if element[1] == nil then more = false else slots[#slots + 1] = open_slot(pipe, run, element) end
            end
        end
        local function pass() turn, taken = turn + 1, 0 end
        local function step()
            while true do
                refill()
                if #slots == 0 then return nil end
                if turn > #slots then turn = 1 end
                if taken >= pipe.options.block then
                    pass()
                else
                    local values = table.pack(slots[turn].iterator.next())
                    if values[1] ~= nil then
                        taken = taken + 1
                        return table.unpack(values, 1, values.n)
                    end
                    slots[turn].iterator.close()
                    table.remove(slots, turn)
                    taken = 0
                end
            end
        end
        return {
            next = step,
            state = function()
                local kept = {}
                for i, slot in ipairs(slots) do kept[i] = {element = slot.element, at = slot.iterator.state()} end
                return {slots = kept, turn = turn, taken = taken, ended = not more, from = from.state()}
            end,
            where = function() return slots[turn] and slots[turn].iterator.where() end,
            close = function()
                from.close()
                for _, slot in ipairs(slots) do slot.iterator.close() end
            end,
        }
    end,
}

--- f(element) makes a pipeline of each element; `cycle` of them are open at a time and give `block` elements in turn.
function methods:interleave(f, options)
    options = pipeline.options("pipe:interleave", options, {"cycle", "block"})
    return pipeline.make("interleave", {
        f = combine.callable("pipe:interleave", f, "pipe:interleave(function(path) return data.text_lines(path) end)"),
        cycle = pipeline.whole("pipe:interleave", "cycle", options.cycle or 4, 1),
        block = pipeline.whole("pipe:interleave", "block", options.block or 1, 1),
    }, self)
end
