-- parametrize.lua - nn.utils.parametrize: a parameter that is made of others each time it is read
--
-- module.parametrizations[name] holds what is learnt (original, or original0, original1 ...) and the modules that make the value,
-- applied one after the other; reading module[name] computes it, writing goes back through right_inverse. Names in state dicts are
-- PyTorch's.
-- Holds: the module's class stays as it is; only this module gets a metatable whose reads look here first.
-- Read next: lib/nn/parametrizations.lua. SPDX-License-Identifier: MIT
local lun = require "lunette"
local Module = require "lunette.nn.module"
local containers = require "lunette.nn.containers"

local parametrize = {}
local cache -- values of a call of `cached`: list of modules -> value

local function fail(name, message, hint)
    hint = hint or 'parametrize.register_parametrization(nn.Linear(4, 4), "weight", Symmetric())'
    lun.fail("nn.utils.parametrize." .. name, message, hint)
end

local List = Module:extend "ParametrizationList"

-- The learnt tensors become parameters: one as `original`, several as original0, original1 ...
function List:init(originals)
    self.count = #originals
    for i, x in ipairs(originals) do
        self[#originals == 1 and "original" or "original" .. i - 1] = x:detach():clone():requires_grad_(x.requires_grad)
    end
end

function List:originals()
    if self.count == 1 then return { self.original } end
    local list = {}
    for i = 1, self.count do list[i] = self["original" .. i - 1] end
    return list
end

function List:forward()
    local x = self[1](table.unpack(self:originals()))
    for i = 2, #self:named_children() do x = self[i](x) end
    return x
end

--- Sets what is learnt so that the value becomes x; every part must have a right_inverse.
function List:assign(x)
    lun.no_grad(function()
        for i = #self:named_children(), 1, -1 do
            if not self[i].right_inverse then
                fail("assign", ("%s has no right_inverse, so its value cannot be set"):format(self[i].__name),
                     "function P:right_inverse(x) ... end")
            end
            x = self[i]:right_inverse(x)
        end
        local values = lun.is_tensor(x) and { x } or x
        for i, original in ipairs(self:originals()) do original:copy_(values[i]) end
    end)
end

local function list_of(module, name)
    local all = Module.is_module(module) and rawget(module, "parametrizations")
    return all and rawget(all, name) or nil
end

local function value_of(list)
    if not cache then return list() end
    cache[list] = cache[list] or list()
    return cache[list]
end

-- The module's class with reads and writes that know parametrized names.
local function watch(module)
    local class = getmetatable(module)
    if rawget(class, "_watches") then return end
    local watched = { _watches = class }
    for key, value in next, class do watched[key] = value end
    function watched.__index(self, key)
        local list = key ~= "parametrizations" and type(key) == "string" and list_of(self, key)
        if list then return value_of(list) end
        return class[key]
    end
    function watched.__newindex(self, key, value)
        local list = key ~= "parametrizations" and type(key) == "string" and list_of(self, key)
        if list then return list:assign(value) end
        return class.__newindex(self, key, value)
    end
    setmetatable(module, watched)
end

local function check_value(before, after)
    if not lun.is_tensor(after) or not lun.is_same_size(before, after) or before.dtype ~= after.dtype then
        fail("register_parametrization", ("the value must stay %s %s"):format(tostring(before.dtype), tostring(before.shape)),
             "unsafe = true allows another shape or dtype")
    end
end

--- module[name], a parameter, is from now on what `parametrization` makes of its original. A right_inverse(x) of it says which
--- original (or list of originals) gives x; without, the parameter itself is the original. Several are applied one after the other.
function parametrize.register_parametrization(module, name, parametrization, unsafe)
    if not Module.is_module(module) or not Module.is_module(parametrization) then
        fail("register_parametrization", "expected a module, the name of a parameter, and a module that makes its value")
    end
    local list = list_of(module, name)
    local before = list and list() or rawget(module, name)
    if not lun.is_tensor(before) then fail("register_parametrization", ("no parameter '%s'"):format(tostring(name))) end
    if not list then
        local made = lun.no_grad(function()
            return parametrization.right_inverse and parametrization:right_inverse(before) or before
        end)
        if before.requires_grad and lun.is_tensor(made) then made = made:detach():requires_grad_() end
        if not lun.is_tensor(made) then
            for i, x in ipairs(made) do made[i] = x:detach():requires_grad_(before.requires_grad) end
        end
        list = List(lun.is_tensor(made) and { made } or made)
    end
    local at = #list:named_children() + 1
    list[at] = parametrization
    local good, after = pcall(list)
    if not good or not unsafe then
        local fits, problem = good, after
        if good then fits, problem = pcall(check_value, before, after) end
        if not fits then
            table.remove(list._module_names)
            rawset(list, at, nil)
            error(problem, 0)
        end
    end
    if list_of(module, name) then return module end
    Module._forget_parameter(module, name)
    if not rawget(module, "parametrizations") then module.parametrizations = containers.ModuleDict() end
    module.parametrizations[name] = list
    watch(module)
    return module
end

--- Whether any parameter of the module, or this one, is parametrized.
function parametrize.is_parametrized(module, name)
    if name then return list_of(module, name) ~= nil end
    return Module.is_module(module) and rawget(module, "parametrizations") ~= nil
end

--- Makes module[name] a plain parameter again: its present value, or with leave_parametrized = false the original.
function parametrize.remove_parametrizations(module, name, leave_parametrized)
    local list = list_of(module, name)
    if not list then fail("remove_parametrizations", ("'%s' is not parametrized"):format(tostring(name))) end
    if leave_parametrized == false and list.count > 1 then
        fail("remove_parametrizations", ("'%s' is made of %d originals: only its value can be left"):format(name, list.count),
             "leave_parametrized = true")
    end
    local wanted = list:originals()[1].requires_grad
    local value = leave_parametrized == false and list.original or list()
    module.parametrizations:pop(name)
    if #module.parametrizations:keys() == 0 then
        for i, known in ipairs(module._module_names) do
            if known == "parametrizations" then table.remove(module._module_names, i) break end
        end
        rawset(module, "parametrizations", nil)
        setmetatable(module, rawget(getmetatable(module), "_watches"))
    end
    module[name] = value:detach():clone():requires_grad_(wanted)
    return module
end

--- Runs f, in which each parametrized value is computed once, at its first use.
function parametrize.cached(f, ...)
    local outer = cache
    cache = outer or {}
    local results = table.pack(pcall(f, ...))
    cache = outer
    if not results[1] then error(results[2], 0) end
    return table.unpack(results, 2, results.n)
end

return parametrize
