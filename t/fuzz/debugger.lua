-- debugger.lua - many debugging sessions by chance, and whether the debugger and the run came through them
--
-- lunette debugger.lua PROGRAM HERE [--n N] [--seed S] [--show]: the driver. It starts shells whose cells are `soak(SEED)`, some hundred
-- in each; a cell runs a program of sessions.lua with the lines of that seed typed at its stops. Wrong is: a crash, a hang, a report of a
-- sanitizer, an error inside the debugger's own code, memory that does not come back, a bit that moved though one only looked, or went back and forth.
-- Holds: whatever a line does to the shell (q, an error), the next cell starts afresh. Read next: sessions.lua. SPDX-License-Identifier: MIT
local batch, limit_s = 250, 600

local function quoted(text) return "'" .. text:gsub("'", "'\\''") .. "'" end

-- ---- in the shell: one session ----

local function live()
    for _ = 1, 2 do collectgarbage() end
    collectgarbage()
    collectgarbage()
    return lun.memory().live
end

local function cells(lines_file)
    local sessions = require "fuzz.sessions"
    local plain = {}

    local function run(name, whole)
        lun.manual_seed(1)
        local program = sessions.programs[name]
        local ok, a, b, c = pcall(whole and dbg.replayable or program, program)
        return ("%s %s %s %s"):format(ok, a, b, c)
    end

    function before(seed)
        local session = sessions.make(seed)
        dbg.script(nil)
        dbg.off()
        if not plain[session.program] then plain[session.program] = run(session.program) end
        if plain[session.program] ~= run(session.program) then print("wrong", seed, "the run itself is not the same twice") end
        at_start = live()
        return session
    end

    function soak(seed)
        local session = before(seed)
        print("session", seed, session.program)
        local file <close> = assert(io.open(lines_file, "w"))
        file:write(table.concat(session.lines, "\n"), "\n")
        file:close()
        dbg.script(lines_file)
        local bits = run(session.program, session.whole)
        if session.same and bits ~= plain[session.program] then print("wrong", seed, "bits moved: " .. bits .. " for " .. plain[session.program]) end
    end

    function after(seed)
        dbg.script(nil)
        dbg.off()
        in1, x, h, net = nil -- what lines gave names
        local left = live() - at_start
        if left ~= 0 then print("wrong", seed, left .. " bytes are left") end
        print("ended", seed)
    end
end

-- ---- the driver ----

local driver = {n = 10000, seed = 1, wrong = 0, ran = 0}

local function report(seed, text)
    driver.wrong = driver.wrong + 1
    print(("seed %d: %s\n    ./dev fuzz debugger --seed %d --n 1 --show"):format(seed, text, seed))
    io.stdout:flush()
end

-- Lines that only a fault of ours makes.
local function is_fault(line)
    return line:find "^debugger: " or line:find "ERROR: %w+Sanitizer" or line:find "runtime error:" or line:find "lunette/dbg[%w_/]*%.lua:%d+:" or
        line:find "lun_internal" or line:find "error%[E6%d%d%] internal"
end

local function batch_of(from, count)
    local base = os.tmpname()
    local file <close> = assert(io.open(base, "w"))
    file:write(("assert(loadfile(%q))('cells', %q)\n"):format(driver.here .. "/fuzz/debugger.lua", base .. ".lines"))
    for seed = from, from + count - 1 do file:write(("soak(%d);\nafter(%d);\n"):format(seed, seed)) end
    file:close()
    local shell = "LUA_PATH=%s timeout -k 2 %d %s -i <%s 2>&1"
    local pipe = io.popen(shell:format(quoted(driver.here .. "/?.lua;;"), limit_s, quoted(driver.program), base))
    local seed, ended, told, last = from, 0, {}, ""
    for line in pipe:lines() do
        if driver.show then print(line) end
        seed = tonumber(line:match "^session\t(%d+)") or seed
        ended = tonumber(line:match "^ended\t(%d+)") or ended
        local wrong = line:match "^wrong\t%d+\t(.*)" or is_fault(line) and line
        if wrong and told[seed] ~= wrong then
            told[seed] = wrong
            report(seed, wrong)
        end
        last = line:find "%S" and line or last
    end
    local good, how, status = pipe:close()
    for _, ending in ipairs {"", ".lines"} do os.remove(base .. ending) end
    driver.ran = driver.ran + seed - from + 1
    if good and ended == from + count - 1 then return end
    if not told[seed] then report(seed, status == 124 and "HANGS" or ("ends the shell (%s %s): %s"):format(how, status, last)) end
    if seed < from + count - 1 then return batch_of(seed + 1, from + count - 1 - seed) end
end

local function drive()
    driver.program, driver.here = arg[1], arg[2]
    local i = 3
    while arg[i] do
        local name = arg[i]:match "^%-%-(%a+)$"
        if name == "n" or name == "seed" then
            i = i + 1
            driver[name] = math.tointeger(tonumber(arg[i])) or error("--" .. name .. " needs a whole number", 0)
        elseif name == "show" then
            driver.show = true
        else
            error("debugger [--n N] [--seed S] [--show]", 0)
        end
        i = i + 1
    end
    local started = os.time()
    for from = driver.seed, driver.seed + driver.n - 1, batch do batch_of(from, math.min(batch, driver.seed + driver.n - from)) end
    print(("%d sessions, %d wrong, %d s"):format(driver.ran, driver.wrong, os.time() - started))
    os.exit(driver.wrong == 0)
end

if ... == "cells" then cells((select(2, ...))) else drive() end
