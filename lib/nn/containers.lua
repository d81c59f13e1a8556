-- containers.lua - modules made of modules
--
-- Read next: lib/nn/module.lua. SPDX-License-Identifier: MIT
local Module = require "lunette.nn.module"

local containers = {}

local function check(class, x)
    if not Module.is_module(x) then
        error(("nn.%s: expected a module, got %s"):format(class, tostring(x)), 4)
    end
    return x
end

--- Modules called one after the other: nn.Sequential(a, b, c), or with names nn.Sequential{{"fc1", a}, {"act", b}}.
local Sequential = Module:extend("Sequential")
function Sequential:init(...)
    local first = ...
    if type(first) == "table" and not Module.is_module(first) then
        for _, pair in ipairs(first) do self[pair[1]] = check("Sequential", pair[2]) end
    else
        for i, module in ipairs {...} do self[i] = check("Sequential", module) end
        if select("#", ...) ~= #self._module_names then error("nn.Sequential: an argument is nil", 3) end
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
