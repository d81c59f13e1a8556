-- check.lua - how lessons look at answers: by value, with random inputs, naming the difference
--
-- Every function returns true, or a text that says what differs. SPDX-License-Identifier: MIT
local lun = require "lunette"
local check = {}

local function shape_text(x) return "[" .. table.concat(x.shape, ",") .. "]" end

--- Is `got` a tensor of this shape? (sizes in a table; a size of false may be anything)
function check.shape(got, sizes, name)
    name = name or "the result"
    if not lun.is_tensor(got) then return ("%s is %s, not a tensor"):format(name, got == nil and "nil" or type(got)) end
    local same = got.ndim == #sizes
    for d, size in ipairs(sizes) do same = same and (size == false or got:size(d) == size) end
    return same or ("%s has shape %s, expected [%s]"):format(name, shape_text(got), table.concat(sizes, ","))
end

local function likely_cause(got, want)
    if got.ndim == 2 and want.ndim == 2 and got:size(1) == want:size(2) and got:size(2) == want:size(1) then
        return "it looks transposed: try .T"
    end
    return nil
end

local function first_difference(got, want, tolerance)
    local a, b = got:double():reshape(-1), want:double():reshape(-1)
    for i = 1, a:size(1) do
        local x, y = a[i]:item(), b[i]:item()
        if x ~= x and y == y or math.abs(x - y) > tolerance * math.max(1, math.abs(y)) then return i, x, y end
    end
end

--- Same shape and values within a tolerance (numbers are taken as 0-d tensors).
function check.same(got, want, tolerance, name)
    name = name or "the result"
    if type(got) == "number" then got = lun.tensor(got) end
    if type(want) == "number" then want = lun.tensor(want) end
    if not lun.is_tensor(got) then return ("%s is %s, not a tensor"):format(name, got == nil and "nil" or type(got)) end
    if shape_text(got) ~= shape_text(want) then
        local cause = likely_cause(got, want)
        return ("%s has shape %s, expected %s%s"):format(name, shape_text(got), shape_text(want), cause and "; " .. cause or "")
    end
    local at, x, y = first_difference(got, want, tolerance or 1e-4)
    if not at then return true end
    local times = y ~= 0 and math.floor(x / y + 0.5) or 0
    if times >= 2 and math.abs(x / y - times) < 1e-4 then
        return ("element %d of %s is %.4g, expected %.4g: %d times too large, is a mean missing?"):format(at, name, x, y, times)
    end
    return ("element %d of %s is %.4g, expected %.4g"):format(at, name, x, y)
end

--- A function of the learner against a reference on several random inputs, edge shapes among them.
--- inputs(k) gives the arguments of the k-th trial.
function check.randomised(f, reference, inputs, options)
    options = options or {}
    local name = options.name or "the function"
    if type(f) ~= "function" then return ("%s is %s, not a function yet"):format(name, type(f)) end
    for k = 1, options.trials or 5 do
        local arguments = table.pack(inputs(k))
        local ok, got = pcall(f, table.unpack(arguments, 1, arguments.n))
        if not ok then return ("%s raised on a random input: %s"):format(name, (tostring(got):match "^[^\n]*")) end
        local verdict = check.same(got, reference(table.unpack(arguments, 1, arguments.n)), options.tolerance, "on a random input, the result")
        if verdict ~= true then return verdict end
    end
    return true
end

--- The learner's derivative df of f at random points against finite differences.
function check.derivative(df, f, options)
    local h = 1e-4
    return check.randomised(df, function(x) return ((f(x + h) - f(x - h)) / (2 * h)) end, function() return lun.randn(3, {dtype = "float64"}) end,
                            {name = options and options.name, tolerance = 1e-3})
end

return check
