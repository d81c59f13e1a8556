-- ways.lua - conditions and loops of which it is not known which way they go
--
-- Each way is walked and taken back, then what they leave is joined. A loop that is short runs round by round; another one is
-- walked until nothing changes. Read next: lib/shapes/walk.lua, who gives `exec` its statements from here.
-- SPDX-License-Identifier: MIT
local unknown = require "lunette.shapes.unknown"
local trail = require "lunette.shapes.trail"

local U, DIVERGES = unknown.value, unknown.diverges
local unpack = table.unpack
local write, take_back, noting = trail.write, trail.take_back, trail.noting
local LONGEST, PATIENCE = 200, 0.3 -- rounds of a loop that are walked one by one, and seconds

--- Adds the statements to `exec`; one, all, block, inside and declare are the walker's.
return function(exec, one, all, block, inside, declare)

-- ---- ways that may be taken ----

-- Writes what ways leave. Where an element may have come into a list nobody knows how long it is.
local function leave(w, holder, key, value, before)
    write(w, holder, key, value)
    if before == nil and rawequal(value, U) and math.type(key) == "integer" then write(w, holder, U, true) end
end

-- Walks one of several ways and takes back what it wrote.
local function way(w, f)
    local mark = #w.trail
    w.supposed = (w.supposed or 0) + 1
    local good, signal = pcall(f)
    w.supposed = w.supposed - 1
    local returned = w.returned
    local places = take_back(w, mark)
    if not good and signal ~= DIVERGES then error(signal, 0) end
    return {places = places, signal = good and signal or nil, diverges = not good, returned = signal == "return" and returned
        or nil}
end

-- Leaves what the ways that go on leave.
local function join_ways(w, ways)
    local live, seen = {}, {}
    for _, taken in ipairs(ways) do
        if not taken.diverges and not taken.signal then live[#live + 1] = taken end
    end
    for _, taken in ipairs(live) do
        for _, place in ipairs(taken.places) do
            seen[place.holder] = seen[place.holder] or {}
            local list = seen[place.holder][place.key] or {}
            seen[place.holder][place.key] = list
            list[#list + 1] = place
        end
    end
    for holder, keys in next, seen do
        for key, list in next, keys do
            local value = list[1].now
            for i = 2, #list do value = unknown.join(value, list[i].now) end
            if #list < #live then value = unknown.join(value, list[1].before) end
            leave(w, holder, key, value, list[1].before)
        end
    end
    return #live
end

local function branch(w, choices)
    local ways, returned, breaks = {}, nil, nil
    for i, choice in ipairs(choices) do ways[i] = way(w, choice) end
    for _, taken in ipairs(ways) do
        if taken.returned then w.maybe[#w.maybe + 1] = taken.returned end
        returned, breaks = returned or taken.returned, breaks or (taken.signal ~= "return" and taken.signal)
    end
    if join_ways(w, ways) > 0 then return nil end
    if breaks then return breaks end
    if not returned then error(DIVERGES, 0) end
    w.returned = returned
    return "return"
end

exec["if"] = function(w, node, scope)
    local choices
    for _, clause in ipairs(node.clauses) do
        local condition = one(w, clause.condition, scope)
        local function take() return block(w, clause.block, inside(scope)) end
        if rawequal(condition, U) then
            choices = choices or {}
            choices[#choices + 1] = take
        elseif condition then
            if not choices then return take() end
            choices[#choices + 1] = take
            return noting(w, branch, w, choices)
        end
    end
    local function otherwise() return node.otherwise and block(w, node.otherwise, inside(scope)) end
    if not choices then return otherwise() end
    choices[#choices + 1] = otherwise
    return noting(w, branch, w, choices)
end

-- ---- loops ----

-- A loop of which nobody knows how often it runs: walked twice, each time as if it might not run at all.
local function some_rounds(w, round)
    for pass = 1, 2 do
        local mark, taken = #w.trail, nil
        taken = way(w, round)
        if taken.returned then w.maybe[#w.maybe + 1] = taken.returned end
        assert(#w.trail == mark)
        for _, place in ipairs(taken.places) do
            local joined = taken.diverges and place.before or unknown.join(place.before, place.now)
            if pass == 2 and not unknown.same(joined, place.before) then joined = U end
            leave(w, place.holder, place.key, joined, place.before)
        end
    end
end

-- Did the round leave everything as it was?
local function settled(w, mark)
    local first = {}
    for k = mark + 1, #w.trail do
        local holder, key, old = unpack(w.trail[k], 1, 3)
        first[holder] = first[holder] or {}
        if first[holder][key] == nil then
            first[holder][key] = true
            if not unknown.same(old, rawget(holder, key)) then return false end
        end
    end
    return true
end

-- round(k) walks round k and says whether there is one; `last` is the number of the last, if it is known.
local function rounds(w, round, last, general)
    local started, k = os.clock(), 1
    while k <= LONGEST and os.clock() - started < PATIENCE do
        local mark = #w.trail
        local more, signal = round(k)
        if not more then return nil end
        if signal == "return" then return signal end
        if signal == "break" then return nil end
        k = (last and k >= 3 and k < last and settled(w, mark)) and last or k + 1
    end
    if not last or k <= last then some_rounds(w, general) end
end

function exec.count(w, node, scope)
    local from, to = one(w, node.from, scope), one(w, node.to, scope)
    local step = node.step and one(w, node.step, scope) or 1
    local function body(value)
        local own = inside(scope)
        declare(own, node.name, value)
        return block(w, node.block, own)
    end
    local function general() return body(U) end
    if type(from) ~= "number" or type(to) ~= "number" or type(step) ~= "number" or step == 0 then return noting(w,
        some_rounds, w, general) end
    local last = (to - from) // step + 1
    if last ~= last or last < 1 then return end
    return noting(w, rounds, w, function(k)
        if k > last then return false end
        return true, body(from + (math.tointeger(k) - 1) * step)
    end, last, general)
end

function exec.each(w, node, scope)
    local values = all(w, node.values, scope)
    local function body(items)
        local own = inside(scope)
        for i, name in ipairs(node.names) do declare(own, name, items and items[i] or not items and U or nil) end
        return block(w, node.block, own)
    end
    local function general() return body(nil) end
    w.line = node.line
    local items = w:iterate(values)
    if not items then return noting(w, some_rounds, w, general) end
    return noting(w, rounds, w, function(k)
        local item = items(k)
        if not item then return false end
        return true, body(item)
    end, nil, general)
end

exec["while"] = function(w, node, scope)
    local function body() return block(w, node.block, inside(scope)) end
    local condition = one(w, node.condition, scope)
    if rawequal(condition, U) then return noting(w, some_rounds, w, body) end
    return noting(w, rounds, w, function()
        if not condition then return false end
        local signal = body()
        condition = one(w, node.condition, scope)
        if rawequal(condition, U) then
            some_rounds(w, body)
            condition = false
        end
        return true, signal
    end, nil, body)
end

exec["repeat"] = function(w, node, scope)
    local ended
    local function body()
        local own = inside(scope)
        local signal = block(w, node.block, own)
        ended = not signal and one(w, node.condition, own)
        return signal
    end
    return noting(w, rounds, w, function()
        if rawequal(ended, U) then
            some_rounds(w, body)
            return false
        end
        if ended then return false end
        return true, body()
    end, nil, body)
end

end
