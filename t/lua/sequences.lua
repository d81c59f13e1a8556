-- sequences.lua - attention, recurrent networks, ctc, packing and boxes against the same thing said slowly
--
-- Holds: fused ops agree with their definition written with ordinary ops, on sizes that need several tiles and blocks, and give the
-- same bits on 1, 2 and 4 threads. Read next: ../ops.lua (every row's own samples).
-- SPDX-License-Identifier: MIT
local tap = require "tap"
local lun = require "lunette"

local function leaf(...) return lun.randn({ ... }, { dtype = "float64" }):requires_grad_() end

local function gradients(f, leaves)
    for _, x in ipairs(leaves) do x.grad = nil end
    local y = f()
    local n = y:numel()
    local weights = lun.linspace(-1, 1, n, { dtype = "float64" }):reshape(y.shape)
    ;(y * weights):sum():backward()
    local all = { y:detach() }
    for i, x in ipairs(leaves) do all[i + 1] = x.grad end
    return all
end

local function agree(name, f, g, leaves)
    local a, b = gradients(f, leaves), gradients(g, leaves)
    local worst = 0
    for i = 1, #a do worst = math.max(worst, (a[i] - b[i]):abs():max():item()) end
    tap.ok(worst < 1e-9, name .. (": results and gradients differ by at most %.1e"):format(worst))
end

-- attention
local function attention(q, k, v, mask, causal)
    local scores = q:matmul(k:transpose(-1, -2)) / math.sqrt(q.shape[q.ndim])
    if causal then
        scores = scores:masked_fill(lun.ones(q.shape[q.ndim - 1], k.shape[k.ndim - 1]):tril():eq(0), -math.huge)
    end
    if mask then scores = scores + mask end
    return scores:softmax(-1):matmul(v)
end

lun.manual_seed(1)
for _, case in ipairs { { 3, 70, 300, 8 }, { 2, 130, 130, 1, true }, { 9, 20, 40, 5, false, true }, { 1, 65, 257, 3, true } } do
    local n, l, s, e, causal, masked = table.unpack(case)
    local q, k, v = leaf(n, l, e), leaf(n, s, e), leaf(n, s, 2)
    local mask = masked and lun.randn(l, s, { dtype = "float64" }) or nil
    agree(("attention of %d sets, %d queries, %d keys"):format(n, l, s),
        function() return lun.scaled_dot_product_attention(q, k, v, mask, 0, causal or false) end,
        function() return attention(q, k, v, mask, causal) end, { q, k, v })
end

do
    local q, k, v = leaf(2, 4, 5, 3), leaf(2, 2, 7, 3), leaf(2, 2, 7, 3)
    local function twice(x) return lun.stack({ x, x }, 3):reshape(2, 4, 7, 3) end
    agree("grouped heads", function() return lun.scaled_dot_product_attention(q, k, v, { enable_gqa = true }) end,
        function() return attention(q, twice(k), twice(v)) end, { q, k, v })
    local may = lun.ones(5, 7):bool()
    may[2] = false
    local y = lun.scaled_dot_product_attention(q, twice(k), twice(v), may)
    tap.is(y[1][1][2]:abs():sum():item(), 0.0, "a query that may look at nothing gets zeros")
    y:sum():backward()
    tap.ok(q.grad:isfinite():all(), "and its gradient is finite")
end

-- recurrent networks, step by step
local function lstm_by_hand(x, h, c, p)
    local out = {}
    for t = 1, x.shape[1] do
        local g = x[t]:linear(p[1], p[3]) + h:linear(p[2], p[4])
        local i, f, u, o = table.unpack(g:chunk(4, 2))
        c = f:sigmoid() * c + i:sigmoid() * u:tanh()
        h = o:sigmoid() * c:tanh()
        if p[5] then h = h:linear(p[5]) end
        out[t] = h
    end
    return lun.stack(out, 1)
end

local function gru_by_hand(x, h, p)
    local out = {}
    for t = 1, x.shape[1] do
        local a, b = x[t]:linear(p[1], p[3]):chunk(3, 2), h:linear(p[2], p[4]):chunk(3, 2)
        local r, z = (a[1] + b[1]):sigmoid(), (a[2] + b[2]):sigmoid()
        local n = (a[3] + r * b[3]):tanh()
        h = n + z * (h - n)
        out[t] = h
    end
    return lun.stack(out, 1)
end

for _, size in ipairs { { 4, 3, 2, 5 }, { 3, 19, 4, 1 }, { 9, 19, 3, 37 } } do -- the last one's weights are packed
    local t, b, i, h = table.unpack(size)
    local x, h0, c0 = leaf(t, b, i), leaf(b, h), leaf(b, h)
    local function parameters(gates) return { leaf(gates * h, i), leaf(gates * h, h), leaf(gates * h), leaf(gates * h) } end
    local p = parameters(4)
    agree(("lstm of %d sequences, %d units"):format(b, h),
        function() return (lun.lstm(x, h0:unsqueeze(1), c0:unsqueeze(1), { params = p })) end,
        function() return lstm_by_hand(x, h0, c0, p) end, { x, h0, c0, table.unpack(p) })
    local narrow, less = leaf(b, 2), { p[1], leaf(4 * h, 2), p[3], p[4], leaf(2, h) }
    agree(("projected lstm of %d sequences, %d units"):format(b, h),
        function() return (lun.lstm(x, narrow:unsqueeze(1), c0:unsqueeze(1), { params = less })) end,
        function() return lstm_by_hand(x, narrow, c0, less) end, { x, narrow, c0, table.unpack(less) })
    p = parameters(3)
    agree(("gru of %d sequences, %d units"):format(b, h), function() return (lun.gru(x, h0:unsqueeze(1), { params = p })) end,
        function() return gru_by_hand(x, h0, p) end, { x, h0, table.unpack(p) })
end

do -- packed: each sequence as if it were alone
    local h, p = 3, {}
    for k = 1, 2 do
        for _, x in ipairs { leaf(4 * h, 2), leaf(4 * h, h), leaf(4 * h), leaf(4 * h) } do p[#p + 1] = x end
    end
    local parts = { leaf(4, 2), leaf(2, 2), leaf(1, 2) }
    local data, sizes = lun.pack_sequence(parts)
    tap.is(sizes, { 3, 2, 1, 1 }, "batch sizes of lengths 4, 2, 1")
    local out, last = lun.lstm(data, nil, nil, sizes, p, { bidirectional = true })
    local padded, lengths = lun.pad_packed_sequence(out, sizes)
    tap.is(lengths, { 4, 2, 1 }, "and the lengths again")
    for k, x in ipairs(parts) do
        local alone, alone_last = lun.lstm(x, { params = p, bidirectional = true })
        tap.near(padded:select(2, k):narrow(1, 1, x.shape[1]):detach(), alone:detach():totable(), 1e-12, "packed sequence " .. k .. " = alone")
        tap.near(last:select(2, k):detach(), alone_last:detach():totable(), 1e-12, "its last states too")
    end
end

-- ctc: all ways to spell a target
local function spelled(path, blank)
    local out, before = {}, nil
    for _, c in ipairs(path) do
        if c ~= before and c ~= blank then out[#out + 1] = c end
        before = c
    end
    return table.concat(out, ",")
end

local function ctc_by_hand(logs, target, steps, classes, blank)
    local sum, wanted = 0, table.concat(target, ",")
    local function walk(path, log)
        if #path == steps then
            if spelled(path, blank) == wanted then sum = sum + math.exp(log) end
            return
        end
        for c = 1, classes do
            path[#path + 1] = c
            walk(path, log + logs[#path][c])
            path[#path] = nil
        end
    end
    walk({}, 0)
    return -math.log(sum)
end

for _, target in ipairs { { 2, 3 }, { 2, 2 }, { 3 }, {} } do
    local x = lun.randn(4, 3, { dtype = "float64" }):log_softmax(2)
    local labels = #target > 0 and lun.tensor(target) or lun.zeros(0):long()
    local got = lun.ctc_loss(x, labels, { 4 }, { #target }, { reduction = "none" }):item()
    tap.ok(math.abs(got - ctc_by_hand(x:totable(), target, 4, 3, 1)) < 1e-12, "ctc of {" .. table.concat(target, ",") .. "} = the sum over all ways")
end

-- boxes
local function nms_by_hand(boxes, scores, most)
    local iou, order, keep = lun.box_iou(boxes, boxes):totable(), scores:argsort(1, true):totable(), {}
    for _, i in ipairs(order) do
        local free = true
        for _, k in ipairs(keep) do free = free and iou[k][i] <= most end
        if free then keep[#keep + 1] = i end
    end
    return keep
end
do
    local boxes, scores = lun.rand(60, 4) * 5, lun.rand(60)
    boxes = lun.cat({ boxes:narrow(2, 1, 2), boxes:narrow(2, 1, 2) + boxes:narrow(2, 3, 2) }, 2)
    tap.is(lun.nms(boxes, scores, 0.3), nms_by_hand(boxes, scores, 0.3), "nms of 60 boxes = the definition")
    local plane = lun.arange(0, 16):view(1, 1, 4, 4):double()
    tap.near(plane:roi_align(lun.tensor { { 1, 0, 0, 4, 4 } }, 2, 1, 2, true), { { { { 2.5, 4.5 }, { 10.5, 12.5 } } } }, 1e-12,
        "roi_align of a slope is its middle in each cell")
end

do -- the triplet loss with a function
    local a, p, n = leaf(4, 3), leaf(4, 3), leaf(4, 3)
    agree("triplet_margin_with_distance_loss = triplet_margin_loss",
        function() return lun.triplet_margin_with_distance_loss(a, p, n, { swap = true, reduction = "none" }) end,
        function() return lun.triplet_margin_loss(a, p, n, { swap = true, reduction = "none" }) end, { a, p, n })
    local function blocks(x, y) return (x - y):abs():sum(-1) end
    tap.near(lun.triplet_margin_with_distance_loss(lun.tensor { 0.0, 0.0 }, lun.tensor { 1.0, 1.0 }, lun.tensor { 2.0, 0.5 },
        { distance_function = blocks, margin = 2 }), 1.5, 1e-6, "with a distance of one's own")
    tap.fails(function() lun.triplet_margin_with_distance_loss(a, p, n, { margin = 0 }) end, nil, "margin", "a margin of 0 is refused")
end

-- what was wrong once
tap.is(lun.cross_entropy(lun.zeros(0, 3), lun.zeros(0):long(), { reduction = "sum" }), 0.0, "the sum of no losses is 0")
tap.fails(function() lun.nll_loss(lun.zeros(2, 0), lun.tensor { 1, 1 }) end, "index", "outside", "no classes is an error, not a division by zero")
do
    local w = lun.tensor({ 1.0, 2.0 }, { requires_grad = true })
    lun.cross_entropy(lun.tensor { { 1.0, 0.0 }, { 0.0, 1.0 } }, lun.tensor { 1, 2 }, { weight = w, reduction = "sum" }):backward()
    tap.near(w.grad, { math.log(1 + math.exp(-1)), math.log(1 + math.exp(-1)) }, 1e-6, "class weights get their gradient")
end

-- threads
local function bits()
    lun.manual_seed(4)
    local q, k, v = leaf(3, 150, 8), leaf(3, 300, 8), leaf(3, 300, 8)
    local all = gradients(function() return lun.scaled_dot_product_attention(q, k, v, { dropout_p = 0.3, is_causal = true }) end, { q, k, v })
    local x, p = leaf(6, 40, 5), { leaf(28, 5), leaf(28, 7), leaf(28), leaf(28) }
    for _, t in ipairs(gradients(function() return (lun.lstm(x, { params = p })) end, { x, table.unpack(p) })) do all[#all + 1] = t end
    local z = leaf(20, 12, 6)
    local labels = lun.randint(2, 7, { 12, 5 })
    local lengths, sizes = {}, {}
    for i = 1, 12 do lengths[i], sizes[i] = 20, 1 + i % 5 end
    for _, t in ipairs(gradients(function() return lun.ctc_loss(z:log_softmax(3), labels, lengths, sizes, { reduction = "none" }) end, { z })) do
        all[#all + 1] = t
    end
    return all
end
local before = lun.get_num_threads()
lun.set_num_threads(1)
local want = bits()
for _, n in ipairs { 2, 4 } do
    lun.set_num_threads(n)
    local same = true
    for i, t in ipairs(bits()) do same = same and t == want[i] end
    tap.ok(same, n .. " threads give the bits of one")
end
lun.set_num_threads(before)
tap.is(lun.embedding_bag(lun.tensor { 1, 1 }, lun.randn(3, 4), lun.zeros(0):long()).shape, { 0, 4 }, "no bag holds any of the numbers")
tap.done()
