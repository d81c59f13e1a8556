-- travel.lua - going back, and trying another way: travel, rsi, rsm, rc, goto, fork
--
-- While travel is on, a run (a cell, a script), the root call of a network, a backward pass and an optimiser's step are calls that can be
-- left and made again (debugger/travel.h). What the call wrote is put back first: memory, gradients, the graph and random numbers by the
-- core, the tables and upvalues that its Lua code can reach by snapshot.lua.
-- Holds: other effects of Lua (files, coroutines made before) happen again; print keeps quiet on the way.
-- Read next: lib/dbg/snapshot.lua, lib/dbg/run.lua, lib/dbg/diff.lua. SPDX-License-Identifier: MIT
local lun = require "lunette"
local core = require "lunette.dbg_core"
local breaks = require "lunette.dbg.breaks"
local commands = require "lunette.dbg.commands"
local diff = require "lunette.dbg.diff"
local look = require "lunette.dbg.look"
local run = require "lunette.dbg.run"
local snapshot = require "lunette.dbg.snapshot"
local say, count_of = look.say, commands.count_of

local travel = {}
local keep = 256 * 2 ^ 20        -- bytes of results that are kept
local wanted = false
local fork                       -- {target, depth, stage = "A" or "B"} while a fork runs
local history = {}               -- steps of optimisers: {step, gradnorm, at = the step that comes next}
local edits = {}                 -- what stops at module calls changed: place -> {action, inputs, outputs}

local real_print = print
local function quiet_print(...)
    if not core.forwarding() then real_print(...) end
end

-- ---- calls that can be gone back in ----

local function begin(roots)
    local saved = snapshot.of(roots)
    saved.optimizer_step = core.optimizer_step()
    saved.depth = core.travel(math.min(keep, 2 ^ 62))
    return saved
end

local function again(saved)
    snapshot.restore(saved)
    core.optimizer_step(saved.optimizer_step)
    run.forget()
end

-- With those inside that a coroutine never ended.
local function over(depth)
    while core.travel_calls() >= depth do
        if core.travel(nil) == 0 then edits = {} end
    end
    if fork and fork.depth >= depth then
        fork = nil
        core.mute(false)
        diff.record(nil)
    end
end

-- The end of a way: of A, which goes back for B (the step to go to); of B, which is laid beside A.
local function ended(depth)
    if not fork or fork.depth ~= depth then return end
    core.mute(false)
    diff.record(nil)
    if fork.stage == "A" then
        fork.stage = "B"
        return fork.target
    end
    say("B against A:")
    diff.show("A", "B")
    fork = nil
end

--- Calls f(...) so that commands at stops inside can go back in it. roots: from where its Lua code may reach what it writes.
function travel.call(roots, f, ...)
    local saved = begin(roots)
    local _ <close> = setmetatable({}, {__close = function() over(saved.depth) end})
    local function body(...)
        local results = table.pack(f(...))
        local target = ended(saved.depth)
        if target then core.rewind(target) end
        return table.unpack(results, 1, results.n)
    end
    while true do
        local results = table.pack(core.enter(body, ...))
        if results[1] then return table.unpack(results, 2, results.n) end
        again(saved)
    end
end

local whole                      -- of the run (a cell, a script), which the shell calls again
local moments = {}
function moments.begins()
    if wanted then whole = begin {lun.session or _G} end
    return wanted
end
function moments.again()
    again(whole)
    return true
end
function moments.done() return ended(whole.depth) end
function moments.ends() over(whole.depth) end
core.on_run(function(moment) return moments[moment]() end)

--- What is kept, in a word: "meta", "ring 256 MB", "all".
function travel.level() return keep == 0 and "meta" or keep == math.huge and "all" or ("ring %.4g MB"):format(keep / 2 ^ 20) end

--- Is a call of a network one of those? The innermost ones are no calls of their own.
function travel.wanted() return wanted end

--- Lets one go back from now on: in runs, calls of networks, backward passes and steps of optimisers that begin after this. bytes: how much
--- of their results is kept.
function travel.on(bytes)
    if not wanted then history = {} end
    wanted, keep = true, bytes or keep
    if print == real_print then print = quiet_print end
    breaks.seen_changed()
end

function travel.off()
    wanted = false
    breaks.seen_changed()
end

-- B begins where A did, once the run is back there.
function travel.arrived(ev)
    if ev.reason == "back" and fork and fork.stage == "B" then
        say("A is kept. This is B: change something, then c")
        diff.record "B"
    end
end

-- ---- steps of optimisers ----

--- An optimiser's step is about to begin: its number and the norm of its gradients are kept.
function travel.note_step(optimizer)
    if core.forwarding() or #history >= 100000 then return end
    local squares = 0
    for _, group in ipairs(optimizer and optimizer.param_groups or {}) do
        for _, p in ipairs(group.params) do
            if p.grad then squares = squares + core.measure("norm", p.grad) ^ 2 end
        end
    end
    history[#history + 1] = {step = core.optimizer_step(), gradnorm = math.sqrt(squares), at = core.position()}
end

--- What was noted: {{step, gradnorm}, ...}.
function travel.history() return history end

-- ---- calls of modules: what a stop changed there ----

local function place_of(kind, frame) return ("%s %s#%d @%d"):format(kind, frame.path, frame.call, core.position()) end

--- A stop at a module call changed its arguments or results: on the way forward they are changed again.
function travel.note_edit(kind, frame, action, inputs, outputs)
    if core.steps() == 0 or action ~= "skip" and not next(inputs) and not next(outputs) then return end
    edits[place_of(kind, frame)] = {action = action, inputs = inputs, outputs = outputs}
end

function travel.edit_of(kind, frame)
    return next(edits) and edits[place_of(kind, frame)] or nil
end

-- ---- commands ----

-- How many steps there are, and the first that can be gone to.
local function position()
    local n, first = core.steps()
    if n == 0 then error("nothing to go back in: travel on, before the network is called", 0) end
    if not first then core.rewind(1) end -- says why
    return n, first
end

--- Raises, saying why, where one cannot go back.
travel.check = position

-- Before an op the newest step is the one that has not run.
local function previous(ev)
    local n, first = position()
    return ev.op and ev.kind == "before" and n - 1 or n, first
end

local function back(ev, rest)
    local k, first = previous(ev)
    core.rewind(math.max(k + 1 - count_of(rest), first))
end

local function back_module(ev)
    local k, first = previous(ev)
    k = math.max(k, first)
    while k > first and core.step_at(k - 1).module == core.step_at(k).module do k = k - 1 end
    core.rewind(k)
end

local function same_line(a, b) return a.file == b.file and a.line == b.line end

-- To the first op of the line of ops before this one; lines without an op leave no step.
local function back_line(ev, rest)
    local k, first = previous(ev)
    k = math.max(k, first)
    local here = ev.op and ev.kind == "before" and core.step_at(k + 1) or ev.frames[1] and {file = ev.frames[1].source, line = ev.frames[1].line}
    for _ = 1, count_of(rest) do
        while k > first and here and same_line(core.step_at(k), here) do k = k - 1 end
        while k > first and same_line(core.step_at(k - 1), core.step_at(k)) do k = k - 1 end
        here = core.step_at(k)
    end
    core.rewind(k)
end

local back_by = {op = back, line = back_line, module = back_module}
local function back_unit(ev, rest) return back_by[run.unit_of(ev)](ev, rest) end

--- The first step of the call of a module that runs now or ran last, by its path.
function travel.beginning_of(path)
    local k, first = position()
    local function is_inside(step) return step.module == path or step.module and step.module:sub(1, #path + 1) == path .. "." end
    if k < first or not is_inside(core.step_at(k)) then error(("no op of %s has run yet that can be gone back to"):format(path), 0) end
    while k > first and is_inside(core.step_at(k - 1)) do k = k - 1 end
    return k
end

-- A step as the event of a stop: for conditions, and to look at what cannot be gone to.
local function event_of(step)
    local ev = {kind = "after", op = step.op, node_op = step.of, module = step.module, sequence = step.sequence, phase = step.phase, depth = 0,
                inputs = step.inputs, outputs = step.outputs, frames = {}, selected = 1}
    ev.env = look.environment(ev)
    return ev
end

local function holds(condition, step)
    if not condition then return true end
    local ok, value = pcall(look.evaluate, event_of(step), condition)
    return ok and value and true or false
end

local function hits(b, step, before)
    local phase = b.location:match "^(%a+) " or b.location == "bwd" and "bwd" or "fwd"
    local fits = b.enabled and b.kind == "op" and phase == step.phase
    if b.location == "bwd" then fits = fits and not (before and before.phase == "bwd") -- the first op of a pass
    else fits = fits and core.path_matches(b.glob, step.of or step.op) end
    return fits and holds(breaks.condition_text(b.id), step)
end

-- The newest optimiser's step for which the condition holds: it is shown; a step that can still be gone to is said.
local function back_to_step(ev, condition)
    for k = #history, 1, -1 do
        local h = history[k]
        local known = {step = h.step, gradnorm = h.gradnorm}
        local chunk = load("return " .. look.spelled(condition):gsub("_stop%.", ""), "=rc", "t", setmetatable(known, {__index = look.values}))
        local ok, value = pcall(chunk or error, "cannot read it")
        if not ok then error(tostring(value), 0) end
        if value then
            local n, first = core.steps()
            local there = first and h.at >= first and h.at <= n and core.step_at(h.at)
            say("■ optimiser's step %d opt  gradnorm %.6g", h.step, h.gradnorm)
            say("  looking back from step %d; %s", core.optimizer_step(), there and ("goto op#%d goes there"):format(there.sequence)
                or "there is no way to go there: travel on before the whole run leaves one")
            return
        end
    end
    say("none of the %d steps noted fits", #history)
end

-- The newest earlier op where an enabled op breakpoint would have stopped, or where the condition holds.
local function back_to_hit(ev, rest)
    local condition = rest:match "^if%s+(.+)$"
    if rest ~= "" and not condition then error("rc, or rc if COND", 0) end
    local readable, why = load("return " .. look.spelled(condition or "true"), "=(rc)", "t")
    if not readable then error((why:gsub("^%(rc%):%d+: ", "")), 0) end
    if condition and condition:find "%f[%w_]gradnorm%f[^%w_]" then return back_to_step(ev, condition) end
    local k, first = previous(ev)
    local list = breaks.list()
    for at = k, first, -1 do
        local step = core.step_at(at)
        if condition and holds(condition, step) then core.rewind(at) end
        for _, b in ipairs(condition and {} or list) do
            if hits(b, step, core.step_at(at - 1)) then core.rewind(at) end
        end
    end
    say("no earlier op %s; this is the first one", condition and "for which that holds" or "has a breakpoint whose condition holds")
    core.rewind(first)
end

local function go_to(_, rest)
    local sequence = math.tointeger(rest:match "^op#(%d+)$" or rest)
    local n, first = position()
    for k = n, first, -1 do
        if core.step_at(k).sequence == sequence then core.rewind(k) end
    end
    local low, high = core.step_at(first).sequence, core.step_at(n).sequence
    error(("goto op#N: an op of this call; i record lists them (op#%d to op#%d)"):format(low, high), 0)
end

local checkpoints = {}           -- name -> sequence of an op

local function set_checkpoint(ev, rest)
    if rest == "" then error("checkpoint NAME, at an op; restart NAME goes back to it", 0) end
    position()
    if not ev.op then error("a checkpoint is set at a stop at an op", 0) end
    checkpoints[rest] = ev.sequence
    say("checkpoint %s is op#%d; restart %s goes back to it while this call runs", rest, ev.sequence, rest)
end

local function restart(ev, rest)
    local sequence = checkpoints[rest]
    if not sequence then error(("there is no checkpoint '%s'"):format(rest), 0) end
    if core.step_at((position())).sequence < sequence then error(("%s (op#%d) lies ahead: c, or adv"):format(rest, sequence), 0) end
    return go_to(ev, tostring(sequence))
end

local function try_both(ev)
    local at, first = position()
    if not ev.op or ev.kind ~= "before" or ev.depth > 0 then error("fork at a stop before an op that you called", 0) end
    if at < first then core.rewind(at) end -- says why
    if fork then error("a fork is running", 0) end
    local depth = ev.phase == "fwd" and core.travel_calls() or 1 -- a backward pass alone shows little
    fork = {target = at, stage = "A", depth = depth}
    core.mute(true)
    diff.record "A"
    say("A runs on to the end of this call")
    return "go"
end

-- ---- levels ----

local function size_of(text)
    local number, unit = text:match "^(%d+)([KMG]?)$"
    if not number then error("a size is 64K, 256M or 2G", 0) end
    return tonumber(number) * ({K = 2 ^ 10, M = 2 ^ 20, G = 2 ^ 30, [""] = 1})[unit]
end

local function told(bytes)
    travel.on(bytes)
    local kept = keep == math.huge and "all of its results are kept" or keep == 0 and "none of its results are kept: going back runs it again"
        or ("at most %.4g MB of its results are kept, the rest runs again"):format(keep / 2 ^ 20)
    say("what runs from now on leaves steps to go back to; %s", kept)
end

local function alone(rest, word)
    if rest ~= "" then error(("record %s takes nothing more, got '%s'"):format(word, rest), 0) end
end

function diff.levels.meta(rest)
    alone(rest, "meta")
    told(0)
end
function diff.levels.ring(rest) told(size_of(rest)) end
function diff.levels.all(rest)
    alone(rest, "all")
    told(math.huge)
end

function diff.levels.off()
    travel.off()
    say("nothing is recorded, and what runs leaves no steps")
end

local function switch(_, rest)
    if rest == "off" then return diff.levels.off() end
    local size = rest:match "^on%s*(%S*)$"
    if not size then error("travel on [256M], or travel off", 0) end
    told(size ~= "" and size_of(size) or nil)
end

local inspect = require "lunette.dbg.inspect"
function inspect.information.record()
    local n, first, bytes = core.steps()
    local _, spent, passed = core.travel_cost()
    say("level %s: %d steps of this call, %.1f KB held, %.2f us an op so far", wanted and travel.level() or "off", n, bytes / 1024,
        spent / 1000 / math.max(passed, 1))
    if n > 0 and not first then say("none can be gone back to") end
    for k = math.max(first or 1, n - 19), n do
        local step = core.step_at(k)
        local what = step.of and ("%s of bwd %s"):format(step.op, step.of) or step.op
        local place = ("%s:%d%s"):format(step.file or "?", step.line, step.edited and "  (edited)" or "")
        say("%s op#%-5d %s %-16s %-16s %s", k == n and ">" or " ", step.sequence, step.phase, what, step.module or "", place)
    end
end

commands.group("go back", {
    {"travel", "travel on [256M]: from now on one can go back in what runs; travel off", switch},
    {"rsi rni", "rsi [N]: back to the op before, or N ops back; live from there", back, again = true},
    {"rs rn", "rs [N]: back by what stopped (set unit): to the op, the line with ops or the module call before", back_unit, again = true},
    {"rsm rnm", "rsm: back to where the module before this one began", back_module, again = true},
    {"rc", "rc [if COND]: back to the last op where a breakpoint would have stopped, or where COND holds", back_to_hit},
    {"goto", "goto op#N: back to that op of this call (i record lists them)", go_to},
    {"checkpoint", "checkpoint NAME: remember this op", set_checkpoint},
    {"restart", "restart NAME: back to it", restart},
    {"fork", "fork: let this call (in a backward pass or a step: the whole run) end as A, come back here for B, then diff A B", try_both},
})

return travel
