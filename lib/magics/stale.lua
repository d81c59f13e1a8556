-- stale.lua - names whose cell read something that has changed since: %stale, and %rerun stale
--
-- Which globals a cell reads and writes stands in its bytecode, exactly: the instructions that index _ENV. What a function reads it reads when
-- it is called, so a change there makes stale who called it, not who defined it. What a method changes inside a value is not seen.
-- Holds: nothing is ever run again by itself. Read next: lib/magics.lua. SPDX-License-Identifier: MIT
local shell = require "lunette.shell"
local magics = require "lunette.magics"

local stale = {}

local GETTABUP, SETTABUP = 11, 15 -- of Lua 5.4

-- Walks a binary chunk of Lua 5.4 without debug information: a cursor with the few shapes it is made of.
local function reader(chunk, at)
    local r = {}
    function r.byte()
        at = at + 1
        return chunk:byte(at - 1)
    end
    function r.skip(n) at = at + n end
    function r.number()
        local x = 0
        while true do
            local b = r.byte()
            x = x << 7 | b & 0x7f
            if b & 0x80 ~= 0 then return x end
        end
    end
    function r.string()
        local n = r.number()
        if n == 0 then return nil end
        at = at + n - 1
        return chunk:sub(at - n + 1, at - 1)
    end
    function r.instruction()
        at = at + 4
        return (string.unpack("<I4", chunk, at - 4))
    end
    return r
end

local function constants(r)
    local list = {}
    for k = 0, r.number() - 1 do
        local kind = r.byte()
        if kind == 0x04 or kind == 0x14 then list[k] = r.string() elseif kind == 0x03 or kind == 0x13 then r.skip(8) end
    end
    return list
end

-- One function: notes what it does with upvalue env (0-based; nil: it has no _ENV), then the functions inside.
local function walk(r, env_of, found, depth)
    r.string()
    r.number() r.number()
    r.skip(3)
    local code = {}
    for k = 1, r.number() do code[k] = r.instruction() end
    local names, upvalues = constants(r), {}
    for k = 0, r.number() - 1 do upvalues[k] = {in_stack = r.byte(), index = r.byte(), kind = r.byte()} end
    local env = env_of(upvalues)
    for _, i in ipairs(code) do
        local op, a, b, c = i & 0x7f, i >> 7 & 0xff, i >> 16 & 0xff, i >> 24 & 0xff
        if op == GETTABUP and b == env and names[c] then (depth == 0 and found.reads or found.late)[names[c]] = true end
        if op == SETTABUP and a == env and names[b] and depth == 0 then found.writes[names[b]] = true end
    end
    local function inner(list)
        for k, upvalue in pairs(list) do
            if upvalue.in_stack == 0 and upvalue.index == env then return k end
        end
    end
    for _ = 1, r.number() do walk(r, inner, found, depth + 1) end
    r.skip(r.number())
    for _ = 1, r.number() do r.number() r.number() end
    for _ = 1, r.number() do r.string() r.number() r.number() end
    for _ = 1, r.number() do r.string() end
end

--- What a cell does with globals: {reads, writes, late (read when its functions are called)}; nil when it is no Lua.
function stale.names(text)
    if text:find "^%s*[%%?!$]" or _VERSION ~= "Lua 5.4" then return nil end
    local f, locals = shell.compile(text)
    if not f then return nil end
    local found = {reads = {}, writes = {}, late = {}}
    walk(reader(string.dump(f, true), 33), function() return 0 end, found, 0)
    for name in locals:gmatch "%S+" do found.writes[name] = true end
    found.reads.__cell = nil
    return found
end

local known = {} -- by number of the cell: {text, what stale.names gives}

local function names_of(n, text)
    if not known[n] or known[n][1] ~= text then known[n] = {text, stale.names(text)} end
    return known[n][2]
end

--- The stale cells up to number `last` (the one before this), oldest first: {number, names, because = {name, cell}}.
function stale.list(last)
    local inputs, cells, writer = shell.list "In", {}, {}
    last = last or shell.number() - 1
    for n = 1, last do
        cells[n] = inputs[n] and names_of(n, inputs[n])
        for name in pairs(cells[n] and cells[n].writes or {}) do writer[name] = n end
    end
    -- The cell that last changed what the name means, through what its functions call.
    local function changed(name, seen)
        local n = writer[name]
        if not n or seen[name] then return 0 end
        seen[name] = true
        local newest = n
        for other in pairs(cells[n].late) do newest = math.max(newest, changed(other, seen)) end
        return newest
    end
    local list, seen_stale = {}, {}
    for n = 1, last do
        local names, because = {}, nil
        for name in pairs(cells[n] and cells[n].writes or {}) do
            if writer[name] == n then names[#names + 1] = name end
        end
        for name in pairs(#names > 0 and cells[n].reads or {}) do
            local by = changed(name, {})
            if writer[name] ~= n and (by > n or seen_stale[writer[name]]) and not because then because = {name, by} end
        end
        if because then
            table.sort(names)
            seen_stale[n] = true
            list[#list + 1] = {number = n, names = names, because = because}
        end
    end
    return list
end

magics.add("stale", "", "names whose cell read something that has changed since; %rerun stale runs those cells", function()
    local list = stale.list()
    for _, cell in ipairs(list) do
        local by = cell.because[2] > cell.number and (", which In[%d] changed"):format(cell.because[2]) or ", which is stale"
        print(("%-12s In[%d] read %s%s"):format(table.concat(cell.names, " "), cell.number, cell.because[1], by))
    end
    if #list == 0 then print "nothing is stale" end
end)

local told = {} -- names that were stale when it was last said

stale.on = true

--- Says which names the last cell made stale: one row, once for each.
function stale.tell()
    if not stale.on then return end
    local now, fresh = {}, {}
    for _, cell in ipairs(stale.list(shell.number())) do
        for _, name in ipairs(cell.names) do
            now[name] = true
            if not told[name] then fresh[#fresh + 1] = ("%s (In[%d])"):format(name, cell.number) end
        end
    end
    told = now
    if #fresh > 0 then print(("  stale now: %s   %%stale says why"):format(table.concat(fresh, ", "))) end
end

return stale
