-- dtypes.lua - every row takes the dtypes that its help lists, and refuses the others with an error that names those it takes
--
-- The float tensors of a row's samples are given in each dtype. Holds: the list is tested; results are t/ops.lua's business.
-- Read next: t/ops.lua, core/mix.c. SPDX-License-Identifier: MIT
local tap = require "tap"
local lun = require "lunette"
local rows = require "rows"

local dtypes = { "bool", "uint8", "int8", "int16", "int32", "int64", "float16", "bfloat16", "float32", "float64", "complex64",
    "complex128" }
-- Rows that take a dtype only with an option or a value that their samples do not have.
local conditions = {
    rand_like = "whole numbers, with a dtype option", randn_like = "likewise", view_dtype = "what its last dim can be seen as",
    softmax = "complex numbers, with a dtype option: their real parts, as in PyTorch", log_softmax = "likewise",
    floor_divide = "whole numbers, by others than 0", remainder = "likewise",
}

-- What comes of a sample in a dtype: true, or the error; nil when the sample has no float tensor.
local function outcome(row, sample, dtype)
    local changed = false
    local args = rows.sample(sample, function(x)
        if not rows.is_float(x) then return x end
        changed = true
        return x:abs():to(dtype)
    end)
    if not changed then return nil end
    local good, problem = pcall(rows.call, row, args)
    return good or tostring(problem)
end

local function judge(row, dtype)
    local worked, last
    for _, sample in ipairs(row.samples) do
        local what = outcome(row, sample, dtype)
        if not row.takes[dtype] and what and (what == true or not what:find("not for " .. dtype .. "; it takes ", 1, true)) then
            return "is refused otherwise: " .. tostring(what)
        end
        worked = worked or what == true
        last = last or what
    end
    if row.takes[dtype] and last ~= nil and not worked then return "is listed, but: " .. last end
end

for _, row in ipairs(lun.ops()) do
    local problems = {}
    for _, dtype in ipairs(dtypes) do
        local problem = not conditions[row.name] and judge(row, dtype)
        if problem then problems[#problems + 1] = dtype .. " " .. problem:gsub("\n.*", "") end
    end
    local name = row.name .. " takes what it lists"
    if problems[1] then tap.fail(name, table.unpack(problems)) else tap.ok(true, name) end
end

local text = lun.help "svd"
tap.ok(text:find("Dtypes:    float32, float64 and complex numbers", 1, true), "help lists them: " .. (text:match "Dtypes:[^\n]*" or ""))
tap.ok(lun.help "add":find("Dtypes:    all", 1, true), "all")
tap.ok(lun.help "exp":find("floats, whole numbers, bool and complex numbers; whole", 1, true) or lun.help "exp":find "Dtypes:    all; whole",
    "what becomes float32")
tap.fails(function() lun.det(lun.ones(2, 2, { dtype = "float16" })) end, "dtype", "not for float16; it takes float32, float64, complex64",
    "the error lists the same")
tap.done()
