-- diagnose.lua - rules for the usual faults of a training run: looked at while it runs, told once, in words for a beginner
--
-- A rule is a row: its name, where it looks (a location of debugger/break.h, or "loss"), and a check over the event and what the rule
-- remembers, which gives a text when the fault is there. Holds: rules read and change nothing; each speaks once.
-- Read next: lib/dbg/why.lua, doc/debugger.md. SPDX-License-Identifier: MIT
local lun = require "lunette"
local core = require "lunette.dbg_core"
local breaks = require "lunette.dbg.breaks"
local commands = require "lunette.dbg.commands"
local look = require "lunette.dbg.look"
local run = require "lunette.dbg.run"
local why = require "lunette.dbg.why"
local say, measure = look.say, core.measure

local diagnose = {}

-- ---- what rules ask ----

local function norm_of_all(list)
    local squares = 0
    for _, x in ipairs(list) do squares = squares + measure("norm", x) ^ 2 end
    return math.sqrt(squares)
end

local function each_parameter(optimizer)
    local list = {}
    for _, group in ipairs(optimizer and optimizer.param_groups or {}) do
        for _, p in ipairs(group.params) do list[#list + 1] = p end
    end
    return list
end

local function gradients(optimizer)
    local list = {}
    for _, p in ipairs(each_parameter(optimizer)) do list[#list + 1] = p.grad end
    return list
end

local function name_of(p, ev)
    for _, pair in ipairs(breaks.named("*", ev)) do
        if core.same_memory(pair[2], p) then return pair[1] end
    end
    return "a parameter of shape " .. core.measure("shape", p)
end

-- The module call around an op: its path, else the op's line.
local function here(ev)
    if ev.module then return ev.module end
    local frame = ev.frames[1]
    return frame and ("%s:%d"):format(frame.source, frame.line) or "?"
end

-- Counts in memory[key] how often in a row something held; true at the n-th time.
local function in_a_row(memory, key, holds, n)
    memory[key] = holds and (memory[key] or 0) + 1 or 0
    return memory[key] == n
end

-- ---- rules at ops ----

-- A unit is a column: one that is 0 for every row of several batches learns nothing any more.
local function dead_units(memory, ev)
    local out, key = ev.outputs[1], here(ev)
    if not out or out.ndim < 2 or ev.phase ~= "fwd" then return end
    local alive = out:ne(0):reshape(-1, out.shape[out.ndim]):any(1)
    local seen = memory[key]
    if not seen or seen.alive:numel() ~= alive:numel() then seen = {alive = alive, calls = 0} end
    seen.alive, seen.calls = seen.alive:logical_or(alive), seen.calls + 1
    memory[key] = seen
    local dead = seen.alive:numel() - seen.alive:sum():item()
    if seen.calls < 5 or dead < 0.5 * seen.alive:numel() then return end
    return ("%d of %d units behind %s of %s gave 0 for everything in %d batches: they are dead and get no gradient. Smaller learning rate, "
        .. "another start of the bias, or leaky_relu"):format(dead, seen.alive:numel(), ev.op, key, seen.calls)
end

local function saturated(low, high)
    return function(memory, ev)
        local out = ev.outputs[1]
        if not out or ev.phase ~= "fwd" then return end
        local part = out:lt(low):logical_or(out:gt(high)):sum():item() / math.max(out:numel(), 1)
        if not in_a_row(memory, here(ev), part > 0.9, 5) then return end
        return ("%.0f %% of what %s gives in %s lies at its ends: it is saturated and its gradient is nearly 0. Scale its input down (normalise "
            .. "the data, smaller weights)"):format(part * 100, ev.op, here(ev))
    end
end

local function wrong_softmax(_, ev)
    local x, dim = ev.inputs[1], ev.attributes.dim
    if not lun.is_tensor(x) or x.ndim ~= 2 or dim ~= 1 or x.shape[1] < 2 or x.shape[2] < 2 or ev.phase ~= "fwd" then return end
    return ("%s over dim 1 of [%d,%d]: the columns sum to 1, the rows do not. Classes stand in dim 2: %s(2)"):format(ev.op, x.shape[1],
        x.shape[2], ev.op)
end

local function evaluates_in_training(_, ev)
    if core.grad_enabled() or not ev.attributes.training then return end
    return ("%s trains inside no_grad in %s: while measuring, net:eval() makes it quiet (and net:train() afterwards)"):format(ev.op, here(ev))
end

-- Labels 1..n of which some never come: one too many outputs, or counting from 0 somewhere.
local function unused_class(memory, ev)
    local logits, labels = ev.inputs[1], ev.inputs[2]
    if not lun.is_tensor(labels) or labels.dtype:find "float" or logits.ndim < 2 then return end
    local classes = logits.shape[2]
    memory.seen, memory.n = memory.seen or {}, (memory.n or 0) + labels:numel()
    for _, label in ipairs(labels:flatten():totable()) do memory.seen[label] = true end
    if memory.n < 20 * classes then return end
    local missing = {}
    for class = 1, classes do
        if not memory.seen[class] then missing[#missing + 1] = class end
    end
    if #missing == 0 or #missing == memory.told then return end
    memory.told = #missing
    return ("of %d classes, class %s never came in %d labels. Does the net have an output too many, or do labels count from another number? "
        .. "Classes are 1 to %d"):format(classes, table.concat(missing, ", "), memory.n, classes)
end

local function both_stretched(_, ev)
    return ev.why and ("%s at %s: usually one of them lacks a view or a squeeze"):format(ev.why, here(ev))
end

local function overwritten(_, ev) return ev.why and ("%s writes in place, and %s"):format(ev.op, ev.why) end

local function bad_value(_, ev)
    if ev.phase == "bwd" then
        return ("the gradient of %s (forward at %s:%d) became NaN or infinite; fwd and why say more"):format(ev.node_op or ev.op, ev.node_file or "?",
            ev.node_line or 0)
    end
    return ("%s in %s gave a NaN or an infinity from finite numbers; catch nonfinite stops there, why tells"):format(ev.op, here(ev))
end

-- ---- rules at the backward pass ----

local function loss_is_bad(memory, loss)
    if loss == loss and math.abs(loss) < math.huge then return end
    memory.bad = true
    local birth = why.birth(memory.tensor)
    return ("the loss is %s%s"):format(tostring(loss), birth and ". " .. birth or ": catch nonfinite, and run again, shows where that is born")
end

local function loss_stays(memory, loss)
    memory[#memory + 1] = loss
    local n = #memory
    if n ~= 60 and n ~= 200 then return end
    local first, last = 0, 0
    for i = 1, 10 do first, last = first + memory[i], last + memory[n - 10 + i] end
    if last < 0.98 * first then return end
    return ("after %d steps the loss is %.4g, at the start it was %.4g: it does not fall. Does the optimiser have the right parameters, is the "
        .. "learning rate right, do labels belong to their inputs?"):format(n, last / 10, first / 10)
end

local function loss_grows(memory, loss)
    memory.first = memory.first or loss
    if not in_a_row(memory, "up", memory.last and loss > memory.last, 6) then
        memory.last = loss
        return
    end
    if loss < 10 * math.abs(memory.first) then return end
    return ("the loss grew at each of the last steps, from %.4g to %.4g: the learning rate is too high"):format(memory.first, loss)
end

-- Gradients that are still there when the next backward pass begins after a step are added to.
local function kept_gradients(memory)
    if memory.step == core.optimizer_step() or not memory.optimizer then return end
    memory.step = core.optimizer_step()
    local left = gradients(memory.optimizer)
    if #left == 0 or norm_of_all(left) == 0 then return end
    memory.times = (memory.times or 0) + 1
    if memory.times < 2 then return end
    return "gradients of the step before are still there, and this backward pass adds to them: optimiser:zero_grad() before each backward"
end

-- ---- rules at a step of the optimiser ----

local function exploding(_, ev)
    local norm = norm_of_all(gradients(ev.optimizer))
    if norm == norm and norm < 1e4 then return end
    return ("the norm of the gradients is %.3g: they explode. Clip them (nn.utils.clip_grad_norm_), or a smaller learning rate, or smaller weights")
        :format(norm)
end

local function vanishing(memory, ev)
    local small, large
    for _, p in ipairs(each_parameter(ev.optimizer)) do
        local size = p.grad and p.ndim > 1 and measure("norm", p.grad) / math.max(measure("norm", p), 1e-30)
        if size and (not small or size < small[1]) then small = {size, p} end
        if size and (not large or size > large[1]) then large = {size, p} end
    end
    if not in_a_row(memory, "small", small ~= nil and small[1] < 1e-6 * large[1], 3) then return end
    return ("the gradient of %s is %.1g of its size, that of %s %.1g: it vanishes on the way. Residual connections, a normalisation, relu for "
        .. "sigmoid, or another initialisation"):format(name_of(small[2], ev), small[1], name_of(large[2], ev), large[1])
end

local function not_in_optimizer(memory, ev)
    memory.known = memory.known or {}
    for _, p in ipairs(each_parameter(ev.optimizer)) do memory.known[p] = true end
    memory.steps = (memory.steps or 0) + 1
    if memory.steps < 3 then return end
    for _, pair in ipairs(breaks.named("*", ev)) do
        local held = not pair[2].requires_grad or not pair[2].grad
        for p in pairs(memory.known) do held = held or core.same_memory(p, pair[2]) end
        if not held then return ("%s gets gradients, but no optimiser has it: it never changes"):format(pair[1]) end
    end
end

local function without_gradient(memory, ev)
    local list, without = each_parameter(ev.optimizer), {}
    for _, p in ipairs(list) do
        if not p.grad then without[#without + 1] = p end
    end
    if not in_a_row(memory, "without", #without > 0, 3) then return end
    local first = name_of(without[1], ev)
    local lines = why.nograd(without[1])
    return ("%d of the optimiser's %d parameters get no gradient, the first is %s: %s"):format(#without, #list, first, lines[1])
end

-- The update is tried at few steps, because that costs a step each.
local function update_size(memory, ev)
    memory.n = (memory.n or 0) + 1
    if memory.n > 5 and memory.n % 20 ~= 0 or not ev.optimizer then return end
    local ok, ratio = pcall(function() return look.values.ratio(ev)(look.values.update(ev)) end)
    if not ok then return end
    if in_a_row(memory, "high", ratio > 0.5, 3) then
        return ("each step changes the weights by %.2g of their size: the learning rate is too high"):format(ratio)
    elseif in_a_row(memory, "low", ratio < 1e-7, 5) then
        return ("each step changes the weights by %.1g of their size: the learning rate is too low, or gradients vanish"):format(ratio)
    end
end

local function trains_in_eval(memory, ev)
    if not in_a_row(memory, "eval", ev.in_eval ~= nil, 3) then return end
    return ("%s is trained while it is in eval mode, so that dropout and batch_norm do not do their work: net:train()"):format(ev.in_eval)
end

-- Which network that holds a dropout or a batch norm is in eval mode?
local function in_eval(ev)
    for _, module in ipairs(breaks.modules(ev)) do
        for _, pair in ipairs(module[2]:named_modules()) do
            local inner = pair[2]
            if inner.training == false and (inner.__name:find "Dropout" or inner.__name:find "BatchNorm") then return module[1] end
        end
    end
end

-- ---- the table ----

local rules = {
    {"dead units", "op:*relu*", dead_units, after = true},
    {"saturated", "op:sigmoid", saturated(0.01, 0.99), after = true},
    {"saturated", "op:tanh", saturated(-0.99, 0.99), after = true},
    {"softmax over the wrong dim", "op:softmax", wrong_softmax},
    {"softmax over the wrong dim", "op:log_softmax", wrong_softmax},
    {"train and eval", "op:dropout*", evaluates_in_training},
    {"train and eval", "op:batch_norm", evaluates_in_training},
    {"unused class", "op:cross_entropy", unused_class},
    {"unused class", "op:nll_loss", unused_class},
    {"broadcast", "broadcast", both_stretched},
    {"overwritten", "alias", overwritten},
    {"not finite", "nonfinite", bad_value},
    {"the loss", "loss", loss_is_bad},
    {"loss does not fall", "loss", loss_stays},
    {"learning rate", "loss", loss_grows},
    {"zero_grad", "loss", kept_gradients},
    {"exploding gradients", "opt", exploding},
    {"vanishing gradients", "opt", vanishing},
    {"not in the optimiser", "opt", not_in_optimizer},
    {"no gradient", "opt", without_gradient},
    {"learning rate", "opt", update_size},
    {"train and eval", "opt", trains_in_eval},
}

local findings, numbers = {}, nil

local function tell(rule, text)
    for _, known in ipairs(findings) do
        if known.rule == rule[1] then return end
    end
    findings[#findings + 1] = {rule = rule[1], text = text}
    say("diagnose: %s: %s", rule[1], text)
end

local function check(rule, ...)
    local ok, text = pcall(rule[3], rule.memory, ...)
    if ok and text then tell(rule, text) end
end

local function backward_seen(x, ...)
    if not run.stopping and x.numel and x:numel() == 1 then
        for _, rule in ipairs(rules) do
            rule.memory.tensor = rule[2] == "loss" and x or nil
            if rule[2] == "loss" then check(rule, x:item()) end
            rule.memory.tensor = nil
        end
    end
    return run.backward(x, ...)
end

local function at_step(ev)
    ev.in_eval = in_eval(ev)
    for _, rule in ipairs(rules) do
        rule.memory.optimizer = ev.optimizer
        if rule[2] == "opt" then check(rule, ev) end
    end
end

local function arm()
    numbers = {breaks.add("opt", {run = at_step, hidden = true}).id}
    for _, rule in ipairs(rules) do
        rule.memory = {}
        if rule[2] ~= "loss" and rule[2] ~= "opt" then
            local b = breaks.add(rule[2], {run = function(ev) check(rule, ev) end, hidden = true})
            if rule.after then core.set(b.id, "condition", nil, true) end
            numbers[#numbers + 1] = b.id
        end
    end
    why.watch_gradients()
    run.backward_listener = backward_seen
    breaks.seen_changed()
end

--- Looks for the usual faults of training from now on, and says each once when it is found; diagnose.off() ends it.
function diagnose.on()
    findings = {}
    if not numbers then arm() end
end

function diagnose.off()
    for _, id in ipairs(numbers or {}) do breaks.remove(id) end
    numbers = nil
    for _, rule in ipairs(rules) do rule.memory = {} end -- tensors of the run
    run.backward_listener = nil
    breaks.seen_changed()
end

--- What was found so far: {{rule, text}, ...}.
function diagnose.findings() return findings end

local function command(_, rest)
    if rest == "off" then return diagnose.off() end
    if not numbers then
        diagnose.on()
        return say("looking for the usual faults of training from now on (diagnose lists what was found, diagnose off ends it)")
    end
    if #findings == 0 then say("nothing found so far") end
    for _, found in ipairs(findings) do say("%s: %s", found.rule, found.text) end
end

commands.group("find the cause", {
    {"diagnose", "diagnose: look for the usual faults of training from now on, then list what was found; diagnose off", command},
})

return diagnose
