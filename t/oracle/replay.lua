-- replay.lua - replays one op of the oracle for some dtypes, in a process of its own: a crash or a hang ends only this
--
-- lunette replay.lua FOLDER NAME[-VARIANT] DTYPES [FROM-DTYPE FROM-CALL]. Writes one line for each event, fields parted by tabs:
--   op OURS | missing | out REASON | begin DTYPE CALL | skip DTYPE COUNT REASON | done DTYPE CALL FORWARD GRADIENT (pass, fail, -)
--   why DTYPE CALL KIND TEXT CALL-TEXT | end
-- Holds: a line is written before the call it announces, so that the reader knows which call killed us.
-- Read next: check.lua, run.lua (who reads this). SPDX-License-Identifier: MIT
local lun = require "lunette"
local values = require "oracle.values"
local check = require "oracle.check"

local folder, title, dtypes, from_dtype, from_call = table.unpack(arg)
io.stdout:setvbuf "line"
lun.set_memory_budget(4 << 30)

local function say(...)
    local parts = { ... }
    for i, v in ipairs(parts) do parts[i] = tostring(v):gsub("[\t\n]", " ") end
    io.write(table.concat(parts, "\t"), "\n")
end

local function verdict(problem) return problem and "fail" or "pass" end

local function replay_call(op, file, k)
    local call = file.calls[k]
    local reason = check.unsayable(call, file)
    if reason then return say("skip", file.dtype, 1, reason) end
    say("begin", file.dtype, k)
    if file.dtype == "errors" then
        local built, problem = pcall(check.refusal, op, call, file)
        if not built then problem = "cannot be built: " .. tostring(problem) end
        say("done", file.dtype, k, verdict(problem), "-")
        if problem then say("why", file.dtype, k, "refusal", problem, check.show(call, file)) end
        return
    end
    local built, problem, has_gradient, wrong = pcall(check.call, op, call, file)
    if not built then problem, has_gradient = "cannot be built: " .. tostring(problem), false end
    say("done", file.dtype, k, verdict(problem), has_gradient and verdict(wrong) or "-")
    if problem then say("why", file.dtype, k, "forward", problem, check.show(call, file)) end
    if wrong then say("why", file.dtype, k, "gradient", wrong, check.show(call, file)) end
end

local function replay(dtype, first)
    local path = ("%s/%s.%s.safetensors"):format(folder, title, dtype)
    local there = io.open(path)
    if not there then return end
    there:close()
    local file = values.read(path)
    if first == 1 then
        for reason, count in pairs(file.skipped) do say("skip", dtype, count, reason) end
    end
    local op = check.resolve(file.name, file.variant)
    for k = first, #file.calls do
        replay_call(op, file, k)
        if k % 50 == 0 then collectgarbage() end
    end
end

local name, variant = title:match "^([^-]*)%-?(.*)$"
local op = check.resolve(name, variant)
if check.left_out(name) then
    say("out", check.left_out(name))
elseif not op then
    say("missing")
else
    say("op", op.ours)
    local started = from_dtype == nil
    for dtype in dtypes:gmatch "[^,]+" do
        if started then
            replay(dtype, 1)
        elseif dtype == from_dtype then
            started = true
            replay(dtype, tonumber(from_call))
        end
    end
end
say("end")
