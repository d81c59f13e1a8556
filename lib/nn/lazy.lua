-- lazy.lua - modules whose number of input features or channels is the first input's
--
-- LazyConv2d(8, 3) is a Conv2d from its first call on, class and all. It has no parameters before that, so the optimiser is
-- made afterwards. Holds: the weights begin as those of the plain class. Read next: lib/nn/define.lua.
-- SPDX-License-Identifier: MIT
local lun = require "lunette"
local core = require "lunette.train_core"
local Module = require "lunette.nn.module"
local define = require "lunette.nn.define"
local layers = require "lunette.nn.layers"
local convolution = require "lunette.nn.convolution"
local normalisation = require "lunette.nn.normalisation"

local lazy = {}

-- Class with the argument `missing` read from dim `dim` of the first input; 1 + d dims are the least that it takes.
local function define_lazy(Class, missing, dim, least)
    local name = "Lazy" .. Class.__name
    local spec = {}
    for _, p in ipairs(Class.spec) do
        if p.name ~= missing then spec[#spec + 1] = p end
    end
    local Lazy = Module:extend(name)
    Lazy.spec = spec
    function Lazy:init(...)
        for key, v in pairs(define.arguments(name, spec, ...)) do rawset(self, key, v) end
    end
    function Lazy:extra() return define.extra(self, spec) end
    function Lazy:forward(x, ...)
        if not lun.is_tensor(x) or x.ndim < least then
            lun.fail("nn." .. name, ("the input needs at least %d dim%s"):format(least, least > 1 and "s" or ""),
                    "x:unsqueeze(1)", "shape")
        end
        local values, was = {[missing] = x:size(dim)}, self.training
        for _, p in ipairs(spec) do
            values[p.name] = rawget(self, p.name)
            rawset(self, p.name, nil)
        end
        setmetatable(self, Class)
        do
            local _ <close> = core.dry(false)
            lun.enable_grad(function() Class.init(self, values) end)
            self._arguments = table.pack(values)
            self.training = was
            if x.dtype ~= "float32" and x:is_floating_point() then self:to(x.dtype) end
            if x.device ~= "cpu" then self:to(x.device) end
        end
        return self:forward(x, ...)
    end
    lazy[name] = Lazy
end

define_lazy(layers.Linear, "in_features", -1, 1)
for d = 1, 3 do
    define_lazy(convolution[("Conv%dd"):format(d)], "in_channels", -1 - d, d + 1)
    define_lazy(convolution[("ConvTranspose%dd"):format(d)], "in_channels", -1 - d, d + 1)
    define_lazy(normalisation[("BatchNorm%dd"):format(d)], "num_features", 2, 2)
    define_lazy(normalisation[("InstanceNorm%dd"):format(d)], "num_features", -1 - d, d + 1)
end

return lazy
