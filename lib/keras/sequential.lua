-- sequential.lua - keras.Sequential {layer, layer, ...}: layers one after the other
--
-- Takes layers of keras and modules of nn; an Input first tells the shape, so that all weights are there at once. Without one
-- they are made when the first data comes. Read next: lib/keras/model.lua. SPDX-License-Identifier: MIT
local lun = require "lunette"
local Module = require "lunette.nn.module"
local Model = require "lunette.keras.model"
local graph = require "lunette.keras.graph"

local Sequential = Model:extend "Sequential"

function Sequential:init(list)
    if list == nil then list = {} end
    if type(list) ~= "table" or Module.is_module(list) then
        lun.fail("keras.Sequential", "expected a list of layers", "lun.keras.Sequential {lun.keras.layers.Dense(10)}")
    end
    for i, item in ipairs(list) do
        if i == 1 and graph.is_symbolic(item) then
            self.input = {shape = item.shape, dtype = item.dtype, name = item.name}
        else
            self:add(item)
        end
    end
    if self.input and #list > 1 then self:build() end
end

--- Appends a layer and returns the network.
function Sequential:add(layer)
    if not Module.is_module(layer) then
        lun.fail("keras.Sequential", ("layer %d is %s, not a layer"):format(#self._module_names + 1, type(layer) == "table"
                and "a table" or tostring(layer)),
                 "lun.keras.layers.Dense(10), or a module of nn; an Input stands first")
    end
    self[#self._module_names + 1] = layer
    return self
end

--- Makes the weights for the input that was told, without compute.
function Sequential:build()
    graph.dry(function() return self(graph.sample(self.input)) end)
    return self
end

function Sequential:input_samples()
    return self.input and graph.dry(function() return graph.sample(self.input) end) or nil
end

function Sequential:forward(x)
    for i = 1, #self._module_names do x = (self[i](x)) end
    return x
end

return Sequential
