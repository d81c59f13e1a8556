-- values.lua - PyTorch's values as ours: reading the files of make.py, counting from 1, and comparing
--
-- Holds: what counts from 0 there (dims, positions) is told by the kinds of calls.lua, never by our own op table.
-- Read next: write.py (what the files hold), calls.lua, check.lua. SPDX-License-Identifier: MIT
local lun = require "lunette"

local values = {}

local function tagged(tag)
    return function(...) return { tag = tag, ... } end
end

local NONE = { tag = "none" }
local function environment()
    return { T = tagged "tensor", C = tagged "complex", Z = tagged "number", D = function(name) return name end, S = tagged "slice",
             F = tagged "full", N = NONE, E = { tag = "ellipsis" }, math = math }
end

-- Reads a file: its description, whose `tensors` are those that T(k) means.
function values.read(path)
    local tensors, texts = lun.load(path)
    local file = assert(load(texts.calls, "=" .. path, "t", environment()))()
    file.tensors = tensors
    return file
end

-- 0-based to 1-based; negatives count from the end in both. A list likewise.
local function up(v)
    if type(v) == "number" then return v >= 0 and v + 1 or v end
    if type(v) ~= "table" or v.tag then return v end
    local list = { n = v.n }
    for i = 1, v.n do list[i] = up(v[i]) end
    return list
end

-- An end that is excluded there and included here: the same number from the front, one less from the back.
local function stop(v)
    if type(v) == "number" and v < 0 then return v - 1 end
    return v
end

-- Positions in a tensor count from 1; the negatives (from the end, or ignored) stay.
function values.up_tensor(x)
    local name = tostring(x.dtype)
    if not name:find "int" or x:numel() == 0 then return x end
    local list = x:flatten():totable()
    for i = 1, #list do list[i] = list[i] >= 0 and list[i] + 1 or list[i] end
    return lun.tensor(list, { dtype = name }):reshape(x.shape)
end

-- The same elements at PyTorch's strides (their order, and 0 for what is repeated).
local function strided(x, strides)
    local order, inverse = {}, {}
    for i = 1, #strides do
        order[i] = i
        if strides[i] == 0 then x = x:narrow(i, 1, 1) end
    end
    table.sort(order, function(a, b)
        if strides[a] ~= strides[b] then return strides[a] > strides[b] end
        return a < b
    end)
    for k, i in ipairs(order) do inverse[i] = k end
    return x:permute(order):clone():permute(inverse)
end

local function expanded(x, shape, strides)
    for i = 1, #strides do
        if strides[i] == 0 and shape[i] > 1 then return x:expand(shape) end
    end
    return x
end

local function complex(x)
    return lun.view_as_complex(x)
end

-- Builds tensor T(k, wants, strides) anew; `leaves` collects those that want a gradient, in order.
local function tensor(v, file, kind, leaves)
    local x = file.tensors[tostring(v[1])]
    x = v.tag == "complex" and complex(x:clone()) or x:clone()
    if kind == "indices" then x = values.up_tensor(x) end
    if v[3] and x:numel() > 0 then
        local shape = { table.unpack(x.shape, 1, x.ndim) }
        x = expanded(strided(x, v[3]), shape, v[3])
    end
    if v[2] and leaves then
        x = x:requires_grad_()
        leaves[#leaves + 1] = x
    end
    return x
end

local function convert_number(v, kind)
    if kind == "dim" or kind == "index" then return up(v) end
    if kind == "stop" then return stop(v) end
    return v
end

-- A value of the file as an argument of ours. Strings, booleans and numbers as they are; None is nil.
function values.build(v, file, kind, leaves)
    if type(v) ~= "table" then return convert_number(v, kind) end
    if v.tag == "none" then return nil end
    local x = v.tag == "tensor" and file.tensors[tostring(v[1])]
    if x and (kind == "index" or kind == "dim") and x:numel() == 1 then return up(x:item()) end
    if v.tag == "tensor" and kind == "numbers" then return x:totable() end
    if v.tag == "tensor" and kind == "number" and x:numel() == 1 then return x:item() end
    if v.tag == "tensor" or v.tag == "complex" then return tensor(v, file, kind, leaves) end
    if v.tag == "number" then return lun.complex(v[1], v[2]) end
    if v.tag == "full" then return lun.full(v[1], v[2], { dtype = v[3] }) end
    if v.tag == "slice" or v.tag == "ellipsis" then return v end
    local list = {}
    for i = 1, v.n do list[i] = values.build(v[i], file, kind, leaves) end
    return list
end

-- A value of the file that cannot be an argument here, as a reason; nil when it can.
function values.unsayable(v)
    if type(v) ~= "table" then return nil end
    if v.tag == "slice" or v.tag == "ellipsis" then return "a Python " .. v.tag end
    if (v.tag == "complex" or v.tag == "number") and not values.has_complex then return "complex" end
    if v.tag then return nil end
    for i = 1, v.n or 0 do
        if type(v[i]) == "table" and v[i].tag == "none" then return "None in a list" end
        local reason = values.unsayable(v[i])
        if reason then return reason end
    end
end
values.has_complex = pcall(function() return lun.view_as_complex(lun.zeros(1, 2)) end)

local function shape_text(x)
    return "[" .. table.concat(x.shape, ",", 1, x.ndim) .. "]"
end

function values.show(v, file)
    if v == nil then return "nil" end
    if type(v) == "string" then return ("%q"):format(v) end
    if type(v) ~= "table" then return math.type(v) == "float" and ("%.9g"):format(v) or tostring(v) end
    if v.tag == "none" then return "nil" end
    if v.tag == "tensor" or v.tag == "complex" then
        local x = file.tensors[tostring(v[1])]
        local shape = shape_text(x)
        local extra = v[3] and " strided" or ""
        if v.tag == "complex" then return "complex" .. shape:gsub(",?2%]$", "]") .. extra end
        local few = ""
        if x:numel() <= 6 then
            local list = {}
            for i, item in ipairs(x:numel() > 0 and x:flatten():totable() or {}) do list[i] = values.show(item) end
            few = "{" .. table.concat(list, ",") .. "}"
        end
        return tostring(x.dtype) .. shape .. few .. extra
    end
    if v.tag == "number" then return ("%s%+gi"):format(v[1], v[2]) end
    local parts = {}
    for i = 1, v.n or #v do parts[i] = values.show(v[i], file) end
    return (v.tag or "") .. "{" .. table.concat(parts, ", ") .. "}"
end

local function flat(x)
    if tostring(x.dtype):find "complex" then x = lun.view_as_real(x:detach()) end
    return x:numel() > 0 and x:detach():flatten():totable() or {}
end

-- `scale` is the largest size of the wanted numbers when rounding is relative to that, else 0.
local function near(got, want, rtol, atol, scale)
    if got == want then return true end
    if type(got) ~= "number" or type(want) ~= "number" then return false end
    if got ~= got and want ~= want then return true end
    if math.abs(want) == math.huge or math.abs(got) == math.huge then return false end
    return math.abs(got - want) <= atol + rtol * math.max(math.abs(want), scale)
end

local function place_text(k, shape, ndim)
    local place = {}
    for i = ndim, 1, -1 do
        place[i] = tostring((k - 1) % shape[i] + 1)
        k = (k - 1) // shape[i] + 1
    end
    return "[" .. table.concat(place, ",") .. "]"
end

-- Lists of numbers: how many differ, the first, the largest difference; nil when none does. `pair`: complex numbers as two reals.
local function difference(got, want, x, rtol, atol, pair, scale)
    local count, first, largest = 0, nil, 0
    scale = scale or 0
    for k = 1, #want do
        if not near(got[k], want[k], rtol, atol, scale) then
            count, first = count + 1, first or k
            if type(got[k]) == "number" and type(want[k]) == "number" then largest = math.max(largest, math.abs(got[k] - want[k])) end
        end
    end
    if count == 0 then return nil end
    local where = place_text(pair and (first + 1) // 2 or first, x.shape, x.ndim)
    return ("at %s got %s, want %s (%d of %d differ, by at most %.3g)"):format(
        where, values.show(got[first]), values.show(want[first]), count, #want, largest)
end

-- rtol, atol: torch.testing's own by dtype of the result, or what the op's tests grant (in the file, for its dtype).
local tolerances = { float16 = { 1e-3, 1e-5 }, bfloat16 = { 1.6e-2, 1e-5 }, float32 = { 1.3e-6, 1e-5 }, float64 = { 1e-7, 1e-7 },
    complex64 = { 1.3e-6, 1e-5 }, complex128 = { 1e-7, 1e-7 } }
local function tolerance(dtype, file)
    local own = tolerances[dtype] or { 0, 0 }
    if file.dtype ~= dtype then return own[1], own[2] end
    return math.max(own[1], file.rtol), math.max(own[2], file.atol)
end

-- Whether two tensors of ours hold different elements.
function values.difference(a, b)
    return difference(flat(a), flat(b), a, 0, 0) ~= nil
end

local function unlike_scalar(got, want, file)
    if type(got) == "boolean" and type(want) == "number" then want = want ~= 0 end -- any, all of bytes: a truth value
    if math.type(want) == "integer" and math.type(got) ~= "integer" or type(got) ~= type(want) or
        not near(got, want, math.max(file.rtol, 1e-12), file.atol, 0) then
        return ("got %s, want %s"):format(values.show(got), values.show(want))
    end
end

local function largest_of(list)
    local largest = 0
    for _, v in ipairs(list) do
        local size = math.abs(v)
        if size > largest and size < math.huge then largest = size end
    end
    return largest
end

local function absolute(list, pair)
    local sizes = {}
    for k = 1, #list, pair and 2 or 1 do
        sizes[#sizes + 1] = pair and math.sqrt(list[k] ^ 2 + list[k + 1] ^ 2) or math.abs(list[k])
    end
    return sizes
end

-- An element of a gradient is a sum: it may err by the tolerance of the largest element.
-- Why `got` is not what PyTorch gave (`want` as in the file), or nil. options: index (count from 1), sign (compare sizes only),
-- random (dtype and shape only).
function values.unlike(got, want, file, options)
    if type(want) ~= "table" then return unlike_scalar(got, options.index and up(want) or want, file) end
    if want.tag == "none" then return got ~= nil and "got a result, want none" or nil end
    if not want.tag then return values.unlike_list(got, want, file, options) end
    local raw, pair = file.tensors[tostring(want[1])], want.tag == "complex"
    local dtype, shape, ndim = tostring(raw.dtype), raw.shape, raw.ndim - (pair and 1 or 0)
    if pair then dtype = dtype == "float32" and "complex64" or "complex128" end
    if ndim == 0 and not pair and (type(got) == "boolean" or type(got) == "number") then
        return unlike_scalar(got, options.index and up(raw:item()) or raw:item(), file)
    end
    if type(got) ~= "userdata" then return "got " .. values.show(got) .. ", want a tensor" end
    if tostring(got.dtype) ~= dtype then return ("dtype %s, want %s"):format(got.dtype, dtype) end
    local want_shape = "[" .. table.concat(shape, ",", 1, ndim) .. "]"
    if shape_text(got) ~= want_shape then return ("shape %s, want %s"):format(shape_text(got), want_shape) end
    if options.random then return nil end
    if options.project then
        got = options.project(got:detach())
        raw = options.project(pair and lun.view_as_complex(raw) or raw)
    end
    local a, b = flat(got), flat(options.index and values.up_tensor(raw) or raw)
    if options.sign then a, b, pair = absolute(a, pair), absolute(b, pair), false end
    local rtol, atol = tolerance(dtype, file)
    return difference(a, b, got, rtol, atol, pair, options.gradient and largest_of(b))
end

function values.unlike_list(got, want, file, options)
    if type(got) == "userdata" and got.totable then got = got:totable() end
    if type(got) ~= "table" then return "got " .. values.show(got) .. ", want a list" end
    if #got ~= want.n then return ("a list of %d, want %d"):format(#got, want.n) end
    for i = 1, want.n do
        local problem = values.unlike(got[i], want[i], file, options)
        if problem then return ("item %d: %s"):format(i, problem) end
    end
end

return values
