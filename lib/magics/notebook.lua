-- notebook.lua - notebooks in the shell: %notebook %cells %cell %check %export
--
-- Read next: lib/notebook/session.lua, lib/magics.lua. SPDX-License-Identifier: MIT
local shell = require "lunette.shell"
local magics = require "lunette.magics"
local add, complain = magics.add, magics.complain

-- Loaded at the first use: it needs the library.
local function session() return require "lunette.notebook.session" end

add("notebook", "FILE", "open a notebook: its cells can be listed, run, edited; nothing runs yet", function(path)
    if path == "" then return complain("%notebook needs a file", "%notebook digits.lua") end
    local nb, why = require "lunette.notebook".load(path)
    if not nb then return complain(why, "%save digits.lua makes a notebook of what you typed") end
    for _, problem in ipairs(nb.problems) do print("note: " .. problem) end
    session().open(nb)
end)

add("cells", "", "the cells of the open notebook, and which of them ran, changed or are stale", function()
    if session().is_open() then session().list() end
end)

local verbs = {}

-- Places of the words; complains when there are none.
local function places(text, what)
    local list, why = session().places(text)
    if not list then return complain(why, "%cells lists them") end
    if #list == 0 then
        print(text == "" and what or "there is no such cell left")
        return nil
    end
    return list
end

function verbs.show(text)
    for _, i in ipairs(places(text, "%cell show needs a cell: %cell show 3") or {}) do session().show(i) end
end

-- Texts of cells that were typed: those of these numbers, or the last one that is Lua.
local function typed(text)
    local inputs, last = shell.list "In", shell.number() - 1
    if text ~= "" then
        local numbers, why = magics.numbers(text, last)
        if not numbers then return complain(why, "%cell add 3-5") end
        local texts = {}
        for i, n in ipairs(numbers) do texts[i] = inputs[n] end
        return texts
    end
    for n = last, 1, -1 do
        if inputs[n] and not session().ours[n] and not inputs[n]:find "^%s*[%%?!$]" then return {inputs[n]} end
    end
    return complain("nothing was typed yet", "type a cell, then %cell add")
end

function verbs.add(text)
    local texts = typed(text)
    if texts and session().add(texts, session().count()) then print(("%d cells now"):format(session().count())) end
end

function verbs.text(text)
    if text == "" then return complain("%cell text needs the text", "%cell text # Results") end
    if session().add({text}, session().count(), "markdown") then print(("%d cells now"):format(session().count())) end
end

function verbs.put(text)
    local which, numbers = text:match "^(%S+)%s*(.*)$"
    local list = places(which or "", "%cell put needs a cell: %cell put 3 makes it what you typed last")
    local texts = list and typed(numbers)
    if texts then session().put(list[1], table.concat(texts, "\n")) end
end

function verbs.edit(text)
    local list = places(text, "%cell edit needs a cell: %cell edit 3")
    if not list then return end
    local changed = magics.edited(session().text(list[1]))
    if changed and changed ~= session().text(list[1]) and session().put(list[1], changed) then
        print(("changed; %%cell %d runs it"):format(list[1]))
    end
end

function verbs.delete(text)
    local list = places(text, "%cell delete needs cells: %cell delete 3")
    if list and session().delete(list) then print(("%d cells now"):format(session().count())) end
end

function verbs.move(text)
    local from, to = text:match "^(%S+)%s+(%S+)$"
    local list = places(from and from .. " " .. to or "", "%cell move needs two places: %cell move 5 2")
    if list and #list == 2 then session().move(list[1], list[2]) end
end

add("cell", "N, NAME, 2-5, next, stale or all; or add, put, edit, text, show, delete, move",
    "run cells of the open notebook, or change them", function(text)
        if not session().is_open() then return end
        local verb, rest = text:match "^(%S*)%s*(.*)$"
        if verbs[verb] then return verbs[verb](rest) end
        local list = places(text, "%cell needs to know which: %cell 3, %cell next, %cell all")
        if list then session().run(list) end
    end)

-- The program that runs, for a run of its own that starts clean.
local function program()
    local pipe = io.popen "readlink /proc/$PPID/exe"
    local path = pipe and pipe:read "l"
    if pipe then pipe:close() end
    return path
end

local function quoted(text) return "'" .. text:gsub("'", "'\\''") .. "'" end

-- The file that is meant: the one named, or the open notebook.
local function file_of(text, example)
    if text ~= "" then return text end
    local path = session().path()
    if not path then complain("no notebook is open", example) end
    return path
end

add("check", "[FILE]", "run a notebook in a program of its own and compare with what was recorded", function(text)
    local path, self = file_of(text, "%check digits.lua"), program()
    if not path then return end
    if not self then return complain("this system does not say which program runs", "lunette --check " .. path) end
    io.stdout:flush()
    os.execute(("%s --check %s"):format(quoted(self), quoted(path)))
end)

add("export", "[FILE] OUT", "write a notebook as html, md, ipynb or lua: %export html", function(text)
    local first, second = text:match "^(%S+)%s*(.*)$"
    if not first then return complain("%export needs a form or a file", "%export html, %export digits.lua digits.html") end
    local path, to = second ~= "" and first or session().path(), second ~= "" and second or first
    if not path then return complain("no notebook is open", "%export digits.lua html") end
    local notebook = require "lunette.notebook"
    local nb, why = notebook.load(path)
    local written
    if nb then written, why = notebook.export(nb, to) end
    if not written then return complain(why) end
    print("wrote " .. written)
end)
