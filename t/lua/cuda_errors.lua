-- cuda_errors.lua - what goes wrong on a device: each way of reading a value tells of it, the names are those of the call, the end of a script
-- and of a cell waits; why a device cannot be used, in one line
--
-- Each part is a process of its own. Read next: t/apart.lua, kernels/cuda/flags.cu, repl/eval.c, lib/doctor.lua. SPDX-License-Identifier: MIT
local tap = require "tap"
local apart = require "apart"
local run, sees = apart.run, apart.sees

-- ---- who reads a value is told ----

local output = run("", [[
local x = lun.rand(5, 4):cuda()
local bad = lun.tensor({1, 9}, {dtype = "int64"}):cuda()
local one, whole, truth, complex = lun.ones(1):cuda(), lun.tensor{3}:long():cuda(), lun.tensor{true}:cuda(), lun.complex(lun.ones(1), lun.ones(1)):cuda()
local ways = {
    item = function() return one:item() end,
    ["item of a whole number"] = function() return whole:item() end,
    ["item of a truth"] = function() return truth:item() end,
    ["item of a complex number"] = function() return complex:item() end,
    ["an element"] = function() return x:item(2, 3) end,
    totable = function() return x:totable() end,
    tostring = function() return tostring(x) end,
    format = function() return ("%g"):format(one) end,
    ["<"] = function() return one < 2 end,
    ["<="] = function() return 2 <= one end,
    ["=="] = function() return x == x:clone() end,
    equal = function() return lun.equal(x, x) end,
    allclose = function() return lun.allclose(x, x) end,
    any = function() return truth:any() end,
    is_nonzero = function() return one:is_nonzero() end,
    cpu = function() return x:cpu() end,
    to = function() return x:to "cpu" end,
    ["a size"] = function() return lun.zeros(whole) end,
    ["an argument"] = function() return x:narrow(1, whole, 1) end,
    nonzero = function() return x:nonzero() end,
    save = function() return lun.save(os.tmpname(), {x = x}) end,
    synchronize = function() return cuda.synchronize() end,
    event = function() local e = cuda.Event(); e:record(); e:synchronize() end,
}
local silent = {}
for name, way in pairs(ways) do
    local y = x:index_select(1, bad)
    local good, problem = pcall(way)
    local told = not good and tostring(problem):find("index_select: index 9 (element 2) is outside 1..5", 1, true)
    if not told then silent[#silent + 1] = name .. ": " .. (good and "no error" or tostring(problem)) end
    pcall(cuda.synchronize)
end
table.sort(silent)
print("silent", #silent, table.concat(silent, "; "))
print("well again", x:index_select(1, lun.tensor{1, 5}:long():cuda()).shape[1], one:item())
]])
sees(output, "each way of reading a value tells of the index that was out of bounds", "silent\t0\t", "well again\t2\t1.0")

-- ---- the name is that of the call ----

output = run("", [[
local F = lun.nn.functional
local function T(...) return lun.tensor({...}, {dtype = "int64"}):cuda() end
local x, b, one = lun.rand(3, 4):cuda(), T(1, 4), lun.ones(1, 2):cuda()
local scores = x[{{1, 2}, {1, 3}}]
local calls = {
    cross_entropy = function() return F.cross_entropy(scores, b) end,
    nll_loss = function() return F.nll_loss(scores, b) end,
    multi_margin_loss = function() return F.multi_margin_loss(scores, b) end,
    multilabel_margin_loss = function() return F.multilabel_margin_loss(scores, T(1, 4, -1, 1, 2, -1):view(2, 3)) end,
    one_hot = function() return F.one_hot(b, 3) end,
    embedding = function() return F.embedding(b, x) end,
    embedding_bag = function() return F.embedding_bag(b:view(1, 2), x) end,
    gather = function() return x:gather(1, b:view(1, 2)) end,
    scatter = function() return x:scatter(1, b:view(1, 2), one) end,
    scatter_add_ = function() return x:clone():scatter_add_(1, b:view(1, 2), one) end,
    scatter_reduce = function() return x:scatter_reduce(1, b:view(1, 2), one, "amax") end,
    index_add_ = function() return x:clone():index_add_(1, b, lun.ones(2, 4):cuda()) end,
    index_copy_ = function() return x:clone():index_copy_(1, b, lun.ones(2, 4):cuda()) end,
    index_fill_ = function() return x:clone():index_fill_(1, b, 7) end,
    take = function() return x:take(T(1, 13)) end,
    put_ = function() return x:clone():put_(T(1, 13), lun.ones(2):cuda()) end,
    max_unpool2d = function() return F.max_unpool2d(lun.ones(1, 1, 1, 1):cuda(), T(99):view(1, 1, 1, 1), 2) end,
    floor_divide = function() return T(4) // T(0) end,
    div = function() return T(4):div(T(0), "floor") end,
    set_index_ = function() local y = x:clone(); y[b] = 1 end,
}
local wrong = {}
for name, f in pairs(calls) do
    local good, problem = pcall(function()
        f()
        cuda.synchronize()
    end)
    if good or problem.op ~= name then wrong[#wrong + 1] = name .. ": " .. (good and "no error" or tostring(problem)) end
end
print("wrong", #wrong, table.concat(wrong, "; "))
]])
sees(output, "errors that a kernel flagged bear the name of the op that was called, not of a part of it", "wrong\t0\t")

-- ---- nobody reads ----

local unread = [[
local x = lun.rand(5, 4):cuda()
local y = x:index_select(1, lun.tensor{1, 9}:long():cuda())
print("the end")
]]
local status
output, status = run("", unread)
sees(output, "the end of a script waits, and tells", "the end", "index_select: index 9 (element 2) is outside 1..5", ":4; noticed only now)")
tap.is(status, 1, "and the script has failed")
output, status = run("", "lun.rand(3):cuda()\nprint('good')\n")
tap.is(output .. status, "good\n0", "a script without errors has not")
output = run("", unread .. "error 'mine'")
sees(output, "of a script that failed otherwise, both are told", "mine", "and on the device: index_select: index 9 (element 2) is outside 1..5")

-- ---- Ctrl-C ----

if not apart.given then
    local began = os.time()
    output, status = run("LUNETTE_HOST_DEVICE_LAZY=1 timeout --preserve-status -s INT 2 env", [[
    local x = lun.rand(60, 60):cuda()
    for _ = 1, 3000 do x = x:matmul(x) * 0.01 end
    print "queued"
    ]])
    sees(output, "Ctrl-C ends the wait at the end of a script", "queued", "interrupted")
    tap.is(status, 130, "as it ends a script")
    tap.note("it took %d s", os.time() - began)
end

-- ---- a lost device ----

if not apart.given then
    local lost
    lost, status = run("LUNETTE_HOST_DEVICE_FAULT=cross_entropy_labels", [[
    local F = lun.nn.functional
    lun.manual_seed(1)
    local net = lun.nn.Linear(4, 3)
    local kept = lun.nn.Linear(4, 3):state_dict()
    net:cuda()
    local x, y = lun.rand(8, 4):cuda(), lun.randint(1, 4, {8}):cuda()
    print("raised", pcall(function() return F.cross_entropy(net(x), y):item() end))
    local path = os.tmpname()
    lun.save(path, kept)
    for name, use in pairs{item = function() return x:item(1, 1) end, totable = function() return x:totable() end, cpu = function() return x:cpu() end,
            op = function() return x + 1 end, new = function() return lun.ones(2):cuda() end, save = function() lun.save(path, {x = x}) end,
            memory = cuda.memory_summary, wait = cuda.synchronize, net = function() return net:cpu() end} do
        local good, problem = pcall(use)
        if good or not tostring(problem):find("cuda:0 is lost", 1, true) then print("not told by", name, problem) end
    end
    print("saved", lun.load(path).weight:equal(kept.weight), F.cross_entropy(lun.randn(4, 3), lun.randint(1, 4, {4})):item() > 0)
    os.remove(path)
    error("left by an error")
    ]])
    sees(lost, "a lost device: every use says so, what is on the CPU can be used and saved", "cuda:0 is lost: an illegal memory access was encountered",
        "the last call was", "saved\ttrue\ttrue", "left by an error")
    tap.ok(not lost:find("not told by", 1, true), "none is silent")
    tap.is(status, 1, "and the exit is an ordinary one")
    local path = lost:match "(/%S+%.lua) makes the last calls again"
    local again
    again, status = apart.call("", path or "no file")
    sees(again, "the file makes the calls again on a device that works", "linear", "cross_entropy")
    tap.is(status, 0, "without an error")
    sees(apart.call("LUNETTE_HOST_DEVICE_FAULT=cross_entropy_labels", path or "no file"), "and on one that does not it names the call",
        "it happened in cross_entropy")
    if path then os.remove(path) end

    lost = run("LUNETTE_HOST_DEVICE_FAULT=histc", [[
    local F = lun.nn.functional
    local x, i = lun.rand(4, 6):cuda(), lun.ones(2, 6):long():cuda()
    x:gather(1, i):sum(1):softmax(1)
    lun.cat({x, x}, 1):cumsum(2)
    F.layer_norm(x, {6}, lun.ones(6):cuda(), lun.zeros(6):cuda())
    F.conv2d(lun.rand(1, 2, 5, 5):cuda(), lun.rand(3, 2, 3, 3):cuda(), nil, 1, {1, 1})
    F.embedding(lun.ones(3):long():cuda(), x)
    x:transpose(1, 2):matmul(x):topk(2, 1)
    lun.where(x:gt(0.5), x, 0)
    x:scatter_add_(1, i, lun.ones(2, 6):cuda()):add_(1)
    lun.randint(1, 5, {4}, {device = "cuda"})
    lun.linspace(0, 1, 5, {device = "cuda"}):pow(2)
    x:std(1)
    x:histc(10, 0, 1)
    ]])
    path = lost:match "(/%S+%.lua) makes the last calls again"
    again, status = apart.call("", path or "no file")
    local names = {}
    for name in ("gather sum softmax cat cumsum layer_norm conv2d embedding matmul topk gt where scatter_add randint linspace pow std histc"):gmatch "%S+" do
        names[#names + 1] = "\n" .. name .. "\n"
    end
    sees("\n" .. again, "calls with all kinds of arguments can be made again", table.unpack(names))
    tap.is(status, 0, "all of them")
    if path then os.remove(path) end
end

-- ---- names of devices, and arguments apart ----

output = run("", [[
local function text(f, ...)
    local good, problem = pcall(f, ...)
    return good and "nothing" or (tostring(problem):gsub("\n.*hint: ", "; "):gsub("\n.*", ""))
end
local x, net = lun.ones(3), lun.nn.Linear(3, 2)
local g = x:cuda()
for _, name in ipairs {"cuda:63", "cuda:-1", "gpu", "cuda0", "cuda:", "cuda:1x", "CUDA", "cpu:0"} do
    print(name, text(x.to, x, name), text(net.to, net, name):gsub("^error%S+ %S+ ", "") == text(x.to, x, name):gsub("^error%S+ %S+ ", ""))
end
print("to {}", text(x.to, x, {}), text(net.to, net, {}))
print("cuda {}", text(x.cuda, x, {}), text(net.cuda, net, {}))
print("cuda -1", text(x.cuda, x, -1), text(net.cuda, net, -1))
print("cuda name", x:cuda("cuda:0").device, net:cuda("cuda:0").weight.device, text(x.cuda, x, "cpu"))
print("add", text(function() return x + g end))
print("add_", text(function() return g:add_(x) end))
print("into", text(function() return x:add_(g) end))
print("later", text(function() return lun.layer_norm(g, {3}, lun.ones(3), lun.ones(3)) end))
print("listed", text(function() return lun.cat({g, g, x}) end))
print("positions", text(function() return x:gather(1, lun.ones(1):long():cuda()) end))
net:cpu()
print("network", text(function() return net(g) end))
net:cuda()
print("seed", text(function() net(g):backward(lun.ones(2)) end))
print("number as seed", text(function() net(g):sum():backward(lun.tensor(2.0):cuda()) end), net.weight.grad.device)
print("gradient", text(function() net.weight.grad = lun.ones(2, 3) end))
]])
sees(output, "names that are no device, and tensors on several: what is wrong, with the names of the arguments, and what helps",
    "cuda:63\terror[E301] to: there is no device cuda:63", "cuda:-1\terror[E121] to: no device 'cuda:-1'; \"cpu\", \"cuda\" or \"cuda:1\"\ttrue",
    "gpu\terror[E121] to: no dtype and no device 'gpu'; devices are", "cpu:0\terror[E121] to: no dtype and no device 'cpu:0'",
    "to {}\terror[E120] to: needs the name of a dtype or a device, got a table", "cuda {}\terror[E120] `device` must be a whole number, got a table",
    "cuda -1\terror[E301] there is no device cuda:-1; devices are numbered from 0\terror[E301] there is no device cuda:-1",
    "cuda name\tcuda:0\tcuda:0\terror[E301] cpu is no CUDA device", "add\terror[E301] add: x is on cpu and y on cuda:0; x:to(\"cuda:0\") moves it there",
    "add_\terror[E301] add_: x is on cuda:0 and y on cpu; y:to(\"cuda:0\")", "into\terror[E301] add_: x is on cpu and y on cuda:0; y:to(\"cpu\")",
    "later\terror[E301] layer_norm: x is on cuda:0 and weight on cpu; weight:to(\"cuda:0\")", "listed\terror[E301] cat: tensors[1] is on cuda:0 and tensors[3] on cpu",
    "positions\terror[E301] gather: x is on cpu and index on cuda:0", "network\terror[E301] linear: x is on cuda:0 and weight on cpu; net:to(\"cuda:0\") moves",
    "seed\terror[E301] backward: the gradient is on cpu, the tensor on cuda:0", "number as seed\tnothing\tcuda:0",
    "gradient\terror[E301] grad: the gradient is on cpu, the tensor on cuda:0")
tap.ok(not output:find("\tfalse", 1, true), "a network says the same")

-- ---- a network that moves ----

output = run("", [[
local nn, optim = lun.nn, lun.optim
local function train(move_at, make)
    lun.manual_seed(3)
    local net = nn.Sequential(nn.Linear(3, 4), nn.Tanh(), nn.Linear(4, 3))
    local opt = make(net:parameters())
    local x = lun.rand(5, 3)
    for k = 1, 6 do
        if k == move_at then net:cuda() x = x:cuda() end
        opt:zero_grad()
        net(x):square():sum():backward()
        opt:step()
    end
    return net:cpu():parameters()[1]
end
local worst = 0
for name, make in pairs {adam = function(p) return optim.Adam(p, {lr = 0.1}) end, sgd = function(p) return optim.SGD(p, {lr = 0.1, momentum = 0.9}) end,
        ams = function(p) return optim.AdamW(p, {lr = 0.1, amsgrad = true}) end, rms = function(p) return optim.RMSprop(p, {lr = 0.01}) end,
        adagrad = function(p) return optim.Adagrad(p, {lr = 0.1}) end} do
    local want = train(0, make)
    for _, at in ipairs {1, 4} do worst = math.max(worst, (train(at, make) - want):abs():max():item()) end
end
print("an optimiser made before goes on", worst < 1e-5)
local a = nn.Linear(3, 3)
local b = nn.Linear(3, 3)
b.weight = a.weight
local both = nn.Sequential(a, b)
local weight, count = a.weight, #both:parameters()
a(lun.ones(1, 3)):sum():backward()
both:cuda()
print("shared", rawequal(a.weight, b.weight), rawequal(a.weight, weight), weight.device, weight.grad.device, #both:parameters() == count,
    weight.requires_grad, weight.is_leaf)
]])
sees(output, "a network that moves keeps its parameters, what they share, their gradients, and its optimiser", "an optimiser made before goes on\ttrue",
    "shared\ttrue\ttrue\tcuda:0\tcuda:0\ttrue\ttrue\ttrue")

-- ---- why a device cannot be used ----

local function doctor(settings, what, text, hint)
    local told = apart.call(settings, "doctor")
    local line = told:match "CUDA%s+([^\n]*)" or told
    tap.is(line, ("%s (%s)"):format(text, hint), what .. ": lunette doctor says so in a line")
    local first = apart.call(settings, "-e 'lun.ones(2):cuda()'")
    sees(first, what .. ": and the first use", text:gsub("^none: ", ""):gsub("^cuda:0 cannot be used: ", ""), "hint: " .. hint)
end

local here = os.tmpname()
io.open(here, "w"):write("no module"):close()
local named = 'LUNETTE_CUDA_MODULE names that file; or use "cpu"'
doctor("LUNETTE_CUDA_MODULE=/nowhere/lunette_cuda.so", "a module that is not there", "none: the CUDA module cannot be loaded: "
    .. "/nowhere/lunette_cuda.so: cannot open shared object file: No such file or directory", named)
doctor("LUNETTE_CUDA_MODULE=" .. here, "a file that is no library", "none: the CUDA module cannot be loaded: " .. here .. ": file too short", named)
os.remove(here)
local library = io.popen "ldconfig -p 2>/dev/null || /sbin/ldconfig -p 2>/dev/null":read "a":match "libm%.so%.6[^\n]*=> (%S+)"
if library then
    doctor("LUNETTE_CUDA_MODULE=" .. library, "another library", ("none: %s is not Lunette's CUDA module"):format(library), named)
else
    tap.skip "another library: ldconfig does not tell where one is"
end
sees(apart.call("LUNETTE_CUDA_MODULE=", "doctor"), "an empty LUNETTE_CUDA_MODULE names nothing", "CUDA")
tap.ok(not apart.call("LUNETTE_CUDA_MODULE=", "doctor"):find "is not Lunette's CUDA module", "and is no library")
if not apart.given then
    doctor("LUNETTE_HOST_DEVICES=0", "no device", "none: the NVIDIA driver (CUDA 13.0) sees no device", "nvidia-smi lists the devices of this machine")
    doctor("LUNETTE_HOST_DEVICES=0 CUDA_VISIBLE_DEVICES=", "hidden devices", 'none: the NVIDIA driver (CUDA 13.0) sees no device; '
        .. 'CUDA_VISIBLE_DEVICES is ""', "unset CUDA_VISIBLE_DEVICES, or set it to 0")
    doctor("LUNETTE_HOST_DEVICE_DRIVER=0", "no driver", "none: no NVIDIA driver was found", 'use "cpu"; CUDA needs NVIDIA\'s driver and a GPU')
    doctor("LUNETTE_HOST_DEVICE_DRIVER=12040", "an old driver", "none: the NVIDIA driver is too old: it knows CUDA 12.4, this build needs 13.0",
        "install a newer driver")
    doctor("LUNETTE_HOST_DEVICE_CODE=none", "no code for it", "cuda:0 cannot be used: host device has compute capability 9.0, which this build has "
        .. "no code for", "./configure --with-cuda-arch=... builds for other devices")
end

tap.done()
