-- frames.lua - the Lua frames of a stopped coroutine, as the user knows them
--
-- Lunette's own functions are left out. A frame whose locals were kept (after an error) answers from them.
-- Read next: lib/dbg.lua. SPDX-License-Identifier: MIT
local frames = {}

local core = require "lunette.dbg_core"
local is_internal = core.is_internal

--- Line `line` of the file that a chunk came from, without its indentation; nil when it cannot be read.
function frames.source_line(source, line)
    local path = source:match "^@(.+)"
    local file = path and io.open(path, "r")
    if not file then return nil end
    local text, n = nil, 0
    for candidate in file:lines() do
        n = n + 1
        if n == line then
            text = candidate:match "^%s*(.-)%s*$"
            break
        end
    end
    file:close()
    return text
end

--- The frames from the innermost outwards: {level, source, line, name, text}.
function frames.of(thread)
    local list = {}
    for level = 0, 200 do
        local info = debug.getinfo(thread, level, "nSl")
        if not info then break end
        if info.what ~= "C" and not is_internal(info.source) then
            list[#list + 1] = {level = level, source = info.short_src, line = info.currentline, chunk = info.source,
                               name = info.name or (info.what == "main" and "main chunk" or "a function"),
                               text = frames.source_line(info.source, info.currentline)}
        end
    end
    return list
end

--- Locals and upvalues of a frame by name; the innermost of equal names.
function frames.locals(thread, frame)
    local values = {}
    if not frame then return values end
    if frame.kept then return frame.kept end
    local info = debug.getinfo(thread, frame.level, "f")
    for i = 1, info and 60 or 0 do
        local name, value = debug.getupvalue(info.func, i)
        if not name then break end
        if name ~= "_ENV" and name ~= "" then values[name] = value end
    end
    for i = 1, 200 do
        local name, value = debug.getlocal(thread, frame.level, i)
        if not name then break end
        if name:sub(1, 1) ~= "(" and name ~= "__cell" then values[name] = value end -- __cell is the shell's
    end
    return values
end

--- Assigns a local or upvalue of a frame; false when there is none of that name.
function frames.set_local(thread, frame, name, value)
    if not frame or frame.kept then return false end
    local at
    for i = 1, 200 do
        local known = debug.getlocal(thread, frame.level, i)
        if not known then break end
        if known == name then at = i end
    end
    if at then return debug.setlocal(thread, frame.level, at, value) ~= nil end
    local info = debug.getinfo(thread, frame.level, "f")
    for i = 1, 60 do
        local known = debug.getupvalue(info.func, i)
        if not known then return false end
        if known == name then
            debug.setupvalue(info.func, i, value)
            return true
        end
    end
    return false
end

return frames
