-- settings.lua - what the header of a notebook says about running it
--
--   -- lunette: {format: 1, seed: 7, tol: 0.02, check: "--epochs 1", needs: ["gnuplot"]}
--
-- One line of YAML's flow form, as jupytext keeps it; other lines of the header belong to others and stay as they are.
-- Holds: an unknown or wrong entry is a problem that is told, never an error. Read next: lib/notebook/run.lua.
-- SPDX-License-Identifier: MIT
local json = require "lunette.notebook.json"

local settings = {}

-- name -> {type, what it is}
settings.known = {
    format = {"number", "version of the format: 1"},
    seed = {"number", "where random numbers start; 0 without it"},
    requires = {"string", "the oldest Lunette that runs it"},
    tol = {"number", "how far numbers may be apart, relative to their size"},
    abs = {"number", "how far numbers may be apart in any case"},
    timeout = {"number", "seconds that a cell may take"},
    check = {"string", "arguments for --check; {folder} in them is a folder of its own, {here} that of the notebook"},
    needs = {"table", "files and programs without which --check skips it"},
    ignore = {"table", "Lua patterns of text that is not compared"},
}

-- Names need no quotes in YAML, and only there.
local function as_json(text)
    return (text:gsub('([^"]*)("?[^"]*"?)', function(plain, quoted)
        return plain:gsub('([{,]%s*)([%a_][%w_]*)%s*:', '%1"%2":') .. quoted
    end))
end

--- Puts notebook.settings together from the header, and adds what is wrong to notebook.problems.
function settings.read(notebook)
    notebook.settings = {}
    local problems = notebook.problems or {}
    notebook.problems = problems
    local line = ("\n" .. (notebook.header or "")):match "\nlunette:%s*({[^\n]*})%s*%f[\n\0]"
    if not line then
        if ("\n" .. (notebook.header or "")):find("\nlunette:", 1, true) then
            problems[#problems + 1] = "the header's 'lunette:' wants one line, such as lunette: {format: 1, seed: 7}"
        end
        return
    end
    local good, found = pcall(json.read, as_json(line))
    if not good then
        problems[#problems + 1] = "the header's 'lunette:' cannot be read; it wants a line such as lunette: {format: 1, seed: 7}"
        return
    end
    for name, value in pairs(found) do
        local row = settings.known[name]
        if not row then problems[#problems + 1] = ("the header has '%s', which means nothing here"):format(name)
        elseif type(value) ~= row[1] then
            problems[#problems + 1] = ("the header's '%s' is a %s: %s"):format(name, type(value), row[2])
        else notebook.settings[name] = value end
    end
end

return settings
