-- class_losses.lua - losses over many classes that hold the layer before them: AdaptiveLogSoftmaxWithLoss, LinearCrossEntropyLoss
--
-- Holds: classes count from 1, names of parameters are PyTorch's. Read next: lib/nn/functions.lua. SPDX-License-Identifier: MIT
local lun = require "lunette"
local define = require "lunette.nn.define"
local containers = require "lunette.nn.containers"
local Linear = require("lunette.nn.layers").Linear

local losses = {}

-- ---- frequent classes in a head, rare ones in clusters behind it ----

local function check_cutoffs(cutoffs, n_classes)
    local last = 0
    for _, c in ipairs(type(cutoffs) == "table" and cutoffs or { cutoffs }) do
        if c <= last or c >= n_classes then
            lun.fail("nn.AdaptiveLogSoftmaxWithLoss",
                     ("cutoffs must rise and lie between 1 and n_classes - 1 = %d, got %s"):format(n_classes - 1, c),
                     "lun.nn.AdaptiveLogSoftmaxWithLoss(64, 1000, {20, 200})")
        end
        last = c
    end
    return type(cutoffs) == "table" and table.move(cutoffs, 1, #cutoffs, 1, {}) or { cutoffs }
end

--- Classes sorted by frequency: the first cutoffs[1] stand in the head, the others in clusters that end at each further cutoff, whose
--- layers shrink by div_value from one to the next. A call gives the log-probability of each target's class, and the mean loss.
local Adaptive = define.class("AdaptiveLogSoftmaxWithLoss",
    "in_features:count n_classes:count cutoffs:counts div_value:num=4 head_bias:bool=false",
    function(self, values)
        self.cutoffs = check_cutoffs(values.cutoffs, values.n_classes)
        table.insert(self.cutoffs, values.n_classes)
        self.head = Linear(values.in_features, self.cutoffs[1] + #self.cutoffs - 1, { bias = values.head_bias })
        self.tail = containers.ModuleList()
        for i = 1, #self.cutoffs - 1 do
            local hidden = math.floor(values.in_features // values.div_value ^ i)
            if hidden < 1 then
                lun.fail("nn.AdaptiveLogSoftmaxWithLoss",
                         ("cluster %d would have in_features / div_value^%d = %g features"):format(
                             i, i, values.in_features / values.div_value ^ i),
                         "a smaller div_value, fewer cutoffs, or more in_features")
            end
            self.tail:append(containers.Sequential(Linear(values.in_features, hidden, { bias = false }),
                                                   Linear(hidden, self.cutoffs[i + 1] - self.cutoffs[i], { bias = false })))
        end
    end)

local function check_pair(self, x, target)
    local fits = lun.is_tensor(x) and lun.is_tensor(target) and target.ndim <= 1 and x.ndim == target.ndim + 1
        and x:size(-1) == self.in_features and (target.ndim == 0 or target:size(1) == x:size(1))
    if fits then return end
    lun.fail("nn.AdaptiveLogSoftmaxWithLoss",
             ("needs x [n, %d] and n class numbers, or a row and one number"):format(self.in_features),
             "loss(lun.randn(8, 64), lun.randint(1, 1001, {8}))", "shape")
end

-- The log-probabilities of the classes of cluster i, given the head's.
function Adaptive:cluster(i, x, head)
    return self.tail[i](x):log_softmax(2) + head:narrow(2, self.cutoffs[1] + i, 1)
end

function Adaptive:forward(x, target)
    check_pair(self, x, target)
    local rows, classes = x.ndim == 1 and x:unsqueeze(1) or x, target:reshape(-1)
    local wrong = classes[classes:lt(1) | classes:gt(self.n_classes)]
    if wrong:numel() > 0 then
        lun.fail("nn.AdaptiveLogSoftmaxWithLoss", ("class %d is outside 1..%d"):format(wrong[1]:item(), self.n_classes),
                 "classes count from 1", "index")
    end
    local head = self.head(rows):log_softmax(2)
    local result = head:gather(2, classes:clamp(nil, self.cutoffs[1]):unsqueeze(2)):squeeze(2)
    for i = 1, #self.tail:named_children() do
        local within = classes:gt(self.cutoffs[i]) & classes:le(self.cutoffs[i + 1])
        local at = within:nonzero():flatten()
        if at:numel() > 0 then
            local place = (classes[within] - self.cutoffs[i]):unsqueeze(2)
            local cluster = self:cluster(i, rows:index_select(1, at), head:index_select(1, at))
            result = result:index_copy(1, at, cluster:gather(2, place):squeeze(2))
        end
    end
    return target.ndim == 0 and result:squeeze(1) or result, -result:mean()
end

--- The log-probabilities of all classes: [n, in_features] -> [n, n_classes].
function Adaptive:log_prob(x)
    local head = self.head(x):log_softmax(2)
    local parts = { head:narrow(2, 1, self.cutoffs[1]) }
    for i = 1, #self.tail:named_children() do parts[i + 1] = self:cluster(i, x, head) end
    return lun.cat(parts, 2)
end

--- The likeliest class of each row: [n, in_features] -> [n].
function Adaptive:predict(x) return self:log_prob(x):argmax(2) end
losses.AdaptiveLogSoftmaxWithLoss = Adaptive

-- ---- a linear layer and cross-entropy in one ----

--- cross_entropy of a linear layer's scores: x [n, in_features], target [n] classes or [n, num_classes] chances. out_features: sizes
--- of further dims of the target, for each of which there are scores of their own.
local Fused = define.class("LinearCrossEntropyLoss",
    "in_features:count num_classes:count * out_features:dims? bias:bool=false weight:tensor? reduction:reduction=mean "
    .. "ignore_index:int? label_smoothing:num=0",
    function(self, values)
        local more = values.out_features or {}
        self.shape = { values.num_classes, table.unpack(type(more) == "table" and more or { more }) }
        local n = 1
        for _, size in ipairs(self.shape) do n = n * size end
        if values.weight and (values.weight.ndim ~= 1 or values.weight:size(1) ~= values.num_classes) then
            lun.fail("nn.LinearCrossEntropyLoss", ("weight must be [%d], a number for each class"):format(values.num_classes),
                     "weight = lun.ones(num_classes)", "shape")
        end
        self.bias = nil
        self.linear = Linear(values.in_features, n, { bias = values.bias })
    end)
function Fused:forward(x, target)
    local scores = self.linear(x)
    local sizes = table.move(self.shape, 1, #self.shape, x.ndim, { x.ndim == 2 and x:size(1) or nil })
    return lun.cross_entropy(scores:reshape(sizes), target, {
        weight = rawget(self, "weight"), reduction = self.reduction, ignore_index = rawget(self, "ignore_index"),
        label_smoothing = self.label_smoothing,
    })
end
losses.LinearCrossEntropyLoss = Fused

return losses
