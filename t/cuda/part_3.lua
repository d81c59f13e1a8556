-- part_3.lua - the third quarter of the rows of t/cuda.lua, so that make can run the quarters side by side. SPDX-License-Identifier: MIT
arg = { "--part=3/4" }
dofile(os.getenv "LUNETTE_TEST_ROOT" .. "/t/cuda.lua")
