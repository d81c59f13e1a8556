-- data.lua - rates of the input pipelines, and whether memory stays flat: a generated text file of several GB and a sparse array of 100 GB
--
-- Run: lunette bench/data.lua [GB = 5] [folder = the system's temporary one] [seconds = 60]. The text file is walked to its end once; what else
-- is walked stops after so many seconds (0: at its end, which is 100 GB). 0 GB leaves the text file out. "later" is how far memory grew beyond
-- what it was after 128 elements: flat is next to 0, or, where pages of a file are brought in at random, below the 64 MB after which they are
-- given back (formats/mapped.c). No part of the tests; t/lua/data_cache.lua has small versions.
-- Read next: lib/data/files.lua, lib/data/arrays.lua. SPDX-License-Identifier: MIT
local lun = require "lunette"
local data = require "lunette.data"
local gigabytes = tonumber(arg[1] or 5)
local path = arg[2] and arg[2] .. "/lunette-bench-data" or os.tmpname()
local seconds_each = tonumber(arg[3] or 60)
if seconds_each == 0 then seconds_each = math.huge end

local function resident()
    for line in io.lines "/proc/self/status" do
        local kilobytes = line:match "^VmRSS:%s*(%d+)"
        if kilobytes then return tonumber(kilobytes) / 1024 end
    end
    return 0 / 0
end

-- Walks a pipeline; count(values) gives the bytes of an element.
local function measure(name, pipe, count, limit)
    collectgarbage()
    local before, early, most, bytes, elements = resident(), nil, 0, 0, 0
    local began = lun.wall_clock()
    for a, b in pipe do
        bytes, elements = bytes + count(a, b), elements + 1
        if elements % 64 == 0 then
            most = math.max(most, resident())
            if elements >= 128 then early = early or most end
        end
        if lun.wall_clock() - began > (limit or math.huge) then break end
    end
    local seconds = lun.wall_clock() - began
    pipe:close()
    print(("%-34s %9d elements %8.1f GB %7.1f s %8.1f MB/s   memory %+.1f MB, later %+.1f"):format(name, elements, bytes / 1e9, seconds,
        bytes / 1e6 / seconds, math.max(most, resident()) - before, early and most - early or 0))
    io.stdout:flush()
end

local function sizes(batch)
    local n = 0
    for _, line in ipairs(batch) do n = n + #line + 1 end
    return n
end
local function tensor_bytes(x) return x:numel() * 4 end

if gigabytes > 0 then
    print(("a text file of %g GB"):format(gigabytes))
    local file = assert(io.open(path, "wb"))
    local rows, lines, text = {}, 0, ("some more words of a sentence "):rep(7)
    for i = 1, 20000 do rows[i] = ("%d,%.4f,%.4f,%.4f,word%d,%s"):format(i, i * 0.37 % 10, i * 0.11 % 3, i * 0.73 % 7, i % 97, text) end
    local block = table.concat(rows, "\n") .. "\n"
    file:write "id,a,b,c,word,text\n"
    while lines * #block < gigabytes * 1e9 do
        assert(file:write(block))
        lines = lines + 1
    end
    assert(file:close())
    measure("text_lines", data.text_lines(path):batch(256), sizes)
    measure("text_lines, shuffle(10000)", data.text_lines(path):shuffle(10000, {seed = 1}):batch(256), sizes, seconds_each)
    measure("csv_rows, three of six columns", data.csv_rows(path, {columns = {"a", "b", "c"}, label = "word"}):batch(256), tensor_bytes,
            seconds_each)
    measure("text_lines, map in 2 threads", data.text_lines(path):batch(256):map(function(lines)
        local sum = 0
        for _, line in ipairs(lines) do sum = sum + #line end
        return sum + #lines
    end, {workers = 2}), function(n) return n end, seconds_each)
    os.remove(path)
end

print "a sparse array of 100 GB, rows of 4 KB, batches of 256"
os.execute(("truncate -s 100G '%s'"):format(path))
local set = data.mapped(path, {dtype = "float32", shape = {-1, 1024}})
local places = 1000000
measure("mapped, in order", data.pipeline(set):batch(256), tensor_bytes, seconds_each)
measure(("mapped, %d rows at random places"):format(places), data.pipeline(set):sample(setmetatable({
    order = function() return lun.randint(1, #set + 1, {places}) end,
}, {__len = function() return places end})):batch(256), tensor_bytes, seconds_each)
os.remove(path)
