-- cuda_layouts.lua - elementwise kernels on CUDA wherever elements lie: any offset, any order of dims, broadcast along any of them
--
-- Kernels read 16 bytes in one access where operands lie side by side and aligned; a view may begin anywhere, have rows of any length,
-- and run along another dim than its neighbour. Results are the CPU's to the bit.
-- Read next: kernels/cuda/map.h, kernels/cuda/copy.cu. SPDX-License-Identifier: MIT
local tap = require "tap"
local lun = require "lunette"
require "need_device"

local size = 4 * 5 * 6 * 7

-- Runs f(numbers, combine) on both; numbers(...) is a tensor of that shape, combine an exact operation of two.
local function both(label, dtype, f)
    local function run(device)
        local function numbers(...)
            local x = (lun.arange(size) % 11):view(...):to(dtype)
            return device == "cuda" and x:cuda() or x
        end
        local combine = dtype == "bool" and function(x, y) return x:bitwise_or(y) end or function(x, y) return x + y end
        return f(numbers, combine)
    end
    local want = run "cpu"
    local good, got = pcall(function() return run("cuda"):cpu() end)
    if not good then return tap.fail(label, tostring(got)) end
    return tap.ok(got.dtype == want.dtype and got:eq(want):all(), label)
end

for _, dtype in ipairs { "float32", "float16", "float64", "int8", "int16", "int64", "bool", "complex64", "complex128" } do
    for offset = 0, 5 do
        local function check(what, f) both(("%s %s, offset %d"):format(dtype, what, offset), dtype, f) end
        check("vectors", function(numbers, combine)
            local x = numbers(size)
            return combine(x:narrow(1, 1 + offset, 800), x:narrow(1, 2, 800))
        end)
        check("rows", function(numbers, combine)
            local x = numbers(20, 42)
            return combine(x:narrow(2, 1 + offset, 32), x:narrow(2, 2, 32))
        end)
        check("a column for all", function(numbers, combine)
            local x = numbers(20, 42)
            return combine(x:narrow(2, 1 + offset, 32), x:narrow(2, 2, 1))
        end)
        check("a row for all", function(numbers, combine)
            local x = numbers(20, 42)
            return combine(x:narrow(2, 1 + offset, 32), x:narrow(1, 3, 1):narrow(2, 1, 32))
        end)
        check("copy_ into a part", function(numbers)
            local x, y = numbers(20, 42), numbers(20, 42)
            y:narrow(2, 1 + offset, 31):copy_(x:narrow(2, 3, 31))
            return y
        end)
        check("fill_ of a part", function(numbers)
            local x = numbers(20, 42)
            x:narrow(2, 1 + offset, 31):fill_(1)
            x:t():narrow(1, 1 + offset, 3):fill_(0)
            return x
        end)
        check("in place in a part", function(numbers)
            local x = numbers(20, 42)
            local part = x:narrow(2, 1 + offset, 31)
            if dtype == "bool" then part:bitwise_and_(part) else part:add_(part) end
            return x
        end)
    end
    for _, order in ipairs { { 1, 2, 3, 4 }, { 4, 3, 2, 1 }, { 2, 1, 4, 3 }, { 3, 4, 1, 2 }, { 1, 4, 2, 3 } } do
        local function check(what, f)
            both(("%s %s, dims %s"):format(dtype, what, table.concat(order, " ")), dtype, function(numbers, combine)
                return f(numbers(4, 5, 6, 7):permute(order), combine, numbers)
            end)
        end
        check("and one position for all", function(x, combine) return combine(x, x:narrow(2, 1, 1)) end)
        check("and another order", function(x, combine, numbers) return combine(x, numbers(size):view(x.shape)) end)
        check("contiguous", function(x) return x:contiguous() end)
        check("compared", function(x) return x:ne(3) end)
    end
    both(dtype .. " a number per channel", dtype, function(numbers, combine)
        return combine(numbers(4, 5, 6, 7), numbers(size):narrow(1, 3, 5):view(5, 1, 1))
    end)
    both(dtype .. " an expanded element", dtype, function(numbers, combine)
        return combine(numbers(size):select(1, 5):expand(10, 84), numbers(10, 84))
    end)
    both(dtype .. " where", dtype, function(numbers)
        local x = numbers(10, 84)
        return lun.where(x:ne(3), x:narrow(1, 1, 1), x:narrow(2, 4, 1))
    end)
end
tap.done()
