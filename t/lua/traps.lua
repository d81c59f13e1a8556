-- traps.lua - what Lua does differently from what a newcomer expects: works, or raises and says what to type
--
-- The traps known from the Lua worlds before us (reserved words, truth, comparison, concatenation, holes in tables, ipairs) and
-- every numbers-on-the-left operator. Indexing has its own file.
-- Holds: an error that a trap gives names the way out. Read next: t/lua/indexing.lua, doc/manual.md.
-- SPDX-License-Identifier: MIT
local tap = require "tap"
local lun = require "lunette"

local says = tap.raises

local x = lun.tensor { { 1.0, 2.0, 3.0 }, { 4.0, 5.0, 6.0 } }
local y = lun.tensor { { 6.0, 5.0, 4.0 }, { 3.0, 2.0, 1.0 } }
local loss = lun.tensor(1.5)

-- reserved words
tap.ok(not load "return x:repeat(2)", "x:repeat does not parse in Lua")
tap.is(lun.tensor { 1, 2 }:tile(2), { 1, 2, 1, 2 }, "x:tile is repeat")
tap.ok(not load "return {in=3}", "{in=3} does not parse in Lua")
tap.is(x:slice { dim = 2, start = 1, stop = 2 }, { { 1.0, 2.0 }, { 4.0, 5.0 } }, "slice says stop, since end is a word of Lua")

-- PyTorch's names of arguments
tap.is(x:pow { exponent = 2 }, (x * x):totable(), "pow's y may be called exponent")
tap.is(lun.add(x, { other = y, alpha = 2 }), (x + 2 * y):totable(), "the second operand may be called other")
tap.is(lun.add { input = x, other = y }, (x + y):totable(), "the first one input")
tap.is(lun.embedding { input = lun.tensor { 2 }, weight = x }, { { 4.0, 5.0, 6.0 } }, "positions too")
tap.is(x:sum { axis = 1, keepdims = true }, { { 5.0, 7.0, 9.0 } }, "axis is dim, keepdims keepdim")
tap.is(x:var { dim = 2, unbiased = false }:mul(3), { 2.0, 2.0 }, "unbiased = false is a correction of 0")
tap.is(lun.lerp(x, { ["end"] = y, weight = 1 }), y:totable(), "end is stop")
tap.is(lun.searchsorted { sorted_sequence = y[2]:flip(1), input = lun.tensor { 2.0 } }, { 2 }, "a name that means two things, by its op")
says(function() return x:pow { y = 2, exponent = 3 } end, "a name and its other spelling are one argument", "given twice")
says(function() return x:relu { inplace = true } end, "inplace names the form that is", "relu_()")
says(function() return lun.max(x, y) end, "two tensors have a maximum", "maximum(y)")

-- comparison gives a boolean in Lua, so it must not be silent
says(function() return x < y end, "x < y raises and names lt", "lt")
says(function() return x <= y end, "x <= y raises and names le", "le")
says(function() return x > y end, "x > y raises", "lt")
says(function() return x < 3 end, "x < 3 raises and names lt", "lt")
tap.is(x:lt(y), { { true, true, true }, { false, false, false } }, "x:lt(y) is the mask")
tap.ok(lun.tensor(1) < lun.tensor(2), "one-element tensors compare")
tap.ok(loss < 2 and loss > 1, "a one-element tensor compares with a number")
tap.ok(math.max(loss, 0) == loss, "math.max works through it")
tap.is(lun.tensor { 1, 2 } == lun.tensor { 1, 2 }, true, "tensor == tensor compares the whole")
tap.is(lun.tensor { 1, 2 } == lun.tensor { 1, 3 }, false, "and tells a difference")
tap.is(lun.tensor { 1, 2 } == lun.tensor { 1, 2, 3 }, false, "and another shape")
tap.is(loss == 1.5, false, "tensor == number is false in Lua, whatever the value")
tap.is(loss:item() == 1.5, true, "loss:item() is the number")
tap.is(loss:eq(1.5):item(), true, "loss:eq(v) is the comparison")

-- every tensor is true, so any and all give Lua booleans
tap.is(x:gt(5):any(), true, "any() is a Lua boolean")
tap.is(x:gt(9):any(), false, "any() of nothing is false")
tap.is(x:gt(0):all(), true, "all() is a Lua boolean")
tap.is(x:gt(4):any(1), { false, true, true }, "any(dim) is a tensor")

-- text
tap.is("loss " .. loss, "loss 1.5", "text .. tensor prints the number")
tap.is(loss .. " is the loss", "1.5 is the loss", "tensor .. text too")
says(function() return x .. y end, "tensor .. tensor raises and names matmul", "matmul")
says(function() return x .. y + 1 end, "x .. W + b raises", "matmul")
do
    local good, text = pcall(string.format, "%.2f", loss)
    tap.ok(good and text == "1.50" or not good and tostring(text):find "item", "string.format takes a tensor or says item")
    good, text = pcall(function() return ("%.2f"):format(loss) end)
    tap.ok(good and text == "1.50" or not good and tostring(text):find "item", "so does the method of strings")
end
tap.ok(tostring(x):find "6", "tostring shows the elements")

-- ipairs and #
tap.is(#x, 2, "#x is the size of dim 1")
says(function() for _ in ipairs(x) do end end, "ipairs runs over the end and says what to use", "rows")
do
    local sum = {}
    for i, row in x:rows() do sum[i] = row:sum():item() end
    tap.is(sum, { 6.0, 15.0 }, "x:rows() goes through dim 1")
end
says(function() return #loss end, "# of a 0-d tensor raises")

-- numbers on the left
tap.is(0.5 * x, { { 0.5, 1.0, 1.5 }, { 2.0, 2.5, 3.0 } }, "0.5 * x")
tap.is(1 - x, { { 0.0, -1.0, -2.0 }, { -3.0, -4.0, -5.0 } }, "1 - x")
tap.is(-x, { { -1.0, -2.0, -3.0 }, { -4.0, -5.0, -6.0 } }, "-x")
tap.is(2 ^ lun.tensor { 1.0, 3.0 }, { 2.0, 8.0 }, "2 ^ x")
tap.is(6 / lun.tensor { 2, 4 }, { 3.0, 1.5 }, "6 / x")
tap.is(7 // lun.tensor { 2, -2 }, { 3, -4 }, "7 // x floors")
tap.is(7 % lun.tensor { 3, -3 }, { 1, -2 }, "7 % x has the sign of the divisor")
tap.is(lun.tensor { true, false } & lun.tensor { true, true }, { true, false }, "a & b on masks")
tap.is(lun.tensor { true, false } | lun.tensor { false, false }, { true, false }, "a | b on masks")
tap.is(~lun.tensor { true, false }, { false, true }, "~a on a mask")
says(function() return x + "3" end, "tensor + text raises")
says(function() return x + nil end, "tensor + nil raises")
says(function() return x + {} end, "tensor + table raises")

-- whole numbers and floats
tap.is(tostring(lun.tensor { 1, 2, 3 }.dtype), "int64", "whole numbers make int64")
tap.is(tostring(lun.tensor { 1, 2, 3.0 }.dtype), "float32", "one float makes float32")
tap.is(tostring(lun.tensor { true, false }.dtype), "bool", "booleans make bool")
tap.is(tostring((lun.tensor { 1, 2 } / 2).dtype), "float32", "/ makes floats")
tap.is(tostring((lun.tensor { 1, 2 } // 2).dtype), "int64", "// keeps whole numbers")
says(function() return lun.tensor { 1, nil, 3 } end, "a hole in the data raises")
says(function() return lun.tensor { { 1, 2 }, { 3 } } end, "rows of unequal length raise")
says(function() return lun.tensor { 1, "a" } end, "text in the data raises")
says(function() return lun.tensor() end, "no data raises")

-- names
says(function() return x:sofmax(1) end, "a mistyped method is answered with the right name", "softmax")
says(function() return lun.sofmax end, "so is a mistyped function", "softmax")
says(function() return x.shap end, "and a mistyped property", "shape")
says(function() return x:nElement() end, "Torch7's camelCase names the new spelling", "numel")
says(function() return x:sum { dims = 1 } end, "an unknown option is named", "dims")
says(function() x.shape = { 3, 2 } end, "a property cannot be assigned")

-- writing in place
says(function() lun.zeros(1, 3):expand(2, 3):add_(1) end, "in place on an expanded view raises", "clone")
says(function() lun.tensor { 1, 2 }:div_(2) end, "in place with another dtype raises", "int64")
says(function() lun.zeros(3):add_(lun.zeros(2, 3)) end, "in place with a larger result raises")
do
    local leaf = lun.tensor({ 1.0, 2.0 }, { requires_grad = true })
    says(function() leaf:add_(1) end, "in place on a leaf that requires a gradient raises", "no_grad")
    local z = leaf:exp()
    local out = z:sum()
    z:add_(1)
    says(function() out:backward() z:sum():backward() end, "a saved value changed in place is noticed")
end

-- shapes and positions
says(function() return lun.randn(3, 4):matmul(lun.randn(5, 4)) end, "matmul names both shapes and the way out", "[3,4]", "[5,4]")
do
    local text = tostring(select(2, pcall(function() return lun.randn(3, 4):matmul(lun.randn(5, 2)) end)))
    tap.ok(text:find "5" and not text:find("[2,5]", 1, true), "no hint that would not work")
end
says(function() return x:sum(0) end, "dim 0 raises and says where counting starts", "1")
says(function() return x:sum(3) end, "a dim too large raises and names the range", "2")
says(function() return x:add(lun.zeros(2, 2)) end, "shapes that do not broadcast raise", "[2,3]", "[2,2]")
says(function() return lun.zeros(2, -1) end, "a negative size raises")
says(function() return lun.zeros(2.5) end, "half a size raises")
says(function() return lun.cross_entropy(lun.zeros(2, 3), lun.tensor { 0, 1 }) end, "label 0 raises", "1")
says(function() return lun.cross_entropy(lun.zeros(2, 3), lun.tensor { 1, 4 }) end, "label 4 of 3 raises", "3")
says(function() return x:gather(2, lun.tensor { { 0 } }) end, "index 0 in a tensor raises", "0")
tap.is(x:max(2):totable(), { 3.0, 6.0 }, "max along a dim gives values")
tap.is((select(2, x:max(2))), { 3, 3 }, "and 1-based positions")

-- released early
do
    local freed = lun.zeros(2)
    freed:free()
    says(function() return freed + 1 end, "a released tensor says where it was released", "traps.lua")
end

tap.done()
