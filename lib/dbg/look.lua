-- look.lua - what a stop shows, and what code typed there sees
--
-- Read next: lib/dbg/commands.lua, lib/dbg/frames.lua. SPDX-License-Identifier: MIT
local lun = require "lunette"
local frames = require "lunette.dbg.frames"
local look = {}

--- One line for the user.
local function say(format, ...) io.stdout:write(select("#", ...) > 0 and format:format(...) or format, "\n") end
look.say = say

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
    if ev.late then return ("%s:%d"):format(ev.late.file or "?", ev.late.line) end
    local frame = ev.frames[1]
    return frame and ("%s:%d"):format(frame.source, frame.line) or ""
end

local titles = {["mod-enter"] = "enter", ["mod-exit"] = "exit"}

local function headline(ev)
    local what = ev.op and ("op:%s #%d"):format(ev.op, ev.sequence) or ev.frame and ("mod:%s#%d %s"):format(ev.frame.path, ev.frame.call,
                 titles[ev.kind]) or ev.kind == "post-mortem" and "frames of" or "stop"
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
    if ev.late then
        say("  %s  <- %s born here (inputs had none)", ev.late.shapes, ev.late.what)
        say("  noticed %d ops later, when the device was waited for; its values are gone (set gpu-sync on: the next run stops there)", ev.late.ago)
    end
    if ev.node_line then say("  made by the forward pass at %s:%d", ev.node_file or "?", ev.node_line)
    elseif ev.frames[1] and ev.frames[1].text and not ev.late then say("  %d > %s", ev.frames[1].line, ev.frames[1].text) end
end

look.first_line, look.environment, look.write_back, look.evaluate, look.banner = first_line, environment, write_back, evaluate, banner
return look
