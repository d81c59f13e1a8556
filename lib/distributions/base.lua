-- base.lua - what all distributions share: parameters, shapes, checks, sampling
--
-- A family is described by a table: `params` (names in order), `constraints` (of each), `support`, optionally `event_dims` (how many
-- last dims of a parameter belong to one event), and functions of the distribution: log_prob, entropy, rsample or draw, cdf, icdf,
-- mean, variance, mode. base.define makes the class of it.
-- Holds: parameters are broadcast once, when the distribution is made. Read next: continuous.lua. SPDX-License-Identifier: MIT
local lun = require "lunette"
local base = {}

-- ---- constraints: each gives a mask of what is good, and says what is wanted ----

local function whole(x) return x:eq(x:floor()) end
local function each_row(mask) return mask:all(-1) end

base.constraints = {
    real = { "a real number", function(x) return x:eq(x) end },
    positive = { "above 0", function(x) return x:gt(0) end },
    nonnegative = { "0 or more", function(x) return x:ge(0) end },
    unit = { "between 0 and 1", function(x) return x:ge(0):logical_and(x:le(1)) end },
    positive_unit = { "above 0 and at most 1", function(x) return x:gt(0):logical_and(x:le(1)) end },
    boolean = { "0 or 1", function(x) return x:eq(0):logical_or(x:eq(1)) end },
    count = { "0, 1, 2 ...", function(x) return x:ge(0):logical_and(whole(x)) end },
    weights = { "not negative, with a sum above 0", function(x) return each_row(x:ge(0)):logical_and(x:sum(-1):gt(0)) end },
    simplex = { "not negative with a sum of 1", function(x) return each_row(x:ge(0)):logical_and((x:sum(-1) - 1):abs():lt(1e-5)) end },
    reals = { "real numbers", function(x) return each_row(x:eq(x)) end },
    positives = { "above 0", function(x) return each_row(x:gt(0)) end },
    one_hot = { "a single 1 among zeros", function(x) return each_row(x:eq(0):logical_or(x:eq(1))):logical_and(x:sum(-1):eq(1)) end },
}

local function check(where, name, x, constraint)
    local wanted, good = constraint[1], constraint[2]
    local mask = lun.no_grad(function() return good(x:detach()) end)
    if mask:numel() == 0 or mask:all() then return end
    local shown = tostring(x:detach():numel() == 1 and x:item() or x:detach()):gsub("^[^\n]*\n", "")
    lun.fail(where, ("`%s` must be %s, got %s"):format(name, wanted, shown:sub(1, 200)), "validate_args=false turns checks off", "argument")
end

-- ---- shapes ----

function base.join(...)
    local shape = {}
    for _, part in ipairs { ... } do
        for _, n in ipairs(part) do shape[#shape + 1] = n end
    end
    return shape
end

local function first(shape, n) return table.move(shape, 1, n, 1, {}) end
local function rest(shape, n) return table.move(shape, n + 1, #shape, 1, {}) end

-- A number is a tensor of no dims, of the dtype of the tensors around it.
local function as_tensor(where, name, value, dtype)
    if lun.is_tensor(value) then return value end
    if type(value) == "number" then return lun.tensor(value, { dtype = dtype or "float32" }) end
    if type(value) == "table" then return lun.tensor(value, { dtype = dtype or "float32" }) end
    lun.fail(where, ("`%s` must be a number or a tensor, got %s"):format(name, type(value)), nil, "argument")
end

local function common_dtype(values)
    for _, value in pairs(values) do
        if lun.is_tensor(value) and value.dtype:find "float" then return value.dtype end
    end
end

-- All parameters as tensors of one batch shape; what belongs to an event keeps its dims.
local function broadcast(where, class, given)
    local dtype, parts, shapes = common_dtype(given), {}, {}
    for name, value in pairs(given) do
        local x = as_tensor(where, name, value, dtype)
        if not x.dtype:find "float" then x = x:to(dtype or "float32") end
        local own = class.event_dims and class.event_dims[name] or 0
        if x.ndim < own then
            lun.fail(where, ("`%s` needs %d or more dims, got shape %s"):format(name, own, x.shape), nil, "shape")
        end
        parts[name] = { x, x.ndim - own }
        shapes[#shapes + 1] = first(x.shape, x.ndim - own)
    end
    local batch = #shapes > 1 and lun.broadcast_shapes(table.unpack(shapes)) or shapes[1]
    local d = { batch_shape = batch }
    for name, part in pairs(parts) do d[name] = part[1]:expand(base.join(batch, rest(part[1].shape, part[2]))) end
    return d
end

-- ---- making one ----

-- Positional values and a last table of names: Normal(0, 1), Normal{loc = 0, scale = 1}.
local function read(class, ...)
    local args, given, validate = table.pack(...), {}, true
    local last = args[args.n]
    local options = type(last) == "table" and not lun.is_tensor(last) and #last == 0 and last or nil
    if options then args.n = args.n - 1 end
    if args.n > #class.params then
        lun.fail(class.name, ("takes %s, got %d values"):format(table.concat(class.params, ", "), args.n), nil, "argument")
    end
    for i = 1, args.n do given[class.params[i]] = args[i] end
    for name, value in pairs(options or {}) do
        if name == "validate_args" then
            validate = value
        elseif not class.constraints[name] then
            lun.fail(class.name, ("no parameter '%s'; there are %s"):format(tostring(name), table.concat(class.params, ", ")), nil, "name")
        else
            given[name] = value
        end
    end
    for name, value in pairs(class.defaults or {}) do
        if given[name] == nil then given[name] = value end
    end
    return given, validate
end

local function make(class, ...)
    local given, validate = read(class, ...)
    if class.choose then class.choose(class.name, given) end
    for _, name in ipairs(class.params) do
        if given[name] == nil and not (class.optional and class.optional[name]) then
            lun.fail(class.name, ("parameter `%s` is missing; there are %s"):format(name, table.concat(class.params, ", ")), nil, "argument")
        end
    end
    local d = broadcast(class.name, class, given)
    if validate then
        for name in pairs(given) do check(class.name, name, d[name], base.constraints[class.constraints[name]]) end
    end
    d.validate_args = validate
    d.event_shape = {}
    setmetatable(d, class)
    if class.finish then class.finish(d) end
    return d
end

-- ---- what one can do ----

local methods = {}

local function size_of(shape)
    if shape == nil then return {} end
    if type(shape) == "number" then return { shape } end
    return table.move(shape, 1, #shape, 1, {})
end

function methods:shape_of(sample_shape) return base.join(size_of(sample_shape), self.batch_shape, self.event_shape) end

--- Draws that carry no gradient.
function methods:sample(sample_shape)
    local shape = self:shape_of(sample_shape)
    return lun.no_grad(function() return (getmetatable(self).draw or getmetatable(self).reparameterised)(self, shape, size_of(sample_shape)) end)
end

--- Draws through which gradients flow to the parameters.
function methods:rsample(sample_shape)
    local class = getmetatable(self)
    if not class.reparameterised then
        lun.fail(class.name, "draws are not differentiable in the parameters",
            "d:sample() and d:log_prob(value) make a score-function estimate", "gradient")
    end
    return class.reparameterised(self, self:shape_of(sample_shape), size_of(sample_shape))
end

local function value_of(d, name, value)
    if type(value) == "number" then value = lun.tensor(value, { dtype = d.dtype }) end
    if not lun.is_tensor(value) then lun.fail(getmetatable(d).name, ("%s wants a tensor, got %s"):format(name, type(value)), nil, "argument") end
    local support = d.support or getmetatable(d).support
    if d.validate_args and support then
        local constraint = type(support) == "function" and support(d) or base.constraints[support]
        check(getmetatable(d).name, "value", value, constraint)
    end
    return value
end

--- log of the density (or of the chance) at value, one number for each event.
function methods:log_prob(value) return getmetatable(self).density(self, value_of(self, "log_prob", value)) end

for _, name in ipairs { "cdf", "icdf", "entropy" } do
    methods[name] = function(self, value)
        local class = getmetatable(self)
        local f = class["_" .. name]
        if not f then lun.fail(class.name, ("has no closed form of %s"):format(name), "d:sample({1000}) estimates it", "argument") end
        if name == "cdf" then value = value_of(self, name, value) end
        if name == "icdf" and type(value) == "number" then value = lun.tensor(value, { dtype = self.dtype }) end
        return f(self, value)
    end
end

local properties = {
    stddev = function(d) return d.variance:sqrt() end,
    has_rsample = function(d) return getmetatable(d).reparameterised ~= nil end,
    dtype = function(d) return d[getmetatable(d).params[1]].dtype end,
}

local function text(d)
    local class, parts = getmetatable(d), {}
    for _, name in ipairs(class.params) do
        local x = rawget(d, name)
        if x then parts[#parts + 1] = name .. " = " .. (x:numel() == 1 and ("%.6g"):format(x:item()) or tostring(x.shape)) end
    end
    return ("%s(%s)"):format(class.name, table.concat(parts, ", "))
end

-- A class of a description; calling it makes a distribution. `of` is the class whose pairs of kl_divergence it shares.
function base.define(class)
    class.parent = class.of
    class.__index = function(d, key)
        local property = class.properties and class.properties[key] or properties[key]
        if property then return property(d) end
        return methods[key]
    end
    class.__tostring = text
    return setmetatable(class, { __call = function(_, ...) return make(class, ...) end, __tostring = function() return class.name end })
end

function base.is_distribution(d) return type(d) == "table" and getmetatable(d) and getmetatable(d).density ~= nil end

-- Sums over the last n dims.
function base.sum_last(x, n)
    for _ = 1, n do x = x:sum(-1) end
    return x
end

function base.like(d, shape, name) return lun.zeros(shape, { dtype = d[name].dtype }) end

-- Uniform numbers in (0, 1), neither end: of float32, rand's 0 would have an infinite logarithm.
function base.uniform(shape, dtype)
    return lun.rand(shape, { dtype = dtype }):clamp(lun.finfo(dtype).tiny)
end

return base
