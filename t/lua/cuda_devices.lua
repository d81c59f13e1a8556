-- cuda_devices.lua - which device "cuda" is, events and streams, and all that is done on a second device, on the host device
--
-- Streams do their work as late as may be (LUNETTE_HOST_DEVICE_LAZY): who forgets to wait reads what is not there yet.
-- Read next: lib/cuda.lua, kernels/cuda/streams.cu, t/lua/cuda_streams.lua. SPDX-License-Identifier: MIT
local apart = require "apart"
local tap = require "tap"
local run, sees = apart.run, apart.sees

-- ---- events and streams ----

sees(run("LUNETTE_HOST_DEVICE_LAZY=1", [[
local own = cuda.current_stream()
print("own", tostring(own), own == cuda.default_stream())
local s, t = cuda.Stream(), cuda.Stream()
cuda.stream(s, function() print("inside", tostring(cuda.current_stream()), cuda.current_stream() == s, cuda.default_stream() == own) end)
print("after", cuda.current_stream() == own)
local x = lun.rand(200, 200):cuda()
local a, b = cuda.Event(), cuda.Event()
print("recorded", a:record(s) == a, tostring(a))
local y = cuda.stream(s, function() return x:matmul(x) end)
b:record(s)
s:wait_event(a)
t:wait_stream(s)
own:wait_event(b)
local c = t:record_event()
a:wait(t)
b:wait()
c:synchronize()
print("done", b:query(), c:query(), a:elapsed_time(b) >= 0, a:elapsed_time(c) >= a:elapsed_time(b))
print("in the own one", cuda.stream(own, function() return y:shape()[1] == nil end) == nil)
]]), "events are put in streams, and streams wait for them", "own\tstream 0 of cuda:0\ttrue", "inside\tstream 1 of cuda:0\ttrue\ttrue",
    "after\ttrue", "recorded\ttrue\tevent of cuda:0", "done\ttrue\ttrue\ttrue\ttrue")

sees(run("", [[
local e, s = cuda.Event(), cuda.Stream()
print(pcall(e.query, e))
print(pcall(e.wait, e))
print(pcall(e.record, e, 5))
print(pcall(e.elapsed_time, e, 5))
print(pcall(e.elapsed_time, e, cuda.Event():record()))
print(pcall(s.wait_event, s, s))
print(pcall(s.wait_stream, s, e))
print(pcall(cuda.Event, "cpu"))
print(pcall(cuda.set_device))
print(pcall(cuda.set_device, "cpu"))
print(pcall(cuda.set_device, 7))
print(pcall(cuda.device, 0, 5))
]]), "used wrongly", "the event was never recorded", "Event.record: needs a stream, got number", "Event.elapsed_time: needs an event, got number",
    "Stream.wait_event: needs an event, got table", "Stream.wait_stream: needs a stream, got table", "cpu is no CUDA device",
    "set_device: needs a device, got nil", "there is no device cuda:7", "needs a device and a function, got number")

if apart.given and not apart.given:find "cuda_host" then return tap.done() end

-- ---- which one "cuda" is ----

local two = "LUNETTE_HOST_DEVICES=2 LUNETTE_HOST_DEVICE_LAZY=1"
sees(run(two, [[
print("first", cuda.current_device(), lun.ones(2):cuda().device, lun.ones({2}, {device = "cuda"}).device)
cuda.set_device(1)
print("second", cuda.current_device(), lun.ones(2):cuda().device, lun.ones({2}, {device = "cuda"}).device, lun.ones(2):to("cuda").device,
      lun.nn.Linear(2, 2):cuda().weight.device, lun.ones(2).device, lun.ones(2):cuda(0).device)
print("inside", cuda.device(0, function(x) return cuda.current_device(), x:cuda().device, cuda.Event().device end, lun.ones(2)))
print(pcall(cuda.device, 0, function() error "mine" end))
print("after", cuda.current_device())
lun.set_default_device("cuda:0")
print("default", cuda.current_device(), lun.ones(2).device, lun.ones(2):to("cpu"):cuda().device)
cuda.set_device("cuda:1")
print("both", cuda.current_device(), lun.ones(2).device, lun.get_default_device())
lun.set_default_device("cuda:0")
lun.set_default_device("cuda")
print("as it is", lun.get_default_device())
]]), "set_device, device and the default device", "first\t0\tcuda:0\tcuda:0", "second\t1\tcuda:1\tcuda:1\tcuda:1\tcuda:1\tcpu\tcuda:0",
    "inside\t0\tcuda:0\t0", "mine", "after\t1", "default\t0\tcuda:0\tcuda:0", "both\t1\tcuda:1\tcuda:1", "as it is\tcuda:0")

-- ---- everything on the second ----

sees(run(two, [[
local function train(device, with_graph)
    lun.manual_seed(4)
    local net = nn.Sequential(nn.Linear(6, 8), nn.Dropout(0.5), nn.BatchNorm1d(8), nn.Linear(8, 3)):to(device)
    local opt = optim.AdamW(net:parameters(), {lr = 0.05})
    local x, y = lun.randn(60, 6), lun.randint(1, 4, {60})
    local input, labels = lun.zeros(20, 6):to(device), lun.ones(20):long():to(device)
    local function step()
        opt:zero_grad()
        local loss = nn.functional.cross_entropy(net(input), labels)
        loss:backward()
        nn.utils.clip_grad_norm_(net:parameters(), 0.5)
        opt:step()
        return loss
    end
    local run, losses = step, {}
    for a, b in data.DataLoader(data.TensorDataset(x, y), {batch_size = 20, device = device}) do
        if a.device ~= device or b.device ~= device then print("wrong device", a.device) end
        input:copy_(a)
        labels:copy_(b)
        if with_graph and run == step then
            run = cuda.graph(step)
        else
            losses[#losses + 1] = with_graph and run():item() or step():item()
        end
    end
    if not with_graph then table.remove(losses, 1) end
    losses[#losses + 1] = net[4].weight:sum():item()
    losses[#losses + 1] = net[3].running_mean:sum():item()
    return table.concat(losses, " ")
end
local want = train("cuda:0", false)
print("same", train("cuda:1", false) == want, train("cuda:1", true) == want, train("cuda:0", true) == want)
print("last used", cuda.current_device())
-- peer copies, also beside what runs on both
local a, s = lun.rand(300, 300):cuda(0), cuda.Stream(1)
local b = a:matmul(a):to("cuda:1")
local c = cuda.stream(s, function() return (b * 2):to("cuda:0") end)
print("peers", lun.equal(c, a:matmul(a) * 2), c.device)
local d = lun.zeros({300, 300}, {device = "cuda:1"})
d:copy_(a)
print("copy_", lun.equal(d:cpu(), a:cpu()), d.device)
]]), "a training step on the second device, with a loader, with and without a graph", "same\ttrue\ttrue\ttrue", "peers\ttrue\tcuda:0",
    "copy_\ttrue\tcuda:1")

sees(run(two, [[
local a, b = lun.ones(3):cuda(0), lun.ones(3):cuda(1)
local function says(f, ...) print(select(2, pcall(f, ...))) end
says(function() return a + b end)
says(function() return lun.cat{a, b} end)
says(function() return a:copy_(b):add_(b) end)
says(function() return nn.Linear(3, 2):cuda(0)(b) end)
says(function() return nn.functional.mse_loss(a, b) end)
says(function() return a[lun.tensor{1, 2}:cuda(1)] end)
local e, f = cuda.Event(0):record(), cuda.Event(1):record()
says(e.elapsed_time, e, f)
says(e.record, e, cuda.Stream(1))
cuda.Stream(1):wait_event(f)
says(cuda.Stream(1).wait_event, cuda.Stream(1), e)
local armed = false
says(cuda.graph, function() if armed then local _ = b + 1 end armed = true return a + 1 end)
says(cuda.graph, function() local _ = b + 1 return a + 1 end)
print("alive", (a + 1):sum():item(), (b + 1):sum():item())
local g = cuda.graph(function() return b * 2 end)
b:fill_(7)
print("graph of the second", g():sum():item())
local full = select(2, pcall(function() return lun.zeros({100000, 100000}, {device = "cuda:1"}) end))
print(full)
print("alive", (a + 1):sum():item(), (b + 1):sum():item(), cuda.memory_stats(1).failures, cuda.memory_stats(0).failures)
print(cuda.memory_summary(1))
]]), "two devices mixed: both are named, with what helps", "add: x is on cuda:0 and y on cuda:1", "hint: y:to(\"cuda:0\")", "hint: net:to(\"cuda:1\")",
    "the events belong to cuda:0 and cuda:1", "the event is of cuda:0, the stream of cuda:1",
    "a CUDA graph of cuda:0 is being recorded, and cuda:1 cannot be part of it", "one graph for each device", "alive\t6.0\t6.0",
    "graph of the second\t42.0", "out of memory on cuda:1: 40000.0 MB asked for", "alive\t6.0\t24.0\t1\t0", "cuda:1  host device")

-- ---- batches that are on their way ----

sees(run("LUNETTE_HOST_DEVICE_LAZY=1", [[
local x = lun.rand(64, 100)
local set, sums, want = data.TensorDataset(x), {}, {}
local seen = lun.zeros(100):cuda()
local s = cuda.Stream()
for batch in data.DataLoader(set, {batch_size = 8, device = "cuda"}) do
    seen:add_(batch:sum(1))                                   -- in the own stream
    sums[#sums + 1] = cuda.stream(s, function() return (batch * 2):sum() end)
    batch = nil
    collectgarbage()                                          -- its memory goes round while copies are on their way
end
local good = (seen:cpu() - x:sum(1)):abs():max():item() < 1e-4
for i, y in ipairs(sums) do good = good and math.abs(y:item() - 2 * x:narrow(1, 8 * i - 7, 8):sum():item()) < 1e-2 end
print("loader", good, #sums)
]]), "a loader's batches come beside other work, and none is used too early", "loader\ttrue\t8")
tap.done()
