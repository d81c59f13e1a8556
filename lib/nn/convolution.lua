-- convolution.lua - convolutions and transposed convolutions of 1, 2 and 3 dims
--
-- Names, initialisation and numerics are PyTorch's. Read next: lib/nn/define.lua. SPDX-License-Identifier: MIT
local lun = require "lunette"
local define = require "lunette.nn.define"
local init = require "lunette.nn.init"

local convolution = {}

local padding_modes = {zeros = "constant", reflect = "reflect", replicate = "replicate", circular = "circular"}

local function each(value, d) return type(value) == "table" and value[d] or value end

local function check(self, name, dims)
    if self.in_channels % self.groups ~= 0 or self.out_channels % self.groups ~= 0 then
        lun.fail("nn." .. name, ("%d and %d channels cannot be split into %d groups"):format(self.in_channels, self.out_channels, self.groups),
                 "groups divides both numbers of channels")
    end
    for _, field in ipairs {"kernel_size", "stride", "padding", "dilation", "output_padding"} do
        local value = rawget(self, field)
        if type(value) == "table" and #value ~= dims then
            lun.fail("nn." .. name, ("%s needs %d numbers, got %d"):format(field, dims, #value), "one number stands for all dims")
        end
    end
    if not padding_modes[self.padding_mode] then
        lun.fail("nn." .. name, ("padding_mode must be zeros, reflect, replicate or circular, got %s"):format(self.padding_mode),
                 ('lun.nn.%s(3, 4, 3, {padding_mode = "reflect"})'):format(name))
    end
    local kernel = {}
    for d = 1, dims do kernel[d] = each(self.kernel_size, d) end
    self.kernel_size = kernel
end

local function weights(self, biased, ...)
    self.weight = lun.empty(...):requires_grad_()
    self.bias = nil
    if biased then self.bias = lun.empty(self.out_channels):requires_grad_() end
    init.default(self)
end

-- How much lies before and after each dim, last dim first, as pad wants it.
local function sides(self, dims)
    local list = {}
    for d = dims, 1, -1 do
        local before, after = each(self.padding, d), each(self.padding, d)
        if self.padding == "same" then
            local total = each(self.dilation, d) * (self.kernel_size[d] - 1)
            before, after = total // 2, total - total // 2
        elseif self.padding == "valid" then
            before, after = 0, 0
        end
        list[#list + 1], list[#list + 2] = before, after
    end
    return list
end

local function extra(self)
    return ("%d -> %d, kernel %s"):format(self.in_channels, self.out_channels, table.concat(self.kernel_size, "x"))
end

local function conv(name, dims)
    local op = ("conv%dd"):format(dims)
    local Conv = define.class(name, "in_channels:count out_channels:count kernel_size:counts stride:counts=1 padding:padding=0 "
                              .. "dilation:counts=1 groups:count=1 bias:bool=true padding_mode:string=zeros", function(self, values)
        check(self, name, dims)
        weights(self, values.bias, self.out_channels, self.in_channels // self.groups, table.unpack(self.kernel_size))
    end)
    function Conv:forward(x)
        local padding = self.padding
        if self.padding_mode ~= "zeros" then
            x, padding = lun.pad(x, sides(self, dims), padding_modes[self.padding_mode]), 0
        end
        return lun[op](x, self.weight, self.bias, self.stride, padding, self.dilation, self.groups)
    end
    Conv.extra = extra
    convolution[name] = Conv
end

-- The output_padding that gives the wanted size.
local function wanted_padding(self, name, x, output_size, dims)
    local list, offset = {}, #output_size - dims
    for d = 1, dims do
        local stride, size = each(self.stride, d), output_size[d + offset]
        local least = (x:size(x.ndim - dims + d) - 1) * stride - 2 * each(self.padding, d) + each(self.dilation, d) * (self.kernel_size[d] - 1) + 1
        if not size or size < least or size > least + stride - 1 then
            lun.fail("nn." .. name, ("output_size %s of dim %d is outside %d..%d"):format(tostring(size), d, least, least + stride - 1),
                     "choose the sizes among those", "shape")
        end
        list[d] = size - least
    end
    return list
end

local function transposed(name, dims)
    local op = ("conv_transpose%dd"):format(dims)
    local Conv = define.class(name, "in_channels:count out_channels:count kernel_size:counts stride:counts=1 padding:sizes=0 "
                              .. "output_padding:sizes=0 groups:count=1 bias:bool=true dilation:counts=1 padding_mode:string=zeros",
    function(self, values)
        check(self, name, dims)
        if self.padding_mode ~= "zeros" then
            lun.fail("nn." .. name, "a transposed convolution pads with zeros only, got " .. self.padding_mode, ("lun.nn.%s(3, 4, 3)"):format(name))
        end
        weights(self, values.bias, self.in_channels, self.out_channels // self.groups, table.unpack(self.kernel_size))
    end)
    --- output_size chooses among the sizes that a stride above 1 leaves open.
    function Conv:forward(x, output_size)
        local padding = output_size and wanted_padding(self, name, x, output_size, dims) or self.output_padding
        return lun[op](x, self.weight, self.bias, self.stride, self.padding, padding, self.groups, self.dilation)
    end
    Conv.extra = extra
    convolution[name] = Conv
end

for d = 1, 3 do
    conv(("Conv%dd"):format(d), d)
    transposed(("ConvTranspose%dd"):format(d), d)
end

return convolution
