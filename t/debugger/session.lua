-- session.lua - what the debugger's tests share: a script and the commands of --dbg in a process of its own, and what must be seen
--
-- SPDX-License-Identifier: MIT
local root, build = os.getenv "LUNETTE_TEST_ROOT" or ".", os.getenv "LUNETTE_BUILD" or "build"
local tap = dofile(root .. "/t/tap.lua")
tap.needs "lunette.dbg"
local session = {tap = tap, name = "", output = "", status = 0}

function session.write(path, text)
    local file <close> = assert(io.open(path, "w"))
    file:write(text)
end

-- LUNETTE_TIMES names a file that gets "NAME<TAB>SECONDS" of each session, for ./dev bench debugger.
local function note_time(name, seconds)
    local path = os.getenv "LUNETTE_TIMES"
    if not path then return end
    local file <close> = assert(io.open(path, "a"))
    file:write(("%s\t%.4f\n"):format(name, seconds))
end

--- Runs the script (a name for the checks, its text) with the debugger's commands; $SCRIPT in them is the script's path.
function session.run(name, script, commands, options)
    local base = os.tmpname()
    session.name = name
    session.write(base .. ".lua", script)
    if commands then session.write(base .. ".dbg", (commands:gsub("%$SCRIPT", base .. ".lua"))) end
    local command = ("LC_ALL=C.UTF-8 %s/lunette --batch %s %s %s.lua 2>&1 </dev/null"):format(build, options or "", commands and "--dbg " .. base .. ".dbg" or "", base)
    local from = lun.wall_clock()
    local pipe = io.popen(command)
    session.output = pipe:read "a":gsub(base:gsub("%p", "%%%0") .. "%.lua", "script.lua")
    local _, _, status = pipe:close()
    note_time(name, lun.wall_clock() - from)
    session.status = status
    for _, ending in ipairs {"", ".lua", ".dbg"} do os.remove(base .. ending) end
    return session.output
end

--- Each text must be in the output, in this order.
function session.sees(...)
    local from = 1
    for _, text in ipairs {...} do
        local _, to = session.output:find(text, from, true)
        if not to then tap.note("%s", session.output) end
        tap.ok(to, session.name .. ": " .. text)
        from = to and to + 1 or from
    end
end

function session.not_seen(text, what)
    local found = session.output:find(text, 1, true)
    if found then tap.note("%s", session.output) end
    tap.ok(not found, session.name .. ": " .. (what or "no " .. text))
end

--- The places of the stops, in order: what stands behind the square, up to the phase.
function session.stops()
    local places = {}
    for what in session.output:gmatch "■ ([^\n]-) [fbo][wp][dt]" do places[#places + 1] = (what:gsub("#%d+", "#")) end
    return places
end

return session
