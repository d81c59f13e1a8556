-- tensors.lua - lesson 2: shapes, views, broadcasting, no loops
-- SPDX-License-Identifier: MIT
return {
    title = "Tensors",
    steps = {
        {
            id = "shape",
            title = "shape and dtype",
            text = [[
x.shape is the list of sizes, x.dtype the element type, #x the size of the first dim.
Make z: zeros with 2 rows and 3 columns, in float64.]],
            check = function(c)
                local z = rawget(c.env, "z")
                if z == nil then return nil end
                local verdict = c.check.same(z, require "lunette".zeros(2, 3), 0, "z")
                if verdict ~= true then return verdict end
                return z.dtype == "float64" or ("z is %s; the dtype is an option: {dtype = \"float64\"}"):format(z.dtype)
            end,
            hints = {"lun.zeros takes the sizes", "options go last in braces: lun.zeros(2, 3, {dtype = ...})"},
            solution = 'z = lun.zeros(2, 3, {dtype = "float64"})',
            wrong = {{"z = lun.zeros(2, 3)", "float64"}, {'z = lun.zeros(3, 2, {dtype = "float64"})', "transposed"}},
        },
        {
            id = "reshape",
            title = "another shape",
            text = [[
r = lun.range(1, 12) is there. x:reshape(rows, columns) keeps the elements, in order; one size may be -1.
Set m to r with 3 rows.]],
            setup = function(env) env.r = require "lunette".range(1, 12) end,
            check = function(c)
                local m = rawget(c.env, "m")
                if m == nil then return nil end
                return c.check.same(m, require "lunette".range(1, 12):reshape(3, 4), 0, "m")
            end,
            hints = {"3 rows of 12 numbers have 4 columns", "m = r:reshape(3, -1)"},
            solution = "m = r:reshape(3, 4)",
            wrong = {{"m = r:reshape(4, 3)", "transposed"}, {"m = r:reshape(4, 3).T", "element 2"}},
        },
        {
            id = "column",
            title = "rows and columns",
            text = [[
m has 3 rows and 4 columns. m[2] is row 2; in m[{...}] each entry is for one dim, and {} means all.
Set c to column 2 of m (3 numbers).]],
            setup = function(env) env.m = require "lunette".range(1, 12):reshape(3, 4) end,
            check = function(c)
                local column = rawget(c.env, "c")
                if column == nil then return nil end
                return c.check.same(column, require "lunette".tensor {2, 6, 10}, 0, "c")
            end,
            hints = {"all rows, second column", "c = m[{{}, 2}], or m[\":, 2\"]"},
            solution = "c = m[{{}, 2}]",
            wrong = {{"c = m[2]", "expected [3]"}, {"c = m[{{}, 1}]", "element 1"}},
        },
        {
            id = "view",
            title = "views share memory",
            text = [[
A row, a column, a reshape are views: they look into the same memory. Writing through one changes the other;
x:clone() is a copy of its own.
Set every element of the first row of m to 0 by writing through m, without making a new tensor.]],
            setup = function(env)
                env.m = require "lunette".range(1, 12):reshape(3, 4)
                env.original_m = env.m
            end,
            check = function(c)
                local lun, m = require "lunette", rawget(c.env, "m")
                local want = lun.range(1, 12):reshape(3, 4)
                if lun.is_tensor(m) and m == want then return nil end
                want[1] = 0
                local verdict = c.check.same(m, want, 0, "m")
                if verdict ~= true then return verdict end
                return rawequal(m, rawget(c.env, "original_m")) or "the values are right, but m is a new tensor now; write into the old one: m[1] = 0"
            end,
            hints = {"positions can be assigned to", "m[1] = 0"},
            solution = "m[1] = 0",
            wrong = {{"m = lun.tensor{{0,0,0,0},{5,6,7,8},{9,10,11,12}}", "new tensor"}, {"m[{{}, 1}] = 0", "element"}},
        },
        {
            id = "reduce",
            title = "folding a dim",
            text = [[
m:sum() adds everything, m:sum(1) folds dim 1 (down the rows), m:sum(2) folds dim 2. mean, max, std do the same.
Set s to the sum of each row of m (3 numbers).]],
            setup = function(env) env.m = require "lunette".range(1, 12):reshape(3, 4) end,
            check = function(c)
                local s = rawget(c.env, "s")
                if s == nil then return nil end
                local verdict = c.check.same(s, require "lunette".tensor {10, 26, 42}, 0, "s")
                if verdict ~= true and c.check.same(s, require "lunette".tensor {15, 18, 21, 24}, 0) == true then
                    return "those are the sums of the columns: dim 1 was folded; fold dim 2"
                end
                return verdict
            end,
            hints = {"the dim you name is the one that goes", "s = m:sum(2)"},
            solution = "s = m:sum(2)",
            wrong = {{"s = m:sum(1)", "columns"}, {"s = m:sum()", "shape"}},
        },
        {
            id = "broadcast",
            title = "broadcasting",
            text = [[
Sizes are aligned from the right and a size of 1 is repeated, so [5,3] - [3] subtracts from every row.
Write function standardise(x) that gives each column mean 0 and standard deviation 1. No loop is needed:
x:mean(1) and x:std(1) have one number per column.]],
            check = function(c)
                local f = rawget(c.env, "standardise")
                if f == nil then return nil end
                local lun = require "lunette"
                local function reference(x) return (x - x:mean(1)) / x:std(1) end
                local verdict = c.check.randomised(f, reference, function(k) return lun.randn(2 + k, ({3, 1, 7, 2, 5})[k]) * 3 + 10 end,
                                                   {name = "standardise", tolerance = 1e-3})
                if type(verdict) == "string" and verdict:find "element" then
                    local x = lun.randn(6, 3)
                    local ok, got = pcall(f, x)
                    if ok and c.check.same(got, x - x:mean(1), 1e-4) == true then return "the mean is gone; now divide by the standard deviation" end
                    if ok and c.check.same(got, (x - x:mean()) / x:std(), 1e-4) == true then return "that uses one mean for all; each column has its own: x:mean(1)" end
                end
                return verdict
            end,
            hints = {"subtract x:mean(1)", "then divide by x:std(1)", "function standardise(x) return (x - x:mean(1)) / x:std(1) end"},
            solution = "function standardise(x) return (x - x:mean(1)) / x:std(1) end",
            wrong = {{"function standardise(x) return x - x:mean(1) end", "divide by the standard deviation"},
                     {"function standardise(x) return (x - x:mean()) / x:std() end", "each column has its own"},
                     {"function standardise(x) return (x - x:mean(2)) / x:std(2) end", "random input"}},
        },
        {
            id = "outer",
            title = "a table of products",
            text = [[
a:unsqueeze(2) makes a column of a vector: [4] becomes [4,1]. A column times a row fills a table.
Write function times_table(a, b) whose element [i,j] is a[i] * b[j], without a loop.]],
            check = function(c)
                local f = rawget(c.env, "times_table")
                if f == nil then return nil end
                local lun = require "lunette"
                return c.check.randomised(f, function(a, b) return lun.outer(a, b) end, function(k)
                    return lun.randn(({1, 4, 3, 5, 2})[k]), lun.randn(({3, 1, 3, 2, 7})[k])
                end, {name = "times_table"})
            end,
            praise = "%lesson 3 is about gradients.",
            hints = {"make a column of a, keep b a row", "a:unsqueeze(2) * b"},
            solution = "function times_table(a, b) return a:unsqueeze(2) * b end",
            wrong = {{"function times_table(a, b) return a * b:unsqueeze(2) end", "transposed"},
                     {"function times_table(a, b) return a * b end", "expected"}},
        },
    },
}
