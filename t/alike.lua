-- alike.lua - what a device gave beside what the CPU gave: results, errors
--
-- Whole numbers and what only moves agree bit by bit, floats within the rounding of their dtype, errors in kind and words.
-- Holds: knows no op by name but in `exact`, `exceptions` and `unique`. Read next: cuda.lua, fuzz/devices.lua (who use it).
-- SPDX-License-Identifier: MIT
local tap = require "tap"
local lun = require "lunette"
local rows = require "rows"

local alike = {}

-- What cannot be compared, and why.
alike.exceptions = {
    view_as_complex = "is about memory: moving makes it contiguous",
    empty = "contents are not defined", empty_like = "contents are not defined",
    to_device = "is about devices", -- t/lua/devices.lua
    as_strided = "is about memory: moving lays it out anew",
}

-- Equal rows make a singular matrix: whether a pivot becomes 0 or 1e-8 is rounding, and so is what NaN reaches before a pivot is chosen.
local decomposes = {}
for name in ([[cond matrix_power tensorinv tensorsolve]]):gmatch "%S+" do decomposes[name] = true end

-- Is a variant of a row one whose numbers mean nothing?
function alike.meaningless(row, label)
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
function alike.what_is_unique(row, results)
    local list = rows.list_of(results)
    return unique[row.name] and { unique[row.name](table.unpack(list)) } or list
end

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
function alike.tensors_differ(got, want, name, least)
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

function alike.results_differ(got, want, row)
    local name = row.name
    got, want = alike.what_is_unique(row, got), alike.what_is_unique(row, want)
    if #got ~= #want then return ("%d results, want %d"):format(#got, #want) end
    for k = 1, #want do
        local problem
        if rows.is_tensor(want[k]) and rows.is_tensor(got[k]) then
            problem = alike.tensors_differ(got[k], want[k], name)
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
function alike.errors_differ(got, want)
    local want_kind, want_text = tap.describe(want)
    local got_kind, got_text = tap.describe(got)
    if not want_kind then return "the CPU raised a foreign error: " .. want_text end
    if got_kind ~= want_kind then return ("raised %s, the CPU %s"):format(got_text, want_text) end
    local drawn = got_text:find("of a parameter is out of range", 1, true)
    if first_line(got_text, drawn) ~= first_line(want_text, drawn) then
        return ("raised %s, the CPU %s"):format(got_text, want_text)
    end
end

-- Waiting is part of the call: what a kernel flagged is raised there.
function alike.on_device(f)
    local results = table.pack(pcall(f))
    local waited, problem = pcall(lun.cuda.synchronize)
    if results[1] and not waited then return false, problem end
    return table.unpack(results, 1, results.n)
end

-- A weighted sum of all float results, on the results' device.
function alike.weighted(list)
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

return alike
