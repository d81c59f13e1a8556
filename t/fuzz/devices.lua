-- devices.lua - makes one hostile call on the CPU and on the CUDA device (the host device in its place) and compares
--
-- Results, the arguments afterwards, gradients and errors must be alike as in t/cuda.lua. Positions, lengths and words are the same; each
-- tensor is moved with its strides, one that stands twice among the arguments is one tensor there too.
-- Read next: attack.lua, run.lua, t/alike.lua. SPDX-License-Identifier: MIT
local lun = require "lunette"
local tap = require "tap"
local rows = require "rows"
local alike = require "alike"
local attack = require "fuzz.attack"
local generate = require "fuzz.generate"

local devices = {}

-- Whether its correlation is NaN or 1 is decided by the rounding of its mean (in PyTorch too).
local function has_constant_row(x)
    return rows.is_tensor(x) and x.ndim > 0 and x:numel() > 0 and not x:ne(x:narrow(-1, 1, 1)):any(-1):all()
end

-- What cannot be compared: a place asked for by name is where the result stands; a method of what is no tensor is Lua's own error;
-- moving lays out what a view would be taken of, and what lay in one place several times; matrices of chance may be singular.
local function beyond(call)
    local row, self, odd = call.row, call.args[1], false
    for i = 1, call.args.n do
        local v = call.args[i]
        if v == "cpu" or v == "cuda:9" or type(v) == "table" and v.device then return true end
        odd = odd or rows.is_tensor(v) and not v:isfinite():all()
    end
    if alike.exceptions[row.name] or row.name:find "^view" or alike.meaningless(row, "expanded") then return true end
    if odd and alike.meaningless(row, "infinite") then return true end
    if row.name == "corrcoef" and has_constant_row(self) then return true end
    if not rows.is_tensor(self) then return call.way ~= "function" end
    return (call.way == "inplace" or row.flags.writes) and generate.views[self] and not self:is_contiguous()
end

-- The arguments on the device; the tensors among them that take a gradient, here and there.
local function moved(call)
    local known, leaves, found = {}, {}, false
    local function copy(v)
        if rows.is_tensor(v) then
            found = true
            if not known[v] then
                known[v] = v:detach():cuda()
                if v.requires_grad then
                    known[v]:requires_grad_()
                    leaves[#leaves + 1] = { v, known[v] }
                end
            end
            return known[v]
        end
        if type(v) ~= "table" then return v end
        local list = {}
        for key, item in pairs(v) do list[key] = copy(item) end
        return list
    end
    local args = { n = call.args.n }
    for i = 1, args.n do args[i] = copy(call.args[i]) end
    return setmetatable({ args = args }, { __index = call }), leaves, found
end

local function on_device(call, found)
    if not found then lun.set_default_device "cuda" end
    local good, results = alike.on_device(function() return attack.invoke(call) end)
    lun.set_default_device "cpu"
    return good, results
end

local function backward(row, results)
    local loss = alike.weighted(alike.what_is_unique(row, results))
    if loss then loss:backward() end
    return loss ~= nil
end

local function gradients_differ(row, leaves, want, got)
    local want_good, wanted = pcall(backward, row, want)
    local got_good, problem = alike.on_device(function() return backward(row, got) end)
    if want_good and not got_good then return "raised " .. tostring(problem) end
    if not want_good then return got_good and "did not raise; the CPU: " .. tostring(wanted) or alike.errors_differ(problem, wanted) end
    for i, pair in ipairs(wanted and leaves or {}) do
        local here, there = pair[1].grad, pair[2].grad
        if not here ~= not there then return i .. (here and " is missing" or " is there, but not on the CPU") end
        local text = here and alike.tensors_differ(there, here, nil, 0.5)
        if text then return i .. ": " .. text end
    end
end

-- The problem (or nil), and whether the call worked; as attack.run.
function devices.run(call)
    if beyond(call) then return nil, false end
    local theirs, leaves, found = moved(call)
    if not found and not call.row.flags.creation then return nil, false end -- numbers alone are the CPU's work
    local want_good, want = pcall(attack.invoke, call)
    local got_good, got = on_device(theirs, found)
    local function no_room(good, text) return not good and tostring(text):find("error[E601]", 1, true) end
    if no_room(want_good, want) or no_room(got_good, got) then return nil, false end
    if want_good ~= got_good then
        return want_good and "raised " .. tostring(got) or "did not raise; the CPU: " .. select(2, tap.describe(want)), want_good
    end
    local later = not want_good and tap.describe(want) == "index" and tap.describe(got) ~= "index" -- positions are looked at last
    if not want_good then return not later and alike.errors_differ(got, want) or nil, false end
    local problem = alike.results_differ(got, want, call.row)
    for i = 1, problem and 0 or call.args.n do
        local left = rows.is_tensor(call.args[i]) and alike.tensors_differ(theirs.args[i], call.args[i])
        if left then return ("argument %d is left otherwise: %s"):format(i, left), true end
    end
    if not problem and #leaves > 0 then
        problem = gradients_differ(call.row, leaves, want, got)
        problem = problem and "gradient " .. problem
    end
    return problem, true
end

return devices
