-- sessions.lua - debugging sessions by chance: a small program and the lines typed at its stops
--
-- sessions.make(seed) -> {program = name, lines = {...}, whole = may the run be gone back in as a whole, same = true when no line may move a
-- bit of it: they look, or go back and forth}. sessions.programs[name]()
-- runs one program and gives numbers that depend on every bit of it. Holds: the same seed gives the same session.
-- Read next: debugger.lua. SPDX-License-Identifier: MIT
local lun = require "lunette"
local nn, optim, F = require "lunette.nn", require "lunette.optim", require("lunette.nn").functional

local sessions = {programs = {}}
local programs = sessions.programs

-- ---- programs: a few stops' worth of what people write ----

local function trained(net, optimizer, x, steps, loss_of)
    local sum = 0
    for _ = 1, steps do
        optimizer:zero_grad()
        local loss = loss_of(net(x))
        loss:backward()
        optimizer:step()
        sum = sum + loss:item()
    end
    return sum
end

function programs.mlp()
    local net = nn.Sequential({{"fc1", nn.Linear(3, 4)}, {"act", nn.ReLU()}, {"drop", nn.Dropout(0.5)}, {"fc2", nn.Linear(4, 1)}})
    local sum = trained(net, optim.SGD(net:parameters(), {lr = 0.1, momentum = 0.9}), lun.randn(2, 3), 2, function(y) return (y ^ 2):mean() end)
    net:eval()
    return sum, lun.no_grad(function() return net(lun.randn(2, 3)):sum():item() end)
end

function programs.coroutines()
    local net = nn.Sequential(nn.Linear(3, 3), nn.BatchNorm1d(3), nn.Tanh())
    local optimizer = optim.Adam(net:parameters(), {lr = 0.1})
    local steps = coroutine.wrap(function()
        for _ = 1, 2 do coroutine.yield(trained(net, optimizer, lun.randn(4, 3), 1, function(y) return y:sum() end)) end
    end)
    local sum = 0
    for _ = 1, 2 do
        local ok, value = pcall(steps)
        sum = sum + (ok and value or 0)
    end
    return sum
end

local Cached = nn.Module:extend "Cached"
function Cached:init()
    self.q = nn.Linear(4, 4)
    self.calls = 0
end
function Cached:forward(x)
    local guard <close> = setmetatable({}, {__close = function() self.closed = (self.closed or 0) + 1 end})
    self.calls = self.calls + 1
    local n = x.shape[1]
    if not self.mask then self.mask = lun.ones(n, n):triu(1):bool() end
    local h = self.q(x)
    local ok, w = pcall(function() return (h:matmul(h:t()) / 2):masked_fill(self.mask, -math.huge):softmax(2) end)
    self.memory = self.memory and lun.cat({self.memory, x:detach()}, 1) or x:detach()
    return ok and w:matmul(h) + self.memory:mean() or h
end

function programs.attention()
    local net = nn.Sequential({{"a", Cached()}, {"b", Cached()}, {"norm", nn.LayerNorm(4)}})
    local sum = 0
    for _ = 1, 2 do sum = sum + net(lun.randn(3, 4)):abs():sum():item() end
    return sum, net.a.calls, net.b.closed
end

function programs.in_place()
    local Net = nn.Module:extend "Net"
    function Net:forward(x)
        local h = x * 2
        h:add_(1)
        x:mul_(0.5)
        h[1] = lun.zeros(3)
        return h:relu():add_(x)
    end
    local x, net = lun.randn(2, 3), Net()
    return lun.no_grad(function() return net(x):sum():item() + net(x):sum():item() end), x:sum():item()
end

function programs.errors()
    local net = nn.Sequential(nn.Linear(3, 4), nn.Linear(5, 1))
    local ok = pcall(net, lun.randn(2, 3))
    local sorted = {3, 1, 2}
    table.sort(sorted, function(a, b) return lun.tensor {a + 0.0}:item() < b end)
    local caught = select(2, xpcall(function() return lun.ones(2):matmul(lun.ones(3)) end, function(why) return tostring(why) end))
    return ok and 1 or 0, #caught, sorted[1]
end

function programs.gradients()
    local x = lun.zeros(3):requires_grad_()
    ;(x * x):sum():sqrt():backward()
    local y = lun.randn(2, 2):requires_grad_()
    local g = lun.autograd.grad((y ^ 3):sum(), {y}, {create_graph = true})[1]
    ;(g * g):sum():backward()
    local z = y:exp()
    local failed = pcall(function()
        z:mul_(2)
        z:sum():backward()
    end)
    return x.grad:isnan():sum():item(), y.grad:sum():item(), failed and 1 or 0
end

function programs.recurrent()
    local rnn, head = nn.GRU(2, 3), nn.Linear(3, 2)
    local x, labels = lun.randn(4, 2, 2), lun.tensor({1, 2}, {dtype = "int64"})
    local params = rnn:parameters()
    for _, p in ipairs(head:parameters()) do params[#params + 1] = p end
    local optimizer, sum = optim.AdamW(params, {lr = 0.05}), 0
    for _ = 1, 2 do
        optimizer:zero_grad()
        local out = rnn(x)
        local loss = F.cross_entropy(head(out[4]), labels)
        loss:backward()
        optimizer:step()
        sum = sum + loss:item()
    end
    return sum
end

function programs.compiled()
    local w = lun.randn(3, 3)
    local f = lun.compile(function(x) return ((x:matmul(w) + 1):relu() * 2):sum(2) end)
    local sum = 0
    for _ = 1, 3 do sum = sum + f(lun.randn(2, 3)):sum():item() end
    return sum
end

-- ---- lines ----

-- Looking: whatever of it is typed, the run keeps its bits.
local looks = {
    "bt", "up", "down", "f 1", "f 2", "fwd", "in", "out", "i b", "i locals", "i params", "i grads", "i saved", "i graph -r 3", "i graph loss", "i mode", "i mask", "i record",
    "p in1", "pt in1 -s", "pt in1 -r 0,1", "hist in1", "plot in1", "disp absmax(in1)", "undisp", "=lun.randn(3):sum():item()", "=lun.rand(2, 2):matmul(lun.rand(2, 2))",
    "=in1:sum():item()", "help", "help set", "$gradnorm", "p $update", "=ratio(update)", "$step", "why out", "why in1", "why nograd w", "=in1 * 2 + lun.randn(1)", "=collectgarbage()",
    "local z = 3", "nonsense", "error('x')", "=(", "for i = 1, 3 do lun.randn(2) end", "s", "n", "si", "ni", "si 3", "sm", "nm", "finish", "until", "", "", "c", "c", "c 2",
    "set unit op", "set unit line", "set unit module", "set unit auto", "b op:relu", "b op:*", "b op:add#2", "b mod:fc2", "b mod:*/exit", "b name:*.weight", "b bwd op:*", "b bwd", "b opt",
    "b op:linear if absmax(out) > 0.1 and hits > 1", "b op:* if in1:sum():item() > 0", "b op:mul if nothing.at.all", "rb fc*", "tb op:add", "catch nonfinite", "catch write",
    "catch alias", "catch nograd", "catch rng", "catch mode", "catch error", "catch broadcast", "catch copy", "catch alloc>1", "catch", "watch name:*weight", "watch in1", "watch -v in1", "watch -v step", "watch -v nothing.at.all",
    "trace op:linear", "trace op:* every 3", "attach", "repro /dev/full", 'trace op:* "{absmax(out)}"', "cond 1 step > 1", "cond 1", "cond 1 lun.randn(1):item() > 0", "ignore 1 2", "disable 1", "enable 1", "d 1", "d 2",
    "commands 1", "end", "silent", "p in1", "detach", "diagnose", "record A", "record B", "record off", "record", "diff A B", "diff A B -r 1e-3", "save /dev/null", "load /nowhere", "record save A /dev/null", "diff A /dev/null", "repro", "repro /proc/nowhere", "record meta", "record off",
}
local changes = {
    "set in1 = in1 * 2", "set out = out * 0", "set in1 = nil", "set in2 = in1", "set in1 = lun.zeros(7)", "set in1 = in1:detach()", "poke in1 = in1 * 0", "poke in1[1] = 3", "poke out = 1",
    "poke in1[9,9] = 1", "skip", "skip in1", "skip out", "ret in1", "ret out", "ret 3", "retry", "in1 = 4", "x = nil", "net = 7", "h = lun.ones(2)", "q", "q", "lun.manual_seed(3)",
    "in1:add_(1)", "in1:resize_(1)", "in1:requires_grad_()", "=in1:sum():backward()", "=lun.set_num_threads(2)", "for i = 1, 1e9 do error('out') end",
}
local journeys = {
    "travel on", "travel on", "travel on 0", "travel on 1K", "travel off", "rsi", "rsi 3", "rsi 99", "rni", "rs", "rn 2", "checkpoint a", "restart a", "rsm", "rc", "goto op#3", "goto op#30", "goto op#9999", "fork", "fork",
    "rc", "i record", "rsi", "rsi 2", "record ring 1K", "record all", "rc if absmax(out) > 1", "rc if gradnorm > 0", "rc if (",
}

local function pick(list) return list[math.random(#list)] end

local names = {}
for name in pairs(programs) do names[#names + 1] = name end
table.sort(names)

function sessions.make(seed)
    math.randomseed(seed)
    local session = {program = pick(names), same = math.random(2) == 1, whole = math.random(2) == 1, lines = {}}
    local lines, travels = session.lines, session.whole or math.random(2) == 1
    if travels and not session.whole then lines[1] = "travel on" end
    lines[#lines + 1] = pick {"b op:*", "b op:linear", "b mod:*", "b bwd", "b opt", "catch nonfinite", "tb op:*#3", "b op:relu", "b op:sum", "b op:matmul"}
    lines[#lines + 1] = "c"
    for _ = 1, math.random(5, 40) do
        local kind = math.random(10)
        lines[#lines + 1] = pick(kind > 5 and looks or travels and kind > 2 and journeys or session.same and looks or changes)
    end
    return session
end

return sessions
