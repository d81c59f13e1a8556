-- optimizers.lua - optimisers told by name before there are parameters: keras.optimizers.Adam {learning_rate = 1e-3}
--
-- Every class of lun.optim is here; learning_rate is lr. Holds: what is told is plain data, so it is saved with a network.
-- Read next: lib/keras/model.lua. SPDX-License-Identifier: MIT
local lun = require "lunette"
local optim = require "lunette.optim"
local optimizers = {}

local renamed = {learning_rate = "lr", epsilon = "eps", clipnorm = "clip_norm", clipvalue = "clip_value"}

-- The class called so, whatever the case.
local function class_name(text)
    for name in pairs(optim) do
        if type(optim[name]) == "function" and name:find "^%u" and name:lower() == text:lower() then return name end
    end
end

-- Raises for a name that no class has, listing those that there are.
local function unknown(op, text, hint)
    local names = {}
    for name, class in pairs(optim) do
        if type(class) == "function" and class_name(name) then names[#names + 1] = name end
    end
    table.sort(names)
    lun.fail(op, ("no optimizer %s; there are: %s"):format(text, table.concat(names, ", ")), hint, "name")
end

local function told(name, given)
    local options, clip = {}, {}
    for key, value in pairs(given or {}) do
        key = renamed[key] or key
        if key == "beta_1" or key == "beta_2" then
            options.betas = options.betas or {0.9, 0.999}
            options.betas[key == "beta_1" and 1 or 2] = value
        elseif key == "clip_norm" or key == "clip_value" then
            clip[key] = value
        else
            options[key] = value
        end
    end
    return {name = name, options = options, clip = clip}
end

--- What compile was given as {name, options, clip}, or as {make = f} or {instance = optimiser}; raises for anything else.
function optimizers.read(what)
    if type(what) == "function" then return {make = what} end
    if type(what) == "table" and what.param_groups then return {instance = what} end
    if type(what) == "table" and what.name and what.options then return what end
    local name = type(what) == "string" and class_name(what)
    if not name then
        unknown("compile", type(what) == "string" and "'" .. what .. "'" or type(what),
                'optimizer = "adam", or lun.keras.optimizers.Adam {learning_rate = 1e-3}')
    end
    return told(name)
end

--- An optimiser over parameters.
function optimizers.make(spec, parameters)
    if spec.instance then return spec.instance end
    if spec.make then
        local made = spec.make(parameters)
        if type(made) ~= "table" or not made.param_groups then
            lun.fail("compile", "the optimizer function gave no optimiser",
                    "function(parameters) return lun.optim.Adam(parameters) end")
        end
        return made
    end
    return optim[spec.name](parameters, spec.options)
end

return setmetatable(optimizers, {__index = function(_, key)
    local name = type(key) == "string" and class_name(key)
    if not name then unknown("keras.optimizers", ("'%s'"):format(tostring(key)), "lun.keras.optimizers.Adam {learning_rate = 1e-3}") end
    return function(options) return told(name, options) end
end})
