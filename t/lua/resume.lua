-- resume.lua - runs that are killed (kill -9) in the middle of epochs and started again: the same final bits as without
--
-- A loop over a loader; fit over pipelines with buffers, threads, metrics and validation. Each program is run once to its end, and once
-- killed again and again. Read next: lib/train/backup.lua, lib/data/pipeline.lua. SPDX-License-Identifier: MIT
local tap = require "tap"
local lun = require "lunette"
local checkpoint = lun.train.checkpoint
local scratch = require "scratch"
local path, read = scratch.path, scratch.read

-- What every program begins and ends with: its last batches are slow, and in one of them it is killed.
local head = [[
    local lun = require "lunette"
    local nn, optim, data, train, keras = lun.nn, lun.optim, lun.data, lun.train, lun.keras
    local callbacks, backup, result, last, pause = train.callbacks, arg[1], arg[2], tonumber(arg[3]), arg[4]
    lun.manual_seed(7)
    local batches = 0
    local mortal = callbacks.Lambda {on_batch_end = function()
        batches = batches + 1
        if batches == last then os.execute(("(sleep %s; kill -9 %d) &"):format(pause, io.open "/proc/self/stat":read "n")) end
        local till = lun.wall_clock() + (last and batches >= last and 0.02 or 0)
        while lun.wall_clock() < till do end
    end}
    local function finish(net, history)
        local state, values = net:state_dict(), {}
        for _, record in ipairs(history) do
            for _, name in ipairs {"loss", "accuracy", "auc", "val_loss", "val_accuracy"} do values[#values + 1] = record[name] end
        end
        state.values = lun.tensor(values, {dtype = "float64"})
        lun.save(result, state)
    end
    local x, y = data.iris()
]]

local programs = {
    {"a loop over a loader", [[
        local net = nn.Sequential(nn.Linear(4, 16), nn.BatchNorm1d(16), nn.ReLU(), nn.Dropout(0.2), nn.Linear(16, 3))
        local optimizer = optim.AdamW(net:parameters(), {lr = 0.01})
        local run = train.run {model = net, optimizer = optimizer, epochs = 6, verbose = false, callbacks = {
            callbacks.BackupAndRestore(backup, {save_freq = 3}), callbacks.EarlyStopping {monitor = "loss", patience = 50},
            callbacks.LearningRateScheduler(optim.lr_scheduler.CosineAnnealingLR(optimizer, 60), {per = "batch"}), mortal}}
        for _ in run:epochs() do
            for a, b in run:batches(data.DataLoader(data.TensorDataset(x, y), {batch_size = 10, shuffle = true})) do
                run:step(function() return lun.cross_entropy(net(a), b) end)
            end
        end
        finish(net, run.history)
    ]]},
    {"fit over a pipeline with threads, a seeded shuffle and prefetch", [[
        local net = keras.Sequential {keras.Input {4}, keras.layers.Dense(16, {activation = "relu"}), keras.layers.Dropout(0.2),
                                      keras.layers.Dense(3, {activation = "softmax"})}
        net:compile {optimizer = keras.optimizers.Adam {learning_rate = 0.01}, loss = "sparse_categorical_crossentropy", metrics = {"accuracy", "auc"}}
        local pipe = data.pipeline(x, y):shuffle {seed = 5}
            :map(function(a, b) return a + 0.05 * lun.randn(4), b end, {workers = 2, seed = 1}):batch(10):prefetch(3)
        local validation = data.pipeline(x, y):shuffle {seed = 2}:batch(40)
        finish(net, net:fit(pipe, {epochs = 6, verbose = false, validation_data = validation, callbacks = {
            callbacks.ReduceLROnPlateau {patience = 2, factor = 0.5}, callbacks.BackupAndRestore(backup, {save_freq = 3}), mortal}}).history)
    ]]},
    {"fit over lines of a file, drawn from a buffer by lun's random numbers, a part of the epoch only", [[
        local rows = data.csv_rows(result .. ".csv", {columns = {"a", "b", "c", "d", "kind"}}):shuffle(30)
            :map(function(row) return row:narrow(1, 1, 4) * (1 + 0.1 * lun.rand(1)), row[5]:long() end):batch(10)
        local net = keras.Sequential {keras.Input {4}, keras.layers.Dense(16, {activation = "tanh"}), keras.layers.Dense(3, {activation = "softmax"})}
        net:compile {optimizer = "adam", loss = "sparse_categorical_crossentropy", metrics = {"accuracy"}}
        finish(net, net:fit(rows, {epochs = 6, steps_per_epoch = 12, verbose = false, callbacks = {
            callbacks.BackupAndRestore(backup, {save_freq = 4}), mortal}}).history)
    ]]},
    {"fit on tensors, epochs of four batches of fifteen", [[
        local net = keras.Sequential {keras.Input {4}, keras.layers.Dense(16, {activation = "tanh"}), keras.layers.Dense(3, {activation = "softmax"})}
        net:compile {optimizer = "adam", loss = "sparse_categorical_crossentropy", metrics = {"accuracy"}}
        finish(net, net:fit(x, y, {epochs = 24, steps_per_epoch = 4, batch_size = 10, verbose = false, callbacks = {
            callbacks.BackupAndRestore(backup, {save_freq = 3}), mortal}}).history)
    ]]},
}

local program = ("%s/lunette"):format(os.getenv "LUNETTE_BUILD" or "build")

local function rows_of_iris()
    local x, y = lun.data.iris()
    local lines = {"a,b,c,d,kind"}
    for i = 1, x:size(1) do lines[#lines + 1] = table.concat(x[i]:totable(), ",") .. "," .. y[i]:item() end
    return table.concat(lines, "\n") .. "\n"
end

for number, case in ipairs(programs) do
    local script = path(number .. ".lua")
    for _, name in ipairs {"straight", "killed"} do
        local file = io.open(path(number .. name .. ".csv"), "w")
        file:write(rows_of_iris())
        file:close()
    end
    local file = io.open(script, "w")
    file:write(head, case[2])
    file:close()
    local function start(name, ...)
        return os.execute(("'%s' '%s' '%s' '%s' %s 2>'%s'"):format(program, script, path(number .. name .. ".backup"), path(number .. name),
                                                                   table.concat({...}, " "), path "errors"))
    end
    tap.ok(start "straight", ("%s, to its end: %s"):format(case[1], read "errors" or ""))
    tap.is(read(number .. "straight.backup"), nil, "which leaves no backup")
    local kills, inside = 0, 0 -- each after some batches more than a backup takes, and some milliseconds, wherever that is
    while not start("killed", 5 + kills * 7 % 11, 0.003 * (kills % 9)) and kills < 40 do
        kills = kills + 1
        local good, _, about = pcall(checkpoint.read_last, path(number .. "killed.backup"))
        inside = inside + (good and about and about.open and 1 or 0)
    end
    tap.ok(kills >= 5 and kills < 40 and inside >= 2, ("killed %d times, %d times with a backup from the middle of an epoch"):format(kills, inside))
    tap.ok(read(number .. "killed") == read(number .. "straight"), "and yet the same final bits, values of all epochs included")
    tap.note("%s", read "errors" or "")
end

-- ---- a backup of other data ----

do
    local x, y = lun.data.iris()
    local function fit(make, stop, verbose)
        lun.manual_seed(1)
        local net = lun.keras.Sequential {lun.keras.Input {4}, lun.keras.layers.Dense(3, {activation = "softmax"})}
        net:compile {optimizer = "adam", loss = "sparse_categorical_crossentropy"}
        return net:fit(make(lun.data.pipeline(x, y)), {epochs = 2, verbose = verbose or false, callbacks = {
            lun.train.callbacks.BackupAndRestore(path "other", {save_freq = 1}),
            lun.train.callbacks.Lambda {on_batch_begin = function(run) if run.step_count == stop then error "stop" end end}}})
    end
    local function one(pipe) return pipe:shuffle {seed = 1}:batch(50) end
    pcall(fit, one, 3, true)
    tap.fails(function() fit(function(pipe) return pipe:batch(50) end) end, nil, "set > shuffle > batch", "a pipeline of another kind is told")
    tap.is(#fit(one).history, 2, "the right one goes on, shown or not")
end

tap.done()
