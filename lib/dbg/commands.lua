-- commands.lua - the table of the debugger's commands, and what a typed line is
--
-- A row is names, help, run(event, rest) -> action, and whether a blank line repeats it. A line is a command only if its first word is one
-- and is not followed by = or , nor (without a blank) by . [ ( : ; with a colon in front it always is.
-- Holds: a command raises a plain text for a wrong argument; the prompt shows it and asks again.
-- Read next: lib/dbg/breaks.lua, run.lua, inspect.lua, change.lua (the rows). SPDX-License-Identifier: MIT
local look = require "lunette.dbg.look"
local say, evaluate = look.say, look.evaluate

local commands = {words = {}}
local rows, groups = {}, {}
local last_line                  -- what a blank line repeats
local collecting                 -- `commands N`: the lines up to `end` go there

--- Adds rows: group("go on", {{"c continue", "c [N]: ...", function(ev, rest) end, again = true}, ...}).
function commands.group(title, list)
    local same = groups[title]
    if not same then
        same = {title, {}}
        groups[title], groups[#groups + 1] = same, same
    end
    table.move(list, 1, #list, #same[2] + 1, same[2])
    for _, row in ipairs(list) do
        for name in row[1]:gmatch "%S+" do
            rows[name] = row
            commands.words[#commands.words + 1] = name
        end
    end
    table.sort(commands.words)
end

--- A whole number above 0; 1 for nothing.
function commands.count_of(rest)
    if rest == "" then return 1 end
    local n = math.tointeger(rest)
    if not n or n < 1 then error(("expected a number above 0, got '%s'"):format(rest), 0) end
    return n
end

--- The lines that follow, up to `end`, go to `done(lines)`; nil: no longer.
function commands.collect(done) collecting = done and {done = done} end

local function collect(line)
    if not line:match "^%s*end%s*$" then
        collecting[#collecting + 1] = line
        return
    end
    local list = collecting
    collecting = nil
    list.done(list)
end

-- Which command a line is: row, rest, name; nil when it is Lua.
local function parse(ev, line, from_script)
    local forced, text = line:match "^%s*(:?)(.*)$"
    local name, next_one, rest = text:match "^([%a_][%w_]*)()%s*(.-)%s*$"
    if not name or not rows[name] then return nil, forced == ":" and text or nil end
    if forced == ":" then return rows[name], rest end
    if rest:find "^[=,]" or text:find("^[.%[(:]", next_one) then return nil end
    if from_script then return rows[name], rest end
    if ev.taken[name] ~= nil and rest == "" then return nil end -- a live local is shown; :name is the command
    return rows[name], rest
end

--- One typed line; see lua_bindings/prompt.h for what the result means.
function commands.on_line(ev, line, from_script)
    if collecting then
        collect(line)
        return true
    end
    if line:match "^%s*$" then
        if not last_line then return true end
        line = last_line
    end
    if line:match "^%s*%-%-" then return true end
    local expression = line:match "^%s*=(.+)$"
    if expression then line = "p " .. expression end
    local row, rest = parse(ev, line, from_script or expression)
    if not row then
        if rest then error(("no debugger command '%s'; help lists them"):format(rest:match "^%S*"), 0) end
        if line:match "^%s*%$" then row, rest = rows.p, line end -- $gradnorm
    end
    if not row then return false end
    last_line = row.again and line or last_line
    return row[3](ev, rest) or true
end

--- One line of a breakpoint's own commands, or of a file: a command, or Lua whose values are shown. Returns an action or nil.
function commands.run_line(ev, line)
    local result = commands.on_line(ev, line, true)
    if result == true then return nil end
    if result then return result end
    local chunk = load("return " .. line, "=(commands)", "t", ev.env) or load(line, "=(commands)", "t", ev.env)
    if not chunk then error(("cannot read '%s'"):format(line), 0) end
    local values = table.pack(chunk())
    for i = 1, values.n do say("%s", tostring(values[i])) end
end

--- The rows as help: all titles and first words, or one command.
function commands.help(rest)
    if rest ~= "" then
        local row = rows[rest]
        if not row then error(("no command '%s'"):format(rest), 0) end
        return say("%s", row[2])
    end
    for _, group in ipairs(groups) do
        local names = {}
        for _, row in ipairs(group[2]) do names[#names + 1] = row[1]:match "%S+" end
        say("%-15s %s", group[1], table.concat(names, " "))
    end
    say("help NAME says more. Anything else is Lua, with in1, in2, out and the frame's locals in hand; =EXPR shows a value;")
    say("$name is a value of the debugger ($step $seq $phase $hits $gradnorm ...); a blank line repeats the last step.")
end

--- All rows in groups, for documents and tests: {{title, {row, ...}}, ...}.
function commands.groups() return groups end

--- Evaluates an expression at a stop; $name means the debugger's value.
commands.evaluate = evaluate

return commands
