-- ghost.lua - what the prompt says of a line before it runs is what comes of it
--
-- Every sample of every row of the op table is typed as an expression, as a call of names that hold its arguments, and as a
-- method; the ghost must be the result's dtype and shape, or there must be none. What a row refuses must be refused with the
-- same words. Then the lines that people type, networks, and that nothing of the user's runs.
-- Read next: lib/shapes/ghost.lua, t/rows.lua. SPDX-License-Identifier: MIT
local tap = require "tap"
local lun = require "lunette"
local rows = require "rows"
local dry = require "lunette.dry_core"
local ghost = require "lunette.shapes.ghost"
local nn = lun.nn
local is, ok = tap.is, tap.ok

-- The ghost of a text where these names are bound: text, nil; nil, reason; or nothing.
local function ghost_of(text, names)
    local function look_up(name)
        if names and names[name] ~= nil then return names[name] end
        if name == "lun" then return lun end
        if name == "nn" then return nn end
        return rawget(_G, name)
    end
    ghost.forget()
    local good, shape, reason = dry.within(1, ghost.of, text, look_up)
    if not good then return nil, "RAISED " .. tostring(shape) end
    return shape, reason
end

-- The same of what really comes.
local function truth(text, names)
    local run = assert(load("return " .. text, "=line", "t", setmetatable(names or {}, {__index = _ENV})))
    lun.manual_seed(7)
    local results = table.pack(pcall(run))
    if not results[1] then
        local problem = results[2]
        if type(problem) ~= "table" then return nil, "foreign: " .. tostring(problem) end
        return nil, problem.op ~= "" and problem.op .. ": " .. problem.message or problem.message
    end
    local function brief(value)
        if lun.is_tensor(value) then return dry.text(value) end
        if type(value) ~= "table" or not lun.is_tensor(value[1]) then return nil end
        local parts = {}
        for i = 1, math.min(#value, 3) do parts[i] = brief(value[i]) end
        if #value > 3 then parts[4] = ("... %d in all"):format(#value) end
        return "{" .. table.concat(parts, ", ") .. "}"
    end
    local parts, some = {}, false
    for i = 2, math.min(results.n, 5) do
        parts[i - 1] = brief(results[i]) or "?"
        some = some or parts[i - 1] ~= "?"
    end
    return some and table.concat(parts, ", ") or nil
end

-- ---- the whole table ----

-- What these refuse lies in the elements, which a ghost does not look at.
local about_values = {}
for name in ([[normal bernoulli bernoulli_ poisson binomial standard_gamma multinomial exponential_ geometric_ cauchy_ log_normal_ masked_scatter
        histc lu_factor_ex inv inv_ex solve solve_ex cholesky cholesky_ex matrix_power multilabel_margin_loss binary_cross_entropy
        gaussian_nll_loss]]):gmatch "%S+" do about_values[name] = true end

local lun_rows, counts, problems = rows.sampled(), {shown = 0, none = 0, refused = 0}, {}
local silent = {}

local function compare(label, text, names)
    local shape, reason = ghost_of(text, names)
    local real, why = truth(text, names)
    if shape and shape == real then counts.shown = counts.shown + 1
    elseif reason and reason == why then counts.refused = counts.refused + 1
    elseif not shape and not reason then
        counts.none = counts.none + 1
        if real then silent[label] = true end
    elseif not (shape and why and about_values[label]) then
        problems[#problems + 1] = ("%s: %s gave %s, ghost %s"):format(label, text, real or why, shape or reason)
    end
end

for _, row in ipairs(lun_rows) do
    local call = ("lun.%s(%s)"):format(row.name, row.sample)
    compare(row.name, call)
    local args, names, list = rows.sample(row.sample, function(x) return x end), {}, {}
    for i = 1, args.n do
        names["a" .. i] = args[i]
        list[i] = args[i] == nil and "nil" or "a" .. i
    end
    compare(row.name, ("lun.%s(%s)"):format(row.name, table.concat(list, ", ")), names)
    if row.flags.method and lun.is_tensor(args[1]) then
        compare(row.name, ("a1:%s(%s)"):format(row.name, table.concat(list, ", ", 2)), names)
    end
end
for _, row in ipairs(lun.ops()) do
    for _, bad in ipairs(row.bads) do compare(row.name, ("lun.%s(%s)"):format(row.name, bad)) end
end
for i = 1, math.min(#problems, 60) do tap.note(problems[i]) end
is(#problems, 0, "no ghost is wrong")
local names = {}
for name in pairs(silent) do names[#names + 1] = name end
table.sort(names)
tap.note(("%d shapes and %d reasons shown, %d times nothing; rows that sometimes show nothing: %s"):format(counts.shown,
    counts.refused,
        counts.none, table.concat(names, " ")))
ok(counts.shown > 4000, "and most calls have one")

-- ---- lines that people type ----

local x, y = lun.randn(64, 10), lun.randn(32, 20)
local net = nn.Sequential(nn.Linear(10, 5), nn.ReLU())
local images = nn.Sequential(nn.Conv2d(1, 8, 3), nn.BatchNorm2d(8), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(),
    nn.Linear(8 * 13 * 13, 10))
local w = lun.randn(10, 3):requires_grad_()
x:matmul(w):sum():backward()
local names_here = {x = x, y = y, net = net, images = images, w = w, sizes = {32, 20}, holder = {inner = {x = x}, list = {x,
    x}}, n = 5,
                    lstm = nn.LSTM(10, 4, {batch_first = true}), attention = nn.MultiheadAttention(8, 2, {batch_first = true}),
                    word = "float64", seq = lun.randn(2, 7, 10), mask = x:gt(0), at = lun.tensor{1, 3}, pieces = x:split(16)}

local function shows(text, want) is(ghost_of(text, names_here), want, text) end
local function refuses(text, want)
    local shape, reason = ghost_of(text, names_here)
    ok(not shape and reason and reason:find(want, 1, true), text, reason or "no reason: " .. tostring(shape))
end
local function silent_about(text)
    local shape, reason = ghost_of(text, names_here)
    ok(shape == nil and reason == nil, "nothing: " .. text:gsub("\n", " / "), shape or reason)
end

for text, want in pairs {
    ["x"] = "f32[64,10]", ["x + 1"] = "f32[64,10]", ["-x ^ 2 // 3 % 2"] = "f32[64,10]", ["a = x:t()"] = "f32[10,64]",
    ["local a <const>, b = x:max(2)"] = "f32[64], i64[64]", ["local a = x:max(2)"] = "f32[64]", ["return x.T"] = "f32[10,64]",
    ["=x.mT"] = "f32[10,64]", ["x:sum(1);"] = "f32[10]", ["x[1]"] = "f32[10]", ["x[{1, {2, 3}}]"] = "f32[2]",
    ["x['1:3, :']"] = "f32[3,10]",
    ["x[at]"] = "f32[2,10]", ["x:view(sizes)"] = "f32[32,20]", ["holder.inner.x:sum(2)"] = "f32[64]",
    ["lun.cat(holder.list, 2)"] = "f32[64,20]",
    ["holder.list[1]"] = "f32[64,10]", ["pieces"] = "{f32[16,10], f32[16,10], f32[16,10], ... 4 in all}",
    ["x:to(word)"] = "f64[64,10]", ["x:view(2 * (16 + 0), -1)"] = "f32[32,20]", ["x:reshape(#pieces, -1)"] = "f32[4,160]",
    ["lun.zeros(x:size(1), n)"] = "f32[64,5]", ["lun.zeros(x.shape)"] = "f32[64,10]",
    ["lun.zeros{2, 3, dtype = 'int64'}"] = nil,
    ["net(x)"] = "f32[64,5]", ["net:forward(x)"] = "f32[64,5]", ["images(lun.zeros(4, 1, 28, 28))"] = "f32[4,10]",
    ["net[1].weight"] = "f32[5,10]",
    ["nn.Linear(10, 3)(x):softmax(-1)"] = "f32[64,3]", ["lstm(seq)"] = "f32[2,7,4], {f32[1,2,4], f32[1,2,4]}",
    ["nn.functional.relu(x)"] = "f32[64,10]",
    ["attention(seq:narrow(3, 1, 8), seq:narrow(3, 1, 8), seq:narrow(3, 1, 8))"] = "f32[2,7,8], f32[2,7,7]",
    ["lun.cross_entropy(net(x), lun.ones(64):long())"] = "f32[]", ["w.grad"] = "f32[10,3]", ["x:matmul(w)"] = "f32[64,3]",
    ["local h = x:view(32, 20)\nh = h:t()\nh:matmul(y)"] = "f32[20,20]", ["x + y:view(64, 10) -- said"] = "f32[64,10]",
    ["lun.where(mask, x, 0)"] = "f32[64,10]", ["x:add_(1)"] = "f32[64,10]", ["lun.tensor{{1, 2, 3}, {4, 5, 6}}"] = "i64[2,3]",
    ["lun.zeros(100000, 100000, 100)"] = "f32[100000,100000,100]", ["x.grad"] = nil, ["lun.linalg.norm(x)"] = "f32[]",
    ["(x and y)"] = "f32[32,20]", ["x or y"] = "f32[64,10]", ["lun.randn(3, 4):svd()"] = "f32[3,3], f32[3], f32[4,4]",
    ["holder.list[1] = y"] = "f32[32,20]",
    ["{x}"] = "{f32[64,10]}", ["x:reshape(table.unpack(x.shape))"] = "f32[64,10]",
} do shows(text, want) end

-- Inside blocks that are still open: the first round, the branch that is typed, a function whose arguments nobody knows.
for text, want in pairs {
    ["for i = 1, 3 do\n  x[i]"] = "f32[10]", ["for i = 2, 3 do x:narrow(1, 1, i)"] = "f32[2,10]",
    ["for i = 1, 2 do\n  for j = 1, 2 do\n    local h = x:view(32, 20)\n    h:t()"] = "f32[20,32]",
    ["for _, b in ipairs(list) do\n  x:t()"] = "f32[10,64]", ["while true do\n  local h = net(x)\n  h:sum(1)"] = "f32[5]",
    ["if n then\n  x:sum(1)\nelse\n  y:sum(1)"] = "f32[20]", ["if n then x = y\nelseif x then\n x:t()"] = "f32[10,64]",
    ["local function f(y)\n  local h = net(x)\n  return h:t()"] = "f32[5,64]", ["net.forward = function(self, q)\n  return x:matmul(w)"] = "f32[64,3]",
    ["map(list, function(v)\n  return x:t()"] = "f32[10,64]", ["repeat\n  local s = x + 1\n  s:sum(2)"] = "f32[64]",
    ["local h = x:t()\nfor i = 1, 3 do\n  h:matmul(x)"] = "f32[10,10]", ["do\n  x"] = "f32[64,10]",
} do shows(text, want) end
refuses("for i = 1, 3 do\n  local h = x:matmul(y)", "inner sizes 10 and 32 differ")
for _, text in ipairs {"for i = 1, 3 do", "function f(x)\n  x:t()", "for x in pairs(y) do\n  x:t()", "local x = y for i = 1, 2 do\n  x:t()",
                       "f(1, function()\n x) x:t()", "for i = 1, 3 do\n for j = 1, 2 do x = y end\n x:t()", "if x then end end x",
                       "while x", "function obj:f()\n  self:t()"} do silent_about(text) end

refuses("x:matmul(y)", "matmul: f32[64,10] x f32[32,20]: inner sizes 10 and 32 differ")
refuses("x + y", "add: cannot broadcast [64,10] with [32,20]")
refuses("z = net(y)", "linear: input f32[32,20] with weight f32[5,10]")
refuses("x[70]", "index")
silent_about("x.sha") -- a name that is not whole yet
refuses("x.sha + 1", "no method 'sha'")
refuses("x:foo()", "no method 'foo'")
refuses("lun.cat({x, y}, 1)", "cat: cannot join")
refuses("x:index_select(1, lun.tensor{65})", "index 65")

for _, text in ipairs {"", "x:view(2,", "x:", "for i = 1, 3 do x = x + 1 end", "if x then y = 1 end", "print(x)", "foo",
    "foo(x)", "x:sum():item()", "x == x",
                       "x < y", "1 + 1", "'text'", "x:nonzero()", "x[mask]", "x.shape", "net", "x:size()", "lun.nonsense(x)",
                       "lun", "x.shape[1] + y.shape",
                       "x .. 'a'", "x:to('cuda:7')", "function f() end", "while true do end", "goto a",
                       "lun.save(x, 'f')", "local a", "x:register_hook(print)", "x:backward()", "lun.manual_seed(3)",
                       "lun.set_num_threads(1)",
                       ("("):rep(400) .. "x" .. (")"):rep(400), "x = [[", "x\0y"} do silent_about(text) end

-- ---- nothing of the user's runs, nothing changes ----

local ran = {}
local function trap(name) return function() ran[#ran + 1] = name error "it ran" end end
local Mine = nn.Module:extend("Mine")
Mine.forward = trap "forward of a class"
local hooked = nn.Linear(10, 5)
hooked:register_forward_hook(trap "a forward hook")
local patched = nn.Linear(10, 5)
rawset(patched, "forward", trap "a patched forward")
local inside = nn.Sequential(nn.Linear(10, 10), Mine())
lun.op.define {name = "ghost_test_op", args = "x: tensor", forward = trap "an op of one's own", help = "For a test."}
local traps = {
    x = x, f = trap "a function", table_of_calls = setmetatable({}, {__call = trap "__call"}), fields = setmetatable({},
        {__index = trap "__index"}),
    sum = setmetatable({}, {__add = trap "__add", __len = trap "__len", __lun_op = trap "__lun_op", __unm = trap "__unm"}),
        mine = Mine(), Mine = Mine,
    hooked = hooked, patched = patched, inside = inside, listed = setmetatable({1, 2}, {__pairs = trap "__pairs",
        __len = trap "__len"}),
}
for _, text in ipairs {"f(x)", "table_of_calls(x)", "fields.a", "fields.a(x)", "sum + x", "x + sum", "#sum", "-sum",
    "lun.relu(sum)", "lun.cat({x, sum})", "mine(x)",
                       "mine:forward(x)", "Mine()(x)", "hooked(x)", "patched(x)", "inside(x)", "lun.zeros(listed)",
                       "x:view(listed)",
                       "lun.ghost_test_op(x)", "x:ghost_test_op()", "lun.vmap(f)(x)", "lun.no_grad(f)", "sum:relu()"} do
    local shape, reason = ghost_of(text, traps)
    ok(not shape and not reason, "unknown: " .. text, shape, reason)
end
is(#ran, 0, "no code of the user's ran", table.unpack(ran))

local before = {lun.get_rng_state(), x.version, net._calls or "none", images[2].num_batches_tracked:item(),
    images[2].running_mean:sum():item()}
for _, text in ipairs {"x:add_(1)", "lun.randn(3)", "net(x)", "images(lun.zeros(4, 1, 28, 28))", "nn.Linear(3, 4)",
    "x:zero_()", "w:sub_(1)"} do
    ghost_of(text, names_here)
end
local after = {lun.get_rng_state(), x.version, net._calls or "none", images[2].num_batches_tracked:item(),
    images[2].running_mean:sum():item()}
is(tap.difference(before, after, 0), nil, "generator, versions, call numbers and running statistics are as they were")

-- ---- patience ----

local collected = 0
local started = lun.wall_clock()
local good, why = dry.within(0.01, function()
    for _ = 1, 100 do setmetatable({}, {__gc = function() collected = collected + 1 end}) end
    while true do end
end)
ok(not good and why == "OVER" and lun.wall_clock() - started < 5, "what takes too long is given up")
is(collected, 0, "and no __gc runs meanwhile")
ok(not dry.within(1, error, "x") and select(2, dry.within(1, function() return lun.zeros(1):item() end)).kind == "values",
   "to ask for an element is an error of its own")
is(lun.zeros(2):sum():item(), 0, "and afterwards all is as before")
tap.done()
