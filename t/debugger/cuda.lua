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

local function run(script, commands)
    local base = os.tmpname()
    write(base .. ".lua", script)
    write(base .. ".dbg", commands)
    local command = "LUNETTE_QUIET=1 LUNETTE_CUDA_MODULE=%s %s/lunette --batch --dbg %s.dbg %s.lua 2>&1 </dev/null"
    local pipe = io.popen(command:format(module, build, base, base))
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

current = "what cannot be changed any more"
output = run(long, "catch nonfinite\nc\nset out = 1\nretry\nq\n")
sees(output, "that op is long done", "set and retry say so")

tap.done()
