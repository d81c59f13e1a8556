-- vmap.lua - lun.vmap beside a loop over the examples
--
-- Each case runs both ways; "(loop)" in its name: f leaves the rules, so it is called again for each example.
-- Read next: lib/autograd/vmap.lua, lib/autograd/vmap_rules.lua. SPDX-License-Identifier: MIT
local tap = require "tap"
local lun = require "lunette"

local function by_loop(f, ...)
    local arguments, parts = table.pack(...), {}
    for b = 1, arguments[1]:size(1) do
        local one = {}
        for i = 1, arguments.n do one[i] = arguments[i][b] end
        for k, y in ipairs { f(table.unpack(one)) } do
            parts[k] = parts[k] or {}
            parts[k][b] = y
        end
    end
    for k, list in ipairs(parts) do parts[k] = lun.stack(list) end
    return parts
end

lun.manual_seed(1)
local f64 = { dtype = "float64" }
local X, W, V, M = lun.randn(4, 3, 5, f64), lun.randn(5, 2, f64), lun.randn(4, 5, f64), lun.randn(4, 5, 3, f64)

local cases = {
    { "sin", function(x) return x:sin() end, X },
    { "lun.sin", lun.sin, X },
    { "ops", function(x) return (x*2+1)/3-x^2 end, X },
    { "neg", function(x) return -x % 2 end, X },
    { "sum", function(x) return x:sum() end, X },
    { "sum1", function(x) return x:sum(1) end, X },
    { "sum-1k", function(x) return x:sum(-1,true) end, X },
    { "sum{}", function(x) return x:sum{dim={1,2}} end, X },
    { "mean", function(x) return x:mean(2) end, X },
    { "max(loop)", function(x) return x:max() end, X },
    { "max1", function(x) local v,i = x:max(1) return v,i end, X },
    { "argmax", function(x) return x:argmax() end, X },
    { "argmax1", function(x) return x:argmax(1) end, X },
    { "amax", function(x) return x:amax(1) end, X },
    { "prod", function(x) return x:prod() end, X },
    { "prod1", function(x) return x:prod(1) end, X },
    { "var", function(x) return x:var() end, X },
    { "std", function(x) return x:std(1) end, X },
    { "norm", function(x) return x:norm() end, X },
    { "softmax", function(x) return x:softmax(-1) end, X },
    { "softmax1", function(x) return lun.softmax(x,1) end, X },
    { "cumsum", function(x) return x:cumsum(1) end, X },
    { "sort", function(x) return x:sort() end, X },
    { "sortd", function(x) return x:sort{dim=1, descending=true} end, X },
    { "topk", function(x) return x:topk(2,1) end, X },
    { "lse", function(x) return x:logsumexp(1) end, X },
    { "flip", function(x) return x:flip(1) end, X },
    { "t", function(x) return x:t() end, X },
    { "T", function(x) return x.T end, X },
    { "permute", function(x) return x:permute(2,1) end, X },
    { "transpose", function(x) return x:transpose(1,-1) end, X },
    { "reshape", function(x) return x:reshape(5,3) end, X },
    { "reshape-1", function(x) return x:reshape(-1) end, X },
    { "flatten", function(x) return x:flatten() end, X },
    { "unsq", function(x) return x:unsqueeze(1):unsqueeze(-1) end, X },
    { "squeeze", function(x) return x:unsqueeze(1):squeeze() end, X },
    { "sq1", function(x) return x:unsqueeze(2):squeeze(2) end, X },
    { "select", function(x) return x[2] end, X },
    { "select-", function(x) return x[-1][2] end, X },
    { "narrow", function(x) return x:narrow(2,2,3) end, X },
    { "slice", function(x) return x:slice(2,1,-1,2) end, X },
    { "expand", function(x) return x[1]:expand(2,5) end, X },
    { "matmul W", function(x) return x:matmul(W) end, X },
    { "mm", function(x) return x:mm(W) end, X },
    { "matmul b", function(x,m) return x:matmul(m) end, X, M },
    { "mv", function(x,v) return x:mv(v) end, X, V },
    { "matmul v", function(x,v) return x:matmul(v) end, X, V },
    { "dot", function(v) return v:dot(v) end, V },
    { "vec mat", function(v,m) return v:matmul(m) end, V, M },
    { "W.T x", function(v) return W:t():matmul(v) end, V },
    { "bcast", function(x,v) return x*v + v:sum() end, X, V },
    { "where", function(x) return lun.where(x:gt(0), x, x*0) end, X },
    { "clamp", function(x) return x:clamp(-0.5,0.5) end, X },
    { "cmp", function(x) return x:gt(0) end, X },
    { "shape", function(x) return x:reshape(x.shape[2], x:size(1)) end, X },
    { "linear", function(x) return lun.linear(x, W:t()) end, X },
    { "net", function(x) return (x:matmul(W)):tanh():softmax(-1):log():sum() end, X },
    { "gelu", function(x) return x:gelu() end, X },
    { "leaky", function(x) return x:leaky_relu(0.2) end, X },
    { "layer_norm(loop)", function(x) return lun.layer_norm(x, {5}) end, X },
    { "item(loop)", function(x) return x*x:sum():item() end, X },
    { "branch(loop)", function(x) if x:sum():item()>0 then return x else return -x end end, X },
    { "any(loop)", function(x) return x:gt(0):any() and x or -x end, X },
    { "stack(loop)", function(x) return lun.stack{x,x}:sum(1) end, X },
    { "grad(loop)", lun.grad(function(x) return (x^3):sum() end), X },
    { "scalar", function(v) return v:sum() * v + v[1] end, V },
    { "mixed dtype", function(v) return v:sum():float()*lun.ones(2) end, V },
    { "count", function(x) return x:numel()*x.ndim*x end, X },
    { "const", function(x) return W end, X },
}

for _, case in ipairs(cases) do
    local calls = 0
    local function counted(...)
        calls = calls + 1
        return case[2](...)
    end
    local good, got = pcall(function() return table.pack(lun.vmap(counted)(table.unpack(case, 3))) end)
    if not good then
        tap.fail(case[1], tostring(got))
    else
        local once, problem = calls == 1, nil
        for k, want in ipairs(by_loop(case[2], table.unpack(case, 3))) do
            if got[k].shape ~= want.shape or got[k].dtype ~= want.dtype then
                problem = ("%s %s, the loop gives %s %s"):format(got[k].dtype, got[k].shape, want.dtype, want.shape)
            else
                problem = problem or tap.difference(want:double():totable(), got[k]:double():totable(), 1e-12)
            end
        end
        if once == (case[1]:find "loop" ~= nil) then problem = calls .. " calls" end
        if problem then tap.fail(case[1], problem) else tap.ok(true, case[1] .. (once and ": at once" or ": by a loop")) end
    end
end

do
    local x = lun.randn(3, 4, { dtype = "float64", requires_grad = true })
    local g = lun.grad(lun.vmap(function(v) return (v ^ 3):sum() end)(x):sum(), x)
    tap.near(g, 3 * x:detach() ^ 2, 1e-12, "a gradient through it")
    lun.manual_seed(7)
    local a = lun.vmap(function(v) return v + lun.rand_like(v):mul(1) end)(x:detach())
    lun.manual_seed(7)
    local b = lun.stack { x[1] + lun.rand_like(x[1]), x[2] + lun.rand_like(x[2]), x[3] + lun.rand_like(x[3]) }
    tap.near(a, b:detach(), 1e-12, "the loop draws as if nothing had been tried before")
    tap.fails(function() lun.vmap(function(v) return v:sum():item() .. "x" end)(x) end, nil, "tensor", "an error in f is the loop's")
end
tap.done()
