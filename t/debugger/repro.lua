-- repro.lua - an op as a program of its own; recorded runs on disk
--
-- Read next: lib/dbg/repro.lua, lib/dbg/run_files.lua, t/debugger/session.lua. SPDX-License-Identifier: MIT
local root, build = os.getenv "LUNETTE_TEST_ROOT" or ".", os.getenv "LUNETTE_BUILD" or "build"
local session = dofile(root .. "/t/debugger/session.lua")
local tap, run, sees, not_seen = session.tap, session.run, session.sees, session.not_seen

local folder = os.tmpname()
os.remove(folder)

local function reproduced()
    local pipe = io.popen(("%s/lunette --batch %s/repro.lua 2>&1 </dev/null"):format(build, folder))
    local output = pipe:read "a"
    local good = pipe:close()
    return output, good
end

local function gone() os.execute("rm -rf '" .. folder .. "'") end

run("an error", [[
local a, b = lun.randn(32, 100), lun.randn(128, 10)
local c = a:matmul(b)]], "catch error\nc\nrepro " .. folder .. "\nq\n")
sees("catch error op:matmul", "in a clean process, too", folder .. "/repro.lua\n")
local output, good = reproduced()
tap.ok(not good and output:find "E101" and output:find "32,100" and output:find "128,10", "the same error text: " .. output)
gone()

run("behind the op", "local y = lun.randn(3):exp()", "b op:exp\nc\nfinish\nrepro " .. folder .. "\nq\n")
sees("the same results in a clean process, too")
gone()
for name, case in pairs {
    softmax = {"local x = lun.randn(3, 4):t()\nlocal y = x:softmax(2)", "op:softmax"},
    dropout = {"lun.manual_seed(7)\nlun.rand(5)\nlocal y = lun.nn.functional.dropout(lun.ones(20), 0.5)", "op:dropout"},
    cat = {"local y = lun.cat({lun.ones(2, 1), lun.randn(2, 3)}, 2)", "op:cat"},
    conv2d = {"local y = lun.nn.functional.conv2d(lun.randn(1, 2, 5, 5), lun.randn(3, 2, 3, 3), nil, {padding = 1})", "op:conv2d"},
    randn = {"lun.manual_seed(3)\nlocal y = lun.randn(4, 5)", "op:randn"},
    nan = {"local y = lun.zeros(3):log() * 0", "op:mul"},
    in_place = {"local x = lun.ones(3)\nx:add_(2)", "op:add"},
    max = {"local v, i = lun.randn(3, 4):max(2)", "op:max"},
} do
    run(name, case[1], "b " .. case[2] .. "\nc\nrepro " .. folder .. "\nq\n")
    sees("the same results in a clean process, too", folder .. "/repro.lua\n")
    output, good = reproduced()
    tap.ok(good and output:find "the same bits" and not output:find "OTHER", name .. ": its program shows the same bits")
    gone()
end
run("what cannot be", [[
local w = lun.ones(4):requires_grad_()
lun.nn.functional.dropout(w, 0.5):sum():backward()
local x = lun.ones(2)
x:mul_(3)]], "repro " .. folder .. "\nb op:dropout_mask\nc\nrepro " .. folder .. "\nd 1\nb bwd\nc\nrepro " .. folder .. "\nd 2\nb op:mul\nc\nfinish\nrepro " .. folder
    .. "\nrepro\nrepro /proc/nowhere\nc\n")
sees("repro is for a stop at an op", "is inside another op", "this is a gradient", "repro before it", "repro FOLDER", "error:")
tap.ok(not io.open(folder .. "/repro.lua"), "and nothing is written")

-- what writes in place: the state before it, which the check leaves as it is
local writing = [[
local x, y = lun.tensor {1.5, -2}, lun.tensor {4.0, 8}
x:mul_(2)
x[1]:add_(10)
lun.no_grad(function() x:copy_(y) end)
local bn = lun.nn.BatchNorm1d(2)
bn(lun.tensor {{1.0, 2}, {3, 5}})
print("x", x[1]:item(), "mean", bn.running_mean[1]:item())]]
local result = "x\t4.0\tmean\t0.2"
for _, op in ipairs {"mul_", "add_", "copy_", "batch_norm"} do
    run("before " .. op, writing, ("b op:%s\nc\nd 1\nrepro %s\nc\n"):format(op, folder))
    sees("the same results in a clean process", "/repro.lua", result)
    run("after " .. op, writing, ("b op:%s\nc\nd 1\nfinish\nrepro %s\nc\n"):format(op, folder))
    sees("the op has run and changed what it needs", result)
end
run("before mul_, again after going back", writing, ("travel on\nb op:mul_\nc\nfinish\nrsi\nrepro %s\nd 1\nb op:add_\nc\n=x[1]:item()\nc\n"):format(folder))
sees("the same results in a clean process", "3.0\n", result)

-- recorded runs on disk
local file = os.tmpname() .. ".run"
local program = [[
local nn, dbg = require "lunette.nn", require "lunette.dbg"
local net = nn.Sequential({{"fc1", nn.Linear(3, 4)}, {"act", nn.ReLU()}})
SEED
for _, p in ipairs(net:parameters()) do lun.no_grad(function() p:normal_() end) end
dbg.record "A"
local y = net(lun.ones(2, 3)) EXTRA
y:log():sum()
dbg.record(nil)
AFTER]]
local function with(seed, extra, after)
    return (program:gsub("%u%u%u+", {SEED = seed, EXTRA = extra or "", AFTER = after}))
end
run("recorded", with("lun.manual_seed(1)", "", ("dbg.save_run('A', %q)"):format(file)))
tap.is(session.output, "", "recorded: saved")
run("the same again", with("lun.manual_seed(1)", "", ("dbg.diff(%q, 'A')"):format(file)))
sees "ops agree in every bit"
run("unseeded", with("lun.manual_seed(os.time() % 1000 + 5)", "", ("dbg.diff(%q, 'A')"):format(file)))
sees("first divergence: op:linear", "a parameter f32[4,3], has other values")
run("an op too many", with("lun.manual_seed(1)", "y = y:clone()", ("dbg.diff(%q, 'A')"):format(file)))
sees("only in B: op:clone", "ops agree in every bit")
run("at a stop", "for i = 1, 2 do lun.ones(2):relu() end", "b op:relu\nc\nrecord A\nc\nrecord save A " .. file .. "\ndiff " .. file .. " A\nrecord save A\ndiff A /nowhere.run\nc\n")
sees("A is in " .. file, "ops agree", "record save NAME FILE", "No such file")
local bad = {
    ["no file of ours"] = "{\"a\": 1}\n", ["empty"] = "", ["code"] = "os.exit(3)\n", ["a record without an op"] = '{"lunette_run": 1}\n{"line": 3}\n',
    ["wrong types"] = '{"lunette_run": 1}\n{"op": 3, "phase": {}, "inputs": 5}\n', ["not JSON"] = '{"lunette_run": 1}\n{"op": \n',
    ["a print of another kind"] = '{"lunette_run": 1}\n{"op": "a", "phase": "fwd", "line": 1, "sequence": 1, "attributes": 1, "drawn": 1, "random": false, '
        .. '"failed": false, "inputs": [{"hash": "x"}], "outputs": []}\n',
}
for name, text in pairs(bad) do
    session.write(file, text)
    run(name, with("lun.manual_seed(1)", "", ("print(pcall(dbg.diff, %q, 'A'))"):format(file)))
    tap.ok(session.output:find "^false\t" and session.output:find(file:match "[^/]*$", 1, true), "refused: " .. name .. ": " .. session.output)
end
os.remove(file)
tap.done()
