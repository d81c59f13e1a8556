-- data_parallel.lua - map in worker threads and prefetch: order, copies, random numbers, errors, states, and threads that are told to stop
--
-- Read next: lib/data/parallel.lua, lua_bindings/workers.c. SPDX-License-Identifier: MIT
local tap = require "tap"
local lun = require "lunette"
local data = require "lunette.data"

local function upto(n)
    local t = {}
    for i = 1, n do t[i] = i end
    return data.pipeline(t)
end
local function list(pipe, limit)
    local found = {}
    for x in pipe do
        found[#found + 1] = lun.is_tensor(x) and x:totable() or x
        if #found == limit then break end
    end
    return found
end
local function sorted(t)
    table.sort(t)
    return t
end

-- ---- map ----

do
    local factor, words, weight = 10, {a = {b = 5}}, lun.tensor {1, 2}
    local function f(i) return i * factor + words.a.b + weight:sum():item() end
    local want = list(upto(30):map(f))
    tap.is(list(upto(30):map(f, {workers = 3})), want, "workers give what one thread gives, in order, with what f captured")
    tap.is(sorted(list(upto(30):map(f, {workers = 3, ordered = false}))), want, "not ordered, nothing is lost")
    local pipe = upto(30):map(f, {workers = 2})
    tap.is({list(pipe), list(pipe)}, {want, want}, "two epochs")
    tap.is({list(pipe, 3), list(pipe)}, {{18, 28, 38}, want}, "after an epoch that was left early")
    words.a.b = 0
    tap.is(list(pipe, 1), {18}, "copies stay as they were")
    tap.is(#pipe, 30, "the length is known")
    pipe:close()
    local twice = {}
    for a in pipe:batches() do
        for b in pipe:batches() do
            twice[#twice + 1] = {a, b}
            break
        end
        if #twice == 2 then break end
    end
    tap.is(twice, {{13, 13}, {23, 13}}, "epochs inside each other have threads of their own")
end
tap.is(list(upto(3):map(function(i) return {n = i, x = lun.full({2}, i)}, "t", nil, 4 end, {workers = 1}):map(function(t, s, none, four)
    return ("%d %s %s %d %s"):format(t.n, s, none, four, t.x[1]:item())
end)), {"1 t nil 4 1", "2 t nil 4 2", "3 t nil 4 3"}, "tables, tensors, texts and nil come back")
tap.is(list(upto(2):map(function(i) return i == 1 and select("#", data, lun, nn) or type(data.collate) end, {workers = 1})), {3, "function"}, "f sees lun, data and nn")
do
    local function draws(options)
        return list(upto(20):map(function(i) return ("%d %.6f"):format(math.random(1000), lun.rand(1):item()) end, options))
    end
    local want = draws {workers = 1, seed = 3}
    tap.is(draws {workers = 4, seed = 3}, want, "random numbers depend on the element, not on the thread")
    tap.ok(tap.show(draws {workers = 4, seed = 4}) ~= tap.show(want) and want[1] ~= want[2], "and on the seed")
    local before = lun.get_rng_state()
    draws {workers = 2, seed = 3}
    tap.is(lun.get_rng_state(), before, "the program's own random numbers stay where they are")
end

do
    local before = lun.printoptions().precision
    lun.printoptions {precision = 2}
    list(upto(3):map(function(i) return lun.ones(2) * i end, {workers = 2}))
    tap.is(lun.printoptions().precision, 2, "a thread that opens lun leaves the print options as they are")
    lun.printoptions {precision = before}
end

-- ---- what cannot go across ----

for name, value in pairs {["a function"] = function() end, ["a table with a metatable"] = data.list {1}, userdata = io.stdout, ["a coroutine"] = coroutine.create(print)} do
    tap.fails(function() upto(3):map(function() return value end, {workers = 2}) end, "argument", "captured `value` is " .. name, "captured: " .. name)
end
do
    local deep = {x = {y = {print, print}, z = io.stdout}}
    tap.fails(function() upto(3):map(function() return deep end, {workers = 2}) end, nil, "captured `deep`, field `x`, field `", "it is named down to the field")
    local me = {}
    me.me = me
    tap.fails(function() upto(3):map(function() return me end, {workers = 2}) end, nil, "contain itself", "a table in itself")
    tap.fails(function() list(upto(3):map(function() return print end, {workers = 2})) end, nil, "cannot be copied", "a result that cannot come back")
    tap.fails(function() list(data.pipeline {print}:map(function() return 1 end, {workers = 2})) end, nil, "cannot be copied", "an element that cannot go")
    local sin, fail = math.sin, lun.ones
    tap.is(list(upto(1):map(function() return sin(0) + fail(2):sum():item() end, {workers = 1})), {2.0}, "functions of modules go by name")
end

-- ---- errors ----

local function some_fail(i)
    if i % 4 == 0 then lun.ones(2, i):matmul(lun.ones(5, 1)) end
    if i % 7 == 0 then error "seven" end
    return i
end
tap.fails(function() list(upto(9):map(some_fail, {workers = 2})) end, "shape", "(element 4)", "an op's error keeps its kind and names the element")
tap.fails(function() list(upto(9):skip(6):map(some_fail, {workers = 2})) end, nil, "seven (element 7)", "any other error")
for _, ordered in ipairs {true, false} do
    local pipe = upto(20):map(some_fail, {workers = 3, ordered = ordered}):skip_bad()
    tap.is({sorted(list(pipe)), pipe.bad}, {{1, 2, 3, 5, 6, 9, 10, 11, 13, 15, 17, 18, 19}, 7}, "skip_bad passes them, ordered or not")
end
tap.is(list(data.pipeline {"1", "x", "3"}:map(function(t) return tonumber(t) or error "bad" end):map(function(i) return i end, {workers = 2}):skip_bad()), {1, 3},
    "an error before the threads comes at its place")
tap.fails(function() list(upto(3):map(function() end, {workers = 1})) end, nil, "nil", "a function that gives nil")
tap.fails(function() upto(3):map(some_fail, {workers = 0}) end, nil, "workers", "no workers")
tap.fails(function() upto(3):map(some_fail, {workers = 1000}) end, nil, "64", "too many workers")
do
    local pipe = upto(9):map(function(i) while i > 2 do end return i end, {workers = 2})
    local began = lun.wall_clock()
    tap.is(list(pipe, 2), {1, 2}, "endless work later on holds nothing up")
    pipe:close()
    tap.ok(lun.wall_clock() - began < 20, "and is ended by close")
    local bytes
    for round = 1, 60 do
        list(upto(5):map(function(i) return lun.ones(100) + i end, {workers = 3}), 2)
        collectgarbage()
        if round == 30 then bytes = lun.memory().records end
    end
    tap.ok(lun.memory().records <= bytes + 50, "epochs that are left early lose no memory")
end

-- ---- loaders with workers ----

do
    local x, y = lun.rand(50, 3), lun.range(1, 50)
    local set = data.TensorDataset(x, y)
    local function batches(loader, limit)
        local found = {}
        for a, b in loader do
            found[#found + 1] = {a:totable(), b:totable()}
            if #found == limit then break end
        end
        return found
    end
    lun.manual_seed(1)
    local want = batches(data.DataLoader(set, {batch_size = 8, shuffle = true}))
    lun.manual_seed(1)
    local loader = data.DataLoader(set, {batch_size = 8, shuffle = true, workers = 2})
    tap.is(batches(loader), want, "a loader with workers gives the same batches")
    batches(loader, 2)
    local state = loader:state()
    local rest = batches(loader:restore(state))
    tap.is({#rest, #loader}, {5, 7}, "and goes on from a state")
    loader:close()
    tap.is(#batches(loader), 7, "also after close")
    local parts = data.Subset(set, {3, 1, 4, 1, 5})
    tap.is(batches(data.DataLoader(parts, {batch_size = 2, workers = 1})), batches(data.DataLoader(parts, {batch_size = 2})), "of a subset")
    local own = setmetatable({get = function(_, i) return i end}, {__len = function() return 4 end})
    tap.fails(function() batches(data.DataLoader(own, {workers = 2})) end, nil, "set:recipe", "a set of one's own must say how it is made")
    tap.fails(function() data.DataLoader(set, {workers = -1}) end, nil, "workers", "-1 workers")
    tap.fails(function() data.DataLoader(set, {workers = 2, collate = print}) end, nil, "collate", "workers and collate")
end

-- ---- prefetch ----

local path = os.tmpname()
do
    local file = assert(io.open(path, "w"))
    for i = 1, 20 do file:write(i, "\n") end
    file:close()
end
local add = 3
for name, make in pairs {
    tensors = function() return data.pipeline(lun.arange(1, 21), lun.arange(1, 21)):shuffle {seed = 2}:batch(3) end,
    file = function() return data.text_lines(path):map(function(t) return tonumber(t) + add end):shuffle(5, {seed = 2}):batch(3) end,
    joined = function() return data.zip(data.text_lines(path), upto(20)):concat(data.pipeline(data.Subset(data.TensorDataset(lun.ones(9)), {1, 3}))):take(21) end,
} do
    local want = list(make())
    tap.is(list(make():prefetch(2)), want, "prefetch of " .. name)
    local pipe = make():prefetch(4)
    list(pipe, 2)
    local first = make()
    list(first)
    tap.is(list(pipe), list(first), "its second epoch, after one that was left early")
    local wrong
    for k = 1, #want - 1 do
        pipe = make():prefetch(3)
        list(pipe, k)
        data.save_state(path .. ".state", pipe)
        local rest = list(make():prefetch(3):restore(data.load_state(path .. ".state")))
        if tap.show(rest) ~= tap.show(table.move(want, k + 1, #want, 1, {})) then wrong = wrong or k end
        pipe:close()
    end
    tap.ok(not wrong, "prefetch of " .. name .. " goes on from every place" .. (wrong and ", but not after " .. wrong or ""))
end
for _, ordered in ipairs {true, false} do
    local wrong
    for k = 1, 19 do
        local function make()
            return data.text_lines(path):map(function(t) return tonumber(t) end, {workers = 3, ordered = ordered, seed = 1}):map(function(i) return i end)
        end
        local pipe = make()
        local seen = list(pipe, k)
        data.save_state(path .. ".state", pipe)
        pipe:close()
        local all = list(make():restore(data.load_state(path .. ".state")))
        table.move(seen, 1, #seen, #all + 1, all)
        if #all ~= 20 or tap.show(sorted(all)) ~= tap.show(list(upto(20))) then wrong = wrong or k end
    end
    tap.ok(not wrong, "workers, ordered or not: states lose nothing and repeat nothing" .. (wrong and ", but after " .. wrong or ""))
end
os.remove(path .. ".state")
tap.fails(function() list(data.text_lines(path):map(function(t) return t == "7" and error "seven" or t end):prefetch(2)) end, nil, "line 7, record 7", "an error in the background")
tap.fails(function() data.pipeline(setmetatable({get = print}, {__len = function() return 3 end})):prefetch(2) end, nil, "set:recipe", "a set of one's own")
local set = data.list {1}
tap.fails(function() upto(3):map(function() return set end):prefetch(2) end, nil, "captured `set`", "what cannot be copied is told at once")
os.remove(path)
tap.done()
