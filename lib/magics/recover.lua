-- recover.lua - the cells of a session that died: %recover
--
-- The journal (repl/journal.h) holds each cell of two rows under "-- %% In[3] rows=2" and behind it "-- good" or "-- failed"; one without
-- either was running. A file in which no cell can be found is set aside under another name.
-- Nothing is run unless asked. Read next: lib/magics.lua. SPDX-License-Identifier: MIT
local shell = require "lunette.shell"
local magics = require "lunette.magics"
local complain = magics.complain

-- The cells of the journal: {number, text, state}.
local function read(path)
    local cells, cell, rows = {}, nil, 0
    for line in io.lines(path) do
        local number, count = line:match "^%-%- %%%% In%[(%d+)%] rows=(%d+)$"
        if rows > 0 then
            cell.lines[#cell.lines + 1], rows = line, rows - 1
        elseif number then
            cell, rows = {number = tonumber(number), lines = {}}, tonumber(count)
            cells[#cells + 1] = cell
        elseif cell and (line == "-- good" or line == "-- failed") then
            cell.state = line:sub(4)
        end
        local undone = rows == 0 and tonumber(line:match "^%-%- undone In%[(%d+)%]$")
        while undone and cells[1] and cells[#cells].number >= undone do cells[#cells] = nil end
    end
    for _, cell in ipairs(cells) do cell.text = table.concat(cell.lines, "\n") end
    return cells
end

local function show(cells)
    local state = {good = "", failed = "   (it failed)"}
    for _, cell in ipairs(cells) do
        local text = cell.text:gsub("\n", "\n   ..  ")
        print(("In[%d]: %s%s"):format(cell.number, text, state[cell.state] or "   (it ran when the session ended)"))
    end
    print "%recover run runs those that went well, %recover run 1-5 8 some, %recover forget drops them"
end

local function wanted(cells, text)
    if text == "" then return nil end
    local most = 0
    for _, cell in ipairs(cells) do most = math.max(most, cell.number) end
    local list, why = magics.numbers(text, most)
    if not list then return nil, why end
    local set = {}
    for _, n in ipairs(list) do set[n] = true end
    return set
end

local function run(cells, text)
    local set, why = wanted(cells, text)
    if why then return complain(why, "%recover shows the cells") end
    for _, cell in ipairs(cells) do
        local chosen = set and set[cell.number] or not set and cell.state == "good" and not cell.text:find "^%s*%%recover"
        if chosen then
            print((("  > " .. cell.text):gsub("\n", "\n  > ")))
            if not shell.cell(cell.text) then return end
        end
    end
end

magics.add("recover", "[run [N ...] or forget]", "the cells of the last session that ended without leaving", function(text)
    local path = shell.dead_session()
    if not path then return print "no session was lost" end
    local cells = read(path)
    if #cells == 0 then
        os.rename(path, path .. ".bad")
        return complain("what the lost session typed cannot be read", "its file is now " .. path .. ".bad")
    end
    local verb, rest = text:match "^(%S*)%s*(.*)$"
    if verb == "forget" then
        os.remove(path)
    elseif verb == "run" then
        run(cells, rest)
    elseif verb == "" then
        show(cells)
    else
        complain(("%%recover knows no '%s'"):format(verb), "%recover, %recover run, %recover run 1-5, %recover forget")
    end
end)
