-- magics.lua - the commands of the shell that are written in Lua: %who, %timeit, %run, %recover ...
--
-- Loaded at the first use of a % command that is not in repl/command.c. Each file below adds its own with add(name, arguments, help, f); f
-- gets the text behind the name. Holds: a command that cannot do what it is asked says why and what to type, by `complain`.
-- Read next: lib/magics/session.lua, lib/magics/timing.lua, repl/module.c. SPDX-License-Identifier: MIT
local shell = require "lunette.shell"

local magics = {}

--- `cell`, if there is one, gets (rest of the first row, text below it) of a cell that begins with %%name; where the argument is CODE the text
--- below is the code.
function magics.add(name, arguments, help, f, cell)
    if arguments == "CODE" then cell = cell or function(_, body) return f(body) end end
    shell.magic(name, f, help, arguments, cell)
end

--- Prints an error as the shell does; a magic that returns it has done nothing.
function magics.complain(text, hint)
    io.stdout:flush()
    io.stderr:write("error: ", text, "\n", hint and "  hint: " .. hint .. "\n" or "")
end

--- The value of a name or expression of the session: true and the value, or false and why not.
function magics.value(text)
    local f, problem = load("return " .. text, "=%", "t")
    if not f then return false, (problem:gsub("^%%:%d+: ", "")) end
    local results = table.pack(pcall(f))
    if not results[1] then return false, (tostring(results[2]):gsub("\n.*", "")) end
    return true, results[2]
end

--- Bytes as people read them.
function magics.bytes(n)
    for _, unit in ipairs {"B", "KiB", "MiB", "GiB"} do
        if n < 1024 or unit == "GiB" then return (unit == "B" and "%d %s" or "%.1f %s"):format(n, unit) end
        n = n / 1024
    end
end

--- The numbers of "3", "2-5", "2-5 8"; nil and why when it is something else.
function magics.numbers(text, most)
    local list = {}
    for word in text:gmatch "%S+" do
        local first, last = word:match "^(%d+)%-?(%d*)$"
        if not first then return nil, ("'%s' is no number of a cell"):format(word) end
        first, last = tonumber(first), tonumber(last) or tonumber(first)
        if last > most then return nil, ("there is no cell %d yet"):format(last) end
        for n = first, last do list[#list + 1] = n end
    end
    return list
end

package.loaded["lunette.magics"] = magics
require "lunette.magics.session"
require "lunette.magics.files"
require "lunette.magics.notebook"
require "lunette.magics.stale"
require "lunette.magics.timing"
require "lunette.magics.ops"
require "lunette.magics.recover"
require "lunette.magics.look"
require "lunette.magics.prof"
require "lunette.magics.reload"
require "lunette.magics.undo"
require "lunette.magics.background"
return magics
