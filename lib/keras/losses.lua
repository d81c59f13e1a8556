-- losses.lua - losses by name, one value for each sample, so that classes and samples can be weighted
--
-- "sparse_categorical_crossentropy" takes chances, as Keras's does: the network ends with softmax; {from_logits = true} or
-- "cross_entropy" takes scores. Labels count from 1. Any loss of lun (mse_loss, huber_loss, ...) and of nn, and functions, do
-- too. Read next: lib/keras/model.lua. SPDX-License-Identifier: MIT
local lun = require "lunette"
local Module = require "lunette.nn.module"
local losses = {}

local rows, also = {}, {}
local smallest = 1e-7

local function per_sample(x) return x.ndim > 1 and x:flatten(2):mean(2) or x end

-- Targets as floats of the predictions' shape.
local function fitted(name, predicted, target)
    if target:numel() ~= predicted:numel() then
        lun.fail(name, ("the network gives [%s], the targets are [%s]"):format(table.concat(predicted.shape, ","),
                table.concat(target.shape, ",")),
                 "the last layer has as many units as a target has numbers", "shape")
    end
    target = target:reshape(predicted.shape)
    return target:is_floating_point() and target or target:to(predicted.dtype)
end

-- Scores of sequences may come as [n, steps, classes]; everything below has the classes in dim 2.
function losses.class_second(predicted, target)
    local n = predicted.ndim
    if n > 2 and target.ndim == n - 1 and predicted:size(2) == target:size(2)
            and predicted:size(n - 1) == target:size(n - 1) then
        return predicted:movedim(n, 2)
    end
    return predicted
end

local function check_chances(name, p)
    local low, high = p:min():item(), p:sum(2):max():item()
    if low < 0 or math.abs(high - 1) > 1e-3 then
        lun.fail(name, ("predictions are no chances: they reach down to %.3g and sum to %.3g"):format(low, high),
                 ('end the network with activation = "softmax", or loss = lun.keras.losses.%s {from_logits = true}'):format(
                 name:gsub("_(%l)", string.upper):gsub("^%l", string.upper):gsub("_", "")))
    end
end

local function check_truths(name, target)
    local low, high = target:min():item(), target:max():item()
    if low < 0 or high > 1 then
        lun.fail(name, ("targets reach from %g to %g"):format(low, high), "targets of two classes are 0 and 1: (y - 1):float()",
                "index")
    end
end

function rows.sparse_categorical_crossentropy(p, y, o)
    p = losses.class_second(p, y)
    if p.ndim == y.ndim and y:size(-1) == 1 then y = y:squeeze(-1) end
    if o.from_logits then return per_sample(lun.cross_entropy(p, y:long(), {reduction = "none"})) end
    check_chances("sparse_categorical_crossentropy", p)
    return per_sample(lun.nll_loss(p:clamp(smallest, 1 - smallest):log(), y:long(), {reduction = "none"}))
end
function rows.categorical_crossentropy(p, y, o)
    y = fitted("categorical_crossentropy", p, y)
    local smoothing = o.label_smoothing or 0
    if smoothing > 0 then y = y * (1 - smoothing) + smoothing / p:size(2) end
    if not o.from_logits then check_chances("categorical_crossentropy", p) end
    local logs = o.from_logits and p:log_softmax(2) or p:clamp(smallest, 1 - smallest):log()
    return per_sample(-(y * logs):sum(2))
end
function rows.binary_crossentropy(p, y, o)
    y = fitted("binary_crossentropy", p, y)
    check_truths("binary_crossentropy", y)
    if o.from_logits then return per_sample(lun.binary_cross_entropy_with_logits(p, y, {reduction = "none"})) end
    if p:min():item() < 0 or p:max():item() > 1 then
        lun.fail("binary_crossentropy", ("predictions reach from %.3g to %.3g"):format(p:min():item(), p:max():item()),
                 'end the network with activation = "sigmoid", or loss = lun.keras.losses.BinaryCrossentropy {from_logits = true}')
    end
    return per_sample(lun.binary_cross_entropy(p:clamp(smallest, 1 - smallest), y, {reduction = "none"}))
end
function rows.mean_squared_error(p, y) return per_sample((p - fitted("mean_squared_error", p, y)):square()) end
function rows.mean_absolute_error(p, y) return per_sample((p - fitted("mean_absolute_error", p, y)):abs()) end
function rows.huber(p, y, o) return per_sample(lun.huber_loss(p, fitted("huber", p, y), {reduction = "none", delta = o.delta
        or 1})) end
function rows.log_cosh(p, y)
    local e = p - fitted("log_cosh", p, y)
    return per_sample(e + lun.softplus(-2 * e) - math.log(2))
end
function rows.kl_divergence(p, y)
    y = fitted("kl_divergence", p, y):clamp(smallest, 1)
    return per_sample((y * (y / p:clamp(smallest, 1)):log()):sum(-1))
end
function rows.poisson(p, y) return per_sample(p - fitted("poisson", p, y) * (p + smallest):log()) end
function rows.hinge(p, y) return per_sample((1 - fitted("hinge", p, y) * p):clamp(0)) end
function rows.cosine_similarity(p, y) return -lun.cosine_similarity(p, fitted("cosine_similarity", p, y), -1) end

also = {mse = "mean_squared_error", mae = "mean_absolute_error", kld = "kl_divergence", logcosh = "log_cosh",
        kullback_leibler_divergence = "kl_divergence"}

-- ---- reading what compile was given ----

local Loss = {}
Loss.__index = Loss
function Loss:__tostring() return self.name end
Loss.__call = function(self, predicted, target) return losses.mean(self, predicted, target) end

local function known_names()
    local list = {}
    for name in pairs(rows) do list[#list + 1] = name end
    table.sort(list)
    return table.concat(list, ", ")
end

-- One of lun's own: cross_entropy, mse_loss, ...; per sample.
local function of_lun(name)
    local good, f = pcall(function() return lun[name] end)
    if not good or not (name:find "loss$" or name:find "cross_entropy" or name == "kl_div") then return nil end
    return function(p, y, o)
        local options = {reduction = "none"}
        for key, value in pairs(o) do options[key] = value end
        return per_sample(f(p, y, options))
    end
end

local function named(name, options)
    local plain = also[name:lower()] or name:lower()
    if plain == "cross_entropy" then return setmetatable({name = name, options = options,
            each = rows.sparse_categorical_crossentropy}, Loss), true end
    local each = rows[plain] or of_lun(name)
    if not each then lun.fail("compile", ("no loss '%s'; there are: cross_entropy, %s"):format(name, known_names()),
            'loss = "mse"', "name") end
    return setmetatable({name = name, options = options, each = each}, Loss)
end

-- A module of nn per sample: the same with reduction "none"; nil where it has no such option.
local function of_module(module)
    if not rawget(module, "reduction") then return nil end
    local arguments = {}
    for _, p in ipairs(module.spec) do arguments[p.name] = rawget(module, p.name) end
    arguments.reduction = "none"
    local copy = getmetatable(module)(arguments)
    return function(p, y) return per_sample(copy(p, y)) end
end

--- The mean of a loss over a batch, weighted per sample where there are weights [n].
function losses.mean(loss, predicted, target, weights)
    if not weights then return loss.mean and loss.mean(predicted, target) or loss.each(predicted, target,
            loss.options):mean() end
    if not loss.each then lun.fail("fit", "weights need a loss per sample; this loss is a function of its own",
            'loss = "cross_entropy", or multiply inside') end
    return (loss.each(predicted, target, loss.options) * weights):mean()
end

--- A loss: .each(predicted, target, options) gives a value per sample, .name and .options say what is saved (name nil: cannot
--- be).
function losses.read(what, output)
    if what == nil and output then lun.fail("compile", ("there is no loss for the output '%s'"):format(output),
            ('loss = {%s = "mse"}'):format(output)) end
    if getmetatable(what) == Loss then return what end
    if type(what) == "string" then
        local loss, scores = named(what, {})
        if scores then loss.options = {from_logits = true} end
        return loss
    end
    if Module.is_module(what) then
        return setmetatable({module = what, options = {}, each = of_module(what), mean = function(p, y) return what(p, y) end},
                Loss)
    end
    if type(what) == "function" then return setmetatable({options = {}, mean = function(p, y) return what(p, y) end}, Loss) end
    lun.fail("compile", "a loss is a name, a module of nn or a function (predicted, target), got " .. type(what),
            'loss = "cross_entropy"')
end

--- Is the target of this loss one row of chances per sample?
function losses.is_one_hot(loss) return loss.each == rows.categorical_crossentropy end

return setmetatable(losses, {__index = function(_, key)
    local name = tostring(key):gsub("%u", function(c) return "_" .. c:lower() end):gsub("^_", "")
    if not rows[name] then lun.fail("keras.losses", ("no loss '%s'"):format(tostring(key)),
            "lun.keras.losses.MeanSquaredError {}", "name") end
    return function(options) return setmetatable({name = name, options = options or {}, each = rows[name]}, Loss) end
end})
