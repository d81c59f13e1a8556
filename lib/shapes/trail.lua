-- trail.lua - what a walk writes, so that it can be taken back
--
-- While w.trail is a list each write through here notes what stood there before. Read next: lib/shapes/ways.lua.
-- SPDX-License-Identifier: MIT
local unpack = table.unpack

local trail = {}

function trail.write(w, holder, key, value)
    local noted = w.trail
    if noted then noted[#noted + 1] = {holder, key, rawget(holder, key)} end
    rawset(holder, key, value)
end

-- Takes back what was written since `mark`; gives the places with what stood in them before and after.
function trail.take_back(w, mark)
    local places, seen = {}, {}
    for k = #w.trail, mark + 1, -1 do
        local holder, key, old = unpack(w.trail[k], 1, 3)
        seen[holder] = seen[holder] or {}
        local place = seen[holder][key]
        if not place then
            place = {holder = holder, key = key, now = rawget(holder, key)}
            seen[holder][key] = place
            places[#places + 1] = place
        end
        place.before = old
        rawset(holder, key, old)
        w.trail[k] = nil
    end
    return places
end

-- Calls f with writes noted, whoever else notes them.
function trail.noting(w, f, ...)
    local outermost = not w.trail
    if outermost then w.trail = {} end
    local results = table.pack(pcall(f, ...))
    if outermost then w.trail = nil end
    if not results[1] then error(results[2], 0) end
    return unpack(results, 2, results.n)
end

return trail
