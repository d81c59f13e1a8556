-- watch.lua - lunette --watch FILE: an editor on one side, the outputs on the other
--
-- Runs all cells once; then, whenever the file is saved, those whose text changed and those that read what they write. A
-- cell that failed runs again with the next change. Ctrl-C stops a cell, and between cells the watch. Holds: a file that is
-- gone or half written is waited for. Read next: lib/notebook/depend.lua. SPDX-License-Identifier: MIT
local notebook = require "lunette.notebook"
local depend = require "lunette.notebook.depend"
local percent = require "lunette.notebook.percent"
local run = require "lunette.notebook.run"
local shell = require "lunette.shell"

local PAUSE = 0.2

local function say(...) io.stdout:write(...) io.stdout:write "\n" io.stdout:flush() end

-- Runs the cells of a set in order, until one fails; what ran well leaves the set of those that are open. The number of
-- cells that ran.
local function run_cells(nb, how, set, records, open)
    local count = 0
    for i, cell in ipairs(nb.cells) do
        if set[i] and not run.is_skipped(cell) then
            say("--- ", cell.name, ", line ", cell.line or 0)
            local record = run.cell(cell, how)
            records[cell.name], count = record, count + 1
            local good = record.status == "good" or record.status == "error" and run.may_fail(cell)
            open[cell.text] = not good or nil
            if not good then
                for k = i + 1, #nb.cells do
                    if set[k] then open[nb.cells[k].text] = true end
                end
                break
            end
        end
    end
    return count
end

-- Which cells have a text that did not run yet, and the records of the others under their names of now.
local function differences(nb, before, open)
    local known, changed, records = {}, {}, {}
    for _, cell in ipairs(before.cells) do known[cell.text] = known[cell.text] or before.records[cell.name] or false end
    for i, cell in ipairs(nb.cells) do
        if cell.kind == "code" then
            if known[cell.text] == nil or open[cell.text] then changed[i] = true end
            records[cell.name] = known[cell.text] or nil
        end
    end
    return changed, records
end

-- The text of the file when it is another one; waits for it.
local function next_text(path, text)
    local gone = false
    while true do
        local now, why = notebook.bytes(path)
        if now and now ~= text then return now end
        if not now and not gone then say("--- ", why, "; waiting for it") end
        gone = not now
        shell.pause(PAUSE)
    end
end

--- Never returns but by Ctrl-C.
return function(nb, arguments)
    if nb.ipynb then
        io.stderr:write("lunette: --watch wants a .lua file\n  hint: lunette --export lua ", nb.path, "\n")
        return 2
    end
    local how = run.open(nb, arguments)
    how.echo = true
    local all, open = {}, {}
    for i in ipairs(nb.cells) do all[i] = true end
    nb.records = {}
    local count, warned = run_cells(nb, how, all, nb.records, open), false
    while true do
        local good, why = notebook.record(nb, nb.records, table.concat(arguments, " "))
        if not good and not warned then io.stderr:write("note: the outputs are not recorded: ", why, "\n") end
        warned = not good
        say("--- ", count, " of ", #nb.cells, " cells ran; waiting for ", nb.path, " to be saved (Ctrl-C leaves)")
        local new = percent.read(next_text(nb.path, nb.text))
        new.path, new.text = nb.path, percent.write(new)
        shell.notebook(new.path:match "[^/]*$", new.text)
        local changed
        changed, new.records = differences(new, nb, open)
        count = run_cells(new, how, depend.on(new.cells, changed), new.records, open)
        nb = new
    end
end
