-- arrays.lua - NumPy's files, and arrays that stay in a file because they are larger than memory
--
-- Read next: formats/npy.h, formats/mapped.h. SPDX-License-Identifier: MIT
local lun = require "lunette"
local core = require "lunette.data_core"
local pipeline = require "lunette.data.pipeline"

local arrays = {}

--- Reads an .npy file. Arrays of Python objects are refused: reading them could run code. Whole numbers are marked as counting from 0.
arrays.npy = core.npy
--- Writes a tensor as an .npy file, whole or not at all.
arrays.save_npy = core.save_npy
--- Reads an .npz archive: {name = tensor}.
arrays.npz = core.npz
--- Writes tensors by name as an .npz archive, whole or not at all.
arrays.save_npz = core.save_npz

--- Plain numbers in a string (least significant byte first) as a tensor: data.from_bytes(bytes, "uint8", {3, 32, 32}); a first size of -1 takes
--- all there are. Whole numbers are marked as counting from 0.
function arrays.from_bytes(bytes, dtype, shape) return core.from_bytes(bytes, dtype, shape or {-1}) end

--- The numbers of a tensor as a string, row by row: what from_bytes reads.
function arrays.to_bytes(x) return core.to_bytes(x) end

local Mapped = {}
Mapped.__index = Mapped
Mapped.__len = function(self) return self.shape[1] end
function Mapped:__tostring() return ("%s[%s] in %s"):format(self.dtype, table.concat(self.shape, ","), self.path) end

--- An array in a file, as a data set of its rows, of which only those asked for are read: data.mapped("x.npy"), or for plain numbers
--- data.mapped("x.bin", {dtype = "float32", shape = {-1, 784}, offset = 0}), where -1 takes as many rows as the file has.
function arrays.mapped(path, options)
    options = pipeline.options("data.mapped", options, {"dtype", "shape", "offset"})
    local array
    if next(options) == nil then
        array = core.mapped_npy(path)
    else
        array = core.mapped(path, options.dtype or "float32", options.shape or {-1}, options.offset or 0)
    end
    local shape, dtype = array:about()
    return setmetatable({array = array, path = path, options = options, shape = shape, dtype = dtype}, Mapped)
end

--- `count` rows from row `first` on, as a tensor of their own.
function Mapped:rows(first, count) return self.array:rows(first, count or 1) end
function Mapped:get(i) return self.array:rows(i, 1)[1] end
function Mapped:batch(indices) return self.array:pick(indices:contiguous()) end
function Mapped:recipe() return "mapped", {self.path, self.options} end
--- Gives the file back; using the array later is an error.
function Mapped:close() self.array:close() end

return arrays
