-- parameters.lua - nn.utils: clipping gradients, parameters as one vector, weight and spectral normalisation
--
-- Read next: lib/nn/packed.lua (nn.utils.rnn). SPDX-License-Identifier: MIT
local lun = require "lunette"
local Module = require "lunette.nn.module"
local recording = require "lunette.cuda.recording"

local utils = {rnn = require("lunette.nn.packed").rnn}

-- A list of tensors, also of one.
local function list_of(name, parameters)
    if lun.is_tensor(parameters) then return {parameters} end
    if type(parameters) ~= "table" or Module.is_module(parameters) or (next(parameters) ~= nil and not lun.is_tensor(parameters[1])) then
        lun.fail("nn.utils." .. name, "expected a list of parameters, got " .. (Module.is_module(parameters) and "a module" or tostring(parameters)),
                 ("nn.utils.%s(net:parameters(), ...)"):format(name))
    end
    return parameters
end

local function check_bound(name, value)
    if type(value) == "number" and value >= 0 then return end
    lun.fail("nn.utils." .. name, "the bound must be a number of at least 0, got " .. tostring(value),
             ("nn.utils.%s(net:parameters(), 1)"):format(name))
end

-- The rows of an embedding's gradient that are not zero, or all of it.
local function part_of(g)
    local rows = lun.touched_rows(g)
    return rows and g:index_select(1, rows) or g, rows
end

-- f changes a gradient in place: its rows, or all of it. What is zero stays so.
local function change(g, f)
    local part, rows = part_of(g)
    f(part)
    if rows then
        g[rows] = part
        lun.touched_still(g)
    end
end

-- The norm_type-norm of all gradients together.
local function total_norm(parameters, norm_type)
    local total = 0
    for _, p in ipairs(parameters) do
        if p.grad then
            local norm = lun.vector_norm(part_of(p.grad), norm_type):item()
            total = norm_type == math.huge and math.max(total, norm) or total + norm ^ norm_type
        end
    end
    return norm_type == math.huge and total or total ^ (1 / norm_type)
end

-- The same on a device, where it waits once, for the result: the factor is a tensor. In a CUDA graph so is the norm.
local function clip_on_device(gradients, max_norm, norm_type)
    local norms = {}
    for i, g in ipairs(gradients) do norms[i] = lun.vector_norm(g, norm_type):to(gradients[1].device) end
    local total = lun.vector_norm(lun.stack(norms), norm_type)
    local factor = (max_norm / (total + 1e-6)):clamp {max = 1}
    for _, g in ipairs(gradients) do g:mul_(factor:to(g.device)) end
    return recording.now and total or total:item()
end

local function gradients_of(parameters)
    local list = {}
    for _, p in ipairs(parameters) do list[#list + 1] = p.grad end
    return list
end

--- Scales all gradients so that their joint norm (the 2-norm, or norm_type's) is at most max_norm; returns the norm before: a number, in a
--- CUDA graph a tensor.
function utils.clip_grad_norm_(parameters, max_norm, norm_type)
    parameters = list_of("clip_grad_norm_", parameters)
    check_bound("clip_grad_norm_", max_norm)
    check_bound("clip_grad_norm_", norm_type or 2)
    return lun.no_grad(function()
        local gradients = gradients_of(parameters)
        if gradients[1] and gradients[1].device ~= "cpu" then return clip_on_device(gradients, max_norm, norm_type or 2) end
        local total = total_norm(parameters, norm_type or 2)
        local factor = max_norm / (total + 1e-6)
        if factor < 1 then
            for _, p in ipairs(parameters) do
                if p.grad then change(p.grad, function(g) g:mul_(factor) end) end
            end
        end
        return total
    end)
end

--- Cuts every element of every gradient to -clip_value..clip_value.
function utils.clip_grad_value_(parameters, clip_value)
    parameters = list_of("clip_grad_value_", parameters)
    check_bound("clip_grad_value_", clip_value)
    lun.no_grad(function()
        for _, p in ipairs(parameters) do
            if p.grad then change(p.grad, function(g) g:clamp_(-clip_value, clip_value) end) end
        end
    end)
end

--- All parameters one after the other in one vector.
function utils.parameters_to_vector(parameters)
    local flat = {}
    for i, p in ipairs(list_of("parameters_to_vector", parameters)) do flat[i] = p:reshape(-1) end
    if #flat == 0 then lun.fail("nn.utils.parameters_to_vector", "the list is empty", "nn.utils.parameters_to_vector(net:parameters())") end
    return lun.cat(flat)
end

--- The numbers of such a vector written into the parameters.
function utils.vector_to_parameters(vector, parameters)
    parameters = list_of("vector_to_parameters", parameters)
    local size, at = 0, 1
    for _, p in ipairs(parameters) do size = size + p:numel() end
    if not lun.is_tensor(vector) or vector.ndim ~= 1 or vector:numel() ~= size then
        lun.fail("nn.utils.vector_to_parameters", ("the vector must have %d elements, as the parameters have"):format(size),
                 "nn.utils.vector_to_parameters(v, net:parameters())", "shape")
    end
    lun.no_grad(function()
        for _, p in ipairs(parameters) do
            p:copy_(vector:narrow(1, at, p:numel()):reshape(p.shape))
            at = at + p:numel()
        end
    end)
end

-- ---- a weight as length times direction ----

local function norm_except(v, dim)
    if not dim then return lun.vector_norm(v) end
    local dims = {}
    for d = 1, v.ndim do
        if d ~= dim then dims[#dims + 1] = d end
    end
    return #dims == 0 and v:abs() or lun.vector_norm(v, 2, dims, true)
end

--- Replaces a parameter by its lengths name_g along dim (false: one length) and its direction name_v; each call makes the weight of them.
function utils.weight_norm(module, name, dim)
    name = name or "weight"
    if dim == nil then dim = 1 end
    local w = Module.is_module(module) and rawget(module, name)
    if not lun.is_tensor(w) or not w.is_leaf or (dim and (math.type(dim) ~= "integer" or dim < 1 or dim > w.ndim)) then
        lun.fail("nn.utils.weight_norm", ("no parameter '%s' with a dim %s"):format(tostring(name), tostring(dim)),
                 'nn.utils.weight_norm(nn.Linear(4, 2), "weight", 1)')
    end
    Module._forget_parameter(module, name)
    module[name .. "_g"] = norm_except(w:detach(), dim):clone():requires_grad_()
    module[name .. "_v"] = w:detach():clone():requires_grad_()
    local function remake()
        local g, v = rawget(module, name .. "_g"), rawget(module, name .. "_v")
        rawset(module, name, v * (g / norm_except(v, dim)))
    end
    remake()
    rawset(module, "_weight_norm", rawget(module, "_weight_norm") or {})
    module._weight_norm[name] = {handle = module:register_forward_pre_hook(remake), remake = remake}
    return module
end

--- Undoes weight_norm: the weight is a parameter again.
function utils.remove_weight_norm(module, name)
    name = name or "weight"
    local all = Module.is_module(module) and rawget(module, "_weight_norm")
    local known = all and all[name]
    if not known then
        lun.fail("nn.utils.remove_weight_norm", ("'%s' has no weight norm here"):format(tostring(name)), "nn.utils.weight_norm(nn.Linear(4, 2))")
    end
    known.remake()
    known.handle:remove()
    all[name] = nil
    local w = rawget(module, name):detach():requires_grad_()
    Module._forget_parameter(module, name .. "_g")
    Module._forget_parameter(module, name .. "_v")
    rawset(module, name, nil)
    module[name] = w
    return module
end

-- ---- a weight whose largest singular value is 1 ----

-- The weight as a matrix with rows along dim.
local function as_matrix(w, dim) return w:movedim(dim, 1):flatten(2) end

local function power_iteration(w, u, v, n, eps)
    lun.no_grad(function()
        for _ = 1, n do
            v:copy_(lun.normalize(w:t():mv(u), 2, 1, eps))
            u:copy_(lun.normalize(w:mv(v), 2, 1, eps))
        end
    end)
end

--- Divides a weight by its largest singular value in each call. name_orig is the parameter; name_u and name_v are buffers that follow
--- the singular vectors, by n_power_iterations (1) steps in each call in training. Also: eps (1e-12), dim (1, of a transposed convolution 2).
function utils.spectral_norm(module, name, n_power_iterations, eps, dim)
    local transposed = dim == nil and Module.is_module(module) and module.__name:find "^ConvTranspose"
    name, n_power_iterations, eps, dim = name or "weight", n_power_iterations or 1, eps or 1e-12, dim or 1
    if transposed then dim = 2 end
    local w = Module.is_module(module) and rawget(module, name)
    if not lun.is_tensor(w) or not w.is_leaf or w.ndim < 2 or math.type(dim) ~= "integer" or dim < 1 or dim > w.ndim
        or math.type(n_power_iterations) ~= "integer" or n_power_iterations < 1 then
        lun.fail("nn.utils.spectral_norm",
                 ("no parameter '%s' with 2 dims and a dim %s, or less than 1 iteration"):format(tostring(name), tostring(dim)),
                 'nn.utils.spectral_norm(nn.Linear(4, 2), "weight", 1)')
    end
    Module._forget_parameter(module, name)
    module[name .. "_orig"] = w:detach():clone():requires_grad_()
    local matrix = as_matrix(w:detach(), dim)
    for i, key in ipairs {"_u", "_v"} do
        module:register_buffer(name .. key, lun.normalize(lun.randn(matrix:size(i)):to(w.dtype):to(w.device), 2, 1, eps))
    end
    local function remake()
        local original, u, v = rawget(module, name .. "_orig"), rawget(module, name .. "_u"), rawget(module, name .. "_v")
        local m = as_matrix(original, dim)
        if module.training then power_iteration(m:detach(), u, v, n_power_iterations, eps) end
        rawset(module, name, original / m:mv(v:clone()):dot(u:clone()))
    end
    remake()
    module:register_forward_pre_hook(remake)
    return module
end

return utils
