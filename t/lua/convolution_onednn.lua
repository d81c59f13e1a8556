-- convolution_onednn.lua - convolutions by oneDNN beside our own: the same numbers, and the same bits on any number of threads
--
-- The program is started once for each way (LUNETTE_ONEDNN=off, always) and number of threads, and writes results and gradients.
-- Read next: kernels/cpu/conv_onednn.c. SPDX-License-Identifier: MIT
local lun = require "lunette"
local tap = require "tap"
local F = lun.nn.functional

-- images, channels, {height, width}, outputs, {kernel height, width}, options
local cases = {
    {11, 16, {9, 13}, 32, {3, 3}, {padding = 1}}, {37, 32, {6, 6}, 16, {3, 3}, {padding = 1}}, {4, 128, {4, 4}, 256, {3, 3}, {padding = 1}},
    {1, 64, {12, 10}, 128, {3, 3}, {padding = 1}}, {8, 64, {7, 9}, 64, {3, 2}, {stride = {2, 1}}}, {8, 24, {8, 8}, 20, {1, 1}, {stride = 1}},
    {9, 32, {11, 11}, 48, {3, 3}, {dilation = 2, padding = 2}}, {10, 3, {20, 20}, 32, {7, 7}, {stride = 2, padding = 3}},
    {8, 32, {9, 9}, 64, {1, 1}, {stride = 2}}, {5, 48, {9, 7}, 48, {3, 3}, {groups = 48, padding = 1}},
    {6, 64, {8, 8}, 64, {3, 3}, {groups = 2, padding = 1}}, {9, 5, {9, 9}, 7, {3, 3}, {stride = 1}},
    {9, 16, {10, 10}, 16, {4, 4}, {padding = "same"}},
    {41, 32, {64, 64}, 128, {1, 1}, {stride = 2}}, -- more than is put in order at a time
    {8, 32, {16, 16}, 16, {5, 5}, {stride = 3, padding = 2}}, {20, 256, {3, 3}, 64, {3, 3}, {padding = 1}},
}

local function write_results(path)
    lun.manual_seed(3)
    local results = {}
    local function keep(name, y, x, w, b)
        local g = y:detach():randn_like()
        local gradients = lun.autograd.grad(y, {x, w, b}, {grad_outputs = g})
        local function part(t) return t:numel() > 1e6 and t:flatten():slice(1, 1, -1, 37):contiguous() or t:contiguous() end
        results[name .. "|y"] = part(y:detach())
        for k, t in ipairs(gradients) do results[name .. "|" .. ({"dx", "dw", "db"})[k]] = part(t) end
    end
    local function leaf(shape, scale) return (lun.randn(shape) * scale):requires_grad_() end
    for i, case in ipairs(cases) do
        local n, channels, size, outputs, kernel, options = table.unpack(case)
        local groups = options.groups or 1
        local x, w = leaf({n, channels, size[1], size[2]}, 1), leaf({outputs, channels // groups, kernel[1], kernel[2]}, 0.1)
        local b = leaf({outputs}, 1)
        keep("case " .. i, F.conv2d(x, w, b, options), x, w, b)
    end
    local x, w, b = leaf({9, 32, 40}, 1), leaf({48, 32, 5}, 0.1), leaf({48}, 1)
    keep("signals", F.conv1d(x, w, b, {stride = 2, padding = 2}), x, w, b)
    x, w, b = leaf({9, 32, 7, 8}, 1), leaf({32, 16, 4, 4}, 0.1), leaf({16}, 1)
    keep("transposed", F.conv_transpose2d(x, w, b, {stride = 2, padding = 1}), x, w, b)
    lun.save(path, results)
end
if arg[1] == "--write" then
    write_results(arg[2])
    os.exit(0)
end

local scratch = require "scratch"
local program = os.getenv "LUNETTE_BUILD" .. "/lunette"
local function results_of(way, threads)
    local name = ("%s%d.safetensors"):format(way, threads)
    local command = ("LUNETTE_ONEDNN=%s '%s' --threads %d '%s' --write '%s'"):format(way, program, threads, arg[0], scratch.path(name))
    tap.ok(os.execute(command), ("%s, %d threads"):format(way, threads))
    return lun.load(scratch.path(name)), scratch.read(name)
end

local ours = results_of("off", 2)
local theirs, bytes = results_of("always", 1)
local worst, name, differ = 0, "", 0
for key, x in pairs(ours) do
    local off = ((x - theirs[key]):abs():max() / (1 + x:abs():max())):item()
    if not (off <= worst) then worst, name = off, key end
    if off > 0 then differ = differ + 1 end
end
tap.ok(worst < 1e-5, ("the numbers are those of our own ways, off by %.2g (%s)"):format(worst, name))
tap.ok(differ > 30 or not lun.matrix_libraries():find "oneDNN", ("%d of 72 in another order, if oneDNN is here"):format(differ))
for _, threads in ipairs {2, 4} do
    local _, again = results_of("always", threads)
    tap.ok(again == bytes, ("the same bits on 1 and %d threads"):format(threads))
end
tap.done()
