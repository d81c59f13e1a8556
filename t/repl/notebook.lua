-- notebook.lua - notebooks that run: lunette --run, --check, --watch, --export and -n, as other programs see them
--
-- Holds: runs the built program through sh in a folder of its own. Read next: t/lua/notebook_format.lua (the same as text), doc/notebook.md.
-- SPDX-License-Identifier: MIT
local tap = require "tap"
local program = (os.getenv "LUNETTE_BUILD" or ".") .. "/lunette"
local scratch = require "scratch"
local folder = scratch.folder

local function write(name, text)
    local file = assert(io.open(folder .. "/" .. name, "wb"))
    file:write(text)
    file:close()
end
local function read(name)
    local file = io.open(folder .. "/" .. name, "rb")
    local text = file and file:read "a"
    if file then file:close() end
    return text
end

-- Output of both streams, exit status. `before` stands in front of the program, `input` goes to standard input.
local function run(arguments, input, before)
    write("input", input or "")
    local command = ("cd %s && { %s %s %s\n} < input > out 2>&1"):format(folder, before or "", program, arguments)
    local _, kind, status = os.execute("HOME=/dev/null XDG_STATE_HOME= LC_ALL=C.UTF-8 " .. command)
    return read "out", kind == "exit" and status or 128 + status
end

local function has(name, text, ...)
    for _, wanted in ipairs {...} do
        if not text:find(wanted, 1, true) then return tap.fail(name, "missing: " .. wanted, "output: " .. text:sub(1, 1500)) end
    end
    return tap.ok(true, name)
end

-- ---- running ----

write("a.lua", [[
-- ---
-- lunette: {format: 1, seed: 7}
-- ---

-- %% [markdown]
-- # Text

-- %% id="start"
local lun = require "lunette"
local x = lun.randn(2, 3)
print "printed"
x

-- %% id="more"
--%time x:sum()
io.stderr:write "a warning\n"
os.execute "echo from a child"
return x:sum(), #arg

-- %% tags=["raises-exception"]
x:matmul(x)

-- %% tags=["skip-execution"]
error "never"

-- %%
local y <const> = 2
y;
]])
local text, status = run "--run a.lua one 'two words'"
has("a run shows what cells give", text, "printed\nf32[2,3]", "from a child\n", "f32[]", "inner sizes 3 and 2 differ", "a.lua:21 | x:matmul(x)")
tap.is(status, 0, "an error that is wanted is none")
local recorded = read "a.out"
has("and records it", recorded, "lunette outputs 1\narguments one two words\n\ncell start ", "text\n| printed\n", "value\n| f32[2,3]", "warning\n| a warning", "| 2\n",
    "error\n| error[E101] matmul")
tap.ok(not recorded:find "never" and not recorded:find "cell%-1 ", "text and skipped cells have no record")
run "--run a.lua one 'two words'"
local function times_gone(t) return (t:gsub("[%d.e-]+ s", "s")) end
tap.is(times_gone(read "a.out"), times_gone(recorded), "the seed of the notebook makes a run repeat")

text, status = run "--check a.lua one 'two words'"
tap.is({status, text:match "^1..%d+", select(2, text:gsub("\nok ", ""))}, {0, "1..4", 4}, "a check of the same: TAP, all pass")
write("a.out", (read "a.out":gsub("printed", "pointed"):gsub("std %d", "std 9")))
local damaged = read "a.out"
text, status = run "--check a.lua one 'two words'"
tap.is(status, 3, "a changed output is exit status 3")
has("and is shown", text, "not ok 1 - start", "# cell start, line 9", "# - pointed\n# + printed", "apart", "ok 2 - more")
tap.is(read "a.out", damaged, "a check writes nothing")
text, status = run "--check a.lua"
tap.is(status, 0, "what ran with other arguments is not compared")
has("which is said", text, "recorded with the arguments 'one two words', and runs with ''")

write("fails.lua", "-- %% id=\"good\"\nprint(1)\n-- %% id=\"bad\"\nlocal t = nil\nt.x = 1\n-- %% id=\"later\"\nprint(3)\n")
text, status = run "--run fails.lua"
tap.is(status, 1, "a cell that fails ends the run")
has("where is told", text, "fails.lua:5 | t.x = 1", "stopped in the cell bad, line 4 of fails.lua", "raises-exception")
tap.ok(read "fails.out":find "cell good %x+ good" and read "fails.out":find "cell bad %x+ error" and not read "fails.out":find "later",
    "what ran is recorded, the error too")
text, status = run "--check fails.lua"
tap.is(status, 1, "for a check as well")
has("which names what did not run", text, "1..3", "ok 1 - good", "not ok 2 - bad", "not ok 3 # not run: the cell bad failed")

write("new.lua", "-- %%\n1 + 1\n")
text, status = run "--check new.lua"
tap.is(status, 0, "nothing recorded: that it runs is all")
has("and is said", text, "ok 1 - cell-1 # nothing is recorded", "lunette --run records")
tap.is(read "new.out", nil, "and still nothing is written")
run "--run new.lua"
write("new.lua", "-- %%\n1 + 2\n")
text, status = run "--check new.lua"
has("a changed cell is named as the cause", text, "2 is now 3", "text was changed since it was recorded")

write("plain.lua", "#!/usr/bin/env lunette\n-- a script\nlocal function f(...) return ... end\nprint(arg[0], arg[1], f == nil)\n")
text = run "--run plain.lua x"
tap.is(text, "plain.lua\tx\tfalse\n", "a script is a notebook of one cell")
text = run("plain.lua x")
tap.is(text, "plain.lua\tx\tfalse\n", "and a notebook a script")

-- ---- what cells may do to us ----

local function cell_gives(name, code, ...)
    write("c.lua", "-- %% id=\"c\"\n" .. code .. "\n")
    os.remove(folder .. "/c.out")
    local out, code_of = run "--run c.lua"
    has(name, (read "c.out" or "nothing recorded") .. "\n--\n" .. out, ...)
    return out, code_of
end
cell_gives("os.exit is an error", "os.exit(0)", "cannot leave with os.exit")
cell_gives("no Lua is an error with its line", "x = = 1", "c.lua:2 | x = = 1", "cell c ", " error\n")
cell_gives("an undefined name, too", "nosuch", "undefined name 'nosuch'")
cell_gives("bytes that are no text", [[io.write("a\xff\0b\27[31mred\27[0m\n")]], [[| a\xFF\x00bred]])
local out, code = cell_gives("output without end is stopped", "while true do print(('x'):rep(1000)) end", "it printed more than 64 MiB", "bytes more were not kept")
tap.is({code, #read "c.out" < 300000, #out < 70e6}, {1, true, true}, "and what is kept is little")
write("c.lua", "-- %% timeout=0.3\nwhile true do end\n-- %%\n1\n")
out, code = run "--run c.lua"
tap.is(code, 1, "a cell may have a time")
has("which is told", read "c.out" .. out, "it ran longer than 0.3 s (timeout)", "c.lua:2 | while true do end")
write("c.lua", "-- %% timeout=0.3\nos.execute 'sleep 20'\n")
local started = os.time()
run "--run c.lua"
tap.ok(os.time() - started < 15, "also when a program that it started is what takes long")
write("c.lua", "-- %%\nprint 'old'\n")
run "--run c.lua"
write("c.lua", "-- %%\nwhile true do end\n")
out, code = run("--run c.lua", "", "timeout --preserve-status -s INT 1")
tap.is({code, read "c.out":find("old", 1, true) ~= nil}, {130, true}, "Ctrl-C ends the run; what was recorded stays")
out, code = run("--check c.lua", "", "timeout --preserve-status -s INT 1")
tap.ok(code == 130 and out:find "Bail out!", "and a check")
write("c.lua", "-- %%\nfor i = 1, 200 do print('a line of text', i) end\n")
write("limited", ("(ulimit -f 1; %s --run c.lua; echo code $?; ls) 2>&1 | cat"):format(program))
out = run("", "", "sh limited #")
has("a full disk is told", out, "the outputs are not recorded: cannot save", "File too large", "code 1")
tap.ok(read "c.out":find("old", 1, true) and not out:find "c%.out%.new", "and hurts nothing")
out, code = run "--run nosuch.lua"
tap.is({code, out:find("nosuch.lua", 1, true) ~= nil}, {1, true}, "a file that is not there")
out, code = run "--run ."
tap.is({code, out:find("Is a directory", 1, true) ~= nil}, {1, true}, "a folder")
if os.getenv "LUNETTE_SANITIZED" then
    tap.skip "limits of memory: a sanitizer needs more addresses than they leave"
else
    out, code = run("--run new.lua", "", "ulimit -v 250000;")
    tap.ok(code == 0 and out:find "^3\n", "little memory is enough for a small notebook")
    out, code = run("--check /dev/zero", "", "ulimit -v 1500000;")
    tap.ok(code == 1 and out:find "larger than 256 MiB", "and no file is too large to be refused")
end
write("b.lua", ("\0\1\255-- %%\n\r"):rep(200))
out, code = run "--check b.lua"
tap.ok(code == 1 and out:find "not ok", "bytes that are no notebook")
write("c.out", "lunette outputs 1\nrubbish\n\0\0\ncell c zz\n")
out, code = run "--check c.lua"
tap.ok(code == 0 and out:find "lines of it mean nothing", "a damaged file of outputs is told")

write("p.lua", "-- %%\nlocal ok, e = pcall(function() while true do print(('x'):rep(9999)) end end)\n")
out, code = run "--run p.lua"
tap.is(code, 1, "pcall does not hold up the watch")
for _, line in ipairs {"--run a.lua --check a.lua", "-n", "--export html", "--run"} do
    out, code = run(line)
    tap.is(code, 2, "wrong usage: " .. line)
end

-- ---- other forms ----

out, code = run "--export html a.lua"
tap.is({code, out}, {0, "wrote a.html\n"}, "a page")
has("with what is in it", read "a.html", "<!DOCTYPE html>", "<h1 id=\"text\">Text</h1>", "inner sizes 3 and 2 differ", "<b>f32[2,3]</b>", "prefers-color-scheme: dark")
run "--export a.md a.lua"
has("Markdown", read "a.md", "# Text\n", "```lua\nlocal lun", "```text\npointed\n```")
run "--export a.ipynb a.lua"
run "--export back.lua a.ipynb"
tap.is({read "back.lua" == read "a.lua", read "back.out"}, {true, read "a.out"}, "Lua to ipynb to Lua: the same bytes, outputs too")
out, code = run "--run a.ipynb one 'two words'"
tap.ok(code == 0 and out:find "printed", "an ipynb runs as well")
out, code = run "--check a.ipynb one 'two words'"
tap.ok(code == 3 and out:find("- pointed", 1, true), "and is checked against its own outputs")
write("evil.ipynb", [[{"nbformat":4,"nbformat_minor":5,"metadata":{},"cells":[{"cell_type":"code","id":"../../etc/x","metadata":{},
"source":"os.execute('touch owned')","outputs":[{"output_type":"display_data","metadata":{},"data":{"text/html":"<script>alert(1)</script>",
"text/plain":"<script>alert(2)</script>"}}]},{"cell_type":"markdown","id":"m","metadata":{},"source":"<script>alert(3)</script> [x](javascript:alert(4))"}]}]])
out, code = run "--export html evil.ipynb"
tap.ok(code == 0 and not read "evil.html":find "<script" and not read "evil.html":find 'href="javascript', "a stranger's notebook is harmless as a page")
run "--export lua evil.ipynb"
run("-i -n evil.lua", "%cells\n%cell show 1\n")
tap.is(read "owned", nil, "reading, exporting and opening run nothing")
out, code = run "--export pdf a.lua"
tap.ok(code == 1 and out:find "html, md, ipynb, lua", "a form that there is not")
out, code = run "--export a.lua a.lua"
tap.ok(code == 1 and out:find "the notebook itself", "never over itself")
if os.execute "command -v gnuplot >/dev/null 2>&1" then
    write("chart.lua", "-- %% id=\"c\"\nplot.curve({1, 2, 3})\n-- %%\nlocal live = plot.live{title = \"t\"}\nlive:add{loss = 1}\nlive:add{loss = 2}\nlive:close()\n")
    out, code = run "--run chart.lua --export md"
    tap.ok(code == 0 and read "chart.out":find "chart curve: 3 points\n| <%?xml" and read "chart.out":find "chart curve: 2 points\n| <%?xml",
        "charts are recorded as SVG, live ones too")
    tap.ok((read "chart-c-1.svg" or ""):find "<svg" and read "chart.md":find("(chart-c-1.svg)", 1, true), "and lie beside a Markdown page")
    tap.is(select(2, run "--check chart.lua"), 0, "and are there again")
else
    tap.skip "charts as SVG: gnuplot is not here"
end

-- ---- in the shell ----

write("n.lua", "-- %% id=\"a\"\nx = 1\n\n-- %% id=\"b\"\ny = x + 1\ny\n\n-- %% id=\"c\"\nprint 'c'\n")
out, code = run("-i -n n.lua", [[
%cells
%cell next
%cell b
x = 5
%cell put a
%cells
%cell stale
%cell add
%cell text # End
%cell move 5 1
%cell delete c
%cell nosuch
%cell show b
%export md
%check
]])
tap.is(code, 0, "a notebook in the shell")
has("lists, runs, changes, shows", out, "n.lua: 3 cells", "  1  a     new    x = 1", "--- b: y = x + 1\n2\n", "changed", "stale (x)", "5 cells now", "4 cells now",
    "there is no cell nosuch", "  | 6", "wrote n.md", "1..3")
tap.is(read "n.lua", "-- %% [markdown]\n-- # End\n\n-- %% id=\"a\"\nx = 5\n\n-- %% id=\"b\"\ny = x + 1\ny\n\n-- %%\nx = 5\n", "and the file says so")
has("its outputs too", read "n.out", "cell b ", "| 6")
run("-i -n n.lua", "!echo '-- %%' >> n.lua\n%cell delete a\n")
tap.ok(read "out":find "changed by another program" and read "n.lua":find "x = 5\n\n%-%- %%%% id=\"b\"", "what another program wrote is not written over")
out = run("-i", "%cells\n%check\n%notebook nosuch.lua\n%export html\n%notebook n.lua\n%cell 2 3\n")
has("without one open", out, "no notebook is open", "%check digits.lua", "nosuch.lua", "n.lua: 5 cells", "--- b: y = x + 1\n6\n")
run("-i -n n.lua", "%cell edit a\n", "VISUAL='sed -i s/5/7/'")
tap.ok(read "n.lua":find "x = 7\n", "an editor changes a cell")

-- ---- watching ----

write("w.lua", "-- %% id=\"a\"\nx = 1\n-- %% id=\"b\"\nprint('b', x)\n-- %% id=\"c\"\nprint 'c'\n")
write("steps", [[
sleep 1.5; sed -i 's/x = 1/x = 2/' w.lua
sleep 1.2; sed -i 's/x = 2/x = = 2/' w.lua
sleep 1.2; sed -i 's/x = = 2/x = 3/' w.lua
sleep 1.2; mv w.lua gone.lua; sleep 0.6; mv gone.lua w.lua
sleep 0.5; kill -INT $1
]])
os.execute(("cd %s && { HOME=/dev/null timeout 30 %s --watch w.lua > out 2>&1 & echo $! > pid; sh steps $(pgrep -P $! || cat pid); wait; }"):format(folder, program))
out = read "out"
has("a watch runs all cells, then what changed and what reads it", out, "--- a, line 2\n--- b, line 4\nb\t1\n--- c, line 6\nc\n--- 3 of 3",
    "--- a, line 2\n--- b, line 4\nb\t2\n--- 2 of 3 cells ran", "w.lua:2 | x = = 2", "b\t3\n--- 2 of 3", "No such file or directory; waiting for it")
tap.is(select(2, out:gsub("\nc\n", "")), 1, "what does not depend on it is left alone")
has("and keeps the outputs", read "w.out", "cell b ", "| b\t3", "cell c ")

-- ---- the manual's own notebook ----

local manual = assert(io.open((os.getenv "LUNETTE_TEST_ROOT" or ".") .. "/doc/notebook.md")):read "a"
local blocks = {}
for block in manual:gmatch "\n```%a+\n(.-\n)```" do blocks[#blocks + 1] = block end
write("line.lua", blocks[1])
out, code = run "--run line.lua"
tap.is(code, 0, "the manual's notebook runs")
has("and gives what is shown there", read "line.out", blocks[2])
write("line.out", (read "line.out":gsub("slope 1.965", "slope 1.865")))
out, code = run "--check line.lua"
tap.is({out, code}, {blocks[3], 3}, "the check as well")

-- ---- what Jupyter's own tools say ----

local python = os.getenv "LUNETTE_NOTEBOOK_PYTHON" or "python3"
if os.execute(python .. " -c 'import nbformat, jupytext' >/dev/null 2>&1") then
    write("look.py", [[
import nbformat, jupytext
nb = nbformat.read("a.ipynb", as_version=4)
nbformat.validate(nb)
lua = jupytext.read("a.lua")
print(nb.nbformat_minor, [c.cell_type for c in nb.cells] == [c.cell_type for c in lua.cells],
      [c.source for c in nb.cells if c.cell_type == "markdown"] == [c.source for c in lua.cells if c.cell_type == "markdown"],
      [c.metadata.get("id") for c in nb.cells] == [c.metadata.get("id") for c in lua.cells])
]])
    os.execute(("cd %s && %s look.py > out 2>&1"):format(folder, python))
    tap.is(read "out", "5 True True True\n", "nbformat finds it valid, and jupytext reads the same cells from Lua")
else
    tap.skip "nbformat and jupytext are not here (pip install jupytext; LUNETTE_NOTEBOOK_PYTHON names another python)"
end
tap.done()
