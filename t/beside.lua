-- beside.lua - the same call on the CPU and on a CUDA device, compared
--
-- `local beside = require "beside"` skips the whole file where there is no device. beside(name, f, ...) is one check: f is
-- called with the arguments as they are, and twice with their copies on the device.
-- Read next: t/lua/cuda_folds.lua. SPDX-License-Identifier: MIT
local tap = require "tap"
local lun = require "lunette"
require "need_device"

local rounding = { float64 = 1e-12, float32 = 1e-5, float16 = 2e-3, bfloat16 = 2e-2, complex64 = 1e-5 }

-- Largest difference, by the largest number; NaNs and infinities stand in the same places.
local function close(a, b)
    if a.dtype ~= b.dtype then return false, a.dtype .. " for " .. b.dtype end
    if not (a:is_floating_point() or a:is_complex()) then return lun.equal(a, b), "other whole numbers" end
    if a:is_complex() then a, b = lun.view_as_real(a), lun.view_as_real(b) end
    local bound = rounding[a.dtype]
    a, b = a:double(), b:double()
    if not lun.equal(a:isnan(), b:isnan()) then return false, "NaN elsewhere" end
    if not lun.equal(a:isinf(), b:isinf()) then return false, "infinite elsewhere" end
    local finite = a:isfinite()
    a, b = a:masked_fill(finite:logical_not(), 0), b:masked_fill(finite:logical_not(), 0)
    local most = b:numel() > 0 and (a - b):abs():max():item() / math.max(b:abs():max():item(), 1) or 0
    return most <= bound, ("off by %.3g"):format(most)
end

local function on_device(v) return type(v) == "userdata" and v:cuda() or v end

-- f(...) on the CPU and twice on the device; the results agree, and the second time they have the same bits.
local function beside(name, f, ...)
    local here = table.pack(f(...))
    local given = table.pack(...)
    for i = 1, given.n do given[i] = on_device(given[i]) end
    local there, again = table.pack(f(table.unpack(given, 1, given.n))), table.pack(f(table.unpack(given, 1, given.n)))
    local good, text = here.n == there.n, "other results"
    for i = 1, good and here.n or 0 do
        if type(here[i]) ~= "userdata" then
            good, text = here[i] == there[i], "other values"
        else
            local back, second = there[i]:cpu(), again[i]:cpu()
            good, text = close(back, here[i])
            if good and not close(second, back) then good, text = false, "another result the second time" end
            local bits = back:is_floating_point() and lun.equal(back:nan_to_num(), second:nan_to_num())
            if good and back:is_floating_point() and not bits then good, text = false, "other bits the second time" end
        end
        if not good then text = "result " .. i .. ": " .. text break end
    end
    tap.ok(good, good and name or name .. ": " .. text)
end

return beside
