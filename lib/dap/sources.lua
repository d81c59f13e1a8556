-- sources.lua - files of the program: where a chunk came from, which are loaded, and the text of what was typed
--
-- Read next: lib/dap/stops.lua. SPDX-License-Identifier: MIT
local core = require "lunette.dbg_core"
local json = require "lunette.dap.json"
local requests = require "lunette.dap.requests"

local sources = {program = nil}
local typed, numbers = {}, {}    -- chunks without a file: number -> name, name -> number
local known = {}                 -- path -> true: files that were seen in a stack

local function absolute(path)
    if path:sub(1, 1) == "/" then return path end
    return core.wire_folder() .. "/" .. path:gsub("^%./", "")
end
sources.absolute = absolute

--- The Source of a chunk's name ("@train.lua", "=In[3]").
function sources.of(chunk)
    local path = chunk:match "^@(.+)"
    if path then
        path = absolute(path)
        known[path] = true
        return {name = path:match "[^/]*$", path = path}
    end
    local name = chunk:gsub("^=", "")
    if not numbers[name] then
        typed[#typed + 1] = chunk
        numbers[name] = #typed
    end
    return {name = name, sourceReference = numbers[name]}
end

local function loaded_sources()
    local list = json.array()
    if sources.program then known[absolute(sources.program)] = true end
    for name in pairs(package.loaded) do
        local path = package.searchpath(name, package.path)
        if path then known[absolute(path)] = true end
    end
    for path in pairs(known) do list[#list + 1] = {name = path:match "[^/]*$", path = path} end
    table.sort(list, function(a, b) return a.path < b.path end)
    return {sources = list}
end

local function source(arguments)
    local given = arguments.source or {}
    local number = (given.sourceReference or 0) > 0 and given.sourceReference or arguments.sourceReference
    if given.path and not ((number or 0) > 0) then
        local file <close> = io.open(given.path) or error(given.path .. " cannot be read", 0)
        return {content = file:read "a", mimeType = "text/x-lua"}
    end
    local text = typed[number] and require("lunette.shell").source(typed[number])
    if not text then error("the text of that chunk was not kept", 0) end
    return {content = text, mimeType = "text/x-lua"}
end

requests.add {loadedSources = loaded_sources, source = source}

return sources
