-- function.lua - functions with a gradient written in Lua: lun.autograd.Function
--
-- local Exp = lun.autograd.Function:extend "Exp"; Exp.forward(ctx, ...) computes outside the graph, Exp.backward(ctx, ...) gets the
-- gradients of forward's results and gives one for each of forward's arguments; Exp(x) or Exp.apply(x) calls it. backward is made of
-- ordinary ops, so second derivatives follow, unless Exp.once_differentiable.
-- Holds: what is saved is saved by the graph (checked for changes, freed with it), never by the context table.
-- Read next: lua_bindings/autograd.c. SPDX-License-Identifier: MIT
local lun = require "lunette"
local core = require "lunette.autograd_core"

local Function = {title = "Function"}

local Context = {}

function Context:save_for_backward(...)
    self.to_save = table.pack(...)
    for i = 1, self.to_save.n do
        local x = self.to_save[i]
        if x ~= nil and not lun.is_tensor(x) then
            lun.fail("save_for_backward", ("value %d is a %s; only tensors are saved this way"):format(i, type(x)),
                "ctx.scale = 2 keeps other values")
        end
    end
end

local function add_all(set, ...)
    for _, x in ipairs {...} do set[x] = true end
    return set
end

--- These arguments were written in place; each must be a result too.
function Context:mark_dirty(...) self.dirty = add_all(self.dirty, ...) end
--- These results get no gradient.
function Context:mark_non_differentiable(...) self.constants = add_all(self.constants, ...) end
--- wanted = false: backward gets nil, not zeros, for a result that nobody used.
function Context:set_materialize_grads(wanted) self.materialize = wanted end

-- ctx.saved_tensors: only during backward, when there is a node to ask.
local function saved_tensors(ctx)
    local node, places = rawget(ctx, "node"), rawget(ctx, "places")
    if not node then lun.fail("saved_tensors", "saved tensors can be read in backward only", "ctx:save_for_backward(x) in forward", "gradient") end
    local list = {}
    for i = 1, places.n do list[i] = places[i] and core.saved(node, places[i].result, places[i].index) or nil end
    return list
end

local context_meta = {__index = function(ctx, name) return name == "saved_tensors" and saved_tensors(ctx) or Context[name] end}

local function position_of(list, x)
    for i, item in ipairs(list) do
        if rawequal(item, x) then return i end
    end
end

-- Where each saved tensor is found: an input, a result, or an input added for it.
local function place_saved(ctx, inputs, results)
    local places = {n = ctx.to_save.n}
    for i = 1, places.n do
        local x = ctx.to_save[i]
        if x ~= nil then
            local k = position_of(results, x)
            local at = not k and position_of(inputs, x)
            if not k and not at then
                inputs[#inputs + 1] = x
                at = #inputs
            end
            places[i] = {result = k ~= nil, index = k or at}
        end
    end
    return places
end

-- What backward gave, as a list over the tensor arguments; false where there is none.
local function gradients_by_input(class, ctx, given, positions)
    local count, needed = ctx.n_arguments, 0
    for i = 1, count do needed = ctx.needs_input_grad[i] and i or needed end
    for i = count + 1, given.n do
        if given[i] ~= nil then
            lun.fail(class.title, ("backward returned %d gradients, forward took %d argument%s"):format(given.n, count, count == 1 and "" or "s"),
                "return one gradient for each argument of forward, nil where there is none", "gradient")
        end
    end
    if given.n < needed then
        lun.fail(class.title, ("backward returned %d gradient%s, forward took %d arguments"):format(given.n, given.n == 1 and "" or "s", count),
            "return one gradient for each argument of forward, nil where there is none", "gradient")
    end
    local list = {}
    for k, at in ipairs(positions) do
        local g = given[at]
        if g ~= nil and g ~= false and not lun.is_tensor(g) then
            lun.fail(class.title, ("backward returned a %s as the gradient of argument %d"):format(type(g), at), "return a tensor or nil", "gradient")
        end
        list[k] = g or false
    end
    return list
end

-- Gradients that may not be differentiated: they join the graph with a function that only fails.
local function only_once(class, gradients, node, seeds)
    local inputs, results = core.sources(node), {}
    for _, g in ipairs(seeds) do
        if lun.is_tensor(g) and g.requires_grad then inputs[#inputs + 1] = g end
    end
    for k, g in ipairs(gradients) do
        if g then
            results[1] = g:detach():clone()
            gradients[k] = core.record(class.title, inputs, results, false, true, #inputs, function()
                lun.fail(class.title, "its backward is once_differentiable, so there is no second derivative",
                    "make backward of ordinary ops and leave out once_differentiable", "gradient")
            end)[1]
        end
    end
    return gradients
end

local function make_backward(class, ctx, positions, n_results, differentiable)
    return function(node, ...)
        local seeds, given = {}, table.pack(...)
        for k, at in ipairs(differentiable) do seeds[at] = given[k] end
        ctx.node = node
        local once = class.once_differentiable and lun.is_grad_enabled()
        local run = once and lun.no_grad or function(f, ...) return f(...) end
        local results = table.pack(run(class.backward, ctx, table.unpack(seeds, 1, n_results)))
        ctx.node = nil
        local gradients = gradients_by_input(class, ctx, results, positions)
        return once and only_once(class, gradients, node, {...}) or gradients
    end
end

-- Which results join the graph: float tensors that are not marked.
local function differentiable_results(class, ctx, results)
    local list, at, dirty = {}, {}, false
    for k = 1, results.n do
        local y = results[k]
        if lun.is_tensor(y) and y.dtype:find "[ft]loat" or lun.is_tensor(y) and y.dtype:find "complex" then
            if not ctx.constants[y] then
                list[#list + 1] = y
                at[#at + 1] = k
                dirty = dirty or ctx.dirty[y] or false
            end
        end
    end
    if next(ctx.dirty) and not dirty then
        lun.fail(class.title, "an argument marked dirty must be a result of forward", "return it from forward", "gradient")
    end
    return list, at, dirty
end

local function apply(class, ...)
    local arguments = table.pack(...)
    local ctx = setmetatable({to_save = {n = 0}, dirty = {}, constants = {}, materialize = true, needs_input_grad = {},
        n_arguments = arguments.n}, context_meta)
    local inputs, positions, wanted = {}, {}, false
    for i = 1, arguments.n do
        local x = arguments[i]
        ctx.needs_input_grad[i] = lun.is_tensor(x) and x.requires_grad and lun.is_grad_enabled() or false
        wanted = wanted or ctx.needs_input_grad[i]
        if lun.is_tensor(x) then
            inputs[#inputs + 1] = x
            positions[#positions + 1] = i
        end
    end
    local results = table.pack(lun.no_grad(class.forward, ctx, ...))
    if not wanted then return table.unpack(results, 1, results.n) end
    local list, at, dirty = differentiable_results(class, ctx, results)
    if #list == 0 then return table.unpack(results, 1, results.n) end
    local count = #inputs
    ctx.places = place_saved(ctx, inputs, list)
    local saves = {}
    for i = 1, ctx.places.n do saves[#saves + 1] = ctx.places[i] end
    local joined = core.record(class.title, inputs, list, dirty, ctx.materialize, count, make_backward(class, ctx, positions, results.n, at), saves)
    ctx.to_save, ctx.dirty, ctx.constants = nil, nil, nil
    for k, y in ipairs(joined) do
        if not dirty then results[at[k]] = y end
    end
    return table.unpack(results, 1, results.n)
end

local class_meta = {__tostring = function(class) return "autograd.Function " .. class.title end}

function class_meta.__call(class, ...)
    for _, part in ipairs {"forward", "backward"} do
        if type(class[part]) ~= "function" then
            lun.fail(class.title, ("%s.%s is missing"):format(class.title, part),
                ("function %s.%s(ctx, x) ... end"):format(class.title, part), "name")
        end
    end
    return apply(class, ...)
end

--- A new function by this name; give it forward(ctx, ...) and backward(ctx, ...).
function Function:extend(name)
    if type(name) ~= "string" or name == "" then lun.fail("Function:extend", "a name is needed", 'lun.autograd.Function:extend "Exp"') end
    local class = {title = name}
    function class.apply(...) return class(...) end
    return setmetatable(class, class_meta)
end

return Function
