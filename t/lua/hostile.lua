-- hostile.lua - every op is given what nobody should give it: a short run of the generator of t/fuzz
--
-- Holds: the same calls each time (HOSTILE_ROUNDS calls of each row, 60 unless told); memory stays under a small budget. A crash names its
-- row, as the last line says which rows went well. The long run is ./dev fuzz ops. Run alone for some rows: lunette hostile.lua topk.
-- Read next: t/fuzz/generate.lua, t/fuzz/attack.lua. SPDX-License-Identifier: MIT
local tap = require "tap"
local lun = require "lunette"
local generate = require "fuzz.generate"
local attack = require "fuzz.attack"

local rounds = tonumber(os.getenv "HOSTILE_ROUNDS" or 60)
lun.set_memory_budget(64 << 20)

local only
for _, name in ipairs(arg or {}) do
    only = only or {}
    only[name] = true
end

local function problems_of(row)
    local problems = {}
    for i = 1, rounds do
        local call = generate.call(7, i, { row })
        local problem = attack.run(call, i % 4 == 0)
        if problem then problems[#problems + 1] = attack.show(call) .. ": " .. problem end
    end
    return problems
end

for _, row in ipairs(generate.rows(only)) do
    local problems = problems_of(row)
    local name = ("%s: %d hostile calls"):format(row.name, rounds)
    if #problems == 0 then tap.ok(true, name) else tap.fail(name, table.unpack(problems, 1, math.min(3, #problems))) end
end
tap.is(lun.ones(2):sum():item(), 2.0, "and the session goes on")

-- Found by the long run.
tap.fails(function() lun.topk(lun.tensor(-2), 0) end, nil, "0 elements asked for", "no element of a number cannot be a number")
tap.is(lun.linear(lun.zeros(0, 3), lun.zeros(0, 3)).shape, { 0, 0 }, "linear with no rows on either side")
tap.ok(lun.scaled_dot_product_attention(lun.zeros(2, 0, 1, { dtype = "float16" }), lun.zeros(2, 0, 1, { dtype = "float16" }),
    lun.zeros(2, 0, 1, { dtype = "float16" })):numel() == 0, "attention over nothing, in half")
tap.is(lun.index_reduce(lun.tensor(-1.5), -1, lun.tensor { 1 }, lun.tensor(-2.5), "mean"):item(), -2.0, "folding into a number (its dims are NULL)")
tap.fails(function() lun.pad(lun.ones(3), { math.mininteger, 0 }) end, "shape", "cuts off more", "cutting off the most negative number")
tap.ok(pcall(lun.histc, lun.zeros(0, { dtype = "float16" }), 2, 0, 1), "counting nothing, in half (leaked 64 bytes)")
tap.fails(function() lun.zeros(3, 0):reshape(1 << 62, 2, 0) end, "shape", "too large", "sizes beyond memory beside a size of 0")
tap.fails(function() lun.hardtanh(lun.ones(2), 0 / 0) end, nil, "must be numbers", "a bound that is none")
tap.is(lun.isin(1.5, lun.tensor { 1, 3 }):item(), false, "1.5 is not among whole numbers (it was cut off to 1)")
tap.is(lun.tensor { 0.3, 0.4 }:sum { dtype = "bool" }:item(), true, "a sum of truth values is true when one is (0.3 was cut off to 0)")
tap.is(lun.tensor { 1.0, -1.0 }:sum { dtype = "bool" }:item(), true, "each number becomes a truth value before the sum")
tap.is(tostring(lun.ones(2, { dtype = "float16" }):ldexp(lun.tensor { 1, 2 }).dtype), "float16", "ldexp keeps the dtype of x")
tap.is(lun.ones(1, { dtype = "float64" }):ldexp(lun.tensor { 200 }):item(), 2.0 ^ 200, "ldexp beyond float32")
tap.is(lun.lp_pool1d(lun.tensor { { { -3.0, 1, 2, -1 } } }, math.huge, 2):totable(), { { { 3.0, 2.0 } } }, "an infinite p is the largest size")
tap.is(lun.embedding_bag(lun.tensor { 3 }, lun.ones(4, 1), lun.zeros(0):long()).shape, { 0, 1 }, "no bags (read memory nobody wrote)")
tap.fails(function() lun.zeros(2, 0):norm(-1, 2) end, nil, nil, "a negative norm of nothing, as that of -inf (it gave 0)")
tap.is(lun.zeros(0, 2):norm(-1, 2).shape, { 0 }, "and one for each of no rows")
for _, name in ipairs { "addcmul", "addcdiv" } do
    local y = lun[name](lun.ones(1), lun.tensor { 0 / 0 }, lun.tensor { 2.0 }, 0):item()
    tap.ok(y ~= y, name .. ": nothing times NaN is NaN")
end
tap.is(lun.isin(-2147483648, lun.tensor({ 0, -1 }, { dtype = "int8" })):item(), false, "a number that int8 cannot hold is not among bytes (it was cut off to 0)")
tap.is(lun.tensor { 2.0 }:logit(-0.0):item(), math.huge, "logit kept between 0 and 1 (it was NaN)")
tap.is(lun.cosine_similarity(lun.tensor { 1e30, 1 }, lun.tensor { 1.0, 1 }, 1):item(), 0.0, "a norm that overflows (it was NaN)")
tap.is(lun.tensor { { 4.0, -2 }, { 0.5, 0.25 } }:normalize(1e300):totable(), { { 1.0, -0.5 }, { 1.0, 0.5 } }, "a p of which no power is a number")
tap.is(lun.tensor { 4.0, -2 }:normalize(math.mininteger, 1):totable(), { 2.0, -1.0 }, "and its opposite: the smallest size")
do -- powers of sizes over the largest one: none overflows
    local x = lun.tensor { 1e30, 2e30, -2e30 }
    tap.near(x:norm(100):item() / 2e30, 2 ^ 0.01, 1e-6, "the norm of order 100 of huge numbers (it was infinite)")
    tap.near(x:norm(-100):item() / 1e30, 1.0, 1e-6, "and that of order -100 (it was 0)")
    tap.is(lun.tensor { math.huge, -math.huge }:norm(-1):item(), math.huge, "of order -1 of infinities (it was 0)")
    tap.near(lun.cdist(lun.tensor { { 3.0, 1 } }, lun.tensor { { 0.0, 1 } }, 1e300):item(), 3.0, 0, "a distance (it was infinite)")
    tap.is(lun.zeros(0, 3):norm(1e300, 1):totable(), { 0.0, 0.0, 0.0 }, "a huge p of nothing (it raised)")
    tap.is(lun.zeros(0):norm(0 / 0):item(), 0.0, "a p of NaN of nothing")
    local y = lun.tensor({ 1e30, -2e30 }, { requires_grad = true })
    y:norm(50):backward()
    tap.near(y.grad:totable(), { 0.0, -1.0 }, 1e-6, "its gradient (it was NaN)")
    local z = lun.tensor({ { 1.0, -200.0 } }, { requires_grad = true })
    lun.cdist(z, lun.zeros(1, 2), 100):sum():backward()
    tap.near(z.grad:totable(), { { 0.0, -1.0 } }, 1e-6, "that of a distance (it was NaN)")
end
tap.is(tostring(lun.cumulative_trapezoid(lun.zeros(0, { dtype = "uint8" }), lun.zeros(0, { dtype = "float64" })).dtype), "float64",
    "the integral of nothing has the dtype of any other")
do -- 8 dims, which leave no room for a ninth on the way (these raised)
    local deep = lun.tensor { 1.0, 2, 3 }:reshape { 1, 1, 1, 1, 1, 1, 1, 3 }
    tap.is(deep:tile { 2 }:flatten():totable(), { 1.0, 2, 3, 1, 2, 3 }, "tile")
    tap.is(lun.kron(deep, lun.tensor { 1.0, 10 }):flatten():totable(), { 1.0, 10, 2, 20, 3, 30 }, "kron")
    tap.is(lun.complex(deep, -deep):flatten():imag():totable(), { -1.0, -2, -3 }, "complex")
end
tap.is(lun.tensor { { 3.0, -1, 2, -4 } }:lp_pool1d(-math.huge, 2):totable(), { { 1.0, 2.0 } }, "a p of -inf: the smallest sizes (they were 1)")
tap.is(lun.huber_loss(lun.ones(2), lun.zeros(2), { weight = lun.ones(2, { dtype = "float64" }) }).dtype, "float64",
    "the dtype of a weight counts as the others do (it gave float32)")
tap.is(lun.tensor({ 13.0 }, { dtype = "float16" }):lerp(lun.tensor({ 39.0 }, { dtype = "float16" }), 0.4):item(), 23.40625,
    "a weight beside halves is not rounded to half precision (it gave 23.390625)")
for _, dtype in ipairs { "float16", "bfloat16" } do -- nor is a number: PyTorch's numbers; 0.1 and 0.3 of bfloat16 are 0.1001 and 0.3008
    local x = lun.tensor({ 3.0, 5, 7, 11, -13, 1.5 }, { dtype = dtype })
    local function once(f) return f(x:float()):to(dtype) end
    for _, f in ipairs { function(v) return v * 0.1 end, function(v) return 0.1 * v end, function(v) return v / 0.3 end, function(v) return 0.3 / v end,
        function(v) return v + 0.01 end, function(v) return 0.01 - v end, function(v) return v:clone():mul_(0.1) end,
        function(v) return v:floor_divide(0.82663549070922437) end, function(v) return v:div(0.3, "trunc") end } do
        tap.ok(f(x).dtype == dtype and lun.equal(f(x), once(f)), "a number beside " .. dtype .. " is rounded with the result only")
    end
    local leaf = lun.ones(1, { dtype = dtype, requires_grad = true })
    lun.sum(leaf * 0.1 / 0.3):backward()
    tap.is(leaf.grad.dtype, dtype, "its gradient keeps the dtype")
end
tap.is((lun.tensor({ 3.0, 5, 7 }, { dtype = "bfloat16" }) * 0.3):totable(), { 0.8984375, 1.5, 2.09375 }, "as in PyTorch (it gave 0.90234375, 1.5, 2.109375)")
tap.done()
