-- attack.lua - makes one hostile call and judges what came
--
-- A call works or raises an error of ours. It is wrong when: the error is not ours, or says "internal"; an argument is another after a
-- call that failed; a result has a shape that is none; the same call gives other bits the second time (memory nobody wrote).
-- Holds: judges only; crashes and hangs are seen by whoever started the process. Read next: generate.lua, run.lua.
-- SPDX-License-Identifier: MIT
local lun = require "lunette"
local tap = require "tap"
local rows = require "rows"

local attack = {}

local unspecified = { empty = true, empty_like = true }

local function each_tensor(args, f)
    for i = 1, args.n or #args do
        local v = args[i]
        if rows.is_tensor(v) then
            f(v)
        elseif type(v) == "table" then
            for _, item in pairs(v) do
                if rows.is_tensor(item) then f(item) end
            end
        end
    end
end

local function bits(x)
    if x:numel() > 4096 then return tostring(x.dtype) end
    return tap.show { tostring(x.dtype), table.concat(x.shape, ",", 1, x.ndim), x:numel() > 0 and x:detach():flatten():totable() or {} }
end

local function contents(args)
    local list = {}
    each_tensor(args, function(x) list[#list + 1] = bits(x) end)
    return table.concat(list, ";")
end

function attack.invoke(call)
    local row, args = call.row, call.args
    lun.manual_seed(1)
    if call.way == "function" then return table.pack(lun[row.name](table.unpack(args, 1, args.n))) end
    local x = args[1]
    local name = call.way == "inplace" and row.name .. "_" or row.name
    return table.pack(x[name](table.unpack(args, 1, args.n)))
end

local function bad_shape(x)
    local n = 1
    for i = 1, x.ndim do
        local size = x.shape[i]
        if math.type(size) ~= "integer" or size < 0 or size > 1 << 50 then return true end
        n = n * size
    end
    return x.ndim > 8 or n ~= x:numel()
end

-- Reads what came out, and goes backward from it.
local function use(results)
    local problem
    each_tensor(rows.list_of(results), function(y)
        if bad_shape(y) then problem = "a result of shape [" .. table.concat(y.shape, ",", 1, y.ndim) .. "]" end
        if y:numel() > 0 and y:numel() < 4000 then
            y:detach():flatten():totable()
            if y.requires_grad then y:sum():backward() end
        end
    end)
    return problem
end

local function show_value(v, depth)
    if rows.is_tensor(v) then
        local text = ("%s[%s]"):format(v.dtype, table.concat(v.shape, ",", 1, v.ndim))
        local few = v:numel() > 0 and v:numel() <= 4 and tap.show(v:detach():flatten():totable()) or ""
        return text .. few .. (v.requires_grad and " grad" or "") .. (v:is_contiguous() and "" or " strided")
    end
    if type(v) == "table" and not depth then
        local parts = {}
        for key, item in pairs(v) do
            parts[#parts + 1] = (math.type(key) == "integer" and "" or tostring(key) .. " = ") .. show_value(item, 1)
            if #parts > 12 then break end
        end
        return "{" .. table.concat(parts, ", ") .. "}"
    end
    local text = tap.show(v)
    return #text > 60 and text:sub(1, 60) .. "..." or text
end

function attack.show(call)
    local parts = {}
    for i = 1, call.args.n do parts[i] = show_value(call.args[i]) end
    return ("%s%s(%s)"):format(call.row.name, call.way == "inplace" and "_" or "", table.concat(parts, ", "))
end

local function foreign(problem, call)
    local ours, text = rows.ours(problem)
    if ours and tap.describe(problem) ~= "internal" then return nil end
    local self = call.args[1]
    if call.way ~= "function" and not rows.is_tensor(self) then return nil end -- Lua's own error: no method of such a value
    return text
end

-- Makes the call. Returns the problem (or nil) and whether the call worked. `twice`: also compare with a second run.
function attack.run(call, twice)
    local writes = call.way == "inplace" or call.row.flags.writes
    local before = contents(call.args)
    local good, results = pcall(attack.invoke, call)
    if not good then
        local text = foreign(results, call)
        if text then return "raised a foreign error: " .. text, false end
        if contents(call.args) ~= before then return "failed and changed an argument: " .. tostring(results), false end
        return nil, false
    end
    local known = call.row.name:find "norm" or call.row.name:find "^embedding" -- running statistics; max_norm shortens rows of weight
    if not writes and contents(call.args) ~= before and not known then return "changed an argument", true end
    local again
    if twice and not writes and not unspecified[call.row.name] and not known then
        local first = contents(rows.list_of(results))
        local repeated, second = pcall(attack.invoke, call)
        local no_room = not repeated and tostring(second):find("error[E601]", 1, true) -- the first result takes it
        if no_room then again = nil
        elseif not repeated then again = "raised only the second time: " .. tostring(second)
        elseif contents(rows.list_of(second)) ~= first then again = "gave another result the second time" end
    end
    if again then return again, true end
    local used, problem = pcall(use, results)
    if not used then return foreign(problem, { args = { results[1] }, way = "function" }) and "backward or reading: " .. tostring(problem), true end
    return problem, true
end

return attack
