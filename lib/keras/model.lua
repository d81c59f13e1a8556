-- model.lua - what every network of keras can: compile, fit, evaluate, predict, summary, save
--
-- Sequential and graphs are made of it, and classes of one's own: keras.Model:extend "Net" with init and forward.
-- Holds: fit is a train.run; what it does per batch is said here once. Read next: lib/train/run.lua, lib/keras/data.lua.
-- SPDX-License-Identifier: MIT
local lun = require "lunette"
local core = require "lunette.train_core"
local data_core = require "lunette.data_core"
local Module = require "lunette.nn.module"
local batches = require "lunette.train.batches"
local Model = Module:extend "Model"

local function known_options(name, options, known)
    for key in pairs(options) do
        if not (" " .. known .. " "):find(" " .. tostring(key) .. " ", 1, true) then
            lun.fail(name, ("no option '%s'; it takes: %s"):format(tostring(key), (known:gsub(" ", ", "))),
                    ("model:%s(x, y, {})"):format(name), "name")
        end
    end
    return options
end

-- ---- compile ----

-- One value per output: from one, a list, or a table by the outputs' names.
local function per_output(self, what, given, read)
    local names = self.output_names and self:output_names()
    local several = type(given) == "table" and getmetatable(given) == nil
    if not several or not names then return {read(given)} end
    local by_name, list = {}, {}
    for k, name in ipairs(names) do by_name[name], by_name[k] = k, k end
    for key in pairs(given) do
        if not by_name[key] then
            lun.fail("compile", ("%s: there is no output '%s'; there are: %s"):format(what, tostring(key), table.concat(names,
                    ", ")),
                     ("%s = {%s = ...}"):format(what, names[1]), "name")
        end
    end
    for k, name in ipairs(names) do
        local own = given[name]
        if own == nil then own = given[k] end
        list[k] = read(own, name)
    end
    return list
end

--- compile{optimizer = "adam", loss = "cross_entropy", metrics = {"accuracy"}, loss_weights, clip_norm, clip_value}. With
--- several outputs loss, metrics and loss_weights are lists, or tables by the outputs' names. Returns the network.
function Model:compile(options)
    if type(options) ~= "table" then lun.fail("compile", "expected a table, got " .. type(options),
            'model:compile {optimizer = "adam", loss = "mse"}') end
    known_options("compile", options, "optimizer loss metrics loss_weights clip_norm clip_value")
    local losses, optimizers = require "lunette.keras.losses", require "lunette.keras.optimizers"
    if options.loss == nil then lun.fail("compile", "loss is missing", 'model:compile {optimizer = "adam", loss = "mse"}') end
    local plan = {optimizer = optimizers.read(options.optimizer or "rmsprop"), losses = per_output(self, "loss", options.loss,
            losses.read)}
    plan.weights = per_output(self, "loss_weights", options.loss_weights or 1, function(w) return w or 1 end)
    plan.clip_norm, plan.clip_value = options.clip_norm or (plan.optimizer.clip or {}).clip_norm, options.clip_value
            or (plan.optimizer.clip or {}).clip_value
    plan.metrics = require "lunette.keras.measure".read(self, options.metrics or {})
    rawset(self, "_compiled", plan)
    rawset(self, "optimizer", nil)
    return self
end

local function compiled(self, name)
    return rawget(self, "_compiled") or lun.fail(name, "the network is not compiled",
            'model:compile {optimizer = "adam", loss = "cross_entropy"}')
end

-- Weights of layers that wait for their input are made by a dry run; then the optimiser can be.
local function ready(self, inputs)
    if not rawget(self, "_ready") then
        require "lunette.keras.graph".dry(function() return self(inputs) end)
        rawset(self, "_ready", true)
    end
    local plan = rawget(self, "_compiled")
    if plan and not rawget(self, "optimizer") then
        if #self:parameters() == 0 then lun.fail("fit", "the network has no parameters",
                "add a layer with weights, such as Dense") end
        rawset(self, "optimizer", require "lunette.keras.optimizers".make(plan.optimizer, self:parameters()))
        if self._saved_optimizer then self.optimizer:load_state_dict(self._saved_optimizer) end
        rawset(self, "_saved_optimizer", nil)
    end
end

-- ---- one batch ----

local function outputs_of(self, inputs)
    local y = self(inputs)
    return lun.is_tensor(y) and {y} or y
end

-- The loss of a batch, and each output's own where there are several.
local function loss_of(self, outputs, batch)
    local plan, losses = rawget(self, "_compiled"), require "lunette.keras.losses"
    local total, each = nil, {}
    for k, loss in ipairs(plan.losses) do
        if not lun.is_tensor(outputs[k]) or not batch.targets[k] then
            lun.fail("fit", ("there are %d outputs, %d targets and %d losses"):format(#outputs, #batch.targets, #plan.losses),
                    "one target and one loss for each output", "shape")
        end
        local value = losses.mean(loss, outputs[k], batch.targets[k], batch.weights)
        if #plan.losses > 1 then each[(self.output_names and self:output_names()[k] or "output" .. k) .. "_loss"] = value end
        value = plan.weights[k] and plan.weights[k] ~= 1 and value * plan.weights[k] or value
        total = total and total + value or value
    end
    return total, each
end

-- ---- fit ----

local fit_options = "x y epochs batch_size validation_split validation_data validation_batch_size callbacks class_weight "
    .. "sample_weight initial_epoch shuffle verbose chart steps_per_epoch on_nan title"

local History = {__name = "history"}
History.__index = History
function History:__tostring()
    local last = self.history[#self.history]
    local parts = {}
    for name, value in pairs(last or {}) do
        if type(value) == "number" and name ~= "epoch" and name ~= "seconds" then
            parts[#parts + 1] = name .. " " .. (value ~= value and "NaN" or ("%.4g"):format(value))
        end
    end
    table.sort(parts)
    return ("history of %d epochs%s: %s"):format(#self.history, self.stopped and " (" .. self.stopped .. ")" or "",
            table.concat(parts, "  "))
end

-- Counters say nothing when nothing was counted.
local function measured(self, prefix, values)
    for _, m in ipairs(rawget(self, "_compiled").metrics) do
        local value = m.counter:result()
        if type(value) == "number" then values[prefix .. m.name] = value end
    end
    return values
end

local function validate(self, run, validation)
    if not validation or run.stopped then return end
    local values = self:measure(validation, true, run.epoch)
    if core.noted() then return end -- half a validation says nothing
    for name, value in pairs(values) do run:log {["val_" .. name] = value} end
end

local function train_batches(self, run, source, read)
    local measure = require "lunette.keras.measure"
    for _ in run:batches(source) do
        local batch, outputs = read(table.unpack(run.parts, 1, run.parts.n)), nil
        local value = run:step(function()
            outputs = outputs_of(self, batch.inputs)
            return loss_of(self, outputs, batch)
        end)
        if value == nil then break end
        measure.update(self, outputs, batch)
        for name, metric in pairs(measured(self, "", {})) do run.latest[name] = metric == metric and metric or nil end
    end
end

-- What the metrics have counted goes into a backup, so that an epoch that is taken up in its middle is measured whole.
local function counts(plan)
    local self = {name = "metrics"}
    function self:tensors()
        local states = {}
        for k, m in ipairs(plan.metrics) do states[k] = m.counter.add and m.counter.state or false end
        return {states = data_core.from_bytes(data_core.pack(states), "uint8", {-1})}
    end
    function self:take_tensors(tensors)
        for k, state in ipairs(data_core.unpack(data_core.to_bytes(tensors.states))) do
            if state then plan.metrics[k].counter.state = state end
        end
    end
    return self
end

-- The callbacks of a fit: its own, then those that were given.
local function with_counts(plan, given)
    if given ~= nil and type(given) ~= "table" then return given end -- which the run refuses
    return table.move(given or {}, 1, #(given or {}), 2, {counts(plan)})
end

--- fit(x, y, options), fit(loader, options) or fit{x = x, y = y, ...}. Returns the history: .history is a list of records,
--- .stopped says why it ended early. Options: epochs = 1, batch_size = 32, validation_split, validation_data = {x, y} or a
--- loader, callbacks, class_weight = {[class] = w}, sample_weight = tensor, initial_epoch = 0, shuffle = true, verbose = true,
--- chart, steps_per_epoch, on_nan = "stop".
function Model:fit(...)
    local plan = compiled(self, "fit")
    local data = require "lunette.keras.data"
    local x, y, options = data.arguments("fit", ...)
    known_options("fit", options, fit_options)
    local training, validation = data.split(self, x, y, options)
    ready(self, training.first().inputs)
    local run = require "lunette.train.run".new {
        model = self, optimizer = self.optimizer, epochs = options.epochs
                or 1, initial_epoch = options.initial_epoch, callbacks = with_counts(plan, options.callbacks),
        verbose = options.verbose, chart = options.chart, steps_per_epoch = options.steps_per_epoch, on_nan = options.on_nan,
        clip_norm = plan.clip_norm, clip_value = plan.clip_value, title = options.title,
        metrics = {"loss", plan.metrics[1] and plan.metrics[1].name}}
    for _ in run:epochs() do
        for _, m in ipairs(run.resume and {} or plan.metrics) do m.counter:reset() end
        train_batches(self, run, training.source, training.read)
        run:log(measured(self, "", {}))
        validate(self, run, validation)
    end
    self.history = setmetatable({history = run.history, stopped = run.stopped, broken = run.broken}, History)
    return self.history
end

-- ---- evaluate and predict ----

-- The run of f in eval mode without recording; the mode before comes back.
local function in_use(self, f)
    local was = self.training
    local _ <close> = setmetatable({}, {__close = function() self:train(was) end})
    self:eval()
    return lun.no_grad(f)
end

--- The loss and metrics over a data source (its epoch of that number), as numbers by name. Ends early when a Ctrl-C is noted and `patient`
--- is set.
function Model:measure(data, patient, number)
    return in_use(self, function()
        local measure = require "lunette.keras.measure"
        local sum, n, parts = 0, 0, {}
        for _, m in ipairs(rawget(self, "_compiled").metrics) do m.counter:reset() end
        local fetch = data.source.epoch(number)
        while not (patient and core.noted()) do
            local given = table.pack(fetch())
            if given[1] == nil then break end
            local batch = data.read(table.unpack(given, 1, given.n))
            local outputs = outputs_of(self, batch.inputs)
            local loss, each = loss_of(self, outputs, batch)
            sum, n = sum + loss:item() * batch.size, n + batch.size
            for name, value in pairs(each) do parts[name] = (parts[name] or 0) + value:item() * batch.size end
            measure.update(self, outputs, batch)
        end
        if n == 0 then lun.fail("evaluate", "there was no data", "look at #loader or x.shape", "shape") end
        for name, value in pairs(parts) do parts[name] = value / n end
        parts.loss = sum / n
        return measured(self, "", parts)
    end)
end

--- evaluate(x, y, {batch_size}), evaluate(loader): {loss = ..., accuracy = ...}
function Model:evaluate(...)
    compiled(self, "evaluate")
    local data = require "lunette.keras.data"
    local x, y, options = data.arguments("evaluate", ...)
    known_options("evaluate", options, "x y batch_size sample_weight")
    options.shuffle = false
    local given = data.of("evaluate", self, x, y, options)
    ready(self, given.first().inputs)
    return self:measure(given)
end

--- predict(x, {batch_size = 32}) or predict(loader): what the network gives in use, without recording.
function Model:predict(x, options)
    options = known_options("predict", options or {}, "batch_size")
    local data = require "lunette.keras.data"
    options.shuffle = false
    local given = data.of("predict", self, x, nil, options)
    ready(self, given.first().inputs)
    return in_use(self, function()
        local found = {}
        local fetch = given.source.epoch()
        while true do
            local parts = table.pack(fetch())
            if parts[1] == nil then break end
            for k, y in ipairs(outputs_of(self, given.read(table.unpack(parts, 1, parts.n)).inputs)) do
                found[k] = found[k] or {}
                table.insert(found[k], y)
            end
        end
        for k, list in ipairs(found) do found[k] = lun.cat(list) end
        return #found == 1 and found[1] or found
    end)
end

-- ---- the rest ----

--- A table of layers with the shapes that they give; before the first data a Sequential needs an Input for that.
function Model:summary(...)
    local samples = self.input_samples and self:input_samples()
    if select("#", ...) == 0 and samples then return Module.summary(self, samples) end
    return Module.summary(self, ...)
end

--- Writes architecture, weights, compilation and the optimiser's state as one file; keras.load_model reads it.
function Model:save(path) return require "lunette.keras.saving".save(self, path) end

--- Weights only, for the same network made again.
function Model:save_weights(path) require "lunette.train.checkpoint".write(path, self:state_dict(), {weights = true}) end
function Model:load_weights(path)
    local tensors = require "lunette.train.checkpoint".read(path)
    self:load_state_dict(tensors)
    return self
end


return Model
