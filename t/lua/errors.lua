-- errors.lua - the catalogue: every code of the core has its page, every example raises what its page says, every remedy works
--
-- What the examples say is compared with doc/errors.md by t/documents.lua. Read next: lib/errors.lua. SPDX-License-Identifier: MIT
local tap = require "tap"
local errors = require "lunette.errors"
local habits = require "lunette.errors.habits"
local root = os.getenv "LUNETTE_TEST_ROOT" or "."

local file = assert(io.open(root .. "/core/error.h"))
local missing, count = {}, 0
for code in file:read "a":gmatch '"(E%d%d%d)", "' do
    if code ~= "E000" then
        count = count + 1
        if not errors.row(code) then missing[#missing + 1] = code end
    end
end
file:close()
tap.ok(count > 10, "core/error.h lists its codes")
tap.is(table.concat(missing, " "), "", "every code of the core has a page")

for _, row in ipairs(errors.rows) do
    if row.wrong then
        local good, message = errors.try(row.wrong)
        local own = row.patterns ~= nil
        local code = message and (own and errors.code_of((message:gsub("^error: ", ""))) or message:match "%[(E%d+)%]")
        tap.is(not good and code, row.code, row.code .. " is what its example raises")
        local works, why = true, nil
        if not row.right:find "^!" then works, why = errors.try(row.right) end
        tap.ok(works, row.code .. ": what stands under `instead` works " .. tostring(why or ""))
        tap.ok(errors.page(row.code, 80):find(row.right, 1, true), row.code .. " has a page")
    end
end
tap.is(errors.page "E999", nil, "an unknown code has none")
tap.ok(errors.document():find("## E101", 1, true), "the document has a part for each")

-- Each habit's pattern meets what the compiler, or the shell, really says.
local function message_of(line)
    local _, problem = load(line, "=x", "t")
    return problem and problem:gsub("^x:%d+: ", "")
end
for _, case in ipairs {
    {"if x != 1 then end", "not equal is written ~="}, {"x += 2", "x = x + 2"}, {"n.total -= a * 2", "n.total = n.total - a * 2"}, {"i++", "i = i + 1"},
    {"if x = 1 then end", "== compares: if x == 1 then"}, {"if x > 1: print(x)", "if x > 1 then ... end"}, {"for i in 1:3 do end", "for i = 1, 3 do ... end"},
    {"for i in range(3): print(i)", "for i = 1, 3 do ... end"}, {"for b in loader: print(b)", "for i, b in ipairs(loader) do ... end"},
    {"while x < 3: x = x + 1", "while x < 3 do ... end"}, {"def f(a, b): return a", "function f(a, b) ... end"},
    {"class Net: pass", "a network is nn.define \"Net\"; ?nn.define shows how"}, {"import torch", "nothing to import: lun, nn, optim, data and plot are there"},
    {"import json", "local json = require \"json\""}, {"from a import b", "local b = require(\"a\").b"}, {"y = x @ w", "the matrix product is x:matmul(w)"},
    {"x = [1, 2]", "lists are written with braces: {1, 2, 3}"}, {"y = x[1:3]", "a range is written as a table: x[{ {first, last} }]; ?index shows how"},
    {"f = lambda a: a + 1", "function(a) return a + 1 end"}, {"if a && b then end", "both is written `and`"}, {"if a || b then end", "one of both is written `or`"},
} do
    local message = message_of(case[1])
    tap.is(message and habits.hint(message, case[1]), case[2], case[1])
end
tap.is(habits.hint("undefined name 'torch'", "y = torch.zeros(3)"), "it is lun here: lun.zeros", "torch.zeros(3)")
tap.is(habits.hint("undefined name 'len'", "len(x)"), "the length is #x", "len(x)")
tap.is(habits.hint("undefined name 'x'", "x + 1"), nil, "no hint where none is known")
tap.done()
