-- compiler_version.lua - another version of NVRTC than the build's compiler is asked for no function whose last bits may differ
--
-- On the host device, whose stand-in tells the version that it is told (t/cuda/nvrtc_stand_in.c). Read next: kernels/cuda/rtc_compile.h.
-- SPDX-License-Identifier: MIT
local tap = require "tap"
require "need_device"

local compiler = os.getenv "LUNETTE_TEST_CXX" or "g++"
if not os.getenv "LUNETTE_HOST_DEVICE_LIBRARIES" or not os.execute(compiler .. " --version >/dev/null 2>&1") then
    tap.skip("needs the host device and " .. compiler)
    tap.done()
    return
end
if not os.getenv "LUNETTE_TEST_NVRTC_MINOR" then
    local command = "LUNETTE_TEST_NVRTC_MINOR=7 LUNETTE_TEST_CXX='%s' '%s/lunette' '%s'"
    os.exit(os.execute(command:format(compiler, os.getenv "LUNETTE_BUILD" or "build", arg[0])) and 0 or 1)
end

local lun = require "lunette"
local core = require "lunette.cuda_core"
core.compiler(true)
local function kernels() return select(2, core.compiler()) end
local x = lun.rand(100):cuda()
local function plain(a) return (a * 2 + 1):sqrt() / a end
local function with_exp(a) return (a * 2 + 1):exp() / a end
tap.ok(core.compiler():find("13.7", 1, true), "the version is told: " .. core.compiler())
tap.ok(lun.equal(lun.compile(plain)(x), plain(x)), "sums, quotients and roots")
tap.is(kernels(), 1, "are compiled")
tap.ok(lun.equal(lun.compile(with_exp)(x), with_exp(x)), "exp")
tap.is(kernels(), 1, "is not")
tap.done()
