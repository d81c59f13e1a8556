-- indexing.lua - every way to point at elements, reading and assigning
--
-- x[i], x[-1]; x[{i, {a,b}, {}, {a,b,step}}]; x["1:3, :, -1"]; x[mask], x[positions]; select, narrow, slice. Views share memory,
-- masks and position tensors copy. Gradients go through all of them.
-- Holds: positions start at 1, ranges include their end, what is out of range raises and names the dim and its size.
-- Read next: lua_bindings/index.c, t/lua/traps.lua.
-- SPDX-License-Identifier: MIT
local tap = require "tap"
local lun = require "lunette"

-- 1..24 in a shape.
local function count(...)
    local sizes, n = { ... }, 1
    for _, size in ipairs(sizes) do n = n * size end
    return lun.range(1, n):reshape(sizes)
end

local says = tap.raises

local m = count(3, 4)    -- {1,2,3,4}, {5,6,7,8}, {9,10,11,12}
local c = count(2, 3, 4)

-- reading: { index, expected }
local function reads(x, index, want, name)
    local good, got = pcall(function() return x[index] end)
    if not good then return tap.fail(name, "raised: " .. tostring(got)) end
    return tap.is(got, want, name)
end

reads(m, 1, { 1, 2, 3, 4 }, "x[1] is the first row")
reads(m, -1, { 9, 10, 11, 12 }, "x[-1] is the last")
tap.is(m[2][3]:item(), 7, "x[2][3] is an element")
tap.is(m[2][3].ndim, 0, "and has no dims")
reads(m, { 2, 3 }, 7, "x[{2,3}] is an element")
reads(m, { 2 }, { 5, 6, 7, 8 }, "x[{2}] is x[2]")
reads(m, { { 2 } }, { { 5, 6, 7, 8 } }, "x[{{2}}] keeps the dim")
reads(m, { {}, 2 }, { 2, 6, 10 }, "{} takes all")
reads(m, { { 2, 3 } }, { { 5, 6, 7, 8 }, { 9, 10, 11, 12 } }, "{a,b} is inclusive")
reads(m, { { 2, 3 }, { 1, 2 } }, { { 5, 6 }, { 9, 10 } }, "two ranges")
reads(m, { {}, { 1, 4, 2 } }, { { 1, 3 }, { 5, 7 }, { 9, 11 } }, "{a,b,step}")
reads(m, { {}, { -2, -1 } }, { { 3, 4 }, { 7, 8 }, { 11, 12 } }, "negatives in ranges")
reads(m, { -1, -1 }, 12, "negatives in a list")
reads(m, "2", { 5, 6, 7, 8 }, "a text of one position")
reads(m, "2, 3", 7, "text: positions")
reads(m, ":, 2", { 2, 6, 10 }, "text: all")
reads(m, "2:3, 1:2", { { 5, 6 }, { 9, 10 } }, "text: ranges")
reads(m, "2:", { { 5, 6, 7, 8 }, { 9, 10, 11, 12 } }, "text: from")
reads(m, ":2", { { 1, 2, 3, 4 }, { 5, 6, 7, 8 } }, "text: up to")
reads(m, "::2", { { 1, 2, 3, 4 }, { 9, 10, 11, 12 } }, "text: step")
reads(m, "1:3:2, :", { { 1, 2, 3, 4 }, { 9, 10, 11, 12 } }, "text: all three")
reads(m, "-1", { 9, 10, 11, 12 }, "text: negative")
reads(m, ":, -2:-1", { { 3, 4 }, { 7, 8 }, { 11, 12 } }, "text: negative range")
reads(c, "..., 1", { { 1, 5, 9 }, { 13, 17, 21 } }, "text: ... stands for the other dims")
reads(c, "1, ..., 1", { 1, 5, 9 }, "text: ... in the middle")
reads(c, "1:2, :, -1", { { 4, 8, 12 }, { 16, 20, 24 } }, "the form of the manual")
reads(c, { 1, { 2, 3 }, {} }, { { 5, 6, 7, 8 }, { 9, 10, 11, 12 } }, "the list form of the manual")
reads(m, m:gt(9), { 10, 11, 12 }, "a mask gives the elements")
reads(m, lun.tensor { true, false, true }, { { 1, 2, 3, 4 }, { 9, 10, 11, 12 } }, "a mask of rows")
reads(m, lun.tensor { 3, 1 }, { { 9, 10, 11, 12 }, { 1, 2, 3, 4 } }, "positions pick rows")
reads(m, lun.tensor { -1 }, { { 9, 10, 11, 12 } }, "negative positions in a tensor")
reads(m, m:gt(99), {}, "an empty mask gives an empty tensor")
tap.is(m:select(1, 2), { 5, 6, 7, 8 }, "select")
tap.is(m:narrow(2, 2, 2), { { 2, 3 }, { 6, 7 }, { 10, 11 } }, "narrow")
tap.is(m:slice(2, 1, 4, 3), { { 1, 4 }, { 5, 8 }, { 9, 12 } }, "slice")
tap.is(m:item(2, 3), 7, "item(i, j)")
tap.is(m.T[2], { 2, 6, 10 }, "a row of a transposed view")

-- views share memory
do
    local x = lun.zeros(2, 3)
    local row = x[2]
    row:fill_(7)
    tap.is(x, { { 0.0, 0.0, 0.0 }, { 7.0, 7.0, 7.0 } }, "x[i] is a view")
    x["1, :"]:add_(1)
    tap.is(x[1], { 1.0, 1.0, 1.0 }, "so is a slice by text")
end

-- assigning: { index, value, expected of a 2 x 3 of zeros }
local function writes(index, value, want, name)
    local x = lun.zeros(2, 3)
    local good, problem = pcall(function() x[index] = value end)
    if not good then return tap.fail(name, "raised: " .. tostring(problem)) end
    return tap.is(x, want, name)
end

writes(1, 5, { { 5.0, 5.0, 5.0 }, { 0.0, 0.0, 0.0 } }, "x[1] = number")
writes(-1, lun.tensor { 1.0, 2.0, 3.0 }, { { 0.0, 0.0, 0.0 }, { 1.0, 2.0, 3.0 } }, "x[-1] = tensor")
writes({ 2, 3 }, 9, { { 0.0, 0.0, 0.0 }, { 0.0, 0.0, 9.0 } }, "x[{2,3}] = number")
writes({ {}, 1 }, 4, { { 4.0, 0.0, 0.0 }, { 4.0, 0.0, 0.0 } }, "x[{{},1}] = number")
writes({ {}, { 2, 3 } }, lun.tensor { 1.0, 2.0 }, { { 0.0, 1.0, 2.0 }, { 0.0, 1.0, 2.0 } }, "a range = tensor, broadcast")
writes({ {}, { 1, 3, 2 } }, 6, { { 6.0, 0.0, 6.0 }, { 6.0, 0.0, 6.0 } }, "a stepped range = number")
writes(":, -1", lun.tensor { 1, 2 }, { { 0.0, 0.0, 1.0 }, { 0.0, 0.0, 2.0 } }, "text = tensor of another dtype")
writes("1, 2", 3.5, { { 0.0, 3.5, 0.0 }, { 0.0, 0.0, 0.0 } }, "text = number")
writes("...", 1, { { 1.0, 1.0, 1.0 }, { 1.0, 1.0, 1.0 } }, "everything = number")
writes(lun.tensor { { true, false, true }, { false, true, false } }, -1, { { -1.0, 0.0, -1.0 }, { 0.0, -1.0, 0.0 } }, "mask = number")
writes(lun.tensor { { true, false, true }, { false, true, false } }, lun.tensor { 1.0, 2.0, 3.0 },
    { { 1.0, 0.0, 2.0 }, { 0.0, 3.0, 0.0 } }, "mask = as many elements")
writes(lun.tensor { false, true }, 8, { { 0.0, 0.0, 0.0 }, { 8.0, 8.0, 8.0 } }, "mask of rows = number")
writes(lun.tensor { 2 }, 3, { { 0.0, 0.0, 0.0 }, { 3.0, 3.0, 3.0 } }, "positions = number")
writes(lun.tensor { 2, 1 }, lun.tensor { { 1.0, 2.0, 3.0 }, { 4.0, 5.0, 6.0 } }, { { 4.0, 5.0, 6.0 }, { 1.0, 2.0, 3.0 } },
    "positions = tensor")
do
    local x = lun.zeros(2, 3)
    x[1][2] = 5
    tap.is(x, { { 0.0, 5.0, 0.0 }, { 0.0, 0.0, 0.0 } }, "x[1][2] = number writes through the view")
    local square = count(2, 2)
    square[1] = square[2]
    tap.is(square, { { 3, 4 }, { 3, 4 } }, "a row from another row of the same tensor")
    local turn = lun.tensor { 1, 2, 3, 4 }
    turn[{ { 2, 4 } }] = turn[{ { 1, 3 } }]
    tap.is(turn, { 1, 1, 2, 3 }, "overlapping rows are read before they are written")
end

-- what must not pass
says(function() return m[0] end, "x[0] says where counting starts", "start at 1")
says(function() return m[4] end, "x[4] of 3 names the size", "3")
says(function() return m[-4] end, "x[-4] of 3 too", "3")
says(function() return m[1.5] end, "half a position raises")
says(function() return m[{ nil, 1 }] end, "x[{nil,1}] raises and says {}", "{}")
says(function() return m[{ 1, 2, 3 }] end, "too many positions raise", "2")
says(function() return m[{ 1, { 2, 9 } }] end, "a range over the end raises, naming dim and size", "dim 2", "4")
says(function() return m[{ 1, { 0, 2 } }] end, "a range from 0 raises", "1")
says(function() return m["1:9"] end, "text over the end raises", "3")
says(function() return m["1;2"] end, "text that is no slice raises")
says(function() return m["0"] end, "text 0 raises", "1")
says(function() return m["..., 1, ..."] end, "two ... raise")
says(function() return m[{ {}, { 1, 4, 0 } }] end, "a step of 0 raises", "step")
says(function() return m[{ {}, { 1, 2, 3, 4 } }] end, "a range of four raises")
says(function() return m[true] end, "a boolean is no index")
says(function() return m[lun.tensor { true, false }] end, "a mask of another size raises", "3")
says(function() return m[lun.tensor { 0 }] end, "position 0 in a tensor raises", "1")
says(function() return m[lun.tensor { 9 }] end, "a position over the end in a tensor raises", "3")
says(function() return m[lun.tensor { 1.0 }] end, "float positions raise")
says(function() return lun.tensor(1.0)[1] end, "a 0-d tensor has nothing to index", "item")
says(function() m[1] = lun.zeros(3) end, "a value that does not fit raises", "[4]", "[3]")
says(function() m[1] = "a" end, "text as value raises")
says(function() m[1] = nil end, "nil as value raises")
says(function() m[0] = 1 end, "assigning to 0 raises", "1")
says(function() lun.zeros(1, 3):expand(2, 3)[1] = 1 end, "assigning into an expanded view raises")

-- gradients
do
    local function gradient(index)
        local x = lun.zeros(2, 3):requires_grad_()
        x[index]:sum():backward()
        return x.grad
    end
    tap.is(gradient(1), { { 1.0, 1.0, 1.0 }, { 0.0, 0.0, 0.0 } }, "gradient of x[1]")
    tap.is(gradient { {}, { 2, 3 } }, { { 0.0, 1.0, 1.0 }, { 0.0, 1.0, 1.0 } }, "gradient of a range")
    tap.is(gradient ":, 1", { { 1.0, 0.0, 0.0 }, { 1.0, 0.0, 0.0 } }, "gradient of a text index")
    tap.is(gradient(lun.tensor { 2, 2 }), { { 0.0, 0.0, 0.0 }, { 2.0, 2.0, 2.0 } }, "gradient of positions, taken twice")
    tap.is(gradient(lun.tensor { true, false }), { { 1.0, 1.0, 1.0 }, { 0.0, 0.0, 0.0 } }, "gradient of a mask")
    local source = lun.tensor({ 1.0, 2.0 }, { requires_grad = true })
    local x = lun.ones(2, 2) * 1
    x[1] = source; -- or the next line would be its call
    (x * lun.tensor { { 2.0, 3.0 }, { 4.0, 5.0 } }):sum():backward()
    tap.is(source.grad, { 2.0, 3.0 }, "gradient through an assignment")
    local base = lun.ones(2, 2):requires_grad_()
    local y = base * 1
    y[1] = 0
    y:sum():backward()
    tap.is(base.grad, { { 0.0, 0.0 }, { 1.0, 1.0 } }, "what was written over gets no gradient")
end

-- several index tensors at once
do
    local x, y, t = lun.arange(0, 12):view(3, 4), lun.arange(0, 24):view(2, 3, 4), lun.tensor
    tap.is(x[{ t { 1, 3 }, t { 2, -1 } }], { 1, 11 }, "one index tensor for each dim")
    tap.is(x[{ t { { 1 }, { 3 } }, t { 2, 4 } }], { { 1, 3 }, { 9, 11 } }, "broadcast to each other")
    tap.is(y[{ {}, t { 1, 3 }, t { 2, 4 } }], { { 1, 11 }, { 13, 23 } }, "side by side they stay in their place")
    tap.is(y[{ t { 1, 2 }, {}, t { 2, 4 } }], { { 1, 5, 9 }, { 15, 19, 23 } }, "apart they go to the front")
    tap.is(y[{ t { 2, 1 }, {}, t { { 2 }, { 4 } } }].shape, { 2, 2, 3 }, "with all their dims")
    tap.is(y[{ {}, t { true, false, true }, t { 2, 4 } }], { { 1, 11 }, { 13, 23 } }, "a mask among them")
    tap.is(y[{ 2, t { 1, 3 }, t { 2, 4 } }], { 13, 23 }, "and a position before them")
    local z = x:clone()
    z[{ t { 1, 3 }, t { 2, 4 } }] = t { -1, -2 }
    tap.is(z, { { 0, -1, 2, 3 }, { 4, 5, 6, 7 }, { 8, 9, 10, -2 } }, "written to")
    z = y:clone()
    z[{ t { 1, 2 }, {}, t { 2, 4 } }] = -7
    tap.is(z, { { { 0, -7, 2, 3 }, { 4, -7, 6, 7 }, { 8, -7, 10, 11 } }, { { 12, 13, 14, -7 }, { 16, 17, 18, -7 }, { 20, 21, 22, -7 } } }, "apart")
    z = x:clone()
    z[{ {}, t { 4, 1 } }] = t { { -1, -2 } }
    tap.is(z, { { -2, 1, 2, -1 }, { -2, 5, 6, -1 }, { -2, 9, 10, -1 } }, "one that does not stand first")
    z[{ {}, t { true, false, false, true } }] = 0
    tap.is(z, { { 0, 1, 2, 0 }, { 0, 5, 6, 0 }, { 0, 9, 10, 0 } }, "nor a mask")
    local w = lun.arange(0, 12):double():view(3, 4):clone():requires_grad_()
    local part = w[{ t { 1, 1 }, t { 2, 2 } }] * t { 2.0, 3.0 }
    part:sum():backward()
    tap.is(w.grad, { { 0.0, 5.0, 0.0, 0.0 }, { 0.0, 0.0, 0.0, 0.0 }, { 0.0, 0.0, 0.0, 0.0 } }, "a place read twice gets both gradients")
    local a, v = lun.zeros(2, 3, { requires_grad = true }), lun.ones(2, { requires_grad = true })
    local q = a * 1
    q[{ t { 1, 2 }, t { 3, 1 } }] = v * 5
    local total = q * lun.arange(0, 6):view(2, 3)
    total:sum():backward()
    tap.is(a.grad, { { 0.0, 1.0, 0.0 }, { 0.0, 4.0, 5.0 } }, "what was overwritten gets none")
    tap.is(v.grad, { 10.0, 15.0 }, "what was written does")
    tap.fails(function() return x[{ t { 1, 2 }, t { 1, 5 } }] end, "index", "5", "a position outside")
    tap.fails(function() return x[{ t { 1, 2 }, t { 1, 2, 3 } }] end, "shape", nil, "shapes that do not fit")
end
do
    local a, v = lun.zeros(3, 4, { requires_grad = true }), lun.ones(2, { requires_grad = true })
    local q = a * 1
    q[{ { 2, 3 }, lun.tensor { 4, 1 } }] = v * 2
    q[{ 1, lun.tensor { true, false, false, true } }] = v
    local total = q * lun.arange(0, 12):view(3, 4)
    total:sum():backward()
    tap.is(a.grad, { { 0.0, 1.0, 2.0, 0.0 }, { 0.0, 5.0, 6.0, 0.0 }, { 0.0, 9.0, 10.0, 0.0 } }, "beside a range and a position, while recording")
    tap.is(v.grad, { 36.0, 27.0 }, "and v gets its gradient")
end
tap.done()
