-- why.lua - causes: where a NaN or an infinity was born, and why a parameter has no gradient
--
-- Bad values leave a trail while `catch nonfinite` (nan, inf) looks for them; ends of gradients are noted from the first `why nograd` on.
-- Read next: debugger/trail.h, lua_bindings/debug_why.c. SPDX-License-Identifier: MIT
local lun = require "lunette"
local core = require "lunette.dbg_core"
local breaks = require "lunette.dbg.breaks"
local commands = require "lunette.dbg.commands"
local frames = require "lunette.dbg.frames"
local look = require "lunette.dbg.look"
local run = require "lunette.dbg.run"
local say = look.say

local why = {}

-- ---- bad values ----

local function number(v) return v ~= v and "NaN" or ("%g"):format(v) end

local function place(entry)
    local of = entry.of and "bwd op:" .. entry.of .. " (" .. entry.op .. ")" or "op:" .. entry.op
    return ("%s #%d%s  %s:%d"):format(of, entry.sequence, entry.module and " in " .. entry.module or "", entry.file or "?", entry.line)
end

local function inputs(entry)
    local list = {}
    for i, v in ipairs(entry.inputs) do list[i] = v and ("in%d was %s"):format(i, number(v)) or nil end
    local known = {}
    for i = 1, #entry.inputs do known[#known + 1] = list[i] end
    return #known > 0 and "  (" .. table.concat(known, ", ") .. ")" or ""
end

--- The chain of ops from the one that made x bad back to the birth, newest first.
why.trail = core.trail

--- The op where the NaN or infinity in x was born, in words; nil when no op is known.
function why.birth(x)
    local chain = core.trail(x)
    local last = chain[#chain]
    if not last then return nil end
    return ("%s: %s was born at element %d%s"):format(place(last), number(last.value), last.position, inputs(last)), last
end

-- Does it matter? Only what arrives at a single number can be in a loss.
local function tell_reach(x)
    local entry = core.reached(x)
    if entry then return say("it reaches %s, a single number: a loss computed of it is not finite", place(entry)) end
    say("no single number was computed of it so far: masked, or the loss is still to come (why again there)")
end

-- Zeros and huge values are no births: what is in the tensor, and the op that made it.
local function describe(x)
    local zeros, largest = core.measure("zeros", x), core.measure("absmax", x)
    local node = core.node(x)
    local made = node and ("made by op:%s #%d  %s:%d"):format(node.op, node.sequence, node.file or "?", node.line) or "of no recorded op"
    if zeros == 1 then return say("all of it is zero, %s", made) end
    say("it has no NaN and no infinity (absmax %.4g, %.0f %% zeros), %s", largest, zeros * 100, made)
    if largest > 1e4 then say("it is large: b op:* if absmax(out) > %.0e finds, in another run, the op where that begins", largest / 10) end
end

local function explain(x)
    local chain = core.trail(x)
    if #chain == 0 then
        if x:isfinite():all() then return describe(x) end
        if core.deliberate() > 0 and x:isnan():sum():item() == 0 then return say("infinity that was put there on purpose (a mask)") end
        return say("no op that was watched made it: the data had it, or catch nonfinite was not on (set it, run again)")
    end
    for i, entry in ipairs(chain) do
        local what = entry.born and "born here" or "passed on"
        say("%s%s  %s%s%s", ("  "):rep(math.min(i - 1, 10)), number(entry.value), what .. " by ", place(entry), entry.born and inputs(entry) or "")
    end
    if not chain[#chain].born then say("what came before was not made by an op that was watched: look at the data") end
    tell_reach(x)
end

-- ---- gradients that do not arrive ----

local ends = {}                  -- {what, line, text, cut = the leaves that get nothing through it, no_grad}
local watching

local function note_end(ev)
    local frame = frames.of(ev.thread)[1]
    local cut = {}
    for i = 1, ev.inputs.n or #ev.inputs do
        local x = ev.inputs[i]
        for _, leaf in ipairs(lun.is_tensor(x) and core.leaves(x) or {}) do cut[#cut + 1] = leaf end
        if lun.is_tensor(x) and x.is_leaf then cut[#cut + 1] = x end
    end
    local what = ev.op and "op:" .. ev.op or ev.what or "detach"
    local line = frame and ("%s:%d"):format(frame.source, frame.line) or "?"
    for _, known in ipairs(ends) do
        if known.line == line and known.what == what then return end
    end
    ends[#ends + 1] = {what = what, line = line, text = frame and frame.text, cut = cut, no_grad = not core.grad_enabled()}
end

-- A number that is taken out of a tensor carries no gradient, whatever is made of it; no op sees that.
local methods = core.methods()
local taken = {item = methods.item, totable = methods.totable}
local function noted(name)
    return function(x, ...)
        if x.requires_grad and not run.stopping then note_end {thread = coroutine.running(), inputs = {x, n = 1}, what = name} end
        return taken[name](x, ...)
    end
end

--- Notes nothing more, and lets go of the leaves that were noted.
function why.forget()
    ends, watching = {}, nil
    for name, method in pairs(taken) do methods[name] = method end
end

--- Notes from now on where gradients end.
function why.watch_gradients()
    if watching and breaks.find(watching.id) then return end
    watching = breaks.add("nograd", {run = note_end, hidden = true})
    for name in pairs(taken) do methods[name] = noted(name) end
end

--- Why parameter p has no gradient, in words: a list of lines.
function why.nograd(p)
    if not p.requires_grad then return {"it does not require grad, so none is computed: p:requires_grad_()"} end
    if p.grad then return {("it has a gradient, of norm %.4g"):format(core.measure("norm", p.grad))} end
    local lines, numbers = {}, {}
    for _, stop in ipairs(ends) do
        for _, x in ipairs(stop.cut) do
            if core.same_memory(x, p) then
                local what = stop.what .. (stop.no_grad and " under no_grad" or "")
                local list = taken[stop.what] and numbers or lines
                list[#list + 1] = ("its gradient ends at %s  %s  %s"):format(what, stop.line, stop.text or "")
            end
        end
    end
    if #lines > 0 then return lines end
    if #numbers > 0 then
        numbers[#numbers + 1] = "a number that was taken out carries no gradient; where it is only shown that is harmless: was backward called?"
        return numbers
    end
    if not watching then
        why.watch_gradients()
        return {"from now on it is noted where gradients end: run forward and backward again, then ask again"}
    end
    return {"nothing that was computed since and led to a loss read it: is it the tensor that forward uses? did a backward pass run?"}
end

-- ---- commands ----

local function parameter(ev, text)
    local glob = text:match "^name:(.+)$"
    if not glob then
        local value = look.evaluate(ev, text)
        return lun.is_tensor(value) and value or error(("why nograd P: '%s' is no tensor"):format(text), 0)
    end
    local found = breaks.named(glob, ev)
    if #found == 0 then error(("no parameter is called %s"):format(glob), 0) end
    return found[1][2]
end

local function command(ev, rest)
    local nograd = rest:match "^nograd%s+(.+)$"
    if rest == "nograd" then error("why nograd P: a parameter, such as net.fc1.weight or name:fc1.weight", 0) end
    if nograd then
        for _, line in ipairs(why.nograd(parameter(ev, nograd))) do say("%s", line) end
        return
    end
    local whole = rest:gsub("^%$", ""):gsub("%[[^%]]*%]$", "") -- of an element: the tensor that it is of
    local x = rest ~= "" and look.evaluate(ev, whole) or ev.outputs[1] or ev.inputs[1]
    if not lun.is_tensor(x) then error("why T: where a NaN or infinity in T came from; why nograd P: why P has no gradient", 0) end
    explain(x)
end

commands.group("find the cause", {
    {"why", "why T: where the NaN or infinity in T was born; why nograd P: why a parameter has no gradient", command},
})

return why
