-- compare.lua - runs the measurements in rounds, prints a table of medians and ratios beside the bars, and writes JSON
--
--   lunette bench/compare.lua [--vs torch] [--only PATTERN] [--rounds N] [--threads N,...] [--compiled yes] [--device cuda] [--json FILE]
--       [--history FILE --commit NAME]
--
-- With --vs, both sides run each file of workloads in turn, round by round, so that a busy machine slows both; a ratio is taken within a
-- round, and only numbers of one run may be compared. Lunette uses the last of --threads, the peer each of them, and its best counts.
-- --history appends "commit,workload,ratio" lines. On a device the workloads are those of bench/gpu.
-- LUNETTE_PROGRAM names the program that is measured, LUNETTE_PEER_PYTHON a Python that has PyTorch (./dev bench sets both).
-- Start-up is the wall time of whole processes, started from sh, so a millisecond of it belongs to sh.
-- Read next: bench/report.lua, bench/bars.lua, bench/measure.lua. SPDX-License-Identifier: MIT
local lun = require "lunette"
local here = arg[0]:match "^(.*)/[^/]*$" or "."
package.path = here .. "/?.lua;" .. package.path
local report = require "report"

local function usage()
    io.stderr:write [[
usage: compare.lua [--vs torch] [--only PATTERN] [--rounds N] [--threads N,...] [--compiled yes] [--device cuda] [--json FILE]
                   [--history FILE --commit NAME]
]]
    os.exit(2)
end

local options = {only = "", rounds = "3", threads = "1," .. lun.get_num_threads(), device = "cpu", json = "bench.json"}
local known = {vs = "torch", only = ".*", rounds = "[1-9]%d*", threads = "[%d,]*%d", compiled = "yes", device = "c[pu][ud]a?", json = ".+",
               history = ".+", commit = ".+"}
for i = 1, #arg, 2 do
    local name = arg[i]:match "^%-%-(%a+)$"
    if not known[name] or not (arg[i + 1] or ""):find("^" .. known[name] .. "$") then usage() end
    options[name] = arg[i + 1]
end
local threads = {}
for count in options.threads:gmatch "%d+" do threads[#threads + 1] = tonumber(count) end

arg[1] = options.only -- measure.wanted reads it
local wanted = require "measure".wanted
local function quoted(text) return "'" .. text:gsub("'", "'\\''") .. "'" end
local program = quoted(os.getenv "LUNETTE_PROGRAM" or "lunette")
local python = os.getenv "LUNETTE_PEER_PYTHON"
if options.vs and not python then
    io.stderr:write("LUNETTE_PEER_PYTHON must name a Python that has PyTorch; ./dev bench --vs torch makes one\n")
    os.exit(2)
end
local ours = ("LUNETTE_BENCH_COMPILED=%d LUA_PATH=%s %s"):format(options.compiled and 1 or 0, quoted(here .. "/?.lua;;"), program)
local theirs = ("LUNETTE_BENCH_COMPILED=%d PYTHONPATH=%s OMP_PROC_BIND=true %s"):format(options.compiled and 1 or 0, quoted(here .. "/torch"),
                                                                                       quoted(python or "python3"))

-- Runs a command that tells workloads, and hands each to the report as the figure of `side` in `round`.
local function run(round, side, command)
    local handle = assert(io.popen(command))
    for line in handle:lines() do
        local name, value, unit = line:match "^(%S+)\t(%S+)\t(%S+)$"
        if name then report.add(round, side, name, tonumber(value), unit) end
    end
    if not handle:close() then error("this failed: " .. command, 0) end
end

local function seconds_of(command)
    local from = lun.wall_clock()
    return os.execute(command .. " >/dev/null 2>&1") and lun.wall_clock() - from
end

local memory = [[local s = io.open("/proc/self/status"):read "a" print("startup_memory\t" .. s:match "VmHWM:%s+(%d+)" / 1024 .. "\tMB")]]
local function start_up(round)
    local peer = options.vs and theirs .. " -c 'import torch; torch.ones(1) + 1'"
    for _, row in ipairs {{"startup_empty", program .. " -e ''", "lua5.4 -e ''"},
                          {"startup_first_op", program .. " -e 'local _ = lun.ones(1) + 1'", peer}} do
        if wanted(row[1]) then
            for side, command in pairs {lunette = row[2], peer = row[3] or nil} do
                local samples = {}
                for i = 1, side == "peer" and row[3] == peer and 1 or 20 do samples[i] = seconds_of(command) end
                if samples[1] then report.add(round, side, row[1], report.median(samples), "s") end
            end
        end
    end
    if wanted "startup_memory" then
        run(round, "lunette", program .. " -e " .. quoted("local _ = lun.ones(1) + 1 " .. memory))
        if options.vs then
            local told = 'import torch; torch.ones(1) + 1; import measure; measure.tell("startup_memory", measure.peak_memory(), "MB")'
            run(round, "peer", ("%s -c %s 1"):format(theirs, quoted(told)))
        end
    end
end

local function both(round, file, only)
    run(round, "lunette", ("%s --threads %d %s %s"):format(ours, threads[#threads], quoted(("%s/cpu/%s.lua"):format(here, file)), quoted(only)))
    if options.vs then
        for _, count in ipairs(threads) do
            run(round, "peer", ("%s %s %d %s"):format(theirs, quoted(("%s/torch/%s.py"):format(here, file)), count, quoted(only)))
        end
    end
end

local function on_cpu(round)
    start_up(round)
    for _, file in ipairs {"dispatch", "elementwise", "reductions", "products", "convolutions", "training"} do both(round, file, options.only) end
    run(round, "lunette", ("%s --threads %d %s %s"):format(ours, threads[#threads], quoted(here .. "/cpu/debugger.lua"), quoted(options.only)))
    for _, name in ipairs {"mem_tmp10000", "mem_peak_mlp", "mem_peak_gpt", "data_epoch_60000x784"} do
        if wanted(name) then both(round, "memory", name) end
    end
end

local function on_device(round)
    run(round, "lunette", ("%s %s %s"):format(ours, quoted(here .. "/gpu/run.lua"), quoted(options.only)))
    if options.vs then run(round, "peer", ("%s %s cuda %s"):format(theirs, quoted(here .. "/gpu/peer_torch.py"), quoted(options.only))) end
end

for round = 1, tonumber(options.rounds) do
    io.stderr:write(("round %d of %d\n"):format(round, options.rounds))
    if options.device == "cuda" then on_device(round) else on_cpu(round) end
end
report.print(options.vs)
if options.device == "cpu" and options.vs then report.print_bars() end
report.write_json(options.json, {version = lun.version, threads = threads[#threads], rounds = tonumber(options.rounds)})
if options.history then report.append_history(options.history, options.commit or lun.version) end
