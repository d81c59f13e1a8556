-- rank_and_place.lua - reductions by rank, searching, placing and cutting, by hand: where PyTorch's answer is peculiar
--
-- Every expectation is what PyTorch 2.13 gives, with positions counted from 1. The usual cases are t/ops.lua's and the oracle's.
-- Read next: ../peer.lua, ../oracle/README.md. SPDX-License-Identifier: MIT
local tap = require "tap"
local lun = require "lunette"

local nan = 0 / 0
local function leaf(values) return lun.tensor(values, { requires_grad = true }) end
local function gradient(x, y)
    y:sum():backward()
    return x.grad
end
local function shapes(list)
    local out = {}
    for i, piece in ipairs(list) do out[i] = tostring(piece.shape) end
    return out
end
local function lists(...)
    local out = {}
    for i, x in ipairs { ... } do out[i] = x:totable() end
    return out
end

-- medians, modes, quantiles
do
    local x = lun.tensor { { 3.0, nan, 1.0 }, { 2.0, 2.0, 1.0 } }
    local values, at = x:median(2)
    tap.is({ values[1]:isnan():item(), values[2]:item() }, { true, 2.0 }, "one NaN makes the median NaN")
    tap.is(at, { 2, 1 }, "and its position is the first NaN's")
    tap.is(x:nanmedian(), 2.0, "nanmedian leaves it out")
    tap.is(lun.tensor { 4, 1, 3, 2 }:median(), 2, "of an even number the lower one")
    local ties = leaf { 2.0, 1.0, 2.0, 2.0 }
    tap.near(gradient(ties, ties:median()), { 1 / 3, 0, 1 / 3, 1 / 3 }, 1e-6, "equal elements share the median's gradient")
    tap.is(lists(lun.tensor { 2, 1, 2, 1, 3 }:mode()), { 1, 4 }, "of equally frequent values the smallest, its last position")
    local v = lun.tensor { 1.0, 2.0, 3.0, 4.0 }
    for mode, want in pairs { linear = 1.3, lower = 1, higher = 2, midpoint = 1.5, nearest = 1 } do
        tap.near(v:quantile(0.1, { interpolation = mode }), want, 1e-6, "quantile, " .. mode)
    end
    tap.near(v:quantile(0.5, { interpolation = "nearest" }), 3, 0, "half ranks go to the even one")
    tap.ok(lun.tensor { 1.0, nan, 3.0 }:quantile(0.5):isnan():item(), "a NaN makes the quantile NaN")
    tap.near(lun.tensor { 1.0, nan, 3.0 }:nanquantile(0.5), 2, 0, "nanquantile leaves it out")
    tap.ok(lun.tensor { nan, nan }:nanquantile(0.5):isnan():item(), "of nothing but NaN it is NaN")
    tap.is(tostring(lun.tensor { { 1.0, 2.0 }, { 3.0, 4.0 } }:quantile(lun.tensor { 0.0, 1.0 }, 2, true).shape), "[2,2,1]", "several shares come first")
end

-- unique
do
    local u = lun.tensor { { 2, 1 }, { 2, 1 }, { 0, 5 }, { 2, 0 } }
    local function all(x, dim) return lists(x:unique { return_inverse = true, return_counts = true, dim = dim }) end
    tap.is(all(u, 1), { { { 0, 5 }, { 2, 0 }, { 2, 1 } }, { 3, 3, 1, 2 }, { 1, 1, 2 } }, "unique rows, where each went, how many")
    tap.is(all(u, 2), { { { 1, 2 }, { 1, 2 }, { 5, 0 }, { 0, 2 } }, { 2, 1 }, { 1, 1 } }, "unique columns")
    tap.is(lun.tensor { nan, 1.0, nan }:unique():numel(), 3, "NaN differs from NaN")
    tap.is(lists(lun.tensor { 3, 1, 3 }:unique { return_counts = true }), { { 1, 3 }, { 1, 2 } }, "counts alone come second")
    tap.is(lists(lun.tensor { 1, 1, 2, 2, 2, 1 }:unique_consecutive(true, true)), { { 1, 2, 1 }, { 1, 1, 2, 2, 2, 3 }, { 2, 3, 1 } }, "consecutive ones")
end

-- folding onto places
do
    local index, src = lun.tensor { 1, 3, 1 }, lun.tensor { 4.0, 5.0, 6.0 }
    local want = {
        sum = { { 11, 2, 8 }, { 10, 2, 5 } }, prod = { { 24, 2, 15 }, { 24, 2, 5 } }, mean = { { 11 / 3, 2, 4 }, { 5, 2, 5 } },
        amax = { { 6, 2, 5 }, { 6, 2, 5 } }, amin = { { 1, 2, 3 }, { 4, 2, 5 } },
    }
    for reduce, pair in pairs(want) do
        local x = lun.tensor { 1.0, 2.0, 3.0 }
        tap.near(x:scatter_reduce(1, index, src, reduce), pair[1], 1e-6, "scatter_reduce " .. reduce)
        tap.near(x:scatter_reduce(1, index, src, reduce, false), pair[2], 1e-6, "scatter_reduce " .. reduce .. " without what was there")
        if reduce ~= "sum" then
            tap.near(x:index_reduce(1, index, src, reduce, false), pair[2], 1e-6, "index_reduce " .. reduce)
        end
    end
    tap.is(lun.tensor { 7, 2 }:scatter_reduce(1, lun.tensor { 1, 1 }, lun.tensor { -2, -6 }, "mean"), { -1, 2 }, "means of whole numbers round down")
    local x = leaf { 0.0, 2.0, 3.0 }
    tap.near(gradient(x, lun.ones(1):scatter_reduce(1, lun.tensor { 1, 1, 1 }, x, "prod")), { 6, 0, 0 }, 0, "a product's gradient at its one zero")
    local a, b = leaf { 2.0 }, leaf { 2.0, 2.0 }
    local shared = gradient(b, a:scatter_reduce(1, lun.tensor { 1, 1 }, b, "amax"))
    tap.near(shared, { 1 / 3, 1 / 3 }, 1e-6, "equal extremes share the gradient")
    tap.near(a.grad, { 1 / 3 }, 1e-6, "with what was there too")
    tap.is(lun.arange(0, 4):index_put({ lun.tensor { 2, 2 } }, lun.tensor { 5, 6 }, true), { 0, 12, 2, 3 }, "index_put adds up")
    tap.is(lun.zeros(2, 2):long():index_put_({ lun.tensor { { true, false }, { false, true } } }, 7), { { 7, 0 }, { 0, 7 } }, "by a mask, in place")
    tap.is(lun.zeros(3):put(lun.tensor { 1, -1, 1 }, lun.tensor { 5.0, 6.0, 7.0 }), { 7.0, 0.0, 6.0 }, "of two writes the last counts")
    tap.fails(function() lun.zeros(2, 2):index_put({ lun.tensor { 3 } }, 1) end, "index", "3", "a position outside")
    local value = leaf(2.0)
    tap.near(gradient(value, lun.zeros(3):index_fill(1, lun.tensor { 2, 2 }, value)), 1, 0, "a place filled twice counts once in the gradient")
    tap.is(lun.tensor { -3 }:scatter(1, lun.tensor { 1 }, 2.5, "add"), { -1 }, "a fraction is cut off before it is added to whole numbers")
end

-- searching and counting
do
    local s, v = lun.tensor { 1, 3, 3, 5 }, lun.tensor { 0, 3, 5, 9 }
    tap.is(lun.searchsorted(s, v), { 1, 2, 4, 5 }, "before equal ones")
    tap.is(lun.searchsorted(s, v, { right = true }), { 1, 4, 5, 5 }, "behind equal ones")
    tap.is(lun.searchsorted(lun.tensor { 1.0, 2.0 }, lun.tensor { nan }), { 3 }, "NaN stands behind everything")
    tap.fails(function() return lun.searchsorted(lun.ones(2, 3), lun.ones(3, 2), { sorter = lun.full({ 2, 3 }, 9) }) end, "shape",
        "does not fit values f32[3,2]", "shapes are looked at before the sorter's positions, as on every device")
    tap.is(lun.tensor { 1, 3, 3 }:bincount(), { 1, 0, 2 }, "bincount: entry i is for the number i")
    tap.fails(function() lun.tensor { 0, 1 }:bincount() end, "index", "from 1", "which counts from 1")
    tap.is(lun.ones(3):histc(2), { 0.0, 3.0 }, "equal elements get a bin of width 2")
    tap.is(lists(lun.tensor { 1.0, 2.0, 2.5, 4.0 }:histogram(3)), { { 1.0, 2.0, 1.0 }, { 1.0, 2.0, 3.0, 4.0 } }, "the last edge belongs to the last bin")
    tap.is(lun.tensor { 1.0, nan }:isin(lun.tensor { nan, 1.0 }), { true, false }, "NaN is in nothing")
    tap.is(lists(table.unpack(lun.tensor { { 0, 1 }, { 2, 0 } }:nonzero(true))), { { 1, 2 }, { 2, 1 } }, "nonzero as a list of vectors")
end

-- running extremes, slopes, norms at 0
do
    local values, at = lun.tensor { 1.0, 3.0, 3.0, nan, 9.0 }:cummax(1)
    tap.is({ at:totable(), values[5]:isnan():item() }, { { 1, 2, 3, 4, 4 }, true }, "cummax: the later of equal ones, and a NaN stays")
    local y = lun.tensor { 1.0, 4.0, 9.0, 16.0 }
    tap.near(y:gradient()[1], { 3, 4, 6, 7 }, 1e-6, "slopes")
    tap.near(y:gradient { edge_order = 2 }[1], { 2, 4, 6, 8 }, 1e-6, "with edges of second order")
    tap.near(y:gradient { lun.tensor { 0.0, 1.0, 3.0, 4.0 } }[1], { 3, 17 / 6, 5.5, 7 }, 1e-5, "at uneven places")
    local zero, same = leaf { 0.0, 0.0 }, leaf { 2.0, 2.0 }
    tap.near(gradient(zero, zero:norm()), { 0, 0 }, 0, "the norm's gradient at 0 is 0")
    tap.near(gradient(same, same:std()), { 0, 0 }, 0, "and the deviation's of equal values")
end

-- cutting and views
do
    tap.is(lists(table.unpack(lun.arange(0, 5):tensor_split { 1, 4 })), { { 0 }, { 1, 2, 3 }, { 4 } }, "cut behind positions 1 and 4")
    tap.is(shapes(lun.arange(0, 7):chunk(4)), { "[2]", "[2]", "[2]", "[1]" }, "chunk")
    tap.is(shapes(lun.zeros(0):chunk(3)), { "[0]", "[0]", "[0]" }, "nothing in three pieces")
    tap.is(#lun.arange(0, 1000):split(1), 1000, "many pieces")
    tap.fails(function() lun.arange(0, 5):split { 5, 1 } end, "shape", "5", "sizes that are too large")
    local x = leaf { 1.0, 2.0, 3.0, 4.0 }
    local a, b = table.unpack(x:chunk(2))
    tap.near(gradient(x, a * b), { 3, 4, 1, 2 }, 0, "gradients go back through pieces")
    local windows = leaf { 0.0, 1.0, 2.0, 3.0, 4.0, 5.0 }
    tap.near(gradient(windows, windows:as_strided({ 3, 3 }, { 1, 1 })), { 1, 2, 3, 2, 1, 0 }, 0, "and through a view that sees places several times")
    tap.fails(function() lun.zeros(4):as_strided({ 2 }, { 4 }) end, "shape", "4", "a view outside its memory")
    tap.is(lun.arange(0, 6):slice(1), { 0, 1, 2, 3, 4, 5 }, "slice without an end goes to the end")
    local grids = lun.meshgrid({ lun.tensor { 1, 2, 3 }, lun.tensor { 4, 5 } }, "xy")
    tap.is(lists(table.unpack(grids)), { { { 1, 2, 3 }, { 1, 2, 3 } }, { { 4, 4, 4 }, { 5, 5, 5 } } }, "meshgrid xy: rows are y")
end
tap.is(lists(lun.tensor { 0, 2 }:any {}, lun.tensor { 0, 2 }:all({}), lun.zeros(1, 2):squeeze {}), { { false, true }, { false, true }, { { 0.0, 0.0 } } },
    "a list without dims names none for any, all and squeeze")
tap.is(lun.tensor { 0, 2 }:sum {}, 2, "and all of them for sum, as in PyTorch")
tap.done()
