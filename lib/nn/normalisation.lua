-- normalisation.lua - batch, instance, group, layer and root-mean-square normalisation
--
-- Names, initialisation and numerics are PyTorch's; the running statistics are buffers. Read next: lib/nn/define.lua. SPDX-License-Identifier: MIT
local lun = require "lunette"
local define = require "lunette.nn.define"

local normalisation = {}

local function affine(self, wanted, biased, sizes)
    self.bias = nil
    if not wanted then return end
    self.weight = lun.ones(sizes):requires_grad_()
    if biased then self.bias = lun.zeros(sizes):requires_grad_() end
end

local function statistics(self, n)
    self:register_buffer("running_mean", lun.zeros(n))
    self:register_buffer("running_var", lun.ones(n))
    self:register_buffer("num_batches_tracked", lun.tensor(0))
end

local function check_dims(name, x, dims)
    if dims[x.ndim] then return end
    lun.fail("nn." .. name, ("an input with %d dims does not fit; it takes %s"):format(x.ndim, dims.text),
             x.ndim < dims.least and "x:unsqueeze(1) adds a dim in front" or "x:flatten(2) joins all dims but the first", "shape")
end

local takes = {{"[N, C] or [N, C, L]", 2, 3, "[C, L] or [N, C, L]"}, {"[N, C, H, W]", 4, 4, "[C, H, W] or [N, C, H, W]"},
               {"[N, C, D, H, W]", 5, 5, "[C, D, H, W] or [N, C, D, H, W]"}}

local function batch_norm(d)
    local name, take = ("BatchNorm%dd"):format(d), takes[d]
    local dims = {[take[2]] = true, [take[3]] = true, least = take[2], text = take[1]}
    local Norm = define.class(name, "num_features:count eps:num=1e-5 momentum:momentum=0.1 affine:bool=true "
                              .. "track_running_stats:bool=true * bias:bool=true",
    function(self, values)
        affine(self, values.affine, values.bias, {self.num_features})
        if values.track_running_stats then statistics(self, self.num_features) end
    end)
    function Norm:forward(x)
        check_dims(name, x, dims)
        if (self.running_mean or self.weight) and x:size(2) ~= self.num_features then
            lun.fail("nn." .. name, ("the input must have %d channels in dim 2, got [%s]"):format(self.num_features, table.concat(x.shape, ",")),
                     ("lun.nn.%s(%d)"):format(name, x:size(2)), "shape")
        end
        local momentum = self.momentum
        if self.training and self.num_batches_tracked then
            lun.no_grad(function() self.num_batches_tracked:add_(1) end)
            momentum = momentum or 1 / self.num_batches_tracked:item()
        end
        local training = self.training or not self.running_mean
        return lun.batch_norm(x, self.running_mean, self.running_var, self.weight, self.bias, training, momentum or 0, self.eps)
    end
    normalisation[name] = Norm
end

local function instance_norm(d)
    local name, take = ("InstanceNorm%dd"):format(d), takes[d]
    local dims = {[d + 1] = true, [d + 2] = true, least = d + 1, text = take[4]}
    local Norm = define.class(name, "num_features:count eps:num=1e-5 momentum:num=0.1 affine:bool=false "
                              .. "track_running_stats:bool=false * bias:bool=true",
    function(self, values)
        affine(self, values.affine, values.bias, {self.num_features})
        if values.track_running_stats then statistics(self, self.num_features) end
    end)
    function Norm:forward(x)
        check_dims(name, x, dims)
        local use_input = self.training or not self.running_mean
        local y = x.ndim == d + 1 and x:unsqueeze(1) or x
        y = lun.instance_norm(y, self.running_mean, self.running_var, self.weight, self.bias, use_input, self.momentum, self.eps)
        return x.ndim == d + 1 and y:squeeze(1) or y
    end
    normalisation[name] = Norm
end

for d = 1, 3 do
    batch_norm(d)
    instance_norm(d)
end

--- Normalises num_groups groups of channels: [N, C, *].
local GroupNorm = define.class("GroupNorm", "num_groups:count num_channels:count eps:num=1e-5 affine:bool=true * bias:bool=true",
function(self, values)
    if self.num_channels % self.num_groups ~= 0 then
        lun.fail("nn.GroupNorm", ("%d channels cannot be split into %d groups"):format(self.num_channels, self.num_groups), "lun.nn.GroupNorm(2, 4)")
    end
    affine(self, values.affine, values.bias, {self.num_channels})
end)
function GroupNorm:forward(x) return lun.group_norm(x, self.num_groups, self.weight, self.bias, self.eps) end
normalisation.GroupNorm = GroupNorm

local function as_list(self)
    if type(self.normalized_shape) ~= "table" then self.normalized_shape = {self.normalized_shape} end
end

--- Normalises the last dims, whose sizes are given: nn.LayerNorm(64) or nn.LayerNorm({8, 8}).
local LayerNorm = define.class("LayerNorm", "normalized_shape:counts eps:num=1e-5 elementwise_affine:bool=true bias:bool=true", function(self, values)
    as_list(self)
    affine(self, values.elementwise_affine, values.bias, self.normalized_shape)
end)
function LayerNorm:forward(x) return lun.layer_norm(x, self.normalized_shape, self.weight, self.bias, self.eps) end
normalisation.LayerNorm = LayerNorm

--- Divides by the root mean square over the last dims; nothing is subtracted.
local RMSNorm = define.class("RMSNorm", "normalized_shape:counts eps:num? elementwise_affine:bool=true", function(self, values)
    as_list(self)
    affine(self, values.elementwise_affine, false, self.normalized_shape)
end)
function RMSNorm:forward(x) return lun.rms_norm(x, self.normalized_shape, self.weight, self.eps) end
normalisation.RMSNorm = RMSNorm

return normalisation
