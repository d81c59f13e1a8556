-- requests.lua - what is done about a request: the table of all that are known, and errors as answers
--
-- A handler gets the arguments and returns the answer's body, and perhaps a function for after the answer, whose value is how a stop goes
-- on. It runs where an endless loop in a value's own code can be ended by the next message (core.guarded). A text that it raises is the answer "no".
-- Read next: lib/dap/session.lua, stops.lua, breakpoints.lua, variables.lua, evaluate.lua, control.lua (the rows). SPDX-License-Identifier: MIT
local core = require "lunette.dbg_core"
local channel = require "lunette.dap.channel"

local requests = {evaluating = false}
local rows = {}

--- add{name = handler(arguments) -> body, after}. `at_stop`: these need a stopped program.
function requests.add(list, at_stop)
    for name, handler in pairs(list) do rows[name] = {handler = handler, at_stop = at_stop} end
end

--- Is the program at a stop? Set by lib/dap.lua.
function requests.is_stopped() return false end

--- An error's text without the places in the debugger's own code.
function requests.plain(problem) return (tostring(problem):gsub("^[^\n]-%.lua:%d+: ", ""):gsub("\n%s*at lunette:[^\n]*", "")) end

local function answer(request)
    local row = rows[request.command]
    if not row then error(("there is no request '%s' here"):format(request.command), 0) end
    if row.at_stop and not requests.is_stopped() then error("the program runs; pause it first", 0) end
    return row.handler(request.arguments, request)
end

--- Answers one request; gives how the stop goes on, or nil: it stays.
function requests.handle(request)
    local answered, before = false, requests.evaluating -- before: this one came while another is worked on
    local function settle(body)
        if not answered then channel.respond(request, body) end
        answered = true
    end
    local _ <close> = setmetatable({}, {__close = function() -- a command that left the run was done all the same
        requests.evaluating = before
        settle(request.command == "evaluate" and {result = "", variablesReference = 0} or nil)
    end})
    requests.evaluating = true
    local ok, body, after = (before and pcall or core.guarded)(answer, request)
    requests.evaluating = before
    if not ok then
        answered = true
        channel.refuse(request, requests.plain(body))
        return nil
    end
    settle(body)
    return after and after()
end

return requests
