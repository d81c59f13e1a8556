-- lines.lua - lunette --dbg-json: stops as JSON objects, one a line, and commands back the same way
--
-- In: {"id": 1, "command": "b op:relu"} (anything that can be typed at a stop) or {"id": 2, "eval": "in1:sum()"}. Out: objects with "event":
-- start, stop, answer, output, end. Without a client (the input has ended) stops are told and the run goes on, exit status 4.
-- Holds: keys are stable, doc/dap.md lists them. Read next: lib/dap/evaluate.lua. SPDX-License-Identifier: MIT
local lun = require "lunette"
local core = require "lunette.dbg_core"
local dbg = require "lunette.dbg"
local look = require "lunette.dbg.look"
local evaluate = require "lunette.dap.evaluate"
local json = require "lunette.dap.json"
local requests = require "lunette.dap.requests"
local stops = require "lunette.dap.stops"

local lines = {}
local client_is_there = true
local has_script                 -- --dbg FILE: its commands come first

local function send(message) core.wire_send(json.encode(message)) end

local function flush()
    for stream, name in ipairs {"stdout", "stderr"} do
        local text = core.wire_output(stream - 1)
        if text ~= "" then send {event = "output", stream = name, text = text} end
    end
end

-- ---- values ----

local numbers = {"min", "max", "mean", "std", "norm", "nan", "inf", "zeros"}

local function tensor(x)
    local told = {dtype = x.dtype, shape = json.array(x.shape), device = tostring(x.device), requires_grad = x.requires_grad,
                  text = look.first_line(x)}
    for _, name in ipairs(numbers) do
        local ok, value = pcall(core.measure, name, x)
        told[name] = ok and value or nil
    end
    return told
end

local function value_of(x)
    if lun.is_tensor(x) then return tensor(x) end
    if type(x) == "table" or type(x) == "function" or type(x) == "userdata" then return {type = type(x), text = look.first_line(x)} end
    return x
end

local function values_of(list, n)
    local told = json.array()
    for i = 1, n do told[i] = list[i] == nil and json.null or value_of(list[i]) end
    return told
end

-- ---- stops ----

local function frames_of(ev)
    local list = json.array()
    for i, frame in ipairs(ev.frames) do list[i] = {file = frame.source, line = frame.line, name = frame.name, text = frame.text} end
    return list
end

--- The object of a stop; keys without a value are left out.
function lines.stop(ev)
    local first = ev.frames[1]
    local told = {event = ev.kind == "start" and "start" or "stop", kind = ev.kind, phase = ev.phase, reason = ev.reason, why = ev.why, op = ev.op,
                  inplace = ev.inplace, sequence = ev.sequence, depth = ev.depth, breakpoint = ev.breakpoint, step = core.optimizer_step(),
                  module = ev.frame and ev.frame.path or ev.module, call = ev.frame and ev.frame.call, file = first and first.source,
                  line = first and first.line, frames = frames_of(ev), inputs = values_of(ev.inputs, ev.inputs.n or #ev.inputs),
                  outputs = values_of(ev.outputs, #ev.outputs), attributes = ev.attributes}
    if ev.node_op then told.forward = {op = ev.node_op, module = ev.node_module, file = ev.node_file, line = ev.node_line} end
    return told
end

-- ---- commands ----

local function run(ev, message)
    if type(message.eval) == "string" then return {}, table.pack(look.evaluate(ev, message.eval)) end
    if type(message.command) ~= "string" then error('expected "command" or "eval", a text', 0) end
    return evaluate.line(ev, message.command)
end

local function answer(ev, text)
    local read, message = pcall(json.decode, text)
    if not read or type(message) ~= "table" then
        return send {event = "answer", ok = false, error = "this is no JSON object: " .. text:sub(1, 200)}
    end
    local told = {event = "answer", id = message.id, ok = true, text = json.array()}
    local _ <close> = setmetatable({}, {__close = function() -- also when the command leaves the run
        requests.evaluating = false
        flush()
        send(told)
    end})
    requests.evaluating = true
    local ok, said, values, action = core.guarded(run, ev, message)
    if ok then
        told.text, told.values = json.array(said), values and values_of(values, values.n) or nil
        told.goes_on = action and true or nil
    else
        told.ok, told.error = false, requests.plain(said)
    end
    return action
end

local function from_script(ev)
    local how, action = dbg.prompt(ev)
    if how == "action" then return action or "go" end
    has_script = false
end

local kept = {}                  -- commands that came while the program computed

local function receive(milliseconds)
    if kept[1] then return "message", table.remove(kept, 1) end
    return core.wire_receive(milliseconds)
end

--- Tells the stop, and takes commands until one goes on.
function lines.ask(ev)
    local _ <close> = stops.open(ev)
    flush()
    send(lines.stop(ev))
    local action = has_script and from_script(ev)
    while not action do
        if not client_is_there and not kept[1] then
            if ev.kind ~= "start" then dbg.prompt(ev) end -- nobody: the shell notes it for its exit status
            return nil
        end
        local news, text = receive(200)
        if news == "closed" then client_is_there = false
        elseif news and text:match "%S" then action = answer(ev, text) end
    end
    return action
end

local function is_pause(text)
    local read, message = pcall(json.decode, text)
    if not read or type(message) ~= "table" or message.command ~= "pause" then return false end
    send {event = "answer", id = message.id, ok = true, text = json.array()}
    return true
end

local serving_ends = setmetatable({}, {__close = function() core.wire_serve(false) end})

--- While the program computes: what it prints is handed on, commands wait for the next stop, {"command": "pause"} makes one.
function lines.on_message()
    core.wire_serve(true)
    local _ <close> = serving_ends
    local pause = false
    flush()
    while true do
        local news, text = core.wire_receive(0)
        if not news then return pause end
        if news == "closed" then client_is_there = false
        elseif is_pause(text) then
            if requests.evaluating then core.interrupt() end
            pause = true
        else
            kept[#kept + 1] = text
        end
    end
end

--- Begins: script: --dbg FILE or nil.
function lines.serve(script)
    core.wire_open("lines")
    dbg.ask = lines.ask
    core.wire_on_message(lines.on_message)
    function look.sink(text)
        flush()
        send {event = "text", text = text}
    end
    has_script = script ~= nil
    if script then core.script(script) end
    core.stop {kind = "start", phase = "fwd", frames = {}}
    core.wire_serve(false)
end

--- The program has ended.
function lines.finish(status)
    core.wire_serve(true)
    flush()
    send {event = "end", status = status}
end

return lines
