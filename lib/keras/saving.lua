-- saving.lua - a network as one file: its architecture, weights, compilation and optimiser as data
--
-- A module is its class's name and the arguments it was made with. Holds: reading runs no code of the file; classes are looked
-- up among those of nn, keras.layers, keras and the caller's own. Read next: lib/train/checkpoint.lua.
-- SPDX-License-Identifier: MIT
local lun = require "lunette"
local nn = require "lunette.nn"
local Module = require "lunette.nn.module"
local checkpoint = require "lunette.train.checkpoint"
local graph = require "lunette.keras.graph"
local saving = {}

-- ---- a module as data ----

local describe

local function encode(value, path, tensors)
    if value == nil then return {kind = "nil"} end
    if Module.is_module(value) then return describe(value, path, tensors) end
    if lun.is_tensor(value) then
        local name = ("argument.%s"):format(path)
        tensors[name] = value:detach()
        return {kind = "tensor", name = name}
    end
    if type(value) == "function" or type(value) == "userdata" then
        lun.fail("save", ("%s was made with a %s, which is no data"):format(path, type(value)),
                "a class of one's own instead: keras.Model:extend \"Net\"")
    end
    if type(value) ~= "table" then return value end
    local list, named = {}, {}
    for i = 1, #value do list[i] = encode(value[i], ("%s.%d"):format(path, i), tensors) end
    for key, item in pairs(value) do
        if math.type(key) ~= "integer" then named[tostring(key)] = encode(item, ("%s.%s"):format(path, tostring(key)),
                tensors) end
    end
    return {kind = "table", list = list, named = named}
end

local places = {{"nn.", nn}, {"keras.layers.", require "lunette.keras.layers"}}

local function class_name(class)
    local name = class.__name
    for _, place in ipairs(places) do
        if rawget(place[2], name) == class then return place[1] .. name end
    end
    return name
end

local containers = {["nn.Sequential"] = true, ["nn.ModuleList"] = true, ["keras.Sequential"] = true}

function describe(module, path, tensors)
    local class = getmetatable(module)
    local Sequential = require "lunette.keras.sequential"
    local name = class == Sequential and "keras.Sequential" or class == graph.Functional and "keras.Functional"
            or class_name(class)
    local found = {kind = "module", class = name, built = rawget(module, "_built")}
    if containers[name] or name == "keras.Functional" then
        found.children = {}
        for i, pair in ipairs(module:named_children()) do
            found.children[i] = {name = pair[1], module = describe(pair[2], ("%s.%s"):format(path, pair[1]), tensors)}
        end
        found.plan, found.input = rawget(module, "plan"), rawget(module, "input")
        return found
    end
    local given = rawget(module, "_arguments") or {n = 0}
    found.arguments = {}
    for i = 1, given.n do found.arguments[i] = encode(given[i], ("%s.%d"):format(path, i), tensors) end
    return found
end

-- ---- and back ----

local function damaged(what) lun.fail("load_model", what, "the file is damaged, or of another version", "format") end

local function class_called(name, custom)
    if type(name) ~= "string" then damaged "a class without a name" end
    if custom[name] then return custom[name] end
    for _, place in ipairs(places) do
        local class = name:sub(1, #place[1]) == place[1] and rawget(place[2], name:sub(#place[1] + 1))
        if type(class) == "table" and class.extend then return class end
    end
    lun.fail("load_model", ("the file needs the class '%s'"):format(name),
            ("lun.keras.load_model(path, {custom = {%s = %s}})"):format(name, name), "name")
end

local restore

local function decode(value, tensors, custom)
    if type(value) ~= "table" then return value end
    if value.kind == "nil" then return nil end
    if value.kind == "tensor" then return tensors[value.name] or damaged "an argument is missing" end
    if value.kind == "module" then return restore(value, tensors, custom) end
    if value.kind ~= "table" then damaged "an argument of no known kind" end
    local t = {}
    for i, item in ipairs(value.list) do t[i] = decode(item, tensors, custom) end
    for key, item in pairs(value.named) do t[key] = decode(item, tensors, custom) end
    return t
end

local function children_of(found, tensors, custom)
    local list = {}
    for i, child in ipairs(found.children or damaged "a container without children") do
        list[i] = {child.name, restore(child.module, tensors, custom)}
    end
    return list
end

local function restore_container(found, tensors, custom)
    local pairs_list = children_of(found, tensors, custom)
    if found.class == "keras.Functional" then return graph.Functional {calls = found.plan, layers = pairs_list} end
    if found.class == "nn.Sequential" then
        for _, pair in ipairs(pairs_list) do pair[1] = tostring(pair[1]) end
        local list, numbered = {}, true
        for i, pair in ipairs(pairs_list) do numbered, list[i] = numbered and pair[1] == tostring(i), pair[2] end
        return numbered and nn.Sequential(table.unpack(list)) or nn.Sequential(pairs_list)
    end
    local list = {}
    for i, pair in ipairs(pairs_list) do list[i] = pair[2] end
    if found.class == "nn.ModuleList" then return nn.ModuleList(list) end
    local net = require "lunette.keras.sequential"(list)
    net.input = found.input
    return net
end

function restore(found, tensors, custom)
    if type(found) ~= "table" or found.kind ~= "module" then damaged "no network in it" end
    if containers[found.class] or found.class == "keras.Functional" then return restore_container(found, tensors, custom) end
    local class, arguments = class_called(found.class, custom), {}
    local n = #(found.arguments or {})
    for i = 1, n do arguments[i] = decode(found.arguments[i], tensors, custom) end
    local module = class(table.unpack(arguments, 1, n))
    local built = found.built
    if built and module.build and not rawget(module, "_built") then
        module:build(built.shape and lun.empty(built.shape, {dtype = built.dtype}) or {})
    end
    return module
end

-- ---- compilation ----

local function compilation(model)
    local plan = rawget(model, "_compiled")
    if not plan or plan.optimizer.make or plan.optimizer.instance then return nil end
    local found = {optimizer = plan.optimizer, losses = {}, metrics = {}, weights = plan.weights, clip_norm = plan.clip_norm,
            clip_value = plan.clip_value}
    for k, loss in ipairs(plan.losses) do
        if not loss.name then return nil end
        found.losses[k] = {name = loss.name, options = loss.options}
    end
    for _, m in ipairs(plan.metrics) do
        if m.what then table.insert(found.metrics, {name = m.name, what = m.what, output = m.output}) end
    end
    return found
end

local function compile_again(model, found, optimizer)
    local losses, metrics = require "lunette.keras.losses", require "lunette.metrics"
    local plan = {optimizer = found.optimizer, losses = {}, metrics = {}, weights = found.weights, clip_norm = found.clip_norm,
            clip_value = found.clip_value}
    for k, loss in ipairs(found.losses) do
        plan.losses[k] = losses.read(loss.name)
        plan.losses[k].options = loss.options
    end
    for k, m in ipairs(found.metrics) do
        plan.metrics[k] = {name = m.name, counter = metrics.new(m.what[1], m.what[2]), output = m.output, what = m.what}
    end
    rawset(model, "_compiled", plan)
    if next(optimizer) then rawset(model, "_saved_optimizer", optimizer) end
end

--- Writes a network with what it was compiled with. A loss, metric or optimizer that is a function of one's own is not in the
--- file: compile again after loading. Layers made with functions cannot be saved.
function saving.save(model, path)
    local tensors = {}
    local data = {format = 1, architecture = describe(model, "net", tensors), compiled = compilation(model)}
    checkpoint.put(tensors, "model.", model:state_dict())
    if rawget(model, "optimizer") then checkpoint.put(tensors, "optimizer.", model.optimizer:state_dict()) end
    checkpoint.write(path, tensors, data)
    return model
end

--- keras.load_model(path, {custom = {Net = Net}}): the network, compiled as it was.
function saving.load(path, options)
    local tensors, data = checkpoint.read(path)
    if data.format ~= 1 then lun.fail("load_model", path .. " holds no network of keras", "model:save(path) writes one",
            "format") end
    local model = restore(data.architecture, tensors, options and options.custom or {})
    if not model.compile then lun.fail("load_model", path .. " holds no network of keras", "model:save(path) writes one",
            "format") end
    model:load_state_dict(checkpoint.take(tensors, "model."))
    rawset(model, "_ready", true)
    if data.compiled then compile_again(model, data.compiled, checkpoint.take(tensors, "optimizer.")) end
    return model
end

return saving
