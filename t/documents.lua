-- documents.lua - doc/ops.md, doc/from-pytorch.md and the editors' definitions are what `./dev docs` makes, and agree with the table
--
-- Holds: an example whose result changes, a row without help, a function without a definition fails here.
-- Read next: doc/generate.lua. SPDX-License-Identifier: MIT
local tap = require "tap"
tap.needs "lunette.dbg"
local lun = require "lunette"
local root = os.getenv "LUNETTE_TEST_ROOT" or "."
package.path = root .. "/doc/?.lua;" .. package.path
local generate = require "generate"

local function read(path)
    local file = assert(io.open(root .. "/" .. path))
    local text = file:read "a"
    file:close()
    return text
end

-- The first line in which two texts differ.
local function difference(got, want)
    local wanted, number = want:gmatch "([^\n]*)\n?", 0
    for line in got:gmatch "([^\n]*)\n?" do
        number = number + 1
        local other = wanted()
        if line ~= other then return ("line %d: the file has %q, ./dev docs makes %q"):format(number, tostring(line), tostring(other)) end
    end
end

for path, text in pairs(generate.files(root)) do
    local found = read(path)
    local name = path .. " is what ./dev docs makes"
    if found == text then tap.ok(true, name) else tap.fail(name, difference(found, text) or "one is longer") end
end

local definitions = read "doc/library/lunette.lua"
local read_well, problem = load(definitions, "=definitions", "t")
tap.ok(read_well, "the definitions are Lua: " .. tostring(problem))

local undefined, unhelped, unseen = {}, {}, {}
for _, row in ipairs(lun.ops()) do
    if not definitions:find("function lun." .. row.name .. "(", 1, true) then undefined[#undefined + 1] = row.name end
    if row.flags.method and not definitions:find("function Tensor:" .. row.name .. "(", 1, true) then undefined[#undefined + 1] = "x:" .. row.name end
    if not lun.help(row.name):find(row.help, 1, true) then unhelped[#unhelped + 1] = row.name end
    for name in (row.see or ""):gmatch "[%w_]+" do
        if not lun.ops(name) then unseen[#unseen + 1] = row.name .. " -> " .. name end
    end
end
tap.is(table.concat(undefined, " "), "", "every row has its definitions")
tap.is(table.concat(unhelped, " "), "", "lun.help says what the row says")
tap.is(table.concat(unseen, " "), "", "related rows exist")
tap.ok(lun.help "nn.functional":find "relu", "a namespace is listed")
tap.ok(lun.search "running sum":find "cumsum", "help is searched by words")
tap.fails(function() return lun.linalg.detr end, "name", "linalg", "an unknown name of a namespace")
-- Help is found by any name that a user may have in mind.
do
    local missing, shadowed = {}, {}
    for _, row in ipairs(lun.ops()) do
        local last = row.torch:match "[^.]+$"
        if not pcall(lun.help, last) or not pcall(lun.help, row.torch) then missing[#missing + 1] = row.torch end
    end
    tap.is(missing, {}, "lun.help knows each of PyTorch's names, and what stands behind its last point")
    for _, name in ipairs { "compile", "checkpoint" } do
        if not lun.help(name):find("lun." .. name .. "(f", 1, true) then shadowed[#shadowed + 1] = name end
    end
    tap.is(shadowed, {}, "and lun.compile and lun.checkpoint, which others share their names with")
    tap.ok(lun.help("autograd"):find("jacobian", 1, true) and lun.help("op"):find("define", 1, true), "tables of lun say what is in them")
end

tap.done()
