-- read.lua - Lua source as a tree
--
-- read(text) gives a block: a list of statements, each a table with `kind` and `line`. nil, with the reason, for what is not
-- whole Lua: a line being typed mostly is not. Expressions are tables with `kind` too; constants have `value`.
-- Holds: no error leaves it; a tree keeps no reference to the text. Read next: lib/shapes/walk.lua.
-- SPDX-License-Identifier: MIT

local tokens = require "lunette.shapes.tokens"

local fail, advance, accept, expect = tokens.fail, tokens.advance, tokens.accept, tokens.expect

-- ---- expressions ----

local expression, block

local function list(r)
    local items = {expression(r)}
    while accept(r, ",") do items[#items + 1] = expression(r) end
    return items
end

local function constructor(r)
    local node = {kind = "table", line = r.line, fields = {}}
    expect(r, "{")
    while r.kind ~= "}" do
        local field
        if accept(r, "[") then
            field = {key = expression(r)}
            expect(r, "]")
            expect(r, "=")
            field.value = expression(r)
        else
            local value = expression(r)
            if value.kind == "name" and r.kind == "=" then
                advance(r)
                field = {key = {kind = "constant", value = value.name}, value = expression(r)}
            else
                field = {value = value}
            end
        end
        node.fields[#node.fields + 1] = field
        if not accept(r, ",") and not accept(r, ";") then break end
    end
    expect(r, "}")
    return node
end

local function body(r, method)
    local node = {kind = "function", line = r.line, names = method and {"self"} or {}}
    expect(r, "(")
    while r.kind ~= ")" do
        if accept(r, "...") then
            node.vararg = true
            break
        end
        node.names[#node.names + 1] = expect(r, "name")
        if not accept(r, ",") then break end
    end
    expect(r, ")")
    node.block = block(r)
    expect(r, "end")
    return node
end

local function arguments(r)
    if r.kind == "string" then return {{kind = "constant", value = expect(r, "string")}} end
    if r.kind == "{" then return {constructor(r)} end
    expect(r, "(")
    local items = r.kind == ")" and {} or list(r)
    expect(r, ")")
    return items
end

local function primary(r)
    local node
    if r.kind == "name" then
        node = {kind = "name", line = r.line, name = expect(r, "name")}
    elseif accept(r, "(") then
        node = {kind = "paren", value = expression(r)}
        expect(r, ")")
    else
        fail(r, ("an expression is missing before '%s'"):format(tostring(r.value or r.kind)))
    end
    while true do
        local line = r.line
        if accept(r, ".") then
            node = {kind = "index", line = line, of = node, key = {kind = "constant", value = expect(r, "name")}}
        elseif accept(r, "[") then
            node = {kind = "index", line = line, of = node, key = expression(r)}
            expect(r, "]")
        elseif accept(r, ":") then
            local name = expect(r, "name")
            node = {kind = "method", line = line, of = node, name = name, arguments = arguments(r)}
        elseif r.kind == "(" or r.kind == "string" or r.kind == "{" then
            node = {kind = "call", line = line, of = node, arguments = arguments(r)}
        else
            return node
        end
    end
end

local constants = {["nil"] = {kind = "constant"}, ["true"] = {kind = "constant", value = true},
    ["false"] = {kind = "constant", value = false}}

local function simple(r)
    local kind = r.kind
    if kind == "number" or kind == "string" then return {kind = "constant", value = expect(r, kind)} end
    if constants[kind] then return advance(r) or constants[kind] end
    if kind == "..." then return advance(r) or {kind = "vararg"} end
    if kind == "{" then return constructor(r) end
    if accept(r, "function") then return body(r) end
    return primary(r)
end

local left = {["or"] = 1, ["and"] = 2, ["<"] = 3, [">"] = 3, ["<="] = 3, [">="] = 3, ["~="] = 3, ["=="] = 3, ["|"] = 4,
    ["~"] = 5, ["&"] = 6,
              ["<<"] = 7, [">>"] = 7, [".."] = 9, ["+"] = 10, ["-"] = 10, ["*"] = 11, ["/"] = 11, ["//"] = 11, ["%"] = 11,
              ["^"] = 14}
local right = setmetatable({[".."] = 8, ["^"] = 13}, {__index = left})
local unary = {["not"] = true, ["-"] = true, ["#"] = true, ["~"] = true}
local DEEPEST = 150

function expression(r, limit)
    local node
    r.depth = r.depth + 1
    if r.depth > DEEPEST then fail(r, "the expression is too deep") end
    local line, operator = r.line, r.kind
    if unary[operator] then
        advance(r)
        node = {kind = "unary", line = line, operator = operator, value = expression(r, 12)}
    else
        node = simple(r)
    end
    while left[r.kind] and left[r.kind] > (limit or 0) do
        operator, line = r.kind, r.line
        advance(r)
        local second = expression(r, right[operator])
        local kind = (operator == "and" or operator == "or") and operator or "binary"
        node = {kind = kind, line = line, operator = operator, first = node, second = second}
    end
    r.depth = r.depth - 1
    return node
end

-- ---- statements ----

local statements = {}

statements["if"] = function(r)
    local node = {kind = "if", clauses = {}}
    repeat
        local condition = expression(r)
        expect(r, "then")
        node.clauses[#node.clauses + 1] = {condition = condition, block = block(r)}
    until not accept(r, "elseif")
    if accept(r, "else") then node.otherwise = block(r) end
    expect(r, "end")
    return node
end

statements["while"] = function(r)
    local node = {kind = "while", condition = expression(r)}
    expect(r, "do")
    node.block = block(r)
    expect(r, "end")
    return node
end

statements["do"] = function(r)
    local node = {kind = "do", block = block(r)}
    expect(r, "end")
    return node
end

statements["for"] = function(r)
    local names, node = {expect(r, "name")}, nil
    while accept(r, ",") do names[#names + 1] = expect(r, "name") end
    if #names == 1 and accept(r, "=") then
        local values = list(r)
        node = {kind = "count", name = names[1], from = values[1], to = values[2], step = values[3]}
        if #values < 2 or #values > 3 then fail(r, "'for' takes two or three numbers") end
    else
        expect(r, "in")
        node = {kind = "each", names = names, values = list(r)}
    end
    expect(r, "do")
    node.block = block(r)
    expect(r, "end")
    return node
end

statements["repeat"] = function(r)
    local node = {kind = "repeat", block = block(r)}
    expect(r, "until")
    node.condition = expression(r)
    return node
end

statements["function"] = function(r)
    local target, method = {kind = "name", line = r.line, name = expect(r, "name")}, false
    while not method and (r.kind == "." or r.kind == ":") do
        method = r.kind == ":"
        advance(r)
        target = {kind = "index", line = r.line, of = target, key = {kind = "constant", value = expect(r, "name")}}
    end
    return {kind = "assign", targets = {target}, values = {body(r, method)}}
end

statements["local"] = function(r)
    if accept(r, "function") then
        local name = expect(r, "name")
        return {kind = "local function", name = name, value = body(r)}
    end
    local names = {}
    repeat
        names[#names + 1] = expect(r, "name")
        if accept(r, "<") then
            expect(r, "name")
            expect(r, ">")
        end
    until not accept(r, ",")
    return {kind = "local", names = names, values = accept(r, "=") and list(r) or {}}
end

local ends = {["end"] = true, ["else"] = true, ["elseif"] = true, ["until"] = true, ["end of text"] = true}

statements["return"] = function(r)
    local node = {kind = "return", values = (ends[r.kind] or r.kind == ";") and {} or list(r)}
    accept(r, ";")
    if not ends[r.kind] then fail(r, "'return' is not the last statement") end
    return node
end

statements["break"] = function() return {kind = "break"} end

statements["goto"] = function(r) return {kind = "goto", name = expect(r, "name")} end

statements["::"] = function(r)
    local node = {kind = "label", name = expect(r, "name")}
    expect(r, "::")
    return node
end

local function expression_statement(r)
    local first = primary(r)
    if r.kind == "=" or r.kind == "," then
        local targets = {first}
        while accept(r, ",") do targets[#targets + 1] = primary(r) end
        expect(r, "=")
        return {kind = "assign", targets = targets, values = list(r)}
    end
    if first.kind ~= "call" and first.kind ~= "method" then fail(r, "this is no statement") end
    return {kind = "call", value = first}
end

local function statement(r)
    local line, kind = r.line, r.kind
    local read = statements[kind]
    if read then advance(r) end
    local node = read and read(r) or not read and expression_statement(r)
    node.line = line
    return node
end

function block(r)
    local nodes = {}
    r.depth = r.depth + 1
    if r.depth > DEEPEST then fail(r, "the blocks are too deep") end
    while not ends[r.kind] do
        if not accept(r, ";") then nodes[#nodes + 1] = statement(r) end
    end
    r.depth = r.depth - 1
    return nodes
end

-- What stands at the end of a cell: statements, and perhaps an expression whose value is shown.
local function cell(r)
    local nodes = {}
    while r.kind ~= "end of text" do
        if not accept(r, ";") then
            local at, line, kind, value = r.at, r.line, r.kind, r.value
            local good, node = pcall(statement, r)
            if not good then
                if type(node) ~= "table" then error(node, 0) end
                r.at, r.line, r.kind, r.value, r.depth = at, line, kind, value, 0
                accept(r, "=")
                node = {kind = "return", shown = true, line = line, values = list(r)}
                if r.kind ~= "end of text" then fail(r, "this is no statement") end
            end
            nodes[#nodes + 1] = node
        end
    end
    return nodes
end

local function whole(r)
    local nodes = block(r)
    if r.kind ~= "end of text" then fail(r, ("'%s' closes nothing"):format(r.kind)) end
    return nodes
end

--- The tree of a text; with `as_cell` an expression may stand for its last statement. nil, the reason and its line when it
--- cannot be read.
return function(text, as_cell, first_line)
    local good, tree = pcall(function() return (as_cell and cell or whole)(tokens.start(text, first_line)) end)
    if good then return tree end
    if type(tree) ~= "table" then return nil, tostring(tree), 1 end
    return nil, tree.lua, tree.line
end
