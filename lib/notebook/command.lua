-- command.lua - lunette -n, --run, --check, --watch and --export: from the command line to an exit status
--
-- Exit status: 0 all well, 1 a cell failed or a file could not be read or written, 2 wrong usage, 3 --check found a change,
-- 130 Ctrl-C. Read next: lib/notebook.lua, repl/script.c. SPDX-License-Identifier: MIT
local notebook = require "lunette.notebook"

local function complain(text, hint)
    io.stdout:flush()
    io.stderr:write("lunette: ", text, "\n", hint and "  hint: " .. hint .. "\n" or "")
    return 1
end

local function load(path)
    local nb, why = notebook.load(path)
    if not nb then return nil, complain(why, "a notebook is a .lua or an .ipynb file") end
    for _, problem in ipairs(nb.problems) do io.stderr:write("note: ", path, ": ", problem, "\n") end
    if nb.language ~= "lua" then
        io.stderr:write(("note: %s is in %s; its cells are kept, and do not run here\n"):format(path, nb.language))
    end
    return nb
end

local function arguments(options) return table.move(options, 1, #options, 1, {}) end

local function export(nb, to, records)
    local path, why = notebook.export(nb, to, records)
    if not path then return complain(why) end
    print("wrote " .. path)
    return 0
end

local function run_notebook(nb, options)
    local run = require "lunette.notebook.run"
    local how = run.open(nb, arguments(options))
    how.echo = true
    local records, failed = run.all(nb, how)
    local status = failed and records[failed.name].status
    if status == "interrupted" then return 130 end -- what was recorded before stays
    local good, why = true, nil
    if not nb.ipynb then good, why = notebook.record(nb, records, table.concat(options, " ")) end
    if not good then complain("the outputs are not recorded: " .. why) end
    local exported = options.export and export(nb, options.export, records) or 0
    if not failed then return good and exported or 1 end
    return complain(("stopped in the cell %s, line %d of %s"):format(failed.name, failed.line or 0, nb.path),
        'a cell that should fail says so: -- %% tags=["raises-exception"]')
end

-- Words as a shell would split them, without quotes.
local function words(text)
    local list = {}
    for word in text:gmatch "%S+" do list[#list + 1] = word end
    return list
end

local function missing(nb)
    for _, need in ipairs(nb.settings.needs or {}) do
        need = tostring(need)
        local quoted = "'" .. need:gsub("'", "'\\''") .. "'"
        local there = need:find "/" and io.open(need)
        if there then there:close() end
        if not there and (need:find "/" or not os.execute("command -v " .. quoted .. " >/dev/null 2>&1")) then return need end
    end
end

-- The arguments of a check, as a text and as a list: those given, else those of the header, in which {folder} is a folder of
-- its own that is gone afterwards and {here} the notebook's.
local function check_arguments(nb, options)
    local text = #options > 0 and table.concat(options, " ") or nb.settings.check or ""
    if #options > 0 or text == "" then return text, arguments(options) end
    local folder = text:find("{folder}", 1, true) and os.tmpname() or nil
    if folder then
        os.remove(folder)
        os.execute("mkdir '" .. folder .. "'")
    end
    local here = nb.path:match "^(.*)/[^/]*$" or "."
    return text, words((text:gsub("{folder}", folder):gsub("{here}", (here:gsub("%%", "%%%%"))))), folder
end

-- What it may be compared with; nothing when it ran with other arguments.
local function comparable(nb, options, text)
    if options.record then return {} end
    local records, damaged, recorded_with = notebook.records(nb)
    if damaged then io.stderr:write("note: ", damaged, "\n") end
    if next(records) and recorded_with and recorded_with ~= text then
        local form = "# it was recorded with the arguments '%s', and runs with '%s'; --check --record records anew"
        print(form:format(recorded_with, text))
        return {}
    end
    return records
end

local function check_notebook(nb, options)
    local need = missing(nb)
    if need then
        print("1..0 # SKIP " .. need .. " is not here")
        return 0
    end
    local lesson = require "lunette.notebook.lesson"
    if lesson.is(nb) then return lesson.check(nb) end
    local text, given, folder = check_arguments(nb, options)
    local gone <close> = setmetatable({}, {__close = function()
        if folder then os.execute("rm -rf '" .. folder .. "'") end
    end})
    local status, records = require "lunette.notebook.check"(nb, comparable(nb, options, text), given, options.record, folder)
    if not options.record or status ~= 0 or nb.ipynb then return status end
    local good, why = notebook.record(nb, records, text)
    return good and 0 or complain("the outputs are not recorded: " .. why)
end

return function(options)
    local path = options.open or options.run or options.check or options.watch or options[1]
    if not path then
        complain("--export needs a notebook", "lunette --export html digits.lua")
        return 2
    end
    local nb, problem = load(path)
    if not nb then return problem end
    if options.seed then nb.settings.seed = math.tointeger(options.seed) end
    if options.run then return run_notebook(nb, options) end
    if options.check then
        local status = check_notebook(nb, options)
        if options.export and status == 0 then return export(nb, options.export) end
        return status
    end
    if options.watch then return require "lunette.notebook.watch"(nb, arguments(options)) end
    if options.open then return require "lunette.notebook.session".open(nb, arguments(options)) end
    return export(nb, options.export)
end
