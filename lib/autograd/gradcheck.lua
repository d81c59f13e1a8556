-- gradcheck.lua - gradients beside finite differences: lun.autograd.gradcheck, gradgradcheck
--
-- gradcheck(f, inputs, {eps = 1e-6, atol = 1e-5, rtol = 1e-3, raise_exception = true}): every element of every float result is
-- differentiated for every element of every input that requires grad, and compared with central differences. A difference is an error
-- that says where; with raise_exception = false the result is false and that text.
-- Holds: inputs come back with their values. Read next: t/rows.lua (which checks every op with it). SPDX-License-Identifier: MIT
local lun = require "lunette"
local checks = {}

local defaults = {eps = 1e-6, atol = 1e-5, rtol = 1e-3, raise_exception = true, max_elements = math.huge}

local function options_of(where, given)
    local options = {}
    for name, value in pairs(defaults) do options[name] = value end
    for name, value in pairs(given or {}) do
        if defaults[name] == nil then
            lun.fail(where, ("no option '%s'; it takes eps, atol, rtol, raise_exception, max_elements"):format(tostring(name)),
                "{atol = 1e-4}", "name")
        end
        options[name] = value
    end
    return options
end

local function is_float(x) return lun.is_tensor(x) and (x.dtype:find "float" ~= nil or x:is_complex()) end

local function differentiable_inputs(where, inputs)
    local list = {}
    for i, x in ipairs(inputs) do
        if lun.is_tensor(x) and x.requires_grad then
            if x.dtype ~= "float64" then
                lun.fail(where, ("input %d is %s: differences need float64"):format(i, x.dtype), "x:double():requires_grad_()", "dtype")
            elseif not x.is_leaf then
                lun.fail(where, ("input %d is the result of an op; it must be a leaf"):format(i), "x:detach():requires_grad_()")
            elseif not x:is_contiguous() then
                lun.fail(where, ("input %d is not contiguous, so its elements cannot be moved one by one"):format(i),
                    "take the view inside f: function(x) return f(x:t()) end")
            end
            list[#list + 1] = {at = i, x = x, flat = x:detach():view(-1)}
        end
    end
    if #list == 0 then lun.fail(where, "no input requires grad", "lun.randn(3, {dtype = \"float64\", requires_grad = true})", "gradient") end
    return list
end

local function results_of(f, inputs)
    local results = table.pack(f(table.unpack(inputs, 1, inputs.n or #inputs)))
    if results.n == 1 and type(results[1]) == "table" then results = results[1] end
    local list = {}
    for k = 1, results.n or #results do
        if is_float(results[k]) then list[#list + 1] = {at = k, y = results[k]} end
    end
    return list
end

-- {1, 3} for the k-th element of a tensor of this shape.
local function place(k, shape)
    local parts, rest = {}, k - 1
    for d = #shape, 1, -1 do
        table.insert(parts, 1, rest % shape[d] + 1)
        rest = rest // shape[d]
    end
    return "{" .. table.concat(parts, ",") .. "}"
end

local function close(a, b, o)
    return a == b or math.abs(a - b) <= o.atol + o.rtol * math.abs(b) or (a ~= a and b ~= b)
end

-- One row of analytic jacobians: the gradients of element k of y.
local function analytic_row(y, k, inputs, where)
    local xs = {}
    for i, input in ipairs(inputs) do xs[i] = input.x end
    if not y.requires_grad then return {} end
    local seed = lun.zeros(y:numel(), {dtype = y.dtype})
    seed[k] = 1
    local g = lun.grad(y, xs, {grad_outputs = seed:view(y.shape), retain_graph = true, allow_unused = true})
    local rows = {}
    for i, input in ipairs(inputs) do
        if g[i] and (g[i].shape ~= input.x.shape or g[i].dtype ~= input.x.dtype) then
            lun.fail(where, ("the gradient of input %d is %s of %s, the input %s of %s"):format(input.at, g[i].dtype, g[i].shape, input.x.dtype,
                input.x.shape), nil, "gradient")
        end
        rows[i] = g[i] and g[i]:reshape(-1):totable() or false
    end
    return rows
end

local function values_at(f, inputs, wanted)
    local values = {}
    for k, result in ipairs(results_of(f, inputs)) do
        values[k] = result.y:detach():to "float64":reshape(-1):totable()
    end
    if #values ~= wanted then error "f gave another number of results" end
    return values
end

-- Differences of all results for element e of an input.
local function numeric_column(f, inputs, input, e, o, wanted)
    return lun.no_grad(function()
        local before = input.flat[e]:item()
        input.flat[e] = before + o.eps
        local above = values_at(f, inputs, wanted)
        input.flat[e] = before - o.eps
        local below = values_at(f, inputs, wanted)
        input.flat[e] = before
        local column = {}
        for k = 1, wanted do
            column[k] = {}
            for j = 1, #above[k] do column[k][j] = (above[k][j] - below[k][j]) / (2 * o.eps) end
        end
        return column
    end)
end

local function difference(where, f, inputs, o)
    local xs = differentiable_inputs(where, inputs)
    local results = lun.enable_grad(results_of, f, inputs)
    local rows = {}
    for k, result in ipairs(results) do
        rows[k] = {}
        for j = 1, math.min(result.y:numel(), o.max_elements) do rows[k][j] = analytic_row(result.y, j, xs, where) end
    end
    for i, input in ipairs(xs) do
        for e = 1, math.min(input.x:numel(), o.max_elements) do
            local numeric = numeric_column(f, inputs, input, e, o, #results)
            for k, result in ipairs(results) do
                for j = 1, #rows[k] do
                    local row = rows[k][j][i]
                    local analytic = row and row[e] or 0
                    if not close(analytic, numeric[k][j], o) then
                        return ("input %d, element %s: analytic %.9g, numeric %.9g (result %d, element %s)"):format(input.at,
                            place(e, input.x.shape), analytic, numeric[k][j], result.at, place(j, result.y.shape))
                    end
                end
            end
        end
    end
end

local function check_inputs(where, inputs)
    if lun.is_tensor(inputs) then return {inputs, n = 1} end
    if type(inputs) ~= "table" then lun.fail(where, "inputs must be a tensor or a list", where .. "(f, {x, y})") end
    return inputs
end

-- Complex inputs and results as their real parts: one dim more, {..., 1} real and {..., 2} imaginary. What is checked is then real.
local function in_parts(f, inputs)
    local n, parts, complex = inputs.n or #inputs, {n = inputs.n or #inputs}, {}
    for i = 1, n do
        local x = inputs[i]
        complex[i] = lun.is_tensor(x) and x.requires_grad and x:is_complex()
        parts[i] = complex[i] and x:detach():view_as_real():clone():requires_grad_() or x
    end
    return function(...)
        local given = table.pack(...)
        for i = 1, n do given[i] = complex[i] and given[i]:view_as_complex() or given[i] end
        local results = table.pack(f(table.unpack(given, 1, given.n)))
        if results.n == 1 and type(results[1]) == "table" then results = table.pack(table.unpack(results[1])) end
        for k = 1, results.n do
            if lun.is_tensor(results[k]) and results[k]:is_complex() then results[k] = results[k]:view_as_real() end
        end
        return table.unpack(results, 1, results.n)
    end, parts
end

local function verdict(where, problem, o)
    if not problem then return true end
    if o.raise_exception then lun.fail(where, problem, nil, "gradient") end
    return false, problem
end

--- true when the gradient of f agrees with finite differences at these inputs; else an error that says where not.
function checks.gradcheck(f, inputs, options)
    local o = options_of("gradcheck", options)
    local g, parts = in_parts(f, check_inputs("gradcheck", inputs))
    return verdict("gradcheck", difference("gradcheck", g, parts, o), o)
end

--- The same for the gradient of the gradient. grad_outputs: weights of f's results; chosen when left out.
function checks.gradgradcheck(f, inputs, grad_outputs, options)
    if options == nil and type(grad_outputs) == "table" and not lun.is_tensor(grad_outputs) and #grad_outputs == 0 then
        grad_outputs, options = nil, grad_outputs
    end
    local o = options_of("gradgradcheck", options)
    f, inputs = in_parts(f, check_inputs("gradgradcheck", inputs))
    local n, xs = inputs.n or #inputs, differentiable_inputs("gradgradcheck", inputs)
    local all = table.pack(table.unpack(inputs, 1, n))
    local first = lun.enable_grad(results_of, f, inputs)
    local weighted = {} -- positions of results that a gradient can start from
    for k, result in ipairs(first) do
        if result.y.requires_grad then
            weighted[#weighted + 1] = k
            local w = grad_outputs and (lun.is_tensor(grad_outputs) and grad_outputs or grad_outputs[k])
            if not w then
                w = (lun.arange(1, result.y:numel() + 1, {dtype = "float64"}) * 1.7):sin():add_(0.3):view(result.y.shape):to(result.y.dtype)
            end
            all.n = all.n + 1
            all[all.n] = w:detach():clone():requires_grad_()
        end
    end
    if #weighted == 0 then lun.fail("gradgradcheck", "no result of f requires grad", "x:requires_grad_()", "gradient") end
    local function gradient(...)
        local arguments, roots, seeds = table.pack(...), {}, {}
        local results = results_of(f, {n = n, table.unpack(arguments, 1, n)})
        for i, k in ipairs(weighted) do
            roots[i] = results[k].y
            seeds[i] = arguments[n + i]
        end
        local wanted = {}
        for i, input in ipairs(xs) do wanted[i] = arguments[input.at] end
        local found, list = lun.grad(roots, wanted, {grad_outputs = seeds, create_graph = true, allow_unused = true}), {}
        for i, x in ipairs(wanted) do list[i] = found[i] or lun.zeros_like(x) end
        return list
    end
    -- differences are taken without a graph, and the gradient needs one
    local function outside(...) return lun.enable_grad(gradient, ...) end
    return verdict("gradgradcheck", difference("gradgradcheck", outside, all, o), o)
end

return checks
