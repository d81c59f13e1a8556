-- memory.lua - what an editor is promised: each capability that is announced is served; and the bytes of tensors, by pages
--
-- Read next: lib/dap/memory.lua, t/dap/client.lua, t/dap/schema.lua. SPDX-License-Identifier: MIT
local root = os.getenv "LUNETTE_TEST_ROOT" or "."
local tap = dofile(root .. "/t/tap.lua")
tap.needs "lunette.dap"
local client = dofile(root .. "/t/dap/client.lua")
local schema = dofile(root .. "/t/dap/schema.lua")
local definitions, why_not = schema.load()
if not definitions then tap.skip(why_not) end

local function decoded(text)
    local letters, bits, n, bytes = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/", 0, 0, {}
    for letter in text:gmatch "[^=]" do
        bits, n = bits << 6 | letters:find(letter, 1, true) - 1, n + 6
        if n >= 8 then
            n = n - 8
            bytes[#bytes + 1] = string.char(bits >> n & 255)
        end
    end
    return table.concat(bytes)
end

-- ---- bytes ----

local c = client.start [[
local net = lun.nn.Sequential(lun.nn.Linear(2, 2), lun.nn.ReLU())
local x = lun.arange(1, 13):float():view(3, 4)
local t, big, none = x:t(), lun.zeros(2 ^ 28, {dtype = "float32"}), lun.zeros(0)
local s = x:relu()
net(lun.ones(1, 2))
print("ends", s:sum():item())
]]
local capabilities = c:launch(nil, function() c:request("setFunctionBreakpoints", {breakpoints = {{name = "op:relu"}}}) end)
local _, frames = c:stopped()
tap.ok(capabilities.supportsReadMemoryRequest, "supportsReadMemoryRequest")
local locals = c:scope(frames[2].id, "Locals")
tap.ok(locals.x.memoryReference, "a tensor has a reference")
tap.ok(not locals.net.memoryReference, "what is no tensor has none")
local function read(reference, offset, count)
    local body, problem = c:request("readMemory", {memoryReference = reference, offset = offset, count = count})
    return body and decoded(body.data or ""), body or problem
end
local function floats(...)
    local parts = {}
    for i, number in ipairs {...} do parts[i] = ("<f"):pack(number) end
    return table.concat(parts)
end
tap.is(read(locals.x.memoryReference, 0, 48), floats(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12), "all bytes")
tap.is(read(locals.x.memoryReference, 8, 8), floats(3, 4), "a page of them")
tap.is(read(locals.x.memoryReference, 5, 6), floats(2, 3):sub(2, 7), "from the middle of an element")
tap.is(read(locals.x.memoryReference, 44, 100), floats(12), "as many as there are")
tap.is(read(locals.x.memoryReference, 48, 4), "", "none behind its end")
local _, body = read(locals.x.memoryReference, -4, 8)
tap.is(body.unreadableBytes, 4, "and before its beginning they cannot be read")
tap.is(read(locals.t.memoryReference, 0, 48), floats(1, 5, 9, 2, 6, 10, 3, 7, 11, 4, 8, 12), "a view has its own elements, in its order")
tap.is(read(locals.t.memoryReference, 8, 12), floats(9, 2, 6), "over the end of a row")
tap.is(read(locals.none.memoryReference, 0, 4), "", "an empty tensor has no bytes")
local from = os.time()
tap.is(read(locals.big.memoryReference, 2 ^ 30 - 8, 16), ("\0"):rep(8), "the last bytes of a gigabyte")
tap.ok(os.time() - from <= 2, "without a copy of it")
local _, problem = read(locals.big.memoryReference, 0, 2 ^ 24)
tap.ok(problem:find "at most 1048576", "too much at once is refused: " .. tostring(problem))
_, problem = read("tensor:99", 0, 4)
tap.ok(tostring(problem):find "earlier stop", "so is what nobody handed out: " .. tostring(problem))
c:request("setExpression", {expression = "x[1,1]", value = "7", frameId = frames[2].id})
local event = c:event "memory"
tap.ok(event.memoryReference and event.offset == 0 and event.count > 0, "after an edit the client is told that bytes are old")
tap.is(read(locals.x.memoryReference, 0, 4), floats(7), "and reads the new ones")
tap.ok(c:request("evaluate", {expression = "x * 2", context = "watch", frameId = frames[2].id}).memoryReference, "a watched expression has one")
local statistics = c:scope(frames[1].id, "Statistics")
tap.ok(statistics.in1.value:find "mean", "a scope of statistics: " .. tostring(statistics.in1 and statistics.in1.value))
c:request("setFunctionBreakpoints", {breakpoints = {{name = "mod:net"}}})
_, frames = c:go "continue"
_, problem = read(locals.x.memoryReference, 0, 4)
tap.ok(tostring(problem):find "earlier stop", "a reference ends with its stop: " .. tostring(problem))

-- ---- each capability ----

local module
for _, frame in ipairs(frames) do module = module or frame.canRestart and frame.id end
local function number_of(scope) return (c:scope(frames[#frames].id, scope) or {})[0] end
local served = {
    supportsFunctionBreakpoints = {"setFunctionBreakpoints", {breakpoints = {{name = "op:relu", condition = "numel(in1) > 0", hitCondition = "1"}}}},
    supportsDataBreakpoints = {"setDataBreakpoints", {breakpoints = {{dataId = c:request("dataBreakpointInfo", {name = "x", frameId = frames[#frames].id}).dataId}}}},
    supportsLogPoints = {"setBreakpoints", {source = {path = c.program}, breakpoints = {{line = 6, logMessage = "sum {s:sum():item()}"}}}},
    supportsEvaluateForHovers = {"evaluate", {expression = "x", context = "hover"}},
    supportsClipboardContext = {"evaluate", {expression = "x", context = "clipboard"}},
    supportsSetVariable = {"setVariable", {variablesReference = number_of "Locals", name = "none", value = "lun.ones(1)"}},
    supportsSetExpression = {"setExpression", {expression = "none", value = "lun.ones(2)", frameId = frames[#frames].id}},
    supportsCompletionsRequest = {"completions", {text = "x:re", column = 5}},
    supportsLoadedSourcesRequest = {"loadedSources", {}},
    supportsExceptionFilterOptions = {"setExceptionBreakpoints", {filters = {}, filterOptions = {{filterId = "nan", condition = "numel(in1) > 3"}}}},
    supportsExceptionInfoRequest = {"exceptionInfo", {threadId = 1}},
    supportsBreakpointLocationsRequest = {"breakpointLocations", {source = {path = c.program}, line = 1, endLine = 6}},
    supportsReadMemoryRequest = {"readMemory", {memoryReference = c:scope(frames[#frames].id, "Locals").x.memoryReference, count = 4}},
    supportsDelayedStackTraceLoading = {"stackTrace", {threadId = 1, startFrame = 1, levels = 1}},
    supportsCancelRequest = {"cancel", {requestId = 1}},
}
-- Those that are no request of their own, or that move the program, and where they are seen.
local elsewhere = {
    supportsConfigurationDoneRequest = "client", supportsConditionalBreakpoints = "protocol", supportsHitConditionalBreakpoints = "protocol",
    supportsStepBack = "protocol", supportsSteppingGranularity = "protocol", completionTriggerCharacters = "protocol",
    exceptionBreakpointFilters = "protocol", supportsTerminateRequest = "protocol", supportTerminateDebuggee = "port", supportsRestartFrame = "below",
}
for name, value in pairs(capabilities) do
    local row = served[name]
    if value and row then
        local answer, why = c:request(row[1], row[2])
        tap.ok(answer, ("%s is served by %s%s"):format(name, row[1], answer and "" or ": " .. tostring(why)))
    else
        tap.ok(elsewhere[name], name .. " is tested in " .. tostring(elsewhere[name]))
    end
end
for name in pairs(served) do tap.ok(capabilities[name], name .. " is announced") end
c:request("setDataBreakpoints", {breakpoints = {}})
c:request("setFunctionBreakpoints", {breakpoints = {{name = "mod:net.2"}}})
local stop
_, frames = c:go "continue"
for _, frame in ipairs(frames) do module = frame.canRestart and frame.id or module end -- the outermost
stop, frames = c:go("restartFrame", {frameId = module})
tap.is(stop and stop.reason, "restart", "restartFrame goes back to the call's first op")
c:request("setFunctionBreakpoints", {breakpoints = {}})
c:request("continue", {threadId = 1})
tap.is(c:finish(), 0, "the program ends")
tap.ok(c:output("console"):find "sum ", "the log point printed")
if definitions then
    local wrong = {}
    for _, message in ipairs(c.messages) do
        for _, text in ipairs(schema.problems(definitions, message)) do wrong[#wrong + 1] = text end
    end
    tap.ok(#wrong == 0, "all messages fit the schema " .. (wrong[1] or ""))
end
tap.done()
