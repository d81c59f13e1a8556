-- vmap.lua - lun.vmap(f, in_dims, out_dims): f, written for one example, over a batch
--
-- The examples are views (select) of the arguments, the results are stacked, so every op is right and the whole has a gradient.
-- in_dims: the batch dim of each argument (a number for all, a list, false: the argument as it is, for each example); out_dims likewise.
-- Read next: lib/autograd/functional.lua. SPDX-License-Identifier: MIT
local lun = require "lunette"

local function dim_of(dims, i)
    if type(dims) == "table" then return dims[i] == nil and 1 or dims[i] end
    return dims
end

local function batch_size(arguments, in_dims)
    local size, first
    for i = 1, arguments.n do
        local dim = dim_of(in_dims, i)
        if lun.is_tensor(arguments[i]) and dim then
            local n = arguments[i]:size(dim)
            if size and n ~= size then
                lun.fail("vmap", ("argument %d has %d examples, argument %d has %d"):format(i, n, first, size),
                    "in_dims names each batch dim", "shape")
            end
            size, first = n, first or i
        end
    end
    if not size then lun.fail("vmap", "no argument has a batch dim", "lun.vmap(f)(x), or in_dims = {1, false}") end
    if size == 0 then lun.fail("vmap", "the batch is empty, so f cannot be asked for its result's shape", "at least one example", "shape") end
    return size
end

local function stacked(parts, dim, k)
    for _, y in ipairs(parts) do
        if not lun.is_tensor(y) then lun.fail("vmap", ("result %d of f is a %s, not a tensor"):format(k, type(y)), "return tensors") end
    end
    return lun.stack(parts, dim)
end

return function(f, in_dims, out_dims)
    local meta = getmetatable(f)
    if type(f) ~= "function" and not (type(meta) == "table" and meta.__call) then
        lun.fail("vmap", "a function is needed, got " .. (lun.is_tensor(f) and "a tensor" or type(f)),
            "lun.vmap(function(x) return x:sum() end)(batch)")
    end
    if in_dims == nil then in_dims = 1 end
    if out_dims == nil then out_dims = 1 end
    return function(...)
        local arguments = table.pack(...)
        local size, parts, count, listed = batch_size(arguments, in_dims), {}, nil, false
        for b = 1, size do
            local one = {}
            for i = 1, arguments.n do
                local x, dim = arguments[i], dim_of(in_dims, i)
                one[i] = lun.is_tensor(x) and dim and x:select(dim, b) or x
            end
            local results = table.pack(f(table.unpack(one, 1, arguments.n)))
            if results.n == 1 and type(results[1]) == "table" then
                listed, results = true, results[1]
                results.n = #results
            end
            if count and results.n ~= count then lun.fail("vmap", ("f gave %d results, then %d"):format(count, results.n), "as many each time") end
            count = results.n
            for k = 1, count do
                parts[k] = parts[k] or {}
                parts[k][b] = results[k]
            end
        end
        local all = {}
        for k = 1, count do all[k] = stacked(parts[k], dim_of(out_dims, k), k) end
        if listed then return all end
        return table.unpack(all, 1, count)
    end
end
