-- compile.lua - elementwise ops that wait on CUDA have the bits of ops one by one: every row, and programs made by chance
--
-- Programs mix all elementwise rows with numbers, broadcast and transposed operands, dtypes, conversions, where, in-place forms and
-- gradients. What cannot be computed is an error of the same text. LUNETTE_COMPILE_SEED=N makes others.
-- Run alone: lunette t/cuda/compile.lua gelu add; lunette t/cuda/compile.lua --programs=500; with --compiled each program is compiled by
-- NVRTC when it first comes (t/cuda/compiled.lua).
-- Read next: t/one_by_one.lua, kernels/cuda/fused_program.cu. SPDX-License-Identifier: MIT
local tap = require "tap"
local lun = require "lunette"
local rows, ways = require "rows", require "one_by_one"
local graph = lun.graph
-- On the host device the sign of a NaN is the compiler's choice of the order of two operands; on a GPU there is one NaN.
local function same(text) return (text:gsub("%-nan", "nan")) end
local function bits(list) return same(ways.bits(list)) end
require "need_device"

local core = require "lunette.cuda_core"
local only, programs, compiled = {}, 150, false
for _, name in ipairs(arg or {}) do
    local n = name:match "^%-%-programs=(%d+)$"
    if n then programs = math.tointeger(n) elseif name == "--compiled" then compiled = true else only[name] = true end
end
core.compiler(compiled)

-- ---- every row ----

local function placed(change) return function(x) return change(x):cuda() end end
local function turned(x) return x.ndim >= 2 and x:transpose(-1, -2):contiguous():cuda():transpose(-1, -2) or x:cuda() end
local function whole(dtype)
    return placed(function(x) return rows.is_float(x) and not x:is_complex() and (x * 3):to(dtype) or x end)
end
local function half(dtype)
    return placed(function(x) return rows.is_float(x) and not x:is_complex() and x:to(dtype) or x end)
end
local changes = {
    { "as it is", placed(function(x) return x end) }, { "float64", placed(rows.wide) }, { "strided", turned }, { "float16", half "float16" },
    { "bfloat16", half "bfloat16" }, { "int64", whole "int64" }, { "int8", whole "int8" }, { "bool", whole "bool" },
}

local checked = 0
for _, row in ipairs(rows.sampled()) do
    local elementwise = row.family ~= "op" or ("where isnan isinf isfinite logical_not clone copy_ contiguous"):find(row.name, 1, true)
    if next(only) and only[row.name] or not next(only) and elementwise then
        local problem
        for _, change in ipairs(changes) do
            for name, way in pairs { compiled = { ways.plain, lun.compile }, chained = { ways.unrecorded, ways.chained } } do
                local want, got = same(ways.run_row(row, change[2], way[1])), same(ways.run_row(row, change[2], way[2]))
                checked = checked + 1
                if want ~= got then
                    problem = problem or ("%s, %s: want %s\ngot %s"):format(name, change[1], want:sub(1, 300), got:sub(1, 300))
                end
            end
        end
        if problem then tap.fail(row.label .. " differs", problem) end
    end
end
tap.ok(checked > 0, ("%d calls have the bits of eager runs"):format(checked))

-- ---- programs by chance ----

local divides = { floor_divide = true, remainder = true, fmod = true, div_trunc = true } -- by 0: an error that is told at a later wait
local one, two = {}, {}
for _, row in ipairs(lun.ops()) do
    if not row.flags.hidden and not divides[row.name] then
        if row.family == "unary" then one[#one + 1] = row.name end
        if row.family == "binary" or row.family == "compare" then two[#two + 1] = row.name end
    end
end
tap.ok(#one > 50 and #two > 15, ("%d rows of one argument, %d of two"):format(#one, #two))

local dtypes = { "float32", "float32", "float32", "float64", "float16", "bfloat16", "int32", "int64", "int8", "uint8", "bool" }
local shapes = { { 33 }, { 4, 9 }, { 3, 1, 8 }, { 5, 7 }, { 2, 3, 4 }, {}, { 0 }, { 1024 } }
local function pick(list) return list[math.random(#list)] end

-- A tensor that broadcasts to shape.
local function make(shape, dtype, recorded)
    local dims, kind = { table.unpack(shape) }, math.random(6)
    if kind == 1 then dims = {} end
    if kind == 2 and #dims > 1 then table.remove(dims, 1) end
    if kind == 3 and #dims > 0 then dims[math.random(#dims)] = dims[1] == 0 and 0 or 1 end
    local x = (lun.randn(dims) * 3):to(dtype)
    if kind == 4 and #dims > 1 then x = x:transpose(-1, -2):contiguous():cuda():transpose(-1, -2) else x = x:cuda() end
    if kind == 5 and #dims > 0 then x = lun.stack({ x, x }, -1):select(-1, 1) end
    return recorded and rows.is_float(x) and x:detach():requires_grad_() or x
end

-- The steps of a program as functions of a list of tensors; what they give is put at the list's end.
local function step()
    local kind, a, b, c, number = math.random(10), math.random(1000), math.random(1000), math.random(1000), math.random() * 4 - 2
    local unary, binary, dtype = pick(one), pick(two), pick(dtypes)
    local function at(list, i) return list[1 + i % #list] end
    if kind <= 2 then return unary, function(l) return lun[unary](at(l, a)) end end
    if kind <= 4 then return binary, function(l) return lun[binary](at(l, a), at(l, b)) end end
    if kind == 5 then return "number " .. binary, function(l) return lun[binary](at(l, a), number) end end
    if kind == 6 then return "to " .. dtype, function(l) return at(l, a):to(dtype) end end
    if kind == 7 then return "where", function(l) return lun.where(at(l, a):gt(0), at(l, b), at(l, c)) end end
    if kind == 8 then return "arithmetic", function(l) return (at(l, a) * number + at(l, b)) / 2 - at(l, c) end end
    if kind == 9 then return "mul_", function(l) return at(l, a):mul_(at(l, b)) end end
    return unary .. "_", function(l) return at(l, a)[unary .. "_"](at(l, a)) end
end

local function program(recorded)
    local shape, steps, names, inputs = pick(shapes), {}, {}, {}
    for i = 1, math.random(3, 24) do names[i], steps[i] = step() end
    local kinds = {}
    for i = 1, math.random(2, 4) do kinds[i] = recorded and i == 1 and "float32" or pick(dtypes) end
    for i, dtype in ipairs(kinds) do inputs[i] = make(shape, dtype, recorded) end
    inputs[#inputs + 1] = make(shape, "float32", false):expand(shape):clone()
    return function()
        local list, log, kept = {}, {}, {}
        for i, x in ipairs(inputs) do
            if x.is_leaf and x.requires_grad then x.grad = nil end
            list[i] = x.requires_grad and x or x:clone()
        end
        for i, f in ipairs(steps) do
            local good, y = pcall(f, list)
            if good and y:numel() <= 4096 then list[#list + 1] = y end
            if not good then log[#log + 1] = tostring(y):gsub("\n.*", "") end
            if good and i % 3 == 0 then kept[#kept + 1] = y end
        end
        local loss
        for _, x in ipairs(list) do
            if x.requires_grad and rows.is_float(x) and x:numel() > 0 then loss = (loss or 0) + x:float():sum() end
        end
        if loss and loss.requires_grad then log[#log + 1] = tostring(select(2, pcall(loss.backward, loss))):gsub("\n.*", "") end
        for _, x in ipairs(inputs) do if x.requires_grad then kept[#kept + 1] = x.grad or nil end end
        kept[#kept + 1] = list[#list]
        return kept, log
    end, table.concat(names, " ")
end

local seed = math.tointeger(os.getenv "LUNETTE_COMPILE_SEED" or 1)
local fused, waited, wrong = 0, 0, 0
for i = 1, programs do
    math.randomseed(seed * 100000 + i)
    lun.manual_seed(seed * 100000 + i)
    local recorded = i % 3 == 0
    local f, names = program(recorded)
    local g = lun.compile(f)
    local before = graph.counts()
    local want = bits { f() }
    local got = { compiled = bits { g() }, again = bits { g() } }
    local counts = graph.counts(g)
    fused, waited = fused + counts.fused, waited + counts.queued
    if not recorded then
        local plain = bits { ways.unrecorded(f)() }
        got.chained = plain == want and bits { ways.chained(f)() } or want
    end
    for way, text in pairs(got) do
        if text ~= want then
            wrong = wrong + 1
            local at = 1
            while text:byte(at) == want:byte(at) do at = at + 1 end
            if wrong < 10 then
                tap.fail(("program %d differs, %s"):format(i, way), ("%s\nfrom byte %d: want %s\ngot %s"):format(names, at, want:sub(at - 20, at + 200), text:sub(at - 20, at + 200)))
            end
        end
    end
end
if compiled then
    local said, kernels, runs = core.compiler()
    tap.ok(kernels > programs and runs > kernels, ("NVRTC %s: %d kernels, which ran %d times"):format(said, kernels, runs))
end
tap.is(wrong, 0, ("%d programs have the bits of ops one by one"):format(programs))
tap.ok(fused > waited / 4, ("%d of %d ops that waited were fused"):format(fused, waited))

-- ---- what runs what waits ----

-- What f added to the counts of chains, which begin at 4 elements; then what waits has run.
local function counted(f, ...)
    graph.run()
    local usual, before = graph.chains(4), graph.counts()
    local result = f(...)
    graph.run()
    local after, change = graph.counts(), {}
    for name, n in pairs(after) do change[name] = math.type(n) and n - before[name] end
    graph.chains(usual)
    return change, result
end
local x, y = lun.tensor({ 1.0, 2, 3, 4, 5 }):cuda(), lun.tensor({ 5.0, 4, 3, 2, 1 }):cuda()

do -- one launch
    local function f(a, b, d) return (a * b + b) * d - a / (1 + b) end
    local a, b, d = lun.rand(30000):cuda(), lun.rand(30000):cuda(), lun.rand(30000):cuda()
    local want = f(a, b, d)
    local c, got = counted(f, a, b, d)
    tap.ok(lun.equal(got, want), "a chain has the bits of its ops one by one")
    tap.is({ c.groups, c.fused }, { 1, 6 }, "six ops are one group")
    tap.is(c.unwritten, 5 * 30000 * 4, "values in between are not written")
    c = counted(function() return (x * y):matmul(y) end)
    tap.is({ c.queued, c.runs, c.groups }, { 1, 1, 0 }, "another op runs what waits first")
end
do -- a sum behind a chain, numbers that change, tensors of another size
    local scale = 1
    local g = lun.compile(function(a) return ((a * scale + 1):exp() * a):sum() end)
    for i = 1, 4 do
        scale = i
        local a = lun.rand(10 + i // 3):cuda()
        tap.is(g(a):item(), ((a * scale + 1):exp() * a):sum():item(), "run " .. i)
    end
    local counts = graph.counts(g)
    tap.is({ counts.plans, counts.fused }, { 2, 16 }, "a number is no part of a plan")
end
do -- memory of the CPU and of the device in one function
    local here, there = lun.rand(20), lun.rand(20)
    local function f()
        local a, b = here * 2 + 1, there:cuda() * 3
        local c = a:exp()
        return b:sin() * 2 + c:cuda(), c - 1
    end
    local want, got = { f() }, { lun.compile(f)() }
    tap.ok(lun.equal(want[1], got[1]) and lun.equal(want[2], got[2]), "ops of both devices wait in one queue")
end
do -- a write comes after what waits, a read sees it
    local c, got = counted(function()
        local a = x + 0
        local z = a * 2
        a[1] = 100
        local w = a * 2
        a:add_(1)
        return { z:totable(), w:totable(), a:totable(), (a * 2):narrow(1, 2, 2):totable() }
    end)
    tap.is(got, { { 2, 4, 6, 8, 10 }, { 200, 4, 6, 8, 10 }, { 101, 3, 4, 5, 6 }, { 6, 8 } }, "writes and reads in their order")
    tap.ok(c.queued >= 4, c.queued .. " ops waited")
end
do -- clocks, events, streams, graphs
    local cuda = lun.cuda
    local input = x + 0
    local replay = cuda.graph(function() input:add_(1) end)
    local function runs_it(f, name)
        local c = counted(function()
            local _ = x * 3
            local before = graph.counts().runs
            f()
            graph.run()
            tap.is(graph.counts().runs, before + 1, name .. " runs what waits")
        end)
        tap.is(c.queued, 1, name .. ": one op waited")
    end
    local event, stream = cuda.Event(), cuda.Stream()
    runs_it(function() cuda.synchronize() end, "waiting for the device")
    runs_it(function() event:record() end, "a mark in the device's queue")
    runs_it(function() cuda.memory_allocated() end, "a look at the memory")
    runs_it(function() cuda.stream(stream, function() end) end, "another stream")
    runs_it(function() lun.wall_clock() end, "a clock")
    input:copy_(x)
    local _, got = counted(function()
        local before = input * 2
        replay()
        local after = input * 2
        return { before:totable(), after:totable() }
    end)
    tap.is(got, { { 2, 4, 6, 8, 10 }, { 4, 6, 8, 10, 12 } }, "a replay comes between what was before it and what comes after")
    local scale = lun.tensor({ 2.0 }):cuda()
    local g = lun.compile(function(a) return (a * scale + 1):tanh() * a end)
    local recorded = cuda.graph(function() return g(input) end)
    for i = 1, 3 do
        input:copy_(lun.rand(5))
        scale:fill_(i)
        tap.ok(lun.equal((recorded()), (input * scale + 1):tanh() * input), "a compiled function in a graph, replay " .. i)
    end
end
do -- errors, and who listens
    local function f(a)
        local b = a * 2
        return (b + 1) + lun.ones(3):cuda()
    end
    tap.fails(function() lun.compile(f)(x) end, "shape", "cannot broadcast", "an error of shapes comes at its op")
    counted(function()
        local z = x * 2
        tap.fails(function() return z + lun.ones(3):cuda() end, "shape", "cannot broadcast", "in a chain too")
        tap.is(z:totable(), { 2, 4, 6, 8, 10 }, "and what waits is there")
    end)
    local was = lun.cuda.blocking(true)
    local c = counted(function() return (x * 2 + 1):exp() end)
    lun.cuda.blocking(was)
    tap.is(c.queued, 0, "where each call is waited for, none waits for another")
    local dbg = require "lunette.dbg"
    local z
    c, z = counted(function()
        local a = x * 2
        dbg.catch "nonfinite"
        a = (a + 1):exp()
        dbg.off()
        return a
    end)
    tap.is({ c.queued, z:log():round():totable() }, { 1, { 3, 5, 7, 9, 11 } }, "while the debugger is armed nothing waits")
end
tap.done()
