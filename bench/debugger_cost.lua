-- debugger_cost.lua - what the debugger costs a run that it does not stop: instructions, which a busy machine does not change, and times
--
--   lunette bench/debugger_cost.lua PROGRAM WITHOUT [PAIRS]     (./dev bench debugger [PAIRS] builds both and starts this)
--
-- WITHOUT is a build with --disable-debugger. Instructions are callgrind's, of one turn: those of a run with more turns less those of one with
-- few. Times are medians over PAIRS (60) pairs: in one process a turn unarmed, then one armed; the two programs are started in turn.
-- Read next: bench/cpu/debugger.lua (steps back), t/instructions.lua. SPDX-License-Identifier: MIT
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
function loads.gpt(counted) return (require "models".step("gpt", counted and 1 or 4)) end
-- Name, what it is, turns that are counted.
local order = {{"tiny", "500 additions of 4 numbers", 60}, {"modules", "100 calls of a small network", 30}, {"mlp", "a training step of the MLP", 10},
               {"gpt", "one of the transformer", 2}}

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

local function run_turns(name, state, turns)
    lun.manual_seed(1)
    local turn = loads[name](true)
    states[state]()
    for _ = 1, turns do turn() end
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
local function pair_turns(name, pairs_wanted)
    lun.manual_seed(1)
    local turn, plain = loads[name](), {}
    for _ = 1, 3 do turn() end
    for _, state in ipairs {"never", "nonfinite", "line"} do
        local ratios = {}
        for k = 1, pairs_wanted do
            local first = k % 2 == 0 and timed(turn) -- who goes first changes, for what the first leaves behind
            local disarm = states[state]()
            turn()
            local with = timed(turn)
            disarm()
            if not first then turn() end
            local without = first or timed(turn)
            ratios[k] = with / without
            plain[#plain + 1] = without
        end
        print(state, median(ratios))
    end
    print("seconds", median(plain))
end

local mode = arg[1]
if mode == "turns" then return run_turns(arg[2], arg[3], tonumber(arg[4])) end
if mode == "pairs" then return pair_turns(arg[2], tonumber(arg[3])) end
if mode == "seconds" then
    lun.manual_seed(1)
    local turn, list = loads[arg[2]](), {}
    for _ = 1, 3 do turn() end
    local from = lun.wall_clock()
    while lun.wall_clock() - from < 0.5 or #list < 3 do list[#list + 1] = timed(turn) end
    return print("seconds", median(list))
end

-- ---- the driver ----

local program, without, pairs_wanted = arg[1], arg[2], tonumber(arg[3] or 60)
if not without or not pairs_wanted then
    io.stderr:write "usage: debugger_cost.lua PROGRAM WITHOUT [PAIRS]\n"
    os.exit(2)
end

local function output_of(command)
    local pipe = io.popen(command .. " 2>&1")
    local text = pipe:read "a"
    if not pipe:close() then error(("this failed: %s\n%s"):format(command, text), 0) end
    return text
end

local function count_of(which, name, state, turns)
    local text = output_of(("LUNETTE_THREADS=1 LUNETTE_ISA=avx2 valgrind --tool=callgrind --callgrind-out-file=/dev/null '%s' '%s' turns %s %s %d")
        :format(which, arg[0], name, state, turns))
    return tonumber(text:match "Collected%s*:%s*(%d+)") or error(text, 0)
end

local function instructions(which, row, state)
    local few = 2
    return (count_of(which, row[1], state, few + row[3]) - count_of(which, row[1], state, few)) / row[3]
end

local function percent(ratio) return ("%+.2f %%"):format((ratio - 1) * 100) end

print "instructions (callgrind, one thread)"
for _, row in ipairs(order) do
    local base = instructions(program, row, "unarmed")
    local parts = {("%.0f with the debugger, unarmed: %s of a build without"):format(base, percent(base / instructions(without, row, "unarmed")))}
    for _, state in ipairs {"never", "nonfinite", "line"} do
        parts[#parts + 1] = ("%s %s"):format(state, percent(instructions(program, row, state) / base))
    end
    print(("  %-34s %s"):format(row[2], table.concat(parts, "; ")))
    io.stdout:flush()
end

print(("times (medians of %d pairs)"):format(pairs_wanted))
for _, row in ipairs(order) do
    local text = output_of(("'%s' '%s' pairs %s %d"):format(program, arg[0], row[1], pairs_wanted))
    local function of(name) return tonumber(text:match(name .. "\t(%S+)")) or error(text, 0) end
    local ratios = {}
    for k = 1, math.max(3, pairs_wanted // 4) do
        local function seconds(which) return tonumber(output_of(("'%s' '%s' seconds %s"):format(which, arg[0], row[1])):match "seconds\t(%S+)") end
        ratios[k] = seconds(program) / seconds(without)
    end
    print(("  %-34s %.3g ms; unarmed %s of a build without; never %s; nonfinite %s; line %s"):format(row[2], of "seconds" * 1e3,
        percent(median(ratios)), percent(of "never"), percent(of "nonfinite"), percent(of "line")))
    io.stdout:flush()
end
