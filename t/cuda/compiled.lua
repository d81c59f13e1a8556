-- compiled.lua - t/cuda/compile.lua with kernels that are compiled while the program runs: by NVRTC on a GPU, on the host device by g++
--
-- Read next: t/cuda/nvrtc_stand_in.c, kernels/cuda/fused_text.cu. SPDX-License-Identifier: MIT
local tap = require "tap"
require "need_device"

local build, root = os.getenv "LUNETTE_BUILD" or "build", os.getenv "LUNETTE_TEST_ROOT" or "."
local said = require "lunette.cuda_core".compiler()
local compiler = os.getenv "LUNETTE_TEST_CXX" or "g++"
local function skip(why)
    tap.skip("kernels compiled while the program runs: " .. why)
    tap.done()
end
if said:find "not there" then return skip "NVRTC was not found" end
if os.getenv "LUNETTE_HOST_DEVICE_LIBRARIES" and not os.execute(compiler .. " --version >/dev/null 2>&1") then return skip("no " .. compiler) end
local few = "pow where digamma" -- a row is about ten kernels, of which g++ makes four in a second
local command = ("LUNETTE_TEST_CXX='%s' '%s/lunette' '%s/t/cuda/compile.lua' --compiled --programs=5 %s"):format(compiler, build, root, few)
os.exit(os.execute(command) and 0 or 1)
