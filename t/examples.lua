-- examples.lua - every example and lesson runs, cut short, and gives what it gave; one that is killed goes on
--
-- Holds: pictures and weights go into a folder of the test's own. What needs data that is not here is skipped.
-- Read next: examples/README.md. SPDX-License-Identifier: MIT
local tap = require "tap"
local root, program = os.getenv "LUNETTE_TEST_ROOT" or ".", ("%s/lunette"):format(os.getenv "LUNETTE_BUILD" or "build")
local folder = require "scratch".folder

local function absolute(path)
    if path:sub(1, 1) == "/" then return path end
    local pipe = io.popen "pwd"
    local here = pipe:read "l"
    pipe:close()
    return here .. "/" .. path
end
root, program = absolute(root), absolute(program)

local function run(arguments, limit, option)
    local command = ("cd '%s' && %s '%s' %s '%s/examples/'%s 2>&1; echo \"code $?\"")
    local pipe = io.popen(command:format(folder, limit or "", program, option or "", root, arguments))
    local text = pipe:read "a"
    pipe:close()
    return text, math.tointeger(text:match "code (%d+)\n$")
end

local has_gnuplot = os.execute "command -v gnuplot >/dev/null 2>&1"
local slow = os.getenv "LUNETTE_SANITIZED"

-- Examples and lessons are notebooks: their headers say how to run them cut short, and beside the examples lies what they gave then.
local names = {}
for path in io.popen(("cd '%s' && ls examples/*.lua tutorials/*.lua"):format(root)):lines() do names[#names + 1] = path end
tap.ok(#names >= 11, "examples and lessons are found")
for _, path in ipairs(names) do
    if slow and (path:find "fashion" or path:find "char_transformer") then
        tap.skip(path .. ": takes long under a sanitizer")
    else
        local text, code = run("../" .. path, "", "--check")
        local missing = text:match "^1%.%.0 # SKIP ([^\n]*)"
        if missing then tap.skip(path .. ": " .. missing)
        elseif code == 0 and text:find "\nok 1 " or text:find "^ok 1 " then tap.ok(not text:find "nothing is recorded", path)
        else tap.fail(path, text) end
    end
end

-- The same files as plain programs.
local words, status = run("char_transformer.lua --steps 0 --text '" .. root .. "/doc/design.md' ")
tap.ok(status == 0 and words:find "letters of %d+ kinds", "an example is a program as well")
if has_gnuplot then
    local first = run("autoencoder.lua --epochs 40 --out straight")
    local _, code = run("autoencoder.lua --epochs 40 --out killed", "timeout -s KILL 0.4")
    for _ = 1, 10 do
        if code == 0 then break end
        _, code = run("autoencoder.lua --epochs 40 --out killed", "timeout -s KILL " .. (slow and 30 or 3))
    end
    local last = code == 0 and run "autoencoder.lua --epochs 40 --out killed" or ""
    tap.is(last:match "test error ([%d.]+)", first:match "test error ([%d.]+)", "a killed example goes on to the same result")
end
local text, code = run "names.lua --file missing"
tap.ok(code == 1 and text:find "apt install miscfiles", "data that is missing is told, and where to get it")
text, code = run "kfold.lua --fold 3"
tap.ok(code == 2 and text:find "usage", "an unknown option gets the usage")
tap.done()
