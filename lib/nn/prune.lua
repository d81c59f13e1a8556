-- prune.lua - weights that are kept at 0 by a mask: nn.utils.prune
--
-- As in PyTorch: NAME_orig is the parameter, NAME_mask a buffer, and each call makes NAME of both, so a pruned weight stays 0
-- whatever the
-- optimiser does. Pruning again prunes a share of what is left. Read next: lib/nn/parameters.lua. SPDX-License-Identifier: MIT
local lun = require "lunette"
local Module = require "lunette.nn.module"
local prune = {}

local function check(op, module, name)
    local w = Module.is_module(module) and (rawget(module, name .. "_orig") or rawget(module, name))
    if not lun.is_tensor(w) or not w.is_leaf then
        lun.fail("nn.utils.prune." .. op, ("no parameter '%s'"):format(tostring(name)),
                ('nn.utils.prune.%s(nn.Linear(4, 2), "weight", 0.5)'):format(op))
    end
    return w
end

-- How many of n: a share from 0 to 1, or a whole number.
local function count_of(op, amount, n)
    local k = math.type(amount) == "integer" and amount or type(amount) == "number" and amount <= 1
            and math.floor(amount * n + 0.5)
    if not k or k < 0 or k > n then
        lun.fail("nn.utils.prune." .. op, ("amount must be a share from 0 to 1 or a whole number up to %d, got %s"):format(n,
                tostring(amount)), "0.5")
    end
    return k
end

local function move_aside(module, name, w, mask)
    if not rawget(module, name .. "_orig") then
        for i, known in ipairs(module._parameter_names) do
            if known == name then table.remove(module._parameter_names, i) break end
        end
        rawset(module, name, nil)
        module[name .. "_orig"] = w
        rawset(module, "_pruned", rawget(module, "_pruned") or {})
        module._pruned[name] = module:register_forward_pre_hook(function()
            rawset(module, name, rawget(module, name .. "_orig") * rawget(module, name .. "_mask"))
        end)
    end
    module:register_buffer(name .. "_mask", mask)
    rawset(module, name, lun.no_grad(function() return rawget(module, name .. "_orig") * mask end))
    return module
end

local function mask_of(module, name, w) return rawget(module, name .. "_mask") or lun.ones_like(w:detach()) end

-- The mask with the k kept elements of the lowest scores taken out.
local function lowered(mask, scores, k)
    if k == 0 then return mask end
    local flat = mask:clone():reshape(-1)
    local open = lun.where(flat:eq(0), math.huge, scores:reshape(-1))
    local _, lowest = lun.topk(open, k, 1, false)
    return flat:index_fill(1, lowest, 0):reshape(mask.shape)
end

local function unstructured(op, score)
    prune[op] = function(module, name, amount)
        local w = check(op, module, name)
        local mask = mask_of(module, name, w)
        local k = count_of(op, amount, math.tointeger(mask:sum():item()))
        return move_aside(module, name, w, lowered(mask, score(w:detach()), k))
    end
end

--- prune.l1_unstructured(module, "weight", 0.3): the smallest go; random_unstructured: any.
unstructured("l1_unstructured", function(w) return w:abs() end)
unstructured("random_unstructured", function(w) return lun.rand_like(w) end)

--- prune.ln_structured(module, "weight", 0.5, 2, 1): whole slices of dim 1 (outputs), those of the smallest n-norm.
function prune.ln_structured(module, name, amount, n, dim)
    local w = check("ln_structured", module, name)
    n, dim = n or 2, dim or 1
    local slices = w:detach():movedim(dim, 1):flatten(2)
    local mask = mask_of(module, name, w)
    local kept = mask:movedim(dim, 1):flatten(2):amax(2)
    local k = count_of("ln_structured", amount, math.tointeger(kept:sum():item()))
    local sizes = {}
    for d = 1, w.ndim do sizes[d] = d == dim and w:size(dim) or 1 end
    return move_aside(module, name, w, mask * lowered(kept, lun.vector_norm(slices, n, 2), k):view(sizes))
end

--- prune.global_unstructured({{layer1, "weight"}, {layer2, "weight"}}, 0.5): the smallest of all of them together.
function prune.global_unstructured(list, amount)
    local scores, masks, weights = {}, {}, {}
    for i, pair in ipairs(list) do
        weights[i] = check("global_unstructured", pair[1], pair[2])
        scores[i] = weights[i]:detach():abs():reshape(-1)
        masks[i] = mask_of(pair[1], pair[2], weights[i]):reshape(-1)
    end
    if #list == 0 then lun.fail("nn.utils.prune.global_unstructured", "the list is empty", '{{layer, "weight"}}') end
    local mask = lun.cat(masks)
    local all = lowered(mask, lun.cat(scores), count_of("global_unstructured", amount, math.tointeger(mask:sum():item())))
    local at = 1
    for i, pair in ipairs(list) do
        move_aside(pair[1], pair[2], weights[i], all:narrow(1, at, weights[i]:numel()):reshape(weights[i].shape))
        at = at + weights[i]:numel()
    end
end

--- prune.custom_from_mask(module, "weight", mask): a mask of the weight's shape, 0 or false where it is pruned.
function prune.custom_from_mask(module, name, mask)
    local w = check("custom_from_mask", module, name)
    if not lun.is_tensor(mask) or table.concat(mask.shape, ",") ~= table.concat(w.shape, ",") then
        lun.fail("nn.utils.prune.custom_from_mask", ("the mask must be [%s]"):format(table.concat(w.shape, ",")),
                "w:abs():gt(0.1)", "shape")
    end
    return move_aside(module, name, w, mask_of(module, name, w) * mask:to(w.dtype))
end

function prune.is_pruned(module)
    for _, pair in ipairs(module:named_modules()) do
        if next(rawget(pair[2], "_pruned") or {}) then return true end
    end
    return false
end

--- Makes it final: the parameter itself has the zeros, and may change again.
function prune.remove(module, name)
    check("remove", module, name)
    local handle = (rawget(module, "_pruned") or {})[name]
    if not handle then lun.fail("nn.utils.prune.remove", ("'%s' is not pruned"):format(tostring(name)),
            'prune.l1_unstructured(module, "weight", 0.5)') end
    handle:remove()
    module._pruned[name] = nil
    local w = lun.no_grad(function() return (rawget(module, name .. "_orig") * rawget(module, name
            .. "_mask")) end):requires_grad_()
    for _, field in ipairs {"_parameter_names", "_buffer_names"} do
        for i = #module[field], 1, -1 do
            if module[field][i] == name .. "_orig" or module[field][i] == name .. "_mask" then table.remove(module[field],
                    i) end
        end
    end
    rawset(module, name .. "_orig", nil)
    rawset(module, name .. "_mask", nil)
    rawset(module, name, nil)
    module[name] = w
    return module
end

return prune
