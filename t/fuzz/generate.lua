-- generate.lua - makes call number i of a seed: a row of the op table and arguments nobody would write
--
-- Half of the calls are a sample of the row with one or two arguments exchanged; the others are made from the kinds of its arguments:
-- shapes that fit each other more or less, ranks 0 to 8, empty dims, every dtype, views (transposed, sliced, repeated with stride 0),
-- NaN and infinities, positions inside and outside, numbers up to the ends of int64, words, and values of the wrong kind altogether.
-- Holds: seed and number give the same call (for the same op table); every tensor is small, or small in memory.
-- Read next: attack.lua, run.lua. SPDX-License-Identifier: MIT
local lun = require "lunette"
local rows = require "rows"

local generate = {}

local random = math.random
local function pick(list) return list[random(#list)] end
local function chance(percent) return random(100) <= percent end

local dtypes = { "float32", "float64", "float16", "bfloat16", "int8", "uint8", "int16", "int32", "int64", "bool" }
if pcall(lun.zeros, 1, { dtype = "complex64" }) then
    dtypes[#dtypes + 1] = "complex64"
    dtypes[#dtypes + 1] = "complex128"
end
local usual = { "float32", "float32", "float64", "int64" }

local function tensor_list() return { lun.ones(2), lun.ones(3) } end
local wrong_kinds = {
    function() return nil end, function() return true end, function() return "" end, function() return "mean" end,
    function() return "nonsense" end, function() return "ij,jk->ik" end, function() return "..." end, function() return "->" end,
    function() return "cuda:9" end, function() return "float32" end, function() return ("x"):rep(300) end, function() return print end,
    function() return {} end, function() return { 1 } end, function() return { -1 } end, function() return { 2, 2 } end,
    function() return { 1, 2, 3, 4, 5, 6, 7, 8, 9 } end, function() return { 1.5 } end, function() return { "a" } end,
    function() return { math.maxinteger, 2 } end, function() return { 1 << 40, 1 << 40 } end, function() return { 0, 0, 0, 0 } end,
    function() return { nothing = 1 } end, function() return { keepdim = "x" } end, function() return { dim = 1 } end, tensor_list,
    function() return { lun.ones(2), 1 } end, function() return { {} } end, function() return { [1 << 40] = 1 } end,
    function()
        local long = {}
        for k = 1, 20 * random(3) do long[k] = k end
        return long
    end,
}
local hostile_integers = { 0, 1, -1, 2, -2, 7, 100, -100, 1 << 31, -(1 << 31), 1 << 32, 1 << 40, 1 << 62, math.mininteger, math.maxinteger }
local hostile_floats = { 0.0, -0.0, 0.5, -0.5, 1.5, 1e-300, 1e300, -1e300, 0 / 0, 1 / 0, -1 / 0, 2.0 ^ 53 }

local function integer()
    return chance(75) and random(-1, 4) or pick(hostile_integers)
end

local function real()
    return chance(60) and (random() * 4 - 1) or pick(hostile_floats)
end

local function random_shape()
    local kind, shape = random(10), {}
    local rank = kind <= 7 and random(0, 4) or random(0, 8)
    for i = 1, rank do shape[i] = chance(8) and 0 or random(rank > 4 and 2 or 5) end
    return shape
end

-- A shape that has something to do with the first one of this call.
local function related(base)
    local shape = { table.unpack(base) }
    local kind = random(12)
    if kind <= 5 then return shape end
    if kind == 6 and #shape > 0 then shape[random(#shape)] = 1 end
    if kind == 7 then table.remove(shape, 1) end
    if kind == 8 and #shape < 8 then table.insert(shape, 1, random(3)) end
    if kind == 9 and #shape >= 2 then shape[#shape], shape[#shape - 1] = shape[#shape - 1], random(4) end
    if kind == 10 and #shape > 0 then shape[random(#shape)] = random(0, 5) end
    if kind == 11 then return { shape[#shape] } end
    if kind == 12 then return random_shape() end
    return shape
end

local function filled(shape, dtype)
    local x = (lun.randn(shape) * 3):to(dtype)
    local kind = random(14)
    if kind == 1 and x:numel() > 0 then return (x * pick { 0 / 0, 1 / 0, -1 / 0, 1e30, 0 }):to(dtype) end
    if kind == 2 then return x:abs():to(dtype) end
    if kind == 3 then return (x * 0 + 1):to(dtype) end
    return x
end

-- Another view of memory like this: what strides can do.
local function view_of(x)
    local kind = random(20)
    if kind == 1 and x.ndim > 1 then return x:transpose(random(x.ndim), random(x.ndim)) end
    if kind == 2 and x.ndim < 8 then return x:unsqueeze(1):expand { random(0, 3), table.unpack(x.shape, 1, x.ndim) } end
    if kind == 3 and x.ndim > 0 and x.shape[x.ndim] > 1 then return x:slice(x.ndim, 1, -1, 2) end
    if kind == 4 and x.ndim > 0 and x.shape[1] > 1 then return x:slice(1, 2, -1) end
    if kind == 5 and x.ndim > 1 then return x:flatten() end
    if kind == 6 and x:numel() == 1 then return x:reshape({}):expand { pick { 1, 7, 1 << 10, 1 << 16 } } end
    return x
end

generate.views = setmetatable({}, { __mode = "k" }) -- the tensors that are a part of others' memory, or in another order

local function viewed(x)
    local y = view_of(x)
    generate.views[y] = not rawequal(x, y) or nil
    return y
end

local function tensor(context, dtype)
    context.base = context.base or random_shape()
    local shape = context.first and related(context.base) or context.base
    context.first = true
    context.dtype = context.dtype or (chance(70) and pick(usual) or pick(dtypes))
    local x = viewed(filled(shape, dtype or (chance(85) and context.dtype or pick(dtypes))))
    if chance(25) and rows.is_float(x) then
        local view = generate.views[x]
        x = x:detach():requires_grad_()
        generate.views[x] = view
    end
    return x
end

local function indices(context)
    context.base = context.base or random_shape()
    local shape = chance(50) and { random(0, 4) } or related(context.base)
    local top = math.max(1, context.base[random(math.max(1, #context.base))] or 1)
    local x = (lun.rand(shape) * top + 1):floor():to(chance(85) and "int64" or pick(dtypes))
    if chance(15) then x = x * pick { -1, 0, 3, 1 << 40 } end
    return x
end

local function ints(context, most)
    local list = {}
    for i = 1, random(0, most or math.min(8, #(context.base or {}) + 1)) do list[i] = integer() end
    return list
end

local words = { "mean", "sum", "none", "constant", "reflect", "replicate", "circular", "nearest", "bilinear", "bicubic", "area", "zeros", "border",
    "floor", "trunc", "tanh", "ij", "xy", "same", "valid", "prod", "amax", "amin", "linear", "left", "right", "ortho", "backward", "forward",
    "fro", "nuc", "reduced", "complete", "r", "L", "U", "i,i->", "ij,jk->ik", "...ij->...ji", "ii->i", "" }

local makers = {
    tensor = tensor,
    operand = function(context) return chance(70) and tensor(context) or chance(50) and integer() or real() end,
    tensors = function(context)
        local list = {}
        for i = 1, random(0, 4) do list[i] = tensor(context) end
        return list
    end,
    indices = indices, labels = indices,
    int = integer, float = real,
    bool = function() return chance(50) end,
    string = function() return pick(words) end,
    number = function() return chance(50) and integer() or real() end,
    dtype = function() return chance(90) and pick(dtypes) or "nonsense" end,
    device = function() return chance(80) and "cpu" or "cuda:9" end,
    dim = function(context)
        local n = math.max(1, #(context.base or {}))
        return chance(85) and pick { random(n), -random(n) } or pick(hostile_integers)
    end,
    dims = function(context)
        local n, list = math.max(1, #(context.base or {})), {}
        if chance(40) then return random(n) end
        for i = 1, random(0, n) do list[i] = chance(90) and pick { i, -i } or integer() end
        return list
    end,
    index = function(context)
        local base = context.base or {}
        return chance(85) and random(math.max(1, base[1] or 1)) or pick(hostile_integers)
    end,
    ints = function(context) return chance(50) and integer() or ints(context) end,
    padding = function(context) return chance(60) and integer() or chance(50) and ints(context, 3) or pick(words) end,
    sizes = function(context)
        local base = context.base or random_shape()
        return chance(60) and related(base) or ints(context)
    end,
}

local function value_of(argument, context)
    if chance(4) then return pick(wrong_kinds)() end
    local make = makers[argument.kind] or integer
    return make(context)
end

-- Arguments by their kinds: the needed ones, some of the others by place or by name.
local function by_kinds(row)
    local context, args, options = {}, { n = 0 }, nil
    for i, argument in ipairs(row.args) do
        if not argument.optional or args.n == i - 1 and chance(35) then
            args.n = i
            args[i] = value_of(argument, context)
        elseif chance(30) then
            options = options or {}
            options[argument.name] = value_of(argument, context)
        end
    end
    if options then
        args.n = args.n + 1
        args[args.n] = options
    end
    return args
end

local function by_sample(row)
    local args = rows.sample(pick(row.samples), function(x)
        if chance(6) then return x:to(pick(dtypes)) end
        if chance(10) then return viewed(x) end
        if chance(15) and rows.is_float(x) then return x:clone():requires_grad_() end
        return x
    end)
    local context = rows.is_tensor(args[1]) and { base = { table.unpack(args[1].shape, 1, args[1].ndim) }, first = true } or {}
    for _ = 1, random(0, 2) do
        local at = random(args.n + 1)
        local argument = row.args[at]
        if argument and chance(80) then args[at] = value_of(argument, context) else args[at] = pick(wrong_kinds)() end
        args.n = math.max(args.n, at)
    end
    if chance(5) then args.n = random(0, args.n) end
    return args
end

-- The rows that calls are made of; `only` is a set of names, or nil for all.
function generate.rows(only)
    local list = {}
    for _, row in ipairs(lun.ops()) do
        if row.samples[1] and (not only or only[row.name]) then list[#list + 1] = row end
    end
    return list
end

-- The call: { row, args, way = "function", "method" or "inplace" } of one of the rows.
function generate.call(seed, i, list)
    math.randomseed(seed, i)
    local row = pick(list)
    local made_by = chance(50) and by_sample or by_kinds
    local way = "function"
    if row.flags.inplace and chance(20) then way = "inplace" elseif not row.flags.creation and chance(10) then way = "method" end
    lun.manual_seed(random(1 << 30))
    local good, args = pcall(made_by, row)
    if not good then args = rows.sample(row.samples[1], function(x) return x end) end -- the change itself was refused
    return { row = row, args = args, way = way }
end

return generate
