-- cost.lua - `cost`: time, bytes and operations of the op or of the module call that a stop is at
--
-- The op runs three times more on copies of its inputs, in the stop's own context, so the run does not see it. A module is walked by a dry run
-- on its shapes at its beginning; at its end the time is that of this call, stops left out.
-- Read next: lib/dbg/repro.lua (the op as a call), repl/profile.h, lib/nn/summary.lua. SPDX-License-Identifier: MIT
local lun = require "lunette"
local Module = require "lunette.nn.module"
local commands = require "lunette.dbg.commands"
local look = require "lunette.dbg.look"
local repro = require "lunette.dbg.repro"
local say = look.say

local scales = {{1e12, "T"}, {1e9, "G"}, {1e6, "M"}, {1e3, "k"}}

local function scaled(x, unit)
    for _, scale in ipairs(scales) do
        if x >= scale[1] then return ("%.3g %s%s"):format(x / scale[1], scale[2], unit) end
    end
    return ("%.3g %s"):format(x, unit)
end

local function time_text(seconds)
    if seconds >= 1 then return ("%.3g s"):format(seconds) end
    return seconds >= 1e-3 and ("%.3g ms"):format(seconds * 1e3) or ("%.3g us"):format(seconds * 1e6)
end

-- One run: seconds, bytes read and written, bytes of results, multiplications and additions.
local function run_once(profile, run, tensors)
    local copies, total = {}, {seconds = 0, bytes = 0, made = 0, work = 0}
    for name, x in pairs(tensors) do copies[name] = x:clone() end
    for _, row in ipairs((profile(function() lun.no_grad(run, lun, copies) end))) do
        for key in pairs(total) do total[key] = total[key] + row[key] end
    end
    return total
end

--- The cost of the op of a stop: {seconds, bytes, made, work}, the fastest of three runs.
local function of_op(ev)
    local there, shell = pcall(require, "lunette.shell")
    if not there then error("cost needs the program lunette", 0) end
    local text, tensors = repro.call(ev)
    local run = load("local lun, t = ... return " .. text, "=cost", "t")
    local best
    for _ = 1, 3 do
        local total = run_once(shell.profile, run, tensors)
        if not best or total.seconds < best.seconds then best = total end
    end
    return best
end

local function say_op(ev)
    local c = of_op(ev)
    local rates = c.seconds > 0 and ("  %s, %s"):format(scaled(c.work / c.seconds, "FLOP/s"), scaled(c.bytes / c.seconds, "B/s")) or ""
    say("op:%s  %s  %s  %s read and written, %s of results%s", ev.op, time_text(c.seconds), scaled(c.work, "FLOP"), scaled(c.bytes, "B"),
        scaled(c.made, "B"), rates)
end

-- The dry run calls modules; their calls are not counted.
local function summary_of(module, inputs)
    local calls = {}
    for _, child in ipairs(module:modules()) do calls[child] = {rawget(child, "_calls"), rawget(child, "_last_root_call")} end
    local _ <close> = setmetatable({}, {__close = function()
        for child, before in pairs(calls) do
            rawset(child, "_calls", before[1])
            rawset(child, "_last_root_call", before[2])
        end
    end})
    return module:summary(table.unpack(inputs, 1, inputs.n))
end

local known = setmetatable({}, {__mode = "k"}) -- module -> what was told at the beginning of its last call

local function say_module(ev)
    local summary = summary_of(ev.frame.module, ev.inputs)
    known[ev.frame.module] = {flops = summary.flops, result_bytes = summary.result_bytes, call = ev.frame.call}
    say("mod:%s  %s, %s of results in its parts (a dry run on these shapes)", ev.frame.path, scaled(summary.flops, "FLOP"),
        scaled(summary.result_bytes, "B"))
end

local function say_time(ev)
    if not ev.seconds then error("nobody saw this call begin: b mod:PATH, or finish from its beginning", 0) end
    local summary = known[ev.frame.module]
    local fresh = summary and summary.call == ev.frame.call
    say("mod:%s  %s for this call, stops left out%s", ev.frame.path, time_text(ev.seconds), fresh and ("  %s, %s of results in its parts  %s"):format(
        scaled(summary.flops, "FLOP"), scaled(summary.result_bytes, "B"), scaled(summary.flops / ev.seconds, "FLOP/s")) or "")
end

local function cost(ev)
    if ev.frame and ev.kind == "mod-exit" then return say_time(ev) end
    if ev.op and not ev.late then return say_op(ev) end
    if ev.frame and ev.kind == "mod-enter" then return say_module(ev) end
    local path = Module.stack.depth > 0 and Module.frames[Module.stack.depth].path
    error("cost is for a stop at an op, or at the start or end of a module call" .. (path and (" (b mod:%s)"):format(path) or ""), 0)
end

commands.group("look", {{"cost", "cost: time, bytes and FLOPs of this op, or of this module call (FLOPs at its start, its time at its end)", cost}})
