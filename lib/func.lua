-- func.lua - lun.func: transformations of functions, as torch.func
--
-- Each takes a function and gives one: grad, grad_and_value, jacrev, jacfwd, hessian, vmap; vjp and jvp give results and a product.
-- argnums (from 1, or a list of them) says for which arguments. They nest. Read next: lib/autograd/functional.lua.
-- SPDX-License-Identifier: MIT
local lun = require "lunette"
local functional = require "lunette.autograd.functional"
local func = {vmap = lun.vmap}

local function check(where, f)
    local meta = getmetatable(f)
    if type(f) ~= "function" and not (type(meta) == "table" and meta.__call) then
        lun.fail("func." .. where, "a function is needed, got " .. (lun.is_tensor(f) and "a tensor" or type(f)),
            ("lun.func.%s(function(x) return (x * x):sum() end)"):format(where))
    end
end

-- f of the arguments that argnums names, the others as they are; those arguments; were they a list?
local function chosen(where, f, argnums, ...)
    local all, many = table.pack(...), type(argnums) == "table"
    local numbers, picked = many and argnums or {argnums or 1}, {}
    for i, k in ipairs(numbers) do
        if math.type(k) ~= "integer" or k < 1 or not lun.is_tensor(all[k]) then
            lun.fail("func." .. where, ("argument %s is no tensor"):format(tostring(k)), "argnums counts the arguments from 1")
        end
        picked[i] = all[k]
    end
    local function of_these(...)
        local given, own = {...}, {table.unpack(all, 1, all.n)}
        for i, k in ipairs(numbers) do own[k] = given[i] end
        return f(table.unpack(own, 1, all.n))
    end
    return of_these, many and picked or picked[1]
end

local function outer_graph(inputs)
    if not lun.is_grad_enabled() then return false end
    for _, x in ipairs(lun.is_tensor(inputs) and {inputs} or inputs) do
        if x.requires_grad then return true end
    end
    return false
end

--- The function that gives the gradient of f's number, and that number.
function func.grad_and_value(f, argnums)
    check("grad_and_value", f)
    return function(...)
        local g, inputs = chosen("grad_and_value", f, argnums, ...)
        local value, gradient = functional.vjp(g, inputs, nil, {create_graph = outer_graph(inputs)})
        return gradient, value
    end
end

--- The function that gives the gradient of f's number.
function func.grad(f, argnums)
    check("grad", f)
    local both = func.grad_and_value(f, argnums)
    return function(...) return (both(...)) end
end

--- The function that gives f's jacobian.
function func.jacrev(f, argnums)
    check("jacrev", f)
    return function(...)
        local g, inputs = chosen("jacrev", f, argnums, ...)
        return functional.jacobian(g, inputs, {create_graph = outer_graph(inputs)})
    end
end
func.jacfwd = func.jacrev

--- The function that gives the second derivatives of f's number.
function func.hessian(f, argnums)
    check("hessian", f)
    return function(...)
        local g, inputs = chosen("hessian", f, argnums, ...)
        return functional.hessian(g, inputs, {create_graph = outer_graph(inputs)})
    end
end

--- f's results for these arguments, and the function that multiplies its jacobian from the left: gradients for all of them.
function func.vjp(f, ...)
    check("vjp", f)
    local inputs, own = table.pack(...), {}
    for i = 1, inputs.n do
        own[i] = outer_graph(inputs) and inputs[i].requires_grad and inputs[i]:view(inputs[i].shape) or inputs[i]:detach():requires_grad_()
    end
    local results = table.pack(lun.enable_grad(f, table.unpack(own)))
    local listed = results.n == 1 and not lun.is_tensor(results[1])
    local list = listed and results[1] or results
    local function product(...)
        local v = select("#", ...) == 1 and not lun.is_tensor((...)) and (...) or {...}
        local found = lun.grad({table.unpack(list)}, own, {grad_outputs = v, retain_graph = true, allow_unused = true,
            create_graph = outer_graph(inputs)})
        for i, x in ipairs(own) do found[i] = found[i] or lun.zeros_like(x) end
        return table.unpack(found, 1, #own)
    end
    local shown = {}
    for k = 1, #list do shown[k] = outer_graph(inputs) and list[k] or list[k]:detach() end
    if listed then return shown, product end
    shown[#shown + 1] = product
    return table.unpack(shown)
end

--- f's results, and its jacobian times the tangents (a list, one for each of the primals).
function func.jvp(f, primals, tangents)
    check("jvp", f)
    return functional.jvp(f, primals, tangents, {create_graph = outer_graph(primals)})
end

return func
