-- vmap_rules.lua - stand-ins for a batch of tensors, and the ops that know how to take them
--
-- A stand-in looks like one example and holds all of them, the batch in dim 1 of `value`. Methods, operators and functions of lun (the
-- call of an op hands a table with __lun_op to it) come to `dispatch`, which asks the op's rule: what the row says of its arguments
-- (which are dims, which are sizes) is enough for most. Anything without a rule raises, and vmap goes example by example.
-- Holds: a rule never gives another result than the loop would, apart from the rounding of sums. Read next: lib/autograd/vmap.lua.
-- SPDX-License-Identifier: MIT
local lun = require "lunette"
local rules = {}

local Batched = {}

local function leave() error("no rule", 0) end

function rules.is_batched(x) return getmetatable(x) == Batched end
function rules.batched(value) return setmetatable({__value = value}, Batched) end
function rules.value(x) return rawget(x, "__value") end
local is_batched, batched, value_of = rules.is_batched, rules.batched, rules.value

-- Dims of one example.
local function ndim_of(x) return is_batched(x) and value_of(x).ndim - 1 or lun.is_tensor(x) and x.ndim or 0 end

local function shape_of(x)
    local list, shape = {}, value_of(x).shape
    for d = 2, #shape do list[d - 1] = shape[d] end
    return setmetatable(list, getmetatable(shape))
end

-- --- a call by its row -----------------------------------------------------------------------------------------------------------

local rows
local function row_of(name)
    if not rows then
        rows = {}
        for _, row in ipairs(lun.ops()) do rows[row.name] = row end
    end
    return rows[name] or leave()
end

local tensor_kinds = {tensor = true, operand = true}
local list_kinds = {dims = true, sizes = true, ints = true}

-- The arguments of a call by name: positional ones (sizes and dims may be spread out), then options from a last table.
local function read(row, ...)
    local given, values, at = table.pack(...), {}, 1
    local last = given[given.n]
    local options = type(last) == "table" and not is_batched(last) and #last == 0 and next(last) ~= nil and last or nil
    local n = given.n - (options and 1 or 0)
    for k, argument in ipairs(row.args) do
        if at > n then break end
        values[argument.name] = given[at]
        at = at + 1
        if list_kinds[argument.kind] and type(values[argument.name]) == "number" and (argument.kind ~= "ints") and k == #row.args then
            local list = {values[argument.name]}
            while at <= n do
                list[#list + 1] = given[at]
                at = at + 1
            end
            values[argument.name] = #list > 1 and list or list[1]
        end
    end
    if at <= n then leave() end
    for name, value in pairs(options or {}) do
        if values[name] ~= nil then leave() end
        values[name] = value
    end
    return values
end

-- Calls the op with these values; tensors stand first, the rest are options.
local function call(row, values)
    local tensors, options = {}, {}
    for k, argument in ipairs(row.args) do
        local v = values[argument.name]
        if tensor_kinds[argument.kind] then
            if v == nil then
                if k <= #tensors then leave() end
            else
                tensors[k] = v
            end
        elseif v ~= nil then
            options[argument.name] = v
        end
    end
    if next(options) then tensors[#tensors + 1] = options end
    local results = table.pack(lun[row.name](table.unpack(tensors)))
    for k = 1, results.n do
        if not lun.is_tensor(results[k]) then leave() end
        results[k] = batched(results[k])
    end
    return table.unpack(results, 1, results.n)
end

-- --- elementwise -----------------------------------------------------------------------------------------------------------------

-- The value with ones behind the batch dim, so that it lines up with examples of `ndim` dims.
local function aligned(x, ndim)
    if not is_batched(x) then return x end
    local value = value_of(x)
    for _ = ndim_of(x) + 1, ndim do value = value:unsqueeze(2) end
    return value
end

local function elementwise(row, values)
    local ndim, dtype = 0, nil
    for _, argument in ipairs(row.args) do
        local x = values[argument.name]
        ndim = math.max(ndim, ndim_of(x))
        if is_batched(x) or lun.is_tensor(x) then
            local own = is_batched(x) and value_of(x).dtype or x.dtype
            if argument.name ~= "condition" and argument.name ~= "mask" then
                if dtype and own ~= dtype then leave() end -- a batch of numbers weighs more than a number
                dtype = own
            end
        end
    end
    for _, argument in ipairs(row.args) do values[argument.name] = aligned(values[argument.name], ndim) end
    return call(row, values)
end

-- --- ops along dims --------------------------------------------------------------------------------------------------------------

local function shifted(d)
    if math.type(d) ~= "integer" or d == 0 then leave() end
    return d > 0 and d + 1 or d
end

local function shift_all(dims)
    local list = {}
    for i, d in ipairs(dims) do list[i] = shifted(d) end
    return list
end

-- Dims as the whole batch has them; a default such as "-1" is said.
local function shift_dims(row, values)
    for _, argument in ipairs(row.args) do
        if argument.kind == "dim" or argument.kind == "dims" then
            local d = values[argument.name]
            if d == nil and argument.default then d = math.tointeger(tonumber(argument.default)) end
            if type(d) == "table" then values[argument.name] = shift_all(d)
            elseif d ~= nil then values[argument.name] = shifted(d) end
        end
    end
end

local function only_first(row, values)
    local first = row.args[1].name
    for name, v in pairs(values) do
        if name ~= first and (is_batched(v) or lun.is_tensor(v)) then leave() end
    end
    if not is_batched(values[first]) then leave() end
    return values[first], first
end

local function along(row, values)
    local x, first = only_first(row, values)
    if ndim_of(x) == 0 then leave() end
    shift_dims(row, values)
    values[first] = value_of(x)
    return call(row, values)
end

-- Without a dim: over all dims of an example, kept as one when the op takes one only.
local function reduction(row, values)
    local x, first = only_first(row, values)
    local kind
    for _, argument in ipairs(row.args) do kind = argument.name == "dim" and argument.kind or kind end
    if values.dim ~= nil then return along(row, values) end
    if ndim_of(x) == 0 or not kind then leave() end
    values[first] = value_of(x)
    if kind == "dims" then
        values.dim = {}
        for d = 2, ndim_of(x) + 1 do values.dim[d - 1] = d end
    else
        if values.keepdim then leave() end
        values[first], values.dim = value_of(x):flatten(2), 2
        if #row.returns > 1 then leave() end
    end
    return call(row, values)
end

-- --- shapes and products ---------------------------------------------------------------------------------------------------------

local special = {}

local function sized(row, values)
    local x, first = only_first(row, values)
    local size = type(values.size) == "table" and values.size or {values.size}
    values[first], values.size = value_of(x), {value_of(x):size(1), table.unpack(size)}
    return call(row, values)
end
special.reshape, special.view = sized, sized

function special.expand(row, values)
    local x = only_first(row, values)
    local size = type(values.size) == "table" and values.size or {values.size}
    return batched(aligned(x, #size):expand {value_of(x):size(1), table.unpack(size)})
end

function special.permute(row, values)
    local x = only_first(row, values)
    return batched(value_of(x):permute {1, table.unpack(shift_all(type(values.dims) == "table" and values.dims or {values.dims}))})
end

function special.t(row, values)
    local x = only_first(row, values)
    return ndim_of(x) == 2 and batched(value_of(x):transpose(2, 3)) or ndim_of(x) < 2 and x or leave()
end

function special.squeeze(row, values)
    if values.dim ~= nil then return along(row, values) end
    local x, dims = only_first(row, values), {}
    for d, n in ipairs(shape_of(x)) do
        if n == 1 then dims[#dims + 1] = d + 1 end
    end
    return #dims > 0 and batched(value_of(x):squeeze(dims)) or x
end

-- An operand as a stack of matrices behind the batch dim; `vector` says where a missing dim goes.
local function as_matrix(x, ndim, vector)
    local value = is_batched(x) and value_of(x) or x:unsqueeze(1)
    local own = ndim_of(x)
    if own == 1 then
        value = value:unsqueeze(vector)
        own = 2
    end
    for _ = own + 1, ndim do value = value:unsqueeze(2) end
    return value
end

local function product(row, values)
    local a, b = values[row.args[1].name], values[row.args[2].name]
    local na, nb = ndim_of(a), ndim_of(b)
    if na == 0 or nb == 0 then leave() end
    local ndim = math.max(na, nb, 2)
    local y = as_matrix(a, ndim, 2):matmul(as_matrix(b, ndim, -1))
    if na == 1 then y = y:squeeze(-2) end
    if nb == 1 then y = y:squeeze(-1) end
    return batched(y)
end
for name, dims in pairs {mm = {2, 2}, mv = {2, 1}, dot = {1, 1}, bmm = {3, 3}} do
    special[name] = function(row, values)
        local a, b = values[row.args[1].name], values[row.args[2].name]
        if ndim_of(a) ~= dims[1] or ndim_of(b) ~= dims[2] then leave() end
        return product(row, values)
    end
end
special.matmul = product

function special.linear(row, values)
    local x, first = values[row.args[1].name], row.args[1].name
    if not is_batched(x) or ndim_of(x) == 0 then leave() end
    for name, v in pairs(values) do
        if name ~= first and is_batched(v) then leave() end
    end
    values[first] = value_of(x)
    return call(row, values)
end

-- --- which rule an op has --------------------------------------------------------------------------------------------------------

local function set_of(names, rule)
    for name in names:gmatch "%S+" do special[name] = rule end
end
set_of("where lerp addcmul addcdiv clamp", elementwise)
set_of([[sum mean prod var std amax amin max min argmax argmin logsumexp nansum nanmean count_nonzero norm]], reduction)
set_of([[softmax log_softmax softmin cumsum cumprod logcumsumexp sort argsort topk flip diff select narrow slice transpose unsqueeze flatten
    kthvalue cummax cummin]], along)

local function rule_of(name)
    local row = row_of(name)
    if special[name] then return special[name], row end
    if row.flags.random or row.flags.writes then leave() end
    if row.family == "unary" or row.family == "binary" or row.family == "compare" then return elementwise, row end
    return leave()
end

local function dispatch(name, ...)
    local rule, row = rule_of(name)
    return rule(row, read(row, ...))
end

-- --- the stand-in ----------------------------------------------------------------------------------------------------------------

local properties = {
    shape = shape_of,
    ndim = ndim_of,
    dtype = function(x) return value_of(x).dtype end,
    device = function(x) return value_of(x).device end,
    requires_grad = function(x) return value_of(x).requires_grad end,
    mT = function(x) return batched(value_of(x).mT) end,
    T = function(x) return dispatch("t", x) end,
}
local methods = {
    size = function(x, d)
        if d == nil then return shape_of(x) end
        return value_of(x):size(shifted(d))
    end,
    dims = function(x) return table.unpack(shape_of(x)) end,
    numel = function(x) return value_of(x):numel() // value_of(x):size(1) end,
    float = function(x) return batched(value_of(x):float()) end,
    double = function(x) return batched(value_of(x):double()) end,
    contiguous = function(x) return batched(value_of(x):contiguous()) end,
    clone = function(x) return batched(value_of(x):clone()) end,
    detach = function(x) return batched(value_of(x):detach()) end,
}

function Batched.__index(x, key)
    if math.type(key) == "integer" then
        if ndim_of(x) == 0 then leave() end
        return dispatch("select", x, 1, key)
    end
    if type(key) ~= "string" then leave() end
    if properties[key] then return properties[key](x) end
    if methods[key] then return methods[key] end
    rule_of(key)
    return function(...) return dispatch(key, ...) end
end

Batched.__newindex, Batched.__tostring, Batched.__len, Batched.__call, Batched.__pairs, Batched.__concat = leave, leave, leave, leave, leave, leave
Batched.__lun_op = dispatch
for event, name in pairs {__add = "add", __sub = "sub", __mul = "mul", __div = "div", __pow = "pow", __idiv = "floor_divide", __mod = "remainder"} do
    Batched[event] = function(a, b) return dispatch(name, a, b) end
end
function Batched.__unm(x) return dispatch("neg", x) end

return rules
