-- check.lua - one call of the oracle: forward, gradient, as a method, in place
--
-- Holds: says what is wrong as text and never prints; knows an op only by the file's words and calls.lua.
-- Read next: values.lua, calls.lua, parts.lua, replay.lua. SPDX-License-Identifier: MIT
local lun = require "lunette"
local values = require "oracle.values"
local calls = require "oracle.calls"
local parts = require "oracle.parts"

local check = {}

local function path_in(root, name)
    for part in name:gmatch "[^.]+" do
        if type(root) ~= "table" then return nil end
        local good, value = pcall(function() return root[part] end)
        if not good then return nil end
        root = value
    end
    return root
end

local by_torch, methods
local function index_rows()
    by_torch = {}
    for _, row in ipairs(lun.ops()) do
        by_torch[row.torch] = row.name
        for _, alias in ipairs(row.aliases or {}) do by_torch[alias] = by_torch[alias] or alias end
    end
    methods = getmetatable(lun.ones(1)).__methods
end

-- What we call PyTorch's op: { ours = name, f = function or nil, method = name or nil }; nil when we do not have it.
function check.resolve(name, variant)
    if not by_torch then index_rows() end
    local way = calls.ways[name .. (variant ~= "" and "-" .. variant or "")] or calls.ways[name]
    local signature = calls.signature { name = name, variant = variant }
    if way then
        local method = way.ours:match "^method:(.*)" -- of a tensor, or a property
        local exists = method and pcall(function() return lun.ones(1, 1)[method] end) or not method and path_in(lun, way.ours)
        return exists and { ours = method or way.ours, f = function(...) return way.call(lun, ...) end, way = true } or nil
    end
    local ours = signature and signature.ours or by_torch[name] or name
    local f = path_in(lun, ours) or path_in(lun.nn, ours:match "^nn%.(.*)" or "?")
    if type(f) ~= "function" then f = nil end
    if name:find "_$" and (f or methods[name]) then
        return { ours = ours, f = function(x, ...) return methods[name](x:clone(), ...) end, way = true }
    end
    local method = methods[ours] and ours or methods[name] and name or nil
    if not f and method then
        f = function(x, ...) return x[method](x, ...) end
    end
    if not f then
        for _, form in ipairs { name .. "_", ours .. "_" } do -- PyTorch has a function for what we write in place only
            if methods[form] then return { ours = form, f = function(x, ...) return methods[form](x:clone(), ...) end, way = true } end
        end
        return nil
    end
    return { ours = ours, f = f, method = method }
end

-- Why an op is left out on purpose, or nil.
function check.left_out(name)
    for _, pair in ipairs(calls.left_out) do
        if name:find(pair[1]) then return pair[2] end
    end
end

local function kind_of(signature, position, key)
    if signature then
        for i, argument in ipairs(signature.args) do
            if i == position or argument.name == key then return argument.kind, argument.ours end
        end
    end
    return key and calls.options[key]
end

-- A kind that needs more than counting: a number of dims is no dim.
local special = {}
function special.tensordot(v, file, leaves)
    return values.build(v, file, type(v) == "table" and "dim" or nil, leaves)
end
function special.ctc(v, file, leaves)
    return values.build(v, file, "indices", leaves)
end

-- A Python subscript: ranges by their ends, lists as positions.
local function subscript(v, file)
    if type(v) ~= "table" or v.tag == "tensor" then return values.build(v, file, type(v) == "number" and "index" or "indices") end
    if v.tag == "ellipsis" then return "..." end
    if v.tag == "slice" then
        local function part(i, kind) return values.build(v[i], file, kind) end
        return { part(1, "index") or 1, part(2, "stop") or -1, part(3) or 1 }
    end
    local list = {}
    for i = 1, v.n do list[i] = values.build(v[i], file, "index") end
    return lun.tensor(list)
end
function special.subscript(v, file)
    if type(v) ~= "table" or v.tag then return v and v.tag == "slice" and { subscript(v, file) } or subscript(v, file) end
    local list, plain = {}, true
    for i = 1, v.n do
        list[i] = subscript(v[i], file)
        plain = plain and type(list[i]) == "number"
    end
    return plain and lun.tensor(list) or list
end

local function build(v, file, kind, leaves)
    if special[kind] then return special[kind](v, file, leaves) end
    return values.build(v, file, kind, leaves)
end

-- The number of the first tensor in a value; the file counts them as they appear, and gradients stand in that order.
local function first_tensor(v)
    if type(v) ~= "table" then return math.huge end
    if v.tag == "tensor" or v.tag == "complex" then return v[1] end
    local first = math.huge
    for i = 1, v.n or 0 do first = math.min(first, first_tensor(v[i])) end
    return first
end

local function in_order(kwargs)
    local keys, first = {}, {}
    for key, v in pairs(kwargs) do
        keys[#keys + 1] = key
        first[key] = first_tensor(v)
    end
    table.sort(keys, function(a, b) return first[a] < first[b] or first[a] == first[b] and a < b end)
    return keys
end

-- Builds the arguments anew: list with n, and the leaves that want a gradient.
function check.arguments(call, file, wants)
    local signature = calls.signature(file)
    local args, leaves = { n = call.args.n }, wants and {} or nil
    for i = 1, call.args.n do
        args[i] = build(call.args[i], file, kind_of(signature, i), leaves)
    end
    local options
    for _, key in ipairs(in_order(call.kwargs)) do
        local v = call.kwargs[key]
        local kind, ours = kind_of(signature, nil, key)
        if kind ~= "drop" and not (calls.dropped[key]) then
            options = options or {}
            options[ours or key] = build(v, file, kind, leaves)
        end
    end
    if options and next(options) then
        args.n = args.n + 1
        args[args.n] = options
    end
    return args, leaves
end

-- Why a call cannot be said here, or nil.
function check.unsayable(call, file)
    local signature = calls.signature(file)
    for i = 1, call.args.n do
        local argument = signature and signature.args[i]
        local reason = not (argument and argument.kind == "subscript") and values.unsayable(call.args[i])
        if reason then return reason end
    end
    for _, v in pairs(call.kwargs) do
        local reason = values.unsayable(v)
        if reason then return reason end
    end
    for i = 1, call.out and call.out.n or 0 do
        local v = call.out[i]
        local reason = type(v) == "table" and v.tag == "number" and "a complex number of Python as a result" or values.unsayable(v)
        if reason then return reason end
    end
end

-- The dim that a sort goes along: as given, or the last.
function check.dim_of(call, file)
    for i, argument in ipairs(calls.signature(file).args) do
        if argument.name == "dim" then
            local v = call.kwargs.dim or call.args[i]
            return type(v) == "number" and values.build(v, file, "dim") or -1
        end
    end
end

local function results_of(call, ...)
    local first = ...
    if call.list and select("#", ...) == 1 and type(first) == "table" then return { n = #first, table.unpack(first) } end
    return table.pack(...)
end

local function options_for(file, call, i)
    local signature = calls.signature(file)
    local kind = signature and (signature.results[i] or signature.results[#signature.results])
    if kind == "value" and call.out.n == 1 and not call.list then kind = nil end
    if kind == "unique" then kind = call.kwargs.return_inverse and i == 2 and "index" or nil end
    local random = kind == "any" or kind == "random" and call.kwargs.training ~= false or
        kind == "sampled" and not call.kwargs._random_samples or kind == "dropped" and (call.kwargs.dropout_p or tonumber(call.args[11]) or 0) ~= 0
    local index = kind == "index" or kind == "order" or kind == "sampled" and i == 2
    return { index = index, order = kind == "order", random = random, sign = call.signs and call.signs[i] }
end

-- Positions may differ where the elements they point to are equal.
local function same_elements(x, got, want, file, call)
    local dim = check.dim_of(call, file)
    local good, same = pcall(function()
        local i, j = got, values.build(want, file, "indices")
        if i.ndim < x.ndim then i, j = i:unsqueeze(dim), j:unsqueeze(dim) end
        local a, b = x:gather(dim, i), x:gather(dim, j)
        return not values.difference(a, b)
    end)
    return good and same
end

local function unlike(got, call, file, x)
    if got.n ~= call.out.n then return ("%d results, want %d"):format(got.n, call.out.n) end
    for i = 1, call.out.n do
        local options = options_for(file, call, i)
        local problem = values.unlike(got[i], call.out[i], file, options)
        if problem and call.once and not values.unlike(got[i], call.once[i], file, options) then problem = nil end
        if problem and options.order and same_elements(x, got[i], call.out[i], file, call) then problem = nil end
        if problem and i ~= 2 and parts.decomposes(file, x, got) then problem = nil end
        if problem then return call.out.n > 1 and ("result %d: %s"):format(i, problem) or problem end
    end
end

local function first_line(problem)
    return (tostring(problem):gsub("\n.*", ""))
end

-- An error as text, and whether it is one of ours.
function check.describe(problem)
    local good, kind = pcall(function() return problem.kind end)
    local ours = good and kind ~= nil and type(problem) ~= "string" and kind ~= "internal"
    return (ours and "raised " or "raised a FOREIGN error ") .. first_line(problem), ours
end

-- The function form. nil, or why it is wrong.
function check.forward(op, call, file)
    local args = check.arguments(call, file)
    lun.manual_seed(7)
    local good, got = pcall(function() return results_of(call, op.f(table.unpack(args, 1, args.n))) end)
    if not good then return (check.describe(got)) end
    return unlike(got, call, file, args[1])
end

local function seed_values(n)
    local list = {}
    for i = 1, n do list[i] = n == 1 and -1.0 or -1 + 2 * (i - 1) / (n - 1) end
    return list
end

local function weights(y, from)
    local n = y:numel()
    local list = seed_values(n)
    if from then for i = 1, n do list[i] = from - list[i] end end
    return lun.tensor(list, { dtype = y.dtype }):reshape(y.shape)
end

local function weighted(y, sign)
    if sign then y = y:abs() end
    if tostring(y.dtype):find "complex" then
        local re, im = lun.real(y), lun.imag(y)
        return (re * weights(re)):sum() + (im * weights(im, 0.5)):sum()
    end
    return (y * weights(y)):sum()
end

-- A result of no elements counts too: its gradient is zeros.
local function loss_of(got, call)
    local loss
    for i = 1, got.n do
        local y = got[i]
        if type(y) == "userdata" and y.requires_grad then
            local part = y:numel() == 0 and (tostring(y.dtype):find "complex" and lun.real(y) or y):sum() or weighted(y, call.signs and call.signs[i])
            loss = loss and loss + part or part
        end
    end
    return loss
end

local function wrong_gradient(leaf, want, file, i, call)
    local grad = leaf.grad
    if want == false then
        if grad == nil or grad:abs():sum():item() == 0 then return nil end
        return ("gradient %d: there is one, want none"):format(i)
    end
    if grad == nil then -- nothing flows: the same as zeros
        grad = leaf:detach() * 0
        if values.unlike(grad, want, file, {}) then return ("gradient %d: there is none"):format(i) end
    end
    local problem = values.unlike(grad, want, file, { gradient = true, project = parts.projection(file, call, i) })
    return problem and ("gradient %d: %s"):format(i, problem)
end

-- Backward from the weighted sum. nil, or why a gradient is wrong.
function check.gradient(op, call, file)
    local args, leaves = check.arguments(call, file, true)
    local random = options_for(file, call, 1).random
    lun.manual_seed(7)
    local good, problem = pcall(function()
        local got = results_of(call, op.f(table.unpack(args, 1, args.n)))
        local loss = loss_of(got, call)
        if loss then loss:backward() end
        for i = 1, call.grads.n do
            if leaves[i] and leaves[i]:numel() > 0 then
                local wrong = not random and wrong_gradient(leaves[i], call.grads[i], file, i, call)
                if wrong then return wrong end
            end
        end
    end)
    if not good then return (check.describe(problem)) end
    return problem
end

-- x:name(...), where there is a method.
function check.method(op, call, file)
    local args = check.arguments(call, file)
    lun.manual_seed(7)
    local good, got = pcall(function() return results_of(call, args[1][op.method](table.unpack(args, 1, args.n))) end)
    if not good then return "as a method " .. check.describe(got) end
    local problem = unlike(got, call, file, args[1])
    return problem and "as a method: " .. problem
end

-- x:name_(...), where there is one and the result fits into x.
function check.inplace(op, call, file)
    local args = check.arguments(call, file)
    local x = args[1]
    lun.manual_seed(7)
    local good, got = pcall(x[op.method .. "_"], table.unpack(args, 1, args.n))
    if not good then return "in place " .. check.describe(got) end
    if not rawequal(got, x) then return "in place does not return x" end
    local problem = unlike({ n = 1, x }, call, file)
    return problem and "in place: " .. problem
end

local function same_type(a, b, file)
    if type(a) ~= "table" or type(b) ~= "table" or a.tag ~= b.tag or not file.tensors[tostring(a[1])] or not file.tensors[tostring(b[1])] then
        return false
    end
    local x, y = file.tensors[tostring(a[1])], file.tensors[tostring(b[1])]
    return tostring(x.dtype) == tostring(y.dtype) and table.concat(x.shape, ",", 1, x.ndim) == table.concat(y.shape, ",", 1, y.ndim)
end

local function is_plain_tensor(v)
    return type(v) == "table" and (v.tag == "tensor" or v.tag == "complex")
end

-- All of a call. Returns: problem of the forward forms (or nil), whether a gradient was checked, problem of the gradient (or nil).
function check.call(op, call, file)
    local problem = check.forward(op, call, file)
    local tensor_first = is_plain_tensor(call.args[1]) and not op.way
    if not problem and op.method and tensor_first then problem = check.method(op, call, file) end
    if not problem and op.method and file.inplace and tensor_first and methods[op.method .. "_"] and call.out.n == 1
        and not call.broadcasts and not call.args[1][3] and same_type(call.args[1], call.out[1], file) then
        problem = check.inplace(op, call, file)
    end
    if not call.grads or call.grads.n == 0 then return problem, false end
    return problem, true, check.gradient(op, call, file)
end

-- An error input must end in an error of ours. nil, or what happened instead.
function check.refusal(op, call, file)
    local args = check.arguments(call, file)
    local good, problem = pcall(op.f, table.unpack(args, 1, args.n))
    if good then return "did not raise; PyTorch says: " .. tostring(call.says) end
    local text, ours = check.describe(problem)
    if not ours then return text end
end

function check.show(call, file)
    local parts = {}
    for i = 1, call.args.n do parts[i] = values.show(call.args[i], file) end
    local keys = {}
    for key in pairs(call.kwargs) do keys[#keys + 1] = key end
    table.sort(keys)
    for _, key in ipairs(keys) do parts[#parts + 1] = key .. "=" .. values.show(call.kwargs[key], file) end
    return table.concat(parts, ", ")
end

return check
