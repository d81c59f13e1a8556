-- autograd.lua - lun.autograd: derivatives of functions, functions with a gradient of their own, checks
--
-- jacobian, hessian, vjp, jvp, hvp, vhp (autograd/functional.lua), Function (autograd/function.lua), gradcheck and gradgradcheck
-- (autograd/gradcheck.lua), saved_tensors_hooks and detect_anomaly here. lun.checkpoint and lun.vmap are files of their own.
-- Read next: lua_bindings/autograd.c, doc/autograd.md. SPDX-License-Identifier: MIT
local lun = require "lunette"
local core = require "lunette.autograd_core"
local functional = require "lunette.autograd.functional"
local checks = require "lunette.autograd.gradcheck"

local autograd = {
    Function = require "lunette.autograd.function",
    jacobian = functional.jacobian, hessian = functional.hessian, vjp = functional.vjp, jvp = functional.jvp,
    hvp = functional.hvp, vhp = functional.vhp,
    gradcheck = checks.gradcheck, gradgradcheck = checks.gradgradcheck,
    grad = lun.grad, no_grad = lun.no_grad, enable_grad = lun.enable_grad,
}

local function check_function(where, f, example)
    local meta = getmetatable(f)
    if type(f) ~= "function" and not (type(meta) == "table" and meta.__call) then
        lun.fail(where, "a function is needed, got " .. (lun.is_tensor(f) and "a tensor" or type(f)), example)
    end
end

--- Gradients of several outputs at once, added to the leaves' .grad.
function autograd.backward(outputs, gradients, options)
    options = options or {}
    if lun.is_tensor(outputs) then outputs, gradients = {outputs}, gradients and {gradients} end
    local sum
    for i, y in ipairs(outputs) do
        local g = gradients and gradients[i] or nil
        if not g and y:numel() ~= 1 then
            lun.fail("backward", ("output %d is not a single number, so its gradient must be given"):format(i),
                "autograd.backward({a, b}, {ga, gb})", "gradient")
        end
        if g and (not lun.is_tensor(g) or g.shape ~= y.shape) then
            lun.fail("backward", ("gradient %d must be a tensor of shape %s"):format(i, y.shape), "lun.ones_like(y)", "shape")
        end
        if y.requires_grad then
            local part = g and (y * g:detach()):sum() or y:sum()
            sum = sum and sum + part or part
        end
    end
    if not sum then lun.fail("backward", "no output requires grad", "x:requires_grad_() before computing", "gradient") end
    sum:backward {retain_graph = options.retain_graph or options.create_graph, create_graph = options.create_graph}
end

-- Runs f(...) with `guard` open, or hands the guard out for `local _ <close> =`.
local function scope(guard, f, ...)
    if not f then return guard end
    local _ <close> = guard
    return f(...)
end

--- While open, every value saved for backward goes through pack(x), and unpack(what pack gave) when it is read.
function autograd.saved_tensors_hooks(pack, unpack, f, ...)
    local example = "lun.autograd.saved_tensors_hooks(function(x) return x end, function(x) return x end)"
    check_function("saved_tensors_hooks", pack, example)
    check_function("saved_tensors_hooks", unpack, example)
    if f then check_function("saved_tensors_hooks", f, example) end
    return scope(core.saved_hooks(pack, unpack), f, ...)
end

local anomaly = {__close = function(self) core.detect_anomaly(self.before) end}

--- While open, backward stops at the first op whose gradient is NaN, and says which and where it ran.
function autograd.detect_anomaly(f, ...)
    if f then check_function("detect_anomaly", f, "lun.autograd.detect_anomaly(function() loss:backward() end)") end
    return scope(setmetatable({before = core.detect_anomaly(true)}, anomaly), f, ...)
end

return autograd
