-- choose.lua - measures which products and convolutions oneDNN computes faster than we do, and writes the table of it
--
--   lunette bench/choose.lua [FILE [ROUNDS [KIND]]]       (./dev bench choose: into kernels/cpu/choice.def)
--
-- Each shape is computed without oneDNN and with it, in turn: products, of floats and of bytes, on one thread, with LUNETTE_ONEDNN=off
-- and always; convolutions, on all threads, with products and always, so that a convolution made of products has the faster of these.
-- With a KIND (products, bytes or convolutions) FILE keeps its rows of the others. LUNETTE_ONEDNN=tell says to which class a shape
-- belongs. A class goes to oneDNN from that decade of multiplications on from which this saves most time, if that is
-- 5 % or more, as a geometric mean over its shapes.
-- Read next: kernels/cpu/choice.h. SPDX-License-Identifier: MIT
local lun = require "lunette"
local F = lun.nn.functional

-- Products, rows x columns x what is summed over; each with both operands as they lie and transposed.
local products = [[
16 16 16      32 32 32      48 48 48      64 64 64      96 96 96      128 128 128   192 192 192   256 256 256   512 512 512
64 64 256     128 10 128    512 8 512     2048 8 512    1000 2 500    64 10 64      16 8 64       128 12 784    10 128 128
8 512 512     8 1024 256    8 2048 512    2 1000 500    10 64 64      8 16 64       12 128 784    128 128 10    512 512 8
128 784 10    2048 512 8    500 500 2     64 64 8       64 16 512     16 64 512     2048 32 128   32 2048 128   32 1024 256
128 128 32    256 256 32    64 256 64     256 64 64     128 256 784   128 784 256   2048 65 128   512 1024 512  1024 1024 1024
2048 512 128  2048 128 512  700 700 700   128 1024 1024
]]

-- Convolutions: images, channels, size, outputs, kernel, stride, padding, groups.
local convolutions = [[
8 64 56 64 3 1 1 1       32 64 32 64 3 1 1 1      1 64 56 64 3 1 1 1       1 64 16 64 3 1 1 1       8 48 28 48 3 1 1 1
8 100 14 100 3 1 1 1     32 32 16 32 3 1 1 1      2 32 16 32 3 1 1 1       32 16 32 16 3 1 1 1      4 16 16 16 3 1 1 1
1 16 8 16 3 1 1 1        128 32 26 64 3 1 0 1     16 64 16 64 3 1 1 1      4 32 8 32 3 1 1 1        8 32 64 32 3 1 1 1
2 64 8 64 3 1 1 1        1 16 32 16 5 1 2 1       8 32 14 32 5 1 2 1       8 256 14 256 3 1 1 1     32 128 16 128 3 1 1 1
32 256 8 256 3 1 1 1     32 512 4 512 3 1 1 1     1 256 14 256 3 1 1 1     1 512 7 512 3 1 1 1      32 64 32 128 3 2 1 1
32 128 16 256 3 2 1 1    32 256 8 512 3 2 1 1     32 16 32 32 3 2 1 1      4 64 128 32 4 2 1 1      8 128 32 64 4 2 1 1
8 64 4 64 3 1 1 1        8 64 8 64 3 1 1 1        8 40 28 80 3 2 1 1       32 16 4 16 3 1 1 1       4 16 8 32 3 2 1 1
1 32 4 32 3 1 1 1        32 64 32 128 1 2 0 1     32 128 16 256 1 2 0 1    32 256 8 512 1 2 0 1     8 256 56 512 1 2 0 1
1 256 56 512 1 2 0 1     4 32 16 64 1 2 0 1       8 64 56 128 1 2 0 1      2 128 28 256 1 2 0 1     8 512 14 1024 1 2 0 1
1 512 14 1024 1 2 0 1    4 64 8 64 1 2 0 1        64 32 16 32 1 2 0 1      8 256 28 64 1 1 0 1      8 64 28 256 1 1 0 1
8 512 7 2048 1 1 0 1     8 2048 7 512 1 1 0 1     8 1024 14 256 1 1 0 1    8 32 56 32 1 1 0 1       1 256 28 64 1 1 0 1
1 512 7 2048 1 1 0 1     1 64 56 256 1 1 0 1      1 32 16 64 1 1 0 1       32 16 16 64 1 1 0 1      32 64 8 16 1 1 0 1
8 3 224 64 7 2 3 1       1 3 224 64 7 2 3 1       32 3 32 64 3 1 1 1       32 3 32 16 3 1 1 1       32 3 32 32 5 1 2 1
4 3 16 16 3 1 1 1        8 3 64 32 3 2 1 1        32 3 64 64 3 1 1 1       2 3 32 32 3 2 1 1        4 3 32 16 5 2 2 1
64 1 28 6 5 1 2 1        64 6 14 16 5 1 0 1       1 1 28 6 5 1 2 1         1 6 14 16 5 1 0 1        128 1 28 32 3 1 0 1
8 64 64 3 3 1 1 1        4 32 128 1 3 1 1 1       8 20 28 20 3 1 1 1       8 20 14 20 3 2 1 1       32 24 8 40 3 2 1 1
4 10 7 10 3 1 1 1        8 20 28 40 1 1 0 1       32 10 32 10 3 2 1 1      8 18 56 36 5 2 2 1       8 128 56 128 3 1 1 128
8 32 112 32 3 1 1 32     8 512 14 512 3 1 1 512   1 32 112 32 3 1 1 32     1 512 14 512 3 1 1 512   8 96 14 96 5 1 2 96
32 24 16 24 3 1 1 24     2 16 16 16 3 1 1 16      8 8 32 8 3 1 1 8         1 48 14 48 3 1 1 48      8 40 28 40 5 1 2 40
8 20 56 20 3 1 1 20      8 64 112 64 3 2 1 64     8 960 7 960 3 1 1 960    8 144 56 144 3 2 1 144   1 64 28 64 3 2 1 64
4 16 28 16 3 2 1 16      1 960 7 960 3 1 1 960    8 128 56 128 3 1 1 32    8 256 28 256 3 1 1 32    8 64 28 64 3 1 1 2
8 128 14 128 3 1 1 4     8 32 28 32 3 1 1 8       8 256 14 256 3 1 1 4
]]

local function numbers(text)
    local list = {}
    for n in text:gmatch "%d+" do list[#list + 1] = math.tointeger(n) end
    return list
end

local function best(f)
    f()
    local least, from, n = math.huge, lun.wall_clock(), 0
    repeat
        least, n = math.min(least, f()), n + 1
    until lun.wall_clock() - from > 0.02 and n >= 5
    return least
end

local function timed(count, f)
    local from = lun.wall_clock()
    for _ = 1, count do f() end
    return (lun.wall_clock() - from) / count
end

-- What a child does: all(tell) makes each call, of which `tell` says the name, a function for it and about how many multiplications it has.
local function all_products(tell)
    for m, n, k in products:gmatch "(%d+) (%d+) (%d+)" do
        m, n, k = math.tointeger(m), math.tointeger(n), math.tointeger(k)
        for layout in ("nn nt tn tt"):gmatch "%a%a" do
            local a = layout:sub(1, 1) == "n" and lun.rand(m, k) or lun.rand(k, m):t()
            local b = layout:sub(2, 2) == "n" and lun.rand(k, n) or lun.rand(n, k):t()
            local function product() local _ = a:matmul(b) end
            tell(layout, {m, n, k}, m * n * k, function(count) return timed(count, product) end)
        end
    end
end

local function all_bytes(tell)
    local function draw(r, c) return lun.randint(-128, 128, {r, c}, {dtype = "int8"}) end
    for m, n, k in products:gmatch "(%d+) (%d+) (%d+)" do
        m, n, k = math.tointeger(m), math.tointeger(n), math.tointeger(k)
        for _, a in ipairs {draw(m, k), draw(k, m):t()} do
            for _, b in ipairs {draw(k, n), draw(n, k):t()} do
                local function product() local _ = a:int_mm(b) end
                local shape = {m, n, k, a:is_contiguous() and "n" or "t", b:is_contiguous() and "n" or "t"}
                tell("bytes", shape, m * n * k, function(count) return timed(count, product) end)
            end
        end
    end
end

local function all_convolutions(tell)
    for line in convolutions:gmatch "[^\n]+" do
        local list = numbers(line)
        for first = 1, #list, 8 do
            local c = table.move(list, first, first + 7, 1, {})
            local n, channels, size, outputs, kernel, stride, padding, groups = table.unpack(c)
            local x, w = lun.rand(n, channels, size, size), lun.rand(outputs, channels // groups, kernel, kernel)
            local options = {stride = stride, padding = padding, groups = groups}
            local y = F.conv2d(x, w, nil, options)
            local g, work = y:rand_like(), y:numel() * channels // groups * kernel ^ 2
            local function gradient(x, w, leaf)
                return function(count)
                    local graphs = {}
                    for i = 1, count do graphs[i] = F.conv2d(x, w, nil, options) end
                    return timed(count, function() lun.autograd.grad(table.remove(graphs), {leaf}, {grad_outputs = g}) end)
                end
            end
            local xg, wg = x:detach():requires_grad_(), w:detach():requires_grad_()
            local function forward() local _ = F.conv2d(x, w, nil, options) end
            tell("forward", c, work, function(count) return timed(count, forward) end)
            tell("images", c, work, gradient(xg, w, xg))
            tell("weights", c, work, gradient(x, wg, wg))
        end
    end
end

local function seconds_of(task, c, work, f)
    local count = math.ceil(3e6 / work)
    print(("shape %s %s %.9g"):format(task, table.concat(c, " "), best(function() return f(count) end)))
end
local function class_of(task, c, _, f)
    print(("shape %s %s"):format(task, table.concat(c, " ")))
    f(1)
end
if arg[1] == "--child" then
    io.stdout:setvbuf "no"
    local all = {products = all_products, bytes = all_bytes, convolutions = all_convolutions}
    return all[arg[3]](arg[2] == "seconds" and seconds_of or class_of)
end

-- The parent.
local kinds = {{name = "products", without = "off", threads = 1, tasks = "nn nt tn tt"},
               {name = "bytes", without = "off", threads = 1, tasks = "bytes"},
               {name = "convolutions", without = "products", threads = lun.get_num_threads(), tasks = "forward images weights"}}
local only, kept = arg[3], {}
if only then
    for i = #kinds, 1, -1 do
        if kinds[i].name ~= only then
            for task in kinds[i].tasks:gmatch "%a+" do kept[task] = true end
            table.remove(kinds, i)
        end
    end
    if #kinds == 0 then error(only .. " is no kind: products, bytes, convolutions", 0) end
end

local function lines_of(way, what, kind)
    local program = os.getenv "LUNETTE_PROGRAM" or "lunette"
    local command = "LUNETTE_ONEDNN=%s '%s' --threads %d '%s' --child %s %s 2>&1"
    return assert(io.popen(command:format(way, program, kind.threads, arg[0], what, kind.name))):lines()
end

local function seconds(way, kind)
    local found = {}
    for line in lines_of(way, "seconds", kind) do
        local shape, time = line:match "^shape (.*) (%S+)$"
        if not shape then error(line, 0) end
        found[shape] = tonumber(time)
    end
    return found
end

-- The class of each shape, and how much longer than without oneDNN it takes, once for each round.
local class, ratios, shapes = {}, {}, {}
for _, kind in ipairs(kinds) do
    local shape
    for line in lines_of("tell", "classes", kind) do
        local name, chosen = line:match "^shape (.*)$", line:match "^choice (%a+ %a+ %a+ %d+)"
        if not (name or chosen) then error(line, 0) end
        if name then
            shape = name
            shapes[#shapes + 1], ratios[name] = name, {}
        elseif shape and not class[shape] and chosen:match "^%a+" == shape:match "^%a+" then
            class[shape] = chosen
        end
    end
    for round = 1, tonumber(arg[2] or 3) do
        io.stderr:write(("%s, round %d\n"):format(kind.name, round))
        local without, with = seconds(kind.without, kind), seconds("always", kind)
        for name, time in pairs(without) do table.insert(ratios[name], with[name] / time) end
    end
end

-- classes[name][decade] is the list of ratios.
local classes, names = {}, {}
for _, shape in ipairs(shapes) do
    local name, decade = (class[shape] or ""):match "^(.*) (%d+)$"
    table.sort(ratios[shape])
    local ratio = ratios[shape][(#ratios[shape] + 1) // 2]
    io.stderr:write(("%-40s %-30s %.2f\n"):format(shape, tostring(class[shape]), ratio))
    if name then
        if not classes[name] then
            classes[name] = {}
            names[#names + 1] = name
        end
        decade = tonumber(decade)
        classes[name][decade] = classes[name][decade] or {}
        table.insert(classes[name][decade], ratio)
    end
end

-- All ratios of a class from one decade up to before another, the sum of their logarithms, and a text that tells them.
local function part(class, from, before)
    local list, sum = {}, 0
    for decade = from, before - 1 do table.move(class[decade] or {}, 1, #(class[decade] or {}), #list + 1, list) end
    for _, ratio in ipairs(list) do sum = sum + math.log(ratio) end
    if #list == 0 then return list, 0, "none" end
    local least, most = math.min(table.unpack(list)), math.max(table.unpack(list))
    return list, sum, ("%.2f of %d, %.2f to %.2f"):format(math.exp(sum / #list), #list, least, most)
end

local NEVER, highest = 99, 12
local function best_start(class)
    local start, least = NEVER, 0
    for decade = highest, 1, -1 do
        local list, sum = part(class, decade, NEVER)
        if class[decade] and sum < least and sum / #list < math.log(0.95) then start, least = decade, sum end
    end
    return start
end

local rows = {}
for _, name in ipairs(names) do
    local start = best_start(classes[name])
    local _, _, above = part(classes[name], start, NEVER)
    local _, _, below = part(classes[name], 1, start)
    local row = ("CHOICE(%s, %s)"):format((name:gsub(" ", ", ")), start == NEVER and "NEVER" or start)
    rows[#rows + 1] = ("%-42s /* %s; below %s */"):format(row, above, below)
end
if only then
    for line in io.lines(arg[1]) do
        if kept[line:match "^CHOICE%((%a+)"] then rows[#rows + 1] = line end
    end
end
local rank = {nn = 1, nt = 2, tn = 3, tt = 4, bytes = 5, forward = 6, images = 7, weights = 8}
local function key(row) return rank[row:match "%((%a+)"] .. row end
table.sort(rows, function(a, b) return key(a) < key(b) end)
local file = assert(io.open(arg[1] or "choice.def", "w"))
file:write [[
/* choice.def - what oneDNN computes faster than OpenBLAS and our own loops; written by `./dev bench choose`
 *
 * CHOICE(task, class, fill, N): oneDNN computes this class from 10^N multiplications on; NEVER: not at all, as a class that has no row.
 * Behind each row: oneDNN's time divided by ours, the geometric mean of so many shapes and their range, from there on and below.
 * Read next: kernels/cpu/choice.h. SPDX-License-Identifier: MIT
 */
]]
for _, row in ipairs(rows) do file:write(row, "\n") end
file:close()
