-- lessons.lua - every lesson with right answers, with wrong ones (which must be told why), and to the end. SPDX-License-Identifier: MIT
local tap = dofile((os.getenv "LUNETTE_TEST_ROOT" or ".") .. "/t/tap.lua")
local lun = require "lunette"

-- cells run as the shell runs them: an expression's value is the cell's value
local session = setmetatable({lun = lun}, {__index = function(_, key)
    if key == "plot" or key == "nn" or key == "data" or key == "optim" then return require("lunette." .. key) end
    return _G[key]
end})
lun.session = session

local printed = {}
local real = io.stdout
io.stdout = setmetatable({write = function(_, ...)
    for _, piece in ipairs {...} do printed[#printed + 1] = piece end
    return io.stdout
end}, {__index = function(_, key) return function(_, ...) return real[key](real, ...) end end})

local folder = os.tmpname()
os.remove(folder)
local getenv = os.getenv
os.getenv = function(name) return name == "XDG_STATE_HOME" and folder or getenv(name) end

local tutor = require "lunette.tutor"
local record = require "lunette.tutor.progress"

local function cell(text)
    local chunk = load("return " .. text, "=cell", "t", session) or assert(load(text, "=cell", "t", session))
    local ok, value = pcall(chunk)
    return tutor.after_cell {text = text, good = ok, value = ok and value or nil}
end

local function without_plots(text) return (text:gsub("plot%.curve%b()", "")) end

for number, name in ipairs(tutor.lessons) do
    local lesson = tutor.load(number)
    tutor.start(name)
    for index, step in ipairs(lesson.steps) do
        local _, at = tutor.where()
        tap.is(at, index, ("%s: step %d is open"):format(name, index))
        tap.ok(#step.hints >= 1, step.id .. " has hints")
        tap.ok(select(2, step.text:gsub("\n", "")) < 12, step.id .. " fits in 12 lines")
        for _, wrong in ipairs(step.wrong) do
            tutor.commands.step()
            for key in pairs(session) do
                if key ~= "lun" and not (step.setup) then rawset(session, key, nil) end
            end
            local verdict, why = cell(wrong[1])
            tap.is(verdict, "wrong", ("%s.%s refuses %s"):format(name, step.id, wrong[1]))
            tap.ok(why and why:find(wrong[2], 1, true), ("and says '%s': %s"):format(wrong[2], tostring(why)))
        end
        tutor.commands.step()
        if not step.setup then
            for key in pairs(session) do
                if key ~= "lun" then rawset(session, key, nil) end
            end
        end
        local verdict
        for line in (step.id == "function" or step.id == "descent") and step.solution:gmatch ".+" or without_plots(step.solution):gmatch "[^\n]+" do
            verdict = cell(line) or verdict
            if verdict == "passed" then break end
        end
        tap.is(verdict, "passed", ("%s.%s accepts its solution"):format(name, step.id))
        tap.is(record.status(name .. "." .. step.id), "passed", "and keeps it")
    end
    tap.is(tutor.where(), nil, name .. " ends")
end

record.reload()
tap.is(record.status "autograd.descent", "passed", "progress survives a restart")
tutor.start(1)
tutor.commands.hint()
tap.ok(table.concat(printed):find "hint 1 of", "a hint is shown")
tutor.commands.skip()
tap.is(select(2, tutor.where()), 2, "skip goes on")
tutor.commands.back()
tap.is(select(2, tutor.where()), 1, "back goes back")
tap.is(cell "'just playing'", nil, "free play is not marked")
tutor.commands.leave()
tap.is(tutor.where(), nil, "leave leaves")
tap.fails(function() tutor.start "no such lesson" end, nil, "no lesson")
os.execute("rm -rf '" .. folder .. "'")
tap.done()
