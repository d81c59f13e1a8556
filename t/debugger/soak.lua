-- soak.lua - random commands at stops of a small training run: no crash, no hang, and the memory comes back
--
-- LUNETTE_SOAK is the number of sequences (each of 25 commands, in a session of its own run); a few without it. A failing seed is named.
-- Read next: t/debugger/session.lua. SPDX-License-Identifier: MIT
local root = os.getenv "LUNETTE_TEST_ROOT" or "."
local session = dofile(root .. "/t/debugger/session.lua")
local tap = session.tap

local program = [[
local nn, optim = require "lunette.nn", require "lunette.optim"
lun.manual_seed(1)
local function live()
    collectgarbage()
    collectgarbage()
    return lun.memory().live
end
local function step(net, opt, x)
    opt:zero_grad()
    local h = net(x)
    local loss = (h ^ 2):mean()
    loss:backward()
    opt:step()
    return loss
end
local function work()
    local net = nn.Sequential({{"fc1", nn.Linear(3, 4)}, {"act", nn.ReLU()}, {"drop", nn.Dropout(0.5)}, {"fc2", nn.Linear(4, 1)}})
    local opt = optim.SGD(net:parameters(), {lr = 0.1})
    local co = coroutine.wrap(function() for i = 1, 3 do coroutine.yield(step(net, opt, lun.randn(2, 3))) end end)
    for i = 1, 3 do pcall(co) end
    net:eval()
    lun.no_grad(function() net(lun.randn(2, 3)) end)
end
pcall(work)
dbg.diagnose()
dbg.off()
local before = live()
dbg.script(arg[1])
pcall(work)
dbg.script(nil)
dbg.off()
dbg.record(nil)
print("left", live() - before)]]

local commands = {
    "b op:relu", "b op:*", "b mod:fc2", "b mod:act/exit", "b name:fc1.weight", "b bwd op:linear", "b bwd", "b opt", "b step", "b work if i == 2", "tb $SCRIPT:12",
    "b op:linear if absmax(out) > 0.1 and hits > 1", "b op:mul if nothing.at.all", "rb fc*", "catch nonfinite", "catch write", "catch alias", "catch nograd", "catch rng",
    "catch mode", "catch error", "catch broadcast", "catch copy", "catch alloc>1", "watch name:fc1.weight", "trace op:linear", "cond 1 step > 1", "cond 1", "ignore 1 2",
    "disable 1", "enable 1", "d 1", "d 2", "d 3", "c", "c 2", "s", "n", "si", "ni", "sm", "nm", "finish", "until", "", "", "set unit op", "set unit line", "set unit auto",
    "bt", "up", "down", "f 2", "fwd", "in", "out", "i b", "i locals", "i params", "i grads", "i saved", "i graph -r 3", "i graph loss", "i mode", "i record", "p in1", "pt in1 -s",
    "hist in1", "disp absmax(in1)", "undisp", "set in1 = in1 * 2", "set out = out * 0", "set in1 = nil", "poke in1 = in1 * 0", "poke in1[1] = 3", "skip", "ret in1", "retry",
    "record A", "record B", "record off", "diff A B", "why out", "why nograd name:fc1.weight", "diagnose", "travel on", "travel on 0", "travel off", "rsi", "rsi 3", "rsm", "rc",
    "goto op#30", "fork", "=lun.randn(3):sum():item()", "in1 = 4", "nonsense", "error('x')", "local z = 3", "help", "help set", "catch", "commands 1", "end", "silent", "detach",
    "$gradnorm", "p $update", "load /nowhere", "q",
}

local function sequence(seed)
    math.randomseed(seed)
    local list = {"b op:linear", math.random() < 0.5 and "travel on" or "b mod:net"}
    for _ = 1, 25 do
        list[#list + 1] = commands[math.random(#commands)]
        if math.random() < 0.3 then list[#list + 1] = "c" end
    end
    return table.concat(list, "\n") .. "\n"
end

local base = os.tmpname()
local count = math.tointeger(os.getenv "LUNETTE_SOAK" or 12)
local first = math.tointeger(os.getenv "LUNETTE_SOAK_FROM" or 1)
local build = os.getenv "LUNETTE_BUILD" or "build"
session.write(base .. ".lua", "local dbg = require 'lunette.dbg'\n" .. program)
local bad = {}
for seed = first, first + count - 1 do
    session.write(base .. ".dbg", (sequence(seed):gsub("%$SCRIPT", base .. ".lua")))
    local pipe = io.popen(("timeout 120 %s/lunette --batch %s.lua %s.dbg 2>&1 </dev/null"):format(build, base, base))
    local output = pipe:read "a"
    local _, how, status = pipe:close()
    local left = output:match "left\t(%-?%d+)"
    local ended = how == "exit" and (status == 0 or status == 4 or status == 5)
    local good = ended and not output:find "Sanitizer" and (status == 5 or left == "0")
    if not good then bad[#bad + 1] = ("seed %d: %s %d, left %s: %s"):format(seed, how, status, left or "?", output:sub(-600)) end
end
if #bad == 0 then tap.ok(true, count .. " sequences of random commands") else tap.fail("random commands", table.unpack(bad, 1, 5)) end
for _, ending in ipairs {"", ".lua", ".dbg"} do os.remove(base .. ending) end
tap.done()
