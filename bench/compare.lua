-- compare.lua - runs the measurements in rounds, prints a table of medians and ratios, and writes JSON
--
--   lunette bench/compare.lua [--vs torch] [--only PATTERN] [--rounds N] [--threads N] [--device cuda] [--json FILE]
--
-- On a device the workloads are those of bench/gpu.
-- With --vs, both sides run in turn, round by round, so that a busy machine slows both; only numbers of one run may be compared.
-- LUNETTE_PROGRAM names the program that is measured, LUNETTE_PEER_PYTHON a Python that has PyTorch (./dev bench sets both).
-- Start-up is the wall time of whole processes, started from sh, so a millisecond of it belongs to sh. SPDX-License-Identifier: MIT
local lun = require "lunette"

local usage = "usage: compare.lua [--vs torch] [--only PATTERN] [--rounds N] [--threads N] [--device cuda] [--json FILE]\n"
local options = {vs = false, only = "", rounds = 3, threads = lun.get_num_threads(), device = "cpu", json = "bench.json"}
for i = 1, #arg, 2 do
    local name = arg[i]:match "^%-%-(%a+)$"
    if not name or options[name] == nil or not arg[i + 1] or name == "vs" and arg[i + 1] ~= "torch"
        or name == "device" and arg[i + 1] ~= "cpu" and arg[i + 1] ~= "cuda" then
        io.stderr:write(usage)
        os.exit(2)
    end
    options[name] = arg[i + 1]
end
local rounds, threads = math.tointeger(tonumber(options.rounds)), math.tointeger(tonumber(options.threads))
if not rounds or rounds < 1 or not threads or threads < 1 then
    io.stderr:write(usage)
    os.exit(2)
end

local here = arg[0]:match "^(.*)/[^/]*$" or "."
local function quoted(text) return "'" .. text:gsub("'", "'\\''") .. "'" end
local program = quoted(os.getenv "LUNETTE_PROGRAM" or "lunette")
local python = os.getenv "LUNETTE_PEER_PYTHON"
if options.vs and not python then
    io.stderr:write("LUNETTE_PEER_PYTHON must name a Python that has PyTorch; ./dev bench --vs torch makes one\n")
    os.exit(2)
end

local names, seen, samples = {}, {}, {lunette = {}, torch = {}}

local function add(side, name, seconds)
    if not seen[name] then
        seen[name] = true
        names[#names + 1] = name
    end
    samples[side][name] = samples[side][name] or {}
    table.insert(samples[side][name], seconds)
end

local function run(side, command)
    local handle = assert(io.popen(command))
    for line in handle:lines() do
        local name, seconds = line:match "^(%S+)\t(%S+)$"
        if name then add(side, name, tonumber(seconds)) end
    end
    if not handle:close() then error("this failed: " .. command, 0) end
end

local function start_up()
    for _, row in ipairs {{"start_lunette", program .. " -e ''"}, {"start_lua5.4", "lua5.4 -e ''"}} do
        if row[1]:find(options.only) and os.execute(row[2] .. " >/dev/null 2>&1") then
            for _ = 1, 20 do
                local from = lun.wall_clock()
                os.execute(row[2])
                add("lunette", row[1], lun.wall_clock() - from)
            end
        end
    end
end

local function run_on_cpu()
    start_up()
    run("lunette", ("%s --threads %d %s %s"):format(program, threads, quoted(here .. "/run.lua"), quoted(options.only)))
    if options.vs then
        run("torch", ("OMP_PROC_BIND=true %s %s %d %s"):format(quoted(python), quoted(here .. "/peer_torch.py"), threads, quoted(options.only)))
    end
end

local function run_on_device()
    run("lunette", ("%s %s %s"):format(program, quoted(here .. "/gpu/run.lua"), quoted(options.only)))
    if options.vs then run("torch", ("%s %s %s"):format(quoted(python), quoted(here .. "/gpu/peer_torch.py"), quoted(options.only))) end
end

for round = 1, rounds do
    io.stderr:write(("round %d of %d\n"):format(round, rounds))
    if options.device == "cuda" then run_on_device() else run_on_cpu() end
end

local function median(list)
    if not list then return nil end
    table.sort(list)
    return list[(#list + 1) // 2]
end

local function show(seconds)
    if not seconds then return "" end
    for _, unit in ipairs {{1, "s"}, {1e-3, "ms"}, {1e-6, "us"}} do
        if seconds >= unit[1] then return ("%.3g %s"):format(seconds / unit[1], unit[2]) end
    end
    return ("%.0f ns"):format(seconds * 1e9)
end

local function resident()
    local handle = io.popen(program .. [[ -e 'local s = io.open("/proc/self/status"):read "a" print(s:match "VmRSS:%s+(%d+)")']])
    local kilobytes = tonumber(handle:read "l")
    handle:close()
    return kilobytes and kilobytes / 1024
end

local records = {}
print(("%-20s %12s %12s %8s"):format("", "lunette", options.vs or "", options.vs and "ratio" or ""))
for _, name in ipairs(names) do
    local ours, theirs = median(samples.lunette[name]), median(samples.torch[name])
    print(("%-20s %12s %12s %8s"):format(name, show(ours), show(theirs), theirs and ("%.2f"):format(ours / theirs) or ""))
    records[#records + 1] = ('{"name": "%s", "lunette_s": %s, "torch_s": %s}'):format(name, ours and ("%.6g"):format(ours) or "null",
                                                                                       theirs and ("%.6g"):format(theirs) or "null")
end
local memory = resident()
if memory then print(("%-20s %9.1f MB"):format("resident memory", memory)) end

local file = assert(io.open(options.json, "w"))
file:write(('{"version": "%s", "threads": %d, "rounds": %d, "resident_mb": %s,\n "results": [\n  %s\n]}\n'):format(
           lun.version, threads, rounds, memory and ("%.1f"):format(memory) or "null", table.concat(records, ",\n  ")))
file:close()
