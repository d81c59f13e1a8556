-- hooks.lua - functions that are called before and after a module, forward and backward
--
-- Each register_* gives a handle with :remove(). Read next: lib/nn/module.lua. SPDX-License-Identifier: MIT
local lun = require "lunette"
local hooks = {methods = {}}

local function register(self, field, hook, name)
    if type(hook) ~= "function" then
        lun.fail("nn.Module", "a hook must be a function, got " .. tostring(hook), ("net:%s(function(module, inputs, output) end)"):format(name))
    end
    local list = rawget(self, field) or {}
    rawset(self, field, list)
    table.insert(list, hook)
    return {remove = function()
        for i, h in ipairs(list) do
            if h == hook then
                table.remove(list, i)
                break
            end
        end
        if #list == 0 then rawset(self, field, nil) end
    end}
end

--- hook(module, inputs, output) after each call; a result replaces the output.
function hooks.methods:register_forward_hook(hook) return register(self, "_forward_hooks", hook, "register_forward_hook") end
--- hook(module, inputs) before each call; a result replaces the input.
function hooks.methods:register_forward_pre_hook(hook) return register(self, "_forward_pre_hooks", hook, "register_forward_pre_hook") end
--- hook(module, grad_inputs, grad_outputs) in backward, once the gradients of all inputs are known: lists in the order of the
--- call's tensors, {} where no input wants a gradient. A list that is returned replaces grad_inputs.
function hooks.methods:register_full_backward_hook(hook)
    return register(self, "_backward_hooks", hook, "register_full_backward_hook")
end

-- The tensors of some values, and a function that puts others in their places.
local function tensors_of(values)
    local list, at = {}, {}
    for i = 1, values.n do
        if lun.is_tensor(values[i]) then list[#list + 1], at[#at + 1] = values[i], i end
    end
    return list, function(...)
        for k, place in ipairs(at) do values[place] = (select(k, ...)) end
        return values
    end
end

-- The tensors again, whose gradients pass through f.
local function watched(name, list, f)
    local Watch = lun.autograd.Function:extend(name)
    function Watch.forward(_, ...)
        local same = table.pack(...)
        for i = 1, same.n do same[i] = same[i]:detach() end
        return table.unpack(same, 1, same.n)
    end
    function Watch.backward(_, ...) return f(...) end
    return Watch(table.unpack(list))
end

local function wants_gradient(list)
    for _, x in ipairs(list) do
        if x.requires_grad then return true end
    end
    return false
end

--- call(...) with the module's backward hooks around it.
function hooks.with_backward(self, call, ...)
    local inputs, from_outputs = table.pack(...), nil
    local list, put = tensors_of(inputs)
    local function told(given)
        for _, hook in ipairs(rawget(self, "_backward_hooks") or {}) do given = hook(self, given, from_outputs) or given end
        return given
    end
    local by_inputs = wants_gradient(list)
    if by_inputs then
        inputs = put(watched(self.__name .. " inputs", list, function(...)
            return table.unpack(told {...}, 1, #list)
        end))
    end
    local outputs = table.pack(call(table.unpack(inputs, 1, inputs.n)))
    local results, put_back = tensors_of(outputs)
    if wants_gradient(results) then
        outputs = put_back(watched(self.__name .. " outputs", results, function(...)
            from_outputs = {...}
            if not by_inputs then told {} end
            return ...
        end))
    end
    return table.unpack(outputs, 1, outputs.n)
end

return hooks
