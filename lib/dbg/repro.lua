-- repro.lua - `repro FOLDER`: the op of a stop as a program of its own, with its inputs, that has shown that it does the same
--
-- The folder holds repro.lua, inputs.safetensors and, of an op that works, expected.safetensors. It is run in a clean process before success
-- is told; its path is the last line. Read next: lib/dbg/diff.lua. SPDX-License-Identifier: MIT
local lun = require "lunette"
local core = require "lunette.dbg_core"
local commands = require "lunette.dbg.commands"
local look = require "lunette.dbg.look"
local say = look.say

local function quoted(text) return "'" .. text:gsub("'", "'\\''") .. "'" end

-- The program that runs, for one that starts clean.
local function program()
    local pipe <close> = assert(io.popen "readlink /proc/$PPID/exe")
    return pipe:read "l"
end

local function write(path, text)
    local file <close> = assert(io.open(path, "w"))
    file:write(text)
end

-- name = in1, ... of the tensors; one that takes a list takes what is left. The tensors by their names in the file.
local function tensor_arguments(ev)
    local parts, tensors, n = {}, {}, ev.inputs.n
    for k, name in ipairs(ev.names) do
        local last = k == #ev.names and n or k
        local list = {}
        for i = k, last do
            if ev.inputs[i] ~= nil then
                local x = ev.inputs[i]
                tensors["in" .. i] = x:detach():cpu():clone():contiguous() -- the op is tried, and may write
                list[#list + 1] = "t.in" .. i .. (x.device ~= "cpu" and (':to "%s"'):format(x.device) or "")
            end
        end
        if last > k or ev.takes_list and k == #ev.names then parts[#parts + 1] = name .. " = {" .. table.concat(list, ", ") .. "}"
        elseif list[1] then parts[#parts + 1] = name .. " = " .. list[1] end
    end
    return parts, tensors
end

local function option_arguments(ev)
    local parts = {}
    for name, value in pairs(ev.attributes) do parts[#parts + 1] = name .. " = " .. look.literal(value) end
    table.sort(parts)
    return parts
end

local repro = {}

--- The op of a stop as a call in Lua, `lun.NAME {...}` over a table t, and that table: its tensors. Raises where it cannot be called.
function repro.call(ev)
    if not pcall(function() return lun[ev.op] end) then
        error(("op:%s is inside another op and cannot be called: go to that one (bt)"):format(ev.op), 0)
    end
    if ev.unwritten then error(("op:%s has an option, %s, that cannot be written down"):format(ev.op, ev.unwritten), 0) end
    local parts, tensors = tensor_arguments(ev)
    for _, option in ipairs(option_arguments(ev)) do parts[#parts + 1] = option end
    return ("lun.%s%s {%s}"):format(ev.op, ev.inplace and "_" or "", table.concat(parts, ", ")), tensors
end

local comparison = [[
local same = true
for name, wanted in pairs(lun.load(here .. "/expected.safetensors")) do
    local got = out[tonumber(name:match "%d+")]:cpu()
    local equal = got:eq(wanted):logical_or(got:ne(got):logical_and(wanted:ne(wanted))):all()
    print(name, got, equal and "the same bits" or "OTHER VALUES")
    same = same and equal
end
os.exit(same)
]]

-- What the op does with its inputs: what it did, else tried in this stop's own context. Results, or the error's first line.
local function outcome(ev)
    if ev.kind == "error" then return nil, ev.why end
    if ev.kind == "after" then return ev.outputs end
    local run = load("local lun, t = ... return " .. ev.call, "=repro", "t")
    local state = lun.get_rng_state()
    lun.set_rng_state(ev.drawn)
    local results = table.pack(pcall(run, lun, ev.copies))
    lun.set_rng_state(state)
    if results[1] then return table.move(results, 2, results.n, 1, {}) end
    return nil, tostring(results[2]):match "^[^\n]*"
end

local function text_of(ev, results)
    local frame = ev.frames[1]
    local lines = {
        ("-- repro.lua - one op as it ran: op:%s #%d, %s:%d, Lunette %s"):format(ev.op, ev.sequence, frame and frame.source or "?",
            frame and frame.line or 0, lun.version),
        results and "-- It prints its results beside those of that time." or "-- It ends with: " .. (ev.failure or ""),
        'local here = arg[0]:match "^(.*)/" or "."',
        next(ev.copies) and 'local t = lun.load(here .. "/inputs.safetensors")' or "local t = {}",
    }
    lines[#lines + 1] = ("lun.set_rng_state {seed = %d, offset = %d}"):format(ev.drawn.seed, ev.drawn.offset)
    lines[#lines + 1] = (results and "local out = table.pack(%s)" or "print(%s)"):format(ev.call)
    if results then lines[#lines + 1] = comparison end
    return table.concat(lines, "\n") .. "\n"
end

-- Runs the folder in a clean process: does it do what was seen?
local function check(folder, results, failure)
    local pipe = io.popen(("%s --batch %s 2>&1 </dev/null"):format(quoted(program()), quoted(folder .. "/repro.lua")))
    local output = pipe:read "a"
    local good = pipe:close()
    if results then return good, output end
    return output:find(failure:match "^error%[%w+%] (.*)$" or failure, 1, true) ~= nil, output
end

-- Layers with running statistics write into two of their arguments.
local function has_changed_inputs(ev)
    local changed = ev.writes
    for i, name in ipairs(ev.names) do changed = changed or name:find "^running_" and ev.inputs[i] ~= nil end
    return changed
end

local function reproduce(ev, rest)
    local folder = rest:gsub("/+$", "")
    if folder == "" then error("repro FOLDER: a stop's op as a program of its own", 0) end
    if not ev.op or ev.late then error("repro is for a stop at an op: catch error, or b op:NAME, and run again", 0) end
    if ev.node_op then error(("this is a gradient: repro at the op itself (b op:%s), then backward"):format(ev.node_op), 0) end
    if ev.kind == "after" and has_changed_inputs(ev) then
        error(("the op has run and changed what it needs: repro before it (b op:%s without `out` in its condition; rsi, if travel is on)")
            :format(ev.op), 0)
    end
    ev.call, ev.copies = repro.call(ev)
    ev.drawn = core.generator()
    if not os.execute("mkdir -p " .. quoted(folder) .. " 2>/dev/null") then error(("%s cannot be made"):format(folder), 0) end
    if next(ev.copies) then lun.save(folder .. "/inputs.safetensors", ev.copies) end -- before an op in place changes them
    local results
    results, ev.failure = outcome(ev)
    if results then
        local expected = {}
        for k, x in ipairs(results) do expected["out" .. k] = lun.is_tensor(x) and x:detach():cpu():contiguous() or nil end
        if next(expected) == nil then error("its result is no tensor", 0) end
        lun.save(folder .. "/expected.safetensors", expected)
    end
    write(folder .. "/repro.lua", text_of(ev, results))
    local good, output = check(folder, results, ev.failure)
    if not good then
        say("%s", output)
        local advice = ev.kind == "after" and "; repro before it runs" or ""
        error("in a clean process it does not do the same: it needs more than its inputs" .. advice, 0)
    end
    say("%s in a clean process, too", results and "the same results" or ev.failure)
    say("%s/repro.lua", folder)
end

commands.group("two runs", {
    {"repro", "repro FOLDER: the op or error of this stop as a program of its own, checked in a clean process", reproduce},
})

return repro
