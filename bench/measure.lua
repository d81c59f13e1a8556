-- measure.lua - how Lunette's side of a measurement is timed and told: a line "name<TAB>value<TAB>unit" for each workload
--
--   local measure = require "measure"        (LUA_PATH="bench/?.lua;;" lunette bench/cpu/FILE.lua [PATTERN])
--   measure("add1", function() prepare; return function() what is timed end end)
--
-- Seconds per call are the median of 7 samples of at least 10 ms each; on a device each is timed from idle to idle. `prepare` is called only
-- for a workload whose name has the pattern arg[1]. A workload that fails is told on stderr, and the next one runs.
-- LUNETTE_BENCH_SMALL=1 takes one sample of one call, to see that everything runs. Holds: what is timed is what a user would write.
-- Read next: bench/cpu/, bench/gpu/, bench/torch/measure.py, which does the same. SPDX-License-Identifier: MIT
local lun = require "lunette"
local pattern = arg[1] or ""
local small = os.getenv "LUNETTE_BENCH_SMALL" == "1"

local measure = {small = small}

local function median(samples)
    table.sort(samples)
    return samples[(#samples + 1) // 2]
end

local function wait()
    if measure.device then lun.cuda.synchronize() end
end

local function time(f, count)
    wait()
    local from = lun.wall_clock()
    for _ = 1, count do f() end
    wait()
    return (lun.wall_clock() - from) / count
end

-- How many calls take 10 ms.
local function enough(f)
    if small then return 1 end
    for _ = 1, 3 do f() end
    local count = 1
    while time(f, count) * count < 0.01 do count = count * 2 end
    return count
end

local function seconds_per_call(f)
    local count, samples = enough(f), {}
    for i = 1, small and 1 or 7 do samples[i] = time(f, count) end
    return median(samples)
end

--- Seconds per call of f, as above.
measure.seconds = seconds_per_call

--- Whether the workload `name` was asked for: PATTERN is one or several texts with | between, ^ and $ as in any pattern.
function measure.wanted(name)
    if pattern == "" then return true end
    for one in pattern:gmatch "[^|]+" do
        if name:find(one) then return true end
    end
    return false
end

--- Tells a figure that is no time, as megabytes.
function measure.tell(name, value, unit) print(("%s\t%.9g\t%s"):format(name, value, unit)) end

--- Peak resident memory of this process since it began, in megabytes.
function measure.peak_memory()
    local file = io.open "/proc/self/status"
    local kilobytes = file and file:read "a":match "VmHWM:%s+(%d+)"
    if file then file:close() end
    return kilobytes and tonumber(kilobytes) / 1024
end

local function guarded(name, f)
    local good, problem = pcall(f)
    if not good then io.stderr:write(("%s: %s\n"):format(name, tostring(problem))) end
    io.stdout:flush()
    collectgarbage()
    if measure.device then lun.cuda.empty_cache() end
end

--- What watching costs: `prepare` gives what is timed, a function that arms and one that disarms. Samples without and with it are taken in turn,
--- because a step has other speeds from minute to minute; they are told as plain and watched.
function measure.watched(plain, watched, prepare)
    if not (measure.wanted(plain) or measure.wanted(watched)) then return end
    guarded(watched, function()
        local f, arm, disarm = prepare()
        local count, without, with = enough(f), {}, {}
        for i = 1, small and 1 or 15 do
            without[i] = time(f, count)
            arm()
            with[i] = time(f, count)
            disarm()
        end
        measure.tell(plain, median(without), "s")
        measure.tell(watched, median(with), "s")
    end)
end

setmetatable(measure, {__call = function(_, name, prepare, calls)
    if not measure.wanted(name) then return end
    guarded(name, function() measure.tell(name, seconds_per_call(prepare()) / (calls or 1), "s") end)
end})

lun.manual_seed(1)
return measure
