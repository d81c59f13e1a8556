-- command_line.lua - options, exit statuses, pipes: the program as other programs see it
--
-- Holds: runs the built program through sh, with a home that cannot be written. Read next: session.txt (at a terminal), interrupt.c.
-- SPDX-License-Identifier: MIT
local tap = require "tap"
local program = (os.getenv "LUNETTE_BUILD" or ".") .. "/lunette"
local scratch = require "scratch"
local folder, write = scratch.folder, scratch.write

-- Output (both streams), exit status. `input` goes to standard input.
local function run(arguments, input)
    local fed = write("input", input or "")
    local command = ("cd %s && { %s %s\n} < %s > %s/out 2>&1"):format(folder, program, arguments, fed, folder)
    local _, kind, status = os.execute("HOME=/dev/null XDG_STATE_HOME= " .. command)
    local file = assert(io.open(folder .. "/out"))
    local text = file:read "a"
    file:close()
    return text, kind == "exit" and status or 128 + status
end

local function gives(name, arguments, input, wanted, status)
    local text, got = run(arguments, input)
    local held = (type(wanted) == "string" and text == wanted) or (type(wanted) == "table" and text:find(wanted[1], 1, true))
    if held and got == status then return tap.ok(true, name) end
    tap.fail(name, "status " .. got .. ", wanted " .. status, "output: " .. text)
end

-- As lua's own options.
gives("-e runs code", [[-e 'print(1)' -e 'print(2)']], "", "1\n2\n", 0)
gives("-e stops at the first error", [[-e 'error "x"' -e 'print(2)']], "", { "error: x" }, 1)
gives("-l loads a module into a global", [[-l s=string -e 'print(s.upper "a")']], "", "A\n", 0)
gives("-v says the version", "-v", "", { "Lunette" }, 0)
gives("doctor says what is there", "doctor", "", { "threads" }, 0)
gives("and why there is no CUDA", "doctor", "", { "CUDA" }, 0)
gives("- runs standard input as one chunk", "- a b", "local x = 1\nprint(x, arg[0], ...)\n", "1\t-\ta\tb\n", 0)
gives("arg and ... hold the arguments", write("args.lua", "#!/usr/bin/env lunette\nprint(arg[0], arg[2], arg[-1] ~= nil, ...)\n") .. " x -y", "",
    folder .. "/args.lua\t-y\ttrue\tx\t-y\n", 0)
gives("-- ends the options", "-e 'print(0)' -- " .. folder .. "/args.lua -e", "", { "\t-e\n" }, 0)
gives("-i reads cells after the script", "-i -e 'x = 5'", "x + 1\n", { "6\n" }, 0)
gives("-i goes on after errors", "-i", "nosuch\n7\n", { "7\n" }, 0)

-- Statuses.
gives("an unknown option is a usage error", "--bogus", "", { "--bogus" }, 2)
gives("an option without its value, too", "--seed", "", { "--seed" }, 2)
gives("a value of the wrong kind, too", "--threads many", "", { "--threads" }, 2)
gives("a missing script is an error", "nosuch.lua", "", { "nosuch.lua" }, 1)
gives("a folder is no script", "/", "", { "error" }, 1)
gives("a script that does not compile", write("bad.lua", "x = = 1\n"), "", { "bad.lua:1 | x = = 1" }, 1)
gives("a binary chunk is refused", write("binary.lua", string.dump(function() end)), "", { "binary chunk" }, 1)
gives("an error shows the line of the script", write("fail.lua", "local function f(t)\n  return t.a.b\nend\nprint(f{})\n"), "",
    { "fail.lua:2 | return t.a.b" }, 1)
gives("and who called", folder .. "/fail.lua", "", { "called from " .. folder .. "/fail.lua:4" }, 1)
gives("os.exit gives its status", "-e 'os.exit(9)'", "", "", 9)
gives("an error object of Lunette's shows code and hint",
    [[-e 'error{code="E101", op="add", message="no", hint="yes", kind="shape"}']], "", { "error[E101] add: no" }, 1)
gives("running out of memory has its own status", [[-e 'error{code="E601", kind="memory", message="no"}']], "", { "E601" }, 6)
gives("LUNETTE_TRACEBACK=1 shows every frame", "-e 'os.execute([[LUNETTE_TRACEBACK=1 " .. program .. " -e \"error(1)\"]])'", "",
    { "stack traceback:" }, 0)

-- Pipes.
gives("a pipe shows values, no prompts", "", "x = 20\nlocal y = 1\nx + y + _VERSION:len() * 0\nx;\n", "21\n", 0)
gives("cells of several lines", "", "for i = 1, 2 do\nprint(i)\nend\n", "1\n2\n", 0)
gives("the first error ends a pipe", "", "1\nnosuch\n2\n", { "stdin:2 | nosuch" }, 1)
gives("an unfinished cell is an error", "", "for i = 1, 2 do\n", { "'end' expected" }, 1)
gives("a last line without a newline", "", "40 + 2", "42\n", 0)
gives("bytes of every kind", "", "'a\0b' .. '\xff'\n", "\"a\\x00b\\xFF\"\n", 0)
gives("an empty pipe", "", "", "", 0)
gives("io.read takes the next line of the pipe", "", "l = io.read()\nthis line\nl\n", "\"this line\"\n", 0)
gives("commands work in a pipe", "", "!echo hello\n", "hello\n", 0)
gives("a failing command is an error", "", "!false\n1\n", "exit status 1\n", 1)
gives("debugger's q ends a pipe with 5", "", "require('lunette.shell').unwind('quit')\n1\n", "", 5)
gives("a stop in a pipe reads the lines that follow", "",
    "r, a = require('lunette.shell').prompt{command = function(l) return l == 'go' and 'gone' end}\n1 + 1\ngo\na\n", "2\n\"gone\"\n", 0)
gives("a stop with nobody there", [[-e 'print((require("lunette.shell").prompt{}))']], "", "nobody\n", 4)

-- Output that nobody can read.
gives("a full disk is told", "-e 'print(1)' > /dev/full", "", { "could not be written" }, 1)
gives("a reader that leaves ends the program", [[-e 'while true do print "y" end' | head -n 1]], "", "y\n", 0)
gives("a child that leaves does not",
    [[-e 'local p = io.popen("true", "w") for i = 1, 100 do p:write(("x"):rep(1e5)) end print "here"']], "", "here\n", 0)

-- Deep and strange things.
gives("deep recursion", "-e 'local function f() return 1 + f() end f()'", "", { "error: stack overflow" }, 1)
gives("deep nesting in the text", "", ("("):rep(300) .. "1" .. (")"):rep(300) .. "\n", { "overflow" }, 1)
gives("an error in a finalizer", "-e 'setmetatable({}, {__gc = function() error(1) end}) collectgarbage() print(2)'", "", "2\n", 0)
gives("an error that is nil", "-e 'error()'", "", { "nil" }, 1)
gives("a huge table is cut", "", "local t = {} for i = 1, 1e5 do t[i] = i end return t\n", { "more" }, 0)

-- The library's part of the command line.
local with_library = pcall(require, "lunette") and package.loaded.lunette.randn
if with_library then
    local first = run("--seed 7 -e 'print(lun.randn(2))'")
    tap.ok(first == run("--seed=7 -e 'print(lun.randn(2))'"), "--seed gives the same numbers")
    tap.ok(first ~= run("--seed 8 -e 'print(lun.randn(2))'"), "and another seed others")
    gives("the first promise", "", "x = lun.randn(3,4)\n(x:matmul(x.T)):sum()\n", { "f32" }, 0)
else
    tap.skip "no tensor library in this build"
end

-- OpenBLAS starts no worker of its own, and its absence lets a program end that is short of address space
local threads = write("threads.lua", [[
lun.ones(64, 64):matmul(lun.ones(64, 64))
print((io.open "/proc/self/status":read "a":match "Threads:%s*(%d+)"))]])
if not os.getenv "LUNETTE_SANITIZED" then
    gives("--threads 1 is one thread", "--threads 1 " .. threads, nil, "1\n", 0)
    local ended = os.execute(("ulimit -v 125000; timeout 20 %s -e 'print(lun.ones(2):sum():item())' > %s/out 2>&1; test $? -ne 124"):format(
        program, folder))
    tap.ok(ended, "a program short of address space ends, well or with an error")
end

tap.done()
