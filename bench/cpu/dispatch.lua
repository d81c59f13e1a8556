-- dispatch.lua - what one op costs: loops of 100 calls on tensors of one element, time per call; and a chain of ten ops with its gradient
-- Read next: bench/torch/dispatch.py, the same in PyTorch. SPDX-License-Identifier: MIT
local measure = require "measure"
local lun = require "lunette"

local function loop(name, make)
    measure("dispatch_" .. name, function()
        local f = make()
        return function()
            for _ = 1, 100 do f() end
        end
    end, 100)
end

local one = {requires_grad = true}
loop("add1_nograd", function()
    local a, b = lun.ones(1), lun.ones(1)
    return function() local _ = a + b end
end)
loop("add1_grad", function()
    local a, b = lun.ones({1}, one), lun.ones({1}, one)
    return function() local _ = a + b end
end)
loop("add1_inplace", function()
    local a, b = lun.ones(1), lun.ones(1)
    return function() a:add_(b) end
end)
loop("matmul2x2", function()
    local a, b = lun.ones(2, 2), lun.ones(2, 2)
    return function() local _ = a:matmul(b) end
end)
loop("empty1", function() return function() local _ = lun.empty(1) end end)
loop("item", function()
    local a = lun.ones(1)
    return function() local _ = a:item() end
end)
loop("index_scalar", function()
    local a = lun.ones(4)
    return function() local _ = a[3] end
end)

local function ten_ops(x)
    local y = x * 1.5
    y = y + x
    y = y:tanh()
    y = y * x
    y = y:exp()
    y = y - x
    y = y:sigmoid()
    y = y * 2
    y = y + 1
    return y:sum()
end
measure("dispatch_chain10_fwd_grad", function()
    local x = lun.ones({4}, one)
    return function() ten_ops(x) end
end)
measure("dispatch_chain10_fwd_bwd", function()
    local x = lun.ones({4}, one)
    return function()
        x.grad = nil
        ten_ops(x):backward()
    end
end)
