-- lesson.lua - lunette --check on a lesson of the course: its solutions pass, its wrong answers are told why, in TAP
--
-- A lesson (tutorials/) is a table of steps; what a learner would type runs here as cells do. Holds: each answer begins with
-- what the step sets up and nothing else, so an answer that only works after another one fails. Read next: lib/tutor.lua,
-- lib/notebook/check.lua. SPDX-License-Identifier: MIT
local answers = require "lunette.tutor.check"
local run = require "lunette.notebook.run"
local shell = require "lunette.shell"

local lesson = {}

--- Is this notebook one? Told by its text alone; nothing runs.
function lesson.is(nb)
    local cell = nb.cells[1]
    return #nb.cells == 1 and cell.kind == "code" and cell.text:find "%f[%w]return {" ~= nil and cell.text:find "steps = {" ~= nil
end

-- The session as the step begins.
local function prepare(step)
    for name in next, _G do
        if type(name) == "string" and not shell.standard(name) then rawset(_G, name, nil) end
    end
    if step.setup then step.setup(_G) end
end

-- What the step says to an answer: true, a text, or nil.
local function verdict(step, text, how)
    prepare(step)
    local record = run.cell({text = text, attributes = {}}, how)
    local value = record.status == "good" and rawget(shell.list "Out", shell.number()) or nil
    local cell = {text = text, good = record.status == "good"}
    local good, said = pcall(step.check, {cell = cell, value = value, env = _G, check = answers})
    if not good then return "the check itself failed: " .. tostring(said) end
    return said
end

local function one_line(text) return (text:gsub("%s*\n%s*", "; "):gsub("#", "")) end

--- Checks a lesson; the exit status.
function lesson.check(nb)
    local how, number, status = run.open(nb), 0, 0
    local f, problem = load(nb.text, "@" .. nb.path, "t")
    local good, found = pcall(f or error, problem)
    if not good or type(found) ~= "table" or type(found.steps) ~= "table" then
        print("1..1\nnot ok 1 - the lesson\n# " .. tostring(found):gsub("\n", "\n# "))
        return 1
    end
    local function tell(held, name, why)
        number = number + 1
        print(("%s %d - %s"):format(held and "ok" or "not ok", number, name))
        if not held then
            print("# " .. why:gsub("\n", "\n# "))
            status = 1
        end
    end
    for _, step in ipairs(found.steps) do
        local said = verdict(step, step.solution, how)
        tell(said == true, step.id .. ": its solution passes", "it says: " .. tostring(said))
        for _, wrong in ipairs(step.wrong or {}) do
            said = verdict(step, wrong[1], how)
            local told = type(said) == "string" and said:find(wrong[2], 1, true) ~= nil
            local name = ("%s: '%s' is told '%s'"):format(step.id, one_line(wrong[1]), one_line(wrong[2]))
            tell(told, name, "it says: " .. tostring(said))
        end
    end
    print("1.." .. number)
    return status
end

return lesson
