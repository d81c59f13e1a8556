-- vmap.lua - lun.vmap(f, in_dims, out_dims): f, written for one example, over a batch
--
-- First f is called once with stand-ins for the whole batch (vmap_rules.lua): elementwise ops, reductions, products and shape ops are
-- then single ops over all examples. If f asks for anything else, it is called for each example (a view) and the results are stacked, so
-- every op is right; random numbers start again where they were. Both ways have a gradient.
-- in_dims: the batch dim of each argument (a number for all, a list, false: the argument as it is, for each example); out_dims likewise.
-- Read next: lib/autograd/vmap_rules.lua, lib/autograd/functional.lua. SPDX-License-Identifier: MIT
local lun = require "lunette"
local rules = require "lunette.autograd.vmap_rules"

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

-- Results as a list, and whether f gave one.
local function results_of(...)
    local results = table.pack(...)
    if results.n ~= 1 or type(results[1]) ~= "table" or rules.is_batched(results[1]) then return results, false end
    results[1].n = #results[1]
    return results[1], true
end

local function given(results, listed)
    if listed then
        results.n = nil
        return results
    end
    return table.unpack(results, 1, results.n)
end

-- One call for the whole batch; nothing when f leaves the rules.
local function at_once(f, arguments, in_dims, out_dims, size)
    local all = {}
    for i = 1, arguments.n do
        local x, dim = arguments[i], dim_of(in_dims, i)
        all[i] = lun.is_tensor(x) and dim and rules.batched(x:movedim(dim, 1)) or x
    end
    local good, results, listed = pcall(function() return results_of(f(table.unpack(all, 1, arguments.n))) end)
    if not good then return end
    local found = {n = results.n}
    for k = 1, results.n do
        local y = results[k]
        if not rules.is_batched(y) and not lun.is_tensor(y) then return end
        local value = rules.is_batched(y) and rules.value(y) or y:unsqueeze(1):expand {size, table.unpack(y.shape)}
        found[k] = value:movedim(1, dim_of(out_dims, k))
    end
    return found, listed
end

local function stacked(parts, dim, k)
    for _, y in ipairs(parts) do
        if not lun.is_tensor(y) then lun.fail("vmap", ("result %d of f is a %s, not a tensor"):format(k, type(y)), "return tensors") end
    end
    return lun.stack(parts, dim)
end

local function one_by_one(f, arguments, in_dims, out_dims, size)
    local parts, count, listed = {}, nil, false
    for b = 1, size do
        local one = {}
        for i = 1, arguments.n do
            local x, dim = arguments[i], dim_of(in_dims, i)
            one[i] = lun.is_tensor(x) and dim and x:select(dim, b) or x
        end
        local results
        results, listed = results_of(f(table.unpack(one, 1, arguments.n)))
        if count and results.n ~= count then
            lun.fail("vmap", ("f gave %d results, then %d"):format(count, results.n), "as many each time")
        end
        count = results.n
        for k = 1, count do
            parts[k] = parts[k] or {}
            parts[k][b] = results[k]
        end
    end
    local all = {n = count}
    for k = 1, count do all[k] = stacked(parts[k], dim_of(out_dims, k), k) end
    return all, listed
end

return function(f, in_dims, out_dims)
    local meta = getmetatable(f)
    if type(f) ~= "function" and not (type(meta) == "table" and meta.__call) then
        lun.fail("vmap", "a function is needed, got " .. (lun.is_tensor(f) and "a tensor" or type(f)),
            "lun.vmap(function(x) return x:sum() end)(batch)")
    end
    if in_dims == nil then in_dims = 1 end
    if out_dims == nil then out_dims = 1 end
    local within_rules = true
    return function(...)
        local arguments = table.pack(...)
        local size = batch_size(arguments, in_dims)
        if within_rules then
            local before = lun.get_rng_state()
            local results, listed = at_once(f, arguments, in_dims, out_dims, size)
            if results then return given(results, listed) end
            within_rules = false
            lun.set_rng_state(before)
        end
        return given(one_by_one(f, arguments, in_dims, out_dims, size))
    end
end
