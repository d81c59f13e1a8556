-- containers.lua - modules made of modules or of parameters
--
-- Read next: lib/nn/module.lua. SPDX-License-Identifier: MIT
local lun = require "lunette"
local Module = require "lunette.nn.module"

local containers = {}

local function check(class, x)
    if not Module.is_module(x) then
        lun.fail("nn." .. class, ("expected a module, got %s"):format(type(x) == "table" and "a table" or tostring(x)),
                 ("lun.nn.%s(lun.nn.Linear(4, 8), lun.nn.ReLU())"):format(class))
    end
    return x
end

--- Modules called one after the other: nn.Sequential(a, b, c), or with names nn.Sequential{{"fc1", a}, {"act", b}}.
local Sequential = Module:extend("Sequential")
function Sequential:init(...)
    local first = ...
    if type(first) == "table" and not Module.is_module(first) then
        for i, entry in ipairs(first) do
            local named = type(entry) == "table" and not Module.is_module(entry) and type(entry[1]) == "string"
            if named then self[entry[1]] = check("Sequential", entry[2]) else self[i] = check("Sequential", entry) end
        end
    else
        for i = 1, select("#", ...) do self[i] = check("Sequential", (select(i, ...))) end
    end
end
--- Appends a module and returns the container: nn.Sequential():add(a):add(b).
function Sequential:add(module)
    self[#self._module_names + 1] = check("Sequential", module)
    return self
end
function Sequential:forward(x)
    for _, key in ipairs(self._module_names) do x = self[key](x) end
    return x
end
containers.Sequential = Sequential

--- x + f(x): nn.Residual(nn.Sequential(...)).
local Residual = Module:extend("Residual")
function Residual:init(f)
    if not Module.is_module(f) then lun.fail("nn.Residual", "expected a module, got " .. tostring(f), "lun.nn.Residual(lun.nn.Linear(4, 4))") end
    self.f = f
end
function Residual:forward(x, ...) return x + self.f(x, ...) end
containers.Residual = Residual

--- A list of modules that are not called by themselves.
local ModuleList = Module:extend("ModuleList")
function ModuleList:init(list)
    for i, module in ipairs(list or {}) do self[i] = check("ModuleList", module) end
end
function ModuleList:append(module)
    self[#self._module_names + 1] = check("ModuleList", module)
    return self
end
containers.ModuleList = ModuleList

-- ---- by name ----

-- Entries of a table by name in alphabetical order, or of {{"name", value}, ...} in theirs.
local function entries(class, given)
    if given == nil then return {} end
    if type(given) ~= "table" or Module.is_module(given) then
        lun.fail("nn." .. class, "expected a table by name, got " .. tostring(given), ("lun.nn.%s{{\"a\", x}, {\"b\", y}}"):format(class))
    end
    local list = {}
    for key, value in pairs(given) do
        if type(key) == "string" then list[#list + 1] = {key, value} end
    end
    table.sort(list, function(a, b) return a[1] < b[1] end)
    for _, entry in ipairs(given) do
        if type(entry) ~= "table" or type(entry[1]) ~= "string" then
            lun.fail("nn." .. class, "an entry without a name", ("lun.nn.%s{{\"a\", x}, {\"b\", y}}"):format(class))
        end
        list[#list + 1] = entry
    end
    return list
end

-- A class whose values stand under names of their own; `names` is the field with their order.
local function dict(class, names, checked)
    local Dict = Module:extend(class)
    function Dict:init(given)
        for _, entry in ipairs(entries(class, given)) do self:set(entry[1], entry[2]) end
    end
    --- Puts a value under a name; one that is there is replaced and keeps its place.
    function Dict:set(name, value)
        if type(name) ~= "string" or Dict[name] ~= nil or name:sub(1, 1) == "_" or name == "training" then
            lun.fail("nn." .. class, ("'%s' cannot be a name here"):format(tostring(name)), "a string that is no method of a module", "name")
        end
        self[name] = checked(class, value)
        return self
    end
    --- Takes a value out and returns it.
    function Dict:pop(name)
        local value = rawget(self, name)
        for i, known in ipairs(self[names]) do
            if known == name and value ~= nil then
                table.remove(self[names], i)
                rawset(self, name, nil)
                return value
            end
        end
        lun.fail("nn." .. class, ("no '%s'; there are: %s"):format(tostring(name), table.concat(self[names], ", ")), "dict:keys()", "name")
    end
    function Dict:keys() return table.move(self[names], 1, #self[names], 1, {}) end
    function Dict:values()
        local list = {}
        for i, name in ipairs(self[names]) do list[i] = rawget(self, name) end
        return list
    end
    --- {{name, value}, ...} in order.
    function Dict:items()
        local list = {}
        for i, name in ipairs(self[names]) do list[i] = {name, rawget(self, name)} end
        return list
    end
    function Dict:contains(name) return type(name) == "string" and Dict[name] == nil and rawget(self, name) ~= nil end
    Dict.__len = function(self) return #self[names] end
    containers[class] = Dict
end

local function parameter(class, x)
    if not lun.is_tensor(x) then lun.fail("nn." .. class, "expected a tensor, got " .. tostring(x), ("lun.nn.%s{lun.randn(3)}"):format(class)) end
    if x.is_leaf and x.requires_grad then return x end
    return x:detach():requires_grad_()
end

--- Modules by name that are not called by themselves: nn.ModuleDict{{"a", nn.ReLU()}, {"b", nn.Tanh()}}; dict.a(x).
dict("ModuleDict", "_module_names", check)
--- Parameters by name.
dict("ParameterDict", "_parameter_names", parameter)

--- A list of parameters; tensors become parameters.
local ParameterList = Module:extend("ParameterList")
function ParameterList:init(list)
    if list ~= nil and type(list) ~= "table" then
        lun.fail("nn.ParameterList", "expected a list of tensors, got " .. tostring(list), "lun.nn.ParameterList{lun.randn(3)}")
    end
    for _, x in ipairs(list or {}) do self:append(x) end
end
function ParameterList:append(x)
    self[#self._parameter_names + 1] = parameter("ParameterList", x)
    return self
end
ParameterList.__len = function(self) return #self._parameter_names end
containers.ParameterList = ParameterList

return containers
