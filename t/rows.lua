-- rows.lua - the rows of the op table as calls: samples made into arguments, results made comparable
--
-- Holds: a sample gives the same numbers at each call; what a test puts in a slot is what the op gets.
-- Read next: ops.lua, lua/second_derivatives.lua (who use it), core/op.h.
-- SPDX-License-Identifier: MIT
local tap = require "tap"
local lun = require "lunette"

local rows = {}

function rows.is_tensor(value)
    return type(value) == "userdata" and pcall(function() return value.ndim end)
end

-- Floats and complex numbers: what gradients flow through.
function rows.is_float(x)
    return tostring(x.dtype):find "float" ~= nil or x:is_complex()
end

-- The real numbers a float or complex tensor is made of.
local function real_view(x) return x:is_complex() and x:view_as_real() or x end

-- Every row once for each of its samples: a copy of the row with `sample` and a `label` for messages.
function rows.sampled()
    local list = {}
    for _, row in ipairs(lun.ops()) do
        for k, sample in ipairs(row.samples) do
            list[#list + 1] = setmetatable({ sample = sample, label = k == 1 and row.name or row.name .. " sample " .. k }, { __index = row })
        end
    end
    return list
end

-- The arguments of a sample, with every float tensor passed through `change`. Same numbers at each call.
function rows.sample(text, change)
    lun.manual_seed(5)
    local read = assert(load("return " .. text, "=sample", "t", { lun = lun, math = math }))
    local args = table.pack(read())
    local function walk(holder, key)
        local item = holder[key]
        if rows.is_tensor(item) then
            holder[key] = change(item)
        elseif type(item) == "table" then
            for k in pairs(item) do walk(item, k) end
        end
    end
    for i = 1, args.n do walk(args, i) end
    return args
end

function rows.wide(x) return rows.is_float(x) and x:to(x:is_complex() and "complex128" or "float64") or x end

function rows.call(row, args)
    lun.manual_seed(7)
    return table.pack(lun[row.name](table.unpack(args, 1, args.n)))
end

function rows.list_of(results)
    if results.n == 1 and type(results[1]) == "table" then return results[1] end
    return results
end

-- Tensors as nested tables and plain values as they are, for comparison.
function rows.plain(results)
    local values = {}
    for i, item in ipairs(rows.list_of(results)) do
        values[i] = rows.is_tensor(item) and { tostring(item.dtype), item:totable() } or item
    end
    return values
end

-- Every float tensor among the arguments, with the way to put another one in its place.
function rows.float_slots(args)
    local slots = {}
    local function walk(holder, key, name)
        local item = holder[key]
        if rows.is_tensor(item) then
            if rows.is_float(item) then slots[#slots + 1] = { holder = holder, key = key, name = name } end
        elseif type(item) == "table" then
            local keys = {}
            for k in pairs(item) do keys[#keys + 1] = k end
            table.sort(keys, function(a, b) return tostring(a) < tostring(b) end)
            for _, k in ipairs(keys) do walk(item, k, name .. "." .. k) end
        end
    end
    for i = 1, args.n do walk(args, i, tostring(i)) end
    return slots
end

function rows.flat(x)
    local values = {}
    local function walk(item)
        if type(item) == "table" then
            for _, inner in ipairs(item) do walk(inner) end
        else
            values[#values + 1] = item
        end
    end
    if x:numel() > 0 then walk(real_view(x.ndim == 8 and x:flatten() or x):totable()) end
    return values
end

function rows.from_flat(values, x)
    if #values == 0 then return lun.zeros(x.shape, { dtype = x.dtype }) end
    if x:is_complex() then
        return rows.from_flat(values, x:view_as_real():detach()):view_as_complex()
    end
    return lun.tensor(values, { dtype = x.dtype }):reshape(x.shape)
end

-- x . (fn(1), fn(2), ...), over the real and imaginary parts of a complex x
function rows.dot(x, fn)
    local real, weights = real_view(x), {}
    for i = 1, real:numel() do weights[i] = fn(i) end
    return (real * rows.from_flat(weights, real)):sum()
end

-- A fixed weighted sum of all float results: one number whose gradient shows every element's part.
function rows.weighted(row, args)
    local loss
    for _, out in ipairs(rows.list_of(rows.call(row, args))) do
        if rows.is_tensor(out) and rows.is_float(out) and out:numel() > 0 then
            local part = rows.dot(out, function(i) return 0.3 + math.sin(1.7 * i) end)
            loss = loss and loss + part or part
        end
    end
    return loss
end

-- Is some result a float tensor, perhaps an empty one?
function rows.gives_floats(row, args)
    for _, out in ipairs(rows.list_of(rows.call(row, args))) do
        if rows.is_tensor(out) and rows.is_float(out) then return true end
    end
    return false
end

-- These read one triangle of a symmetric matrix, while their gradient, as PyTorch's, is that of the whole: mirror images move together.
local symmetric = { cholesky = true, cholesky_ex = true, eigh = true, eigvalsh = true }

-- An op that writes may not write into a leaf; a copy stands in for it.
function rows.prepared(row, args)
    local options = args[args.n]
    local hermitian = type(options) == "table" and options.hermitian
    if row.flags.writes then args[1] = args[1]:clone() end
    if symmetric[row.name] or hermitian then args[1] = (args[1] + args[1]:conj().mT) / 2 end
    return args
end

-- An error of ours has a kind; an error of Lua in our own code has none.
function rows.ours(problem)
    local kind, text = tap.describe(problem)
    return kind ~= nil, text
end

return rows
