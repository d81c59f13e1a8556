-- clean.lua - what a program wrote, as text that can be kept
--
-- Colours and cursor motion go, a line that was drawn over shows its last state, bytes that are no text become \xNN. Holds:
-- the result is UTF-8 without control characters but newline and tab. Read next: lib/notebook/run.lua.
-- SPDX-License-Identifier: MIT

-- After the last carriage return, unless nothing follows it.
local function last_state(line)
    line = line:gsub("\r+$", "")
    return line:match "\r([^\r]*)$" or line
end

local function escape(byte) return ("\\x%02X"):format(byte:byte()) end

-- Every byte that does not belong to a character, as \xNN.
local function valid(text)
    local parts, at = {}, 1
    while true do
        local length, wrong = utf8.len(text, at)
        if length then break end
        parts[#parts + 1] = text:sub(at, wrong - 1)
        parts[#parts + 1] = escape(text:sub(wrong, wrong))
        at = wrong + 1
    end
    parts[#parts + 1] = text:sub(at)
    return table.concat(parts)
end

return function(text)
    text = text:gsub("\27%][^\7\27]*\27?\\?\7?", ""):gsub("\27[P_^][^\27]*\27\\", "")
    text = text:gsub("\27%[[0-?]*[ -/]*[@-~]", ""):gsub("\27[%(%)].", ""):gsub("\27", "")
    text = (text .. "\n"):gsub("([^\n]*)\n", function(line) return (line:find "\r" and last_state(line) or line) .. "\n" end)
    return valid(text:gsub("[%z\1-\8\11-\31\127]", escape):gsub("\n+$", ""))
end
