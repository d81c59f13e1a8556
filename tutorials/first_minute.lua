-- first_minute.lua - lesson 1: the prompt, tensors, help, results, an error that helps, a chart
-- SPDX-License-Identifier: MIT
return {
    title = "The first minute",
    steps = {
        {
            id = "calculate",
            title = "the prompt calculates",
            text = [[
This is a Lua prompt. Type an expression and press Enter; the value is shown.
Compute 355 divided by 113.]],
            check = function(c)
                if type(c.value) ~= "number" then return nil end
                return math.abs(c.value - 355 / 113) < 1e-9 or ("that is %.6g; 355 / 113 is close to pi"):format(c.value)
            end,
            hints = {"division is written with /", "type: 355 / 113"},
            solution = "355 / 113",
            wrong = {{"355 * 113", "close to pi"}, {"113 / 355", "close to pi"}},
        },
        {
            id = "tensor",
            title = "a tensor",
            text = [[
lun.tensor{...} makes a tensor out of numbers. The first line of what is shown says its dtype and
shape, then its smallest and largest value.
Make x = lun.tensor with the numbers 3, 1, 4, 1, 5 in it, and look at it.]],
            check = function(c)
                local x = rawget(c.env, "x")
                if x == nil then return nil end
                return c.check.same(x, require "lunette".tensor {3, 1, 4, 1, 5}, 0, "x")
            end,
            hints = {"assign it to a name: x = ...", "braces hold the numbers: lun.tensor{3, 1, 4, 1, 5}"},
            solution = "x = lun.tensor{3, 1, 4, 1, 5}",
            wrong = {{"x = lun.tensor{3, 1, 4}", "shape"}, {"x = 5", "expected [5]"}},
        },
        {
            id = "methods",
            title = "methods",
            text = [[
Operations are methods: x:sum(), x:sort(), x:max(). Press Tab after "x:" to see them all, and type
?sum for help on one.
What is the mean of x? (means are for floats: x:float():mean())]],
            setup = function(env) env.x = require "lunette".tensor {3, 1, 4, 1, 5} end,
            check = function(c)
                local lun = require "lunette"
                if not lun.is_tensor(c.value) and type(c.value) ~= "number" then return nil end
                return c.check.same(c.value, lun.tensor(2.8), 1e-5)
            end,
            hints = {"x:float() makes floats of whole numbers", "chain the calls: x:float():mean()"},
            solution = "x:float():mean()",
            wrong = {{"x:sum()", "expected 2.8"}, {"x:float():sum()", "is a mean missing"}},
        },
        {
            id = "positions",
            title = "counting from 1",
            text = [[
Positions count from 1, as everywhere in Lua; -1 is the last. x[2] is the second element,
x[{{2, 4}}] the elements 2 to 4, both included.
Set y to the last three elements of x.]],
            setup = function(env) env.x = require "lunette".tensor {3, 1, 4, 1, 5} end,
            check = function(c)
                local y = rawget(c.env, "y")
                if y == nil then return nil end
                return c.check.same(y, require "lunette".tensor {4, 1, 5}, 0, "y")
            end,
            hints = {"a range is {first, last} inside braces: x[{{a, b}}]", "from 3 to 5, or from -3 to -1"},
            solution = "y = x[{{3, 5}}]",
            wrong = {{"y = x[{{2, 4}}]", "element 1"}, {"y = x[3]", "shape"}},
        },
        {
            id = "error",
            title = "errors help",
            text = [[
Errors say what, where, with which shapes, and what to type instead. Try it:
    a = lun.randn(3, 4)   then   a:matmul(a)
Then set p to the product that the hint proposes.]],
            setup = function(env) env.a = require "lunette".randn(3, 4) end,
            check = function(c)
                local p, a = rawget(c.env, "p"), rawget(c.env, "a")
                if p == nil then return nil end
                return c.check.same(p, a:matmul(a.T), 1e-4, "p")
            end,
            hints = {"a.T is the transpose of a", "p = a:matmul(a.T)"},
            solution = "p = a:matmul(a.T)",
            wrong = {{"p = a.T:matmul(a)", "shape"}, {"p = a * a", "shape"}},
        },
        {
            id = "chart",
            title = "a chart",
            text = [[
plot.curve draws in the terminal. Make t = lun.linspace(0, 6.28, 50) and s = its sine, then
    plot.curve(s)]],
            check = function(c)
                local lun, s = require "lunette", rawget(c.env, "s")
                if s == nil then return nil end
                return c.check.same(s, lun.linspace(0, 6.28, 50):sin(), 1e-4, "s")
            end,
            praise = "%lesson 2 is about tensors.",
            hints = {"sin is a method: t:sin()", "s = lun.linspace(0, 6.28, 50):sin()"},
            solution = "t = lun.linspace(0, 6.28, 50)\ns = t:sin()\nplot.curve(s)",
            wrong = {{"s = lun.linspace(0, 6.28, 50)", "element"}, {"s = lun.linspace(0, 6.28, 50):cos()", "element 1"}},
        },
    },
}
