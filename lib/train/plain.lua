-- plain.lua - plain data as text and back: numbers, strings, booleans, lists and tables by name
--
-- JSON, but for NaN, Infinity and -Infinity, which stand as words. Whole numbers and floats come back as what they were, with
-- the same bits. Holds: reading runs no code, is bounded in depth, and says where the text is wrong. Read next:
-- lib/train/checkpoint.lua. SPDX-License-Identifier: MIT
local lun = require "lunette"
local plain = {}

local deepest = 100
local escapes = {['"'] = '\\"', ["\\"] = "\\\\", ["\n"] = "\\n", ["\r"] = "\\r", ["\t"] = "\\t"}

local function quoted(text)
    if not utf8.len(text) then lun.fail("save", ("the text %q is not UTF-8"):format(text), "texts in files are UTF-8") end
    return '"' .. text:gsub('[%c"\\]', function(c) return escapes[c] or ("\\u%04x"):format(c:byte()) end) .. '"'
end

local function number_text(v)
    if math.type(v) == "integer" then return ("%d"):format(v) end
    if v ~= v then return "NaN" end
    if v == math.huge or v == -math.huge then return v > 0 and "Infinity" or "-Infinity" end
    local text = ("%.17g"):format(v)
    return text:find "[.eE]" and text or text .. ".0"
end

local function write(value, path, out, depth)
    local kind = type(value)
    if kind == "number" then out[#out + 1] = number_text(value)
    elseif kind == "boolean" then out[#out + 1] = tostring(value)
    elseif kind == "string" then out[#out + 1] = quoted(value)
    elseif kind ~= "table" or depth > deepest then
        lun.fail("save", ("%s is %s; only numbers, texts, booleans and tables of them are data"):format(path ~= "" and path
                or "the value",
                 depth > deepest and "nested too deep"
                         or "a " .. kind), "leave it out, or give the number or text it is made of")
    elseif #value > 0 then
        out[#out + 1] = "["
        for i, item in ipairs(value) do
            if i > 1 then out[#out + 1] = "," end
            write(item, ("%s[%d]"):format(path, i), out, depth + 1)
        end
        out[#out + 1] = "]"
    else
        local names = {}
        for name in pairs(value) do
            if type(name) ~= "string" then lun.fail("save", ("%s has the key %s; keys are texts"):format(path, tostring(name)),
                    "use names") end
            names[#names + 1] = name
        end
        table.sort(names)
        out[#out + 1] = "{"
        for i, name in ipairs(names) do
            out[#out + 1] = (i > 1 and "," or "") .. quoted(name) .. ":"
            write(value[name], path .. "." .. name, out, depth + 1)
        end
        out[#out + 1] = "}"
    end
end

--- The text of a value. Raises for what is no plain data, naming where it stands.
function plain.write(value)
    local out = {}
    write(value, "", out, 1)
    return table.concat(out)
end

local words = {["true"] = true, ["false"] = false, NaN = 0 / 0, Infinity = math.huge}

--- The value of a text that write made. Raises naming the place when it is something else.
function plain.read(text, name)
    local at = 1
    local function fail(what) lun.fail("load", ("%s: %s at byte %d"):format(name or "the text", what, at),
            "the file is damaged or of another kind", "format") end
    local function skip() at = text:find("[^ \t\r\n]", at) or #text + 1 end
    local function expect(c)
        skip()
        if text:sub(at, at) ~= c then fail(("expected %s"):format(c)) end
        at = at + 1
    end
    local function take(c)
        skip()
        if text:sub(at, at) ~= c then return false end
        at = at + 1
        return true
    end
    local back = {n = "\n", r = "\r", t = "\t", b = "\b", f = "\f"}
    local function string_value()
        local parts = {}
        while true do
            local stop = text:find('["\\]', at) or fail "an open text"
            parts[#parts + 1] = text:sub(at, stop - 1)
            at = stop + 1
            if text:sub(stop, stop) == '"' then return table.concat(parts) end
            local c = text:sub(at, at)
            local hex = c == "u" and text:match("^%x%x%x%x", at + 1)
            if c == "" or c == "u" and not hex then fail "a broken escape" end
            parts[#parts + 1] = hex and utf8.char(tonumber(hex, 16)) or back[c] or c
            at = at + (hex and 5 or 1)
        end
    end
    local value
    local function list(depth)
        local items = {}
        if take "]" then return items end
        repeat items[#items + 1] = value(depth + 1) until not take ","
        expect "]"
        return items
    end
    local function by_name(depth)
        local items = {}
        if take "}" then return items end
        repeat
            expect '"'
            local key = string_value()
            expect ":"
            items[key] = value(depth + 1)
        until not take ","
        expect "}"
        return items
    end
    function value(depth)
        if depth > deepest then fail "too much nesting" end
        skip()
        if take '"' then return string_value() end
        if take "[" then return list(depth) end
        if take "{" then return by_name(depth) end
        local from, to = text:find("^-?[%w.+-]+", at)
        if not from then fail "no value" end
        local word = text:sub(from, to)
        local number = word:find "^-?%d" and tonumber(word)
        if not number and words[word] == nil and word ~= "-Infinity" then fail(("%q"):format(word:sub(1, 20))) end
        at = to + 1
        if number then return number end
        if word == "-Infinity" then return -math.huge end
        return words[word]
    end
    local result = value(1)
    skip()
    if at <= #text then fail "more than one value" end
    return result
end

return plain
