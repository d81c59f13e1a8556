-- cuda_place.lua - picking and placing on CUDA at sizes that reach every way of doing it, against the CPU
--
-- Which way a kernel goes depends on sizes: few or many positions, short or long lines, one tile or several. Positions are drawn
-- so that many are named often, one of them by a third of the list. What is placed or added is the same at every call.
-- Holds: whole numbers, and results that only move or compare, agree bit by bit; float sums within their rounding.
-- Run alone: lunette t/lua/cuda_place.lua. Read next: t/cuda.lua, kernels/cuda/place.cu. SPDX-License-Identifier: MIT
local tap = require "tap"
local lun = require "lunette"
require "need_device"
local check = require "on_both"

-- n positions of `bound`, a third of them the same one.
local function positions(n, bound)
    local x = lun.randint(1, bound + 1, { n })
    if n >= 3 then x[{ { 1, n, 3 } }] = bound // 2 + 1 end
    return x
end

lun.manual_seed(11)

-- ---- lists of positions of one dim: short, looked through by blocks, sorted in one block, sorted by digits ----
local lists = { { 3, 5, 2 }, { 40, 7, 3 }, { 300, 2000, 5 }, { 300, 90000, 4 }, { 5000, 70000, 3 }, { 9000, 30, 1 },
                { 70, 300, 300 } }
for _, size in ipairs(lists) do
    local n, length, inner = table.unpack(size)
    local index = positions(n, length)
    for _, dtype in ipairs(n * length > 100000 and { "float32" } or { "float32", "float64", "int32", "int8" }) do
        local source, x = (lun.randn(n, inner) * 8):to(dtype), (lun.randn(length, inner) * 8):to(dtype)
        local name = ("%d of %d positions, rows of %d, %s"):format(n, length, inner, dtype)
        check("index_add, " .. name, function(at) return at(x):index_add(1, at(index), at(source), 2) end)
        check("index_add along the last dim, " .. name, function(at) return at(x):t():index_add(2, at(index), at(source):t()) end)
        check("index_copy, " .. name, function(at) return at(x):index_copy(1, at(index), at(source)) end, true)
        check("index_select, " .. name, function(at) return at(x):index_select(1, at(index)) end, true)
        check("x[idx] = v, " .. name, function(at)
            local y = at(x:clone())
            y[at(index)] = at(source)
            return y
        end, true)
    end
    local weight = lun.randn(length, inner)
    check(("embedding's gradient, %d tokens of %d rows of %d"):format(n, length, inner), function(at)
        local w = at(weight:clone()):requires_grad_()
        local y = lun.embedding(at(index), w, length // 2 + 1);
        (y * y):sum():backward()
        return w.grad
    end)
end

-- ---- one position for each element: short lines, long ones, many of them ----
for _, size in ipairs { { 4, 6, 3 }, { 50, 9, 40 }, { 3, 4000, 2000 }, { 2, 30, 6000 }, { 66000, 2, 17 } } do
    local lines, length, n = table.unpack(size)
    local index = positions(lines * n, length):view(lines, n)
    for _, dtype in ipairs(lines > 1000 and { "float32" } or { "float32", "int64", "bool" }) do
        local x, source = (lun.randn(lines, length) * 4):to(dtype), (lun.randn(lines, n) * 4):to(dtype)
        local name = ("%d lines, %d onto %d, %s"):format(lines, n, length, dtype)
        check("scatter_add, " .. name, function(at) return at(x):scatter_add(2, at(index), at(source)) end)
        check("scatter, " .. name, function(at) return at(x):scatter(2, at(index), at(source)) end, true)
        check("scatter along the first dim, " .. name, function(at)
            return at(x):t():scatter(1, at(index):t(), at(source):t())
        end, true)
        check("gather, " .. name, function(at) return at(x):gather(2, at(index)) end, true)
        if dtype ~= "bool" then
            for _, fold in ipairs { "amax", "amin" } do
                for _, own in ipairs { true, false } do
                    check(("scatter_reduce %s %s, %s"):format(fold, own, name),
                          function(at) return at(x):scatter_reduce(2, at(index), at(source), fold, own) end, true)
                end
            end
            check("scatter_reduce mean, " .. name, function(at)
                return at(x):scatter_reduce(2, at(index), at(source), "mean", false)
            end)
        end
    end
    local one = lun.randn(lines, n):sign()
    check(("scatter_reduce prod, %d lines, %d onto %d"):format(lines, n, length),
          function(at) return at(lun.ones(lines, length)):scatter_reduce(2, at(index), at(one), "prod") end, true)
end

-- ---- masks ----
for _, n in ipairs { 5, 4096, 4097, 100000 } do
    local x = lun.randn(n)
    local mask = x:gt(0.3)
    local count = mask:sum():item()
    local values = lun.randn(count)
    check(("nonzero of %d"):format(n), function(at) return at(mask):nonzero() end, true)
    check(("masked_select of %d"):format(n), function(at) return at(x):masked_select(at(mask)) end, true)
    check(("x[mask] = values, %d"):format(n), function(at)
        local y = at(x:clone())
        y[at(mask)] = at(values)
        return y
    end, true)
    check(("x[mask] = number, %d"):format(n), function(at)
        local y = at(x:clone())
        y[at(mask)] = 7
        return y
    end, true)
    check(("masked_fill of %d"):format(n), function(at) return at(x):masked_fill(at(mask), -1) end, true)
end
local scores = lun.randn(3, 2, 16, 16)
for _, dtype in ipairs { "float32", "float16", "float64", "int8", "complex128" } do
    check("masked_fill by a mask of the last dims, " .. dtype, function(at)
        return at(scores:to(dtype)):masked_fill(at(lun.ones(1, 16, 16):tril():bool()), 3)
    end, true)
end
check("rows of a strided tensor by a mask", function(at)
    local y = at(lun.arange(1, 25):view(4, 6)):t()
    y[at(lun.tensor { true, false, true, true, false, false })] = at(lun.arange(1, 13):view(3, 4))
    return y:contiguous()
end, true)

-- ---- joining and turning ----
check("cat of 150 parts", function(at)
    local parts = {}
    for i = 1, 150 do parts[i] = at(lun.arange(i, i + i % 5 + 1):view(-1, 1):expand(-1, 3)) end
    return lun.cat(parts, 1)
end, true)
check("cat of halves of odd widths", function(at)
    local strided = lun.arange(0, 12):view(4, 3):t():half()
    return lun.cat({ at(lun.arange(0, 21):view(3, 7):half()), at(lun.arange(0, 15):view(3, 5):half()), at(strided) }, 2)
end, true)
check("flip of a transpose", function(at) return at(lun.arange(0, 6000):view(20, 30, 10)):transpose(1, 3):flip { 1, 2 } end, true)

tap.done()
