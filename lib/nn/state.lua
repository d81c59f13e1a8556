-- state.lua - what a module is saved as: tensors by name
--
-- Read next: lib/nn/module.lua. SPDX-License-Identifier: MIT
local lun = require "lunette"
local state_methods = {}

--- name -> tensor (detached, sharing memory), parameters and buffers; what lun.save takes.
function state_methods:state_dict()
    local state = {}
    for _, pair in ipairs(self:named_parameters()) do state[pair[1]] = pair[2]:detach() end
    for _, pair in ipairs(self:named_buffers()) do state[pair[1]] = pair[2]:detach() end
    return state
end

local function shape_text(x) return "[" .. table.concat(x.shape, ",") .. "]" end

--- Copies tensors in by name. Raises when names are missing, unexpected or of another shape, before anything is changed;
--- {strict = false} loads what fits by name and returns missing, unexpected.
function state_methods:load_state_dict(state, options)
    if type(state) ~= "table" then
        lun.fail("load_state_dict", "expected a table of tensors by name, got " .. tostring(state),
            'net:load_state_dict(lun.load("net.safetensors"))')
    end
    local strict = not (options and options.strict == false)
    local own, missing, unexpected, wrong = {}, {}, {}, {}
    for _, list in ipairs {self:named_parameters(), self:named_buffers()} do
        for _, pair in ipairs(list) do
            local name, x = pair[1], pair[2]
            own[name] = x
            local y = state[name]
            if y == nil then
                missing[#missing + 1] = name
            elseif not lun.is_tensor(y) then
                wrong[#wrong + 1] = ("%s is no tensor"):format(name)
            elseif shape_text(x) ~= shape_text(y) then
                wrong[#wrong + 1] = ("%s is %s here and %s in the state"):format(name, shape_text(x), shape_text(y))
            end
        end
    end
    for name in pairs(state) do
        if not own[name] then unexpected[#unexpected + 1] = tostring(name) end
    end
    table.sort(unexpected)
    local problems = {}
    if #wrong > 0 then problems[#problems + 1] = table.concat(wrong, "; ") end
    if strict and #missing > 0 then problems[#problems + 1] = "missing: " .. table.concat(missing, ", ") end
    if strict and #unexpected > 0 then problems[#problems + 1] = "unexpected: " .. table.concat(unexpected, ", ") end
    if #problems > 0 then
        lun.fail("load_state_dict", table.concat(problems, ". "), #wrong == 0 and "net:load_state_dict(state, {strict = false}) loads what fits"
                 or "build the network with the sizes it was saved with", #wrong == 0 and "name" or "shape")
    end
    lun.no_grad(function()
        for name, x in pairs(own) do
            if state[name] then x:copy_(state[name]) end
        end
    end)
    return missing, unexpected
end

return state_methods
