-- cuda.lua - every row of the op table on CUDA against the CPU: samples, dtypes, strides, empties, errors, gradients
--
-- Each sample of each row runs on the CPU and on the device with the same arguments, as it is and changed: every dtype, other strides,
-- empty, 0-d, NaN, infinite. Results agree (whole numbers and what only moves: bit by bit; floats: within the rounding of their dtype),
-- errors too, and the gradients of all float arguments. A row that has a CUDA kernel may not run on the CPU instead.
-- Holds: knows no op by name (t/alike.lua does). In `make check` the device is the host device (kernels/cuda/host);
-- ./dev gpu runs the same file on a GPU. Run alone: lunette t/cuda.lua gather sort; --part=1/4: a quarter of the rows (t/cuda/part_1.lua).
-- LUNETTE_CUDA_REPORT=FILE takes the list of rows.
-- Read next: t/rows.lua, t/alike.lua, kernels/cuda/backend.c. SPDX-License-Identifier: MIT
local tap = require "tap"
local lun = require "lunette"
local rows = require "rows"
local alike = require "alike"

require "need_device"

local only, part, parts = {}, 0, 1
for _, name in ipairs(arg or {}) do
    if name:match "^%-%-part=%d+/%d+$" then
        part, parts = name:match "(%d+)/(%d+)"
        part, parts = math.tointeger(part), math.tointeger(parts)
    else
        only[name] = true
    end
end

-- Is it this row's turn?
local function chosen(row, i)
    return (not next(only) or only[row.name]) and i % parts == part % parts
end

local dtypes = { "float32", "float64", "float16", "bfloat16", "int8", "uint8", "int16", "int32", "int64", "bool", "complex64", "complex128" }
local differentiable = { float32 = true, float64 = true, float16 = true, bfloat16 = true, complex64 = true, complex128 = true }

-- ---- arguments on both devices ----

local function every(x) return x end

-- Other strides: what lies in memory, and the view of it (which gets the shape that is wanted).
local function lay_out(x)
    if x.ndim >= 2 then return x:transpose(-1, -2):contiguous() end
    return x.ndim == 1 and x:numel() > 0 and lun.stack({ x, x }, 2) or x
end
local function look_at(base, shape)
    if #shape >= 2 then return base:transpose(-1, -2) end
    return base.ndim == 2 and base:select(2, 1) or base
end

-- name, how the tensors of a sample are changed, the view that the row gets of what was moved to the device, a dtype
local function variants()
    local list = {
        { "as it is", every },
        { "strided", lay_out, look_at },
        { "expanded", function(x) return x.ndim > 0 and x:numel() > 0 and x:narrow(1, 1, 1):contiguous() or x end,
          function(base, shape) return base:expand(shape) end },
        { "empty [0]", function(x) return lun.zeros(0, { dtype = x.dtype }) end },
        { "empty [2,0]", function(x) return lun.zeros(2, 0, { dtype = x.dtype }) end },
        { "empty [0,3]", function(x) return lun.zeros(0, 3, { dtype = x.dtype }) end },
        { "0-d", function(x) return lun.ones({}, { dtype = x.dtype }) end },
        { "7 dims", function(x) return lun.ones(1, 2, 1, 1, 1, 1, 2, { dtype = x.dtype }) end },
        { "NaN", function(x) return rows.is_float(x) and x * (0 / 0) or x end },
        { "infinite", function(x) return rows.is_float(x) and x * (1 / 0) or x end },
    }
    for _, dtype in ipairs(dtypes) do
        list[#list + 1] = { "all " .. dtype, function(x) return x:to(dtype) end, nil, dtype }
        list[#list + 1] = { "floats as " .. dtype, function(x) return rows.is_float(x) and x:to(dtype) or x end, nil, dtype }
    end
    return list
end

-- A tensor of a sample as the row gets it.
local function placed(x, variant, on_device)
    local shape, base = x.shape, variant[2](x)
    if on_device then base = base:cuda() end
    return variant[3] and variant[3](base, shape) or base
end

-- The sample's arguments. The second result: is there a tensor among them?
local function arguments(row, variant, on_device)
    local found = false
    local args = rows.sample(row.sample, function(x)
        found = true
        return placed(x, variant, on_device)
    end)
    return args, found
end

-- A row that takes no tensor makes its result on the default device.
local function call(row, args, on_device, found)
    if not on_device or found then return rows.call(row, args) end
    lun.set_default_device("cuda")
    local results = table.pack(pcall(rows.call, row, args))
    lun.set_default_device("cpu")
    if not results[1] then error(results[2], 0) end
    return results[2]
end

-- ---- one call on both ----

local function forward_differs(row, variant)
    local made, args = pcall(arguments, row, variant, false)
    if not made then return end -- the variant does not fit the sample
    local want_good, want = pcall(call, row, args, false)
    local theirs, found
    local got_good, got = alike.on_device(function()
        theirs, found = arguments(row, variant, true)
        return call(row, theirs, true, found)
    end)
    if want_good and not got_good then return "raised " .. select(2, tap.describe(got)) end
    if not want_good then
        if got_good then return "did not raise; the CPU: " .. select(2, tap.describe(want)) end
        return alike.errors_differ(got, want)
    end
    local problem = alike.results_differ(got, want, row)
    for i = 1, row.flags.writes and not problem and args.n or 0 do -- Adam's moments, say
        problem = rows.is_tensor(args[i]) and alike.tensors_differ(theirs[i], args[i])
        if problem then problem = ("argument %d is left otherwise: %s"):format(i, problem) end
    end
    return problem or nil, true
end

-- The gradients of all float arguments; nil when there are none.
local function gradients(row, variant, device)
    local leaves = {}
    local args = rows.sample(row.sample, function(x)
        x = placed(x, variant, device)
        if not rows.is_float(x) then return x end
        x = x:detach():requires_grad_()
        leaves[#leaves + 1] = x
        return x
    end)
    if #leaves == 0 then return end
    local loss = alike.weighted(alike.what_is_unique(row, rows.call(row, rows.prepared(row, args))))
    if not loss then return end
    loss:backward()
    local list = {}
    for i, leaf in ipairs(leaves) do list[i] = leaf.grad or false end
    return list
end

local function gradients_differ(row, variant)
    local want_good, want = pcall(gradients, row, variant, false)
    if want_good and not want then return end
    local got_good, got = alike.on_device(function() return gradients(row, variant, true) end)
    if want_good and not got_good then return "gradient: raised " .. select(2, tap.describe(got)) end
    if not want_good then return got_good and "gradient: did not raise; the CPU: " .. select(2, tap.describe(want)) or nil end
    for i = 1, #want do
        if not want[i] ~= not got[i] then return ("gradient %d: %s"):format(i, want[i] and "missing" or "is there, but not on the CPU") end
        local problem = want[i] and alike.tensors_differ(got[i], want[i], nil, 0.5)
        if problem then return ("gradient %d: %s"):format(i, problem) end
    end
end

-- ---- the table ----

local has_kernel = lun.cuda.kernels()
local went_back = {} -- row -> {rows that ran on the CPU during its calls}

local function counts()
    local all = {}
    for name, n in pairs(lun.cuda.fallbacks()) do all[name] = n end
    return all
end

-- Rows by cuSOLVER run on the CPU where a device has no such library; tests of the host device always have the stand-in.
if not os.getenv "LUNETTE_HOST_DEVICE_LIBRARIES" then
    local x, before = lun.eye(2):cuda(), counts()
    local a, tau = x:geqrf()
    lun.householder_product(a, tau)
    for _, name in ipairs { "qr", "svdvals", "eigvalsh", "eigvals", "pinv" } do x[name](x) end
    x:pinv { hermitian = true }
    for _, driver in ipairs { "gels", "gelsd" } do x:lstsq(x, { driver = driver }) end
    for name in pairs(counts()) do
        if not before[name] then
            tap.note("%s: cuSOLVER was not found", name)
            has_kernel[name] = "cpu"
        end
    end
end

local function note_fallbacks(row, before)
    local list = went_back[row.name] or {}
    for name, n in pairs(lun.cuda.fallbacks()) do
        if n ~= (before[name] or 0) then list[name] = true end
    end
    went_back[row.name] = list
end

local function check(row)
    local problems, compared = {}, 0
    local before = counts()
    for i, variant in ipairs(variants()) do
        local label, dtype = variant[1], variant[4]
        local good, problem, agreed = true, nil, false
        if not alike.meaningless(row, label) then good, problem, agreed = pcall(forward_differs, row, variant) end
        if not good then problem = "the test failed: " .. tostring(problem) end
        if agreed then compared = compared + 1 end
        local follow = row.differentiable and (i <= 3 or differentiable[dtype])
        if not problem and agreed and follow then
            good, problem = pcall(gradients_differ, row, variant)
            if not good then problem = "the test failed: " .. tostring(problem) end
        end
        if problem then problems[#problems + 1] = label .. ": " .. problem end
    end
    note_fallbacks(row, before)
    if compared == 0 then problems[#problems + 1] = "no variant could be compared" end
    if #problems > 0 then
        tap.fail(row.label .. ": on the device as on the CPU", table.unpack(problems, 1, math.min(#problems, 8)))
    else
        tap.ok(true, row.label .. ": on the device as on the CPU")
    end
end

local function bad_samples(row)
    for _, bad in ipairs(row.bads) do
        local its = setmetatable({ sample = bad }, { __index = row })
        local good, problem = pcall(forward_differs, its, { "as it is", every })
        if not good then problem = tostring(problem) end
        tap.ok(not problem, row.name .. ": the same error as on the CPU: " .. bad)
        if problem then tap.note(problem) end
    end
end

for i, row in ipairs(rows.sampled()) do
    if chosen(row, i) and not alike.exceptions[row.name] then check(row) end
end
for i, row in ipairs(lun.ops()) do
    if chosen(row, i) and not alike.exceptions[row.name] then bad_samples(row) end
end

-- Which rows stayed on the device throughout; which went back, and for the sake of which rows.
local stayed, back, wrong = {}, {}, {}
for name, list in pairs(went_back) do
    local names = {}
    for other in pairs(list) do
        names[#names + 1] = other
        if has_kernel[other] == "cuda" then wrong[#wrong + 1] = other end
    end
    table.sort(names)
    if #names == 0 then stayed[#stayed + 1] = name else back[#back + 1] = name .. " (" .. table.concat(names, ", ") .. ")" end
end
table.sort(stayed)
table.sort(back)
tap.ok(#wrong == 0, "no row that has a CUDA kernel ran on the CPU")
if #wrong > 0 then tap.note("these did: " .. table.concat(wrong, ", ")) end
tap.note("%d rows stayed on the device, %d went back to the CPU for a part", #stayed, #back)
for _, text in ipairs(back) do tap.note("  back: " .. text) end
local report = os.getenv "LUNETTE_CUDA_REPORT"
if report then
    local out = assert(io.open(report, "w"))
    for _, name in ipairs(stayed) do out:write(name, "\tdevice\n") end
    for _, text in ipairs(back) do out:write((text:gsub(" %(", "\tCPU\t"):gsub("%)$", "")), "\n") end
    out:close()
end
tap.done()
