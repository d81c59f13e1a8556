-- dbg.lua - the debugger's commands: break, look, change, step, give up
--
-- A stop is an event table from lua_bindings/debug.c (an op) or from nn.Module (a module call). It prints a banner of at most five
-- lines and asks at a prompt that is the whole shell, with the event's tensors (in1, in2, out) and the stopped frame's locals in
-- hand. A line is a command only if its first word is one and is not followed by = . [ ( : , ; with a colon in front it always is.
-- Read next: lib/dbg/frames.lua, debugger/stop.h. SPDX-License-Identifier: MIT
local lun = require "lunette"
local core = require "lunette.dbg_core"
local Module = require "lunette.nn.module"
local frames = require "lunette.dbg.frames"
local dbg = {}

local conditions, runs = {}, {}  -- by breakpoint number
local module_steps = {enter = 0} -- module stepping: stop at the n-th next call; `exit_depth`: at that frame's end
local last_line                  -- what a blank line repeats
local out = io.stdout

local function say(format, ...) out:write(select("#", ...) > 0 and format:format(...) or format, "\n") end

-- ---- what typed code sees ----

local function first_line(x) return (tostring(x):match "^[^\n]*") end

-- Event tensors and the selected frame's locals as plain fields over the session's globals.
local function environment(ev)
    local values, taken = {}, {}
    for name, value in pairs(frames.locals(ev.thread, ev.frames[ev.selected])) do values[name], taken[name] = value, value end
    for i = 1, ev.inputs.n or #ev.inputs do values["in" .. i] = ev.inputs[i] end
    values.out = ev.outputs[1] or ev.last_out
    for k = 2, #ev.outputs do values["out" .. k] = ev.outputs[k] end
    values.self = values.self or ev.frame and ev.frame.module
    ev.taken = taken
    return setmetatable(values, {__index = lun.session or _G, __newindex = lun.session or _G})
end

-- Locals that typed code assigned to go back into the frame.
local function write_back(ev)
    for name, before in pairs(ev.taken or {}) do
        local now = rawget(ev.env, name)
        if now ~= before and not name:match "^in%d+$" and name ~= "out" then
            frames.set_local(ev.thread, ev.frames[ev.selected], name, now)
            ev.taken[name] = now
        end
    end
end

local function evaluate(ev, text)
    local chunk, why = load("return " .. text, "=(stop)", "t", ev.env)
    if not chunk then error((why:gsub("^%(stop%):%d+: ", "")), 0) end
    return chunk()
end

-- ---- banner ----

local function place(ev)
    local frame = ev.frames[1]
    return frame and ("%s:%d"):format(frame.source, frame.line) or ""
end

local titles = {["mod-enter"] = "enter", ["mod-exit"] = "exit"}

local function headline(ev)
    local what = ev.op and ("op:%s #%d"):format(ev.op, ev.sequence) or ev.frame and ("mod:%s#%d %s"):format(ev.frame.path, ev.frame.call,
                 titles[ev.kind]) or "stop"
    if ev.node_op then what = ("bwd op:%s (%s)"):format(ev.node_op, what) end
    local why = ev.breakpoint and ("bp%d "):format(ev.breakpoint) or ""
    if ev.reason == "nonfinite" then why = why .. "catch nonfinite  " end
    local where = not ev.frame and (ev.node_module or ev.module) or ""
    return ("■ %s%s  %s %s  %s"):format(why, what, where or "", ev.phase or "fwd", place(ev)):gsub("%s+", " ")
end

local function banner(ev)
    if ev.kind == "start" then return end
    say("%s", (headline(ev)))
    local shown = 0
    for i = 1, ev.inputs.n or #ev.inputs do
        if shown < 2 and lun.is_tensor(ev.inputs[i]) then
            shown = shown + 1
            say("  in%-3d%-8s %s", i, ev.names and ev.names[i] or "", first_line(ev.inputs[i]))
        end
    end
    if ev.outputs[1] then
        say("  out %8s %s%s", "", first_line(ev.outputs[1]), ev.reason == "nonfinite" and "  <- born here (inputs finite)" or "")
    end
    if ev.node_line then say("  made by the forward pass at %s:%d", ev.node_file or "?", ev.node_line)
    elseif ev.frames[1] and ev.frames[1].text then say("  %d > %s", ev.frames[1].line, ev.frames[1].text) end
end

-- ---- commands: name -> {help, function(ev, rest) -> action or nil} ----

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
    module_steps.enter = count_of(rest)
    dbg.watch_modules()
    return "go"
end)
command("finish", "finish: run this op (or this module call) to its end and stop there with its result", function(ev)
    if ev.op and ev.kind == "before" then
        core.step("finish")
        return "go"
    end
    if Module.stack.depth == 0 then error("no module call is running", 0) end
    module_steps.exit_depth = Module.stack.depth
    if ev.kind == "mod-exit" then module_steps.exit_depth = Module.stack.depth - 1 end
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
        if ev.inputs[i] ~= nil then say("in%d %s= %s", i, ev.names and ev.names[i] and "(" .. ev.names[i] .. ") " or "", tostring(ev.inputs[i])) end
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
        local condition = conditions[b.id]
        say("bp%d %-3s %-24s hits %d%s%s", b.id, b.enabled and "on" or "off", b.location, b.hits, b.ignore > 0 and (", ignores %d"):format(b.ignore) or "",
            condition and "  if " .. condition.text or "")
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

command("set", "set in1 = EXPR: this op sees the new value; set out = EXPR: replace the result (a constant for the gradient)", function(ev, rest)
    local name, text = rest:match "^([%a_][%w_]*)%s*=%s*(.+)$"
    if not name then error("set in1 = EXPR, or set out = EXPR", 0) end
    local value = evaluate(ev, text)
    local index = math.tointeger(name:match "^in(%d+)$")
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
    if ev.kind ~= "before" and ev.kind ~= "mod-enter" then error("it has already run; set out = EXPR replaces its result", 0) end
    local value = rest ~= "" and evaluate(ev, rest) or ev.inputs[1]
    ev.new_outputs[1], ev.skip = checked_result(ev, value), true
    say("skipped; its result is %s%s", first_line(value), rest == "" and " (in1)" or "")
    return "go"
end)
command("retry", "retry: run the op again (after set in1 = ...)", function(ev)
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

-- ---- stops ----

local nobody_told
local function ask(ev)
    local where = ev.op and ("op#%d"):format(ev.sequence) or ev.frame and ("mod:%s"):format(ev.frame.path) or "stop"
    local how, action = core.prompt(("(lun %s)> "):format(where), ev.env, function(line, from_script) return on_line(ev, line, from_script) end, words)
    if how == "nobody" and not nobody_told then
        nobody_told = true
        say("  (nobody is here to ask: the stop is logged and the run goes on; --dbg FILE gives commands)")
    elseif how == "deep" then
        say("  (too many stops inside each other; this one is passed)")
    elseif how == "unwind" then
        core.quit()
    end
    return action
end

local previous_out
local stopping = false -- while a stop is open, what is typed there does not stop again
local stop_ends = setmetatable({}, {__close = function() stopping = false end})

local function stopped(ev, thread)
    local _ <close> = stop_ends
    stopping = true
    ev.thread, ev.selected = thread, 1
    ev.frames = ev.frames or frames.of(thread)
    ev.new_inputs, ev.new_outputs = {}, {}
    ev.inputs, ev.outputs = ev.inputs or {n = 0}, ev.outputs or {}
    ev.last_out = previous_out
    ev.env = environment(ev)
    banner(ev)
    local commands_of = ev.breakpoint and runs[ev.breakpoint]
    if commands_of then commands_of(ev) else ask(ev) end
    write_back(ev)
    previous_out = ev.outputs[1]
    local action = ev.skip and "skip" or ev.retry and "retry" or "go"
    return action, ev.new_inputs, ev.new_outputs
end
core.on_stop(stopped)

-- ---- conditions ----

local statistics = {}
function statistics.zeros(x) return x:eq(0):sum():item() / x:numel() end
function statistics.absmax(x) return x:abs():max():item() end
function statistics.min(x) return x:min():item() end
function statistics.max(x) return x:max():item() end
function statistics.mean(x) return x:float():mean():item() end
function statistics.std(x) return x:float():std():item() end
function statistics.norm(x) return x:float():norm():item() end
function statistics.nan(x) return x:isnan():sum():item() / x:numel() end
function statistics.inf(x) return x:isinf():sum():item() / x:numel() end
function statistics.nonfinite(x) return 1 - x:isfinite():sum():item() / x:numel() end

local function holds(ev, thread)
    local condition = conditions[ev.breakpoint]
    ev.thread, ev.selected, ev.frames = thread, 1, frames.of(thread)
    ev.env = environment(ev)
    for name, f in pairs(statistics) do
        if rawget(ev.env, name) == nil then rawset(ev.env, name, f) end
    end
    local ok, value = pcall(condition.test, ev)
    if ok then return value and true or false end
    core.set(ev.breakpoint, "enabled", false)
    say("bp%d is off: its condition failed: %s", ev.breakpoint, tostring(value))
    return true
end
core.on_condition(holds)

local function compile_condition(cond)
    if type(cond) == "function" then return {text = "(a function)", test = cond, after = false} end
    local chunk, why = load("return " .. cond, "=(condition)", "t")
    if not chunk then error(("condition '%s': %s"):format(cond, (why:gsub("^%(condition%):%d+: ", ""))), 3) end
    local function test(ev)
        return load("return " .. cond, "=(condition)", "t", ev.env)()
    end
    return {text = cond, test = test, after = cond:find "%f[%w_]out%d*%f[^%w_]" ~= nil}
end

-- ---- the Lua interface ----

local Breakpoint = {}
Breakpoint.__index = Breakpoint
function Breakpoint:on() core.set(self.id, "enabled", true) return self end
function Breakpoint:off() core.set(self.id, "enabled", false) return self end
function Breakpoint:remove() return dbg.remove(self.id) end
function Breakpoint:__tostring() return ("bp%d %s"):format(self.id, self.location) end

local bp_options = {cond = true, once = true, run = true}

--- Stops at a location: dbg.bp("op:relu"), dbg.bp("mod:net.fc2", {cond = "in1:max():item() > 5", once = true, run = function(ev) end}).
--- A condition sees in1.., out, the frame's locals, and zeros absmax min max mean std norm nan inf nonfinite of a tensor.
function dbg.bp(location, options)
    options = options or {}
    for name in pairs(options) do
        if not bp_options[name] then error(("dbg.bp: no option '%s'; it takes cond, once, run"):format(tostring(name)), 2) end
    end
    if type(location) ~= "string" then error("dbg.bp: expected a location such as \"op:relu\", got " .. type(location), 2) end
    local condition = options.cond and compile_condition(options.cond)
    local id, matches = core.add(location, options.once or false, condition ~= nil, condition and condition.after or false)
    conditions[id], runs[id] = condition, options.run
    if location:find "mod:" then dbg.watch_modules() end
    if location:find "op:" and matches == 0 then say("bp%d: no op is called %s; lun.ops() lists them", id, location) end
    return setmetatable({id = id, location = location, matches = location:find "op:" and matches or nil}, Breakpoint)
end

local events = {nonfinite = true}

--- Stops where an event happens: dbg.catch("nonfinite") where the first NaN or infinity is born.
function dbg.catch(event, options)
    if not events[event] then error(("dbg.catch: no event '%s'; there is: nonfinite"):format(tostring(event)), 2) end
    return dbg.bp(event, options)
end

function dbg.remove(id)
    conditions[id], runs[id] = nil, nil
    return core.remove(id)
end

--- Removes all breakpoints.
function dbg.off()
    for _, b in ipairs(core.list()) do dbg.remove(b.id) end
    module_steps.enter, module_steps.exit_depth = 0, nil
    Module.watcher = nil
end

--- The breakpoints as data.
dbg.list = core.list
--- Takes the debugger's commands from a file: those up to the first c (or si, sm) now, the others at the stops to come.
function dbg.script(path)
    core.script(path)
    core.stop {kind = "start", phase = "fwd", frames = {}}
end

--- Stops here, at this line of Lua; with a condition only if it is true.
function dbg.stop(condition)
    if condition == nil or condition then core.stop {kind = "line", phase = "fwd"} end
end

-- ---- module calls ----

local function module_stop(event, frame, breakpoint, values)
    local ev = {kind = event, frame = frame, breakpoint = breakpoint, phase = "fwd"}
    if event == "mod-enter" then ev.inputs = values else ev.inputs, ev.outputs = {n = 0}, values end
    return core.stop(ev)
end

local function stops_at(event, frame)
    local id = core.match_module(frame.path, frame.call, event == "mod-exit")
    if event == "mod-enter" and module_steps.enter > 0 then
        module_steps.enter = module_steps.enter - 1
        if module_steps.enter == 0 then return true, id end
    elseif event == "mod-exit" and module_steps.exit_depth == Module.stack.depth then
        module_steps.exit_depth = nil
        return true, id
    end
    if not id then return false end
    if conditions[id] and event == "mod-enter" and not holds({breakpoint = id, inputs = {}, outputs = {}, frame = frame}, coroutine.running()) then
        return false
    end
    return core.hit(id), id
end

local function watcher(event, frame, ...)
    if stopping then return ... end
    if event == "enter" and Module.stack.depth == 1 then core.new_run() end
    event = "mod-" .. event
    local stop, id = stops_at(event, frame)
    if not stop then return ... end
    local values = table.pack(...)
    local action, inputs, outputs = module_stop(event, frame, id, values)
    for i, x in pairs(inputs) do values[i] = x end
    if action == "skip" then return Module.skip, outputs[1] end
    if event == "mod-exit" then
        for k, x in pairs(outputs) do values[k] = x end
    end
    return table.unpack(values, 1, values.n)
end

--- Lets module calls be seen from now on; called when something asks for it.
function dbg.watch_modules() Module.watcher = watcher end

-- ---- after an error ----

local last_failure

core.on_failed(function(problem, thread)
    local list = frames.of(thread)
    for _, frame in ipairs(list) do frame.kept = frames.locals(thread, frame) end
    local modules = {}
    for depth = 1, Module.stack.depth do
        local frame = Module.frames[depth]
        modules[depth] = {path = frame.path, call = frame.call, module = frame.module}
    end
    last_failure = {problem = problem, frames = list, modules = modules, trail = Module.trail()}
end)

--- Looks at the frames of the last error: bt, up, down, i locals, and any Lua with the frame's locals in hand; q leaves.
function dbg.pm()
    local f = last_failure
    if not f then
        say("no error to look at yet")
        return
    end
    say("post-mortem: %s", tostring(f.problem))
    for _, m in ipairs(f.modules) do
        say("  in mod:%s#%d %s", m.path, m.call, m.module.__name)
        for _, pair in ipairs(m.module:named_parameters()) do
            if #m.module:named_children() == 0 then say("    %s %s[%s]", pair[1], pair[2].dtype, table.concat(pair[2].shape, ",")) end
        end
    end
    if #f.trail > 0 then say("  module calls so far: %s", table.concat(f.trail, " ")) end
    core.stop {kind = "post-mortem", phase = "fwd", frames = f.frames}
end

return dbg
