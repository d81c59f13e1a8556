-- tokens.lua - Lua source as tokens, for the reader of trees
--
-- start(text) gives a reader: reader.kind is "name", "number", "string", "end of text", or the keyword or symbol itself,
-- reader.value what it stands for, reader.before and
-- reader.line where it begins. advance, accept and expect move on; what is no Lua raises
-- {lua = why, line = line}.
-- Read next: lib/shapes/read.lua, repl/lexer.h (which colours, and never fails). SPDX-License-Identifier: MIT

local tokens = {}
local keywords = {}
for word in ([[and break do else elseif end false for function goto if in local nil not or repeat return then
        true until while]]):gmatch "%a+" do
    keywords[word] = true
end

local find, sub = string.find, string.sub

local function fail(r, why) error({lua = why, line = r.line}, 0) end

-- Moves behind blanks and comments.
local function skip(r)
    local text, at = r.text, r.at
    while true do
        local _, stop = find(text, "^[ \t\r\f\v]+", at)
        if stop then at = stop + 1 end
        if sub(text, at, at) == "\n" then
            r.line, at = r.line + 1, at + 1
        elseif sub(text, at, at + 1) == "--" then
            local _, _, level = find(text, "^%-%-%[(=*)%[", at)
            local _, last = find(text, level and "]" .. level .. "]" or "\n", at, true)
            if level and not last then fail(r, "a comment does not end") end
            if level then for _ in sub(text, at, last):gmatch "\n" do r.line = r.line + 1 end end
            at = level and last + 1 or last or #text + 1
        elseif not stop then
            break
        end
    end
    r.at = at
end

local function read_string(r, quote)
    local from, at = r.at, r.at + 1
    while true do
        local stop = find(r.text, "[\\\n" .. quote .. "]", at)
        local c = stop and sub(r.text, stop, stop)
        if not stop or c == "\n" then fail(r, "a string does not end") end
        at = stop + (c == "\\" and 2 or 1)
        if c == quote then break end
    end
    local literal = sub(r.text, from, at - 1)
    local read = not find(literal, "\\", 1, true) and function() return sub(literal, 2, -2) end or load("return " .. literal,
        "=s", "t", {})
    r.at = at
    if not read then fail(r, "a string has a wrong escape") end
    return read()
end

local symbols = {["..."] = true, [".."] = true, ["=="] = true, ["~="] = true, ["<="] = true, [">="] = true, ["<<"] = true,
    [">>"] = true,
                 ["//"] = true, ["::"] = true}

-- Sets r.kind ("name", "number", "string", or the keyword or symbol itself) and r.value.
local function advance(r)
    skip(r)
    local text, at = r.text, r.at
    r.before = at
    local _, stop, word = find(text, "^([%a_][%w_]*)", at)
    if word then
        r.kind, r.value, r.at = keywords[word] and word or "name", word, stop + 1
        return
    end
    local c = sub(text, at, at)
    if find(text, "^%.?%d", at) then
        local hex = find(text, "^0[xX]", at)
        _, stop = find(text, hex and "^0[xX][%x%.]*[pP]?[+-]?%x*" or "^[%d%.]*[eE]?", at)
        if not hex and find(text, "^[eE]", stop) then _, stop = find(text, "^[+-]?%d*", stop + 1) end
        if hex and not find(sub(text, at, stop), "[pP]") then _, stop = find(text, "^0[xX][%x%.]*", at) end
        r.kind, r.value, r.at = "number", tonumber(sub(text, at, stop)), stop + 1
        if not r.value or find(text, "^[%w_]", r.at) then fail(r, "a number is malformed") end
    elseif c == '"' or c == "'" then
        r.kind, r.value = "string", read_string(r, c)
    elseif find(text, "^%[=*%[", at) then
        local _, open, level = find(text, "^%[(=*)%[\n?", at)
        local close, last = find(text, "]" .. level .. "]", open + 1, true)
        if not close then fail(r, "a string does not end") end
        r.kind, r.value, r.at = "string", sub(text, open + 1, close - 1), last + 1
        for _ in sub(text, at, last):gmatch "\n" do r.line = r.line + 1 end
    elseif c == "" then
        r.kind, r.value = "end of text", nil
    else
        local symbol = symbols[sub(text, at, at + 2)] and sub(text, at, at + 2) or symbols[sub(text, at, at + 1)]
            and sub(text, at, at + 1) or c
        r.kind, r.value, r.at = symbol, symbol, at + #symbol
    end
end

local function accept(r, kind)
    if r.kind ~= kind then return false end
    advance(r)
    return true
end

local function expect(r, kind)
    if r.kind ~= kind then fail(r, ("'%s' is missing before '%s'"):format(kind, tostring(r.value or r.kind))) end
    local value = r.value
    advance(r)
    return value
end


function tokens.start(text, first_line)
    local r = {text = text, at = 1, line = first_line or 1, depth = 0}
    if text:sub(1, 1) == "#" then r.at = text:find("\n", 1, true) or #text + 1 end
    advance(r)
    return r
end

tokens.fail, tokens.advance, tokens.accept, tokens.expect = fail, advance, accept, expect

return tokens
