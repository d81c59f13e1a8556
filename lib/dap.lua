-- dap.lua - the server of the Debug Adapter Protocol: lunette --dap (standard input and output) or --dap=PORT
--
-- The client launches a program or attaches to one that waits; stops of lib/dbg.lua are told to it and its requests answered meanwhile.
-- While the program computes, messages wake dap.on_message. Holds: a client that leaves never leaves the program hanging.
-- Read next: lib/dap/channel.lua, lib/dap/requests.lua, debugger/wire.h, doc/dap.md. SPDX-License-Identifier: MIT
local core = require "lunette.dbg_core"
local dbg = require "lunette.dbg"
local breaks = require "lunette.dbg.breaks"
local look = require "lunette.dbg.look"
local run = require "lunette.dbg.run"
local breakpoints = require "lunette.dap.breakpoints"
local channel = require "lunette.dap.channel"
local control = require "lunette.dap.control"
local requests = require "lunette.dap.requests"
local sources = require "lunette.dap.sources"
local stops = require "lunette.dap.stops"
require "lunette.dap.variables"
require "lunette.dap.evaluate"

local dap = {}
local given                      -- arguments of launch or attach
local launched, configured, ended = false, false, false
local LAST_WORDS = 2             -- seconds that the client has to say goodbye

-- ---- the beginning and the end ----

local function capabilities()
    return {supportsConfigurationDoneRequest = true, supportsFunctionBreakpoints = true, supportsConditionalBreakpoints = true,
            supportsHitConditionalBreakpoints = true, supportsLogPoints = true, supportsDataBreakpoints = true, supportsEvaluateForHovers = true,
            supportsSetVariable = true, supportsSetExpression = true, supportsStepBack = true, supportsSteppingGranularity = true,
            supportsCompletionsRequest = true, completionTriggerCharacters = {".", ":"}, supportsLoadedSourcesRequest = true,
            supportsExceptionInfoRequest = true, supportsExceptionFilterOptions = true, exceptionBreakpointFilters = breakpoints.filters(),
            supportsBreakpointLocationsRequest = true, supportsTerminateRequest = true, supportTerminateDebuggee = true,
            supportsCancelRequest = true, supportsRestartFrame = true, supportsReadMemoryRequest = true,
            supportsDelayedStackTraceLoading = true, supportsClipboardContext = true}
end

local function initialize(arguments)
    channel.client = arguments
    return capabilities(), function() channel.event("initialized") end
end

local function launch(arguments)
    if not sources.program and type(arguments.program) ~= "string" then
        error("which program? \"program\": \"${file}\" in the launch configuration", 0)
    end
    if arguments.program and not sources.program then
        local file = io.open(sources.absolute(arguments.program)) or arguments.cwd and io.open(arguments.cwd .. "/" .. arguments.program)
        if not file then error(arguments.program .. " cannot be read", 0) end
        file:close()
    end
    given, launched = arguments, true
    breakpoints.enabled = not arguments.noDebug
end

local function attach(arguments)
    if not sources.program then error("nothing runs here; lunette --dap=PORT train.lua is what can be attached to", 0) end
    given = arguments
end

-- The client's breakpoints and steps go, the program goes on.
local function detach()
    breakpoints.forget()
    run.forget()
    return "go"
end

local function leave()
    if ended then return nil end
    core.quit(true)
end

local function disconnect(arguments)
    local ends = arguments.terminateDebuggee
    if ends == nil then ends = launched end
    return nil, function()
        if ended or ends then
            dap.said_goodbye = true
            return leave()
        end
        core.wire_drop()
        return detach()
    end
end

-- The client is gone without a word.
local function client_left()
    if launched and not ended then core.quit(true) end
    return detach()
end

requests.add {
    initialize = initialize, launch = launch, attach = attach, disconnect = disconnect,
    configurationDone = function() configured = true end,
    terminate = function() return nil, leave end,
    cancel = function() end,
}

-- ---- while the program computes, or a line typed at a stop ----

local serving_ends = setmetatable({}, {__close = function() core.wire_serve(false) end})
local while_evaluating = {pause = "interrupt", cancel = "interrupt", terminate = "handle", disconnect = "handle", threads = "handle"}

local function meanwhile(request)
    local what = while_evaluating[request.command]
    if what == "interrupt" then
        channel.respond(request)
        core.interrupt()
    elseif what then
        requests.handle(request)
    else
        channel.postpone(request)
    end
end

--- Answers what has come; true: the program is to pause.
function dap.on_message()
    core.wire_serve(true)
    local _ <close> = serving_ends
    local evaluating = requests.evaluating
    channel.flush()
    while true do
        local request = channel.next(0, evaluating)
        if not request then break end
        if request == "closed" then client_left()
        elseif evaluating then meanwhile(request)
        else requests.handle(request) end
    end
    return control.pausing and not requests.is_stopped()
end

-- ---- stops ----

--- Tells the client of the stop and answers it until the program goes on. Without a client the run goes on.
function dap.ask(ev)
    local _ <close> = stops.open(ev)
    channel.flush()
    if not channel.open then return nil end
    breakpoints.tell_bound()
    channel.event("stopped", control.stopped())
    while true do
        local request = channel.next(200)
        if request == "closed" then return client_left() end
        local action = request and requests.handle(request)
        if action then return action end
    end
end

local function failed(failure)
    if breakpoints.uncaught and breakpoints.enabled and channel.open then
        core.stop {kind = "post-mortem", phase = "fwd", frames = failure.frames, reason = "error", problem = look.first_line(failure.problem)}
    end
end

-- ---- serving ----

local function plug_in()
    dbg.ask, dbg.failed = dap.ask, failed
    core.wire_on_message(dap.on_message)
    function look.sink(text)
        channel.flush()
        channel.print("console", text .. "\n")
    end
end

local function wait_for_client(stdio)
    while not (given and configured) do
        local request = channel.next(200)
        channel.flush()
        if request == "closed" then
            if stdio then core.quit(true) end
        elseif request then
            requests.handle(request)
        end
    end
end

local function begin(options)
    if options.cwd then core.wire_chdir(options.cwd) end
    if launched and not sources.program then
        sources.program, dap.program = options.program, options.program
        arg = {[0] = options.program, table.unpack(options.args or {})}
    end
    if options.travel ~= false and breakpoints.enabled then run.travel.on() end
    if options.stopOnEntry and sources.program then
        breaks.add(sources.absolute(sources.program) .. ":1", {once = true, hidden = true})
    end
end

--- Serves a client: at a port of 127.0.0.1 (0: any free one), or without one over standard input and output. has_code: something is there
--- to run; else the client names a script, which is then dap.program, with its arguments in `arg`. Returns when the client has said what to do.
function dap.serve(port, has_code)
    if has_code then sources.program = arg[0] end
    local at = core.wire_open("headers", port)
    channel.open = at == nil
    plug_in()
    if at then io.stderr:write(("lunette: waits for a debugger at 127.0.0.1:%d\n"):format(at)) end
    wait_for_client(at == nil)
    begin(given)
    core.wire_serve(false)
end

--- The program has ended, with this exit status.
function dap.finish(status)
    core.wire_serve(true)
    channel.flush()
    ended = true
    if not channel.open then return end
    channel.event("exited", {exitCode = status})
    channel.event("terminated")
    local until_when = os.time() + LAST_WORDS
    while channel.open and not dap.said_goodbye and os.time() < until_when do
        local request = channel.next(100)
        if request and request ~= "closed" then requests.handle(request) end
    end
end

return dap
