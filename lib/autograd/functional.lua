-- functional.lua - derivatives of functions: jacobian, hessian, vjp, jvp, hvp, vhp, and lun.grad of a function
--
-- As torch.autograd.functional: inputs are a tensor or a list, f takes them as arguments and gives a tensor, several, or a list.
-- create_graph = true keeps the results differentiable; strict = true refuses outputs that do not depend on an input (else zeros).
-- Read next: lua_bindings/gradients.c (lun.grad). SPDX-License-Identifier: MIT
local lun = require "lunette"
local functional = {}

local known = {create_graph = true, strict = true, vectorize = true}

local function check_options(where, options)
    for name in pairs(options) do
        if not known[name] then
            lun.fail(where, ("no option '%s'; it takes create_graph and strict"):format(tostring(name)), "{create_graph = true}", "name")
        end
    end
    return options
end

local function list_of(where, what, values)
    if lun.is_tensor(values) then return {values}, false end
    if type(values) ~= "table" then
        lun.fail(where, ("%s must be a tensor or a list of tensors, got %s"):format(what, type(values)), where .. "(f, x)")
    end
    for i, x in ipairs(values) do
        if not lun.is_tensor(x) then
            lun.fail(where, ("%s[%d] must be a tensor, got %s"):format(what, i, type(x)), where .. "(f, {x, y})")
        end
    end
    return values, true
end

-- Inputs that a gradient can be taken for: of their own, or (create_graph) still part of their graph.
local function prepared(where, inputs, create_graph)
    local own = {}
    for i, x in ipairs(inputs) do
        if not x.dtype:find "float" and not x.dtype:find "complex" then
            lun.fail(where, ("input %d is %s; only floats have derivatives"):format(i, x.dtype), "x:float()", "dtype")
        end
        own[i] = create_graph and x.requires_grad and x:view(x.shape) or x:detach():requires_grad_()
    end
    return own
end

local function results_of(where, f, inputs)
    local results = table.pack(f(table.unpack(inputs)))
    if results.n ~= 1 or type(results[1]) == "table" then
        return list_of(where, "the results of f", results.n == 1 and results[1] or results)
    end
    return list_of(where, "the result of f", results[1])
end

local function finished(list, is_list, create_graph)
    if not create_graph then
        for i, x in ipairs(list) do list[i] = lun.is_tensor(x) and x:detach() or finished(x, true, false) end
    end
    return is_list and list or list[1]
end

-- Gradients with zeros for what is not reached.
local function gradients(where, outputs, inputs, grad_outputs, options, strict)
    local roots, seeds = {}, {}
    for i, y in ipairs(outputs) do
        if y.requires_grad then
            roots[#roots + 1] = y
            seeds[#seeds + 1] = grad_outputs[i]
        elseif strict then
            lun.fail(where, ("output %d does not depend on the inputs"):format(i), "leave out strict for zeros", "gradient")
        end
    end
    local found = #roots > 0 and lun.grad(roots, inputs, {grad_outputs = seeds, retain_graph = true, create_graph = options.create_graph,
        allow_unused = true}) or {}
    for i, x in ipairs(inputs) do
        if not found[i] then
            if strict then
                lun.fail(where, ("the result does not depend on input %d"):format(i), "leave out strict for zeros", "gradient")
            end
            found[i] = lun.zeros_like(x)
        end
    end
    return found
end

local function vectors(where, v, like, needed)
    if v == nil then
        if needed or #like ~= 1 or like[1]:numel() ~= 1 then
            lun.fail(where, "`v` is needed: a tensor like the " .. (needed or "output"), where .. "(f, x, lun.ones_like(x))")
        end
        return {lun.ones_like(like[1])}
    end
    local list = list_of(where, "v", v)
    if #list ~= #like then lun.fail(where, ("%d vectors for %d tensors"):format(#list, #like), where .. "(f, {x, y}, {u, v})", "shape") end
    for i, x in ipairs(list) do
        if x.shape ~= like[i].shape then
            lun.fail(where, ("v[%d] has shape %s, its tensor %s"):format(i, x.shape, like[i].shape), "lun.ones_like(x)", "shape")
        end
    end
    return list
end

--- vjp(f, inputs, v): f's results, and v times the jacobian.
function functional.vjp(f, inputs, v, options)
    options = check_options("vjp", options or {})
    return lun.enable_grad(function()
        local list, many = list_of("vjp", "inputs", inputs)
        local own = prepared("vjp", list, options.create_graph)
        local results, several = results_of("vjp", f, own)
        local g = gradients("vjp", results, own, vectors("vjp", v, results), options, options.strict)
        return finished(results, several, options.create_graph), finished(g, many, options.create_graph)
    end)
end

--- jvp(f, inputs, v): f's results, and the jacobian times v.
function functional.jvp(f, inputs, v, options)
    options = check_options("jvp", options or {})
    return lun.enable_grad(function()
        local list = list_of("jvp", "inputs", inputs)
        local own = prepared("jvp", list, options.create_graph)
        local direction = vectors("jvp", v, own)
        local results, several = results_of("jvp", f, own)
        -- the gradient is linear in its seeds, so the gradient of that for the seeds is the product with v
        local seeds = {}
        for i, y in ipairs(results) do seeds[i] = lun.zeros_like(y):requires_grad_() end
        local g = gradients("jvp", results, own, seeds, {create_graph = true}, options.strict)
        local product = gradients("jvp", g, seeds, direction, options, options.strict)
        return finished(results, several, options.create_graph), finished(product, several, options.create_graph)
    end)
end

-- Rows of the jacobian of one result, for each input.
local function jacobian_of(y, inputs, options)
    local rows = {}
    for i = 1, #inputs do rows[i] = {} end
    local flat = y:reshape(-1)
    for k = 1, flat:numel() do
        local g = gradients("jacobian", {flat[k]}, inputs, {lun.ones_like(flat[k])}, options, options.strict)
        for i = 1, #inputs do rows[i][k] = g[i] end
    end
    local found = {}
    for i, x in ipairs(inputs) do
        local shape = {}
        for _, n in ipairs(y.shape) do shape[#shape + 1] = n end
        for _, n in ipairs(x.shape) do shape[#shape + 1] = n end
        found[i] = #rows[i] > 0 and lun.stack(rows[i]):reshape(shape) or lun.zeros(shape, {dtype = x.dtype})
    end
    return found
end

--- jacobian(f, inputs): derivative of every element of the results for every element of the inputs, shape [result..., input...].
function functional.jacobian(f, inputs, options)
    options = check_options("jacobian", options or {})
    return lun.enable_grad(function()
        local list, many = list_of("jacobian", "inputs", inputs)
        local own = prepared("jacobian", list, options.create_graph)
        local results, several = results_of("jacobian", f, own)
        local all = {}
        for i, y in ipairs(results) do all[i] = finished(jacobian_of(y, own, options), many, options.create_graph) end
        return several and all or all[1]
    end)
end

local function single(where, results)
    if #results == 1 and results[1]:numel() == 1 then return results[1]:reshape({}) end
    lun.fail(where, "f must give one number", "f(x):sum()", "shape")
end

--- hessian(f, inputs): second derivatives of a single number, shape [input..., input...]; a list of lists for a list of inputs.
function functional.hessian(f, inputs, options)
    options = check_options("hessian", options or {})
    local _, many = list_of("hessian", "inputs", inputs)
    local function gradient(...)
        local own = {...}
        local y = single("hessian", (results_of("hessian", f, own)))
        return gradients("hessian", {y}, own, {lun.ones_like(y)}, {create_graph = true}, options.strict)
    end
    local h = functional.jacobian(gradient, inputs, options)
    return many and h or h[1]
end

local function second(where, f, inputs, v, options, product)
    options = check_options(where, options or {})
    return lun.enable_grad(function()
        local list, many = list_of(where, "inputs", inputs)
        local own = prepared(where, list, options.create_graph)
        local direction = vectors(where, v, own, "input")
        local results = results_of(where, f, own)
        local y = single(where, results)
        local g = gradients(where, {y}, own, {lun.ones_like(y)}, {create_graph = true}, options.strict)
        local found = product(g, own, direction, options)
        return finished({y}, false, options.create_graph), finished(found, many, options.create_graph)
    end)
end

--- vhp(f, inputs, v): f's number, and v times the hessian.
function functional.vhp(f, inputs, v, options)
    return second("vhp", f, inputs, v, options, function(g, own, direction, o) return gradients("vhp", g, own, direction, o, o.strict) end)
end

--- hvp(f, inputs, v): f's number, and the hessian times v. The hessian is symmetric, so this is vhp.
function functional.hvp(f, inputs, v, options)
    return second("hvp", f, inputs, v, options, function(g, own, direction, o) return gradients("hvp", g, own, direction, o, o.strict) end)
end

--- lun.grad(f): the function that gives the gradient of f's first result for its first argument, then f's results.
function functional.gradient(f)
    return function(x, ...)
        if not lun.is_tensor(x) then lun.fail("grad", "the first argument must be a tensor, got " .. type(x), "lun.grad(f)(lun.tensor(2.0))") end
        local again = lun.is_grad_enabled() and x.requires_grad
        local own = prepared("grad", {x}, again)[1]
        local results = table.pack(lun.enable_grad(f, own, ...))
        if not lun.is_tensor(results[1]) then lun.fail("grad", "f must give a tensor, got " .. type(results[1]), "return y:sum()") end
        local g = lun.grad(results[1], own, {create_graph = again})
        return g, table.unpack(results, 1, results.n)
    end
end

return functional
