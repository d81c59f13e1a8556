-- breakpoints.lua - the client's breakpoints: lines, functions (ops, modules, names), data (tensors), exceptions (events)
--
-- Each request replaces the whole list of its kind; what stays the same keeps its number and its counts.
-- Read next: lib/dbg/breaks.lua. SPDX-License-Identifier: MIT
local lun = require "lunette"
local core = require "lunette.dbg_core"
local breaks = require "lunette.dbg.breaks"
local look = require "lunette.dbg.look"
local channel = require "lunette.dap.channel"
local json = require "lunette.dap.json"
local requests = require "lunette.dap.requests"
local sources = require "lunette.dap.sources"
local stops = require "lunette.dap.stops"

local breakpoints = {uncaught = true, enabled = true} -- uncaught: errors that nobody catches stop; enabled: false for noDebug
local lists = {}                 -- kind, or path of a file -> {key -> number}
local pending = {}               -- number -> true: told the client that it cannot stop yet

-- ---- hit counts and texts ----

local comparisons = {
    ["=="] = function(n, k) return n == k end, [">="] = function(n, k) return n >= k end, [">"] = function(n, k) return n > k end,
    ["<="] = function(n, k) return n <= k end, ["<"] = function(n, k) return n < k end, ["%"] = function(n, k) return n % k == 0 end,
}

--- "5" (from the fifth on), ">= 5", "== 5", "% 10": a function of the count; nil for no text.
function breakpoints.hit_test(text)
    if not text or text:match "^%s*$" then return nil end
    local operator, number = text:match "^%s*([=<>%%]*)%s*(%d+)%s*$"
    local test = comparisons[operator == "" and ">=" or operator == "=" and "==" or operator]
    local k = math.tointeger(number)
    if not test or not k or (operator == "%" and k == 0) then
        error(("the hit condition '%s' is none of: 5, == 5, >= 5, > 5, < 5, %% 5"):format(text), 0)
    end
    return function(n) return test(n, k) end
end

-- What happens at a hit: count, print, stop.
local function at_hit(row)
    local counts, log, hits = breakpoints.hit_test(row.hitCondition), row.logMessage, 0
    if log == "" then log = nil end
    if not counts and not log then return nil end
    return function(ev)
        hits = hits + 1
        if counts and not counts(hits) then return nil end
        if not log then return "ask" end
        look.say("%s", breaks.filled(ev, log))
    end
end

local function condition_of(row) return row.condition and row.condition:match "%S" and row.condition or nil end

-- ---- adding, and what the client is told ----

--- A Breakpoint of the protocol.
local function described(id, problem)
    if problem then return {verified = false, message = problem} end
    local b = breaks.find(id)
    if not b then return {verified = true} end -- what needs no breakpoint, or was of one stop
    local verified = b.kind == "line" or not b.pending
    pending[id] = not verified or nil
    local told = {id = id, verified = verified, message = not verified and b.pending or nil}
    if b.kind == "line" then told.line, told.source = b.line, sources.of("@" .. b.glob) end
    return told
end

local function key_of(row)
    return table.concat({tostring(row.line), row.name or "", row.dataId or "", row.condition or "", row.hitCondition or "",
                         row.logMessage or ""}, "\0")
end

-- Makes `rows` the list `kind`; add(row, options) -> number.
local function replace(kind, rows, add)
    local before, now, told = lists[kind] or {}, {}, json.array()
    if not breakpoints.enabled then rows = {} end
    if stops.now then breaks.bind_pending(stops.now.ev) end
    for i, row in ipairs(rows) do
        local key = key_of(row)
        local ok, id = true, before[key]
        if not id and not now[key] then ok, id = pcall(function() return add(row, {cond = condition_of(row), run = at_hit(row)}) end) end
        id = id or now[key]
        if ok then now[key], before[key] = id, nil end
        told[i] = described(ok and id or 0, not ok and tostring(id) or nil)
    end
    for _, id in pairs(before) do breaks.remove(id) end
    lists[kind] = now
    return {breakpoints = told}
end

--- Tells the client of breakpoints that can stop now and could not before.
function breakpoints.tell_bound()
    breaks.bind_pending(stops.now.ev)
    for id in pairs(pending) do
        local b = breaks.find(id)
        if not b then pending[id] = nil
        elseif not b.pending then channel.event("breakpoint", {reason = "changed", breakpoint = described(id)}) end
    end
end

--- All of the client's breakpoints go, when it leaves.
function breakpoints.forget()
    for kind in pairs(lists) do replace(kind, {}, function() end) end
    pending = {}
end

local function event_here() return stops.now and stops.now.ev end

local function set_lines(arguments)
    local path = arguments.source and arguments.source.path
    if not path then error("breakpoints belong to a file", 0) end
    local rows = arguments.breakpoints or {}
    if #rows == 0 then
        for i, line in ipairs(arguments.lines or {}) do rows[i] = {line = line} end
    end
    return replace(sources.absolute(path), rows, function(row, options)
        return breaks.add(("%s:%d"):format(sources.absolute(path), row.line), options, event_here()).id
    end)
end

local function set_functions(arguments)
    return replace("function", arguments.breakpoints or {}, function(row, options) return breaks.add(row.name, options, event_here()).id end)
end

-- ---- tensors ----

local watchable, watch_count = {}, 0 -- id of the protocol -> tensor

local function data_info(arguments)
    local ev = stops.event(arguments.frameId)
    local value
    if (arguments.variablesReference or 0) > 0 then
        local container = stops.container(arguments.variablesReference)
        value = container.get and container.get(arguments.name)
    else
        value = look.evaluate(ev, arguments.name)
    end
    if not lun.is_tensor(value) then return {dataId = json.null, description = arguments.name .. " is no tensor; only writes to those are seen"} end
    for _, pair in ipairs(breaks.named("*", ev)) do
        if core.same_memory(pair[2], value) then
            return {dataId = "name:" .. pair[1], description = "any write to " .. pair[1], accessTypes = {"write"}, canPersist = true}
        end
    end
    watch_count = watch_count + 1
    local id = "tensor:" .. watch_count
    watchable[id] = value
    return {dataId = id, description = "any write to the memory of " .. arguments.name, accessTypes = {"write"}, canPersist = false}
end

local function set_data(arguments)
    local told = replace("data", arguments.breakpoints or {}, function(row, options)
        local what = watchable[row.dataId] or row.dataId:match "^name:" and row.dataId
        if not what then error("that tensor is not known any more", 0) end
        return breaks.watch(what, options, event_here()).id
    end)
    return told
end

-- ---- events ----

--- The filters of exception breakpoints, made of the events of `catch`.
function breakpoints.filters()
    local list = {{filter = "uncaught", label = "Errors that nobody catches", description = "the program's error, with its frames", default = true}}
    for _, row in ipairs(core.events()) do
        if row[1] ~= "alloc" then
            list[#list + 1] = {filter = row[1], label = "catch " .. row[1], description = row[2], default = false, supportsCondition = true,
                               conditionDescription = "any condition of the debugger: absmax(in1) > 10"}
        end
    end
    return list
end

local function set_exceptions(arguments)
    local rows = {}
    breakpoints.uncaught = false
    for _, name in ipairs(arguments.filters or {}) do rows[#rows + 1] = {name = name} end
    for _, option in ipairs(arguments.filterOptions or {}) do rows[#rows + 1] = {name = option.filterId, condition = option.condition} end
    return replace("exception", rows, function(row, options)
        if row.name == "uncaught" then
            breakpoints.uncaught = true
            return nil
        end
        for _, event in ipairs(core.events()) do
            if event[1] == row.name then return breaks.add(row.name, options, event_here()).id end
        end
        error(("there is no event '%s'"):format(row.name), 0)
    end)
end

-- ---- places ----

local function locations(arguments)
    local list, n = json.array(), 0
    local file <close> = io.open(arguments.source.path or "") or error("the file cannot be read", 0)
    for text in file:lines() do
        n = n + 1
        local code = text:gsub("%-%-.*", ""):match "%S"
        if n >= arguments.line and n <= (arguments.endLine or arguments.line) and code then list[#list + 1] = {line = n} end
    end
    return {breakpoints = list}
end

requests.add {setBreakpoints = set_lines, setFunctionBreakpoints = set_functions, setDataBreakpoints = set_data,
              setExceptionBreakpoints = set_exceptions, breakpointLocations = locations}
requests.add({dataBreakpointInfo = data_info}, true)

return breakpoints
