-- json.lua - JSON that comes out as it went in: null and the empty list are told from nil and the empty object
--
-- Read by formats/json.c. Holds: keys are written sorted, so the same content is the same bytes.
-- Read next: lua_bindings/json.c, lib/notebook/ipynb.lua. SPDX-License-Identifier: MIT
local core = require "lunette.data_core"

local json = {}

--- Stands for null in what json.read gives.
json.null = setmetatable({}, {__name = "null", __tostring = function() return "null" end})

local is_list = {__name = "JSON list"}

--- Marks a table as a list, also when it is empty.
function json.list(items) return setmetatable(items, is_list) end

--- The value of a JSON text; raises, naming the byte, when it is none.
function json.read(text) return core.json(text, json.null, is_list) end

local short = {['"'] = '\\"', ["\\"] = "\\\\", ["\n"] = "\\n", ["\t"] = "\\t", ["\r"] = "\\r", ["\b"] = "\\b", ["\f"] = "\\f"}

local function quoted(text)
    return '"' .. text:gsub('[%c"\\\127]', function(c) return short[c] or ("\\u%04x"):format(c:byte()) end) .. '"'
end

local function number(x)
    if math.type(x) == "integer" then return ("%d"):format(x) end
    if x ~= x or x == math.huge or x == -math.huge then error("JSON has no number " .. tostring(x), 0) end
    for digits = 1, 17 do
        local text = ("%." .. digits .. "g"):format(x)
        if tonumber(text) == x then return text:find "[.e]" and text or text .. ".0" end
    end
end

local write

local function list(value, indent, out)
    if #value == 0 then return out("[]") end
    local inner = indent and indent .. " "
    for i, item in ipairs(value) do
        out(i == 1 and "[" or (indent and "," or ", "))
        if inner then out("\n" .. inner) end
        write(item, inner, out)
    end
    out((indent and "\n" .. indent or "") .. "]")
end

local function object(value, indent, out)
    local names, inner = {}, indent and indent .. " "
    for name in pairs(value) do names[#names + 1] = name end
    if #names == 0 then return out("{}") end
    table.sort(names)
    for i, name in ipairs(names) do
        out(i == 1 and "{" or (indent and "," or ", "))
        if inner then out("\n" .. inner) end
        out(quoted(name) .. ": ")
        write(value[name], inner, out)
    end
    out((indent and "\n" .. indent or "") .. "}")
end

function write(value, indent, out)
    if value == json.null then out "null"
    elseif type(value) == "string" then out(quoted(value))
    elseif type(value) == "number" then out(number(value))
    elseif type(value) == "boolean" then out(tostring(value))
    elseif getmetatable(value) == is_list or #value > 0 then list(value, indent, out)
    else object(value, indent, out) end
end

--- A value as JSON: on one line, or with `indent` (a text) as nbformat writes it, one space a level.
function json.write(value, indent)
    local parts = {}
    write(value, indent, function(text) parts[#parts + 1] = text end)
    return table.concat(parts)
end

return json
