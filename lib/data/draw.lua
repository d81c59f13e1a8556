-- draw.lua - small random numbers whose whole state is one integer, so that it can be saved with a pipeline's
--
-- SplitMix64 (Steele, Lea, Flood: "Fast splittable pseudorandom number generators", OOPSLA 2014).
-- Holds: the same seed and epoch give the same numbers everywhere. SPDX-License-Identifier: MIT
local lun = require "lunette"
local draw = {}

local function mixed(z)
    z = (z ~ (z >> 30)) * 0xBF58476D1CE4E5B9
    z = (z ~ (z >> 27)) * 0x94D049BB133111EB
    return z ~ (z >> 31)
end

--- Where the numbers of an epoch begin.
function draw.start(seed, epoch) return mixed(seed * 0x632BE59BD9B4E019 + epoch) end

--- The next state and a whole number in 1..n.
function draw.below(state, n)
    state = state + 0x9E3779B97F4A7C15
    return state, (mixed(state) >> 1) % n + 1
end

--- A seed from lun's generator (so lun.manual_seed decides it).
function draw.seed() return lun.randint(0, 1 << 40, {1}):item() end

--- A permutation of 1..n that depends on seed and epoch alone; the caller's random numbers stay where they were.
function draw.permutation(n, seed, epoch)
    local before = lun.get_rng_state()
    lun.manual_seed(draw.start(seed, epoch))
    local order = lun.randperm(n)
    lun.set_rng_state(before)
    return order
end

return draw
