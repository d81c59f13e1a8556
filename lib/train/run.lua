-- run.lua - one training run: epochs, batches, steps, callbacks; what keras's fit and loops written by hand both stand on
--
--   local run = train.run {model = net, optimizer = optimizer, epochs = 5}
--   for epoch in run:epochs() do
--       for x, y in run:batches(loader) do
--           run:step(function() return lun.cross_entropy(net(x), y) end)
--       end
--       run:log {val_loss = ...}
--   end
--
-- Holds: a step is done whole or not at all. Ctrl-C ends the run after the batch (a second one at once). A loss or gradient
-- that is not finite is never applied: the run stops, says which op made it, and the weights are the last good ones. Read
-- next: lib/train/batches.lua, lib/train/callbacks.lua. SPDX-License-Identifier: MIT
local lun = require "lunette"
local core = require "lunette.train_core"
local batches = require "lunette.train.batches"

local Run = {}
Run.__index = Run
Run.__name = "train.run"

local options_known = {model = true, optimizer = true, epochs = true, initial_epoch = true, callbacks = true, verbose = true,
        chart = true,
                       clip_norm = true, clip_value = true, on_nan = true, title = true, metrics = true, steps_per_epoch = true}

local function check_options(options)
    for name in pairs(options) do
        if not options_known[name] then
            local list = {}
            for known in pairs(options_known) do list[#list + 1] = known end
            table.sort(list)
            lun.fail("train.run", ("no option '%s'; it takes: %s"):format(tostring(name), table.concat(list, ", ")),
                    "{epochs = 5}", "name")
        end
    end
    if type(options.model) ~= "table" or not options.model.named_parameters then
        lun.fail("train.run", "model must be a network, got " .. type(options.model),
                "train.run {model = net, optimizer = optimizer, epochs = 5}")
    elseif type(options.optimizer) ~= "table" or not options.optimizer.param_groups then
        lun.fail("train.run", "optimizer must be an optimiser, got " .. type(options.optimizer),
                "lun.optim.Adam(net:parameters())")
    end
    if options.callbacks ~= nil and type(options.callbacks) ~= "table" then
        lun.fail("train.run", "callbacks must be a list, got " .. tostring(options.callbacks),
                "{callbacks = {train.callbacks.EarlyStopping {}}}")
    end
    for _, name in ipairs {"epochs", "initial_epoch", "steps_per_epoch"} do
        local n = options[name]
        if n ~= nil and (math.type(n) ~= "integer" or n < 0) then
            lun.fail("train.run", ("%s must be a whole number not below 0, got %s %s"):format(name, type(n), tostring(n)),
                    ("{%s = 5}"):format(name))
        end
    end
end

--- train.run{model, optimizer, epochs = 1, initial_epoch = 0, callbacks, verbose = true, chart, clip_norm, clip_value, on_nan
--- = "stop", title}
function Run.new(options)
    check_options(options)
    local self = setmetatable({model = options.model, optimizer = options.optimizer, epochs_wanted = options.epochs or 1,
            epoch = options.initial_epoch or 0,
                               batch = 0, round = 0, step_count = 0, history = {}, record = {}, means = {}, callbacks = {}, options = options,
                               on_nan = options.on_nan or "stop"}, Run)
    for _, callback in ipairs(options.callbacks or {}) do
        if type(callback) ~= "table" then
            lun.fail("train.run", "a callback is a table with functions such as on_epoch_end, got " .. tostring(callback),
                     "train.callbacks.Lambda {on_epoch_end = function(run, logs) end}")
        end
        if not callback.last then table.insert(self.callbacks, callback) end
    end
    if options.verbose ~= false then table.insert(self.callbacks, require "lunette.train.display"(options)) end
    for _, callback in ipairs(options.callbacks or {}) do
        if callback.last then table.insert(self.callbacks, callback) end
    end
    return self
end

-- ---- callbacks ----

local function text_of(problem)
    return type(problem) == "table" and rawget(problem, "message") or tostring(problem)
end

--- Calls `event` of every callback that has it.
function Run:call(event, logs)
    for _, callback in ipairs(self.callbacks) do
        local f = callback[event]
        local good, problem = true, nil
        if f then good, problem = pcall(f, callback, self, logs) end
        if not good then
            lun.fail("train", ("callback %s failed in %s: %s"):format(callback.name or "(unnamed)", event, text_of(problem)),
                     "the network has the weights of its last step; history holds the epochs done", type(problem) == "table"
                             and problem.kind or nil)
        end
    end
end

--- Ends the run after this batch; `reason` is kept as run.stopped.
function Run:stop(reason)
    self.stopped = self.stopped or reason or "stopped"
    return self
end

-- ---- epochs ----

local function begin_epoch(self)
    self.epoch = self.epoch + 1
    self.open, self.begun_at = true, lun.wall_clock()
    if not self.resume then
        self.batch, self.means, self.record = 0, {}, {epoch = self.epoch}
    end
    self.model:train()
    self:call("on_epoch_begin", self.record)
end

local function end_epoch(self)
    self.open = false
    if self.batch == 0 then return end
    for name, mean in pairs(self.means) do self.record[name] = self.record[name] or mean.sum / mean.n end
    self.record.seconds = lun.wall_clock() - self.begun_at
    self.history[#self.history + 1] = self.record
    self:call("on_epoch_end", self.record)
end

local function finish(self)
    if self.finished then return end
    self.finished = true
    self.model:eval()
    self:call("on_train_end", self.record)
end

--- for epoch in run:epochs() do: begins and ends epochs. While it runs a first Ctrl-C is only noted.
function Run:epochs()
    local guard = core.hold()
    self.started_at, self.step_count = lun.wall_clock(), self.step_count
    self:call("on_train_begin", self.record)
    local function next_epoch()
        if self.open then end_epoch(self) end
        if core.noted() then self:stop "interrupted" end
        if self.stopped or self.epoch >= self.epochs_wanted then
            finish(self)
            return nil
        end
        begin_epoch(self)
        return self.epoch
    end
    return next_epoch, nil, nil, setmetatable({}, {__close = function()
        local _ <close> = guard
        for _, callback in ipairs(self.callbacks) do
            if not self.finished and callback.on_abandon then callback:on_abandon(self) end
        end
    end})
end

-- ---- batches ----

-- Opens data from its beginning. An epoch has its number; where epochs have so many steps, each walk over the data has.
local function from_start(self, source)
    self.order, self.taken, self.round = lun.get_rng_state(), 0, self.round + 1
    return (source.begin or source.epoch)(self.options.steps_per_epoch and self.round or self.epoch)
end

-- Goes back to where a saved run was in its data: a pipeline knows its place; other data is walked again in the same order, without the batches
-- that were taken before. Random numbers are then those of the saved run, if it was in the middle of an epoch, or stay what they are.
local function taken_up(self, source, kept)
    local random, fetch = kept.random or lun.get_rng_state(), nil
    self.order, self.taken, self.round = kept.order, kept.taken, kept.round
    if kept.place and source.resume then
        fetch = source.resume(kept.place)
    else
        lun.set_rng_state(kept.order)
        fetch = source.epoch(self.options.steps_per_epoch and self.round or self.epoch)
        for _ = 1, kept.taken do
            if fetch(true) == nil then break end
        end
    end
    lun.set_rng_state(random)
    return fetch
end

-- The batches to come, and their source. Where epochs have so many steps, the next one goes on where the one before ended.
local function begin_batches(self, data, options)
    local kept, going = self.kept_data, self.going
    self.resume, self.kept_data, self.going = nil, nil, nil
    if not kept and going and going.data == data then
        self.going = going
        return going
    end
    local source = batches.source("train", data, options or {})
    local opened = {data = data, source = source, fetch = kept and taken_up(self, source, kept) or from_start(self, source)}
    self.going = self.options.steps_per_epoch and opened or nil
    return opened
end

--- Where the data stands that later batches come from, as its pipeline or loader says it; nil for other data, and between two epochs.
function Run:place()
    local source = (self.open or self.options.steps_per_epoch) and self.source
    return source and source.state and source.state() or nil
end

local function end_batch(self)
    if not self.in_batch then return end
    self.in_batch, self.parts = false, nil
    self:call("on_batch_end", self.latest)
    if core.noted() and not self.stopped then
        self:stop "interrupted"
        self:call("on_interrupt", self.latest)
    end
end

--- for x, y in run:batches(data) do: the batches of this epoch. What data may be: lib/train/batches.lua.
function Run:batches(data, options)
    local opened, steps = begin_batches(self, data, options), self.options.steps_per_epoch
    self.source = opened.source
    self.count = steps or opened.source.count or self.counted
    local function next_batch()
        end_batch(self)
        if self.stopped or steps and self.batch >= steps then return nil end
        local parts = table.pack(opened.fetch())
        if parts[1] == nil and steps and self.taken > 0 then
            opened.fetch = from_start(self, opened.source)
            parts = table.pack(opened.fetch())
        end
        if parts[1] == nil then
            if self.batch == 0 then lun.fail("train", ("epoch %d had no batches"):format(self.epoch),
                    "is the data used up? it is walked once an epoch") end
            self.counted = self.batch
            return nil
        end
        self.taken = self.taken + 1
        self.batch, self.step_count, self.in_batch = self.batch + 1, self.step_count + 1, true
        self.parts, self.size, self.latest = parts, batches.size(parts[1]), {}
        self:call("on_batch_begin", self.latest)
        return table.unpack(parts, 1, parts.n)
    end
    return next_batch, nil, nil, setmetatable({}, {__close = function(_, problem)
        if problem == nil then end_batch(self) end -- a batch that failed is not done
    end})
end

-- ---- a step ----

--- Adds values to the means of this epoch, weighted with the batch's size; they are in the record as `name`.
function Run:add(values)
    for name, value in pairs(values) do
        if lun.is_tensor(value) then value = value:item() end
        local mean = self.means[name] or {sum = 0, n = 0}
        self.means[name] = mean
        mean.sum, mean.n = mean.sum + value * self.size, mean.n + self.size
        self.latest[name] = value
    end
end

--- Puts values into the record of this epoch: run:log {val_loss = 0.3}.
function Run:log(values)
    for name, value in pairs(values) do self.record[name] = lun.is_tensor(value) and value:item() or value end
    return self
end

local function finite(x) return x == x and x ~= math.huge and x ~= -math.huge end

-- The name of a parameter whose gradient is not finite. A sum tells: it is NaN or infinite when an element is.
local function bad_gradient(self)
    for _, pair in ipairs(self.named) do
        local gradient = pair[2].grad
        if gradient and not finite(gradient:sum():item()) and not gradient:isfinite():all() then return pair[1] end
    end
end

-- Stops the run and says what made the value. The weights are those of before this batch; if they are bad themselves (a step
-- overflowed), those of the epoch's beginning come back.
local function broken(self, what, forward, backward)
    local birth = require "lunette.train.birth"
    local found = birth.in_data(self.parts or {})
    local named = self.model:named_parameters()
    local weight = not found and birth.first_bad(named)
    if weight then found = ("%s was no longer finite after the step before: the learning rate may be too high"):format(weight) end
    if not found and type(forward) == "function" then
        local from = birth.of(function()
            lun.set_rng_state(self.before_step)
            local loss = forward()
            if backward then loss:backward() end
        end)
        found = from and "made by " .. from
    end
    self.optimizer:zero_grad()
    self.broken = ("%s in epoch %d, batch %d%s"):format(what, self.epoch, self.batch, found and ": " .. found or "")
    if birth.first_bad(named) and self.kept then
        self.model:load_state_dict(self.kept)
        self.broken = self.broken .. "; the weights of the epoch's beginning are back"
    end
    self:stop("NaN")
    self:call("on_nan", self.record)
    io.stderr:write("training stopped: ", self.broken, "\n")
    return nil
end

local function keep_weights(self)
    if self.kept_in == self.epoch then return end
    self.kept_in, self.kept, self.named = self.epoch, {}, self.model:named_parameters()
    for name, x in pairs(self.model:state_dict()) do self.kept[name] = x:clone() end
end

local function clip(self)
    local o, parameters = self.options, nil
    if not (o.clip_norm or o.clip_value) then return end
    parameters = self.model:parameters()
    local utils = require "lunette.nn".utils
    if o.clip_value then utils.clip_grad_value_(parameters, o.clip_value) end
    if o.clip_norm then utils.clip_grad_norm_(parameters, o.clip_norm) end
end

-- An optimiser that looks at the loss several times a step.
local function closure_step(self, f)
    local first, values
    self.optimizer:step(function()
        self.optimizer:zero_grad()
        local loss, more = f()
        loss:backward()
        if not first then first, values = loss:item(), more end
        return loss
    end)
    return first, values
end

--- One step of the optimiser on the loss that f gives (with a table of further values, whose means are logged). Returns the
--- loss as a number; nil when it was not finite, which stops the run. f may be the loss itself; then the op that made a NaN
--- cannot be named.
function Run:step(f)
    keep_weights(self)
    self.before_step = lun.get_rng_state()
    local guarded = self.on_nan ~= "go"
    local value, more
    if self.optimizer.class.step then
        if type(f) ~= "function" then lun.fail("run:step", self.optimizer.name .. " needs a function that gives the loss",
                "run:step(function() return loss end)") end
        value, more = closure_step(self, f)
        if guarded and not finite(value) then return broken(self, "the loss is " .. (value == value and tostring(value)
                or "NaN"), f) end
    else
        local loss
        if type(f) == "function" then loss, more = f() else loss = f end
        if not lun.is_tensor(loss) or loss:numel() ~= 1 then
            lun.fail("run:step", "the loss must be a tensor of one number, got " .. (lun.is_tensor(loss)
                    and ("[%s]"):format(table.concat(loss.shape, ","))
                     or type(loss)), "loss:mean()")
        end
        value = loss:item()
        if guarded and not finite(value) then return broken(self, "the loss is " .. (value == value and tostring(value)
                or "NaN"), f) end
        self.optimizer:zero_grad()
        loss:backward()
        local bad = guarded and bad_gradient(self)
        if bad then return broken(self, "the gradient of " .. bad .. " is not finite", f, true) end
        clip(self)
        self.optimizer:step()
    end
    self:add {loss = value}
    if more then self:add(more) end
    return value
end

function Run:__tostring()
    return ("train.run: epoch %d of %d, %d steps%s"):format(self.epoch, self.epochs_wanted, self.step_count, self.stopped
            and ", " .. self.stopped or "")
end

return Run
