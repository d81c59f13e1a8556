-- describe.lua - what ?dbg and ?dbg.bp say
--
-- Holds: a row for each function that users call; t/debugger/stories.lua compares them with the table. Read next: lib/dbg.lua, lib/help.lua.
-- SPDX-License-Identifier: MIT
local rows = {
    {"bp", "(place, {cond, once, run}?)", "Stops there: dbg.bp(\"op:relu\"), \"mod:net.fc2\", \"train.lua:41\"; cond = \"absmax(out) > 100\"."},
    {"catch", "(event, {cond, once, run}?)", "Stops where something happens: dbg.catch(\"nonfinite\"), the birth of the first NaN or infinity."},
    {"watch", "(tensor or \"name:fc.weight\")", "Stops before any write to a tensor's memory."},
    {"stop", "(condition?)", "Stops at this line of your program."},
    {"diagnose", "(on = true)", "Looks for the usual faults of training from now on, and says each once."},
    {"pm", "()", "Looks at the frames of the last error (%pm)."},
    {"travel", "(on = true)", "Lets one go back at stops of what runs from now on: rsi, rc, goto, fork."},
    {"replayable", "(f, ...)", "Calls f as a call that stops inside can go back in."},
    {"record", "(name or nil)", "Records what runs from now on under that name, until nil."},
    {"diff", "(a, b, {rtol}?)", "Says where two recorded runs part."},
    {"save_run", "(name, path)", "Writes a recorded run to a file, which dbg.diff takes."},
    {"list", "()", "The breakpoints as a table."},
    {"remove", "(number)", "Removes one."},
    {"off", "()", "Removes all, ends steps, recording and travelling."},
    {"script", "(path)", "Takes the commands at the stops to come from a file."},
}

-- The text for "dbg" (a list) or "dbg.bp"; nil when there is no such function.
local function describe(name)
    local lines = {"dbg: the debugger. Say where to stop, run, and at the stop type `help`: what is typed there are commands (c goes on, q gives up)",
                   "or Lua, with the op's in1, in2, out and your locals in hand."}
    for _, row in ipairs(rows) do
        if name == "dbg." .. row[1] then return ("dbg.%s%s\n%s"):format(row[1], row[2], row[3]) end
        lines[#lines + 1] = ("  %-12s %s"):format(row[1], row[3])
    end
    if name ~= "dbg" then return nil end
    for _, group in ipairs(require "lunette.dbg".commands()) do
        local names = {}
        for _, row in ipairs(group[2]) do names[#names + 1] = row[1]:match "%S+" end
        lines[#lines + 1] = ("  at a stop, %-15s %s"):format(group[1] .. ":", table.concat(names, " "))
    end
    return table.concat(lines, "\n")
end

return describe
