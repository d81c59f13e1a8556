-- define.lua - what a class of nn takes, said in one line, and classes that are one op
--
-- "in_features:count out_features:count bias:bool=true": names in PyTorch's order, kinds, defaults; "?" marks what may be left out,
-- "*" what only a table names. nn.Linear(4, 2, {bias = false}), nn.Linear(4, 2, false) and nn.Linear{in_features = 4, out_features = 2}
-- are the same. Holds: what does not fit raises an error that names the argument and a call that works.
-- Read next: lib/nn/functions.lua. SPDX-License-Identifier: MIT
local lun = require "lunette"
local Module = require "lunette.nn.module"

local define = {}

local function whole(v) return type(v) == "number" and math.tointeger(v) ~= nil end
local function list_of(test)
    return function(v)
        if type(v) ~= "table" then return test(v) end
        for _, size in ipairs(v) do
            if not test(size) then return false end
        end
        return #v > 0 and not Module.is_module(v)
    end
end
local function is_count(v) return whole(v) and v >= 1 end
local reductions = {mean = true, sum = true, none = true, batchmean = true}

-- kind -> what it is in words, the test, an example
local kinds = {
    count = {"a whole number above 0", is_count, "4"},
    int = {"a whole number", whole, "1"},
    num = {"a number", function(v) return type(v) == "number" end, "0.5"},
    chance = {"a number from 0 to 1", function(v) return type(v) == "number" and v >= 0 and v <= 1 end, "0.5"},
    momentum = {"a number, or false for the plain mean of all batches", function(v) return v == false or type(v) == "number" end, "0.1"},
    bool = {"true or false", function(v) return type(v) == "boolean" end, "true"},
    counts = {"a whole number above 0, or a list of such", list_of(is_count), "3"},
    dims = {"a list of whole numbers above 0, which may be empty", function(v)
        return list_of(is_count)(v) or type(v) == "table" and next(v) == nil and not Module.is_module(v)
    end, "{3, 2}"},
    sizes = {"a whole number, or a list of such", list_of(whole), "1"},
    outputs = {"a whole number above 0, or a list of such or false (the input's size)",
               list_of(function(v) return v == false or is_count(v) end), "2"},
    numbers = {"a number, or a list of such", list_of(function(v) return type(v) == "number" end), "2"},
    padding = {'a whole number, a list of such, "same" or "valid"',
               function(v) return v == "same" or v == "valid" or list_of(whole)(v) end, "1"},
    string = {"a string", function(v) return type(v) == "string" end, '"mean"'},
    reduction = {"mean, sum or none", function(v) return reductions[v] or false end, '"sum"'},
    tensor = {"a tensor", lun.is_tensor, "lun.ones(3)"},
    callable = {"a function", function(v) return type(v) == "function" or Module.is_module(v) end, "f"},
    activation = {"a function, or the name of an op such as relu or gelu", function(v)
        return type(v) == "function" or Module.is_module(v) or type(v) == "string" and pcall(function() return lun[v] end) end, '"relu"'},
    module = {"a module", Module.is_module, "lun.nn.ReLU()"},
}

local function value_of(text)
    if text == "true" or text == "false" then return text == "true" end
    return tonumber(text) or text
end

--- A line of arguments as a list {name, kind, default, optional, named}.
function define.spec(text)
    local spec, named = {}, false
    for word in text:gmatch "%S+" do
        if word == "*" then
            named = true
        else
            local name, kind, optional, default = word:match "^([%w_]+):(%l+)(%??)=?(.*)$"
            spec[#spec + 1] = {name = name, kind = kinds[kind], named = named, optional = optional == "?",
                               default = default ~= "" and value_of(default) or nil}
            if default == "false" then spec[#spec].default = false end
        end
    end
    return spec
end

-- Classes outside of nn say their whole name: "keras.layers.Dense".
local function full(class) return class:find(".", 1, true) and class or "nn." .. class end

local function example(class, spec)
    local parts = {}
    for _, p in ipairs(spec) do
        if p.default == nil and not p.optional and not p.named then parts[#parts + 1] = p.kind[3] end
    end
    return ("lun.%s(%s)"):format(full(class), table.concat(parts, ", "))
end

local function shown(v)
    if lun.is_tensor(v) then return "a tensor" end
    if type(v) ~= "table" then return tostring(v) end
    return Module.is_module(v) and "a module" or #v > 0 and "a list" or "a table"
end

local function is_options(v) return type(v) == "table" and getmetatable(v) == nil and #v == 0 end

local function check_names(class, spec, named)
    local known, names = {}, {}
    for _, p in ipairs(spec) do known[p.name], names[#names + 1] = true, p.name end
    for key in pairs(named) do
        if not known[key] then
            lun.fail(full(class), ("no option '%s'; it takes: %s"):format(tostring(key), #names > 0 and table.concat(names, ", ") or "none"),
                     example(class, spec), "name")
        end
    end
end

local function check_places(class, spec, given, n)
    local places = 0
    for _, p in ipairs(spec) do places = places + (p.named and 0 or 1) end
    if n <= places then return end
    lun.fail(full(class), ("%s stands after the %d arguments that have places; options go into a table"):format(shown(given[places + 1]), places),
             #spec > 0 and ("lun.%s{%s = %s}"):format(full(class), spec[#spec].name, spec[#spec].kind[3]) or example(class, spec))
end

--- The arguments of a constructor by name, defaults filled in; raises for what does not fit.
function define.arguments(class, spec, ...)
    local given, n, named = {...}, select("#", ...), {}
    if n > 0 and is_options(given[n]) then named, n = given[n], n - 1 end
    check_names(class, spec, named)
    check_places(class, spec, given, n)
    local values = {}
    for i, p in ipairs(spec) do
        local v = named[p.name]
        if v == nil and i <= n then v = given[i] end
        if v == nil then v = p.default end
        if v ~= nil or not p.optional then
            if not p.kind[2](v) then
                lun.fail(full(class), ("%s must be %s, got %s"):format(p.name, p.kind[1], shown(v)), example(class, spec))
            end
            values[p.name] = math.type(v) == "float" and (p.kind[2] == is_count or p.kind[2] == whole) and math.tointeger(v) or v
        end
    end
    return values
end

local function text_of(v)
    if type(v) ~= "table" then return tostring(v) end
    local parts = {}
    for i, item in ipairs(v) do parts[i] = tostring(item) end
    return table.concat(parts, "x")
end

--- The arguments that are not at their defaults, for the printed tree.
function define.extra(self, spec)
    local parts = {}
    for _, p in ipairs(spec) do
        local v = rawget(self, p.name)
        if v ~= nil and v ~= p.default and not lun.is_tensor(v) and type(v) ~= "function" and not Module.is_module(v) then
            parts[#parts + 1] = p.default == nil and not p.optional and text_of(v) or ("%s = %s"):format(p.name, text_of(v))
        end
    end
    return table.concat(parts, ", ")
end

--- A class whose init(values) gets the checked arguments, which are fields already; tensors among them are buffers.
function define.class(name, text, init)
    local spec = define.spec(text)
    local Class = Module:extend(name:match "[^.]+$")
    Class.spec = spec
    function Class:init(...)
        local values = define.arguments(name, spec, ...)
        for _, p in ipairs(spec) do
            local v = values[p.name]
            if lun.is_tensor(v) and not v.requires_grad then self:register_buffer(p.name, v) elseif v ~= nil then self[p.name] = v end
        end
        if init then init(self, values) end
    end
    function Class:extra() return define.extra(self, spec) end
    return Class
end

--- A class that is one op: row = {class, op, arguments}. row.fixed: options it always gives; row.mode: it tells the op whether it trains;
--- row.inputs: options that come with each call, after x; row.more(self, options, x): a last word.
function define.op(row)
    local name, op, text = row[1], row[2], row[3] or ""
    local Class = define.class(name, text)
    local spec = Class.spec
    Class.op = op
    local function options_of(self, x)
        local options = {}
        for key, v in pairs(row.fixed or {}) do options[key] = v end
        for _, p in ipairs(spec) do
            if p.name ~= "inplace" then options[p.name] = rawget(self, p.name) end
        end
        if row.mode then options.training = self.training end
        if row.more then row.more(self, options, x) end
        return options
    end
    function Class:forward(x, ...)
        local options, apply = options_of(self, x), lun[rawget(self, "inplace") and op .. "_" or op]
        if row.inputs then
            for i, key in ipairs(row.inputs) do options[key] = (select(i, ...)) end
            return apply(x, options)
        end
        if next(options) == nil then return apply(x, ...) end
        local inputs = table.pack(...)
        inputs[inputs.n + 1] = options
        return apply(x, table.unpack(inputs, 1, inputs.n + 1))
    end
    return Class
end

return define
