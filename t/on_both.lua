-- on_both.lua - `local check = require "on_both"`: check(name, f, moves) is f on the CPU and, twice, on the device, compared
--
-- f takes a function that brings a tensor to where it runs. Holds: whole numbers, and results that only move (`moves`), agree bit by bit;
-- floats within the rounding of a sum; what the device gave once it gives again.
-- Read next: t/lua/cuda_place.lua, t/beside.lua. SPDX-License-Identifier: MIT
local tap = require "tap"
local lun = require "lunette"

local rounding = { float32 = 2e-5, float64 = 1e-12, float16 = 4e-3, bfloat16 = 3e-2 }

local function same(got, want, moves)
    if tostring(got.dtype) ~= tostring(want.dtype) or got.shape ~= want.shape then return false end
    if want:numel() == 0 then return true end
    local allowed = not moves and rounding[tostring(want.dtype)]
    if not allowed then return lun.equal(got, want) end
    local wide, other = got:to("float64"), want:to("float64")
    return (wide - other):abs():max():item() <= allowed * math.max(other:abs():max():item(), 1e-3)
end

local function check(name, f, moves)
    local want = table.pack(f(function(x) return x end))
    local got = table.pack(f(function(x) return x:cuda() end))
    local again = table.pack(f(function(x) return x:cuda() end))
    for k = 1, want.n do
        local here = got[k]:cpu()
        local label = want.n > 1 and ("%s, result %d"):format(name, k) or name
        if tap.ok(got[k].device ~= "cpu" and same(here, want[k], moves), label .. ": as on the CPU") then
            tap.ok(lun.equal(here, again[k]:cpu()), label .. ": the same again")
        end
    end
end

return check
