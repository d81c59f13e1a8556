-- memory.lua - the bytes of a tensor, by pages: what readMemory gives, and which tensors have a reference
--
-- A reference names the elements of a tensor in order, as if it were contiguous; a view shows its own elements and no neighbours. It is good
-- until the program goes on. Nothing is copied but the page that was asked for. Writing is left to setVariable, which counts versions, so that
-- a backward pass knows. Read next: lib/dap/variables.lua. SPDX-License-Identifier: MIT
local lun = require "lunette"
local data_core = require "lunette.data_core"
local channel = require "lunette.dap.channel"
local requests = require "lunette.dap.requests"
local stops = require "lunette.dap.stops"

local memory = {}
local count = 0                  -- references so far; none is used twice
local MOST = 2 ^ 20              -- bytes in one answer

--- The reference of a value, where it is a tensor and the client knows what that is; else nil.
function memory.reference(value)
    if not channel.client.supportsMemoryReferences or not lun.is_tensor(value) then return nil end
    count = count + 1
    local name = ("tensor:%d"):format(count)
    stops.now.memory[name] = {tensor = value}
    return name
end

local function add_elements(parts, x, from, n)
    if x.ndim == 0 or x:is_contiguous() then
        parts[#parts + 1] = data_core.to_bytes(x:reshape(-1):narrow(1, from + 1, n):cpu())
        return
    end
    local row = x:numel() // x.shape[1]
    while n > 0 do
        local here = math.min(n, row - from % row)
        add_elements(parts, x[from // row + 1], from % row, here)
        from, n = from + here, n - here
    end
end

--- Bytes `from` (counted from 0) to `to` (not included) of a tensor's elements.
function memory.bytes(x, from, to)
    local size, parts = x:element_size(), {}
    local first = from // size
    lun.no_grad(function() add_elements(parts, x:detach(), first, (to - 1) // size - first + 1) end)
    return table.concat(parts):sub(from - first * size + 1, to - first * size)
end

local function read(arguments)
    local offset, wanted = math.tointeger(arguments.offset or 0), math.tointeger(arguments.count)
    local known = stops.now.memory[arguments.memoryReference]
    if not known then error("that tensor was shown at an earlier stop; open it anew", 0) end
    if not offset or not wanted or wanted < 0 then error("readMemory needs a count of bytes", 0) end
    if wanted > MOST then error(("%d bytes at once are too many, ask for at most %d"):format(wanted, MOST), 0) end
    if offset < 0 then return {address = "0x0", unreadableBytes = math.min(wanted, -offset)} end
    local to = math.min(offset + wanted, known.tensor:numel() * known.tensor:element_size())
    known.read = true
    local bytes = offset < to and memory.bytes(known.tensor, offset, to) or ""
    return {address = ("0x%x"):format(offset), data = require "lunette.notebook.pictures".base64(bytes)}
end

--- After an edit: what a client read of tensors may be old.
function memory.edited()
    if not channel.client.supportsMemoryEvent then return end
    for name, known in pairs(stops.now.memory) do
        local bytes = known.tensor:numel() * known.tensor:element_size()
        if known.read and bytes > 0 then channel.event("memory", {memoryReference = name, offset = 0, count = bytes}) end
    end
end

requests.add({readMemory = read}, true)

return memory
