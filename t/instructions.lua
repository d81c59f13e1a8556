-- instructions.lua - how many instructions small ops take, from Lua to the result and back, the collector's share included
--
-- Counted by callgrind, so that a busy machine changes nothing; a bound is what was counted when it was set, and a twentieth. A count that
-- grows is a regression; one that has shrunk for good lowers its bound. Read next: bench/cpu/dispatch.lua. SPDX-License-Identifier: MIT
local tap = require "tap"
local program = os.getenv "LUNETTE_BUILD" .. "/lunette"

local setting = [[
local lun = require "lunette"
local a, b, m = lun.ones(1), lun.ones(1), lun.ones(2, 2)
local x, y = lun.ones({1}, {requires_grad = true}), lun.ones({1}, {requires_grad = true})
]]
local cases = {
    {"a + b", "local _ = a + b", 3480},
    {"a + b, recorded", "local _ = x + y", 5280},
    {"a:add_(b)", "a:add_(b)", 4130},
    {"m:matmul(m)", "local _ = m:matmul(m)", 5850},
    {"a[1]", "local _ = a[1]", 2950},
    {"a:item()", "local _ = a:item()", 870},
    {"a chain of ten, both ways", "local z = x for _ = 1, 10 do z = z * y end z:sum():backward()", 155500},
}

-- Instructions of a run of `count` turns.
local function counted(code, count)
    local file = os.tmpname()
    local handle = assert(io.open(file, "w"))
    handle:write(setting, "for _ = 1, ", count, " do ", code, " end\n")
    handle:close()
    local pipe = io.popen(("LUNETTE_THREADS=1 LUNETTE_ISA=avx2 valgrind --tool=callgrind --callgrind-out-file=/dev/null '%s' %s 2>&1"):format(program, file))
    local text = pipe:read "a"
    pipe:close()
    os.remove(file)
    return tonumber(text:match "Collected%s*:%s*(%d+)"), text
end

local total, text = counted("print 'it ran'", 1)
if not total or not text:find "it ran" then
    tap.skip("callgrind counts nothing here: " .. (text:match "[^\n]+" or "it says nothing"))
else
    for _, case in ipairs(cases) do
        local name, code, most = table.unpack(case)
        local turns = most > 100000 and 300 or 4000
        local before, after = counted(code, turns), counted(code, 2 * turns)
        local each = (after - before) / turns
        tap.ok(each <= most, ("%s: %.0f instructions, at most %d"):format(name, each, most))
    end
end
tap.done()
