-- growth.lua - how cost grows with size: time against size over four decades and more, beside what this machine's roofline allows
--
--   LUA_PATH="bench/?.lua;;" lunette bench/growth.lua [PICTURE.png]        (./dev bench growth)
--
-- The roofline is measured in the same run: the most multiplications and additions that a product reached in a second, and the bytes that a
-- copy of 400 MB moved. Sizes are numbers of elements (of a matrix, of an image) or a length. Figures go to stdout as tab-separated
-- lines, the picture through gnuplot. LUNETTE_BENCH_SMALL=1 takes small sizes only, to see that everything runs.
-- Read next: bench/measure.lua, doc/performance.md. SPDX-License-Identifier: MIT
local lun = require "lunette"
local picture = table.remove(arg, 1) or "growth.png"
assert(io.open(picture, "ab")):close() -- what can fail fails before a minute of measuring
assert(os.execute "gnuplot --version >/dev/null 2>&1", "the picture needs gnuplot; on Debian: apt-get install gnuplot-nox")
local measure = require "measure"
local F = lun.nn.functional

local largest = measure.small and 1000 or math.huge
local function sizes(list)
    local kept = {}
    for _, n in ipairs(list) do
        if n <= largest then kept[#kept + 1] = n end
    end
    return kept
end

-- make(n) gives what is timed; `operations` and `bytes` of size n are what cannot be avoided: operands read once, results written once.
local curves = {
    { title = "n x n product", elements = function(n) return n ^ 2 end, x = "elements of a matrix",
        sizes = sizes { 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048, 4096 },
        operations = function(n) return 2 * n ^ 3 end, bytes = function(n) return 12 * n ^ 2 end,
        make = function(n)
            local a, b = lun.randn(n, n), lun.randn(n, n)
            return function() return a:matmul(b) end
        end },
    { title = "add, n elements", sizes = sizes { 100, 1000, 10000, 30000, 100000, 300000, 1000000, 3000000, 10000000, 100000000 },
        operations = function(n) return n end, bytes = function(n) return 12 * n end,
        make = function(n)
            local a, b = lun.randn { n }, lun.randn { n }
            return function() return a + b end
        end },
    { title = "3x3 convolution, 64 to 64 channels, n x n", elements = function(n) return n ^ 2 end, x = "pixels of an image",
        sizes = sizes { 4, 8, 16, 32, 64, 128, 256, 512 },
        operations = function(n) return 2 * 9 * 64 * 64 * n ^ 2 end, bytes = function(n) return 4 * (128 * n ^ 2 + 9 * 64 * 64) end,
        make = function(n)
            local x, w = lun.randn(1, 64, n, n), lun.randn(64, 64, 3, 3)
            return function() return F.conv2d(x, w, nil, { padding = 1 }) end
        end },
    { title = "attention, 8 heads of 64, length n", x = "length",
        sizes = sizes { 1, 3, 10, 30, 100, 300, 1000, 3000, 10000 },
        operations = function(n) return 4 * 8 * 64 * n ^ 2 end, bytes = function(n) return 4 * 4 * 8 * 64 * n end,
        make = function(n)
            local q, k, v = lun.randn(1, 8, n, 64), lun.randn(1, 8, n, 64), lun.randn(1, 8, n, 64)
            return function() return F.scaled_dot_product_attention(q, k, v) end
        end },
    { title = "sort, n floats", sizes = sizes { 100, 1000, 3000, 10000, 30000, 100000, 1000000, 10000000 },
        operations = function() return 0 end, bytes = function(n) return 16 * n end,
        make = function(n)
            local x = lun.randn { n }
            return function() return (x:sort()) end
        end },
}

local function seconds(f)
    return lun.no_grad(function() return measure.seconds(f) end)
end

-- The roof: operations and bytes in a second.
local n = measure.small and 100 or 100000000
local from, to = lun.randn { n }, lun.empty { n }
local bandwidth = 8 * n / seconds(function() to:copy_(from) end)
from, to = nil, nil
collectgarbage()
local peak = 0
for _, c in ipairs(curves) do
    c.seconds = {}
    for i, size in ipairs(c.sizes) do
        c.seconds[i] = seconds(c.make(size))
        collectgarbage()
        if c == curves[1] then peak = math.max(peak, c.operations(size) / c.seconds[i]) end
    end
end
print(("roof\t%.4g operations/s\t%.4g bytes/s"):format(peak, bandwidth))
local function roof(c, size) return math.max(c.operations(size) / peak, c.bytes(size) / bandwidth) end
for _, c in ipairs(curves) do
    for i, size in ipairs(c.sizes) do
        print(("%s\t%d\t%.4g s\t%.3g of the roof"):format(c.title, size, c.seconds[i], roof(c, size) / c.seconds[i]))
    end
end

local gnuplot = assert(io.popen("gnuplot", "w"))
gnuplot:write(("set terminal pngcairo size 1500,900 font 'sans,11'\nset output '%s'\n"):format((picture:gsub("'", "''"))),
    ("set multiplot layout 2,3 title '%d threads; at most %.0f GFLOP/s, %.0f GB/s'\n"):format(lun.get_num_threads(), peak / 1e9, bandwidth / 1e9),
    "set logscale xy\nset format x '10^{%L}'\nset format y '10^{%L}'\nset ylabel 'seconds'\nset key top left\nset grid\n")
for k, c in ipairs(curves) do
    gnuplot:write(("$data%d << EOD\n"):format(k))
    for i, size in ipairs(c.sizes) do
        gnuplot:write(("%g %g %g\n"):format(c.elements and c.elements(size) or size, c.seconds[i], roof(c, size)))
    end
    gnuplot:write(("EOD\nset title '%s'\nset xlabel '%s'\n"):format(c.title, c.x or "elements"),
        ("plot $data%d using 1:2 with linespoints pt 7 lc rgb '#1f77b4' title 'measured', "):format(k),
        ("$data%d using 1:3 with lines dt 2 lc rgb '#d62728' title 'roofline'\n"):format(k))
end
-- All of them on one scale: how near the roof a call comes that takes so long.
local lines, colours = {}, {"#1f77b4", "#2ca02c", "#ff7f0e", "#9467bd", "#8c564b"}
for k, c in ipairs(curves) do
    local plotted = "$data%d using 2:(100*$3/$2) with linespoints pt 7 ps 0.7 lc rgb '%s' title '%s'"
    lines[k] = plotted:format(k, colours[k], c.title:match "[^,]*")
end
gnuplot:write("set title 'roofline / measured'\nset xlabel 'seconds'\nset ylabel '%'\nset format y '%g'\nset key bottom right\n",
    "set xrange [1e-7:10]\n",
    "plot ", table.concat(lines, ", "), ", 100 with lines dt 2 lc rgb '#d62728' notitle\nunset multiplot\n")
assert(gnuplot:close(), "gnuplot could not draw the picture")
