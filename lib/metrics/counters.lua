-- counters.lua - metrics fed batch by batch: counter:update(predicted, target); counter:result(); counter:reset()
--
-- Holds: the result is that of the function over all batches at once, whatever the batches were. Only auc keeps what it was
-- fed. Read next: lib/metrics.lua. SPDX-License-Identifier: MIT
local lun = require "lunette"

return function(metrics)
    local kinds = {}

    local Counter = {}
    Counter.__index = Counter
    function Counter:reset()
        self.state = {}
        return self
    end
    function Counter:update(predicted, target)
        lun.no_grad(function() self.add(self.state, predicted:detach(), target:detach(), self.options) end)
        return self
    end
    --- A number; nil when nothing was counted.
    function Counter:result()
        if next(self.state) == nil then return nil end
        return self.value(self.state, self.options)
    end
    function Counter:__tostring() return ("metric %s: %s"):format(self.name, tostring(self:result())) end

    -- ---- shares and means ----

    local function share(f)
        return {function(s, predicted, target, options)
            local n = target:numel() > 0 and predicted:size(1) or 0
            if n == 0 then return end
            s.sum, s.n = (s.sum or 0) + f(predicted, target, options) * n, (s.n or 0) + n
        end, function(s) return s.sum / s.n end}
    end
    kinds.top_k_accuracy = share(function(predicted, target, options) return metrics.top_k_accuracy(predicted, target,
            options.k) end)

    local function mean(f, finish)
        return {function(s, predicted, target, options)
            local n = target:numel()
            s.sum, s.n = (s.sum or 0) + f(predicted, target, options) * n, (s.n or 0) + n
        end, function(s) return finish and finish(s.sum / s.n) or s.sum / s.n end}
    end
    kinds.accuracy = mean(metrics.accuracy)
    kinds.mae = mean(metrics.mae)
    kinds.mse = mean(metrics.mse)
    kinds.rmse = mean(metrics.mse, math.sqrt)
    kinds.perplexity = mean(function(scores, target) return lun.cross_entropy(scores, target):item() end, math.exp)

    -- ---- counts ----

    local function grown(matrix, n)
        local larger = lun.zeros(n, n):long()
        if matrix then larger[{{1, matrix:size(1)}, {1, matrix:size(2)}}] = matrix end
        return larger
    end

    local function count(s, predicted, target, options)
        local m = metrics.confusion_matrix(predicted, target, options)
        local n = math.max(m:size(1), s.matrix and s.matrix:size(1) or 0)
        if not s.matrix or s.matrix:size(1) < n then s.matrix = grown(s.matrix, n) end
        if m:size(1) < n then m = grown(m, n) end
        s.matrix = s.matrix + m
        s.average = options.average or metrics.default_average(predicted, target)
    end
    for _, name in ipairs {"precision", "recall", "f1", "iou"} do
        kinds[name] = {count, function(s) return metrics.ratio_of(name, s.matrix, s.average) end}
    end
    kinds.confusion_matrix = {count, function(s) return s.matrix end}

    -- ---- r2 and auc ----

    -- Sums about the first batch's mean, which keeps them from cancelling.
    kinds.r2 = {function(s, predicted, target)
        local t = target:double()
        local p = predicted:reshape(target.shape):double()
        if t.ndim == 1 then t, p = t:unsqueeze(2), p:unsqueeze(2) end
        s.shift = s.shift or t:mean(1)
        local d = t - s.shift
        s.rest = (s.rest or 0) + (p - t):square():sum(1)
        s.sum, s.squares, s.n = (s.sum or 0) + d:sum(1), (s.squares or 0) + d:square():sum(1), (s.n or 0) + t:size(1)
    end, function(s) return metrics.r2_of(s.rest, s.squares - s.sum:square() / s.n) end}

    kinds.auc = {function(s, predicted, target)
        s.scores, s.targets = s.scores or {}, s.targets or {}
        s.scores[#s.scores + 1], s.targets[#s.targets + 1] = predicted:clone(), target:clone()
    end, function(s) return metrics.auc(lun.cat(s.scores), lun.cat(s.targets), {undefined = 0 / 0}) end} -- as for the first batches of a run

    -- ---- making one ----

    local also = {acc = "accuracy", mean_absolute_error = "mae", mean_squared_error = "mse", root_mean_squared_error = "rmse",
                  f1_score = "f1", jaccard = "iou", mean_io_u = "iou", r2_score = "r2", top_k = "top_k_accuracy",
                  sparse_categorical_accuracy = "accuracy", binary_accuracy = "accuracy", top_k_categorical_accuracy = "top_k_accuracy"}

    local made = {}
    function made.names()
        local list = {}
        for name in pairs(kinds) do list[#list + 1] = name end
        table.sort(list)
        return list
    end

    --- A counter by name with the function's options, metrics.new("f1", {average = "micro"}), or of one's own
    --- function(predicted, target) -> number, whose mean over the samples it is; options.name names it.
    function made.new(what, options)
        options = options or {}
        local name = type(what) == "string" and (also[what:lower()] or what:lower())
        local kind = type(what) == "function" and share(what) or kinds[name]
        if not kind then
            lun.fail("metrics.new", ("no metric '%s'; there are: %s"):format(tostring(what), table.concat(made.names(), ", ")),
                     'lun.metrics.new("accuracy")', "name")
        end
        return setmetatable({name = options.name or (type(what) == "string" and what) or "metric", add = kind[1],
                value = kind[2],
                             options = options}, Counter):reset()
    end
    made.Counter = Counter
    return made
end
