-- inspect.lua - the commands that look: stack, frames, tensors, parameters, gradients, graph
--
-- Holds: nothing here changes the run. Read next: lib/dbg/look.lua, lua_bindings/debug_graph.c. SPDX-License-Identifier: MIT
local lun = require "lunette"
local core = require "lunette.dbg_core"
local Module = require "lunette.nn.module"
local breaks = require "lunette.dbg.breaks"
local commands = require "lunette.dbg.commands"
local frames = require "lunette.dbg.frames"
local look = require "lunette.dbg.look"
local run = require "lunette.dbg.run"
local say, first_line, evaluate, count_of = look.say, look.first_line, look.evaluate, commands.count_of

local inspect = {}

-- ---- the stack ----

--- The stack, innermost first: the op, then Lua functions, each module call in front of the function that made it. Of each: kind ("op",
--- "bwd", "mod", "lua"), text, and index (in ev.frames) or frame (of the module call).
function inspect.stack(ev)
    local list, depth = {}, Module.stack.depth
    local function add(kind, more, ...)
        more.kind, more.text = kind, (...):format(select(2, ...))
        list[#list + 1] = more
    end
    local inside = ev.op and ev.depth > 0 and (" (%d deep in composed ops)"):format(ev.depth) or ""
    if ev.op then add("op", {}, "%s%s #%d%s", ev.op, ev.inplace and "_" or "", ev.sequence, inside) end
    local module = ev.node_module and " in " .. ev.node_module or ""
    if ev.node_op then add("bwd", {}, "of %s, made at %s:%d%s", ev.node_op, ev.node_file or "?", ev.node_line, module) end
    -- The depth of the module call whose forward function this frame is, or nil.
    local function depth_of(frame)
        local self = frame.name == "forward" and frames.locals(ev.thread, frame).self
        for d = self and depth or 0, 1, -1 do
            if Module.frames[d].module == self then return d end
        end
    end
    local function add_modules(down_to)
        for d = depth, down_to, -1 do add("mod", {frame = Module.frames[d]}, "%s#%d  %s", Module.frames[d].path, Module.frames[d].call,
                                          Module.frames[d].module.__name) end
        depth = math.min(depth, down_to - 1)
    end
    for i, frame in ipairs(ev.frames) do
        local own, caller = depth_of(frame), nil
        for k = i, #ev.frames do caller = caller or depth_of(ev.frames[k]) end
        add_modules((caller or 0) + 1) -- library modules have no frame of the user's: they were called from here
        add("lua", {index = i}, "%s:%d  in %s", frame.source, frame.line, frame.name)
        if own then add_modules(own) end
    end
    add_modules(1)
    return list
end

local function backtrace(ev)
    for _, entry in ipairs(inspect.stack(ev)) do
        if entry.kind == "lua" then say("%s%d  %s", entry.index == ev.selected and "> " or "  ", entry.index, entry.text)
        else say("   %-3s  %s", entry.kind, entry.text) end
    end
end

--- Makes frame `index` the one whose locals typed code sees.
function inspect.select(ev, index)
    if not ev.frames[index] then error(("there is no frame %d; `bt` shows 1..%d"):format(index, #ev.frames), 0) end
    look.write_back(ev)
    ev.selected = index
    for key in pairs(ev.env) do rawset(ev.env, key, nil) end
    for key, value in pairs(look.environment(ev)) do rawset(ev.env, key, value) end
end

local function choose(ev, index)
    inspect.select(ev, index)
    local frame = ev.frames[index]
    say("frame %d  %s:%d  in %s", index, frame.source, frame.line, frame.name)
    if frame.text then say("  %d > %s", frame.line, frame.text) end
end

local function show_saved(ev, node)
    for _, saved in ipairs(node.saved) do
        say("  saved %-5s %s%s", saved.name, saved.value and first_line(saved.value) or "(kept by a hook)", saved.changed and "  CHANGED since" or "")
        if saved.value then rawset(ev.env, "fwd_" .. saved.name, saved.value) end
    end
    if node.freed then say("  what it saved was freed by an earlier backward pass") end
end

-- The innermost frame whose function has code in the line where the node was made.
local function frame_around(ev, node)
    for i, frame in ipairs(ev.frames) do
        local info = frame.level and debug.getinfo(ev.thread, frame.level, "L")
        if frame.source == node.file and info.activelines[node.line] then return i end
    end
end

-- From a gradient to the op that it is of: its line, what it saved, and its frame if that still runs.
local function forward_frame(ev)
    local node = core.node()
    if not node then error("fwd is for a stop in the backward pass (b bwd op:...)", 0) end
    local module = node.module and " in " .. node.module or ""
    say("%s #%d made %s at %s:%d%s", node.op, node.sequence, node.shape, node.file or "?", node.line, module)
    local text = node.file and frames.source_line("@" .. node.file, node.line)
    if text then say("  %d > %s", node.line, text) end
    local index = frame_around(ev, node)
    if index then choose(ev, index) else say("  the function that made it has returned; fwd_in1, fwd_out ... are what it saved") end
    show_saved(ev, node)
end

-- ---- tensors of the stop ----

local function show_inputs(ev)
    for i = 1, ev.inputs.n or #ev.inputs do
        local name = ev.names and ev.names[i] and "(" .. ev.names[i] .. ") " or ""
        if ev.inputs[i] ~= nil then say("in%d %s= %s", i, name, tostring(ev.inputs[i])) end
    end
    local options = {}
    for name, value in pairs(ev.attributes or {}) do options[#options + 1] = name .. " = " .. look.literal(value) end
    table.sort(options)
    if #options > 0 then say("%s", table.concat(options, ", ")) end
end

local function show_output(ev)
    local out = ev.outputs[1]
    if out == nil then out = ev.last_out end
    if out == nil then error("there is no result yet; `finish` runs the op", 0) end
    for k = 1, math.max(1, #ev.outputs) do say("%s", tostring(ev.outputs[k] or out)) end
end

-- The parameters that a stop is about: of its optimiser, of its module call, of the network that runs or ran.
local function parameters(ev)
    local list = {}
    if ev.optimizer then
        for _, group in ipairs(ev.optimizer.param_groups or {}) do
            for _, p in ipairs(group.params) do list[#list + 1] = {"param " .. #list + 1, p} end
        end
        for _, p in ipairs(list) do -- by their names, where somebody has one
            for _, named in ipairs(breaks.named("*", ev)) do
                if core.same_memory(named[2], p[2]) then p[1] = named[1] end
            end
        end
        return list
    end
    for depth = Module.stack.depth, 1, -1 do -- the innermost call that has some
        local frame = Module.frames[depth]
        for _, pair in ipairs(frame.module:named_parameters()) do list[#list + 1] = {frame.path .. "." .. pair[1], pair[2]} end
        if #list > 0 then return list end
    end
    for _, pair in ipairs(breaks.named("*", ev)) do
        if pair[2].requires_grad then list[#list + 1] = pair end
    end
    return list
end
inspect.parameters = parameters

local information = {}
inspect.information = information
function information.b() breaks.list_all() end
function information.locals(ev)
    local names = {}
    for name in pairs(frames.locals(ev.thread, ev.frames[ev.selected])) do names[#names + 1] = name end
    table.sort(names)
    for _, name in ipairs(names) do say("%s = %s", name, first_line(ev.env[name])) end
    if #names == 0 then say("no locals in this frame") end
end
function information.params(ev)
    local list = parameters(ev)
    if #list == 0 then error("no module call is running, and no network is known by name", 0) end
    for _, pair in ipairs(list) do say("%s  %s", pair[1], first_line(pair[2])) end
end
function information.grads(ev)
    local list = parameters(ev)
    if #list == 0 then error("no parameters are known here", 0) end
    for _, pair in ipairs(list) do say("%s.grad  %s", pair[1], pair[2].grad and first_line(pair[2].grad) or "none") end
    say("norm of all: %.6g", look.values.gradnorm(ev))
end
function information.saved(ev)
    local out = ev.outputs[1]
    local node = core.node(not ev.node_op and lun.is_tensor(out) and out or nil)
    if not node then error("no node of the graph is at this stop: finish the op first, or stop in the backward pass", 0) end
    say("%s #%d%s", node.op, node.sequence, #node.saved == 0 and " saved nothing" or " saved:")
    show_saved(ev, node)
end

local function draw(node, indent, last, name)
    if type(node) ~= "table" then
        local text = lun.is_tensor(node) and "leaf " .. (name(node) or first_line(node)) or node == "more" and "..." or nil
        if text then say("%s%s%s", indent, last and "└ " or "├ ", text) end
        return
    end
    local place = ("%s:%d%s"):format(node.file or "?", node.line, node.module and "  " .. node.module or "")
    say("%s%s%s #%d %s  %s", indent, last and "└ " or "├ ", node.op, node.sequence, node.shape, place)
    local below = indent .. (last and "  " or "│ ")
    for i, edge in ipairs(node.edges) do
        if edge then draw(edge, below, i == #node.edges, name) end
    end
end

function information.graph(ev, rest)
    local depth = math.tointeger(rest:match "%-r%s*(%d+)") or 3
    local expression = rest:gsub("%-r%s*%d+", ""):match "^%s*(.-)%s*$"
    local x = not ev.node_op and (ev.outputs[1] or ev.inputs[1]) or nil
    if expression ~= "" then x = evaluate(ev, expression) end
    local node = core.node(lun.is_tensor(x) and x or nil, depth)
    if not node then error("it hangs on no graph: nothing it was computed from requires grad (or it is a leaf)", 0) end
    local names = breaks.named("*", ev)
    draw(node, "", true, function(leaf)
        for _, pair in ipairs(names) do
            if core.same_memory(pair[2], leaf) then return pair[1] end
        end
    end)
end
function information.mode()
    if #run.flips == 0 then say("no module changed between train and eval since the debugger was loaded") end
    for _, flip in ipairs(run.flips) do say("%s to %s at %s", flip.path, flip.to, flip.place) end
end
function information.mask() say("%d values were made infinite on purpose (a mask) while catch nonfinite looked", core.deliberate()) end

local function show_information(ev, rest)
    local name, more = rest:match "^(%a*)%s*(.*)$"
    local show = information[name] or name:match "^b" and information.b
    if not show then error("i b, i locals, i params, i grads, i saved, i graph [-r N] [EXPR], i mode, i mask or i record", 0) end
    show(ev, more)
end

-- ---- values ----

local function print_values(ev, rest)
    if rest == "" then error("p EXPR: what to show", 0) end
    local values = table.pack(evaluate(ev, rest))
    for i = 1, values.n do say("%s", tostring(values[i])) end
end

local function tensor_of(ev, text)
    if text == "" then error("of which tensor? in1, out, or any expression", 0) end
    local x = evaluate(ev, text)
    if not lun.is_tensor(x) then error(("'%s' is no tensor"):format(text), 0) end
    return x
end

-- Position k of a tensor in its own dims.
local function position(x, k)
    local where = {}
    for d = x.ndim, 1, -1 do
        where[d] = (k - 1) % x.shape[d] + 1
        k = (k - 1) // x.shape[d] + 1
    end
    return "[" .. table.concat(where, ",") .. "]"
end

local function show_outside(x, low, high)
    local flat = x:flatten()
    local bad = flat:lt(low):logical_or(flat:gt(high)):logical_or(flat:isnan()):nonzero()
    local count = bad.shape[1]
    say("%d of %d outside %g .. %g", count, x:numel(), low, high)
    for i = 1, math.min(count, 5) do
        local k = bad[i]:item()
        say("  %s = %g", position(x, k), flat[k]:item())
    end
end

local function print_tensor(ev, rest)
    local low, high = rest:match "%-r%s*(%S+),(%S+)"
    local statistics = rest:find "%s%-s%f[^%w]" ~= nil
    local x = tensor_of(ev, (rest:gsub("%-r%s*%S+,%S+", ""):gsub("%s%-s%f[^%w]", "")))
    say("%s", statistics and first_line(x) or tostring(x))
    if not low then return end
    low, high = tonumber(low), tonumber(high)
    if not low or not high then error("pt T -r LOW,HIGH", 0) end
    show_outside(x, low, high)
end

local function histogram(ev, rest)
    local x = tensor_of(ev, rest)
    local values, bins = x:flatten():double(), 10
    values = values[values:isfinite()]
    say("%s", first_line(x))
    if values:numel() == 0 then return end
    local low, high = values:min():item(), values:max():item()
    if low == high then high = low + 1 end
    local counts = values:histc {bins = bins, min = low, max = high}
    local most = counts:max():item()
    for i = 1, bins do
        local n = counts[i]:item()
        local from, to = low + (high - low) * (i - 1) / bins, low + (high - low) * i / bins
        say("  %10.4g .. %-10.4g %8d %s", from, to, n, ("█"):rep(math.floor(n / most * 40 + 0.5)))
    end
end

-- ---- shown at each stop ----

local displays = {}

--- The expressions of `disp`.
function inspect.display(ev)
    for i, text in ipairs(displays) do
        local ok, value = pcall(evaluate, ev, text)
        if ok then say("  disp %d  %s = %s", i, text, first_line(value)) end
    end
end

local function display(ev, rest)
    if rest == "" then return inspect.display(ev) end
    displays[#displays + 1] = rest
    say("%s = %s", rest, first_line(evaluate(ev, rest)))
end

local function undisplay(_, rest)
    if rest == "" then displays = {}
    else
        local k = count_of(rest)
        if not displays[k] then error(("there is no display %d; disp alone shows them"):format(k), 0) end
        table.remove(displays, k)
    end
end

-- ---- the debugger's own values ----

--- The norm of all gradients that a stop is about.
function look.values.gradnorm(ev)
    local squares = 0
    for _, pair in ipairs(parameters(ev)) do
        local g = pair[2].grad
        if g then squares = squares + core.measure("norm", g) ^ 2 end
    end
    return math.sqrt(squares)
end

commands.group("look", {
    {"bt where", "bt: the stack, innermost first: op, module calls, Lua functions", backtrace},
    {"up", "up [N]: the caller's frame", function(ev, rest) choose(ev, ev.selected + count_of(rest)) end, again = true},
    {"down", "down [N]: back towards the stop", function(ev, rest) choose(ev, ev.selected - count_of(rest)) end, again = true},
    {"f frame", "f N: frame N of bt", function(ev, rest) choose(ev, count_of(rest)) end},
    {"fwd", "fwd: in the backward pass, the op whose gradient is computed: its line, what it saved, its frame", forward_frame},
    {"a in", "in: the inputs", show_inputs},
    {"out", "out: the result", show_output},
    {"i info", "i b | locals | params | grads | saved | graph [-r N] [EXPR] | mode | mask | record", show_information},
    {"p print", "p EXPR: evaluate and show", print_values},
    {"pt", "pt T [-s] [-r LOW,HIGH]: a tensor; its statistics only; and what lies outside a range", print_tensor},
    {"hist", "hist T: how the values spread", histogram},
    {"plot", "plot T: a chart of the values", function(ev, rest)
        require("lunette.plot").curve(tensor_of(ev, rest):flatten())
    end},
    {"disp display", "disp EXPR: show it at each stop", display},
    {"undisp", "undisp [N]: no more", undisplay},
})

return inspect
