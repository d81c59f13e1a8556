-- run.lua - runs cells and keeps what they give
--
-- A cell runs as one typed at the prompt: its locals live on, an undefined name is an error, its last expression is its
-- value. A line `--%time f()` is a command of the shell, if there is one of this name and the lines above it are whole.
-- Holds: nothing a cell does ends the program, os.exit included; a run starts with the seed of the notebook, so it repeats.
-- Read next: repl/record.h, lib/notebook/outputs.lua, lib/notebook/check.lua. SPDX-License-Identifier: MIT
local lun = require "lunette"
local shell = require "lunette.shell"
local clean = require "lunette.notebook.clean"
local outputs = require "lunette.notebook.outputs"

require "lunette.notebook.display"

local run = {}

local known -- names of the magics

local function is_magic(line)
    local name = line:match "^%-%- ?%%([%a_][%w_]*)"
    if not name then return false end
    known = known or shell.magics()
    return known[name] == true
end

--- The pieces that run one after the other: {text =, line =} of Lua or of a command.
function run.pieces(text, first_line)
    local pieces, lines, start, number = {}, {}, first_line, first_line
    local function finish()
        if #lines > 0 then pieces[#pieces + 1] = {text = table.concat(lines, "\n"), line = start} end
        lines, start = {}, number + 1
    end
    if text:find "^#!" then text = "--" .. text end -- a script's first line is no Lua
    for line in (text .. "\n"):gmatch "([^\n]*)\n" do
        if is_magic(line) and shell.judge(table.concat(lines, "\n")) then
            finish()
            pieces[#pieces + 1] = {text = line:match "^%-%- ?(.*)$", line = number, command = true}
        else
            if #lines == 0 then start = number end
            lines[#lines + 1] = line
        end
        number = number + 1
    end
    finish()
    return pieces
end

local function has_tag(cell, wanted)
    local tags = cell.attributes.tags
    for _, tag in ipairs(type(tags) == "table" and tags or {}) do
        if tag == wanted then return true end
    end
    return false
end

--- Is an error of this cell what its author wants to show?
function run.may_fail(cell) return has_tag(cell, "raises-exception") end
--- Is the cell left out?
function run.is_skipped(cell) return cell.kind ~= "code" or has_tag(cell, "skip-execution") end

local reasons = {time = "it ran longer than %s s (timeout)", flood = "it printed more than 64 MiB"}

-- The outputs of a piece, cleaned, behind those of the pieces before it.
local function take(record, result, seconds, folder)
    local why = result.stopped and "error: " .. reasons[result.stopped]:format(seconds)
    for _, output in ipairs(result.outputs) do
        if output.kind ~= "chart" then output.text = clean(output.text) end
        if folder then output.text = output.text:gsub(folder, "{folder}") end
        output.shown = nil
        if why and output.kind == "interrupted" then
            output.kind, output.text = "error", why .. output.text:gsub("^interrupted", "")
            why = nil
        end
        local last = record.outputs[#record.outputs]
        local named = output.kind == "value" and last and last.kind == "chart" and output.text:find "^chart%(" and
            output.text:sub(-#last.summary - 1) == last.summary .. ")"
        if not named then record.outputs[#record.outputs + 1] = output end -- the chart itself stands there
    end
    if why then record.outputs[#record.outputs + 1] = {kind = "error", text = why} end -- a program that it waited for was ended
    record.status = result.stopped and "error" or result.status
end

-- os.exit would end us without a word of what came before it.
local function no_exit()
    error("a cell of a notebook cannot leave with os.exit\n  hint: return ends a cell, error stops the run", 2)
end

--- Runs a cell; {hash =, status =, outputs =}. options: echo; source: the chunk's name; folder: a pattern of a name that
--- changes from run to run, {folder} in what is kept.
function run.cell(cell, options)
    local record = {hash = outputs.hash(cell.text), status = "good", outputs = {}}
    local seconds = tonumber(cell.attributes.timeout) or options.timeout or 0
    local exit = os.exit
    os.exit = no_exit
    local back <close> = setmetatable({}, {__close = function() os.exit = exit end})
    for _, piece in ipairs(run.pieces(cell.text, cell.line or 1)) do
        local how = {source = options.source, line = piece.line, echo = options.echo, seconds = seconds}
        take(record, shell.record(piece.text, how), seconds, options.folder)
        if record.status ~= "good" then break end
    end
    return record
end

--- What all cells of a notebook run with: its name for errors, its arguments, its seed.
function run.open(notebook, arguments)
    local source = shell.notebook(notebook.path:match "[^/]*$", notebook.text or "")
    arguments = arguments or {}
    arguments[0] = notebook.path
    rawset(_G, "arg", arguments)
    lun.manual_seed(math.tointeger(notebook.settings.seed) or 0)
    return {source = source, timeout = notebook.settings.timeout}
end

--- Runs all cells in order, until one fails that should not. Calls each(cell, record) behind each. Returns the records by
--- name, and the cell that ended the run, if one did.
function run.all(notebook, options, each)
    local records = {}
    for _, cell in ipairs(notebook.cells) do
        if not run.is_skipped(cell) then
            local record = run.cell(cell, options)
            records[cell.name] = record
            if each then each(cell, record) end
            local expected = record.status == "error" and run.may_fail(cell)
            if record.status ~= "good" and not expected then return records, cell end
        end
    end
    return records, nil
end

--- Names of a notebook's cells, in order.
function run.names(notebook)
    local names = {}
    for i, cell in ipairs(notebook.cells) do names[i] = cell.name end
    return names
end

return run
