-- cuda_streams.lua - work in streams beside a device's own gives what it gives in order, and devices keep apart
--
-- On the host device each part runs in a process whose streams do their work as late as may be (LUNETTE_HOST_DEVICE_LAZY): who
-- forgets to wait reads what is not there yet. Read next: kernels/cuda/streams.cu, kernels/cuda/host/stream.cpp. SPDX-License-Identifier: MIT
local tap = require "tap"
local lun = require "lunette"
require "need_device"

local program = os.getenv "LUNETTE_BUILD" .. "/lunette"
local on_host = (os.getenv "LUNETTE_CUDA_MODULE" or ""):find "cuda_host" ~= nil

-- Runs code and looks for lines in what it prints; errors too.
local function run(environment, code, name, ...)
    local path = os.tmpname()
    local file = assert(io.open(path, "w"))
    file:write("local cuda = lun.cuda\n", code)
    file:close()
    local pipe = assert(io.popen(("LUNETTE_QUIET=1 %s %s %s 2>&1"):format(environment, program, path)))
    local text = pipe:read "a"
    pipe:close()
    os.remove(path)
    for _, words in ipairs { ... } do
        local found = text:find(words, 1, true)
        tap.ok(found, name .. ": " .. words:gsub("\n", " "))
        if not found then return tap.note(text) end
    end
end

local late = "LUNETTE_HOST_DEVICE_LAZY=1"

run(late, [[
local s, t = cuda.Stream(), cuda.Stream()
print(tostring(s), tostring(t))
lun.manual_seed(1)
local x = lun.randn(200, 30)
local function work(y) local z = (y * 2):matmul(y.T):softmax(2) return z:sum(1) + z[1] end
local want, d = work(x), x:cuda()
-- a chain through three streams: each step reads what the one before made
local a = cuda.stream(s, function() return d * 2 end)
local b = cuda.stream(t, function() return a:matmul(d.T) end)
local c = b:softmax(2)
local e = cuda.stream(s, function() return c:sum(1) + c[1] end)
print("chain", (e:cpu() - want):abs():max():item() < 1e-5)
-- many temporaries freed on both sides, memory going round
local good = true
for i = 1, 30 do
    local y = d + i
    local p = cuda.stream(s, work, y)
    y:mul_(0)                       -- after it was read there
    local q = cuda.stream(t, work, d - i)
    y, c = nil, nil
    collectgarbage()
    local r = lun.zeros(200, 30):cuda() + i
    good = good and (p:cpu() - work(x + i)):abs():max():item() < 1e-4 and (q:cpu() - work(x - i)):abs():max():item() < 1e-4
    good = good and r:sum():item() == i * 6000
end
print("memory", good)
-- freed at home while the other stream still has to read it
for i = 1, 10 do
    local z = d * 0 + i
    local r = cuda.stream(s, function() return z:sum() end)
    z:free()
    local other = d * 0 - 1
    good = good and r:item() == 6000 * i and other[1][1]:item() == -1
end
print("freed", good)
-- written in place by the one, read by the other
local w = lun.zeros(1000, { device = "cuda" })
for i = 1, 20 do cuda.stream(i % 2 == 0 and s or t, function() w:add_(i) end) end
print("in place", w:sum():item())
print("largest", cuda.stream(s, function() return (d * 0 + 3):max():item() end))
-- positions are read by kernels of the other stream
local at = lun.tensor { 3, 1, 2 }:cuda()
local picked = cuda.stream(s, function() return d[at] end)
print("positions", lun.equal(picked:cpu(), x[lun.tensor { 3, 1, 2 }]))
]], "late streams", "stream 1 of cuda:0\tstream 2 of cuda:0", "chain\ttrue", "memory\ttrue", "in place\t210000", "largest\t3",
    "freed\ttrue", "positions\ttrue")

run(late, [[
local s = cuda.Stream()
lun.manual_seed(2)
local function train(inside)
    lun.manual_seed(3)
    local net = nn.Sequential(nn.Linear(6, 8), nn.Tanh(), nn.Linear(8, 1))
    net:to "cuda"
    local adam = optim.Adam(net:parameters(), { lr = 0.05 })
    local x, y = lun.randn(50, 6):cuda(), lun.randn(50, 1):cuda()
    for i = 1, 5 do
        local function step()
            adam:zero_grad()
            local loss = (net(x) - y):square():mean()
            loss:backward()
            adam:step()
            return loss
        end
        if inside and i % 2 == 1 then cuda.stream(s, step) else step() end
    end
    return (net(x) - y):square():mean():item()
end
local once = train(false)
print("training", once == train(true))
s:synchronize()
print("done", s:query())
]], "training in turns in two streams", "training\ttrue", "done\ttrue")

run(late, [[
local s = cuda.Stream()
print(pcall(cuda.stream, 7, print))
print(pcall(cuda.stream, s))
print(pcall(cuda.stream, s, function() error "mine" end))
print("after an error", (lun.ones(3):cuda() + 1):sum():item())
print(pcall(cuda.stream, s, function() return cuda.graph(function() return lun.ones(2, { device = "cuda" }) + 1 end) end))
local x = lun.ones(4, { device = "cuda" })
local g = cuda.graph(function() return x * 3 end)
cuda.stream(s, function() x:fill_(2) end)
local y = g()
print("a replay waits", cuda.stream(s, function() return (y + 1):sum():item() end))
print(pcall(function() return lun.cuda.graph(function() return cuda.stream(s, function() return x + 1 end) end) end))
local all = {}
for i = 1, 20 do all[i] = cuda.Stream() end
print("many", all[20].number <= 15, cuda.stream(all[20], function() return (x + 1):sum():item() end))
]], "limits", "needs a stream, got number", "needs a function, got nil", "mine", "after an error\t6", "own stream",
    "a replay waits\t28", "changing streams cannot be part of a CUDA graph", "many\ttrue\t12")

if on_host then
    run(late .. " LUNETTE_HOST_DEVICES=2", [[
lun.manual_seed(1)
local x = lun.randn(300, 7)
local a, b = x:cuda(0), x:cuda(1)
local s, t = cuda.Stream(0), cuda.Stream(1)
print(tostring(s), tostring(t))
local p = cuda.stream(s, function() return cuda.stream(t, function() return (a * 3):to("cuda:1") + b end) end)
print("across", p.device, (p:cpu() - x * 4):abs():max():item() < 1e-5)
local q = b
for i = 1, 10 do
    q = cuda.stream(t, function() return q + 1 end):to("cuda:0")
    q = (q * 2):to("cuda:1")
end
local want = x
for i = 1, 10 do want = (want + 1) * 2 end
print("to and fro", (q:cpu() - want):abs():max():item() < 1e-2)
print(pcall(function() return a + b end))
print(pcall(function() return a:index_select(1, lun.tensor{301}:cuda(0)):cpu() end))
print("index on the other", pcall(function() return b:index_select(1, lun.tensor{301}:cuda(1)):cpu() end))
print("positions of the CPU", b[lun.tensor{2}].device)
local m0, m1 = cuda.memory_allocated(0), cuda.memory_allocated(1)
local big = lun.zeros(1000000, { device = "cuda:1" })
print("memory of one", cuda.memory_allocated(0) == m0, cuda.memory_allocated(1) > m1)
cuda.set_memory_fraction(0.01, 1)
print(pcall(function() return lun.zeros(100000000, { device = "cuda:1" }) end))
print("the other has some", lun.zeros(100000000, { device = "cuda:0" }).device)
print(pcall(cuda.memory_stats, 2))
]], "two devices", "stream 1 of cuda:0\tstream 1 of cuda:1", "across\tcuda:1\ttrue", "to and fro\ttrue",
        "on cuda:0", "on cuda:1", "301", "index on the other\tfalse", "positions of the CPU\tcuda:1", "memory of one\ttrue\ttrue",
        "out of memory on cuda:1", "the other has some\tcuda:0", "no device cuda:2")
end
tap.done()
