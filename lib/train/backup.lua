-- backup.lua - BackupAndRestore: a run that was killed goes on where it was, with the same bits
--
-- What is kept: weights and buffers, the optimiser's state, the generator's (now, and when the epoch's order was drawn), how
-- far the epoch is, its means, the history, the other callbacks' memory, the state of a pipeline or loader. Going on takes that up or, with
-- other data, draws the same order and skips what was done, and sets the generator. Holds: the state is that of the end of a batch; it comes
-- last among the callbacks. Other data that draws random numbers while it is walked must do so from the generator too. Read next:
-- lib/train/checkpoint.lua, lib/train/run.lua. SPDX-License-Identifier: MIT
local lun = require "lunette"
local core = require "lunette.data_core"
local checkpoint = require "lunette.train.checkpoint"

-- Those that remember something; what one sees may be switched on or off.
local function callbacks_of(run)
    local list = {}
    for _, callback in ipairs(run.callbacks) do
        if callback.name ~= "display" then list[#list + 1] = callback end
    end
    return list
end

local function state_of(run)
    local tensors = checkpoint.put({}, "model.", run.model:state_dict())
    checkpoint.put(tensors, "optimizer.", run.optimizer:state_dict())
    local memories = {}
    for i, callback in ipairs(callbacks_of(run)) do
        memories[i] = {name = callback.name or "", state = callback.state and callback:state() or {}}
        if callback.tensors then checkpoint.put(tensors, ("callback%d."):format(i), callback:tensors()) end
    end
    local place = run:place()
    if place then tensors.place = core.from_bytes(core.pack(place), "uint8", {-1}) end
    return tensors, {epoch = run.epoch, open = run.open or false, batch = run.batch, step_count = run.step_count,
            order = run.order, taken = run.taken, round = run.round,
                     random = lun.get_rng_state(), means = run.means, record = run.record, history = run.history, callbacks = memories,
                     optimizer = run.optimizer.name}
end

local function check(path, run, data)
    if data.optimizer ~= run.optimizer.name then
        lun.fail("BackupAndRestore", ("%s is of a run with optim.%s, this one has optim.%s"):format(path, data.optimizer,
                run.optimizer.name),
                 ("os.remove(%q) begins anew"):format(path))
    end
    local callbacks = callbacks_of(run)
    for i, memory in ipairs(data.callbacks) do
        local name = callbacks[i] and (callbacks[i].name or "")
        if memory.name ~= name then
            lun.fail("BackupAndRestore", ("callback %d was %s, now it is %s"):format(i, memory.name, tostring(name)),
                    ("os.remove(%q) begins anew"):format(path))
        end
    end
end

local function go_on(path, run, tensors, data)
    check(path, run, data)
    run.model:load_state_dict(checkpoint.take(tensors, "model."))
    run.optimizer:load_state_dict(checkpoint.take(tensors, "optimizer."))
    local callbacks = callbacks_of(run)
    for i, memory in ipairs(data.callbacks) do
        local callback = callbacks[i]
        if callback and callback.restore then callback:restore(memory.state) end
        if callback and callback.take_tensors then callback:take_tensors(checkpoint.take(tensors,
                ("callback%d."):format(i))) end
    end
    run.history, run.step_count = data.history, data.step_count
    run.epoch = data.open and data.epoch - 1 or data.epoch
    if data.open or tensors.place or run.options.steps_per_epoch then
        run.kept_data = {order = data.order, taken = data.taken or data.batch, round = data.round or 0, random = data.open and data.random or nil,
                         place = tensors.place and core.unpack(core.to_bytes(tensors.place))}
    end
    if data.open then
        run.resume = true
        run.batch, run.means, run.record = data.batch, data.means, data.record
    else
        lun.set_rng_state(data.random)
    end
end

--- callbacks.BackupAndRestore(path, {save_freq = "epoch" or a number of batches, delete = true}): the file goes when the run
--- ends by itself.
return function(path, options)
    options = options or {}
    local freq = options.save_freq or "epoch"
    if type(path) ~= "string" then lun.fail("BackupAndRestore", "expected a file name, got " .. type(path),
            'callbacks.BackupAndRestore("run.backup")') end
    if freq ~= "epoch" and (math.type(freq) ~= "integer" or freq < 1) then
        lun.fail("BackupAndRestore", 'save_freq must be "epoch" or a number of batches, got ' .. tostring(freq),
                "{save_freq = 100}")
    end
    local self = {name = "BackupAndRestore", last = true}
    local function save(_, run)
        if run.stopped ~= "NaN" then checkpoint.write(path, state_of(run)) end -- starting again comes to the same place
    end
    function self:on_train_begin(run)
        local tensors, data, from, problem = checkpoint.read_last(path)
        if problem then io.stderr:write(("%s cannot be read (%s); going on from %s\n"):format(path, problem.message
                or tostring(problem), from)) end
        if tensors then go_on(path, run, tensors, data) end
        self.resumed = tensors and ("epoch %d, batch %d"):format(data.epoch, data.batch) or nil
    end
    function self:on_batch_end(run)
        if freq ~= "epoch" and run.step_count % freq == 0 then save(self, run) end
    end
    function self:on_epoch_end(run)
        if not run.stopped or run.stopped ~= "interrupted" then save(self, run) end
    end
    self.on_interrupt = save
    function self:on_train_end(run)
        if options.delete ~= false and run.stopped ~= "interrupted" and run.stopped ~= "NaN" then checkpoint.remove(path) end
    end
    return self
end
