-- sets.lua - data sets: samples that are counted and can be had in any order
--
-- A data set has #set samples and set:get(i) (one sample) or set:batch(indices) (a batch at once, faster).
-- Read next: lib/data/loader.lua. SPDX-License-Identifier: MIT
local lun = require "lunette"
local data = {}


local TensorDataset = {}
TensorDataset.__index = TensorDataset
TensorDataset.__len = function(self) return self.count end

--- Samples along dim 1 of one or several tensors of the same length.
function data.TensorDataset(...)
    local tensors = {...}
    local n = select("#", ...)
    if n == 0 then lun.fail("data.TensorDataset", "no tensors given", "data.TensorDataset(x, y)") end
    for i = 1, n do
        local x = tensors[i]
        if not lun.is_tensor(x) or x.ndim == 0 then
            lun.fail("data.TensorDataset", ("argument %d must be a tensor with at least one dim, got %s"):format(i, tostring(x)), "lun.tensor(t)")
        elseif x:size(1) ~= tensors[1]:size(1) then
            lun.fail("data.TensorDataset", ("argument 1 has %d samples, argument %d has %d"):format(tensors[1]:size(1), i, x:size(1)),
                     "samples lie along dim 1 of each tensor", "shape")
        end
    end
    return setmetatable({tensors = tensors, count = tensors[1]:size(1)}, TensorDataset)
end

function TensorDataset:get(i)
    local sample = {}
    for k, x in ipairs(self.tensors) do sample[k] = x[i] end
    return table.unpack(sample)
end

--- The samples at `indices` (a tensor of positions), as one tensor per part.
function TensorDataset:batch(indices)
    local parts = {}
    for k, x in ipairs(self.tensors) do parts[k] = x:index_select(1, indices) end
    return table.unpack(parts)
end

--- For a copy in another thread (lib/data/background.lua).
function TensorDataset:recipe() return "TensorDataset", self.tensors end

local Subset = {}
Subset.__index = Subset
Subset.__len = function(self) return self.indices:size(1) end
function Subset:get(i) return self.set:get(self.indices[i]:item()) end
function Subset:batch(indices) return self.set:batch(self.indices:index_select(1, indices)) end

function Subset:recipe() return "Subset", {self.set, self.indices} end

--- The samples of a set at some positions (a tensor, or a list of whole numbers).
function data.Subset(set, indices)
    if type(indices) == "table" then indices = lun.tensor(indices) end
    return setmetatable({set = set, indices = indices}, Subset)
end

local function bad_split(message) lun.fail("data.random_split", message, "data.random_split(set, {0.8, 0.2})") end

-- Sizes as whole numbers; the last of several fractions takes what rounding leaves.
local function split_counts(n, sizes)
    local counts, total, share = {}, 0, 0
    if type(sizes) ~= "table" or #sizes == 0 then bad_split("expected a list of sizes or fractions") end
    local fractions = math.type(sizes[1]) == "float" and sizes[1] <= 1
    for i, size in ipairs(sizes) do
        if type(size) ~= "number" or not (size >= 0) then bad_split(("size %d is %s"):format(i, tostring(size))) end
        counts[i] = fractions and math.floor(size * n + 0.5) or math.tointeger(size) or bad_split(("size %d is %s"):format(i, tostring(size)))
        total, share = total + counts[i], share + size
    end
    if fractions and math.abs(share - 1) > 1e-6 then bad_split(("the fractions sum to %g, not to 1"):format(share)) end
    if fractions then
        counts[#counts] = counts[#counts] + n - total
    elseif total ~= n then
        bad_split(("the sizes sum to %d, the set has %d samples"):format(total, n))
    end
    return counts
end

--- Splits at random into parts of the given sizes (which sum to #set) or fractions (which sum to 1).
function data.random_split(set, sizes)
    local counts = split_counts(#set, sizes)
    local order, parts, from = lun.randperm(#set), {}, 1
    for i, count in ipairs(counts) do
        parts[i] = data.Subset(set, order:narrow(1, from, count))
        from = from + count
    end
    return table.unpack(parts)
end

return data
