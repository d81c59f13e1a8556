-- prof.lua - which ops took how long, how near to what the machine can do, and what differs between two cells: %prof
--
-- The roof is measured here, once: a product of matrices for operations a second, a copy of much memory for bytes a second. An op's share of
-- it is the time it would need under the roof, by its operations or by its bytes, divided by the time it took.
-- Read next: lib/magics.lua, repl/profile.c. SPDX-License-Identifier: MIT
local shell = require "lunette.shell"
local magics = require "lunette.magics"
local add, complain = magics.add, magics.complain

local MOST_ROWS = 20

local function compiled(text)
    local f, problem = load("return " .. text, "=%prof", "t")
    if not f and not problem:find "<eof>" then f, problem = load(text, "=%prof", "t") end
    return f, problem and problem:gsub("^%%prof:%d+: ", "")
end

local function fastest(f)
    local clock, best = require "lunette".wall_clock, math.huge
    for _ = 1, 3 do
        local start = clock()
        f()
        best = math.min(best, clock() - start)
    end
    return best
end

local roof -- {work a second, bytes a second}

local function measured_roof()
    if roof then return roof end
    local lun = require "lunette"
    lun.no_grad(function()
        local a, b = lun.ones(768, 768), lun.ones(1 << 23)
        roof = {work = 2 * 768 ^ 3 / fastest(function() return a:matmul(a) end), bytes = 2 * b.bytes / fastest(function() return b:clone() end)}
    end)
    return roof
end

local function share_of_roof(row)
    local least = math.max(row.work / measured_roof().work, row.bytes / measured_roof().bytes)
    return ("%4.0f%%"):format(math.min(100 * least / math.max(row.seconds, 1e-9), 100))
end

local function name_of(row) return row.op .. (row.phase ~= "" and " " .. row.phase or "") end

local function show(rows, seconds)
    local within, made, fresh = 0, 0, 0
    for _, row in ipairs(rows) do within, made, fresh = within + row.seconds, made + row.made, fresh + row.fresh end
    print(("%-28s %7s %9s %6s %8s %7s %5s %10s %6s"):format("op", "calls", "ms", "share", "GFLOP/s", "GB/s", "roof", "made", "new"))
    for i, row in ipairs(rows) do
        if i > MOST_ROWS then
            print(("... and %d more"):format(#rows - MOST_ROWS))
            break
        end
        local time = math.max(row.seconds, 1e-9)
        print(("%-28s %7d %9.3f %5.1f%% %8.2f %7.2f %5s %10s %6d"):format(name_of(row), row.calls // 1 | 0, row.seconds * 1e3,
            100 * row.seconds / seconds, row.work / time / 1e9, row.bytes / time / 1e9, share_of_roof(row), magics.bytes(row.made // 1 | 0),
            row.fresh // 1 | 0))
    end
    print(("%-28s %7s %9.3f %5.1f%%"):format("outside of ops", "", (seconds - within) * 1e3, 100 * (seconds - within) / seconds))
    print(("%-28s %7s %9.3f %6s %8s %7s %5s %10s %6d"):format("all", "", seconds * 1e3, "", "", "", "", magics.bytes(made // 1 | 0), fresh // 1 | 0))
    print(("the roof, measured here: %.0f GFLOP/s in float32, %.1f GB/s"):format(roof.work / 1e9, roof.bytes / 1e9))
end

local profiles, order = {}, {} -- by number of the cell; the numbers in the order of running

local function compare(first, second)
    local a, b, names, list = profiles[first], profiles[second], {}, {}
    for which, profile in ipairs {a, b} do
        for _, row in ipairs(profile.rows) do
            local name = name_of(row)
            if not names[name] then
                names[name] = {name = name, 0, 0, calls = {0, 0}}
                list[#list + 1] = names[name]
            end
            names[name][which], names[name].calls[which] = row.seconds, row.calls
        end
    end
    table.sort(list, function(x, y) return math.abs(x[2] - x[1]) > math.abs(y[2] - y[1]) end)
    print(("%-28s %15s %19s %12s"):format("op", "calls", ("ms In[%d] In[%d]"):format(first, second), "difference"))
    for i = 1, math.min(#list, MOST_ROWS) do
        local row = list[i]
        print(("%-28s %7d %7d %9.3f %9.3f %+12.3f"):format(row.name, row.calls[1] // 1 | 0, row.calls[2] // 1 | 0, row[1] * 1e3, row[2] * 1e3,
            (row[2] - row[1]) * 1e3))
    end
    print(("%-28s %15s %9.3f %9.3f %+12.3f   %.2f times as long"):format("all, with what is outside", "", a.seconds * 1e3, b.seconds * 1e3,
        (b.seconds - a.seconds) * 1e3, b.seconds / a.seconds))
end

local function diff(text)
    local first, second = text:match "^diff%s+(%d+)%s+(%d+)$"
    first, second = tonumber(first) or order[#order - 1], tonumber(second) or order[#order]
    if not first or not second then return complain("two cells with %prof are needed first", "%prof CODE, then another, then %prof diff") end
    for _, n in ipairs {first, second} do
        if not profiles[n] then
            return complain(("In[%d] was no %%prof"):format(n), "there are " .. table.concat(order, " ") .. "; %prof diff alone takes the last two")
        end
    end
    compare(first, second)
end

local function run(text)
    if text == "" then return complain("%prof needs something to run", "%prof loss:backward()") end
    if text:find "^diff%f[%W]" then return diff(text) end
    local f, problem = compiled(text)
    if not f then return complain(problem) end
    measured_roof()
    local rows, seconds = shell.profile(f)
    table.sort(rows, function(a, b) return a.seconds > b.seconds end)
    profiles[shell.number()] = {rows = rows, seconds = seconds}
    order[#order + 1] = shell.number()
    show(rows, seconds)
end

add("prof", "CODE or diff [N N]", "run CODE and show each op's time, share of the roof and memory; diff: what differs between two such cells", run,
    function(_, body) run(body) end)
