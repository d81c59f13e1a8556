-- change.lua - the commands that change a run: set, poke, skip, ret, retry
--
-- Rules of gradients: what is put in place (set, skip, ret) is differentiated as typed: `in1 * 2` and `out + 1` hang on the graph, a new
-- tensor or `out:detach() + 1` is a constant. poke changes memory, so a value that was saved from it makes backward an error.
-- Read next: lua_bindings/debug.c (read_answer). SPDX-License-Identifier: MIT
local lun = require "lunette"
local core = require "lunette.dbg_core"
local commands = require "lunette.dbg.commands"
local look = require "lunette.dbg.look"
local run = require "lunette.dbg.run"
local say, first_line, evaluate = look.say, look.first_line, look.evaluate

local function shape_text(x) return ("%s[%s]"):format(x.dtype, table.concat(x.shape, ",")) end

local function kind_of(x) return x.device == "cpu" and shape_text(x) or shape_text(x) .. " on " .. x.device end

-- What the op gave, or would give: nil where nobody knows (it fails).
local function results_of(ev)
    if not ev.op or ev.kind == "after" then return ev.outputs end
    ev.expected = ev.expected or core.expected() or {}
    return ev.expected
end

local function checked_result(ev, value)
    local old = results_of(ev)[1]
    local wants_tensor = ev.op or old == nil or lun.is_tensor(old)
    if wants_tensor and not lun.is_tensor(value) then error("a result must be a tensor, got " .. type(value), 0) end
    if lun.is_tensor(old) and kind_of(old) ~= kind_of(value) then
        error(("the result is %s, the new value %s"):format(kind_of(old), kind_of(value)), 0)
    end
    return value
end

-- A stop on a GPU comes after the op; one at a line has no op.
local function must_be_now(ev)
    if ev.late then error("that op is long done, so nothing of it can be changed; set gpu-sync on, and the next run stops there", 0) end
    if not ev.op and not ev.frame then error("this is for a stop at an op or a module call; assign to locals by name", 0) end
end

local function is_ahead(ev) return ev.kind == "before" or ev.kind == "mod-enter" or ev.kind == "error" end

local function put_input(ev, index, value)
    if index < 1 or index > (ev.inputs.n or #ev.inputs) then error(("there is no in%d here"):format(index), 0) end
    if not lun.is_tensor(value) and ev.op then error(("in%d must be a tensor, got %s"):format(index, type(value)), 0) end
    local inner, old = ev.op and (ev.depth > 0 or ev.node_op), ev.inputs[index]
    if inner and lun.is_tensor(old) and kind_of(old) ~= kind_of(value) then -- formulas around it rely on that
        error(("inside a composed op or a gradient in%d stays %s, the new value is %s"):format(index, kind_of(old), kind_of(value)), 0)
    end
    ev.new_inputs[index], ev.inputs[index] = value, value
    if ev.kind == "after" or ev.kind == "error" then ev.retry = true end
end

local function put_output(ev, value)
    ev.new_outputs[1], ev.outputs[1] = checked_result(ev, value), value
    if not is_ahead(ev) then return end
    ev.skip = true
    for k = 2, ev.op and #results_of(ev) or 0 do ev.new_outputs[k] = lun.zeros_like(results_of(ev)[k]) end
end

local function gpu_sync(word)
    if word ~= "on" and word ~= "off" then error("set gpu-sync on, or set gpu-sync off", 0) end
    lun.cuda.blocking(word == "on")
    say(word == "on" and "each op on a GPU is waited for (slow): stops come at the op itself" or "ops on a GPU are not waited for")
end

local settings = {["gpu-sync"] = gpu_sync, unit = run.set_unit}

local function set(ev, rest)
    local setting, word = rest:match "^([%a%-]+)%s*([^=%s]*)$"
    if settings[setting] then return settings[setting](word) end
    local name, text = rest:match "^([%a_][%w_]*)%s*=%s*(.+)$"
    if not name then error("set in1 = EXPR, set out = EXPR, set unit op|line|module|auto, or set gpu-sync on|off", 0) end
    local value = evaluate(ev, text)
    local index = math.tointeger(name:match "^in(%d+)$")
    if index or name == "out" then must_be_now(ev) end
    if index then put_input(ev, index, value) elseif name == "out" then put_output(ev, value) end
    rawset(ev.env, name, value)
    local constant = (index or name == "out") and lun.is_tensor(value) and not value.requires_grad
    say("%s = %s%s", name, first_line(value), constant and "  (a constant for the gradient)" or "")
end

local change = {}

--- Changes memory: x[where[1], where[2], ...] = value (where.n positions), or all of x for no positions.
function change.poke(x, where, value)
    lun.no_grad(function()
        if not where then
            x:copy_(lun.is_tensor(value) and value or lun.full(x.shape, value))
            return
        end
        local part = x:detach()
        for i = 1, where.n - 1 do part = part[where[i]] end
        part[where[where.n]] = value
    end)
end

-- poke h[2,3] = 0.5, poke h = h * 2
local function poke(ev, rest)
    local target, text = rest:match "^(.-)%s*=%s*(.+)$"
    if not target then error("poke T[i,j] = EXPR, or poke T = EXPR", 0) end
    local name, indices = target:match "^(.-)%[([^%]]+)%]$"
    local x, value = evaluate(ev, name or target), evaluate(ev, text)
    local shown = indices and ("%s[%s]"):format(name, (indices:gsub(",", "]["))) or target
    if not lun.is_tensor(x) then error(("'%s' is no tensor"):format(name or target), 0) end
    change.poke(x, indices and table.pack(evaluate(ev, indices)), value)
    say("%s = %s  (in memory: whoever saved it for backward refuses)", target, first_line(evaluate(ev, shown)))
end

-- Without EXPR: the first input where it fits, else zeros.
local function stand_in(ev)
    local wanted, first = results_of(ev)[1], ev.inputs[1]
    if not lun.is_tensor(wanted) or lun.is_tensor(first) and kind_of(first) == kind_of(wanted) then return first, " (in1)" end
    return lun.zeros_like(wanted), " (zeros: in1 has another shape)"
end

local function skip(ev, rest)
    must_be_now(ev)
    if not is_ahead(ev) then error("it has already run; set out = EXPR replaces its result", 0) end
    local value, whence = nil, ""
    if rest == "" then value, whence = stand_in(ev) else value = evaluate(ev, rest) end
    ev.new_outputs[1], ev.skip = checked_result(ev, value), true
    for k = 2, ev.op and #results_of(ev) or 0 do ev.new_outputs[k] = lun.zeros_like(results_of(ev)[k]) end
    say("skipped; its result is %s%s", first_line(value), whence)
    return "go"
end

local function give_back(ev, rest)
    must_be_now(ev)
    if rest == "" then error("ret EXPR: the op or module call gives EXPR", 0) end
    put_output(ev, evaluate(ev, rest))
    return "go"
end

local function retry(ev)
    must_be_now(ev)
    if ev.kind ~= "after" and ev.kind ~= "error" then error("the op has not run yet; c runs it", 0) end
    ev.retry = true
    return "go"
end

commands.group("change", {
    {"set", "set in1 = EXPR: this op sees the new value; set out = EXPR: another result; set unit op|line|module|auto; set gpu-sync on|off", set},
    {"poke", "poke T[i,j] = EXPR, poke T = EXPR: change the memory of a tensor", poke},
    {"skip", "skip [EXPR]: do not run this op or module call; use EXPR (default: its first input)", skip},
    {"ret", "ret EXPR: this op or module call gives EXPR, and on", give_back},
    {"retry", "retry: run the op again (after set in1 = ...)", retry},
})

return change
