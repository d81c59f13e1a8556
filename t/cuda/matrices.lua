-- matrices.lua - products, attention, recurrent networks and Fourier transforms on CUDA against the CPU, beyond one tile
--
-- The samples of t/cuda.lua are smaller than the tiles that these kernels work in; here sizes lie on both sides of their borders.
-- Read next: t/cuda.lua, t/cuda/factors.lua, kernels/cuda/product.cu, attention_plain.cu, attention_tensor.cu, fft.cu.
-- SPDX-License-Identifier: MIT
local tap = require "tap"
local lun = require "lunette"
require "need_device"
lun.manual_seed(1)

-- Relative to the largest number.
local rounding = { float32 = 5e-6, float64 = 1e-13, float16 = 4e-3, bfloat16 = 3.2e-2 }

local function numbers(x)
    if x:is_complex() then x = lun.view_as_real(x) end
    return x:detach():cpu():double()
end
local function agree(on_device, on_cpu, tolerance, name)
    local a, b = numbers(on_device), numbers(on_cpu)
    if a:isnan():ne(b:isnan()):any() then return tap.fail(name, "NaN stands in other places") end
    a, b = a:nan_to_num(0, 1e30, -1e30), b:nan_to_num(0, 1e30, -1e30)
    local off, largest = (a - b):abs():max():item(), b:abs():max():item()
    if off <= tolerance * (largest + 1e-3) then return tap.ok(true, name) end
    return tap.fail(name, ("off by %g, the largest is %g"):format(off, largest))
end
-- f gives a list of tensors; it gets the device.
local function same(name, tolerance, f)
    local on_cpu, on_device = f "cpu", f "cuda"
    for i = 1, #on_cpu do agree(on_device[i], on_cpu[i], tolerance, name .. " " .. i) end
end

-- ---- products ----

local function of_type(dtype, ...)
    if dtype:find "int" then return lun.randint(0, 100, { ... }):to(dtype) end
    return lun.randn(...):to(dtype)
end
for _, dtype in ipairs { "float32", "float64", "float16", "bfloat16", "complex64", "complex128", "int8", "uint8", "int16", "int32", "int64" } do
    local tolerance = dtype:find "int" and 0 or rounding[dtype] or (dtype == "complex64" and 5e-6 or 1e-13)
    local function product(name, f, ...)
        local arguments = { ... }
        same(("%s of %s"):format(name, dtype), tolerance, function(device)
            local moved = {}
            for i, x in ipairs(arguments) do moved[i] = x:to(device) end
            return { f(table.unpack(moved)) }
        end)
    end
    local function mul(x, y) return x:matmul(y) end
    product("matmul beyond a tile", mul, of_type(dtype, 33, 20), of_type(dtype, 20, 45))
    product("matmul of many tiles", mul, of_type(dtype, 520, 20), of_type(dtype, 20, 530))
    product("a long sum", mul, of_type(dtype, 3, 1100), of_type(dtype, 1100, 2))
    product("transposed matrices", function(x, y) return x.T:matmul(y.T) end, of_type(dtype, 20, 33), of_type(dtype, 45, 20))
    product("batches that broadcast", mul, of_type(dtype, 2, 1, 5, 4), of_type(dtype, 3, 4, 6))
    product("batches of rows", mul, of_type(dtype, 2, 3, 5, 4), of_type(dtype, 4, 6))
    product("heads as they lie", function(x, y) return x:transpose(2, 3):matmul(y:permute(1, 3, 4, 2)) end, of_type(dtype, 2, 5, 3, 4),
        of_type(dtype, 2, 6, 3, 4))
    product("an expanded column", function(x, y) return x:expand(3, 4):matmul(y) end, of_type(dtype, 3, 1), of_type(dtype, 4, 2))
    if not dtype:find "int" then
        product("linear", lun.linear, of_type(dtype, 2, 17, 4), of_type(dtype, 21, 4), of_type(dtype, 21))
        product("linear of nothing", function(x, b) return lun.linear(x[{ {}, { 1, 0 } }], x[{ { 1, 2 }, { 1, 0 } }], b) end, of_type(dtype, 3, 4),
            of_type(dtype, 2))
    end
end

-- Products of bytes: tiles of 16 and of 64, sums in words of 4; what does not fit an int32 wraps around.
local function bytes(dtype, rows, cols)
    return dtype == "uint8" and lun.randint(0, 256, { rows, cols }, { dtype = dtype })
        or lun.randint(-128, 128, { rows, cols }, { dtype = dtype })
end
local function equal(name, f)
    local want, got = f "cpu", f "cuda"
    for i = 1, #want do tap.ok(lun.equal(got[i]:cpu(), want[i]) and got[i].dtype == want[i].dtype, name .. ", result " .. i) end
end
for _, dtype in ipairs { "int8", "uint8" } do
    for _, s in ipairs { { 1, 1, 1 }, { 3, 4, 5 }, { 16, 32, 16 }, { 17, 33, 18 }, { 2, 130, 70 }, { 513, 37, 530 }, { 2, 0, 3 },
        { 0, 2, 3 }, { 2, 3, 0 } } do
        local x, y = bytes(dtype, s[1], s[2]), bytes("int8", s[2], s[3])
        local xt, yt = bytes(dtype, s[2], s[1]), bytes("int8", s[3], s[2])
        local wide = bytes(dtype, s[1], 2 * s[2])
        local name = ("bytes: %s, %d x %d x %d"):format(dtype, s[1], s[2], s[3])
        local function product(device, a, b)
            return a(x:to(device), xt:to(device), wide:to(device)):int_mm(b(y:to(device), yt:to(device)))
        end
        local as_is, turned = function(a) return a end, function(_, b) return b.T end
        equal(name, function(device)
            local list = { product(device, as_is, as_is), product(device, turned, as_is), product(device, as_is, turned),
                product(device, turned, turned) }
            if s[2] > 1 then -- every other column; one that does not begin at a multiple of 4
                list[#list + 1] = product(device, function(_, _, c) return c[{ {}, { 2, -1, 2 } }] end, as_is)
                list[#list + 1] = product(device, function(_, _, c) return c:narrow(2, 2, s[2]) end, as_is)
            end
            return list
        end)
    end
    local row, column = bytes(dtype, 1, 40), bytes("int8", 40, 1)
    equal("bytes: an expanded row, " .. dtype, function(device)
        return { row:to(device):expand(20, 40):int_mm(column:to(device):expand(40, 6)) }
    end)
end
local ones = lun.full({ 1, 140000 }, -128, { dtype = "int8" })
equal("bytes: a sum beyond an int32", function(device) return { ones:to(device):int_mm(ones.T:to(device)) } end)

local was = lun.cuda.matmul_tf32(true)
tap.is(was, false, "float32 is not rounded to TF32 unless asked for")
tap.is(lun.cuda.matmul_tf32(was), true, "the switch tells how it was")

-- ---- attention ----

local function attention(name, q, k, v, options, look)
    for _, dtype in ipairs { "float32", "float64", "float16", "bfloat16" } do
        same(("attention, %s, %s"):format(name, dtype), rounding[dtype], function(device)
            local given, looked, with = {}, {}, nil
            for i, x in ipairs { q, k, v } do
                given[i] = x:to(dtype):to(device):detach():requires_grad_(true)
                looked[i] = look and look(given[i]) or given[i]
            end
            for key, value in pairs(options or {}) do
                with = with or {}
                with[key] = key == "attn_mask" and value:to(device) or value
            end
            lun.manual_seed(3)
            local y = lun.scaled_dot_product_attention(looked[1], looked[2], looked[3], with)
            local g = lun.linspace(-1, 1, y:numel()):view(table.unpack(y.shape)):to(dtype):to(device);
            (y * g):sum():backward()
            return { y, given[1].grad, given[2].grad, given[3].grad }
        end)
    end
end
local function r(...) return lun.randn(...) end
attention("beyond a tile", r(2, 70, 16), r(2, 130, 16), r(2, 130, 16))
attention("causal", r(2, 130, 16), r(2, 130, 16), r(2, 130, 24), { is_causal = true })
attention("causal with few keys", r(1, 150, 16), r(1, 70, 16), r(1, 70, 8), { is_causal = true })
attention("wide rows", r(1, 40, 128), r(1, 50, 128), r(1, 50, 104))
attention("the widest rows", r(1, 20, 200), r(1, 30, 200), r(1, 30, 136))
attention("grouped heads", r(2, 4, 33, 32), r(2, 2, 40, 32), r(2, 2, 40, 32), { enable_gqa = true, is_causal = true })
attention("dropout", r(2, 33, 32), r(2, 41, 32), r(2, 41, 32), { dropout_p = 0.3 })
local may = lun.rand(33, 40):gt(0.5)
may[2]:fill_(false)
attention("a mask of bool", r(2, 33, 32), r(2, 40, 32), r(2, 40, 32), { attn_mask = may })
attention("a mask of numbers", r(2, 2, 33, 32), r(2, 2, 40, 32), r(2, 2, 40, 32), { attn_mask = r(2, 1, 33, 40) })
attention("a negative scale", r(2, 33, 32), r(2, 40, 32), r(2, 40, 32), { scale = -0.3 })
attention("a scale of 0", r(1, 33, 32), r(1, 40, 32), r(1, 40, 32), { scale = 0, is_causal = true })
attention("heads as they lie", r(2, 33, 3, 32), r(2, 40, 3, 32), r(2, 40, 3, 32), nil, function(x) return x:transpose(2, 3) end)
attention("rows that are no pieces of 16 bytes", r(1, 33, 30), r(1, 40, 30), r(1, 40, 30))
local holed = r(1, 33, 32)
holed[{ 1, 4, 2 }] = 0 / 0
attention("NaN in a row", holed, r(1, 40, 32), r(1, 40, 32))

-- ---- recurrent networks ----

local function recurrent(row, gates, dtype, packed, projected)
    local inputs, hidden, layers, params = 5, 6, 2, {}
    local result = projected and 4 or hidden
    for layer = 1, layers do
        for _ = 1, 2 do
            params[#params + 1] = r(gates * hidden, layer == 1 and inputs or 2 * result) * 0.3
            params[#params + 1] = r(gates * hidden, result) * 0.3
            params[#params + 1] = r(gates * hidden)
            params[#params + 1] = r(gates * hidden)
            if projected then params[#params + 1] = r(result, hidden) * 0.4 end
        end
    end
    local x, h0, c0 = packed and r(9, inputs) or r(4, 3, inputs), r(2 * layers, 3, result), r(2 * layers, 3, hidden)
    local name = ("%s of %s%s%s"):format(row, dtype, packed and ", packed" or "", projected and ", projected" or "")
    same(name, rounding[dtype], function(device)
        local function put(t) return t:to(dtype):to(device):detach():requires_grad_(true) end
        local given, p = { put(x), put(h0), row == "lstm" and put(c0) or nil }, {}
        for i, t in ipairs(params) do p[i] = put(t) end
        local arguments = { table.unpack(given) }
        arguments[#given + 1] = packed and { 3, 3, 2, 1 } or nil
        arguments[#given + 2] = p
        arguments[#given + 3] = { num_layers = layers, bidirectional = true }
        local made = { lun[row](table.unpack(arguments, 1, #given + 3)) }
        local loss = 0
        for _, y in ipairs(made) do
            loss = loss + (y:float() * lun.linspace(-1, 1, y:numel()):view(table.unpack(y.shape)):to(device)):sum()
        end
        loss:backward()
        for _, t in ipairs(given) do made[#made + 1] = t.grad end
        for _, t in ipairs(p) do made[#made + 1] = t.grad end
        return made
    end)
end
for row, gates in pairs { rnn_tanh = 1, rnn_relu = 1, gru = 3, lstm = 4 } do
    recurrent(row, gates, "float32", false, false)
    recurrent(row, gates, "float64", true, false)
    recurrent(row, gates, "float16", true, false)
end
recurrent("lstm", 4, "float32", true, true)
recurrent("lstm", 4, "bfloat16", false, true)

-- ---- Fourier transforms: smooth lengths in shared memory and beyond, lengths with a large prime ----

for _, dtype in ipairs { "float32", "float64" } do
    for _, n in ipairs { 1, 2, 7, 12, 17, 30, 210, 1000, 2048, 4096, 4100, 8192, 8191, 10000 } do
        local z, x = lun.complex(r(2, n):to(dtype), r(2, n):to(dtype)), r(2, n, 3):to(dtype)
        same(("transforms of %d points, %s"):format(n, dtype), dtype == "float32" and 1e-6 or 1e-14, function(device)
            local c, y = z:to(device), x:to(device)
            local half = lun.fft_rfft(y, nil, 2)
            return { lun.fft_fft(c), lun.fft_ifft(c, n + 3), half, lun.fft_irfft(c, n), lun.fft_irfft(half, n, 2) }
        end)
    end
end

tap.done()
