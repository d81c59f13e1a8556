-- tutor.lua - the course: shows a step, waits for what the learner types, checks it by behaviour
--
-- A lesson is a table of steps (see tutorials/). After each cell the step's check looks at what the session now holds: true passes
-- it, a text says what is wrong with an attempt, nil means the learner was just playing. Nothing is ever compared as text.
-- Holds: each step sets up what it needs, so earlier damage cannot matter; a broken check never ends the session.
-- Read next: lib/tutor/check.lua, lib/tutor/progress.lua, tutorials/first_minute.lua. SPDX-License-Identifier: MIT
local lun = require "lunette"
local check = require "lunette.tutor.check"
local record = require "lunette.tutor.progress"
local tutor = {}

tutor.lessons = {"first_minute", "tensors", "autograd"}

local now -- the open lesson: {lesson, index, hints, tries}

local function say(format, ...) io.stdout:write(select("#", ...) > 0 and format:format(...) or format, "\n") end

local function session() return lun.session or _G end

--- A lesson by number or name, with its checks bound; raises when there is none.
function tutor.load(which)
    local index = math.tointeger(which)
    local name = index and tutor.lessons[index] or which
    for i, known in ipairs(tutor.lessons) do
        if known == name then
            local lesson = require("lunette.tutorials." .. name)
            lesson.name, lesson.number = name, i
            return lesson
        end
    end
    error(("there is no lesson '%s'; there are: %s"):format(tostring(which), table.concat(tutor.lessons, ", ")), 0)
end

local function step_id(lesson, index) return ("%s.%s"):format(lesson.name, lesson.steps[index].id) end

local function show_step()
    local lesson, step = now.lesson, now.lesson.steps[now.index]
    if step.setup then step.setup(session()) end
    say("")
    say("--- %s, step %d of %d: %s", lesson.title, now.index, #lesson.steps, step.title)
    say((step.text:gsub("%s+$", "")))
    say("    (%hint  %solution  %skip  %back  %lessons  %leave)")
end

local function finish_lesson()
    local lesson = now.lesson
    local counts = record.summary(lesson)
    say("")
    say("End of \"%s\": %d passed, %d with hints, %d shown, %d skipped.", lesson.title, counts.passed, counts.hinted, counts.shown,
        counts.skipped)
    local following = tutor.lessons[lesson.number + 1]
    if following then say("Next: %%lesson %d", lesson.number + 1)
    else say "That was the last lesson. Type ? for help, or train something: data.iris()" end
    now = nil
end

local function go_to(index)
    now.index, now.hints, now.tries = index, 0, 0
    if index > #now.lesson.steps then finish_lesson() else show_step() end
end

local function first_open(lesson)
    for i = 1, #lesson.steps do
        if not record.status(step_id(lesson, i)) then return i end
    end
    return 1
end

--- Opens a lesson (a number or name; without one the menu) where the learner left it.
function tutor.start(which)
    if which == nil then return tutor.menu() end
    local lesson = tutor.load(which)
    now = {lesson = lesson}
    go_to(first_open(lesson))
end

--- Prints the lessons and how far the learner is.
function tutor.menu()
    say("Lessons:")
    for i, name in ipairs(tutor.lessons) do
        local lesson = tutor.load(name)
        local counts = record.summary(lesson)
        local done = counts.passed + counts.hinted + counts.shown + counts.skipped
        local skipped = counts.skipped > 0 and (", %d skipped"):format(counts.skipped) or ""
        say("  %d  %-28s %d of %d steps%s", i, lesson.title, done, #lesson.steps, skipped)
    end
    say("%lesson N opens one; everything you type is a normal session.")
end

local function settle(status)
    local note = record.set(step_id(now.lesson, now.index), status)
    if note and not now.noted then
        now.noted = true
        say("(progress is not kept: %s)", note)
    end
end

--- Looks at the session after a cell: {text, good, value}. Returns "passed", "wrong", or nil for free play.
function tutor.after_cell(cell)
    if not now or cell.text:match "^%s*%%" then return nil end
    local step = now.lesson.steps[now.index]
    local ok, verdict = pcall(step.check, {cell = cell, value = cell.value, env = session(), check = check})
    if not ok then
        say("(the check of this step failed: %s; %%skip goes on)", tostring(verdict))
        return nil
    end
    if verdict == true then
        say("  right.%s", step.praise and " " .. step.praise or "")
        settle(now.shown and "shown" or now.hints > 0 and "hinted" or "passed")
        now.shown = nil
        go_to(now.index + 1)
        return "passed"
    elseif type(verdict) == "string" then
        now.tries = now.tries + 1
        say("  not yet: %s", verdict)
        if now.tries == 2 and now.hints == 0 then say("  (%hint helps)") end
        return "wrong", verdict
    end
end

local function in_lesson()
    if now then return true end
    say("no lesson is open; %lesson 1 opens the first")
    return false
end

--- The commands of an open lesson; the shell offers each as a magic.
local commands = {}
function commands.hint()
    if not in_lesson() then return end
    local hints = now.lesson.steps[now.index].hints
    now.hints = math.min(now.hints + 1, #hints)
    say("  hint %d of %d: %s", now.hints, #hints, hints[now.hints])
end
function commands.solution()
    if not in_lesson() then return end
    now.shown = true
    say("  one way:")
    for line in now.lesson.steps[now.index].solution:gmatch "[^\n]+" do say("    %s", line) end
    say("  (type it to go on)")
end
function commands.skip()
    if not in_lesson() then return end
    settle "skipped"
    go_to(now.index + 1)
end
function commands.back()
    if not in_lesson() then return end
    go_to(math.max(1, now.index - 1))
end
function commands.step() if in_lesson() then show_step() end end
function commands.lessons() tutor.menu() end
function commands.lesson(which) tutor.start(which ~= "" and which or nil) end
function commands.leave()
    if not in_lesson() then return end
    say("left at step %d of \"%s\"; %%lesson %d comes back here", now.index, now.lesson.title, now.lesson.number)
    now = nil
end
tutor.commands = commands

--- The open lesson's name and step number, or nil.
function tutor.where()
    if now then return now.lesson.name, now.index end
end

local help = {hint = "a hint for this step", solution = "one solution of this step", skip = "go on without solving this step",
              back = "the step before", step = "show this step again", lessons = "the list of lessons",
              lesson = "%lesson N: open a lesson", leave = "leave the lesson"}

local has_shell, shell = pcall(require, "lunette.shell")
if has_shell then
    for name, run in pairs(commands) do shell.magic(name, run, help[name]) end
    shell.on_cell(tutor.after_cell)
end

return tutor
