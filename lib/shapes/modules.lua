-- modules.lua - networks of the library's own layers, called without leaving a trace
--
-- A copy has hollow weights, no name and no call numbers, and calling it is calling its forward. There is none for a network
-- with a hook, with a function or class of the user's anywhere, or with a layer that waits for its first input: what those do
-- nobody knows.
-- Holds: the network that is copied is only read, raw. Read next: lib/nn/module.lua. SPDX-License-Identifier: MIT
local lun = require "lunette"
local dry = require "lunette.dry_core"
local known = require "lunette.shapes.known"

local modules = {}
modules.__index = modules

local DEEPEST = 40
local hooks = {"_forward_hooks", "_forward_pre_hooks", "_backward_hooks"}
local not_needed = {_arguments = true, _path = true, _root_name = true, _calls = true, _last_root_call = true}

function modules.new() return setmetatable({done = {}, open = {}, refused = {}}, modules) end

function modules.is_module(x) return type(x) == "table" and rawget(x, "_module_names") ~= nil end

local marks = setmetatable({}, {__mode = "k"})
function modules.is_copy(x) return type(x) == "table" and marks[x] == true end

--- Is this a class all of whose functions are the library's?
function modules.is_class(class)
    local root = package.loaded["lunette.nn.module"]
    for _ = 1, 12 do
        if type(class) ~= "table" or rawget(class, "__index") ~= class then return false end
        for _, f in next, class do
            if type(f) == "function" and not known.ours(f) then return false end
        end
        if class == root then return true end
        local meta = debug.getmetatable(class)
        class = type(meta) == "table" and rawget(meta, "__index")
    end
    return false
end

local function call(self, ...) return self:forward(...) end

local copy_value

-- What is being copied stands in list.open, what is whole in list.done: a copy that was given up goes on there at the next key.
local function copy_table(list, t, depth)
    local copy = {}
    list.open[t] = copy
    for key, value in next, t do
        if not not_needed[key] then
            local own = copy_value(list, value, depth + 1)
            if own == nil then return nil end
            copy[key] = own
        end
    end
    list.done[t] = copy
    return copy
end

local function copy_module(list, module, depth)
    local class = debug.getmetatable(module)
    if not modules.is_class(class) or tostring(rawget(class, "__name")):find "^Lazy" then return nil end
    for _, name in ipairs(hooks) do
        if rawget(module, name) then return nil end
    end
    local copy = copy_table(list, module, depth)
    if copy then
        marks[copy] = true
        setmetatable(copy, {__index = class, __call = call, __name = class.__name})
    end
    return copy
end

function copy_value(list, value, depth)
    local kind = type(value)
    if kind == "userdata" then
        if not lun.is_tensor(value) then return nil end
        list.done[value] = list.done[value] or dry.hollow(value)
        return list.done[value]
    end
    if kind == "function" then return known.ours(value) and value or nil end
    if kind ~= "table" then return value end
    if list.done[value] or list.open[value] then return list.done[value] or list.open[value] end
    if depth > DEEPEST then return nil end
    if modules.is_module(value) then return copy_module(list, value, depth) end
    if modules.is_class(value) then return value end
    if debug.getmetatable(value) ~= nil then return nil end
    return copy_table(list, value, depth)
end

--- The copy of a network, the same one each time; nil when there is none.
function modules:copy(module)
    if modules.is_copy(module) then return module end
    if self.refused[module] then return nil end
    self.open = {}
    local copy = copy_value(self, module, 0)
    self.refused[module] = copy == nil or nil
    return copy
end

return modules
