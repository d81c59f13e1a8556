-- cuda_graph.lua - graphs: a replay is the same as running again; what cannot be replayed is refused; memory stays with the graph
--
-- Runs in a process of its own, with the module of the host device unless LUNETTE_CUDA_MODULE names another.
-- Read next: lib/cuda.lua, kernels/cuda/graph.cu. SPDX-License-Identifier: MIT
local tap = require "tap"
local build = os.getenv "LUNETTE_BUILD" or "build"
local module = os.getenv "LUNETTE_CUDA_MODULE"

if not module then
    local path = build .. "/lunette_cuda_host.so"
    local found = io.open(path)
    if not found then
        tap.skip("CUDA graphs", "the module for the host device was not built")
        tap.done()
        return
    end
    found:close()
    os.exit(os.execute(("LUNETTE_QUIET=1 LUNETTE_CUDA_MODULE=%s %s/lunette %s"):format(path, build, arg[0])) and 0 or 1)
end

local lun = require "lunette"
local cuda = lun.cuda
local kernels = cuda.kernels()

-- A graph can have no op that runs on the CPU.
local function have(...)
    for _, name in ipairs {...} do
        if kernels[name] == "cpu" then
            tap.skip("a graph with " .. name, "it has no CUDA kernel")
            return false
        end
    end
    return true
end

do -- new input goes where the function read
    local input = lun.tensor{1.0, 2.0, 3.0}:cuda()
    local scale = lun.tensor{10.0, 20.0, 30.0}:cuda()
    local runs = 0
    local g = cuda.graph(function()
        runs = runs + 1
        return input * scale + 1, input - 1
    end)
    tap.is(runs, 2, "the function runs once to warm up and once to be recorded")
    local y = g()
    tap.near(y:cpu(), lun.tensor{11.0, 41.0, 91.0}, 0, "a replay computes")
    input:copy_(lun.tensor{4.0, 5.0, 6.0})
    local again, total = g:replay()
    tap.near(again:cpu(), lun.tensor{41.0, 101.0, 181.0}, 0, "new values in the input tensor give new results")
    tap.near(total:cpu(), lun.tensor{3.0, 4.0, 5.0}, 0, "all results are given")
    tap.near(y:cpu(), again:cpu(), 0, "in the same tensors")
    tap.is(runs, 2, "Lua does not run again")
    scale = nil
    collectgarbage()
    collectgarbage()
    for _ = 1, 20 do local _ = lun.zeros(3):cuda() + 7 end
    tap.near((g()):cpu(), lun.tensor{41.0, 101.0, 181.0}, 0, "what it reads is kept, though the program dropped it")
end

do -- random numbers go on as if the program had run again
    local x = lun.ones(1000):cuda()
    local function step() return lun.nn.functional.dropout(x, 0.5) + lun.rand({1000}, {device = "cuda"}) end
    lun.manual_seed(5)
    local eager = {step():cpu(), step():cpu(), step():cpu()}
    lun.manual_seed(5)
    local g = cuda.graph(step)
    local first = (g()):cpu()
    local second = (g()):cpu()
    tap.near(first, eager[2], 0, "the first replay draws what the second run would have drawn")
    tap.near(second, eager[3], 0, "and the next one goes on")
    lun.manual_seed(5)
    tap.near((g()):cpu(), eager[1], 0, "a new seed is taken up")
end

if have("linear", "sum", "softmax", "nll_loss", "sgd_step_", "adam_step_") then -- a training step beside the same without a graph
    local nn, optim = lun.nn, lun.optim
    local function train(steps, with_graph, make)
        lun.manual_seed(3)
        local net = nn.Sequential(nn.Linear(4, 8), nn.Tanh(), nn.Linear(8, 3)):cuda()
        local opt = make(net:parameters())
        local x, y = lun.rand(6, 4):cuda(), lun.tensor{1, 2, 3, 1, 2, 3}:long():cuda()
        local function step()
            opt:zero_grad()
            local loss = nn.functional.cross_entropy(net(x), y)
            loss:backward()
            opt:step()
            return loss
        end
        local last
        if with_graph then
            local g = cuda.graph(step)
            for _ = 2, steps do last = g() end
        else
            for _ = 1, steps do last = step() end
        end
        return last:item(), net:parameters()[1]:detach():cpu()
    end
    for name, make in pairs {SGD = function(p) return optim.SGD(p, {lr = 0.1, momentum = 0.9}) end,
                             Adam = function(p) return optim.Adam(p, {lr = 0.01}) end} do
        local loss, weight = train(6, false, make)
        local ok, graph_loss, graph_weight = pcall(train, 6, true, make)
        if ok then
            tap.near(graph_loss, loss, 1e-6, name .. ": six steps, five of them replayed, end at the same loss")
            tap.near(graph_weight, weight, 1e-6, name .. ": and the same weights")
        else
            tap.ok(tostring(graph_loss):find("CUDA graph", 1, true), name .. ": refused with a reason: " .. tostring(graph_loss))
        end
    end
end

do -- what cannot be part of it
    local x = lun.ones(3):cuda()
    local function refused(f, text, what)
        local ok, problem = pcall(cuda.graph, f)
        tap.ok(not ok and tostring(problem):find(text, 1, true), what .. ": " .. tostring(problem):match "[^\n]*")
        tap.near((x + 1):cpu(), lun.tensor{2.0, 2.0, 2.0}, 0, "and the device goes on")
    end
    local armed = false
    refused(function() if armed then return (x * 2):cpu() end armed = true end, "reading values", "a value that is read")
    armed = false
    refused(function() if armed then return lun.rand(100):cuda() + 1 end armed = true end, "replays would see its values of now",
            "a tensor brought there")
    armed = false
    refused(function() if armed then cuda.synchronize() end armed = true end, "waiting", "waiting")
    armed = false
    refused(function() if armed then error("my own error", 0) end armed = true end, "my own error", "an error of the function itself")
    armed = false
    refused(function() if armed then return cuda.graph(function() return x end) end armed = true end, "another graph",
            "a graph within a graph")
    tap.fails(function() cuda.graph(5) end, "needs a function")
end

do -- memory
    collectgarbage()
    collectgarbage()
    cuda.empty_cache()
    local before = cuda.memory_reserved()
    local big = lun.ones(300, 1000):cuda()
    local g = cuda.graph(function() return big * 2 + 1 end)
    tap.is((g())[300][1000]:item(), 3.0, "the graph works")
    local with = cuda.memory_reserved()
    g, big = nil, nil
    collectgarbage()
    collectgarbage()
    cuda.empty_cache()
    tap.ok(cuda.memory_reserved() < with and cuda.memory_reserved() <= before, "a dropped graph gives its memory back")
end

if have("index_select") then -- flags are seen in replays
    local x, index = lun.rand(4, 2):cuda(), lun.tensor{1, 2}:long():cuda()
    local g = cuda.graph(function() return x:index_select(1, index) end)
    g()
    cuda.synchronize()
    index:copy_(lun.tensor{1, 7}:long())
    g()
    tap.fails(function() cuda.synchronize() end, "index 7 (element 2) is outside 1..4") -- reported at the next wait
end

tap.done()
