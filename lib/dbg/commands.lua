-- commands.lua - the debugger's commands: one row each, name -> help and function(event, rest) -> action
--
-- A line is a command only if its first word is one and is not followed by = . [ ( : , ; with a colon in front it always is.
-- Holds: a command raises a plain text for a wrong argument; the prompt shows it and asks again. `dbg` gives the breakpoints,
-- `steps` what the module watcher should stop at. Read next: lib/dbg/look.lua. SPDX-License-Identifier: MIT
local lun = require "lunette"
local core = require "lunette.dbg_core"
local Module = require "lunette.nn.module"
local frames = require "lunette.dbg.frames"
local look = require "lunette.dbg.look"
local say, first_line, environment, write_back, evaluate = look.say, look.first_line, look.environment, look.write_back, look.evaluate

local dbg                                  -- set by lib/dbg.lua
local steps = {enter = 0}                  -- module stepping: stop at the n-th next call; `exit_depth`: at that frame's end
local last_line                            -- what a blank line repeats

local commands, order = {}, {}
local function command(names, help, run)
    for name in names:gmatch "%S+" do commands[name] = {names = names, help = help, run = run} end
    order[#order + 1] = {names, help}
end

local function count_of(rest)
    if rest == "" then return 1 end
    local n = math.tointeger(rest)
    if not n or n < 1 then error(("expected a number above 0, got '%s'"):format(rest), 0) end
    return n
end

local function set_breakpoint(rest, options)
    local location, condition = rest:match "^(.-)%s+if%s+(.+)$"
    return dbg.bp(location or rest, {cond = condition, once = options and options.once})
end

command("c continue", "c [N]: go on; pass N-1 more hits of this breakpoint", function(ev, rest)
    local n = count_of(rest)
    if n > 1 and ev.breakpoint then core.set(ev.breakpoint, "ignore", n - 1) end
    return "go"
end)
command("si ni", "si [N]: run this op, stop before the next (or the N-th)", function(ev, rest)
    core.step("op", count_of(rest))
    return "go"
end)
command("sm nm", "sm [N]: go on to the next module call (or the N-th)", function(_, rest)
    steps.enter = count_of(rest)
    dbg.watch_modules()
    return "go"
end)
command("finish", "finish: run this op (or this module call) to its end and stop there with its result", function(ev)
    if ev.op and ev.kind == "before" then
        core.step("finish")
        return "go"
    end
    if Module.stack.depth == 0 then error("no module call is running", 0) end
    steps.exit_depth = Module.stack.depth
    if ev.kind == "mod-exit" then steps.exit_depth = Module.stack.depth - 1 end
    dbg.watch_modules()
    return "go"
end)
command("b break", "b LOC [if COND]: stop at op:GLOB[#k], mod:GLOB[#k][/exit], bwd op:GLOB", function(_, rest)
    local b = set_breakpoint(rest)
    say("bp%d %s%s", b.id, b.location, b.matches and (" (%d ops match)"):format(b.matches) or "")
end)
command("tb tbreak", "tb LOC [if COND]: the same, once", function(_, rest)
    say("bp%d %s, once", set_breakpoint(rest, {once = true}).id, rest)
end)
command("catch", "catch nonfinite [if COND]: stop where the first NaN or infinity is born", function(_, rest)
    local event, condition = rest:match "^(%S+)%s+if%s+(.+)$"
    say("bp%d catch %s", dbg.catch(event or rest, {cond = condition}).id, event or rest)
end)
local function numbered(change)
    return function(_, rest)
        local id = math.tointeger(rest)
        if not id or not change(id) then error(("there is no breakpoint %s; `i b` lists them"):format(rest), 0) end
    end
end
command("d delete", "d N: remove a breakpoint", numbered(function(id) return dbg.remove(id) end))
command("enable", "enable N", numbered(function(id) return core.set(id, "enabled", true) end))
command("disable", "disable N", numbered(function(id) return core.set(id, "enabled", false) end))

command("bt where", "bt: the stack, Lua functions and module calls", function(ev)
    for i, frame in ipairs(ev.frames) do
        say("%s%d  %s:%d  in %s", i == ev.selected and "> " or "  ", i, frame.source, frame.line, frame.name)
    end
    for depth = Module.stack.depth, 1, -1 do
        local frame = Module.frames[depth]
        say("   mod  %s#%d  %s", frame.path, frame.call, frame.module.__name)
    end
end)
local function choose(ev, index)
    if not ev.frames[index] then error(("there is no frame %d; `bt` shows 1..%d"):format(index, #ev.frames), 0) end
    write_back(ev)
    ev.selected = index
    for key in pairs(ev.env) do rawset(ev.env, key, nil) end
    for key, value in pairs(environment(ev)) do rawset(ev.env, key, value) end
    local frame = ev.frames[index]
    say("frame %d  %s:%d  in %s", index, frame.source, frame.line, frame.name)
end
command("up", "up: the caller's frame", function(ev, rest) choose(ev, ev.selected + count_of(rest)) end)
command("down", "down: back towards the stop", function(ev, rest) choose(ev, ev.selected - count_of(rest)) end)
command("f frame", "f N: frame N of bt", function(ev, rest) choose(ev, count_of(rest)) end)

command("a in", "in: the inputs", function(ev)
    for i = 1, ev.inputs.n or #ev.inputs do
        local name = ev.names and ev.names[i] and "(" .. ev.names[i] .. ") " or ""
        if ev.inputs[i] ~= nil then say("in%d %s= %s", i, name, tostring(ev.inputs[i])) end
    end
end)
command("out", "out: the result", function(ev)
    if not ev.outputs[1] and not ev.last_out then error("there is no result yet; `finish` runs the op", 0) end
    say("%s", tostring(ev.outputs[1] or ev.last_out))
end)

local information = {}
function information.b()
    local list = core.list()
    if #list == 0 then say("no breakpoints; b op:relu sets one") end
    for _, b in ipairs(list) do
        local condition = dbg.condition_text(b.id)
        local ignores = b.ignore > 0 and (", ignores %d"):format(b.ignore) or ""
        say("bp%d %-3s %-24s hits %d%s%s", b.id, b.enabled and "on" or "off", b.location, b.hits, ignores,
            condition and "  if " .. condition or "")
    end
end
function information.locals(ev)
    local names = {}
    for name in pairs(frames.locals(ev.thread, ev.frames[ev.selected])) do names[#names + 1] = name end
    table.sort(names)
    for _, name in ipairs(names) do say("%s = %s", name, first_line(ev.env[name])) end
    if #names == 0 then say("no locals in this frame") end
end
function information.params(ev)
    local frame = ev.frame or Module.frames[Module.stack.depth]
    if not frame or Module.stack.depth == 0 and not ev.frame then error("no module call is running", 0) end
    for _, pair in ipairs(frame.module:named_parameters()) do say("%s.%s  %s", frame.path, pair[1], first_line(pair[2])) end
end
command("i info", "i b | i locals | i params", function(ev, rest)
    local show = information[rest] or rest:match "^b" and information.b
    if not show then error("i b, i locals or i params", 0) end
    show(ev)
end)

command("p print", "p EXPR: evaluate and show", function(ev, rest)
    local values = table.pack(evaluate(ev, rest))
    for i = 1, values.n do say("%s", tostring(values[i])) end
end)

local function checked_result(ev, value)
    local old = ev.outputs[1]
    if not lun.is_tensor(value) then error("a result must be a tensor, got " .. type(value), 0) end
    if old and (table.concat(old.shape, ",") ~= table.concat(value.shape, ",") or old.dtype ~= value.dtype) then
        error(("the result is %s[%s], the new value %s[%s]"):format(old.dtype, table.concat(old.shape, ","), value.dtype,
              table.concat(value.shape, ",")), 0)
    end
    return value
end

-- A stop on a GPU comes after the op.
local function must_be_now(ev)
    if ev.late then error("that op is long done, so nothing of it can be changed; set gpu-sync on, and the next run stops there", 0) end
end

local function gpu_sync(word)
    if word ~= "on" and word ~= "off" then error("set gpu-sync on, or set gpu-sync off", 0) end
    lun.cuda.blocking(word == "on")
    say(word == "on" and "each op on a GPU is waited for (slow): stops come at the op itself" or "ops on a GPU are not waited for")
end

command("set", "set in1 = EXPR: this op sees the new value; set out = EXPR: replace the result (for the gradient a constant); set gpu-sync on|off",
        function(ev, rest)
    local sync = rest:match "^gpu%-sync%s*(.*)$"
    if sync then return gpu_sync(sync) end
    local name, text = rest:match "^([%a_][%w_]*)%s*=%s*(.+)$"
    if not name then error("set in1 = EXPR, or set out = EXPR", 0) end
    local value = evaluate(ev, text)
    local index = math.tointeger(name:match "^in(%d+)$")
    if index or name == "out" then must_be_now(ev) end
    if index then
        if index < 1 or index > (ev.inputs.n or #ev.inputs) then error(("there is no %s here"):format(name), 0) end
        if not lun.is_tensor(value) then error(("%s must be a tensor, got %s"):format(name, type(value)), 0) end
        ev.new_inputs[index], ev.inputs[index] = value, value
        if ev.kind == "after" then ev.retry = true end
    elseif name == "out" then
        ev.new_outputs[1], ev.outputs[1] = checked_result(ev, value), value
        if ev.kind == "before" or ev.kind == "mod-enter" then ev.skip = true end
    else
        rawset(ev.env, name, value)
    end
    if index or name == "out" then rawset(ev.env, name, value) end
    say("%s = %s", name, first_line(value))
end)
command("skip", "skip [EXPR]: do not run this op or module; use EXPR (default: its first input)", function(ev, rest)
    must_be_now(ev)
    if ev.kind ~= "before" and ev.kind ~= "mod-enter" then error("it has already run; set out = EXPR replaces its result", 0) end
    local value = rest ~= "" and evaluate(ev, rest) or ev.inputs[1]
    ev.new_outputs[1], ev.skip = checked_result(ev, value), true
    say("skipped; its result is %s%s", first_line(value), rest == "" and " (in1)" or "")
    return "go"
end)
command("retry", "retry: run the op again (after set in1 = ...)", function(ev)
    must_be_now(ev)
    if ev.kind ~= "after" then error("the op has not run yet; c runs it", 0) end
    ev.retry = true
    return "go"
end)
command("q quit", "q: give this run up and return to the prompt", function() core.quit(false) end)
command("Q", "Q: leave the program", function() core.quit(true) end)
command("h help", "help: this list", function()
    for _, row in ipairs(order) do say("  %s", row[2]) end
    say("  anything else is Lua, with in1, in2, out and the frame's locals in hand; blank repeats the last step")
end)

local words = {}
for name in pairs(commands) do words[#words + 1] = name end
table.sort(words)

local repeated = {si = true, ni = true, sm = true, nm = true, c = true, up = true, down = true, finish = true}

-- Which command a line is: name, rest; nil when it is Lua.
local function parse(ev, line, from_script)
    local forced, text = line:match "^%s*(:?)(.*)$"
    local name, rest = text:match "^([%a_][%w_]*)%s*(.-)%s*$"
    if not name or not commands[name] then return nil, forced == ":" and text or nil end
    if forced == ":" or from_script then return name, rest end
    if rest:find "^[=.%[(:,]" then return nil end
    if ev.taken[name] ~= nil and rest == "" then return nil end -- a live local is shown; :name is the command
    return name, rest
end

-- One typed line; see lua_bindings/prompt.h for what the result means.
local function on_line(ev, line, from_script)
    if line:match "^%s*$" then
        if not last_line then return true end
        line = last_line
    end
    local expression = line:match "^%s*=(.+)$"
    if expression then
        commands.p.run(ev, expression)
        return true
    end
    local name, rest = parse(ev, line, from_script)
    if not name then
        if rest then error(("no debugger command '%s'; help lists them"):format(rest:match "^%S*"), 0) end
        return false
    end
    last_line = repeated[name] and line or last_line
    local action = commands[name].run(ev, rest)
    return action or true
end

return {words = words, on_line = on_line, steps = steps, attach = function(debugger) dbg = debugger end}
