-- peer.lua - replays PyTorch's answers: every case of t/peer/*.lua, forward and backward
--
-- A case is run as a function, lun.f(x, ..., {options}), as a method, x:f(...), and, where PyTorch gave gradients, backward from
-- g = linspace(-1, 1) over each result. Results must agree in number, dtype, shape and value.
-- Holds: one TAP line per op and way; the first failing cases are shown with their arguments.
-- Run alone for some ops: lunette t/peer.lua matmul conv2d. Read next: t/peer/README.md, ops.lua.
-- SPDX-License-Identifier: MIT
local tap = require "tap"
local lun = require "lunette"
local root = os.getenv "LUNETTE_TEST_ROOT" or "."

local only = {}
for _, name in ipairs(arg or {}) do only[name] = true end

local function is_tensor(value)
    return type(value) == "table" and value.dtype ~= nil and value.shape ~= nil
end

local function is_tensors(value)
    return type(value) == "table" and is_tensor(value[1])
end

-- Flat data in row order as the nested table that lun.tensor reads.
local function nested(data, shape)
    local at = 0
    local function level(depth)
        if depth > #shape then
            at = at + 1
            return data[at]
        end
        local row = {}
        for i = 1, shape[depth] do row[i] = level(depth + 1) end
        return row
    end
    return level(1)
end

local function build(value, wants_grad)
    local x
    if #value.data == 0 then
        x = lun.zeros(value.shape, { dtype = value.dtype })
    else
        x = lun.tensor(nested(value.data, value.shape), { dtype = value.dtype })
    end
    if wants_grad then x:requires_grad_() end
    return x
end

-- Arguments anew for each call, since a call may write into them (running statistics).
local function build_all(values, grads)
    local built = {}
    for key, value in pairs(values or {}) do
        if is_tensor(value) then
            built[key] = build(value, grads and grads[key])
        elseif is_tensors(value) then
            built[key] = {}
            for i, item in ipairs(value) do built[key][i] = build(item, grads and grads[key]) end
        else
            built[key] = value
        end
    end
    return built
end

local function arguments_of(case)
    local args = build_all(case.args, case.grad)
    local kwargs = case.kwargs and build_all(case.kwargs, case.grad)
    if kwargs then args[#args + 1] = kwargs end
    return args, kwargs
end

-- What a call gave, as a list; split and its like may give one table.
local function results_of(...)
    local first = ...
    if select("#", ...) == 1 and type(first) == "table" then return first end
    return { ... }
end

local function shape_text(shape)
    local sizes = {}
    for i = 1, #shape do sizes[i] = tostring(shape[i]) end
    return "[" .. table.concat(sizes, ",") .. "]"
end

local function show_value(value)
    if is_tensor(value) then return value.dtype .. shape_text(value.shape) end
    if is_tensors(value) then
        local parts = {}
        for i, item in ipairs(value) do parts[i] = show_value(item) end
        return "{" .. table.concat(parts, ", ") .. "}"
    end
    return tap.show(value)
end

local function show_call(case)
    local parts = {}
    for i, value in ipairs(case.args) do parts[i] = show_value(value) end
    for key, value in pairs(case.kwargs or {}) do parts[#parts + 1] = key .. "=" .. show_value(value) end
    return case.op .. "(" .. table.concat(parts, ", ") .. ")"
end

-- Why `got` is not the tensor PyTorch gave, or nil.
local function unlike(got, want, tolerance)
    if type(got) == "boolean" and #want.shape == 0 then
        return got ~= want.data[1] and ("got %s, want %s"):format(got, want.data[1]) or nil
    end
    if type(got) ~= "userdata" then return "got " .. tostring(got) .. ", not a tensor" end
    if tostring(got.dtype) ~= want.dtype then return ("dtype %s, want %s"):format(got.dtype, want.dtype) end
    if shape_text(got.shape) ~= shape_text(want.shape) then
        return ("shape %s, want %s"):format(shape_text(got.shape), shape_text(want.shape))
    end
    if #want.data == 0 then return nil end
    return tap.difference(got:totable(), nested(want.data, want.shape), tolerance)
end

local function unlike_all(got, want, tolerance)
    if #got ~= #want then return ("%d results, want %d"):format(#got, #want) end
    for i = 1, #want do
        local problem = unlike(got[i], want[i], tolerance)
        if problem then return #want > 1 and ("result %d: %s"):format(i, problem) or problem end
    end
end

-- linspace(-1, 1) in the shape and dtype of a result.
local function seed(out)
    local n = out:numel()
    local data = {}
    for i = 1, n do data[i] = n == 1 and -1.0 or -1 + 2 * (i - 1) / (n - 1) end
    local shape = {}
    for i = 1, #out.shape do shape[i] = out.shape[i] end
    return build({ dtype = tostring(out.dtype), shape = shape, data = data })
end

local ways = {}

function ways.func(case)
    local f = lun[case.op]
    if not f then return "there is no lun." .. case.op end
    local args = arguments_of(case)
    local got = results_of(f(table.unpack(args)))
    local problem = unlike_all(got, case.out, case.tol)
    for position, want in pairs(case.after or {}) do
        problem = problem or unlike(args[position], want, case.tol)
    end
    return problem
end

function ways.method(case)
    local args = arguments_of(case)
    local self = table.remove(args, 1)
    return unlike_all(results_of(self[case.op](self, table.unpack(args))), case.out, case.tol)
end

function ways.gradient(case)
    local args, kwargs = arguments_of(case)
    local got = results_of(lun[case.op](table.unpack(args)))
    local loss
    for _, out in ipairs(got) do
        if type(out) == "userdata" and out.requires_grad then
            local part = (out * seed(out)):sum()
            loss = loss and loss + part or part
        end
    end
    if not loss then return "no result requires a gradient" end
    loss:backward()
    for key, want in pairs(case.grad) do
        local input = type(key) == "string" and kwargs[key] or args[key]
        local have = is_tensor(want) and { input } or input
        for i, one in ipairs(is_tensor(want) and { want } or want) do
            local problem = have[i].grad == nil and "there is none" or unlike(have[i].grad, one, case.tol)
            if problem then return ("gradient of argument %s: %s"):format(key, problem) end
        end
    end
end

local function traced(problem)
    return type(problem) == "string" and debug.traceback(problem, 2) or tostring(problem)
end

-- Runs all cases one way; one TAP line.
local function run(name, cases, way, applies)
    local failures, count, bad = {}, 0, 0
    for _, case in ipairs(cases) do
        if applies(case) then
            count = count + 1
            local good, problem = xpcall(ways[way], traced, case)
            if problem then
                bad = bad + 1
                if bad <= 4 then
                    failures[#failures + 1] = show_call(case) .. (good and "" or " raised")
                    failures[#failures + 1] = "  " .. problem
                end
            end
        end
    end
    if count == 0 then return end
    local title = ("%s, %d case%s"):format(name, count, count == 1 and "" or "s")
    if bad == 0 then
        tap.ok(true, title)
    else
        tap.fail(title, ("%d of %d fail:"):format(bad, count), table.unpack(failures))
    end
end

local function by_op(cases)
    local order, found = {}, {}
    for _, case in ipairs(cases) do
        if not found[case.op] then
            found[case.op] = {}
            order[#order + 1] = case.op
        end
        table.insert(found[case.op], case)
    end
    return order, found
end

local function always() return true end
local function has_gradient(case) return case.grad ~= nil end
local function has_method(case)
    return case.op ~= "where" and case.op ~= "one_hot" and is_tensor(case.args[1])
end

for _, group in ipairs { "create", "math", "reduce", "shape", "index", "linalg", "nn", "halves", "integers" } do
    local order, found = by_op(assert(loadfile(root .. "/t/peer/" .. group .. ".lua", "t", {}))())
    for _, op in ipairs(order) do
        if not next(only) or only[op] then
            run(("%s %s: values"):format(group, op), found[op], "func", always)
            run(("%s %s: as a method"):format(group, op), found[op], "method", has_method)
            run(("%s %s: gradients"):format(group, op), found[op], "gradient", has_gradient)
        end
    end
end

-- The dtype of x + y and x / y for every pair.
local function promotion(row)
    local x = lun.ones(2, { dtype = row.x })
    if not row.y then
        local got = { tostring((x + 1).dtype), tostring((x + 1.5).dtype), tostring((x / 2).dtype) }
        local want = { row.integer, row.float, row.div_integer }
        for i, kind in ipairs { "+ 1", "+ 1.5", "/ 2" } do
            if got[i] ~= want[i] then return ("%s %s gives %s, want %s"):format(row.x, kind, got[i], want[i]) end
        end
        return
    end
    local y, scalar = lun.ones(2, { dtype = row.y }), lun.ones({}, { dtype = row.y })
    for kind, z in pairs { add = x + y, add_0d = x + scalar, div = x / y } do
        if tostring(z.dtype) ~= row[kind] then
            return ("%s and %s: %s gives %s, want %s"):format(row.x, row.y, kind, z.dtype, row[kind])
        end
    end
end

if not next(only) or only.promotion then
    local problems = {}
    local rows = assert(loadfile(root .. "/t/peer/promotion.lua", "t", {}))()
    for _, row in ipairs(rows) do
        local good, problem = pcall(promotion, row)
        if problem then problems[#problems + 1] = tostring(problem) end
    end
    local title = ("promotion of dtypes, %d rows"):format(#rows)
    if #problems == 0 then tap.ok(true, title) else tap.fail(title, table.unpack(problems, 1, math.min(#problems, 20))) end
end

tap.done()
