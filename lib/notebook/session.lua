-- session.lua - a notebook open in the shell: its cells are listed, run, edited and kept
--
-- What is changed here is in the file at once, and what a cell gives in the file of outputs; so nothing is ever unsaved. A
-- file that another program changed meanwhile is never written over. Holds: opening runs nothing. Read next:
-- lib/magics/notebook.lua, lib/notebook/run.lua. SPDX-License-Identifier: MIT
local notebook = require "lunette.notebook"
local depend = require "lunette.notebook.depend"
local outputs = require "lunette.notebook.outputs"
local percent = require "lunette.notebook.percent"
local run = require "lunette.notebook.run"
local shell = require "lunette.shell"

-- ours: numbers of In[n] that were cells of a notebook, not typed.
local session = {ours = {}}

local now -- the open notebook: {nb, records (place -> record), order (place -> when it ran), ran (place -> hash), how, clock}

local function complain(text, hint)
    io.stdout:flush()
    io.stderr:write("error: ", text, "\n", hint and "  hint: " .. hint .. "\n" or "")
    return false
end

local function first_line(text) return text:match "[^\n]*%S[^\n]*" or "" end

-- Columns of a text, cut at a width.
local function cut(text, width)
    text = text:gsub("%c", " ")
    if (utf8.len(text) or #text) <= width then return text end
    local at = utf8.len(text) and utf8.offset(text, width - 2) or width - 2
    return text:sub(1, at - 1) .. "..."
end

local function take(nb, records)
    now.nb = nb
    now.records = {}
    for i, cell in ipairs(nb.cells) do now.records[i] = records[cell.name] end
end

--- Opens a notebook; nothing of it runs. Exit status 0, or 1 when it cannot be read.
function session.open(nb, arguments)
    if nb.ipynb then
        io.stderr:write("lunette: -n wants a .lua file\n  hint: lunette --export lua ", nb.path, "\n")
        return 2
    end
    local records, damaged = notebook.records(nb)
    if damaged then io.stderr:write("note: ", damaged, "\n") end
    now = {order = {}, ran = {}, clock = 0, how = run.open(nb, arguments), arguments = table.concat(arguments or {}, " ")}
    now.how.echo = true
    take(nb, records)
    print(("%s: %d cells; %%cells lists them, %%cell next runs the next one, %%cell? helps"):format(nb.path, #nb.cells))
    return 0
end

--- Is a notebook open? Says so if not.
function session.is_open()
    return now ~= nil or complain("no notebook is open", "%notebook FILE opens one; from outside: lunette -n FILE")
end

--- The path of the open notebook.
function session.path() return now and now.nb.path end

-- --- states ----------------------------------------------------------------------------------------------------

local function changed_cells()
    local changed = {}
    for i, cell in ipairs(now.nb.cells) do changed[i] = now.ran[i] and now.ran[i] ~= outputs.hash(cell.text) or nil end
    return changed
end

-- Place -> what is to be said of it.
local function states()
    local changed = changed_cells()
    local stale, words = depend.stale(now.nb.cells, now.order, changed), {}
    for i, cell in ipairs(now.nb.cells) do
        local record = now.records[i]
        if cell.kind ~= "code" then words[i] = cell.kind
        elseif changed[i] then words[i] = "changed"
        elseif stale[i] then words[i] = "stale (" .. stale[i] .. ")"
        elseif now.order[i] then words[i] = record and record.status == "good" and "ran" or "failed"
        else words[i] = record and "ran before" or "new" end
    end
    return words, changed, stale
end

--- Prints the cells: place, name, state, first line.
function session.list()
    local words, widest, longest = states(), 4, 5
    for i, cell in ipairs(now.nb.cells) do widest, longest = math.max(widest, #cell.name), math.max(longest, #words[i]) end
    widest = math.min(widest, 20)
    local form = "%3d  %-" .. widest .. "s  %-" .. longest .. "s  %s"
    for i, cell in ipairs(now.nb.cells) do
        local line = cell.title ~= "" and cell.title or first_line(cell.text)
        print(form:format(i, cut(cell.name, widest), words[i], cut(line, 70 - widest)))
    end
    if #now.nb.cells == 0 then print "it has no cells yet; %cell add takes what you typed last" end
end

-- --- which cells -----------------------------------------------------------------------------------------------

local function place_of(word)
    local number = math.tointeger(tonumber(word))
    if number and now.nb.cells[number] then return number end
    for i, cell in ipairs(now.nb.cells) do
        if cell.name == word then return i end
    end
    return nil, ("there is no cell %s"):format(word)
end

local function all_that(is)
    local list = {}
    for i, cell in ipairs(now.nb.cells) do
        if cell.kind == "code" and is(i) then list[#list + 1] = i end
    end
    return list
end

local groups = {
    all = function() return all_that(function() return true end) end,
    next = function()
        local open = all_that(function(i) return not now.order[i] end)
        return {open[1]}
    end,
    stale = function()
        local _, changed, stale = states()
        return all_that(function(i) return changed[i] or stale[i] end)
    end,
}

--- Places of "3", "train", "2-5", "all", "next", "stale", or several; nil and why not.
function session.places(text)
    local list = {}
    for word in text:gmatch "%S+" do
        local first, last = word:match "^(%d+)%-(%d+)$"
        if groups[word] then
            table.move(groups[word](), 1, #now.nb.cells, #list + 1, list)
        elseif first then
            for n = tonumber(first), tonumber(last) do
                if not now.nb.cells[n] then return nil, ("there is no cell %d"):format(n) end
                list[#list + 1] = n
            end
        else
            local place, why = place_of(word)
            if not place then return nil, why end
            list[#list + 1] = place
        end
    end
    return list
end

-- --- running ---------------------------------------------------------------------------------------------------

local function keep_records()
    local by_name = {}
    for i, cell in ipairs(now.nb.cells) do by_name[cell.name] = now.records[i] end
    local good, why = notebook.record(now.nb, by_name, now.arguments)
    if not good and not now.warned then complain("the outputs are not recorded: " .. why) end
    now.warned = not good
end

--- Runs the cells at these places, until one fails.
function session.run(places)
    for _, i in ipairs(places) do
        local cell = now.nb.cells[i]
        if not run.is_skipped(cell) then
            print(("--- %s: %s"):format(cell.name, cut(first_line(cell.text), 60)))
            local first = shell.number() + 1
            local record = run.cell(cell, now.how)
            for n = first, shell.number() do session.ours[n] = true end
            now.clock = now.clock + 1
            now.records[i], now.order[i], now.ran[i] = record, now.clock, record.hash
            if record.status ~= "good" and not (record.status == "error" and run.may_fail(cell)) then break end
        end
    end
    keep_records()
end

--- Prints a cell, and what it gave when it ran last.
function session.show(place)
    local cell, record = now.nb.cells[place], now.records[place]
    print(cell.text)
    for _, output in ipairs(record and record.outputs or {}) do
        local text = output.summary and output.kind .. " " .. output.summary or output.text
        print("  | " .. text:gsub("\n", "\n  | "))
    end
end

-- --- changing --------------------------------------------------------------------------------------------------

-- Has nobody else written the file since we read it?
local function is_ours()
    local text = notebook.bytes(now.nb.path)
    if text == nil or text == now.nb.text then return true end
    return complain(now.nb.path .. " was changed by another program", "%notebook " .. now.nb.path .. " takes in what it says now")
end

-- Does `change` to lists that go by place (cells, records, ...), and keeps the notebook.
local function change(edit)
    if not is_ours() then return false end
    local nb, before = now.nb, {table.move(now.nb.cells, 1, #now.nb.cells, 1, {}), now.records, now.order, now.ran}
    local cells = table.move(nb.cells, 1, #nb.cells, 1, {})
    local of = {}
    for i, cell in ipairs(cells) do of[cell] = {now.records[i], now.order[i], now.ran[i]} end
    edit(cells)
    local last, now_last = before[1][#before[1]], cells[#cells]
    if last ~= now_last then
        if last then last.blank = math.max(last.blank or 1, 1) end
        if now_last then now_last.blank = 0 end
    end
    nb.cells = cells
    local text = percent.write(nb)
    local good, why = notebook.write(nb.path, text)
    if not good then
        nb.cells = before[1]
        return complain(why, "nothing was changed")
    end
    local new = percent.read(text)
    new.path, new.text = nb.path, text
    now.nb, now.records, now.order, now.ran = new, {}, {}, {}
    for i in ipairs(new.cells) do
        local kept = of[cells[i]] or {}
        now.records[i], now.order[i], now.ran[i] = kept[1], kept[2], kept[3]
    end
    shell.notebook(new.path:match "[^/]*$", text)
    keep_records()
    return true
end

--- Puts cells with these texts behind a place (0: in front).
function session.add(texts, place, kind)
    return change(function(cells)
        for k, text in ipairs(texts) do
            local trimmed = text:gsub("%s+$", "")
            table.insert(cells, place + k, {kind = kind or "code", text = trimmed, title = "", attributes = {}, blank = 1})
        end
    end)
end

--- Gives a cell another text.
function session.put(place, text)
    return change(function(cells) cells[place].text = text:gsub("%s+$", "") end)
end

function session.delete(places)
    local set = {}
    for _, i in ipairs(places) do set[i] = true end
    return change(function(cells)
        for i = #cells, 1, -1 do
            if set[i] then table.remove(cells, i) end
        end
    end)
end

--- Takes a cell out and puts it at another place.
function session.move(from, to)
    return change(function(cells) table.insert(cells, to, table.remove(cells, from)) end)
end

--- Number of cells, and the text of one.
function session.count() return #now.nb.cells end
function session.text(place) return now.nb.cells[place].text end

--- Writes the notebook in another form; the path, or nil and why not.
function session.export(to) return notebook.export(now.nb, to) end

return session
