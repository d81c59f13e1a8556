-- breaks.lua - breakpoints: conditions in Lua, what is run at them, names of parameters, and the commands over them
--
-- The list itself is the core's (debugger/break.c); what only Lua can know is kept here by number.
-- Read next: debugger/break.h, lib/dbg/run.lua (who finds modules and steps of optimisers). SPDX-License-Identifier: MIT
local lun = require "lunette"
local core = require "lunette.dbg_core"
local Module = require "lunette.nn.module"
local frames = require "lunette.dbg.frames"
local look = require "lunette.dbg.look"
local commands = require "lunette.dbg.commands"
local say = look.say

local breaks = {}
local conditions = {}            -- number -> {text, test(ev)}
local runs = {}                  -- number -> function(ev), or the lines of `commands N`

-- ---- conditions ----

local function disable_with(id, problem)
    core.set(id, "enabled", false)
    say("bp%d is off: its condition failed: %s", id, problem)
end

core.on_problem(disable_with)

-- Any Lua over the event and the frame's locals.
core.on_condition(function(ev, thread)
    local condition = conditions[ev.breakpoint]
    ev.thread, ev.selected, ev.frames = thread, 1, frames.of(thread)
    ev.inputs, ev.outputs = ev.inputs or {n = 0}, ev.outputs or {}
    ev.env = look.environment(ev)
    local ok, value = pcall(condition.test, ev)
    if ok then return value and true or false end
    disable_with(ev.breakpoint, tostring(value))
    return true -- stops this once, so that it is not overlooked
end)

-- A name that means the debugger's own number in a compiled condition, and a local of a frame that is live where it is typed.
local function own_name_taken(cond, ev)
    for _, name in ipairs {"step", "hits", "phase", "seq"} do
        local bare = (" " .. cond):find("[^%w_$.]" .. name .. "%f[^%w_]")
        for _, frame in ipairs(bare and ev and ev.frames or {}) do
            if frames.locals(ev.thread, frame)[name] ~= nil then return name end
        end
    end
end

local function compile(cond, ev)
    if type(cond) == "table" then return cond end
    if type(cond) == "function" then return {text = "(a function)", test = cond, native = true} end
    local chunk, why = load("return " .. look.spelled(cond), "=(condition)", "t")
    if not chunk then error(("condition '%s': %s"):format(cond, (why:gsub("^%(condition%):%d+: ", ""))), 0) end
    local function test(ev) return look.evaluate(ev, cond) end
    local taken = own_name_taken(cond, ev)
    if taken then say("%s is a local of yours; $%s is the debugger's", taken, taken) end
    return {text = cond, test = test, after = cond:find "%f[%w_]out%d*%f[^%w_]" ~= nil, native = taken and true or cond:gsub("%$([%a_])", "%1")}
end

--- The text of a breakpoint's condition, or nil.
function breaks.condition_text(id) return conditions[id] and conditions[id].text end

--- Gives breakpoint `id` another condition (a text, a function, or nil). False when there is no such breakpoint.
function breaks.set_condition(id, cond, ev)
    local condition = cond and compile(cond, ev)
    local there, kind = core.set(id, "condition", condition and condition.native or nil, condition and condition.after or false)
    if there then conditions[id] = condition end
    return there, kind
end

-- ---- what runs at a stop ----

--- What is to happen at the stop instead of asking; nil: ask. A function, or lines.
function breaks.runs_at(id) return runs[id] end

-- ---- parameters by name ----

local function modules_in(ev)
    local found, seen = {}, {}
    local function add(name, value)
        if type(name) == "string" and Module.is_module(value) and not seen[value] then
            seen[value] = true
            found[#found + 1] = {name, value}
        end
    end
    for _, globals in ipairs {_G, lun.session or {}} do
        for name, value in pairs(globals) do add(name, value) end
    end
    for _, frame in ipairs(ev and ev.frames or {}) do
        for name, value in pairs(frames.locals(ev.thread, frame)) do add(name, value) end
    end
    if Module.frames[1] and Module.frames[1].module then add(Module.frames[1].path, Module.frames[1].module) end
    return found
end

--- The networks that somebody holds by a name now: {{"net", module}, ...}.
breaks.modules = modules_in

--- The parameters and buffers that the pattern means now: {{"net.fc.weight", tensor}, ...}.
function breaks.named(glob, ev)
    local found = {}
    for _, module in ipairs(modules_in(ev)) do
        for _, list in ipairs {module[2]:named_parameters(), module[2]:named_buffers()} do
            for _, pair in ipairs(list) do
                local path = module[1] .. "." .. pair[1]
                if core.path_matches(glob, path) then found[#found + 1] = {path, pair[2]} end
            end
        end
    end
    return found
end

-- The paths of modules of networks that somebody holds by a name now, where the pattern means them.
local function module_paths(glob, ev)
    local paths = {}
    for _, module in ipairs(modules_in(ev)) do
        for _, pair in ipairs(module[2]:named_modules()) do
            local path = pair[1] == "" and module[1] or module[1] .. "." .. pair[1]
            if core.path_matches(glob, path) then paths[#paths + 1] = path end
        end
    end
    return paths
end

local function bind_names(id, glob, ev)
    local found = breaks.named(glob, ev)
    for _, pair in ipairs(found) do core.watch(id, pair[2]) end
    return found
end

--- Names that nobody had when their breakpoint was set, looked for again: when a network is called, and at a stop.
function breaks.bind_pending(ev)
    for _, b in ipairs(core.list()) do
        local waits = b.pending and (b.kind == "name" or b.kind == "watch")
        if waits then bind_names(b.id, b.kind == "name" and b.glob or breaks.watched(b.id), ev) end
    end
end

local watched = {}               -- number of a watch -> its name's pattern, or false
function breaks.watched(id) return watched[id] or "" end

-- ---- adding ----

-- A line without code stops at the next one that has some.
local function next_code_line(file, line)
    local handle = io.open(file, "r")
    if not handle then return line end
    local n = 0
    for text in handle:lines() do
        n = n + 1
        local code = text:gsub("%-%-.*", ""):match "%S"
        if n >= line and code and not text:match "^%s*end[%s,;)]*$" and not text:match "^%s*else%s*$" then break end
    end
    handle:close()
    return math.max(n, line)
end

--- Adds a breakpoint; location as in debugger/break.h, options {cond, once, run, hidden}. Returns number, ops that match (-1: says nothing), note.
function breaks.add(location, options, ev)
    local condition = options.cond and compile(options.cond, ev)
    if location:match "^:%d+$" and ev and ev.frames[1] then location = ev.frames[ev.selected].source .. location end
    local native, after = condition and condition.native, condition and condition.after
    local id, matches, kind = core.add(location, {once = options.once, hidden = options.hidden, condition = native, after = after})
    conditions[id], runs[id] = condition, options.run
    breaks.seen_changed()
    local b = breaks.find(id)
    if b.kind == "name" then bind_names(id, b.glob, ev) end
    if b.kind == "mod" and b.pending and #module_paths(b.glob, ev) > 0 then core.set(id, "bound", true) end
    if b.kind == "line" then core.set(id, "line", next_code_line(b.glob, b.line)) end
    return breaks.find(id), matches, kind
end

--- Stops before any write to the memory of a tensor, through any view: watch(tensor or "name:GLOB", options).
function breaks.watch(what, options, ev)
    local id = core.add("watch", {})
    if lun.is_tensor(what) then
        core.watch(id, what)
    else
        watched[id] = what:gsub("^name:", "")
        bind_names(id, watched[id], ev)
    end
    runs[id] = options and options.run
    if options and options.cond then breaks.set_condition(id, options.cond, ev) end
    breaks.seen_changed()
    return breaks.find(id)
end

function breaks.find(id)
    for _, b in ipairs(core.list()) do
        if b.id == id then return b end
    end
end

function breaks.remove(id)
    conditions[id], runs[id], watched[id] = nil, nil, nil
    local there = core.remove(id)
    breaks.seen_changed()
    return there
end

--- Called after the list changed; lib/dbg/run.lua looks whether module calls must be seen.
function breaks.seen_changed() end

--- Does an enabled `catch NAME` wait for this event of the host's? Counts and asks its condition; returns its number.
function breaks.catches(name, ev)
    for _, b in ipairs(core.list()) do
        if b.enabled and b.kind == "event" and b.location == name and core.here(b.id, ev) then return b.id end
    end
end

-- ---- commands ----

local function split_condition(rest)
    local location, condition = rest:match "^(.-)%s+if%s+(.+)$"
    return location or rest, condition
end

local function described(b, matches, kind)
    local text = ("bp%d %s"):format(b.id, b.location)
    if matches and matches > 0 then text = text .. (" (%d op%s match%s)"):format(matches, matches == 1 and "" or "s", matches == 1 and "es" or "") end
    if kind then text = ("%s, %s condition"):format(text, kind) end
    if b.pending then text = ("%s, pending: %s"):format(text, b.pending) end
    if b.pending and b.kind == "function" and b.location:find ":" then text = text .. " (other places begin with op:, mod: or name:)" end
    return text
end
breaks.described = described

local function set_breakpoint(options)
    return function(ev, rest)
        local location, condition = split_condition(rest)
        if location == "" then error("b LOC: op:relu, mod:net.fc2, name:fc.weight, bwd op:relu, opt, FILE:LINE, a function, or an event", 0) end
        say("%s%s", described(breaks.add(location, {cond = condition, once = options.once}, ev)), options.once and ", once" or "")
    end
end

local function set_on_all(ev, rest)
    local location, condition = split_condition(rest)
    if not location:find ":" then location = "mod:" .. location end
    local b, matches, kind = breaks.add(location, {cond = condition}, ev)
    local names = b.kind == "mod" and module_paths(b.glob, ev) or {}
    if matches < 0 then say("%d module%s match%s now%s", #names, #names == 1 and "" or "s", #names == 1 and "es" or "",
                            #names > 0 and ": " .. table.concat(names, " ") or "") end
    say("%s", described(b, matches, kind))
end

local function catch(ev, rest)
    local event, condition = split_condition(rest)
    local name = event:match "^%a*"
    for _, row in ipairs(core.events()) do
        if row[1] == name then return say("%s", (described(breaks.add(event, {cond = condition}, ev)):gsub("^(bp%d+) ", "%1 catch ", 1))) end
    end
    if event ~= "" then say("there is no event '%s'", event) end
    for _, row in ipairs(core.events()) do say("  %-10s %s", row[1], row[2]) end
end

-- Of a tensor its content.
local function kept_value(ev, text)
    local value = look.evaluate(ev, text)
    return lun.is_tensor(value) and value:detach():clone() or value
end

local function differs(a, b)
    if lun.is_tensor(a) and lun.is_tensor(b) then return a.dtype ~= b.dtype or not lun.equal(a, b) end
    return a ~= b
end

-- watch -v EXPR: looked at after each op in frames that know its names; where it cannot be worked out nothing has changed.
local function watch_value(ev, text)
    if text == "" then error("watch -v EXPR: stop when its value changes", 0) end
    local before = kept_value(ev, text)
    local function changed(at)
        local ok, now = pcall(kept_value, at, text)
        if not ok or now == nil or not differs(before, now) then return false end
        say("%s was %s, is %s", text, look.first_line(before), look.first_line(now))
        before = now
        return true
    end
    local b = breaks.add("op:*", {cond = {text = "a change of " .. text, test = changed, after = true, native = true}}, ev)
    say("%s: after an op that changes %s, now %s", described(b), text, look.first_line(before))
end

local function watch(ev, rest)
    local expression = rest:match "^%-v%s*(.*)$"
    if expression then return watch_value(ev, expression) end
    local what, condition = split_condition(rest)
    local value = what:match "^name:" and what or look.evaluate(ev, what)
    if type(value) ~= "string" and not lun.is_tensor(value) then error(("watch wants a tensor or name:GLOB, got %s"):format(tostring(value)), 0) end
    say("%s: before any write to %s", described(breaks.watch(value, {cond = condition}, ev)), what)
end

local function number_of(rest)
    local id = math.tointeger(rest)
    if rest == "" then error("the number of a breakpoint is missing; `i b` lists them, dbg.off() removes all", 0) end
    if not id or not breaks.find(id) then error(("there is no breakpoint %s; `i b` lists them"):format(rest), 0) end
    return id
end

local function numbered(change)
    return function(_, rest) change(number_of(rest)) end
end

local function change_condition(ev, rest)
    local id, text = rest:match "^(%d+)%s*(.*)$"
    id = number_of(id or rest)
    local _, kind = breaks.set_condition(id, text ~= "" and text or nil, ev)
    say("%s", described(breaks.find(id), nil, kind))
end

local function ignore(_, rest)
    local id, count = rest:match "^(%d+)%s+(%d+)$"
    if not id then error("ignore N K: pass the next K hits of breakpoint N", 0) end
    core.set(number_of(id), "ignore", math.tointeger(count))
    say("bp%s passes its next %s hits", id, count)
end

local function attach_commands(_, rest)
    local id = number_of(rest)
    commands.collect(function(lines) runs[id] = #lines > 0 and lines or nil end)
end

--- The text of a trace with its {EXPR} worked out: "step {step}: {absmax(out)}".
function breaks.filled(ev, text)
    return (text:gsub("{(.-)}", function(expression)
        local ok, value = pcall(look.evaluate, ev, expression)
        if ok and lun.is_tensor(value) and value:numel() == 1 then value = value:item() end
        return ok and look.first_line(value) or "?"
    end))
end

local traces = {}                -- number of a trace -> its text, as it was typed

local function trace(ev, rest)
    local body, every = rest:match "^(.-)%s+every%s+(%d+)$"
    local k, n = math.tointeger(every) or 1, 0
    if k < 1 then error("trace LOC ... every K: K is 1 or more", 0) end
    local location, text = (body or rest):match '^(.-)%s+"(.*)"$'
    location = location or body or rest
    if location == "" or location:find '"' then error('trace LOC [if COND] ["text {EXPR}"]: the text stands between two quotes', 0) end
    local place, condition = split_condition(location)
    local b = breaks.add(place, {cond = condition, run = function(at)
        n = n + 1
        if n % k ~= 0 then return end
        local value = at.outputs[1] ~= nil and at.outputs[1] or at.inputs[1]
        local shown = value ~= nil and look.first_line(value) or ""
        say("%s", text and breaks.filled(at, text) or ("%s %s"):format(at.op and "op:" .. at.op or place, shown))
    end}, ev)
    local reads_result = text and text:find "%f[%w_]out" and b.kind == "op"
    if reads_result then core.set(b.id, "condition", conditions[b.id] and conditions[b.id].native, true) end
    traces[b.id] = (text and (' "%s"'):format(text) or "") .. (every and " every " .. every or "")
    say("%s, traced", described(b))
end

-- ---- to a file and back ----

local function as_line(b)
    local condition = conditions[b.id] and " if " .. conditions[b.id].text or ""
    if b.kind == "event" then return "catch " .. b.location .. condition end
    if conditions[b.id] and conditions[b.id].text:find "^a change of " then return nil end
    if b.kind == "watch" then return watched[b.id] and "watch name:" .. watched[b.id] .. condition end
    if traces[b.id] then return "trace " .. b.location .. condition .. traces[b.id] end
    return (b.once and "tb " or "b ") .. b.location .. condition
end

-- A line of the file that changes the breakpoint above it.
local function add_change(file, b)
    local lines = runs[b.id]
    if type(lines) == "table" then file:write("commands ", b.id, "\n", table.concat(lines, "\n"), "\nend\n") end
    if b.ignore > 0 then file:write("ignore ", b.id, " ", b.ignore, "\n") end
    if not b.enabled and not b.once then file:write("disable ", b.id, "\n") end
end

local function save(_, rest)
    local path = rest:gsub("^breakpoints%s+", "")
    if path == "" then error("save FILE", 0) end
    local file <close> = assert(io.open(path, "w"))
    local n, left_out = 0, ""
    for _, b in ipairs(breaks.list()) do
        local line = as_line(b)
        if line then
            n = n + 1
            file:write(line, "\n")
            add_change(file, b)
        else
            left_out = ("%s; bp%d is of a tensor or value of this run: watch name:GLOB can be saved"):format(left_out, b.id)
        end
    end
    say("%d breakpoint%s saved in %s%s", n, n == 1 and "" or "s", path, left_out)
end

-- Numbers in the file are those of when it was saved: `commands`, `ignore`, `disable` belong to the breakpoint above.
local function load_file(ev, rest)
    if rest == "" then error("load FILE", 0) end
    local file <close> = assert(io.open(rest, "r"))
    local inside = false -- the lines of `commands`
    for line in file:lines() do
        local list = breaks.list()
        local change, rest_of_it = line:match "^(%l+)%s+%d+(.*)$"
        local changes = change == "commands" or change == "ignore" or change == "disable"
        if changes and #list > 0 and not inside then line = ("%s %d%s"):format(change, list[#list].id, rest_of_it) end
        inside = change == "commands" or inside and not line:match "^%s*end%s*$"
        commands.run_line(ev, line)
    end
end

-- Without the debugger's own.
local function listed()
    local list = {}
    for _, b in ipairs(core.list()) do
        if b.id > 0 then list[#list + 1] = b end
    end
    return list
end
breaks.list = listed

local function list_all()
    local list = listed()
    if #list == 0 then say("no breakpoints; b op:relu sets one") end
    for _, b in ipairs(list) do
        local text = breaks.condition_text(b.id)
        local ignores = b.ignore > 0 and (", ignores %d"):format(b.ignore) or ""
        local cost = b.condition and b.passes > 0 and (", %.1f us each"):format(b.nanoseconds / 1000 / math.max(b.passes, 1)) or ""
        local location = b.location .. (watched[b.id] and " name:" .. watched[b.id] or "")
        say("bp%d %-3s %-24s hits %d of %d%s%s%s", b.id, b.enabled and "on" or "off", location, b.hits, b.passes, ignores,
            text and ("  if %s (%s%s)"):format(text, b.condition or "?", cost) or "", b.once and "  once" or "")
        if b.pending then say("      pending: %s", b.pending) end
        if type(runs[b.id]) == "table" then say("      %s", table.concat(runs[b.id], "; ")) end
    end
end
breaks.list_all = list_all

commands.group("where to stop", {
    {"b break", "b LOC [if COND]: stop at op:GLOB[#k], mod:GLOB[#k][/exit], name:GLOB, bwd op:GLOB, opt, FILE:LINE, :LINE, a function, "
         .. "an event", set_breakpoint {}},
    {"tb tbreak", "tb LOC [if COND]: the same, once", set_breakpoint {once = true}},
    {"rb rbreak", "rb GLOB: at every module (or op:GLOB) that matches, and say which do now", set_on_all},
    {"catch", "catch EVENT [if COND]: stop where something happens; catch alone lists the events", catch},
    {"watch", "watch T, watch name:GLOB [if COND]: stop before any write to the memory of a tensor; watch -v EXPR: after an op that "
         .. "changes its value", watch},
    {"trace", 'trace LOC [if COND] ["text {EXPR}"] [every K]: print and go on', trace},
    {"cond", "cond N [EXPR]: another condition, or none", change_condition},
    {"ignore", "ignore N K: pass the next K hits", ignore},
    {"commands", "commands N, then lines up to `end`: run them at that stop; `silent` first: no banner; `c` last: go on", attach_commands},
    {"d delete", "d N: remove a breakpoint", numbered(breaks.remove)},
    {"enable", "enable N", numbered(function(id) core.set(id, "enabled", true) end)},
    {"disable", "disable N", numbered(function(id) core.set(id, "enabled", false) end)},
    {"save", "save FILE: the breakpoints as commands", save},
    {"load", "load FILE: run commands from a file", load_file},
})

return breaks
