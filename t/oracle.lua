-- oracle.lua - a sample of PyTorch's own test database, replayed: some calls of every op and dtype, forward and backward
--
-- The calls and PyTorch's answers are data (t/oracle/sample.safetensors, picked from the whole by t/oracle/pick.lua); the whole walk, which
-- needs PyTorch, is ./dev oracle. What fails must be a difference that doc/differences.md lists.
-- Holds: one line for each op and dtype. Run alone for some: lunette t/oracle.lua sum linalg.det. Read next: t/oracle/README.md.
-- SPDX-License-Identifier: MIT
local tap = require "tap"
local values = require "oracle.values"
local check = require "oracle.check"
local listed = require "oracle.listed"
local root = os.getenv "LUNETTE_TEST_ROOT" or "."

local only = {}
for _, name in ipairs(arg or {}) do only[name] = true end

local function problem_of(op, call, file)
    if file.dtype == "errors" then return check.refusal(op, call, file), "refusal" end
    local problem, _, wrong = check.call(op, call, file)
    if problem then return problem, "forward" end
    return wrong, "gradient"
end

local function replay(file)
    local title = ("%s%s: %s, %d calls"):format(file.name, file.variant == "" and "" or "-" .. file.variant, file.dtype, #file.calls)
    local op = check.resolve(file.name, file.variant)
    if not op then return tap.fail(title, "there is no such op any more") end
    local problems = {}
    for _, call in ipairs(file.calls) do
        if not check.unsayable(call, file) then
            local problem, kind = problem_of(op, call, file)
            if problem and not listed.reason(file.name, file.dtype, kind, problem) then
                problems[#problems + 1] = check.show(call, file) .. ": " .. problem
            end
        end
    end
    if #problems == 0 then tap.ok(true, title) else tap.fail(title, table.unpack(problems)) end
end

local files = values.read(root .. "/t/oracle/sample.safetensors")
tap.ok(#files > 1000, "there is something to replay")
for _, file in ipairs(files) do
    if not next(only) or only[file.name] then
        file.tensors = files.tensors
        replay(file)
    end
end
tap.done()
