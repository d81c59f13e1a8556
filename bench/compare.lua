-- compare.lua - runs the measurements in rounds, prints a table of medians and ratios beside the bars, and writes JSON
--
--   lunette bench/compare.lua [--vs torch,keras,jax,ort] [--only PATTERN] [--rounds N] [--threads N,...] [--compiled yes]
--       [--device cuda] [--json FILE] [--history FILE --commit NAME]
--
-- With --vs, both sides run each file of workloads in turn, round by round, so that a busy machine slows both; a ratio is taken within a
-- round, and only numbers of one run may be compared. Lunette uses the last of --threads, the peer each of them, and its best counts.
-- --history writes "commit,workload,ratio" lines; like the bars, they are about PyTorch, the first peer. On a device the workloads are those of
-- bench/gpu. LUNETTE_PROGRAM names the program that is measured, LUNETTE_PEER_PYTHON a Python that has PyTorch and LUNETTE_PEER_PYTHON_JAX
-- and so on one for each other peer (./dev bench sets them). A peer runs those files of workloads that it has in its folder.
-- Start-up is the wall time of whole processes, started from sh, so a millisecond of it belongs to sh.
-- --peers before the other words only tells the peers that they name: ./dev bench installs those.
-- Read next: bench/options.lua, bench/report.lua, bench/bars.lua, bench/measure.lua. SPDX-License-Identifier: MIT
local lun = require "lunette"
local here = arg[0]:match "^(.*)/[^/]*$" or "."
package.path = here .. "/?.lua;" .. package.path
local report = require "report"

local asked, problem = require "options".read(arg[1] == "--peers" and table.move(arg, 2, #arg, 1, {}) or arg)
if not asked then
    io.stderr:write("bench: ", problem, [[

usage: compare.lua [--vs torch,keras,jax,ort] [--only PATTERN] [--rounds N] [--threads N,...] [--compiled yes] [--device cuda] [--json FILE]
                   [--history FILE --commit NAME]
]])
    os.exit(2)
end
if arg[1] == "--peers" then
    print(table.concat(asked.peers, "\n"))
    os.exit(true)
end
local threads, json = asked.threads, asked.json or "bench.json"

arg[1] = asked.only -- measure.wanted reads it
local wanted = require "measure".wanted
local function quoted(text) return "'" .. text:gsub("'", "'\\''") .. "'" end
local program = quoted(os.getenv "LUNETTE_PROGRAM" or "lunette")
local ours = ("LUNETTE_BENCH_COMPILED=%d LUA_PATH=%s %s"):format(asked.compiled and 1 or 0, quoted(here .. "/?.lua;;"), program)

-- The peers: their Python, what binds their threads (PyTorch's are bound; others' would inherit one core), what a start-up is.
local peers, first_op = {}, {torch = "import torch; torch.ones(1) + 1", jax = "import jax; jax.numpy.ones(1) + 1",
                             keras = "import tensorflow; tensorflow.ones(1) + 1"}
for i, name in ipairs(asked.peers) do
    local variable = name == "torch" and "LUNETTE_PEER_PYTHON" or "LUNETTE_PEER_PYTHON_" .. name:upper()
    local python = os.getenv(variable)
    if not python or python == "" then
        io.stderr:write(("%s must name a Python that has %s; ./dev bench --vs %s makes one\n"):format(variable, name, name))
        os.exit(2)
    end
    local path = ("%s/%s:%s/peers"):format(here, name, here)
    peers[i] = {name = name, python = ("LUNETTE_BENCH_COMPILED=%d PYTHONPATH=%s PYTHONDONTWRITEBYTECODE=1 %s%s"):format(
        asked.compiled and 1 or 0, quoted(path), name == "torch" and "OMP_PROC_BIND=true " or "", quoted(python))}
end

-- Runs a command that tells workloads, and hands each to the report as the figure of `side` in `round`. How many there were.
local function run(round, side, command)
    local handle, count = assert(io.popen(command)), 0
    for line in handle:lines() do
        local name, value, unit = line:match "^(%S+)\t(%S+)\t(%S+)$"
        if name then
            report.add(round, side, name, tonumber(value), unit)
            count = count + 1
        end
    end
    if not handle:close() then error("this failed: " .. command, 0) end
    return count
end

local function seconds_of(command)
    local from = lun.wall_clock()
    return os.execute(command .. " >/dev/null 2>&1") and lun.wall_clock() - from
end

local memory = [[local s = io.open("/proc/self/status"):read "a" print("startup_memory\t" .. s:match "VmHWM:%s+(%d+)" / 1024 .. "\tMB")]]
local function start_up(round)
    local function time(side, name, command, count)
        local samples = {}
        for i = 1, wanted(name) and count or 0 do samples[i] = seconds_of(command) end
        if samples[1] then report.add(round, side, name, report.median(samples), "s") end
    end
    time("lunette", "startup_empty", program .. " -e ''", 20)
    time("lua5.4", "startup_empty", "lua5.4 -e ''", 20)
    time("lunette", "startup_first_op", program .. " -e 'local _ = lun.ones(1) + 1'", 20)
    if wanted "startup_memory" then run(round, "lunette", program .. " -e " .. quoted("local _ = lun.ones(1) + 1 " .. memory)) end
    for _, peer in ipairs(peers) do
        local code = first_op[peer.name]
        if code then time(peer.name, "startup_first_op", ("%s -c %s"):format(peer.python, quoted(code)), 1) end
        if code and wanted "startup_memory" then
            local told = code .. '; import timing; timing.tell("startup_memory", timing.peak_memory(), "MB")'
            run(round, peer.name, ("%s -c %s 1"):format(peer.python, quoted(told)))
        end
    end
end

-- A peer has none but our workloads, so where we told none it need not start.
local function both(round, file, only)
    local command = ("%s --threads %d %s %s"):format(ours, threads[#threads], quoted(("%s/cpu/%s.lua"):format(here, file)), quoted(only))
    local count = run(round, "lunette", command)
    for _, peer in ipairs(count > 0 and peers or {}) do
        local path = ("%s/%s/%s.py"):format(here, peer.name, file)
        local has = io.open(path)
        if has then has:close() end
        for _, count in ipairs(has and threads or {}) do
            run(round, peer.name, ("%s %s %d %s"):format(peer.python, quoted(path), count, quoted(only)))
        end
    end
end

local function on_cpu(round)
    start_up(round)
    for _, file in ipairs {"dispatch", "elementwise", "reductions", "products", "convolutions", "training"} do both(round, file, asked.only) end
    run(round, "lunette", ("%s --threads %d %s %s"):format(ours, threads[#threads], quoted(here .. "/cpu/debugger.lua"), quoted(asked.only)))
    for _, name in ipairs {"mem_tmp10000", "mem_gpt_step", "mem_peak_mlp", "mem_peak_gpt", "data_epoch_60000x784"} do
        if wanted(name) then both(round, "memory", name) end
    end
end

local function on_device(round)
    run(round, "lunette", ("%s %s %s"):format(ours, quoted(here .. "/gpu/run.lua"), quoted(asked.only)))
    if peers[1] then
        run(round, peers[1].name, ("%s %s cuda %s"):format(peers[1].python, quoted(here .. "/gpu/peer_torch.py"), quoted(asked.only)))
    end
end

for round = 1, asked.rounds do
    io.stderr:write(("round %d of %d\n"):format(round, asked.rounds))
    if asked.device == "cuda" then on_device(round) else on_cpu(round) end
    if report.count() == 0 then
        io.stderr:write(("bench: no workload has '%s' in its name\n"):format(asked.only))
        os.exit(1)
    end
end
report.print(asked.peers)
if asked.device == "cpu" and asked.peers[1] == "torch" then report.print_bars() end
report.write_json(json, {version = lun.version, threads = threads, rounds = asked.rounds, peers = asked.peers})
if asked.history then report.write_history(asked.history, asked.commit) end
