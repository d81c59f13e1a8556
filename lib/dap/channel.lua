-- channel.lua - messages to and from the client: numbers, answers, events, and what the program prints as output events
--
-- Holds: while `channel.serving` is on, this code looks for messages itself; otherwise the run is woken by them (debugger/wire.h).
-- Read next: lib/dap/requests.lua, lua_bindings/debug_wire.c. SPDX-License-Identifier: MIT
local core = require "lunette.dbg_core"
local json = require "lunette.dap.json"

local channel = {open = false, client = {}} -- open: a client is there; client: what it said of itself (initialize)
local sequence = 0

local function send(message)
    sequence = sequence + 1
    message.seq = sequence
    core.wire_send(json.encode(message))
end

--- Tells the client something that it did not ask for.
function channel.event(name, body) send {type = "event", event = name, body = body or {}} end

--- Answers a request.
function channel.respond(request, body)
    send {type = "response", request_seq = request.seq, command = request.command, success = true, body = body or {}}
end

--- Answers a request that cannot be done; `problem` is shown to the person.
function channel.refuse(request, problem)
    local line = problem:match "^[^\n]*"
    send {type = "response", request_seq = request.seq, command = request.command, success = false, message = line,
          body = {error = {id = 1, format = problem:gsub("[{}]", {["{"] = "(", ["}"] = ")"}), showUser = true}}}
end

--- One piece of text for the client's console; category "console", "stdout", "stderr".
function channel.print(category, text)
    if channel.open then channel.event("output", {category = category, output = text}) end
end

--- Hands on what the program printed.
function channel.flush()
    for stream, category in ipairs {"stdout", "stderr"} do
        local text = core.wire_output(stream - 1)
        if text ~= "" then channel.print(category, text) end
    end
end

local kept = {}

--- Puts a request back that cannot be answered just now.
function channel.postpone(request) kept[#kept + 1] = request end

--- The next request; nil when none came within `milliseconds`, "closed" when the client left. A text that is no request is told and dropped.
function channel.next(milliseconds, without_kept)
    if kept[1] and not without_kept then return table.remove(kept, 1) end
    local news, text = core.wire_receive(milliseconds)
    if news == "opened" then
        channel.open, sequence, channel.client = true, 0, {}
        return channel.next(milliseconds, without_kept)
    elseif news == "closed" then
        channel.open = false
        return "closed"
    elseif not news then
        return nil
    end
    local ok, request = pcall(json.decode, text)
    if ok and type(request) == "table" and type(request.command) == "string" then
        request.arguments = type(request.arguments) == "table" and request.arguments or {}
        return request
    end
    channel.print("stderr", "this is no request: " .. text:sub(1, 200) .. "\n")
    return channel.next(milliseconds, without_kept)
end

return channel
