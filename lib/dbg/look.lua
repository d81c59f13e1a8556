-- look.lua - what a stop shows, and what code typed there sees
--
-- Names of typed code are looked for in this order: the event's tensors, the frame's locals, the session's globals, the debugger's own
-- values (step, gradnorm, absmax ...), which $name always means. Read next: lib/dbg/inspect.lua, lib/dbg/frames.lua.
-- SPDX-License-Identifier: MIT
local lun = require "lunette"
local core = require "lunette.dbg_core"
local frames = require "lunette.dbg.frames"
local look = {values = {}} -- values: name -> function(ev), the debugger's own values

--- Where the debugger's own lines go; lib/dap.lua puts another function here.
function look.sink(text) io.stdout:write(text, "\n") end

--- One line for the user.
local function say(format, ...) look.sink(select("#", ...) > 0 and format:format(...) or format) end
look.say = say

-- ---- what typed code sees ----

local function first_line(x) return (tostring(x):match "^[^\n]*") end

--- A number, truth, text or list of these as Lua writes it.
function look.literal(value)
    if type(value) == "string" then return ("%q"):format(value) end
    if type(value) == "table" then
        local parts = {}
        for i, v in ipairs(value) do parts[i] = look.literal(v) end
        return "{" .. table.concat(parts, ", ") .. "}"
    end
    if value ~= value then return "0/0" end
    if value == math.huge or value == -math.huge then return value > 0 and "math.huge" or "-math.huge" end
    return math.type(value) == "float" and ("%.17g"):format(value):gsub("^(-?%d+)$", "%1.0") or tostring(value)
end

--- The whole of a value, as the shell shows it.
look.shown = tostring

for _, name in ipairs(core.measures()) do
    look.values[name] = function()
        return function(x)
            if not lun.is_tensor(x) then error(("%s(x) wants a tensor, got %s"):format(name, tostring(x)), 0) end
            return core.measure(name, x)
        end
    end
end
function look.values.size() return function(x, dim) return x.shape[dim] end end
function look.values.step() return core.optimizer_step() end
function look.values.seq(ev) return ev.sequence end
function look.values.phase(ev) return ev.phase end
function look.values.hits(ev)
    for _, b in ipairs(core.list()) do
        if b.id == ev.breakpoint then return b.passes end
    end
end
function look.values.bp(ev) return ev.breakpoint end
function look.values.op(ev) return ev.op end
function look.values.mod(ev) return ev.frame and ev.frame.path or ev.module end

-- The debugger's values, each made when it is asked for.
local function own_values(ev)
    return setmetatable({}, {__index = function(_, name)
        if ev.env and rawget(ev.env, name) ~= nil and not look.values[name] then return rawget(ev.env, name) end
        local value = look.values[name]
        if not value then error(("there is no $%s"):format(name), 0) end
        return value(ev)
    end})
end

-- Event tensors and the selected frame's locals as plain fields.
local function environment(ev)
    local values, taken, globals = {}, {}, lun.session or _G
    for name, value in pairs(frames.locals(ev.thread, ev.frames[ev.selected])) do values[name], taken[name] = value, value end
    for i = 1, ev.inputs.n or #ev.inputs do values["in" .. i] = ev.inputs[i] end
    values.out = ev.outputs[1]
    if values.out == nil then values.out = ev.last_out end
    for k = 2, #ev.outputs do values["out" .. k] = ev.outputs[k] end
    values.self = values.self or ev.frame and ev.frame.module
    values._stop = own_values(ev)
    ev.taken = taken
    return setmetatable(values, {__newindex = globals, __index = function(_, name)
        if look.values[name] and rawget(globals, name) == nil and rawget(_G, name) == nil then return look.values[name](ev) end
        return globals[name]
    end})
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

--- The text with $name made into Lua.
local function spelled(text) return (text:gsub("%$([%a_])", "_stop.%1")) end

local function evaluate(ev, text)
    local chunk, why = load("return " .. spelled(text), "=(stop)", "t", ev.env)
    if not chunk then error((why:gsub("^%(stop%):%d+: ", "")), 0) end
    return chunk()
end

-- ---- banner ----

local function place(ev)
    if ev.late then return ("%s:%d"):format(ev.late.file or "?", ev.late.line) end
    local frame = ev.frames[1]
    return frame and ("%s:%d"):format(frame.source, frame.line) or ""
end

local titles = {["mod-enter"] = "enter", ["mod-exit"] = "exit"}

local function what_stopped(ev)
    local what = "stop"
    if ev.op then what = ("op:%s%s #%d"):format(ev.op, ev.inplace and "_" or "", ev.sequence)
    elseif ev.frame then what = ("mod:%s#%d %s"):format(ev.frame.path, ev.frame.call, titles[ev.kind])
    elseif ev.kind == "opt" then what = "optimiser's step " .. core.optimizer_step()
    elseif ev.kind == "post-mortem" then what = "post-mortem"
    elseif ev.kind == "return" then what = "return from " .. ev.name
    elseif ev.frames[1] then what = ev.frames[1].name end
    return ev.node_op and ("bwd op:%s (%s)"):format(ev.node_op, what) or what
end

local plain = {breakpoint = true, step = true, finish = true, back = true, diverged = true}

local function headline(ev)
    local why = ev.breakpoint and ("bp%d "):format(ev.breakpoint) or ""
    if ev.reason and not plain[ev.reason] then why = ("%scatch %s  "):format(why, ev.reason) end
    local where = not ev.frame and (ev.node_module or ev.module) or ""
    local step = core.optimizer_step() > 0 and " step " .. core.optimizer_step() or ""
    return ("■ %s%s  %s %s%s  %s"):format(why, what_stopped(ev), where or "", ev.phase or "fwd", step, place(ev)):gsub("%s+", " ")
end

local health = {nonfinite = true, nan = true, inf = true}

local function input_lines(ev, lines)
    for i = 1, ev.inputs.n or #ev.inputs do
        if lun.is_tensor(ev.inputs[i]) then
            lines[#lines + 1] = ("  in%-3d%-8s %s"):format(i, ev.names and ev.names[i] or "", first_line(ev.inputs[i]))
        end
    end
end

local function output_line(ev)
    local out = ev.outputs[1]
    if out == nil then return nil end
    return ("  out %8s %s%s"):format("", first_line(out), health[ev.reason] and ev.why and "  <- " .. ev.why or "")
end

local function source_line(ev)
    if ev.node_line then return ("  made by the forward pass at %s:%d"):format(ev.node_file or "?", ev.node_line) end
    local frame = ev.frames[1]
    if frame and frame.text and not ev.late then return ("  %d > %s"):format(frame.line, frame.text) end
end

-- At most five lines: the head, why, the inputs that fit, the result, the line.
local function banner(ev)
    if ev.kind == "start" then return end
    local lines, tail = {(headline(ev))}, {}
    if ev.why and not health[ev.reason] then lines[2] = "  " .. ev.why end
    if ev.late then
        tail[1] = ("  %s  <- %s born here (inputs had none)"):format(ev.late.shapes, ev.late.what)
        tail[2] = ("  noticed %d ops later, when the device was waited for; its values are gone (set gpu-sync on: the next run stops there)")
            :format(ev.late.ago)
    end
    tail[#tail + 1] = output_line(ev)
    tail[#tail + 1] = source_line(ev)
    input_lines(ev, lines)
    for i = 1, math.min(#lines, 5 - #tail) do say("%s", lines[i]) end
    for _, line in ipairs(tail) do say("%s", line) end
end

look.first_line, look.environment, look.write_back, look.evaluate, look.spelled, look.banner = first_line, environment, write_back, evaluate,
    spelled, banner
return look
