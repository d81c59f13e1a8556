-- cuda.lua - debugging on a GPU, as whole sessions on the host device: a script, the commands of --dbg, what must be seen
--
-- Read next: kernels/cuda/health.cu, t/debugger/scenarios.lua. SPDX-License-Identifier: MIT
local root, build = os.getenv "LUNETTE_TEST_ROOT" or ".", os.getenv "LUNETTE_BUILD" or "build"
local tap = dofile(root .. "/t/tap.lua")
tap.needs "lunette.dbg"
local module = os.getenv "LUNETTE_CUDA_MODULE" or build .. "/lunette_cuda_host.so"

local found = io.open(module)
if not found then
    tap.skip("debugging on a GPU", "the module for the host device was not built")
    tap.done()
    return
end
found:close()

local function write(path, text)
    local file <close> = assert(io.open(path, "w"))
    file:write(text)
end

local function run(script, commands, settings)
    local base = os.tmpname()
    write(base .. ".lua", script)
    write(base .. ".dbg", commands)
    local command = "%s LUNETTE_QUIET=1 LUNETTE_CUDA_MODULE=%s %s/lunette --batch --dbg %s.dbg %s.lua 2>&1 </dev/null"
    local pipe = io.popen(command:format(settings or "", module, build, base, base))
    local output = pipe:read "a"
    pipe:close()
    os.remove(base)
    os.remove(base .. ".lua")
    os.remove(base .. ".dbg")
    return output
end

local current
local function sees(output, text, what)
    if not output:find(text, 1, true) then tap.note("%s", output) end
    tap.ok(output:find(text, 1, true), current .. ": " .. (what or text))
end

-- 500 ops without a wait; the NaN is born in one of them, then travels through all others.
local long = [[
local x = lun.tensor{4.0, 1.0, 2.0}:cuda()
for k = 1, 500 do
  if k == 57 then
    x = (x - 8):sqrt()
  else
    x = x * 1.001
  end
end
print("loss", x:sum():item())]]

current = "NaN in the middle of 500 ops, no wait between"
local output = run(long, "catch nonfinite\nc\nc\n")
sees(output, "catch nonfinite op:sqrt #", "the stop names the op")
sees(output, ".lua:4", "and its line")
sees(output, "f32[3] -> f32[3]  <- NaN born here", "and its shapes")
sees(output, "ops later", "and says that it was noticed later")
sees(output, "loss", "the run goes on")
tap.is(select(2, output:gsub("■ bp1 catch", "")), 1, current .. ": one stop, as the NaN only travels after that")

current = "set gpu-sync on"
output = run(long, "set gpu-sync on\ncatch nonfinite\nc\n=in1:max():item() < 0\nc\n")
sees(output, "each op on a GPU is waited for")
sees(output, "catch nonfinite op:sqrt #", "stops at the op itself")
sees(output, "<- born here", "with its values")
sees(output, "true", "which can be looked at")

current = "infinity first, NaN of it later"
output = run([[
local p = lun.tensor{0.5, 0, 0.5}:cuda()
local l = (p * p:log()):sum()
print("loss", l:item())]], "catch nonfinite\nc\nc\nc\n")
sees(output, "catch nonfinite op:log", "the infinity is born in log")
sees(output, "infinity born here")
sees(output, "catch nonfinite op:mul", "the NaN in mul, whose input was infinite")
sees(output, "NaN born here")

current = "in a backward pass"
output = run([[
local x = lun.zeros({3}, {device = "cuda", requires_grad = true})
local y = (x * x):sum():sqrt()
y:backward()
print("grad", x.grad:cpu()[1]:item())]], "catch nonfinite\nc\nc\nc\n")
sees(output, "bwd op:sqrt", "names the op whose gradient it is")
sees(output, "made by the forward pass at", "and where that was made")

current = "nothing is wrong"
output = run([[
local x = lun.rand(50):cuda()
for _ = 1, 3000 do x = x * 0.999 + 0.001 end
print("sum", x:sum():item() > 0)]], "catch nonfinite\nc\n")
sees(output, "sum\ttrue", "thousands of calls pass through the ring without a stop")
tap.ok(not output:find("born", 1, true), current .. ": no stop")

current = "nobody waits"
output = run([[
local x = lun.tensor{4.0, 1.0, 2.0}:cuda()
for k = 1, 50 do x = k == 7 and (x - 8):sqrt() or x * 1.001 end
print("the end")]], "catch nonfinite\nc\nc\n")
sees(output, "the end")
sees(output, "catch nonfinite op:sqrt #", "the end of the script does, and the NaN is found")

current = "an op on a device as a program of its own"
local folder = os.tmpname()
os.remove(folder)
output = run("local x = lun.rand(3):cuda()\nprint(x:exp():sum():item())", ("b op:exp\nc\nrepro %s\nc\n"):format(folder))
sees(output, "the same results in a clean process", "it does the same")
local script = io.open(folder .. "/repro.lua")
sees(script and script:read "a" or "", 'lun.exp {x = t.in1:to "cuda:0"}', "on the device")
os.execute("rm -rf " .. folder)

current = "going back with tensors of a device"
output = run([[
local x = lun.ones(3):cuda()
local a = x * 2
local b = a + 1
local c = b:sqrt()
print("sum", c:square():sum():item())]], "travel on\nb op:sqrt\nc\nrsi\nset in1 = in1 * 4\nclear\nc\n")
sees(output, "op:add #", "a step back is the op before")
sees(output, "sum\t27.0", "and what is changed there goes on")

if not os.getenv "LUNETTE_CUDA_MODULE" then
    current = "what looking costs"
    local calm = [[
    local x, w = lun.rand(30, 20):cuda(), lun.rand(20, 20):cuda() * 0.05
    for k = 1, 60 do x = x:matmul(w):tanh() end
    print("mean", x:mean():item() < 1)]]
    local function counts(text)
        local waits, copies, bytes = text:match "host device: (%d+) waits, (%d+) copies of (%d+) bytes"
        return tonumber(waits), tonumber(copies), tonumber(bytes)
    end
    local waits, copies = counts(run(calm, "c\n", "LUNETTE_HOST_DEVICE_COUNTS=1"))
    local watched, looked = counts(run(calm, "catch nonfinite\nc\n", "LUNETTE_HOST_DEVICE_COUNTS=1"))
    tap.is(watched, waits, current .. ": catch nonfinite waits for no op")
    tap.is(looked, copies, current .. ": and brings nothing to the host")
    local _, asked, bytes = counts(run(calm, "b op:tanh if absmax(out)>2\nc\n", "LUNETTE_HOST_DEVICE_COUNTS=1"))
    tap.ok(asked >= 60 and bytes < asked * 1000, current .. ": statistics of a condition are made on the device")
    local _, once, large = counts(run("local x = lun.rand(1000, 1000):cuda()\nx:square():sum():item()", "b op:square\nc\nq\n",
        "LUNETTE_HOST_DEVICE_COUNTS=1"))
    tap.ok(once > 0 and large < 500000, current .. ": a stop shows 4 MB without bringing them")

    current = "%prof"
    local shares = run([[
    local x = lun.rand(60, 60):cuda()
    local rows, total = require "lunette.shell".profile(function() for _ = 1, 3 do x = x:matmul(x):tanh() end end)
    local seconds = {}
    for _, row in ipairs(rows) do seconds[row.op] = row.seconds end
    print("the product took most", seconds.matmul > 2 * seconds.tanh, seconds.matmul > 0.001)]], "c\n", "LUNETTE_HOST_DEVICE_LAZY=1")
    sees(shares, "the product took most\ttrue\ttrue", "work of a device is the time of the op that queued it")
end

-- The stream that is waited for has not made it: another one has, whose work is still to be done (LAZY) when the first wait ends.
local in_streams = [[
local s, t = lun.cuda.Stream(), lun.cuda.Stream()
local x = lun.tensor{4.0, 1.0, 2.0}:cuda()
local a = lun.cuda.stream(s, function() return x * 2 end)
local b = lun.cuda.stream(t, function()
  return (x - 8):sqrt()
end)
%s
print("waited")
print("loss", (a + b):sum():item())]]
for _, how in ipairs {"s:synchronize()", "local e = lun.cuda.Event(); lun.cuda.stream(s, e.record, e); e:synchronize()", "t:synchronize()"} do
    for _, lazy in ipairs {"LUNETTE_HOST_DEVICE_LAZY=1", ""} do
        current = "a NaN in a side stream, " .. how .. " " .. lazy
        output = run(in_streams:format(how), "catch nonfinite\nc\nc\nc\n", lazy)
        sees(output, "catch nonfinite op:sqrt #", "the op is named")
        sees(output, ".lua:5", "and its line")
        tap.is(select(2, output:gsub("■ bp1 catch", "")), 1, current .. ": once")
        sees(output, "loss", "the run goes on")
    end
end

current = "set gpu-sync on, in a side stream"
output = run(in_streams:format "", "set gpu-sync on\ncatch nonfinite\nc\n=in1:max():item() < 0\nc\n", "LUNETTE_HOST_DEVICE_LAZY=1")
sees(output, "catch nonfinite op:sqrt #", "stops at the op itself")
sees(output, "<- born here", "with its values")
sees(output, "true", "which can be looked at")

-- A graph runs as the function that it is made of while somebody wants to see what is in it.
local in_graph = [[
local x, runs = lun.tensor{9.0, 10.0, 16.0}:cuda(), 0
local g = lun.cuda.graph(function()
  runs = runs + 1
  local y = (x - 8):sqrt()
  return y * 2
end)
local y = g()
print("first", y:sum():item() // 0.001, runs)
x:fill_(3)
g()
print("second", y:isnan():any(), runs)]]
current = "catch nonfinite in a replay"
output = run(in_graph, "catch nonfinite\nc\nc\nc\n")
sees(output, "catch nonfinite op:sqrt #")
sees(output, ".lua:4", "at the line in the function")
sees(output, "second\ttrue\t3", "and goes on, with results in the same tensors")

current = "a breakpoint in a graph"
output = run(in_graph, "b op:sqrt\nc\n=in1:sum():item()\nd 1\nc\n")
sees(output, "op:sqrt")
sees(output, "11.0", "with values to look at")
sees(output, "second\ttrue\t2", "and is recorded once nobody watches")
sees(output, "first\t10485.0", "with the right values")

current = "what cannot be changed any more"
output = run(long, "catch nonfinite\nc\nset out = 1\nretry\nq\n")
sees(output, "that op is long done", "set and retry say so")

tap.done()
