-- snapshot.lua - what Lua code may have written: the tables and upvalues that can be reached from some values, as they are now
--
-- Tensors are the core's business (debugger/images.h). Left out are Lunette's own tables and functions, the standard library, weak tables
-- and what a coroutine holds. Read next: lib/dbg/travel.lua. SPDX-License-Identifier: MIT
local core = require "lunette.dbg_core"
local snapshot = {}

local MOST = 200000              -- fields; a data set held as tables is not worth it

local function own_tables()
    local own = {[_G] = true, [package.loaded] = true}
    for _, value in pairs(package.loaded) do
        if type(value) == "table" then own[value] = true end
    end
    return own
end

local visit = {}

local function reach(state, value)
    local kind = visit[type(value)]
    if not kind or state.seen[value] or state.left <= 0 then return end
    state.seen[value] = true
    state.list[#state.list + 1] = value
end

visit["table"] = function(state, t)
    local mode = getmetatable(t)
    mode = type(mode) == "table" and rawget(mode, "__mode")
    if mode then return end
    local copy, n = {}, 0
    for key, value in next, t do
        copy[key], n = value, n + 1
        reach(state, key)
        reach(state, value)
    end
    state.left = state.left - n
    state.tables[t] = copy
end

visit["function"] = function(state, f)
    local info = debug.getinfo(f, "S")
    if info.what == "C" or core.is_internal(info.source) then return end
    local values = {}
    for i = 1, 255 do
        local name, value = debug.getupvalue(f, i)
        if not name then break end
        values[i] = {value}
        if name ~= "_ENV" then reach(state, value) end
    end
    state.functions[f] = values
end

--- What can be reached from the values of a list. complete: false when there was too much of it.
function snapshot.of(values)
    local state = {seen = own_tables(), list = {}, left = MOST, tables = {}, functions = {}}
    for _, root in ipairs(values) do
        state.seen[root] = nil -- the session's globals are a root
        reach(state, root)
    end
    local k = 1
    while state.list[k] and state.left > 0 do
        visit[type(state.list[k])](state, state.list[k])
        k = k + 1
    end
    return {tables = state.tables, functions = state.functions, complete = state.left > 0}
end

--- Puts all back.
function snapshot.restore(saved)
    for t, copy in pairs(saved.tables) do
        for key in next, t do
            if copy[key] == nil then rawset(t, key, nil) end
        end
        for key, value in pairs(copy) do
            if not rawequal(rawget(t, key), value) then rawset(t, key, value) end
        end
    end
    for f, values in pairs(saved.functions) do
        for i, value in ipairs(values) do debug.setupvalue(f, i, value[1]) end
    end
end

return snapshot
