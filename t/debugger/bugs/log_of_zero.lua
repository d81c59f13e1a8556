-- log_of_zero.lua - an entropy with a probability of 0
--
-- commands: catch nonfinite; c; c; why out
-- finds: born here by op:log #1
-- SPDX-License-Identifier: MIT
local p = lun.tensor {0.5, 0.0, 0.5}
local entropy = -(p * p:log()):sum()
print("entropy", entropy:item())
