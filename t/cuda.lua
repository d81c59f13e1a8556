-- cuda.lua - every row of the op table on CUDA against the CPU: samples, dtypes, strides, empties, errors, gradients
--
-- Each sample of each row runs on the CPU and on the device with the same arguments, as it is and changed: every dtype, other strides,
-- empty, 0-d, NaN, infinite. Results agree (whole numbers and what only moves: bit by bit; floats: within the rounding of their dtype),
-- errors too, and the gradients of all float arguments. A row that has a CUDA kernel may not run on the CPU instead.
-- Holds: knows no op by name but in `exact` and `exceptions`. In `make check` the device is the host device (kernels/cuda/host);
-- ./dev gpu runs the same file on a GPU. Run alone: lunette t/cuda.lua gather sort; --part=1/4: a quarter of the rows (t/cuda/part_1.lua).
-- LUNETTE_CUDA_REPORT=FILE takes the list of rows.
-- Read next: t/rows.lua, t/ops.lua, kernels/cuda/backend.c. SPDX-License-Identifier: MIT
local tap = require "tap"
local lun = require "lunette"
local rows = require "rows"

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

-- What cannot be compared, and why.
local exceptions = {
    view_as_complex = "is about memory: moving makes it contiguous",
    empty = "contents are not defined", empty_like = "contents are not defined",
    to_device = "is about devices", -- t/lua/devices.lua
    as_strided = "is about memory: moving lays it out anew",
}

-- Equal rows make a singular matrix: whether a pivot becomes 0 or 1e-8 is rounding, and so is what NaN reaches before a pivot is chosen.
local decomposes = {}
for name in ([[cond matrix_power tensorinv tensorsolve]]):gmatch "%S+" do decomposes[name] = true end

-- Is a variant of a row one whose numbers mean nothing?
local function meaningless(row, label)
    local odd = label == "NaN" or label == "infinite"
    if row.group == "decompose" or decomposes[row.name] then return odd or label == "expanded" end
    if row.name:find "fft" or row.name:find "stft" then return odd end -- which results it reaches depends on the way of summing
    return odd and row.name:find "^conv" ~= nil -- cuDNN multiplies the zeros of the padding too
end

-- Rows that compute nothing: results are elements of their arguments, so not even the last bit may differ.
local exact = {}
for name in ([[arange cat stack flip roll rot90 where gather take take_along_dim index_select masked_select masked_fill select narrow slice
    transpose permute reshape view expand contiguous clone copy diagonal diag tril triu sort topk kthvalue median mode max min argmax
    argmin argsort unique nonzero zeros ones full eye repeat tile repeat_interleave unfold pad embedding one_hot max_pool1d max_pool2d
    max_pool3d clamp relu maximum minimum abs neg sign floor ceil trunc round frac fmod eq ne lt le gt ge]]):gmatch "%S+" do
    exact[name] = true
end

-- Relative to the largest number of the result: sums are taken in another order, and functions of the two libraries differ by some ulp.
local rounding = { float64 = 1e-11, complex128 = 1e-11, float32 = 2e-5, complex64 = 2e-5, float16 = 4e-3, bfloat16 = 3e-2 }
local dtypes = { "float32", "float64", "float16", "bfloat16", "int8", "uint8", "int16", "int32", "int64", "bool", "complex64", "complex128" }
local differentiable = { float32 = true, float64 = true, float16 = true, bfloat16 = true, complex64 = true, complex128 = true }

-- What is unique about results that are not: vectors are any multiple of size 1 of themselves, and eigenvalues come in any
-- order. What was decomposed is put together again.
local function scaled(vectors, values) return vectors * values:unsqueeze(-2) end
local unique = {
    svd = function(u, s, vh)
        local k = s.shape[s.ndim]
        return s, scaled(u:narrow(-1, 1, k), s):matmul(vh:narrow(-2, 1, k))
    end,
    eigh = function(values, v) return values, scaled(v, values):matmul(v.mH) end,
    eig = function(values, v)
        return values:sum(-1), values:square():sum(-1), scaled(v, values):matmul(v:inv()), v:abs():square():sum(-2)
    end,
    eigvals = function(values) return values:sum(-1), values:square():sum(-1), values:pow(3):sum(-1) end,
    qr = function(q, r) return r.mH:matmul(r), q:numel() > 0 and q:matmul(r) or q end,
}
local function what_is_unique(row, results)
    local list = rows.list_of(results)
    return unique[row.name] and { unique[row.name](table.unpack(list)) } or list
end

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

-- ---- comparing ----

local function largest(values)
    local most = 0
    for _, v in ipairs(values) do
        v = type(v) == "number" and math.abs(v) or 0
        if v > most and v < math.huge then most = v end
    end
    return most
end

local function same_number(got, want, allowed)
    if type(got) ~= "number" or type(want) ~= "number" then return got == want end
    if got ~= got or want ~= want then return got ~= got and want ~= want end
    return got == want or math.abs(got - want) <= allowed
end

-- nil, or how two tensors differ.
-- Sums that cancel are as exact as their terms, which are about 1: `least` stands for these.
local function tensors_differ(got, want, name, least)
    if tostring(got.device) == "cpu" and want:numel() > 0 then return "the result is on the CPU" end
    if tostring(got.dtype) ~= tostring(want.dtype) then return ("dtype %s, want %s"):format(got.dtype, want.dtype) end
    if got.shape ~= want.shape then return ("shape %s, want %s"):format(got.shape, want.shape) end
    local a, b = rows.flat(got:cpu():detach()), rows.flat(want:detach())
    local share = rounding[tostring(want.dtype)]
    local allowed = share and not exact[name] and share * math.max(largest(b), least or 0.05) or 0
    for i = 1, #b do
        if not same_number(a[i], b[i], allowed) then return ("element %d: got %s, want %s"):format(i, tap.show(a[i]), tap.show(b[i])) end
    end
end

local function results_differ(got, want, row)
    local name = row.name
    got, want = what_is_unique(row, got), what_is_unique(row, want)
    if #got ~= #want then return ("%d results, want %d"):format(#got, #want) end
    for k = 1, #want do
        local problem
        if rows.is_tensor(want[k]) and rows.is_tensor(got[k]) then
            problem = tensors_differ(got[k], want[k], name)
        elseif rows.is_tensor(want[k]) or not same_number(got[k], want[k], 1e-5) and type(want[k]) ~= "table" then
            problem = ("got %s, want %s"):format(tap.show(got[k]), tap.show(want[k]))
        end
        if problem then return ("result %d: %s"):format(k, problem) end
    end
end

-- The same kind of error of the same op, in the same words; what a kernel flagged says besides where that was. A parameter of a
-- distribution is told in other words: a kernel knows which element it was.
local function first_line(text, op_only)
    text = text:match "^[^\n]*":gsub(" %(by the [^%s]+ at .*; noticed only now%)$", "")
    return op_only and text:match "^error%S* %S+" or text
end
local function errors_differ(got, want)
    local want_kind, want_text = tap.describe(want)
    local got_kind, got_text = tap.describe(got)
    if not want_kind then return "the CPU raised a foreign error: " .. want_text end
    if got_kind ~= want_kind then return ("raised %s, the CPU %s"):format(got_text, want_text) end
    local drawn = got_text:find("of a parameter is out of range", 1, true)
    if first_line(got_text, drawn) ~= first_line(want_text, drawn) then
        return ("raised %s, the CPU %s"):format(got_text, want_text)
    end
end

-- ---- one call on both ----

-- Waiting is part of the call: what a kernel flagged is raised there.
local function on_device(f)
    local results = table.pack(pcall(f))
    local waited, problem = pcall(lun.cuda.synchronize)
    if results[1] and not waited then return false, problem end
    return table.unpack(results, 1, results.n)
end

local function forward_differs(row, variant)
    local made, args = pcall(arguments, row, variant, false)
    if not made then return end -- the variant does not fit the sample
    local want_good, want = pcall(call, row, args, false)
    local theirs, found
    local got_good, got = on_device(function()
        theirs, found = arguments(row, variant, true)
        return call(row, theirs, true, found)
    end)
    if want_good and not got_good then return "raised " .. select(2, tap.describe(got)) end
    if not want_good then
        if got_good then return "did not raise; the CPU: " .. select(2, tap.describe(want)) end
        return errors_differ(got, want)
    end
    local problem = results_differ(got, want, row)
    for i = 1, row.flags.writes and not problem and args.n or 0 do -- Adam's moments, say
        problem = rows.is_tensor(args[i]) and tensors_differ(theirs[i], args[i])
        if problem then problem = ("argument %d is left otherwise: %s"):format(i, problem) end
    end
    return problem or nil, true
end

-- A weighted sum of all float results, on the results' device.
local function weighted(list)
    local loss
    for _, out in ipairs(list) do
        if rows.is_tensor(out) and rows.is_float(out) and out:numel() > 0 and out.requires_grad then
            local real = out:is_complex() and out:view_as_real() or out
            local weights = {}
            for i = 1, real:numel() do weights[i] = 0.3 + math.sin(1.7 * i) end
            local part = (real * rows.from_flat(weights, real):to(real.device)):sum()
            loss = loss and loss + part or part
        end
    end
    return loss
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
    local loss = weighted(what_is_unique(row, rows.call(row, rows.prepared(row, args))))
    if not loss then return end
    loss:backward()
    local list = {}
    for i, leaf in ipairs(leaves) do list[i] = leaf.grad or false end
    return list
end

local function gradients_differ(row, variant)
    local want_good, want = pcall(gradients, row, variant, false)
    if want_good and not want then return end
    local got_good, got = on_device(function() return gradients(row, variant, true) end)
    if want_good and not got_good then return "gradient: raised " .. select(2, tap.describe(got)) end
    if not want_good then return got_good and "gradient: did not raise; the CPU: " .. select(2, tap.describe(want)) or nil end
    for i = 1, #want do
        if not want[i] ~= not got[i] then return ("gradient %d: %s"):format(i, want[i] and "missing" or "is there, but not on the CPU") end
        local problem = want[i] and tensors_differ(got[i], want[i], nil, 0.5)
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
        if not meaningless(row, label) then good, problem, agreed = pcall(forward_differs, row, variant) end
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
    if chosen(row, i) and not exceptions[row.name] then check(row) end
end
for i, row in ipairs(lun.ops()) do
    if chosen(row, i) and not exceptions[row.name] then bad_samples(row) end
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
