-- evaluate.lua - what is typed in the client's console: the debugger's commands and Lua; watches and hovers; completions
--
-- Holds: the lines that a command prints are its answer. Read next: lib/dbg/commands.lua, lib/dap/variables.lua. SPDX-License-Identifier: MIT
local lun = require "lunette"
local core = require "lunette.dbg_core"
local commands = require "lunette.dbg.commands"
local look = require "lunette.dbg.look"
local control = require "lunette.dap.control"
local json = require "lunette.dap.json"
local requests = require "lunette.dap.requests"
local stops = require "lunette.dap.stops"
local variables = require "lunette.dap.variables"

local evaluate = {}
local LONGEST = 10000            -- bytes of an answer

--- Calls f() and gives the lines that it said beside what it returned: lines, values...
function evaluate.collected(f)
    local lines, sink = {}, look.sink
    local _ <close> = setmetatable({}, {__close = function() look.sink = sink end})
    function look.sink(text) lines[#lines + 1] = text end
    return lines, f()
end

local function shortened(text) return #text > LONGEST and text:sub(1, LONGEST) .. "\n..." or text end

local function run_lua(ev, text)
    local spelled = look.spelled(text)
    local chunk = load("return " .. spelled, "=(console)", "t", ev.env)
    local why
    if not chunk then chunk, why = load(spelled, "=(console)", "t", ev.env) end
    if not chunk then error((why:gsub("^%(console%):%d+: ", "")), 0) end
    local values = table.pack(chunk())
    look.write_back(ev)
    return values
end

--- One line as it is typed at a stop: lines that were said, values (packed) of Lua or nil, action or nil.
function evaluate.line(ev, text)
    local values
    local lines, result = evaluate.collected(function()
        local result = commands.on_line(ev, text, false)
        if result == false then values = run_lua(ev, text) end
        return result
    end)
    look.write_back(ev)
    return lines, values, type(result) == "string" and result or nil
end

local function in_console(ev, text)
    local lines, values, action = evaluate.line(ev, text)
    for i = 1, values and values.n or 0 do lines[#lines + 1] = look.shown(values[i]) end
    local body = {result = shortened(table.concat(lines, "\n")), variablesReference = 0}
    if values and values.n == 1 then
        local variable = variables.shown("", values[1])
        body.type, body.variablesReference = variable.type, variable.variablesReference
        body.indexedVariables, body.namedVariables = variable.indexedVariables, variable.namedVariables
        body.memoryReference = variable.memoryReference
    end
    if action then return body, function() return control.tell_continued(action) end end
    return body, variables.edited
end

local function on_evaluate(arguments)
    local ev = stops.event(arguments.frameId)
    local text = arguments.expression or ""
    if arguments.context == "repl" or arguments.context == nil then return in_console(ev, text) end
    local value = look.evaluate(ev, text)
    if arguments.context == "clipboard" then return {result = look.shown(value), variablesReference = 0} end
    local variable = variables.shown("", value, text)
    return {result = variable.value, type = variable.type, variablesReference = variable.variablesReference,
            indexedVariables = variable.indexedVariables, namedVariables = variable.namedVariables, memoryReference = variable.memoryReference}
end

-- ---- completions ----

local kinds = {["function"] = "function", table = "module"}

local function add_names(found, t, prefix, separator)
    for key, value in next, t do
        local fits = type(key) == "string" and key:match "^[%a_][%w_]*$" and key:sub(1, #prefix) == prefix
        if fits and (separator ~= ":" or type(value) == "function") then found[key] = kinds[type(value)] or "variable" end
    end
end

-- The value of a.b.c without running anybody's code; nil when it is not to be had so.
local function raw_value(ev, chain)
    local value
    for name in chain:gmatch "[^%.:]+" do
        if value == nil then
            value = rawget(ev.env, name)
            if value == nil then value = rawget(lun.session or _G, name) end
            if value == nil then value = rawget(_G, name) end
        elseif type(value) == "table" then
            value = rawget(value, name)
        else
            return nil
        end
    end
    return value
end

local function members(found, value, prefix, separator)
    if lun.is_tensor(value) then return add_names(found, core.methods(), prefix, separator) end
    local depth = 0
    while type(value) == "table" and depth < 10 do
        add_names(found, value, prefix, separator)
        local mt = getmetatable(value)
        value = type(mt) == "table" and rawget(mt, "__index") or nil
        depth = depth + 1
    end
end

local function completions(arguments)
    local ev = stops.event(arguments.frameId)
    local text = arguments.text:sub(1, math.max((arguments.column or #arguments.text + 1) - 1, 0))
    local chain, separator, prefix = text:match "([%a_][%w_%.:]-)([%.:])([%w_]*)$"
    local found = {}
    if chain then
        members(found, raw_value(ev, chain), prefix, separator)
    else
        prefix = text:match "[%a_][%w_]*$" or ""
        if text:match "^%s*[%a_]?[%w_]*$" then
            for _, word in ipairs(commands.words) do
                if word:sub(1, #prefix) == prefix then found[word] = "keyword" end
            end
        end
        for _, t in ipairs {_G, lun.session or {}, ev.env} do add_names(found, t, prefix) end
        found._stop = nil
    end
    local targets = json.array()
    for name, kind in pairs(found) do targets[#targets + 1] = {label = name, type = kind, start = #text - #prefix, length = #prefix} end
    table.sort(targets, function(a, b) return a.label < b.label end)
    return {targets = targets}
end

requests.add({evaluate = on_evaluate, completions = completions}, true)

return evaluate
