-- look.lua - after an error, and on the way to one: %explain %pm %break %watch %nan, and %plot %lesson %hint
--
-- Thin: what they do is the catalogue's, the debugger's, plot's and the tutor's. Read next: lib/magics.lua, lib/errors.lua, lib/dbg.lua.
-- SPDX-License-Identifier: MIT
local shell = require "lunette.shell"
local magics = require "lunette.magics"
local add, complain = magics.add, magics.complain

add("explain", "[CODE or all]", "what an error means and what helps; alone: the last error", function(text)
    local errors = require "lunette.errors"
    local last, code = shell.last_error(), text
    if text == "all" then return print(errors.list()) end
    if text == "" and not last then return complain("there was no error yet", "%explain all lists the codes") end
    if text == "" then code = last.code ~= "" and last.code or errors.code_of(last.message) end
    local page = errors.page(code, 100)
    if not page then return complain(("there is no code '%s'"):format(text), "%explain all lists them") end
    print(page)
end)

add("pm", "", "walk through the frames of the last error: bt, up, down, i locals, any Lua in the frame; q leaves", function()
    require "lunette.dbg".pm()
end)

local stops_at_errors = false

-- Lua's own errors are looked at when they have happened; the core's stop before they leave the op, by `catch error`.
local function after_cell(cell)
    local last = shell.last_error()
    if stops_at_errors and not cell.good and last and last.code == "" then require "lunette.dbg".pm() end
end

local function stop_at_errors()
    local dbg = require "lunette.dbg"
    dbg.catch "error"
    if not stops_at_errors then shell.on_cell(after_cell) end
    stops_at_errors = true
    print "the next error stops where it happens; %break off ends that"
end

add("break", "[error or EVENT or PLACE [if COND] or off]", "stop there: at the next error, an event (nonfinite ...), op:relu, mod:net.1, FILE:LINE",
    function(text)
        local dbg = require "lunette.dbg"
        if text == "error" then return stop_at_errors() end
        if text == "off" then
            stops_at_errors = false
            return dbg.off()
        end
        if text == "" then
            local list = dbg.list()
            for _, b in ipairs(list) do print(("  bp%d %s"):format(b.id, b.location)) end
            return #list == 0 and print "no breakpoints" or nil
        end
        local place, condition = text:match "^(.-)%s+if%s+(.+)$"
        local options = condition and {cond = condition} or nil
        local event, handle = pcall(dbg.catch, place or text, options)
        if not event then handle = dbg.bp(place or text, options) end
        print(("  bp%d %s"):format(handle.id, handle.location))
    end)

add("watch", "NAME", "stop where this tensor is written to", function(text)
    local good, value = magics.value(text)
    if text == "" or not good then return complain(text == "" and "%watch needs a tensor" or value, "%watch w") end
    require "lunette.dbg".watch(value)
end)

add("nan", "", "stop at the op that makes the first NaN or infinity", function()
    require "lunette.dbg".catch "nonfinite"
    print "the op that makes the first NaN or infinity stops; %break off ends that"
end)

add("plot", "CODE", "a chart of a vector, a table of numbers or a history, here in the terminal", function(text)
    local good, value = magics.value(text)
    if text == "" or not good then return complain(text == "" and "%plot needs something to draw" or value, "%plot losses") end
    require "lunette.plot".curve(value)
end)

add("lesson", "[NAME]", "begin or go on with a lesson", function(text)
    require "lunette.tutor".commands.lesson(text)
end)

add("hint", "", "the next hint of the lesson", function()
    require "lunette.tutor".commands.hint()
end)
