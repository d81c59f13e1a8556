-- known.lua - which functions of the library may be called in a dry run, and what an error of theirs means
--
-- A function is known by itself, not by its name: what a program puts in its place is a stranger. Read next:
-- lib/shapes/ghost.lua. SPDX-License-Identifier: MIT
local lun = require "lunette"
local dry = require "lunette.dry_core"
local operators = require "lunette.shapes.operators"

local known = {}

--- Is this a function of C or of a Lua file that travels in the program?
function known.ours(f)
    local info = type(f) == "function" and debug.getinfo(f, "S")
    return info and (info.what == "C" or info.source:sub(1, 9) == "=lunette:") or false
end

-- Beside the rows of the table: what only asks for or changes shape, dtype or place.
local functions = {"tensor", "is_tensor", "broadcast_shapes", "can_cast", "element_size", "finfo", "iinfo", "is_complex",
    "is_floating_point",
                   "is_same_size", "is_signed", "numel", "promote_types", "result_type", "split", "chunk", "unbind"}
local methods = {"bfloat16", "bool", "byte", "cauchy_", "cdouble", "cfloat", "char", "contiguous", "copy_", "cpu", "cuda",
    "detach", "dims", "double",
                 "element_size", "exponential_", "float", "geometric_", "half", "int", "is_complex", "is_contiguous",
                 "is_floating_point",
                 "is_nonzero", "is_same_size", "is_signed", "item", "log_normal_", "long", "numel", "random_",
                 "requires_grad_", "set_index_",
                 "set_mask_", "set_slice_", "short", "size", "stride", "to", "totable", "type_as", "uniform_", "zero_",
                 "split", "chunk", "unbind",
                 "from_zero_based"}
-- What a tensor without elements can tell of itself.
known.properties = {shape = true, dtype = true, device = true, ndim = true, T = true, mT = true, H = true, mH = true,
    bytes = true,
                    requires_grad = true, zero_based = true, data = true}

local listed = {}

local function add(f)
    if known.ours(f) then listed[f] = true end
end

-- A tensor, made where nobody counts ops.
local _, some = dry.within(1, lun.empty, 0)
local meta = debug.getmetatable(some)
known.methods, known.described = meta.__methods, meta.__properties
known.shape_metatable = debug.getmetatable(some.shape)
for _, name in ipairs(functions) do add(rawget(lun, name)) end
for _, name in ipairs(methods) do add(meta.__methods[name]) end
for name, f in next, math do
    if name ~= "random" and name ~= "randomseed" then add(f) end
end
for _, f in ipairs {type, tonumber, select, table.unpack, table.pack} do add(f) end

--- Is this an op, or a function that depends on shapes alone?
function known.is_pure(f) return listed[f] or type(f) == "function" and dry.op(f) ~= nil end

--- What tensors do with operators and brackets, as it was when this file was loaded.
known.index = meta.__index
known.operators = {}
for name, event in next, {["+"] = "__add", ["-"] = "__sub", ["*"] = "__mul", ["/"] = "__div", ["//"] = "__idiv",
    ["%"] = "__mod", ["^"] = "__pow",
                          ["&"] = "__band", ["|"] = "__bor", ["~"] = "__bxor", ["<<"] = "__shl", [">>"] = "__shr"} do
    known.operators[operators.binary[name]] = dry.op(meta[event]) and meta[event]
end
for name, event in next, {["-"] = "__unm", ["~"] = "__bnot"} do known.operators[operators.unary[name]] = dry.op(meta[event])
    and meta[event] end

local telling = {shape = true, dtype = true, index = true, argument = true, name = true, device = true, inplace = true}

--- The reason that an error gives for a mismatch of shapes, dtypes or places, as "op: what", and its kind; nil for any other
--- error.
function known.reason(problem)
    if type(problem) ~= "table" or not telling[rawget(problem, "kind")] then return nil end
    local op, message = rawget(problem, "op"), tostring(rawget(problem, "message"))
    return op and op ~= "" and op .. ": " .. message or message, rawget(problem, "kind")
end

--- Is the device already in use? Looking for one takes too long while a line is typed.
function known.device_is_there(name) return lun.get_default_device() == name end

return known
