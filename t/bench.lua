-- bench.lua - bench/compare.lua: what it refuses before it measures, and what it prints and writes beside a peer whose figures are known
--
-- The peer is a shell script that answers as bench/torch would. Read next: bench/options.lua, bench/report.lua.
-- SPDX-License-Identifier: MIT
local tap, scratch = require "tap", require "scratch"
local root, program = os.getenv "LUNETTE_TEST_ROOT" or ".", (os.getenv "LUNETTE_BUILD" or ".") .. "/lunette"

local function bench(words, environment)
    local command = ("cd '%s' && LUNETTE_PROGRAM='%s' LUNETTE_BENCH_SMALL=1 %s '%s' '%s/bench/compare.lua' %s 2>&1; echo status $?"):format(
        scratch.folder, program, environment or "", program, root, words)
    local pipe = assert(io.popen(command))
    local said = pipe:read "a"
    pipe:close()
    return said
end

for words, problem in pairs {
    ["--threads 0"] = "'0' is no number of threads from 1 to 256", ["--threads 1,,2"] = "'' is no number of threads",
    ["--threads 2.5"] = "'2.5' is no number of threads", ["--vs foo"] = "there is no peer 'foo': torch, keras, jax, ort",
    ["--vs torch,torch"] = "'torch' stands twice", ["--only '['"] = "'[' is no pattern", ["--only"] = "--only needs a value",
    ["--rounds 0"] = "'0' is no number of rounds", ["--vs=torch"] = "there is no option '--vs=torch'",
    ["--history x.csv"] = "--history keeps ratios to PyTorch", ["--vs torch --commit a,b"] = "'a,b' is no name of a commit",
    ["--json /nowhere/x"] = "--json: cannot be written: /nowhere/x: No such file", ["--device cuba"] = "'cuba' is not cpu or cuda",
} do
    local said = bench(words)
    tap.ok(said:find(problem, 1, true) and said:find "status 2" and not said:find "round 1", words .. " is refused at once: " .. said:match "[^\n]*")
end
local said = bench "--only no_such_workload"
tap.ok(said:find("no workload has 'no_such_workload'", 1, true) and said:find "status 1", "so is a pattern that no workload has, after a round")
tap.ok(bench("--peers --vs torch,ort"):find "^torch\nort\nstatus 0", "--peers tells who is needed, and runs nothing")
tap.ok(bench("--vs ort --only x", "LUNETTE_PEER_PYTHON_ORT="):find "LUNETTE_PEER_PYTHON_ORT must name a Python that has ort", "a peer without a Python")

-- Half of what one thread takes on two.
local peer = scratch.write("peer", [[
#!/bin/sh
case "$1" in
*/dispatch.py) printf 'dispatch_item\t%se-6\ts\n' $((4 / $2)) ;;
*) echo "$1 was not asked for" ;;
esac
]])
os.execute("chmod +x '" .. peer .. "'")
said = bench("--vs torch --only '^dispatch_item$|^dispatch_empty1$' --rounds 2 --threads 1,2 --json out.json --history history.csv --commit abc",
             "LUNETTE_PEER_PYTHON='" .. peer .. "'")
tap.ok(said:find "status 0" and not said:find "was not asked for", "a run beside a peer, which starts only where we have workloads")
tap.ok(said:find "dispatch_item +%S+ %S+ +2 us +[%d.]+ %([%d.]+%-[%d.]+%)", "its better thread count, the ratio and its range")
tap.ok(not said:find "required", "no bars without their workloads")
local json = scratch.read "out.json"
tap.ok(json:find('"threads": [1, 2], "rounds": 2', 1, true), "the JSON tells threads and rounds")
local ours, ratio = json:match '"name": "dispatch_item", "unit": "s", "lunette": (%S+), "torch": {"median": 2e%-06, "ratio": (%S+), "least": %S+, "most": %S+}}'
tap.ok(ours and math.abs(tonumber(ours) / 2e-6 / tonumber(ratio) - 1) < 0.5, "and for each workload both medians and the ratio with its range")
tap.ok(json:find '"name": "dispatch_empty1", "unit": "s", "lunette": %S+}', "a workload that the peer lacks has none")
local commit, line = scratch.read "history.csv":match "^commit,workload,ratio\n(%w+),dispatch_item,([%d.e-]+)\n$"
tap.ok(commit == "abc" and math.abs(tonumber(line) / tonumber(ratio) - 1) < 1e-2, "a line of history: commit, workload, ratio")
for _, name in ipairs {"abd", "abc"} do
    bench("--vs torch --only '^dispatch_item$' --rounds 1 --history history.csv --commit " .. name, "LUNETTE_PEER_PYTHON='" .. peer .. "'")
end
local lines = scratch.read "history.csv"
tap.ok(lines:find "^commit,workload,ratio\nabd,dispatch_item,[%d.e-]+\nabc,dispatch_item,[%d.e-]+\n$", "one for a workload and commit: " .. lines)
tap.done()
