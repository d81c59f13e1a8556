-- sparse_gradients.lua - gradients of embeddings that know their rows: PyTorch's numbers, and ordinary gradients for whoever does not ask
--
-- Read next: t/peer/sparse.py, core/touched.h. SPDX-License-Identifier: MIT
local tap = require "tap"
local lun = require "lunette"
local nn, optim = lun.nn, lun.optim

local peer = dofile((os.getenv "LUNETTE_TEST_ROOT" or ".") .. "/t/peer/sparse.lua")
local f64 = {dtype = "float64"}

-- ---- PyTorch's steps ----

local weight = lun.tensor(peer.weight, f64)
local function backward(table, ids, padding)
    local rows = lun.embedding(lun.tensor(ids), table, {padding_idx = padding, sparse = true})
    local loss = (rows ^ 2 / 2 + rows) * weight
    loss:sum():backward()
end

for i, case in ipairs(peer) do
    local x, worst = lun.tensor(peer.start, f64):requires_grad_(), 0
    local optimizer = optim[case.name]({x}, case.options)
    for step, ids in ipairs(peer.ids) do
        optimizer:zero_grad()
        backward(x, ids, case.padding)
        if case.twice then backward(x, peer.ids[step - 1] or peer.ids[#peer.ids], case.padding) end
        if case.scale then x.grad:mul_(case.scale) end -- the rows are no longer known
        optimizer:step()
        for k, value in ipairs(x:detach():flatten():totable()) do worst = math.max(worst, math.abs(value - case.steps[step][k])) end
    end
    tap.ok(worst < 1e-12, ("case %d: %s%s%s%s"):format(i, case.name, case.twice and ", two passes" or "", case.padding and ", padding" or "",
                                                     case.scale and ", scaled" or ""))
end

-- ---- an ordinary gradient for whoever does not ask ----

local big = {2000, 40} -- large enough that an embedding's gradient knows its rows although nobody asked for a sparse one
local ids = lun.tensor {5, 1999, 7, 5, 2000, 1}
local function gradient(x, hook)
    local p = x:clone():requires_grad_()
    if hook then p:register_hook(hook) end
    lun.embedding(ids, p):square():sum():backward()
    return p.grad, p
end
local start = lun.randn(big)
local want = lun.zeros(big)
for _, row in ipairs(ids:totable()) do want[row] = want[row] + 2 * start[row] end
local g, p = gradient(start)
tap.near(g, want:totable(), 1e-6, "all of it is there")
tap.is(lun.touched_rows(g), {5, 1999, 7, 2000, 1}, "and its rows are known")
tap.ok(not lun.is_row_sparse(g), "although it was not declared sparse")

local dense = lun.randn(big):requires_grad_()
tap.is(lun.touched_rows(dense:detach()), nil, "of others they are not")

lun.embedding(lun.tensor {7, 8}, p):sum():backward()
want[7], want[8] = want[7] + 1, want[8] + 1
tap.near(p.grad, want:totable(), 1e-6, "a second backward pass is added")
tap.is(lun.touched_rows(p.grad), {5, 1999, 7, 2000, 1, 8}, "with its rows")
lun.embedding(lun.tensor {3}, p):matmul(p:t()):sum():backward() -- rows, and all of it as a matrix
tap.is(lun.touched_rows(p.grad), nil, "what else is added makes it an ordinary gradient")
tap.ok(p.grad[4]:abs():sum():item() > 0, "which has it")

g = gradient(start, function(h) return h * 3 end)
tap.near(g, (gradient(start) * 3):totable(), 1e-5, "a hook's result counts")
g = gradient(start, function(h) h[9] = 1 end)
tap.near(g[9], lun.ones(40):totable(), 0, "and what a hook writes")

do -- a write through a view
    local q
    g, q = gradient(start)
    g:narrow(1, 10, 1):fill_(1)
    tap.is(lun.touched_rows(g), nil, "a write through a view makes it an ordinary gradient")
    optim.SGD({q}, {lr = 0.5}):step()
    tap.near(q:detach()[10], (start[10] - 0.5):totable(), 1e-6, "so that SGD takes the row that was written")
end

do -- SGD by rows gives the bits of SGD over all rows, and memory comes back clean
    local a, b = start:clone():requires_grad_(), start:clone():requires_grad_()
    local one, two = optim.SGD({a}, {lr = 0.1}), optim.SGD({b}, {lr = 0.1})
    local same, clean = true, true
    for step = 1, 4 do
        one:zero_grad()
        two:zero_grad()
        local some = lun.tensor {step, 2 * step, 2000 - step, step}
        for _, x in ipairs {a, b} do lun.embedding(some, x):square():sum():backward() end
        clean = clean and a.grad:ne(0):any(2):sum():item() == 3
        b.grad:mul_(1) -- its rows are unknown now
        one:step()
        two:step()
        same = same and a:detach() == b:detach()
        lun.collect_young()
    end
    tap.ok(same, "SGD: known rows, the same bits")
    tap.ok(clean, "no row of an earlier step is in a later gradient")
    local c, d = start:clone():requires_grad_(), start:clone():requires_grad_()
    local function run(x, spoil, make)
        local optimizer = make {x}
        for step = 1, 4 do
            optimizer:zero_grad()
            lun.embedding(lun.tensor {step, 2 * step, 2000 - step, step}, x):square():sum():backward()
            if spoil then x.grad:mul_(1) end
            optimizer:step()
        end
        return x:detach()
    end
    tap.near(run(c, false, optim.Adagrad), run(d, true, optim.Adagrad):totable(), 1e-6, "Adagrad: rows alone, and all of it")
    local function decaying(list) return optim.SGD(list, {lr = 0.1, weight_decay = 0.1, momentum = 0.9}) end
    c, d = start:clone():requires_grad_(), start:clone():requires_grad_()
    tap.ok(run(c, false, decaying) == run(d, true, decaying), "weight decay and momentum take all rows")
    c, d = start:clone():requires_grad_(), start:clone():requires_grad_()
    tap.ok(run(c, false, optim.Adam) == run(d, true, optim.Adam), "so does Adam")
end

do -- clipping
    local q, r = start:clone():requires_grad_(), start:clone():requires_grad_()
    for _, x in ipairs {q, r} do lun.embedding(ids, x, {sparse = true}):square():sum():backward() end
    r.grad = r.grad:clone()
    local one, two = nn.utils.clip_grad_norm_({q}, 0.5), nn.utils.clip_grad_norm_({r}, 0.5)
    tap.ok(math.abs(one / two - 1) < 1e-6, "clip_grad_norm_: the same norm")
    tap.near(q.grad, r.grad:totable(), 1e-6, "and the same gradient")
    tap.is(lun.touched_rows(q.grad).shape, {5}, "whose rows are still known")
    nn.utils.clip_grad_value_({q}, 1e-3)
    tap.ok(q.grad:abs():max():item() <= 1.001e-3 and lun.touched_rows(q.grad), "clip_grad_value_ too")
end

do -- who takes which
    local table = nn.Embedding(6, 2, {sparse = true})
    table(lun.tensor {1, 2}):sum():backward()
    tap.fails(function() optim.Adam(table:parameters()):step() end, "argument", "parameter 1, [6,2], has a row-sparse gradient",
              "Adam refuses a sparse gradient")
    local function step()
        dense.grad = lun.zeros_like(dense)
        optim.SparseAdam({dense}):step()
    end
    tap.fails(step, "argument", "not row-sparse", "SparseAdam refuses a dense one")
    local bag = nn.EmbeddingBag(50, 4, {sparse = true})
    bag(lun.tensor {{1, 9}, {9, 3}}):sum():backward()
    tap.is(lun.touched_rows(bag.weight.grad), {1, 9, 3}, "embedding_bag's gradient knows its rows")
    local x = lun.randn(50, 4):requires_grad_()
    local first = lun.grad(lun.embedding(ids:remainder(9) + 1, x, {sparse = true}):pow(3):sum(), x, {create_graph = true})
    tap.ok(first.requires_grad, "a gradient that is differentiated again is an ordinary one")
end

do -- compiled
    local a, b = start:clone():requires_grad_(), start:clone():requires_grad_()
    local function step(x)
        local optimizer = optim.SGD({x}, {lr = 0.1})
        return function(k)
            optimizer:zero_grad()
            lun.embedding(lun.tensor {k, 2 * k, 7}, x):tanh():square():sum():backward()
            optimizer:step()
        end
    end
    local eager, compiled = step(a), lun.compile(step(b))
    for k = 1, 5 do
        eager(k)
        compiled(k)
    end
    tap.ok(a:detach() == b:detach(), "a compiled step gives the bits of an eager one")
end

do -- memory that waits can be had back
    gradient(lun.randn(4000, 500))
    collectgarbage()
    local live = lun.memory().live
    lun.empty_cache()
    tap.ok(lun.memory().live <= live - 8000000, "empty_cache frees what waits for the next gradient")
end
tap.done()
