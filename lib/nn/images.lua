-- images.lua - pooling, padding, resizing and rearranging as modules: one row each
--
-- A row: class, op, arguments as lib/nn/define.lua reads them; families for 1, 2 and 3 dims are made by a loop.
-- Read next: lib/nn/define.lua. SPDX-License-Identifier: MIT
local lun = require "lunette"
local define = require "lunette.nn.define"

local images = {}

-- class and op end in "1d", "2d", "3d"
local families = {
    {"MaxPool", "max_pool", "kernel_size:counts stride:counts? padding:sizes=0 dilation:counts=1 return_indices:bool=false ceil_mode:bool=false"},
    {"AdaptiveAvgPool", "adaptive_avg_pool", "output_size:outputs"},
    {"AdaptiveMaxPool", "adaptive_max_pool", "output_size:outputs return_indices:bool=false"},
    {"LPPool", "lp_pool", "norm_type:num kernel_size:counts stride:counts? ceil_mode:bool=false"},
    {"MaxUnpool", "max_unpool", "kernel_size:counts stride:counts? padding:sizes=0", inputs = {"indices", "output_size"}},
}

local fractional = "kernel_size:counts output_size:counts? output_ratio:numbers? return_indices:bool=false _random_samples:tensor?"

local function given_samples(_, options) options.random_samples, options._random_samples = options._random_samples, nil end

-- output sizes that are false stay the input's
local function kept_sizes(self, options, x)
    if type(self.output_size) ~= "table" then return end
    local sizes = {}
    for i, size in ipairs(self.output_size) do sizes[i] = size or x:size(x.ndim - #self.output_size + i) end
    options.output_size = sizes
end

local rows = {
    {"AvgPool1d", "avg_pool1d", "kernel_size:counts stride:counts? padding:sizes=0 ceil_mode:bool=false count_include_pad:bool=true"},
    {"FractionalMaxPool2d", "fractional_max_pool2d", fractional, more = given_samples},
    {"FractionalMaxPool3d", "fractional_max_pool3d", fractional, more = given_samples},
    {"Fold", "col2im", "output_size:counts kernel_size:counts dilation:counts=1 padding:sizes=0 stride:counts=1"},
    {"Unfold", "im2col", "kernel_size:counts dilation:counts=1 padding:sizes=0 stride:counts=1"},
    {"Upsample", "interpolate",
     "size:counts? scale_factor:numbers? mode:string=nearest align_corners:bool? recompute_scale_factor:bool?"},
    {"UpsamplingNearest2d", "interpolate", "size:counts? scale_factor:numbers?", fixed = {mode = "nearest"}},
    {"UpsamplingBilinear2d", "interpolate", "size:counts? scale_factor:numbers?", fixed = {mode = "bilinear", align_corners = true}},
    {"PixelShuffle", "pixel_shuffle", "upscale_factor:count"},
    {"PixelUnshuffle", "pixel_unshuffle", "downscale_factor:count"},
    {"ChannelShuffle", "channel_shuffle", "groups:count"},
    {"LocalResponseNorm", "local_response_norm", "size:count alpha:num=1e-4 beta:num=0.75 k:num=1"},
}

for _, family in ipairs(families) do
    for d = 1, 3 do
        rows[#rows + 1] = {family[1] .. d .. "d", family[2] .. d .. "d", family[3], inputs = family.inputs,
                           more = family[1]:find "^Adaptive" and kept_sizes or nil}
    end
end
for d = 2, 3 do
    rows[#rows + 1] = {("AvgPool%dd"):format(d), ("avg_pool%dd"):format(d), "kernel_size:counts stride:counts? padding:sizes=0 "
                       .. "ceil_mode:bool=false count_include_pad:bool=true divisor_override:count?"}
end
for _, row in ipairs(rows) do images[row[1]] = define.op(row) end

-- ---- padding: a number for every side, or {left, right, top, bottom, front, back} ----

local function padding_class(name, dims, mode, value)
    local arguments = "padding:sizes" .. (value and " value:num" or "")
    local Pad = define.class(name, arguments, function(self, values)
        local sides = values.padding
        if type(sides) ~= "table" then
            sides = {}
            for i = 1, 2 * dims do sides[i] = values.padding end
        end
        if #sides ~= 2 * dims then
            lun.fail("nn." .. name, ("padding needs %d numbers, got %d"):format(2 * dims, #sides),
                     ("lun.nn.%s(1%s)"):format(name, value and ", 0" or ""))
        end
        self.padding = sides
    end)
    function Pad:forward(x)
        if mode == "constant" then return lun.pad(x, self.padding, mode, rawget(self, "value") or 0) end
        return lun.pad(x, self.padding, mode)
    end
    images[name] = Pad
end

for d = 1, 3 do
    padding_class(("ConstantPad%dd"):format(d), d, "constant", true)
    padding_class(("ZeroPad%dd"):format(d), d, "constant")
    padding_class(("ReflectionPad%dd"):format(d), d, "reflect")
    padding_class(("ReplicationPad%dd"):format(d), d, "replicate")
    padding_class(("CircularPad%dd"):format(d), d, "circular")
end

return images
