-- stops.lua - the present stop as the client sees it: threads, frames, scopes, and numbers for what can be opened
--
-- Frames are those of `bt`: the op, module calls and Lua functions of the coroutine that stopped; of other coroutines, the functions alone.
-- Numbers are good until the program goes on. Read next: lib/dap/variables.lua, lib/dbg/inspect.lua. SPDX-License-Identifier: MIT
local core = require "lunette.dbg_core"
local Module = require "lunette.nn.module"
local frames = require "lunette.dbg.frames"
local inspect = require "lunette.dbg.inspect"
local json = require "lunette.dap.json"
local requests = require "lunette.dap.requests"
local sources = require "lunette.dap.sources"

local stops = {now = nil}
local thread_numbers, threads_known = setmetatable({}, {__mode = "k"}), 1

--- Opens the stop `ev`, at which messages are served; the outer one waits meanwhile. Gives what closes it.
function stops.open(ev)
    local before = stops.now
    core.wire_serve(true)
    stops.now = {ev = ev, main = core.main(), frames = {}, by_thread = {}, containers = {}, memory = {}}
    return setmetatable({}, {__close = function()
        stops.now = before
        core.wire_serve(false)
    end})
end
function requests.is_stopped() return stops.now ~= nil end

-- ---- threads ----

local function number_of(thread)
    if not stops.now or thread == stops.now.main or stops.now.ev.kind == "post-mortem" then return 1 end
    if not thread_numbers[thread] then
        threads_known = threads_known + 1
        thread_numbers[thread] = threads_known
    end
    return thread_numbers[thread]
end

--- The number of the thread that stopped.
function stops.thread() return number_of(stops.now.ev.thread) end

local function threads()
    local list, found = {{id = 1, name = "main"}}, {[1] = stops.now and stops.now.main}
    if not stops.now then return {threads = list} end
    for _, co in ipairs(core.threads()) do
        local waits = coroutine.status(co) == "suspended" or co == stops.now.ev.thread
        if co ~= stops.now.main and waits and #frames.of(co) > 0 then
            list[#list + 1] = {id = number_of(co), name = "coroutine " .. number_of(co)}
            found[number_of(co)] = co
        end
    end
    return {threads = list}, found
end

local function thread_of(number)
    local _, found = threads()
    local thread = found and found[number]
    if number == stops.thread() then thread = stops.now.ev.thread or thread end
    return thread or error(("there is no thread %s"):format(tostring(number)), 0)
end

-- ---- frames ----

local function lua_frame(frame, thread, index)
    return {kind = "lua", name = frame.name, frame = frame, thread = thread, index = index, source = sources.of(frame.chunk), line = frame.line}
end

-- A frame that is no function stands at the line of the function it was called from.
local function mixed_frames(ev)
    local list, entries = {}, inspect.stack(ev)
    for i, entry in ipairs(entries) do
        local record
        if entry.kind == "lua" then
            record = lua_frame(ev.frames[entry.index], ev.thread, entry.index)
        else
            local below
            for k = i + 1, #entries do
                below = below or entries[k].kind == "lua" and entries[k].index
            end
            record = {kind = entry.kind, name = entry.kind .. ":" .. entry.text, module = entry.frame, index = below or 1, thread = ev.thread}
            local frame = ev.frames[record.index]
            if entry.kind == "bwd" and ev.node_file then record.source, record.line = sources.of("@" .. ev.node_file), ev.node_line
            elseif frame then record.source, record.line = sources.of(frame.chunk), frame.line end
        end
        list[i] = record
    end
    return list
end

local function frames_of(number)
    local now = stops.now
    if now.by_thread[number] then return now.by_thread[number] end
    local list = {}
    if number == stops.thread() then
        list = mixed_frames(now.ev)
    else
        local thread = thread_of(number)
        for i, frame in ipairs(frames.of(thread)) do list[i] = lua_frame(frame, thread, i) end
    end
    for _, record in ipairs(list) do
        now.frames[#now.frames + 1] = record
        record.id = #now.frames
    end
    now.by_thread[number] = list
    return list
end

local function stack_trace(arguments)
    local all, list = frames_of(arguments.threadId), json.array()
    local from = (arguments.startFrame or 0) + 1
    local to = (arguments.levels or 0) > 0 and math.min(from + arguments.levels - 1, #all) or #all
    for i = from, to do
        local f = all[i]
        list[#list + 1] = {id = f.id, name = f.name, source = f.source, line = f.line or 0, column = f.line and 1 or 0, canRestart = f.kind == "mod",
                           presentationHint = f.kind == "lua" and "normal" or f.kind == "op" and "normal" or "subtle"}
    end
    return {stackFrames = list, totalFrames = #all}
end

--- The frame with this number; without one, the innermost of the thread that stopped.
function stops.frame(id)
    local list = frames_of(stops.thread())
    local record = id and stops.now.frames[id] or not id and list[1] or nil
    if id and not record then error(("there is no frame %s now"):format(tostring(id)), 0) end
    return record
end

--- The event whose names typed code sees, with this frame selected.
function stops.event(id)
    local ev, record = stops.now.ev, stops.frame(id)
    if record and record.thread == ev.thread and ev.frames[record.index] then
        if ev.selected ~= record.index then inspect.select(ev, record.index) end
        if record.module then rawset(ev.env, "self", record.module.module) end
    end
    return ev, record
end

-- ---- what can be opened ----

--- A number for a container: a table with list(start, count) -> variables, perhaps get(name) and set(name, text).
function stops.refer(container)
    local list = stops.now.containers
    list[#list + 1] = container
    return #list
end

function stops.container(number)
    return stops.now.containers[number] or error(("there is nothing to open under number %s now"):format(tostring(number)), 0)
end

--- Is it a module of a network?
stops.is_module = Module.is_module

requests.add {threads = function() return (threads()) end}
requests.add({stackTrace = stack_trace}, true)

return stops
