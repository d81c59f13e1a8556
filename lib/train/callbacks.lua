-- callbacks.lua - what happens around epochs and batches: stopping early, keeping the best, changing rates, logging
--
-- A callback is a table with any of on_train_begin, on_epoch_begin, on_batch_begin, on_batch_end, on_epoch_end, on_train_end,
-- on_interrupt, on_nan: functions of (self, run, logs). One with state() and restore(t) goes on where it was when a run is
-- resumed; t is plain data. run.model, run.optimizer, run.epoch, run.batch, run.history are there; run:stop() ends the run
-- after the batch. Read next: lib/train/run.lua, lib/train/backup.lua. SPDX-License-Identifier: MIT
local lun = require "lunette"
local checkpoint = require "lunette.train.checkpoint"
local callbacks = {}

-- ---- options and watched values ----

local function options_of(name, given, known)
    given = given or {}
    if type(given) ~= "table" then lun.fail("callbacks." .. name, "options go into a table, got " .. tostring(given),
            ("callbacks.%s {}"):format(name)) end
    local self = {name = name}
    for key, value in pairs(given) do
        if known[key] == nil then
            local list = {}
            for option in pairs(known) do list[#list + 1] = option end
            table.sort(list)
            lun.fail("callbacks." .. name, ("no option '%s'; it takes: %s"):format(tostring(key), table.concat(list, ", ")),
                    ("callbacks.%s {}"):format(name),
                     "name")
        end
        self[key] = value
    end
    for key, value in pairs(known) do
        if self[key] == nil and value ~= "" then self[key] = value end
    end
    return self
end

local rising = {"acc", "auc", "f1", "precision", "recall", "r2", "iou", "top_k"}

-- Is more of this value better?
local function wants_more(monitor, mode)
    if mode == "max" or mode == "min" then return mode == "max" end
    for _, word in ipairs(rising) do
        if monitor:find(word, 1, true) then return true end
    end
    return false
end

-- The watched value of this epoch; nil when the run ended before it was known.
local function watched(self, run, logs)
    local value = logs[self.monitor]
    if value == nil and not run.stopped then
        local names = {}
        for name in pairs(logs) do names[#names + 1] = name end
        table.sort(names)
        lun.fail("callbacks." .. self.name, ("there is no '%s' in this epoch's values: %s"):format(self.monitor,
                table.concat(names, ", ")),
                 ('{monitor = "loss"}, or give validation data'), "name")
    end
    return value
end

local function better(self, value, best, delta)
    if value ~= value then return false end
    if best == nil then return true end
    if wants_more(self.monitor, self.mode) then return value > best + delta end
    return value < best - delta
end

-- state() and restore(t) of a callback whose memory is these fields.
local function remembers(self, ...)
    local fields = {...}
    function self:state()
        local t = {}
        for _, field in ipairs(fields) do t[field] = self[field] end
        return t
    end
    function self:restore(t)
        for _, field in ipairs(fields) do self[field] = t[field] end
    end
    return self
end

-- ---- stopping ----

--- Stops when `monitor` has not become better by min_delta for more than `patience` epochs. restore_best_weights = true puts
--- the best back.
function callbacks.EarlyStopping(options)
    local self = options_of("EarlyStopping", options, {monitor = "val_loss", min_delta = 0, patience = 0, mode = "auto",
            baseline = "",
                                                      restore_best_weights = false, start_from_epoch = 0})
    self.wait, self.best = 0, self.baseline
    function self:on_epoch_end(run, logs)
        local value = watched(self, run, logs)
        if value == nil or run.epoch <= self.start_from_epoch then return end
        if better(self, value, self.best, math.abs(self.min_delta)) then
            self.best, self.wait, self.best_epoch = value, 0, run.epoch
            if self.restore_best_weights then self.weights = checkpoint.copied(run.model:state_dict()) end
            return
        end
        self.wait = self.wait + 1
        if self.wait >= math.max(self.patience, 1) then
            self.stopped_epoch = run.epoch
            run:stop(("no better %s since epoch %s"):format(self.monitor, self.best_epoch or "the first"))
        end
    end
    function self:on_train_end(run)
        if self.weights then run.model:load_state_dict(self.weights) end
    end
    function self:tensors() return self.weights or {} end
    function self:take_tensors(tensors)
        if next(tensors) then self.weights = tensors end
    end
    return remembers(self, "wait", "best", "best_epoch")
end

--- A loss that is not finite ends every run (on_nan = "stop"), naming the op that made it; this callback asks for that where
--- on_nan = "go" was said.
function callbacks.TerminateOnNaN()
    return {name = "TerminateOnNaN", on_train_begin = function(_, run) run.on_nan = "stop" end}
end

-- ---- rates ----

local function each_group(run, f)
    for _, group in ipairs(run.optimizer.param_groups) do group.lr = f(group.lr) end
end

--- Multiplies the learning rates by `factor` when `monitor` has not become better for `patience` epochs.
function callbacks.ReduceLROnPlateau(options)
    local self = options_of("ReduceLROnPlateau", options, {monitor = "val_loss", factor = 0.1, patience = 10, mode = "auto",
            min_delta = 1e-4,
                                                          cooldown = 0, min_lr = 0})
    if not (type(self.factor) == "number" and self.factor > 0 and self.factor < 1) then
        lun.fail("callbacks.ReduceLROnPlateau", "factor must lie between 0 and 1, got " .. tostring(self.factor),
                "{factor = 0.1}")
    end
    self.wait, self.cooling = 0, 0
    function self:on_epoch_end(run, logs)
        local value = watched(self, run, logs)
        if value == nil then return end
        logs.lr = run.optimizer.param_groups[1].lr
        if self.cooling > 0 then self.cooling, self.wait = self.cooling - 1, 0 end
        if better(self, value, self.best, self.min_delta) then
            self.best, self.wait = value, 0
        elseif self.cooling == 0 then
            self.wait = self.wait + 1
            if self.wait >= self.patience then
                each_group(run, function(lr) return math.max(lr * self.factor, self.min_lr) end)
                self.cooling, self.wait = self.cooldown, 0
            end
        end
    end
    return remembers(self, "wait", "cooling", "best")
end

--- Sets the rates: a function (epoch from 1, rate) -> rate at each epoch's begin, or a schedule of optim.lr_scheduler, stepped
--- after each epoch or, with {per = "batch"}, after each batch.
function callbacks.LearningRateScheduler(schedule, options)
    local self = options_of("LearningRateScheduler", options, {per = "epoch"})
    local is_schedule = type(schedule) == "table" and schedule.get_last_lr ~= nil
    if type(schedule) ~= "function" and not is_schedule then
        lun.fail("callbacks.LearningRateScheduler", "expected a function (epoch, rate) -> rate or a schedule, got "
                .. type(schedule),
                 "callbacks.LearningRateScheduler(function(epoch, rate) return rate * 0.9 end)")
    end
    if not is_schedule then
        function self:on_epoch_begin(run)
            if run.resume then return end
            each_group(run, function(lr)
                local rate = schedule(run.epoch, lr)
                if type(rate) ~= "number" then
                    lun.fail("callbacks.LearningRateScheduler", "the function gave no number but " .. tostring(rate),
                            "return rate * 0.9")
                end
                return rate
            end)
        end
        return self
    end
    self[self.per == "batch" and "on_batch_end" or "on_epoch_end"] = function() schedule:step() end
    function self:tensors() return schedule:state_dict() end
    function self:take_tensors(tensors) schedule:load_state_dict(tensors) end
    return self
end

-- ---- files ----

-- "net-{epoch}-{val_loss:.3f}.safetensors" with the values put in.
local function file_name(pattern, run, logs)
    return (pattern:gsub("{([%w_]+):?([%d.]*[dfge]?)}", function(name, format)
        local value = name == "epoch" and run.epoch or name == "batch" and run.batch or logs[name]
        if value == nil then
            lun.fail("callbacks.ModelCheckpoint", ("the file name asks for '%s', which this epoch has not"):format(name),
                    '"net-{epoch:02d}.safetensors"', "name")
        end
        return format ~= "" and ("%" .. format):format(value) or tostring(value)
    end))
end

--- Saves the network after each epoch (or save_freq = n batches) as `path`, in which {epoch} and {val_loss:.3f} stand for
--- values. A network of keras is saved whole, any other as its weights. save_best_only = true: only when `monitor` became
--- better. The file before is kept as PATH.previous.
function callbacks.ModelCheckpoint(path, options)
    if type(path) == "table" then path, options = path.path or path.filepath, path end
    if type(path) ~= "string" then lun.fail("callbacks.ModelCheckpoint", "expected a file name, got " .. type(path),
            'callbacks.ModelCheckpoint("best.safetensors")') end
    local self = options_of("ModelCheckpoint", options, {monitor = "val_loss", save_best_only = false,
            save_weights_only = false, mode = "auto",
                                                         save_freq = "epoch", path = "", filepath = ""})
    local function save(run, logs)
        self.last = file_name(path, run, logs)
        if run.model.save and not self.save_weights_only then return run.model:save(self.last) end
        checkpoint.write(self.last, run.model:state_dict(), {epoch = run.epoch})
    end
    function self:on_epoch_end(run, logs)
        if self.save_freq ~= "epoch" then return end
        if not self.save_best_only then return save(run, logs) end
        local value = watched(self, run, logs)
        if value ~= nil and better(self, value, self.best, 0) then
            self.best = value
            save(run, logs)
        end
    end
    function self:on_batch_end(run, logs)
        if self.save_freq ~= "epoch" and run.step_count % self.save_freq == 0 then save(run, logs) end
    end
    return remembers(self, "best")
end

--- Writes a line of numbers after each epoch. {separator = ",", append = false}
function callbacks.CSVLogger(path, options)
    local self = options_of("CSVLogger", options, {separator = ",", append = false})
    function self:on_train_begin(run)
        local resumed = self.append or #run.history > 0
        local old = resumed and io.open(path, "rb")
        if old then
            local head = old:read "l"
            old:close()
            self.names = {}
            for name in (head or ""):gmatch("[^" .. self.separator .. "]+") do table.insert(self.names, name) end
            if #self.names == 0 then self.names = nil end
        end
        local file, why = io.open(path, old and "ab" or "wb")
        if not file then lun.fail("callbacks.CSVLogger", "cannot write " .. why, "is the folder there?", "file") end
        self.file = file
    end
    function self:on_epoch_end(_, logs)
        if not self.names then
            self.names = {}
            for name in pairs(logs) do
                if name ~= "epoch" then table.insert(self.names, name) end
            end
            table.sort(self.names)
            table.insert(self.names, 1, "epoch")
            self.file:write(table.concat(self.names, self.separator), "\n")
        end
        local line = {}
        for i, name in ipairs(self.names) do
            local v = logs[name]
            line[i] = v == nil and "" or math.type(v) == "integer" and tostring(v) or v ~= v and "nan" or ("%.10g"):format(v)
        end
        if not self.file:write(table.concat(line, self.separator), "\n") or not self.file:flush() then
            lun.fail("callbacks.CSVLogger", ("cannot write %s: is the disk full?"):format(path), nil, "file")
        end
    end
    function self:on_train_end()
        self.file:close()
    end
    return self
end

--- Functions of (run, logs) by the names of the events: callbacks.Lambda {on_epoch_end = function(run, logs) print(logs.loss)
--- end}
function callbacks.Lambda(functions)
    local self = options_of("Lambda", functions, {on_train_begin = "", on_train_end = "", on_epoch_begin = "",
            on_epoch_end = "", on_batch_begin = "",
                                                  on_batch_end = "", on_interrupt = "", on_nan = ""})
    for event, f in pairs(functions or {}) do
        if type(f) ~= "function" then lun.fail("callbacks.Lambda", ("%s must be a function, got %s"):format(event, type(f)),
                "function(run, logs) end") end
        self[event] = function(_, run, logs) return f(run, logs) end
    end
    return self
end

callbacks.BackupAndRestore = require "lunette.train.backup"

return callbacks
