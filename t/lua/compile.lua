-- compile.lua - lun.compile: every row of the op table run lazily has the bits it has when run at once; and what makes plans change
--
-- Holds: bits are compared, not values, so NaN, -0 and rounding count. Run alone: lunette t/lua/compile.lua gelu add.
-- Read next: t/rows.lua, lib/graph/compile.lua, graph/queue.h. SPDX-License-Identifier: MIT
local tap = require "tap"
local lun = require "lunette"
local rows, ways = require "rows", require "one_by_one"
local nn, optim, graph = lun.nn, lun.optim, lun.graph
local bits, run_row, plain, chained, unrecorded = ways.bits, ways.run_row, ways.plain, ways.chained, ways.unrecorded

local only = {}
for _, name in ipairs(arg or {}) do only[name] = true end

-- Contents are not defined, so two calls need not agree.
local unspecified = { empty = true, empty_like = true }

local function half_way(x)
    return x.ndim >= 2 and x:transpose(-1, -2):contiguous():transpose(-1, -2) or x
end
local changes = {
    { "as it is", function(x) return x end }, { "float64", rows.wide }, { "strided", half_way },
    { "float16", function(x) return rows.is_float(x) and not x:is_complex() and x:half() or x end },
    { "whole", function(x) return rows.is_float(x) and not x:is_complex() and (x * 3):long() or x end },
}

local checked = 0
for _, row in ipairs(rows.sampled()) do
    if (not next(only) or only[row.name]) and not unspecified[row.name] then
        local problem
        for _, change in ipairs(changes) do
            for name, way in pairs { compiled = { plain, lun.compile }, chained = { unrecorded, chained } } do
                local want, got = run_row(row, change[2], way[1]), run_row(row, change[2], way[2])
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

-- All formula rows in one chain, over sizes around the block of 1024.
local function chain(names)
    return function(x, y)
        for _, name in ipairs(names) do
            local z = names.two and lun[name](x, y) or lun[name](x)
            x = lun.where(z:isfinite(), z:to(x.dtype), x):clamp(-2, 2) * 0.5 + y * 0.25
        end
        return x
    end
end
local unary, binary = {}, { two = true }
for _, row in ipairs(lun.ops()) do
    local floats = row.dtypes ~= "integers" and not row.flags.hidden
    if row.family == "unary" and floats and #row.args == 1 then unary[#unary + 1] = row.name end
    if (row.family == "binary" or row.family == "compare") and floats and #row.args == 2 and row.name ~= "nextafter" then binary[#binary + 1] = row.name end
end
for _, names in ipairs { unary, binary } do
    tap.ok(#names > 15, #names .. " formula rows for a chain")
    for _, n in ipairs { 1, 7, 1023, 1025, 40000 } do
        for _, dtype in ipairs { "float32", "float64", "bfloat16" } do
            lun.manual_seed(3)
            local x, y = lun.randn(n):to(dtype), lun.randn(n):to(dtype)
            local f = chain(names)
            local g = lun.compile(f)
            local want, got = f(x, y), g(x, y)
            tap.ok(lun.equal(got, want), ("%d elements of %s"):format(n, dtype))
            tap.ok(lun.equal(chained(f)(x, y), want), "and in chains")
            if graph.counts(g).fused < 3 * #names then tap.fail("they were fused", graph.explain(g)) end
        end
    end
end

-- Broadcast and strided operands, masks, integers.
local a, b, row, column = lun.randn(33, 70), lun.randn(70, 33), lun.randn(70), lun.randn(33, 1)
local function mixed(x, y, r, c)
    local z = (x + r) * c - y:t() / 2
    local whole = (z * 10):long() + 3
    return lun.where(z:gt(r), z:half():float(), c * whole), whole % 1 == 0, z:clone():mul_(2):add_(x)
end
local function same(name, f, options, ...)
    local g = lun.compile(f, options)
    local want, got = bits({ f(...) }), bits({ g(...) })
    tap.is(got, want, name)
    return g
end
same("broadcast, strided, masks, whole numbers", mixed, nil, a, b, row, column)
for _, pass in ipairs { "fuse", "dead", "common", "constant" } do
    same("with " .. pass .. " switched off", mixed, { [pass] = false }, a, b, row, column)
end

-- Sums and means at a chain's end, over whole blocks and chunks and not.
for _, n in ipairs { 2, 1023, 1024, 5000, 40001, 200000 } do
    for _, dtype in ipairs { "float32", "float64", "int64", "float16" } do
        local x = (lun.randn(n) * 9):to(dtype)
        local g = same(n .. " elements of " .. dtype .. " summed", function(y)
            local z = y * 3 + 1
            local total, average = z:sum(), (z * z):float():mean()
            local after = z - total
            z:add_(1)
            return total, average, after, z, (z:sum() * 2):float():mean(), x:sum()
        end, nil, x)
        if dtype == "float32" and n == 5000 then tap.is(graph.counts(g).groups, 2, "in two groups: sums, and what reads them") end
    end
end
local function squares(x, y)
    local d = x - y
    local loss = (d * d):mean()
    loss:backward()
    local grad = x.grad:clone()
    x.grad:zero_()
    return loss, grad
end
same("a loss and its gradient", squares, nil, lun.randn(70, 300, { requires_grad = true }), lun.randn(70, 300))

do -- scalars are no part of a plan, branches and sizes are those of the call
    local rate = 1
    local g = lun.compile(function(x)
        if rate > 2 then return x * rate end
        return (x * rate + 1):exp():neg()
    end)
    local ok = true
    for _, r in ipairs { 1, 0.5, 0.25, 3, 0.125 } do
        rate = r
        local x = lun.randn(2000)
        local want = r > 2 and x * r or (x * r + 1):exp():neg()
        ok = ok and lun.equal(g(x), want)
    end
    tap.ok(ok, "changed numbers and branches")
    graph.run()
    tap.is(graph.counts(g).plans, 2, "one plan for all numbers, one for the other branch")
    for n = 1, 40 do ok = ok and lun.equal(g(lun.ones(n)), lun.full({ n }, 0.125) * 1) == lun.equal((lun.ones(n) * 0.125 + 1):exp():neg(), lun.full({ n }, 0.125)) end
    tap.ok(ok, "changed sizes")
end

do -- what passes did
    local x = lun.randn(5000)
    local g = lun.compile(function(y)
        local unused = y:exp() * 3
        local p, q = (y * 2):tanh(), (y * 2):tanh()
        return p + q
    end)
    local z = g(x)
    collectgarbage()
    tap.ok(lun.equal(z, (x * 2):tanh() * 2), "common work")
    local c = graph.counts(g)
    tap.is({ c.dead, c.common, c.queued, c.groups, c.fused }, { 2, 2, 7, 1, 3 }, "two ops dead, two common, three fused")
    tap.ok(graph.explain(g):find "3 ops in 1 groups", "explain")
    tap.is({ c.at_once, c.watched }, { 0, 0 }, "nothing ran at once")
end

do -- constants
    local scale = 2
    local g = lun.compile(function(x)
        local mask = lun.ones(200, 200):tril():gt(0)
        local places = (lun.arange(1, 201):float() * 0.1):sin() * scale
        return lun.where(mask, x, 0 * x) + places
    end)
    local ok = true
    for i = 1, 6 do
        scale = i < 5 and 2 or 3
        local x = lun.randn(200, 200)
        local want = lun.where(lun.ones(200, 200):tril():gt(0), x, 0 * x) + (lun.arange(1, 201):float() * 0.1):sin() * scale
        local got = g(x)
        ok = ok and lun.equal(got, want)
        if i == 2 then got:zero_() end
    end
    tap.ok(ok, "constants, of which a number changes")
    tap.is(graph.counts(g).constant, 9, "a mask and places are computed once: five and four times taken")
    local own = lun.compile(function() return lun.ones(3) end)
    own():mul_(5)
    tap.is(own():totable(), { 1, 1, 1 }, "a constant that is given out is the caller's own")
end

do -- values that are read, kept and written
    local kept
    local g = lun.compile(function(x)
        kept = x * 2
        local y = kept + 1
        x:add_(10)
        local v = y[{ { 1, 3 } }]
        v:mul_(0)
        return y, x * 1, kept[1]:item()
    end)
    local x = lun.arange(1, 6):float()
    local y, z, first = g(x)
    tap.is({ y:totable(), z:totable(), first, kept:totable(), x:totable() },
        { { 0, 0, 0, 9, 11 }, { 11, 12, 13, 14, 15 }, 2, { 2, 4, 6, 8, 10 }, { 11, 12, 13, 14, 15 } }, "in place, views, item inside")
    local w = lun.compile(function(t) return t:add_(1) end)(x)
    x[1] = 100
    tap.is(w:totable(), { 100, 13, 14, 15, 16 }, "a write from outside comes after what waits")
    local waits = lun.compile(function(t) return t * 2 end)(x)
    x:zero_()
    tap.is(waits:totable(), { 200, 26, 28, 30, 32 }, "and what waits reads what was there")
end

do -- errors
    local x, y = lun.randn(2, 3), lun.randn(4)
    local function bad(p, q) return (p * 2) + q end
    local _, want = pcall(bad, x, y)
    local _, got = pcall(lun.compile(bad), x, y)
    tap.is(tostring(got):match "[^\n]*", tostring(want):match "[^\n]*", "errors of shapes come at the same op with the same text")
    tap.ok(tostring(got):find "compile.lua:%d+", "and name the same line")
    tap.fails(function() lun.compile(function(t) return t // lun.zeros(3):long() end)(lun.ones(3):long()) end, "argument", "divided by 0",
        "whole numbers divided by 0")
    tap.fails(function() lun.compile(3) end, "argument", "function", "no function")
    tap.fails(function() lun.compile(print, { fusion = true }) end, "argument", "option", "no such option")
    tap.fails(function() graph.explain(print) end, "argument", "compiled", "explain of another function")
    local g = lun.compile(function(t) return t * 2, error "mine" end)
    tap.ok(not pcall(g, x) and lun.equal(lun.compile(function(t) return t + 1 end)(x), x + 1), "an error inside leaves everything in order")
    local p = lun.randn(3, { requires_grad = true })
    local function stale(t)
        local s = t:exp()
        local loss = s:sum()
        lun.no_grad(function() s:add_(1) end)
        loss:backward()
    end
    local _, eager = pcall(stale, p)
    local _, lazy = pcall(lun.compile(stale), p)
    tap.is((tostring(lazy):gsub("\n.*", "")), (tostring(eager):gsub("\n.*", "")), "a saved value that was changed since")
end

-- Whole training steps: forward, backward, update.
local function training(make, compile, optimizer, data)
    lun.manual_seed(11)
    local net = make()
    local opt = optimizer(net:parameters())
    local function step(x, labels)
        opt:zero_grad()
        local loss = lun.cross_entropy(net(x), labels)
        loss:backward()
        opt:step()
        return loss
    end
    local g = compile and lun.compile(step) or step
    local losses = {}
    for i = 1, 6 do
        opt.param_groups[1].lr = 0.01 * i
        local x, labels = data(i)
        losses[i] = g(x, labels)
    end
    for i, p in ipairs(net:parameters()) do losses[#losses + 1] = p:detach() end
    return bits(losses), g
end
local function batch(shape, classes)
    return function(i)
        local dims = { 4 + i % 2, table.unpack(shape) }
        return lun.randn(dims), lun.randint(1, classes + 1, { dims[1] })
    end
end
local nets = {
    mlp = { function() return nn.Sequential(nn.Linear(20, 30), nn.ReLU(), nn.Dropout(0.3), nn.Linear(30, 30), nn.GELU(), nn.Linear(30, 5)) end, { 20 } },
    cnn = { function()
        return nn.Sequential(nn.Conv2d(1, 4, 3), nn.BatchNorm2d(4), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(4, 4, 3), nn.Tanh(), nn.AvgPool2d(2),
            nn.Flatten(), nn.Linear(16, 5))
    end, { 1, 14, 14 } },
    norm = { function() return nn.Sequential(nn.Linear(20, 16), nn.LayerNorm(16), nn.SiLU(), nn.Linear(16, 5), nn.LogSoftmax(2)) end, { 20 } },
}
local optimizers = {
    sgd = function(p) return optim.SGD(p, { lr = 0.1 }) end,
    momentum = function(p) return optim.SGD(p, { lr = 0.1, momentum = 0.9, weight_decay = 0.01 }) end,
    adam = function(p) return optim.Adam(p, { lr = 0.1 }) end,
}
for net, made in pairs(nets) do
    for name, optimizer in pairs(optimizers) do
        local want = training(made[1], false, optimizer, batch(made[2], 5))
        local got, g = training(made[1], true, optimizer, batch(made[2], 5))
        tap.ok(got == want, ("%s with %s: losses and parameters after six steps"):format(net, name))
        local c = graph.counts(g)
        if c.at_once > 0 then tap.note("%s %s: %s", net, name, graph.explain(g)) end
        if c.plans > 5 then tap.fail("few plans", graph.explain(g)) end
    end
end

do -- random numbers
    local function f() return lun.randn(5), lun.rand(3) * 2, lun.nn.functional.dropout(lun.ones(9), 0.5, true), lun.randint(1, 10, { 4 }) end
    lun.manual_seed(4)
    local want = bits({ f() })
    lun.manual_seed(4)
    local g = lun.compile(f)
    local got = { g() }
    local state = lun.get_rng_state().offset
    tap.is(bits(got), want, "random numbers")
    lun.manual_seed(4)
    f()
    tap.is(lun.get_rng_state().offset, state, "and their state")
    lun.manual_seed(4)
    tap.is(bits({ lun.compile(function()
        local unused = lun.randn(5)
        return lun.rand(3)
    end)() }), bits({ (function() lun.manual_seed(4) lun.randn(5) return lun.rand(3) end)() }), "a dead op takes its numbers too")
end
do -- no memory for what waits
    local x = lun.ones(1000, 2500)
    local before = lun.memory().budget
    local g = lun.compile(function(t) return t + 1, t + 2, t:t():contiguous(), t + 3 end)
    local p, q, r, s = g(x)
    lun.set_memory_budget(lun.memory().live + 25e6)
    tap.fails(graph.run, "memory", "memory", "an error when it runs")
    lun.set_memory_budget(before)
    tap.is({ p[1][1]:item(), q[1][1]:item(), r[2][1]:item(), s[1000][2500]:item() }, { 2, 3, 1, 4 }, "what could not run runs when there is room")
    lun.set_memory_budget(lun.memory().live + 5e6)
    tap.fails(function() return lun.compile(function(t) return t * 2 end)(x) end, "memory", nil, "a result that never fits: at the op")
    lun.set_memory_budget(before)
end

do -- one inside another, and functions that are gone
    local x = lun.randn(3000)
    local inner = lun.compile(function(t) return t * 2 + 1 end)
    local outer = lun.compile(function(t) return inner(inner(t)):tanh() end)
    tap.ok(lun.equal(outer(x), ((x * 2 + 1) * 2 + 1):tanh()), "a compiled function inside another")
    tap.ok(not pcall(lun.compile(function(t) return inner(t) + lun.ones(2) end), x) and lun.equal(inner(x), x * 2 + 1), "an error in between")
    local waits
    do
        local g = lun.compile(function(t) return (t + 5) * 3 end)
        waits = g(x)
    end
    collectgarbage()
    collectgarbage()
    tap.ok(lun.equal(waits, (x + 5) * 3), "results outlive their function")
    local freed = lun.compile(function(t)
        local a = t * 3
        local b = a + 1
        a:free()
        return b
    end)
    tap.ok(lun.equal(freed(x), x * 3 + 1), "a value that is freed while others wait for it")
end

do -- threads have queues of their own, and finalizers may compute
    local function work(n)
        local t, sum = lun.ones(n), 0
        local g = lun.compile(function(u) return (u * 2 + 1):sqrt() * u - 0.5 end)
        for _ = 1, 20 do sum = sum + g(t):sum():item() end
        return sum
    end
    local crew = require "lunette.data_core".workers(2, work)
    for i = 1, 6 do crew:put(i, i, 3000) end
    local ok, want = true, work(3000)
    for i = 1, 6 do
        local _, good, sum = crew:get(i)
        ok = ok and good and sum == want
    end
    crew:close()
    tap.ok(ok and want == (lun.full({ 3000 }, 3):sqrt() - 0.5):sum():item() * 20, "compiled functions in several threads")
    local x, seen = lun.randn(100000), 0
    local g = lun.compile(function(t)
        local a = t * 2
        setmetatable({}, { __gc = function() seen = seen + ((x * 2)[1]:item() == x[1]:item() * 2 and 1 or 0) end })
        local b = a + 1
        return b * a - 1
    end)
    for _ = 1, 5 do ok = ok and lun.equal(g(x), (x * 2 + 1) * (x * 2) - 1) end
    collectgarbage()
    tap.ok(ok and seen == 5, "finalizers that compute while a queue waits")
end

local with_debugger, dbg = pcall(require, "lunette.dbg")
if with_debugger then -- it sees an eager run
    local f = function(t) return (t * 2 + 1):tanh() end
    local g, x = lun.compile(f), lun.randn(50)
    dbg.catch "nonfinite"
    local y = g(x)
    dbg.off()
    tap.ok(lun.equal(y, f(x)) and graph.counts(g).queued == 0, "armed: nothing waits")
    tap.is(graph.counts(g).watched, 3, "and that is counted")
    tap.ok(lun.equal(g(x), f(x)) and graph.counts(g).queued == 3, "disarmed: it does again")
end

local page = require "page" "compile.md"
tap.ok(page:find "same bits\ntrue" and page:find "9 ops in 1 groups, 3.2 MB", "what the page shows")
tap.done()
