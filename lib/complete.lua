-- complete.lua - what Tab knows about the library: arguments, words that an argument takes, methods that fit a dtype, one
-- line on a name
--
-- Asked by repl/complete.c with values found raw. Holds: no code of the user's runs; whatever is unknown gives nil.
-- Read next: repl/complete.c, lib/help.lua. SPDX-License-Identifier: MIT
local lun = require "lunette"
local core = require "lunette.help_core"
local help = require "lunette.help"
local dry = require "lunette.dry_core"

local complete = {}

local dtypes = {"float32", "float64", "float16", "bfloat16", "int64", "int32", "int16", "int8", "uint8", "bool", "complex64",
    "complex128"}
local devices = {"cpu", "cuda", "cuda:1"}

-- Words of arguments that are strings, by the argument's name.
local words = {
    dtype = dtypes, device = devices, reduction = {"mean", "sum", "none"}, approximate = {"none", "tanh"},
    norm = {"backward", "ortho", "forward"},
    rounding_mode = {"trunc", "floor"}, indexing = {"ij", "xy"}, side = {"left", "right"}, UPLO = {"L", "U"},
    interpolation = {"linear", "lower", "higher", "nearest", "midpoint"}, padding_side = {"right", "left"},
    pad_mode = {"reflect", "constant", "replicate", "circular"}, padding_mode = {"zeros", "border", "reflection"},
    reduce = {"sum", "prod", "mean", "amax", "amin"}, padding = {"same", "valid"}, in_fmt = {"xyxy", "xywh", "cxcywh"},
    out_fmt = {"xyxy", "xywh", "cxcywh"}, nonlinearity = {"tanh", "relu"}, activation = {"relu", "gelu"},
}
-- ... and where the name alone does not say it, by function and argument.
local modes = {
    pad = {"constant", "reflect", "replicate", "circular"}, qr = {"reduced", "complete", "r"}, embedding_bag = {"sum",
        "mean", "max"},
    interpolate = {"nearest", "linear", "bilinear", "bicubic", "trilinear", "area"},
    upsample = {"nearest", "linear", "bilinear", "bicubic", "trilinear"},
    grid_sample = {"bilinear", "nearest", "bicubic"},
}

local function last_name(chain) return chain:match "([%a_][%w_]*)$" end

-- The functions of Lua's own libraries: math.floor is not lun.floor.
local standard = {}
for _, library in ipairs {math, string, table, io, os, utf8, coroutine, debug, _G} do
    for _, f in next, library do standard[f] = true end
end

local function own_source(f)
    if standard[f] then return false end
    local source = type(f) == "function" and debug.getinfo(f, "S").source or ""
    return source:find "^.?lunette:" ~= nil or source == "=[C]"
end

-- The row of an op, also of its form in place, if `value` is the library's.
local function row_of(chain, value)
    local name = last_name(chain)
    if not name or value ~= nil and not own_source(value) then return nil end
    if name:sub(-1) == "_" and #name > 1 then name = name:sub(1, -2) end
    return lun.ops(name)
end

local function text_row(name)
    for _, row in ipairs(core.function_texts()) do
        if row.name == name then return row end
    end
end

local function first_sentence(text) return text:match "^(.-%.)%s" or text end

-- The names in the last pair of brackets of a signature: {"dtype", "device"} of "lun.tensor(values, {dtype, device})".
local function names_in(signature)
    local inner, list = signature:match "{(.*)}" or signature:match "%((.*)%)" or "", {}
    for part in (inner:gsub("%b{}", "") .. ","):gmatch "([^,]*)," do list[#list + 1] = part:match "^%s*([%a_][%w_]*)" end
    return list
end

local function class_text(chain, value)
    local name = chain:find "optim%." and own_source(value) and last_name(chain)
    return name and require "lunette.optim".describe(name)
end

local function spec_signature(chain, spec)
    local parts = {}
    for i, p in ipairs(spec) do
        local shown = type(p.default) == "table" and "{...}" or tostring(p.default)
        local default = p.default ~= nil and " = " .. shown or p.optional and "?" or ""
        parts[i] = p.name .. default
    end
    return ("%s(%s)"):format(chain, table.concat(parts, ", "))
end

local function parameters(f)
    local names, i = {}, 1
    while debug.getlocal(f, i) do
        names[i] = debug.getlocal(f, i)
        i = i + 1
    end
    return names
end

--- The signature of what is called, and the names of its arguments; nil when nothing is known.
function complete.call(chain, value)
    local spec = type(value) == "table" and rawget(value, "spec")
    if type(spec) == "table" then
        local names = {}
        for i, p in ipairs(spec) do names[i] = p.name end
        return spec_signature(chain, spec), names
    end
    local row = row_of(chain, value)
    if row then
        local names = {}
        for _, argument in ipairs(row.args) do names[#names + 1] = argument.name end
        if row.flags.method and chain:find ":" then table.remove(names, 1) end
        return help.signature(row), names
    end
    local text = class_text(chain, value) or value and own_source(value) and text_row(last_name(chain))
    if text then
        local signature = type(text) == "table" and text.signature or text:match "^[^\n]*"
        return signature, names_in(signature)
    end
    if type(value) == "function" and debug.getinfo(value, "S").what ~= "C" then
        local names = parameters(value)
        return ("%s(%s)"):format(chain, table.concat(names, ", ")), names
    end
end

--- The words that an argument of a call takes: `key` is its name, or its place from 1.
function complete.options(chain, value, key)
    local name, row = last_name(chain) or "", row_of(chain, value)
    if name == "to" then return table.move(devices, 1, #devices, #dtypes + 1, table.move(dtypes, 1, #dtypes, 1, {})) end
    if name == "type" or name == "set_default_dtype" then return dtypes end
    if name:find "device$" then return devices end
    if type(key) == "number" and row then
        local argument = row.args[key + (row.flags.method and chain:find ":" and 1 or 0)]
        key = argument and argument.name
    end
    if key == "mode" then return modes[name] end
    if key == "padding_mode" and name:find "Conv" then return {"zeros", "reflect", "replicate", "circular"} end
    return words[key]
end

-- Dims that the first argument must have by what the row says of shapes: those behind "*, ", as for matrices, and those of
-- pictures, "[n, c, h, w]", whose first one may be missing. nil where it is not said so.
local function least_dims(row)
    local shapes = row.shapes or ""
    local first = shapes:match "^%s*[%a_]%w*%s*%[([^%]]*)%]"
    if not first or first:find "[?|]" or shapes:find ";" or shapes:find " or " then return nil end
    local fixed = first:match "^%*, (.*)$" or first:match "^%.%.%., (.*)$" or first:match "^n, (c,.*)$"
        or first:match "^n, (in,.*)$"
    return fixed and select(2, fixed:gsub("[^,]+", "")) or nil
end

local reasons = {shape = true, dtype = true}
local sizes = {dim = true, dims = true, int = true, ints = true, sizes = true}

-- Is a method of no use to this tensor? When its row takes neither the dtype nor so few dims, or when a call without further
-- arguments fails for the dtype or the shape and no argument there is could mend that. `hollow` is the tensor without
-- elements.
local function is_unfit(name, f, hollow, dims, dtype)
    local row = lun.ops(name) or lun.ops((name:gsub("(.)_$", "%1")))
    if not row or not dry.op(f) then return false end
    local least = least_dims(row)
    if row.args[1].kind ~= "indices" and not row.takes[dtype] then return true end -- positions are of any whole dtype
    local few = least ~= nil and least > 1 and dims < least
    for i = 2, #row.args do
        if not row.args[i].optional or sizes[row.args[i].kind] then return few end
    end
    local good, problem = dry.within(0.01, f, hollow)
    return not good and type(problem) == "table" and reasons[rawget(problem, "kind")] or false
end

--- Those of the methods that are of no use to this tensor, as a set.
function complete.unfit(names, x)
    local methods, unfit = debug.getmetatable(x).__methods, {}
    local hollow = dry.hollow(x)
    local dtype = tostring(x.dtype)
    for _, name in ipairs(names) do unfit[name] = is_unfit(name, methods[name], hollow, x.ndim, dtype) or nil end
    return unfit
end

-- A long signature with what must be given, so that the sentence behind it is seen.
local function short(signature)
    local head, inner, tail = signature:match "^([^(]*)(%b())(.*)$"
    if #signature <= 64 or not head then return signature end
    local needed = {}
    for part in inner:sub(2, -2):gsub("%b{}", ""):gmatch "[^,]+" do
        if not part:find "[=?]" and part:find "%S" then needed[#needed + 1] = part:match "^%s*(.-)%s*$" end
    end
    needed[#needed + 1] = "..."
    return ("%s(%s)%s"):format(head, table.concat(needed, ", "), tail)
end

-- A class of nn: its call and what it is.
local function line_on_module(chain, value)
    local nn = package.loaded["lunette.nn"]
    local name = last_name(chain)
    if not nn or not name or value == nil or rawget(nn, name) ~= value then return nil end
    local text = require "lunette.nn.describe"(name)
    local signature, sentence = (text or ""):match "^([^\n]*)\n([^\n]*)"
    return signature and short(signature) .. "  " .. first_sentence(sentence) or nil
end

--- One line on a name of the library, nil for the user's own.
function complete.line(chain, value)
    local signature = complete.call(chain, value)
    local of_module = line_on_module(chain, value)
    if of_module then return of_module end
    local row = row_of(chain, value)
    if row then
        local name = last_name(chain)
        if name == row.name .. "_" then signature = signature:gsub(row.name .. "%(", name .. "(", 1) end
        return short(signature) .. "  " .. first_sentence(row.help)
    end
    if value == nil or type(value) == "table" and not signature then return nil end
    local text = own_source(value) and text_row(last_name(chain))
    return text and short(text.signature) .. "  " .. first_sentence(text.text) or signature
end

--- Where an op of the table is written, and its formulas if it is made of them; nil for what is no op.
function complete.source(chain, value)
    local row = row_of(chain, value)
    if not row or not row.source then return nil end
    local lines = {("  a row of the op table: %s"):format(row.source)}
    if row.formula then lines[2] = "  y = " .. row.formula:gsub("K(%b())", function(number) return number:sub(2, -2) end) end
    return table.concat(lines, "\n")
end

return complete
