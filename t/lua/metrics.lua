-- metrics.lua - every metric against scikit-learn's numbers, at once and batch by batch
--
-- Read next: t/peer/metrics.py, lib/metrics.lua. SPDX-License-Identifier: MIT
local tap = require "tap"
local lun = require "lunette"
local metrics = require "lunette.metrics"

local cases = dofile((os.getenv "LUNETTE_TEST_ROOT" or ".") .. "/t/peer/metrics.lua")

-- Batches of 7 give what all samples at once give.
local function both_ways(name, predicted, target, options, wanted, label, whole)
    local counter = metrics.new(name, options)
    for from = 1, target:size(1), 7 do
        local n = math.min(7, target:size(1) - from + 1)
        counter:update(predicted:narrow(1, from, n), target:narrow(1, from, n))
    end
    tap.near(whole, wanted, 1e-9, label)
    tap.near(counter:result(), wanted, 1e-9, label .. " in batches")
end

local function ratios(case, predicted, target, label)
    for _, name in ipairs {"precision", "recall", "f1", "iou"} do
        for average, wanted in pairs(case.want[name] or {}) do
            local options = {classes = case.classes, average = average ~= "binary" and average or nil}
            both_ways(name, predicted, target, options, wanted, ("%s: %s %s"):format(label, name, average),
                    metrics[name](predicted, target, options))
        end
    end
end

for number, case in ipairs(cases) do
    local label = ("%s %d"):format(case.kind, number)
    local target, want = lun.tensor(case.target), case.want
    if case.kind == "labels" then
        local predicted = lun.tensor(case.predicted)
        tap.is(metrics.confusion_matrix(predicted, target, {classes = case.classes}):totable(), want.confusion, label
                .. ": confusion matrix")
        both_ways("accuracy", predicted, target, nil, want.accuracy, label .. ": accuracy", metrics.accuracy(predicted, target))
        ratios(case, predicted, target, label)
    elseif case.kind == "scores" then
        local scores = lun.tensor(case.scores, {dtype = "float64"})
        both_ways("accuracy", scores, target, nil, want.accuracy, label .. ": accuracy", metrics.accuracy(scores, target))
        both_ways("perplexity", scores, target, nil, want.perplexity, label .. ": perplexity", metrics.perplexity(scores,
                target))
        both_ways("auc", scores:softmax(2), target, nil, want.auc, label .. ": auc", metrics.auc(scores:softmax(2), target))
        for k = 2, 3 do
            both_ways("top_k_accuracy", scores, target, {k = k}, want["top" .. k], label .. ": top " .. k,
                    metrics.top_k_accuracy(scores, target, k))
        end
    elseif case.kind == "chances" then
        local chances = lun.tensor(case.chances, {dtype = "float64"})
        tap.is(metrics.confusion_matrix(chances, target:float()):totable(), want.confusion, label .. ": confusion matrix")
        both_ways("accuracy", chances, target:float(), nil, want.accuracy, label .. ": accuracy", metrics.accuracy(chances,
                target:float()))
        both_ways("auc", chances, target:bool(), nil, want.auc, label .. ": auc", metrics.auc(chances, target:bool()))
        ratios(case, chances, target:float(), label)
    else
        local predicted = lun.tensor(case.predicted, {dtype = "float64"})
        target = target:double()
        for _, name in ipairs {"mae", "mse", "rmse", "r2"} do
            tap.near(metrics[name](lun.tensor(case.predicted, {dtype = "float64"}), lun.tensor(case.target,
                    {dtype = "float64"})), want[name], 1e-9,
                     ("%s: %s"):format(label, name))
            both_ways(name, predicted, lun.tensor(case.target, {dtype = "float64"}), nil, want[name], ("%s: %s"):format(label,
                    name),
                      metrics[name](predicted, lun.tensor(case.target, {dtype = "float64"})))
        end
    end
end

-- ---- what does not fit ----

local y = lun.tensor {1, 2, 3}
tap.fails(function() metrics.accuracy(lun.tensor {1, 2}, y) end, "shape", "targets [3]", "sizes that differ")
tap.fails(function() metrics.accuracy(lun.zeros(0):long(), lun.zeros(0):long()) end, "shape", "empty", "nothing to count")
tap.fails(function() metrics.confusion_matrix(lun.tensor {1, 2, 3}, lun.tensor {0, 1, 2}) end, "index", "label 0",
        "labels that count from 0")
tap.fails(function() metrics.confusion_matrix(y, y, {classes = 2}) end, "index", "label 3", "a label beyond the classes")
tap.fails(function() metrics.f1(y, y, {average = "mean"}) end, "argument", "macro, micro", "an unknown average")
tap.fails(function() metrics.auc(lun.tensor {0.1, 0.2}, lun.tensor {1, 1}:bool()) end, "argument", "needs both",
        "one kind of target only")
tap.fails(function() metrics.top_k_accuracy(lun.randn(3, 2), y, 3) end, "argument", "1..2", "more than there are")
tap.fails(function() metrics.accuracy() end, "argument", "must be a tensor, got nil", "nothing at all")
tap.fails(function() metrics.accuracy(y) end, "argument", "the targets must be a tensor", "no targets")
local one_kind = metrics.new("auc"):update(lun.tensor {0.1, 0.2}, lun.tensor {1, 1}:bool()):result()
tap.ok(one_kind ~= one_kind, "which a counter that has seen one kind only says as NaN")
tap.fails(function() metrics.auc(lun.tensor {0 / 0, 1}, lun.tensor {true, false}) end, "argument", "1 of 2 scores are NaN", "scores without a rank")
tap.fails(function() metrics.new "acuracy" end, "name", "there are: accuracy", "an unknown name")
tap.is(metrics.new("accuracy"):result(), nil, "nothing counted, no result")
tap.near(metrics.new(function(p, t) return p:eq(t):sum():item() / 3 end):update(y, y):result(), 1, 1e-12,
        "a function of one's own")
tap.done()
