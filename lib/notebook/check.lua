-- check.lua - lunette --check FILE: runs a notebook from the start and compares with what was recorded; a test in TAP
--
-- Holds: writes nothing; exit status 0 all is as it was, 1 a cell failed, 3 an output changed, 130 Ctrl-C.
-- Read next: lib/notebook/compare.lua, lib/notebook/run.lua. SPDX-License-Identifier: MIT
local compare = require "lunette.notebook.compare"
local run = require "lunette.notebook.run"

local MOST_SHOWN = 12 -- differing lines of a cell

local function say(...) io.stdout:write(table.concat({...}), "\n") end
local function comment(text) say((("# " .. text):gsub("\n", "\n# "))) end

local function title(cell)
    return cell.name .. (cell.title ~= "" and " (" .. cell.title:gsub("#", "") .. ")" or "")
end

-- What of the notebook's settings and the cell's attributes says how far is too far.
local function tolerance(notebook, cell)
    local settings, own = notebook.settings, cell.attributes
    local ignore = {}
    for _, from in ipairs {settings.ignore or {}, type(own.ignore) == "table" and own.ignore or {own.ignore}} do
        for _, pattern in ipairs(from) do ignore[#ignore + 1] = tostring(pattern) end
    end
    return {tol = tonumber(own.tol) or settings.tol, abs = tonumber(own.abs) or settings.abs, ignore = ignore}
end

local function tell(cell, old, new, differences)
    comment(("cell %s, line %d: %d %s as recorded"):format(cell.name, cell.line or 0, #differences,
        #differences == 1 and "line is not" or "lines are not"))
    for i = 1, math.min(#differences, MOST_SHOWN) do
        local d = differences[i]
        if d.old then comment("- " .. d.old) end
        if d.new then comment("+ " .. d.new) end
        if d.why then comment("    " .. d.why) end
    end
    if #differences > MOST_SHOWN then comment(("... and %d more"):format(#differences - MOST_SHOWN)) end
    if old.hash ~= new.hash then comment "the cell's text was changed since it was recorded; lunette --run records anew" end
end

-- One cell's line; "failed", "differs" or "good".
local function judge(notebook, cell, old, new, number, quiet)
    if new.status ~= "good" and not (new.status == "error" and run.may_fail(cell)) then
        say("not ok ", number, " - ", title(cell))
        for _, output in ipairs(new.outputs) do
            if output.kind == "error" or output.kind == "interrupted" then comment(output.text) end
        end
        return "failed"
    end
    local differences = {}
    if old and cell.attributes.check ~= false then differences = compare.records(old, new, tolerance(notebook, cell)) end
    local remark = not old and not quiet and " # nothing is recorded" or ""
    say(#differences == 0 and "ok " or "not ok ", number, " - ", title(cell), remark)
    if #differences == 0 then return "good" end
    tell(cell, old, new, differences)
    return "differs"
end

--- Runs and compares with `recorded` (records by name); the exit status, and what the cells gave. `quiet`: that nothing is
--- recorded is no news.
return function(notebook, recorded, arguments, quiet, folder)
    local number, worst, planned = 0, 0, 0
    for _, cell in ipairs(notebook.cells) do planned = planned + (run.is_skipped(cell) and 0 or 1) end
    say("1..", planned)
    local any = next(recorded) ~= nil
    if not any and not quiet and planned > 0 then
        comment "nothing is recorded: that each cell runs is all there is to check; lunette --run records"
    end
    local how = run.open(notebook, arguments)
    how.folder = folder and folder:gsub("%p", "%%%0")
    local records, failed = run.all(notebook, how, function(cell, record)
        number = number + 1
        local verdict = judge(notebook, cell, recorded[cell.name], record, number, quiet)
        if record.status == "interrupted" then worst = 130
        elseif verdict == "failed" then worst = 1
        elseif verdict == "differs" and worst == 0 then worst = 3 end
        io.stdout:flush()
    end)
    if worst == 130 then say "Bail out! interrupted" return 130, records end
    for i = number + 1, failed and planned or number do say("not ok ", i, " # not run: the cell ", failed.name, " failed") end
    return worst, records
end
