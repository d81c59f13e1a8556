-- one_by_one.lua - `local ways = require "one_by_one"`: calls that run as always, in a compiled function or in chains, as texts of their bits
--
-- Holds: texts of bits are compared, not values, so NaN, -0 and rounding count.
-- Read next: t/lua/compile.lua, t/cuda/compile.lua. SPDX-License-Identifier: MIT
local lun = require "lunette"
local rows = require "rows"
local graph = lun.graph
local ways = {}

-- Values as a text that is the same for the same bits only.
local function bits(item)
    if rows.is_tensor(item) then
        return tostring(item.dtype) .. bits(item.shape) .. bits(item:totable())
    end
    if type(item) == "table" and not item.re then
        local parts = {}
        for i, inner in ipairs(item) do parts[i] = bits(inner) end
        return "{" .. table.concat(parts, ",") .. "}"
    end
    if type(item) == "table" then return bits(item.re) .. "+i" .. bits(item.im) end
    return math.type(item) == "float" and ("%a"):format(item) or tostring(item)
end

-- Results of a call, ops behind it that can be fused with it, and gradients, as one text; an error as its own text.
function ways.run_row(row, change, wrap)
    local f = wrap(function()
        local args = rows.sample(row.sample, change)
        local slots, leaves = rows.float_slots(args), {}
        for i, slot in ipairs(slots) do
            leaves[i] = slot.holder[slot.key]:detach():requires_grad_()
            slot.holder[slot.key] = leaves[i]
        end
        local results, after, loss = rows.list_of(rows.call(row, args)), {}, nil
        for i, out in ipairs(results) do
            if rows.is_tensor(out) and rows.is_float(out) then
                after[i] = (out * 2 + 1) * out
                if out.requires_grad and not out:is_complex() and out:numel() > 0 then loss = (loss or 0) + (after[i] * 0.5):sum() end
            end
        end
        local grads = {}
        if loss then
            loss:backward()
            for i, x in ipairs(leaves) do grads[i] = x.grad or false end
        end
        return results, after, grads
    end)
    local good, results, after, grads = pcall(f)
    if not good then return tostring(results):gsub("\n.*", "") end
    local list = {}
    for i, item in ipairs(results) do list[#list + 1] = rows.is_tensor(item) and bits(item) or tostring(item) end
    for i, item in pairs(after) do list[#list + 1] = i .. bits(item) end
    return table.concat(list, ";") .. bits(grads)
end

function ways.plain(f) return f end
-- f outside of a compiled function, where elementwise ops that are not recorded wait for the next one.
function ways.chained(f)
    return function(...)
        local before = graph.chains(1)
        local results = table.pack(pcall(lun.no_grad, f, ...))
        graph.chains(before)
        if not results[1] then error(results[2], 0) end
        return table.unpack(results, 2, results.n)
    end
end
function ways.unrecorded(f) return function(...) return lun.no_grad(f, ...) end end

ways.bits = bits
return ways
