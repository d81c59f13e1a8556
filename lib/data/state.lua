-- state.lua - where a pipeline stands, in a file: data.save_state(path, pipe) and pipe:restore(data.load_state(path))
--
-- The file is "LUNSTATE", a checksum and the packed state (lua_bindings/pack.c): numbers, texts, tables, tensors, never code.
-- Holds: written beside the old file and then put in its place. SPDX-License-Identifier: MIT
local lun = require "lunette"
local core = require "lunette.data_core"

local state = {}
local magic = "LUNSTATE"

--- Writes pipe:state() (or any plain table of numbers, texts and tensors) to a file, whole or not at all.
function state.save_state(path, pipe)
    local bytes = core.pack(type(pipe.state) == "function" and pipe:state() or pipe)
    core.replace_file(path, magic .. string.pack("<I4", core.crc32(bytes)) .. bytes)
end

--- What save_state wrote.
function state.load_state(path)
    local file, why = io.open(path, "rb")
    local text = file and file:read "a"
    if file then file:close() end
    if not text then lun.fail("data.load_state", "cannot read " .. (why or path), nil, "file") end
    if text:sub(1, #magic) ~= magic or #text < #magic + 4 then
        lun.fail("data.load_state", path .. " is no saved state", "data.save_state(path, pipe) writes one", "format")
    end
    local bytes = text:sub(#magic + 5)
    if core.crc32(bytes) ~= string.unpack("<I4", text, #magic + 1) then
        lun.fail("data.load_state", path .. " is damaged: its checksum differs", nil, "format")
    end
    return (core.unpack(bytes))
end

return state
