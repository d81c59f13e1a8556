-- session.lua - names and results of the session: %who %mem %del %reset %forget %tb %recall %rerun
--
-- Read next: lib/magics.lua. SPDX-License-Identifier: MIT
local shell = require "lunette.shell"
local magics = require "lunette.magics"
local add, complain = magics.add, magics.complain

-- The user's own globals, sorted.
local function names()
    local list = {}
    for name in next, _G do
        if type(name) == "string" and not shell.standard(name) then list[#list + 1] = name end
    end
    table.sort(list)
    return list
end

add("who", "", "the names you have defined", function()
    local list = names()
    for _, name in ipairs(list) do print(("%-12s %s"):format(name, shell.brief(rawget(_G, name)))) end
    if #list == 0 then print "nothing defined yet" end
end)

local function tensor_bytes(value)
    if type(value) ~= "userdata" then return nil end
    local good, bytes = pcall(function() return value.bytes end)
    return good and type(bytes) == "number" and bytes or nil
end

-- Bytes of the tensors in a value, tables and modules included; what was seen counts once.
local function bytes_of(value, seen)
    local bytes = tensor_bytes(value)
    if bytes then return bytes end
    if type(value) ~= "table" or seen[value] then return 0 end
    seen[value] = true
    local sum = 0
    for _, item in next, value do sum = sum + bytes_of(item, seen) end
    return sum
end

add("mem", "", "where the memory is: the program, your names, kept results", function()
    local memory = require "lunette".memory()
    for _, key in ipairs {"live", "peak", "cached", "budget"} do print(("  %-14s %12s"):format(key, magics.bytes(memory[key]))) end
    print(("  %-14s %12s"):format("Lua", magics.bytes(collectgarbage "count" * 1024 // 1 | 0)))
    local list, results = {}, 0
    for _, name in ipairs(names()) do
        local bytes = bytes_of(rawget(_G, name), {})
        if bytes > 0 then list[#list + 1] = {name, bytes} end
    end
    table.sort(list, function(a, b) return a[2] > b[2] end)
    for i = 1, math.min(#list, 10) do print(("  %-14s %12s"):format(list[i][1], magics.bytes(list[i][2]))) end
    for _, bytes in pairs(shell.list "bytes") do results = results + (math.tointeger(bytes) or 0) end
    print(("  %-14s %12s   %%forget lets them go"):format("Out", magics.bytes(results)))
end)

add("del", "NAMES", "forget these names", function(text)
    if text == "" then return complain("%del needs names", "%del x y") end
    for name in text:gmatch "%S+" do
        if rawget(_G, name) == nil then complain(("there is no '%s'"):format(name), "%who lists your names") end
        if not shell.standard(name) then rawset(_G, name, nil) end
    end
    collectgarbage()
end)

add("forget", "N ... or all", "let kept results go: Out[N]", function(text)
    local all = {}
    for n in pairs(shell.list "Out") do all[#all + 1] = n end
    local list, why = all, nil
    if text ~= "all" then list, why = magics.numbers(text, shell.number()) end
    if not list or #list == 0 and text == "" then
        return complain(why or "%forget needs numbers of results", "%forget 3, %forget 1-9, %forget all")
    end
    for _, n in ipairs(list) do shell.forget(n) end
    collectgarbage()
end)

add("reset", "", "forget all your names and results", function()
    local list = names()
    for _, name in ipairs(list) do rawset(_G, name, nil) end
    local count = 0
    for n in pairs(shell.list "Out") do shell.forget(n) count = count + 1 end
    collectgarbage()
    print(("gone: %d of your names, %d results"):format(#list, count))
end)

add("tb", "", "every frame of the last error", function()
    print(shell.traceback() or "there was no error yet")
end)

add("history", "[N or -g WORD]", "the last N cells (20), or those with WORD in them", function(text)
    local inputs, last, word = shell.list "In", shell.number() - 1, text:match "^%-g%s*(.+)$"
    local count = math.tointeger(text) or 20
    for n = word and 1 or math.max(last - count + 1, 1), last do
        local cell = inputs[n]
        if cell and (not word or cell:find(word, 1, true)) then print((("In[%d]: "):format(n) .. cell:gsub("\n", "\n   ..  "))) end
    end
end)

add("recall", "[N ...]", "put the text of cells at the prompt (the last one)", function(text)
    local inputs, parts = shell.list "In", {}
    local list, why = magics.numbers(text == "" and tostring(math.max(shell.number() - 1, 1)) or text, shell.number() - 1)
    if not list then return complain(why, "%recall 3, %recall 3-5") end
    for _, n in ipairs(list) do parts[#parts + 1] = inputs[n] end
    shell.type(table.concat(parts, "\n"))
end)

-- The numbers of stale cells, as text.
local function stale_cells()
    local numbers = {}
    for _, cell in ipairs(require "lunette.magics.stale".list()) do numbers[#numbers + 1] = cell.number end
    return table.concat(numbers, " ")
end

add("rerun", "[N ...] or stale", "run cells again as they are (the last one)", function(text)
    local inputs = shell.list "In"
    if text == "" then text = tostring(math.max(shell.number() - 1, 1)) end
    local list, why = magics.numbers(text == "stale" and stale_cells() or text, shell.number() - 1)
    if not list then return complain(why, "%rerun 3, %rerun 3-5") end
    for _, n in ipairs(list) do
        print((("  > " .. inputs[n]):gsub("\n", "\n  > ")))
        if not inputs[n]:find "^%s*%%rerun" and not shell.cell(inputs[n]) then return end
    end
end)
