-- json.lua - Lua values as JSON text, for the debugger's messages
--
-- Tables with [1] are arrays, others objects; json.array(t) says so of an empty one. Numbers that JSON has not are the words "NaN",
-- "Infinity", "-Infinity"; bytes that are no UTF-8 are replaced. Keys are sorted, so that equal values give equal texts.
-- Read next: lib/dap.lua; the way back is lunette.data_core's json. SPDX-License-Identifier: MIT
local json = {}
local array_mark = {__name = "array"}
json.null = setmetatable({}, {__name = "null"})

--- The same table, an array although it may be empty.
function json.array(t) return setmetatable(t or {}, array_mark) end

local escapes = {['"'] = '\\"', ["\\"] = "\\\\", ["\n"] = "\\n", ["\r"] = "\\r", ["\t"] = "\\t"}

local function valid_utf8(s)
    local from = 1
    local parts = {}
    while true do
        local length, bad = utf8.len(s, from)
        if length then break end
        parts[#parts + 1] = s:sub(from, bad - 1)
        from = bad + 1
    end
    parts[#parts + 1] = s:sub(from)
    return table.concat(parts, "\u{FFFD}")
end

local function string_text(s)
    s = valid_utf8(s):gsub('[%c"\\\127]', function(c) return escapes[c] or ("\\u%04x"):format(c:byte()) end)
    return '"' .. s .. '"'
end

local function number_text(x)
    if math.type(x) == "integer" then return ("%d"):format(x) end
    if x ~= x then return '"NaN"' end
    if x == math.huge then return '"Infinity"' elseif x == -math.huge then return '"-Infinity"' end
    return ("%.17g"):format(x)
end

local encode

local function object_text(t)
    local keys, parts = {}, {}
    for key in pairs(t) do keys[#keys + 1] = key end
    table.sort(keys)
    for i, key in ipairs(keys) do parts[i] = string_text(key) .. ":" .. encode(t[key]) end
    return "{" .. table.concat(parts, ",") .. "}"
end

local function array_text(t)
    local parts = {}
    for i, value in ipairs(t) do parts[i] = encode(value) end
    return "[" .. table.concat(parts, ",") .. "]"
end

local texts = {string = string_text, number = number_text, boolean = tostring, ["nil"] = function() return "null" end}
function texts.table(t)
    if t == json.null then return "null" end
    return (t[1] ~= nil or getmetatable(t) == array_mark) and array_text(t) or object_text(t)
end

--- The text of a value made of tables, strings, numbers and booleans.
function encode(value) return texts[type(value)](value) end
json.encode = encode

--- The value of a JSON text; raises when it is none.
json.decode = require("lunette.data_core").json

return json
