-- autograd.lua - lesson 3: gradients, and a first descent
-- SPDX-License-Identifier: MIT
return {
    title = "Gradients",
    steps = {
        {
            id = "leaf",
            title = "a number that wants a gradient",
            text = [[
A tensor made with requires_grad = true remembers what is computed from it.
Make w = lun.tensor(3.0, {requires_grad = true}), then y = w * w + 2 * w.]],
            check = function(c)
                local w, y = rawget(c.env, "w"), rawget(c.env, "y")
                local lun = require "lunette"
                if not lun.is_tensor(w) or not lun.is_tensor(y) then return nil end
                local verdict = c.check.same(y, lun.tensor(15.0), 1e-5, "y")
                if verdict ~= true then return verdict end
                return y.requires_grad or "y does not know w: was w made with {requires_grad = true}?"
            end,
            hints = {"options go last in braces", "w = lun.tensor(3.0, {requires_grad = true}); y = w * w + 2 * w"},
            solution = "w = lun.tensor(3.0, {requires_grad = true})\ny = w * w + 2 * w",
            wrong = {{"w = lun.tensor(3.0); y = w * w + 2 * w", "requires_grad"},
                     {"w = lun.tensor(3.0, {requires_grad = true}); y = w * w", "expected 15"}},
        },
        {
            id = "backward",
            title = "backward",
            text = [[
y:backward() computes dy/dw and adds it to w.grad. For y = w^2 + 2w the derivative is 2w + 2.
Go back from y and look at w.grad.]],
            setup = function(env)
                local lun = require "lunette"
                env.w = lun.tensor(3.0, {requires_grad = true})
                env.y = env.w * env.w + 2 * env.w
            end,
            check = function(c)
                local w = rawget(c.env, "w")
                if not require "lunette".is_tensor(w) or not w.grad then return nil end
                return c.check.same(w.grad, require "lunette".tensor(8.0), 1e-5, "w.grad")
            end,
            hints = {"backward is a method of y", "y:backward(); then w.grad"},
            solution = "y:backward()\nw.grad",
            wrong = {{"y2 = w * w; y2:backward()", "expected 8"}},
        },
        {
            id = "accumulate",
            title = "gradients add up",
            text = [[
A second backward adds to w.grad; forgetting to clear it is a classic mistake. w.grad = nil clears it.
w.grad is 8 now. Bring it to exactly 2 * 5 = 10: clear it, then go back from w * 10.]],
            setup = function(env)
                local lun = require "lunette"
                env.w = lun.tensor(3.0, {requires_grad = true})
                local y = env.w * env.w + 2 * env.w
                y:backward()
            end,
            check = function(c)
                local w = rawget(c.env, "w")
                if not w or not w.grad then return nil end
                local got = w.grad:item()
                if got == 8 then return nil end
                if got == 18 then return "it is 18 = 8 + 10: the old gradient was not cleared; w.grad = nil first" end
                return c.check.same(w.grad, require "lunette".tensor(10.0), 1e-5, "w.grad")
            end,
            hints = {"w.grad = nil clears", "then (w * 10):backward()"},
            solution = "w.grad = nil\n(w * 10):backward()",
            wrong = {{"v = w * 10; v:backward()", "not cleared"}, {"w.grad = nil; v = w * 5; v:backward()", "expected 10"}},
        },
        {
            id = "function",
            title = "a derivative as a function",
            text = [[
Write function slope(x) that takes a float tensor and returns the derivative of sin(x)^2 at each element, by autograd:
make a fresh leaf of it (x:detach():requires_grad_()), compute, sum, go back, return the gradient.]],
            check = function(c)
                local f = rawget(c.env, "slope")
                if f == nil then return nil end
                local verdict = c.check.derivative(f, function(x) return x:sin():square() end, {name = "slope"})
                if type(verdict) == "string" and verdict:find "element" then
                    local lun = require "lunette"
                    local x = lun.randn(3, {dtype = "float64"})
                    local ok, got = pcall(f, x)
                    if ok and lun.is_tensor(got) and c.check.same(got, x:cos() * 2, 1e-4) == true then return "the chain rule: d sin(x)^2 = 2 sin(x) cos(x); a factor is missing" end
                end
                return verdict
            end,
            hints = {"x = x:detach():requires_grad_()", "x:sin():square():sum():backward()", "return x.grad"},
            solution = "function slope(x)\n  x = x:detach():requires_grad_()\n  x:sin():square():sum():backward()\n  return x.grad\nend",
            wrong = {{"function slope(x) return x:cos() * 2 end", "chain rule"},
                     {"function slope(x) x = x:detach():requires_grad_(); x:sin():square():sum():backward() end", "nil"}},
        },
        {
            id = "descent",
            title = "downhill",
            text = [[
f(p) = (p - 2)^2 is smallest at 2. Start at p = 0 with requires_grad and repeat: clear the gradient, go back from f(p),
then, inside lun.no_grad(function() ... end), p:sub_(p.grad * 0.1). After 100 turns p is close to 2.
Do it, so that p ends within 0.01 of 2.]],
            setup = function(env) env.p = require "lunette".tensor(0.0, {requires_grad = true}) end,
            check = function(c)
                local lun, p = require "lunette", rawget(c.env, "p")
                if not lun.is_tensor(p) then return nil end
                local at = p:item()
                if at == 0 then return nil end
                if not p.requires_grad then return "p must stay a tensor with requires_grad = true" end
                if not p.grad then return "p moved, but not by its gradient: p.grad is empty" end
                return math.abs(at - 2) < 0.01 or ("p is %.4f; more turns, or a step in the other direction?"):format(at)
            end,
            praise = "That loop is what every optimiser does.",
            hints = {"for i = 1, 100 do ... end", "p.grad = nil; local loss = (p - 2):square(); loss:backward()", "lun.no_grad(function() p:sub_(p.grad * 0.1) end)"},
            solution = "for i = 1, 100 do\n  p.grad = nil\n  local loss = (p - 2):square()\n  loss:backward()\n  lun.no_grad(function() p:sub_(p.grad * 0.1) end)\nend",
            wrong = {{"for i = 1, 5 do p.grad = nil; local l = (p - 2):square(); l:backward(); lun.no_grad(function() p:sub_(p.grad * 0.1) end) end", "more turns"},
                     {"p = lun.tensor(2.0)", "requires_grad"}},
        },
    },
}
