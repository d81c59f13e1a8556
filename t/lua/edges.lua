-- edges.lua - calls at the edge of what an op takes, each found beside PyTorch by ./dev fuzz ops --compare
--
-- Holds: what PyTorch 2.13 answers (or that it refuses) stands beside each call. Read next: t/fuzz/compare.py, doc/differences.md.
-- SPDX-License-Identifier: MIT
local tap = require "tap"
local lun = require "lunette"
local nan, inf = 0 / 0, 1 / 0

local function all_nan(x) return x:isnan():all() end

-- linear algebra
tap.ok(all_nan(lun.full({ 2, 2, 2 }, nan):inv()), "the inverse of NaN is NaN, everywhere")
tap.ok(all_nan(lun.tensor { { nan, 1.0 }, { 0.0, 1.0 } }:inv()), "of one NaN as well")
do
    local inverse, info = lun.inv_ex(lun.stack { lun.full({ 2, 2 }, nan), 2 * lun.eye(2) })
    tap.ok(all_nan(inverse[1]) and not inverse[2]:isnan():any(), "and its neighbour in the batch is none")
    tap.is(info:totable(), { 0, 0 }, "NaN is not singular")
end
for _, dtype in ipairs { "float32", "float64", "complex64", "complex128" } do -- what OpenBLAS forgets where PyTorch's MKL does not
    local x = lun.tensor { { 1, nan, 2 }, { 2, 3, 4 }, { 2, 5, 7 }, { 4, 6, 9 } }:to(dtype)
    local a, tau = x:geqrf()
    local q, r = x:qr()
    tap.is(lun.isnan(a):long():totable(), { { 0, 1, 0 }, { 0, 1, 1 }, { 0, 1, 1 }, { 0, 1, 1 } }, dtype .. " geqrf: NaN stays, from its column on")
    tap.is(tau:isnan():long():totable(), { 0, 1, 1 }, dtype .. " geqrf: and so do the factors")
    tap.is(q:isnan():long():totable(), { { 0, 1, 1 }, { 0, 1, 1 }, { 0, 1, 1 }, { 0, 1, 1 } }, dtype .. " qr: Q has NaN from there on")
    tap.is(r:isnan():long():totable(), { { 0, 1, 0 }, { 0, 1, 1 }, { 0, 0, 1 } }, dtype .. " qr: R too")
end
for _, dtype in ipairs { "float64", "complex128" } do
    local sign, size = lun.tensor({ { { -inf, 0 }, { 0, 2 } }, { { 2, 0 }, { 0, inf } } }, { dtype = dtype }):slogdet()
    tap.is(sign:real():totable(), { -1, 1 }, dtype .. " slogdet: infinity has a sign")
    tap.is(size:totable(), { inf, inf }, dtype .. " slogdet: and a size")
end
tap.is(lun.tensor { { -inf, 0 }, { 0, 2 } }:det():item(), -inf, "det: infinite")
tap.ok(all_nan(lun.tensor { { -inf, 0 }, { 0, 2 } }:logdet()), "logdet: there is none of a negative one")
do
    local v = lun.ones(2):long()
    for _, option in ipairs { "alpha", "beta" } do -- PyTorch refuses as well, but cuts the fraction off in addmm and the like
        tap.fails(function() lun.addr(v, v, v, { [option] = 0.5 }) end, "argument", option .. " 0.5 is no whole number", "addr of whole numbers")
    end
    tap.is(lun.addr(v, v, v, { beta = 2.0 }):totable(), { { 3, 3 }, { 3, 3 } }, "addr: 2.0 is a whole number")
    tap.is(lun.addr(v, v, v:float(), { beta = 0.5 }):totable(), { { 1.5, 1.5 }, { 1.5, 1.5 } }, "addr: a fraction of floats")
end
tap.is(lun.lstsq(lun.randn(1, 2, 2), lun.randn(2, 2)).shape, { 2, 2 }, "lstsq: B of one dim less is a batch of vectors wherever it can be")
tap.is(lun.lstsq(lun.randn(2, 3, 2), lun.randn(3, 4)).shape, { 2, 2, 4 }, "and else one matrix for all")
tap.is(lun.lstsq(lun.randn(2, 3, 2), lun.randn(3)).shape, { 2, 2 }, "or one vector for all")
tap.is(lun.tensor { { 2.0, 0.0 }, { 0.0, 1.0 } }:pinv { rtol = nan }:totable(), { { 0.0, 0.0 }, { 0.0, 0.0 } }, "no singular value is above NaN")
tap.is(lun.tensor { { 2.0, 0.0 }, { 0.0, 1.0 } }:pinv(nan):totable(), { { 0.0, 0.0 }, { 0.0, 0.0 } }, "nor for atol")
tap.fails(function() lun.lu_unpack(lun.randn(2, 2), lun.tensor { -1, 2 }) end, "index", "pivot -1", "pivots do not count from the end")
tap.fails(function() lun.lu_solve(lun.randn(2, 2), lun.tensor { -1, 2 }, lun.randn(2, 1)) end, "index", "pivot -1", "nor those of lu_solve")

tap.fails(function() lun.zeros(2, 0, 0):cond(0) end, "argument", "got 0", "cond: an order that is none, of empty matrices too")
tap.fails(function() lun.zeros(1, 1, 0):cond("nuc") end, "shape", "square", "cond: an order that needs an inverse, of empty matrices too")
tap.is(lun.zeros(1, 1, 0):cond():totable(), { 0 }, "the quotient of singular values needs none")
tap.fails(function() lun.zeros(0, 2, 2):cond("max") end, "argument", "got \"max\"", "cond: nor a word")

-- one common dtype
tap.is(lun.ones({ 3 }, { dtype = "float16" }):pairwise_distance(lun.tensor(0.5)).dtype, "float16", "a tensor without dims leaves a half a half")
tap.is(lun.block_diag({ lun.ones(2), lun.ones({}, { dtype = "float64" }) }).dtype, "float32", "and a float32 in block_diag")
tap.is(lun.block_diag({ lun.ones(2), lun.ones({ 1 }, { dtype = "float64" }) }).dtype, "float64", "a vector of float64 does not")

-- whole numbers
tap.is(lun.tensor { 0 }:sub(lun.tensor { 1 }, { alpha = math.mininteger }):item(), math.mininteger, "sub: a large alpha keeps its digits, and wraps")
tap.is(lun.tensor { 1 }:add(lun.tensor { 3 }, { alpha = (1 << 53) + 1 }):item(), 3 * (1 << 53) + 4, "add: likewise")
tap.fails(function() lun.arange(0, 0.75, -2, { dtype = "int64" }) end, "argument", "no range", "arange: away from the end, even where that is cut off to 0")
tap.fails(function() lun.arange(0, 5, 1e300, { dtype = "int64" }) end, "argument", "does not fit into int64", "arange: a step beyond int64")
tap.fails(function() lun.tensor { { 1.0, 2.0 } }:cov { fweights = lun.tensor { 0, 0 } } end, "argument", "sum to 0", "cov: weights of nothing")

-- losses and layers
tap.fails(function() lun.cross_entropy(lun.zeros(4, 0), lun.zeros(4, 0), lun.zeros(4, 0)) end, "shape", "each of the 0 classes", "nor weights of rows")
tap.fails(function() lun.cross_entropy(lun.zeros(1, 4), lun.zeros(1, 4), lun.ones(2, 2)) end, "shape", "each of the 4 classes", "nor a matrix of them")
tap.ok(all_nan(lun.cross_entropy(lun.zeros(5, 0, 3), lun.zeros(5, 0, 3))), "cross_entropy without classes has no mean")
tap.fails(function() lun.cross_entropy(lun.zeros(2, 3), lun.zeros(2, 3), { ignore_index = 0 }) end, "argument", "ignore_index 0",
    "probabilities have no class to ignore")
for p = 1, 2 do -- PyTorch: 0
    tap.ok(all_nan(lun.multi_margin_loss(lun.zeros(1, 2), lun.tensor { 1 }, { p = p, margin = nan })), "multi_margin_loss: a margin of NaN")
    tap.ok(all_nan(lun.multi_margin_loss(lun.full({ 1, 2 }, inf), lun.tensor { 1 }, p)), "multi_margin_loss: infinity less infinity")
    local x = lun.tensor ({ { 2.0, 1.0, 1.5 } }, { dtype = "float64" }):requires_grad_()
    lun.multi_margin_loss(x, lun.tensor { 1 }, p):backward()
    tap.is(x.grad:totable(), { { -1 / 3, 0, 1 / 3 } }, "multi_margin_loss: at the margin itself the slope is 0")
end
tap.fails(function() lun.cov(lun.randn(2, 2), { aweights = lun.tensor { 1, nan } }) end, "argument", "or NaN", "cov: no weight is NaN")
tap.near(lun.cov(lun.tensor { 0.0, 2.0 }, { correction = math.mininteger }):item(), 2 / 2 ^ 63, 1e-24, "cov: the least correction is one as any other")
tap.fails(function() lun.batch_norm(lun.randn(4, 3), { training = true, eps = -0.2 }) end, "argument", "above 0", "batch_norm: a negative eps")
tap.fails(function() lun.batch_norm(lun.randn(4, 3), lun.zeros(3), lun.ones(3), { eps = -0.2 }) end, "argument", "0 or more", "batch_norm: nor later")
tap.ok(all_nan(lun.gaussian_nll_loss(lun.ones(2), lun.zeros(2), lun.ones(2), { eps = nan })), "gaussian_nll_loss: eps NaN")
tap.fails(function() lun.ctc_loss(lun.randn(4, 3):log_softmax(2), lun.tensor { 1.0, 2.0 }, { 4 }, { 2 }) end, "dtype", "whole", "ctc_loss: classes are whole")
tap.fails(function() lun.ctc_loss(lun.randn(4, 2, 3):log_softmax(3), lun.tensor { 2, 2, 3 }, { 4, 4 }, { 1, 1 }) end, "shape", "do not hold 2 labels",
    "ctc_loss: labels that belong to no sequence")
do
    local mean, var = lun.zeros(3), lun.ones(3)
    tap.is(lun.batch_norm(lun.zeros(4, 3, 0), mean, var, { training = true }).shape, { 4, 3, 0 }, "a batch of nothing is normalized to nothing")
    tap.is({ mean:totable(), var:totable() }, { { 0.0, 0.0, 0.0 }, { 1.0, 1.0, 1.0 } }, "and moves no statistics")
    tap.fails(function() lun.batch_norm(lun.zeros(1, 3), mean, var, { training = true }) end, "shape", "more than one", "one value has no spread")
end
tap.is(lun.max_unpool1d(lun.ones(1, 2), lun.tensor { { 1, 2 } }, 3, { stride = 1, output_size = { 1, 4 } }).shape, { 1, 4 }, "output_size: all of x's dims")
tap.fails(function() lun.max_unpool1d(lun.ones(1, 1, 2), lun.tensor { { { 1, 2 } } }, 3, { stride = 1, output_size = { 1, 4 } }) end, "argument",
    "output_size must have 1 numbers", "not some of them")

-- what failed first has a name
tap.fails(function() lun.lp_pool3d(lun.ones(1, 1, 2, 2, 2), 2, 5) end, nil, "lp_pool3d:", "the error is the called op's")
tap.is(lun.tensor({ 1 }, { dtype = "float64" }):ldexp(lun.tensor(0.75, { dtype = "float16" })):item(), 2 ^ 0.75, "ldexp: a half without dims rounds no power")
tap.fails(function() lun.logspace(4, 3, 1, nan, { dtype = "uint8" }) end, "argument", "NaN does not fit", "logspace: no whole numbers by a base of NaN")

tap.is(lun.tensor { 0.3, 0.0 }:cumsum(1, { dtype = "bool" }):totable(), { true, true }, "cumsum: truth values are added (they were 0)")
tap.is(lun.tensor { 0.3, 0.2, 0.0 }:cumprod(1, { dtype = "bool" }):totable(), { true, true, false }, "cumprod: and multiplied")
tap.is(lun.tensor { { -inf } }:matrix_exp():item(), 0.0, "matrix_exp: of a number the number's (it was NaN)")
tap.fails(function() lun.batch_norm(lun.zeros(0), lun.zeros(3), lun.ones(3), { eps = -1 }) end, "argument", "eps must be 0 or more",
    "batch_norm: eps is checked where there is nothing to normalize")
tap.fails(function() lun.batch_norm(lun.ones(2, 3), lun.zeros(3), nil, nil, nil, true) end, "argument", "go together", "batch_norm: one statistic alone")
tap.is(lun.cosine_similarity(lun.full({ 2 }, 1e30), lun.ones(2), 1, { eps = inf }):item(), 0.0, "cosine_similarity: an infinite eps leaves nothing")
do
    local most = math.maxinteger -- no double
    tap.is(lun.tensor { 3 }:pad({ 1, 0 }, "constant", most):totable(), { most, 3 }, "pad: with the largest whole number (it was the least)")
    tap.is(lun.tensor { 3 }:constant_pad_nd({ 1, 0 }, most):totable(), { most, 3 }, "constant_pad_nd too")
    local z = lun.complex(lun.ones(1), lun.ones(1)):constant_pad_nd({ 0, 1 }, lun.complex(2, 3))
    tap.is(z:imag():totable(), { 1.0, 3.0 }, "with a complex number (its imaginary part was lost)")
end
tap.is(lun.tensor { { 3e30 }, { 4 } }:norm(2, 2):totable(), { lun.tensor { 3e30 }:item(), 4.0 }, "norm: of one number its size (it was infinite)")
tap.fails(function() lun.logspace(1, 50, 2, { dtype = "int32" }) end, "argument", "1e+50 does not fit", "logspace: whole numbers beyond the dtype")
for _, case in ipairs { { "float32", -inf, -200, -inf }, { "float32", 2.0 ^ 120, -200, 2.0 ^ -80 }, { "float32", 2.0 ^ -120, 200, 2.0 ^ 80 }, { "float32", inf, -5000, inf },
    { "float32", 0.0, 100000, 0.0 }, { "float16", 1.0, -24, 2.0 ^ -24 }, { "float64", 2.0 ^ 1000, -2000, 2.0 ^ -1000 }, { "float64", 1.0, -1074, 2.0 ^ -1074 },
    { "float64", 2.0 ^ -1074, 2097, 2.0 ^ 1023 }, { "float64", 1.0, 1024, inf } } do
    local dtype, x, n, want = table.unpack(case)
    tap.is(lun.tensor({ x }, { dtype = dtype }):ldexp(lun.tensor { n }):item(), want, "ldexp: 2^n alone may be out of range (it was 0, inf or NaN)")
end
tap.fails(function() lun.zeros(1):expand { 1, 1, 1, 1, 1, 1, 1, 1, 1 } end, "shape", "9 dims asked for", "expand: says what is wrong with nine sizes")
tap.is(lun.zeta(2.0 ^ 63, lun.tensor { -0.5, -4.4, 0.5, 2 }):totable(), { inf, inf, inf, 0.0 }, "zeta: of a huge exponent (left of 0 it was NaN)")
tap.near(lun.embedding(lun.tensor { 1 }, lun.tensor { { 3.0, 0, -6, 2 } }, { max_norm = 1.5, norm_type = 0 }):totable(), { { 1.5, 0, -3, 1 } }, 1e-6,
    "embedding: the norm of order 0 counts (rows became 0)")
do
    local x, t = (lun.randn(3, 4) * 2):bfloat16(), lun.randn(3, 4):softmax(2)
    tap.near(x:cross_entropy(t, { label_smoothing = 0.2 }):item(), x:double():cross_entropy(t:double(), { label_smoothing = 0.2 }):item(), 1e-6,
        "cross_entropy: logarithms are not rounded to halves between")
    tap.is(x:cross_entropy(t:bfloat16()).dtype, "bfloat16", "and the result has the dtype of both")
end
tap.ok(all_nan(lun.tensor { 5.0 }:norm(nan)) and all_nan(lun.ones(2, 3):norm(nan, 2)), "norm: of order NaN it is NaN (of one number it was its size)")
tap.is(lun.logspace(0, 1, 2, { dtype = "float64" }):totable(), { 1.0, 10.0 }, "logspace of float64: no bounds to look at")
tap.is(lun.tensor { 1, 2 }:pad({}, "constant", nan):totable(), { 1, 2 }, "pad: a value that is written nowhere need not fit")
tap.fails(function() lun.ctc_loss(lun.randn(4, 3):log_softmax(2), lun.tensor { true, true }, { 4 }, { 2 }) end, "dtype", "targets are bool", "ctc_loss: a mask is no class")
tap.is(lun.gradient(lun.ones(3):half(), { lun.tensor { 0.0, 1, 3 } }, 1)[1].dtype, "float32", "gradient: coordinates count for the dtype (it was float16)")
do
    local q, v = lun.zeros(1, 2, 0), lun.randn(1, 3, 4)
    tap.near(lun.scaled_dot_product_attention(q, lun.zeros(1, 3, 0), v):totable(), v:mean(2, true):expand(1, 2, 4):totable(), 1e-6,
        "attention: heads of size 0 look at all keys alike (it was 0)")
end
do
    local wide = (1 << 53) + 1 -- no double holds it
    local x = lun.tensor { math.maxinteger, -math.maxinteger, 5, wide }
    tap.is(x:clamp(-wide, wide):totable(), { wide, -wide, 5, wide }, "clamp: bounds of int64 keep their digits (they were doubles)")
    tap.is(x:hardtanh(-wide, wide):totable(), { wide, -wide, 5, wide }, "hardtanh: likewise")
    tap.is(x:clone():hardtanh_(0, wide):totable(), { wide, 0, 5, wide }, "in place as well")
    tap.is(x:threshold(6, -wide):totable(), { math.maxinteger, -wide, -wide, wide }, "threshold: likewise")
    tap.is(x:clone():threshold_(wide, 6):totable(), { math.maxinteger, 6, 6, 6 }, "in place as well")
    tap.fails(function() x:hardtanh(wide, wide - 1) end, "argument", "min_val 9007199254740993 is above max_val 9007199254740992", "hardtanh: bounds that cross by 1")
    tap.fails(function() x:hardtanh(0, 1e300) end, "argument", "does not fit into int64", "hardtanh: a bound that int64 does not hold")
end
for space = 1, 3 do
    local x = lun.ones(table.unpack({ 1, 1, 2, 2, 2 }, 1, 2 + space))
    tap.fails(function() lun["lp_pool" .. space .. "d"](x, 0, 2) end, "argument", "no root of order 0", "lp_pool" .. space .. "d: order 0 (PyTorch divides by it)")
end
tap.fails(function() lun.triplet_margin_loss(lun.ones(1, 2), lun.ones(1, 2), lun.ones(1, 2), { margin = -nan }) end, "argument", "got nan", "NaN has no sign in a message")
tap.fails(function() lun.triplet_margin_loss(lun.ones(1, 2), lun.ones(1, 2), lun.ones(1, 2), { margin = nan }) end, "argument", "got nan", "whichever it has")
for _, x in ipairs { -inf, inf } do
    local loss = lun.multilabel_soft_margin_loss(lun.tensor { { x } }, lun.tensor { { 0.25 } })
    tap.is(loss:item(), inf, "multilabel_soft_margin_loss: certainty of what is not certain costs infinitely much (it was NaN)")
end
do
    local x = lun.tensor({ { 0.0, -2.0, 2.0 } }, { requires_grad = true })
    lun.multilabel_soft_margin_loss(x, lun.tensor { { 1.0, 0.25, 0.25 } }):backward()
    tap.near(x.grad:totable(), { { -0.5 / 3, (1 / (1 + math.exp(2)) - 0.25) / 3, (1 / (1 + math.exp(-2)) - 0.25) / 3 } }, 1e-6, "and its slope is sigmoid(x) - y")
end

-- sums in the dtype that is asked for, not in lanes of the one they come in
do
    local x = lun.arange(1, 601):float():mul(1 / 3):view(6, 100)
    for _, name in ipairs { "sum", "mean", "nansum", "nanmean", "prod" } do
        for _, dim in ipairs { 1, 2 } do
            local wide = x:double()
            tap.is(x[name](x, dim, { dtype = "float64" }):totable(), wide[name](wide, dim):totable(), name .. " in float64, of float32")
        end
    end
    local long = lun.arange(0, 3000):float():mul(1 / 3)
    tap.is(long:sum { dtype = "float64" }:item(), long:double():sum():item(), "a long sum, too")
    tap.is(long:half():sum { dtype = "float64" }:item(), long:half():double():sum():item(), "and one of halves")
end
do -- whole numbers beyond 2^53, which doubles do not hold (PyTorch gives their neighbours)
    local function whole(a, b, n) return lun.linspace(a, b, n, { dtype = "int64" }):totable() end
    local base, least, most = (1 << 53) + 1, math.mininteger, math.maxinteger
    tap.is(whole(base, base + 6, 4), { base, base + 2, base + 4, base + 6 }, "linspace: each is the number it is")
    tap.is(whole(least, most, 5), { least, -(1 << 62), 0, (1 << 62) - 1, most }, "linspace: from end to end of int64, cut towards 0")
    tap.is(whole(most, least, 3), { most, 0, least }, "linspace: and down")
    tap.is(whole(base, 1, 1), { base }, "linspace: of one number it is the first")
    tap.is(whole(base, -base, 3), { base, 0, -base }, "linspace: over 0")
end
tap.fails(function() lun.multilabel_margin_loss(lun.randn(3), lun.tensor { 2, -1, 4 }) end, "index", "position 3) is outside 1..3",
    "multilabel_margin_loss: a label behind the end counts for nothing, but is one")
tap.near(lun.multilabel_margin_loss(lun.tensor { 0.1, 0.9, 0.3 }, lun.tensor { 2, -1, 3 }):item(), 0.2, 1e-6, "and this one is")
do
    local x, none = lun.ones(3, 4), lun.ones(3, 0)
    tap.fails(function() x:triplet_margin_loss(x, lun.ones(3, 5)) end, "shape", "triplet_margin_loss: cannot broadcast [3,4] with [3,5]",
        "triplet_margin_loss: an error names the loss, not what it is made of")
    tap.fails(function() none:triplet_margin_loss(none, none, { p = -1 }) end, "shape", "no norm of order -1", "and of no coordinates")
end
tap.fails(function() lun.binary_cross_entropy(lun.tensor { nan, 0.5 }, lun.ones(2)) end, "argument", "which NaN does not", "no probability is NaN")
tap.fails(function() lun.binary_cross_entropy(lun.ones(2), lun.tensor { 0.5, nan }) end, "argument", "target must lie between 0 and 1", "nor a target")
tap.fails(function() lun.trapezoid(lun.ones(3), { dx = true }) end, "argument", "must be a number, got a boolean", "trapezoid: a width is a number")
do -- a place that is NaN, and one that is not: as in PyTorch, which clips NaN to the first position where it clips
    local x, grid = lun.arange(1, 17):float():view(1, 1, 4, 4), lun.tensor { nan, 0.0, 0.0, 0.0 }:view(1, 1, 2, 2)
    for _, mode in ipairs { "bilinear", "nearest", "bicubic" } do
        for _, padding in ipairs { "zeros", "border", "reflection" } do
            for _, align in ipairs { true, false } do
                local y = x:grid_sample(grid, mode, padding, align):flatten():totable()
                local want = mode == "bicubic" and nan or padding ~= "zeros" and (mode == "nearest" and 9.0 or 7.0) or mode == "nearest" and 0.0 or nan
                tap.is(tostring(y[1]):gsub("-", ""), tostring(want):gsub("-", ""), ("grid_sample, %s, %s: NaN"):format(mode, padding))
                tap.near(y[2], mode == "nearest" and 11.0 or 8.5, 1e-6, "and its neighbour")
            end
        end
    end
end
do -- orders of norms that rows are cut down by
    local function shortened(order) return lun.embedding(lun.tensor { 1, 2 }, lun.tensor { { 1.0, -4.0 }, { 3.0, 2.0 } }, { max_norm = 1, norm_type = order }) end
    tap.near(shortened(inf):totable(), { { 0.25, -1.0 }, { 1.0, 2 / 3 } }, 1e-6, "embedding: the largest counts")
    tap.near(shortened(-inf):totable(), { { 1.0, -4.0 }, { 1.5, 1.0 } }, 1e-6, "the smallest counts, as in PyTorch (it was the largest)")
    tap.near(shortened(1e300):totable(), { { 0.25, -1.0 }, { 1.0, 2 / 3 } }, 1e-6, "powers for a huge order do not overflow (rows were 0)")
    tap.near(shortened(-1e300):totable(), { { 1.0, -4.0 }, { 1.5, 1.0 } }, 1e-6, "nor vanish")
end

do -- alpha beside truth values
    local yes = lun.ones(2):to "bool"
    tap.is(lun.add(yes, yes, { alpha = -1 }):totable(), { true, true }, "true or true, whatever whole number alpha is")
    tap.is(lun.add(yes, yes, { alpha = 0 }):totable(), { true, true }, "and with an alpha of 0")
    tap.is(lun.add(yes:logical_not(), yes, { alpha = 256 }):totable(), { true, true }, "256 is true")
    tap.is(lun.add(yes:logical_not(), yes, { alpha = 0 }):totable(), { false, false }, "0 is false")
end
do -- an empty table in the last place says nothing, also where strides could stand (it was an empty list of them)
    local F = lun.nn.functional
    local function empty_last(name, n, ...)
        local args, f = { ... }, F[name]
        local want = f(table.unpack(args, 1, n))
        args[n + 1] = {}
        tap.ok(lun.equal(f(table.unpack(args, 1, n + 1)), want), ("%s(%d arguments, {})"):format(name, n))
    end
    for n, sizes in ipairs { { 1, 1, 4 }, { 1, 1, 4, 4 }, { 1, 1, 4, 4, 4 } } do
        local x, d = lun.randn(sizes), n .. "d"
        local w = x:clone():abs()
        empty_last("conv" .. d, 3, x, w)
        empty_last("conv" .. d, 4, x, w, nil, 2)
        empty_last("conv_transpose" .. d, 3, x, w)
        for _, pool in ipairs { "max_pool", "avg_pool" } do
            empty_last(pool .. d, 2, x, 2)
            empty_last(pool .. d, 3, x, 2, 1)
        end
        empty_last("max_unpool" .. d, 3, x, lun.arange(1, x:numel() + 1):view_as(x), 2)
    end
    tap.fails(function() F.conv2d(lun.ones(1, 1, 4, 4), lun.ones(1, 1, 2, 2), nil, { stride = {} }) end, "argument", "got 0 numbers",
        "a list by name stays one")
end
do -- numbers whose squares are beyond float32, though their deviation is not
    lun.manual_seed(1)
    local x = lun.randn(3, 4, 200)
    local big = x * 1e30
    tap.near((big:std() * 1e-30):item(), x:std():item(), 1e-4, "std of large numbers, as in PyTorch (it was infinite)")
    tap.is(big:var():item(), inf, "whose variance is infinite")
    for name, norm in pairs {
        layer_norm = function(y) return y:layer_norm { 200 } end, group_norm = function(y) return y:group_norm(2) end,
        instance_norm = function(y) return y:instance_norm() end,
        batch_norm = function(y) return y:batch_norm(nil, nil, { training = true }) end,
        ["batch_norm of columns"] = function(y) return y:reshape(12, 200):batch_norm(nil, nil, { training = true }) end,
    } do
        for _, scale in ipairs { 1e30, 3e36 } do -- of 3e36 the sums have no room either
            local y, z = ((x + 2) * scale):requires_grad_(), (x + 2):requires_grad_()
            local normal, want = norm(y), norm(z)
            tap.ok((normal - want):abs():amax():item() < 1e-3, name .. " of large numbers (PyTorch: NaN)")
            local w = lun.randn(normal.shape);
            (normal * w):sum():backward();
            (want * w):sum():backward()
            tap.ok((y.grad * scale - z.grad):abs():amax():item() < 1e-3, name .. ": its gradient")
        end
    end
    local small = x * 1e-25
    tap.near((small:std() * 1e25):item(), x:std():item(), 1e-4, "std of small numbers, as in PyTorch (squares were 0)")
    tap.near((small:std(3) * 1e25):totable(), x:std(3):totable(), 1e-4, "along a dim too")
    tap.near(lun.cat { lun.full({ 1000 }, 3e38), lun.full({ 1000 }, -3e38) }:mean():item(), 0, 1e30, "a mean of infinite parts")
end
do -- scores far from zero, beside which one logsumexp has no digits left for the sum
    lun.manual_seed(1)
    local bounds = { float32 = 2e-6, float64 = 1e-13, float16 = 1e-3, bfloat16 = 8e-3 }
    for name, dims in pairs { rows = { 6, 5 }, ["long rows"] = { 2, 3000 }, columns = { 2, 5, 70 } } do
        for dtype, bound in pairs(bounds) do
            local far = dtype == "float64" and 2 ^ 40 or 65000
            local x = (lun.randint(0, 900, dims) / 256):to("float64"):add(far):to(dtype)
            local near = (x:double() - far):requires_grad_() -- exactly what it stands for
            x:requires_grad_()
            local labels = lun.randint(1, dims[2] + 1, { dims[1], dims[3] })
            for _, smoothing in ipairs { 0, 0.1 } do
                local how = { label_smoothing = smoothing, reduction = "none" }
                local got, want = x:cross_entropy(labels, how), near:cross_entropy(labels, how)
                x.grad, near.grad = nil, nil
                got:sum():backward()
                want:sum():backward()
                local off = (got:double() - want):abs():amax():item() / math.max(want:abs():amax():item(), 1)
                local slope = (x.grad:double() - near.grad):abs():amax():item()
                tap.ok(off <= bound and slope <= bound,
                    ("cross_entropy of %s of %s near %g, smoothing %g: off by %.2g, its gradient by %.2g"):format(name, dtype,
                        far, smoothing, off, slope))
            end
        end
    end
end
do -- rows that lie near each other, far from zero
    lun.manual_seed(2)
    local x, y = lun.randint(0, 900, { 8, 6 }) / 256 + 65000, lun.randint(0, 900, { 5, 6 }) / 256 + 65000
    local function gradients(dtype)
        local a, b = x:clone():to(dtype):requires_grad_(), y:clone():to(dtype):requires_grad_()
        lun.cdist(a, b):sum():backward()
        return lun.cat { a.grad:double(), b.grad:double() }
    end
    tap.ok((gradients "float32" - gradients "float64"):abs():amax():item() < 2e-6, "cdist: its gradient far from zero (off by 0.02)")
end
do -- an infinite score
    local x = lun.tensor { 1.0, inf, 2.0 }:requires_grad_()
    for label = 1, 3 do
        tap.ok(all_nan(lun.cross_entropy(x, lun.tensor(label))), "cross_entropy: no share of infinity, as log_softmax says (it was infinite)")
    end
    lun.cross_entropy(x, lun.tensor(1)):backward()
    tap.ok(all_nan(x.grad), "nor a slope")
end
tap.near(lun.triplet_margin_loss(lun.ones(1), lun.zeros(3), lun.zeros(2)):item(), 3 ^ 0.5 - 2 ^ 0.5 + 1, 1e-5,
    "triplet_margin_loss: each distance broadcasts for itself")
tap.done()
