-- chains.lua - large elementwise ops wait for the next one: what waits, what runs it, and that nobody can tell but by the time
--
-- Read next: t/lua/compile.lua (every row in chains), graph/queue.h. SPDX-License-Identifier: MIT
local tap = require "tap"
local lun = require "lunette"
local graph = lun.graph

-- What f added to the counts of chains, with chains from 4 elements on; then what waits has run.
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
local x, y = lun.tensor { 1.0, 2, 3, 4, 5 }, lun.tensor { 5.0, 4, 3, 2, 1 }

do -- one walk over memory
    local function f(a, b, d) return (a * b + b) * d - a / (1 + b) end
    local a, b, d = lun.rand(30000), lun.rand(30000), lun.rand(30000)
    local want = f(a, b, d)
    local c, got = counted(f, a, b, d)
    tap.ok(lun.equal(got, want), "an expression has the bits of its ops one by one")
    tap.is({ c.groups, c.fused }, { 1, 6 }, "six ops are one group")
    tap.ok(c.unwritten > 0, "values in between are not written: " .. c.unwritten .. " bytes")
end
do -- a loop does not wait for itself
    local c = counted(function() for _ = 1, 10 do local _ = x * y end end)
    tap.is({ c.queued, c.runs, c.fused }, { 10, 10, 0 }, "what comes round runs what waits, and each result is computed")
    c = counted(function() for _ = 1, 10 do local _ = (x * y):exp() end end)
    tap.is({ c.runs, c.fused }, { 10, 20 }, "each turn is a chain")
end
do -- memory
    local others = {}
    for i = 1, 8 do others[i] = lun.rand(5) end
    local c = counted(function() for i = 1, 8 do others[i] = others[i] + 1 end end)
    tap.is(c.runs, 8, "ops on other tensors do not wait together, so that these can go")
end
do -- who needs a value
    local c, got = counted(function()
        local z = x * 2
        local first = z[1]:item()
        x[1] = 100
        local w = x * 2
        x:add_(1)
        x[1] = 1
        x:narrow(1, 2, 4):copy_(lun.tensor { 2, 3, 4, 5 })
        return { first, z:totable(), w:totable(), z:sum():item() }
    end)
    tap.is(got, { 2, { 2, 4, 6, 8, 10 }, { 200, 4, 6, 8, 10 }, 30 }, "a write comes after what waits, a read sees it")
    local _, views = counted(function()
        local z = x + 1
        local part = z:narrow(1, 2, 2)
        part:mul_(10)
        return { z:totable(), part:totable(), z:view(5, 1):t():totable() }
    end)
    tap.is(views, { { 2, 30, 40, 5, 6 }, { 30, 40 }, { { 2, 30, 40, 5, 6 } } }, "views of what waits")
    c, got = counted(function() return (x * y):sum() end)
    tap.is({ got:item(), c.groups, c.fused }, { 35, 1, 2 }, "a sum ends a chain")
end
do -- autograd
    local w = lun.ones({ 5 }, { requires_grad = true })
    local c, grad = counted(function()
        local z = x * 2
        (w * z * z):sum():backward()
        return w.grad
    end)
    tap.is({ grad:totable(), c.queued }, { { 4, 16, 36, 64, 100 }, 1 }, "what is recorded does not wait, and reads what waited")
end
do -- clocks, errors, switches
    local waited = counted(function()
        local _ = x * 3
        lun.wall_clock()
        local before = graph.counts().runs
        graph.run()
        tap.is(graph.counts().runs, before, "looking at the wall clock has run it")
        _ = x * 3
        os.clock()
        before = graph.counts().runs
        graph.run()
        tap.is(graph.counts().runs, before, "and so has os.clock")
    end)
    tap.is(waited.runs, 2, "two chains")
    counted(function()
        local z = x * 2
        tap.fails(function() return z + lun.ones(3) end, "shape", "cannot broadcast", "an error of shapes comes at its op")
        tap.is(z:totable(), { 2, 4, 6, 8, 10 }, "and what waits is there")
        tap.fails(function() return lun.tensor { 1, 2, 3, 4 }:long() // 0 end, "argument", "divided by 0", "so does a division by 0")
    end)
    local big = lun.ones(1000, 1000)
    local budget = lun.memory().budget
    counted(function()
        lun.set_memory_budget(lun.memory().live + 5e6)
        local a = big + 1
        local b = a * 2
        tap.fails(graph.run, "memory", nil, "no memory is an error")
        lun.set_memory_budget(budget)
        tap.is({ a[1][1]:item(), b[9][9]:item() }, { 2, 4 }, "after which what waits can run")
    end)
    tap.is(graph.chains(), 1 << 18, "chains begin at so many elements")
    tap.is(graph.chains(false), 1 << 18, "switched off, with what was")
    tap.is(graph.chains(true), false, "and on")
    tap.fails(function() graph.chains(0) end, "argument", "1 or more", "no chains from 0 elements on")
    tap.fails(function() graph.chains "no" end, "argument", nil, "nor from a word on")
end
do -- somebody listens
    local dbg = require "lunette.dbg"
    local c, z = counted(function()
        local z = x * 2
        dbg.catch "nonfinite"
        z = (z + 1):exp()
        dbg.off()
        return z
    end)
    tap.is({ c.queued, z:log():round():totable() }, { 1, { 3, 5, 7, 9, 11 } }, "while the debugger is armed nothing waits")
end
tap.done()
