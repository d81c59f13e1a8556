-- tensors.lua - making tensors from Lua values, asking them things, converting, cutting, comparing, printing
--
-- Holds: what a tensor says about itself is what it is; every error names the place. Read next: t/lua/traps.lua, t/lua/indexing.lua.
-- SPDX-License-Identifier: MIT
local tap = require "tap"
local lun = lun or require "lunette"

-- making
tap.is(lun.tensor { { 1, 2 }, { 3, 4 } }.shape, { 2, 2 }, "shape of a nested table")
tap.is(lun.tensor(7).ndim, 0, "a number is 0-d")
tap.is(lun.tensor(7).dtype, "int64", "a whole number is int64")
tap.is(lun.tensor(7.5).dtype, "float32", "a fraction is float32")
tap.is(lun.tensor(true).dtype, "bool", "a boolean is bool")
tap.is(lun.tensor { true, 1 }.dtype, "int64", "booleans beside numbers are numbers")
tap.is(lun.tensor {}.shape, { 0 }, "an empty table")
tap.is(lun.tensor { {}, {} }.shape, { 2, 0 }, "two empty rows")
tap.is(lun.tensor({ 1, 2 }, { dtype = "float64" }).dtype, "float64", "the dtype option")
tap.is(lun.tensor { 1, 2, dtype = "float16" }.dtype, "float16", "the option beside the elements")
tap.ok(lun.tensor({ 1.0 }, { requires_grad = true }).requires_grad, "requires_grad at once")
tap.is(lun.tensor { lun.tensor(1.5), 2 }:totable(), { 1.5, 2.0 }, "one-element tensors among the elements")
tap.is(lun.tensor { 9007199254740993 }:item(), 9007199254740993, "large whole numbers stay exact")
do
    local x = lun.tensor { 1.0 }
    local y = lun.tensor(x)
    y[1] = 5
    tap.is(x:item(), 1.0, "a tensor of a tensor is a copy")
end
tap.fails(function() lun.tensor { { 1, 2 }, { 3 } } end, "shape", "[2]", "a short row names its place")
tap.fails(function() lun.tensor { { 1, 2 }, 3 } end, "shape", "[2]", "a number where a row should be")
tap.fails(function() lun.tensor { 1, { 2 } } end, "shape", "[2]", "a row where a number should be")
tap.fails(function() lun.tensor { 1, nil, 3 } end, "argument", "[2]", "a hole names its place")
tap.fails(function() lun.tensor { 1, "x" } end, "argument", "[2]", "text names its place")
tap.fails(function() lun.tensor { lun.zeros(2) } end, "argument", "stack", "a longer tensor among the elements points to stack")
tap.fails(function() lun.tensor { 1, dtyp = "int8" } end, "name", "dtype", "a mistyped option")
tap.fails(function() lun.tensor({ 1 }, { dtype = "float31" }) end, "name", "float32", "a mistyped dtype")
tap.fails(function() lun.tensor(2, 3) end, "argument", "zeros", "sizes go to zeros")
tap.fails(function() lun.tensor { { { { { { { { { 1 } } } } } } } } } end, "shape", "8", "nine levels are too deep")

-- numbers beyond the dtype that they are written into
do
    local narrow = lun.tensor({ 1, 2, -3 }, { dtype = "int8" })
    local mask, first = lun.tensor { true, false, true }, lun.tensor { 1 }
    local writers = {
        tensor = function(v) return lun.tensor({ 1, v }, { dtype = "int8" }) end,
        full = function(v) return lun.full({ 2 }, v, { dtype = "int8" }) end,
        full_like = function(v) return narrow:full_like(v) end,
        new_full = function(v) return narrow:new_full({ 2 }, v) end,
        scalar_tensor = function(v) return lun.scalar_tensor(v, "int8") end,
        fill_ = function(v) return narrow:clone():fill_(v) end,
        masked_fill = function(v) return narrow:masked_fill(mask, v) end,
        index_fill = function(v) return narrow:index_fill(1, first, v) end,
        index_add = function(v) return narrow:index_add(1, first, narrow[{ { 1, 1 } }], v) end,
        scatter = function(v) return narrow:scatter(1, first, v) end,
        set_slice_ = function(v) narrow:clone()[1] = v end,
        set_index_ = function(v) narrow:clone()[first] = v end,
        set_mask_ = function(v) narrow:clone()[mask] = v end,
        pad = function(v) return narrow:pad({ 1, 1 }, { value = v }) end,
        constant_pad_nd = function(v) return narrow:constant_pad_nd({ 1, 1 }, v) end,
        pad_sequence = function(v) return lun.pad_sequence({ narrow, narrow[{ { 1, 2 } }] }, { padding_value = v }) end,
        threshold = function(v) return narrow:threshold(1, v) end,
        hardtanh = function(v) return narrow:hardtanh(-1, v) end,
        linspace = function(v) return lun.linspace(0, v, 2, { dtype = "int8" }) end,
        logspace = function(v) return lun.logspace(0, v, 2, { dtype = "int8" }) end,
        addcmul = function(v) return narrow:addcmul(narrow, narrow, { value = v }) end,
    }
    local told = { hardtanh = "the bounds must be numbers", addcmul = "is no whole number" } -- what is wrong with NaN already
    for name, write in pairs(writers) do
        for _, v in ipairs { 300, 1e30, 1 / 0, 0 / 0 } do
            tap.fails(function() write(v) end, "argument", v ~= v and told[name] or "does not fit into int8",
                name .. " of " .. tostring(v))
        end
        tap.ok(pcall(write, name == "hardtanh" and 127 or -128), name .. " of the last that fits")
    end
    for _, name in ipairs { "clamp_min", "clamp_max", "clamp", "maximum", "minimum", "fmax", "fmin", "heaviside", "pow" } do
        tap.fails(function() return narrow[name](narrow, 300) end, "argument", "300 does not fit into int8", name .. " with 300")
    end
    tap.fails(function() return lun.where(mask, narrow, -129) end, "argument", "-129 does not fit", "where")
    tap.fails(function() return narrow:add(narrow, { alpha = 300 }) end, "argument", "300 does not fit", "alpha of add")
    tap.fails(function() return narrow:addr(narrow, narrow, { beta = 1 / 0 }) end, "argument", "inf does not fit", "beta of addr")
    tap.is((narrow + 300):totable(), { 45, 46, 41 }, "arithmetic wraps around")
    tap.is(lun.full({ 1 }, -1, { dtype = "uint8" }):item(), 255, "a negative byte counts from 256")
    tap.fails(function() lun.full({ 1 }, -0.5, { dtype = "uint8" }) end, "argument", "0 to 255", "a fraction below 0 does not")
    tap.is(narrow:sub(3, { alpha = 128 }):totable(), { -127, -126, 125 }, "less 128 times is -128 times more")
    tap.is(lun.linspace(300, 1e30, 0, { dtype = "int8" }):numel(), 0, "no steps need no bounds")
    tap.is(narrow:pad({ -1, 0 }, { value = 300 }):totable(), { 2, -3 }, "what cuts off writes nothing")
    tap.fails(function() narrow:fill(lun.tensor(300)) end, "argument", "300 does not fit", "fill with a tensor of one element")
    tap.is(lun.full({ 1 }, -1.0, { dtype = "uint8" }):item(), 255, "whether it is written as an integer or not")
    tap.is(lun.tensor({ 2 }, { dtype = "uint8" }):threshold(-1, 0):item(), 2, "and none is below -1")
    tap.fails(function() lun.full({ 1 }, -256, { dtype = "uint8" }) end, "argument", "0 to 255", "but not below -255")
    tap.is(lun.full({ 2 }, 1e30, { dtype = "bool" }):totable(), { true, true }, "any number but 0 is true")
    tap.is(narrow:new_full({ 1 }, math.maxinteger, { dtype = "int64" }):item(), math.maxinteger, "no digit of a whole number is lost")
    tap.is(lun.scalar_tensor(math.maxinteger, "int64"):item(), math.maxinteger, "nor by scalar_tensor")
    tap.fails(function() lun.tensor({ { 1 }, { 300 } }, { dtype = "int8" }) end, "argument", "[2][1]", "the hint names the place")
end

tap.fails(function() lun.zeros(2, { device = "cuda:200" }) end, "device", "cuda", "a missing device")
tap.fails(function() lun.zeros(2, { device = "tpu" }) end, "name", "tpu", "an unknown device")

-- arguments: positional, options, all named, sizes spread out
tap.is(lun.zeros(2, 3).shape, { 2, 3 }, "sizes spread out")
tap.is(lun.zeros({ 2, 3 }).shape, { 2, 3 }, "sizes in a list")
tap.is(lun.zeros(2, 3, { dtype = "int64" }).dtype, "int64", "sizes and options")
tap.is(lun.zeros { 2, 3, dtype = "int64" }.shape, { 2, 3 }, "sizes and options in one table")
tap.is(lun.zeros { size = { 2, 3 } }.shape, { 2, 3 }, "all named")
tap.is(lun.full({ 2 }, 7), { 7, 7 }, "a number after sizes")
local m = lun.tensor { { 1.0, 2.0 }, { 3.0, 4.0 } }
tap.is(m:sum(1), { 4.0, 6.0 }, "sum(1)")
tap.is(m:sum { dim = 1 }, { 4.0, 6.0 }, "sum{dim=1}")
tap.is(m:sum(1, true), { { 4.0, 6.0 } }, "sum(1, true)")
tap.is(m:sum(1, { keepdim = true }), { { 4.0, 6.0 } }, "sum(1, {keepdim=true})")
tap.is(lun.sum(m, { dim = { 1, 2 } }):item(), 10.0, "lun.sum(x, {dim={1,2}})")
tap.is(lun.cat { m, m, dim = 2 }.shape, { 2, 4 }, "a list and an option in one table")
tap.is(lun.cat({ m, m }, 1).shape, { 4, 2 }, "a list and a dim")
tap.is(m:permute(2, 1), { { 1.0, 3.0 }, { 2.0, 4.0 } }, "dims spread out")
tap.is(m:index_select(1, { 2 }), { { 3.0, 4.0 } }, "positions in a table")
tap.is(m:clamp { max = 2 }, { { 1.0, 2.0 }, { 2.0, 2.0 } }, "one option of several")
tap.is(m:clamp(nil, 2), { { 1.0, 2.0 }, { 2.0, 2.0 } }, "nil for left out")
tap.fails(function() m:sum(1, true, nil, 4, 5) end, "argument", "at most", "too many arguments")
tap.fails(function() m:sum(1, { dim = 2 }) end, "argument", "twice", "an argument given twice")
tap.fails(function() m:sum { keepdin = true } end, "name", "keepdim", "a mistyped option is answered")
tap.fails(function() m:matmul() end, "argument", "missing", "a missing argument")
tap.fails(function() m:matmul(3) end, "argument", "tensor", "a number where a tensor must be")
tap.fails(function() m:sum "a" end, "argument", "whole", "text where a dim must be")
tap.fails(function() m:sum(1.5) end, "argument", "1.5", "half a dim")
tap.fails(function() m.add() end, "argument", "missing", "a method called with a dot")
tap.fails(function() lun.cat {} end, "argument", "empty", "an empty list")
tap.fails(function() lun.cat { m, 3 } end, "argument", "tensors[2]", "what is wrong in a list is named")

-- asking
local x = lun.range(1, 24):reshape(2, 3, 4)
tap.is(tostring(x.shape), "[2,3,4]", "a shape prints")
tap.ok(x.shape == lun.zeros(2, 3, 4).shape, "shapes compare")
tap.is("shape " .. x.shape, "shape [2,3,4]", "a shape joins text")
tap.is({ x:dims() }, { 2, 3, 4 }, "dims() gives the sizes as values")
tap.is(x:size(-1), 4, "size(-1)")
tap.is(x:size(), { 2, 3, 4 }, "size() is the shape")
tap.is(x:stride(), { 12, 4, 1 }, "stride()")
tap.is(x:stride(1), 12, "stride(1)")
tap.is(x:numel(), 24, "numel")
tap.is(x.ndim, 3, "ndim")
tap.is(x.device, "cpu", "device")
tap.is(x.T.shape, { 4, 3, 2 }, "T turns all dims round")
tap.is(x.mT.shape, { 2, 4, 3 }, "mT only the last two")
tap.ok(not x.T:is_contiguous() and x.T:contiguous():is_contiguous(), "contiguous")
tap.is(x:item(2, 3, 4), 24, "item of positions")
tap.is(x:item(-1, -1, -1), 24, "from the end")
tap.is(math.type(lun.tensor(3):item()), "integer", "whole numbers stay whole")
tap.is(lun.tensor(true):item(), true, "a boolean stays one")
tap.fails(function() x:item() end, "shape", "24", "item of many elements")
tap.fails(function() x:item(1, 2) end, "index", "2 positions", "too few positions")
tap.fails(function() x:item(1, 2, 9) end, "index", "dim 3", "a position out of range names the dim")
tap.fails(function() x:size(4) end, "index", "3", "no such dim")
tap.fails(function() x:size(0) end, "index", "start at 1", "dim 0")

-- converting
tap.is(m:long(), { { 1, 2 }, { 3, 4 } }, "long")
tap.is(m:to("float16").dtype, "float16", "to a dtype")
tap.is(m:to { dtype = "int8" }.dtype, "int8", "to with options")
tap.is(m:to(x).dtype, "int64", "to another tensor's dtype")
tap.is(m:type_as(x).dtype, "int64", "type_as")
tap.is(m:cpu(), m:totable(), "cpu on the cpu")
tap.is(m:bool(), { { true, true }, { true, true } }, "bool")
tap.fails(function() m:to "float31" end, "name", "float32", "to an unknown dtype")
tap.is(lun.zeros(2):zero_().shape, { 2 }, "zero_")

-- positions from files
do
    local labels = lun.tensor { 0, 2, 1 }
    labels.zero_based = true
    local logits = lun.zeros(3, 3)
    tap.fails(function() lun.cross_entropy(logits, labels) end, nil, "from_zero_based", "marked positions are refused with the way out")
    tap.is(labels:from_zero_based(), { 1, 3, 2 }, "from_zero_based adds 1")
    tap.ok(not labels:from_zero_based().zero_based, "and takes the mark off")
    tap.fails(function() m:from_zero_based() end, "dtype", "float32", "fractions are no positions")
end

-- cutting
local function shapes(list)
    local out = {}
    for i, piece in ipairs(list) do out[i] = tostring(piece.shape) end
    return out
end
tap.is(shapes(x:split(2, 3)), { "[2,3,2]", "[2,3,2]" }, "split by size")
tap.is(shapes(x:split({ 1, 3 }, 3)), { "[2,3,1]", "[2,3,3]" }, "split by sizes")
tap.is(shapes(x:chunk(2, 2)), { "[2,2,4]", "[2,1,4]" }, "chunk")
tap.is(shapes(x:unbind(1)), { "[3,4]", "[3,4]" }, "unbind")
tap.fails(function() x:split({ 1, 2 }, 3) end, "shape", "4", "sizes that do not add up")
tap.fails(function() x:split(0) end, "argument", nil, "pieces of nothing")

-- help and the table
do
    local add
    for _, row in ipairs(lun.ops()) do if row.name == "add" then add = row end end
    tap.is(add.args[1].name, "x", "lun.ops() tells argument names")
    tap.is(add.args[1].kind, "operand", "and kinds")
    tap.ok(add.flags.inplace and add.flags.method and add.formula == "x + y", "and forms and formulas")
    tap.ok(lun.help "matmul":find("x:matmul(y)", 1, true), "lun.help shows how it is called")
    tap.ok(lun.help "add_":find "In place", "lun.help knows the in-place name")
    tap.ok(lun.help():find "matmul", "lun.help() lists names")
    tap.ok(lun.help "multiply_":find("multiply_ is the same as mul_", 1, true), "lun.help knows second names")
    tap.is(lun.tensor({ 1, -2 }):absolute_():multiply(3):totable(), { 3, 6 }, "second names are functions, methods and in-place forms")
    tap.fails(function() lun.help "matmull" end, "name", "matmul", "lun.help answers a mistyped name")
end

-- printing
local function shows(value, ...)
    local text = tostring(value)
    for _, part in ipairs { ... } do
        if not text:find(part, 1, true) then return tap.fail("shows " .. part, text) end
    end
    return tap.ok(true, "shows " .. table.concat({ ... }, " and "))
end
shows(m, "f32[2,2]", "cpu", "16 B", "min 1", "max 4", "mean 2.5", "[[1. 2.]")
shows(lun.tensor { 1, 2, 3 }, "i64[3]", "min 1", "[1 2 3]")
shows(lun.tensor { true, false, true }, "bool[3]", "2 true", "1 false", "[ true false  true]")
shows(lun.tensor(0.25), "f32[]", "0.25")
shows(lun.zeros(0, 3), "f32[0,3]", "empty")
shows(lun.tensor({ 1.0 }, { requires_grad = true }), "  grad")
shows(lun.tensor({ 1.0 }, { requires_grad = true }) * 2, "grad(mul)")
shows(lun.tensor { { 1.0, 0 / 0 }, { 1 / 0, 2.0 } }, "1 NaN", "1 +Inf", "first at [1,2]", "nan", "inf")
shows(lun.tensor { 0.5, 0.25, 1e12 }, "0.5000", "0.2500", "1.00e+12")
shows(lun.tensor { 1e-9, 2e-9 }, "1.0000e-09")
shows(lun.zeros(100, 100), "...")
tap.ok(#tostring(lun.zeros(100, 100)) < 1000, "a large tensor is summarised")
tap.ok(#tostring(lun.zeros(3, 3, 3, 3, 3, 3, 3, 3)) < 40000, "in eight dims too")
do
    local big = lun.zeros(4000, 4000)
    local started = os.clock()
    shows(big, "~0")
    tap.ok(os.clock() - started < 0.5, "printing 16 million elements looks at a sample")
end
do
    local before = lun.printoptions()
    lun.printoptions { precision = 2, edgeitems = 1, threshold = 4 }
    shows(lun.tensor { 0.125, 0.25, 0.5, 0.75, 1.125 }, "[0.12 ... 1.12]")
    lun.printoptions(before)
    tap.is(lun.printoptions().precision, 4, "printoptions come back")
    tap.fails(function() lun.printoptions { precison = 2 } end, "name", "precision", "a mistyped print option")
    tap.fails(function() lun.printoptions { precision = 99 } end, "argument", "17", "too many digits")
end

-- errors as objects
do
    local good, e = pcall(function() return lun.randn(3, 4):matmul(lun.randn(5, 4)) end)
    tap.is({ good, e.code, e.kind, e.op }, { false, "E101", "shape", "matmul" }, "code, kind and op")
    tap.ok(e.where:find "tensors.lua:%d+$", "the line of the caller")
    tap.ok(tostring(e):find "^error%[E101%] matmul: " and tostring(e):find "\nhint: ", "the text")
    tap.ok(not tostring(e):find "/lib/", "no install paths")
end

-- what is not a tensor
tap.ok(not lun.is_tensor(io.stdout) and not lun.is_tensor {} and lun.is_tensor(m), "is_tensor")
tap.fails(function() return m + io.stdout end, "argument", "userdata", "other userdata is refused")
tap.fails(function() return pairs(m) end, "argument", "rows", "pairs")
tap.fails(function() return m() end, nil, "call", "a tensor cannot be called")

-- metamethods called with what they do not expect
do
    local meta, survived = debug.getmetatable(m), true
    for name, f in pairs(meta) do
        if type(f) == "function" then
            for _, value in ipairs { false, 1, "a", {}, io.stdout, m } do
                pcall(f, value)
                pcall(f, value, value)
                pcall(f, value, 1, value)
            end
        end
    end
    tap.ok(survived, "no metamethod brings the program down")
end

tap.fails(function() lun.zeros(2, 1 << 40, 0):totable() end, "shape", "too large")

tap.ok(lun.help "relu":find("(x < 0) ? 0 : x", 1, true), "help shows formulas without the table's marks")

-- every function and method is explained
local silent = {}
for _, list in ipairs { lun, debug.getmetatable(lun.ones(1)).__methods } do
    for name, value in pairs(list) do
        if type(value) == "function" and not pcall(lun.help, name) then silent[#silent + 1] = name end
    end
end
tap.is(table.concat(silent, " "), "", "lun.help knows every function and method")


-- questions about dtypes and shapes
do
    local x, i = lun.zeros(2, 3), lun.tensor { 1, 2 }
    tap.is(lun.result_type(i, 1.5), "float32", "result_type: a number lends its kind")
    tap.is(lun.result_type(x:double(), x), "float64", "result_type: the wider one")
    tap.is(lun.promote_types("int8", "uint8"), "int16", "promote_types")
    tap.ok(lun.can_cast("int8", "float16") and not lun.can_cast("float32", "int64") and not lun.can_cast("int8", "bool"), "can_cast")
    tap.is(tostring(lun.broadcast_shapes({ 2, 1 }, { 3 }, {})), "[2,3]", "broadcast_shapes")
    tap.fails(function() lun.broadcast_shapes({ 2 }, { 3 }) end, "shape", "2 meets 3", "broadcast_shapes of shapes that do not fit")
    tap.ok(x:is_floating_point() and not i:is_floating_point() and i:is_signed() and not lun.is_signed "uint8", "kinds of dtypes")
    tap.is(lun.finfo().eps, 2.0 ^ -23, "finfo")
    tap.ok(lun.iinfo "uint8".max == 255 and lun.iinfo "int8".min == -128 and lun.iinfo "int64".max == math.maxinteger, "iinfo")
    tap.fails(function() lun.finfo "int8" end, "dtype", "int8", "finfo of a whole-number dtype")
    tap.fails(function() x:is_nonzero() end, "shape", "f32[2,3]", "is_nonzero of several elements")
end

-- names of other libraries
do
    local methods, here = getmetatable(lun.zeros(1)).__methods, {}
    for name in pairs(require "lunette.help_core".names_elsewhere()) do
        if methods[name] or rawget(lun, name) then here[#here + 1] = name end
    end
    tap.is(table.concat(here, " "), "", "what is called otherwise here does not exist under the other name")
    tap.fails(function() return lun.zeros(2).new_empty end, "name", "lun.empty({2, 3}, {dtype = x.dtype})", "and the error says what to write")
end

-- ranges of whole numbers, between ends that are none: PyTorch's numbers
do
    local function is(x, want, label) tap.is(table.concat(x:long():totable(), " "), want, label) end
    is(lun.arange(0, -8.000001, -4, { dtype = "int64" }), "0 -4", "arange in int64 goes by whole ends")
    is(lun.arange(0, -8.000001, -4, { dtype = "int32" }), "0 -4 -8", "arange in int32 goes by the ends given")
    is(lun.arange(-0.9, 2.1, 2, { dtype = "int32" }), "0 2", "arange in int32 starts at a whole number")
    is(lun.linspace(4.3, -3, 5, { dtype = "int64" }), "4 2 0 -1 -3", "linspace in int64 lies between whole ends")
    is(lun.logspace(0, -3, 2, 1.1, { dtype = "int64" }), "1 0", "logspace in int64 keeps its base")
    is(lun.logspace(4.3, 0, 5, 2, { dtype = "int64" }), "16 8 4 2 1", "logspace in int64 has whole exponents")
    is(lun.logspace(4.3, -3, 1, { dtype = "bfloat16" }), "19968", "logspace of one step in half precision")
    tap.fails(function() return lun.arange(0, 4, 0.5, { dtype = "int64" }) end, "argument", "steps of 0", "a step that is no whole number")
    local row, column = table.unpack(lun.unravel_index(lun.tensor(math.maxinteger), { 1, math.maxinteger }))
    tap.ok(row:item() == 1 and column:item() == math.maxinteger, "unravel_index: sizes of which no tensor could be made")
    tap.fails(function() lun.unravel_index(lun.tensor(1), { math.maxinteger, 3 }) end, "shape", "no positions", "unravel_index beyond int64")
end

do
    local labels = lun.tensor({ 0, 255 }, { dtype = "uint8" }):from_zero_based()
    tap.ok(tostring(labels.dtype) == "int64" and labels:equal(lun.tensor { 1, 256 }), "from_zero_based gives int64, which holds 256")
end
do
    local header = tostring(lun.tensor { (1 << 53) + 1, math.mininteger, 123456789012345 })
    tap.ok(header:find("min -9.223e+18  max 9.007e+15", 1, true), "the summary writes no digits that it does not have: " .. header:match "[^\n]*")
    tap.ok(tostring(lun.tensor { 123456789012345, -7 }):find("min -7  max 123456789012345", 1, true), "and all that it has")
end
tap.done()
