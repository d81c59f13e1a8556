-- op.lua - lun.op.define: ops written in Lua, which stand in the op table like those written in C
--
-- lun.op.define {name, args, help, forward, backward, infer, returns, sample, bad, demo, shapes, see, torch, dtypes, inplace, no_grad}.
-- Without backward, forward(...) is made of other ops and has their gradient. With it, forward(ctx, ...) and backward(ctx, ...) are those
-- of an autograd.Function. infer(...) gives the result's shape (a list of shapes for several results) before forward runs; a result of
-- another shape is an error. Read next: lua_bindings/op_define.c, lib/autograd/function.lua, core/op.h. SPDX-License-Identifier: MIT
local lun = require "lunette"
local core = require "lunette.op_core"
local op = {}

local fields = {
    name = "string", args = "string", help = "string", forward = "function", backward = "function", infer = "function", returns = "string",
    sample = "string", bad = "string", demo = "string", shapes = "string", see = "string", torch = "string", dtypes = "string",
    inplace = "boolean", no_grad = "boolean", random = "boolean", once_differentiable = "boolean",
}
local example = 'lun.op.define {name = "twice", args = "x: tensor", help = "2 x.", forward = function(x) return x * 2 end}'

local function refuse(message, hint, kind) lun.fail("op.define", message, hint or example, kind) end

local function nearest_field(name)
    local names = {}
    for field in pairs(fields) do names[#names + 1] = field end
    table.sort(names)
    return ("no field '%s'; there are %s"):format(name, table.concat(names, ", "))
end

local function check(row)
    if type(row) ~= "table" then refuse("a table is needed, got " .. type(row)) end
    for name, value in pairs(row) do
        if not fields[name] then refuse(nearest_field(tostring(name)), nil, "name") end
        if type(value) ~= fields[name] then refuse(("%s must be a %s, got %s"):format(name, fields[name], type(value))) end
    end
    for _, name in ipairs {"name", "args", "help", "forward"} do
        if row[name] == nil then refuse(name .. " is missing") end
    end
    if not row.name:match "^[%a][%w_]*$" or #row.name > 36 or row.name:sub(-1) == "_" then
        refuse(("'%s' is no name for an op: letters, digits and _ between them, at most 36"):format(row.name), 'name = "my_op"', "name")
    end
    local classes = {any = true, floats = true, integers = true}
    if row.dtypes and not classes[row.dtypes] then refuse(("dtypes '%s' is not any, floats or integers"):format(row.dtypes), 'dtypes = "floats"') end
    if row.no_grad and row.backward then refuse("an op with no_grad has no backward", "leave one of them out") end
end

local function shape_text(shape)
    local parts = {}
    for i = 1, #shape do parts[i] = tostring(shape[i]) end
    return "[" .. table.concat(parts, ",") .. "]"
end

-- What infer says, as a list of shapes.
local function inferred(row, ...)
    local shapes = row.infer(...)
    if type(shapes) ~= "table" then
        lun.fail(row.name, "infer must give a shape, such as {2, 3}, got " .. type(shapes), "infer = function(x) return x.shape end")
    end
    return (#shapes == 0 or type(shapes[1]) == "number") and {shapes} or shapes
end

local function check_results(row, shapes, results)
    for k, shape in ipairs(shapes) do
        local y = results[k]
        if lun.is_tensor(y) and shape_text(y.shape) ~= shape_text(shape) then
            lun.fail(row.name, ("forward gave %s as result %d, infer said %s"):format(shape_text(y.shape), k, shape_text(shape)),
                "make infer and forward agree", "shape")
        end
    end
end

local function with_infer(row, run)
    if not row.infer then return run end
    return function(...)
        local shapes = inferred(row, ...)
        local results = table.pack(run(...))
        check_results(row, shapes, type(results[1]) == "table" and results[1] or results)
        return table.unpack(results, 1, results.n)
    end
end

--- Adds an op to the table, or replaces one that was added so; returns its function.
function op.define(row)
    check(row)
    local run = row.forward
    if row.no_grad then run = function(...) return lun.no_grad(row.forward, ...) end end
    if row.backward then
        run = lun.autograd.Function:extend(row.name)
        run.forward, run.backward, run.once_differentiable = row.forward, row.backward, row.once_differentiable
        local class = run
        run = function(...) return class(...) end
    end
    core.define(row, with_infer(row, run))
    return lun[row.name]
end

--- The row of an op, as lun.ops() gives it.
function op.find(name)
    for _, row in ipairs(lun.ops()) do
        if row.name == name then return row end
    end
end

return op
