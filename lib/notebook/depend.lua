-- depend.lua - which cells of a notebook hang on which: names that one writes and another reads
--
-- From the bytecode, as lib/magics/stale.lua has it: what a function reads counts where it is called. What a method changes
-- inside a value is not seen. Holds: nothing runs. Read next: lib/notebook/watch.lua, lib/notebook/session.lua.
-- SPDX-License-Identifier: MIT
local stale = require "lunette.magics.stale"

local depend = {}

local none = {reads = {}, writes = {}, late = {}}

-- What each code cell reads and writes, once.
local function names_of(cells)
    local list = {}
    for i, cell in ipairs(cells) do list[i] = cell.kind == "code" and stale.names(cell.text) or none end
    return list
end

-- Does the name, or what its function reads when it is called, fulfil `is`? The name that does.
local function through(name, writer, names, is, seen)
    if is(name) then return name end
    if seen[name] or not writer[name] then return nil end
    seen[name] = true
    for other in pairs(names[writer[name]].late) do
        local found = through(other, writer, names, is, seen)
        if found then return found end
    end
end

--- The set of cells (by place) that must run when those of `changed` (a set of places) do: these, and whoever reads what they
--- write.
function depend.on(cells, changed)
    local names, writer, fresh, runs = names_of(cells), {}, {}, {}
    for i in ipairs(cells) do
        local must = changed[i] or false
        for name in pairs(names[i].reads) do
            must = must or through(name, writer, names, function(each) return fresh[each] end, {}) ~= nil
        end
        for name in pairs(names[i].writes) do writer[name], fresh[name] = i, must or nil end
        runs[i] = must or nil
    end
    return runs
end

--- Which cells that ran are stale: place -> the name they read that has changed since. `order` says when each ran last (place
--- -> number); `changed`: places whose text is another than the one that ran.
function depend.stale(cells, order, changed)
    local names, writer, found = names_of(cells), {}, {}
    for i in ipairs(cells) do
        for name in pairs(order[i] and names[i].reads or {}) do
            local because = through(name, writer, names, function(each)
                local by = writer[each]
                return by and by ~= i and (changed[by] or found[by] or (order[by] or 0) > order[i]) and true
            end, {})
            found[i] = found[i] or because
        end
        for name in pairs(names[i].writes) do writer[name] = i end
    end
    return found
end

return depend
