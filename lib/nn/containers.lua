-- containers.lua - modules made of modules
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

return containers
