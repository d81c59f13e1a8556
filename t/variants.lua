-- variants.lua - what gradcheck is asked of a row: its samples, and calls derived from them
--
-- Derived: the same values at other strides (a transpose, every second element), with stride 0 (a dim expanded from one position),
-- 0-d, empty, complex, and the last float argument broadcast. A derived call may be refused by the op, with an error of ours.
-- Holds: views are taken inside the function that is checked, so its inputs are plain leaves and the row sees the view.
-- Read next: rows.lua, ops.lua, lua/second_derivatives.lua. SPDX-License-Identifier: MIT
local lun = require "lunette"
local rows = require "rows"

local variants = {}

local function wide_dim(x)
    for d = x.ndim, 1, -1 do
        if x:size(d) > 1 then return d end
    end
end

-- name, leaf of an argument x, the view of it that the row gets; a leaf of nil: this argument has no such variant
local derived = {
    { name = "strided",
      leaf = function(x)
          if x.ndim >= 2 then return x:transpose(-1, -2) end
          return x.ndim == 1 and x:numel() > 0 and lun.stack({ x, x * 2 }, 2) or x
      end,
      view = function(base, x)
          if x.ndim >= 2 then return base:transpose(-1, -2) end
          return x.ndim == 1 and x:numel() > 0 and base:select(2, 1) or base
      end },
    { name = "stride 0",
      leaf = function(x)
          local d = wide_dim(x)
          return d and x:narrow(d, 1, 1)
      end,
      view = function(base, x) return base:expand(x.shape) end },
    { name = "0-d",
      leaf = function(x) return x:numel() > 0 and x:reshape(-1)[1] or nil end,
      view = function(base) return base end },
    { name = "empty",
      leaf = function(x) return x.ndim > 0 and x:narrow(1, 1, 0) or lun.zeros(0, { dtype = x.dtype }) end,
      view = function(base) return base end },
    { name = "complex",
      leaf = function(x) return not x:is_complex() and lun.complex(x, (x * 3.7 + 0.9):cos()) or nil end,
      view = function(base) return base end },
    { name = "broadcast", last_only = true,
      leaf = function(x)
          local d = wide_dim(x)
          return d and x:narrow(d, 1, 1)
      end,
      view = function(base) return base end },
}

-- The row's call as a function of its float arguments, and leaves to begin with; nil when there is no such variant.
local function case(row, sample, how)
    local args = rows.sample(sample, rows.wide)
    local slots, leaves, shapes, complex, changed = rows.float_slots(args), {}, {}, {}, false
    for i, slot in ipairs(slots) do
        local x = slot.holder[slot.key]
        local base = how and (not how.last_only or (i == #slots and i > 1)) and how.leaf(x)
        changed = changed or base
        shapes[i] = base and x or false
        local leaf = (base or x):detach():clone()
        complex[i] = leaf:is_complex() -- what is checked are its parts, as real numbers
        leaves[i] = (complex[i] and leaf:view_as_real() or leaf):detach():clone():requires_grad_()
    end
    if #slots == 0 or (how and not changed) then return end
    local function f(...)
        local given, own = { ... }, { table.unpack(args, 1, args.n) }
        own.n = args.n
        for i, slot in ipairs(slots) do
            local value = complex[i] and given[i]:view_as_complex() or given[i]
            value = shapes[i] and how.view(value, shapes[i]) or value
            if slot.holder == args then
                own[slot.key] = value
            else
                slot.holder[slot.key] = value
            end
        end
        local floats = {}
        for _, y in ipairs(rows.list_of(rows.call(row, rows.prepared(row, own)))) do
            if rows.is_tensor(y) and y:is_complex() then y = y:view_as_real() end
            if rows.is_tensor(y) and y.dtype == "float64" then floats[#floats + 1] = y end
        end
        return floats
    end
    return f, leaves
end

--- Calls each(label, f, leaves, derived) for every sample of the row and what can be derived from those that have float arguments.
function variants.each(row, each)
    for k, sample in ipairs(row.samples) do
        local f, leaves = case(row, sample)
        if f then each("sample " .. k, f, leaves, false) end
    end
    for _, how in ipairs(derived) do
        for k, sample in ipairs(row.samples) do
            local f, leaves = case(row, sample, how)
            if f then
                each(("sample %d, %s"):format(k, how.name), f, leaves, true)
                break
            end
        end
    end
end

--- "differentiable" when some result of the call requires grad; else why the call cannot be checked. A foreign error is raised on.
function variants.state(f, leaves)
    local good, results = pcall(f, table.unpack(leaves))
    if not good then
        if not rows.ours(results) then error(results, 0) end
        return "refused"
    end
    for _, y in ipairs(results) do
        if y.requires_grad then return "differentiable" end
    end
    return #results == 0 and "no float result" or "constant"
end

return variants
