-- debugger_cost.lua - what the debugger costs: a run that it does not stop, beside PyTorch's ways to look for NaN; a stop; a way back
--
--   lunette bench/debugger_cost.lua PROGRAM WITHOUT [PAIRS] [PATTERN]     (./dev bench debugger [PAIRS] [PATTERN] builds both and starts this)
--
-- WITHOUT is a build with --disable-debugger. PATTERN picks parts: instructions, times, torch, stops, scenarios. Instructions are callgrind's, of one
-- turn: those of a run with more turns less those of one with few. Valgrind computes fused products in software, ten times slower than all
-- else, so what watching adds is counted with OpenBLAS's kernels for Sandybridge, which have none, and divided by a turn with the usual ones.
-- Times are medians over PAIRS (40; a tenth of them for the transformer) of a turn unarmed and one armed, in turn, in one process.
-- Read next: bench/torch/debugger.py, bench/cpu/debugger.lua (steps back), t/instructions.lua. SPDX-License-Identifier: MIT
local lun = require "lunette"
local here = arg[0]:match "^(.*)/[^/]*$" or "."
package.path = here .. "/?.lua;" .. package.path

-- ---- what runs ----

local loads = {}
function loads.tiny()
    local a, b = lun.ones(4), lun.ones(4)
    return function()
        for _ = 1, 500 do local _ = a + b end
    end
end
function loads.modules()
    local net, x = lun.nn.Sequential(lun.nn.Linear(4, 4), lun.nn.ReLU(), lun.nn.Linear(4, 4)), lun.ones(2, 4)
    return function()
        for _ = 1, 100 do local _ = net(x) end
    end
end
function loads.mlp() return (require "models".step "mlp") end
function loads.gpt(counted) return (require "models".step("gpt", counted and 1 or 16)) end
-- Name, what it is, turns that are counted, and of those with the usual products.
local order = {{"tiny", "500 additions of 4 numbers", 60, 60}, {"modules", "100 calls of a small network", 30, 10},
               {"mlp", "a training step of the MLP", 10, 1}, {"gpt", "one of the transformer", 2, 1}}

-- What is armed; each gives the function that disarms.
local function armed(place)
    return function()
        place(require "lunette.dbg.breaks".add)
        return require "lunette.dbg".off
    end
end
local states = {
    unarmed = function() return function() end end,
    loaded = armed(function() end),
    never = armed(function(add)
        add("op:cholesky", {})
        add("mod:nowhere", {})
        add("op:linear", {cond = "ndim(in1) > 7"})
    end),
    nonfinite = armed(function(add) add("nonfinite", {}) end),
    line = armed(function(add) add("nowhere.lua:1", {}) end),
}

-- ---- in a process of its own ----

local modes = {}

function modes.turns(name, state, turns)
    lun.manual_seed(1)
    local turn = loads[name](true)
    states[state]()
    for _ = 1, tonumber(turns) do turn() end
end

local function timed(turn)
    local from = lun.wall_clock()
    turn()
    return lun.wall_clock() - from
end

local function median(list)
    table.sort(list)
    return (list[(#list + 1) // 2] + list[#list // 2 + 1]) / 2
end

-- Prints the seconds of an unarmed turn and, of each state, how many times as long a turn takes: medians over pairs.
function modes.pairs(name, pairs_wanted)
    lun.manual_seed(1)
    local turn, plain = loads[name](), {}
    for _ = 1, 3 do turn() end
    for _, state in ipairs {"never", "nonfinite", "line"} do
        local ratios = {}
        for k = 1, tonumber(pairs_wanted) do
            local first = k % 2 == 0 and timed(turn) -- who goes first changes, for what the first leaves behind
            local disarm = states[state]()
            if name ~= "gpt" then turn() end
            local with = timed(turn)
            disarm()
            if not first and name ~= "gpt" then turn() end
            local without = first or timed(turn)
            ratios[k] = with / without
            plain[#plain + 1] = without
        end
        print(state, median(ratios))
    end
    print("seconds", median(plain))
end

function modes.seconds(name)
    lun.manual_seed(1)
    local turn, list = loads[name](), {}
    for _ = 1, 2 do turn() end
    local from = lun.wall_clock()
    while lun.wall_clock() - from < 0.25 or #list < 3 do list[#list + 1] = timed(turn) end
    print("seconds", median(list))
end

-- A stop with its banner; a compiled condition, a million times, less one that never comes so far; a gigabyte in one line.
function modes.stops()
    local dbg, look = require "lunette.dbg", require "lunette.dbg.look"
    local breaks = require "lunette.dbg.breaks"
    local x, sink, n = lun.rand(64, 256), look.sink, 0
    look.sink = function() end
    function dbg.ask() n = n + 1 end
    breaks.add("op:relu", {})
    local seconds = timed(function()
        for _ = 1, 200 do x:relu() end
    end)
    look.sink = sink
    print("stop", seconds / n)
    dbg.off()
    local turn = loads.tiny()
    local function rounds()
        for _ = 1, 400 do turn() end
    end
    rounds()
    local plain = timed(rounds)
    breaks.add("op:add", {cond = "min(in1) > 2"})
    print("condition", (timed(rounds) - plain) / 200000)
    dbg.off()
    local large, times = lun.rand(2 ^ 28), {}
    for k = 1, 3 do
        large[k] = 0.5 -- another content, so that nothing is remembered
        times[k] = timed(function() look.first_line(large) end)
    end
    print("gigabyte", median(times))
    print("exact", timed(function() require "lunette.dbg_core".measure("absmax", large) end))
end

if modes[arg[1]] then return modes[arg[1]](table.unpack(arg, 2)) end

-- ---- the driver ----

local program, without, pairs_wanted, pattern = arg[1], arg[2], tonumber(arg[3] or 40), arg[4] or ""
if not without or not pairs_wanted then
    io.stderr:write "usage: debugger_cost.lua PROGRAM WITHOUT [PAIRS] [PATTERN]\n"
    os.exit(2)
end

local function output_of(command)
    local pipe = io.popen(command .. " 2>&1")
    local text = pipe:read "a"
    if not pipe:close() then error(("this failed: %s\n%s"):format(command, text), 0) end
    return text
end

local function row(what, value, bar, more) print(("  %-66s %10s  %-22s %s"):format(what, value, bar or "", more or "")) io.stdout:flush() end
local function percent(ratio) return ("%+.2f %%"):format((ratio - 1) * 100) end
local function ms(seconds) return ("%.3g ms"):format(seconds * 1e3) end
local bars = {unarmed = "<= 0.5 %", never = "<= 2 %", nonfinite = "<= 15 %, aim 5 %", line = "<= 5 %"}
local told = {unarmed = "unarmed, of a build without the debugger", never = "breakpoints that never match", nonfinite = "catch nonfinite",
              line = "a line of a function that is not called"}
local parts = {}

local callgrind = "LUNETTE_THREADS=1 LUNETTE_ISA=avx2 %s valgrind --tool=callgrind --callgrind-out-file=/dev/null '%s' '%s' turns %s %s %d 2>&1"
local function count_started(which, name, state, turns, coretype)
    return io.popen(callgrind:format("OPENBLAS_CORETYPE=" .. coretype, which, arg[0], name, state, turns))
end

-- Of one turn: two processes at a time, few turns and more.
local function instructions(which, load, state, more, coretype)
    local few, counts = 1, {}
    local started = {count_started(which, load, state, few, coretype), count_started(which, load, state, few + more, coretype)}
    for k, pipe in ipairs(started) do
        local text = pipe:read "a"
        pipe:close()
        counts[k] = tonumber(text:match "Collected%s*:%s*(%d+)") or error(text, 0)
    end
    return (counts[2] - counts[1]) / more
end

function parts.instructions()
    print "instructions of one turn (callgrind, one thread)"
    for _, load in ipairs(order) do
        local whole = instructions(program, load[1], "unarmed", load[4], "Haswell")
        local unarmed = instructions(program, load[1], "unarmed", load[3], "Sandybridge")
        local function added(state, which) return instructions(which or program, load[1], state, load[3], "Sandybridge") - unarmed end
        row(("%s: %.0f"):format(load[2], whole), "")
        row("    " .. told.unarmed, percent(1 - added("unarmed", without) / whole), bars.unarmed)
        for _, state in ipairs {"never", "nonfinite", "line"} do
            row("    " .. told[state], percent(1 + added(state) / whole), bars[state])
        end
    end
end

local function ratios_of(text)
    return function(name) return tonumber(text:match("%f[^\n\0]" .. name .. "\t(%S+)")) or error(text, 0) end
end

local function alone(which, load) return ratios_of(output_of(("LUNETTE_THREADS=1 '%s' '%s' seconds %s"):format(which, arg[0], load)))("seconds") end

function parts.times()
    print(("times, one thread (medians of %d pairs, of the transformer %d)"):format(pairs_wanted, math.max(5, pairs_wanted // 8)))
    for _, load in ipairs(order) do
        local count = load[1] == "gpt" and math.max(5, pairs_wanted // 8) or pairs_wanted
        local of = ratios_of(output_of(("LUNETTE_THREADS=1 '%s' '%s' pairs %s %d"):format(program, arg[0], load[1], count)))
        local ratios = {}
        for k = 1, math.max(3, count // 5) do ratios[k] = alone(program, load[1]) / alone(without, load[1]) end
        row(("%s: %s"):format(load[2], ms(of "seconds")), "")
        row("    " .. told.unarmed, percent(median(ratios)), bars.unarmed)
        for _, state in ipairs {"never", "nonfinite", "line"} do row("    " .. told[state], percent(of(state)), bars[state]) end
    end
end

local function peer()
    local python = os.getenv "LUNETTE_PEER_PYTHON"
    if not python then return nil end
    return output_of(("PYTHONPATH='%s/torch:%s/peers' PYTHONDONTWRITEBYTECODE=1 '%s' '%s/torch/debugger.py' 1 %d"):format(here, here, python, here,
        pairs_wanted))
end

function parts.torch()
    local text = peer()
    if not text then return row("no PyTorch: LUNETTE_PEER_PYTHON names a Python that has it", "") end
    print "the same in PyTorch, one thread"
    local of = ratios_of(text)
    for _, name in ipairs {"mlp", "gpt"} do
        row(("%s: %s"):format(name == "mlp" and "a training step of the MLP" or "one of the transformer", ms(of(name .. " seconds"))), "")
        row("    nothing, against itself (the noise of this run)", percent(of(name .. " nothing")))
        row("    a TorchDispatchMode that looks at each result", percent(of(name .. " checker")))
        row("    detect_anomaly", percent(of(name .. " anomaly")))
    end
    row("the same statistics of a gigabyte, five calls", ms(of "gigabyte seconds"))
end

function parts.stops()
    print "stops and the way back"
    local of = ratios_of(output_of(("'%s' '%s' stops"):format(program, arg[0])))
    row("from an op to the prompt, with its banner (a result of 64 KB)", ms(of "stop"), "< 5 ms")
    row("a compiled condition at an op of 4 numbers", ("%.0f ns"):format(of "condition" * 1e9), "< 1000 ns")
    row("a gigabyte in one line, with its statistics (of a sample)", ms(of "gigabyte"), "< 50 ms")
    row("statistics of all of it, for a condition", ms(of "exact"))
    local back = ratios_of(output_of(("LUA_PATH='%s/?.lua;;' '%s' '%s/cpu/debugger.lua' 'hooks_forward|hooks_reverse'"):format(here, program, here)))
    local forward, reverse = back "hooks_forward_mlp" / 20, back "hooks_reverse_mlp" / 20
    row("a step back in the MLP", ms(reverse), "< a forward pass", ("a forward pass: %s"):format(ms(forward)))
end

-- What the tests of the debugger noted: "FILE: NAME" and seconds of each session.
function parts.scenarios()
    local noted, root = os.tmpname(), here .. "/.."
    local files = {"scenarios", "stories", "places", "conditions", "look", "steps", "travel", "diff", "repro", "bugs"}
    print "sessions of t/debugger, from starting the program to its end"
    for _, name in ipairs(files) do
        local list, slowest, sum = {}, {0, ""}, 0
        os.remove(noted)
        output_of(("LUNETTE_TIMES='%s' LUNETTE_TEST_ROOT='%s' LUNETTE_BUILD='%s' '%s' '%s/t/debugger/%s.lua'"):format(noted, root,
            program:match "^(.*)/", program, root, name))
        for line in io.lines(noted) do
            local what, seconds = line:match "^(.*)\t(%S+)$"
            list[#list + 1], sum = tonumber(seconds), sum + tonumber(seconds)
            if list[#list] > slowest[1] then slowest = {list[#list], what} end
        end
        row(("%s: %d"):format(name, #list), ms(median(list)), ("%.1f s in all"):format(sum), ("slowest %s: %s"):format(ms(slowest[1]), slowest[2]))
    end
    os.remove(noted)
end

for _, name in ipairs {"instructions", "times", "torch", "stops", "scenarios"} do
    local from = lun.wall_clock()
    if name:find(pattern) then
        parts[name]()
        print(("  (%s: %.0f s)"):format(name, lun.wall_clock() - from))
    end
end
