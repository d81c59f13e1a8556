-- functions.lua - activations and losses as modules, made from tables: one row each
--
-- Read next: lib/nn/module.lua. SPDX-License-Identifier: MIT
local lun = require "lunette"
local Module = require "lunette.nn.module"

local functions = {}

-- name, op, argument names with defaults in the order of the op
local activations = {
    {"ReLU", "relu"}, {"GELU", "gelu"}, {"SiLU", "silu"}, {"Sigmoid", "sigmoid"}, {"Tanh", "tanh"},
    {"ELU", "elu", {"alpha", 1}}, {"LeakyReLU", "leaky_relu", {"negative_slope", 0.01}},
    {"Softplus", "softplus", {"beta", 1}, {"threshold", 20}},
    {"Softmax", "softmax", {"dim", -1}}, {"LogSoftmax", "log_softmax", {"dim", -1}},
}

local function check_names(class, named, row)
    for key in pairs(named or {}) do
        local known, names = false, {}
        for i = 3, #row do
            names[i - 2] = row[i][1]
            known = known or key == row[i][1]
        end
        if not known then
            lun.fail("nn." .. class, ("no option '%s'; it takes: %s"):format(tostring(key), #names > 0 and table.concat(names, ", ") or "none"),
                     ("lun.nn.%s()"):format(class), "name")
        end
    end
end

for _, row in ipairs(activations) do
    local name, op = row[1], row[2]
    local Activation = Module:extend(name)
    function Activation:init(...)
        local given = {...}
        self.arguments = {}
        local named = type(given[1]) == "table" and given[1] or nil
        for i = 3, #row do
            local value = given[i - 2]
            if named then value = named[row[i][1]] end
            if value == nil then value = row[i][2] end
            if type(value) ~= "number" then
                lun.fail("nn." .. name, ("%s must be a number, got %s"):format(row[i][1], tostring(value)),
                         ("lun.nn.%s{%s = %s}"):format(name, row[i][1], row[i][2]))
            end
            self.arguments[i - 2] = value
        end
        check_names(name, named, row)
    end
    function Activation:forward(x) return lun[op](x, table.unpack(self.arguments)) end
    function Activation:extra()
        local parts = {}
        for i, value in ipairs(self.arguments) do parts[i] = ("%s = %s"):format(row[i + 2][1], value) end
        return table.concat(parts, ", ")
    end
    functions[name] = Activation
end

-- name, op, options it takes
local losses = {
    {"CrossEntropyLoss", "cross_entropy", "weight ignore_index reduction label_smoothing"},
    {"NLLLoss", "nll_loss", "weight ignore_index reduction"},
    {"MSELoss", "mse_loss", "reduction"},
    {"L1Loss", "l1_loss", "reduction"},
    {"SmoothL1Loss", "smooth_l1_loss", "reduction beta"},
    {"BCEWithLogitsLoss", "binary_cross_entropy_with_logits", "weight reduction pos_weight"},
}

for _, row in ipairs(losses) do
    local name, op, names = row[1], row[2], row[3]
    local Loss = Module:extend(name)
    function Loss:init(options)
        self.options = {}
        if options ~= nil and type(options) ~= "table" then
            lun.fail("nn." .. name, "options go into a table, got " .. tostring(options), ("lun.nn.%s{reduction = \"sum\"}"):format(name))
        end
        for key, value in pairs(options or {}) do
            if not (" " .. names .. " "):find(" " .. tostring(key) .. " ", 1, true) then
                lun.fail("nn." .. name, ("no option '%s'; it takes: %s"):format(tostring(key), (names:gsub(" ", ", "))),
                         ("lun.nn.%s{reduction = \"sum\"}"):format(name), "name")
            end
            if key == "reduction" and value ~= "mean" and value ~= "sum" and value ~= "none" then
                lun.fail("nn." .. name, ("reduction must be mean, sum or none, got %s"):format(tostring(value)),
                         ("lun.nn.%s{reduction = \"sum\"}"):format(name))
            end
            if lun.is_tensor(value) then self:register_buffer(key, value) else self.options[key] = value end
        end
    end
    function Loss:forward(input, target)
        local options = {}
        for key, value in pairs(self.options) do options[key] = value end
        for _, key in ipairs(self._buffer_names) do options[key] = self[key] end
        return lun[op](input, target, options)
    end
    functions[name] = Loss
end

return functions
