-- cuda_runtime.lua - memory, waiting, errors and devices of lun.cuda, on the host device
--
-- Each part is a process of its own, because how much memory there is, how many devices, and a lost device are a process's. With
-- LUNETTE_CUDA_MODULE set (a real device) the parts that need the host device's settings are left out.
-- Read next: t/apart.lua, lib/cuda.lua, kernels/cuda/memory.cu. SPDX-License-Identifier: MIT
local tap = require "tap"
local apart = require "apart"
local run, sees, given = apart.run, apart.sees, apart.given

-- ---- devices ----

sees(run("", [[
print("there", cuda.is_available(), cuda.device_count() >= 1, cuda.current_device())
local p = cuda.get_device_properties()
print("name", #p.name > 0 and p.name == cuda.get_device_name("cuda:0"), p.total_memory > 2^20, p.multi_processor_count > 0)
print(pcall(cuda.get_device_name, 63))
print(pcall(cuda.get_device_name, -1))
print(pcall(cuda.get_device_name, "cpu"))
print(pcall(cuda.get_device_name, 300))
local without = 0
for name in pairs(cuda) do
    if not lun.help("cuda." .. name):find("cuda." .. name, 1, true) then without = without + 1 end
end
print("without help", without, lun.help("cuda"):find("cuda.graph(f, ...)", 1, true) ~= nil)
]]), "devices and their properties", "there\ttrue\ttrue\t0", "name\ttrue\ttrue\ttrue", "without help\t0\ttrue", "no device cuda:63", "no device cuda:-1",
    "cpu is no CUDA device", "no device cuda:300")

-- ---- memory ----

sees(run("", [[
local before = cuda.memory_allocated()
local x = lun.zeros(1000, 1000):cuda()
print("live", cuda.memory_allocated() - before >= 4000000, cuda.memory_reserved() >= cuda.memory_allocated())
x:free()
print("back", cuda.memory_allocated() == before, cuda.memory_reserved() > 0)
print("peak", cuda.max_memory_allocated() - before >= 4000000)
cuda.reset_peak_memory_stats()
print("reset", cuda.max_memory_allocated() == cuda.memory_allocated())
local reserved = cuda.memory_reserved()
print("emptied", cuda.empty_cache() > 0, cuda.memory_reserved() < reserved)
local m = cuda.memory_stats()
print("counts", m.allocations >= 1, m.frees >= 1, m.device_allocations - m.device_frees == m.segments)
print(cuda.memory_summary())
]]), "allocated, reserved, peaks, empty_cache, summary", "live\ttrue\ttrue", "back\ttrue\ttrue", "peak\ttrue", "reset\ttrue",
    "emptied\ttrue\ttrue", "counts\ttrue\ttrue\ttrue", "in use", "reserved", "broken up")

sees(run("", [[
cuda.set_memory_growth(8 * 2^20)
local x = lun.zeros(100, 1000):cuda():clone()
local big = lun.zeros(600, 1000):cuda()
print("grown", cuda.memory_stats().growth == 8 * 2^20, cuda.memory_reserved() <= 2^20 * 12)
print(pcall(cuda.set_memory_growth, 5))
print(pcall(cuda.set_memory_growth, "much"))
print(pcall(cuda.set_memory_fraction, 1.5))
print(pcall(cuda.set_memory_fraction, 0))
print(pcall(cuda.set_memory_fraction, "half"))
]]), "growth, and values that are none", "grown\ttrue\ttrue", "at least 2 MB", "whole number", "got 1.5", "got 0", "needs a number")

sees(run("", [[
local free, total = cuda.mem_get_info()
cuda.set_memory_fraction(40 * 2^20 / total)
local x = lun.zeros(1000, 1000):cuda()
local ok, problem = pcall(function() return lun.zeros(3000, 3000):cuda() end)
print("raised", not ok, problem.kind, problem.message)
print("alive", (lun.ones(3):cuda() + 1):sum():item())
print("failures", cuda.memory_stats().failures)
-- what Lua no longer uses is collected before giving up
for _ = 1, 40 do local y = lun.zeros(1000, 1000):cuda() end
print("garbage is no reason", cuda.memory_stats().failures, cuda.memory_stats().retries > 0)
cuda.set_memory_fraction(1)
print("again", lun.zeros(3000, 3000):cuda():numel())
]]), "out of memory names sizes, collects garbage first, and leaves the session alive", "raised\ttrue\tmemory",
    "out of memory on cuda:0: 36.0 MB asked for", "MB are in use", "reserved", "limit 41.9 MB", "alive\t6.0", "failures\t1",
    "garbage is no reason\t1\ttrue", "again\t9000000")

if not given then
    sees(run("LUNETTE_HOST_DEVICE_MEMORY=64", [[
    print(pcall(function() return lun.zeros(5000, 5000):cuda() end))
    print("alive", lun.ones(3):cuda():sum():item())
    ]]), "more than the device has", "out of memory on cuda:0: 100.0 MB asked for", "of 67.1 MB", "alive\t3")
end

-- Sizes as in training, mixed: after each round the live bytes are known, and reserved may not grow without bound.
local soak = run("", [[
math.randomseed(1)
local kept, most, worst = {}, 0, 0
for round = 1, 3000 do
    local slot = math.random(1, 60)
    local small, middling = math.random() < 0.5, math.random() < 0.8
    local bytes = small and math.random(4, 4000) or middling and math.random(4000, 400000) or math.random(400000, 4000000)
    if kept[slot] then kept[slot]:free() end
    kept[slot] = lun.empty({bytes // 4 + 1}, {device = "cuda"})
    local m = cuda.memory_stats()
    most = math.max(most, m.allocated)
    worst = math.max(worst, m.reserved)
end
local m = cuda.memory_stats()
local text = "soak: most in use %.1f MB, most reserved %.1f MB (%.2f times), now %.0f %% of the reserved is idle, rounding %.1f %%"
print(text:format(most / 1e6, worst / 1e6, worst / most, 100 * (1 - m.allocated / m.reserved), 100 * (m.allocated / m.asked - 1)))
print("bounded", worst < 2 * most + 40e6)
for _, x in pairs(kept) do x:free() end
m = cuda.memory_stats()
print("one piece again", m.allocated, m.split_free)
cuda.empty_cache()
print("nothing left", cuda.memory_reserved())
]])
tap.note("%s", soak:match "soak:[^\n]*" or soak)
sees(soak, "a mixed soak stays bounded, and all of it is joined and given back", "bounded\ttrue", "one piece again\t0\t0", "nothing left\t0")

-- ---- what kernels flag ----

sees(run("", [[
local x, bad = lun.rand(5, 4):cuda(), lun.tensor({1, 9, 3, 0}, {dtype = "int64"}):cuda()
local y
local ok, problem = pcall(function()
    y = x:index_select(1, bad)
    for _ = 1, 200 do x = x + 0 end
    cuda.synchronize()
end)
print("raised", ok, problem)
print("once", pcall(cuda.synchronize))
print("right again", x:index_select(1, lun.tensor{1, -1}:long():cuda()).shape[1])
print(pcall(function() lun.nn.functional.cross_entropy(lun.rand(2, 3):cuda(), lun.tensor{1, 4}:long():cuda()); cuda.synchronize() end))
print(pcall(function() lun.rand(3, 3):cuda():gather(1, lun.tensor{{0, 1, 2}}:long():cuda()); cuda.synchronize() end))
]]), "a bad index names its op, element and bound; the session goes on", "index 9 (element 2) is outside 1..5", "index_select",
    "once\ttrue", "right again\t2", "label 4 (element 2) is outside 1..3", "index 0 (element 1): Lunette counts from 1")

-- ---- pinned memory and loaders ----

sees(run("", [[
local x = lun.rand(100, 30)
local p = cuda.pin_memory(x)
print("pinned", cuda.is_pinned(p), cuda.is_pinned(x), cuda.is_pinned(p:narrow(1, 5, 3)), p:equal(x), p.device)
local y = cuda.send(p)
local z = p:cuda()
cuda.synchronize()
print("same", y:cpu():equal(x), z:cpu():equal(x), y.device)
local address = tostring(p)
p, y = nil, nil
collectgarbage()
collectgarbage()
for _ = 1, 50 do cuda.send(cuda.pin_memory(x)) end
print(pcall(cuda.pin_memory, 5))
print("empty", cuda.pin_memory(lun.zeros(0, 3)):cuda().shape[2])
]]), "pinned memory: copies are the same, waited for or not", "pinned\ttrue\tfalse\ttrue\ttrue\tcpu", "same\ttrue\ttrue\tcuda:0", "empty\t3")

sees(run("", [[
local data = lun.data
local x, y = lun.rand(50, 3), lun.range(1, 50)
local set = data.TensorDataset(x, y)
local here, there = {}, {}
lun.manual_seed(4)
for a, b in data.DataLoader(set, {batch_size = 8, shuffle = true}) do here[#here + 1] = {a, b} end
lun.manual_seed(4)
for a, b in data.DataLoader(set, {batch_size = 8, shuffle = true, device = "cuda"}) do
    there[#there + 1] = {a:cpu(), b:cpu(), a.device .. b.device}
end
local same = #here == #there
for k, batch in ipairs(here) do same = same and batch[1]:equal(there[k][1]) and batch[2]:equal(there[k][2]) and there[k][3] == "cuda:0cuda:0" end
print("batches", #there, same)
print(pcall(function() for _ in data.DataLoader(set, {device = "gpu"}) do end end))
]]), "a loader gives its batches on the device, the same ones in the same order", "batches\t7\ttrue", "no device 'gpu'")

-- ---- events ----

sees(run("", [[
local a, b = cuda.Event(), cuda.Event()
print(pcall(b.query, b))
a:record()
local x = lun.rand(300, 300):cuda() + 1
b:record()
b:synchronize()
print("done", b:query(), a:elapsed_time(b) >= 0)
]]), "events", "never recorded", "done\ttrue\ttrue")

-- ---- no device, two devices, a lost device ----

if not given then
    sees(run("LUNETTE_HOST_DEVICES=0", [[
    print("none", cuda.is_available())
    print("count", cuda.device_count())
    print(pcall(function() return lun.ones(2):cuda() end))
    print(pcall(cuda.synchronize))
    ]]), "no device: said so, once asked", "none\tfalse\t", "sees no device", "count\t0")

    sees(run("LUNETTE_HOST_DEVICES=2", [[
    local a, b = lun.tensor{1, 2, 3}:cuda(0), lun.tensor{4, 5, 6}:cuda(1)
    print(a.device, b.device, cuda.device_count())
    print(pcall(function() return a + b end))
    print("sum", (a + b:to("cuda:0")):sum():item(), (a:to(b.device) + b):sum():item())
    print("each its own", cuda.memory_allocated(0) > 0, cuda.memory_allocated(1) > 0)
    lun.set_default_device("cuda:1")
    print("current", cuda.current_device(), lun.zeros(3).device)
    print(pcall(function() return lun.ones(2):cuda(2) end))
    ]]), "two devices: copies between them, mixing is an error that names both", "cuda:0\tcuda:1\t2", "on cuda:0", "on cuda:1", "sum\t21\t21",
        "each its own\ttrue\ttrue", "current\t1\tcuda:1", "no device cuda:2")

    local lost = run("LUNETTE_HOST_DEVICE_FAULT='count from one'", [[
    local x = lun.rand(4, 3):cuda()
    local ok, problem = pcall(function() local v, i = x:max(2); return i:cpu() end)
    print("raised", ok, problem)
    print("still", pcall(function() return x + 1 end))
    print(tostring(x))
    print("cpu goes on", (lun.ones(3) + 1):sum():item())
    x:free()
    local path = tostring(problem):match "(/%S+%.lua) makes"
    local file = io.open(path)
    print(file:read "a")
    file:close()
    os.remove(path)
    ]])
    sees(lost, "a lost device: said on every use, the last calls in a file, the CPU goes on",
         "cuda:0 is lost: an illegal memory access was encountered", "still\tfalse", "its values cannot be read",
         "cpu goes on\t6", "call(\"max", "tensor(\"float32\", {4, 3})", "tensor(\"float32\", {4, 3}), 2, false)")
end

tap.done()
