-- lines.lua - lunette --dbg-json: one JSON object a line, commands in, stops and answers out; nobody there is no hang
--
-- Read next: lib/dap/lines.lua, doc/dap.md. SPDX-License-Identifier: MIT
local root, build = os.getenv "LUNETTE_TEST_ROOT" or ".", os.getenv "LUNETTE_BUILD" or "build"
local tap = dofile(root .. "/t/tap.lua")
tap.needs "lunette.dap"
local json = require "lunette.dap.json"

local function write(path, text)
    local file <close> = assert(io.open(path, "w"))
    file:write(text)
end

-- The objects that come out, by their order, and the exit status; every line must be JSON.
local function session(script, commands, options)
    local base, list = os.tmpname(), {}
    write(base .. ".lua", script)
    write(base .. ".in", commands)
    write(base .. ".dbg", options and options.dbg or "")
    local dbg = options and options.dbg and "--dbg " .. base .. ".dbg" or ""
    local pipe = io.popen(("timeout 60 %s/lunette --dbg-json %s %s.lua <%s.in 2>/dev/null"):format(build, dbg, base, base))
    for line in pipe:lines() do
        local ok, value = pcall(json.decode, line)
        if not ok then tap.fail("a line is JSON", line) end
        list[#list + 1] = value
    end
    local _, _, status = pipe:close()
    for _, ending in ipairs {"", ".lua", ".in", ".dbg"} do os.remove(base .. ending) end
    return list, status
end

local function events(list, name)
    local found = {}
    for _, object in ipairs(list) do
        if object.event == name then found[#found + 1] = object end
    end
    return found
end

local script = [[
local x = lun.tensor{{1.5, -2}, {3, -4}}
print "before"
local y = x:relu()
print("sum", y:sum():item())
]]

local list, status = session(script, [[
{"id": 1, "command": "b op:relu"}
{"id": 2, "command": "c"}
{"id": 3, "eval": "in1:sum():item()"}
{"id": 4, "command": "set in1 = in1 + 10"}
this is no JSON
{"id": 5, "command": "nonsense here"}
{"id": 6, "eval": "in1"}
{"id": 7, "command": "finish"}
{"id": 8, "command": "c"}
]])
tap.is(list[1].event, "start", "the start is a stop before the first line")
local answers, stops = events(list, "answer"), events(list, "stop")
tap.is(answers[1].id, 1, "an answer has its command's number")
tap.ok(answers[1].ok and answers[1].text[1]:find "bp1 op:relu", "and what the command says")
tap.ok(answers[2].goes_on, "c goes on")
local stop = stops[1]
tap.is(("%s %s %s %d"):format(stop.kind, stop.phase, stop.op, stop.line), "before fwd relu 3", "the stop: kind, phase, op, line")
tap.is(stop.breakpoint, 1, "its breakpoint")
tap.is(stop.frames[1].text, "local y = x:relu()", "its frames, with the text of the line")
local x = stop.inputs[1]
tap.is(("%s %d %d %g %g %g"):format(x.dtype, x.shape[1], x.shape[2], x.min, x.max, x.nan), "float32 2 2 -4 3 0", "a tensor: dtype, shape, statistics")
tap.is(answers[3].values[1], -1.5, "eval gives values")
tap.is(answers[5].ok, false, "what is no JSON is an error answer")
tap.ok(answers[6].error, "an unknown command too: " .. tostring(answers[6].error))
tap.is(answers[7].values[1].min, 6.0, "a value that is a tensor")
tap.is(("%s %s"):format(stops[2].kind, stops[2].reason), "after finish", "finish stops behind the op")
tap.is(stops[2].outputs[1].max, 13.0, "with its result")
local printed = {}
for _, object in ipairs(events(list, "output")) do printed[#printed + 1] = object.text end
tap.is(table.concat(printed), "before\nsum\t38.5\n", "what the program prints comes as objects")
tap.is(list[#list].event, "end", "the end")
tap.is(list[#list].status, 0, "and its status")
tap.is(status, 0, "which is the program's")

list, status = session(script, '{"command": "b op:relu"}\n{"command": "c"}\n')
tap.is(#events(list, "stop"), 1, "nobody there: the stop is told")
tap.is(status, 4, "the run goes on, with status 4")
list, status = session(script, "")
tap.is(status, 0, "and without any command it just runs")
list, status = session(script, "", {dbg = "b op:relu\nc\np in1:sum():item()\nc\n"})
tap.is(#events(list, "stop"), 1, "commands from --dbg FILE")
tap.is(events(list, "text")[#events(list, "text")].text, "-1.5", "and what they say as objects")
list, status = session("error 'wrong'", "")
tap.is(status, 1, "an error is status 1")
tap.ok(events(list, "output")[1].text:find "wrong", "and comes as output")
tap.done()
