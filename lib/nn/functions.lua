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

for _, row in ipairs(activations) do
    local name, op = row[1], row[2]
    local Activation = Module:extend(name)
    function Activation:init(...)
        local given = {...}
        self.arguments = {}
        for i = 3, #row do
            local value = given[i - 2]
            if type(given[1]) == "table" then value = given[1][row[i][1]] end
            self.arguments[i - 2] = value == nil and row[i][2] or value
        end
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
    {"BCEWithLogitsLoss", "bce_with_logits", "weight reduction pos_weight"},
}

for _, row in ipairs(losses) do
    local name, op, names = row[1], row[2], row[3]
    local Loss = Module:extend(name)
    function Loss:init(options)
        self.options = {}
        for key, value in pairs(options or {}) do
            if not (" " .. names .. " "):find(" " .. tostring(key) .. " ", 1, true) then
                error(("nn.%s: no option '%s'; it takes: %s"):format(name, tostring(key), names), 3)
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
