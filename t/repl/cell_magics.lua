-- cell_magics.lua - %%name with code below it, %prof, %reload and %autoreload, %bg, progress bars: sessions by a pipe
--
-- Read next: repl/command.c, lib/magics/prof.lua, lib/magics/reload.lua. SPDX-License-Identifier: MIT
local tap = require "tap"
local program = (os.getenv "LUNETTE_BUILD" or ".") .. "/lunette"
local scratch = require "scratch"
local folder = scratch.folder

local function write(name, text)
    local file = assert(io.open(folder .. "/" .. name, "w"))
    file:write(text)
    file:close()
end

-- What a session writes that gets these rows.
local function session(rows)
    write("input", rows)
    local command = ("cd %s && HOME=/dev/null XDG_STATE_HOME= %s -i < input 2>&1"):format(folder, program)
    local pipe = assert(io.popen(command))
    local text = pipe:read "a"
    pipe:close()
    return text
end

local function shows(rows, wanted, name)
    local text = session(rows)
    if text:find(wanted) then return tap.ok(true, name) end
    tap.fail(name, "wanted: " .. wanted, "got: " .. text)
end

shows("%%time\nlocal a = 6\nlocal b = a * 7\nb\n\n", "42\ntime: ", "%%time runs the rows below as a cell")
shows("%%time\nfor i = 1, 2 do\n  print(i)\n\n\nend\n\n'after' .. 1\n", "1\n2\ntime: .*after1", "which goes on to an empty row behind a whole text")
shows("%%time\nlocal a = 1\na.b.c = 2\n", "In%[1%]:3 | a%.b%.c = 2", "an error names the row of the cell")
shows("%%timeit\nlocal s = 0\n\n", "median of", "%%timeit")
shows("%%who\nx\n\n", "takes no cell", "a command that takes no code says so")
shows("%%whoo\nx\n\n", "there is no %%whoo.*did you mean %%who", "an unknown one names the nearest")
shows("%%file out.txt\none\ntwo\n\n%%sh\nwc -l < out.txt\n\n", "written: out.txt\n%s*2\n", "%%file writes the rows below, %%sh runs them")
shows("x = lun.ones(64, 64)\n%prof x:matmul(x)\n%prof for i = 1, 3 do x:matmul(x):relu() end\n%prof diff\n",
    "op.*GFLOP/s.*roof.*made.*matmul%s+1 .*the roof, measured here: .*difference.*matmul%s+1%s+3", "%prof shows the roof, and compares two cells")
shows([[
w = lun.ones(8, 3, 3, 3):requires_grad_()
rows = require "lunette.shell".profile(function() lun.ones(2, 3, 10, 10):conv2d(w):sum():backward() lun.ones(5, 4):mm(lun.ones(4, 6)) end)
work = {}
for _, r in ipairs(rows) do work[r.op] = r.work end
print(work.convolution, work.conv_weight_gradient, work.mm)
]], "55296%.0\t55296%.0\t240%.0\n", "%prof counts 2 x (2 x 8 x 8 x 8) x 27 for a convolution and its gradient, 2 x 5 x 6 x 4 for a product")
shows("%prof diff\n", "two cells with %%prof are needed", "... which must be there")
shows("x = lun.ones(4)\n%%prof\nlocal y = x + 1\ny:view(2, 2)\n", "add%s+1 .* 1\n.*view%s+1 .* 0\n", "%%prof; a view has no memory of its own")

-- Reloading: a function held elsewhere, one captured by another, an object of a class; state stays.
local source = [[
local M = {count = %d}
local step = %d
function M.add(a) return a + step end
function M.same() return 1 end
M.Point = {}
M.Point.__index = M.Point
function M.Point:name() return "%s" end
function M.new() return setmetatable({}, M.Point) end
return M
]]
write("shapes.lua", source:format(0, 1, "old"))
write("shapes_new.lua", source:format(0, 10, "new"))
local prelude = "m = require 'shapes'\nheld, p = {m.add}, m.new()\ndo local f = m.add; function captured(a) return f(a) end end\nm.count = 5\n"
local answers = "print(m.add(1), held[1](1), captured(1), p:name(), m.new():name())\n"
shows(prelude .. answers .. "!cp shapes_new.lua shapes.lua\n%reload shapes\n" .. answers,
    "2\t2\t2\told\told\nchanged: Point.name\nchanged: add\nvalue: count is 0\n11\t11\t11\tnew\tnew\n", "%reload puts new functions in the place of old ones")
write("shapes.lua", source:format(0, 1, "old"))
shows(prelude .. "%autoreload on\n!cp shapes_new.lua shapes.lua\n" .. answers, "reloaded shapes\n  changed: Point.name\n  changed: add.*\n11\t11\t11\tnew\tnew\n",
    "%autoreload does before the next cell")
write("shapes.lua", source:format(0, 1, "old"))
shows(prelude .. "%autoreload on\n!echo 'x = = 1' > shapes.lua\n" .. answers, "does not load.*the old one is still there\n.*2\t2\t2\told\told\n",
    "a file that does not load changes nothing")
shows("%autoreload maybe\n", "on or off", "a wrong word is told")

-- In the background: a value comes back to its name; what fails or cannot come back says so.
shows("x = lun.ones(64, 64)\n%bg p = x:matmul(x):sum():item()\n!sleep 1\n%bg\np // 1 | 0\n", "bg 1 is done: .*p = 262144.*\n262144\n",
    "%bg computes beside the session; the value comes to its name")
shows("%bg error 'why'\n!sleep 1\n%bg\n%bg 1\n", "bg 1 is failed: error 'why'%s+error: why", "an error is told")
shows("%bg print\n!sleep 1\n%bg\n", "the value cannot come back", "so is a value that cannot come back")
shows("%bg while true do end\n%bg stop 1\n!sleep 0.3\n%bg\n", "bg 1 +ended by signal 9", "a job can be stopped")
shows("%bg 4\n%bg x = = 1\n", "there is no bg 4.*unexpected symbol", "wrong numbers and wrong code are told")

-- A bar without a terminal: a row for each tenth; with --batch none.
write("bar.lua", "local b = require 'lunette.progress'.bar(50) for i = 1, 50 do b:update(i) end b:close()")
local function rows_of(options)
    local pipe = assert(io.popen(("cd %s && %s %s bar.lua 2>&1"):format(folder, program, options)))
    local _, count = pipe:read "a":gsub("\n", "")
    pipe:close()
    return count
end
tap.is(rows_of "", 10, "a progress bar in a pipe is a row per tenth")
tap.is(rows_of "--batch", 0, "and nothing with --batch")
tap.done()
