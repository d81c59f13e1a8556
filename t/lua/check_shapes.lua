-- check_shapes.lua - lunette check-shapes finds what a run would stumble over, and does nothing
--
-- Scripts made of the samples of the op table, with one bad call each: its line and the words of its error must be reported,
-- and nothing else. Then what people write, our own examples with one number changed, notebooks, and that no effect of a file
-- happens.
-- Read next: lib/shapes/check.lua, t/lua/ghost.lua (the same for one line). SPDX-License-Identifier: MIT
local tap = require "tap"
local lun = require "lunette"
local rows = require "rows"
local check = require "lunette.shapes.check"
local is, ok = tap.is, tap.ok
local root = os.getenv "LUNETTE_TEST_ROOT" or "."

local function told(result)
    if not result then return "no Lua" end
    local list = {}
    for i, mismatch in ipairs(result.found) do list[i] = mismatch.line .. ": " .. mismatch.reason end
    return table.concat(list, "\n")
end

-- ---- the whole table ----

local function reason_of(text)
    local good, problem = pcall(assert(load("return " .. text, "=line")))
    if good or type(problem) ~= "table" or problem.kind == "numeric" then return nil end
    return problem.op ~= "" and problem.op .. ": " .. problem.message or problem.message
end

-- What these refuse lies in the elements.
local about_values = {}
for name in ([[normal bernoulli bernoulli_ poisson binomial standard_gamma multinomial exponential_ geometric_ cauchy_ log_normal_
        masked_scatter histc multilabel_margin_loss binary_cross_entropy gaussian_nll_loss]]):gmatch "%S+" do about_values[name] = true end

local wrong, scripts, refused, lines = {}, 0, 0, {}
local function flush()
    local result = check.text(table.concat(lines, "\n"))
    scripts = scripts + 1
    if told(result) ~= "" then wrong[#wrong + 1] = told(result) .. " of\n" .. table.concat(lines, "\n") end
    lines = {}
end
for i, row in ipairs(rows.sampled()) do
    lines[#lines + 1] = ("local r%d = lun.%s(%s)"):format(i, row.name, row.sample)
    if #lines == 40 then flush() end
end
flush()
for _, row in ipairs(lun.ops()) do
    for _, bad in ipairs(row.bads) do
        local call = ("lun.%s(%s)"):format(row.name, bad)
        local reason = reason_of(call)
        if reason and not about_values[row.name] then
            refused = refused + 1
            local got = told(check.text(("local x = lun.zeros(2, 3)\nlocal y = x + 1\nlocal z = %s\nreturn x:sum()"):format(call)))
            if got ~= "3: " .. reason then wrong[#wrong + 1] = call .. "\n" .. got .. "\n3: " .. reason end
        end
    end
end
for i = 1, math.min(#wrong, 10) do tap.note(wrong[i]) end
is(#wrong, 0, ("%d scripts of good calls and %d with a bad one"):format(scripts, refused))

-- ---- what people write ----

local function finds(name, text, want) is(told(check.text(text)), want, name) end

finds("straight lines", "local x = lun.zeros(4, 6)\nlocal y = x:t()\nprint(y:reshape(3, 8), y:contiguous():view(5, 5))",
      "3: view: f32[6,4] has 24 elements, which cannot be seen as [5,5]")
finds("functions, by what they are called with", [[
local function f(a, b)
    return a:matmul(b)
end
f(lun.zeros(2, 3), lun.zeros(3, 4))
f(lun.zeros(2, 3), lun.zeros(4, 3))]], "2: matmul: f32[2,3] x f32[4,3]: inner sizes 3 and 4 differ")
finds("classes of one's own", [[
local Net = lun.nn.Module:extend("Net")
function Net:init(n)
    self.first, self.second = lun.nn.Linear(10, n), lun.nn.Linear(n + 1, 3)
end
function Net:forward(x)
    return self.second(self.first(x):relu())
end
local net = lun.nn.Sequential(Net(5), lun.nn.ReLU())
net(lun.zeros(2, 10))]], "6: linear: input f32[2,5] with weight f32[3,6]: the last dim of the input is 5, the weight takes 6")
finds("loops that count", [[
local x, parts = lun.zeros(64, 3), {}
for i = 1, 3 do x = x:narrow(1, 1, x:size(1) // 2) end
for i = 1, 4 do parts[#parts + 1] = x end
lun.cat(parts, 2):view(8, 13)]], "4: view: f32[8,12] has 96 elements, which cannot be seen as [8,13]")
finds("a loop of many rounds that stays as it is, and its last round", [[
local x = lun.zeros(10)
for i = 1, 100000 do
    x = x + 1
    if i == 100000 then x:view(3) end
end]], "4: view: f32[10] has 10 elements, which cannot be seen as [3]")
finds("batches, also the last one", [[
local loader = lun.data.DataLoader(lun.data.TensorDataset(lun.zeros(70, 3), lun.zeros(70)), {batch_size = 32, shuffle = true})
for x, y in loader do
    x:view(32, 3)
end]], "3: view: f32[6,3] has 18 elements, which cannot be seen as [32,3]")
finds("pieces of a table, methods, varargs", [[
local function all(...) return select("#", ...), ... end
local n, a, b = all(lun.zeros(2, n), lun.zeros(3))
local t = {x = {lun.zeros(5), lun.zeros(6)}}
for i, v in ipairs(t.x) do v:view(5) end
local _ = a]], "4: view: f32[6] has 6 elements, which cannot be seen as [5]")
finds("conditions that are not known: both ways", [[
local x = lun.zeros(3, 4)
if x:sum():item() > 0 then x = x:t() else x = x:t():contiguous() end
x:view(5)
if os.getenv "A" then x = lun.zeros(2) end
x:view(7)
if os.getenv "B" then os.exit(1) else x = lun.zeros(9) end
x:view(8)]],
    "3: view: f32[4,3] has 12 elements, which cannot be seen as [5]\n7: view: f32[9] has 9 elements, which cannot be seen as [8]")
ok(check.text("if os.time() > 3 then lun.zeros(2):view(3) end").found[1].supposed, "a mismatch on such a way says so")
ok(not check.text("if true then lun.zeros(2):view(3) end").found[1].supposed, "others do not")
finds("loops of which nobody knows how long they run", [[
local x, list = lun.zeros(8), {}
while x:sum():item() > 3 do
    x = x:view(2, 4):sum(1):tile(2)
    list[#list + 1] = x
end
x:view(9)
lun.stack(list):view(3)
for line in io.lines "nosuch" do x = x[1] end
x:view(9)]], "6: view: f32[8] has 8 elements, which cannot be seen as [9]")
finds("a training loop by hand", [[
local w = lun.randn(3, 2):requires_grad_()
local x, y = lun.randn(8, 3), lun.randn(8, 1)
for epoch = 1, 50 do
    local loss = lun.nn.MSELoss()(x:matmul(w), y:expand(8, 2))
    loss:backward()
    lun.no_grad(function() w:sub_(w.grad:t() * 0.1) end)
    w.grad = nil
end]], "6: sub_: cannot broadcast [3,2] with [2,3]: aligned from the right, 2 meets 3")
finds("a run of lun.train", [[
local net = lun.nn.Linear(64, 10)
local x, y = lun.data.digits()
local run = lun.train.run {model = net, epochs = 3}
for _ in run:epochs() do
    for a, b in run:batches(lun.data.DataLoader(lun.data.TensorDataset(x, y), {batch_size = 100})) do
        run:step(function() return lun.cross_entropy(net(a):view(-1, 5), b) end)
    end
end]], "6: cross_entropy: x f32[200,5] with target i64[100]: class numbers need the shape [200]\n"
      .. "6: cross_entropy: x f32[194,5] with target i64[97]: class numbers need the shape [194]")
finds("recursion", [[
local function g(n)
    if n == 0 then return lun.zeros(2) end
    return lun.cat({g(n - 1), lun.zeros(2)})
end
g(3):view(9)
local function h(n) if os.time() > n then return h(n - 1) end return lun.zeros(3) end
h(2):view(4)]], "5: view: f32[8] has 8 elements, which cannot be seen as [9]")
finds("what pcall catches is no mismatch",
    "local ok = pcall(function() return lun.zeros(2):view(3) end)\npcall(lun.zeros(2).view, lun.zeros(2), 3)", "")
finds("after the end nothing is walked", "lun.zeros(2)\nos.exit(0)\nlun.zeros(2):view(3)", "")
finds("goto", "for i = 1, 2 do\n  if i == 1 then goto continue end\n  lun.zeros(i):view(3)\n  ::continue::\nend",
    "3: view: f32[2] has 2 elements, which cannot be seen as [3]")
finds("a name that is not there", "local x = lun.zeroes(3)", "1: lun: no function 'zeroes', did you mean 'zeros'?")
finds("metamethods of the file", [[
local M = {}
M.__index = M
function M:twice() return lun.cat({self.x, self.x}, 1) end
M.__add = function(a, b) return a.x + b.x end
local m, n = setmetatable({x = lun.zeros(2)}, M), setmetatable({x = lun.zeros(3)}, M)
m:twice():view(5)
local s = m + n]],
    "4: add: cannot broadcast [2] with [3]: aligned from the right, 2 meets 3\n6: view: f32[4] has 4 elements, which cannot be seen as [5]")
local result, why, line = check.text("x = 1\ny = = 2")
ok(result == nil and why and line == 2, "what is no Lua is named with its line")

-- ---- the reader of trees agrees with Lua about what is Lua ----

local function listed(command)
    local pipe, list = assert(io.popen(command)), {}
    for path in pipe:lines() do list[#list + 1] = path end
    pipe:close()
    return list
end
local tree_of, differ, tried = require "lunette.shapes.read", {}, 0
for _, path in ipairs(listed(("find %s/lib %s/t/lua %s/examples -name '*.lua'"):format(root, root, root))) do
    local file = assert(io.open(path))
    local text = file:read "a"
    file:close()
    local length = #text
    for k = 0, 12 do -- whole, and cut off somewhere
        local part = text:sub(1, k == 0 and length or (k * 7919 * 31) % length)
        tried = tried + 1
        if (load(part, "=part") ~= nil) ~= (tree_of(part) ~= nil) then differ[#differ + 1] = path .. " cut at " .. #part end
    end
end
is(#differ, 0, tried .. " texts", table.unpack(differ, 1, 5))
for _, text in ipairs {"a = 0x.1p4 + 3e-2 + .5 + 0xA + 1//2", "a = [==[\n]]]==] --[[ c ]] b = 1", "x = '\\z  \\n \\x41 \\u{48}'", "return", "a.b['c']:d 'e' {f}",
                       "local a <close>, b <const> = 1", "::l:: goto l", "f{1; 2, [3] = 4, x = 5,}", "a = - - not #b ^ -2 .. 'x'", "#!/bin/lua\na = 1"} do
    ok(tree_of(text) and (load(text) or text:sub(1, 1) == "#" or text:find "<close>"), "reads " .. text:gsub("\n", " "), select(2, tree_of(text)))
end
for _, text in ipairs {"a = 08x", "a = '\\q'", "x", "return 1 a = 2", "a + 1", "local 3", "for i = 1 do end", "f(", "a = 'x\n'", "if x then", "a.b:c = 1"} do
    ok(not tree_of(text), "does not read " .. text:gsub("\n", " "))
end

-- ---- our own files ----

local function read(path)
    local file = assert(io.open(root .. "/" .. path))
    local text = file:read "a"
    file:close()
    return text
end

for _, path in ipairs {"examples/autoencoder.lua", "examples/char_transformer.lua", "examples/fashion_mnist.lua",
    "examples/fashion_mnist_by_hand.lua",
                       "examples/fashion_mnist_keras.lua", "examples/forecast.lua", "examples/kfold.lua",
                       "examples/names.lua", "tutorials/tensors.lua",
                       "tutorials/autograd.lua", "tutorials/first_minute.lua"} do
    local found = check.text(read(path), root .. "/" .. path)
    is(told(found), "", path .. " has no mismatch")
    ok(found and not found.gave_up, "and was walked to its end")
end

-- One number of an example changed.
local function broken(path, from, to, want)
    local text = read(path)
    local at, stop = text:find(from, 1, true)
    if not ok(at, path .. " holds " .. from) then return end
    local got = told(check.text(text:sub(1, at - 1) .. to .. text:sub(stop + 1), root .. "/" .. path))
    ok(got:find(want, 1, true), ("%s with %s"):format(path, to), got)
end
broken("examples/autoencoder.lua", "nn.Linear(64, 32), nn.ReLU()", "nn.Linear(65, 32), nn.ReLU()",
    "linear: input f32[297,64] with weight f32[32,65]")
broken("examples/autoencoder.lua", ":view(20, 8, 8)", ":view(20, 8, 9)", "view: f32[20,64] has 1280 elements")

-- ---- notebooks ----

local notebook = [==[
-- ---
-- lunette: {format: 1}
-- ---

-- %% [markdown] id="intro"
-- # Words that are = = no Lua

-- %% id="a"
local x = lun.zeros(4, 6)
x:view(24)

-- %%
--%time x:sum()
local y = x:t()
y

-- %%
y:matmul(y)
]==]
finds("a notebook: locals live on, cells may end with a value, lines are the file's", notebook,
      "18: matmul: f32[6,4] x f32[6,4]: inner sizes 4 and 6 differ")

-- ---- nothing happens ----

local path = os.tmpname()
os.remove(path)
local printed, real_print = {}, print
_G.print = function(...) printed[#printed + 1] = ... end
check.text(([[
print "heard" io.write "heard" os.execute "touch %s" lun.save("%s", {lun.zeros(2)}) io.open("%s",
    "w") lun.manual_seed(99) lun.randn(3)
local f = io.popen "touch %s" package.loaded.x = 3 os.remove "/nosuch" debug.sethook() coroutine.wrap(print)()
load "os.exit(1)" () string.rep("x", 1e10) collectgarbage() lun.set_num_threads(1) lun.plot.curve({1, 2}, {to = "%s"})
while true do local x = lun.zeros(2) end
]]):format(path, path, path, path, path))
_G.print = real_print
is(#printed, 0, "print is silent")
ok(not io.open(path), "no file is made")
is(lun.zeros(1):item(), 0, "and ops compute again")

-- ---- the command ----

local program = (os.getenv "LUNETTE_BUILD" or ".") .. "/lunette"
local function command(text)
    local file = assert(io.open(path, "w"))
    file:write(text)
    file:close()
    local pipe = assert(io.popen(("%s check-shapes %s 2>&1"):format(program, path)))
    local output = pipe:read "a"
    local _, _, status = pipe:close()
    os.remove(path)
    return (output:gsub(path, "FILE")), status
end
local output, status = command "local x = lun.zeros(2, 3)\nx:matmul(x)\nx:view(foo())\n"
is(output, "FILE:2: matmul: f32[2,3] x f32[2,3]: inner sizes 3 and 2 differ\n  hint: x:matmul(y.T) gives [2,2]\nFILE: 1 mismatch\n"
           .. "  not followed in lines 3\n", "what it prints")
is(status, 1, "status 1")
output, status = command "local x = lun.zeros(2, 3)\n"
is(output, "FILE: no mismatch\n", "and where all is well")
is(status, 0, "status 0")
is(select(2, command "x = = 1\n"), 1, "no Lua: status 1")
is(select(3, os.execute(program .. " check-shapes /nosuch.lua 2>/dev/null")), 2, "no file: status 2")
tap.done()
