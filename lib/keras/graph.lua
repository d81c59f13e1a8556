-- graph.lua - networks as graphs of layers: Input, layers called on what other layers give, Model {inputs, outputs}
--
-- Calling a layer of keras on a node runs it dry, which builds its weights and tells the next shape. A network keeps its
-- layers by name and its calls in the order in which they were made. Read next: lib/keras/model.lua, lib/keras/layers.lua.
-- SPDX-License-Identifier: MIT
local lun = require "lunette"
local core = require "lunette.train_core"
local Module = require "lunette.nn.module"
local Model = require "lunette.keras.model"
local graph = {Model = Model}

local Node = {}
Node.__index = Node
Node.__name = "keras.node"

local function is_node(x) return getmetatable(x) == Node end

--- Is x a node, or a list of nodes?
function graph.is_symbolic(x) return is_node(x) or type(x) == "table" and getmetatable(x) == nil and is_node(x[1]) end

function Node:__tostring() return ("node %s: [n%s]"):format(self.name, #self.shape > 0 and "," .. table.concat(self.shape, ",")
        or "") end

local made = 0 -- nodes are numbered, so that a network's calls have an order

local function new_node(fields)
    made = made + 1
    fields.number = made
    return setmetatable(fields, Node)
end

--- keras.Input {shape = {1, 28, 28}, dtype = "float32", name = "picture"}: what a graph begins with. shape is that of one
--- sample.
function graph.Input(options)
    local shape = options and (options.shape or options)
    if type(shape) ~= "table" then lun.fail("keras.Input", "shape must be a list of sizes, got " .. type(shape),
            "lun.keras.Input {shape = {784}}") end
    for i, size in ipairs(shape) do
        if math.type(size) ~= "integer" or size < 1 then
            lun.fail("keras.Input", ("size %d of the shape is %s"):format(i, tostring(size)),
                    "whole numbers above 0, without the number of samples", "shape")
        end
    end
    return new_node {shape = table.move(shape, 1, #shape, 1, {}), dtype = options.dtype or "float32", name = options.name
            or "input", inputs = {}}
end

--- Two samples of a node's shape with nothing in them.
function graph.sample(node)
    local sizes = {2, table.unpack(node.shape)}
    return lun.empty(sizes, {dtype = node.dtype})
end

--- Runs f without compute and without recording.
function graph.dry(f)
    local _ <close> = core.dry()
    return lun.no_grad(f)
end

local function rest(shape) return table.move(shape, 2, #shape, 1, {}) end

--- The node of layer(nodes); x is a node or a list of them.
function graph.call(layer, x)
    local nodes = is_node(x) and {x} or x
    for i, node in ipairs(nodes) do
        if not is_node(node) then lun.fail("keras", ("input %d of %s is no node"):format(i, layer.__name),
                "lun.keras.Input {shape = {784}}") end
    end
    local out = graph.dry(function()
        local samples = {}
        for i, node in ipairs(nodes) do samples[i] = graph.sample(node) end
        return (layer(is_node(x) and samples[1] or samples))
    end)
    if not lun.is_tensor(out) or out.ndim == 0 or out:size(1) ~= 2 then
        lun.fail("keras", ("%s does not give one result per sample"):format(layer.__name), "layers keep dim 1, the samples",
                "shape")
    end
    return new_node {layer = layer, inputs = nodes, single = is_node(x), shape = rest(out.shape), dtype = out.dtype,
            name = layer.__name:lower()}
end

--- node:apply(nn.ReLU()): a module of nn, or any function of tensors wrapped in a layer, as the next step.
function Node:apply(module)
    if not Module.is_module(module) then lun.fail("node:apply", "expected a module, got " .. type(module),
            "node:apply(lun.nn.ReLU())") end
    return graph.call(module, self)
end

local function merged(name)
    return function(a, b)
        if not (is_node(a) and is_node(b)) then lun.fail("keras", "a node goes with a node only",
                "lun.keras.layers.Rescaling(2)(node)") end
        return graph.call(require "lunette.keras.layers"[name](), {a, b})
    end
end
Node.__add, Node.__sub, Node.__mul = merged "Add", merged "Subtract", merged "Multiply"

-- ---- from nodes to a network ----

local function as_list(x) return is_node(x) and {x} or x end

-- Every node that the outputs need, in the order in which they were made.
local function needed(outputs)
    local list, seen, open = {}, {}, table.move(outputs, 1, #outputs, 1, {})
    while #open > 0 do
        local node = table.remove(open)
        if not is_node(node) then lun.fail("keras.Model", "an output is no node",
                "lun.keras.Model {inputs = x, outputs = y}") end
        if not seen[node] then
            seen[node] = true
            list[#list + 1] = node
            table.move(node.inputs, 1, #node.inputs, #open + 1, open)
        end
    end
    table.sort(list, function(a, b) return a.number < b.number end)
    return list
end

local function snake(name) return (name:gsub("(%l)(%u)", "%1_%2"):lower()) end

-- Layers get names as in Keras: dense, dense_1; the given ones first.
local function name_layers(self, nodes)
    local named, counts = {}, {}
    for _, node in ipairs(nodes) do
        local layer = node.layer
        if layer and not named[layer] then
            local stem = rawget(layer, "name") or snake(layer.__name)
            local n = counts[stem]
            counts[stem] = (n or 0) + 1
            named[layer] = n and ("%s_%d"):format(stem, n) or stem
            self[named[layer]] = layer
        end
    end
    return named
end

local function plan_of(self, inputs, outputs)
    local nodes, place = needed(outputs), {}
    local named = name_layers(self, nodes)
    local calls = {}
    for i, node in ipairs(inputs) do place[node] = i end
    for _, node in ipairs(nodes) do
        if not node.layer and not place[node] then
            lun.fail("keras.Model", ("the outputs need the input '%s', which is not among inputs"):format(node.name),
                    "inputs = {a, b}")
        elseif node.layer and not place[node] then
            local from = {}
            for k, input in ipairs(node.inputs) do from[k] = place[input] end
            calls[#calls + 1] = {layer = named[node.layer], from = from, single = node.single, to = #inputs + #calls + 1}
            place[node] = #inputs + #calls
        end
    end
    local ends, seen = {}, {}
    for k, node in ipairs(outputs) do
        local name = node.layer and named[node.layer] or node.name
        ends[k] = {name = seen[name] and ("%s_%d"):format(name, k) or name, place = place[node]}
        seen[name] = true
    end
    return calls, ends
end

local function check_inputs(inputs)
    local names = {}
    for i, node in ipairs(inputs) do
        if not is_node(node) or node.layer then lun.fail("keras.Model", ("input %d is no Input"):format(i),
                "local x = lun.keras.Input {shape = {784}}") end
        local stem = node.name
        node.name = names[stem] and ("%s_%d"):format(stem, i) or stem
        names[node.name] = true
    end
end

local Functional = Model:extend "Functional"
graph.Functional = Functional

function Functional:init(options)
    if options.calls then return self:from_plan(options) end
    local inputs, outputs = as_list(options.inputs or {}), as_list(options.outputs or {})
    if #inputs == 0 or #outputs == 0 then
        lun.fail("keras.Model", "it needs inputs and outputs",
                "lun.keras.Model {inputs = x, outputs = y}; a class: lun.keras.Model:extend \"Net\"")
    end
    check_inputs(inputs)
    local specs = {}
    for i, node in ipairs(inputs) do specs[i] = {name = node.name, shape = node.shape, dtype = node.dtype} end
    local calls, ends = plan_of(self, inputs, outputs)
    self.plan = {inputs = specs, calls = calls, outputs = ends, single_output = is_node(options.outputs),
            single_input = is_node(options.inputs)}
end

--- The same from what was saved: {plan, layers by name}.
function Functional:from_plan(options)
    self.plan = options.calls
    for _, pair in ipairs(options.layers) do self[pair[1]] = pair[2] end
end

function Functional:input_names()
    local list = {}
    for i, spec in ipairs(self.plan.inputs) do list[i] = spec.name end
    return list
end
function Functional:output_names()
    local list = {}
    for i, out in ipairs(self.plan.outputs) do list[i] = out.name end
    return list
end

local function check_input(self, i, x)
    local spec = self.plan.inputs[i]
    local right = lun.is_tensor(x) and x.ndim == #spec.shape + 1
    for d, size in ipairs(spec.shape) do right = right and x:size(d + 1) == size end
    if right then return x end
    lun.fail("keras.Model", ("input '%s' must be [n,%s], got %s"):format(spec.name, table.concat(spec.shape, ","),
             lun.is_tensor(x) and ("[%s]"):format(table.concat(x.shape, ",")) or type(x)), "samples lie along dim 1", "shape")
end

--- One tensor for a single input, else a list in order or a table by name. Gives a tensor, or a list in the order of the
--- outputs.
function Functional:forward(x, ...)
    local plan, values = self.plan, {}
    local given = lun.is_tensor(x) and {x, ...} or x
    for i, spec in ipairs(plan.inputs) do values[i] = check_input(self, i, given and (given[i] == nil and given[spec.name]
            or given[i]) or nil) end
    for _, call in ipairs(plan.calls) do
        local arguments = {}
        for k, from in ipairs(call.from) do arguments[k] = values[from] end
        values[call.to] = (self[call.layer](call.single and arguments[1] or arguments))
    end
    local results = {}
    for k, out in ipairs(plan.outputs) do results[k] = values[out.place] end
    return plan.single_output and results[1] or results
end

--- One sample's worth of nothing for each input, for dry runs.
function Functional:input_samples()
    local list = graph.dry(function() -- without memory: what integers there mean is not asked then
        local samples = {}
        for i, spec in ipairs(self.plan.inputs) do samples[i] = graph.sample(spec) end
        return samples
    end)
    return #list == 1 and list[1] or list
end

-- keras.Model {inputs, outputs} is a graph; keras.Model:extend "Net" a class.
getmetatable(Model).__call = function(_, options)
    if type(options) ~= "table" then lun.fail("keras.Model", "expected inputs and outputs, got " .. type(options),
            "lun.keras.Model {inputs = x, outputs = y}") end
    return Functional(options)
end

return graph
