-- ghost.lua - dtype and shape of what is being typed, worked out without running it
--
-- ghost(text, look_up) gives "f32[64,10]" for the value of the last statement, or nil and the reason why it will fail, or
-- nothing at all where that is not certain. Values of the session are looked at raw; tensors become hollow ones, modules are
-- copied with hollow weights and called without hooks and names; only ops and layers of the library are called, never a
-- function, a metamethod or a hook of the user's.
-- Called inside dry_core.within, which gives it a context and a deadline. Read next: repl/ghost.c, lib/shapes/walk.lua,
-- lib/shapes/modules.lua. SPDX-License-Identifier: MIT
local lun = require "lunette"
local dry = require "lunette.dry_core"
local read = require "lunette.shapes.read"
local inside = require "lunette.shapes.inside"
local walk = require "lunette.shapes.walk"
local unknown = require "lunette.shapes.unknown"
local known = require "lunette.shapes.known"
local modules = require "lunette.shapes.modules"
local operators = require "lunette.shapes.operators"

local U = unknown.value
local LONGEST, MOST_ITEMS = 4000, 2000 -- bytes of a cell; elements of a table of the user's
local GIVE_UP = setmetatable({}, {__name = "no ghost"})
local allowed = {["local"] = true, assign = true, call = true, ["return"] = true, ["local function"] = true}

local world = {depth = 0}
world.__index = world

-- ---- values of the session ----

local function hollow(w, x)
    local seen = w.hollow[x]
    if seen then return seen end
    local good, y = pcall(dry.hollow, x)
    if not good then return U end
    w.hollow[x], w.original[y], w.made[y] = y, x, true
    return y
end

-- What a value of the session is here. Tables stay what they are, and are read raw.
local function see(w, value)
    local kind = type(value)
    if kind == "userdata" then return lun.is_tensor(value) and (w.made[value] and value or hollow(w, value)) or U end
    if kind == "function" then return known.ours(value) and value or U end
    if kind == "thread" then return U end
    return value
end

-- The field of a table along __index, as far as that is tables.
local function field(t, key)
    for _ = 1, 12 do
        local value = rawget(t, key)
        if value ~= nil then return value end
        local meta = debug.getmetatable(t)
        local behind = type(meta) == "table" and rawget(meta, "__index")
        if meta ~= nil and type(behind) ~= "table" then return U end
        if not behind then return nil end
        t = behind
    end
    return U
end

-- Has a table no metatable, or that of x.shape?
local function plain(t)
    local meta = debug.getmetatable(t)
    return meta == nil or meta == known.shape_metatable
end

-- An argument as the library may have it: tables are copied, with hollow tensors. U when something in it is unknown.
local function given(w, value, depth)
    if type(value) == "string" and value:find "^cuda" and not known.device_is_there(value) then return U end
    value = see(w, value)
    if type(value) ~= "table" or rawequal(value, U) then return value end
    if modules.is_module(value) then return w.modules:copy(value) or U end
    if not plain(value) or depth > 6 then return U end
    local copy = {}
    for key, item in next, value do
        w.items = w.items + 1
        if w.items > MOST_ITEMS then error(GIVE_UP, 0) end
        local own = given(w, item, depth + 1)
        if rawequal(own, U) then return U end
        copy[key] = own
    end
    return copy
end

-- ---- what the walker asks ----

function world:step(node)
    if not allowed[node.kind] then error(GIVE_UP, 0) end
end

function world:global(name)
    local own = self.globals[name]
    if own then return own[1] end
    local value = self.look_up(name)
    if value == nil then return U end -- undefined, or not loaded yet
    return see(self, value)
end

function world:set_global(name, value) self.globals[name] = {value} end
function world.set_index() error(GIVE_UP, 0) end
function world.make_function() return U end

-- Calls the library; its errors end the ghost, with the reason where it is one.
local function try(w, f, ...)
    local results = table.pack(pcall(f, ...))
    if results[1] then
        for i = 2, results.n do
            -- elements that were typed stay: they may be positions
            if type(results[i]) == "userdata" then w.made[results[i]] = true end
        end
        return table.unpack(results, 2, results.n)
    end
    local problem = results[2]
    local reason, kind = known.reason(problem)
    if not reason then error(problem == "OVER" and problem or GIVE_UP, 0) end
    if w.last then error({reason = reason, kind = kind}, 0) end
    return U
end

function world:index(of, key)
    if type(of) == "table" then return see(self, field(of, key)) end
    if not lun.is_tensor(of) then return U end
    if key == "grad" then
        local x = self.original[of]
        return x and see(self, x.grad) or U
    end
    if type(key) == "string" then
        if known.methods[key] then return see(self, known.methods[key]) end
        if key:find "^[%a_]" and not known.properties[key] then
            if known.described[key] then return U end
        end
    end
    key = given(self, key, 0)
    if rawequal(key, U) then return U end
    return try(self, known.index, of, key)
end

function world:operate(operator, a, b)
    local first, second = type(a), type(b)
    if operator == operators.unary["#"] and first == "table" and plain(a) then return rawlen(a) end
    if first == "table" or second == "table" or first == "function" or second == "function" then return U end
    if first ~= "userdata" and second ~= "userdata" then return try(self, operator, a, b) end
    local op = known.operators[operator]
    return op and try(self, op, a, b) or U
end

function world:call(f, arguments)
    local copy = {n = arguments.n}
    for i = 1, arguments.n do
        copy[i] = given(self, arguments[i], 0)
        if rawequal(copy[i], U) then return U end
    end
    if known.is_pure(f) then return try(self, f, table.unpack(copy, 1, copy.n)) end
    if type(f) == "table" then
        local module = modules.is_module(f) and self.modules:copy(f)
        if module then return try(self, module, table.unpack(copy, 1, copy.n)) end
        if modules.is_class(f) then return try(self, f, table.unpack(copy, 1, copy.n)) end
    elseif modules.is_copy(copy[1]) and rawequal(f, copy[1].forward) then
        return try(self, copy[1], table.unpack(copy, 2, copy.n))
    end
    return U
end

-- ---- the answer ----

local function text_of(value)
    if lun.is_tensor(value) then return dry.text(value) end
    if type(value) ~= "table" or rawequal(value, U) or debug.getmetatable(value) ~= nil or not lun.is_tensor(rawget(value,
        1)) then return nil end
    local parts = {}
    for i = 1, math.min(#value, 3) do parts[i] = lun.is_tensor(value[i]) and dry.text(value[i]) or "?" end
    if #value > 3 then parts[4] = ("... %d in all"):format(#value) end
    return "{" .. table.concat(parts, ", ") .. "}"
end

local function texts(values, most)
    local parts, some = {}, false
    for i = 1, math.min(values.n, most or values.n, 4) do
        local text = text_of(values[i])
        parts[i], some = text or "?", some or text ~= nil
    end
    return some and table.concat(parts, ", ") or nil
end

local copies = modules.new() -- kept between keys; forgotten when a cell has run

local function new_world(look_up)
    return setmetatable({look_up = look_up, globals = {}, hollow = {}, original = {}, made = {}, items = 0, modules = copies,
                         maybe = {}}, world)
end

local tokens = require "lunette.shapes.tokens"
local continues = {["."] = true, [":"] = true}
local ends = {name = true, string = true, [")"] = true, ["]"] = true, ["}"] = true}
local closing = {["("] = ")", ["["] = "]", ["{"] = "}"}

-- Where the expression of names, calls and indices begins that ends a text; nil when there is none.
local function start_of(text)
    local stack, start, before = {}, nil, nil
    local function read(r)
        local from = r.before
        if r.kind == "name" then
            if not continues[before] then start = from end
        elseif closing[r.kind] then
            local goes_on = ends[before] and start
            stack[#stack + 1] = goes_on and start or r.kind == "(" and from or false
            start = nil
        elseif r.kind == ")" or r.kind == "]" or r.kind == "}" then
            start = table.remove(stack) or nil
        elseif r.kind == "string" then
            start = ends[before] and start or nil
        elseif not continues[r.kind] then
            start = nil
        end
        before = r.kind
    end
    local good = pcall(function()
        local r = tokens.start(text)
        while r.kind ~= "end of text" do
            read(r)
            tokens.advance(r)
        end
    end)
    return good and ends[before] and start or nil
end

return {
    --- The value of the expression that ends a text, tensors without elements; nil when it is not known.
    value = function(text, look_up)
        local start = #text <= LONGEST and start_of(text)
        local tree = start and read("return " .. text:sub(start))
        if not tree then return nil end
        local good, value = pcall(walk.all, new_world(look_up), tree[1].values, {})
        if good and not rawequal(value[1], U) then return value[1] end
    end,
    --- The ghost of a cell: its text, or nil and a reason, or nothing. look_up(name) gives the value of a global, read raw.
    of = function(text, look_up)
        if #text > LONGEST then return end
        local tree = read(text, true)
        if not tree then
            local line = inside(text)
            tree = line and read(line, true)
        end
        local last = tree and tree[#tree]
        if not last or not allowed[last.kind] or last.kind == "local function" then return end
        tree[#tree] = nil
        local w = new_world(look_up)
        local good, answer = pcall(function()
            local scope = {}
            if walk.block(w, tree, scope) then return nil end
            w.last = true
            local values = walk.all(w, last.kind == "call" and {last.value} or last.values, scope)
            return texts(values, last.names and #last.names or last.targets and #last.targets)
        end)
        if good then return answer end
        local unfinished = type(answer) ~= "table" or answer.kind == "name"
            and text:find "[%a_][%w_]*$" -- a name that is being typed
        if not unfinished and answer.reason then return nil, answer.reason end
    end,
    --- Values may have changed since.
    forget = function() copies = modules.new() end,
}
