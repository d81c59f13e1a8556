-- walk.lua - walks a tree of Lua on values that may be unknown
--
-- A value is what Lua would have (tensors without elements among them), or `unknown`. Where a condition is unknown all ways
-- are walked and what they leave is joined: equal values stay, tensors of one dtype, shape and device count as equal, all
-- else becomes unknown. Loops run as they are as long as they are short; others are walked until nothing changes.
-- Who walks (lib/shapes/ghost.lua, lib/shapes/check.lua) gives `world`: what names mean, what may be called, who hears of a
-- mismatch.
-- Holds: code that is walked never runs; only functions that the world calls do. Read next: lib/shapes/unknown.lua.
-- SPDX-License-Identifier: MIT
local unknown = require "lunette.shapes.unknown"
local operators = require "lunette.shapes.operators"
local trail = require "lunette.shapes.trail"
local ways = require "lunette.shapes.ways"

local U = unknown.value
local pack, unpack = table.pack, table.unpack
local write = trail.write
local DEEPEST = 60 -- calls in calls

local walk = {}
local eval, exec = {}, {}

-- ---- names ----

local function find(scope, name)
    while scope do
        local cell = scope[name]
        if cell then return cell end
        scope = scope[1]
    end
end

local function inside(scope) return {scope} end

local function declare(scope, name, value) scope[name] = {value = value} end

-- ---- expressions ----

local function one(w, node, scope)
    local value = eval[node.kind](w, node, scope)
    return value
end

-- All values of a list of expressions, the last one with all it gives.
local function all(w, nodes, scope)
    local n = #nodes
    if n == 0 then return {n = 0} end
    local values = {n = n}
    for i = 1, n - 1 do values[i] = one(w, nodes[i], scope) end
    local last = pack(eval[nodes[n].kind](w, nodes[n], scope))
    for i = 1, last.n do values[n - 1 + i] = last[i] end
    values.n = n - 1 + last.n
    return values
end
walk.all = all

function eval.constant(_, node) return node.value end

function eval.name(w, node, scope)
    local cell = find(scope, node.name)
    if cell then return cell.value end
    return w:global(node.name, node)
end

function eval.vararg(_, _, scope)
    while scope and not scope[2] do scope = scope[1] end
    if not scope then return end
    return unpack(scope[2], 1, scope[2].n)
end

function eval.paren(w, node, scope) return one(w, node.value, scope) end

function eval.index(w, node, scope)
    local of = one(w, node.of, scope)
    local key = one(w, node.key, scope)
    w.line = node.line
    if rawequal(of, U) or rawequal(key, U) then return U end
    return w:index(of, key)
end

local function call(w, node, f, arguments)
    w.line = node.line
    if rawequal(f, U) then return U end
    return w:call(f, arguments, node)
end

function eval.call(w, node, scope)
    local f = one(w, node.of, scope)
    return call(w, node, f, all(w, node.arguments, scope))
end

function eval.method(w, node, scope)
    local of = one(w, node.of, scope)
    w.line = node.line
    local f = rawequal(of, U) and U or w:index(of, node.name)
    local given = all(w, node.arguments, scope)
    return call(w, node, f, pack(of, unpack(given, 1, given.n)))
end

function eval.table(w, node, scope)
    local t, n = {}, 0
    for i, field in ipairs(node.fields) do
        if field.key then
            local key = one(w, field.key, scope)
            local value = one(w, field.value, scope)
            if key == nil or rawequal(key, U) or key ~= key then return U end
            t[key] = value
        elseif i == #node.fields then
            local values = pack(eval[field.value.kind](w, field.value, scope))
            for k = 1, values.n do t[n + k] = values[k] end
        else
            n = n + 1
            t[n] = one(w, field.value, scope)
        end
    end
    return t
end

eval["function"] = function(w, node, scope) return w:make_function(node, scope) end

eval["and"] = function(w, node, scope)
    local first = one(w, node.first, scope)
    if rawequal(first, U) then return U end
    return first and one(w, node.second, scope)
end

eval["or"] = function(w, node, scope)
    local first = one(w, node.first, scope)
    if rawequal(first, U) then return U end
    return first or one(w, node.second, scope)
end

function eval.unary(w, node, scope)
    local value = one(w, node.value, scope)
    w.line = node.line
    if rawequal(value, U) then return U end
    if node.operator == "not" then return not value end
    return w:operate(operators.unary[node.operator], value, value)
end

function eval.binary(w, node, scope)
    local first = one(w, node.first, scope)
    local second = one(w, node.second, scope)
    w.line = node.line
    if rawequal(first, U) or rawequal(second, U) then return U end
    return w:operate(operators.binary[node.operator], first, second)
end

-- ---- statements; each gives nil, "break", "return" or "goto" ----

-- Where a label stands in a block; nil: further out.
local function label_in(nodes, name)
    for i, node in ipairs(nodes) do
        if node.kind == "label" and node.name == name then return i end
    end
end

-- A jump back is a loop, of which one round is walked.
local function block(w, nodes, scope)
    local i = 1
    while nodes[i] do
        w:step(nodes[i])
        local signal = exec[nodes[i].kind](w, nodes[i], scope)
        local there = signal == "goto" and label_in(nodes, w.jump)
        if signal and not there then return signal end
        i = there and there > i and there or i + 1
    end
end
walk.block = block

exec["local"] = function(w, node, scope)
    local values = all(w, node.values, scope)
    for i, name in ipairs(node.names) do declare(scope, name, values[i]) end
end

exec["local function"] = function(w, node, scope)
    declare(scope, node.name, nil)
    scope[node.name].value = w:make_function(node.value, scope)
end

function exec.assign(w, node, scope)
    local places = {}
    for i, target in ipairs(node.targets) do
        if target.kind == "index" then places[i] = {one(w, target.of, scope), (one(w, target.key, scope))} end
    end
    local values = all(w, node.values, scope)
    for i, target in ipairs(node.targets) do
        local value = values[i]
        w.line = target.line
        if target.kind == "name" then
            local cell = find(scope, target.name)
            if cell then write(w, cell, "value", value) else w:set_global(target.name, value) end
        elseif target.kind == "index" and not rawequal(places[i][1], U) then
            w:set_index(places[i][1], places[i][2], value)
        end
    end
end

function exec.call(w, node, scope) eval[node.value.kind](w, node.value, scope) end
exec["do"] = function(w, node, scope) return block(w, node.block, inside(scope)) end
exec["break"] = function() return "break" end
exec["goto"] = function(w, node)
    w.jump = node.name
    return "goto"
end
function exec.label() end

exec["return"] = function(w, node, scope)
    w.returned = all(w, node.values, scope)
    return "return"
end

ways(exec, one, all, block, inside, declare)

-- ---- functions ----

--- Walks the body of a function made by the tree, with these arguments.
function walk.invoke(w, node, scope, ...)
    local own, given = inside(scope), pack(...)
    if w.depth >= DEEPEST then return U end
    for i, name in ipairs(node.names) do declare(own, name, given[i]) end
    own[2] = node.vararg and pack(unpack(given, #node.names + 1, math.max(given.n, #node.names))) or {n = 0}
    local maybe, line = w.maybe, w.line
    w.maybe, w.depth = {}, w.depth + 1
    local good, signal = pcall(block, w, node.block, own)
    local mine = w.maybe
    w.maybe, w.depth, w.line = maybe, w.depth - 1, line
    if not good then error(signal, 0) end
    local values = signal == "return" and w.returned or {n = 0}
    for _, other in ipairs(mine) do values = unknown.join_lists(values, other) end
    return unpack(values, 1, values.n)
end

return walk
