-- notebook.lua - notebooks: files whose cells run, are checked, and become pages
--
--   local notebook = require "lunette.notebook"
--   local nb = notebook.load "digits.lua"      reading never runs anything
--   notebook.records(nb)                       what its cells gave when they ran last
--   notebook.export(nb, "digits.html")
--
-- lunette -n, --run, --check, --watch and --export are lib/notebook/command.lua; %cells and its kin are lib/notebook/session.lua.
-- Read next: doc/notebook.md, lib/notebook/percent.lua (the file), lib/notebook/run.lua. SPDX-License-Identifier: MIT
local core = require "lunette.data_core"
local outputs = require "lunette.notebook.outputs"
local percent = require "lunette.notebook.percent"

local notebook = {}

local PIECE, MOST_PIECES = 1024 * 1024, 256

--- The bytes of a file; nil and why not.
function notebook.bytes(path)
    local file, why = io.open(path, "rb")
    if not file then return nil, why end
    local pieces, problem = {}, nil
    for i = 1, MOST_PIECES + 1 do
        pieces[i], problem = file:read(PIECE)
        if not pieces[i] then break end
    end
    file:close()
    if problem then return nil, path .. ": " .. problem end -- a folder can be opened and not read
    if #pieces > MOST_PIECES then return nil, path .. ": it is larger than 256 MiB, no notebook" end
    return table.concat(pieces)
end

--- Writes a file whole or not at all; true, or false and why not.
function notebook.write(path, text)
    local good, problem = pcall(core.replace_file, path, text)
    if good then return true end
    return false, type(problem) == "table" and problem.message or tostring(problem)
end

--- The notebook of a file, .lua or .ipynb: its bytes are read, nothing of it runs. nil and why not.
function notebook.load(path)
    local text, why = notebook.bytes(path)
    if not text then return nil, why end
    local nb
    if path:find "%.ipynb$" or text:find "^%s*{%s*\"" then
        local good, found = pcall(require "lunette.notebook.ipynb".read, text)
        if not good then return nil, path .. ": " .. (type(found) == "table" and found.message or tostring(found)) end
        nb = found
        nb.ipynb = true
    else
        nb = percent.read(text)
    end
    nb.path, nb.text = path, nb.ipynb and percent.write(nb) or text
    return nb
end

--- What the cells gave when they ran last, by name; what is wrong with the file that says so; the arguments they ran with, as
--- a text.
function notebook.records(nb)
    if nb.ipynb then return nb.records or {}, nil, nb.recorded_with end
    local text = notebook.bytes(outputs.path(nb.path))
    if not text then return {} end
    local records, strange
    records, strange, nb.recorded_with = outputs.read(text)
    local wrong = strange > 0 and ("%s: %d lines of it mean nothing"):format(outputs.path(nb.path), strange) or nil
    return records, wrong, nb.recorded_with
end

--- Keeps the records beside the notebook; true, or false and why not.
function notebook.record(nb, records, arguments)
    local names = {}
    for i, cell in ipairs(nb.cells) do names[i] = cell.name end
    return notebook.write(outputs.path(nb.path), outputs.write(names, records, arguments))
end

--- Writes the notebook to its file, or to another; true, or false and why not.
function notebook.save(nb, path)
    path = path or nb.path
    local text = percent.write(nb)
    local good, why = notebook.write(path, text)
    if good and path == nb.path then nb.text = text end
    return good, why
end

local forms = {html = "html", md = "markdown_page", ipynb = "ipynb", lua = "percent"}

--- Writes the notebook to a file whose name ends in .html, .md, .ipynb or .lua, or beside itself if `to` is only that ending.
--- What its cells gave is taken from its records. The path, or nil and why not.
function notebook.export(nb, to, records)
    local form = forms[to] and to or to:match "%.(%w+)$"
    local path = forms[to] and (nb.path:gsub("%.%w+$", "")) .. "." .. to or to
    if not forms[form] then return nil, ("'%s' is no form of a notebook; there are: html, md, ipynb, lua"):format(to) end
    if path == nb.path then return nil, path .. " is the notebook itself" end
    records = records or (notebook.records(nb))
    local done, text = pcall(require("lunette.notebook." .. forms[form]).write, nb, records, path)
    if not done then return nil, type(text) == "table" and text.message or tostring(text) end
    local good, why = notebook.write(path, text)
    if good and form == "lua" and next(records) then
        local names = {}
        for i, cell in ipairs(nb.cells) do names[i] = cell.name end
        good, why = notebook.write(outputs.path(path), outputs.write(names, records, nb.recorded_with))
    end
    if not good then return nil, why end
    return path
end

return notebook
