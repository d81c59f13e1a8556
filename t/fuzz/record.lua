-- record.lua - hostile calls and our answers as lines of JSON, for compare.py, which asks PyTorch the same
--
-- A line: {"i": number, "row": name, "torch": name, "args": [...], "options": {...}, "kinds": {...}, "answer": [...] or "error": text}.
-- Values: {"t": dtype, "s": shape, "d": elements} a tensor (a view also says where it lies: "strides", "offset" and all of its
-- "memory", or "copied": true where that is too long), {"l": [...]} a list, and plain JSON; floats have a point.
-- Holds: what has no JSON (functions, tensors of more than 3000 elements) leaves its call out. Read next: generate.lua, compare.py.
-- SPDX-License-Identifier: MIT
local lun = require "lunette"
local rows = require "rows"
local tap = require "tap"
local generate = require "fuzz.generate"

local record = {}

local text
local function numbers(x)
    local list = x:numel() > 0 and x:detach():flatten():totable() or {}
    for i, v in ipairs(list) do list[i] = text(v) end
    return table.concat(list, ",")
end

local function float_text(v)
    if v ~= v then return "NaN" end
    if v == math.huge then return "Infinity" end
    if v == -math.huge then return "-Infinity" end
    local digits = ("%.17g"):format(v)
    return digits:find "[.e]" and digits or digits .. ".0"
end

local function list_text(v)
    local parts = {}
    for i = 1, #v do parts[i] = text(v[i]) end
    for key in pairs(v) do
        if math.type(key) ~= "integer" or key < 1 or key > #v then error "no JSON" end
    end
    return '{"l":[' .. table.concat(parts, ",") .. "]}"
end

-- Where the elements of a view lie; what an error of as_strided says tells where it begins, and in how many elements.
local function place(x)
    local _, problem = pcall(x.as_strided, x, { 1 << 30 }, { 1 })
    local offset, n = tostring(problem):match "at offset (%d+) reaches outside the (%d+) elements"
    offset, n = math.tointeger(offset), math.tointeger(n)
    if n > 3000 then return ',"copied":true' end
    local memory = numbers(x:as_strided({ n }, { 1 }, 0))
    return (',"strides":[%s],"offset":%d,"memory":[%s]'):format(table.concat(x:stride(), ","), offset, memory)
end

function text(v)
    if v == nil then return "null" end
    if type(v) == "boolean" then return tostring(v) end
    if math.type(v) == "integer" then return ("%d"):format(v) end
    if type(v) == "number" then return float_text(v) end
    if type(v) == "string" then return '"' .. v:gsub('[%c"\\]', " ") .. '"' end
    if rows.is_tensor(v) then
        if v:numel() > 3000 or tostring(v.dtype):find "complex" then error "no JSON" end
        return ('{"t":"%s","s":[%s],"d":[%s]%s}'):format(v.dtype, table.concat(v.shape, ",", 1, v.ndim), numbers(v),
            (generate.views[v] or not v:is_contiguous()) and place(v:detach()) or "")
    end
    if type(v) == "table" then return list_text(v) end
    error "no JSON"
end

local function options_text(options)
    local parts = {}
    for key, v in pairs(options) do
        if type(key) ~= "string" then error "no JSON" end
        parts[#parts + 1] = ('"%s":%s'):format(key, text(v))
    end
    return "{" .. table.concat(parts, ",") .. "}"
end

-- The last argument is a table of options when it has names in it.
local function split(call)
    local last = call.args[call.args.n]
    if type(last) == "table" and not rows.is_tensor(last) and next(last) ~= nil and #last == 0 then return call.args.n - 1, last end
    return call.args.n, {}
end

local function arguments_text(call)
    local n, options = split(call)
    local args, names, kinds = {}, {}, {}
    for i = 1, n do args[i] = text(call.args[i]) end
    for i, argument in ipairs(call.row.args) do
        names[i] = '"' .. argument.name .. '"'
        kinds[i] = ('"%s":"%s"'):format(argument.name, argument.kind)
    end
    return ('"args":[%s],"options":%s,"names":[%s],"kinds":{%s}'):format(table.concat(args, ","), options_text(options),
        table.concat(names, ","), table.concat(kinds, ","))
end

local function returns_text(row)
    local parts = {}
    for i, out in ipairs(row.returns) do parts[i] = out.index and "true" or "false" end
    return "[" .. table.concat(parts, ",") .. "]"
end

local function answer_text(call)
    lun.manual_seed(1)
    local good, results = pcall(function() return table.pack(lun[call.row.name](table.unpack(call.args, 1, call.args.n))) end)
    if not good then
        return ('"error":%s,"kind":%s'):format(text((tostring(results):gsub("\n.*", ""))), text(tap.describe(results)))
    end
    local parts = {}
    for i, v in ipairs(rows.list_of(results)) do parts[i] = text(v) end
    return '"answer":[' .. table.concat(parts, ",") .. "]"
end

-- The line of a call, or nil when it cannot be said.
function record.line(i, call)
    local good, line = pcall(function()
        local asked = arguments_text(call) -- before the call, which may write
        return ('{"i":%d,"row":"%s","torch":"%s",%s,"index":%s,%s}'):format(i, call.row.name, call.row.torch or call.row.name, asked,
            returns_text(call.row), answer_text(call))
    end)
    return good and line or nil
end

return record
