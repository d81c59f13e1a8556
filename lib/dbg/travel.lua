-- travel.lua - going back in a call of a network, and trying another way: travel, rsi, rsm, rc, goto, fork
--
-- While travel is on, the root call of a network is a call that can be left and made again (debugger/travel.h). What the call wrote is put
-- back first: memory and random numbers by the core, the fields of its modules and the upvalues of their forward functions here.
-- Holds: side effects of Lua beyond that (files, other tables) happen again; print keeps quiet on the way.
-- Read next: lib/dbg/run.lua, lib/dbg/diff.lua. SPDX-License-Identifier: MIT
local core = require "lunette.dbg_core"
local breaks = require "lunette.dbg.breaks"
local commands = require "lunette.dbg.commands"
local diff = require "lunette.dbg.diff"
local look = require "lunette.dbg.look"
local run = require "lunette.dbg.run"
local say, count_of = look.say, commands.count_of

local travel = {inside = false}
local keep = 256 * 2 ^ 20        -- bytes of results that are kept
local wanted = false
local fork                       -- {target, stage = "A" or "B"} while a fork runs

-- ---- what the call's Lua code may have written ----

local function fields_of(module)
    local fields = {}
    for key, value in next, module do fields[key] = value end
    return fields
end

local function upvalues_of(f)
    local values = {}
    for i = 1, 255 do
        local name, value = debug.getupvalue(f, i)
        if not name then break end
        values[i] = {value}
    end
    return values
end

local function snapshot(root)
    local saved = {modules = {}, functions = {}}
    for _, module in ipairs(root:modules()) do
        saved.modules[module] = fields_of(module)
        local f = module.forward
        if type(f) == "function" and debug.getinfo(f, "S").what ~= "C" then saved.functions[f] = upvalues_of(f) end
    end
    return saved
end

local function restore(saved)
    for module, fields in pairs(saved.modules) do
        for key in pairs(fields_of(module)) do
            if fields[key] == nil then rawset(module, key, nil) end
        end
        for key, value in pairs(fields) do rawset(module, key, value) end
    end
    for f, values in pairs(saved.functions) do
        for i, value in ipairs(values) do debug.setupvalue(f, i, value[1]) end
    end
end

-- ---- the call that can be gone back in ----

local real_print = print
local function quiet_print(...)
    if not core.forwarding() then real_print(...) end
end

local function leave()
    travel.inside = false
    fork = nil
    core.mute(false)
    core.travel(nil)
end

local leaving = setmetatable({}, {__close = leave})

-- The end of a way: of A, which goes back for B; of B, which is laid beside A.
local function ended()
    if not fork then return end
    core.mute(false)
    if fork.stage == "A" then
        fork.stage = "B"
        diff.record(nil)
        core.rewind(fork.target)
    end
    diff.record(nil)
    say("B against A:")
    diff.show("A", "B")
    fork = nil
end

--- Calls f() for a call of `module`, so that commands at stops inside can go back in it.
function travel.call(module, f)
    local _ <close> = leaving
    local saved = snapshot(module)
    travel.inside = true
    core.travel(keep)
    local function body()
        local results = table.pack(f())
        ended()
        return table.unpack(results, 1, results.n)
    end
    while true do
        local results = table.pack(core.enter(body))
        if results[1] then return table.unpack(results, 2, results.n) end
        restore(saved)
        run.forget()
    end
end

--- Is the next root call to be one of those?
function travel.wanted() return wanted and not travel.inside end

--- Lets one go back in calls of networks from now on; bytes: how much of their results is kept.
function travel.on(bytes)
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

-- ---- commands ----

local function position()
    local list = core.steps()
    if #list == 0 then error("nothing to go back in: travel on, before the network is called", 0) end
    return #list, list
end

-- Before an op the newest step is the one that has not run.
local function back(ev, rest)
    local at = position()
    local n = count_of(rest)
    local target = ev.op and ev.kind == "before" and at - n or at - n + 1
    core.rewind(math.max(target, 1))
end

local function back_module(ev)
    local at, list = position()
    local k = ev.op and ev.kind == "before" and at - 1 or at
    while k > 1 and list[k - 1].module == list[k].module do k = k - 1 end
    core.rewind(math.max(k, 1))
end

-- The newest earlier op that an enabled op breakpoint without a condition names.
local function back_to_breakpoint(ev)
    local at, list = position()
    for k = ev.op and ev.kind == "before" and at - 1 or at, 1, -1 do
        for _, b in ipairs(breaks.list()) do
            if b.enabled and b.kind == "op" and not b.condition and core.path_matches(b.glob, list[k].op) then core.rewind(k) end
        end
    end
    say("no earlier op of this call has a breakpoint (conditions are not looked at); this is its first op")
    core.rewind(1)
end

local function go_to(_, rest)
    local sequence = math.tointeger(rest:match "^op#(%d+)$" or rest)
    local _, list = position()
    for k, step in ipairs(list) do
        if step.sequence == sequence then core.rewind(k) end
    end
    error(("goto op#N: an op of this call; i record lists them (op#%d to op#%d)"):format(list[1].sequence, list[#list].sequence), 0)
end

local function try_both(ev)
    local at = position()
    if not ev.op or ev.kind ~= "before" then error("fork at a stop before an op", 0) end
    if fork then error("a fork is running", 0) end
    fork = {target = at, stage = "A"}
    core.mute(true)
    diff.record "A"
    say("A runs on to the end of this call")
    return "go"
end

local function switch(_, rest)
    if rest == "off" then
        travel.off()
        return say("calls of networks leave no steps")
    end
    local number, unit = rest:match "^on%s*(%d*)([KMG]?)$"
    if not number then error("travel on [256M], or travel off", 0) end
    local bytes = tonumber(number) and number * ({K = 2 ^ 10, M = 2 ^ 20, G = 2 ^ 30, [""] = 1})[unit]
    travel.on(bytes or nil)
    say("each call of a network leaves steps to go back to; at most %.0f MB of its results are kept, the rest runs again", keep / 2 ^ 20)
end

local inspect = require "lunette.dbg.inspect"
function inspect.information.record()
    local list, bytes = core.steps()
    say("%d steps of this call, %.1f KB held", #list, bytes / 1024)
    for k = math.max(1, #list - 19), #list do
        local step = list[k]
        say("%s op#%-5d %-16s %-16s %s:%d%s", k == #list and ">" or " ", step.sequence, step.op, step.module or "", step.file or "?", step.line,
            step.edited and "  (edited)" or "")
    end
end

commands.group("go back", {
    {"travel", "travel on [256M]: from now on one can go back in calls of networks; travel off", switch},
    {"rsi rni", "rsi [N]: back to the op before, or N ops back; live from there", back, again = true},
    {"rsm rnm", "rsm: back to where the module before this one began", back_module, again = true},
    {"rc", "rc: back to the last op that has a breakpoint", back_to_breakpoint},
    {"goto", "goto op#N: back to that op of this call (i record lists them)", go_to},
    {"fork", "fork: let this call end as A, come back here for B, then diff A B", try_both},
})

return travel
