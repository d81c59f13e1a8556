-- ops.lua - what must hold for every row of the op table, whatever the op
--
-- lun.ops() gives the table as data. For each row: help, demo and sample are there and true; the gradient agrees with finite
-- differences in float64; a strided input gives what a contiguous one gives; the in-place form gives what the function gives;
-- empty and 0-d inputs, and every dtype, work or raise an error of ours; bad samples raise one with a hint; dim 0 is refused.
-- Holds: knows no op by name but in `exceptions` (with the reason beside it). Run alone: lunette t/ops.lua gather sort.
-- Read next: t/rows.lua, t/peer.lua (the same ops against PyTorch), core/op.h.
-- SPDX-License-Identifier: MIT
local tap = require "tap"
local lun = require "lunette"
local rows = require "rows"
local variants = require "variants"

local only = {}
for _, name in ipairs(arg or {}) do only[name] = true end

-- Contents are not defined, so two calls need not agree.
local unspecified = { empty = true, empty_like = true }
-- What the row's own sample cannot be asked, and why.
local exceptions = {
    gradient = {
        standard_gamma = "is that at a fixed chance, not at a fixed stream of random numbers: t/lua/random.lua",
        complete_box_iou = "takes the weight of its last term as a constant, as published and as torchvision has it",
    },
    strided = {
        view_as_complex = "the two parts must lie side by side, and it says so",
        view = "a view of a strided tensor may be impossible, and says so", view_as = "likewise", view_dtype = "likewise",
        as_strided = "is about memory: of another layout it shows other elements",
    },
}

local dtypes = { "float32", "float64", "float16", "bfloat16", "int8", "uint8", "int16", "int32", "int64", "bool", "complex64", "complex128" }

-- Where a variant of a sample meets a point without a derivative, or the gradient is another by design; with the reason.
local equal_columns = { ["stride 0"] = "a matrix of equal columns has no full rank: no derivative there" }
local phases = "the phase of each complex vector is free; a sum of vectors depends on it"
local unchecked = {
    as_strided = { strided = "reads elements of the memory that are not its argument's; those get no gradient, as in PyTorch" },
    cholesky_ex = equal_columns, cond = equal_columns, lu = equal_columns, lu_factor = equal_columns, lu_factor_ex = equal_columns,
    qr = equal_columns, svd = { ["stride 0"] = equal_columns["stride 0"], complex = phases }, eigh = { complex = phases },
    eig = { ["stride 0"] = "equal columns: 0 is a double eigenvalue, which has no derivative", complex = phases },
}

-- gradcheck of the row's samples and of what is derived from them; nil, or the first difference.
local function gradcheck(row)
    local asked, checked, problem = 0, 0, nil
    variants.each(row, function(label, f, leaves, derived)
        asked = asked + 1
        if problem or (unchecked[row.name] or {})[label:match ", (.*)" or label] then return end
        local state = variants.state(f, leaves)
        if state == "refused" and not derived then problem = label .. " is refused" end
        if state ~= "differentiable" then return end
        local good, why = lun.autograd.gradcheck(f, leaves, { raise_exception = false, max_elements = 24 })
        checked = checked + 1
        if not good then problem = label .. ": " .. why end
    end)
    if problem then return problem end
    if #row.samples == 0 then return "has no sample" end
    if checked == 0 and asked > 0 then return nil, "not differentiable" end
    if asked == 0 then return nil, "no float argument" end
    if asked < 5 then return ("only %d variants"):format(asked) end
end

-- The same elements at other strides: as a transpose of a transposed copy, or as every second element.
local function strided(x)
    if x.ndim >= 2 then return x:transpose(-1, -2):contiguous():transpose(-1, -2) end
    if x.ndim == 1 and x:numel() > 0 then return lun.stack({ x, x }, 2):select(2, 1) end
    return x
end

local function strided_differs(row)
    local want = rows.plain(rows.call(row, rows.sample(row.sample, function(x) return x end)))
    local got = rows.plain(rows.call(row, rows.sample(row.sample, strided)))
    return tap.difference(want, got, 1e-6)
end

local function inplace_differs(row)
    local want = rows.call(row, rows.sample(row.sample, function(x) return x end))[1]
    local args = rows.sample(row.sample, function(x) return x:clone() end)
    local x = args[1]
    if not rows.is_tensor(x) then return end
    lun.manual_seed(7)
    local good, problem = pcall(x[row.name .. "_"], x, table.unpack(args, 2, args.n))
    if not good then
        local _, text = tap.describe(problem)
        -- a result of another dtype or shape does not fit into x, and the error says so
        local fits = tostring(want.dtype) == tostring(x.dtype) and want.shape == x.shape
        return fits and "raised: " .. text or nil
    end
    if not rawequal(problem, x) then return "does not return x itself" end
    return tap.difference(x:totable(), want:to(x.dtype):totable(), 1e-6)
end

-- Calls with every tensor replaced by `stand_in`; results are read to the end. nil, or what went wrong.
local function survives(row, stand_in)
    local made, args = pcall(rows.sample, row.sample, stand_in)
    if not made then return rows.ours(args) and nil or "sample raised: " .. tostring(args) end
    local good, problem = pcall(function() rows.plain(rows.call(row, args)) end)
    if good then return end
    local known, text = rows.ours(problem)
    if not known then return "raised a foreign error: " .. text end
end

local function odd_inputs(row)
    local stand_ins = {
        ["empty [0]"] = function(x) return lun.zeros(0, { dtype = x.dtype }) end,
        ["empty [0,3]"] = function(x) return lun.zeros(0, 3, { dtype = x.dtype }) end,
        ["empty [2,0]"] = function(x) return lun.zeros(2, 0, { dtype = x.dtype }) end,
        ["0-d"] = function(x) return lun.ones({}, { dtype = x.dtype }) end,
        ["8 dims"] = function(x) return lun.ones(1, 1, 1, 1, 1, 1, 1, 2, { dtype = x.dtype }) end,
        ["NaN"] = function(x) return rows.is_float(x) and x * (0 / 0) or x end,
        ["infinite"] = function(x) return rows.is_float(x) and x * (1 / 0) or x end,
    }
    for _, dtype in ipairs(dtypes) do
        stand_ins["all " .. dtype] = function(x) return x:to(dtype) end
        stand_ins["floats as " .. dtype] = function(x) return rows.is_float(x) and x:to(dtype) or x end
    end
    local problems = {}
    for name, stand_in in pairs(stand_ins) do
        local problem = survives(row, stand_in)
        if problem then problems[#problems + 1] = name .. ": " .. problem end
    end
    table.sort(problems)
    return problems
end

local function hint_of(problem)
    local good, hint = pcall(function() return problem.hint end)
    return good and hint or nil
end

local function bad_sample_passes(row, bad)
    local args = rows.sample(bad, function(x) return x end)
    local good, problem = pcall(rows.call, row, args)
    if good then return "did not raise" end
    local known, text = rows.ours(problem)
    if not known then return "raised a foreign error: " .. text end
    local hint = hint_of(problem)
    if type(hint) ~= "string" or hint == "" then return "has no hint: " .. text end
    if problem.op ~= row.name then return "is told in another op's name: " .. text end
end

-- A dim of 0 must be refused, saying where counting starts.
local function dim_zero_passes(row, name)
    local args = rows.sample(row.sample, function(x) return x end)
    local kept = { n = 0 }
    for i = 1, args.n do
        if not rows.is_tensor(args[i]) and type(args[i]) ~= "table" then break end
        kept.n = i
        kept[i] = args[i]
    end
    kept.n = kept.n + 1
    kept[kept.n] = { [name] = 0 }
    local good, problem = pcall(rows.call, row, kept)
    if good then return "did not raise" end
    local known, text = rows.ours(problem)
    if not known then return "raised a foreign error: " .. text end
end

local function verdict(name, good, problem, ...)
    if not good then return tap.fail(name, "raised: " .. tostring(problem)) end
    if problem then return tap.fail(name, problem, ...) end
    return tap.ok(true, name)
end

local function check_texts(row)
    local missing = {}
    if type(row.help) ~= "string" or row.help == "" then missing[#missing + 1] = "no help" end
    if not row.samples[1] then missing[#missing + 1] = "no sample" end
    if not row.demos[1] then missing[#missing + 1] = "no demo" end
    for _, demo in ipairs(row.demos) do
        local read, problem = load("return " .. demo, "=demo", "t", { lun = lun, math = math })
        local good, value = false, problem
        if read then good, value = pcall(read) end
        if not good or value == nil then missing[#missing + 1] = "demo " .. demo .. ": " .. tostring(value) end
    end
    verdict(row.name .. ": help, demo and sample", true, missing[1], table.unpack(missing, 2))
end

local function check(row)
    local name = row.label
    local good, problem = pcall(function() return rows.plain(rows.call(row, rows.sample(row.sample, function(x) return x end))) end)
    verdict(name .. ": its sample runs", good, not good and problem or nil)
    if not good then return end
    if not exceptions.strided[row.name] and not unspecified[row.name] then
        verdict(name .. ": strided = contiguous", pcall(strided_differs, row))
    end
    if row.flags.inplace then verdict(name .. ": in place = function", pcall(inplace_differs, row)) end
    local problems = odd_inputs(row)
    verdict(name .. ": empty, 0-d, NaN and every dtype: works or says why not", true, problems[1],
        table.unpack(problems, 2, math.min(#problems, 8)))
    for _, bad in ipairs(row.bads) do verdict(name .. ": a bad sample raises with a hint: " .. bad, pcall(bad_sample_passes, row, bad)) end
    for _, argument in ipairs(row.args) do
        if argument.kind == "dim" or argument.kind == "dims" then
            verdict(name .. ": " .. argument.name .. " = 0 is refused", pcall(dim_zero_passes, row, argument.name))
        end
    end
end

local table_of_ops = lun.ops()
tap.ok(#table_of_ops > 100, "the table has its rows")
for _, row in ipairs(table_of_ops) do
    if not next(only) or only[row.name] then
        check_texts(row)
        if row.differentiable and not exceptions.gradient[row.name] then
            local passed, wrong, reason = pcall(gradcheck, row)
            verdict(row.name .. ": gradient = finite differences", passed, wrong or (reason and "checked nothing: " .. reason))
        end
    end
end
for _, row in ipairs(rows.sampled()) do
    if not next(only) or only[row.name] then check(row) end
end
tap.done()
