-- need_device.lua - `require "need_device"`: skips the whole file where there is no CUDA device (nor the host device in its place)
--
-- SPDX-License-Identifier: MIT
local tap = require "tap"
local lun = require "lunette"

local available, why = lun.cuda.is_available()
if not available then
    tap.skip("no CUDA device: " .. tostring(why))
    tap.done()
end
