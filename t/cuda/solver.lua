-- solver.lua - what cuSOLVER computes against the CPU's LAPACK: shapes, batches, NaN, what has no solution; without cuSOLVER
--
-- On the host device a stand-in over LAPACK (t/cuda/solver_stand_in.c) is called in cuSOLVER's place, which refuses what the
-- manual forbids.
-- Read next: t/cuda.lua, kernels/cuda/solver.cu. SPDX-License-Identifier: MIT
local tap = require "tap"
local lun = require "lunette"
require "need_device"
lun.manual_seed(1)

local function fell_back()
    local names = {}
    for name in pairs(lun.cuda.fallbacks()) do names[#names + 1] = name end
    table.sort(names)
    return table.concat(names, " ")
end
lun.eye(2):cuda():svdvals()
if fell_back() ~= "" and not os.getenv "LUNETTE_HOST_DEVICE_LIBRARIES" then
    tap.skip "cuSOLVER was not found"
    tap.done()
end

local function close(got, want, bound, name)
    if got.shape ~= want.shape or got.dtype ~= want.dtype then
        return tap.fail(name, ("%s %s, want %s %s"):format(got.dtype, got.shape, want.dtype, want.shape))
    end
    if want:numel() == 0 then return tap.ok(true, name) end
    local off = (got:cpu() - want):abs():max():item() / math.max(want:abs():max():item(), 1)
    tap.ok(off <= bound, off <= bound and name or ("%s: off by %.3g"):format(name, off))
end

local function product(a, values, b) return (a * values:unsqueeze(-2)):matmul(b) end
local function is_unitary(q, bound, name)
    local n = q.shape[q.ndim]
    close(q.mH:matmul(q) - lun.eye(n, { device = q.device }), lun.zeros_like(q.mH:matmul(q)):cpu(), bound, name)
end

local shapes = { { 1, 1 }, { 3, 3 }, { 6, 3 }, { 3, 6 }, { 5, 4, 3 }, { 5, 3, 4 }, { 2, 2, 3, 3 }, { 2, 40, 35 }, { 2, 35, 40 },
    { 33, 33 }, { 3, 70, 2 } }
for _, dtype in ipairs { "float32", "float64", "complex64", "complex128" } do
    local bound = (dtype == "float32" or dtype == "complex64") and 2e-4 or 1e-10
    local function draw(...)
        local x = lun.randn(...):to "float64"
        return (dtype:find "complex" and lun.complex(x, lun.randn(...):to "float64") or x):to(dtype)
    end
    for _, shape in ipairs(shapes) do
        local x, n = draw(table.unpack(shape)), #shape
        local d, m, columns = x:cuda(), shape[n - 1], shape[n]
        local function name(what) return ("%s of %s, %s"):format(what, table.concat(shape, "x"), dtype) end
        local u, s, vh = d:svd(false)
        close(product(u, s, vh), x, bound, name "singular values give the matrix back")
        close(s, x:svdvals(), bound, name "singular values")
        close(d:svdvals(), x:svdvals(), bound, name "singular values alone")
        local whole, _, other = d:svd()
        is_unitary(whole, bound, name "the whole U")
        is_unitary(other.mH, bound, name "the whole V")
        local q, r = d:qr()
        close(q:matmul(r), x, bound, name "Q R")
        is_unitary(q, bound, name "Q")
        q, r = d:qr "complete"
        close(q:matmul(r), x, bound, name "the whole Q times R")
        is_unitary(q, bound, name "the whole Q")
        close(r:tril(-1), lun.zeros_like(r):cpu(), 0, name "R is a triangle")
        close(d:pinv(), x:pinv(), 10 * bound, name "pseudo-inverse")
        close(d:pinv(0, 0.5), x:pinv(0, 0.5), 10 * bound, name "pseudo-inverse of what is large")
        if m >= columns then
            close(lun.householder_product(lun.geqrf(d)), d:qr():cpu(), bound, name "the product of reflections")
        end
        local b = draw(table.unpack(shape, 1, n - 1)):unsqueeze(-1)
        for _, driver in ipairs { "gels", "gelsy", "gelsd", "gelss" } do
            local got, want = { d:lstsq(b:cuda(), { driver = driver }) }, { x:lstsq(b, { driver = driver }) }
            for k = 1, 4 do close(got[k], want[k], 10 * bound, name(driver .. " result " .. k)) end
        end
        if m == columns then
            local h = x + x.mH
            for _, side in ipairs { "L", "U" } do -- the other triangle may hold anything
                local half = side == "L" and h:tril() or h:triu()
                local values, v = half:cuda():eigh(side)
                close(product(v, values, v.mH), h, bound, name("eigenvalues, by " .. side))
                close(values, h:eigvalsh(), bound, name("eigenvalues alone, by " .. side))
                is_unitary(v, bound, name("eigenvectors, by " .. side))
            end
            close(h:cuda():pinv { hermitian = true }, h:pinv { hermitian = true }, 100 * bound, name "pseudo-inverse, Hermitian")
            local values, v = d:eig()
            local z = x:is_complex() and x or lun.complex(x, lun.zeros_like(x))
            close(product(v, values, v:inv()), z, 10 * bound, name "any eigenvalues")
            close(v:abs():square():sum(-2), lun.ones_like(x:abs():sum(-2)), bound, name "vectors have length 1")
            local alone = d:eigvals()
            close(alone:sum(-1), values:cpu():sum(-1), bound, name "any eigenvalues alone")
            for _, size in ipairs { 0.01, 1, 4 } do
                close((d * size):matrix_exp(), (x * size):matrix_exp(), 10 * bound, name("exponential of " .. size .. " x"))
            end
        end
    end
end

-- ---- what is not finite, and what has no solution ----

local function both(name, f)
    local good, here = pcall(f, function(x) return x end)
    local also, there = pcall(f, function(x) return x:cuda() end)
    tap.ok(good == also, name .. ": as on the CPU")
    if good and also then return close(there, here, 1e-4, name) end
    local _, text = tap.describe(here)
    local _, device_text = tap.describe(there)
    tap.is(device_text, text, name .. ": the same error")
end

local good, bad = lun.randn(3, 3), lun.randn(3, 3)
bad[{ 2, 3 }] = 0 / 0
local pair = lun.stack { good, bad }
for _, name in ipairs { "eigh", "eigvalsh", "svd", "svdvals", "eig", "eigvals", "pinv" } do
    both(name .. " beside NaN", function(to) return (to(pair)[name](to(pair))) end)
end
both("the exponential beside NaN", function(to) return to(pair):matrix_exp():nan_to_num(7) end)
both("the exponential of infinity", function(to) return to(lun.tensor { { { -math.huge } }, { { 1.0 } } }):matrix_exp() end)
both("a column of zeros", function(to)
    return to(lun.tensor { { 1.0, 0.0 }, { 2.0, 0.0 }, { 3.0, 0.0 } }):lstsq(to(lun.ones(3, 1)), { driver = "gels" })
end)
both("least squares beside NaN", function(to) return to(pair):lstsq(to(lun.ones(2, 3, 1))) end)
for _, driver in ipairs { "gelsy", "gelsd", "gelss" } do
    both(driver .. " of rank 1", function(to)
        return (to(lun.ones(4, 3)):lstsq(to(lun.arange(1.0, 4.0):reshape(4, 1)), { driver = driver }))
    end)
    both(driver .. "'s rank", function(to)
        local _, _, rank = to(lun.ones(4, 3)):lstsq(to(lun.ones(4, 1)), { driver = driver })
        return rank:float()
    end)
end
tap.is(fell_back(), "", "all of it on the device")

-- ---- without cuSOLVER ----

local program = os.getenv "LUNETTE_BUILD" .. "/lunette"
local code = [[
local x = lun.randn(3, 2):cuda()
x:svd() x:svd() x:qr()
print(x:svdvals().device)
for name, times in pairs(lun.cuda.fallbacks()) do print(name, times) end]]
local pipe = assert(io.popen(("env -u LUNETTE_QUIET LUNETTE_CUDA_WITHOUT=cusolver %s -e '%s' 2>&1"):format(program, code)))
local text = pipe:read "a"
pipe:close()
local _, times = text:gsub("svd_parts has no kernel on cuda:0: it runs on the CPU, with copies", "")
tap.is(times, 1, "without cuSOLVER the CPU computes, which is said once")
tap.is(text:match "svd_parts%s+(%d+)", "3", "and counted")
tap.ok(text:find("cuda:0\n", 1, true), "the results are on the device")
tap.done()
