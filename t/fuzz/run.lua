-- run.lua - makes many hostile calls, in processes of their own, and says which were answered wrongly
--
-- lunette run.lua PROGRAM HERE [--n N] [--seed S] [--call I] [--devices | --compare [--listed] [--directed]] [NAME...]: the driver. It
-- starts itself as lunette run.lua attack SEED FROM COUNT TRACE [NAME...] (or devices), which makes calls FROM, FROM + 1 ... and prints
-- "wrong I TEXT" for each wrong one; the number of the call in progress stands in the file TRACE, so that a crash or a hang has a name.
-- Holds: a wrong call is one line with the command that makes it again. Read next: generate.lua, attack.lua.
-- SPDX-License-Identifier: MIT
local limit_s = 600 -- for a batch, which takes some seconds on an idle machine, half a minute on two devices
local batch = 2000

local function names_from(list, first)
    local only
    for i = first, #list do
        only = only or {}
        only[list[i]] = true
    end
    return only
end

local function child(seed, from, count, trace, only)
    local lun = require "lunette"
    local generate, attack, judge = require "fuzz.generate", require "fuzz.attack", require("fuzz." .. arg[1])
    lun.set_memory_budget(64 << 20)
    local file = io.open(trace, "w")
    file:setvbuf "no"
    local worked, list = 0, generate.rows(only)
    for i = from, from + count - 1 do
        file:seek "set"
        file:write(("%-20d\n"):format(i))
        local call = generate.call(seed, i, list)
        local text = count == 1 and attack.show(call)
        if text then print(text) end
        local problem, good = judge.run(call, i % 4 == 0)
        if good then worked = worked + 1 end
        if problem then print("wrong", i, (tostring(problem):gsub("\n.*", "")), (attack.show(call):gsub("[\t\n]", " "))) end
        if i % 64 == 0 then collectgarbage() end
    end
    print("worked", worked)
end

-- Makes the calls and writes them with their answers, for compare.py. Seed 0 stands for the directed ones, which are not drawn.
local function recorder(seed, from, count, path, only)
    local lun = require "lunette"
    local generate, record = require "fuzz.generate", require "fuzz.record"
    lun.set_memory_budget(64 << 20)
    local file, list = assert(io.open(path, "w")), {}
    for _, row in ipairs(generate.rows(only)) do
        local flags = row.flags
        if not (flags.random or flags.writes or row.name:find "^empty" or row.name:find "_step_$") then list[#list + 1] = row end
    end
    local function visit(i, call)
        local line = record.line(i, call)
        if line then file:write(line, "\n") end
        if i % 64 == 0 then collectgarbage() end
    end
    if seed == 0 then
        print(require("fuzz.directed").each(list, from, from + count - 1, visit)) -- how many there are at all
    else
        for i = from, from + count - 1 do visit(i, generate.call(seed, i, list)) end
    end
    file:close()
end

local function quoted(text) return "'" .. text:gsub("'", "'\\''") .. "'" end

local driver = { wrong = {}, made = 0, worked = 0, n = 100000, seed = 1, names = {} }

local function start(from, count)
    local base = os.tmpname()
    local names = {}
    for i, name in ipairs(driver.names) do names[i] = quoted(name) end
    local command = ("LUA_PATH=%s timeout -k 2 %d nice %s %s %s %d %d %d %s %s 2>%s"):format(quoted(driver.here .. "/?.lua;;"), limit_s,
        quoted(driver.program), quoted(driver.here .. "/fuzz/run.lua"), driver.devices and "devices" or "attack", driver.seed, from, count, base, table.concat(names, " "), base .. ".err")
    return { from = from, count = count, base = base, pipe = io.popen(command) }
end

local function whole(path)
    local file = io.open(path)
    local text = file and file:read "a" or ""
    if file then file:close() end
    os.remove(path)
    return text
end

local function report(i, text, call)
    table.insert(driver.wrong, i)
    print(("%s\n    %s\n    ./dev fuzz ops%s --seed %d --call %d%s"):format(text, call or "", driver.devices and " --devices" or "", driver.seed, i,
        #driver.names > 0 and " " .. table.concat(driver.names, " ") or ""))
    io.stdout:flush()
end

-- The line of a sanitizer's report that says what it is, or the last thing said.
local function gist(text)
    return text:match "ERROR: [^\n]*" or text:match "[^\n]*runtime error:[^\n]*" or text:match "([^\n]*)\n*$"
end

local function finish(job)
    for line in job.pipe:lines() do
        local i, text, call = line:match "^wrong\t(%d+)\t([^\t]*)\t(.*)$"
        if i then report(tonumber(i), text, call) end
        if line:find "^worked" then
            job.ended = true
            driver.worked = driver.worked + tonumber(line:match "%d+")
        end
    end
    local good, how, status = job.pipe:close()
    local at, said = tonumber(whole(job.base):match "%d+"), whole(job.base .. ".err")
    if good then
        driver.made = driver.made + job.count
        if said:find "runtime error" then report(job.from, "in calls " .. job.from .. " and on: " .. gist(said)) end
        return
    end
    if job.ended then return report(job.from, ("after calls %d to %d: %s"):format(job.from, job.from + job.count - 1, gist(said))) end
    at = at or job.from
    driver.made = driver.made + at - job.from + 1
    report(at, (status == 124 or status == 137) and ("HANGS (a batch took more than %d s)"):format(limit_s) or ("CRASHES (%s %s): %s"):format(how, status, gist(said)))
    local left = job.from + job.count - 1 - at
    if left > 0 then finish(start(at + 1, left)) end
end

local function read_options()
    driver.program, driver.here = arg[1], arg[2]
    local i = 3
    while arg[i] do
        local name = arg[i]:match "^%-%-(%a+)$"
        if name == "n" or name == "seed" or name == "call" then
            i = i + 1
            driver[name] = math.tointeger(tonumber(arg[i])) or error("--" .. name .. " needs a whole number", 0)
        elseif name == "compare" or name == "listed" or name == "directed" or name == "devices" then
            driver[name] = true
        else
            table.insert(driver.names, arg[i])
        end
        i = i + 1
    end
end

-- Starts a recorder; what it prints is the number of all the calls it could make, or nothing.
local function recorded(from, count, path)
    local command = ("LUA_PATH=%s timeout 300 %s %s recorder %d %d %d %s %s"):format(quoted(driver.here .. "/?.lua;;"), quoted(driver.program),
        quoted(driver.here .. "/fuzz/run.lua"), driver.seed, from, count, path, table.concat(driver.names, " "))
    local pipe = io.popen(command)
    local said = pipe:read "a"
    if not pipe:close() then print("the calls from " .. from .. " could not be made") end
    return tonumber(said)
end

local function compare()
    local files, from = {}, 1
    if driver.directed then driver.seed, driver.n = 0, math.huge end
    while from <= driver.n do
        files[#files + 1] = os.tmpname()
        local all = recorded(from, math.min(5 * batch, driver.n - from + 1), files[#files])
        driver.n = math.min(driver.n, all or driver.n)
        from = from + 5 * batch
    end
    local good = os.execute(("%s %s %s %s %s"):format(quoted(os.getenv "LUNETTE_PEER_PYTHON"), quoted(driver.here .. "/fuzz/compare.py"),
        driver.listed and "--listed" or "", quoted(driver.here .. "/../doc/differences.md"), table.concat(files, " ")))
    for _, path in ipairs(files) do os.remove(path) end
    os.exit(good == true)
end

local function drive()
    read_options()
    if driver.compare then return compare() end
    local started = os.time()
    if driver.call then
        local job = start(driver.call, 1)
        for line in job.pipe:lines() do print(line) end
        local _, how, status = job.pipe:close()
        print(whole(job.base .. ".err"), how, status)
        os.exit(status == 0)
    end
    local waiting = start(1, math.min(batch, driver.n))
    for from = 1, driver.n, batch do
        local job = waiting
        local after = from + batch
        waiting = after <= driver.n and start(after, math.min(batch, driver.n - after + 1)) or nil
        finish(job)
    end
    print(("%d calls, %d worked, %d wrong, %d s"):format(driver.made, driver.worked, #driver.wrong, os.time() - started))
    os.exit(#driver.wrong == 0)
end

if arg[1] == "recorder" then
    recorder(tonumber(arg[2]), tonumber(arg[3]), tonumber(arg[4]), arg[5], names_from(arg, 6))
elseif arg[1] == "attack" or arg[1] == "devices" then
    child(tonumber(arg[2]), tonumber(arg[3]), tonumber(arg[4]), arg[5], names_from(arg, 6))
else
    drive()
end
