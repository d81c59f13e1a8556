-- complete.lua - what Tab offers behind a tensor fits it
--
-- Over the table of ops: no row is withheld from an argument that its own samples use, and what is withheld because it fails
-- on the shape alone does fail. Read next: lib/complete.lua, t/repl/keys.c (at a terminal). SPDX-License-Identifier: MIT
local tap = require "tap"
local lun = require "lunette"
local rows = require "rows"
require "lunette.shell"
local complete = require "lunette.complete"
local is, ok = tap.is, tap.ok

local withheld, wrong = {}, {}
for _, row in ipairs(rows.sampled()) do
    local args = rows.sample(row.sample, function(x) return x end)
    if row.flags.method and rows.is_tensor(args[1]) and complete.unfit({row.name}, args[1])[row.name] then
        withheld[#withheld + 1] = row.label .. "(" .. row.sample .. ")"
    end
end
for i = 1, math.min(#withheld, 100) do tap.note(withheld[i]) end
is(#withheld, 0, "every sample's first argument is offered its op")

local names, count = {}, 0
for name in pairs(debug.getmetatable(lun.zeros(1)).__methods) do names[#names + 1] = name end
for _, dtype in ipairs {"float32", "int64", "bool", "complex64"} do
    for dims = 0, 4 do
        local shape = {}
        for d = 1, dims do shape[d] = 3 end
        local x = lun.ones(shape, {dtype = dtype})
        for name in pairs(complete.unfit(names, x)) do
            local row = lun.ops(name) or lun.ops((name:gsub("(.)_$", "%1")))
            local alone = true
            for i = 2, #row.args do alone = alone and row.args[i].optional end
            count = count + 1
            lun.manual_seed(1)
            if alone and pcall(x[name], x) then wrong[#wrong + 1] = ("%s of %s with %d dims"):format(name, dtype, dims) end
        end
    end
end
for i = 1, math.min(#wrong, 20) do tap.note(wrong[i]) end
is(#wrong, 0, count .. " methods that are withheld would fail")

local function offers(x, name) return not complete.unfit({name}, x)[name] end
ok(offers(lun.zeros(2, 3), "matrix_norm") and not offers(lun.zeros(3), "matrix_norm"), "matrices have their norms")
ok(offers(lun.zeros(1, 1, 4, 4), "max_pool2d") and not offers(lun.zeros(4), "max_pool2d"), "pictures are pooled")
ok(not offers(lun.zeros(3):long(), "bessel_j0") == not pcall(lun.bessel_j0, lun.zeros(3):long()), "dtypes count")
ok(offers(lun.zeros(3), "sum") and offers(lun.zeros(3), "item") and offers(lun.zeros(3), "add_"), "what is no op is offered")
ok(complete.line("lun.nn.Conv2d", lun.nn.Conv2d):find "A convolution", "a line on a class of nn",
    complete.line("lun.nn.Conv2d", lun.nn.Conv2d))
ok(complete.line("x:relu_", nil):find "^x:relu_%(", "a form in place is called by its name", complete.line("x:relu_", nil))

-- All methods, within the 50 ms that Tab has.
local started = os.clock()
complete.unfit(names, lun.zeros(8, 8))
local taken = os.clock() - started
tap.note(("%d methods in %.1f ms"):format(#names, taken * 1e3))
ok(taken < 0.5, "quick enough")
tap.done()
