-- packed.lua - nn.utils.rnn: sequences of different lengths, packed step by step for RNN, LSTM and GRU
--
-- A packed sequence is a table: data [steps of all, *], batch_sizes, and, when the sequences were ordered by length, sorted_indices and
-- unsorted_indices (positions from 1). Holds: functions over rows of the op table. Read next: lib/nn/recurrent.lua.
-- SPDX-License-Identifier: MIT
local lun = require "lunette"

local Packed = {}
Packed.__index = Packed
Packed.__name = "PackedSequence"
function Packed:__tostring()
    return ("PackedSequence: %d steps of %d sequences, data [%s]"):format(
           #self.batch_sizes, self.batch_sizes[1]:item(), table.concat(self.data.shape, ","))
end

local packed = {rnn = {}}

function packed.is(x) return type(x) == "table" and getmetatable(x) == Packed end

function packed.new(data, batch_sizes, sorted_indices, unsorted_indices)
    return setmetatable({data = data, batch_sizes = batch_sizes, sorted_indices = sorted_indices, unsorted_indices = unsorted_indices}, Packed)
end

local function check(x, name)
    if packed.is(x) then return x end
    lun.fail("nn.utils.rnn." .. name, "expected a packed sequence, got " .. tostring(x),
             "lun.nn.utils.rnn.pack_sequence{lun.ones(3, 2), lun.ones(1, 2)}")
end

--- x [t, n, *] (or [n, t, *] with batch_first) of sequences with these lengths, packed. {enforce_sorted = false} takes any order.
function packed.rnn.pack_padded_sequence(x, lengths, ...) return packed.new(lun.pack_padded_sequence(x, lengths, ...)) end

--- A list of sequences [length, *], packed.
function packed.rnn.pack_sequence(sequences, ...) return packed.new(lun.pack_sequence(sequences, ...)) end

--- A packed sequence padded again, and the lengths. Options: batch_first, padding_value, total_length.
function packed.rnn.pad_packed_sequence(x, batch_first, ...)
    check(x, "pad_packed_sequence")
    if type(batch_first) == "table" then
        local options = {}
        for key, v in pairs(batch_first) do options[key] = v end
        options.unsorted_indices = x.unsorted_indices
        return lun.pad_packed_sequence(x.data, x.batch_sizes, options)
    end
    return lun.pad_packed_sequence(x.data, x.batch_sizes, x.unsorted_indices, batch_first or false, ...)
end

--- A list of sequences [length, *] as one tensor, padded to the longest.
function packed.rnn.pad_sequence(...) return lun.pad_sequence(...) end

--- A padded tensor as a list of sequences without the padding.
function packed.rnn.unpad_sequence(x, lengths, batch_first)
    local example = "lun.nn.utils.rnn.unpad_sequence(lun.ones(3, 2), {3, 1})"
    if not lun.is_tensor(x) or x.ndim < 2 then
        lun.fail("nn.utils.rnn.unpad_sequence", "expected a tensor of at least 2 dims, got " .. tostring(x), example)
    end
    local list = lun.is_tensor(lengths) and lengths:totable() or lengths
    if type(list) ~= "table" or #list ~= x:size(batch_first and 1 or 2) then
        lun.fail("nn.utils.rnn.unpad_sequence", "lengths must be one number per sequence", example, "shape")
    end
    local out = {}
    for i, n in ipairs(list) do out[i] = x:select(batch_first and 1 or 2, i):narrow(1, 1, n) end
    return out
end

--- A packed sequence as the list of sequences it was made of.
function packed.rnn.unpack_sequence(x)
    local padded, lengths = packed.rnn.pad_packed_sequence(check(x, "unpack_sequence"), true)
    return packed.rnn.unpad_sequence(padded, lengths, true)
end

return packed
