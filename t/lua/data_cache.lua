-- data_cache.lua - caches in memory and in files, the profile of an epoch, and a file and a sparse array that stream in flat memory
--
-- The long versions of the last are bench/data.lua. Read next: lib/data/cache.lua, lib/data/profile.lua. SPDX-License-Identifier: MIT
local tap = require "tap"
local lun = require "lunette"
local data = require "lunette.data"

local path = os.tmpname()
os.remove(path)
local calls = 0
local function counted(n)
    local t = {}
    for i = 1, n do t[i] = i end
    return data.pipeline(t):map(function(i)
        calls = calls + 1
        return i * 10, lun.full({2}, i), "text " .. i
    end)
end
local function list(pipe, limit)
    local found = {}
    for a, b, c in pipe do
        found[#found + 1] = {a, lun.is_tensor(b) and b:totable() or b, c}
        if #found == limit then break end
    end
    return found
end
local want = list(counted(5))

for name, where in pairs {memory = false, file = path} do
    local pipe = counted(5):cache(where or nil)
    calls = 0
    list(pipe, 2)
    tap.is({list(pipe), list(pipe), calls}, {want, want, 7}, name .. ": a left epoch keeps nothing, a whole one all")
    local seen = list(pipe, 2)
    local state = pipe:state()
    table.move(list(pipe:restore(state)), 1, 3, 3, seen)
    tap.is({seen, calls}, {want, 7}, name .. ": a state in a cached epoch")
    seen = list(counted(5):cache(where or nil):restore(state))
    tap.is(seen, table.move(want, 3, 5, 1, {}), name .. ": and in another program")
    os.remove(path)
    local fresh = counted(5):cache(where or nil)
    seen = list(fresh, 2)
    state = fresh:state()
    table.move(list(counted(5):cache(where or nil):restore(state)), 1, 3, 3, seen)
    tap.is(seen, want, name .. ": a state while it fills")
    fresh:close()
end
do
    local pipe = counted(3):cache(path)
    list(pipe)
    calls = 0
    tap.is({list(counted(3):cache(path)), calls}, {table.move(want, 1, 3, 1, {}), 0}, "another program finds the file")
    tap.is(list(counted(3):cache(path):map(function(a, b, c) return a, b, c end):prefetch(2)), table.move(want, 1, 3, 1, {}), "also in the background")
    local bytes = io.open(path, "rb"):read "a"
    local foreign, wrong
    for i = 1, #bytes do
        for _, damaged in ipairs {bytes:sub(1, i - 1), bytes:sub(1, i - 1) .. string.char(bytes:byte(i) ~ 0x41) .. bytes:sub(i + 1)} do
            local file = io.open(path, "wb")
            file:write(damaged)
            file:close()
            local good, problem = pcall(list, counted(3):cache(path))
            if good then wrong = i elseif not problem.code then foreign = tostring(problem) end
        end
    end
    -- the checksum of the end mark is not looked at
    tap.ok(not foreign and (not wrong or wrong > #bytes - 4), "a damaged cache is a clear error" .. (foreign and ": " .. foreign or wrong and " at " .. wrong or ""))
    os.remove(path)
    tap.is(io.open(path .. ".part"), nil, "no part of a file is left")
    tap.fails(function() list(counted(3):cache "/no/such/folder/x") end, "file", "/no/such/folder/x", "a folder that is not there")
    tap.fails(function() counted(3):cache(3) end, nil, "path", "a path that is none")
    tap.fails(function() list(data.pipeline {print}:cache(path)) end, nil, "cannot be copied", "what cannot be kept in a file")
    os.remove(path .. ".part")
end

-- ---- profile ----

local function busy(seconds)
    local until_then = lun.wall_clock() + seconds
    while lun.wall_clock() < until_then do end
end
do
    local profile = data.profile(data.pipeline {1, 2, 3, 4}:map(function(i)
        busy(0.02)
        return i
    end):batch(2))
    for _ in profile do busy(0.001) end
    local text = tostring(profile)
    tap.is({profile.elements, profile.stages[2].name, profile.stages[2].elements}, {2, "map", 4}, "a profile counts")
    tap.ok(profile.input >= 0.07 and profile.stages[2].seconds >= 0.07 and profile.stages[3].seconds < profile.stages[2].seconds, "and measures each stage for itself")
    tap.ok(text:find "input is the bottleneck: most of it is map", "and says what is slow: " .. text:match "[^\n]*$")
    profile = data.profile(data.DataLoader(lun.ones(4, 2), {batch_size = 2}))
    for _ in profile do busy(0.02) end
    tap.ok(tostring(profile):find "compute is the bottleneck", "a loader has a profile too")
    tap.fails(function() data.profile(3) end, nil, "pipeline", "a profile of a number")
end

-- ---- flat memory ----

local function resident()
    for line in io.lines "/proc/self/status" do
        local kilobytes = line:match "^VmRSS:%s*(%d+)"
        if kilobytes then return tonumber(kilobytes) / 1024 end
    end
end
if io.open "/proc/self/status" and not os.getenv "LUNETTE_SANITIZED" then
    local lines, bytes = 0, 0
    local file = io.open(path, "wb")
    local block = ("0123456789,some words on a line,%d\n"):rep(20000)
    for _ = 1, 40 do file:write(block) end -- 28 MB
    file:close()
    local before = resident()
    for batch in data.text_lines(path):shuffle(1000, {seed = 1}):batch(100) do
        lines = lines + #batch
        bytes = math.max(bytes, resident())
    end
    tap.is(lines, 800000, "every line of a file of 28 MB")
    tap.ok(bytes - before < 12, ("in flat memory (%.1f MB more)"):format(bytes - before))
    os.execute(("truncate -s 3G %s"):format(path))
    local set = data.mapped(path, {dtype = "float32", shape = {-1, 1024}})
    tap.is(#set, 786432, "a sparse file of 3 GB is an array")
    before, bytes = resident(), 0
    local rows = 0
    for x in data.pipeline(set):shuffle {seed = 1}:take(20000):batch(200) do
        rows = rows + x:size(1)
        bytes = math.max(bytes, resident())
    end
    tap.is(rows, 20000, "20000 of its rows at random places (80 MB)")
    tap.ok(bytes - before < 110, ("in flat memory (%.1f MB more)"):format(bytes - before))
else
    tap.skip "no /proc/self/status, or a sanitizer that keeps freed memory"
end
os.remove(path)
tap.done()
