-- metrics.lua - how good predictions are: functions of (predicted, target), and counters that are fed batch by batch
--
-- Predictions are labels (whole numbers from 1), scores per class ([n, classes] or [n, classes, ...], as cross_entropy takes
-- them), or, for two classes, chances ([n], above a half is true) with targets of 0 and 1 or bools. Numbers are
-- scikit-learn's. Holds: everything that can be counted is counted in one confusion matrix; results are Lua numbers, matrices
-- are tensors. Read next: lib/metrics/counters.lua. SPDX-License-Identifier: MIT
local lun = require "lunette"
local metrics = {}

local function shape_text(x) return "[" .. table.concat(x.shape, ",") .. "]" end

local function check_tensors(name, predicted, target)
    for i, what in ipairs {"the predictions", "the targets"} do
        local x = i == 1 and predicted or i == 2 and target or nil
        if not lun.is_tensor(x) then
            lun.fail("metrics." .. name, ("%s must be a tensor, got %s"):format(what, type(x)),
                    ("lun.metrics.%s(predicted, target)"):format(name))
        elseif x:numel() == 0 then
            lun.fail("metrics." .. name, what .. " are empty", "at least one sample is needed", "shape")
        end
    end
end

local function mismatch(name, predicted, target)
    lun.fail("metrics." .. name, ("predictions %s do not fit targets %s"):format(shape_text(predicted), shape_text(target)),
             "[n] and [n], or scores [n, classes] and labels [n]", "shape")
end

local function same_size(a, b) return a:numel() == b:numel() end

-- Truth values: 1 false, 2 true.
local function truths(x)
    if x.dtype ~= "bool" then x = x:gt(0.5) end
    return x:reshape(-1):long() + 1
end

local function is_truth(x) return x.dtype == "bool" or x:is_floating_point() end

--- Predictions and targets as classes from 1, flat int64; and how many classes the scores tell of (nil: not known). Truth
--- values are classes 1 (false) and 2 (true).
function metrics.classes(name, predicted, target)
    check_tensors(name, predicted, target)
    local scores = predicted:is_floating_point() and predicted.ndim == target.ndim + 1 and predicted:size(2) > 1
    if scores then
        local labels = predicted:argmax(2)
        if not same_size(labels, target) then mismatch(name, predicted, target) end
        return labels:reshape(-1), is_truth(target) and truths(target) or target:reshape(-1):long(), predicted:size(2)
    end
    if not same_size(predicted, target) then mismatch(name, predicted, target) end
    if is_truth(predicted) or is_truth(target) then return truths(predicted), truths(target), 2 end
    return predicted:reshape(-1):long(), target:reshape(-1):long()
end

local function check_labels(name, x, classes)
    local low, high = x:min():item(), x:max():item()
    if low < 1 or high > classes then
        lun.fail("metrics." .. name, ("label %d is outside 1..%d"):format(low < 1 and low or high, classes),
                 low < 1 and "labels count from 1; those of a file that counts from 0 need + 1"
                         or "classes = " .. high, "index")
    end
end

--- Counts as int64 [classes, classes]: row i, column j counts targets i that were predicted as j. {classes = n} where labels
--- do not tell.
function metrics.confusion_matrix(predicted, target, options)
    local p, t, known = metrics.classes("confusion_matrix", predicted, target)
    local n = options and options.classes or known or math.max(p:max():item(), t:max():item())
    check_labels("confusion_matrix", t, n)
    check_labels("confusion_matrix", p, n)
    return lun.bincount((t - 1) * n + p, {minlength = n * n}):reshape(n, n)
end

-- ---- what follows from a confusion matrix ----

--- The share on the diagonal.
function metrics.accuracy_of(matrix) return matrix:diagonal():sum():item() / math.max(matrix:sum():item(), 1) end

local ratios = {
    precision = function(tp, truth, predicted) return tp, predicted end,
    recall = function(tp, truth) return tp, truth end,
    f1 = function(tp, truth, predicted) return 2 * tp, truth + predicted end,
    iou = function(tp, truth, predicted) return tp, truth + predicted - tp end,
}

local averages = {macro = true, micro = true, weighted = true, none = true}

local function check_average(name, average)
    if averages[average] or math.type(average) == "integer" and average >= 1 then return end
    lun.fail("metrics." .. name, ("average must be macro, micro, weighted, none or a class, got %s"):format(tostring(average)),
             '{average = "macro"}')
end

--- precision, recall, f1 or iou from a confusion matrix. average: "macro" (mean of the classes that occur), "micro",
--- "weighted" (by how often each is the target), "none" (a tensor), or a class: its value alone. Where nothing was counted the
--- value is 0.
function metrics.ratio_of(name, matrix, average)
    check_average(name, average)
    local m = matrix:double()
    local tp, truth, predicted = m:diagonal(), m:sum(2), m:sum(1)
    if average == "micro" then
        local over, under = ratios[name](tp:sum(), truth:sum(), predicted:sum())
        return over:item() / math.max(under:item(), 1)
    end
    local over, under = ratios[name](tp, truth, predicted)
    local each = over / under:clamp(1)
    if average == "none" then return each end
    if average == "weighted" then return ((each * truth):sum() / truth:sum()):item() end
    if average == "macro" then return each[(truth + predicted):gt(0)]:mean():item() end
    if average > each:size(1) then
        lun.fail("metrics." .. name, ("there is no class %d among %d"):format(average, each:size(1)), "{average = 1}", "index")
    end
    return each[average]:item()
end

--- The average that is meant when none is given: for truth values that of `true`, else "macro".
function metrics.default_average(predicted, target)
    local scores = predicted.ndim == target.ndim + 1 and predicted:size(2) > 1
    return not scores and (is_truth(predicted) or is_truth(target)) and 2 or "macro"
end

--- The share of right predictions.
function metrics.accuracy(predicted, target)
    local p, t = metrics.classes("accuracy", predicted, target)
    return p:eq(t):sum():item() / t:size(1)
end

for name in pairs(ratios) do
    metrics[name] = function(predicted, target, options)
        local matrix = metrics.confusion_matrix(predicted, target, options)
        return metrics.ratio_of(name, matrix, options and options.average or metrics.default_average(predicted, target))
    end
end

--- How often the target is among the k best of scores [n, classes].
function metrics.top_k_accuracy(scores, target, k)
    check_tensors("top_k_accuracy", scores, target)
    k = k or 5
    if scores.ndim ~= 2 or target:numel() ~= scores:size(1) then mismatch("top_k_accuracy", scores, target) end
    if math.type(k) ~= "integer" or k < 1 or k > scores:size(2) then
        lun.fail("metrics.top_k_accuracy", ("k must lie in 1..%d, got %s"):format(scores:size(2), tostring(k)),
                "lun.metrics.top_k_accuracy(scores, y, 2)")
    end
    local _, best = lun.topk(scores, k, 2)
    return best:eq(target:reshape(-1, 1)):any(2):sum():item() / scores:size(1)
end

-- ---- ranking ----

-- Positives' ranks, ties shared: the chance that a positive stands above a negative.
local function area(scores, positive, undefined)
    local lost = scores:isnan():sum():item()
    if lost > 0 then
        lun.fail("metrics.auc", ("%d of %d scores are NaN, which has no rank"):format(lost, scores:size(1)), "scores:nan_to_num()")
    end
    local sorted = scores:sort()
    local ranks = (lun.searchsorted(sorted, scores) + lun.searchsorted(sorted, scores, {right = true}) - 1):double() / 2
    local p = positive:sum():item()
    local n = scores:size(1) - p
    if (p == 0 or n == 0) and undefined then return undefined end
    if p == 0 or n == 0 then
        lun.fail("metrics.auc", ("all %d targets are %s; the curve needs both"):format(scores:size(1), p == 0 and "negative"
                or "positive"),
                 "look at the whole set, not at one batch")
    end
    return ((ranks * positive:double()):sum():item() - p * (p + 1) / 2) / (p * n)
end

--- Area under the ROC curve. Chances or scores [n] with targets of 0 and 1, bools or labels 1 and 2; scores [n, classes] with
--- labels give the mean of one class against the rest. {undefined = v}: v where a class has no samples or all, not an error.
function metrics.auc(scores, target, options)
    check_tensors("auc", scores, target)
    local undefined = options and options.undefined
    if scores.ndim == 2 and scores:size(2) > 1 then
        if target:numel() ~= scores:size(1) then mismatch("auc", scores, target) end
        check_labels("auc", target, scores:size(2))
        local sum = 0
        for c = 1, scores:size(2) do sum = sum + area(scores:select(2, c), target:reshape(-1):eq(c), undefined) end
        return sum / scores:size(2)
    end
    if not same_size(scores, target) then mismatch("auc", scores, target) end
    local positive = is_truth(target) and truths(target):eq(2) or target:reshape(-1):eq(target:max())
    return area(scores:reshape(-1), positive, undefined)
end

-- ---- numbers ----

local function errors(name, predicted, target)
    check_tensors(name, predicted, target)
    if not same_size(predicted, target) then mismatch(name, predicted, target) end
    return predicted:reshape(target.shape):double() - target:double()
end

function metrics.mae(predicted, target) return errors("mae", predicted, target):abs():mean():item() end
function metrics.mse(predicted, target) return errors("mse", predicted, target):square():mean():item() end
function metrics.rmse(predicted, target) return math.sqrt(metrics.mse(predicted, target)) end

--- 1 - squared errors / squared distances from the mean; of several columns the mean. 1 is perfect, 0 as good as the mean.
function metrics.r2(predicted, target)
    local e, t = errors("r2", predicted, target), target:double()
    if t.ndim == 1 then e, t = e:unsqueeze(2), t:unsqueeze(2) end
    local rest, total = e:square():sum(1), (t - t:mean(1, true)):square():sum(1)
    return metrics.r2_of(rest, total)
end

--- The same from sums per column; a constant target counts as 0 unless it is met exactly.
function metrics.r2_of(rest, total)
    local none = total:eq(0)
    local each = 1 - rest / lun.where(none, lun.ones_like(total), total)
    each = lun.where(none, rest:eq(0):double(), each)
    return each:mean():item()
end

--- e to the mean cross-entropy of scores (logits) [n, classes, ...] with labels [n, ...]: among how many classes it wavers.
function metrics.perplexity(scores, target)
    check_tensors("perplexity", scores, target)
    return math.exp(lun.cross_entropy(scores, target):item())
end

local counters = require "lunette.metrics.counters"(metrics)
metrics.new, metrics.names = counters.new, counters.names

return metrics
