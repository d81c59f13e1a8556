-- op_define.lua - ops written in Lua stand in the table like those written in C
--
-- At the end t/ops.lua runs over the ops defined here. Read next: lib/op.lua, lua_bindings/op_define.c, t/ops.lua.
-- SPDX-License-Identifier: MIT
local tap = require "tap"
local lun = require "lunette"

local function f64(values) return lun.tensor(values, { dtype = "float64" }) end

local twice = lun.op.define {
    name = "test_swish", args = "x: tensor, beta: float = 1", help = "x times sigmoid(beta x).", inplace = true,
    sample = "lun.randn(3,4);; lun.randn(2), 0.5;; lun.ones({}), {beta = 2}", bad = "3;; lun.randn(2), true",
    demo = "lun.tensor{1.0,2.0}:test_swish(2)", shapes = "x [*] -> [*]", see = "sigmoid",
    forward = function(x, beta) return x * (x * beta):sigmoid() end,
}
lun.op.define {
    name = "test_cube", args = "x: tensor, scale: float = 1", help = "scale x^3, with a gradient of its own.", dtypes = "floats",
    sample = "lun.randn(3,4);; lun.randn(4), 0.5;; lun.ones({})", bad = "lun.tensor{1,2}", demo = "lun.tensor{1.0,2.0}:test_cube()",
    infer = function(x) return x.shape end,
    forward = function(ctx, x, scale)
        ctx:save_for_backward(x)
        ctx.scale = scale
        return x ^ 3 * scale
    end,
    backward = function(ctx, g) return g * 3 * ctx.saved_tensors[1] ^ 2 * ctx.scale end,
}
lun.op.define {
    name = "test_halves", args = "x: tensor", returns = "parts: list", help = "x in two.", sample = "lun.randn(4,2)", demo = "lun.ones(2):test_halves()",
    forward = function(x) return x:chunk(2) end,
}
lun.op.define {
    name = "test_pick", args = "xs: tensors, dim: dim = 1, sizes: ints?, how: string = sum", returns = "total, first", help = "Sum of the list, and its first.",
    sample = "{lun.randn(2,3), lun.randn(2,3)};; {lun.randn(2)}, {dim = -1}", demo = "lun.test_pick{lun.ones(2), lun.ones(2)}",
    forward = function(xs, dim, sizes, how)
        tap.ok(math.type(dim) == "integer" and (sizes == nil or #sizes > 0) and type(how) == "string", "attributes as the user wrote them")
        return lun.stack(xs):sum(1), xs[1] * 1
    end,
}

do -- calls
    local x = f64 { 1, 2 }
    tap.near(x:test_swish(), lun.silu(x), 1e-12, "a method")
    tap.near(twice(x, { beta = 1 }), lun.silu(x), 1e-12, "a function, with options")
    tap.near(x:clone():test_swish_(), lun.silu(x), 1e-12, "in place")
    local leaf = f64 { 1, 2 }:requires_grad_()
    local y = leaf:test_cube(2)
    tap.is(y.grad_fn, "test_cube", "the graph knows its name")
    tap.near(lun.grad(y:sum(), leaf), { 6.0, 24.0 }, 1e-12, "its own gradient")
    local total, first = lun.test_pick({ x, x }, { dim = -2, sizes = { 3, 4 } })
    tap.is(total, { 2.0, 4.0 }, "a list argument")
    tap.is(first, { 1.0, 2.0 }, "two results")
    tap.is(#x:test_halves(), 2, "a list of results")
    tap.fails(function() x:test_swish { betta = 1 } end, "name", "beta", "its options are checked like any op's")
    tap.fails(function() lun.test_cube(lun.tensor { 1 }) end, "dtype", "float", "and its dtypes")
end

do -- the table and help
    local row = lun.op.find "test_cube"
    tap.ok(row and row.differentiable and row.args[2].default == "1", "lun.ops() has the row")
    local text = lun.help "test_swish"
    tap.ok(text:find("x times sigmoid", 1, true) and text:find("beta = 1", 1, true), "lun.help")
end

local with_debugger, dbg = pcall(require, "lunette.dbg_core")
if with_debugger then
    local id, matches = dbg.add "op:test_late*"
    tap.is(matches, 0, "a breakpoint before its op")
    lun.op.define { name = "test_late", args = "x: tensor", help = "x.", forward = function(x) return x * 1 end }
    local stops = 0
    dbg.on_stop(function() stops = stops + 1 return "go" end)
    lun.test_late(f64 { 1 })
    dbg.remove(id)
    tap.is(stops, 1, "stops at it once it is there")
    id = dbg.add "bwd op:test_cube"
    f64({ 1 }):requires_grad_():test_cube():sum():backward()
    dbg.remove(id)
    tap.is(stops, 2, "and in the backward pass of an op with a gradient of its own")
end

do -- definitions again, and wrong ones
    local kept = f64 { 1, 2 }:requires_grad_()
    local old = kept:test_cube()
    lun.op.define { name = "test_cube", args = "x: tensor", help = "x.", forward = function(x) return x * 1 end, sample = "lun.randn(2)",
        demo = "lun.tensor{1.0}:test_cube()" }
    tap.is(kept:test_cube(), { 1.0, 2.0 }, "defining again replaces")
    tap.near(lun.grad(old:sum(), kept), { 3.0, 12.0 }, 1e-12, "and old graphs keep what they were made with")
    local function bad(changes, kind, pattern, name)
        local row = { name = "test_bad", args = "x: tensor", help = "h", forward = function(x) return x end }
        for k, v in pairs(changes) do row[k] = v or nil end
        tap.fails(function() lun.op.define(row) end, kind, pattern, name)
    end
    bad({ name = "add" }, "name", "add", "a name that is taken by an op")
    bad({ name = "tensor" }, "name", "tensor", "or by a function")
    bad({ name = "size" }, "name", "size", "or by a method")
    bad({ name = "no good" }, "name", "no name", "no name")
    bad({ args = "x tensor" }, "argument", "cannot read the arguments", "arguments that cannot be read")
    bad({ args = "x: tensr" }, "argument", "cannot read", "an unknown kind")
    bad({ args = "x: tensor, x: int" }, "argument", "two arguments", "a name twice")
    bad({ help = 3 }, "argument", "help must be a string", "a wrong field")
    bad({ froward = "x" }, "name", "froward", "an unknown field")
    bad({ forward = false }, "argument", "forward is missing", "no forward")
    bad({ dtypes = "few" }, "argument", "few", "unknown dtypes")
    tap.ok(not pcall(function() return lun.test_bad end), "nothing of it stays")
end

do -- errors inside
    local x = f64 { 1, 2 }
    lun.op.define { name = "test_fails", args = "x: tensor", help = "h", forward = function(y)
        local z = (y * 2):sum()
        return z.nothing.at.all
    end }
    local good, problem = pcall(lun.test_fails, x)
    tap.ok(not good and tostring(problem):find "nothing", "an error in forward arrives")
    lun.op.define { name = "test_text", args = "x: tensor", help = "h", forward = function() error "as it is" end }
    good, problem = pcall(lun.test_text, x)
    tap.ok(not good and problem:find "op_define.lua:%d+: as it is" and problem:find "traceback", "a text with its traceback")
    lun.op.define { name = "test_number", args = "x: tensor", help = "h", forward = function() return 3 end }
    tap.fails(function() lun.test_number(x) end, "argument", "a number as result 1", "a result that is no tensor")
    lun.op.define { name = "test_infer", args = "x: tensor", help = "h", infer = function() return { 3 } end, forward = function(y) return y end }
    tap.fails(function() lun.test_infer(x) end, "shape", "infer said [3]", "a shape that was not promised")
    lun.op.define { name = "test_deep", args = "x: tensor, n: int", help = "h", forward = function(y, n)
        return n > 0 and lun.test_deep(y, n - 1) + 1 or y * 1
    end }
    tap.is(lun.test_deep(x, 20), { 21.0, 22.0 }, "an op may call itself")
    collectgarbage()
    collectgarbage()
    local before = lun.memory().live
    for _ = 1, 100 do
        pcall(lun.test_fails, lun.randn(1000))
        pcall(lun.test_number, lun.randn(1000))
    end
    collectgarbage()
    collectgarbage()
    tap.is(lun.memory().live, before, "nothing is left behind")
end

-- the checks of every op
arg = { "test_swish", "test_cube", "test_pick", "test_halves" }
dofile((os.getenv "LUNETTE_TEST_ROOT" or ".") .. "/t/ops.lua")
