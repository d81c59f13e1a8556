-- standard.lua - what a script finds around it while its shapes are checked: Lua's own functions, without what they would do
--
-- Files, clocks, processes and the environment are unknown; print does nothing; error and os.exit end the way that is walked.
-- Functions get Lua's values and may get unknown ones: a rule says which of its arguments must be known.
-- Read next: lib/shapes/check.lua. SPDX-License-Identifier: MIT
local unknown = require "lunette.shapes.unknown"
local trail = require "lunette.shapes.trail"

local U, DIVERGES = unknown.value, unknown.diverges

local standard = {}

local function nothing() end
local function unknowable() return U end
local function ends() error(DIVERGES, 0) end

-- Notes all elements of a list before a function changes it.
local function changing(w, f)
    return function(t, ...)
        if type(t) ~= "table" or rawequal(t, U) then return U end
        if unknown.within({...}) then return trail.write(w, t, U, true) end
        if w.trail then
            for key = 1, #t + 1 do trail.write(w, t, key, rawget(t, key)) end
        end
        return f(t, ...)
    end
end

--- The globals of a script: its names, and in `loose` the functions that may be called with unknown arguments.
function standard.globals(w, file)
    local loose, globals = {}, {arg = {[0] = file}, io = U, debug = U, coroutine = U, _VERSION = _VERSION}
    local function put(holder, name, f)
        holder[name] = f
        loose[f] = true
    end
    for _, name in ipairs {"print", "warn", "collectgarbage"} do put(globals, name, nothing) end
    for _, name in ipairs {"load", "loadfile", "dofile", "loadstring"} do put(globals, name, unknowable) end
    for _, name in ipairs {"ipairs", "pairs", "next", "select", "rawget", "rawequal", "rawlen", "setmetatable",
        "getmetatable"} do
        local f = _G[name]
        put(globals, name, function(first, ...)
            if rawequal(first, U) or unknown.vague(first) and name ~= "setmetatable" then return U end
            return f(first, ...)
        end)
    end
    put(globals, "rawset", function(t, key, value)
        if type(t) == "table" and key ~= nil then trail.write(w, t, key, value) end
        return t
    end)
    put(globals, "type", function(value) return rawequal(value, U) and U or type(value) end)
    put(globals, "assert", function(value, ...)
        if not value then ends() end
        return value, ...
    end)
    put(globals, "error", ends)
    put(globals, "pcall", function(f, ...) return w:attempt(f, ...) end)
    put(globals, "xpcall", function(f, _, ...) return w:attempt(f, ...) end)
    put(globals, "require", function(name)
        if type(name) ~= "string" or not name:find "^lunette" then return U end
        return w:module(name)
    end)
    globals.tonumber, globals.utf8 = tonumber, utf8
    put(globals, "tostring", function(value)
        local kind = type(value)
        if kind == "table" or kind == "userdata" or kind == "function" then return U end
        return tostring(value)
    end)
    globals.math, globals.table, globals.os = {}, {}, {}
    for name, f in next, math do globals.math[name] = f end
    put(globals.math, "random", unknowable)
    put(globals.math, "randomseed", nothing)
    for _, name in ipairs {"insert", "remove", "sort", "move"} do put(globals.table, name, changing(w, table[name])) end
    put(globals.table, "unpack", function(t, ...)
        if type(t) ~= "table" or rawequal(t, U) or unknown.vague(t) then return U end
        return table.unpack(t, ...)
    end)
    put(globals.table, "pack", table.pack)
    globals.table.concat = table.concat
    globals.string = string
    for name in next, os do put(globals.os, name, unknowable) end
    put(globals.os, "exit", ends)
    globals._G = globals
    return globals, loose
end

--- lun.train: a run of one epoch, which takes the batches of its loader and calls what a step is given; the rest is unknown.
function standard.training(w)
    local else_unknown = {__index = unknowable}
    local run = {}
    function run.epochs() return ipairs {1} end
    function run.batches(_, loader) return type(loader) == "function" and w:call(loader, {n = 0}) or loader end
    function run.step(_, f, ...) return f == nil and U or w:call(f, table.pack(...)) end
    for _, f in next, run do w.loose[f] = true end
    local function start() return setmetatable({}, {__index = function(_, name) return run[name] or U end}) end
    w.loose[start] = true
    return setmetatable({run = start}, else_unknown)
end

return standard
