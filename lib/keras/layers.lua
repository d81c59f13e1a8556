-- layers.lua - Keras's layers, each a module of nn that is made when the first input tells its sizes
--
-- A row: class, arguments as lib/nn/define.lua reads them, make(self, x) for the module inside, call for what is not that
-- module alone. Weights begin as Keras's (Glorot, zeros, orthogonal). Pictures are [n, channels, height, width], sequences for
-- LSTM and GRU [n, steps, features]. Holds: a layer of a graph is called on nodes and gives a node. Read next:
-- lib/nn/define.lua, lib/keras/graph.lua. SPDX-License-Identifier: MIT
local lun = require "lunette"
local core = require "lunette.train_core"
local define = require "lunette.nn.define"
local Module = require "lunette.nn.module"
local nn = require "lunette.nn"
local graph = require "lunette.keras.graph"
local layers = {}

-- ---- what all layers share ----

local function activated(self, x)
    local f = rawget(self, "activation")
    if f == nil or f == "linear" then return x end
    if type(f) ~= "string" then return f(x) end
    if f == "softmax" then return x:softmax(x.ndim == 2 and 2 or self.class_dim or -1) end
    return lun[f](x)
end

-- Makes the module inside, with weights that are computed also in a dry run.
local function build(self, row, x)
    local _ <close> = core.dry(false)
    local sizes = {}
    lun.enable_grad(function()
        if lun.is_tensor(x) then
            for d, size in ipairs(x.shape) do sizes[d] = size end
            self._built = {shape = sizes, dtype = x.dtype}
        else
            self._built = {}
        end
        if row.make then self.layer = row.make(self, x) end
    end)
    if self.layer then
        if not self.training then self.layer:eval() end
        if lun.is_tensor(x) and x.dtype == "float64" then self.layer:double() end
        if lun.is_tensor(x) and x.device ~= "cpu" then self.layer:to(x.device) end
    end
end

local function check_rank(row, x)
    if not row.rank then return end
    if not lun.is_tensor(x) or x.ndim < row.rank[1] or x.ndim > (row.rank[2] or row.rank[1]) then
        lun.fail("keras.layers." .. row[1], ("the input must be %s, got %s"):format(row.rank.text,
                 lun.is_tensor(x) and ("[%s]"):format(table.concat(x.shape, ","))
                         or type(x)), row.rank.hint or "x.shape shows the sizes", "shape")
    end
end

-- A layer that was made for other sizes says so by its own name.
local function check_features(self, row, x)
    local dim = row.features
    local built = self._built
    if not dim or not built or not built.shape or #built.shape ~= x.ndim then return end
    local wanted = built.shape[dim > 0 and dim or x.ndim + 1 + dim]
    if x:size(dim) ~= wanted then
        lun.fail("keras.layers." .. row[1], ("it was made for inputs with %d in dim %d, got [%s]"):format(wanted, dim > 0
                and dim or x.ndim + 1 + dim,
                 table.concat(x.shape, ",")), "make a new network for data of another size", "shape")
    end
end

local function layer(row)
    local text = (row[2] or "") .. (row.activation and " activation:activation?" or "") .. " * name:string?"
    local Class = define.class("keras.layers." .. row[1], text, row.init and function(self, values) row.init(self, values) end)
    function Class:forward(x, ...)
        check_rank(row, x)
        if not rawget(self, "_built") then build(self, row, x) else check_features(self, row, x) end
        local y
        if row.call then y = row.call(self, x, ...) else y = self.layer(x) end
        return activated(self, y)
    end
    function Class:build(x)
        if not rawget(self, "_built") then build(self, row, x) end
        return self
    end
    Class.class_dim = row.class_dim
    Class.__call = function(self, x, ...)
        if graph.is_symbolic(x) then return graph.call(self, x) end
        return Module.__call(self, x, ...)
    end
    layers[row[1]] = Class
    return Class
end

-- ---- Dense and friends ----

local function glorot(module)
    nn.init.xavier_uniform_(module.weight)
    if module.bias then nn.init.zeros_(module.bias) end
    return module
end

layer {"Dense", "units:count use_bias:bool=true", activation = true, features = -1,
        rank = {2, 9, text = "[n, features] or [n, ..., features]"},
       make = function(self, x) return glorot(nn.Linear(x:size(-1), self.units, {bias = self.use_bias})) end}
layer {"Embedding", "input_dim:count output_dim:count",
       make = function(self) local e = nn.Embedding(self.input_dim, self.output_dim) nn.init.uniform_(e.weight, -0.05,
               0.05) return e end}
layer {"Flatten", "", call = function(_, x) return x:flatten(2) end}
layer {"Reshape", "target_shape:sizes", call = function(self, x)
    local shape = type(self.target_shape) == "table" and self.target_shape or {self.target_shape}
    return x:reshape(x:size(1), table.unpack(shape))
end}
layer {"Permute", "dims:counts", call = function(self, x)
    local order = {1}
    for i, d in ipairs(self.dims) do order[i + 1] = d + 1 end
    return x:permute(order)
end}
layer {"Activation", "", activation = true, call = function(_, x) return x end, init = function(self)
    if rawget(self, "activation") == nil then lun.fail("keras.layers.Activation", "which one?",
            'lun.keras.layers.Activation {activation = "relu"}') end
end}
layer {"Dropout", "rate:chance", call = function(self, x) return lun.dropout(x, self.rate, self.training) end}
layer {"SpatialDropout2D", "rate:chance", rank = {4, text = "[n, channels, height, width]"},
       call = function(self, x) return lun.dropout2d(x, self.rate, self.training) end}
layer {"Rescaling", "scale:num offset:num=0", call = function(self, x)
    return (x:is_floating_point() and x or x:float()) * self.scale + self.offset
end}
layer {"Lambda", "f:callable", call = function(self, x) return self.f(x) end}

-- ---- convolution and pooling ----

local pictures = {"[n, channels, steps]", "[n, channels, height, width]", "[n, channels, depth, height, width]"}

local function each(v, d) return type(v) == "table" and v[d] or v end

-- "same" with steps above 1: as many zeros as make ceil(size / step) results, the odd one behind.
local function same_sides(self, x, d)
    local sides = {}
    for k = d, 1, -1 do
        local size, step = x:size(k + 2), each(self.strides, k)
        local reach = (each(self.kernel_size, k) - 1) * each(self.dilation_rate, k) + 1
        local total = math.max(((size + step - 1) // step - 1) * step + reach - size, 0)
        sides[#sides + 1], sides[#sides + 2] = total // 2, total - total // 2
    end
    return sides
end

local function padding_of(self)
    if self.padding == "same" or self.padding == "valid" then return self.padding end
    lun.fail("keras.layers.Conv", ('padding must be "same" or "valid", got %s'):format(tostring(self.padding)),
            '{padding = "same"}')
end

for d = 1, 3 do
    local rank = {d + 2, text = pictures[d], hint = "x:unsqueeze(2) adds the dim of one channel"}
    layer {("Conv%dD"):format(d), 'filters:count kernel_size:counts strides:counts=1 padding:string=valid dilation_rate:counts=1 groups:count=1 '
           .. "use_bias:bool=true", activation = true, rank = rank, features = 2, class_dim = 2, init = padding_of,
        make = function(self, x)
            return glorot(nn[("Conv%dd"):format(d)](x:size(2), self.filters, self.kernel_size, {stride = self.strides,
                    dilation = self.dilation_rate,
                          groups = self.groups, bias = self.use_bias}))
        end,
        call = function(self, x)
            if self.padding == "same" then x = lun.pad(x, same_sides(self, x, d)) end
            return self.layer(x)
        end}
    for kind, class in pairs {MaxPooling = "MaxPool", AveragePooling = "AvgPool"} do
        layer {("%s%dD"):format(kind, d), "pool_size:counts=2 strides:counts?", rank = rank,
               make = function(self) return nn[("%s%dd"):format(class, d)](self.pool_size, {stride = rawget(self, "strides")
                       or self.pool_size}) end}
    end
end
layer {"GlobalAveragePooling2D", "", rank = {4, text = pictures[2]}, call = function(_, x) return x:mean({3, 4}) end}
layer {"GlobalMaxPooling2D", "", rank = {4, text = pictures[2]}, call = function(_, x) return x:amax({3, 4}) end}
layer {"UpSampling2D", "size:counts=2", rank = {4, text = pictures[2]},
        make = function(self) return nn.Upsample {scale_factor = self.size} end}
layer {"ZeroPadding2D", "padding:sizes=1", rank = {4, text = pictures[2]},
        make = function(self) return nn.ZeroPad2d(self.padding) end}

-- ---- normalisation ----

layer {"BatchNormalization", "momentum:num=0.99 epsilon:num=0.001", features = 2, make = function(self, x)
    local d = math.max(x.ndim - 2, 1)
    return nn[("BatchNorm%dd"):format(d)](x:size(2), {momentum = 1 - self.momentum, eps = self.epsilon})
end}
layer {"LayerNormalization", "epsilon:num=0.001", features = -1, make = function(self, x) return nn.LayerNorm(x:size(-1),
        {eps = self.epsilon}) end}

-- ---- sequences ----

local function recurrent(name, class)
    layer {name, "units:count return_sequences:bool=false bidirectional:bool=false dropout:chance=0", features = -1,
           rank = {3, text = "[n, steps, features]", hint = "an Embedding gives that of ids"},
        make = function(self, x)
            local net = nn[class](x:size(-1), self.units, {batch_first = true, bidirectional = self.bidirectional})
            for _, pair in ipairs(net:named_parameters()) do
                local start = pair[1]:find "^bias" and nn.init.zeros_ or pair[1]:find "_hh" and nn.init.orthogonal_
                        or nn.init.xavier_uniform_
                start(pair[2])
                if class == "LSTM" and pair[1]:find "^bias_ih" then -- a forget gate that begins open
                    lun.no_grad(function() pair[2]:narrow(1, self.units + 1, self.units):fill_(1) end)
                end
            end
            return net
        end,
        call = function(self, x)
            if self.dropout > 0 then x = lun.dropout(x, self.dropout, self.training) end
            local out = self.layer(x)
            if self.return_sequences then return out end
            if not self.bidirectional then return out:select(2, -1) end
            local n = self.units
            return lun.cat({out:select(2, -1):narrow(2, 1, n), out:select(2, 1):narrow(2, n + 1, n)}, 2)
        end}
end
recurrent("LSTM", "LSTM")
recurrent("GRU", "GRU")
recurrent("SimpleRNN", "RNN")
layer {"GlobalAveragePooling1D", "", rank = {3, text = "[n, steps, features]"}, call = function(_, x) return x:mean(2) end}
layer {"GlobalMaxPooling1D", "", rank = {3, text = "[n, steps, features]"}, call = function(_, x) return x:amax(2) end}

-- ---- several inputs ----

local function check_several(self, list)
    if type(list) == "table" and #list > 0 then return list end
    lun.fail("keras.layers." .. self.__name, "it takes a list of inputs, got one",
            ("lun.keras.layers.%s() {a, b}"):format(self.__name))
end

local function fold(f)
    return function(self, list)
        check_several(self, list)
        local y = list[1]
        for i = 2, #list do y = f(y, list[i]) end
        return y
    end
end
layer {"Concatenate", "axis:int=-1", call = function(self, list) return lun.cat(check_several(self, list), self.axis) end}
layer {"Add", "", call = fold(function(a, b) return a + b end)}
layer {"Multiply", "", call = fold(function(a, b) return a * b end)}
layer {"Subtract", "", call = fold(function(a, b) return a - b end)}
layer {"Maximum", "", call = fold(function(a, b) return lun.maximum(a, b) end)}
layer {"Average", "", call = function(self, list) return fold(function(a, b) return a + b end)(self, list) / #list end}

layers.Input = graph.Input

return setmetatable(layers, {__index = function(_, name)
    local list = {}
    for known in next, layers do list[#list + 1] = known end
    table.sort(list)
    lun.fail("keras.layers", ("no layer '%s'; there are: %s"):format(tostring(name), table.concat(list, " ")),
            "a module of nn does as well: lun.nn.ReLU()", "name")
end})
