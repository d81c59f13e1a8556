-- scratch.lua - a folder of a test's own for the files it writes: scratch.folder, path, write, read
--
-- Holds: it is below the system's temporary folder, and gone when the test ends, however it ends. Read next: tap.lua.
-- SPDX-License-Identifier: MIT
local folder = os.tmpname()
os.remove(folder)
assert(os.execute("mkdir '" .. folder .. "'"))

local scratch = setmetatable({folder = folder}, {__gc = function() os.execute("rm -rf '" .. folder .. "'") end})

--- The path of a file in the folder.
function scratch.path(name) return folder .. "/" .. name end

--- Writes a file and returns its path.
function scratch.write(name, bytes)
    local file = assert(io.open(scratch.path(name), "wb"))
    file:write(bytes)
    file:close()
    return scratch.path(name)
end

--- What a file holds; nil when there is none.
function scratch.read(name)
    local file = io.open(scratch.path(name), "rb")
    local bytes = file and file:read "a"
    if file then file:close() end
    return bytes
end

return scratch
