-- timing.lua - how long something takes: %timeit
--
-- Rounds are as long as the clock needs to be trusted; the median stands first, because other programs only ever make a round longer.
-- Read next: lib/magics.lua. SPDX-License-Identifier: MIT
local magics = require "lunette.magics"
local clock = require "lunette".wall_clock

local ROUNDS, ROUND_SECONDS = 7, 0.1

local function seconds(t)
    if t >= 1 then return ("%.3g s"):format(t) end
    if t >= 1e-3 then return ("%.3g ms"):format(t * 1e3) end
    if t >= 1e-6 then return ("%.3g us"):format(t * 1e6) end
    return ("%.3g ns"):format(t * 1e9)
end

-- f n times in a row; seconds.
local function round(f, n)
    local start = clock()
    for _ = 1, n do f() end
    return clock() - start
end

-- How many times make a round; the first call, which may load something, does not count.
local function times_for(f)
    f()
    local n = 1
    while true do
        local t = round(f, n)
        if t >= ROUND_SECONDS or n >= 1e9 then return n end
        n = math.max(n + 1, math.min(n * 10, math.ceil(n * ROUND_SECONDS / math.max(t, 1e-9))))
    end
end

magics.add("timeit", "CODE", "run CODE many times and say how long once takes", function(text)
    if text == "" then return magics.complain("%timeit needs something to run", "%timeit x:matmul(x)") end
    local f, problem = load("return " .. text, "=%timeit", "t")
    if not f and not problem:find "<eof>" then f, problem = load(text, "=%timeit", "t") end
    if not f then return magics.complain((problem:gsub("^%%timeit:%d+: ", ""))) end
    local n, taken = times_for(f), {}
    for i = 1, ROUNDS do taken[i] = round(f, n) / n end
    table.sort(taken)
    local middle = taken[(ROUNDS + 1) // 2]
    local busy = taken[ROUNDS] > 2 * middle and "; something else was busy" or ""
    print(("%s  (%s ... %s; median of %d rounds of %d%s)"):format(seconds(middle), seconds(taken[1]), seconds(taken[ROUNDS]), ROUNDS, n, busy))
end)
